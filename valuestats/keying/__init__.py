"""Which items speak to which value, learned from people's ratings: correlations, keys, and what keys are worth."""

from valuestats.keying.chance import chance_keys
from valuestats.keying.coefficients import compare_coefficients
from valuestats.keying.correlations import item_values
from valuestats.keying.declared import instrument_keys
from valuestats.keying.matrices import ItemCorrelations, correlate_items
from valuestats.keying.rankings import compare_rankings, ranks_by_rule
from valuestats.keying.rules import key_frame, keys, keys_per_item, stable_keys
from valuestats.keying.shrinkage import shrink_correlations
from valuestats.keying.validity import key_stability, key_validity

__all__ = [
    "ItemCorrelations",
    "chance_keys",
    "compare_coefficients",
    "compare_rankings",
    "correlate_items",
    "instrument_keys",
    "item_values",
    "key_frame",
    "key_stability",
    "key_validity",
    "keys",
    "keys_per_item",
    "ranks_by_rule",
    "shrink_correlations",
    "stable_keys",
]
