"""Similarity of models' answers to those of countries or other groups of people."""

from valuestats.similarity.adjusted import adjusted_similarity
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import group_similarity, similarity_by_question
from valuestats.similarity.options import REFUSAL_OPTION_PATTERNS, is_refusal_option
from valuestats.similarity.references import pair_similarity, similarity_matrix, uniform_similarity
from valuestats.similarity.representation import opinionqa_measures
from valuestats.similarity.social import social_alignment
from valuestats.similarity.steering import language_effect, steering_effect
from valuestats.similarity.stereotypes import stereotype_check

__all__ = [
    "REFUSAL_OPTION_PATTERNS",
    "adjusted_similarity",
    "country_similarity",
    "group_similarity",
    "is_refusal_option",
    "language_effect",
    "opinionqa_measures",
    "pair_similarity",
    "similarity_by_question",
    "similarity_matrix",
    "social_alignment",
    "steering_effect",
    "stereotype_check",
    "uniform_similarity",
]
