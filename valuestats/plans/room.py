"""What the room offers: weights of values behind plans."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={"Weights behind choices": {"plan_weights": "valuestats.plans.weights"}},
    kinds=(
        Kind(
            "plan_weights",
            figure="valuestats.plans.figures:plan_chart",
            sentence="valuestats.plans.sentences:plans_sentence",
            trust="valuestats.plans.trust:plan_reasons",
        ),
    ),
)
