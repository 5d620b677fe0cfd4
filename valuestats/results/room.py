"""What the room offers: results."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Studies and reports": {
            "Result": "valuestats.results.result",
            "TrustLimits": "valuestats.results.verdicts",
            "Verdict": "valuestats.results.verdicts",
            "trust": "valuestats.results.trust",
            "hypotheses": "valuestats.results.hypotheses",
        },
    },
    kinds=(
        Kind(
            "hypotheses",
            figure="valuestats.figures.intervals:hypotheses_chart",
            sentence="valuestats.results.phrases:hypotheses_sentence",
        ),
    ),
)
