"""The record of OpinPref."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="opinpref",
    title="OpinPref: features behind preferences",
    citation="Nath et al. (2024). Leveraging domain knowledge for efficient reward modelling in RLHF.",
    data=("opinpref",),
    licence="MIT",
    material="the paper's own preference pairs",
    verbs={
        "annotator_weights": "valuestats.systems.opinpref.annotators:annotator_weights",
        "read_opinpref": "valuestats.systems.opinpref.release:read_opinpref",
    },
    page="valuestats.systems.opinpref.page",
    standin="valuestats.systems.opinpref.simulate:standin",
)
