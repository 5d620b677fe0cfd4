"""Draws of a graded response model turned into parameters with names, and what the model predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from valuestats.kernels.ordinal import Link, category_probabilities
from valuestats.kernels.reliability import pairwise_covariance
from valuestats.models.graded_marginal import patterns, trait_draws
from valuestats.models.graded_model import GradedDesign, cholesky_draws, gap_basis
from valuestats.models.ordinal_model import zero_sum_basis

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GradedDraws:
    """Draws with the chains kept apart: every array begins with ``(chain, draw)``.

    Attributes
    ----------
    discrimination
        ``(..., items)``.
    threshold
        ``(..., items, categories - 1)``.
    theta
        ``(..., respondents, traits)``.
    correlation
        ``(..., traits, traits)``.
    mean, sd
        Trait mean and standard deviation of each group's population, ``(..., groups)``.
    loading, shift
        Deviations of each group's log discriminations and thresholds, ``(..., groups, items)``.
    spread
        Standard deviations of the two kinds of deviation over items, ``(..., 2)``.
    """

    discrimination: Floats
    threshold: Floats
    theta: Floats
    correlation: Floats
    mean: Floats
    sd: Floats
    loading: Floats
    shift: Floats
    spread: Floats


def graded_draws(tree: xr.DataTree, design: GradedDesign, link: Link, seed: int) -> GradedDraws:
    """Parameters of `build_graded` from its free variables; a single trait is drawn here."""
    found = {name: array.to_numpy() for name, array in tree["posterior"].to_dataset().data_vars.items()}
    a = np.exp(found["log_a"])
    cut = np.repeat(found["middle"][..., None], design.categories - 1, axis=-1)
    if design.categories > 2:
        cut = cut + np.exp(found["log_gap"]) @ gap_basis(design.categories)
    lead, items, groups = a.shape[:2], a.shape[2], design.groups
    mean, sd = np.zeros((*lead, groups)), np.ones((*lead, groups))
    loading, shift = np.zeros((2, *lead, groups, items))
    spread = np.zeros((*lead, 2))
    factor = np.ones((*lead, 1, 1))
    if design.traits > 1:
        factor = cholesky_draws(found["partial"], design.traits)
        theta = found["z"] @ np.swapaxes(factor, -1, -2)
        # eta = a (theta - m) / s with m and s of the respondents = (a / s) theta - (a / s) m
        a = a / theta.std(axis=2)[..., design.trait]
        cut = cut + (a * theta.mean(axis=2)[..., design.trait])[..., None]
        return GradedDraws(
            a, cut, theta, factor @ np.swapaxes(factor, -1, -2), mean, sd, loading, shift, spread
        )
    if groups > 1:
        of_groups, of_items = zero_sum_basis(groups), zero_sum_basis(items).T
        mean, sd = found["mean"] @ of_groups.T, np.exp(found["log_sd"] @ of_groups.T)
        spread = np.stack([found["loading_spread"], found["threshold_spread"]], axis=-1)
        loading = spread[..., 0, None, None] * (of_groups @ found["loading_raw"] @ of_items)
        shift = spread[..., 1, None, None] * (of_groups @ found["threshold_raw"] @ of_items)
    slope = a[..., None, :] * np.exp(loading)
    moved = cut[..., None, :, :] + (a[..., None, :] * shift)[..., None]
    index, _, of = patterns(design.codes, design.group, design.categories)
    theta = trait_draws(
        slope.reshape(-1, groups, items),
        moved.reshape(-1, groups, *cut.shape[2:]),
        mean.reshape(-1, groups),
        sd.reshape(-1, groups),
        index,
        of,
        design.group,
        link,
        np.random.default_rng(seed),
    )
    return GradedDraws(a, cut, theta.reshape(*lead, -1, 1), factor, mean, sd, loading, shift, spread)


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
    chains, kept = draws.discrimination.shape[:2]
    chosen = np.unique(np.linspace(0, chains * kept - 1, replicates).astype(int))
    flat = {
        name: getattr(draws, name).reshape(chains * kept, *getattr(draws, name).shape[2:])[chosen]
        for name in ("discrimination", "threshold", "theta", "loading", "shift")
    }
    seen = design.codes >= 0
    observed = np.where(seen, design.codes, np.nan).astype(float)
    one = np.ones((1, len(observed)))
    r_seen = _correlation(observed, one)
    n_seen = _counts(design.codes, design.categories)
    discrepancy, replicated, shares = [], [], []
    for s in range(len(chosen)):
        a = flat["discrimination"][s]
        slope = (a * np.exp(flat["loading"][s]))[design.group]
        cut = flat["threshold"][s] + (a * flat["shift"][s])[design.group][..., None]
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
