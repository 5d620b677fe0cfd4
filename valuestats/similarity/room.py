"""What the room offers: similarity."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Similarity to people": {
            "answer_shares": "valuestats.similarity.answer_shares",
            "country_similarity": "valuestats.similarity.country",
            "mean_over_models": "valuestats.similarity.over_models",
            "steering_effect": "valuestats.similarity.steering",
            "language_effect": "valuestats.similarity.steering",
            "stereotype_check": "valuestats.similarity.stereotypes",
            "opinionqa_measures": "valuestats.similarity.representation",
            "social_alignment": "valuestats.similarity.social",
            "read_people": "valuestats.similarity.reading",
            "read_model_answers": "valuestats.similarity.reading",
        },
    },
    verbs={
        "adjusted_similarity": "valuestats.similarity.adjusted:adjusted_similarity",
        "answers_as": "valuestats.similarity.conditions:answers_as",
        "group_similarity": "valuestats.similarity.details:group_similarity",
        "pair_similarity": "valuestats.similarity.references:pair_similarity",
        "similarity_by_question": "valuestats.similarity.details:similarity_by_question",
        "similarity_matrix": "valuestats.similarity.references:similarity_matrix",
        "uniform_similarity": "valuestats.similarity.references:uniform_similarity",
    },
    kinds=(
        Kind(
            "similarity",
            figure="valuestats.similarity.figures:similarity_chart",
            sentence="valuestats.similarity.sentences:similarity_sentence",
            trust="valuestats.similarity.trust:baseline_reasons",
        ),
        Kind(
            "condition_effect",
            figure="valuestats.figures.quantities:quantity_chart",
            sentence="valuestats.similarity.sentences:condition_effect_sentence",
            trust="valuestats.similarity.trust:condition_reasons",
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
