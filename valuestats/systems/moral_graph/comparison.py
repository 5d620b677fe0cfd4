"""Published | Recomputed | Corrected of the moral graph, and three orders of its values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published

SURE = 0.95
"""Posterior probability from which on an edge is taken to be above the threshold."""


def moral_graph_comparison(
    published_csv: str | Path,
    votes: pd.DataFrame,
    published: Result,
    graph: Result,
    release: pd.DataFrame,
    survey: pd.DataFrame,
    positions: pd.DataFrame,
) -> pd.DataFrame:
    """Hold the published numbers against the votes.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    votes
        As `valuestats.systems.moral_graph.release.read_moral_graph_votes` gives them; nothing is recomputed from simulated
        ones.
    published, graph
        `valuestats.votes_to_graph` of the votes, as published and corrected.
    release
        The release's own edges.
    survey, positions
        Answers of participants.

    Returns
    -------
    pandas.DataFrame
        As `valuestats.systems.comparison.compare_published`, a row per published number, and one for the edges that the
        release lists.
    """
    told = read_published(published_csv)
    kept = published.estimates[published.estimates["kept"]]
    sure = graph.estimates[graph.estimates["above"] >= SURE]
    mine = set(zip(kept["from"], kept["to"], strict=True))
    theirs = set(zip(release["from"], release["to"], strict=True))
    answered, fair = survey["answer"].dropna() >= 4, positions["fair"]
    values: dict[tuple[str, str], tuple[float, dict[str, Any], str]] = {
        ("edges", "all participants"): (
            len(kept),
            {
                "estimate": len(sure),
                "unit": "edge",
                "n_scored": len(graph.estimates),
                "n_asked": len(graph.estimates),
            },
            f"{len(mine & theirs)} of the release's {len(theirs)} edges are the same; {_moved(kept, release)}",
        ),
        ("values", "all participants"): (
            len(set(kept["from"]) | set(kept["to"])),
            {"estimate": len(set(sure["from"]) | set(sure["to"])), "unit": "value"},
            "",
        ),
        ("well represented", "survey"): (
            float(answered.mean()),
            _share(answered, len(survey)),
            f"{int(answered.sum())} of {len(answered)} answers are 4 or 5 of 5",
        ),
        ("position is fair", "survey"): (
            float(fair.mean()),
            _share(fair, len(fair)),
            f"{int(fair.sum())} of {len(fair)} participants",
        ),
    }
    simulated = bool(votes["simulated"].any())
    keys = [dict(zip(("quantity", "group"), key, strict=True)) for key in values]
    again = pd.DataFrame([{**k, "value": v[0]} for k, v in zip(keys, values.values(), strict=True)])
    better = pd.DataFrame([{**k, **v[1]} for k, v in zip(keys, values.values(), strict=True)])
    why = pd.DataFrame([{**k, "explanation": v[2]} for k, v in zip(keys, values.values(), strict=True)])
    if simulated:
        again = again[:0]
        why = why.assign(explanation="the votes are simulated")
    # published to a tenth of a percent and to a percent
    parts = [
        compare_published(part, again, better, tolerance=5 * 10.0 ** -(digits + 1), explanations=why)
        for digits, part in told.groupby(
            told["source"].str.extract(r"\((\d) decimals?\)")[0].fillna("9").astype(int)
        )
    ]
    table = pd.concat(parts, ignore_index=True)
    order = {q: k for k, q in enumerate(told["quantity"])}
    return table.sort_values("quantity", key=lambda s: s.map(order), ignore_index=True)


def _moved(kept: pd.DataFrame, release: pd.DataFrame) -> str:
    columns = ["n_wiser", "n_less_wise", "n_equal", "n_unsure"]
    both = release.merge(kept, on=["from", "to"], suffixes=("", "_again"))
    same = (both[columns].to_numpy() == both[[f"{c}_again" for c in columns]].to_numpy()).all(axis=1)
    return f"{int(same.sum())} have the same four counts"


def _share(values: pd.Series, asked: int) -> dict[str, Any]:
    found = stats.binomtest(int(values.sum()), len(values)).proportion_ci(method="wilson")
    return {
        "estimate": float(values.mean()),
        "lower": float(found.low),
        "upper": float(found.high),
        "unit": "participant",
        "n_scored": len(values),
        "n_asked": asked,
    }


def value_orders(
    published: Result, corrected: Result, strengths: Result, release: pd.DataFrame
) -> pd.DataFrame:
    """Each value's place by the published PageRank, by the one that keeps its mass, and by strength.

    Parameters
    ----------
    published, corrected
        `valuestats.vote_pagerank` of the votes, as published and as it is by default.
    strengths
        `valuestats.choice_strengths` of the votes as choices.
    release
        The release's edges, for titles.

    Returns
    -------
    pandas.DataFrame
        ``value``, ``title`` (the number where the release names none), ``published``, ``published_lower``,
        ``published_upper``, ``pagerank`` with its ends, ``first_share``, ``first_published``, ``strength`` with its ends,
        ``neighbours``, ``votes`` and the places ``place_published``, ``place``, ``place_strength``.
    """
    titles = dict(zip(release["from"], release["from_title"], strict=True))
    titles |= dict(zip(release["to"], release["to_title"], strict=True))
    frame = corrected.estimates.rename(
        columns={
            "estimate": "pagerank",
            "lower": "pagerank_lower",
            "upper": "pagerank_upper",
            "n_scored": "votes",
        }
    )[["value", "pagerank", "pagerank_lower", "pagerank_upper", "first_share", "neighbours", "votes"]]
    old = published.estimates.rename(
        columns={
            "estimate": "published",
            "lower": "published_lower",
            "upper": "published_upper",
            "first_share": "first_published",
        }
    )[["value", "published", "published_lower", "published_upper", "first_published"]]
    strong = strengths.estimates.rename(
        columns={
            "option": "value",
            "estimate": "strength",
            "lower": "strength_lower",
            "upper": "strength_upper",
        }
    )[["value", "strength", "strength_lower", "strength_upper"]]
    table = frame.merge(old, on="value").merge(strong, on="value", how="left")
    for name, column in (
        ("place_published", "published"),
        ("place", "pagerank"),
        ("place_strength", "strength"),
    ):
        table[name] = table[column].rank(ascending=False, method="min")
    known = table["value"].map(titles)
    return table.assign(title=known.where(known.notna(), "value " + table["value"])).sort_values(
        "pagerank", ascending=False, ignore_index=True
    )


def vote_ratings(votes: pd.DataFrame) -> pd.DataFrame:
    """Votes as ratings of steps as they were shown, for `valuestats.agreement`."""
    frame = votes.assign(item=votes["from"] + " → " + votes["to"], rating=votes["vote"])
    rows = frame[["respondent", "item", "rating"]]
    return rows[~rows.duplicated(["respondent", "item"])].reset_index(drop=True)


def both_directions(votes: pd.DataFrame) -> pd.DataFrame:
    """Steps that were shown both ways round: votes and the share that calls the step wiser, by direction.

    Returns
    -------
    pandas.DataFrame
        ``pair`` (a number, the most votes first), ``direction`` (``there`` or ``back``), ``votes``, ``wiser``, ``share``,
        ``lower``, ``upper`` (Wilson, 95%).
    """
    low = votes[["from", "to"]].min(axis=1)
    frame = votes.assign(low=low, high=votes[["from", "to"]].max(axis=1), there=votes["from"] == low)
    frame["yes"] = frame["vote"] == "wiser"
    table = frame.groupby(["low", "high", "there"], as_index=False).agg(
        votes=("yes", "size"), wiser=("yes", "sum")
    )
    table = table[table.groupby(["low", "high"])["there"].transform("nunique") == 2]
    total = table.groupby(["low", "high"])["votes"].transform("sum")
    table = table.assign(total=total).sort_values(["total", "low", "high"], ascending=[False, True, True])
    ends = [
        stats.binomtest(int(w), int(n)).proportion_ci(method="wilson")
        for w, n in zip(table["wiser"], table["votes"], strict=True)
    ]
    return pd.DataFrame(
        {
            "pair": np.arange(len(table)) // 2 + 1,
            "direction": np.where(table["there"], "there", "back"),
            "votes": table["votes"].to_numpy(),
            "wiser": table["wiser"].to_numpy(),
            "share": (table["wiser"] / table["votes"]).to_numpy(),
            "lower": [e.low for e in ends],
            "upper": [e.high for e in ends],
        }
    )
