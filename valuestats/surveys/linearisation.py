"""Shares of options in domains of a stratified cluster sample: linearised variance, intervals, design effects.

By hand: svy agrees, would bring polars into every installation and takes 30 times as long (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from valuestats.statistics.ratios import ratio

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
SinglePsu = Literal["error", "centre", "remove"]
ShareInterval = Literal["logit", "korn_graubard"]


@dataclass(frozen=True)
class Shares:
    """Shares with their design-based precision.

    Attributes
    ----------
    share, variance
        Shape (domains, options).
    deff
        Variance over that of a simple random sample with replacement of the same size, (domains, options).
    n, kish
        Respondents of positive weight, and Kish's effective size, per domain.
    df
        Clusters less strata among them, per domain.
    """

    share: Floats
    variance: Floats
    deff: Floats
    n: NDArray[np.int64]
    kish: Floats
    df: NDArray[np.int64]


def single_strata(strata: Codes, psu: Codes) -> Codes:
    """Strata that hold one primary sampling unit only.

    Examples
    --------
    >>> import numpy as np
    >>> single_strata(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2])).tolist()
    [1]
    """
    _, n_psu, _ = _design(strata, psu)
    return np.flatnonzero(n_psu == 1)


def _design(strata: Codes, psu: Codes) -> tuple[Codes, Codes, Codes]:
    """Stratum of each cluster, clusters per stratum, cluster of each row; a cluster is one within its stratum."""
    pair = strata.astype(np.int64) * (int(psu.max(initial=0)) + 1) + psu
    keys, member = np.unique(pair, return_inverse=True)
    stratum = (keys // (int(psu.max(initial=0)) + 1)).astype(np.intp)
    return stratum, np.bincount(stratum, minlength=int(strata.max(initial=0)) + 1), member


def linearised_shares(
    option: Codes,
    domain: Codes,
    weight: Floats,
    strata: Codes,
    psu: Codes,
    shape: tuple[int, int],
    single: SinglePsu = "error",
) -> Shares:
    r"""Weighted shares of each option in each domain and their Taylor-linearised variance.

    .. math::
        \hat p_{dk} = \frac{\sum_i w_i 1[i \in d, y_i = k]}{\sum_i w_i 1[i \in d]}, \qquad
        \hat V(\hat p_{dk}) = \sum_h \frac{n_h}{n_h - 1} \sum_c (z_{hc} - \bar z_h)^2,

    with :math:`z_{hc}` the sum over cluster :math:`c` of :math:`w_i 1[i \in d](1[y_i = k] - \hat p_{dk}) / \hat W_d`.
    Clusters without a member of the domain stay in their stratum with :math:`z = 0`, and clusters count as drawn
    with replacement. Time and memory grow with the pairs of cluster and domain that occur, not with their product.

    Parameters
    ----------
    option, domain
        Position of each respondent's option and domain; -1 where outside of every domain. Shape (n,).
    weight
        Design weights, finite, not negative.
    strata, psu
        Codes from 0; a cluster's code needs to be its own within its stratum only.
    shape
        Number of domains and of options.
    single
        A stratum with one cluster: ``"error"`` (a ValueError), ``"centre"`` (its deviation from the grand mean, zero,
        counts: R's ``adjust``) or ``"remove"`` (it adds nothing).

    Returns
    -------
    Shares
        NaN where a domain has no weight.

    References
    ----------
    Binder (1983); Lumley (2010), Complex Surveys, section 2 and appendix.

    Examples
    --------
    >>> import numpy as np
    >>> four = np.arange(4)
    >>> found = linearised_shares(np.array([0, 0, 0, 1]), np.zeros(4, int), np.ones(4), np.zeros(4, int), four, (1, 2))
    >>> found.share.tolist(), found.variance.round(4).tolist(), found.deff.tolist()
    ([[0.75, 0.25]], [[0.0625, 0.0625]], [[1.0, 1.0]])
    """
    d, k = shape
    stratum, n_psu, member = _design(strata, psu)
    if single == "error" and (n_psu == 1).any():
        raise ValueError("a stratum with one cluster")
    inside = (domain >= 0) & (option >= 0)
    member, option, domain, w = member[inside], option[inside], domain[inside], weight[inside]
    pairs, at = np.unique(member.astype(np.int64) * d + domain, return_inverse=True)
    sums = np.bincount(at * k + option, weights=w, minlength=len(pairs) * k).reshape(len(pairs), k)
    cluster, of = pairs // d, (pairs % d).astype(np.intp)
    totals = np.zeros((d, k))
    np.add.at(totals, of, sums)
    size = totals.sum(axis=1)
    share = ratio(totals, np.broadcast_to(size[:, None], totals.shape))
    known = size[of] > 0
    z = np.zeros_like(sums)
    z[known] = (sums[known] - share[of[known]] * sums[known].sum(axis=1, keepdims=True)) / size[
        of[known], None
    ]
    variance = _between(z, stratum[cluster], of, n_psu, d, single)
    variance[size <= 0] = np.nan
    positive = w > 0
    n = np.bincount(domain[positive], minlength=d)
    squares = np.bincount(domain, weights=w**2, minlength=d)
    reference = share * (1 - share) / np.maximum(n - 1, 1)[:, None]
    deff = ratio(variance, np.where(n[:, None] > 1, reference, 0.0))
    seen = np.bincount(at, weights=positive) > 0
    strata_seen = np.unique(of[seen] * np.int64(len(n_psu)) + stratum[cluster[seen]])
    df = np.bincount(of[seen], minlength=d) - np.bincount(strata_seen // len(n_psu), minlength=d)
    return Shares(share, variance, deff, n, ratio(size**2, squares), df)


def _between(z: Floats, stratum: Codes, domain: Codes, n_psu: Codes, d: int, single: SinglePsu) -> Floats:
    """Sum over strata of the scaled squares around the stratum's mean; absent clusters count with zero."""
    h, k = len(n_psu), z.shape[1]
    cells, at = np.unique(domain.astype(np.int64) * h + stratum, return_inverse=True)
    first, second = np.zeros((len(cells), k)), np.zeros((len(cells), k))
    np.add.at(first, at, z)
    np.add.at(second, at, z**2)
    n = n_psu[cells % h].astype(float)[:, None]
    lone = n == 1
    scale = np.where(lone, 0.0, n / np.where(lone, 1.0, n - 1))
    part = scale * np.maximum(second - first**2 / n, 0.0)
    if single == "centre":
        part = np.where(lone, second, part)
    variance = np.zeros((d, k))
    np.add.at(variance, (cells // h).astype(np.intp), part)
    return variance


def share_interval(
    shares: Shares, level: float = 0.95, kind: ShareInterval = "logit"
) -> tuple[Floats, Floats]:
    r"""Intervals of shares.

    ``"logit"``: :math:`\operatorname{logit}^{-1}\{\operatorname{logit} \hat p \pm t_{df}\,
    \hat s / (\hat p (1 - \hat p))\}`. ``"korn_graubard"``: Clopper and Pearson's interval with the effective size
    :math:`\hat p (1 - \hat p) / \hat V \cdot (t_{n-1} / t_{df})^2`. At a share of zero or one neither exists: there the
    Clopper-Pearson limit with Kish's effective size stands (times the same ratio of t quantiles). With no
    degrees of freedom there is no interval.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201; Lumley (2010).

    Examples
    --------
    >>> import numpy as np
    >>> found = Shares(np.array([[0.5]]), np.array([[0.0025]]), np.ones((1, 1)), np.array([101]), np.array([101.0]),
    ...                np.array([100]))
    >>> [round(float(end[0, 0]), 3) for end in share_interval(found)]
    [0.402, 0.598]
    """
    p, v = shares.share, shares.variance
    df = np.where(shares.df > 0, shares.df, np.nan)[:, None]
    alpha = (1 - level) / 2
    most = np.maximum(shares.n - 1, 1)[:, None]
    t = stats.t.isf(alpha, df)
    shrink = (stats.t.isf(alpha, most) / t) ** 2
    inner = (p > 0) & (p < 1) & (v > 0)
    spread = p * (1 - p)

    def exact(size: Floats) -> tuple[Floats, Floats]:
        """Clopper and Pearson's limits; an effective size need not be whole."""
        n = np.broadcast_to(size, p.shape)
        with np.errstate(invalid="ignore"):
            return proportion_confint(n * p, n, alpha=1 - level, method="beta")

    if kind == "logit":
        safe = np.where(inner, p, 0.5)
        centre = np.log(safe / (1 - safe))
        half = t * np.sqrt(np.where(inner, v, 0.0)) / np.where(inner, spread, 1.0)
        lower, upper = 1 / (1 + np.exp(-(centre - half))), 1 / (1 + np.exp(-(centre + half)))
    else:
        lower, upper = exact(ratio(spread, v) * shrink)
    edge = (p == 0) | (p == 1)
    low, high = exact(shares.kish[:, None] * shrink)
    lower = np.where(inner, lower, np.where(edge, low, np.nan))
    upper = np.where(inner, upper, np.where(edge, high, np.nan))
    return lower, upper


def kish_size(weight: Floats) -> float:
    r"""Kish's effective size :math:`(\sum w)^2 / \sum w^2` (Kish 1965); NaN with no weight.

    Examples
    --------
    >>> import numpy as np
    >>> kish_size(np.array([1.0, 1.0, 2.0])).__round__(3)
    2.667
    """
    return float(ratio(np.asarray(weight.sum() ** 2), np.asarray((weight**2).sum())))
