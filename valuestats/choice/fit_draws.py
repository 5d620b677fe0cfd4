"""Draws of a choice model's parts, its utilities, and the latent design that they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, kron

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import ChoiceDesign, RowMatrices
from valuestats.choice.spec import ChoicePriors
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.effects_latent import OffsetPosterior

Floats = NDArray[np.float64]
MOST_EFFECTS = 6_000
"""Effects that are solved for together: choices tie those of all options, so that none can be eliminated alone."""


@dataclass(frozen=True)
class ChoiceDraws:
    """Draws, chains stacked (draw fastest).

    Attributes
    ----------
    chains
        Number of chains.
    beta
        Fixed effects, ``(S, p)``.
    effects, sds
        Per group term: effects ``(S, levels, q)`` and standard deviations ``(S, q)``.
    own
        Parameters of ties and outcomes, ``(S, sets, per)``.
    own_sd
        Their standard deviations over the sets, ``(S, per)``; None with one set.
    """

    chains: int
    beta: Floats
    effects: tuple[Floats, ...]
    sds: tuple[Floats, ...]
    own: Floats
    own_sd: Floats | None = None

    @property
    def size(self) -> int:
        """Number of draws of all chains."""
        return len(self.beta)

    def thinned(self, most: int) -> ChoiceDraws:
        """At most so many draws, evenly spaced; chains are then no longer told apart."""
        if self.size <= most:
            return self
        at = np.linspace(0, self.size - 1, most).round().astype(int)
        return ChoiceDraws(
            1,
            self.beta[at],
            tuple(e[at] for e in self.effects),
            tuple(s[at] for s in self.sds),
            self.own[at],
            None if self.own_sd is None else self.own_sd[at],
        )


def utilities(
    draws: ChoiceDraws, rows: RowMatrices, *, new: int | None = None, skip: tuple[int, ...] = ()
) -> Floats:
    """Utility of each row in each draw, ``(rows, S)``.

    Parameters
    ----------
    draws, rows
        The draws and the rows' matrices.
    new
        Seed of the effects of groups that were not fitted, from their distribution; None: such groups have none.
    skip
        Group terms to leave out.
    """
    found = np.asarray(rows.x @ draws.beta.T) + rows.offset[:, None]
    rng = np.random.default_rng(new)
    for n, (effects, sds, index, z) in enumerate(
        zip(draws.effects, draws.sds, rows.index, rows.z, strict=True)
    ):
        for q in range(z.shape[1] if n not in skip else 0):
            known = effects[:, :, q].T[np.maximum(index, 0)]
            missing = np.flatnonzero(index < 0)
            known[missing] = 0.0
            if new is not None and len(missing):
                fresh = sds[:, q] * rng.normal(size=(int(-index.min()), draws.size))
                known[missing] = fresh[-1 - index[missing]]
            found += z[:, q, None] * known
    return found


def own_columns(draws: ChoiceDraws) -> Floats:
    """Own parameters as the likelihood takes them, ``(sets * per, S)``."""
    return np.ascontiguousarray(draws.own.reshape(draws.size, -1).T)


def choice_posterior(design: ChoiceDesign, priors: ChoicePriors) -> LatentPosterior:
    """Declare the model as a latent design.

    Blocks ``effect|<n>|<q>`` (effect q of group term n), ``own``, ``set_own``, ``option`` and ``beta``.
    """
    rows, stages = design.matrices, design.rows.stages
    size = len(design.names) + sum(len(g.levels) * len(g.names) for g in design.groups)
    if size > MOST_EFFECTS:
        raise SpecificationError(
            "too many effects for one dense factor",
            parameter="formula",
            got=", ".join(f"{g.label}: {len(g.levels)} levels" for g in design.groups) or f"{size} effects",
            expected=f"at most {MOST_EFFECTS:,} effects in all",
            hint="let judges differ in covariates of the options, (0 + x|judge), or fit parts of the options",
        )
    terms: dict[str, Any] = {}
    blocks, hypers = [], []
    for n, group in enumerate(design.groups):
        for q, _ in enumerate(group.names):
            name = f"effect|{n}|{q}"
            terms[name] = index_term(rows.index[n], len(group.levels), rows.z[n][:, q])
            hypers.append(Hyper(name, 1, "half_normal", priors.group))
            blocks.append(Block(name, name, None, (len(group.levels),), 1.0, (Scale(name),)))
    per, sets = stages.per, stages.sets
    if per:
        common = csr_array(kron(np.ones((sets, 1)), eye_array(per)))
        blocks.append(Block("own", THRESHOLDS, common, (per,), priors.outcome))
        if sets > 1:
            hypers.append(Hyper("set_own", per, "half_normal", priors.outcome_group))
            scale = Scale("set_own", np.tile(np.arange(per), sets))
            blocks.append(Block("set_own", THRESHOLDS, None, (sets, per), 1.0, (scale,)))
    for name, at, sd in _fixed(design, priors):
        terms[name] = csr_array(rows.x[:, at] @ diags_array(1.0 / design.units[at]))
        blocks.append(Block(name, name, None, (len(at),), sd))
    latent = LatentDesign.around(stages, terms, tuple(blocks), tuple(hypers))
    if not rows.offset.any():
        return LatentPosterior(latent)
    return OffsetPosterior(latent, np.zeros(stages.own), rows.offset)


def _fixed(design: ChoiceDesign, priors: ChoicePriors) -> list[tuple[str, NDArray[np.int64], float]]:
    """Blocks of fixed effects: name, columns, standard deviation."""
    own = design.own_option
    found = [("option", np.flatnonzero(own), priors.option), ("beta", np.flatnonzero(~own), priors.effect)]
    return [one for one in found if len(one[1])]


def drawn_parts(design: ChoiceDesign, posterior: LatentPosterior, x: Floats, phi: Floats) -> ChoiceDraws:
    """Named draws from coefficients ``(n, chains, draws)`` and hyperparameter coordinates ``(h, chains, draws)``."""
    latent, stages = posterior.design, design.rows.stages
    chains = x.shape[1]
    flat = x.reshape(len(x), -1)
    size = flat.shape[1]
    sds = np.exp(latent.unconstrained(phi.reshape(len(phi), size)))
    effects, spreads = [], []
    for n, group in enumerate(design.groups):
        names = [f"effect|{n}|{q}" for q, _ in enumerate(group.names)]
        effects.append(np.stack([flat[latent.slices[name]].T for name in names], axis=2))
        spreads.append(np.concatenate([sds[latent.hyper_slices[name]] for name in names]).T)
    own = np.zeros((size, stages.sets, stages.per))
    own_sd = None
    if stages.per:
        own += flat[latent.slices["own"]].T[:, None]
        if stages.sets > 1:
            own += flat[latent.slices["set_own"]].T.reshape(size, stages.sets, stages.per)
            own_sd = sds[latent.hyper_slices["set_own"]].T
    beta = np.zeros((size, len(design.names)))
    for name in ("option", "beta"):
        if name in latent.slices:
            at = np.flatnonzero(design.own_option if name == "option" else ~design.own_option)
            beta[:, at] = flat[latent.slices[name]].T / design.units[at]
    return ChoiceDraws(chains, beta, tuple(effects), tuple(spreads), own, own_sd)


@dataclass(frozen=True)
class ReportedChoice:
    """Names, parts of the model and draws ``(S, terms)`` of what is reported."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    values: Floats


def reported_choice(design: ChoiceDesign, draws: ChoiceDraws) -> ReportedChoice:
    """Utilities of the options (summing to 0), coefficients, ties and outcomes, standard deviations."""
    beta = design.centred(draws.beta)
    found: list[tuple[str, str, Floats]] = [
        (name, "option utility" if design.own_option[n] else "coefficient", beta[:, n])
        for n, name in enumerate(design.names)
    ]
    rao = design.spec.ties == "rao-kupper"
    for s, label in enumerate(design.rows.set_labels or ("",)):
        prefix = f"{design.spec.thresholds}={label}, " if label else ""
        for k, name in enumerate(design.rows.own_names):
            value = np.exp(draws.own[:, s, k]) if rao else draws.own[:, s, k]
            found.append((f"{prefix}{name}", "tie or outcome", value))
    for n, group in enumerate(design.groups):
        factor = ":".join(group.factor)
        for q, name in enumerate(group.names):
            found.append((f"sd[{name}|{factor}]", "standard deviation", draws.sds[n][:, q]))
    if draws.own_sd is not None:
        for k, name in enumerate(design.rows.own_names):
            label = f"sd[{'log ' if rao else ''}{name}|{design.spec.thresholds}]"
            found.append((label, "standard deviation", draws.own_sd[:, k]))
    names, parts, values = zip(*found, strict=True)
    return ReportedChoice(names, parts, np.stack(values, axis=1))
