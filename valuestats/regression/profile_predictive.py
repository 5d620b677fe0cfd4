"""Posterior predictive checks of counted ordered answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.special import expit, ndtr

from valuestats.latent.design import index_term
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.methods import predictive_p
from valuestats.regression.profile_estimands import OrdinalDraws
from valuestats.statistics.ordinal import Link, agreement_of_cells, category_probabilities
from valuestats.statistics.resampling import equal_tailed

Floats = NDArray[np.float64]
_MANY_PER_CELL = 10  # answers, from which they are drawn all at once


@dataclass(frozen=True)
class PredictiveCheck:
    """Observed against replicated answers.

    Attributes
    ----------
    shares
        Tidy frame: ``group`` (as in `p_values`), ``label``, ``value`` (for model x value, else empty),
        ``code``, ``observed`` (share), ``predicted``, ``lower``, ``upper`` (of replicated shares) and ``n``.
    p_values
        Posterior predictive p-value of the discrepancy over group x category, for the groups
        ``"model"``, ``"model x value"`` and ``"item"``.
    agreement
        Tidy frame per model: observed and replicated share of agreeing pairs among the answers of one cell.
    """

    shares: pd.DataFrame
    p_values: dict[str, float]
    agreement: pd.DataFrame

    @property
    def p_value(self) -> float:
        """What the gate looks at: the p-value over model x category.

        It asks what the reported profiles rest on, whether thresholds and locations give back how each model
        uses the options. The finer groups are reported beside it: with tens of thousands of answers they find
        any item whose answers spread unlike the others', so their misfit is stated with its size instead.
        """
        return self.p_values["model"]


def predictive_check(
    design: OrdinalDesign,
    draws: OrdinalDraws,
    locations: Floats,
    *,
    link: Link,
    seed: int,
    level: float = 0.95,
) -> PredictiveCheck:
    """Replicate the answers of every cell from each draw and compare.

    The replicates are conditional on the draws of all effects: the check asks whether the *ordered response
    model* (thresholds, link, additive location) can produce the shares that were seen. The discrepancy is
    ``sum (sqrt n - sqrt E)^2`` over group x category (Freeman and Tukey 1950, which rare categories don't
    dominate), with E from the same draw; its p-value is the share of draws in
    which the replicate's discrepancy is at least the observed one (Gelman, Meng and Stern 1996). Such p-values
    are conservative: a small one means misfit, a middling one is no proof of fit.

    Parameters
    ----------
    design
        The counted cells.
    draws, locations
        From `valuestats.regression.profile_estimands`: some hundred draws are enough.
    link
        That of the model.
    seed
        Seed of the replicates.
    level
        Probability inside the intervals of the replicated shares.

    Returns
    -------
    PredictiveCheck
    """
    rng = np.random.default_rng(seed)
    size, categories = len(locations), design.counts.shape[1]
    totals = design.counts.sum(axis=1)
    n_models, n_items, n_values = len(design.models), len(design.items), len(design.values)
    sizes = {"model": n_models, "item": n_items, "model x value": n_models * n_values}
    members = [
        index_term(design.model, n_models),
        index_term(design.item, n_items),
        _value_members(design),
    ]
    adds = csr_array(vstack([member.T for member in members]))
    cuts = np.cumsum(list(sizes.values()))[:-1]
    expected = {g: np.empty((size, n, categories)) for g, n in sizes.items()}
    replicated = {g: np.empty((size, n, categories)) for g, n in sizes.items()}
    same = np.empty((size, n_models))
    repeated = totals >= 2
    answers = _Answers(totals.astype(np.int64), categories, link)

    def grouped(counts: Floats) -> dict[str, Floats]:
        return dict(zip(sizes, np.split(np.asarray(adds @ counts), cuts), strict=True))

    group_totals = {g: values[:, 0] for g, values in grouped(totals[:, None]).items()}
    cdf = expit if link == "logit" else ndtr
    for s in range(size):
        distance = draws.cutpoints[s][design.model] - locations[s][:, None]
        # sums of cumulative probabilities: a difference of sums keeps all the digits that counts are compared by
        for g, below in grouped(totals[:, None] * cdf(distance)).items():
            whole = np.concatenate([np.zeros((len(below), 1)), below, group_totals[g][:, None]], axis=1)
            expected[g][s] = np.maximum(np.diff(whole, axis=1), 0.0)
        counts = answers.replicate(distance, rng)
        for g, values in grouped(counts).items():
            replicated[g][s] = values
        same[s] = _mean_by(agreement_of_cells(counts), design.model, n_models, repeated)

    observed = grouped(design.counts)
    labels = {
        "model": (design.models, ("",) * n_models),
        "item": (design.items, ("",) * n_items),
        "model x value": (tuple(np.repeat(design.models, n_values)), design.values * n_models),
    }
    frames = [_share_frame(g, *labels[g], design.codes, observed[g], replicated[g], level) for g in sizes]
    p_values = {g: predictive_p(observed[g], expected[g], replicated[g]) for g in sizes}
    low, high = equal_tailed(same, level)
    agreement = pd.DataFrame(
        {
            "model": design.models,
            "observed": _mean_by(agreement_of_cells(design.counts), design.model, n_models, repeated),
            "predicted": same.mean(axis=0),
            "lower": low,
            "upper": high,
        }
    )
    return PredictiveCheck(pd.concat(frames, ignore_index=True), p_values, agreement)


@dataclass(frozen=True)
class _Answers:
    """Answers of cells, drawn by thresholds of a latent variable, or as multinomial numbers where a cell has many."""

    totals: NDArray[np.int64]
    categories: int
    link: Link

    def replicate(self, distance: Floats, rng: np.random.Generator) -> Floats:
        """Counts ``(cells, K)`` from the thresholds' distances to the locations."""
        cells = len(self.totals)
        if self.totals.sum() > _MANY_PER_CELL * cells:
            p = category_probabilities(distance, np.zeros(cells), link=self.link)
            p /= p.sum(axis=1, keepdims=True)
            return rng.multinomial(self.totals, p).astype(float)
        of = np.repeat(np.arange(cells), self.totals)
        noise = rng.logistic(size=len(of)) if self.link == "logit" else rng.normal(size=len(of))
        code = np.zeros(len(of), dtype=np.int64)
        for cut in distance.T:
            code += noise > cut[of]
        return (
            np.bincount(of * self.categories + code, minlength=cells * self.categories)
            .reshape(cells, self.categories)
            .astype(float)
        )


def _value_members(design: OrdinalDesign) -> csr_array:
    """Cells x (model, value): how much of a cell's item is keyed to the value."""
    shared = csr_array(np.abs(design.membership))[design.item].tocoo()
    columns = design.model[shared.row] * len(design.values) + shared.col
    shape = (len(design.model), len(design.models) * len(design.values))
    return csr_array((shared.data, (shared.row, columns)), shape=shape)


def _mean_by(values: Floats, index: NDArray[np.int64], size: int, keep: NDArray[np.bool_]) -> Floats:
    number = np.bincount(index[keep], minlength=size)
    total = np.bincount(index[keep], values[keep], minlength=size)
    return np.divide(total, number, out=np.full(size, np.nan), where=number > 0)


def _share_frame(
    group: str,
    labels: tuple[str, ...],
    values: tuple[str, ...],
    codes: NDArray[np.int64],
    observed: Floats,
    replicated: Floats,
    level: float,
) -> pd.DataFrame:
    n = observed.sum(axis=1, keepdims=True)
    share = np.divide(observed, n, out=np.zeros_like(observed), where=n > 0)
    made = np.divide(replicated, n, out=np.zeros_like(replicated), where=n > 0)
    lower, upper = equal_tailed(made, level)
    return pd.DataFrame(
        {
            "group": group,
            "label": np.repeat(labels, len(codes)),
            "value": np.repeat(values, len(codes)),
            "code": np.tile(codes, len(labels)),
            "observed": share.ravel(),
            "predicted": made.mean(axis=0).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "n": np.repeat(n[:, 0], len(codes)),
        }
    )
