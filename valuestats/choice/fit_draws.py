"""Draws of a choice model's parts, its utilities, and the latent design that they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array, kron

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import ChoiceDesign, RowMatrices, pooled_columns
from valuestats.choice.spec import ChoicePriors
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.effects_latent import OffsetPosterior

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_EFFECTS, MOST_IN_CLUSTERS = 6_000, 50_000
"""Effects that are solved for together: choices tie those of all options; and effects in all, where most are of clusters."""


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
    pooled_sd
        Standard deviations of the sets of pooled effects, ``(S, sets)``; None without.
    """

    chains: int
    beta: Floats
    effects: tuple[Floats, ...]
    sds: tuple[Floats, ...]
    own: Floats
    own_sd: Floats | None = None
    pooled_sd: Floats | None = None

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
            None if self.pooled_sd is None else self.pooled_sd[at],
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
    clusters = _clusters(design)
    _require_solvable(design, clusters)
    terms: dict[str, Any] = {}
    blocks, hypers = [], []
    for n, group in enumerate(design.groups):
        for q, _ in enumerate(group.names):
            name = f"effect|{n}|{q}"
            terms[name] = index_term(rows.index[n], len(group.levels), rows.z[n][:, q])
            hypers.append(Hyper(name, 1, "half_normal", priors.group))
            spread = (Scale(name),)
            blocks.append(
                Block(name, name, None, (len(group.levels),), 1.0, spread, within=clusters.levels[n])
            )
    per, sets = stages.per, stages.sets
    if per:
        common = csr_array(kron(np.ones((sets, 1)), eye_array(per)))
        blocks.append(Block("own", THRESHOLDS, common, (per,), priors.outcome))
        if sets > 1:
            hypers.append(Hyper("set_own", per, "half_normal", priors.outcome_group))
            scale = Scale("set_own", np.tile(np.arange(per), sets))
            within = None if clusters.sets is None else np.repeat(clusters.sets, per)
            blocks.append(Block("set_own", THRESHOLDS, None, (sets, per), 1.0, (scale,), within=within))
    scale_of = {"option": priors.option, "beta": priors.effect}
    for name, at in _fixed(design):
        terms[name] = csr_array(rows.x[:, at] @ diags_array(1.0 / design.units[at]))
        if name in scale_of:
            blocks.append(Block(name, name, None, (len(at),), scale_of[name]))
        else:
            hypers.append(Hyper(name, 1, "half_normal", priors.group))
            blocks.append(Block(name, name, None, (len(at),), 1.0, (Scale(name),)))
    latent = LatentDesign.around(stages, terms, tuple(blocks), tuple(hypers), of_row=clusters.rows)
    if not rows.offset.any():
        return LatentPosterior(latent)
    return OffsetPosterior(latent, np.zeros(stages.own), rows.offset)


@dataclass(frozen=True)
class _Clusters:
    """Clusters of a model's effects: of the levels of each group term, of the sets of thresholds, of the cells.

    None where they have none.
    """

    levels: tuple[Ints | None, ...]
    sets: Ints | None = None
    rows: Ints | None = None


def _clusters(design: ChoiceDesign) -> _Clusters:
    """The column of the choice in whose levels most effects lie: choices of two of its levels share none of them."""
    cells, groups = design.rows.cells, design.groups
    best, most = _Clusters((None,) * len(groups)), 0
    for column in sorted({c for g in groups for c in g.factor} & design.rows.fixed_within):
        code, names = pd.factorize(cells[column], sort=True)
        inside = [column in g.factor for g in groups]
        size = sum(len(g.levels) * len(g.names) for g, there in zip(groups, inside, strict=True) if there)
        if len(names) < 2 or size <= most:
            continue
        levels: list[Ints | None] = []
        for group, index, there in zip(groups, design.matrices.index, inside, strict=True):
            of_level = np.zeros(len(group.levels), dtype=np.int64)
            of_level[index] = code
            levels.append(of_level if there else None)
        sets = None
        if design.spec.thresholds == column:
            number = {str(name): k for k, name in enumerate(names)}
            sets = np.array([number[label] for label in design.rows.set_labels])
        best, most = _Clusters(tuple(levels), sets, code.astype(np.int64)), size
    return best


def _require_solvable(design: ChoiceDesign, clusters: _Clusters) -> None:
    sizes = [len(g.levels) * len(g.names) for g in design.groups]
    size = len(design.names) + sum(sizes)
    inside = sum(n for n, within in zip(sizes, clusters.levels, strict=True) if within is not None)
    if size - inside <= MOST_EFFECTS and size <= (MOST_IN_CLUSTERS if inside else MOST_EFFECTS):
        return
    raise SpecificationError(
        "too many effects for one factor",
        parameter="formula",
        got=", ".join(f"{g.label}: {len(g.levels)} levels" for g in design.groups) or f"{size} effects",
        expected=f"at most {MOST_EFFECTS:,} effects that are not of one judge, or another column of the choice, each, "
        f"and {MOST_IN_CLUSTERS:,} in all",
        hint="let judges differ in covariates of the options, (0 + x|judge), or fit parts of the options",
    )


def _fixed(design: ChoiceDesign) -> list[tuple[str, Ints]]:
    """Blocks of fixed effects and their columns: pooled ones by set, the options' own, and others."""
    sets = [(f"pooled|{label}", at) for label, at in pooled_columns(design.spec, design.names)]
    taken = {int(n) for _, at in sets for n in at}
    others = np.array([n for n in range(len(design.names)) if n not in taken], dtype=np.int64)
    own = design.own_option[others]
    return [one for one in (*sets, ("option", others[own]), ("beta", others[~own])) if len(one[1])]


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
    for name, at in _fixed(design):
        beta[:, at] = flat[latent.slices[name]].T / design.units[at]
    sets = [f"pooled|{label}" for label, _ in design.spec.pooled]
    pooled = np.concatenate([sds[latent.hyper_slices[name]] for name in sets]).T if sets else None
    return ChoiceDraws(chains, beta, tuple(effects), tuple(spreads), own, own_sd, pooled)


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
    if draws.pooled_sd is not None:
        for k, (name, _) in enumerate(design.spec.pooled):
            found.append((f"sd[{name}]", "standard deviation", draws.pooled_sd[:, k]))
    if draws.own_sd is not None:
        for k, name in enumerate(design.rows.own_names):
            label = f"sd[{'log ' if rao else ''}{name}|{design.spec.thresholds}]"
            found.append((label, "standard deviation", draws.own_sd[:, k]))
    names, parts, values = zip(*found, strict=True)
    return ReportedChoice(names, parts, np.stack(values, axis=1))
