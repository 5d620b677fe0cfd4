"""Sentences and tables of the page on the moral graph: stored results as text."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, number
from valuestats.figures.theme import PALETTE, colour_word
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.verdicts import SILENT
from valuestats.systems.moral_graph.comparison import SURE
from valuestats.systems.moral_graph.figures import directions_chart, edges_chart, edges_told

__all__ = [
    "StoredStudy",
    "agreement_sentence",
    "circle_sentence",
    "comparison_table",
    "directions_figure",
    "directions_sentence",
    "edges_caption",
    "edges_figure",
    "glance_sentence",
    "md",
    "order_sentence",
    "order_table",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "trust_sentence",
]


def source_sentence(study: StoredStudy) -> str:
    """Whose votes the page shows."""
    if bool(study["votes"]["simulated"].any()):
        return (
            "**The release is not at hand. Every number below is worked out from SIMULATED votes on values of known "
            "strengths, by participants who say yes too readily; nothing is said of real values, and the published "
            "numbers cannot be recomputed.**"
        )
    votes = study["votes"]
    return (
        f"The page shows the release's own raw votes: {number(len(votes))} by "
        f"{counted(votes['respondent'].nunique(), 'participant')} before 20 October 2023. They carry no licence, so "
        "they are read where they are at hand and appear here as counts alone."
    )


def glance_sentence(study: StoredStudy) -> str:
    """How many published edges come again, how many the votes carry, and what becomes of the first value."""
    published, graph = study["graph_published"], study["graph"]
    told = edges_told(published.estimates, graph.estimates)
    kept = int(published.estimates["kept"].sum())
    sure = int(((told["above"] >= SURE) & (told["kind"] != "not kept")).sum())
    held = int((published.estimates.loc[published.estimates["kept"], "kept_share"] >= SURE).sum())
    orders = study["orders"]
    old, new = orders.sort_values("published").iloc[-1], orders.iloc[0]
    return (
        f"The published rule keeps {counted(kept, 'edge')}; the votes carry {number(sure)} of them: only there is it "
        f"at least {SURE:.0%} sure that wiser is said by a third of participants more than less wise. {number(held)} "
        f"of the edges would be kept in {SURE:.0%} of samples of such participants. “{old['title']}”, first by the "
        f"published PageRank, is first in {old['first_published']:.0%} of such samples; with all mass kept and all "
        f"votes used “{new['title']}” comes first, in {new['first_share']:.0%}."
    )


def comparison_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""

    def shown(x: float, whole: bool) -> str:
        return "–" if pd.isna(x) else number(x) if whole else f"{x:.1%}"

    rows = []
    for row in table.to_dict("records"):
        whole = row["published"] > 1
        better = shown(row["estimate"], whole)
        if pd.notna(row["lower"]):
            better += f" [{row['lower']:.1%}, {row['upper']:.1%}]"
        rows.append(
            {
                "Quantity": capitalised(row["quantity"]),
                "Published": shown(row["published"], whole),
                "Recomputed": shown(row["recomputed"], whole),
                "Verdict": row["verdict"] + (f": {row['explanation']}" if row["explanation"] else ""),
                "Corrected": better,
            }
        )
    return pd.DataFrame(rows)


def edges_figure(study: StoredStudy) -> Figure:
    """Every pair with what the votes say of it."""
    return edges_chart(study["graph_published"].estimates, study["graph"].estimates)


def edges_caption(study: StoredStudy) -> str:
    """What the figure shows, with its numbers."""
    told = edges_told(study["graph_published"].estimates, study["graph"].estimates)
    few = int((told["n_scored"] < 5).sum())
    sure, unsure = colour_word(PALETTE[0]), colour_word(PALETTE[1])
    return (
        f"Each line is one of {number(len(told))} pairs of values: the probability that a participant calls the step "
        f"wiser, with its 95% interval. {number(few)} of them rest on fewer than five votes. {capitalised(sure)} are "
        f"published edges of which the votes are sure, {unsure} those of which they are not."
    )


def agreement_sentence(study: StoredStudy) -> str:
    """How far participants agree, beyond chance."""
    row = study["agreement"].estimates.iloc[0]
    return (
        f"Krippendorff's alpha of the votes is {interval(row)} over {counted(row['n_items'], 'step')} with two votes "
        f"or more ({counted(row['n_scored'], 'vote')}); 0 is chance, and below .67 no conclusions are drawn from "
        "labels."
    )


def directions_sentence(study: StoredStudy) -> str:
    """What was said of pairs that were shown both ways round."""
    found = study["graph"].meta["both_ways"]
    if found is None:
        return "No pair was shown both ways round, so that saying yes cannot be told from finding the value wiser."
    table = study["directions"]
    first = table[table["pair"] == 1]
    text = (
        f"{counted(found['pairs'], 'pair')} ({counted(found['votes'], 'vote')}) were shown both ways round, to "
        "different participants. Nobody can hold each of two values to be the wiser one, so the two shares can sum "
        f"to 1 at most; they sum to {found['sum']:.2f} [{found['lower']:.2f}, {found['upper']:.2f}]."
    )
    if found["lower"] > 1:
        text += (
            f" In the pair with the most votes {first['share'].iloc[0]:.0%} call the step wiser in one direction and "
            f"{first['share'].iloc[1]:.0%} in the other: the direction of the question makes the edge. That pair has "
            f"{found['largest_weight']:.0%} of the weight in the sum. As almost all pairs were shown in one direction only, "
            "the others cannot be corrected for it."
        )
    return text


def directions_figure(study: StoredStudy) -> Figure:
    """Both directions, pair by pair."""
    return directions_chart(study["directions"])


def circle_sentence(study: StoredStudy) -> str:
    """Circles and cyclic triads."""
    meta = study["graph"].meta
    triads = meta["triads"]
    text = (
        f"Of {counted(triads['complete'], 'triad')} of values in which each pair has a majority, "
        f"{number(triads['cyclic'])} {'goes' if triads['cyclic'] == 1 else 'go'} round in a circle; a quarter would "
        "by chance"
    )
    if meta["cycles"]:
        return f"{text}. {counted(sum(map(len, meta['cycles'])), 'value')} can be reached from each other by majorities."
    return f"{text}. No value can be reached from itself."


def order_sentence(study: StoredStudy) -> str:
    """How far the three orders agree, what mass is lost, and how often the first place changes."""
    orders = study["orders"]
    known = orders[orders["published"] > 0]
    one = stats.kendalltau(known["published"], known["pagerank"]).statistic
    two = stats.kendalltau(orders["pagerank"], orders["strength"]).statistic
    mass = study["ranks_published"].meta["mass"]
    return (
        f"The published PageRank loses {1 - mass:.0%} of its mass at values from which no edge leads on. Its order "
        f"agrees with the walk that keeps its mass by Kendall's τ = {one:.2f} over {counted(len(known), 'value')}, "
        f"and that walk with Bradley-Terry strengths by {two:.2f} over {number(len(orders))}. "
        f"{_first(orders)}"
    ).replace("= -", "= −")


def _first(orders: pd.DataFrame) -> str:
    """Which values come first, by title, and in how many samples of participants."""
    top = orders.nlargest(2, "first_share")
    told = [f"“{t}” in {x:.0%}" for t, x in zip(top["title"], top["first_share"], strict=True)]
    return f"Which value comes first depends on who took part: over samples of participants it is {' and '.join(told)}."


def trust_sentence(study: StoredStudy) -> str:
    """What speaks against the edges, the published ranks and the corrected ones."""
    parts = {"Edges": "graph", "Published ranks": "ranks_published", "Corrected ranks": "ranks"}
    said = []
    for name, step in parts.items():
        reasons = study[step].verdict.reasons
        kinds = dict.fromkeys(r.text for r in reasons if not r.where and r.sign != "sound")
        silent = int(study[step].verdict.rows["sign"].isin(SILENT).sum())
        told = [*kinds, *([f"{counted(silent, 'estimate')} without a finding"] if silent else [])]
        said.append(f"{name}: {'; '.join(told) or 'nothing speaks against them'}.")
    return " ".join(said)


def order_table(study: StoredStudy, most: int = 10) -> pd.DataFrame:
    """The first values by each of the three orders."""
    orders = study["orders"]
    # the three orders' first values, by the walk that keeps its mass
    chosen = orders[orders[["place", "place_published", "place_strength"]].min(axis=1) <= most // 2]
    return pd.DataFrame(
        {
            "Value": chosen["title"],
            "Pairs": chosen["neighbours"],
            "Votes": chosen["votes"].map(number),
            "Published": [_ranked(r, "published", "place_published") for _, r in chosen.iterrows()],
            "Mass kept [95%]": [_ranked(r, "pagerank", "place") for _, r in chosen.iterrows()],
            "First in": [f"{x:.0%}" for x in chosen["first_share"]],
            "Strength [95%]": [_ranked(r, "strength", "place_strength") for _, r in chosen.iterrows()],
        }
    )


def _ranked(row: pd.Series, name: str, place: str) -> str:
    if name == "published":
        return "not in it" if row[name] == 0 else f"{row[place]:.0f}: {row[name]:.3f}"
    digits = 3 if name == "pagerank" else 1
    ends = pd.Series({"estimate": row[name], "lower": row[f"{name}_lower"], "upper": row[f"{name}_upper"]})
    return f"{row[place]:.0f}: {interval(ends, digits)}"
