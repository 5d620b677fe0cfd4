"""The record of CIVICS."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="civics",
    title="CIVICS",
    citation="Pistilli et al. (2024). CIVICS: culturally-informed values in large language models.",
    data=("civics",),
    licence="CC BY 4.0",
    material="the paper's own annotations; refusals simulated",
    verbs={
        "agreement_within": "valuestats.systems.civics.annotations:agreement_within",
        "annotator_effects": "valuestats.systems.civics.annotators:annotator_effects",
        "civics_comparison": "valuestats.systems.civics.annotations:comparison",
        "entangled_factors": "valuestats.systems.civics.annotations:entangled_factors",
        "harmonise_labels": "valuestats.systems.civics.annotations:harmonise_labels",
        "label_agreement": "valuestats.systems.civics.annotators:label_agreement",
        "odd_labels": "valuestats.systems.civics.annotations:odd_labels",
        "read_annotations": "valuestats.systems.civics.annotations:read_annotations",
        "without_clusters": "valuestats.systems.civics.annotations:without_clusters",
    },
    page="valuestats.systems.civics.page",
    standin="valuestats.systems.civics.simulate:standin",
)
