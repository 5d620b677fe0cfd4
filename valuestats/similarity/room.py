"""What the room offers: similarity."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Similarity to people": {
            "country_similarity": "valuestats.similarity.country",
            "steering_effect": "valuestats.similarity.steering",
            "language_effect": "valuestats.similarity.steering",
            "stereotype_check": "valuestats.similarity.stereotypes",
            "opinionqa_measures": "valuestats.similarity.representation",
        },
    },
    kinds=(
        Kind(
            "similarity",
            figure="valuestats.similarity.figures:similarity_chart",
            sentence="valuestats.similarity.sentences:similarity_sentence",
        ),
        Kind(
            "condition_effect",
            figure="valuestats.figures.quantities:quantity_chart",
            sentence="valuestats.similarity.sentences:condition_effect_sentence",
        ),
        Kind(
            "representation",
            figure="valuestats.figures.quantities:quantity_chart",
            sentence="valuestats.similarity.sentences:representation_sentence",
        ),
        Kind(
            "stereotype",
            figure="valuestats.figures.quantities:quantity_chart",
            sentence="valuestats.similarity.sentences:stereotype_sentence",
        ),
    ),
)
