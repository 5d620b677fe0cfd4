"""What the room offers: choices."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Choices and rankings": {
            "choice_strengths": "valuestats.choice.strengths",
            "compare_judges": "valuestats.choice.judges",
            "compare_strengths": "valuestats.choice.group_differences",
            "elo_ratings": "valuestats.choice.elo",
            "judged_strengths": "valuestats.choice.judged",
            "fit_choice": "valuestats.choice.fit",
            "ChoiceSpec": "valuestats.choice.spec",
            "ChoicePriors": "valuestats.choice.spec",
        },
    },
    products={"ChoiceFit": "valuestats.choice.stored:FIT"},
    kinds=(
        Kind(
            "choice_strengths",
            figure="valuestats.choice.figures:strength_chart",
            sentence="valuestats.choice.sentences:choice_strengths_sentence",
            printed="valuestats.choice.sentences:printed_strengths",
            trust="valuestats.choice.trust:choice_reasons",
        ),
        Kind(
            "choice_fit",
            figure="valuestats.choice.figures:choice_fit_chart",
            sentence="valuestats.choice.sentences:choice_fit_sentence",
            table="valuestats.choice.figures:choice_fit_table",
            trust="valuestats.choice.trust:choice_reasons",
        ),
        Kind(
            "choice_prediction",
            figure="valuestats.regression.figures:prediction_chart",
            sentence="valuestats.choice.grid_sentences:choice_prediction_sentence",
            trust="valuestats.choice.trust:choice_reasons",
        ),
        Kind(
            "choice_effect",
            figure="valuestats.regression.figures:prediction_chart",
            sentence="valuestats.choice.grid_sentences:choice_effect_sentence",
            trust="valuestats.choice.trust:choice_reasons",
        ),
        Kind(
            "judged_strengths",
            figure="valuestats.raters.judge_figures:judged_chart",
            sentence="valuestats.choice.judged_sentences:judged_strengths_sentence",
            trust="valuestats.raters.judge_trust:judged_reasons",
        ),
        Kind(
            "judge_comparison",
            figure="valuestats.choice.judges_words:judges_chart",
            sentence="valuestats.choice.judges_words:judges_sentence",
            trust="valuestats.choice.judges_words:judges_reasons",
        ),
        Kind(
            "strength_differences",
            figure="valuestats.choice.judges_words:differences_chart",
            sentence="valuestats.choice.judges_words:differences_sentence",
            trust="valuestats.choice.judges_words:differences_reasons",
        ),
        Kind(
            "elo_ratings",
            figure="valuestats.choice.figures:rating_chart",
            sentence="valuestats.choice.sentences:elo_sentence",
        ),
    ),
)
