"""Which figure belongs to which kind of result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from valuestats.charts import (
    countries,
    designs,
    keying,
    measurement,
    missing,
    ordinal_fits,
    perspectives,
    poles,
    profiles,
    psychometrics,
    quality,
    quantities,
    shares,
    similarity,
    styles,
    surveys,
)
from valuestats.charts.types import Figure
from valuestats.errors import SpecificationError
from valuestats.result import Result

_FIGURES: dict[str, Callable[..., Any]] = {
    "agreement": psychometrics.coefficient_chart,
    "circumplex": measurement.circumplex_chart,
    "condition_effect": quantities.quantity_chart,
    "decision": designs.decision_chart,
    "demographic_alignment": countries.alignment_chart,
    "dif": measurement.dif_chart,
    "diversity": perspectives.diversity_chart,
    "generalizability": designs.component_chart,
    "graded_response": measurement.loading_chart,
    "group_comparison": measurement.comparison_chart,
    "homogenisation": quantities.quantity_chart,
    "instrument_scores": psychometrics.instrument_chart,
    "invariance": measurement.invariance_chart,
    "item_values": quality.correlation_chart,
    "key_validity": keying.validity_chart,
    "missing_bounds": missing.bounds_chart,
    "missing_joint": missing.joint_chart,
    "missing_sensitivity": missing.sensitivity_curve,
    "noise_ceiling": quantities.quantity_chart,
    "opposed_values": poles.poles_chart,
    "ordinal": profiles.profile_chart,
    "ordinal_effect": ordinal_fits.prediction_chart,
    "ordinal_fit": ordinal_fits.coefficient_chart,
    "ordinal_prediction": ordinal_fits.prediction_chart,
    "orientations": shares.orientation_chart,
    "plausible_means": psychometrics.plausible_chart,
    "population_shares": surveys.shares_chart,
    "poststratified": shares.shares_chart,
    "poststratified_scores": ordinal_fits.prediction_chart,
    "refusal_rates": missing.refusal_chart,
    "reliability": psychometrics.coefficient_chart,
    "representation": quantities.quantity_chart,
    "response_style": styles.style_chart,
    "scores": profiles.profile_chart,
    "sensitivity": styles.sensitivity_chart,
    "shrunken_item_values": keying.shrinkage_chart,
    "similarity": similarity.similarity_chart,
    "stereotype": quantities.quantity_chart,
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
