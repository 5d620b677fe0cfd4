"""Sentences, captions and tables of the Value Portrait page."""

from __future__ import annotations

from valuestats.generalizability.figures import power_chart
from valuestats.generalizability.sentences import required_sentence
from valuestats.keying.figures import (
    item_value_map,
    rank_shift_chart,
    ranking_chart,
    shrinkage_chart,
    validity_chart,
)
from valuestats.measurement.page import circle_caption
from valuestats.missing.sentences import tipping_sentence
from valuestats.prompts.figures import label_truth_chart
from valuestats.prompts.sentences import counterbalance_sentence
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.systems.tables import comparison_table
from valuestats.systems.value_portrait.figures import agreement_chart, difference_chart
from valuestats.systems.value_portrait.page.captions import (
    component_caption,
    consistency_caption,
    dif_caption,
    difference_caption,
    label_caption,
    map_caption,
    missing_caption,
    power_caption,
    ranking_caption,
    retest_caption,
    scores_caption,
    sensitivity_caption,
    shift_caption,
    shrinkage_caption,
    style_caption,
    validity_caption,
)
from valuestats.systems.value_portrait.page.keys import (
    SCORES,
    coefficient_sentence,
    coefficient_table,
    map_sentence,
    ranking_sentence,
    ranking_table,
    several_table,
    signed_sentence,
    signed_table,
    survival_sentence,
    survival_table,
    validity_table,
)
from valuestats.systems.value_portrait.page.published import (
    agreement_table,
    audit_table,
    lost_table,
    parser_table,
    verdict_sentence,
)

__all__ = [
    "SCORES",
    "StoredStudy",
    "agreement_chart",
    "agreement_table",
    "audit_table",
    "circle_caption",
    "coefficient_sentence",
    "coefficient_table",
    "comparison_table",
    "component_caption",
    "consistency_caption",
    "counterbalance_sentence",
    "dif_caption",
    "difference_caption",
    "difference_chart",
    "item_value_map",
    "label_caption",
    "label_truth_chart",
    "lost_table",
    "map_caption",
    "map_sentence",
    "md",
    "missing_caption",
    "parser_table",
    "power_caption",
    "power_chart",
    "rank_shift_chart",
    "ranking_caption",
    "ranking_chart",
    "ranking_sentence",
    "ranking_table",
    "required_sentence",
    "retest_caption",
    "scores_caption",
    "sensitivity_caption",
    "setup",
    "several_table",
    "shift_caption",
    "show",
    "show_table",
    "shrinkage_caption",
    "shrinkage_chart",
    "signed_sentence",
    "signed_table",
    "style_caption",
    "survival_sentence",
    "survival_table",
    "tipping_sentence",
    "validity_caption",
    "validity_chart",
    "validity_table",
    "verdict_sentence",
]
