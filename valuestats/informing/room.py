"""What the room offers: informativeness of items."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Measurement models": {
            "informativeness": "valuestats.informing.informativeness",
            "select_items": "valuestats.informing.selection",
        },
    },
    kinds=(
        Kind(
            "informativeness",
            figure="valuestats.informing.figures:informativeness_chart",
            sentence="valuestats.informing.sentences:informativeness_sentence",
            trust="valuestats.informing.trust:informativeness_reasons",
        ),
        Kind(
            "item_selection",
            figure="valuestats.informing.figures:selection_chart",
            sentence="valuestats.informing.sentences:selection_sentence",
            trust="valuestats.informing.trust:selection_reasons",
        ),
    ),
)
