"""What the room offers: generalizability."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Reliability, agreement and design": {
            "generalizability_study": "valuestats.generalizability.study",
            "decision_study": "valuestats.generalizability.decisions",
            "required_sizes": "valuestats.generalizability.decisions",
            "contrast_power": "valuestats.generalizability.decisions",
        },
    },
    kinds=(
        Kind(
            "generalizability",
            figure="valuestats.generalizability.figures:component_chart",
            sentence="valuestats.generalizability.sentences:generalizability_sentence",
            trust="valuestats.generalizability.trust:component_reasons",
        ),
        Kind(
            "decision",
            figure="valuestats.generalizability.figures:decision_chart",
            sentence="valuestats.generalizability.sentences:decision_sentence",
        ),
    ),
)
