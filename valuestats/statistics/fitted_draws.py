r"""Draws about estimates that were fitted and not resampled: Student's t of few clusters, joint over what fits share.

Of G clusters with influences :math:`\psi_c` on the estimates (score times inverse information, leverage and factor in
it) the covariance is :math:`\sum_c \psi_c\psi_c'`. Draws are made as `valuestats.statistics.clusters` makes replicates of
few clusters, :math:`\hat\theta + \tau_b \sum_c z_{bc}\psi_c` with :math:`\tau_b^2 = df/\chi^2_{df}`, so that
`valuestats.results.joint` gets the error and the degrees of freedom of any contrast back from them, and widens nothing
that is wide already. Fits that share clusters share their normal numbers: contrasts of two systems which answered the
same questions are then within questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import block_diag

from valuestats.statistics.clusters import LEAST, MOST, random_lots
from valuestats.statistics.student import scales, student_numbers

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_COLUMNS, _LOTS = 500, 1000
"""Of more estimates than so many, clusters are put into fewer lots."""


@dataclass(frozen=True)
class Fit:
    """Estimates of one fit.

    Attributes
    ----------
    estimate
        Shape ``(estimates,)``.
    unit
        Number of the cluster of each row of `influence`, the same for all fits; clusters may have several rows.
    influence
        Shape ``(rows, estimates)``.
    degrees
        Degrees of freedom of the errors, of all estimates or of each; infinite for the normal distribution. Of fewer than
        `LEAST` clusters draws are null, as nothing is tested.
    apart
        Covariance of these estimates that no cluster makes (of a prior), shape ``(estimates, estimates)``.
    """

    estimate: Array
    unit: Ints
    influence: Array
    degrees: float | Array
    apart: Array | None = None


def drawn_about(
    estimate: Array, covariance: Array, degrees: float, draws: int, rng: np.random.Generator
) -> Array:
    """Draws of one fit's estimates, shape ``(draws, estimates)``: normal, or of few clusters Student's t.

    Examples
    --------
    >>> import numpy as np
    >>> found = drawn_about(np.array([1.0]), np.array([[4.0]]), 7, 1000, np.random.default_rng(0))
    >>> found.shape, round(float(found.mean()), 9)
    ((1000, 1), 1.0)
    """
    if not np.isfinite(degrees):
        return np.asarray(estimate + rng.normal(size=(draws, len(estimate))) @ root_of(covariance))
    whole = root_of(covariance)
    return drawn_together([Fit(estimate, np.arange(len(whole)), whole, degrees)], draws, rng)[0]


def drawn_together(fits: Sequence[Fit], draws: int, rng: np.random.Generator) -> list[Array]:
    """Draws of the estimates of each fit, shape ``(draws, estimates)``, jointly over the clusters that fits share.

    Examples
    --------
    >>> import numpy as np
    >>> own = np.array([[1.0], [-2.0], [0.5], [0.5]])
    >>> twice = [Fit(np.array([m]), np.arange(4), own, 3.0) for m in (0.0, 5.0)]
    >>> one, two = drawn_together(twice, 100, np.random.default_rng(0))
    >>> bool(np.allclose(two - one, 5.0))
    True
    """
    rows = _stacked(fits, rng)
    normal, quantile = student_numbers(draws, len(rows), rng)
    moved = normal @ rows
    found, at = [], 0
    for fit in fits:
        end = at + len(fit.estimate)
        own, degrees = moved[:, at:end], np.broadcast_to(fit.degrees, len(fit.estimate))
        for df in np.unique(degrees[np.isfinite(degrees)]):
            scale = scales(quantile, df) if df >= LEAST - 1 else np.full(len(quantile), np.nan)
            own[:, degrees == df] *= scale[:, None]
        found.append(np.asarray(fit.estimate + np.concatenate([own, -own])[:draws]))
        at = end
    return found


def root_of(covariance: Array) -> Array:
    """The symmetric root, so that machines agree."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T)


def _stacked(fits: Sequence[Fit], rng: np.random.Generator) -> Array:
    """Influences of all fits, shape ``(clusters, estimates)`` or fewer rows whose squares and products add up to the same.

    Of very many clusters random lots are summed, and each estimate keeps its own error.
    """
    units = 1 + max(int(fit.unit.max(initial=-1)) for fit in fits)
    size = sum(len(fit.estimate) for fit in fits)
    lot = random_lots(units, rng, MOST if size <= _COLUMNS else _LOTS)
    blocks = [_summed(fit, lot) for fit in fits]
    if len(blocks[0]) < units:
        for fit, block in zip(fits, blocks, strict=True):
            error, spread = (np.sqrt((x**2).sum(axis=0)) for x in (_summed(fit, np.arange(units)), block))
            block *= np.divide(error, spread, out=np.zeros_like(error), where=spread > 0)
    rows = np.hstack(blocks)
    if any(fit.apart is not None for fit in fits):
        apart = [np.zeros((len(f.estimate),) * 2) if f.apart is None else root_of(f.apart) for f in fits]
        rows = np.vstack([rows, block_diag(*apart)])
    return root_of(rows.T @ rows) if size < len(rows) else rows


def _summed(fit: Fit, group: Ints) -> Array:
    """Influences summed by the groups that the units are in."""
    n = len(fit.unit)
    into = sparse.csr_array((np.ones(n), (group[fit.unit], np.arange(n))), shape=(int(group.max()) + 1, n))
    return np.asarray(into @ fit.influence)
