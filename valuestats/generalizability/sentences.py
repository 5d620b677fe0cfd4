"""Sentences of generalizability and decision studies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import listed, number, readable
from valuestats.results.result import Result


def generalizability_sentence(result: Result) -> str:
    """The sentence of generalizability."""
    frame = result.estimates
    told = result.meta["specification"]
    shares = frame.groupby("component", sort=False)["share"].mean()
    if shares.isna().all():
        return "All answers are the same, so there is no variance to divide."
    largest = shares.drop("model").sort_values(ascending=False).head(2)
    several = frame["dimension"].nunique()
    where = f" (mean over {several} dimensions)" if several > 1 else ""
    parts = [f"{share:.0%} in {_component(name)}" for name, share in largest.items()]
    few = min(n for levels in told["levels"].values() for n in levels.values())
    caveat = f"; with a facet of {few} levels its own components are hardly known" if few < 5 else ""
    return (
        f"Of the variance of {'centred ' if told['centred'] else ''}answers {shares['model']:.0%} lies between models, "
        f"{listed(parts)}{where}, from {number(frame.groupby('dimension')['n_scored'].first().sum())} of "
        f"{number(frame.groupby('dimension')['n_asked'].first().sum())} answers; every facet's levels are taken as a sample"
        f"{caveat}."
    )


def _among(designs: int) -> str:
    return "The design" if designs == 1 else f"Of {number(designs)} designs the most precise"


def _component(name: object) -> str:
    return readable(str(name)).replace(" x ", " × ")


def decision_sentence(result: Result) -> str:
    """The sentence of decision."""
    told = result.meta["specification"]
    frame = result.estimates
    known = frame[np.isfinite(frame["estimate"])].sort_values("estimate")
    if known.empty:
        return "No variance between models was found, so no design can be precise relative to it."
    best = known.iloc[0]
    upper = f"{best['upper']:.2f}" if np.isfinite(best["upper"]) else "any width"
    rest = f" except {listed([readable(f) for f in told['fixed']])}" if told["fixed"] else ""
    return (
        f"{_among(len(frame['design'].unique()))} ({best['design']}; "
        f"{readable(best['dimension'])}) gives a model's score an interval of ±{best['estimate']:.2f} SDs of models "
        f"({told['error']} error; itself uncertain, {best['lower']:.2f} to {upper}), a dependability of "
        f"{best['dependability']:.2f}; facets' levels are taken as a sample{rest}."
    )


def required_sentence(table: pd.DataFrame, *, half_width: float) -> str:
    """What `required_sizes` found, in one sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"dimension": ["Power"], "n_wording": [3], "n_item": [40], "answers": [240], "floor": [0.05]})
    >>> required_sentence(frame, half_width=0.1)
    'An interval of ±0.1 SDs of models is reached, at the estimates, for 1 of 1 dimensions: Power (3 wordings and 40 items).'
    """
    first, second = [str(c) for c in table.columns if str(c).startswith("n_")]
    all_of = len(table["dimension"].unique())
    reached = table.dropna(subset=second).sort_values("answers").drop_duplicates("dimension")
    if reached.empty:
        floor = table["floor"].dropna()
        rest = f"; the narrowest that stays is ±{floor.min():.2f}" if len(floor) else ""
        return f"No number tried gives an interval of ±{half_width:g} SDs of models in any of {all_of} dimensions{rest}."
    told = [
        f"{readable(str(row['dimension']))} ({row[first]:,} {readable(first[2:])}s and {row[second]:,} "
        f"{readable(second[2:])}s)"
        for _, row in reached.iterrows()
    ]
    where = f"{len(reached)} of {all_of} dimensions: {listed(told)}"
    return f"An interval of ±{half_width:g} SDs of models is reached, at the estimates, for {where}."
