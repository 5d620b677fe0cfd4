"""Labels of options: the values, foundations or topics that an option stands for, with weights and a hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.schema import require_unique, row_of, validate

SCHEMA = pa.DataFrameSchema(
    {
        "option": pa.Column(nullable=False, description="the option's identifier, not null"),
        "label": pa.Column(nullable=False, description="the label, not null"),
        "weight": pa.Column(
            float, nullable=False, required=False, coerce=True, description="a finite weight of 0 or more"
        ),
    },
    strict=False,
)
LEVELS = pa.DataFrameSchema(
    {
        "label": pa.Column(nullable=False, description="a label, not null"),
        "level": pa.Column(nullable=False, description="the name of the level, not null"),
        "parent": pa.Column(nullable=False, description="what the label belongs to on that level, not null"),
    },
    strict=False,
)


@dataclass(frozen=True)
class OptionLabels:
    """What options stand for, validated.

    Attributes
    ----------
    frame
        One row per option and label: ``option`` (as in `Choices`), ``label``, ``weight`` (how much of it the option
        carries, 0 or more; 1 where there is no such column). An option may carry several labels, or none.
    hierarchy
        One row per label and level: ``label``, ``level`` (the name of a theory or of a layer) and ``parent`` (where
        the label belongs on it). None where there is none.

    Raises
    ------
    InputError
        A missing column, a null, a weight that is negative or not finite, an option with the same label twice, a label with
        two parents on one level; with the row.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"option": ["a", "a", "b"], "label": ["trust", "honesty", "care"]})
    >>> tree = pd.DataFrame({"label": ["trust", "care"], "level": "foundation", "parent": ["Loyalty", "Care"]})
    >>> OptionLabels(frame, tree).at("foundation").frame[["option", "label", "weight"]].values.tolist()
    [['a', 'Loyalty', 1.0], ['b', 'Care', 1.0]]
    """

    frame: pd.DataFrame
    hierarchy: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        frame = validate(self.frame, SCHEMA, table="labels of options").reset_index(drop=True)
        if "weight" not in frame.columns:
            frame = frame.assign(weight=1.0)
        _require_weights(frame)
        frame = frame.assign(option=frame["option"].astype(str), label=frame["label"].astype(str))
        require_unique(frame, ["option", "label"], table="labels of options")
        object.__setattr__(self, "frame", frame)
        if self.hierarchy is not None:
            tree = validate(self.hierarchy, LEVELS, table="hierarchy of labels").reset_index(drop=True)
            tree = tree.assign(**{c: tree[c].astype(str) for c in ("label", "level", "parent")})
            require_unique(tree, ["label", "level"], table="hierarchy of labels")
            object.__setattr__(self, "hierarchy", tree)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def labels(self) -> list[str]:
        """The labels, in alphabetical order."""
        return sorted(self.frame["label"].unique())

    @property
    def levels(self) -> list[str]:
        """The levels of the hierarchy, as it names them first."""
        return [] if self.hierarchy is None else list(dict.fromkeys(self.hierarchy["level"]))

    def parents(self, level: str) -> pd.Series:
        """The parent of each label on a level, indexed by label.

        Raises
        ------
        SpecificationError
            There is no such level.
        """
        if self.hierarchy is None or level not in self.levels:
            raise SpecificationError(
                "the labels have no such level",
                parameter="level_of",
                got=level,
                expected=", ".join(self.levels) or "a table of labels with a hierarchy",
            )
        own = self.hierarchy[self.hierarchy["level"] == level]
        return own.set_index("label")["parent"]

    def at(self, level: str) -> OptionLabels:
        """The labels on a level of the hierarchy: weights of labels with the same parent add up.

        Labels without a parent there are left out; `unplaced` counts them.
        """
        parent = self.frame["label"].map(self.parents(level))
        rolled = self.frame.assign(label=parent).dropna(subset="label")
        added = rolled.groupby(["option", "label"], sort=False)["weight"].sum()
        return OptionLabels(added.reset_index())

    def unplaced(self, level: str) -> int:
        """How many labels have no parent on a level."""
        return len(set(self.labels) - set(self.parents(level).index))


def _require_weights(frame: pd.DataFrame) -> None:
    weight = frame["weight"].to_numpy(dtype=float)
    wrong = ~np.isfinite(weight) | (weight < 0)
    if not wrong.any():
        return
    at = int(wrong.argmax())
    row, source = row_of(frame, frame.index[at])
    raise InputError(
        "labels of options: not a weight",
        parameter="weight",
        got=frame["weight"].iloc[at],
        expected="a finite number of 0 or more",
        file=source,
        row=row,
    )
