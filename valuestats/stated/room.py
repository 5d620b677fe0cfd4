"""What the room offers: stated beside revealed values, and beside people of other nations."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Stated and revealed values": {
            "norm_distances": "valuestats.stated.norms",
            "stated_revealed": "valuestats.stated.gaps",
            "value_gaps": "valuestats.stated.gaps",
        },
    },
    kinds=(
        Kind(
            "stated_revealed",
            figure="valuestats.stated.figures:agreement_chart",
            sentence="valuestats.stated.sentences:agreement_sentence",
            trust="valuestats.stated.trust:agreement_reasons",
        ),
        Kind(
            "value_gaps",
            figure="valuestats.stated.figures:gap_chart",
            sentence="valuestats.stated.sentences:gaps_sentence",
            trust="valuestats.stated.trust:gap_reasons",
        ),
        Kind(
            "norm_distances",
            figure="valuestats.stated.figures:norm_chart",
            sentence="valuestats.stated.sentences:norms_sentence",
            trust="valuestats.stated.trust:norm_reasons",
        ),
    ),
)
