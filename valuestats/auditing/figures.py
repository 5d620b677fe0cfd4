"""Figure and table of an audit: the published table with its odd cells marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from valuestats.auditing.findings import SEVERITIES, audit_findings
from valuestats.base.errors import SpecificationError
from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, p_value
from valuestats.figures.panels import panel_rows
from valuestats.figures.theme import PALETTE
from valuestats.results.result import Result

if TYPE_CHECKING:
    import great_tables as gt

_COLOURS = dict(zip(SEVERITIES, (PALETTE[1], PALETTE[4], PALETTE[5]), strict=True))


def audit_chart(result: Result, *, width: int = 560, numbers: bool = True) -> Figure:
    """The table as printed, cells of findings framed by the gravest of them.

    Raises
    ------
    SpecificationError
        The table is too large to be drawn.
    """
    cells = pd.DataFrame(result.meta["cells"])
    if cells.empty:
        raise SpecificationError(
            "the table is too large to be drawn",
            parameter="result",
            got=f"{result.meta['specification']['cells']} cells",
            expected="at most 3,000",
        )
    found = audit_findings(result)
    order = list(SEVERITIES)
    gravest: dict[tuple[str, str, str], str] = {}
    for _, f in found.iterrows():
        for row, column in f["cells"]:
            key = (f["table"], row, column)
            gravest[key] = min(gravest.get(key, f["severity"]), f["severity"], key=order.index)
    keys = zip(cells["table"], cells["row"], cells["column"], strict=True)
    cells = cells.assign(finding=[gravest.get(k, "none") for k in keys])
    rows, columns = list(dict.fromkeys(cells["row"])), list(dict.fromkeys(cells["column"]))
    angle = -90 if max(map(len, columns)) * len(columns) * 7 > width else 0
    y = alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(labelLimit=220, grid=False))
    x = alt.X("column:N", sort=columns, title=None, axis=alt.Axis(orient="top", labelAngle=angle, grid=False))
    tips = [alt.Tooltip(f"{c}:N") for c in ("row", "column", "text", "finding")]
    scale = alt.Scale(domain=order, range=[_COLOURS[s] for s in order])
    colour = alt.Color(
        "finding:N",
        title=None,
        scale=scale,
        legend=alt.Legend(orient="bottom") if len(found) else None,
    )
    base = alt.Chart(cells)
    marks = (
        base.transform_filter("datum.finding != 'none'")
        .mark_rect(fillOpacity=0.22, strokeWidth=1.5)
        .encode(
            x=x, y=y, color=colour, stroke=alt.Stroke("finding:N", scale=scale, legend=None), tooltip=tips
        )
    )
    text = base.mark_text(fontSize=11 if numbers else 1, opacity=1 if numbers else 0).encode(
        x=x, y=y, text="text:N", tooltip=tips
    )
    chart = alt.layer(text, marks).properties(width=width, height=alt.Step(20))
    if result.meta["specification"]["tables"] > 1:
        return chart.facet(**panel_rows("table", dict.fromkeys(cells["table"])))
    return chart


def findings_table(result: Result, *, rows: int | None = None) -> pd.DataFrame:
    """Findings as text, the gravest first."""
    found = audit_findings(result)
    if rows is not None:
        found = found.head(rows)
    where = [f"{t}: {w}" if t else w for t, w in zip(found["table"], found["where"], strict=True)]
    chance = [
        "none" if s == "impossible" else "–" if p != p else p_value(float(p))
        for s, p in zip(found["severity"], found["p"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Check": found["check"].map(capitalised, na_action="ignore"),
            "Where": where,
            "What": found["text"].map(capitalised, na_action="ignore"),
            "Severity": found["severity"],
            "Chance": chance,
        }
    )


def checks_table(result: Result) -> pd.DataFrame:
    """Checks as text: how much each looked at and found."""
    frame = result.estimates
    return pd.DataFrame(
        {
            "Check": frame["check"].map(capitalised, na_action="ignore"),
            "Looked at": [_looked(n, of) for n, of in zip(frame["n_scored"], frame["of"], strict=True)],
            "Found": [f"{x:.0f}" for x in frame["estimate"]],
            "Gravest": frame["severity"].replace("", "–"),
        }
    )


def _looked(n: int, of: str) -> str:
    several = {"matrix": "matrices", "pair of lines": "pairs of lines", "column of ranks": "columns of ranks"}
    return counted(n, of, several.get(of))


def audit_great_table(result: Result, *, rows: int | None = None) -> gt.GT:
    """Findings as a great_tables object; the checks, where nothing was found."""
    import great_tables as gt

    found = findings_table(result, rows=rows)
    shown = found if len(found) else checks_table(result)
    return gt.GT(shown, id="valuestats-table-audit").tab_source_note(str(result.meta["method"]))
