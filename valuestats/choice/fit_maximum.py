"""Maximum likelihood of a choice model without group effects: Newton's method, full covariance, clustered errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed
from valuestats.choice.counted import ONE_CLUSTER, require_column
from valuestats.choice.fit_design import OPTION, ChoiceDesign
from valuestats.choice.graph import comparison_graph, require_connected
from valuestats.latent.design import THRESHOLDS, Block, LatentDesign
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.effects_latent import OffsetPosterior
from valuestats.regression.formula_syntax import Name

Floats = NDArray[np.float64]
_FLAT = 1e8
"""Standard deviation of a prior that sixteen digits do not notice."""
FINITE = 25.0
"""Logits (of a contrast, or a standard deviation of a number) beyond which an estimate has run away."""


@dataclass(frozen=True)
class ChoiceMaximum:
    """Where the likelihood is largest.

    Attributes
    ----------
    beta
        Fixed effects, those told about their mean only summing to zero, ``(p,)``.
    own
        Parameters of ties and outcomes, ``(sets * per,)``.
    covariance
        Of both, ``(p + own, p + own)``.
    log_likelihood
        At the maximum.
    parameters
        How many are free.
    degrees
        Of the clustered covariance, clusters less 1; infinite for the inverse information.
    log_sd
        Log standard deviations of group effects, and their covariance with the rest where there are any.
    """

    beta: Floats
    own: Floats
    covariance: Floats
    log_likelihood: float
    parameters: int
    degrees: float = np.inf


def require_identified(design: ChoiceDesign) -> None:
    """Refuse what the likelihood has no single finite maximum for, by name."""
    if (Name(OPTION),) in design.spec.terms.fixed.terms:
        require_connected(comparison_graph(design.rows.wins, design.rows.options))
    if design.aliased:
        raise SpecificationError(
            "some fixed effects can't be told apart",
            parameter="formula",
            got=listed(list(design.aliased[:8])) + (", …" if len(design.aliased) > 8 else ""),
            hint="leave one of them out, or pool it: (1|option)",
        )


def kept_columns(design: ChoiceDesign) -> NDArray[np.int64]:
    """Columns of the fixed effects that are free: all but one of those told about their mean only."""
    dropped = {int(np.flatnonzero(level)[0]) for level in design.levels}
    return np.array([n for n in range(len(design.names)) if n not in dropped], dtype=np.int64)


def whole(design: ChoiceDesign, own: int) -> Floats:
    """From free parameters to all fixed effects, about their mean where only that is told, then the own ones."""
    kept = kept_columns(design)
    fixed = design.centred(np.eye(len(design.names))[kept] / design.units[kept, None]).T
    found = np.zeros((len(design.names) + own, len(kept) + own))
    found[: len(fixed), : len(kept)] = fixed
    found[len(fixed) :, len(kept) :] = np.eye(own)
    return found


def maximise_choice(design: ChoiceDesign, cluster: str | None = None) -> ChoiceMaximum:
    """Newton's method on the likelihood, with the sandwich over clusters and the factor G / (G - 1) on request.

    Raises
    ------
    SpecificationError
        Effects that can't be told apart, or have no finite estimate, by name.
    """
    require_identified(design)
    stages = design.rows.stages
    kept = kept_columns(design)
    x = csr_array(design.matrices.x[:, kept].multiply(1.0 / design.units[kept]))
    blocks = [Block("x", "x", None, (len(kept),), _FLAT)]
    if stages.own:
        blocks.append(Block("own", THRESHOLDS, None, (stages.own,), _FLAT))
    latent = LatentDesign.around(stages, {"x": x}, tuple(blocks))
    posterior = (
        OffsetPosterior(latent, np.zeros(stages.own), design.matrices.offset)
        if design.matrices.offset.any()
        else LatentPosterior(latent)
    )
    none = np.zeros(0)
    try:
        at, factor, _ = posterior.conditional_mode(np.zeros(latent.size), none, tolerance=1e-18, steps=200)
    except np.linalg.LinAlgError:
        raise _runaway(design, []) from None
    back = whole(design, stages.own)
    found = back @ at
    away = (
        np.abs(np.concatenate([found[: len(design.names)] * design.units, found[len(design.names) :]]))
        > FINITE
    )
    if away.any() or not np.isfinite(found).all():
        raise _runaway(design, _named(design, away))
    eta, own = posterior.locate(at[:, None])
    value = float(posterior.likelihood.values(eta, own)[0])
    covariance = factor.solve(np.eye(latent.size))
    degrees = np.inf
    if cluster is not None:
        groups = cluster_counts(design, cluster)
        by_row, by_own = stages.scores(eta[:, 0], own[:, 0], groups)
        scores = np.hstack([np.asarray((by_row @ x).todense()), by_own])
        n = groups.shape[0]
        covariance = covariance @ (scores.T @ scores) @ covariance * n / (n - 1)
        degrees = float(n - 1)
    p = len(design.names)
    return ChoiceMaximum(
        found[:p], found[p:], back @ covariance @ back.T, value, len(kept) + stages.own, degrees
    )


def _named(design: ChoiceDesign, away: NDArray[np.bool_]) -> list[str]:
    labels = design.rows.set_labels or ("",)
    own = [f"{s}: {n}" if s else n for s in labels for n in design.rows.own_names]
    return [name for name, far in zip([*design.names, *own], away, strict=True) if far]


def _runaway(design: ChoiceDesign, names: list[str]) -> SpecificationError:
    return SpecificationError(
        "no finite estimate: what was chosen is always, or never, so",
        parameter="choices",
        got=listed(names[:8]) or design.spec.formula,
        hint='leave it out, or take a Bayesian engine: engine="laplace"',
    )


def cluster_counts(design: ChoiceDesign, cluster: str) -> csr_array:
    """How often each cluster took each alternative, ``(clusters, alternatives)``."""
    rows = design.rows
    require_column(rows.per_choice, cluster, "cluster")
    code, names = pd.factorize(rows.per_choice[cluster].astype(str), sort=True)
    if len(names) < 2:
        raise SpecificationError(
            "one cluster has no spread",
            parameter="cluster",
            got=names[0],
            expected="2 or more",
            hint=ONE_CLUSTER,
        )
    patterns = csr_array((rows.weight, (code, rows.pattern)), shape=(len(names), rows.taken.shape[0]))
    return csr_array(patterns @ rows.taken)
