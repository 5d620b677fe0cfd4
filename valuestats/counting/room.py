"""What the room offers: counts."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Count at any size": {
            "write_responses": "valuestats.counting",
            "open_answers": "valuestats.counting",
            "count_answers": "valuestats.counting",
            "count_choices": "valuestats.counting.grouped_choices",
        },
    },
    readers={"ingested": "valuestats.counting.ingested:READER"},
)
