"""Similarity of models' answers to those of countries or other groups of people."""

from valuestats.similarity.adjusted import adjusted_similarity
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import group_similarity, similarity_by_question
from valuestats.similarity.options import REFUSAL_OPTION_PATTERNS, is_refusal_option
from valuestats.similarity.references import pair_similarity, similarity_matrix, uniform_similarity
from valuestats.similarity.social import social_alignment

__all__ = [
    "REFUSAL_OPTION_PATTERNS",
    "adjusted_similarity",
    "country_similarity",
    "group_similarity",
    "is_refusal_option",
    "pair_similarity",
    "similarity_by_question",
    "similarity_matrix",
    "social_alignment",
    "uniform_similarity",
]
