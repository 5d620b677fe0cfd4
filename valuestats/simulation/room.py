"""What the room offers: a simulated study."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Studies and reports": {
            "simulate": "valuestats.simulation",
        },
    },
    verbs={
        "group_recovery": "valuestats.simulation.recovery:group_recovery",
        "recovery": "valuestats.simulation.recovery:recovery",
    },
)
