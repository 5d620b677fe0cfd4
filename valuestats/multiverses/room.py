"""What the room offers: multiverse analysis."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={"Studies and reports": {"multiverse": "valuestats.multiverses.multiverse"}},
    kinds=(
        Kind(
            "multiverse",
            figure="valuestats.multiverses.presentation:specification_curve",
            sentence="valuestats.multiverses.presentation:multiverse_sentence",
            trust="valuestats.multiverses.presentation:multiverse_reasons",
        ),
    ),
)
