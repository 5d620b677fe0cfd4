"""The record of GlobalOpinionQA."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="global_opinions",
    title="GlobalOpinionQA",
    citation="Durmus et al. (2023). Towards measuring the representation of subjective global opinions in language models.",
    data=("globalopinionqa",),
    licence="CC BY-NC-SA 4.0",
    material="a public subset of the survey's shares; answers of three models by others",
    verbs={
        "answered_by_all": "valuestats.systems.global_opinions.comparison:answered_by_all",
        "extreme_questions": "valuestats.systems.global_opinions.comparison:extreme_questions",
        "global_opinions_comparison": "valuestats.systems.global_opinions.comparison:comparison",
        "opinion_oddities": "valuestats.systems.global_opinions.comparison:oddities",
        "similarity_ranks": "valuestats.systems.global_opinions.comparison:ranks",
    },
    page="valuestats.systems.global_opinions.page",
)
