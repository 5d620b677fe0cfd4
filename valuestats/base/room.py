"""What the room offers: errors."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Studies and reports": {
            "ValuestatsError": "valuestats.base.errors",
        },
    },
    verbs={
        "read_json": "valuestats.base.files:read_json",
    },
)
