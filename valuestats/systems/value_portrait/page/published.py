"""Tables and sentences of the pages that hold numbers against what they should be."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number, readable
from valuestats.reporting.stored_study import StoredStudy


def verdict_sentence(study: StoredStudy) -> str:
    """How many published numbers come out again, and what explains the others."""
    cells, table, audit = study["correlation_cells"], study["comparison"], study["audit"]
    verdicts = table["verdict"].value_counts()
    reproduced = int(verdicts.get("reproduced", 0))
    differing = table[table["verdict"] == "differs"]
    explained = int((differing["explanation"] != "").sum())
    absent = int(verdicts.get("not computable", 0))
    exact = audit["at_best_place"].max()
    return (
        f"{number(cells['agrees'].sum())} of {number(len(cells))} published correlations come out again to 1e-9; the "
        f"other {number((~cells['agrees']).sum())} belong to one group of raters and are explained exactly (to {exact:.0e}) "
        f"by the overwritten own scores of one respondent. Of {number(len(table))} other published numbers (counts, ranks "
        f"and scores) {number(reproduced)} are reproduced; {number(len(differing))} differ, "
        f"{'all of them' if explained == len(differing) else f'{number(explained)} of them'} with a named cause in the "
        f"released files, and {number(absent)} cannot be "
        "computed because the raw answers behind them are not in the release."
    ).replace("e-", "e−")


def agreement_table(study: StoredStudy) -> pd.DataFrame:
    """Published correlations by family: cells, agreeing, differing, largest difference."""
    rows = []
    for family, part in study["correlation_cells"].groupby("family", observed=True, sort=False):
        agrees = int(part["agrees"].sum())
        largest = part["difference"].abs().max()
        rows.append(
            (
                readable(str(family)),
                number(len(part)),
                number(agrees),
                number(len(part) - agrees),
                f"{largest:.3f}",
            )
        )
    columns = ["Family", "Published", "Agree", "Differ", "Largest difference"]
    return pd.DataFrame(rows, columns=columns)


def audit_table(audit: pd.DataFrame) -> pd.DataFrame:
    """The search for a respondent's place, as text."""

    def score(x: float) -> str:
        return f"{x:.3f}".replace("-", "−")

    def gap(x: float) -> str:
        return "< 1e−9" if x < 1e-9 else f"{x:.3f}"

    rows = []
    for _, row in audit.iterrows():
        low, high = score(row["place_lower"]), score(row["place_upper"])
        rows.append(
            (
                readable(row["dimension"]),
                gap(row["as_released"]),
                gap(row["without"]),
                gap(row["at_best_place"]),
                score(row["score"]),
                low if low == high else f"{low}\u00a0to\u00a0{high}",
                row["verdict"],
            )
        )
    columns = ["Dimension", "As released", "Without", "Best place", "Released score", "Score then", "Verdict"]
    return pd.DataFrame(rows, columns=columns)


def parser_table(study: StoredStudy, rows: int = 14) -> pd.DataFrame:
    """Where the published parser and the default reading differ, by kind, most frequent first."""
    mine, theirs = study["responses"].frame, study["responses_published"].frame
    read = pd.DataFrame({"theirs": _reading(theirs), "mine": _reading(mine)})
    apart = read[read["theirs"] != read["mine"]]
    counted = apart.value_counts().reset_index(name="n")
    shown = counted.head(rows)
    table = pd.DataFrame(
        {"Published": shown["theirs"], "Default": shown["mine"], "Answers": shown["n"].map(number)}
    )
    rest = int(counted["n"].iloc[rows:].sum())
    if rest:
        table.loc[len(table)] = ["(other)", "(other)", number(rest)]
    return table


def _reading(frame: pd.DataFrame) -> pd.Series:
    answers = frame["answer"].astype("string")
    return answers.where(
        frame["status"] == "valid", frame["status"].astype("string").str.replace("_", " ")
    ).astype(str)


def lost_table(study: StoredStudy) -> pd.DataFrame:
    """Keyed items that the published scoring lost."""
    keyed = set(study["keys_published"]["item"])
    lost = study["lost"]
    lost = lost[lost["item"].isin(keyed)]
    return pd.DataFrame(
        {"Model": lost["model"], "Item": lost["item"], "File": lost["file"], "Record": lost["row"].map(str)}
    )
