"""What the comparison of models shows."""

from __future__ import annotations

from valuestats.figures.profiles import heat_chart, interval_chart, profile_chart
from valuestats.figures.statuses import status_chart
from valuestats.keying.correlation_figures import correlation_chart, key_chart
from valuestats.regression.figures import predictive_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.tables import mean_table, profile_table

__all__ = [
    "StoredStudy",
    "correlation_chart",
    "heat_chart",
    "interval_chart",
    "key_chart",
    "md",
    "mean_table",
    "predictive_chart",
    "profile_chart",
    "profile_table",
    "setup",
    "show",
    "show_table",
    "status_chart",
]
