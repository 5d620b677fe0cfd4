"""What the page of the Big Five shows."""

from __future__ import annotations

from valuestats.measurement.page import (
    dif_caption,
    invariance_caption,
    loadings_caption,
    reliability_caption,
    scale_sentence,
    traits_table,
)
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy

__all__ = [
    "StoredStudy",
    "dif_caption",
    "invariance_caption",
    "loadings_caption",
    "md",
    "reliability_caption",
    "scale_sentence",
    "setup",
    "show",
    "show_table",
    "traits_table",
]
