"""What the room offers: effects of prompts."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Reliability, agreement and design": {
            "changed_answers": "valuestats.prompts.changed_answers",
            "counterbalancing": "valuestats.prompts.sensitivity",
            "response_style": "valuestats.prompts.response_style",
            "sensitivity": "valuestats.prompts.sensitivity",
        },
    },
    verbs={
        "label_truth": "valuestats.prompts.simulate:label_truth",
        "simulated_labels": "valuestats.prompts.simulate:simulated_labels",
        "simulated_label_effects": "valuestats.prompts.simulate:simulated_label_effects",
    },
    kinds=(
        Kind(
            "changed_answers",
            figure="valuestats.prompts.figures:changed_answers_chart",
            sentence="valuestats.prompts.sentences:changed_answers_sentence",
            trust="valuestats.prompts.trust:changed_reasons",
        ),
        Kind(
            "response_style",
            figure="valuestats.prompts.figures:style_chart",
            sentence="valuestats.prompts.sentences:response_style_sentence",
        ),
        Kind(
            "sensitivity",
            figure="valuestats.prompts.figures:sensitivity_chart",
            sentence="valuestats.prompts.sentences:sensitivity_sentence",
            trust="valuestats.prompts.trust:sensitivity_reasons",
        ),
    ),
)
