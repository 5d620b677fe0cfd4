"""What the room offers: survey statistics."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Survey statistics": {
            "population_shares": "valuestats.surveys.shares",
            "as_population": "valuestats.surveys.people",
            "rake": "valuestats.surveys.raking",
            "scale_check": "valuestats.surveys.scales",
            "scale_answers": "valuestats.surveys.scale_answers",
            "turn_codes": "valuestats.surveys.scales",
        },
    },
    verbs={
        "raked_survey": "valuestats.surveys.raking:raked_survey",
    },
    kinds=(
        Kind(
            "population_shares",
            figure="valuestats.surveys.figures:shares_chart",
            sentence="valuestats.surveys.sentences:population_shares_sentence",
            trust="valuestats.surveys.trust:people_reasons",
        ),
    ),
)
