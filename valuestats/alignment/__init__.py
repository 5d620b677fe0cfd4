"""Alignment with groups of people known by their single answers (microdata)."""

from valuestats.alignment.ceiling import noise_ceiling
from valuestats.alignment.demographic import demographic_alignment, homogenisation
from valuestats.alignment.groups import group_shares
from valuestats.alignment.microdata import survey_answers
from valuestats.alignment.orientations import orientation_correlations
from valuestats.alignment.poststratification import poststratified_shares

__all__ = [
    "demographic_alignment",
    "group_shares",
    "homogenisation",
    "noise_ceiling",
    "orientation_correlations",
    "poststratified_shares",
    "survey_answers",
]
