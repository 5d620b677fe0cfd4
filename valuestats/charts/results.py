"""Which figure belongs to which kind of result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from valuestats.charts.ordinal_fits import coefficient_chart, prediction_chart
from valuestats.charts.perspectives import diversity_chart
from valuestats.charts.profiles import profile_chart
from valuestats.charts.quality import correlation_chart
from valuestats.charts.similarity import similarity_chart
from valuestats.charts.surveys import shares_chart
from valuestats.charts.types import Figure
from valuestats.errors import SpecificationError
from valuestats.result import Result

_FIGURES: dict[str, Callable[..., Any]] = {
    "diversity": diversity_chart,
    "item_values": correlation_chart,
    "ordinal": profile_chart,
    "ordinal_effect": prediction_chart,
    "ordinal_fit": coefficient_chart,
    "ordinal_prediction": prediction_chart,
    "population_shares": shares_chart,
    "scores": profile_chart,
    "similarity": similarity_chart,
}


def plot_result(result: Result, **options: Any) -> Figure:
    """Draw the figure that belongs to ``result.kind``.

    Raises
    ------
    SpecificationError
        A kind of result that has no figure.
    """
    figure = _FIGURES.get(result.kind)
    if figure is None:
        raise SpecificationError(
            "no figure for this kind of result",
            parameter="kind",
            got=result.kind,
            expected=", ".join(_FIGURES),
        )
    return figure(result, **options)
