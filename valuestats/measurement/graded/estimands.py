"""Draws of a graded response model turned into parameters with names, and what the model predicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.measurement.graded.correlations import correlation_factor
from valuestats.measurement.graded.design import GradedDesign
from valuestats.measurement.graded.marginal import trait_draws
from valuestats.measurement.graded.model import GradedLayout
from valuestats.statistics.ordinal import Link, category_probabilities
from valuestats.statistics.reliability import pairwise_covariance

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GradedDraws:
    """Draws with the chains kept apart: every array begins with ``(chain, draw)``.

    Attributes
    ----------
    discrimination
        Of the average group, ``(..., items)``.
    threshold
        Mean over groups, ``(..., items, categories - 1)``.
    theta
        ``(..., respondents, traits)``.
    correlation
        ``(..., traits, traits)``.
    mean, sd
        Trait mean and standard deviation of each group's population, ``(..., groups)``.
    loading, residual
        Deviations of each group's log discriminations and log residual standard deviations, ``(..., groups, items)``.
    shift
        Of its thresholds in trait standard deviations, ``(..., groups, items, categories - 1)``.
    spread
        Standard deviations over items of the deviations named in `kinds`, ``(..., kinds)``.
    kinds
        See `valuestats.measurement.graded.model.deviating`; empty for one group.
    slope, cut
        Discriminations and thresholds as they act in each group, ``(..., groups, items[, categories - 1])``.
    """

    discrimination: Floats
    threshold: Floats
    theta: Floats
    correlation: Floats
    mean: Floats
    sd: Floats
    loading: Floats
    residual: Floats
    shift: Floats
    spread: Floats
    kinds: tuple[str, ...]
    slope: Floats
    cut: Floats


def graded_draws(
    layout: GradedLayout, x: Floats, link: Link, *, theta: Floats | None = None, seed: int = 0
) -> GradedDraws:
    """Parameters from draws of the coordinates, ``(chains, draws, coordinates)``; a single trait is drawn here."""
    design = layout.design
    parts = layout.split(x)
    moved = layout.deviations(parts)
    slope, cut = layout.items_of(parts, moved)
    mean, sd = layout.groups_of(parts)
    a = np.exp(parts["log_a"])
    lead = a.shape[:2]
    nu = cut * np.exp(moved["residual"])[..., None]
    common = nu.mean(axis=2)
    factor = np.ones((*lead, 1, 1))
    if design.traits > 1:
        factor = correlation_factor(np.tanh(parts["partial"]), design.traits)
    if theta is None:
        slopes, cuts, means, sds = (v.reshape(-1, *v.shape[2:]) for v in (slope, cut, mean, sd))
        rng = np.random.default_rng(seed)
        theta = trait_draws(slopes, cuts, means, sds, design, link, rng).reshape(*lead, -1, 1)
    return GradedDraws(
        discrimination=a,
        threshold=common,
        theta=theta,
        correlation=factor @ np.swapaxes(factor, -1, -2),
        mean=mean,
        sd=sd,
        loading=moved["loading"],
        residual=moved["residual"],
        shift=(nu - common[:, :, None]) / a[:, :, None, :, None],
        spread=layout.spreads(parts),
        kinds=layout.kinds,
        slope=slope,
        cut=cut,
    )


def standardised_loading(discrimination: Floats, link: Link) -> Floats:
    r"""Loading of the latent answer on its trait, :math:`a/\sqrt{a^2 + v}`, v = 1 (probit) or pi²/3 (logit).

    Examples
    --------
    >>> standardised_loading(np.array([1.0]), "probit").round(4).tolist()
    [0.7071]
    """
    noise = 1.0 if link == "probit" else np.pi**2 / 3
    return np.asarray(discrimination / np.sqrt(discrimination**2 + noise), dtype=float)


def item_information_curve(discrimination: Floats, threshold: Floats, theta: Floats, link: Link) -> Floats:
    r"""Fisher information :math:`\sum_k P_k'^2/P_k` of each item at each trait value (Samejima 1969).

    Parameters
    ----------
    discrimination
        Shape ``(items,)``.
    threshold
        Shape ``(items, K - 1)``.
    theta
        Shape ``(points,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(points, items)``.

    Examples
    --------
    >>> item_information_curve(np.array([2.0]), np.array([[0.0]]), np.array([0.0]), "logit").tolist()
    [[1.0]]
    """
    eta = theta[:, None] * discrimination
    p = category_probabilities(threshold, eta, link=link)
    cut = threshold - eta[..., None]
    if link == "logit":
        e = np.exp(-np.abs(cut))
        density = e / (1 + e) ** 2
    else:
        density = np.exp(-0.5 * cut**2) / np.sqrt(2 * np.pi)
    zero = np.zeros((*eta.shape, 1))
    slope = discrimination[:, None] * np.diff(np.concatenate([zero, density, zero], axis=-1), axis=-1)
    return np.divide(slope**2, p, out=np.zeros_like(p), where=p > 1e-300).sum(axis=-1)


@dataclass(frozen=True)
class GradedCheck:
    """Posterior predictive checks.

    Attributes
    ----------
    p_shares
        Posterior predictive p of the items' category counts (chi-square discrepancy).
    p_structure
        Posterior predictive p of the correlations between items.
    residual
        Observed less replicated mean correlation of the items, shape ``(items, items)``.
    """

    p_shares: float
    p_structure: float
    residual: Floats


def check_graded(
    draws: GradedDraws, design: GradedDesign, link: Link, seed: int, replicates: int = 60
) -> GradedCheck:
    """Replicate the answers under evenly spaced draws and compare counts and correlations.

    The correlation discrepancy is the sum of squared differences to the mean replicated correlations; it is large where
    items share more than their traits (local dependence).
    """
    rng = np.random.default_rng(seed)
    chains, kept = draws.slope.shape[:2]
    chosen = np.unique(np.linspace(0, chains * kept - 1, replicates).astype(int))
    flat = {
        name: getattr(draws, name).reshape(chains * kept, *getattr(draws, name).shape[2:])[chosen]
        for name in ("slope", "cut", "theta")
    }
    seen = design.codes >= 0
    observed = np.where(seen, design.codes, np.nan).astype(float)
    one = np.ones((1, len(observed)))
    r_seen = _correlation(observed, one)
    n_seen = _counts(design.codes, design.categories)
    discrepancy, replicated, shares = [], [], []
    for s in range(len(chosen)):
        slope, cut = flat["slope"][s][design.group], flat["cut"][s][design.group]
        p = category_probabilities(cut, flat["theta"][s][:, design.trait] * slope, link=link)
        drawn = (rng.random(seen.shape)[..., None] > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1)
        expected = (p * seen[..., None]).sum(axis=0)
        fake = np.where(seen, drawn, -1)
        chi = [
            ((c - expected) ** 2 / np.maximum(expected, 1e-9)).sum()
            for c in (n_seen, _counts(fake, design.categories))
        ]
        shares.append(chi[1] >= chi[0])
        replicated.append(_correlation(np.where(seen, drawn, np.nan), one))
    middle = np.nanmean(replicated, axis=0)
    discrepancy = [np.nansum((r - middle) ** 2) for r in replicated]
    own = np.nansum((r_seen - middle) ** 2)
    return GradedCheck(float(np.mean(shares)), float(np.mean(np.array(discrepancy) >= own)), r_seen - middle)


def _correlation(y: Floats, weights: Floats) -> Floats:
    return pairwise_covariance(y, weights).correlation[0]


def _counts(codes: NDArray[np.int64], categories: int) -> Floats:
    return np.stack([(codes == k).sum(axis=0) for k in range(categories)], axis=1).astype(float)
