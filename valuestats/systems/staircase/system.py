"""The record of the Staircase of Ethics."""

from __future__ import annotations

from valuestats.base.registry import System

_ROOM = "valuestats.systems.staircase"

SYSTEM = System(
    id="staircase",
    title="Staircase of Ethics",
    citation="Wu et al. (2025). The Staircase of Ethics: probing LLM value priorities through multi-step moral dilemmas.",
    data=("mmds", "litmus"),
    licence="facts of the publication; MIT and CC BY-SA 4.0 (dilemmas)",
    material="printed win rates, audited; raw choices of LitmusValues as a stand-in",
    verbs={
        "broken_triples": f"{_ROOM}.simulate:broken_triples",
        "dilemma_choices": f"{_ROOM}.release:dilemma_choices",
        "dilemma_labels": f"{_ROOM}.release:dilemma_labels",
        "implied_counts": f"{_ROOM}.published:implied_counts",
        "label_totals": f"{_ROOM}.published:label_totals",
        "own_labels": f"{_ROOM}.simulate:own_labels",
        "rate_cycles": f"{_ROOM}.published:rate_cycles",
        "rate_strengths": f"{_ROOM}.published:rate_strengths",
        "read_dilemmas": f"{_ROOM}.release:read_dilemmas",
        "read_label_counts": f"{_ROOM}.published:read_label_counts",
        "read_win_rates": f"{_ROOM}.published:read_win_rates",
        "simulated_answers": f"{_ROOM}.simulate:simulated_answers",
        "stage_levels": f"{_ROOM}.published:stage_levels",
        "staircase_audit": f"{_ROOM}.published:staircase_audit",
        "staircase_comparison": f"{_ROOM}.published:staircase_comparison",
        "staircase_recovery": f"{_ROOM}.simulate:staircase_recovery",
        "value_choices": f"{_ROOM}.simulate:value_choices",
    },
    page="valuestats.systems.staircase.page",
    standin="valuestats.systems.staircase.simulate:standin",
)
