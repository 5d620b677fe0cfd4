"""Verbs of response style, sensitivity and counterbalancing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Responses


def _response_style(
    responses: Responses,
    scale: Sequence[int],
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    family: str | None = None,
    **options: Any,
) -> Result:
    from valuestats.prompts.response_style import response_style

    if keyed is not None and family is not None:
        keyed = keyed[keyed["family"] == family]
    return response_style(responses, scale=scale, keyed=keyed, level=level, seed=seed, **options)


def _sensitivity(responses: Responses, over: str, level: float, seed: int, **options: Any) -> Result:
    from valuestats.prompts.sensitivity import sensitivity

    return sensitivity(responses, over=over, level=level, seed=seed, **options)


def _counterbalancing(responses: Responses, terms: Sequence[str] | None = None) -> pd.DataFrame:
    from valuestats.prompts.sensitivity import counterbalancing

    return counterbalancing(responses, terms=terms)


def _simulated_labels(seed: int, **options: Any) -> Responses:
    from valuestats.prompts.simulate import simulate_labels

    return simulate_labels(seed=seed, **options)[0]


def _label_truth(style: Result, seed: int, **options: Any) -> pd.DataFrame:
    """The effects behind `simulated_labels` of the same options, beside what was estimated."""
    from valuestats.prompts.simulate import label_truth, simulate_labels

    return label_truth(simulate_labels(seed=seed, **options)[1], style)


VERBS: dict[str, Callable[..., Any]] = {
    "counterbalancing": _counterbalancing,
    "label_truth": _label_truth,
    "response_style": _response_style,
    "sensitivity": _sensitivity,
    "simulated_labels": _simulated_labels,
}
