"""What the room offers: results."""

from __future__ import annotations

from valuestats.base.registry import Room

ROOM = Room(
    public={
        "Studies and reports": {
            "Result": "valuestats.results.result",
            "TrustLimits": "valuestats.results.verdicts",
            "Verdict": "valuestats.results.verdicts",
            "trust": "valuestats.results.trust",
        },
    },
)
