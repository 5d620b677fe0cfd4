"""What the room offers: reports."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Studies and reports": {
            "render": "valuestats.reporting.render",
            "save_figure": "valuestats.reporting.figure_files",
        },
    },
)
