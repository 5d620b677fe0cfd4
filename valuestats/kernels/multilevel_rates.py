r"""Rates of an event in many cells by a multilevel logistic model, fitted by a nested Laplace approximation.

In cell c with factor levels :math:`l_f(c)` the events are binomial with
:math:`\operatorname{logit} p_c = \alpha + \sum_f u_{f,l_f(c)}`, :math:`u_{fl} \sim N(0, \sigma_f^2)`,
:math:`\alpha \sim N(0, 5^2)` and half-normal priors on the :math:`\sigma_f`. Given the standard deviations the log
posterior is concave: Newton steps find its mode and a normal distribution stands for it. Their own posterior is
sampled by importance from a normal distribution about its mode (Rue, Martino and Chopin 2009), in a coordinate that is
standard normal a priori. The factor with the most levels (items, say) is eliminated level by level, so
that the cost does not grow with its square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, sparse
from scipy.special import erfinv, expit, log_ndtr, ndtr, ndtri

from valuestats.errors import SpecificationError

Array = NDArray[np.float64]
Levels = NDArray[np.intp]

INTERCEPT_SD = 5.0
SCALE_DRAWS = 48
"""Draws of the standard deviations over which the draws of the coefficients are mixed."""

_BOUNDS = (-3.5, 4.5)
_ENOUGH = 12.0
_INFLATE = 1.2  # the proposal is wider than the posterior, so that no importance weight is large


@dataclass(frozen=True)
class MultilevelRates:
    """What `multilevel_rates` finds.

    Attributes
    ----------
    coefficients
        Posterior draws of the intercept and of the levels of each factor but the eliminated one, factor by
        factor, shape ``(draws, coefficients)``.
    scales
        The draws of each factor's standard deviation (logits) that belong to them, shape ``(draws, factors)``.
    mode
        Posterior mode of the standard deviations, shape ``(factors,)``.
    effective
        Effective number of the importance draws.
    """

    coefficients: Array
    scales: Array
    mode: Array
    effective: float


def multilevel_rates(
    events: Array,
    trials: Array,
    levels: Levels,
    sizes: list[int],
    *,
    eliminate: int | None = None,
    spread_sd: float = 1.5,
    draws: int = 1000,
    rng: np.random.Generator,
) -> MultilevelRates:
    """Fit the model.

    Parameters
    ----------
    events, trials
        Counts per cell, shape ``(cells,)``; a cell without trials says nothing.
    levels
        Level of each factor in each cell, from 0, shape ``(cells, factors)``.
    sizes
        Number of levels of each factor; a level that no cell has is drawn from its distribution.
    eliminate
        The factor whose levels are eliminated and not drawn; None for none.
    spread_sd
        Scale of the half-normal priors.
    draws
        Posterior draws.
    rng
        Source of random numbers.

    Returns
    -------
    MultilevelRates

    Raises
    ------
    SpecificationError
        Counts that are negative or exceed their trials, or no trial at all.

    Examples
    --------
    >>> found = multilevel_rates(np.array([90.0, 10.0]), np.array([100.0, 100.0]), np.array([[0], [1]]), [2],
    ...     rng=np.random.default_rng(0))
    >>> expit(found.coefficients[:, [0]] + found.coefficients[:, 1:]).mean(axis=0).round(1).tolist()
    [0.9, 0.1]
    """
    events, trials = np.asarray(events, dtype=float), np.asarray(trials, dtype=float)
    if (events < 0).any() or (events > trials).any() or not trials.sum() > 0:
        raise SpecificationError(
            "no counts to model",
            parameter="events, trials",
            got=f"{events.sum():g} of {trials.sum():g}",
            expected="0 <= events <= trials, and at least one trial",
        )
    asked = trials > 0
    problem = _Problem(events[asked], trials[asked], np.asarray(levels)[asked], sizes, eliminate)
    n_factors = len(sizes)

    def loss(t: Array) -> tuple[float, Array]:
        log_scale, slope = _log_scale(t, spread_sd)
        evidence, gradient = problem.evidence(np.exp(log_scale))
        return -(evidence - 0.5 * float(t @ t)), -(gradient * slope - t)

    mode, root = np.zeros(0), np.zeros((0, 0))
    if n_factors:
        found = optimize.minimize(
            loss, np.full(n_factors, -0.5), jac=True, method="L-BFGS-B", bounds=[_BOUNDS] * n_factors
        )
        mode = found.x
        root = _INFLATE * _spread(lambda t: loss(t)[1], mode)
    normal = rng.standard_normal((SCALE_DRAWS if n_factors else 1, n_factors))
    proposals = np.clip(mode + normal @ root.T, *_BOUNDS)
    fits, weight = [], np.zeros(len(proposals))
    for k, t in enumerate(proposals):
        log_scale, _ = _log_scale(t, spread_sd)
        fits.append(problem.fit(np.exp(log_scale)))
        weight[k] = fits[-1].evidence - 0.5 * t @ t + 0.5 * normal[k] @ normal[k]
    # where few draws would carry all weight, the weights are flattened toward the normal approximation's own
    log_weight = weight - weight.max()
    for power in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0):
        weight = np.exp(power * log_weight)
        weight /= weight.sum()
        if 1.0 / (weight**2).sum() >= min(_ENOUGH, len(weight)):
            break
    share = rng.multinomial(draws, weight)
    parts, scales = [], []
    for fit, n, t in zip(fits, share, proposals, strict=True):
        if n:
            z = rng.standard_normal((problem.n_dense, n))
            around = linalg.solve_triangular(fit.root.T, z, lower=False)
            parts.append(fit.dense + around.T)
            scales.append(np.tile(np.exp(_log_scale(t, spread_sd)[0]), (n, 1)))
    order = rng.permutation(draws)
    return MultilevelRates(
        np.concatenate(parts)[order],
        np.concatenate(scales)[order],
        np.exp(_log_scale(mode, spread_sd)[0]),
        float(1.0 / (weight**2).sum()),
    )


def _log_scale(t: Array, sd: float) -> tuple[Array, Array]:
    """Logarithm of a half-normal standard deviation at the normal quantile t, and its slope in t."""
    y = np.where(t < 0, np.sqrt(2.0) * erfinv(ndtr(t)), -ndtri(0.5 * ndtr(-np.abs(t))))
    slope = np.exp(0.5 * (y**2 - t**2)) / (2.0 * y)
    low = t < -8.0  # below it erfinv loses its precision
    return np.where(low, log_ndtr(t) + 0.5 * np.log(np.pi / 2), np.log(y)) + np.log(sd), slope


def _spread(gradient: object, mode: Array) -> Array:
    """Root of the inverse curvature at the mode, from differences of the gradient; at most 1, the prior's."""
    h, n = 0.05, len(mode)
    rows = [(gradient(mode + h * e) - gradient(mode - h * e)) / (2 * h) for e in np.eye(n)]  # type: ignore[operator]
    matrix = np.array(rows)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors / np.sqrt(np.maximum(values, 1.0)))


@dataclass(frozen=True)
class _Fit:
    """Mode of the coefficients, lower root of the dense ones' marginal precision, and log evidence."""

    dense: Array
    leaf: Array
    root: Array
    evidence: float


class _Problem:
    """The likelihood with its design; the mode of one fit starts the next."""

    def __init__(
        self, events: Array, trials: Array, levels: Levels, sizes: list[int], eliminate: int | None
    ) -> None:
        self.events, self.trials = events, trials
        self.kept = [f for f in range(len(sizes)) if f != eliminate]
        self.eliminate = eliminate
        rows = np.arange(len(events))
        starts = np.cumsum([1, *[sizes[f] for f in self.kept]])
        self.n_dense = int(starts[-1])
        self.factor = np.concatenate([[-1], *[np.full(sizes[f], f) for f in self.kept]]).astype(int)
        columns = np.stack([0 * rows, *[starts[k] + levels[:, f] for k, f in enumerate(self.kept)]], axis=1)
        self.design = _indicator(columns, self.n_dense)
        self.n_leaf = 0 if eliminate is None else sizes[eliminate]
        self.of = 0 * rows if eliminate is None else levels[:, eliminate]
        self.member = _indicator(self.of[:, None], max(self.n_leaf, 1))
        self.start = (np.zeros(self.n_dense), np.zeros(self.n_leaf))

    def _eta(self, dense: Array, leaf: Array) -> Array:
        eta = self.design @ dense
        return np.asarray(eta + leaf[self.of] if self.n_leaf else eta)

    def _precisions(self, scales: Array) -> tuple[Array, float]:
        sd = np.concatenate([scales, [INTERCEPT_SD]])[self.factor]
        return sd**-2, 1.0 if self.eliminate is None else float(scales[self.eliminate] ** -2)

    def _blocks(self, weight: Array, precision: Array, own: float) -> tuple[Array, Array, sparse.csr_array]:
        """Root of the dense coefficients' marginal precision, the leaves' precision, and the coupling over it."""
        weighted = self.design.multiply(weight[:, None]).tocsr()
        inner = (self.design.T @ weighted).toarray()
        inner[np.diag_indices_from(inner)] += precision
        if not self.n_leaf:
            return linalg.cholesky(inner, lower=True), np.zeros(0), sparse.csr_array((1, self.n_dense))
        leaf = np.bincount(self.of, weights=weight, minlength=self.n_leaf) + own
        coupling = (self.member.T @ weighted).tocsr()
        over = coupling.multiply(1.0 / leaf[:, None]).tocsr()
        inner -= (coupling.T @ over).toarray()
        return linalg.cholesky(inner, lower=True), leaf, over

    def fit(self, scales: Array) -> _Fit:
        """The mode by Newton's method, and the evidence."""
        precision, own = self._precisions(scales)
        dense, leaf = self.start

        def value(a: Array, b: Array) -> tuple[float, Array]:
            eta = self._eta(a, b)
            fit = float(self.events @ eta - self.trials @ np.logaddexp(0.0, eta))
            return fit - 0.5 * float(precision @ a**2) - 0.5 * own * float(b @ b), expit(eta)

        here, p = value(dense, leaf)
        for _ in range(100):
            rest = self.events - self.trials * p
            root, diagonal, over = self._blocks(self.trials * p * (1 - p), precision, own)
            g_dense = self.design.T @ rest - precision * dense
            if self.n_leaf:
                g_leaf = np.bincount(self.of, weights=rest, minlength=self.n_leaf) - own * leaf
                step = linalg.cho_solve((root, True), g_dense - over.T @ g_leaf)
                step_leaf = g_leaf / diagonal - over @ step
            else:
                step, step_leaf = linalg.cho_solve((root, True), g_dense), leaf
            size = 1.0
            while True:
                there, new = value(dense + size * step, leaf + size * step_leaf)
                if there >= here - 1e-12 or size < 1e-8:
                    break
                size /= 2
            dense, leaf = dense + size * step, leaf + size * step_leaf
            gain, here, p = there - here, there, new
            if gain < 1e-9:
                break
        self.start = (dense, leaf)
        root, diagonal, _ = self._blocks(self.trials * p * (1 - p), precision, own)
        evidence = here + 0.5 * float(np.log(precision).sum()) - float(np.log(np.diag(root)).sum())
        if self.n_leaf:
            evidence += 0.5 * (self.n_leaf * np.log(own) - float(np.log(diagonal).sum()))
        return _Fit(dense, leaf, root, evidence)

    def evidence(self, scales: Array) -> tuple[float, Array]:
        """Log evidence and its gradient in the logarithms of the standard deviations.

        The mode moves with them; its share in the gradient goes through the derivative of the weights (Rue et al.
        2009; Kristensen et al. 2016).
        """
        fit = self.fit(scales)
        precision, own = self._precisions(scales)
        p = expit(self._eta(fit.dense, fit.leaf))
        weight = self.trials * p * (1 - p)
        root, diagonal, over = self._blocks(weight, precision, own)
        inverse = linalg.cho_solve((root, True), np.eye(self.n_dense))
        rows = self.design
        if self.n_leaf:
            rows = (self.design - over[self.of]).tocsr()
        leverage = np.asarray(rows.multiply(rows @ inverse).sum(axis=1)).ravel()
        if self.n_leaf:
            leverage = leverage + 1.0 / diagonal[self.of]
        turn = 0.5 * leverage * weight * (1 - 2 * p)
        back = self.design.T @ turn
        back_leaf = np.zeros(0)
        spread_leaf = np.zeros(0)
        if self.n_leaf:
            turn_leaf = np.bincount(self.of, weights=turn, minlength=self.n_leaf)
            solved = inverse @ (back - over.T @ turn_leaf)
            back_leaf = turn_leaf / diagonal - over @ solved
            spread_leaf = 1.0 / diagonal + np.asarray(over.multiply(over @ inverse).sum(axis=1)).ravel()
        else:
            solved = inverse @ back
        gradient = np.zeros(len(scales))
        for f in range(len(scales)):
            if f == self.eliminate:
                beta, moved, spread = fit.leaf, back_leaf, spread_leaf
            else:
                chosen = self.factor == f
                beta, moved, spread = fit.dense[chosen], solved[chosen], np.diag(inverse)[chosen]
            unit = scales[f] ** -2
            gradient[f] = unit * (beta @ beta + spread.sum() - 2 * beta @ moved) - len(beta)
        return fit.evidence, gradient


def _indicator(columns: Levels, width: int) -> sparse.csr_array:
    n, k = columns.shape
    return sparse.csr_array((np.ones(n * k), columns.ravel(), np.arange(0, n * k + 1, k)), shape=(n, width))
