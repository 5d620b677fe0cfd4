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
    verbs={
        "describe_survey": "valuestats.ingest.surveys.description:describe_survey",
        "merge": "valuestats.ingest.merge:merge",
        "merge_report": "valuestats.ingest.merge:merge_report",
        "read_item_answers": "valuestats.ingest.tabular.item_answers:read_item_answers",
    },
)
