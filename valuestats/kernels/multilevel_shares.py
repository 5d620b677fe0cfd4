r"""Shares of options in many cells by a multilevel categorical model, fitted by a nested Laplace approximation.

In cell c with factor levels :math:`l_f(c)` the answers are categorical with
:math:`p_{ck} \propto \exp(\alpha_k + \sum_f u_{f,l_f(c),k})`, :math:`u_{flk} \sim N(0, \sigma_f^2)`,
:math:`\alpha_k \sim N(0, 5^2)` and half-normal(1) priors on the :math:`\sigma_f`. Given the scales the log posterior is
concave: Newton steps find its mode and a normal distribution stands for it. The scales' own posterior is
approximated at its mode by a normal distribution of their logarithms, and draws are mixed over it (Tierney and
Kadane 1986; Rue, Martino and Chopin 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from valuestats.errors import SpecificationError

Array = NDArray[np.float64]

INTERCEPT_SD = 5.0
SCALE_DRAWS = 25
"""Draws of the scales over which the draws of the shares are mixed."""

LOG_SCALE = (-5.0, 2.0)
"""Bounds of the logarithm of a scale."""


@dataclass(frozen=True)
class MultilevelShares:
    """What `multilevel_shares` finds.

    Attributes
    ----------
    draws
        Posterior draws of the shares, shape ``(draws, cells, options)``.
    scales
        Posterior mode of each factor's standard deviation (logits), shape ``(factors,)``.
    """

    draws: Array
    scales: Array


def multilevel_shares(
    counts: Array, levels: NDArray[np.intp], draws: int, rng: np.random.Generator
) -> MultilevelShares:
    """Fit the model to one question.

    Parameters
    ----------
    counts
        Answers per cell and option, shape ``(cells, options)``; they need not be whole numbers (weighted
        counts scaled to the effective size), and a cell may be empty.
    levels
        Level of each factor in each cell, from 0, shape ``(cells, factors)``.
    draws
        Posterior draws.
    rng
        Source of random numbers.

    Returns
    -------
    MultilevelShares
        Draws of the shares and the scales.

    Raises
    ------
    SpecificationError
        Negative counts, fewer than two options, or no answer at all.

    Examples
    --------
    >>> import numpy as np
    >>> found = multilevel_shares(np.array([[90.0, 10.0], [1.0, 0.0]]), np.array([[0], [1]]), 500,
    ...     np.random.default_rng(0))
    >>> found.draws.mean(axis=0)[0].round(1).tolist()
    [0.9, 0.1]
    """
    counts, levels = np.asarray(counts, dtype=float), np.asarray(levels, dtype=np.intp)
    if counts.ndim != 2 or counts.shape[1] < 2 or (counts < 0).any() or not counts.sum() > 0:
        raise SpecificationError(
            "no counts to model",
            parameter="counts",
            got=f"shape {counts.shape}, sum {counts.sum():g}",
            expected="counts from 0 of at least two options, and at least one answer",
        )
    design, factor = _design(levels)
    n_factors = levels.shape[1]
    start = np.zeros((design.shape[1], counts.shape[1]))

    def loss(logs: Array) -> float:
        nonlocal start
        fit = _mode(counts, design, factor, np.exp(logs), start)
        start = fit.mode
        # Half-normal(1) prior on the scale, with the Jacobian of its logarithm.
        prior = float((logs - 0.5 * np.exp(2 * logs)).sum())
        return -(fit.evidence + prior)

    logs = np.full(n_factors, np.log(0.4))
    if n_factors:
        found = optimize.minimize(
            loss, logs, method="L-BFGS-B", bounds=[LOG_SCALE] * n_factors, options={"ftol": 1e-6, "eps": 1e-3}
        )
        logs = found.x
    spread = _scale_spread(loss, logs) if n_factors else np.zeros((0, 0))
    parts = []
    for size in _split(draws, min(SCALE_DRAWS, draws)):
        drawn = logs + spread @ rng.standard_normal(n_factors) if n_factors else logs
        fit = _mode(counts, design, factor, np.exp(np.clip(drawn, *LOG_SCALE)), start)
        normal = rng.standard_normal((fit.mode.size, size))
        around = linalg.solve_triangular(fit.root.T, normal, lower=False)
        where = fit.mode.T.ravel()[:, None] + around
        logits = np.einsum("cp,kpd->dck", design, where.reshape(counts.shape[1], -1, size), optimize=True)
        parts.append(_softmax(logits))
    return MultilevelShares(np.concatenate(parts), np.exp(logs))


@dataclass(frozen=True)
class _Fit:
    """Mode (parameters by options), lower root of the precision, and log evidence."""

    mode: Array
    root: Array
    evidence: float


def _mode(counts: Array, design: Array, factor: NDArray[np.intp], scales: Array, start: Array) -> _Fit:
    """Newton's method on the log posterior; parameters are stacked option by option."""
    n_parameters, n_options = design.shape[1], counts.shape[1]
    sd = np.concatenate([[INTERCEPT_SD], scales])[factor]
    precision = np.tile(sd**-2, n_options)
    total = counts.sum(axis=1)
    beta = start.T.ravel().copy()

    def value(at: Array) -> tuple[float, Array]:
        logits = design @ at.reshape(n_options, n_parameters).T
        top = logits.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
        fit = float((counts * logits).sum() - total @ log_sum)
        return fit - 0.5 * float(precision @ at**2), np.exp(logits - log_sum[:, None])

    here, shares = value(beta)
    root = np.eye(beta.size)
    for _ in range(60):
        gradient = (design.T @ (counts - total[:, None] * shares)).T.ravel() - precision * beta
        root = np.asarray(linalg.cholesky(_curvature(design, total, shares, precision), lower=True))
        step = linalg.cho_solve((root, True), gradient)
        scale = 1.0
        while scale > 1e-8:
            there, new_shares = value(beta + scale * step)
            if there >= here - 1e-12:
                break
            scale /= 2
        beta, gain, here, shares = beta + scale * step, there - here, there, new_shares
        if gain < 1e-8:
            break
    root = np.asarray(linalg.cholesky(_curvature(design, total, shares, precision), lower=True))
    evidence = here + 0.5 * float(np.log(precision).sum()) - float(np.log(np.diag(root)).sum())
    return _Fit(beta.reshape(n_options, n_parameters).T, root, evidence)


def _curvature(design: Array, total: Array, shares: Array, precision: Array) -> Array:
    """Negative Hessian of the log posterior, with blocks of options."""
    n_parameters, n_options = design.shape[1], shares.shape[1]
    out = np.empty((n_options, n_parameters, n_options, n_parameters))
    for one in range(n_options):
        for two in range(one, n_options):
            weight = total * shares[:, one] * ((one == two) - shares[:, two])
            block = design.T @ (weight[:, None] * design)
            out[one, :, two], out[two, :, one] = block, block.T
    matrix = out.reshape(n_options * n_parameters, -1)
    matrix[np.diag_indices_from(matrix)] += precision
    return matrix


def _scale_spread(loss: object, logs: Array) -> Array:
    """Root of the covariance of the scales' logarithms, from second differences; at most 1 in any direction."""
    h, n = 0.15, len(logs)
    at = lambda *moves: loss(logs + sum(moves, np.zeros(n)))  # type: ignore[operator]  # noqa: E731
    unit = np.eye(n) * h
    matrix = np.empty((n, n))
    centre = at()
    for i in range(n):
        matrix[i, i] = (at(unit[i]) - 2 * centre + at(-unit[i])) / h**2
        for j in range(i):
            cross = (
                at(unit[i], unit[j]) - at(unit[i], -unit[j]) - at(-unit[i], unit[j]) + at(-unit[i], -unit[j])
            )
            matrix[i, j] = matrix[j, i] = cross / (4 * h**2)
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 1.0)))


def _design(levels: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """Indicator matrix with an intercept, and the factor of each column (0 is the intercept)."""
    columns, factor = [np.ones((len(levels), 1))], [np.zeros(1, dtype=np.intp)]
    for place in range(levels.shape[1]):
        size = int(levels[:, place].max()) + 1
        columns.append(np.equal.outer(levels[:, place], np.arange(size)).astype(float))
        factor.append(np.full(size, place + 1, dtype=np.intp))
    return np.concatenate(columns, axis=1), np.concatenate(factor)


def _softmax(logits: Array) -> Array:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _split(total: int, parts: int) -> list[int]:
    return [len(part) for part in np.array_split(np.arange(total), parts)]
