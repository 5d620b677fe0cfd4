"""What a graph foretells: shares by hand, mixed labels, and a graph that is of no use."""

import numpy as np
import pandas as pd
import pytest

from valuestats import graph_prediction
from valuestats.base.errors import InputError, SpecificationError
from valuestats.graphs.graph import Graph

NAMES = list("abcd")


def moves(seed, n=200, along=0.8):
    """Where a moves, b does with probability `along`; c and d move by themselves."""
    rng = np.random.default_rng(seed)
    a = rng.random(n) < 0.5
    b = np.where(rng.random(n) < along, a, rng.random(n) < 0.5)
    frame = pd.DataFrame({"a": a, "b": b, "c": rng.random(n) < 0.5, "d": rng.random(n) < 0.5}).astype(float)
    return frame.assign(role=np.arange(n) // 4)


def by_hand(frame, graph):
    told = []
    for name in NAMES:
        held = frame[frame[name] != 0]
        own = graph.descendants(name)
        rest = [n for n in NAMES if n not in own and n != name]
        told.append([(held[g] != 0).to_numpy().mean() if g else np.nan for g in (own, rest)])
    return np.nanmean(np.array(told), axis=0)


def test_shares_are_those_by_hand():
    graph = Graph.of(NAMES, [("a", "b"), ("b", "c"), ("d", "c")])
    frame = moves(1)
    found = graph_prediction(frame, graph, cluster="role", replicates=50).estimates.set_index("quantity")
    own, rest = by_hand(frame, graph)
    assert found["estimate"].to_list() == pytest.approx([own, rest, own - rest])
    assert (found["n_units"] == 50).all()


def test_a_graph_that_knows_is_told_from_one_that_does_not():
    frame = moves(2, n=800)
    wider = frame.assign(**{f"e{k}": moves(10 + k, n=800)["c"] for k in range(4)})
    names = [*NAMES, "e0", "e1", "e2", "e3"]
    knows = graph_prediction(
        wider, Graph.of(names, [("a", "b"), ("b", "a")]), cluster="role", permutations=999
    )
    guesses = graph_prediction(
        wider, Graph.of(names, [("c", "d"), ("d", "c")]), cluster="role", permutations=999
    )
    assert knows.estimates["p_value"].iloc[2] <= 0.05 < guesses.estimates["p_value"].iloc[2]
    assert {r.sign for r in knows.verdict.reasons if r.aspect == "effect"} == {"sound"}
    assert {r.sign for r in guesses.verdict.reasons if r.aspect == "effect"} == {"none"}
    assert "more than" in knows.sentence()
    assert "no more than" in guesses.sentence()


def test_p_values_of_useless_graphs_are_uniform():
    """Ten values that move by themselves: of 200 studies about 5% are below .05."""
    rng = np.random.default_rng(3)
    names = [f"v{k}" for k in range(10)]
    graph = Graph.of(names, [(f"v{k}", f"v{k + 1}") for k in range(6)])
    low = 0
    for seed in range(200):
        frame = pd.DataFrame((rng.random((60, 10)) < rng.random(10)).astype(float), columns=names)
        p = (
            graph_prediction(frame, graph, permutations=99, replicates=0, seed=seed)
            .estimates["p_value"]
            .iloc[2]
        )
        low += p <= 0.05
    assert 2 <= low <= 20  # a binomial of 200 at .05 is outside once in 200 sessions


def test_what_foretells_nothing_is_refused():
    frame = moves(1)
    with pytest.raises(SpecificationError, match="no value has a descendant"):
        graph_prediction(frame, Graph.of(NAMES, []))
    circle = Graph.of(NAMES, [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")])
    with pytest.raises(SpecificationError, match="all values lead to all"):
        graph_prediction(frame, circle)
    graph = Graph.of(NAMES, [("a", "b")])
    with pytest.raises(SpecificationError, match="nothing changed"):
        graph_prediction(frame.assign(**dict.fromkeys(NAMES, 0.0)), graph)
    with pytest.raises(InputError, match="a column is missing"):
        graph_prediction(frame.drop(columns="b"), graph)
    with pytest.raises(InputError, match="without a cluster"):
        graph_prediction(frame.assign(role=None), graph, cluster="role")
    missing = frame.copy()
    missing.loc[0, "a"] = np.nan
    found = graph_prediction(missing, graph, replicates=0, permutations=0)
    assert found.meta["warnings"] == ["1 row is left out: a change is missing"]
