"""What the room offers: rankings."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Choices and rankings": {
            "ranking_agreement": "valuestats.orderings.agreement",
            "rank_by_values": "valuestats.orderings.by_values",
            "target_profile": "valuestats.orderings.targets",
        },
    },
    kinds=(
        Kind(
            "ranking_agreement",
            figure="valuestats.orderings.figures:agreement_chart",
            sentence="valuestats.orderings.sentences:agreement_sentence",
            trust="valuestats.orderings.trust:agreement_reasons",
        ),
        Kind(
            "value_ranking",
            figure="valuestats.orderings.figures:ranking_chart",
            sentence="valuestats.orderings.sentences:ranking_sentence",
            trust="valuestats.orderings.trust:ranking_reasons",
        ),
        Kind(
            "target_profile",
            figure="valuestats.orderings.figures:target_chart",
            sentence="valuestats.orderings.sentences:target_sentence",
            trust="valuestats.orderings.trust:target_reasons",
        ),
    ),
)
