"""The graded response model with one or several correlated traits, and with deviations by group, in PyMC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from valuestats.kernels.ordinal import Link, check_link
from valuestats.models.graded_marginal import PatternMixture, log_probabilities, nodes, patterns
from valuestats.models.ordinal_model import zero_sum_basis
from valuestats.models.ordinal_op import counted_log_likelihood, times

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class GradedDesign:
    """Answers of respondents to items, sorted by group.

    Attributes
    ----------
    codes
        Category of each answer from 0, -1 where missing, shape ``(respondents, items)``; reversed items turned.
    trait
        Number of the trait that each item measures, shape ``(items,)``.
    group
        Number of each respondent's group, ascending, shape ``(respondents,)``.
    categories
        Number of answer categories, at least 2.
    traits, groups
        How many there are. Several groups go with one trait only.
    """

    codes: Ints
    trait: Ints
    group: Ints
    categories: int
    traits: int
    groups: int = 1

    @property
    def counts(self) -> Floats:
        """One-hot answers, shape ``(respondents * items, categories)``; all zero where missing."""
        return (self.codes.ravel()[:, None] == np.arange(self.categories)).astype(float)


@dataclass(frozen=True)
class GradedPriors:
    """Scales of the priors, in units of the link with traits of variance 1.

    Attributes
    ----------
    log_discrimination
        Mean and standard deviation of the log discriminations.
    location
        Standard deviation of the middle of an item's thresholds.
    log_gap
        Mean and standard deviation of the logs of the gaps between thresholds.
    lkj
        Shape of the LKJ prior of the traits' correlations; 1 is uniform.
    loading_spread, threshold_spread
        Half-normal scales of the standard deviations, over items, of the groups' deviations: logs of discriminations,
        and shifts of thresholds in trait standard deviations.
    latent
        Standard deviation of the groups' trait means and of the logs of their trait standard deviations.
    """

    log_discrimination: tuple[float, float] = (0.4, 0.5)
    location: float = 2.5
    log_gap: tuple[float, float] = (0.2, 0.7)
    lkj: float = 2.0
    loading_spread: float = 0.3
    threshold_spread: float = 0.5
    latent: float = 1.0

    def of(self, link: Link) -> GradedPriors:
        """The priors in units of the link: a probit is a logit divided by 1.7."""
        if link == "logit":
            return self
        shift = float(np.log(1.7))
        return GradedPriors(
            (self.log_discrimination[0] - shift, self.log_discrimination[1]),
            self.location / 1.7,
            (self.log_gap[0] - shift, self.log_gap[1]),
            self.lkj,
            self.loading_spread,
            self.threshold_spread,
            self.latent,
        )


def build_graded(
    design: GradedDesign, *, link: Link = "logit", priors: GradedPriors | None = None
) -> pm.Model:
    r"""The model :math:`P(y_{pj} \le k) = F(c_{jk} - a_j\,\theta_{p,d(j)})` (Samejima 1969).

    :math:`\log a_j` is normal, so discriminations are positive and keys have given the items their direction; thresholds
    are a location and log-normal gaps; traits are normal with variance 1 and an LKJ prior on their correlations
    (Lewandowski, Kurowicka and Joe 2009). With the probit it is ordinal factor analysis: the standardised loading
    is :math:`a/\sqrt{1+a^2}` (Takane and de Leeuw 1987).

    With groups g (one trait): :math:`\theta_p = \mu_g + s_g z_p` and
    :math:`P(y_{pj} \le k) = F(c_{jk} + a_j t_{gj} - a_j e^{l_{gj}}\theta_p)`. The deviations of loadings
    :math:`l_{gj} = \sigma_l \tilde l_{gj}` and of thresholds :math:`t_{gj} = \sigma_t \tilde t_{gj}` sum to zero over groups
    and over items, as do means and log standard deviations over groups: a group's mean is the one
    its items show on average, and an item's deviation is relative to the average item.

    One trait is integrated out (`valuestats.models.graded_marginal`), respondents of one response pattern together, so
    that the sampler sees item parameters only; `graded_estimands.graded_draws` draws the traits afterwards. Several traits
    are sampled, standardised over the respondents; priors of discriminations and thresholds are then on that scale, which
    differs from the population's by order :math:`1/\sqrt n`.

    Parameters
    ----------
    design
        Answers.
    link
        ``"logit"`` or ``"probit"``.
    priors
        `GradedPriors` in logit units; None for the defaults.

    Returns
    -------
    pymc.Model
    """
    check_link(link)
    prior = (priors or GradedPriors()).of(link)
    n, items = design.codes.shape
    with pm.Model() as model:
        log_a = pm.Normal("log_a", *prior.log_discrimination, shape=items)
        middle = pm.Normal("middle", 0.0, prior.location, shape=items)
        cut: Any = middle[:, None] * np.ones((1, design.categories - 1))
        if design.categories > 2:
            log_gap = pm.Normal("log_gap", *prior.log_gap, shape=(items, design.categories - 2))
            cut = cut + times(pt.exp(log_gap), gap_basis(design.categories))
        a = pt.exp(log_a)
        if design.traits == 1:
            slope, shifted, place = (
                _grouped(design, prior, a, cut) if design.groups > 1 else (a[None, :], cut, None)
            )
            t, log_weight = nodes()
            standing = (
                np.broadcast_to(t, (design.groups, len(t)))
                if place is None
                else place[0] + place[1] * t[None, :]
            )
            eta = (slope[:, :, None] * standing[:, None, :]).reshape((design.groups * items, len(t)))
            table = log_probabilities(shifted, eta, link).reshape((-1, len(t)))
            index, count, _ = patterns(design.codes, design.group, design.categories)
            value: Any = PatternMixture()(table, log_weight, index, count)
            pm.Potential("answers", value[0])
        else:
            z = pm.Normal("z", shape=(n, design.traits))
            select = (design.trait == np.arange(design.traits)[:, None]).astype(float)
            eta = times(_standardised(_traits(design, prior, z)), select) * a[None, :]
            rows = np.tile(np.arange(items, dtype=np.int64), n)
            pm.Potential("answers", counted_log_likelihood(cut, eta.ravel(), design.counts, rows, link))
    return model


def gap_basis(categories: int) -> Floats:
    """Puts gaps between thresholds into centred thresholds, shape ``(categories - 2, categories - 1)``.

    Examples
    --------
    >>> (np.array([2.0, 4.0]) @ gap_basis(4)).round(6).tolist()
    [-2.666667, -0.666667, 3.333333]
    """
    up = (np.arange(categories - 1)[None, :] > np.arange(categories - 2)[:, None]).astype(float)
    return up - up.mean(axis=1, keepdims=True)


def _standardised(theta: Any) -> Any:
    """Mean 0 and variance 1 over the respondents.

    The likelihood then leaves the raw traits' sample mean and variance to their prior, which removes the weak directions
    "all traits up, all thresholds up" and "all traits wider, all discriminations smaller";
    `graded_estimands.graded_draws` puts the two back, so that parameters refer to the population.
    """
    centred = theta - pt.mean(theta, axis=0, keepdims=True)
    return centred / pt.sqrt(pt.mean(centred**2, axis=0, keepdims=True))


def _traits(design: GradedDesign, prior: GradedPriors, z: Any) -> Any:
    """Correlated traits by the Cholesky factor of canonical partial correlations."""
    d = design.traits
    if d == 1:
        return z
    pairs = [(i, j) for i in range(1, d) for j in range(i)]
    shape = np.array([prior.lkj + (d - 2 - j) / 2 for _, j in pairs])
    share = pm.Beta("partial", shape, shape, shape=len(pairs))
    partial = {pair: 2.0 * share[k] - 1.0 for k, pair in enumerate(pairs)}
    columns = [z[:, 0]]
    for i in range(1, d):
        left: Any = 1.0
        total: Any = 0.0
        for j in range(i):
            total = total + partial[i, j] * pt.sqrt(left) * z[:, j]
            left = left * (1.0 - partial[i, j] ** 2)
        columns.append(total + pt.sqrt(left) * z[:, i])
    return pt.stack(columns, axis=1)


def cholesky_draws(partial_share: Floats, traits: int) -> Floats:
    """Cholesky factors of the traits' correlations from draws of ``partial``, shape ``(..., traits, traits)``.

    Examples
    --------
    >>> factor = cholesky_draws(np.array([[0.75]]), 2)[0]
    >>> (factor @ factor.T).round(6).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    out = np.zeros((*partial_share.shape[:-1], traits, traits))
    out[..., 0, 0] = 1.0
    k = 0
    for i in range(1, traits):
        left = np.ones(partial_share.shape[:-1])
        for j in range(i):
            r = 2.0 * partial_share[..., k] - 1.0
            out[..., i, j] = r * np.sqrt(left)
            left = left * (1.0 - r**2)
            k += 1
        out[..., i, i] = np.sqrt(left)
    return out


def _grouped(design: GradedDesign, prior: GradedPriors, a: Any, cut: Any) -> tuple[Any, Any, tuple[Any, Any]]:
    """Discriminations and thresholds by group, and the groups' trait means and standard deviations as columns."""
    groups, items = design.groups, design.codes.shape[1]
    of_groups = zero_sum_basis(groups)
    of_items = zero_sum_basis(items).T
    mean = times(pm.Normal("mean", 0.0, prior.latent, shape=groups - 1), of_groups.T)
    log_sd = times(pm.Normal("log_sd", 0.0, prior.latent, shape=groups - 1), of_groups.T)
    deviations = []
    for name, scale in (("loading", prior.loading_spread), ("threshold", prior.threshold_spread)):
        spread = pm.HalfNormal(f"{name}_spread", scale)
        raw = pm.Normal(f"{name}_raw", shape=(groups - 1, items - 1))
        # of_groups @ raw @ of_items, the constants on the right, where products compile quickly
        deviations.append(spread * times(times(raw, of_items).T, of_groups.T).T)
    slope = a[None, :] * pt.exp(deviations[0])
    shift = a[None, :] * deviations[1]
    shifted = (cut[None, :, :] + shift[:, :, None]).reshape((groups * items, design.categories - 1))
    return slope, shifted, (mean[:, None], pt.exp(log_sd)[:, None])
