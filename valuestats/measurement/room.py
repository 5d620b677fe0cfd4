"""What the room offers: measurement models."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Measurement models": {
            "graded_response": "valuestats.measurement.graded_response",
            "plausible_values": "valuestats.measurement.graded_response",
            "item_information": "valuestats.measurement.item_information",
            "next_items": "valuestats.measurement.next_items",
            "measurement_invariance": "valuestats.measurement.invariance",
            "compare_groups": "valuestats.measurement.group_means",
            "dif": "valuestats.measurement.dif",
        },
    },
    kinds=(
        Kind(
            "dif",
            figure="valuestats.measurement.figures:dif_chart",
            sentence="valuestats.measurement.sentences:dif_sentence",
            trust="valuestats.measurement.trust:dif_reasons",
        ),
        Kind(
            "graded_response",
            figure="valuestats.measurement.figures:loading_chart",
            sentence="valuestats.measurement.sentences:graded_response_sentence",
        ),
        Kind(
            "group_comparison",
            figure="valuestats.measurement.figures:comparison_chart",
            sentence="valuestats.measurement.sentences:group_comparison_sentence",
        ),
        Kind(
            "invariance",
            figure="valuestats.measurement.figures:invariance_chart",
            sentence="valuestats.measurement.sentences:invariance_sentence",
        ),
        Kind(
            "plausible_means",
            figure="valuestats.measurement.figures:plausible_chart",
            sentence="valuestats.measurement.sentences:plausible_means_sentence",
        ),
    ),
)
