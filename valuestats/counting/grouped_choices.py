"""Counts of equal comparisons, by the GROUP BY of whatever engine holds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.counting.answer_tables import MEMORY_LIMIT, embedded_engine, parquet_files, quiet_engines
from valuestats.tables.choices import COUNT, Choices
from valuestats.tables.comparisons import TIES, Unusable, pair_choices

if TYPE_CHECKING:
    import ibis.expr.types as ir

type ComparisonSource = pd.DataFrame | str | Path | ir.Table
"""What holds comparisons: a frame, a Parquet file, folder or glob pattern, or an Ibis table."""


@checked
def count_choices(
    source: ComparisonSource,
    *,
    first: str = "option_a",
    second: str = "option_b",
    winner: str = "winner",
    by: Sequence[str] = (),
    reads: Literal["names", "places"] | None = None,
    ties: Sequence[str] = TIES,
    outcomes: Sequence[str] = ("depends", "none"),
    unusable: Unusable = "refuse",
    threads: int | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> Choices:
    r"""Comparisons of two options as counted choices: equal ones become one choice with a ``count``.

    The count of a pattern p is :math:`n_p = \sum_r 1[p_r = p]` over all rows r, p being what was shown in which place, what
    won, and the columns `by`. A choice model's likelihood depends on these counts alone, so that a fit costs what the
    distinct patterns cost. The rows are counted where they are, by DuckDB or by the engine of an Ibis table; that the counts
    add up to them is checked.

    Parameters
    ----------
    source
        One row per comparison: a frame, a Parquet file, a folder of them, a glob pattern, or an Ibis table.
    first, second, winner, reads, ties, outcomes, unusable
        As in `valuestats.pair_choices`.
    by
        Columns that are kept: the judge, the item, a condition, a status; what a formula names.
    threads, memory_limit
        Of the embedded DuckDB; all cores, and 512MB, by default.

    Returns
    -------
    Choices
        With the column ``count``, which every verb that takes choices heeds.

    Raises
    ------
    InputError
        No Parquet there, a column is missing, a winner that can't be read, or counts that don't add up to the rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"option_a": ["x", "x", "y"], "option_b": ["y", "y", "x"], "winner": ["a", "a", "b"]})
    >>> count_choices(frame).frame["count"].tolist()
    [2, 2, 1, 1]
    """
    table = _table(source, threads, memory_limit)
    keys = list(dict.fromkeys([*by, first, second, winner]))
    missing = [k for k in keys if k not in table.columns]
    if missing:
        raise InputError(
            "comparisons: a column is missing",
            parameter=", ".join(missing),
            got=", ".join(map(str, table.columns[:30])),
            expected=", ".join(keys),
        )
    if COUNT in keys:
        raise InputError(
            f"{COUNT} is the name of what is made: how many equal comparisons there are",
            parameter="by",
            got=COUNT,
            expected="columns of other names",
        )
    grouped = table.group_by(keys).aggregate(**{COUNT: table.count()})
    with quiet_engines():
        counts = grouped.to_pyarrow().to_pandas()
        rows = int(table.count().to_pyarrow().as_py())
    if int(counts[COUNT].sum()) != rows:
        raise InputError(
            "the counts don't add up to the rows",
            got=f"{int(counts[COUNT].sum()):,} counted",
            expected=f"{rows:,} rows",
            hint="did the source change while it was counted?",
        )
    counts = counts.sort_values(keys, na_position="last", kind="stable", ignore_index=True)
    return pair_choices(
        counts,
        first=first,
        second=second,
        winner=winner,
        reads=reads,
        ties=ties,
        outcomes=outcomes,
        unusable=unusable,
        count=COUNT,
    )


def _table(source: Any, threads: int | None, memory_limit: str) -> ir.Table:
    import ibis

    if isinstance(source, ibis.expr.types.Table):
        return source
    if isinstance(source, pd.DataFrame):
        with quiet_engines():
            return embedded_engine(threads, memory_limit).create_table(
                "comparisons", ibis.memtable(source), temp=True
            )
    if not isinstance(source, str | Path):
        raise InputError(
            "not a table of comparisons, and no place where one is",
            parameter="source",
            got=type(source).__name__,
            expected="a frame, a Parquet file, folder or glob pattern, or an Ibis table",
        )
    with quiet_engines():
        return embedded_engine(threads, memory_limit).read_parquet(
            parquet_files(source), hive_partitioning=False, union_by_name=True
        )
