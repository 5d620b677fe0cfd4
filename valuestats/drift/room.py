"""What the room offers: drift of stances."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Drift": {
            "change_points": "valuestats.drift.change_points",
            "drift_trend": "valuestats.drift.trend",
            "stance_curve": "valuestats.drift.stance_curve",
            "stance_drift": "valuestats.drift.drift",
            "response_drift": "valuestats.drift.response",
        },
    },
    kinds=(
        Kind(
            "stance_drift",
            figure="valuestats.drift.figures:drift_chart",
            sentence="valuestats.drift.sentences:drift_sentence",
            trust="valuestats.drift.trust:drift_reasons",
        ),
        Kind(
            "response_drift",
            figure="valuestats.drift.figures:response_chart",
            sentence="valuestats.drift.sentences:response_sentence",
            trust="valuestats.drift.trust:response_reasons",
        ),
        Kind(
            "change_points",
            figure="valuestats.drift.figures:change_chart",
            sentence="valuestats.drift.sentences:change_sentence",
            trust="valuestats.drift.trust:change_reasons",
        ),
        Kind(
            "stance_curve",
            figure="valuestats.drift.figures:curve_chart",
            sentence="valuestats.drift.sentences:curve_sentence",
            trust="valuestats.drift.trust:curve_reasons",
        ),
        Kind(
            "drift_trend",
            figure="valuestats.drift.figures:trend_chart",
            sentence="valuestats.drift.sentences:trend_sentence",
            trust="valuestats.drift.trust:trend_reasons",
        ),
    ),
)
