"""How large the next study must be: power of contrasts, and sizes that reach what is wanted."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, listed, readable
from valuestats.reporting.sections import heading, paragraph, show_table_as
from valuestats.reporting.stored_study import StoredStudy

_ACROSS = 8
"""Sizes of one facet that stand side by side."""
_PLANNED = {
    "answers": "Answers per model", "floor": "Narrowest half width", "ceiling": "Highest power", "assured": "Assured",
}  # fmt: skip


def plans(study: StoredStudy) -> None:
    """What the steps `contrast_power` and `required_sizes` say of the size of the next study."""
    powers, sizes = study.tables("power", "detectable"), study.tables("answers", "dimension")
    sizes = {step: table for step, table in sizes.items() if {"floor", "ceiling"} & set(table.columns)}
    if not powers and not sizes:
        return
    heading("How large must the next study be?", "sec-plans")
    paragraph(
        "Sizes and power stand at the estimates of the variance components, which a study of few models or levels hardly "
        "knows: assurance and the share assured hold what is open."
    )
    for n, (step, table) in enumerate({**powers, **sizes}.items()):
        what = "Power to tell two models apart" if step in powers else "Sizes that reach what is wanted"
        shown, same = plan_table(table)
        show_table_as(
            shown,
            f"tbl-plan-{chr(97 + n)}",
            f"{what} ({readable(step)}){'; in brackets the assurance' if '(' in str(shown.iloc[0, -1]) else ''}"
            f"{f'; in all of them {same}' if same else ''}.",
        )


def plan_table(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows of a plan as text, and what is the same in all of them; absent is a dash.

    Power over the sizes of one facet is a row for each dimension.
    """
    design = [str(c) for c in table.columns if str(c).startswith("n_") or c == "difference"]
    same = [c for c in design if len(table) > 1 and len(set(table[c].astype(str))) == 1]
    vary = [c for c in design if c not in same]
    told = listed([f"{_name(c).lower()} {table[c].iloc[0]:g}" for c in same]) if same else ""
    if "power" in table.columns and len(vary) == 1 and table[vary[0]].nunique() <= _ACROSS:
        cells = table.assign(cell=_power(table))
        wide = cells.pivot(index="dimension", columns=vary[0], values="cell").reindex(
            list(dict.fromkeys(table["dimension"]))
        )
        wide.columns = [f"{size:,} {_name(vary[0]).lower()}" for size in wide.columns]
        wide.insert(0, "Dimension", [readable(str(d)) for d in wide.index])
        return wide.reset_index(drop=True), told
    shown = pd.DataFrame({"Dimension": [readable(str(d)) for d in table["dimension"]]})
    for column in vary:
        shown[_name(column)] = [f"{v:,}" if pd.notna(v) else "–" for v in table[column]]
    if "power" in table.columns:
        shown["Power (assurance)"] = _power(table)
        return shown, told
    for column, title in _PLANNED.items():
        if column in table.columns:
            form = ",.0f" if column == "answers" else ".2f"
            shown[title] = [f"{v:{form}}" if pd.notna(v) else "–" for v in table[column]]
    return shown, told


def _power(table: pd.DataFrame) -> list[str]:
    """Power, with the assurance in brackets where the study has draws."""
    assurance = table.get("assurance", pd.Series(float("nan"), index=table.index))
    pairs = zip(table["power"], assurance, strict=True)
    return [f"{power:.2f}" + (f" ({sure:.2f})" if pd.notna(sure) else "") for power, sure in pairs]


def _name(column: str) -> str:
    return "Difference" if column == "difference" else capitalised(readable(column.removeprefix("n_")) + "s")
