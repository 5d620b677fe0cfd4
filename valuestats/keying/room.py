"""What the room offers: keys."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Keys and scores": {
            "item_values": "valuestats.keying.correlations",
            "correlate_items": "valuestats.keying.matrices",
            "keys": "valuestats.keying.rules",
            "select_keys": "valuestats.keying.rules",
            "shrink_correlations": "valuestats.keying.shrinkage",
            "key_validity": "valuestats.keying.validity",
            "key_stability": "valuestats.keying.validity",
        },
        "Read and describe": {
            "instrument_keys": "valuestats.keying.declared",
        },
    },
    verbs={
        "chance_keys": "valuestats.keying.chance:chance_keys",
        "compare_coefficients": "valuestats.keying.coefficients:compare_coefficients",
        "compare_rankings": "valuestats.keying.rankings:compare_rankings",
        "key_frame": "valuestats.keying.rules:key_frame",
        "keys_per_item": "valuestats.keying.rules:keys_per_item",
        "own_scores": "valuestats.keying.own_scores:own_scores",
        "ranks_by_rule": "valuestats.keying.rankings:ranks_by_rule",
        "stable_keys": "valuestats.keying.rules:stable_keys",
    },
    evidence={
        "keys against chance": "valuestats.keying.trust:chance_evidence",
        "validity of keys": "valuestats.keying.trust:validity_evidence",
    },
    kinds=(
        Kind(
            "item_values",
            figure="valuestats.keying.correlation_figures:correlation_chart",
            sentence="valuestats.keying.sentences:item_values_sentence",
        ),
        Kind(
            "key_validity",
            figure="valuestats.keying.figures:validity_chart",
            sentence="valuestats.keying.sentences:key_validity_sentence",
            trust="valuestats.keying.trust:validity_reasons",
        ),
        Kind(
            "shrunken_item_values",
            figure="valuestats.keying.figures:shrinkage_chart",
            sentence="valuestats.keying.sentences:shrunken_item_values_sentence",
        ),
    ),
)
