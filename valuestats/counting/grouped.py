"""Counts of answers per cell, by the GROUP BY of whatever engine holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.counting.answer_tables import KEYS, AnswerSource, open_answers, quiet_engines
from valuestats.ingest.answers.texts import as_text
from valuestats.tables import STATUSES, Responses

if TYPE_CHECKING:
    import ibis.expr.types as ir

COUNTED = ("status", "answer", "count")


@checked
def count_answers(source: AnswerSource, by: Sequence[str] | None = None, **engine: Any) -> pd.DataFrame:
    r"""Count answers per cell; what likelihoods of ordered or nominal answers, scores and shares depend on.

    For cell c and outcome k (a status, and where it is ``valid`` an answer code) the count is
    :math:`n_{ck} = \sum_i 1[c_i = c, k_i = k]`. Every row is counted once, refusals and failed calls with their
    status; that the counts add up to the rows is checked. A null key is a cell of its own. The numbers and
    their order are the same on every engine.

    Parameters
    ----------
    source
        See `open_answers`; or counts that this function has given, which are added up over what `by` leaves out.
    by
        Columns that name a cell, of ``model, item, condition, persona, language, wording, option_order, epoch,
        cluster, model_served``. If not given: all of these that the source has and that aren't null throughout,
        but ``epoch`` and ``model_served``.
    **engine
        ``threads`` and ``memory_limit`` of `open_answers`.

    Returns
    -------
    pandas.DataFrame
        Columns `by`, ``status``, ``answer`` (code or null), ``count``; sorted, nulls last. No cell of count 0.

    Raises
    ------
    InputError
        A required column is missing or null, a status is unknown, an answer code stands where the status isn't
        valid, or none where it is; or rows came out that didn't go in.
    SpecificationError
        `by` names a column that isn't there or that no cell is named by.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": "m", "item": ["q1", "q1", "q1"], "epoch": [1, 2, 3], "raw": "x",
    ...     "answer": [5, 5, None], "status": ["valid", "valid", "refusal"], "source_file": "a.csv",
    ...     "source_sha256": "0", "source_row": [0, 1, 2]})
    >>> count_answers(frame)[["item", "status", "answer", "count"]].to_numpy().tolist()
    [['q1', 'refusal', <NA>, 1], ['q1', 'valid', 5, 2]]
    """
    if is_counted(source):
        assert isinstance(source, pd.DataFrame)  # for the type checker
        keys = _keys(by, list(source.columns))
        source = source.assign(count=whole_counts(source["count"]))
        grouped = source.groupby([*keys, "status", "answer"], dropna=False, observed=True)["count"]
        counts = _tidy(grouped.sum().reset_index(), keys)
        return counts if by is not None else _without_empty(counts, keys)
    table = open_answers(source, **engine)
    keys = _keys(by, list(table.columns))
    rows, counts = _run(table, keys)
    counts = _tidy(counts, keys)
    if int(counts["count"].sum()) != rows:
        raise InputError(
            "the counts don't add up to the rows",
            got=f"{int(counts['count'].sum()):,} counted",
            expected=f"{rows:,} rows",
            hint="did the source change while it was counted?",
        )
    _check(counts, keys)
    return counts if by is not None else _without_empty(counts, keys)


def whole_counts(given: pd.Series) -> pd.Series:
    """Counts of answers; one that is null, negative or not whole is refused.

    Raises
    ------
    InputError
        Of the first such count.

    Examples
    --------
    >>> whole_counts(pd.Series([2.0, 3.0])).tolist()
    [2, 3]
    """
    number = pd.to_numeric(given, errors="coerce").astype(float)
    wrong = ~((number >= 0) & (number % 1 == 0))
    if wrong.any():
        raise InputError(
            "a count of answers is a whole number",
            parameter="count",
            got=f"{given[wrong].iloc[0]} in {int(wrong.sum())} rows",
            expected="0 or more in each row",
            hint="weights are no counts: count the answers themselves",
        )
    return number.astype("int64")


def _without_empty(counts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    # A column that is null throughout names no cell: the same answers without it give the same counts.
    return counts.drop(columns=[k for k in keys if k not in ("model", "item") and counts[k].isna().all()])


def is_counted(source: object) -> TypeGuard[pd.DataFrame]:
    """Whether this is a frame of counts, as `count_answers` gives it."""
    return isinstance(source, pd.DataFrame) and set(COUNTED) <= set(source.columns)


def cells_of(source: AnswerSource, *, effects: Sequence[str] = ()) -> pd.DataFrame:
    """Counts by model, item, the item's cluster where there is one, and the conditions asked for.

    `Responses` are validated and in memory already, so pandas counts them.
    """
    table: Any = source
    if isinstance(source, Responses):
        table = source.frame.assign(count=1)
    elif not is_counted(source):
        table = open_answers(source)
    present = set(table.columns)
    cells = count_answers(table, [n for n in ("model", "item", "cluster", *effects) if n in present])
    return cells.drop(columns="cluster") if "cluster" in cells and cells["cluster"].isna().all() else cells


def _keys(by: Sequence[str] | None, present: list[str]) -> list[str]:
    if by is None:
        return [name for name in KEYS if name in present and name != "model_served"]
    if isinstance(by, str):
        by = [by]
    known = (*KEYS, "epoch")
    for name in by:
        if name not in known or name not in present:
            raise SpecificationError(
                "no cell is named by this column" if name not in known else "the answers have no such column",
                parameter="by",
                got=name,
                expected=f"some of {', '.join(k for k in known if k in present)}",
            )
    return list(dict.fromkeys(by))


def _run(table: ir.Table, keys: list[str]) -> tuple[int, pd.DataFrame]:
    groups = table.group_by([*keys, "status", "answer"]).aggregate(count=table.count())
    # As texts, a whole number that may be null is the same from every engine.
    groups = groups.mutate(answer=groups["answer"].cast("string"))
    with quiet_engines():
        arrow = groups.to_pyarrow()
        rows = int(table.count().to_pyarrow().as_py())
    answer = arrow["answer"].combine_chunks().cast("int64")
    counts = arrow.drop_columns(["answer"]).to_pandas()
    mask = answer.is_null().to_numpy(zero_copy_only=False)
    counts["answer"] = pd.arrays.IntegerArray(answer.fill_null(0).to_numpy().copy(), mask)
    return rows, counts


def _tidy(counts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    counts = counts[[*keys, *COUNTED]]
    for name in (*keys, "status"):
        counts[name] = counts[name].astype("int64") if name == "epoch" else as_text(counts[name])
    counts["answer"] = counts["answer"].astype("Int64")
    counts["count"] = counts["count"].astype("int64")
    order = [*[k for k in (*KEYS, "epoch") if k in keys], "status", "answer"]
    return counts.sort_values(order, na_position="last", kind="stable", ignore_index=True)


def _check(counts: pd.DataFrame, keys: list[str]) -> None:
    for name in [*(k for k in ("model", "item") if k in keys), "status"]:
        if counts[name].isna().any():
            raise _fault(name, counts[counts[name].isna()], "null", "not null")
    strange = ~counts["status"].isin(STATUSES)
    if strange.any():
        raise _fault("status", counts[strange], counts["status"][strange].iloc[0], ", ".join(STATUSES))
    astray = (counts["status"] == "valid") != counts["answer"].notna()
    if astray.any():
        first = counts[astray].iloc[0]
        raise _fault(
            "answer, status",
            counts[astray],
            f"answer {first['answer']}, status {first['status']}",
            "an answer code exactly where the status is valid",
        )


def _fault(name: str, cells: pd.DataFrame, got: object, expected: str) -> InputError:
    first = cells.iloc[0].drop(["status", "answer", "count"])
    where = ", ".join(f"{k}={v!r}" for k, v in first.items())
    return InputError(
        f"answers: a value of {name!r} may not stand there",
        parameter=name,
        got=f"{got} in {int(cells['count'].sum()):,} rows" + (f", e.g. {where}" if where else ""),
        expected=expected,
    )
