"""What the room offers: agreement."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Reliability, agreement and design": {
            "agreement": "valuestats.raters.agreement",
            "judge_quality": "valuestats.raters.quality",
            "judged_means": "valuestats.raters.judged",
            "judged_shares": "valuestats.raters.judged",
            "rater_effects": "valuestats.raters.effects",
        },
        "Read and describe": {
            "compare_parsers": "valuestats.raters.parsers",
        },
    },
    kinds=(
        Kind(
            "rater_effects",
            figure="valuestats.raters.effects_words:effects_chart",
            sentence="valuestats.raters.effects_words:effects_sentence",
            trust="valuestats.raters.effects_words:effects_reasons",
        ),
        Kind(
            "judge_quality",
            figure="valuestats.raters.quality_words:quality_chart",
            sentence="valuestats.raters.quality_words:quality_sentence",
            trust="valuestats.raters.quality_words:quality_reasons",
        ),
        Kind(
            "agreement",
            figure="valuestats.figures.intervals:coefficient_chart",
            sentence="valuestats.raters.sentences:agreement_sentence",
            trust="valuestats.raters.sentences:agreement_reasons",
        ),
        *(
            Kind(
                name,
                figure="valuestats.raters.judge_figures:judged_chart",
                sentence="valuestats.raters.judge_sentences:judged_sentence",
                trust="valuestats.raters.judge_trust:judged_reasons",
                printed="valuestats.raters.judge_sentences:printed_rows",
            )
            for name in ("judged_means", "judged_shares")
        ),
    ),
)
