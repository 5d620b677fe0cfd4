"""What the room offers: scores."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Keys and scores": {
            "score": "valuestats.scoring.scores",
        },
    },
    former={"score_instrument": "score"},
    kinds=(
        Kind(
            "scores",
            figure="valuestats.figures.profiles:profile_chart",
            sentence="valuestats.scoring.sentences:scores_sentence",
            trust="valuestats.scoring.against_rest:keyed_reasons",
        ),
        Kind(
            "instrument_scores",
            figure="valuestats.scoring.figures:instrument_chart",
            sentence="valuestats.scoring.instrument_sentences:instrument_scores_sentence",
            trust="valuestats.scoring.turned:instrument_reasons",
        ),
    ),
)
