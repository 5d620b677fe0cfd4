"""Priors and posterior draws of an ordinal regression, and the distances to thresholds that they imply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.likelihoods.family_probabilities import log_probabilities, probabilities
from valuestats.regression.effects_design import EffectsDesign, Matrices
from valuestats.regression.structure import positive_scales

Floats = NDArray[np.float64]
# Standard deviation of the link's distribution over that of the logistic one.
LINK_SCALE = {"logit": 1.0, "probit": 0.55, "cloglog": 0.71}


@dataclass(frozen=True)
class EffectPriors:
    """Scales of the priors, in logits; other links take them times the ratio of their standard deviations.

    Attributes
    ----------
    concentration
        Every parameter of the Dirichlet on the category shares of a row with average covariates, which induces the
        prior of the thresholds (Betancourt 2019), by its normal approximation in log shares or in thresholds. 1: any
        shares are as likely as any other.
    effect
        Normal standard deviation of a fixed effect, of a 0/1 or contrast column or of one standard deviation of a
        number. With 1.5 an effect that takes the top-two share from 50% to 95% is two standard deviations out.
    group
        Half-normal scale of the standard deviations of effects that vary over groups.
    curve
        Half-normal scale of the typical distance of a curve (``rw1``, ``rw2``, ``s``) from its mean or straight line.
    thresholds
        Half-normal scale of the standard deviation of thresholds between the levels of ``thresholds``.
    disc
        Normal standard deviation of effects on the log discrimination, and half-normal scale of the standard
        deviation of log discriminations. 0.5: a ratio of spreads beyond e (2.7) is two standard deviations out.
    specific
        Normal standard deviation of category-specific effects.
    lkj
        Concentration of the LKJ prior of correlations; 1: uniform, above: towards none.

    Examples
    --------
    >>> from valuestats import EffectPriors
    >>> EffectPriors(effect=1.0)
    EffectPriors(concentration=1.0, effect=1.0, group=1.0, thresholds=1.0, disc=0.5, specific=1.0, lkj=2.0, curve=1.0)
    """

    concentration: float = 1.0
    effect: float = 1.5
    group: float = 1.0
    thresholds: float = 1.0
    disc: float = 0.5
    specific: float = 1.0
    lkj: float = 2.0
    curve: float = 1.0

    @classmethod
    def wide(cls) -> EffectPriors:
        """Priors so wide that estimates are near the maximum of the likelihood where there are some dozens of answers.

        Before any data they hold it for likely that one effect takes nearly all answers to one end of the scale.
        """
        return cls(
            concentration=0.5,
            effect=10.0,
            group=3.0,
            thresholds=3.0,
            disc=1.5,
            specific=5.0,
            lkj=1.0,
            curve=3.0,
        )

    def __post_init__(self) -> None:
        positive_scales(self)


@dataclass(frozen=True)
class EffectDraws:
    """Posterior draws, chains stacked (draw fastest).

    Attributes
    ----------
    chains
        Number of chains.
    cut
        Thresholds at average covariates, ``(S, sets, K - 1)``.
    beta
        Fixed effects, ``(S, p)``.
    effects, sds
        Per group term: effects ``(S, levels, q)`` and standard deviations ``(S, q)``.
    correlations
        Per group term ``(S, q, q)``; None where not modelled.
    threshold_sd
        ``(S,)``; None with one set.
    disc
        Effects on the log discrimination, ``(S, r)``.
    log_disc, disc_sd
        Log discrimination of each level ``(S, levels)``, mean 0, and its standard deviation ``(S,)``.
    specific
        ``(S, c, K - 1)``.
    monotonic, steps
        Effect from the lowest to the highest level ``(S, m)``, and its cumulated shares per covariate ``(S, levels)``.
    curves, curve_sds
        Per curve: what its columns are multiplied by ``(S, levels, columns)``, spread included, and the spread ``(S,)``.
    """

    chains: int
    cut: Floats
    beta: Floats
    effects: tuple[Floats, ...] = ()
    sds: tuple[Floats, ...] = ()
    correlations: tuple[Floats | None, ...] = ()
    threshold_sd: Floats | None = None
    disc: Floats | None = None
    log_disc: Floats | None = None
    disc_sd: Floats | None = None
    specific: Floats | None = None
    monotonic: Floats | None = None
    steps: tuple[Floats, ...] = field(default=())
    curves: tuple[Floats, ...] = ()
    curve_sds: tuple[Floats, ...] = ()

    @property
    def size(self) -> int:
        """Number of draws of all chains."""
        return len(self.cut)

    def thinned(self, most: int) -> EffectDraws:
        """At most so many draws, evenly spaced; chains are then no longer told apart."""
        if self.size <= most:
            return self
        return self.part(np.linspace(0, self.size - 1, most).round().astype(int))

    def followed_by(self, more: EffectDraws) -> EffectDraws:
        """These draws and others of the same parts after them; chains are then no longer told apart."""

        def joined(one: Any, two: Any) -> Any:
            if isinstance(one, np.ndarray):
                return np.concatenate([one, two])
            return tuple(map(joined, one, two)) if isinstance(one, tuple) else one

        parts = {k: joined(v, getattr(more, k)) for k, v in vars(self).items() if k != "chains"}
        return EffectDraws(chains=1, **parts)

    def part(self, at: slice | NDArray[np.int64]) -> EffectDraws:
        """Some of the draws; chains are then no longer told apart."""

        def take(value: object) -> object:
            if isinstance(value, np.ndarray):
                return value[at]
            return tuple(take(v) for v in value) if isinstance(value, tuple) else value

        parts = {k: take(v) for k, v in vars(self).items() if k != "chains"}
        return EffectDraws(chains=1, **parts)  # type: ignore[arg-type]


def locations(
    draws: EffectDraws, rows: Matrices, *, groups: str = "observed", seed: int = 0, skip: tuple[int, ...] = ()
) -> Floats:
    """Latent location of each row in each draw, ``(S, rows)``.

    Parameters
    ----------
    draws, rows
        The draws and the rows' matrices.
    groups
        ``"observed"``: effects of fitted groups as drawn, of other groups from their prior; ``"zero"``: the typical
        group; ``"new"``: every group is a new one, with effects from their prior.
    seed
        Seed of new groups' effects, each new level having one effect per draw for all its rows, and of where random walks go
        at places that were not fitted, the same way for all rows of a curve.
    skip
        Group terms to leave out.
    """
    eta = draws.beta @ rows.x.T + rows.offset
    if draws.monotonic is not None:
        for n, steps in enumerate(draws.steps):
            eta = eta + draws.monotonic[:, n : n + 1] * steps[:, rows.monotonic[:, n]]
    if draws.curves:
        eta = eta + _curves(draws, rows, seed)
    if groups == "zero":
        return np.asarray(eta)
    rng = np.random.default_rng(seed)
    for n, (effects, sds, correlation) in enumerate(
        zip(draws.effects, draws.sds, draws.correlations, strict=True)
    ):
        z, index = rows.z[n], rows.index[n]
        unseen = 1 if groups == "new" else max(1, -int(index.min(initial=0)))
        fresh = rng.normal(size=(draws.size, unseen, sds.shape[1]))
        if correlation is not None:
            fresh = np.einsum("sab,sub->sua", np.linalg.cholesky(correlation), fresh)
        if n in skip:
            continue
        if groups != "new" and not (index < 0).any():
            eta = eta + np.einsum("snq,nq->sn", effects[:, index], z)
            continue
        which = np.maximum(-1 - index, 0) if groups != "new" else np.zeros(len(index), dtype=np.int64)
        new = np.einsum("snq,sq,nq->sn", fresh[:, which], sds, z)
        known = np.einsum("snq,nq->sn", effects[:, np.maximum(index, 0)], z)
        eta = eta + (new if groups == "new" else np.where(index >= 0, known, new))
    return np.asarray(eta)


def _curves(draws: EffectDraws, rows: Matrices, seed: int) -> Floats:
    """What the curves add to each row in each draw."""
    total = np.zeros((draws.size, len(rows.offset)))
    rng = np.random.default_rng([seed, 1])
    for own, sd, index, columns, beyond in zip(
        draws.curves, draws.curve_sds, rows.curve_index, rows.curves, rows.beyond, strict=True
    ):
        for level in np.unique(index):
            at = index == level
            total[:, at] += own[:, level] @ columns[at].T
            if beyond.shape[1]:
                total[:, at] += sd[:, None] * (rng.normal(size=(draws.size, beyond.shape[1])) @ beyond[at].T)
    return total


def distances(draws: EffectDraws, rows: Matrices, eta: Floats) -> Floats:
    """``disc * (c_k - eta - specific effects)`` of each row in each draw, ``(S, rows, K - 1)``.

    A row of a threshold or discrimination level that was not fitted takes the mean over the fitted ones.
    """
    cut = draws.cut
    if cut.shape[1] == 1:
        z = cut - eta[:, :, None]
    else:
        whole = np.concatenate([cut, cut.mean(axis=1, keepdims=True)], axis=1)
        z = whole[:, rows.sets] - eta[:, :, None]
    if draws.specific is not None:
        z = z - np.einsum("nc,sck->snk", rows.specific, draws.specific)
    log_disc: Floats | None = None
    if draws.disc is not None:
        log_disc = draws.disc @ rows.disc.T
    if draws.log_disc is not None:
        padded = np.concatenate([draws.log_disc, np.zeros((draws.size, 1))], axis=1)
        own = padded[:, rows.level]
        log_disc = own if log_disc is None else log_disc + own
    return z if log_disc is None else np.asarray(z * np.exp(log_disc)[..., None])


def row_log_probabilities(
    design: EffectsDesign,
    draws: EffectDraws,
    rows: Matrices | None = None,
    *,
    groups: str = "observed",
    seed: int = 0,
) -> Floats:
    """Log probability of each category for each row in each draw, ``(S, rows, K)``."""
    at = design.matrices if rows is None else rows
    eta = locations(draws, at, groups=groups, seed=seed)
    spec = design.spec
    return log_probabilities(distances(draws, at, eta), family=spec.family, link=spec.link)


def row_probabilities(
    design: EffectsDesign, draws: EffectDraws, rows: Matrices, *, groups: str = "observed", seed: int = 0
) -> Floats:
    """Probability of each category for each row in each draw, ``(S, rows, K)``."""
    eta = locations(draws, rows, groups=groups, seed=seed)
    spec = design.spec
    return probabilities(distances(draws, rows, eta), family=spec.family, link=spec.link)
