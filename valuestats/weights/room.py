"""What the room offers: weights behind choices."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Weights behind choices": {
            "choice_classes": "valuestats.weights.classes",
            "feature_weights": "valuestats.weights.feature_weights",
            "learning_curve": "valuestats.weights.curve",
            "mixed_logit": "valuestats.weights.mixed",
            "style_controlled": "valuestats.weights.style",
            "trade_off": "valuestats.weights.trade_off",
            "value_system_measures": "valuestats.weights.measures",
        },
    },
    kinds=(
        Kind(
            "feature_weights",
            figure="valuestats.weights.figures:weight_chart",
            sentence="valuestats.weights.sentences:weights_sentence",
            trust="valuestats.weights.trust:weight_reasons",
        ),
        Kind(
            "learning_curve",
            figure="valuestats.weights.figures:curve_chart",
            sentence="valuestats.weights.sentences:curve_sentence",
            trust="valuestats.weights.trust:curve_reasons",
        ),
        Kind(
            "choice_classes",
            figure="valuestats.weights.figures:class_chart",
            sentence="valuestats.weights.sentences:classes_sentence",
            trust="valuestats.weights.trust:class_reasons",
        ),
        Kind(
            "mixed_logit",
            figure="valuestats.weights.figures:mixed_chart",
            sentence="valuestats.weights.sentences:mixed_sentence",
            trust="valuestats.weights.trust:mixed_reasons",
        ),
        Kind(
            "value_systems",
            figure="valuestats.weights.figures:measures_chart",
            sentence="valuestats.weights.sentences:measures_sentence",
            trust="valuestats.weights.trust:measures_reasons",
        ),
        Kind(
            "style_controlled",
            figure="valuestats.weights.figures:style_chart",
            sentence="valuestats.weights.sentences:style_sentence",
            trust="valuestats.weights.trust:style_reasons",
        ),
        Kind(
            "trade_off",
            figure="valuestats.weights.figures:trade_off_chart",
            sentence="valuestats.weights.sentences:trade_off_sentence",
            trust="valuestats.weights.trust:trade_off_reasons",
        ),
    ),
)
