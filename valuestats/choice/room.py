"""What the room offers: choices."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Choices and rankings": {
            "choice_strengths": "valuestats.choice.strengths",
        },
    },
    kinds=(
        Kind(
            "choice_strengths",
            figure="valuestats.choice.figures:strength_chart",
            sentence="valuestats.choice.sentences:choice_strengths_sentence",
        ),
    ),
)
