"""What the room offers: graphs of values."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Graphs of values": {
            "counterfactual_profiles": "valuestats.graphs.effects",
            "graph_holdout": "valuestats.graphs.holdout",
            "graph_prediction": "valuestats.graphs.prediction",
            "refute_effect": "valuestats.graphs.refutation",
            "steer_values": "valuestats.graphs.steering",
            "value_effects": "valuestats.graphs.effects",
            "value_graph": "valuestats.graphs.value_graph",
        },
    },
    kinds=(
        Kind(
            "value_graph",
            figure="valuestats.graphs.figures:graph_chart",
            sentence="valuestats.graphs.sentences:value_graph_sentence",
            trust="valuestats.graphs.trust:graph_reasons",
        ),
        Kind(
            "graph_prediction",
            figure="valuestats.graphs.figures:prediction_chart",
            sentence="valuestats.graphs.sentences:prediction_sentence",
            trust="valuestats.graphs.trust:prediction_reasons",
        ),
        Kind(
            "graph_holdout",
            figure="valuestats.graphs.figures:holdout_chart",
            sentence="valuestats.graphs.sentences:holdout_sentence",
            trust="valuestats.graphs.trust:holdout_reasons",
        ),
        Kind(
            "value_effects",
            figure="valuestats.graphs.figures:effects_chart",
            sentence="valuestats.graphs.sentences:value_effects_sentence",
            trust="valuestats.graphs.trust:effect_reasons",
        ),
        Kind(
            "effect_refutation",
            figure="valuestats.graphs.figures:refutation_chart",
            sentence="valuestats.graphs.sentences:refutation_sentence",
            trust="valuestats.graphs.trust:refutation_reasons",
        ),
        Kind(
            "steering",
            figure="valuestats.graphs.figures:steering_chart",
            sentence="valuestats.graphs.sentences:steering_sentence",
            trust="valuestats.graphs.trust:steering_reasons",
        ),
    ),
)
