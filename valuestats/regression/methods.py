"""What the two ways to an ordinal regression share: their engines' names and sources, and their predictive check."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError

METHODS = {
    "laplace": "nested Laplace approximation with Pareto-smoothed importance weights",
    "hmc": "Hamiltonian Monte Carlo whitened by the Laplace Hessian",
    "nuts": "No-U-Turn sampling",
    "ml": "maximum likelihood (group effects integrated out by Laplace's method)",
}
"""Of the engines, in a result's method."""

MODEL = ("McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42, 109-142.",)
APPROXIMATION = (
    "Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference for latent Gaussian models by "
    "using integrated nested Laplace approximations. JRSS B 71, 319-392.",
    "Vehtari, A., Simpson, D., Gelman, A., Yao, Y. and Gabry, J. (2024). Pareto smoothed importance sampling. "
    "JMLR 25, 1-58.",
)
"""Citations of the model and of the approximation."""


def check_sampling(chains: int, draws: int, tune: int) -> None:
    """Refuse what is too little to sample: two chains, a draw and a step of adaptation are the least."""
    if chains < 2 or draws < 1 or tune < 1:
        raise SpecificationError(
            "too little to sample",
            parameter="chains, draws, tune",
            got=f"{chains}, {draws}, {tune}",
            expected="at least 2, 1, 1",
        )


def predictive_p(
    observed: NDArray[np.float64], expected: NDArray[np.float64], replicated: NDArray[np.float64]
) -> float:
    """Posterior predictive p-value of the Freeman-Tukey discrepancy over groups x categories.

    Share of draws in which ``sum (sqrt n - sqrt E)^2`` of the replicate is at least that of the observed counts, with E from
    the same draw (Freeman and Tukey 1950; Gelman, Meng and Stern 1996).

    Parameters
    ----------
    observed
        Counts, shape ``(groups, K)``.
    expected, replicated
        Of each draw, shape ``(S, groups, K)``.

    Examples
    --------
    >>> even = np.array([[5.0, 5.0]])
    >>> predictive_p(even, even[None], np.array([[[6.0, 4.0]]]))
    1.0
    """
    seen = ((np.sqrt(observed) - np.sqrt(expected)) ** 2).sum(axis=(1, 2))
    made = ((np.sqrt(replicated) - np.sqrt(expected)) ** 2).sum(axis=(1, 2))
    return float((made >= seen).mean())
