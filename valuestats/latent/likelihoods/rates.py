r"""Rates of an event in many cells by a multilevel logistic model, fitted by a normal variational approximation.

In cell c with factor levels :math:`l_f(c)` the events are binomial with
:math:`\operatorname{logit} p_c = \alpha + \sum_f u_{f,l_f(c)}`, :math:`u_{fl} \sim N(0, \sigma_f^2)`,
:math:`\alpha \sim N(0, 5^2)` and half-normal priors on the :math:`\sigma_f`. Given the standard deviations the coefficients
get the normal distribution that is nearest to their posterior (Opper and Archambeau 2009): its mean m and precision
:math:`\Lambda` solve

.. math:: X^\top (y - n\,E[p]) = Q m, \qquad \Lambda = Q + X^\top \operatorname{diag}(n\,E[p(1-p)])\, X,

with expectations over each cell's own normal logit, by quadrature. A normal distribution about the mode (Laplace) will not
do here: where events are rare most clusters have none, the mode puts their effects at 0, and the intercept takes a value
that gives twice the rate once clusters are integrated out. The standard deviations' own posterior is sampled by importance
from a normal distribution about its mode (Rue, Martino and Chopin 2009), in a coordinate that is standard normal a priori,
with the variational bound in place of the evidence. The factor with the most levels (items, say) is eliminated level by
level, so that the cost does not grow with its square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, sparse
from scipy.special import erfinv, expit, log_ndtr, ndtr, ndtri
from scipy.stats import qmc

from valuestats.base.errors import SpecificationError

Array = NDArray[np.float64]
Levels = NDArray[np.intp]

INTERCEPT_SD = 5.0
SCALE_DRAWS = 48
"""Draws of the standard deviations over which the draws of the coefficients are mixed."""

_BOUNDS = (-3.5, 4.5)
_MOST_STEPS = 200
_TOLERANCE = 1e-2  # logits; the bound is off by its square
_SHORT = 0.3
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(11)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
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
        log_scale, slope = log_scale_of(t, spread_sd)
        evidence, gradient = problem.evidence(np.exp(log_scale))
        return -(evidence - 0.5 * float(t @ t)), -(gradient * slope - t)

    mode, root = np.zeros(0), np.zeros((0, 0))
    if n_factors:
        # the mode and the curvature only make a proposal, whose weights do the rest
        found = optimize.minimize(
            loss,
            np.full(n_factors, -0.5),
            jac=True,
            method="L-BFGS-B",
            bounds=[_BOUNDS] * n_factors,
            options={"ftol": 1e-5},
        )
        mode = found.x
        root = _INFLATE * _spread(lambda t: loss(t)[1], mode)
        loss(mode)
    start = problem.start
    normal = np.zeros((1, 0))
    if n_factors:
        normal = ndtri(qmc.LatinHypercube(n_factors, rng=rng).random(SCALE_DRAWS))
    proposals = np.clip(mode + normal @ root.T, *_BOUNDS)
    fits, weight = [], np.zeros(len(proposals))
    for k, t in enumerate(proposals):
        log_scale, problem.start = log_scale_of(t, spread_sd)[0], start
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
            scales.append(np.tile(np.exp(log_scale_of(t, spread_sd)[0]), (n, 1)))
    order = rng.permutation(draws)
    return MultilevelRates(
        np.concatenate(parts)[order],
        np.concatenate(scales)[order],
        np.exp(log_scale_of(mode, spread_sd)[0]),
        float(1.0 / (weight**2).sum()),
    )


def log_scale_of(t: Array, sd: float) -> tuple[Array, Array]:
    """Logarithm of a half-normal standard deviation at the normal quantile t, and its slope in t."""
    y = np.where(t < 0, np.sqrt(2.0) * erfinv(ndtr(t)), -ndtri(0.5 * ndtr(-np.abs(t))))
    slope = np.exp(0.5 * (y**2 - t**2)) / (2.0 * y)
    low = t < -8.0  # below it erfinv loses its precision
    return np.where(low, log_ndtr(t) + 0.5 * np.log(np.pi / 2), np.log(y)) + np.log(sd), slope


def _spread(gradient: object, mode: Array) -> Array:
    """Symmetric root of the inverse curvature at the mode, from differences of the gradient; at most 1, the prior's."""
    h, here = 0.1, gradient(mode)  # type: ignore[operator]
    rows = [(gradient(mode + h * e) - here) / h for e in np.eye(len(mode))]  # type: ignore[operator]
    matrix = np.array(rows)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    # the symmetric root, as eigenvectors have signs of the machine's choosing and draws would have them, too
    return np.asarray((vectors / np.sqrt(np.maximum(values, 1.0))) @ vectors.T)


@dataclass(frozen=True)
class _Fit:
    """Normal approximation of the coefficients given the standard deviations.

    Means of the dense coefficients and of the leaves, lower root of the dense ones' marginal precision, variances of
    both, and the log evidence's lower bound.
    """

    dense: Array
    leaf: Array
    root: Array
    dense_variance: Array
    leaf_variance: Array
    evidence: float


class _Problem:
    """The likelihood with its design; one fit starts the next."""

    def __init__(
        self,
        events: Array,
        trials: Array,
        levels: Levels,
        sizes: list[int],
        eliminate: int | None,
        tolerance: float = _TOLERANCE,
    ) -> None:
        self.events, self.trials, self.tolerance = events, trials, tolerance
        self.kept = [f for f in range(len(sizes)) if f != eliminate]
        self.eliminate = eliminate
        rows = np.arange(len(events))
        starts = np.cumsum([1, *[sizes[f] for f in self.kept]])
        self.n_dense = int(starts[-1])
        self.factor = np.concatenate([[-1], *[np.full(sizes[f], f) for f in self.kept]]).astype(int)
        columns = np.stack([0 * rows, *[starts[k] + levels[:, f] for k, f in enumerate(self.kept)]], axis=1)
        self.columns = columns
        self.design = _indicator(columns, self.n_dense)
        self.n_leaf = 0 if eliminate is None else sizes[eliminate]
        self.of = 0 * rows if eliminate is None else levels[:, eliminate]
        # where the products of a cell's columns stand in the precision, and in the coupling with the leaves
        self.inner = (columns[:, :, None] * self.n_dense + columns[:, None, :]).ravel()
        member = _indicator(self.of[:, None], max(self.n_leaf, 1))
        self.coupling = sparse.csr_array(member.T @ self.design)
        self.coupling.sort_indices()
        leaf_of = np.repeat(np.arange(max(self.n_leaf, 1)), np.diff(self.coupling.indptr))
        known = leaf_of * self.n_dense + self.coupling.indices
        self.leaf_of = leaf_of
        self.across = np.searchsorted(known, (self.of[:, None] * self.n_dense + columns).ravel())
        self.start = (np.zeros(self.n_dense), np.zeros(self.n_leaf), np.zeros(len(events)))

    def _eta(self, dense: Array, leaf: Array) -> Array:
        eta = self.design @ dense
        return np.asarray(eta + leaf[self.of] if self.n_leaf else eta)

    def _precisions(self, scales: Array) -> tuple[Array, float]:
        sd = np.concatenate([scales, [INTERCEPT_SD]])[self.factor]
        return sd**-2, 1.0 if self.eliminate is None else float(scales[self.eliminate] ** -2)

    def _blocks(self, weight: Array, precision: Array, own: float) -> tuple[Array, Array, sparse.csr_array]:
        """Root of the dense coefficients' marginal precision, the leaves' precision, and the coupling over it."""
        width = self.columns.shape[1]
        size = self.n_dense
        inner = np.bincount(self.inner, np.repeat(weight, width * width), size * size).reshape(size, size)
        inner[np.diag_indices(size)] += precision
        if not self.n_leaf:
            return linalg.cholesky(inner, lower=True), np.zeros(0), self.coupling
        leaf = np.bincount(self.of, weights=weight, minlength=self.n_leaf) + own
        value = np.bincount(self.across, np.repeat(weight, width), len(self.leaf_of))
        root = value / np.sqrt(leaf)[self.leaf_of]
        half = sparse.csr_array((root, self.coupling.indices, self.coupling.indptr), self.coupling.shape)
        inner -= (half.T @ half).toarray()
        over = sparse.csr_array(
            (value / leaf[self.leaf_of], self.coupling.indices, self.coupling.indptr), self.coupling.shape
        )
        return linalg.cholesky(inner, lower=True), leaf, over

    def _variances(self, root: Array, diagonal: Array, over: sparse.csr_array) -> tuple[Array, Array, Array]:
        """Variances of the cells' logits, of the dense coefficients and of the leaves."""
        inverse = linalg.cho_solve((root, True), np.eye(self.n_dense))
        places = self.columns.T
        eta = np.zeros(len(self.events))
        for k, one in enumerate(places):
            eta += inverse[one, one]
            for two in places[:k]:
                eta += 2.0 * inverse[one, two]
        if not self.n_leaf:
            return eta, np.diag(inverse), np.zeros(0)
        across = np.asarray(over @ inverse)
        own = over.data * across[self.leaf_of, over.indices]
        leaf = 1.0 / diagonal + np.bincount(self.leaf_of, own, self.n_leaf)
        for one in places:
            eta -= 2.0 * across[self.of, one]
        return eta + leaf[self.of], np.diag(inverse), leaf

    def fit(self, scales: Array) -> _Fit:
        """The normal distribution nearest to the posterior, by Newton steps for its mean between steps of its spread."""
        precision, own = self._precisions(scales)
        dense, leaf, spread = self.start

        def value(a: Array, b: Array) -> float:
            eta = self._eta(a, b)
            fit = float(self.events @ eta - self.trials @ _mean_softplus(eta, spread))
            return fit - 0.5 * float(precision @ a**2) - 0.5 * own * float(b @ b)

        weight, moved, share = np.zeros(0), np.zeros(len(spread)), 1.0
        for step_number in range(_MOST_STEPS):
            p, slope = _mean_rates(self._eta(dense, leaf), spread)
            rest, fresh = self.events - self.trials * p, self.trials * slope
            weight = weight + share * (fresh - weight) if step_number else fresh
            root, diagonal, over = self._blocks(weight, precision, own)
            g_dense = self.design.T @ rest - precision * dense
            if self.n_leaf:
                g_leaf = np.bincount(self.of, weights=rest, minlength=self.n_leaf) - own * leaf
                step = linalg.cho_solve((root, True), g_dense - over.T @ g_leaf)
                step_leaf = g_leaf / diagonal - over @ step
            else:
                step, step_leaf = linalg.cho_solve((root, True), g_dense), leaf
            size, far = 1.0, max(float(np.abs(step).max()), float(np.abs(step_leaf).max(initial=0.0)))
            if far > _SHORT:  # the objective is concave and smooth: a short step can't lower it
                here = value(dense, leaf)
                while size > 1e-8 and value(dense + size * step, leaf + size * step_leaf) < here - 1e-12:
                    size /= 2
            dense, leaf = dense + size * step, leaf + size * step_leaf
            before, turned = spread, moved
            spread, dense_variance, leaf_variance = self._variances(root, diagonal, over)
            moved = spread - before
            if max(far, float(np.abs(moved).max()) / share) < self.tolerance:
                break
            # shorter natural-gradient steps where the spread goes to and fro
            share = 0.6 * share if float(moved @ turned) < 0 else min(1.0, 1.2 * share)
        self.start = (dense, leaf, spread)
        here = value(dense, leaf)
        evidence = here + 0.5 * float(weight @ spread) + 0.5 * float(np.log(precision).sum())
        evidence -= float(np.log(np.diag(root)).sum())
        if self.n_leaf:
            evidence += 0.5 * (self.n_leaf * np.log(own) - float(np.log(diagonal).sum()))
        return _Fit(dense, leaf, root, dense_variance, leaf_variance, evidence)

    def evidence(self, scales: Array) -> tuple[float, Array]:
        """Log evidence's bound and its gradient in the logarithms of the standard deviations.

        The distribution is optimal, so its own change does not enter the gradient.
        """
        fit = self.fit(scales)
        gradient = np.zeros(len(scales))
        for f in range(len(scales)):
            if f == self.eliminate:
                mean, variance = fit.leaf, fit.leaf_variance
            else:
                chosen = self.factor == f
                mean, variance = fit.dense[chosen], fit.dense_variance[chosen]
            gradient[f] = scales[f] ** -2 * float(mean @ mean + variance.sum()) - len(mean)
        return fit.evidence, gradient


def _mean_softplus(mean: Array, variance: Array) -> Array:
    """Mean of log(1 + exp(eta)) over a normal eta."""
    return np.asarray(_WEIGHTS @ np.logaddexp(0.0, mean + _NODES[:, None] * np.sqrt(variance)))


def _mean_rates(mean: Array, variance: Array) -> tuple[Array, Array]:
    """Means of the rate and of its slope over a normal eta."""
    p = expit(mean + _NODES[:, None] * np.sqrt(variance))
    return _WEIGHTS @ p, _WEIGHTS @ (p * (1.0 - p))


def _indicator(columns: Levels, width: int) -> sparse.csr_array:
    n, k = columns.shape
    return sparse.csr_array((np.ones(n * k), columns.ravel(), np.arange(0, n * k + 1, k)), shape=(n, width))
