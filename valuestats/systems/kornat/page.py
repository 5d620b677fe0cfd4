"""Tables and sentences of the page on a national survey: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, number
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.kornat.figures import two_measures_chart

__all__ = [
    "StoredStudy",
    "alignment_frame",
    "glance_sentence",
    "md",
    "measures_table",
    "published_table",
    "setup",
    "show",
    "show_table",
    "two_measures_chart",
]


def published_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected, with the reason where there is nothing to recompute from."""
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": table["published"].map(number),
            "Recomputed": [number(x) if pd.notna(x) else "–" for x in table["recomputed"]],
            "Corrected": "–",
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def glance_sentence(study: StoredStudy) -> str:
    """Which rule SVA puts first, where proper measures put it, and whether the truth is held."""
    alignment, recovery = study["alignment"], study["recovery"]
    similar = study["similarity"].estimates.set_index("model")
    best = alignment.sort_values("estimate").iloc[-1]
    place = similar.loc[best["model"]]
    closest = similar["estimate"].astype(float).idxmax()
    flagged = list(alignment.loc[alignment["collapsed"], "model"])
    below = "below" if place["estimate"] < place["baseline"] else "above"
    return (
        f"SVA is highest for “{_rule(best['model'])}” ({interval(best)}), which by the Jensen-Shannon distance is "
        f"{below} uniform answers ({place['estimate']:.2f} against {place['baseline']:.2f}); the answers most like the "
        f"people's are those of “{_rule(str(closest))}” ({interval(similar.loc[closest])}). The collapse check flags "
        f"{len(flagged)} of {len(alignment)} models, and {int(recovery['holds'].sum())} of {len(recovery)} intervals of "
        f"SVA hold the truth; scored {number(alignment['n_scored'].sum())} of {number(alignment['n_asked'].sum())} "
        "questions."
    )


def measures_table(study: StoredStudy) -> pd.DataFrame:
    """Truth, SVA and its variants, proper measures and the collapse check, one row per model."""
    table = study["recovery"].set_index("model")
    out = pd.DataFrame({"Answers by": [_rule(m) for m in table.index]})
    out["True SVA"] = [f"{x:.3f}" for x in table["truth"]]
    out["SVA [95%]"] = [interval(row, 3) for _, row in table.iterrows()]
    for name, label in (("merged", "A-SVA"), ("neutral", "N-SVA")):
        values = study[name].set_index("model")["estimate"]
        out[label] = [f"{values[m]:.2f}" for m in table.index]
    for name, label in (("similarity", "1 − JS"), ("wasserstein", "1 − Wasserstein")):
        values = study[name].estimates.set_index("model")["estimate"]
        out[label] = [f"{values[m]:.2f}" for m in table.index]
    out["Entropy"] = [f"{x:.2f}" for x in table["entropy_answers"]]
    out["Collapse"] = table["collapsed"].map({True: "yes", False: "no"}).to_list()
    return out


def alignment_frame(study: StoredStudy) -> pd.DataFrame:
    """SVA and similarity side by side, for the figure: ``model``, ``measure``, ``estimate``, ends, ``baseline``."""
    parts = []
    for name, label in (("alignment", "SVA"), ("similarity", "1 − Jensen-Shannon distance")):
        stored = study[name]
        frame = stored if isinstance(stored, pd.DataFrame) else stored.estimates
        part = frame[["model", "estimate", "lower", "upper", "baseline"]].assign(measure=label)
        parts.append(part.assign(model=[_rule(m) for m in part["model"].astype(str)]))
    return pd.concat(parts, ignore_index=True)


def _rule(model: str) -> str:
    return model.removeprefix("model: ")
