"""What the room offers: instruments."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Read and describe": {
            "load_instrument": "valuestats.instruments",
            "AnswerScale": "valuestats.instruments",
            "Instrument": "valuestats.instruments",
        },
    },
)
