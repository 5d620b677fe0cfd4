"""Words of refusal rates that their tables, figures and sentences share."""

from __future__ import annotations

from valuestats.tables import STATUSES

ALL = "all"
"""Level that stands for the mean over all levels of a factor."""

MISSING = tuple(s for s in STATUSES if s not in ("valid", "not_administered"))
"""Statuses of answers that were asked for and are not there."""
