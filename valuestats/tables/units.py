"""Units of resampling: the cluster of each item (its query), or of each respondent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError

CLUSTER = {"item": ("cluster",), "respondent": ("cluster", "psu")}
"""Names of the column; ``psu`` is what surveys call it."""


@dataclass(frozen=True)
class Units:
    """What is resampled.

    Attributes
    ----------
    names
        Labels of the units.
    member
        Number of the unit of each item (or respondent), shape ``(items,)``.
    clustered
        Whether a column said so; else each item is a unit of its own.

    Examples
    --------
    >>> import numpy as np
    >>> len(Units(("q1",), np.array([0, 0]), True))
    1
    """

    names: tuple[str, ...]
    member: NDArray[np.int64]
    clustered: bool

    def __len__(self) -> int:
        return len(self.names)


def cluster_column(frame: pd.DataFrame, of: Literal["item", "respondent"] = "item") -> str | None:
    """The column of clusters of items or of respondents; None where there is none or it is null throughout.

    Raises
    ------
    SpecificationError
        There are both ``cluster`` and ``psu``.

    Examples
    --------
    >>> import pandas as pd
    >>> cluster_column(pd.DataFrame({"respondent": ["1"], "psu": ["a"]}), "respondent")
    'psu'
    """
    found = [c for c in CLUSTER[of] if c in frame.columns and frame[c].notna().any()]
    if len(found) > 1:
        raise SpecificationError(
            "two columns of clusters",
            parameter="cluster",
            got=", ".join(found),
            expected="one of them",
            hint="drop the one that is not to be resampled",
        )
    return found[0] if found else None


def resampling_units(
    frame: pd.DataFrame,
    wanted: Iterable[object],
    *,
    of: Literal["item", "respondent"] = "item",
    order: Literal["text", "value", "met"] = "text",
) -> Units:
    """The cluster of each item (or respondent); each is its own where no column tells.

    Parameters
    ----------
    frame
        Rows with the column `of` and optionally ``cluster`` (of respondents also ``psu``).
    wanted
        The items whose units are wanted, in this order.
    of
        What the units are of.
    order
        How the units are numbered: sorted as texts, sorted as the values they are, or as `wanted` meets them.

    Raises
    ------
    InputError
        A wanted item has no cluster in a row, while others have one.
    SpecificationError
        A wanted item is in two clusters, or there are two columns of clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": ["1", "2", "3"], "cluster": ["b", "b", "a"]})
    >>> resampling_units(frame, ["1", "2", "3"])
    Units(names=('a', 'b'), member=array([1, 1, 0]), clustered=True)
    """
    plain = pd.Index(np.asarray(list(wanted), dtype=object)).infer_objects()
    names = plain.astype(str)
    column = cluster_column(frame, of)
    labels = plain if column is None else _clusters(frame, names, of, column)
    member, units = pd.factorize(labels if order == "value" else labels.astype(str), sort=order != "met")
    return Units(
        tuple(map(str, np.asarray(units, dtype=object))),
        np.asarray(member, dtype=np.int64),
        column is not None,
    )


def _clusters(frame: pd.DataFrame, names: pd.Index, of: str, column: str) -> pd.Index:
    pairs = frame[[of, column]].drop_duplicates()
    pairs = pairs.assign(**{of: pairs[of].astype(str)})
    pairs = pairs[pairs[of].isin(names)]
    null = pairs[column].isna()
    if null.any():
        raise InputError(
            f"{of}s without a cluster among others that have one",
            parameter=column,
            got=f"null for {_first(pairs.loc[null, of])}",
            expected=f"the cluster of each {of}",
            hint=f"give a {of} that belongs to no cluster its own name there, or drop the column",
        )
    if not pd.api.types.is_numeric_dtype(pairs[column]):
        pairs = pairs.assign(**{column: pairs[column].astype(str)})
    pairs = pairs.drop_duplicates()
    twice = pairs.loc[pairs[of].duplicated(), of]
    if len(twice):
        both = pairs.loc[pairs[of] == twice.iloc[0], column]
        raise SpecificationError(
            f"{'an' if of == 'item' else 'a'} {of} belongs to two clusters",
            parameter=column,
            got=f"{_first(twice)}; {twice.iloc[0]} is in {', '.join(map(str, both))}",
            expected=f"one cluster for each {of}",
        )
    found = pairs.set_index(of)[column]
    if names.isin(found.index).all():
        return pd.Index(found.reindex(names))
    text = found.astype(str).reindex(names)  # who is not in the frame is a unit of its own
    return pd.Index(text.where(text.notna(), names.to_series()))


def _first(names: pd.Series) -> str:
    listed = list(dict.fromkeys(names.astype(str)))
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
