"""Activations of labelled rows: one vector per row and layer, a label, and the group that a row belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted

Array = NDArray[np.float64]
_BLOCK = 1 << 22


@dataclass(frozen=True, repr=False)
class Activations:
    """One vector per row and layer, with what is known of the rows.

    Attributes
    ----------
    values
        Shape ``(layers, rows, width)``, or ``(rows, width)`` of one layer; any real numbers, memory-mapped or not. A layer
        is read at a time.
    table
        One row per row of the values: the label (two kinds), and the group whose rows depend on each other (the pair of
        prompts, the question they paraphrase).
    layers
        Names of the layers; their numbers from 0 where not given.

    Raises
    ------
    InputError
        Values of another shape than the table or the layers.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rows = pd.DataFrame({"label": [1, 0, 1, 0], "group": ["a", "a", "b", "b"]})
    >>> Activations(np.zeros((2, 4, 8)), rows)
    <Activations: 2 layers, 4 rows, width 8>
    """

    values: NDArray[Any]
    table: pd.DataFrame
    layers: Sequence[str] = ()

    def __post_init__(self) -> None:
        values = self.values if np.ndim(self.values) != 2 else np.asarray(self.values)[None]
        if np.ndim(values) != 3 or 0 in np.shape(values) or values.dtype.kind not in "fiu":
            raise InputError(
                "no activations",
                parameter="values",
                got=f"{getattr(values, 'dtype', type(values).__name__)} of shape {np.shape(values)}",
                expected="numbers of shape (layers, rows, width), none of them 0",
            )
        if values.shape[1] != len(self.table):
            raise InputError(
                "activations of another shape than the table of their rows",
                parameter="values",
                got=f"{counted(values.shape[1], 'row')} of activations",
                expected=f"{len(self.table)}, one for each row of the table",
            )
        names = [str(x) for x in self.layers] or [str(k) for k in range(len(values))]
        if len(names) != len(values) or len(set(names)) != len(names):
            raise InputError(
                "a name for each layer, once",
                parameter="layers",
                got=f"{len(names)} names, {len(set(names))} different",
                expected=counted(len(values), "layer"),
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "layers", tuple(names))
        object.__setattr__(self, "table", self.table.reset_index(drop=True))

    def __repr__(self) -> str:
        layers, rows, width = self.values.shape
        return f"<Activations: {counted(layers, 'layer')}, {counted(rows, 'row')}, width {width}>"

    def layer(self, number: int) -> Array:
        """The vectors of a layer as doubles, shape ``(rows, width)``.

        Raises
        ------
        InputError
            A value that is no finite number, with its row.
        """
        found = np.asarray(self.values[number], dtype=float)
        wrong = ~np.isfinite(found).all(axis=1)
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                "an activation is no finite number",
                parameter=f"layer {self.layers[number]}",
                row=row,
                got=found[row][~np.isfinite(found[row])][0],
                expected="finite numbers",
                hint="half precision overflows beyond 65504: store as bfloat16 or float32",
            )
        return found


@dataclass(frozen=True)
class Labelled:
    """What a probe needs of the table: labels as 0 and 1, and the number of each row's group.

    Attributes
    ----------
    y
        1 where the label is `positive`, shape ``(rows,)``.
    member
        Number of the group, shape ``(rows,)``.
    groups
        Names of the groups.
    positive, negative
        The labels.
    mixed
        Groups in which both labels occur.
    """

    y: Array
    member: NDArray[np.int64]
    groups: tuple[str, ...]
    positive: str
    negative: str
    mixed: NDArray[np.bool_]


def labelled(activations: Activations, label: str, group: str, *, least: int = 4) -> Labelled:
    """Labels and groups of the rows, refused where nothing can be learned or held out.

    Raises
    ------
    InputError
        A missing column, a null in it (with the row).
    SpecificationError
        Labels that are all the same or of more than two kinds; too few groups; a label that leaks: the same vector in two
        groups, or a dimension that is the label itself.
    """
    table = activations.table
    for name, column in (("label", label), ("group", group)):
        if column not in table.columns:
            raise InputError(
                "no such column", parameter=name, got=column, expected=", ".join(map(str, table.columns))
            )
        if table[column].isna().any():
            raise InputError(
                f"a row without a {name}", parameter=column, row=int(table[column].isna().to_numpy().argmax())
            )
    kinds = sorted(table[label].unique().tolist(), key=lambda x: (str(type(x)), x))
    if len(kinds) != 2:
        raise SpecificationError(
            "constant labels: there is nothing to tell apart"
            if len(kinds) < 2
            else "a probe tells two labels apart",
            parameter="label",
            got=", ".join(map(str, kinds[:5])) + ("" if len(kinds) < 6 else f" and {len(kinds) - 5} more"),
            expected="two kinds of labels",
        )
    y = (table[label] == kinds[1]).to_numpy(dtype=float)
    member, names = pd.factorize(table[group].astype(str))
    if len(names) < least:
        raise SpecificationError(
            "too few groups to hold any out",
            parameter="group",
            got=counted(len(names), "group"),
            expected=f"{least} or more",
            hint="a group is what rows have in common: the pair, or the question that they paraphrase",
        )
    total, of = np.bincount(member, weights=y), np.bincount(member)
    mixed = (total > 0) & (total < of)
    if not mixed.any() and min((total > 0).sum(), (total == 0).sum()) < 2:
        raise SpecificationError(
            "a label that one group alone has can't be told from the group",
            parameter="label",
            got=counted(int(min((total > 0).sum(), (total == 0).sum())), "group"),
            expected="each label in two groups or more",
        )
    found = Labelled(y, member.astype(np.int64), tuple(names), str(kinds[1]), str(kinds[0]), mixed)
    _require_no_leak(activations, found)
    return found


def _require_no_leak(activations: Activations, rows: Labelled) -> None:
    """The first layer with a vector that two groups share, or with a dimension that is the label."""
    for number, name in enumerate(activations.layers):
        values = activations.layer(number)
        first: dict[bytes, int] = {}
        for row, vector in enumerate(values):
            other = first.setdefault(vector.tobytes(), row)
            if rows.member[other] != rows.member[row]:
                raise SpecificationError(
                    "the label leaks: two groups share a vector, so one would be learned from the other",
                    parameter="group",
                    got=f"rows {other} and {row} are the same in layer {name}, of the groups "
                    f"{rows.groups[rows.member[other]]} and {rows.groups[rows.member[row]]}",
                    expected="rows that are alike in one group",
                )
        one, two = values[rows.y == 1], values[rows.y == 0]
        fixed = (np.ptp(one, axis=0) == 0) & (np.ptp(two, axis=0) == 0) & (one[0] != two[0])
        if fixed.any():
            raise SpecificationError(
                "the label leaks: a dimension of the activations is the label",
                parameter="label",
                got=f"dimension {int(fixed.argmax())} of layer {name} has one value for {rows.positive} and one for "
                f"{rows.negative}",
                expected="activations that were made without the label",
            )
