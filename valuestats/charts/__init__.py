"""Altair figures drawn from tidy frames; no figure computes an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["plot_result"]


def __getattr__(name: str) -> Any:
    if name == "plot_result":  # altair loads when a figure is asked for, not with the theme's colours
        from valuestats.charts.results import plot_result

        return plot_result
    raise AttributeError(f"module 'valuestats.charts' has no attribute {name!r}")


if TYPE_CHECKING:
    from valuestats.charts.results import plot_result as plot_result
