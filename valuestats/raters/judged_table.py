"""A judge's labels of everything beside people's labels of a part, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted, number, spelled_apart
from valuestats.raters.judged_labels import coded_labels
from valuestats.raters.labels import is_blank
from valuestats.tables.schema import require_unique, validate

Array = NDArray[np.float64]

SCHEMA = pa.DataFrameSchema(
    {
        "item": pa.Column(nullable=False, description="what was judged, not null"),
        "judge": pa.Column(nullable=True, description="the judge's label; null where it gave none"),
        "label": pa.Column(nullable=True, description="people's label; null where they gave none"),
    },
    strict=False,
)
NOT_RANDOM = 0.01
"""Below such a p-value the labelled part is said to differ from the others in what the judge says of it."""


@dataclass(frozen=True)
class Judged:
    """Rows that the judge labelled, of one group.

    Attributes
    ----------
    judge, label
        Codes of the labels, -1 where people gave none, or numbers, null where they gave none.
    weight
        Inverse probability of having been labelled by people, ones where it is not told.
    cluster
        Number of the cluster of each row; None where each is its own.
    n_asked
        Rows, with those that the judge did not label.
    item
        Number of the item of each row, the same in all groups.
    """

    judge: NDArray[Any]
    label: NDArray[Any]
    weight: Array
    cluster: NDArray[np.int64] | None
    n_asked: int
    item: NDArray[np.int64]

    @property
    def weighted(self) -> bool:
        """Whether the probabilities of being labelled are told."""
        return bool((self.weight != 1).any())

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Where people gave a label too."""
        return np.asarray(self.label >= 0) if self.label.dtype.kind == "i" else ~np.isnan(self.label)

    @property
    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Clusters of the labelled and of the others."""
        if self.cluster is None:
            return None
        return self.cluster[self.labelled], self.cluster[~self.labelled]


def judged_groups(
    frame: pd.DataFrame, by: str | None, labels: Sequence[str] | None, *, numeric: bool
) -> tuple[dict[str, Judged], tuple[str, ...], list[str]]:
    """The groups of a table, the labels that occur (or those declared), and what was found of how they are written.

    Raises
    ------
    InputError
        A missing or null column, an item twice in a group, a number that is none, a number with decimals as a label, an
        impossible probability, an unknown label.
    SpecificationError
        No label of people's in a group, fewer than two labels.
    """
    rows = validate(frame, SCHEMA, table="judged")
    if by is not None and (by not in rows.columns or rows[by].isna().any()):
        there = by in rows.columns
        raise SpecificationError(
            f"{by} is null in some rows" if there else "the judged table has no such column",
            parameter="by",
            got=counted(int(rows[by].isna().sum()), "null") if there else by,
            expected="a column without nulls" if there else f"one of {', '.join(map(str, rows.columns))}",
        )
    said = [] if by is None else spelled_apart(by, rows[by].unique())
    require_unique(rows, ["item", *([by] if by else [])], table="judged")
    rows = rows.reset_index(drop=True)
    for column in ("judge", "label"):
        rows[column] = rows[column].mask(rows[column].map(is_blank).astype(bool), None)
    names: tuple[str, ...] = ()
    if numeric:
        for column in ("judge", "label"):
            rows[column] = _numbers(rows, column)
    else:
        _require_no_means(rows)
        names, rows["judge"], rows["label"], more = coded_labels(rows, labels)
        said += more
    weight = _weights(rows)
    cluster = _clusters(rows)
    if cluster is None:
        heard, told = ((rows[c].notna() if numeric else rows[c] >= 0).to_numpy() for c in ("judge", "label"))
        said += whole_clusters(rows[heard], told[heard], {"item", "judge", "label", "probability", by})
    groups = (
        {"all": np.arange(len(rows))}
        if by is None
        else {str(k): np.asarray(v) for k, v in rows.groupby(rows[by].astype(str), sort=True).indices.items()}
    )
    item = np.asarray(pd.factorize(rows["item"])[0], dtype=np.int64)
    found = {}
    for name, at in groups.items():
        judge = rows["judge"].to_numpy()[at]
        told = judge >= 0 if not numeric else ~np.isnan(judge)
        kept = at[told]
        one = Judged(
            rows["judge"].to_numpy()[kept],
            rows["label"].to_numpy()[kept],
            weight[kept],
            None if cluster is None else cluster[kept],
            len(at),
            item[kept],
        )
        if one.labelled.sum() < 2:
            raise SpecificationError(
                "a judge can't be corrected without people's labels",
                parameter="judged",
                got=f"{counted(int(one.labelled.sum()), 'label')} of people's"
                + (f" for {name}" if by else ""),
                expected="2 or more in each group",
            )
        found[name] = one
    return found, names, said


def _require_no_means(rows: pd.DataFrame) -> None:
    """Refuse numbers with decimals as labels: they are means of ratings, which no judge hits."""
    for column in ("judge", "label"):
        numbers = pd.to_numeric(rows[column], errors="coerce").astype(float)
        if rows[column].isna().equals(numbers.isna()) and (broken := numbers % 1 > 0).any():
            raise InputError(
                "judged: numbers with decimals are no labels",
                parameter=column,
                got=f"{numbers[broken].iloc[0]:g} and {number(int(broken.sum()) - 1)} more",
                expected="labels, or whole numbers that stand for them",
                hint="judged_means takes ratings and their means",
                row=int(broken.to_numpy().argmax()),
            )


WHOLE = "were drawn whole"
"""In a note of a column whose values people labelled as wholes."""
_DRAWS = 999
_MOST_LEVELS = 2000


def whole_clusters(rows: pd.DataFrame, labelled: NDArray[np.bool_], known: set[str | None]) -> list[str]:
    """Columns of which people labelled far fewer values than single items drawn at random would hold.

    The number of values among as many items drawn without replacement is simulated 999 times; a column is named where fewer
    were labelled than in any of these, a chance of one in a thousand.
    """
    found = []
    n = int(labelled.sum())
    for column in (c for c in rows.columns if c not in known and not pd.api.types.is_float_dtype(rows[c])):
        code, names = pd.factorize(rows[column].astype("string"))
        size = np.bincount(code[code >= 0], minlength=1)
        if (code < 0).any() or not 3 <= len(names) <= min(len(rows) // 2, _MOST_LEVELS) or n == len(rows):
            continue
        hit = len(np.unique(code[labelled]))
        rng = np.random.default_rng(0)
        drawn = (rng.multivariate_hypergeometric(size, n, size=_DRAWS, method="marginals") > 0).sum(axis=1)
        if hit < drawn.min():
            found.append(
                f"what people labelled holds {hit} of {len(names)} values of {column}, where single items drawn at random "
                f"hold some {np.median(drawn):.0f}: whole values of {column} {WHOLE}, and their items go together; call the "
                "column cluster, or the intervals are too narrow"
            )
    return found


def difference_of_parts(group: Judged) -> tuple[float, float]:
    """Whether the judge's labels differ between what people labelled and the rest: p-value and size.

    Of labels a chi-square test and the largest difference of a share, of numbers Welch's t and the difference in standard
    deviations. Null where either part is empty, or where the probabilities of being labelled are told.
    """
    own, rest = group.judge[group.labelled], group.judge[~group.labelled]
    if len(own) < 2 or len(rest) < 2 or group.weighted:
        return float("nan"), 0.0
    if own.dtype.kind == "i":
        size = int(group.judge.max()) + 1
        table = np.stack([np.bincount(own, minlength=size), np.bincount(rest, minlength=size)])
        table = table[:, table.sum(axis=0) > 0]
        shares = table / table.sum(axis=1, keepdims=True)
        p = stats.chi2_contingency(table, correction=False).pvalue if table.shape[1] > 1 else float("nan")
        return float(p), float(np.abs(shares[0] - shares[1]).max())
    spread = group.judge.std(ddof=1)
    if spread == 0:
        return float("nan"), 0.0
    p = stats.ttest_ind(own, rest, equal_var=False).pvalue
    return float(p), float(abs(own.mean() - rest.mean()) / spread)


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series:
    number = pd.to_numeric(rows[column], errors="coerce").astype(float)
    wrong = (rows[column].notna() & ~np.isfinite(number)).to_numpy()
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            "judged: no finite number", parameter=column, got=repr(rows[column].iloc[at]), row=at
        )
    return number


def _weights(rows: pd.DataFrame) -> Array:
    if "probability" not in rows.columns:
        return np.ones(len(rows))
    p = pd.to_numeric(rows["probability"], errors="coerce").to_numpy(dtype=float)
    wrong = rows["label"].notna().to_numpy() & ~((p > 0) & (p <= 1))
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            "judged: a labelled item of no or an impossible probability",
            parameter="probability",
            got=rows["probability"].iloc[at],
            expected="above 0, up to 1",
            row=at,
        )
    return np.where((p > 0) & (p <= 1), 1 / np.where(p > 0, p, 1.0), 1.0)


def _clusters(rows: pd.DataFrame) -> NDArray[np.int64] | None:
    if "cluster" not in rows.columns or rows["cluster"].isna().all():
        return None
    if rows["cluster"].isna().any():
        at = int(rows["cluster"].isna().to_numpy().argmax())
        raise InputError(
            "judged: no cluster among others that have one", parameter="cluster", got=None, row=at
        )
    return np.asarray(pd.factorize(rows["cluster"].astype(str))[0], dtype=np.int64)
