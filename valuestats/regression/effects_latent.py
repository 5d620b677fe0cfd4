"""An ordinal regression as a declared latent design, for the engines that need no compiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack
from scipy.special import polygamma

from valuestats.base.errors import SpecificationError
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.likelihoods.family_probabilities import induced_moments
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import LINK_SCALE, EffectDraws, EffectPriors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ROUNDOFF = 1e-12
_LEAF_FROM = 60  # levels from which eliminating a group term one by one is worth it


class OffsetPosterior(LatentPosterior):
    """A posterior with offsets: stated means of the threshold coordinates, and what each cell's location starts from."""

    def __init__(self, design: LatentDesign, offset: Floats, start: Floats) -> None:
        super().__init__(design)
        self._offset, self._start = offset[:, None], start[:, None] if start.any() else None

    def locate(self, x: Floats) -> tuple[Floats, Floats]:
        """Locations and threshold coordinates, the offsets added."""
        eta, raw = super().locate(x)
        return eta if self._start is None else eta + self._start, raw + self._offset


def column_scales(x: Floats, weights: Floats) -> Floats:
    """Unit of each fixed effect's prior: 1 for a contrast column, the standard deviation of a number."""
    found = np.ones(x.shape[1])
    for n, column in enumerate(x.T):
        if len(np.unique(column.round(10))) > 3:
            found[n] = np.sqrt(np.average(column**2, weights=weights))
    return found


def effects_posterior(design: EffectsDesign, priors: EffectPriors) -> LatentPosterior:
    """Declare the regression as a latent design.

    Parameters
    ----------
    design, priors
        The counted cells with their matrices, and the priors.

    Returns
    -------
    LatentPosterior
        Blocks ``effect|<n>|<q>`` (effect q of group term n), ``cut``, ``set_cut``, ``beta``, ``curve|<n>`` and ``line|<n>``.

    Raises
    ------
    SpecificationError
        A part of the formula is not linear in independent normal coefficients.
    """
    if design.extended:
        raise SpecificationError(
            "this engine has linear, uncorrelated effects only",
            parameter="engine",
            got=", ".join(design.extended),
            expected='engine="nuts"',
            hint="write (x||group) for effects without correlation",
        )
    spec, rows = design.spec, design.matrices
    unit = LINK_SCALE[spec.link]
    steps = design.counts.shape[1] - 1
    sets = max(1, len(design.set_labels))
    terms, blocks, hypers = {}, [], []
    largest = max(range(len(design.groups)), key=lambda n: len(design.groups[n].levels), default=-1)
    for n in sorted(range(len(design.groups)), key=lambda n: n != largest):
        group = design.groups[n]
        for q, _ in enumerate(group.names):
            name = f"effect|{n}|{q}"
            leaf = n == largest and len(group.names) == 1 and len(group.levels) >= _LEAF_FROM
            terms[name] = index_term(rows.index[n], len(group.levels), rows.z[n][:, q])
            hypers.append(Hyper(name, 1, "half_normal", priors.group * unit))
            blocks.append(Block(name, name, None, (len(group.levels),), 1.0, (Scale(name),), leaf=leaf))
    shares = spec.family == "cumulative"
    if shares:
        root, offset = cholesky(np.eye(steps) + 1.0, lower=True), np.zeros(steps)
        root = root * np.sqrt(float(polygamma(1, priors.concentration)))
    else:
        offset, covariance = induced_moments(
            steps + 1, priors.concentration, family=spec.family, link=spec.link
        )
        root = cholesky(covariance, lower=True)
    blocks.append(Block("cut", THRESHOLDS, np.tile(root, (sets, 1)), (steps,)))
    if sets > 1:
        own = root / np.sqrt(np.mean(np.sum(root**2, axis=1)))
        hypers.append(Hyper("set_cut", 1, "half_normal", priors.thresholds * unit))
        basis = kron(eye_array(sets), own, format="csr")
        blocks.append(Block("set_cut", THRESHOLDS, basis, (sets, steps), 1.0, (Scale("set_cut"),)))
    if design.names:
        scales = column_scales(rows.x, design.counts.sum(axis=1))
        # The columns as coded, which are mostly zeros, and their centring as a level of its own that every row has.
        centre = design.centres["x"]
        coded = csr_array(np.where(np.abs(rows.x + centre) < _ROUNDOFF, 0.0, rows.x + centre) / scales)
        terms["beta"] = csr_array(hstack([coded, csr_array(np.ones((len(rows.x), 1)))]))
        basis = csr_array(vstack([csr_array(eye_array(len(scales))), csr_array(-centre[None] / scales)]))
        blocks.append(Block("beta", "beta", basis, (len(scales),), priors.effect * unit))
    for n, curve in enumerate(design.curves):
        name, levels = f"curve|{n}", len(curve.levels)
        terms[name] = _at_knots(curve.weights(design.cells)[0], rows.curve_index[n], levels)
        hypers.append(Hyper(name, 1, "half_normal", priors.curve * unit))
        wide = csr_array(kron(eye_array(levels), curve.basis))
        blocks.append(Block(name, name, wide, (levels, curve.basis.shape[1]), 1.0, (Scale(name),)))
        if curve.part.straight:
            line = csr_array(kron(eye_array(levels), curve.line))
            blocks.append(Block(f"line|{n}", name, line, (levels,), priors.effect * unit))
    latent = LatentDesign(
        counts=design.counts,
        group=rows.sets,
        sets=sets,
        terms=terms,
        blocks=tuple(blocks),
        hypers=tuple(hypers),
        family=spec.family,
        link=spec.link,
        threshold_map="shares" if shares else "direct",
        reference=int(design.counts.sum(axis=0).argmax()),
    )
    return OffsetPosterior(latent, np.tile(offset, sets), rows.offset)


def _at_knots(weights: Floats, index: Ints, levels: int) -> csr_array:
    """The matrix from the knots of every level's curve to the cells."""
    number = weights.shape[1]
    cell, knot = np.nonzero(weights)
    return csr_array(
        (weights[cell, knot], (cell, index[cell] * number + knot)), shape=(len(weights), levels * number)
    )


def latent_effect_draws(
    design: EffectsDesign, posterior: LatentPosterior, x: Floats, phi: Floats
) -> EffectDraws:
    """Named draws from coefficients ``(n, chains, draws)`` and hyperparameter coordinates ``(h, chains, draws)``."""
    latent = posterior.design
    chains = x.shape[1]
    flat = x.reshape(len(x), -1)
    size = flat.shape[1]
    sds = np.exp(latent.unconstrained(phi.reshape(len(phi), size)))
    cut = posterior.thresholds(posterior.raw_thresholds(flat))
    effects, spreads = [], []
    for n, group in enumerate(design.groups):
        names = [f"effect|{n}|{q}" for q, _ in enumerate(group.names)]
        effects.append(np.stack([flat[latent.slices[name]].T for name in names], axis=2))
        spreads.append(np.concatenate([sds[latent.hyper_slices[name]] for name in names]).T)
    beta = np.zeros((size, 0))
    if design.names:
        beta = flat[latent.slices["beta"]].T / column_scales(design.matrices.x, design.counts.sum(axis=1))
    curves, curve_sds = [], []
    for n, curve in enumerate(design.curves):
        parts = [flat[latent.slices[f"curve|{n}"]].T.reshape(size, len(curve.levels), -1)]
        parts += [flat[latent.slices[f"line|{n}"]].T[:, :, None]] if curve.part.straight else []
        curves.append(np.concatenate(parts, axis=2))
        curve_sds.append(sds[latent.hyper_slices[f"curve|{n}"]][0])
    return EffectDraws(
        chains,
        cut,
        beta,
        tuple(effects),
        tuple(spreads),
        tuple(None for _ in effects),
        sds[latent.hyper_slices["set_cut"]][0] if "set_cut" in latent.hyper_slices else None,
        curves=tuple(curves),
        curve_sds=tuple(curve_sds),
    )
