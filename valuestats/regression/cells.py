"""Counted cells of ordered answers: what the ordinal likelihood sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.keys import checked_keys
from valuestats.tables.scale import require_on_scale
from valuestats.tables.units import resampling_units

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OrdinalDesign:
    """Counts of ordered answers per cell, and which effects each cell carries.

    Attributes
    ----------
    counts
        Answers per cell and category, shape ``(cells, K)``; every cell holds at least one answer.
    model, item
        Index of each cell's model and item, shape ``(cells,)``.
    wording, order
        Index of each cell's wording and option order, shape ``(cells,)``; None where cells are not split by it.
    cluster
        Index of the cluster (the query that items share) of each *item*, shape ``(items,)``; None where no
        cluster holds more than one item.
    membership
        Weights of the values in each item, shape ``(items, values)``; the absolute weights of a row sum to 1,
        the sign is the item's keying.
    codes
        Answer code of each category, ascending, shape ``(K,)``.
    models, items, values, wordings, orders
        Labels.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"model": ["a", "a", "a"], "item": ["i", "i", "j"], "answer": [1, 2, 3]})
    >>> keys = pd.DataFrame({"item": ["i", "j"], "dimension": ["BE", "PO"], "sign": [1, 1]})
    >>> build_design(answers, keys).counts.tolist()
    [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    counts: Floats
    model: Ints
    item: Ints
    wording: Ints | None
    order: Ints | None
    cluster: Ints | None
    membership: Floats
    codes: Ints
    models: tuple[str, ...]
    items: tuple[str, ...]
    values: tuple[str, ...]
    wordings: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        cells, categories = self.counts.shape
        if categories < 2:
            raise SpecificationError(
                "an ordered answer needs at least two categories",
                parameter="scale",
                got=f"only the code {', '.join(map(str, self.codes))}",
                expected="the lowest and highest code that could be given",
                hint="state the scale, e.g. scale=(1, 6)",
            )
        if self.membership.shape != (len(self.items), len(self.values)):
            raise SpecificationError(
                "the membership weights do not fit the items and values",
                parameter="membership",
                got=self.membership.shape,
                expected=(len(self.items), len(self.values)),
            )
        for name in ("model", "item", "wording", "order"):
            index = getattr(self, name)
            if index is not None and index.shape != (cells,):
                raise SpecificationError(
                    "an index does not fit the cells", parameter=name, got=index.shape, expected=(cells,)
                )

    @property
    def answers(self) -> int:
        """Number of answers in all cells."""
        return int(self.counts.sum())

    @property
    def block(self) -> Ints:
        """Index of the (model, item) block of each cell: ``model * items + item``."""
        return self.model * len(self.items) + self.item

    def counts_by(self, index: Ints, size: int) -> Floats:
        """Counts added up over the cells that share an index, shape ``(size, K)``."""
        total = np.zeros((size, self.counts.shape[1]))
        np.add.at(total, index, self.counts)
        return total

    @property
    def repeated_blocks(self) -> int:
        """Number of (model, item) blocks with at least two answers; they carry the interaction's variance."""
        size = len(self.models) * len(self.items)
        return int((self.counts_by(self.block, size).sum(axis=1) >= 2).sum())


def membership_weights(
    keys: pd.DataFrame, items: Sequence[str], values: Sequence[str] | None = None
) -> tuple[Floats, tuple[str, ...]]:
    """Weights of each value in each item: an item keyed to several values shares its weight equally.

    Parameters
    ----------
    keys
        One row per key: ``item``, ``dimension`` and optionally ``sign`` (+1 or -1, default +1).
    items
        The items, in the order wanted.
    values
        The values, in the order wanted; sorted if not given.

    Returns
    -------
    tuple
        Weights, shape ``(items, values)``, and the values' labels.

    Raises
    ------
    SpecificationError
        A key is given twice, an item has no key, or a sign is neither +1 nor -1.

    Examples
    --------
    >>> import pandas as pd
    >>> keys = pd.DataFrame({"item": ["i", "i"], "dimension": ["BE", "UN"]})
    >>> membership_weights(keys, ["i"])
    (array([[0.5, 0.5]]), ('BE', 'UN'))
    """
    table = checked_keys(keys)
    labels = tuple(sorted(table["dimension"].unique())) if values is None else tuple(values)
    wide = table.pivot_table(index="item", columns="dimension", values="sign", aggfunc="sum", fill_value=0)
    weights = wide.reindex(index=list(items), columns=list(labels), fill_value=0).to_numpy(dtype=float)
    total = np.abs(weights).sum(axis=1, keepdims=True)
    if (total == 0).any():
        lost = [item for item, weight in zip(items, total[:, 0], strict=True) if weight == 0]
        raise SpecificationError(
            f"{len(lost)} items have no key", parameter="keyed", got=", ".join(map(str, lost[:5]))
        )
    return weights / total, labels


def build_design(
    answers: pd.DataFrame,
    keys: pd.DataFrame,
    *,
    scale: tuple[int, int] | None = None,
    effects: Sequence[str] = (),
    models: Sequence[str] | None = None,
) -> OrdinalDesign:
    """Count valid answers into cells.

    Parameters
    ----------
    answers
        One row per valid answer (``model``, ``item``, ``answer``; optionally ``cluster``, ``wording``,
        ``option_order``) or per cell with the number of such answers in ``count``. Rows of items without a key
        are left out; rows with a count of 0 add nothing.
    keys
        See `membership_weights`; keys of items that were never answered are left out.
    scale
        Lowest and highest code; the observed range if not given (then a category that was never used at
        either end is not part of the scale).
    effects
        Conditions that split cells: any of ``"wording"`` and ``"option_order"``.
    models
        The models, in the order wanted; sorted if not given.

    Returns
    -------
    OrdinalDesign

    Raises
    ------
    InputError
        A column is missing.
    SpecificationError
        There is no answer to a keyed item, a code lies outside the scale, or an effect is unknown or null.
    """
    effects = _checked_effects(answers, effects)
    table = checked_keys(keys)
    if answers["model"].isna().any():
        raise SpecificationError(
            "an answer without a model",
            parameter="model",
            got=f"{int(answers['model'].isna().sum())} null rows",
        )
    frame = answers.assign(item=answers["item"].astype(str), model=answers["model"].astype(str))
    frame = frame[frame["item"].isin(set(table["item"])) & frame["answer"].notna()]
    if "count" in frame.columns:
        frame = frame.assign(count=checked_counts(frame["count"]))
        frame = frame[frame["count"] > 0]
    if frame.empty:
        raise SpecificationError(
            "there is no valid answer to any keyed item",
            parameter="answers",
            got="0 valid answers",
            hint="check the status column, and that the keys name the same items as the answers",
        )
    codes = answer_codes(frame["answer"], scale)
    frame = frame.assign(answer=pd.to_numeric(frame["answer"]))
    labels = tuple(sorted(frame["model"].unique())) if models is None else tuple(models)
    items = tuple(sorted(frame["item"].unique()))
    kept = table[table["item"].isin(items)]
    membership, values = membership_weights(kept, items)

    number = frame["count"] if "count" in frame.columns else pd.Series(1, index=frame.index)
    by = ["model", "item", *effects]
    wide = (
        frame.assign(_count=number)
        .pivot_table(index=by, columns="answer", values="_count", aggfunc="sum", fill_value=0)
        .reindex(columns=codes, fill_value=0)
    )
    cells = wide.index.to_frame(index=False)
    index = {name: _index(cells[name], None) for name in effects}
    return OrdinalDesign(
        counts=np.ascontiguousarray(wide.to_numpy(dtype=float)),
        model=_index(cells["model"], labels)[0],
        item=_index(cells["item"], items)[0],
        wording=index["wording"][0] if "wording" in index else None,
        order=index["option_order"][0] if "option_order" in index else None,
        cluster=_cluster(frame, items),
        membership=membership,
        codes=codes,
        models=labels,
        items=items,
        values=values,
        wordings=index["wording"][1] if "wording" in index else (),
        orders=index["option_order"][1] if "option_order" in index else (),
    )


def _checked_effects(answers: pd.DataFrame, effects: Sequence[str]) -> list[str]:
    for name in effects:
        if name not in ("wording", "option_order"):
            raise SpecificationError(
                "unknown effect", parameter="effects", got=name, expected="wording, option_order"
            )
        if name in answers.columns and answers[name].isna().any():
            raise SpecificationError(
                f"an effect of {name} can't be estimated where {name} is null",
                parameter="effects",
                got=f"{int(answers[name].isna().sum())} null rows",
            )
    missing = [c for c in ("model", "item", "answer", *effects) if c not in answers.columns]
    if missing:
        raise InputError("the answers lack columns", parameter="answers", got=f"missing {', '.join(missing)}")
    return list(effects)


def checked_counts(given: pd.Series) -> pd.Series:
    """Numbers of answers as floats; what is null, negative, infinite or no number is refused.

    Raises
    ------
    SpecificationError
        Of the first such value.
    """
    number = pd.to_numeric(given, errors="coerce").astype(float)
    right = np.isfinite(number) & (number >= 0)
    if not right.all():
        raise SpecificationError(
            "counts must be numbers of answers",
            parameter="count",
            got=given[~right].iloc[0],
            expected="0 or more, finite",
        )
    return number


def answer_codes(answers: pd.Series, scale: tuple[int, int] | None) -> Ints:
    """Codes of the scale, lowest to highest; the observed range if it is not given.

    Raises
    ------
    SpecificationError
        Answers that are no whole numbers or lie outside the scale, or a scale that runs downwards.
    """
    try:
        given = pd.to_numeric(answers).to_numpy(dtype=float)
    except (ValueError, TypeError) as error:
        raise SpecificationError(
            "answers must be codes, whole numbers in order", parameter="answer", got=str(error)
        ) from error
    if (given != np.round(given)).any():
        wrong = given[given != np.round(given)][0]
        raise SpecificationError("answer codes must be whole numbers", parameter="answer", got=wrong)
    low, high = (int(given.min()), int(given.max())) if scale is None else (int(scale[0]), int(scale[1]))
    if low > high:
        raise SpecificationError(
            "the scale runs downwards", parameter="scale", got=scale, expected=f"({high}, {low})"
        )
    if scale is not None:
        require_on_scale(pd.Series(given), scale)
    return np.arange(low, high + 1, dtype=np.int64)


def _index(column: pd.Series, labels: Sequence[str] | None) -> tuple[Ints, tuple[str, ...]]:
    text = column.astype(str)
    known = tuple(sorted(text.unique())) if labels is None else tuple(labels)
    return pd.Index(known).get_indexer(pd.Index(text)).astype(np.int64), known


def _cluster(frame: pd.DataFrame, items: Sequence[str]) -> Ints | None:
    units = resampling_units(frame, items)
    return units.member if 1 < len(units) < len(items) else None
