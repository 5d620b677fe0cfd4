"""Empirical-Bayes shrinkage of many estimates with known standard errors: normal and scale-mixture priors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.optimize.elementwise import find_root

Array = NDArray[np.float64]

_RATIO = np.sqrt(2.0)  # between neighbouring SDs of the grid
_NULL_WEIGHT = 10.0  # pseudo-observations at zero: the share of zeros is rather over- than understated
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_CHUNK = 4096


@dataclass(frozen=True)
class Prior:
    """A mixture of normals about one centre.

    Attributes
    ----------
    centre
        Mean of all components.
    sd
        SD of each component, shape ``(components,)``; 0 is a point.
    weight
        Share of each component, adding up to one.
    """

    centre: float
    sd: Array
    weight: Array


@dataclass(frozen=True)
class Posterior:
    """Posterior of each estimate's truth, a mixture of normals; arrays ``(estimates, components)``."""

    weight: Array
    mean: Array
    sd: Array

    def above(self, bound: float) -> Array:
        """Posterior probability that the truth lies above `bound` (strictly)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (self.mean - bound) / self.sd
        point = np.where(self.mean > bound, 1.0, 0.0)
        return (self.weight * np.where(self.sd > 0, special.ndtr(z), point)).sum(axis=1)

    def below(self, bound: float) -> Array:
        """Posterior probability that the truth lies below `bound` (strictly)."""
        return Posterior(self.weight, -self.mean, self.sd).above(-bound)

    def false_sign_rate(self) -> Array:
        """Probability that the likelier sign is wrong, zero counted as wrong (Stephens 2017)."""
        return 1 - np.maximum(self.above(0.0), self.below(0.0))

    def correlation(self) -> tuple[Array, Array]:
        """Posterior mean and SD of tanh of the truth, by 15-point Gauss-Hermite quadrature."""
        first, second = np.empty(len(self.mean)), np.empty(len(self.mean))
        share = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
        for start in range(0, len(self.mean), _CHUNK):
            part = slice(start, start + _CHUNK)
            r = np.tanh(self.mean[part, :, None] + self.sd[part, :, None] * _NODES)
            first[part] = (self.weight[part] * (r @ share)).sum(axis=1)
            second[part] = (self.weight[part] * (r**2 @ share)).sum(axis=1)
        return first, np.sqrt(np.maximum(second - first**2, 0.0))

    def quantile(self, probability: float) -> Array:
        """Quantile of each truth."""
        spread = 9 * self.sd.max(axis=1) + 1e-12

        def below(x: Array, row: Array) -> Array:
            part = row.astype(int)
            with np.errstate(divide="ignore", invalid="ignore"):
                z = (x[:, None] - self.mean[part]) / self.sd[part]
            step = np.where(self.sd[part] > 0, special.ndtr(z), (x[:, None] >= self.mean[part]).astype(float))
            return np.asarray((self.weight[part] * step).sum(axis=1) - probability)

        bracket = self.mean.min(axis=1) - spread, self.mean.max(axis=1) + spread
        found = find_root(below, bracket, args=(np.arange(len(spread), dtype=float),)).x
        return np.where(np.abs(found) < 1e-9, 0.0, found)  # the point at zero


def normal_prior(estimate: Array, std_error: Array) -> Prior:
    r"""Normal prior :math:`N(\mu, \tau^2)` by maximum marginal likelihood (Efron and Morris 1973).

    :math:`\hat z_i \sim N(\mu, \tau^2 + s_i^2)`; given :math:`\tau` the centre is the precision-weighted mean,
    and :math:`\tau^2` (0 where the estimates spread no wider than their errors) is found by fixed-point
    steps on its score equation.

    Parameters
    ----------
    estimate, std_error
        Shape ``(estimates,)``, no missing values.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.array([-2.0, 0.0, 2.0])
    >>> prior = normal_prior(z, np.ones(3))  # tau^2 = mean square - 1
    >>> round(prior.centre, 6), (prior.sd**2).round(6)
    (0.0, array([1.666667]))
    """
    variance = std_error**2
    tau2 = max(float(np.var(estimate) - variance.mean()), 0.0)
    centre = float(estimate.mean())
    for _ in range(200):
        w = 1 / (variance + tau2)
        centre = float((w * estimate).sum() / w.sum())
        new = max(float((w**2 * ((estimate - centre) ** 2 - variance)).sum() / (w**2).sum()), 0.0)
        if abs(new - tau2) < 1e-12:
            break
        tau2 = new
    return Prior(centre, np.array([np.sqrt(tau2)]), np.ones(1))


def mixture_prior(estimate: Array, std_error: Array, *, steps: int = 200) -> Prior:
    r"""Unimodal prior about zero: a point at zero and normals on a grid of SDs, weights by EM (Stephens 2017).

    The grid rises by :math:`\sqrt 2` from a tenth of the smallest error to twice
    :math:`\sqrt{\max(\hat z^2 - s^2)}`; the weights maximise
    :math:`\sum_i \log \sum_j \pi_j N(\hat z_i; 0, \sigma_j^2 + s_i^2) + (\lambda - 1) \log \pi_0` with
    :math:`\lambda = 10`, so that the share of zeros is rather overstated than understated.

    Parameters
    ----------
    estimate, std_error
        Shape ``(estimates,)``, no missing values.
    steps
        Most EM steps; they end when no weight moves by more than 1e-5.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> prior = mixture_prior(rng.normal(size=2000) * 0.1, np.full(2000, 0.1))  # nothing but noise
    >>> bool(np.sqrt(prior.weight @ prior.sd**2) < 0.03)
    True
    """
    top = 2 * np.sqrt(max(float((estimate**2 - std_error**2).max(initial=0.0)), float(std_error.min()) ** 2))
    rungs = int(np.ceil(np.log(10 * top / std_error.min()) / np.log(_RATIO)))
    sd = np.concatenate([[0.0], top / _RATIO ** np.arange(max(rungs, 1))[::-1]])
    density = _density(estimate, std_error, 0.0, sd)
    weight = np.full(len(sd), 1 / len(sd))
    extra = np.where(sd == 0, _NULL_WEIGHT - 1, 0.0)
    for _ in range(steps):
        # What each component has of each estimate, added up, without a table of it.
        new = weight * ((1.0 / (density @ weight)) @ density) + extra
        new /= new.sum()
        moved, weight = np.abs(new - weight).max(), new
        if moved < 1e-5:
            break
    return Prior(0.0, sd, weight)


def posterior(estimate: Array, std_error: Array, prior: Prior) -> Posterior:
    r"""Posterior of each truth: component j has mean :math:`(z \sigma_j^2 + \mu s^2)/(\sigma_j^2 + s^2)`.

    Its variance is :math:`\sigma_j^2 s^2/(\sigma_j^2 + s^2)`, its weight proportional to
    :math:`\pi_j N(z; \mu, \sigma_j^2 + s^2)`.

    Examples
    --------
    >>> import numpy as np
    >>> found = posterior(np.array([1.0]), np.array([1.0]), Prior(0.0, np.array([1.0]), np.ones(1)))
    >>> found.mean.item(), round(found.sd.item() ** 2, 12)
    (0.5, 0.5)
    """
    joint = prior.weight * _density(estimate, std_error, prior.centre, prior.sd)
    total = prior.sd**2 + std_error[:, None] ** 2
    mean = (estimate[:, None] * prior.sd**2 + prior.centre * std_error[:, None] ** 2) / total
    sd = prior.sd * std_error[:, None] / np.sqrt(total)
    return Posterior(joint / joint.sum(axis=1, keepdims=True), mean, sd)


def _density(estimate: Array, std_error: Array, centre: float, sd: Array) -> Array:
    """Marginal density of each estimate under each component, up to a factor per estimate."""
    variance = sd**2 + std_error[:, None] ** 2
    log = -0.5 * (estimate[:, None] - centre) ** 2 / variance - 0.5 * np.log(variance)
    return np.exp(log - log.max(axis=1, keepdims=True))
