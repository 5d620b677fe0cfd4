"""Shares behind a judge's labels: posteriors from a table of people's labels by the judge's, on a labelled part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PRIOR = 0.5
"""Weight of each cell in the Dirichlet priors; Jeffreys' of each distribution."""
_BATCHES = 25
_AT_ONCE = 4000
_LEAST = 50
"""Fewer draws than that within the simplex: no posterior."""


def calibrated_draws(table: Array, rest: Array, draws: int, rng: np.random.Generator) -> Array:
    r"""Shares of the true labels where the labelled are random given the judge's label.

    With :math:`q_j` the share of judge's label j over all and :math:`r_{tj} = P(t \mid j)`, :math:`\pi_t = \sum_j q_j
    r_{tj}`; q has a Dirichlet posterior from the judge's labels of all, each :math:`r_{\cdot j}` one from the labelled.
    Under a Dirichlet prior on the joint table this is the exact posterior.

    Parameters
    ----------
    table
        Labelled, counts of true by judge's label, shape ``(K, K)``.
    rest
        Counts of the judge's labels of the others, shape ``(K,)``.
    draws, rng
        How many, and from what.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, K)``.

    Examples
    --------
    >>> import numpy as np
    >>> found = calibrated_draws(np.diag([50.0, 50.0]), np.array([800.0, 200.0]), 4000, np.random.default_rng(0))
    >>> found.mean(axis=0).round(2)
    array([0.77, 0.23])
    """
    size = len(table)
    q = rng.dirichlet(table.sum(axis=0) + rest + size * PRIOR, size=draws)
    right = np.stack([rng.dirichlet(table[:, j] + PRIOR, size=draws) for j in range(size)], axis=2)
    return np.asarray(np.einsum("dj,dtj->dt", q, right))


def confusion_draws(
    tables: Array, rest: Array, draws: int, rng: np.random.Generator, *, shared: bool = False
) -> Array:
    r"""Shares of the true labels where the labelled are random given the true label; Rogan and Gladen's, for K labels.

    The judge says j of a true t with probability :math:`\theta_{tj}`, so that its labels of the others are multinomial with
    :math:`q = \theta'\pi^u`. With Dirichlet priors on the rows of :math:`\theta` and a uniform one on :math:`\pi^u`, the
    posterior is drawn by importance: :math:`\theta` from its posterior given the labelled, q from a Dirichlet given the
    judge's labels of the others, :math:`\pi^u = \theta'^{-1}q` kept where it is within 0 and 1, with weight
    :math:`\prod_j q_j^{1/2}/|\det\theta|`. The others are then split over true labels, and the shares of all are Dirichlet
    given both parts.

    Parameters
    ----------
    tables
        Labelled, counts of true by judge's label in each group, shape ``(groups, K, K)``.
    rest
        Counts of the judge's labels of the others, shape ``(groups, K)``.
    draws, rng
        How many, and from what.
    shared
        Whether the judge errs alike in all groups; its errors are then drawn given the labelled of all groups.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, groups, K)``; null in a group whose judge's labels fit next to none of the draws of its errors.

    References
    ----------
    Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76; Gelman et al. (2013), Bayesian Data Analysis,
    section 10.4, for importance resampling.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([[[80.0, 20.0], [10.0, 90.0]]])
    >>> found = confusion_draws(table, np.array([[2900.0, 7100.0]]), 2000, np.random.default_rng(0))
    >>> bool(abs(found[:, 0, 0].mean() - 0.28) < 0.03)
    True
    """
    groups, size = rest.shape
    together = tables.sum(axis=0)
    found = np.full((draws, groups, size), np.nan)
    for g in range(groups):
        table = together if shared else tables[g]
        theta, share, weight = _proposed(table, rest[g], draws, rng)
        if len(weight) < _LEAST:
            continue
        place = np.searchsorted(np.cumsum(weight) / weight.sum(), (np.arange(draws) + rng.random()) / draws)
        at = rng.permutation(np.minimum(place, len(weight) - 1))
        joint = share[at][:, :, None] * theta[at]
        chance = np.swapaxes(joint / joint.sum(axis=1, keepdims=True), 1, 2)
        split = rng.multinomial(rest[g].astype(np.int64), chance).sum(axis=1)
        found[:, g] = _dirichlet(tables[g].sum(axis=1) + split + PRIOR, rng)
    return found


def _proposed(table: Array, rest: Array, draws: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Errors, shares of the others and importance weights, of proposals that are possible."""
    kept: list[tuple[Array, Array, Array]] = []
    n, many = 0, max(2 * draws, _AT_ONCE)
    for _ in range(_BATCHES):
        theta = _dirichlet(np.broadcast_to(table + PRIOR, (many, *table.shape)), rng)
        q = _dirichlet(np.broadcast_to(rest + PRIOR, (many, len(rest))), rng)
        size = np.abs(np.linalg.det(theta))
        fine = size > 1e-9
        theta, q, size = theta[fine], q[fine], size[fine]
        share = np.linalg.solve(np.swapaxes(theta, 1, 2), q[..., None])[..., 0]
        inside = (share >= 0).all(axis=1)
        kept.append((theta[inside], share[inside], np.sqrt(q[inside]).prod(axis=1) / size[inside]))
        n += int(inside.sum())
        if n >= draws:
            break
    theta, share, weight = (np.concatenate(part) for part in zip(*kept, strict=True))
    return theta, share, weight


def _dirichlet(alpha: Array, rng: np.random.Generator) -> Array:
    gamma = np.maximum(rng.standard_gamma(alpha), 1e-300)
    return np.asarray(gamma / gamma.sum(axis=-1, keepdims=True))
