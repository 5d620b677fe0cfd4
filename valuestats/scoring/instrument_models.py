"""Models' scores on an instrument from their answers to its items."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from valuestats.instruments import Instrument
from valuestats.scoring.instrument_plan import (
    Form,
    Plan,
    coded,
)
from valuestats.scoring.keyed import item_means
from valuestats.scoring.runs import Resample, offer_runs, resampled_runs, run_cells
from valuestats.statistics.clusters import FEW, ClusterPlan, Resampled, plan_clusters
from valuestats.statistics.ratios import ratio
from valuestats.tables import Responses
from valuestats.tables.units import resampling_units


def model_scores(
    responses: Responses,
    instrument: Instrument,
    plan: Plan,
    form: Form,
    direction: str,
    items: Mapping[str, str] | None,
    replicates: int,
    seed: int,
    level: float,
    resample: Resample = "items",
) -> tuple[pd.DataFrame, Resampled, list[str]]:
    """Scores of each model, with an interval that resamples items, or runs."""
    means = item_means(responses).rename_axis(index="respondent").reset_index()
    long = means.melt("respondent", var_name="item", value_name="rating")
    wide, notes = coded(long, instrument, plan, direction, items)
    y = wide.to_numpy()
    found = plan.score(y)
    named = responses.frame
    if items is not None:
        named = named.assign(item=named["item"].astype(str).map({str(k): str(v) for k, v in items.items()}))
    units = resampling_units(named, plan.items)
    member = units.member
    keyed = plan.sign != 0 if plan.member is None else (plan.sign != 0) @ plan.member > 0
    asked = ~np.isnan(y).all(axis=0)
    n_units = [len(np.unique(member[asked & keyed[:, d]])) for d in range(len(plan.dimensions))]
    point = getattr(found, form)
    if resample == "runs":
        low, high = instrument.scale.bounds
        turn = direction == "descending"
        off = np.where(np.isnan(y), np.nan, 0.0)  # means off the scale stay left out

        def scored_again(means: np.ndarray) -> np.ndarray:
            return np.asarray(getattr(plan.score((low + high - means if turn else means) + off), form))

        resampled, behind = resampled_runs(
            run_cells(named, list(wide.index.astype(str)), plan.items), scored_again, keyed,
            replicates=replicates, seed=seed, level=level,
        )  # fmt: skip
    else:
        drawn = plan_clusters(len(units), replicates, np.random.default_rng(seed), behind=n_units)
        boot = (
            getattr(plan.score(y, drawn.weights[:, member]), form)
            if len(drawn.weights)
            else np.empty((0, *point.shape))
        )
        several = "items" if not units.clustered else "clusters"
        resampled = drawn.finish(boot, point, n_units, level, what=several)
        behind = np.tile(n_units, (len(y), 1))
        notes = notes + offer_runs(responses.frame, n_units)
    scored, total = _answer_counts(responses, wide.index, plan.items, items)
    models, dimensions = found.raw.shape
    table = pd.DataFrame(
        {
            "estimand": f"{form} score",
            "model": np.repeat(wide.index.astype(str).to_numpy(), dimensions),
            "dimension": np.tile(plan.dimensions, models),
            "estimate": point.ravel(),
            "raw_mean": found.raw.ravel(),
            "centred_mean": found.centred.ravel(),
            "std_dev": np.nan,
            "weighting": plan.weighting,
            "n_scored": (scored @ keyed).ravel(),
            "n_asked": (total @ keyed).ravel(),
            "n_items": np.tile(plan.n_items, models),
            "n_units": behind.ravel(),
        }
    )
    return table, resampled, notes + resampled.warnings


def _answer_counts(
    responses: Responses, models: pd.Index, wanted: list[str], items: Mapping[str, str] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Valid and all answers, each models x items."""
    named = responses.frame["item"].astype(str)
    if items is not None:
        named = named.map({str(k): str(v) for k, v in items.items()})
    rows = pd.DataFrame(
        {
            "model": responses.frame["model"].astype(str),
            "item": named,
            "valid": (responses.frame["status"] == "valid").astype(int),
        }
    )
    grouped = rows.groupby(["model", "item"], observed=True)["valid"]
    found = [
        counts.unstack("item").reindex(index=models.astype(str), columns=wanted).fillna(0).to_numpy(dtype=int)
        for counts in (grouped.sum(), grouped.size())
    ]
    return found[0], found[1]


def with_interval(frame: pd.DataFrame, found: Resampled, level: float) -> pd.DataFrame:
    """The frame with standard errors and intervals of its rows."""
    frame["std_error"], frame["lower"], frame["upper"] = (
        x.ravel() for x in (found.std_error, found.lower, found.upper)
    )
    frame["level"] = level
    frame["interval"] = found.interval.ravel()
    return frame


def group_replicates(
    shared: ClusterPlan,
    member: np.ndarray,
    weight: np.ndarray,
    scores: np.ndarray,
    point: np.ndarray,
    n_units: list[int],
    level: float,
    clustered: bool,
    rng: np.random.Generator,
) -> Resampled:
    """Replicates of one group's means: those of all groups, or of its own clusters where it has few of many."""
    own = np.flatnonzero(weight > 0)
    names, inside = np.unique(member[own], return_inverse=True)
    drawn, who, place = shared, np.arange(len(member)), member
    if not shared.jackknife and len(names) < FEW:
        drawn, who, place = plan_clusters(len(names), shared.replicates, rng), own, inside
    boot = weighted_mean(drawn.weights[:, place] * weight[who], scores[who])
    return drawn.finish(boot, point, n_units, level, what="clusters" if clustered else "respondents")


def weighted_mean(weights: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Weighted mean over respondents who have a score, for each row of weights."""
    seen = ~np.isnan(scores)
    return ratio(weights @ np.nan_to_num(scores), weights @ seen.astype(float))
