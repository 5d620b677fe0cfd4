"""Tables and sentences of the page on annotators' label sets: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.labels import number
from valuestats.reporting.page import StoredStudy
from valuestats.reporting.sentences import interval

_METRICS = {"nominal": "equal or not", "jaccard": "Jaccard", "masi": "MASI"}


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    if "civics" in study.manifest["datasets"]:
        return "The statements are not printed here; they appear by their counts alone."
    return (
        "**The dataset is not at hand. Everything below is worked out from SIMULATED annotations whose nominal alpha "
        "is .81 by construction: no number is about the real annotators, and the published values cannot be "
        "recomputed.**"
    )


def glance_sentence(study: StoredStudy) -> str:
    """The verdicts, what the spellings did, and the corrected agreement."""
    table = study["comparison"]
    found, odd = study["agreement"].estimates.set_index("metric"), study["odd_labels"]
    written = study["as_written"].estimates.set_index("metric")
    reproduced = int((table["verdict"] == "reproduced").sum())
    gap, rest = found["estimate"] - written["estimate"], 1 - written["estimate"]
    masi = found.loc["masi"]
    spelled = (
        f"{number(len(odd))} spellings ({number(odd['n'].sum())} labels) stand for another label; harmonised, "
        f"{gap['masi'] / rest['masi']:.0%} of the MASI disagreement is gone"
        if len(odd)
        else "no spelling stands for another label"
    )
    return (
        f"{reproduced} of {len(table)} published values come out again. {spelled[0].upper() + spelled[1:]}. Alpha is "
        f"then {interval(masi)} (MASI), with the {number(masi['n_units'])} source pages resampled, from "
        f"{number(masi['n_scored'])} label sets; the other {number(masi['n_asked'] - masi['n_scored'])} places are "
        "statements that an annotator was not given."
    )


def comparison_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    known = table["recomputed"].notna()
    return pd.DataFrame(
        {
            "Alpha": table["group"].map(_METRICS),
            "Published": [f"{x:.3f}" for x in table["published"]],
            "Recomputed": [f"{x:.4f}" if k else "–" for x, k in zip(table["recomputed"], known, strict=True)],
            "Verdict": table["verdict"],
            "Corrected [95 %]": [interval(row, 3) for _, row in table.iterrows()],
            "Chance": "0",
            "Scored": [f"{s:,.0f} of {a:,.0f}" for s, a in table[["n_scored", "n_asked"]].to_numpy()],
        }
    )


def spelling_table(odd: pd.DataFrame, rows: int = 12) -> pd.DataFrame:
    """The spellings that were repaired, most frequent first."""
    shown = odd.head(rows)
    table = pd.DataFrame(
        {"Written": shown["label"], "Stands for": shown["stands_for"], "Times": shown["n"].map(number)}
    )
    rest = odd.iloc[rows:]
    if len(rest):
        table.loc[len(table)] = [f"({len(rest)} more)", "", number(rest["n"].sum())]
    return table


def within_sentence(table: pd.DataFrame) -> str:
    """Where annotators agree least, and for which levels nothing can be said."""
    known = table.dropna(subset="lower").sort_values("estimate")
    few = int(table["lower"].isna().sum())
    if known.empty:
        return "No level has enough source pages for an interval."
    last = known.iloc[0]
    return (
        f"Agreement is lowest for {last['value']} ({interval(last)}). {few} of {len(table)} levels come from fewer "
        "than six pages and get no interval: their statements are no independent sample."
    )


def entangled_sentence(table: pd.DataFrame) -> str:
    """Which factors of the design give each other away."""
    nested = table[table["cramers_v"] > 0.999]
    names = [f"{row['first']} and {row['second'].replace('_', ' ')}" for _, row in nested.iterrows()]
    if not names:
        return "No factor of the design gives another away."
    return (
        f"Cramér's V is 1 for {'; '.join(names)}: no publisher occurs in two languages, so a difference between "
        "languages is also a difference between publishers, and no model can tell them apart."
    )


def entangled_table(table: pd.DataFrame) -> pd.DataFrame:
    """Cramér's V of each pair of factors."""
    return pd.DataFrame(
        {
            "Factor": table["first"].str.replace("_", " ").str.capitalize(),
            "Other factor": table["second"].str.replace("_", " ").str.capitalize(),
            "Levels": [
                f"{a:,.0f} × {b:,.0f}" for a, b in table[["levels_first", "levels_second"]].to_numpy()
            ],
            "Cramér's V": [f"{x:.2f}" for x in table["cramers_v"]],
            "Shared": [f"{s:,.0f} of {b:,.0f}" for s, b in table[["shared", "levels_second"]].to_numpy()],
        }
    )
