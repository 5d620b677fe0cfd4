"""Whether the options can be compared at all: the graph of who was put before whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    """Islands and one-way groups of options.

    Attributes
    ----------
    islands
        Groups between which nothing was compared, largest first.
    groups
        Within which each option was put before each other by some chain, largest first; the likelihood has a maximum
        exactly where there is one (Ford 1957; Hunter 2004).
    """

    islands: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, ...], ...]


def comparison_graph(wins: Array, options: tuple[str, ...]) -> Graph:
    """Islands and strongly connected groups of the options.

    Parameters
    ----------
    wins
        How often the column's option was put before the row's, shape ``(options, options)``.
    options
        Their names.

    Examples
    --------
    >>> import numpy as np
    >>> comparison_graph(np.array([[0.0, 1, 0], [0, 0, 0], [0, 0, 0]]), ("a", "b", "c")).islands
    (('a', 'b'), ('c',))
    """
    matrix = csr_array((wins > 0).astype(float))
    found = []
    kinds: tuple[Literal["weak"], Literal["strong"]] = ("weak", "strong")
    for kind in kinds:
        _, member = connected_components(matrix, directed=True, connection=kind)
        parts = [tuple(np.array(options)[member == k].tolist()) for k in np.unique(member)]
        found.append(tuple(sorted(parts, key=lambda p: (-len(p), p))))
    return Graph(*found)


def require_connected(graph: Graph) -> None:
    """Raise unless every option can be compared with every other and none runs away.

    Raises
    ------
    SpecificationError
        Islands, or options that always or never win against the others, by name.
    """
    if len(graph.islands) > 1:
        raise SpecificationError(
            "these options were never compared with the others",
            parameter="choices",
            got=_shown(graph.islands),
            expected="every option linked to every other by a chain of choices",
            hint="fit each group alone, or pass prior_sd: differences between the groups are then the prior's",
        )
    if len(graph.groups) > 1:
        raise SpecificationError(
            "these options always or never win against the others, so that their strength has no finite estimate",
            parameter="choices",
            got=_shown(graph.groups),
            expected="from each option to each other a chain of options, each put before the next at least once",
            hint="pass prior_sd, or leave them out",
        )


def graph_notes(graph: Graph) -> list[str]:
    """What a prior covers up, in words."""
    if len(graph.islands) > 1:
        return [f"differences between these groups rest on the prior alone: {_shown(graph.islands)}"]
    if len(graph.groups) > 1:
        return [f"finite by the prior only, as they always or never win: {_shown(graph.groups)}"]
    return []


def _shown(parts: tuple[tuple[str, ...], ...], most: int = 8) -> str:
    small = [list(p) for p in parts[1:]]
    names = [listed(p[:most]) + (f" and {len(p) - most} more" if len(p) > most else "") for p in small]
    return "; ".join(names[:most]) + (f"; and {len(names) - most} more groups" if len(names) > most else "")
