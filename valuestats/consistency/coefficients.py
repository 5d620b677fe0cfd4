"""Coefficients of the reliability of one scale, and their replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.consistency.hierarchical import omega_hierarchical
from valuestats.statistics.polychoric import pair_tables, polychoric_tables
from valuestats.statistics.reliability import (
    Covariances,
    all_splits,
    cronbach_alpha,
    omega_total,
    one_factor_loadings,
    pairwise_covariance,
    split_half,
)


@dataclass(frozen=True)
class Found:
    """Coefficients of one scale; the first entry is the estimate, the others are replicates."""

    values: dict[str, np.ndarray]
    n_items: int
    n_units: int
    n_effective: float
    n_scored: int
    n_asked: int
    item_rest: np.ndarray
    heywood: bool


def answering(y: np.ndarray, missing: str) -> np.ndarray:
    """Which respondents enter, by how missing answers are taken."""
    return ~np.isnan(y).all(axis=1) if missing == "pairwise" else ~np.isnan(y).any(axis=1)


def one_scale(
    y: np.ndarray,
    member: np.ndarray,
    weights: np.ndarray,
    wanted: list[str],
    missing: str,
    splits: int,
    factors: int,
    rng: np.random.Generator,
) -> Found:
    """Every wanted coefficient of one scale, from its answers ``(respondents, items)`` and rows of weights."""
    n_asked = y.size
    used = answering(y, missing)
    y, weights = y[used], weights[:, used]
    found = pairwise_covariance(y, weights)
    p = y.shape[1]
    off = ~np.eye(p, dtype=bool)
    n = found.n[0][off]
    effective = float(len(n) / (1 / n).sum()) if len(n) and (n > 0).all() else float("nan")
    ordinal = _polychoric(y, weights) if any(name.endswith("_ordinal") for name in wanted) else None
    values = {name: _value(name, y, weights, found, ordinal, splits, factors, rng) for name in wanted}
    heywood = "omega_total" in wanted and p > 2 and np.isfinite(found.correlation[0]).all()
    return Found(
        values,
        p,
        len(np.unique(member[used])),
        effective,
        int((~np.isnan(y)).sum()),
        n_asked,
        item_rest(found.covariance[0]),
        bool(heywood and np.isnan(values["omega_total"][0])),
    )


def _value(
    name: str,
    y: np.ndarray,
    weights: np.ndarray,
    found: Covariances,
    ordinal: np.ndarray | None,
    splits: int,
    factors: int,
    rng: np.random.Generator,
) -> np.ndarray:
    if name == "alpha":
        return cronbach_alpha(found.covariance)
    if name == "alpha_standardised":
        return cronbach_alpha(found.correlation)
    if name == "omega_total":
        return omega_total(one_factor_loadings(found.correlation))
    if name == "omega_hierarchical":
        return _hierarchical(found.correlation, factors)
    if name == "split_half":
        if y.shape[1] < 2:
            return np.full(len(weights), np.nan)
        return split_half(found.covariance, all_splits(y.shape[1], splits, rng)).spearman_brown.mean(axis=-1)
    matrix = _polychoric(y, weights) if ordinal is None else ordinal
    if name == "omega_hierarchical_ordinal":
        return _hierarchical(matrix, factors)
    return cronbach_alpha(matrix) if name == "alpha_ordinal" else omega_total(one_factor_loadings(matrix))


def _polychoric(y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Polychoric correlations under each row of weights, shape (replicates, items, items)."""
    p = y.shape[1]
    matrix = np.broadcast_to(np.eye(p), (len(weights), p, p)).copy()
    if p < 2:
        return matrix
    tables, pairs = pair_tables(y, weights)
    k = tables.shape[-1]
    r = polychoric_tables(tables.reshape(-1, k, k)).r.reshape(len(weights), len(pairs))
    matrix[:, pairs[:, 0], pairs[:, 1]] = matrix[:, pairs[:, 1], pairs[:, 0]] = r
    return matrix


def _hierarchical(correlation: np.ndarray, factors: int) -> np.ndarray:
    """Omega hierarchical of each matrix."""
    if factors < 3:
        raise SpecificationError(
            "two group factors do not identify a general one",
            parameter="factors",
            got=factors,
            expected="3 or more",
        )
    return omega_hierarchical(correlation, factors)


def item_rest(covariance: np.ndarray) -> np.ndarray:
    r"""Correlation of each item with the sum of the other items (corrected item-total correlation).

    .. math:: r_j = \frac{\sum_{k\ne j} c_{jk}}{\sqrt{c_{jj}\,\sum_{k\ne j}\sum_{l\ne j} c_{kl}}}

    Parameters
    ----------
    covariance
        Of the items, turned by their keys, shape ``(items, items)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(items,)``; NaN for one item, and where an item or the rest does not vary.

    Examples
    --------
    >>> item_rest(np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])).round(3).tolist()
    [0.354, 0.354, 0.0]
    """
    own = np.diag(covariance)
    rest = covariance.sum(axis=1) - own
    spread = covariance.sum() - 2 * covariance.sum(axis=1) + own
    known = (own > 0) & (spread > 0) & np.isfinite(rest) & (len(own) > 1)
    return np.divide(
        rest, np.sqrt(np.where(known, own * spread, 1.0)), out=np.full(len(own), np.nan), where=known
    )
