"""Published | Recomputed | Corrected as a table of text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import readable
from valuestats.results.phrases import interval


def comparison_table(table: pd.DataFrame, *, digits: int = 2) -> pd.DataFrame:
    """Published | Recomputed | Corrected as text, one row per published number."""

    def text(value: float, form: str) -> str:
        return "–" if pd.isna(value) else f"{value:{form}}".replace("-", "−")

    rows = []
    for _, row in table.iterrows():
        whole = float(row["published"]).is_integer() and not row["quantity"].startswith("centred")
        form = ",.0f" if whole else f"+.{digits}f"
        corrected = text(row["estimate"], form)
        if pd.notna(row["lower"]):
            corrected = interval(row, digits, signed=True)
        if pd.notna(row.get("baseline")):
            corrected += f"\u00a0(chance\u00a0{row['baseline']:.0f})"
        quantity, _, family = str(row["quantity"]).partition(", ")
        rows.append(
            {
                "Quantity": f"{quantity}, {readable(family)}" if family else quantity,
                "Group": " | ".join(readable(part) for part in str(row["group"]).split(" | ")),
                "Published": text(row["published"], form),
                "Recomputed": text(row["recomputed"], form),
                "Verdict": row["verdict"],
                "Corrected": corrected,
                "Why it differs": row["explanation"],
            }
        )
    return pd.DataFrame(rows)
