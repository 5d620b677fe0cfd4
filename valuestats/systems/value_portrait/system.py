"""The record of Value Portrait."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="value_portrait",
    title="Value Portrait",
    citation="Han et al. (2025). Value Portrait. ACL 2025.",
    data=("value_portrait",),
    licence="MIT",
    material="the paper's own raw answers and ratings",
    verbs={
        "compare_correlations": "valuestats.systems.value_portrait.overwritten:compare_correlations",
        "exclude_ratings": "valuestats.systems.value_portrait.overwritten:exclude_ratings",
        "explain_by_respondent": "valuestats.systems.value_portrait.overwritten:explain_by_respondent",
        "read_published_correlations": "valuestats.systems.value_portrait.release:read_published_correlations",
        "unlabelled_items": "valuestats.systems.value_portrait.comparison:unlabelled_items",
        "value_portrait_comparison": "valuestats.systems.value_portrait.comparison:comparison",
    },
    page="valuestats.systems.value_portrait.page",
    readers={"value_portrait": "valuestats.systems.value_portrait.release:READER"},
)
