"""What the room offers: laws of size."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Laws of size": {
            "compare_laws": "valuestats.laws.comparison",
            "power_law": "valuestats.laws.power_law",
        },
    },
    kinds=(
        Kind(
            "power_law",
            figure="valuestats.laws.figures:law_chart",
            sentence="valuestats.laws.sentences:power_law_sentence",
            trust="valuestats.laws.trust:law_reasons",
        ),
        Kind(
            "law_comparison",
            figure="valuestats.laws.figures:law_comparison_chart",
            sentence="valuestats.laws.sentences:law_comparison_sentence",
            trust="valuestats.laws.trust:comparison_reasons",
        ),
    ),
)
