"""What the room offers: preferences."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Choices and rankings": {
            "label_preference": "valuestats.preferences.label_preference",
            "paired_contrast": "valuestats.preferences.paired",
            "step_slopes": "valuestats.preferences.slopes",
            "best_of_k": "valuestats.preferences.winners",
            "chosen_scores": "valuestats.preferences.outcomes",
            "label_outcomes": "valuestats.preferences.outcomes",
            "label_columns": "valuestats.preferences.outcomes",
            "fit_labels": "valuestats.preferences.label_fit",
        },
    },
    kinds=(
        Kind(
            "label_preference",
            figure="valuestats.preferences.figures:preference_chart",
            sentence="valuestats.preferences.sentences:preference_sentence",
            trust="valuestats.preferences.trust:preference_reasons",
        ),
        Kind(
            "paired_contrast",
            figure="valuestats.preferences.figures:contrast_chart",
            sentence="valuestats.preferences.sentences:contrast_sentence",
            trust="valuestats.preferences.trust:contrast_reasons",
        ),
        Kind(
            "step_slopes",
            figure="valuestats.preferences.figures:slope_chart",
            sentence="valuestats.preferences.sentences:slope_sentence",
            trust="valuestats.preferences.trust:effect_reasons",
        ),
        Kind(
            "best_of_k",
            figure="valuestats.preferences.figures:winner_chart",
            sentence="valuestats.preferences.sentences:winner_sentence",
            trust="valuestats.preferences.trust:winner_reasons",
        ),
    ),
)
