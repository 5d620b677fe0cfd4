"""The record of Community Alignment."""

from __future__ import annotations

from valuestats.base.registry import System

_HERE = "valuestats.systems.community_alignment"

SYSTEM = System(
    id="community_alignment",
    title="Community Alignment",
    citation="Zhang et al. (2025). Cultivating pluralism in algorithmic monoculture: The Community Alignment dataset.",
    data=("community_alignment",),
    licence="CC BY 4.0 (the dataset); none stated (the table of counts)",
    material="counts of the dataset's own annotators; models simulated",
    verbs={
        "annotator_choices": f"{_HERE}.release:annotator_choices",
        "annotator_labels": f"{_HERE}.release:annotator_labels",
        "choice_entropy": f"{_HERE}.people:choice_entropy",
        "community_comparison": f"{_HERE}.comparison:community_comparison",
        "annotator_group_recovery": f"{_HERE}.comparison:group_recovery",
        "people_ceiling": f"{_HERE}.people:people_ceiling",
        "read_annotator_counts": f"{_HERE}.release:read_annotator_counts",
        "read_community_alignment": f"{_HERE}.release:read_community_alignment",
        "release_oddities": f"{_HERE}.release:release_oddities",
        "simulated_candidates": f"{_HERE}.simulate:simulated_candidates",
        "simulated_group_choices": f"{_HERE}.simulate:simulated_group_choices",
        "value_coverage": f"{_HERE}.people:value_coverage",
        "coverage_recovery": f"{_HERE}.comparison:coverage_recovery",
    },
    page=f"{_HERE}.page",
    standin=f"{_HERE}.simulate:standin",
)
