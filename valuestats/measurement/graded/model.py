"""The graded response model with one or several correlated traits, or with deviations by group: its declaration.

`GradedLayout` turns a vector of unconstrained coordinates into parameters and takes gradients back; nothing is
compiled for a design. `valuestats.measurement.graded.posterior` puts the likelihood to it. In PyMC the model of one trait
is a regression by formula with thresholds and discrimination per item (`valuestats.regression.effects_pymc`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.design import HYPER_PRIORS
from valuestats.measurement.graded.correlations import correlation_factor
from valuestats.measurement.graded.design import GradedDesign, GradedParameters, GradedTruth
from valuestats.statistics.ordinal import Link

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_HALF_NORMAL = HYPER_PRIORS[
    "half_normal"
]  # from a coordinate that is standard normal a priori: no long tail at 0
DEVIATIONS = ("loading", "threshold", "gap", "residual")


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
    loading_spread, threshold_spread, gap_spread, residual_spread
        Half-normal scales of the standard deviations, over items, of the groups' deviations: logs of discriminations,
        shifts of all thresholds in trait standard deviations, logs of the gaps between thresholds, logs of the residual
        standard deviations.
    latent
        Standard deviation of the groups' trait means and of the logs of their trait standard deviations.
    """

    log_discrimination: tuple[float, float] = (0.4, 0.5)
    location: float = 2.5
    log_gap: tuple[float, float] = (0.2, 0.7)
    lkj: float = 2.0
    loading_spread: float = 0.3
    threshold_spread: float = 0.5
    gap_spread: float = 0.3
    residual_spread: float = 0.2
    latent: float = 1.0

    def of(self, link: Link) -> GradedPriors:
        """The priors in units of the link: a probit is a logit divided by 1.7."""
        if link == "logit":
            return self
        shift = float(np.log(1.7))
        return replace(
            self,
            log_discrimination=(self.log_discrimination[0] - shift, self.log_discrimination[1]),
            location=self.location / 1.7,
            log_gap=(self.log_gap[0] - shift, self.log_gap[1]),
        )

    def draw(
        self,
        rng: np.random.Generator,
        items: int,
        categories: int,
        *,
        trait: Ints | None = None,
        link: Link = "logit",
    ) -> GradedTruth:
        """One draw of the parameters of one group from the prior, for simulations.

        Parameters
        ----------
        rng
            Source of the draw.
        items, categories
            How many.
        trait
            Number of each item's trait; one trait if not given.
        link
            In whose units.

        Examples
        --------
        >>> GradedPriors().draw(np.random.default_rng(1), items=3, categories=5).threshold.shape
        (3, 4)
        """
        of = np.zeros(items, dtype=np.int64) if trait is None else np.asarray(trait, dtype=np.int64)
        design = GradedDesign(
            np.full((1, items), -1), of, np.zeros(1, dtype=np.int64), categories, int(of.max()) + 1
        )
        layout = GradedLayout(design, self.of(link))
        found = layout.parameters(layout.draw(rng))
        return GradedTruth(found.slope[0], found.cut[0], found.factor @ found.factor.T)


def gap_basis(categories: int) -> Floats:
    """Puts gaps between thresholds into centred thresholds, shape ``(categories - 2, categories - 1)``.

    Examples
    --------
    >>> (np.array([2.0, 4.0]) @ gap_basis(4)).round(6).tolist()
    [-2.666667, -0.666667, 3.333333]
    """
    up = (np.arange(categories - 1)[None, :] > np.arange(categories - 2)[:, None]).astype(float)
    return up - up.mean(axis=1, keepdims=True)


def deviating(categories: int) -> tuple[str, ...]:
    """Which deviations by group a scale of so many categories can tell apart.

    A discrimination and the gaps are what there is of an item beside its location: two categories have no gap, three have
    one, so that a residual standard deviation is told from them only from four on.

    Examples
    --------
    >>> deviating(2), deviating(5)
    (('loading', 'threshold'), ('loading', 'threshold', 'gap', 'residual'))
    """
    return DEVIATIONS[: 2 + (categories > 2) + (categories > 3)]


class GradedLayout:
    r"""Unconstrained coordinates of the model :math:`P(y_{pj} \le k) = F(c_{gjk} - a_{gj}\,\theta_p)` (Samejima 1969).

    With one group, :math:`\log a_j` is normal, so discriminations are positive and keys have given the items their
    direction; thresholds are a location and log-normal gaps; several traits have an LKJ prior on their correlations
    by canonical partial correlations :math:`\tanh y` (Lewandowski, Kurowicka and Joe 2009).

    With groups g (one trait), :math:`\theta_p = \mu_g + s_g z_p` and, for the latent answer with residual standard
    deviation :math:`e^{r_{gj}}`, discrimination :math:`a_j e^{l_{gj}}` and thresholds
    :math:`\nu_{gjk}` = location :math:`m_j + a_j t_{gj}` with gaps :math:`d_{jk} e^{u_{gjk}}`:
    :math:`a_{gj} = a_j e^{l_{gj} - r_{gj}}`, :math:`c_{gjk} = \nu_{gjk} e^{-r_{gj}}` (Millsap and Yun-Tein 2004).
    Each kind of deviation is normal with a standard deviation that is estimated, and sums to zero over groups; loadings
    and shifts of thresholds sum to zero over items too, as do means and log standard deviations over groups: a
    group's mean is the one its items show on average, and an item's deviation is relative to the average item.

    Parameters
    ----------
    design
        Answers.
    prior
        In units of the link.
    """

    def __init__(self, design: GradedDesign, prior: GradedPriors) -> None:
        self.design, self.prior = design, prior
        items = design.codes.shape[1]
        groups, steps = design.groups, design.categories - 1
        self.kinds = deviating(design.categories) if groups > 1 and design.deviations else ()
        self.basis = gap_basis(design.categories)
        self.of_groups, self.of_items = zero_sum_basis(groups), zero_sum_basis(items)
        shapes: dict[str, tuple[int, ...]] = {
            "log_a": (items,),
            "middle": (items,),
            "log_gap": (items, steps - 1),
        }
        if groups > 1:
            free = groups - 1
            shapes |= {"mean": (free,), "log_sd": (free,)}
            if self.kinds:
                shapes["spread"] = (len(self.kinds),)
            each = {
                "loading": (free, items - 1),
                "threshold": (free, items - 1),
                "gap": (free, items, steps - 1),
                "residual": (free, items),
            }
            shapes |= {kind: each[kind] for kind in self.kinds}
        d = design.traits
        self.lkj = np.array([prior.lkj + (d - 2 - j) / 2 for i in range(1, d) for j in range(i)])
        if d > 1:
            shapes["partial"] = (len(self.lkj),)
        self.shapes = shapes
        self.slices, at = {}, 0
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            self.slices[name] = slice(at, at + size)
            at += size
        self.size = at
        self.spread_scale = np.array([getattr(prior, f"{kind}_spread") for kind in self.kinds])

    def split(self, x: Floats) -> dict[str, Floats]:
        """The named coordinates of a vector (or of vectors along leading axes)."""
        return {k: x[..., at].reshape(*x.shape[:-1], *self.shapes[k]) for k, at in self.slices.items()}

    def draw(self, rng: np.random.Generator) -> Floats:
        """Coordinates drawn from the prior."""
        out = rng.normal(size=self.size)
        for name, (centre, sd) in self._normals().items():
            out[self.slices[name]] = centre + sd * out[self.slices[name]]
        if self.design.traits > 1:
            out[self.slices["partial"]] = np.arctanh(2.0 * rng.beta(self.lkj, self.lkj) - 1.0)
        return out

    def _normals(self) -> dict[str, tuple[float, float]]:
        prior = self.prior
        own = {
            "log_a": prior.log_discrimination,
            "middle": (0.0, prior.location),
            "log_gap": prior.log_gap,
            "mean": (0.0, prior.latent),
            "log_sd": (0.0, prior.latent),
        }
        return {name: own.get(name, (0.0, 1.0)) for name in self.slices if name != "partial"}

    def deviations(self, parts: dict[str, Floats]) -> dict[str, Floats]:
        """The groups' deviations from the split coordinates, ``(..., groups, items[, gaps])``; 0 where not modelled."""
        lead = parts["log_a"].shape[:-1]
        items, groups = self.design.codes.shape[1], self.design.groups
        found = {k: np.zeros((*lead, groups, items)) for k in ("loading", "threshold", "residual")}
        found["gap"] = np.zeros((*lead, groups, items, self.design.categories - 2))
        spreads = self.spreads(parts)
        for n, kind in enumerate(self.kinds):
            spread = np.asarray(spreads[..., n])
            raw = parts[kind]
            if kind in ("loading", "threshold"):
                found[kind] = spread[..., None, None] * (self.of_groups @ (raw @ self.of_items.T))
            elif kind == "residual":
                found[kind] = spread[..., None, None] * (self.of_groups @ raw)
            else:
                found[kind] = spread[..., None, None, None] * np.einsum(
                    "gf,...fjk->...gjk", self.of_groups, raw
                )
        return found

    def spreads(self, parts: dict[str, Floats]) -> Floats:
        """Standard deviations of the kinds of deviation, ``(..., kinds)``."""
        if not self.kinds:
            return np.zeros((*parts["log_a"].shape[:-1], 0))
        return np.asarray(self.spread_scale * np.exp(_HALF_NORMAL(parts["spread"], 1.0)[0]))

    def groups_of(self, parts: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Means and standard deviations of the groups' traits, ``(..., groups)``."""
        if self.design.groups == 1:
            lead = parts["log_a"].shape[:-1]
            return np.zeros((*lead, 1)), np.ones((*lead, 1))
        return parts["mean"] @ self.of_groups.T, np.exp(parts["log_sd"] @ self.of_groups.T)

    def items_of(self, parts: dict[str, Floats], moved: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Discriminations ``(..., groups, items)`` and thresholds, with the residual deviation divided out."""
        a = np.exp(parts["log_a"])[..., None, :]
        gaps = np.exp(parts["log_gap"][..., None, :, :] + moved["gap"])
        middle = parts["middle"][..., None, :] + a * moved["threshold"]
        shrunk = np.exp(-moved["residual"])
        return a * np.exp(moved["loading"]) * shrunk, (middle[..., None] + gaps @ self.basis) * shrunk[
            ..., None
        ]

    def parameters(self, x: Floats) -> GradedParameters:
        """Parameters at one point or, with leading axes, at many."""
        parts = self.split(x)
        slope, cut = self.items_of(parts, self.deviations(parts))
        mean, sd = self.groups_of(parts)
        factor = np.ones((*x.shape[:-1], 1, 1))
        if self.design.traits > 1:
            factor = correlation_factor(np.tanh(parts["partial"]), self.design.traits)
        return GradedParameters(slope, cut, mean, sd, factor)

    def log_prior(self, x: Floats) -> tuple[float, Floats]:
        """Log density of the coordinates (up to a constant) and its gradient."""
        value, gradient = 0.0, np.empty(self.size)
        for name, (centre, sd) in self._normals().items():
            at = self.slices[name]
            away = (x[at] - centre) / sd
            value -= 0.5 * float(
                (away * away).sum()
            )  # a product would wake the threads of the linear algebra
            gradient[at] = -away / sd
        if self.design.traits > 1:
            at = self.slices["partial"]
            away = np.abs(x[at])
            # log(1 - tanh^2) = log 4 - 2 |y| - 2 log(1 + exp(-2 |y|))
            value -= 2.0 * float(self.lkj @ (away + np.log1p(np.exp(-2.0 * away))))
            gradient[at] = -2.0 * self.lkj * np.tanh(x[at])
        return value, gradient

    def pull_back(
        self,
        x: Floats,
        at: GradedParameters,
        d_slope: Floats,
        d_cut: Floats,
        d_mean: Floats,
        d_sd: Floats,
    ) -> Floats:
        """Gradient by the coordinates from that by the parameters."""
        parts = self.split(x)
        moved = self.deviations(parts)
        shrunk = np.exp(-moved["residual"])
        a = np.exp(parts["log_a"])
        d_nu = d_cut * shrunk[..., None]
        total = d_nu.sum(axis=2)
        by_slope = d_slope * at.slope
        out: dict[str, Floats] = {
            "log_a": (by_slope + a * moved["threshold"] * total).sum(axis=0),
            "middle": total.sum(axis=0),
        }
        gaps = np.exp(parts["log_gap"] + moved["gap"])
        by_gap = (d_nu @ self.basis.T) * gaps
        out["log_gap"] = by_gap.sum(axis=0)
        gradient = np.zeros(self.size)
        if self.design.groups > 1:
            out["mean"] = d_mean @ self.of_groups
            out["log_sd"] = (d_sd * at.sd) @ self.of_groups
        if self.kinds:
            by_kind = {
                "loading": by_slope,
                "threshold": a * total,
                "gap": by_gap,
                "residual": -by_slope - (d_cut * at.cut).sum(axis=2),
            }
            log_spread, by_t = _HALF_NORMAL(parts["spread"], 1.0)
            spread = self.spread_scale * np.exp(log_spread)
            by_spread = np.empty(len(self.kinds))
            for n, kind in enumerate(self.kinds):
                d = by_kind[kind]
                by_spread[n] = (d * moved[kind]).sum()
                turned = np.tensordot(self.of_groups.T, d, axes=1) * spread[n]
                out[kind] = turned @ self.of_items if kind in ("loading", "threshold") else turned
            out["spread"] = by_spread * by_t
        for name, d in out.items():
            gradient[self.slices[name]] = d.ravel()
        return gradient
