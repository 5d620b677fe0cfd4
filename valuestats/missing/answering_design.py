"""The declared model of one dimension's answers and of who gives them; its expected answers and predictive check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.sparse import csr_array, vstack
from scipy.special import expit

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.likelihoods.answering import AnsweringPosterior

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

PRIORS = {
    "shares": 1.5,
    "model": 2.0,
    "item": 1.5,
    "cluster": 1.5,
    "pair": 1.5,
    "answering": 3.0,
    "answering_model": 2.0,
    "answering_item": 1.5,
    "answering_pair": 1.5,
}
"""Standard deviation of the normal prior of log shares and of the intercept of answering (logits); scale of the half-normal
priors of all other effects' standard deviations."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class AskedCells:
    """Counted cells of models and items, in the direction of the dimension.

    Attributes
    ----------
    counts, missing
        Answers per code, shape ``(cells, K)``, and missing answers, shape ``(cells,)``.
    model, item, cluster
        Index of each cell; the cluster None where items are their own.
    models
        Number of models.
    repeated
        Whether a model was asked an item more than once on the average.
    """

    counts: Floats
    missing: Floats
    model: Index
    item: Index
    cluster: Index | None
    models: int
    repeated: bool


def answering_posterior(cells: AskedCells, delta: float) -> AnsweringPosterior:
    """The joint posterior of answers and answering with the coefficient of the answer held at `delta` per step.

    Location: model, item, cluster and (where asked more than once) model x item; logit of answering: intercept, model, item
    and model x item; all normal with half-normal standard deviations (`PRIORS`).

    Parameters
    ----------
    cells
        The counts.
    delta
        Logits per step of the scale.

    Returns
    -------
    AnsweringPosterior
    """
    n, codes = cells.counts.shape
    none = np.zeros(n, dtype=np.int64)
    items = int(cells.item.max()) + 1
    pairs = cells.model * items + cells.item
    pair, number = np.unique(pairs, return_inverse=True)
    terms: dict[str, csr_array] = {}
    leaves: list[Block] = []
    rest = [
        Block(
            "shares",
            THRESHOLDS,
            cholesky(np.eye(codes - 1) + 1.0, lower=True),
            (codes - 1,),
            PRIORS["shares"],
        )
    ]
    hypers: list[Hyper] = []

    def effect(
        name: str, index: Index, size: int, *, second: bool, leaf: bool = False, centred: bool = False
    ) -> None:
        own, other = index_term(index, size), csr_array((n, size))
        terms[name] = csr_array(vstack([other, own] if second else [own, other]))
        hypers.append(Hyper(f"{name}_sd", 1, "half_normal", PRIORS[name]))
        basis = zero_sum_basis(size) if centred else None
        shape = (size - 1,) if centred else (size,)
        block = Block(name, name, basis, shape, 1.0, (Scale(f"{name}_sd"),), leaf=leaf)
        (leaves if leaf else rest).append(block)

    if cells.repeated and cells.models > 1 and items > 1:
        effect("pair", number.astype(np.int64), len(pair), second=False, leaf=True)
        effect("answering_pair", number.astype(np.int64), len(pair), second=True, leaf=True)
    if cells.models > 1:
        effect("model", cells.model, cells.models, second=False, centred=True)
        effect("answering_model", cells.model, cells.models, second=True, centred=True)
    if cells.cluster is not None:
        effect("cluster", cells.cluster, int(cells.cluster.max()) + 1, second=False)
    if items > 1:
        effect("item", cells.item, items, second=False)
        effect("answering_item", cells.item, items, second=True)
    terms["answering"] = csr_array(vstack([csr_array((n, 1)), index_term(none, 1)]))
    rest.append(Block("answering", "answering", None, (1,), PRIORS["answering"]))
    design = LatentDesign(
        counts=np.concatenate([cells.counts, np.zeros_like(cells.counts)]),
        group=np.zeros(2 * n, dtype=np.int64),
        sets=1,
        terms=terms,
        blocks=(*leaves, *rest),
        hypers=tuple(hypers),
        reference=int(cells.counts.sum(axis=0).argmax()),
    )
    moves = np.tile(delta * (np.arange(codes) - (codes - 1) / 2), (n, 1))
    return AnsweringPosterior(design, cells.missing, moves)


def expected_codes(posterior: AnsweringPosterior, x: Floats, phi: Floats, models: int) -> Floats:
    """Expected answer of each model to items of the same kind, in steps above the least code.

    Effects of items, clusters and pairs are integrated out by quadrature.

    Parameters
    ----------
    posterior
        The posterior.
    x, phi
        Draws, shapes ``(n, draws)`` and ``(h, draws)``.
    models
        Number of models.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, models)``.
    """
    d = posterior.design
    cut = posterior.thresholds(posterior.locate(x)[1])[:, 0]
    level = np.zeros((models, x.shape[1]))
    if "model" in d.slices:
        level = zero_sum_basis(models) @ x[d.slices["model"]]
    u = d.unconstrained(phi)
    spreads = [
        np.exp(2.0 * u[d.hyper_slices[f"{k}_sd"]][0]) for k in ("item", "cluster", "pair") if k in d.slices
    ]
    sd = np.sqrt(sum(spreads)) if spreads else np.zeros(x.shape[1])
    out = np.zeros((x.shape[1], models))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        eta = level.T + (node * sd)[:, None]
        out += weight * expit(eta[:, :, None] - cut[:, None, :]).sum(axis=2)
    return out


def answering_check(
    posterior: AnsweringPosterior, cells: AskedCells, x: Floats, rng: np.random.Generator
) -> float:
    """Posterior predictive p-value over models x (codes and missing), by Freeman and Tukey's discrepancy.

    Parameters
    ----------
    posterior, cells
        The model and its counts.
    x
        Draws of the coefficients, shape ``(n, draws)``; some hundred are enough.
    rng
        Source of random numbers.
    """
    eta, raw = posterior.locate(x)
    cut = posterior.thresholds(raw)[:, 0]
    n = posterior.cells
    location, answering = eta[:n].T, eta[n:].T
    ends = np.zeros((*location.shape, 1))
    below = np.concatenate([ends, expit(cut[:, None, :] - location[..., None]), ends + 1.0], axis=-1)
    kept = expit(answering[..., None] + posterior.moves)
    given = np.maximum(np.diff(below, axis=-1), 0.0) * kept
    p = np.concatenate([given, np.maximum(1.0 - given.sum(axis=-1, keepdims=True), 0.0)], axis=-1)
    p /= p.sum(axis=-1, keepdims=True)
    seen = np.concatenate([cells.counts, cells.missing[:, None]], axis=1)
    total = seen.sum(axis=1)
    made = rng.multinomial(total.astype(np.int64), p).astype(float)
    member = np.equal.outer(np.arange(cells.models), cells.model).astype(float)
    expected, drawn = member @ (total[:, None] * p), member @ made
    root = np.sqrt(expected)
    off = ((np.sqrt(member @ seen) - root) ** 2).sum(axis=(1, 2))
    return float((((np.sqrt(drawn) - root) ** 2).sum(axis=(1, 2)) >= off).mean())
