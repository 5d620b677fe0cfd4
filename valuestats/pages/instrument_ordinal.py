"""What the ordinal report on an instrument shows."""

from __future__ import annotations

from valuestats.base.labels import readable
from valuestats.figures.profiles import profile_chart
from valuestats.pages.instrument_comparison import widest_dimension
from valuestats.regression.figures import predictive_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy

__all__ = [
    "StoredStudy",
    "md",
    "predictive_chart",
    "profile_chart",
    "readable",
    "setup",
    "show",
    "show_table",
    "widest_dimension",
]
