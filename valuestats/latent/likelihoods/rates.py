r"""Rates of an event in many cells by a multilevel logistic model, drawn from its exact posterior.

In cell c with factor levels :math:`l_f(c)` the events are binomial with
:math:`\operatorname{logit} p_c = \alpha + \sum_f u_{f,l_f(c)}`, :math:`u_{fl} \sim N(0, \sigma_f^2)`,
:math:`\alpha \sim N(0, 5^2)` and half-normal priors on the :math:`\sigma_f`. `Events` is the likelihood of the latent engine
(`valuestats.latent.likelihoods.protocol`); its Hamiltonian sampler draws, in coordinates whitened about the mode. The mode
itself will not do: where events are rare most clusters have none, it puts their effects at 0, and the intercept takes a
value that gives twice the rate once clusters are integrated out. The factor with the most levels (items, say) is
eliminated level by level, so that the cost does not grow with its square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from valuestats.base.errors import SpecificationError
from valuestats.base.threads import one_thread
from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.hmc import sample_whitened
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.likelihoods.protocol import RowCurvature
from valuestats.latent.posterior import LatentPosterior

Array = NDArray[np.float64]
Levels = NDArray[np.intp]

INTERCEPT_SD = 5.0
_CHAINS, _TUNE = 4, 300
# Spreads near 0 want small steps: with four of five orbits accepted some left the posterior in half of the small tables
# tried. Draws of a chain: the spread of few levels, near 0, is then known to some 100 effective ones.
_ACCEPT, _SHORTEST = 0.98, 500
_ACCEPT_CAREFUL, _LONGER = 0.995, 2


class Events:
    """Events of trials, rows of the latent engine being their logits.

    Parameters
    ----------
    events, trials
        Per row, shape ``(rows,)``.
    """

    own, rounds = 0, False

    def __init__(self, events: Array, trials: Array) -> None:
        self.events, self.trials, self.rows = events, trials, len(events)

    def gradient(self, eta: Array, own: Array, *, valued: bool = True) -> tuple[Array, Array, Array]:
        """Log-likelihood of each draw, without binomial coefficients, and its gradients."""
        value = self.values(eta, own) if valued else np.zeros(eta.shape[1])
        return value, self.events[:, None] - self.trials[:, None] * expit(eta), own

    def values(self, eta: Array, own: Array) -> Array:
        """Log-likelihood alone."""
        del own
        return np.asarray(self.events @ eta + self.trials @ log_expit(-eta))

    def curvature(self, eta: Array, own: Array) -> RowCurvature:
        """Minus the second derivatives at one point."""
        del own
        p = expit(eta)
        return RowCurvature(self.trials * p * (1.0 - p))


@dataclass(frozen=True)
class RateChains:
    """All draws, chain by chain.

    Attributes
    ----------
    coefficients, scales
        As of `MultilevelRates`, shapes ``(chains * draws, coefficients)`` and ``(chains * draws, factors)``.
    diverging
        Which orbits left the posterior, shape ``(chains, draws)``.
    """

    coefficients: Array
    scales: Array
    diverging: NDArray[np.bool_]


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
    effective
        Smallest bulk effective sample size of a standard deviation, over all chains; infinite without factors.
    rhat
        Largest R-hat of intercept, kept levels and standard deviations.
    chains
        All draws, of which `chosen` are those above.
    chosen
        Shape ``(draws,)``.
    """

    coefficients: Array
    scales: Array
    effective: float
    rhat: float
    chains: RateChains
    chosen: Levels


def multilevel_rates(
    events: Array,
    trials: Array,
    levels: Levels,
    sizes: list[int],
    *,
    eliminate: int | None = None,
    spread_sd: float = 1.5,
    draws: int = 1000,
    careful: bool = False,
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
    careful
        Whether to take smaller steps and twice as many.
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
    levels = np.asarray(levels)[asked]
    posterior = LatentPosterior(_design(events[asked], trials[asked], levels, sizes, eliminate, spread_sd))
    seed = int(rng.integers(2**32))
    size = max(_SHORTEST, -(-draws // _CHAINS)) * (_LONGER if careful else 1)
    with one_thread():
        drawn = sample_whitened(
            posterior,
            fit_laplace(posterior, seed=seed),
            draws=size,
            tune=_TUNE * (_LONGER if careful else 1),
            chains=_CHAINS,
            seed=seed,
            target_accept=_ACCEPT_CAREFUL if careful else _ACCEPT,
        )
    design = posterior.design
    first = 0 if eliminate is None else sizes[eliminate]
    scales = np.exp(design.unconstrained(drawn.phi.reshape(len(sizes), _CHAINS * size)))
    scales = scales.reshape(len(sizes), _CHAINS, size)
    effective, rhat = _diagnosed(drawn.x[first:], scales)
    chosen = rng.permutation(_CHAINS * size)[:draws]
    whole = RateChains(
        drawn.x[first:].reshape(len(drawn.x) - first, _CHAINS * size).T,
        scales.reshape(len(sizes), _CHAINS * size).T,
        drawn.diverging,
    )
    return MultilevelRates(whole.coefficients[chosen], whole.scales[chosen], effective, rhat, whole, chosen)


def _design(
    events: Array, trials: Array, levels: Levels, sizes: list[int], eliminate: int | None, spread_sd: float
) -> LatentDesign:
    """The eliminated factor as a leaf, the intercept, and the other factors in their order."""
    terms = {"all": index_term(np.zeros(len(events), dtype=np.int64), 1)}
    effects = []
    for f, size in enumerate(sizes):
        terms[f"factor {f}"] = index_term(levels[:, f].astype(np.int64), size)
        effects.append(
            Block(f"factor {f}", f"factor {f}", None, (size,), 1.0, (Scale(f"sd {f}"),), leaf=f == eliminate)
        )
    leaf = [] if eliminate is None else [effects.pop(eliminate)]
    return LatentDesign.around(
        Events(events, trials),
        terms,
        (*leaf, Block("all", "all", None, (1,), INTERCEPT_SD), *effects),
        tuple(Hyper(f"sd {f}", 1, "half_normal", spread_sd) for f in range(len(sizes))),
    )


def _diagnosed(x: Array, scales: Array) -> tuple[float, float]:
    """Smallest bulk effective sample size of the scales, and largest R-hat of all."""
    from arviz_stats.base import array_stats

    axes = {"chain_axis": 1, "draw_axis": 2}
    rhat = float(np.max(array_stats.rhat(np.concatenate([x, scales]), **axes)))
    return (float(np.min(array_stats.ess(scales, **axes))) if len(scales) else np.inf), rhat
