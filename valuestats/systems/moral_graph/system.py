"""The record of Moral Graph Elicitation."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="moral_graph",
    title="Moral Graph Elicitation",
    citation="Klingefjord, Lowe and Edelman (2024). What are human values, and how do we align AI to them?",
    data=("moral_graph",),
    licence="none given: read where it is at hand, never handed on",
    material="the paper's own votes, read where they are at hand, else simulated",
    verbs={
        "both_directions": "valuestats.systems.moral_graph.comparison:both_directions",
        "moral_graph_comparison": "valuestats.systems.moral_graph.comparison:moral_graph_comparison",
        "read_moral_graph": "valuestats.systems.moral_graph.release:read_moral_graph",
        "read_moral_graph_positions": "valuestats.systems.moral_graph.release:read_moral_graph_positions",
        "read_moral_graph_survey": "valuestats.systems.moral_graph.release:read_moral_graph_survey",
        "read_moral_graph_votes": "valuestats.systems.moral_graph.release:read_moral_graph_votes",
        "value_orders": "valuestats.systems.moral_graph.comparison:value_orders",
        "vote_ratings": "valuestats.systems.moral_graph.comparison:vote_ratings",
    },
    page="valuestats.systems.moral_graph.page",
    standin="valuestats.systems.moral_graph.simulate:standin",
)
