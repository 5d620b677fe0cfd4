"""What missing answers could do to a mean: worst-case bounds, and answers that differ by a declared amount."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.optimize.elementwise import find_root
from scipy.special import expit, logit

from valuestats.base.errors import SpecificationError

Array = NDArray[np.float64]
Mechanism = Literal["shift", "selection"]


def imbens_manski(
    lower: Array, upper: Array, se_lower: Array, se_upper: Array, level: float, n: int
) -> Array:
    r"""Interval for a quantity of which only bounds are identified.

    :math:`[\hat l - c\,s_l, \hat u + c\,s_u]` with c from
    :math:`T(c + (\hat u - \hat l)/\max(s_l, s_u)) - T(-c) =` `level` (Imbens and Manski 2004), T the t distribution with
    n - 1 degrees of freedom in place of the normal. It covers the quantity, wherever between the bounds it is, with
    that probability; bounds that come from filling in the least and the greatest answer are ordered in every sample,
    which makes it valid when they come close together (Stoye 2009).

    Parameters
    ----------
    lower, upper
        Estimated bounds, any shape.
    se_lower, se_upper
        Their standard errors.
    level
        Probability of the interval.
    n
        Number of independent units behind them, at least 2.

    Returns
    -------
    numpy.ndarray
        The two ends, shape ``(2, ...)``; NaN where a standard error is.

    Examples
    --------
    >>> import numpy as np
    >>> one, zero = np.ones(1), np.zeros(1)
    >>> imbens_manski(zero, zero, one, one, 0.95, 100_000).round(2).ravel().tolist()
    [-1.96, 1.96]
    >>> imbens_manski(zero, 9 * one, one, one, 0.95, 100_000).round(2).ravel().tolist()
    [-1.64, 10.64]
    """
    if n < 2:
        raise SpecificationError("no interval from one unit", parameter="n", got=n, expected="at least 2")
    lower, upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    widest = np.maximum(se_lower, se_upper)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(widest > 0, (upper - lower) / widest, np.where(upper > lower, np.inf, 0.0))

    def excess(c: Array, between: Array) -> Array:
        return np.asarray(special.stdtr(n - 1, c + between) - special.stdtr(n - 1, -c) - level)

    # no gap and an endless one have their roots at these ends, which rounding must not leave outside
    bracket = special.stdtrit(n - 1, level) - 1.0, special.stdtrit(n - 1, (1 + level) / 2) + 1.0
    found = find_root(excess, bracket, args=(gap,))
    c = np.where(np.isnan(widest), np.nan, found.x)
    return np.stack([lower - c * se_lower, upper + c * se_upper])


def expected_missing(
    shares: Array, codes: Array, amount: float, mechanism: Mechanism, values: Array | None = None
) -> Array:
    r"""Expected code of a missing answer, given the distribution of the answers that came.

    ``"shift"`` (pattern mixture): the missing answers are the others shifted by `amount` on the latent logistic scale,
    :math:`\operatorname{logit} P(Y \le k \mid \text{missing}) = \operatorname{logit} P(Y \le k \mid \text{answered}) -
    \delta`.

    ``"selection"``: :math:`\operatorname{logit} P(\text{answered} \mid Y = k) = a + \gamma k`. The likelihood of
    answering and answers together is saturated in the shares and a once :math:`\gamma` is declared, and its maximum has
    :math:`P(Y = k \mid \text{missing}) \propto P(Y = k \mid \text{answered})\, e^{-\gamma k}`, whatever a is.

    Parameters
    ----------
    shares
        Distribution of the answers given, shape ``(..., codes)``, each summing to 1.
    codes
        The codes in ascending order, shape ``(codes,)``.
    amount
        :math:`\delta` (logits), or :math:`\gamma` (logits per step of the scale).
    mechanism
        See above.
    values
        What to expect in place of the code, shape ``(codes,)``, e.g. 1 from some code on.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``.

    Examples
    --------
    >>> import numpy as np
    >>> even, codes = np.full(2, 0.5), np.array([0.0, 1.0])
    >>> float(expected_missing(even, codes, 1.0, "shift").round(3))
    0.731
    >>> float(expected_missing(even, codes, -1.0, "selection").round(3))
    0.731
    """
    shares = np.asarray(shares, dtype=float)
    values = codes if values is None else values
    if mechanism == "selection":
        tilt = -amount * (codes - codes.mean())
        weight = shares * np.exp(tilt - tilt.max())
        return np.asarray(weight @ values / weight.sum(axis=-1))
    below = np.clip(shares[..., :-1].cumsum(axis=-1), 0.0, 1.0)
    above = 1.0 - expit(logit(below) - amount)
    return np.asarray(values[0] + above @ np.diff(values))


def located_shares(pool: Array, counts: Array, codes: Array) -> Array:
    r"""Distribution of the answers to an item: the pool's thresholds, at the item's own place on the latent scale.

    :math:`\operatorname{logit} P(Y \le k) = \operatorname{logit} Q_k - b` with Q of the pool and b such that the
    expected code is the item's mean, one answer at the pool's mean added. A few answers tell where an item stands, but not
    the spread around it: their own shares are too narrow.

    Parameters
    ----------
    pool
        Shares of the pool, all above 0, shape ``(cells, codes)``.
    counts
        Answers to the item, shape ``(cells, codes)``.
    codes
        The codes in ascending order, shape ``(codes,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(cells, codes)``.

    Examples
    --------
    >>> import numpy as np
    >>> pool, counts = np.full((1, 2), 0.5), np.array([[0.0, 3.0]])
    >>> located_shares(pool, counts, np.array([0.0, 1.0])).round(3).tolist()
    [[0.125, 0.875]]
    """
    target = (counts @ codes + pool @ codes) / (counts.sum(axis=1) + 1.0)
    cut = logit(pool[:, :-1].cumsum(axis=1))
    steps = np.diff(codes)

    def above(b: Array, target: Array, *cuts: Array) -> Array:
        expected = sum(step * expit(b - c) for step, c in zip(steps, cuts, strict=True))
        return np.asarray(codes[0] + expected - target)

    place = np.asarray(find_root(above, (-40.0, 40.0), args=(target, *cut.T)).x)
    below = expit(cut - place[:, None])
    padded = np.concatenate([np.zeros((len(pool), 1)), below, np.ones((len(pool), 1))], axis=1)
    return np.diff(padded, axis=1)


def selection_shares(counts: Array, missing: float, codes: Array, gamma: float) -> tuple[Array, float]:
    r"""Shares of all answers, the missing ones among them, by the selection model of `expected_missing`.

    The maximum of the joint likelihood :math:`\prod_k (\pi_k \rho_k)^{n_k} (\sum_k \pi_k (1 - \rho_k))^{m}` with
    :math:`\operatorname{logit} \rho_k = a + \gamma k`: :math:`\hat\pi_k = n_k / (N \rho_k)`, with a from
    :math:`\sum_k n_k / \rho_k = N`.

    Parameters
    ----------
    counts
        Answers per code, shape ``(codes,)``.
    missing
        Number of missing answers, above 0.
    codes, gamma
        The codes, and the declared coefficient per step.

    Returns
    -------
    tuple
        The shares, shape ``(codes,)``, and a.

    Examples
    --------
    >>> import numpy as np
    >>> shares, _ = selection_shares(np.array([30.0, 30.0]), 40.0, np.array([0.0, 1.0]), 0.0)
    >>> shares.round(2).tolist()
    [0.5, 0.5]
    """
    counts = np.asarray(counts, dtype=float)
    if not counts.sum() > 0 or not missing > 0:
        raise SpecificationError(
            "nothing to model",
            parameter="counts, missing",
            got=f"{counts.sum():g} answers, {missing:g} missing",
            expected="more than 0 of both",
        )
    # 1/rho = 1 + exp(-a - gamma k), so the sum equals N where exp(-a) sum n_k exp(-gamma k) = m
    a = float(np.log((counts * np.exp(-gamma * codes)).sum() / missing))
    weight = counts * (1.0 + np.exp(-a - gamma * codes))
    return weight / weight.sum(), a
