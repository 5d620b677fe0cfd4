"""What the room offers: effects of interventions."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Interventions": {
            "dose_response": "valuestats.interventions.dose",
            "intervention_effects": "valuestats.interventions.effects",
        },
    },
    kinds=(
        Kind(
            "intervention_effects",
            figure="valuestats.interventions.figures:effects_chart",
            sentence="valuestats.interventions.sentences:effects_sentence",
            trust="valuestats.interventions.trust:effects_reasons",
        ),
        Kind(
            "dose_response",
            figure="valuestats.interventions.figures:dose_chart",
            sentence="valuestats.interventions.sentences:dose_sentence",
            trust="valuestats.interventions.trust:dose_reasons",
        ),
    ),
)
