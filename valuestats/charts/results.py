"""Which figure belongs to which kind of result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from valuestats.charts.designs import component_chart, decision_chart
from valuestats.charts.perspectives import diversity_chart
from valuestats.charts.profiles import profile_chart
from valuestats.charts.psychometrics import coefficient_chart, instrument_chart
from valuestats.charts.quality import correlation_chart
from valuestats.charts.quantities import quantity_chart
from valuestats.charts.shares import orientation_chart, shares_chart
from valuestats.charts.similarity import similarity_chart
from valuestats.charts.styles import sensitivity_chart, style_chart
from valuestats.charts.surveys import shares_chart
from valuestats.charts.types import Figure
from valuestats.errors import SpecificationError
from valuestats.result import Result

_FIGURES: dict[str, Callable[..., Any]] = {
    "diversity": diversity_chart,
    "condition_effect": quantity_chart,
    "demographic_alignment": similarity_chart,
    "homogenisation": quantity_chart,
    "item_values": correlation_chart,
    "noise_ceiling": quantity_chart,
    "ordinal": profile_chart,
    "population_shares": shares_chart,
    "agreement": coefficient_chart,
    "decision": decision_chart,
    "generalizability": component_chart,
    "instrument_scores": instrument_chart,
    "item_values": correlation_chart,
    "ordinal": profile_chart,
    "reliability": coefficient_chart,
    "response_style": style_chart,
    "orientations": orientation_chart,
    "poststratified": shares_chart,
    "representation": quantity_chart,
    "scores": profile_chart,
    "sensitivity": sensitivity_chart,
    "similarity": similarity_chart,
    "stereotype": quantity_chart,
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
