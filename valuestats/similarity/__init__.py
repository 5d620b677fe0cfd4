"""Similarity of models' answers to those of countries or other groups of people."""

from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import group_similarity, similarity_by_question
from valuestats.similarity.options import REFUSAL_OPTION_PATTERNS, is_refusal_option

__all__ = [
    "REFUSAL_OPTION_PATTERNS",
    "country_similarity",
    "group_similarity",
    "is_refusal_option",
    "similarity_by_question",
]
