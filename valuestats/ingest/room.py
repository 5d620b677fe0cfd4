"""What the room offers: readers."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Read and describe": {
            "fetch": "valuestats.ingest",
            "read_responses": "valuestats.ingest",
            "describe": "valuestats.ingest",
            "merge_responses": "valuestats.ingest",
            "read_ratings": "valuestats.ingest",
            "read_survey": "valuestats.ingest",
        },
    },
)
