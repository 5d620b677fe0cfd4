"""What the room offers: alignment with groups."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Survey statistics": {
            "survey_answers": "valuestats.alignment.microdata",
            "group_shares": "valuestats.alignment.groups",
            "poststratified_shares": "valuestats.alignment.poststratification",
        },
        "Similarity to people": {
            "noise_ceiling": "valuestats.alignment.ceiling",
            "demographic_alignment": "valuestats.alignment.demographic",
            "homogenisation": "valuestats.alignment.demographic",
            "orientation_correlations": "valuestats.alignment.orientations",
        },
    },
    verbs={
        "read_answers": "valuestats.alignment.microdata:read_answers",
        "read_table": "valuestats.alignment.microdata:read_frame",
    },
    kinds=(
        Kind(
            "demographic_alignment",
            figure="valuestats.alignment.figures:alignment_chart",
            sentence="valuestats.alignment.sentences:demographic_alignment_sentence",
            trust="valuestats.similarity.trust:baseline_reasons",
        ),
        Kind(
            "homogenisation",
            figure="valuestats.figures.quantities:quantity_chart",
            sentence="valuestats.alignment.sentences:homogenisation_sentence",
        ),
        Kind(
            "noise_ceiling",
            figure="valuestats.figures.quantities:quantity_chart",
            sentence="valuestats.alignment.sentences:noise_ceiling_sentence",
        ),
        Kind(
            "orientations",
            figure="valuestats.alignment.share_figures:orientation_chart",
            sentence="valuestats.alignment.sentences:orientations_sentence",
        ),
        Kind(
            "poststratified",
            figure="valuestats.alignment.share_figures:shares_chart",
            sentence="valuestats.alignment.sentences:poststratified_sentence",
        ),
    ),
)
