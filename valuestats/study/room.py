"""What the room offers: studies."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Studies and reports": {
            "run_study": "valuestats.study",
        },
    },
    verbs={"reproduction": "valuestats.systems.comparison:reproduction"},
)
