"""What the ordinal report on an instrument shows."""

from __future__ import annotations

from valuestats.figures.profiles import profile_chart
from valuestats.pages.decision import decision_sentence
from valuestats.pages.ordinal_parts import predictive_frame, rank_caption, rank_figure
from valuestats.regression.figures import predictive_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy

__all__ = [
    "StoredStudy",
    "decision_sentence",
    "md",
    "predictive_chart",
    "predictive_frame",
    "profile_chart",
    "rank_caption",
    "rank_figure",
    "setup",
    "show",
    "show_table",
]
