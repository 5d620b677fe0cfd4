"""Answers that stand in a table as codes, and statuses that stand beside them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.answers.scales import NO_SCALE
from valuestats.ingest.findings import Findings
from valuestats.ingest.item_scales import ItemScales
from valuestats.ingest.tabular.files import Table
from valuestats.tables import STATUSES

OFF_SCALE = "code that is no answer"
CONTRADICTED = "code and status contradict each other"
NO_NUMBER = "a whole number (a column of texts is read as columns={'raw': …})"
_LISTED = 10


def coded_answers(
    column: pd.Series, items: pd.Series, table: Table, scales: ItemScales | None, findings: Findings
) -> pd.DataFrame:
    """Codes as ``answer``, ``status``, ``rule``; what is no whole number on the item's scale is ``unparsable``.

    Such codes (-1, 99) often stand for a missing answer: they are a finding that says how to declare them, one for each
    code.
    """
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    there = column.notna().to_numpy(dtype=bool)
    fits = ((numbers % 1 == 0) & (numbers.abs() <= 2**53)).to_numpy(dtype=bool, copy=True)
    wanted: dict[str, str] = dict.fromkeys(column[there & ~fits], NO_NUMBER)
    if scales is not None:
        for scale, rows in scales.groups(items):
            if scale is NO_SCALE:
                continue
            off = rows[there[rows] & fits[rows] & ~numbers.iloc[rows].isin(scale.codes).to_numpy()]
            fits[off] = False
            wanted.update(dict.fromkeys(column.iloc[off], f"a code of the scale: {list(scale.codes)}"))
    for code, expected in list(wanted.items())[:_LISTED]:
        rows = np.flatnonzero(there & ~fits & (column == code).to_numpy(dtype=bool, na_value=False))
        declared = f"; where it means that there is no answer, say missing={{'answer': ['', {code[:40]!r}]}}"
        got = f"{code[:40]!r} ({len(rows):,} such rows)" if len(rows) > 1 else repr(code[:40])
        findings.left_out(OFF_SCALE, _off(got, expected + declared, table, int(table.rows[rows[0]])))
    if len(wanted) > _LISTED:
        kept = list(wanted)[:_LISTED]
        rows = np.flatnonzero(there & ~fits & ~column.isin(kept).to_numpy())
        got = f"{len(wanted) - _LISTED:,} more different values ({len(rows):,} such rows)"
        findings.left_out(
            OFF_SCALE, _off(got, next(reversed(wanted.values())), table, int(table.rows[rows[0]]))
        )
    answer = numbers.where(fits).astype("Int64")
    status = np.where(fits, "valid", np.where(there, "unparsable", "empty"))
    rule = np.where(fits, "coded", np.where(there, OFF_SCALE, "blank"))
    return pd.DataFrame({"answer": answer, "status": status, "rule": rule})


def _off(got: str, expected: str, table: Table, row: int) -> InputError:
    return InputError(
        "responses: a value of 'answer' may not stand there",
        parameter="answer",
        got=got,
        expected=expected,
        file=table.source.path,
        row=row,
    )


def with_status(
    read: pd.DataFrame,
    texts: Mapping[str, pd.Series],
    table: Table,
    statuses: Mapping[str, str],
    findings: Findings,
    *,
    coded: bool,
) -> pd.DataFrame:
    """What was read, with the statuses that the table itself states.

    Raises
    ------
    InputError
        A status that is none of ours and isn't mapped to one.
    """
    status, rule = read["status"].astype("str"), read["rule"].astype("str")
    answer = read["answer"]
    if "error" in texts and not coded:
        failed = texts["raw"].isna() & texts["error"].notna()
        status, rule = status.mask(failed, "api_error"), rule.mask(failed, "api_error")
    if "status" in texts:
        said = texts["status"].map(lambda s: statuses.get(s, s), na_action="ignore")
        unknown = said.notna() & ~said.isin(STATUSES)
        if unknown.any():
            raise fault(
                table, "status", unknown, texts["status"][unknown].iloc[0], f"one of {', '.join(STATUSES)}",
                hint="map theirs to ours with statuses={…}",
            )  # fmt: skip
        given = said.notna() & (said != "valid") if not coded else said.notna() & (status != "unparsable")
        status, rule = status.mask(given, said), rule.mask(given, "given")
        if not coded:
            answer = answer.mask(given)
        else:
            status, rule, answer = _settled(status, rule, answer, table, findings)
    return pd.DataFrame({"answer": answer, "status": status, "rule": rule})


def _settled(
    status: pd.Series, rule: pd.Series, answer: pd.Series, table: Table, findings: Findings
) -> tuple[pd.Series, pd.Series, pd.Series]:
    against = (status == "valid") != answer.notna()
    if not against.any():
        return status, rule, answer
    findings.left_out(
        CONTRADICTED,
        fault(
            table,
            "answer, status",
            against,
            f"answer {answer[against].iloc[0]}, status {status[against].iloc[0]}",
            "an answer code exactly where the status is valid",
        ),
    )
    return (
        status.mask(against, "unparsable"), rule.mask(against, "contradicted"), answer.mask(against)
    )  # fmt: skip


def places_told(table: Table, where: pd.Series) -> str:
    """The numbers of the rows that are meant, as text; the first of many."""
    rows = table.rows[where.to_numpy(dtype=bool)]
    more = f" and {len(rows) - _LISTED:,} more" if len(rows) > _LISTED else ""
    return f"rows {', '.join(map(str, rows[:_LISTED]))}{more}"


def fault(
    table: Table, name: str, where: pd.Series, got: object, expected: str, hint: str | None = None
) -> InputError:
    """The error for a value that may not stand in a column; the first of the rows that are meant."""
    count = int(where.sum())
    return InputError(
        f"responses: a value of {name!r} may not stand there",
        parameter=name,
        got=f"{got} ({count} such rows)" if count > 1 else got,
        expected=expected,
        hint=hint,
        file=table.source.path,
        row=int(table.rows[int(where.to_numpy().argmax())]),
    )
