"""Results of one setting at a time: what a run finds replaces the row of its setting, all others stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

RESULTS = Path(__file__).parent / "results"


def keep_row(name: str, row: dict[str, Any], command: str) -> None:
    """Write one setting's row to a file of results, with the command that made it and the date."""
    out = RESULTS / name
    RESULTS.mkdir(exist_ok=True)
    table = pd.DataFrame([{**row, "command": command, "date": str(pd.Timestamp.now().date())}])
    if out.exists():
        known = pd.read_csv(out)
        table = pd.concat([known[known["setting"] != row["setting"]], table], ignore_index=True)
    first = [c for c in table.columns if c not in ("command", "date")]
    table[[*first, "command", "date"]].to_csv(out, index=False)
