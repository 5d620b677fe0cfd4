"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, p_cell, p_value, readable
from valuestats.figures.theme import PALETTE, colour_word
from valuestats.graphs.figures import circle_of_edges, drawn_edges
from valuestats.graphs.graph import NONE, graph_of
from valuestats.graphs.holdout import ALL_EDGES, FOUND, MIXED
from valuestats.graphs.prediction import ADVANTAGE, DESCENDANTS, REST
from valuestats.graphs.sentences import edge_text
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import GREY
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.tables import verdict_table
from valuestats.systems.causal_graph.comparison import effect_summary, graphs_alike
from valuestats.systems.causal_graph.figures import direction_chart
from valuestats.systems.causal_graph.release import TITLES

__all__ = [
    "StoredStudy",
    "circle_sentence",
    "comparison_table",
    "direction_chart",
    "direction_sentence",
    "edge_table",
    "glance_sentence",
    "graph_caption",
    "graph_figure",
    "holdout_sentence",
    "holdout_table",
    "md",
    "other_ways_table",
    "prediction_sentence",
    "prediction_table",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "trust_sentence",
    "verdict_table",
]

_FIGURE = "gemma"
"""The model whose graphs are drawn."""
_KINDS = ("published, kept with roles as units", "published, not kept", "kept, not published")


def _simulated(study: StoredStudy) -> bool:
    return bool(study["comparison"]["recomputed"].isna().all())


def _joined(result: Result) -> pd.DataFrame:
    return result.estimates[result.estimates["edge"] != NONE]


def source_sentence(study: StoredStudy) -> str:
    """Whose scores the page shows."""
    if _simulated(study):
        return (
            "**The release is not at hand: every number below is worked out from SIMULATED profiles of a known graph, and "
            "nothing is said of the paper's models.**"
        )
    parts = [
        f"{TITLES[m]}: {counted(study[f'train_{m}']['role'].nunique(), 'role')} for the graph, "
        f"{number(study[f'test_{m}']['role'].nunique())} others with other items to test it"
        for m in TITLES
    ]
    return f"The page shows the paper's own scores, released under MIT ({'; '.join(parts)})."


def glance_sentence(study: StoredStudy) -> str:
    """How many of the edges that rows show are left with roles as units, and what a graph foretells."""
    told = []
    for m, title in TITLES.items():
        own = study[f"graph_{m}"]
        kept = _joined(own)
        sure = int((kept["q_value"] <= own.meta["specification"]["alpha"]).sum())
        told.append(
            f"{number(len(kept))} of {number(own.meta['edges_by_rows'])} edges are left for {title} "
            f"({number(sure)} once all pairs are adjusted for)"
        )
    least = min(
        _advantage(study[f"{step}_{m}"])["p_value"] for m in TITLES for step in ("by_roles", "by_features")
    )
    beat = "Neither published graph foretells" if least > 0.05 else "At least one published graph foretells"
    return (
        f"A role's answers under ten features are not ten roles: with the role as the unit {listed(told)}. "
        f"{beat} which values move together better than the same graph with its labels mixed up "
        f"(of four tests the smallest {p_value(least)})."
    )


def _advantage(result: Result) -> pd.Series:
    frame = result.estimates
    return frame[frame["quantity"] == ADVANTAGE].iloc[0]


def graph_figure(study: StoredStudy) -> Figure:
    """The published graph, and which of its edges a test with roles as units keeps; one model."""
    published, own = (study[f"{step}_{_FIGURE}"] for step in ("published", "graph"))
    kept = set(_joined(own)["pair"])
    one, two = drawn_edges(published), drawn_edges(own)
    one = one.assign(pair=list(_joined(published)["pair"]))
    two = two.assign(pair=list(_joined(own)["pair"]))
    one["kind"] = np.where(one["pair"].isin(kept), *_KINDS[:2])
    two = two[~two["pair"].isin(set(one["pair"]))].assign(kind=_KINDS[2])
    edges = pd.concat([one.sort_values("kind", ascending=False), two], ignore_index=True)
    edges["wide"] = np.where(edges["kind"] == _KINDS[1], 0.15, 0.9)
    names = list(published.meta["specification"]["values"])
    return circle_of_edges(names, edges, dict(zip(_KINDS, (PALETTE[1], GREY, PALETTE[0]), strict=True)))


def graph_caption(study: StoredStudy) -> str:
    """What the drawing shows."""
    published, own = (study[f"{step}_{_FIGURE}"] for step in ("published", "graph"))
    kept, shown = set(_joined(own)["pair"]), set(_joined(published)["pair"])
    ours, new = colour_word(PALETTE[1]), colour_word(PALETTE[0])
    return (
        f"{TITLES[_FIGURE]}: the published graph joins {counted(len(shown), 'pair')} of values by "
        f"{counted(published.meta['marks'], 'arrow')}. A test with roles as units keeps {number(len(shown & kept))} of "
        f"these pairs ({ours}) and joins {number(len(kept - shown))} that the published graph does not ({new})."
    )


def comparison_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    rows = []
    for row in table.to_dict("records"):
        whole = float(row["published"]).is_integer()

        def printed(x: float, whole: bool = whole) -> str:
            return "–" if pd.isna(x) else number(x) if whole else f"{x:.3f}"

        better = "–"
        if pd.notna(row["estimate"]):
            better = f"{number(row['estimate'])}" if whole else interval(pd.Series(row), 3)
            better += f" ({row['unit']})"
        name = str(row["quantity"])
        rows.append(
            {
                "Quantity": capitalised(name).replace("of rest", "of other values"),
                "Of": row["group"],
                "Published": printed(row["published"]),
                "Recomputed": printed(row["recomputed"]),
                "Verdict": row["verdict"],
                "Corrected [95%]": better,
            }
        )
    return pd.DataFrame(rows)


def circle_sentence(study: StoredStudy) -> str:
    """Circles of causes in a published graph."""
    told = []
    for m, title in TITLES.items():
        way = _circle(study[f"published_{m}"])
        if way:
            told.append(f"{title} ({' → '.join(way)})")
    if not told:
        return ""
    return (
        f"A published graph of causes closes a circle of arrows: {listed(told)}. The search behind it looks for circles "
        "before it directs an edge, and overlooks some; an acyclic model can't be fitted to it."
    )


def _circle(result: Result) -> list[str]:
    """A shortest circle of directed edges, begun and ended by one value."""
    graph = graph_of(result)
    arrows = graph.directed
    best: list[str] = []
    for start in range(len(graph.names)):
        ways = {start: [start]}
        edge = [start]
        found: list[int] = []
        while edge and not found:
            later = []
            for here in edge:
                for after in np.flatnonzero(arrows[here]):
                    if after == start:
                        found = [*ways[here], start]
                    elif int(after) not in ways:
                        ways[int(after)] = [*ways[here], int(after)]
                        later.append(int(after))
            edge = later
        if found and (not best or len(found) < len(best)):
            best = [readable(graph.names[k]) for k in found]
    return best


def edge_table(study: StoredStudy, model: str) -> pd.DataFrame:
    """The edges with roles as units."""
    frame = _joined(study[f"graph_{model}"]).sort_values("support", ascending=False)
    return pd.DataFrame(
        {
            "Edge": [edge_text(r) for _, r in frame.iterrows()],
            "Given all others [95%]": [interval(r, signed=True) for _, r in frame.iterrows()],
            "p": [p_cell(p) for p in frame["p_value"]],
            "Adjusted": [p_cell(q) for q in frame["q_value"]],
            "Support": [f"{x:.0%}" for x in frame["support"]],
            "So directed": [
                "–" if r["edge"] == "undirected" else f"{r[r['edge']]:.0%}" for _, r in frame.iterrows()
            ],
            "Rows worth": [number(x) for x in frame["worth"]],
        }
    )


def other_ways_table(study: StoredStudy) -> pd.DataFrame:
    """Edges by other correlations and by another search."""
    rows = []
    for m, title in TITLES.items():
        own = study[f"graph_{m}"]
        for step, name in (
            ("graph", "PC, product-moment"),
            ("ranks", "PC, ranks"),
            ("score", "Best graph by BIC"),
        ):
            other = study[f"{step}_{m}"]
            rows.append(
                {
                    "Model": title,
                    "Way": name,
                    "Edges": number(other.meta["edges"]),
                    "Rows as units": number(other.meta["edges_by_rows"]),
                    "Shared with the first": "–" if step == "graph" else number(graphs_alike(own, other)),
                }
            )
    return pd.DataFrame(rows)


def prediction_table(study: StoredStudy) -> pd.DataFrame:
    """Shares of descendants and of the rest that change, by model, graph and what changed them."""
    rows = []
    for m, title in TITLES.items():
        for graph, prefix in (("published", ""), ("roles as units", "own_")):
            for way, name in (("by_roles", "role prompts"), ("by_features", "steering")):
                parts = study[f"{prefix}{way}_{m}"].estimates.set_index("quantity")
                gain = parts.loc[ADVANTAGE]
                rows.append(
                    {
                        "Model": title,
                        "Graph": graph,
                        "Changed by": name,
                        "Descendants": f"{parts.loc[DESCENDANTS, 'estimate']:.2f}",
                        "Others": f"{parts.loc[REST, 'estimate']:.2f}",
                        "Difference [95%]": interval(gain, signed=True),
                        "p, labels mixed": p_cell(gain["p_value"]),
                        "Roles": number(gain["n_units"]),
                    }
                )
    return pd.DataFrame(rows)


def prediction_sentence(study: StoredStudy) -> str:
    """What the paper's shares rest on, and what mixed labels reach."""
    text = "" if _simulated(study) else _rests_on(study)
    steps = [study[f"{p}{w}_{m}"] for m in TITLES for p in ("", "own_") for w in ("by_roles", "by_features")]
    low = [r for r in steps if _advantage(r)["p_value"] <= 0.05]
    told = (
        f"{number(len(low))} of the {number(len(steps))} differences below"
        if low
        else "none of the differences below"
    )
    return (
        f"{text}With all test roles held against no role, and all roles under all features, {told} "
        f"{'is' if len(low) <= 1 else 'are'} larger than what the same graph reaches with its labels mixed up."
    )


def _rests_on(study: StoredStudy) -> str:
    counts = [study[f"shares_{m}"].set_index("way")["n_roles"] for m in TITLES]
    return (
        f"The published shares compare {listed([number(c['roles']) for c in counts])} roles with one first role, and take "
        f"the effect of steering from {counted(int(counts[0]['steering']), 'role')}. "
    )


def direction_sentence(study: StoredStudy) -> str:
    """How many directions of steering are found, and found again on other items."""
    parts = []
    for m, title in TITLES.items():
        found = effect_summary(study[f"effects_{m}"])
        parts.append(
            f"{title}: {number(found['found'])} of {number(found['cells'])} cells move more roles one way than the other in "
            f"training (adjusted over all cells), {number(found['again'])} of these go the same way with other roles and "
            f"other items, and {number(found['replicated'])} do so by more than chance"
        )
    return ". ".join(parts) + ". A coin would find half of the directions again."


def trust_sentence(study: StoredStudy, model: str) -> str:
    """The verdict on a model's edges, by number."""
    verdict = study[f"graph_{model}"].verdict
    joined = set(_joined(study[f"graph_{model}"])["pair"])
    rows = verdict.rows[verdict.rows["pair"].isin(joined)]
    sound, care = (int((rows["sign"] == s).sum()) for s in ("sound", "care"))
    return (
        f"Of the {counted(len(rows), 'edge')} of {TITLES[model]} {number(sound)} {'is' if sound == 1 else 'are'} sound and "
        f"{number(care)} to be read with care."
    )


def holdout_table(study: StoredStudy) -> pd.DataFrame:
    """Gains in the log density of held-out roles."""
    rows = []
    for m, title in TITLES.items():
        for step, name in (("holdout", "roles as units"), ("holdout_rows", "rows as units")):
            parts = {str(r["model"]): r for _, r in study[f"{step}_{m}"].estimates.iterrows()}
            shown = [(FOUND, f"graph, {name}"), (MIXED, f"the same, labels mixed ({name})")]
            if step == "holdout_rows":
                shown.append((ALL_EDGES, "all edges"))
            rows += [
                {
                    "Model": title,
                    "Description": text,
                    "Edges": f"{parts[k]['edges']:.0f}",
                    "Gain [95%]": interval(parts[k], signed=True),
                }
                for k, text in shown
            ]
    return pd.DataFrame(rows)


def holdout_sentence(study: StoredStudy) -> str:
    """Which graph describes new roles better, and whether either does better than mixed labels."""
    told = []
    for m, title in TITLES.items():
        tables = [study[f"{step}_{m}"].estimates.set_index("model") for step in ("holdout", "holdout_rows")]
        gains = [float(t["estimate"].loc[FOUND]) for t in tables]
        if not max(float(t["lower"].loc[FOUND]) for t in tables) > 0:
            told.append(f"for {title} neither graph describes new roles better than independent values do")
        else:
            better = "the larger graph of rows" if gains[1] > gains[0] else "the smaller graph of roles"
            told.append(
                f"for {title} both do, and {better} does so best"
                if min(gains) > 0
                else f"for {title} {better} does"
            )
    return (
        f"New roles are the test of whether edges last: {listed(told)}. A description may gain from edges that no "
        "single test "
        "can be sure of; it says nothing of their direction."
    )
