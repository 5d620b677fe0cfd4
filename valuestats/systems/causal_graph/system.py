"""The record of the causal value graphs."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="causal_graph",
    title="Causal value graphs",
    citation="Kang et al. (2025). Are the values of LLMs structurally aligned with humans? A causal perspective.",
    data=("value_causal_graph",),
    licence="MIT",
    material="the paper's own scores by role and steering feature, and its published graphs",
    verbs={
        "causal_graph_comparison": "valuestats.systems.causal_graph.comparison:causal_graph_comparison",
        "feature_effects": "valuestats.systems.causal_graph.comparison:feature_effects",
        "published_shares": "valuestats.systems.causal_graph.comparison:published_shares",
        "read_published_graph": "valuestats.systems.causal_graph.release:read_published_graph",
        "read_value_profiles": "valuestats.systems.causal_graph.release:read_value_profiles",
        "value_changes": "valuestats.systems.causal_graph.release:value_changes",
    },
    page="valuestats.systems.causal_graph.page",
    standin="valuestats.systems.causal_graph.simulate:standin",
)
