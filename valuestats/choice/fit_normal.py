"""Draws from the normal approximation of a maximum, and the maximum itself as one draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws
from valuestats.choice.fit_maximum import ChoiceMaximum
from valuestats.choice.fit_mixed import MixedMaximum
from valuestats.statistics.fitted_draws import Fit, drawn_together, root_of

Floats = NDArray[np.float64]


def at_maximum(design: ChoiceDesign, found: ChoiceMaximum, mixed: MixedMaximum | None) -> ChoiceDraws:
    """The maximum as one draw; effects at their mode."""
    log_sd = np.zeros((1, 0)) if mixed is None else mixed.log_sd[None]
    u = np.zeros((1, 0)) if mixed is None else mixed.u[None]
    return _parts(design, found.beta[None], found.own[None], log_sd, u)


def normal_draws(
    design: ChoiceDesign, found: ChoiceMaximum, mixed: MixedMaximum | None, number: int, seed: int
) -> ChoiceDraws:
    """Draws from the estimates' normal (of few clusters: t) distribution, in antithetic pairs, effects given them."""
    rng = np.random.default_rng(seed)
    root = root_of(found.covariance)
    still = np.zeros(len(root))
    away = drawn_together([Fit(still, np.arange(len(root)), root, found.degrees)], number, rng)[0]
    p, own = len(found.beta), len(found.own)
    log_sd, u = np.zeros((number, 0)), np.zeros((number, 0))
    if mixed is not None:
        log_sd = mixed.log_sd + away[:, p + own :]
        noise = rng.normal(size=(len(mixed.u), number))
        lower = np.linalg.cholesky(mixed.inner)
        u = mixed.u + away @ mixed.moved.T + solve_triangular(lower, noise, lower=True, trans="T").T
    return _parts(design, found.beta + away[:, :p], found.own + away[:, p : p + own], log_sd, u)


def _parts(design: ChoiceDesign, beta: Floats, own: Floats, log_sd: Floats, u: Floats) -> ChoiceDraws:
    stages, size = design.rows.stages, len(beta)
    effects, sds, at, term = [], [], 0, 0
    for group in design.groups:
        q, levels = len(group.names), len(group.levels)
        effects.append(np.moveaxis(u[:, at : at + q * levels].reshape(size, q, levels), 1, 2))
        sds.append(np.exp(log_sd[:, term : term + q]))
        at, term = at + q * levels, term + q
    return ChoiceDraws(1, beta, tuple(effects), tuple(sds), own.reshape(size, stages.sets, stages.per))
