"""Graphs: ways, reduction, extension, held against networkx."""

import numpy as np
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.graphs.evidence import equivalents
from valuestats.graphs.graph import Graph, closure

nx = pytest.importorskip("networkx")


def random_dag(seed, p=8, density=0.4):
    rng = np.random.default_rng(seed)
    marks = np.triu(rng.random((p, p)) < density, 1).astype(np.uint8)
    order = rng.permutation(p)
    return Graph(tuple(f"v{k}" for k in range(p)), marks[np.ix_(order, order)])


@pytest.mark.parametrize("seed", range(10))
def test_ways_and_reduction_are_those_of_networkx(seed):
    graph = random_dag(seed)
    other = nx.DiGraph(graph.marks.astype(int))
    np.testing.assert_array_equal(closure(graph.marks), nx.to_numpy_array(nx.transitive_closure(other)) > 0)
    least = nx.to_numpy_array(nx.transitive_reduction(other), nodelist=range(8))
    np.testing.assert_array_equal(graph.reduced().marks, least)
    for name in graph.names:
        told = nx.descendants(other, graph.place(name))
        assert {graph.place(n) for n in graph.descendants(name)} == told


@pytest.mark.parametrize("seed", range(20))
def test_equivalents_and_extension_undo_each_other(seed):
    dag = random_dag(seed, 7)
    class_ = Graph(dag.names, equivalents(dag.marks))
    whole = class_.extension()
    assert whole is not None
    assert nx.is_directed_acyclic_graph(nx.DiGraph(whole.marks.astype(int)))
    np.testing.assert_array_equal(equivalents(whole.marks), class_.marks)


def test_the_reduction_of_a_circle_keeps_its_ways():
    graph = Graph.of(
        "abcd", [("a", "b"), ("b", "a"), ("b", "c"), ("c", "a"), ("a", "c"), ("c", "d"), ("a", "d")]
    )
    least = graph.reduced()
    np.testing.assert_array_equal(least.reach(), graph.reach())
    assert least.marks.sum() < graph.marks.sum()


def test_a_graph_without_an_acyclic_extension_has_none():
    circle = Graph.of("abc", [("a", "b"), ("b", "c"), ("c", "a")])
    assert circle.extension() is None
    square = Graph.of("abcd", [p for a, b in ("ab", "bc", "cd", "da") for p in ((a, b), (b, a))])
    assert square.extension() is None


def test_unknown_values_are_named():
    with pytest.raises(SpecificationError, match="no such value") as caught:
        Graph.of(["care", "trust"], [("care", "trst")])
    assert caught.value.hint == "did you mean trust?"
