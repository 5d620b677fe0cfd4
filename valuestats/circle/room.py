"""What the room offers: values on the circle."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Keys and scores": {
            "opposed_values": "valuestats.circle.opposed_values",
            "group_contrasts": "valuestats.circle.opposed_values",
        },
        "Measurement models": {
            "circumplex": "valuestats.circle.circumplex",
        },
    },
    verbs={
        "pole_ranks": "valuestats.circle.opposed_values:pole_ranks",
    },
    kinds=(
        Kind(
            "opposed_values",
            figure="valuestats.circle.pole_figures:poles_chart",
            sentence="valuestats.circle.sentences:opposed_sentence",
        ),
        Kind(
            "circumplex",
            figure="valuestats.circle.figures:circumplex_chart",
            sentence="valuestats.circle.sentences:circumplex_sentence",
        ),
    ),
)
