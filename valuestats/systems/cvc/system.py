"""The record of the Chinese Value Corpus."""

from __future__ import annotations

from valuestats.base.registry import System

_ROOM = "valuestats.systems.cvc"

SYSTEM = System(
    id="cvc",
    title="Chinese Value Corpus",
    citation="Chinese Value Corpus (2025), Beijing Institute of AI Safety and Governance.",
    data=(),
    licence="facts of the publication (the corpus itself is for academic, non-commercial use and is not shipped)",
    material="printed shares and matching matrix, audited; a simulation of the design",
    verbs={
        "cvc_agreement": f"{_ROOM}.agreement:cvc_agreement",
        "cvc_matching": f"{_ROOM}.agreement:cvc_matching",
        "cvc_models": f"{_ROOM}.agreement:cvc_models",
        "cvc_positions": f"{_ROOM}.agreement:cvc_positions",
        "cvc_shares": f"{_ROOM}.agreement:cvc_shares",
        "rule_intervals": f"{_ROOM}.rules:rule_intervals",
        "rule_recovery": f"{_ROOM}.rules:rule_recovery",
        "rule_share": f"{_ROOM}.rules:rule_share",
        "rules_comparison": f"{_ROOM}.rules:rules_comparison",
        "rules_table": f"{_ROOM}.rules:rules_table",
        "rules_truth": f"{_ROOM}.rules:rules_truth",
        "simulate_rules": f"{_ROOM}.rules:simulate_rules",
    },
    page="valuestats.systems.cvc.page",
)
