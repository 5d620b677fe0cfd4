"""What the room offers: choices."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Choices and rankings": {
            "choice_strengths": "valuestats.choice.strengths",
            "elo_ratings": "valuestats.choice.elo",
        },
    },
    kinds=(
        Kind(
            "choice_strengths",
            figure="valuestats.choice.figures:strength_chart",
            sentence="valuestats.choice.sentences:choice_strengths_sentence",
        ),
        Kind(
            "elo_ratings",
            figure="valuestats.choice.figures:rating_chart",
            sentence="valuestats.choice.sentences:elo_sentence",
        ),
    ),
)
