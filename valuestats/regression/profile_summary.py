"""From a fit to what its `Result` carries: tidy estimates, warnings, predictive records, diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from valuestats.base.labels import p_value
from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.gate import Diagnosed, worst_of_each
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.profile_estimands import OrdinalDraws, cell_locations, stacked, structural_draws
from valuestats.regression.profile_predictive import PredictiveCheck, predictive_check
from valuestats.regression.structure import Structure
from valuestats.statistics.ordinal import Link
from valuestats.statistics.resampling import equal_tailed

_PREDICTIVE_DRAWS = 200


def check_predictions(
    tree: xr.DataTree, design: OrdinalDesign, parts: Structure, link: Link, seed: int
) -> PredictiveCheck:
    """The posterior predictive check on some hundred of the draws."""
    some = stacked(tree, at_most=_PREDICTIVE_DRAWS)
    draws = structural_draws(some, design, parts, link)
    locations = cell_locations(some, design, parts, draws)
    return predictive_check(design, draws, locations, link=link, seed=seed)


def by_chain(tree: xr.DataTree, draws: OrdinalDraws, scores: np.ndarray) -> xr.DataTree:
    """The reported estimands with chains apart, for R-hat and effective sample sizes."""
    sizes = tree["posterior"].sizes
    shape = (sizes["chain"], sizes["draw"])
    arrays = {"profile": draws.profile, "expected_score": scores, "interaction_sd": draws.interaction}
    data = {
        name: (
            ("chain", "draw", *(f"{name}_{i}" for i in range(a.ndim - 1))),
            a.reshape(*shape, *a.shape[1:]),
        )
        for name, a in arrays.items()
        if a.any()
    }
    groups = {"posterior": xr.Dataset(data)}
    if "sample_stats" in tree.children:
        groups["sample_stats"] = tree["sample_stats"].to_dataset()
    return xr.DataTree.from_dict(groups)


def tidy(
    design: OrdinalDesign,
    profile: np.ndarray,
    scores: np.ndarray,
    asked: pd.DataFrame,
    keys: pd.DataFrame,
    level: float,
    estimand: str,
) -> pd.DataFrame:
    """One row per model asked and value; NaN where a model gave no valid answer at all."""
    lower, upper = equal_tailed(profile, level)
    score_lower, score_upper = equal_tailed(scores, level)
    cells = pd.MultiIndex.from_product([design.models, design.values], names=["model", "value"])
    estimated = pd.DataFrame(
        {
            "estimate": profile.mean(axis=0).ravel(),
            "std_error": profile.std(axis=0, ddof=1).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "expected_score": scores.mean(axis=0).ravel(),
            "expected_score_lower": score_lower.ravel(),
            "expected_score_upper": score_upper.ravel(),
        },
        index=cells,
    )
    number = asked["count"] if "count" in asked.columns else pd.Series(1, index=asked.index)
    rows = asked.assign(
        model=asked["model"].astype(str),
        item=asked["item"].astype(str),
        n_scored=number.where((asked["status"] == "valid") & asked["answer"].notna(), 0),
        n_asked=number,
    )[["model", "item", "n_scored", "n_asked"]]
    values = keys.assign(item=keys["item"].astype(str), value=keys["dimension"].astype(str))[
        ["item", "value"]
    ]
    per_item = rows.groupby(["model", "item"], as_index=False)[["n_scored", "n_asked"]].sum()
    counts = per_item.merge(values, on="item").groupby(["model", "value"])[["n_scored", "n_asked"]].sum()
    everyone = pd.MultiIndex.from_product(
        [sorted(rows["model"].unique()), design.values], names=["model", "value"]
    )
    frame = estimated.reindex(everyone).join(counts).reset_index()
    frame[["n_scored", "n_asked"]] = frame[["n_scored", "n_asked"]].fillna(0).astype(int)
    frame["level"], frame["interval"] = level, "posterior, equal-tailed"
    frame.insert(0, "estimand", estimand)
    head = ["estimand", "model", "value", "estimate", "std_error", "lower", "upper", "level", "interval"]
    tail = ["n_scored", "n_asked", "expected_score", "expected_score_lower", "expected_score_upper"]
    return frame[head + tail]


def notes(
    frame: pd.DataFrame,
    design: OrdinalDesign,
    parts: Structure,
    check: PredictiveCheck,
    effects: Sequence[str],
) -> list[str]:
    """What a reader of the estimates must know."""
    found = []
    silent = sorted(set(frame["model"]) - set(design.models))
    if silent:
        found.append(f"without any valid answer and not estimated: {', '.join(silent)}")
    pooled = frame[(frame["n_scored"] == 0) & frame["estimate"].notna()]
    for model, group in pooled.groupby("model"):
        found.append(
            f"{model} gave no valid answer for {', '.join(group['value'])}: pooled from other models"
        )
    empty = design.codes[design.counts.sum(axis=0) == 0]
    if len(empty):
        found.append(f"never used, so known from the prior only: the answer {', '.join(map(str, empty))}")
    for m, model in enumerate(design.models):
        used = design.codes[design.counts[design.model == m].sum(axis=0) > 0]
        if len(used) == 1:
            found.append(f"{model} gave no other answer than {used[0]}: its profile rests on the prior")
    lost = 1 - frame["n_scored"].sum() / max(frame["n_asked"].sum(), 1)
    if lost > 0:
        found.append(
            f"{lost:.1%} of the answers asked for are not scored; they are taken as missing at random"
        )
    if not parts.cluster:
        found.append("items are taken as independent of each other: no cluster holds more than one item")
    if len(design.models) > 1 and not parts.interaction:
        found.append("too few repeated answers to separate the model x item effect from answer noise")
    if not effects:
        found.append("wording and option order are part of the answer noise, not separate effects")
    for level in ("model x value", "item"):
        if check.p_values[level] < 0.01:
            rows = check.shares[check.shares["group"] == level]
            off = (rows["observed"] - rows["predicted"]).abs()
            found.append(
                f"the shares of answers by {level} differ from the model's by more than chance ("
                f"{p_value(check.p_values[level])}): by {off.mean():.3f} on average, at most by {off.max():.2f}"
            )
    return found


def predictive_records(check: PredictiveCheck) -> dict[str, Any]:
    """The predictive check as plain records, for the figure."""
    return {
        "p_values": check.p_values,
        "shares": check.shares.to_dict("records"),
        "agreement": check.agreement.astype(object).where(check.agreement.notna(), None).to_dict("records"),
    }


def diagnostics(
    tree: xr.DataTree, design: OrdinalDesign, estimands: xr.DataTree, found: Diagnosed, level: float
) -> dict[str, Any]:
    """Sampler record, and R-hat and effective sample sizes of estimands (`found` of some) and spreads."""
    scalars = [
        str(name)
        for name, array in tree["posterior"].data_vars.items()
        if set(array.dims) == {"chain", "draw"}
    ]
    of_scalars = worst_of_each(tree, scalars) if scalars else {}
    spreads = {
        name: {
            "mean": float(tree["posterior"][name].mean()),
            "lower": float(tree["posterior"][name].quantile((1 - level) / 2)),
            "upper": float(tree["posterior"][name].quantile((1 + level) / 2)),
            **of_scalars[name],
        }
        for name in scalars
    }
    rest = [str(name) for name in estimands["posterior"].data_vars if name not in found]
    return {
        **{str(name): value for name, value in tree.attrs.items()},
        "cells": len(design.counts),
        "answers": design.answers,
        "items": len(design.items),
        "clusters": None if design.cluster is None else int(design.cluster.max()) + 1,
        "variables": {**found, **(worst_of_each(estimands, rest) if rest else {})},
        "spreads": spreads,
    }


def condition_effects(tree: xr.DataTree, design: OrdinalDesign, level: float) -> list[dict[str, Any]]:
    """Effects of wording and order that are common to all models, in units of the link, and their spread.

    One record per condition and label: posterior mean, equal-tailed interval, and the posterior mean of the
    standard deviation of models' own deviations from the common effect (null with one model).
    """
    records: list[dict[str, Any]] = []
    posterior = tree["posterior"]
    for name, labels in (("wording", design.wordings), ("order", design.orders)):
        if name not in posterior.data_vars:
            continue
        raw = posterior[name].to_numpy().reshape(-1, len(labels) - 1)
        effect = raw @ zero_sum_basis(len(labels)).T
        lower, upper = equal_tailed(effect, level)
        spread = f"{name}_spread"
        between = float(posterior[spread].mean()) if spread in posterior.data_vars else None
        for k, label in enumerate(labels):
            records.append(
                {
                    "condition": name,
                    "label": str(label),
                    "estimate": float(effect[:, k].mean()),
                    "lower": float(lower[k]),
                    "upper": float(upper[k]),
                    "between_models_sd": between,
                }
            )
    return records
