"""What the room offers: missing answers."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Missing answers": {
            "refusal_rates": "valuestats.missing.refusal_rates",
            "missing_bounds": "valuestats.missing.bounds",
            "missing_sensitivity": "valuestats.missing.sensitivity",
            "missing_joint": "valuestats.missing.joint",
            "tipping_points": "valuestats.missing.tipping",
        },
    },
    verbs={
        "refusal_truth": "valuestats.missing.simulate:refusal_truth",
        "simulate_refusals": "valuestats.missing.simulate:simulate_refusals",
    },
    kinds=(
        Kind(
            "missing_bounds",
            figure="valuestats.missing.figures:bounds_chart",
            sentence="valuestats.missing.sentences:missing_bounds_sentence",
        ),
        Kind(
            "missing_joint",
            figure="valuestats.missing.figures:joint_chart",
            sentence="valuestats.missing.sentences:missing_joint_sentence",
        ),
        Kind(
            "missing_sensitivity",
            figure="valuestats.missing.figures:sensitivity_curve",
            sentence="valuestats.missing.sentences:missing_sensitivity_sentence",
        ),
        Kind(
            "refusal_rates",
            figure="valuestats.missing.figures:refusal_chart",
            sentence="valuestats.missing.sentences:refusal_rates_sentence",
        ),
    ),
)
