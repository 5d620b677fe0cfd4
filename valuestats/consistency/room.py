"""What the room offers: reliability."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Reliability, agreement and design": {
            "reliability": "valuestats.consistency.scales",
            "icc": "valuestats.consistency.retest",
            "retest": "valuestats.consistency.retest",
        },
    },
    evidence={"reliability of scales": "valuestats.consistency.trust:reliability_evidence"},
    kinds=(
        Kind(
            "reliability",
            figure="valuestats.figures.intervals:coefficient_chart",
            sentence="valuestats.consistency.sentences:reliability_sentence",
            trust="valuestats.consistency.trust:coefficient_reasons",
        ),
    ),
)
