"""Altair figures drawn from tidy frames; no figure computes an estimate."""

from valuestats.charts.results import plot_result

__all__ = ["plot_result"]
