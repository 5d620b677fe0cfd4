"""A graph of values: marks, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import nearest
from valuestats.results.result import Result

Marks = NDArray[np.uint8]
FORWARD, BACKWARD, UNDIRECTED, NONE = "forward", "backward", "undirected", "none"


@dataclass(frozen=True)
class Graph:
    """Values and the marks of the edges between them.

    Attributes
    ----------
    names
        The values.
    marks
        1 where an edge may be gone along from row to column: both ways where it is undirected.

    Examples
    --------
    >>> chain = Graph.of(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    >>> chain.descendants("a"), chain.reduced().edges()
    (['b', 'c'], [('a', 'b'), ('b', 'c')])
    """

    names: tuple[str, ...]
    marks: Marks

    @classmethod
    def of(cls, names: Sequence[str], edges: Iterable[tuple[str, str]]) -> Graph:
        """The graph of these directed edges; an edge given both ways is undirected."""
        graph = cls(tuple(names), np.zeros((len(names), len(names)), np.uint8))
        for one, two in edges:
            graph.marks[graph.place(one), graph.place(two)] = 1
        return graph

    def place(self, name: str) -> int:
        """The number of a value.

        Raises
        ------
        SpecificationError
            It is not in the graph.
        """
        if name not in self.names:
            near = nearest(name, self.names)
            raise SpecificationError(
                "no such value in the graph",
                parameter="value",
                got=name,
                expected=", ".join(self.names),
                hint=None if near is None else f"did you mean {near}?",
            )
        return self.names.index(name)

    def edges(self) -> list[tuple[str, str]]:
        """Directed edges pair by pair, an undirected one both ways."""
        found = []
        for i, j in zip(*np.triu_indices(len(self.names), 1), strict=True):
            found += [(int(a), int(b)) for a, b in ((i, j), (j, i)) if self.marks[a, b]]
        return [(self.names[i], self.names[j]) for i, j in found]

    @property
    def directed(self) -> Marks:
        """1 from parent to child, undirected edges left out."""
        return np.asarray(self.marks & (1 - self.marks.T), dtype=np.uint8)

    @property
    def undirected(self) -> Marks:
        """1 both ways where an edge has no direction."""
        return np.asarray(self.marks & self.marks.T, dtype=np.uint8)

    def reach(self) -> NDArray[np.bool_]:
        """Whether a way leads from row to column, undirected edges gone both ways; shape ``(values, values)``."""
        return closure(self.marks)

    def descendants(self, name: str) -> list[str]:
        """The values that a way leads to."""
        row = self.reach()[self.place(name)]
        return [n for n, there in zip(self.names, row, strict=True) if there and n != name]

    def reduced(self) -> Graph:
        """The graph without edges that other ways stand for, taken out pair by pair (Aho, Garey and Ullman 1972).

        Of a graph without circles the result is unique; in a circle it depends on the order of the values.
        """
        marks, whole = self.marks.copy(), self.reach()
        for i, j in zip(*np.triu_indices(len(self.names), 1), strict=True):
            for a, b in ((i, j), (j, i)):
                if marks[a, b]:
                    marks[a, b] = 0
                    if (closure(marks) != whole).any():
                        marks[a, b] = 1
        return Graph(self.names, marks)

    def extension(self) -> Graph | None:
        """An acyclic graph of directed edges with this skeleton, these directions and no further collider, if there is one.

        Dor and Tarsi (1992): a value without children whose undirected neighbours are neighbours of all its others takes
        all its edges as arrows into it, and is set aside.
        """
        left, out = self.marks.copy(), self.directed.copy()
        alive = np.ones(len(self.names), dtype=bool)
        while alive.any():
            sink = next((int(k) for k in np.flatnonzero(alive) if _is_sink(left, int(k))), None)
            if sink is None:
                return None
            out[left[:, sink] > 0, sink] = 1
            alive[sink] = False
            left[sink] = left[:, sink] = 0
        return Graph(self.names, out)


def closure(marks: Marks) -> NDArray[np.bool_]:
    """Whether a way leads from row to column, of one step or more (Warshall 1962).

    Examples
    --------
    >>> closure(np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], np.uint8)).sum()
    np.int64(3)
    """
    found = marks.astype(bool)
    for k in range(len(found)):
        found |= found[:, k : k + 1] & found[k]
    return found


def _is_sink(marks: Marks, k: int) -> bool:
    into, out = marks[:, k].astype(bool), marks[k].astype(bool)
    if (out & ~into).any():
        return False
    near = into | out
    adjacent = (marks | marks.T).astype(bool)
    for line in np.flatnonzero(into & out):
        others = near.copy()
        others[line] = False
        if not adjacent[line][others].all():
            return False
    return True


def graph_of(result: Result) -> Graph:
    """The graph that `valuestats.value_graph` found.

    Raises
    ------
    SpecificationError
        Another kind of result.
    """
    if result.kind != "value_graph":
        raise SpecificationError("not a graph", parameter="graph", got=result.kind, expected="a value_graph")
    return read_marks(result.estimates, result.meta["specification"]["values"])


def read_marks(frame: pd.DataFrame, names: Sequence[str]) -> Graph:
    """The graph of rows with ``first``, ``second`` and ``edge``."""
    graph = Graph.of(names, [])
    for one, two, edge in frame[["first", "second", "edge"]].itertuples(index=False):
        i, j = graph.place(str(one)), graph.place(str(two))
        graph.marks[i, j] = edge in (FORWARD, UNDIRECTED)
        graph.marks[j, i] = edge in (BACKWARD, UNDIRECTED)
    return graph
