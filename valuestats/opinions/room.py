"""What the room offers: dynamics of opinions."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Opinion dynamics": {
            "opinion_dynamics": "valuestats.opinions.dynamics",
            "opinion_forecast": "valuestats.opinions.forecast",
            "simulate_ego_networks": "valuestats.opinions.simulate",
            "simulate_opinions": "valuestats.opinions.simulate",
        },
    },
    kinds=(
        Kind(
            "opinion_dynamics",
            figure="valuestats.opinions.figures:dynamics_chart",
            sentence="valuestats.opinions.sentences:dynamics_sentence",
            trust="valuestats.opinions.trust:dynamics_reasons",
        ),
        Kind(
            "opinion_forecast",
            figure="valuestats.opinions.figures:forecast_chart",
            sentence="valuestats.opinions.sentences:forecast_sentence",
            trust="valuestats.opinions.trust:forecast_reasons",
        ),
    ),
)
