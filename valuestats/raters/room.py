"""What the room offers: agreement."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Reliability, agreement and design": {
            "agreement": "valuestats.raters.agreement",
        },
        "Read and describe": {
            "compare_parsers": "valuestats.raters.parsers",
        },
    },
    kinds=(
        Kind(
            "agreement",
            figure="valuestats.figures.intervals:coefficient_chart",
            sentence="valuestats.raters.sentences:agreement_sentence",
        ),
    ),
)
