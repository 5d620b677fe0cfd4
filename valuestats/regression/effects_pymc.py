"""The ordinal regression in PyMC: every part of the formula, for the No-U-Turn sampler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from valuestats.latent.likelihoods.family_probabilities import induced_moments
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import LINK_SCALE, EffectDraws, EffectPriors
from valuestats.regression.effects_latent import column_scales

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

Floats = NDArray[np.float64]
_TOLD = 15.0  # answers per effect from which sampling the effects beats sampling their standard scores


def effects_model(design: EffectsDesign, priors: EffectPriors) -> pm.Model:
    """Build the model; its variables are those of `pymc_effect_draws`.

    Thresholds of the cumulative family come from log shares, which keeps them ascending; those of the others are
    normal with the moments that the Dirichlet on the shares induces. The distances are
    ``z_k = exp(disc) * (c_k - eta - w' gamma_k)`` with
    ``eta = x' beta + sum_g z_g' u_g + sum_c f_c(x) + sum_m b_m S_m(level)``, f_c the curves and S_m the cumulated shares of
    a simplex (Bürkner and Charpentier 2020).
    """
    import pymc as pm
    import pytensor.tensor as pt

    spec, rows = design.spec, design.matrices
    unit = LINK_SCALE[spec.link]
    steps = design.counts.shape[1] - 1
    with pm.Model() as model:
        z = _thresholds(design, priors)[rows.sets]
        eta: Any = rows.offset
        if design.names:
            scales = column_scales(rows.x, design.counts.sum(axis=1))
            beta = pm.Normal("scaled_beta", 0.0, priors.effect * unit, shape=len(design.names))
            eta = eta + pt.dot(rows.x / scales, beta)
        for n, group in enumerate(design.groups):
            told = bool(design.counts.sum() / (len(group.levels) * len(group.names)) >= _TOLD)
            shape = (len(group.levels), len(group.names))
            effects = _group(n, shape, group.correlated, told, priors, unit)
            eta = eta + (effects[rows.index[n]] * rows.z[n]).sum(axis=1)
        for n, curve in enumerate(design.curves):
            shape = (len(curve.levels), curve.basis.shape[1])
            spread = pm.HalfNormal(f"curve_sd_{n}", priors.curve * unit)
            own = pm.Normal(f"curve_z_{n}", shape=shape) * spread
            if curve.part.straight:
                line = pm.Normal(f"line_{n}", 0.0, priors.effect * unit, shape=(shape[0], 1))
                own = pt.concatenate([own, line], axis=1)
            coefficients = pm.Deterministic(f"curve_{n}", own)
            eta = eta + (coefficients[rows.curve_index[n]] * rows.curves[n]).sum(axis=1)
        for n, levels in enumerate(design.monotonic_levels):
            slope = pm.Normal(f"monotonic_{n}", 0.0, priors.effect * unit)
            shares = pm.Dirichlet(f"simplex_{n}", np.ones(len(levels) - 1))
            reached = pt.concatenate([np.zeros(1), pt.cumsum(shares)])
            eta = eta + slope * (reached[rows.monotonic[:, n]] - 0.5)
        z = z - eta[:, None]
        if design.specific_names:
            shape = (len(design.specific_names), steps)
            scales = column_scales(rows.specific, design.counts.sum(axis=1))
            gamma = pm.Normal("scaled_specific", 0.0, priors.specific * unit, shape=shape)
            z = z - pt.dot(rows.specific / scales, gamma)
        if design.disc_names:
            scales = column_scales(rows.disc, design.counts.sum(axis=1))
            disc = pm.Normal("scaled_disc", 0.0, priors.disc, shape=len(design.disc_names))
            z = z * pt.exp(pt.dot(rows.disc / scales, disc))[:, None]
        if design.level_labels:
            spread = pm.HalfNormal("disc_sd", priors.disc)
            # Zero-sum: a common factor of all discriminations would only rescale the latent variable.
            own = pm.ZeroSumNormal("disc_z", shape=len(design.level_labels))
            z = z * pt.exp(spread * own)[rows.level][:, None]
        # As data, so that a compiled model can be given other counts of the same design.
        counts = pm.Data("counts", design.counts)
        pm.Potential("likelihood", _log_likelihood(z, counts, spec.family, spec.link))
    return model


def _thresholds(design: EffectsDesign, priors: EffectPriors) -> Any:
    """Thresholds of every set, ``(sets, K - 1)``."""
    import pymc as pm
    import pytensor.tensor as pt

    spec, sets = design.spec, max(1, len(design.set_labels))
    categories = design.counts.shape[1]
    if spec.family == "cumulative":
        reference = int(design.counts.sum(axis=0).argmax())
        root = np.linalg.cholesky(np.eye(categories - 1) + 1.0)
        root = root * np.sqrt(float(polygamma(1, priors.concentration)))
        mean = np.zeros(categories - 1)
    else:
        mean, covariance = induced_moments(
            categories, priors.concentration, family=spec.family, link=spec.link
        )
        root = np.linalg.cholesky(covariance)
    raw = pt.as_tensor(mean) + pt.dot(root, pm.Normal("cut_z", shape=categories - 1))
    raw = pt.repeat(raw[None], sets, axis=0)
    if sets > 1:
        own = root / np.sqrt(np.mean(np.sum(root**2, axis=1)))
        spread = pm.HalfNormal("threshold_sd", priors.thresholds * LINK_SCALE[spec.link])
        raw = raw + spread * pt.dot(pm.Normal("set_z", shape=(sets, categories - 1)), own.T)
    if spec.family != "cumulative":
        return pm.Deterministic("cut", raw)
    zero = pt.zeros((sets, 1))
    logs = pt.concatenate([raw[:, :reference], zero, raw[:, reference:]], axis=1)
    shares = pt.special.softmax(logs, axis=1)
    lower = pt.cumsum(shares, axis=1)[:, :-1]
    upper = pt.cumsum(shares[:, ::-1], axis=1)[:, ::-1][:, 1:]
    if spec.link == "logit":
        cut = pt.log(lower) - pt.log(upper)
    elif spec.link == "probit":
        sign = pt.switch(lower < upper, 1.0, -1.0)
        cut = -sign * np.sqrt(2.0) * pt.erfcinv(2.0 * pt.minimum(lower, upper))
    else:
        cut = pt.log(-pt.log(upper))
    return pm.Deterministic("cut", cut)


def _group(
    n: int, shape: tuple[int, int], correlated: bool, told: bool, priors: EffectPriors, unit: float
) -> Any:
    """Effects of a group term; `told`: the answers tell them well, so that they are sampled themselves."""
    import pymc as pm
    import pytensor.tensor as pt

    levels, effects = shape

    if correlated and effects > 1:
        chol, _, _ = pm.LKJCholeskyCov(
            f"chol_{n}",
            n=effects,
            eta=priors.lkj,
            sd_dist=pm.HalfNormal.dist(priors.group * unit, shape=effects),
            compute_corr=True,
        )
        if told:
            return pm.MvNormal(f"effects_{n}", chol=chol, shape=(levels, effects))
        free = pm.Normal(f"z_{n}", shape=(levels, effects))
        return pm.Deterministic(f"effects_{n}", pt.dot(free, chol.T))
    sd = pm.HalfNormal(f"sd_{n}", priors.group * unit, shape=effects)
    if told:
        return pm.Normal(f"effects_{n}", 0.0, sd, shape=(levels, effects))
    return pm.Deterministic(f"effects_{n}", pm.Normal(f"z_{n}", shape=(levels, effects)) * sd)


def _log_likelihood(z: Any, counts: Any, family: str, link: str) -> Any:
    import pytensor.tensor as pt

    if family == "adjacent":
        weight = pt.concatenate([pt.zeros((z.shape[0], 1)), -pt.cumsum(z, axis=1)], axis=1)
        return (counts * (weight - pt.logsumexp(weight, axis=1, keepdims=True))).sum()
    below, above = _log_cdf(z, link), _log_cdf(-z, link) if link != "cloglog" else -pt.exp(z)
    if family == "sequential":
        went_on = pt.cumsum(counts[:, ::-1], axis=1)[:, ::-1][:, 1:]
        return (counts[:, :-1] * below + went_on * above).sum()
    low, high = z[:, :-1], z[:, 1:]
    if link == "logit":
        inner = _log_cdf(high, link) + _log_cdf(-low, link) + pt.log1mexp(low - high)
    elif link == "probit":
        flip = low > 0
        larger = _log_cdf(pt.switch(flip, -low, high), link)
        smaller = _log_cdf(pt.switch(flip, -high, low), link)
        inner = larger + pt.log1mexp(smaller - larger)
    else:
        first, second = pt.exp(low), pt.exp(high)
        inner = -first + pt.log1mexp(first - second)
    total = (counts[:, 0] * below[:, 0]).sum() + (counts[:, -1] * above[:, -1]).sum()
    return total + (counts[:, 1:-1] * inner).sum()


def _log_cdf(z: Any, link: str) -> Any:
    import pytensor.tensor as pt

    if link == "logit":
        return -pt.softplus(-z)
    if link == "probit":
        tail = (
            pt.log(0.5) + pt.log(pt.erfcx(-pt.minimum(z, 0.0) / np.sqrt(2.0))) - 0.5 * pt.minimum(z, 0.0) ** 2
        )
        return pt.switch(z < 0, tail, pt.log1p(-0.5 * pt.erfc(pt.maximum(z, 0.0) / np.sqrt(2.0))))
    return pt.log1mexp(-pt.exp(z))


def pymc_effect_draws(design: EffectsDesign, tree: xr.DataTree) -> EffectDraws:
    """Named draws from a sampled `effects_model`; the chains are stacked."""
    posterior = tree["posterior"].to_dataset()
    chains = int(posterior.sizes["chain"])
    weights = design.counts.sum(axis=1)

    def get(name: str) -> Floats:
        values = posterior[name].transpose("chain", "draw", ...).to_numpy()
        return np.asarray(values.reshape(-1, *values.shape[2:]), dtype=float)

    def rescaled(name: str, columns: Floats) -> Floats:
        scales = column_scales(columns, weights)
        values = get(name)
        return values / scales.reshape(-1, *(1,) * (values.ndim - 2))

    rows, cut = design.matrices, get("cut")
    effects, sds, correlations = [], [], []
    for n, group in enumerate(design.groups):
        effects.append(get(f"effects_{n}"))
        both = group.correlated and len(group.names) > 1
        sds.append(get(f"chol_{n}_stds" if both else f"sd_{n}"))
        correlations.append(get(f"chol_{n}_corr") if both else None)
    moves, reached = [], []
    for n, levels in enumerate(design.monotonic_levels):
        moves.append(get(f"monotonic_{n}"))
        shares = get(f"simplex_{n}").reshape(len(cut), len(levels) - 1)
        reached.append(np.concatenate([np.zeros((len(cut), 1)), shares.cumsum(axis=1)], axis=1) - 0.5)
    return EffectDraws(
        chains,
        cut,
        rescaled("scaled_beta", rows.x) if design.names else np.zeros((len(cut), 0)),
        tuple(effects),
        tuple(sds),
        tuple(correlations),
        get("threshold_sd") if design.set_labels else None,
        rescaled("scaled_disc", rows.disc) if design.disc_names else None,
        get("disc_sd")[:, None] * get("disc_z") if design.level_labels else None,
        get("disc_sd") if design.level_labels else None,
        rescaled("scaled_specific", rows.specific) if design.specific_names else None,
        np.stack(moves, axis=1) if moves else None,
        tuple(reached),
        tuple(get(f"curve_{n}") for n in range(len(design.curves))),
        tuple(get(f"curve_sd_{n}") for n in range(len(design.curves))),
    )
