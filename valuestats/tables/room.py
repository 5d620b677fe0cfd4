"""What the room offers: tables."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Read and describe": {
            "Responses": "valuestats.tables",
            "Items": "valuestats.tables",
            "Ratings": "valuestats.tables",
            "Population": "valuestats.tables",
            "Survey": "valuestats.tables",
        },
        "Choices and rankings": {
            "Choices": "valuestats.tables",
            "OptionLabels": "valuestats.tables",
            "pair_choices": "valuestats.tables.comparisons",
            "ranking_choices": "valuestats.tables.choices",
        },
    },
)
