"""What an audit finds, as records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.auditing.printed import Printed
from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result

Severity = Literal["impossible", "improbable", "notable"]
SEVERITIES: dict[str, str] = {
    "impossible": "no data can give it as declared",
    "improbable": "chance gives it rarely",
    "notable": "a pattern that wants a reason",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is odd.

    Attributes
    ----------
    check
        Which check found it.
    severity
        ``impossible``: no data can give it as declared; ``improbable``: chance gives it rarely; ``notable``: a pattern that
        wants a reason.
    where
        Cell, row or column, by name.
    cells
        Rows and columns of the cells it rests on.
    found, least, most
        The number, and what it could be at least and at most.
    p
        For chance findings, probability of something as odd or odder, adjusted for the tests of the check (Holm).
    text
        In words.
    group
        Which table.
    """

    check: str
    severity: Severity
    where: str
    text: str
    cells: tuple[tuple[str, str], ...] = ()
    found: float = np.nan
    least: float = np.nan
    most: float = np.nan
    p: float = np.nan
    group: str = ""


@dataclass
class Looked:
    """What one check looked at in one table.

    Attributes
    ----------
    check
        Its name.
    looked
        How many cells, sums, pairs, triples or lines it looked at.
    of
        What these are.
    found
        Findings; of a check by chance, one for each test with its unadjusted p.
    tested
        Unadjusted p of each test of a check by chance.
    """

    check: str
    of: str
    looked: int = 0
    found: list[Finding] = field(default_factory=list)
    tested: list[float] = field(default_factory=list)


def cell_names(t: Printed, places: Sequence[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    """Labels of cells by their places."""
    return tuple((t.rows[i], t.columns[j]) for i, j in places)


def audit_findings(result: Result) -> pd.DataFrame:
    """The findings of an audit, the gravest first.

    Parameters
    ----------
    result
        What `valuestats.audit_table` returned.

    Returns
    -------
    pandas.DataFrame
        One row per finding: ``table`` (which of several), ``check``, ``severity``, ``where``, ``found``, ``least``,
        ``most``, ``p``, ``text``, ``cells``; no rows where nothing was found.

    Raises
    ------
    SpecificationError
        The result is no audit.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import audit_findings, audit_table
    >>> from valuestats.auditing.declared import Holds
    >>> table = pd.DataFrame({"model": ["a", "b"], "yes": ["70", "71"]})
    >>> audit_findings(audit_table(table, {"yes": Holds("percent", n=20)}, row="model"))[["check", "where"]].values.tolist()
    [['counts', 'b, yes']]
    """
    if getattr(result, "kind", None) != "table_audit":
        raise SpecificationError(
            "no audit of a table",
            parameter="result",
            got=getattr(result, "kind", type(result).__name__),
            expected="a result of audit_table",
        )
    columns = ["table", "check", "severity", "where", "found", "least", "most", "p", "text", "cells"]
    frame = pd.DataFrame(result.meta["findings"]).rename(columns={"group": "table"})
    return frame.reindex(columns=columns).astype({"found": float, "least": float, "most": float, "p": float})


def as_records(findings: list[Finding]) -> list[dict[str, Any]]:
    """Findings as plain records, the gravest first, as they are stored."""
    order = list(SEVERITIES)
    ranked = sorted(findings, key=lambda f: (order.index(f.severity), np.nan_to_num(f.p, nan=1.0), -f.found))
    return [
        {
            k: ([list(c) for c in v] if k == "cells" else None if isinstance(v, float) and np.isnan(v) else v)
            for k, v in asdict(f).items()
        }
        for f in ranked
    ]
