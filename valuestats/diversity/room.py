"""What the room offers: diversity of perspectives."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Similarity to people": {
            "perspective_diversity": "valuestats.diversity.perspectives",
        },
    },
    verbs={
        "perspective_shares": "valuestats.diversity.perspectives:perspective_shares",
    },
    kinds=(
        Kind(
            "diversity",
            figure="valuestats.diversity.figures:diversity_chart",
            sentence="valuestats.diversity.sentences:diversity_sentence",
        ),
    ),
)
