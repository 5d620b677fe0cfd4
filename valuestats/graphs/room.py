"""What the room offers: graphs of values."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Graphs of values": {
            "graph_prediction": "valuestats.graphs.prediction",
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
    ),
)
