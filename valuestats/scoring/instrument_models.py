"""Models' scores on an instrument from their answers to its items."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from valuestats.base.labels import readable
from valuestats.instruments import Instrument
from valuestats.scoring.instrument_plan import (
    Form,
    Plan,
    coded,
)
from valuestats.scoring.keyed import item_means
from valuestats.statistics.resampling import (
    bootstrap_standard_error,
    cluster_weights,
    expanded_interval,
)
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
) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    """Scores of each model, with an interval that resamples items."""
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
    boot = np.empty((replicates, *found.raw.shape))
    if replicates > 0:
        drawn = cluster_weights(len(units), replicates, np.random.default_rng(seed))[:, member]
        boot = getattr(plan.score(y, drawn), form)
    keyed = plan.sign != 0 if plan.member is None else (plan.sign != 0) @ plan.member > 0
    asked = ~np.isnan(y).all(axis=0)
    n_units = [len(np.unique(member[asked & keyed[:, d]])) for d in range(len(plan.dimensions))]
    scored, total = _answer_counts(responses, wide.index, plan.items, items)
    models, dimensions = found.raw.shape
    table = pd.DataFrame(
        {
            "estimand": f"{form} score",
            "model": np.repeat(wide.index.astype(str).to_numpy(), dimensions),
            "dimension": np.tile(plan.dimensions, models),
            "estimate": getattr(found, form).ravel(),
            "raw_mean": found.raw.ravel(),
            "centred_mean": found.centred.ravel(),
            "std_dev": np.nan,
            "weighting": plan.weighting,
            "n_scored": (scored @ keyed).ravel(),
            "n_asked": (total @ keyed).ravel(),
            "n_items": np.tile(plan.n_items, models),
            "n_units": np.tile(n_units, models),
        }
    )
    thin = [readable(d) for d, n in zip(plan.dimensions, n_units, strict=True) if n < 5]
    if thin:
        notes.append(f"fewer than five items or clusters behind {', '.join(thin)}: their intervals are rough")
    return table, boot, notes


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


def with_interval(frame: pd.DataFrame, boot: np.ndarray, level: float) -> pd.DataFrame:
    """The frame with standard errors and intervals of its rows."""
    flat = boot.reshape(len(boot), -1) if len(boot) else np.empty((0, len(frame)))
    units = frame["n_units"].where(frame["estimate"].notna(), 0).to_numpy()
    frame["std_error"] = np.where(units > 1, bootstrap_standard_error(flat), np.nan)
    frame["lower"], frame["upper"] = expanded_interval(flat, level, units)
    frame["level"] = level
    frame["interval"] = "cluster bootstrap, equal-tailed" if len(flat) else "none"
    return frame
