"""Value profiles at the maximum of the likelihood, to hold estimates against what their priors made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.blocks import Block
from valuestats.latent.design import THRESHOLDS
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.effects_latent import OffsetPosterior
from valuestats.regression.profile_design import latent_design
from valuestats.regression.profile_estimands import OrdinalDraws
from valuestats.regression.structure import Structure
from valuestats.statistics.ordinal import Link

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
_WEAK, _HELD = (
    1e-4,
    1e10,
)  # precisions of what is free (a standard deviation of 100 logits), and of what is held
_UNTOLD = 10.0  # standard error in logits beyond which the likelihood has no maximum to speak of
_TURNS, _LONGEST, _EXACT = 60, 4.0, 1e-8
_EXACT_UP_TO, _PROBES = 1_000, 200  # coefficients, and draws that stand for the covariance of more
_DIFFERENCE = 1e-4


def flat_profiles(
    posterior: xr.Dataset, design: OrdinalDesign, parts: Structure, draws: OrdinalDraws, link: Link
) -> dict[str, Floats]:
    """Profiles, and effects of wording and order, that maximise the likelihood.

    Effects of items, queries, models' interactions with both and their conditions are integrated out by Laplace's method at
    the posterior means of their standard deviations; thresholds per model are held at theirs, common ones are free. The
    maximum is that of the joint likelihood, moved by one Newton step of the integral's derivative.

    Parameters
    ----------
    posterior, design, parts, link
        Draws stacked as by `valuestats.regression.profile_estimands.stacked`, and the model.
    draws
        What `structural_draws` makes of them.

    Returns
    -------
    dict
        ``profile``, shape ``(models, values)``, and ``wording`` and ``order``, shape ``(labels,)``, where they are modelled;
        NaN where the answers set no limit.
    """
    flat, precision, free = _flat_posterior(posterior, design, parts, draws, link)
    x, covariance = _maximum(flat, precision, free)
    rank = np.cumsum(free) - 1
    at = {name: x[place] for name, place in flat.design.slices.items()}
    values = zero_sum_basis(len(design.values))
    own = "delta" if parts.model_values else "beta"
    found = {"profile": at[own].reshape(-1, values.shape[1]) @ values.T}
    errors = {"profile": _errors(covariance, rank[flat.design.slices[own]], values)}
    for name, labels in (("wording", design.wordings), ("order", design.orders)):
        if name in at:
            basis = zero_sum_basis(len(labels))
            found[name] = basis @ at[name]
            errors[name] = _errors(covariance, rank[flat.design.slices[name]], basis)[0]
    return {name: np.where(errors[name] < _UNTOLD, values, np.nan) for name, values in found.items()}


def _errors(covariance: Floats, places: NDArray[np.int64], basis: Floats) -> Floats:
    """Standard errors of zero-sum effects, a row for each set of them, from the covariance of the free coefficients."""
    sets = places.reshape(-1, basis.shape[1])
    blocks = covariance[sets[:, :, None], sets[:, None, :]]
    return np.sqrt(np.einsum("va,mab,vb->mv", basis, blocks, basis))


def _flat_posterior(
    posterior: xr.Dataset, design: OrdinalDesign, parts: Structure, draws: OrdinalDraws, link: Link
) -> tuple[LatentPosterior, Floats, NDArray[np.bool_]]:
    """The model with what is held put into its offsets; the precision of each coefficient, and which are free."""
    latent = latent_design(design, link=link, structure=parts)
    dropped = {"shares", "model_shares"} | ({"beta"} if parts.model_values else set())
    kept = [replace(block, scales=(), sd=1.0) for block in latent.blocks if block.name not in dropped]
    if not parts.model_thresholds:
        kept.append(Block("cut", THRESHOLDS, None, (latent.steps,)))
    thresholds = draws.cutpoints.mean(axis=0)
    start = 0.0
    if "beta" in dropped and parts.items:  # locations of items are centred: see `latent_design`
        beta = posterior["beta"].mean("draw").to_numpy()
        start = -float((design.membership @ zero_sum_basis(len(design.values))).mean(axis=0) @ beta)
    bare = replace(latent, blocks=tuple(kept), hypers=(), threshold_map="direct")
    held = thresholds.ravel() if parts.model_thresholds else np.zeros(latent.steps)
    flat = OffsetPosterior(bare, held, np.full(bare.rows, start))
    precision, free = np.empty(bare.size), np.zeros(bare.size, dtype=bool)
    for block in bare.blocks:
        sd = _spread(block.name, posterior, design, parts, draws)
        own = bare.slices[block.name]
        free[own] = sd is None
        precision[own] = _WEAK if sd is None else 1.0 / np.maximum(np.broadcast_to(sd, block.size), 1e-6) ** 2
    return flat, precision, free


def _spread(
    name: str, posterior: xr.Dataset, design: OrdinalDesign, parts: Structure, draws: OrdinalDraws
) -> Floats | None:
    """Posterior mean of the standard deviation of each coefficient of a block; None of a free one."""
    if name in ("delta", "beta", "cut", "wording", "order"):
        return None
    named = {"item": "item_spread", "level": "level_spread"}
    if name in named or name.endswith("_by_model"):
        spread = named.get(name) or name.replace("_by_model", "_spread")
        return np.asarray(posterior[spread].mean())
    share = (
        posterior["query_share"].to_numpy()[:, None] if "query_share" in posterior else float(parts.cluster)
    )
    part = np.sqrt(share if name == "query_effect" else 1.0 - share)
    if name == "item_effect":
        per_model = len(design.items)
    else:
        per_model = 0 if design.cluster is None else int(design.cluster.max()) + 1
    return np.repeat((draws.interaction * part).mean(axis=0), per_model)


def _maximum(flat: LatentPosterior, precision: Floats, free: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The maximum over the free coefficients, and their covariance."""
    x = np.zeros(len(precision))
    if "cut" in flat.design.slices:
        steps = flat.design.steps
        x[flat.design.slices["cut"]] = np.linspace(-1.5, 1.5, steps) if steps > 1 else 0.0
    value, gradient = _joint(flat, x, precision)
    for _ in range(_TURNS):
        factor = flat.curvature(x).factor(precision)
        step = factor.solve(gradient[:, None])[:, 0]
        gain = float(gradient @ step)
        if gain < _EXACT:
            break
        size = min(1.0, _LONGEST / max(float(np.abs(step[free]).max(initial=0.0)), 1e-12))
        while size > 1e-6:
            tried, slope = _joint(flat, x + size * step, precision)
            if np.isfinite(tried) and tried >= value + 1e-4 * size * gain - 1e-9 * abs(value):
                break
            size *= 0.5
        else:
            break
        x, value, gradient = x + size * step, tried, slope
    factor = flat.curvature(x).factor(precision)
    columns = np.zeros((len(x), int(free.sum())))
    columns[np.flatnonzero(free), np.arange(columns.shape[1])] = 1.0
    step = factor.solve(_bend(flat, x, precision, free)[:, None])[:, 0]
    return np.where(free, x + step, x), factor.solve(columns)[free]


def _joint(flat: LatentPosterior, x: Floats, precision: Floats) -> tuple[float, Floats]:
    with np.errstate(all="ignore"):
        value, gradient = flat.log_likelihood(x[:, None])
    return float(value[0] - 0.5 * precision @ x**2), gradient[:, 0] - precision * x


def _bend(flat: LatentPosterior, x: Floats, precision: Floats, free: NDArray[np.bool_]) -> Floats:
    """Derivative by the coefficients of minus half the log determinant of the others' curvature, the free ones held.

    By a location it is half the location's variance times the third derivative of its answers' log-likelihood.
    """
    eta, own = flat.locate(x[:, None])
    factor = flat.curvature(x).factor(np.where(free, _HELD, precision))
    size = len(x)
    if size <= _EXACT_UP_TO:
        root = factor.back(np.eye(size))
    else:
        root = factor.back(np.random.default_rng(0).normal(size=(size, _PROBES))) / np.sqrt(_PROBES)
    variance = ((flat.locate(root)[0] - flat.locate(np.zeros((size, 1)))[0]) ** 2).sum(axis=1)

    def half(eta: Floats, own: Floats) -> Floats:
        return 0.5 * variance * np.asarray(flat.likelihood.curvature(eta, own).rows)

    h = _DIFFERENCE
    by_eta = (half(eta[:, 0] + h, own[:, 0]) - half(eta[:, 0] - h, own[:, 0])) / (2.0 * h)
    by_own = np.zeros(len(own))
    if "cut" in flat.design.slices:
        for k, away in enumerate(h * np.eye(len(own))):
            by_own[k] = np.sum(half(eta[:, 0], own[:, 0] + away) - half(eta[:, 0], own[:, 0] - away)) / (
                2.0 * h
            )
    return -flat.pulled(by_eta[:, None], by_own[:, None])[:, 0]
