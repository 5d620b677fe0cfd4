r"""Multinomial logit curves of unordered answers as a latent design, and the shares that its draws mean.

An answer of unit u (an item, a respondent) of group b at step t is option k with probability

.. math:: p_{k} \propto \exp\bigl(H(\alpha_b + f_b(t) + u_u)\bigr)_k,

H an orthonormal basis of the vectors over options that sum to 0, so that no option is a reference:
:math:`\alpha \sim N(0, 2^2)` in each coordinate, f a scaled random walk or spline in each (`valuestats.latent.walks`), u
normal, with one spread for all curves and one for all units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron
from scipy.special import ndtri, softmax
from scipy.stats import qmc

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.likelihoods.choices import ChoiceStages
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.walks import Walk, walk_basis

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEVEL_SD, EFFECT_SD = 2.0, 1.5
_NODES, _AT_ONCE = 64, 4_000_000


@dataclass(frozen=True)
class OptionCells:
    """Answers counted by group, step and unit.

    Attributes
    ----------
    counts
        ``(cells, options)``.
    group, step, unit
        Of each cell; `unit` is 0 throughout where units are not told apart.
    groups, places, units
        Names of the groups, places of the steps, and how many units there are (0 for none).
    """

    counts: Floats
    group: Ints
    step: Ints
    unit: Ints
    groups: tuple[str, ...]
    places: Floats
    units: int

    def by_step(self, values: Floats) -> Floats:
        """Sums of ``(..., cells, options)`` by group and step, ``(..., groups * steps, options)``."""
        at = self.group * len(self.places) + self.step
        adds = index_term(at, len(self.groups) * len(self.places)).T
        flat = np.moveaxis(values, -2, 0).reshape(len(at), -1)
        found = (csr_array(adds) @ flat).reshape(-1, *values.shape[:-2], values.shape[-1])
        return np.asarray(np.moveaxis(found, 0, -2))


def option_posterior(cells: OptionCells, walk: Walk, curve: float, unit: float) -> LatentPosterior:
    """Declare the model; `curve` and `unit` are the half-normal scales of the spreads."""
    n, k = cells.counts.shape
    turn, option = zero_sum_basis(k), np.tile(np.arange(k), n)
    b, t = len(cells.groups), len(cells.places)

    def term(index: Ints, size: int) -> csr_array:
        return index_term(np.repeat(index, k) * k + option, size * k)

    basis, line = walk_basis(walk, cells.places)[0], (cells.places - cells.places.mean())[:, None]
    line = line / line.std()
    terms = {"level": term(cells.group, b), "curve": term(cells.group * t + cells.step, b * t)}
    blocks = [
        Block("level", "level", csr_array(kron(eye_array(b), turn)), (b, k - 1), LEVEL_SD),
        _block("curve", np.kron(basis, turn), b, basis.shape[1] * (k - 1), scales=(Scale("curve"),)),
    ]
    if walk != "rw1":
        blocks.append(_block("line", np.kron(line, turn), b, k - 1, sd=EFFECT_SD))
    hypers = [Hyper("curve", 1, "half_normal", curve)]
    of_row = None
    if cells.units:
        terms["unit"] = term(cells.unit, cells.units)
        hypers.append(Hyper("unit", 1, "half_normal", unit))
        of_row = np.repeat(cells.unit, k)
        blocks.append(
            Block(
                "unit",
                "unit",
                csr_array(kron(eye_array(cells.units), turn)),
                (cells.units, k - 1),
                1.0,
                (Scale("unit"),),
                within=np.repeat(np.arange(cells.units), k - 1),
            )
        )
    stages = ChoiceStages(
        n * k,
        csr_array(eye_array(n * k)),
        np.full(n * k, -1),
        np.arange(n + 1, dtype=np.int64) * k,
        np.ascontiguousarray(cells.counts.ravel()),
    )
    return LatentPosterior(LatentDesign.around(stages, terms, tuple(blocks), tuple(hypers), of_row))


def _block(
    name: str, basis: Any, groups: int, size: int, sd: float = 1.0, scales: tuple[Scale, ...] = ()
) -> Block:
    return Block(name, "curve", csr_array(kron(eye_array(groups), basis)), (groups, size), sd, scales)


@dataclass(frozen=True)
class OptionDraws:
    """Draws, chains stacked.

    Attributes
    ----------
    shares
        Of the population, averaged over units, ``(draws, groups, steps, options)``.
    curve_sd, unit_sd
        ``(draws,)``; the latter None without units.
    locations
        Of some draws: the cells' log odds with their units, ``(some, cells, options)``.
    """

    shares: Floats
    curve_sd: Floats
    unit_sd: Floats | None
    locations: Floats


def option_draws(
    cells: OptionCells, posterior: LatentPosterior, x: Floats, phi: Floats, seed: int, some: int = 200
) -> OptionDraws:
    """Shares from coefficients ``(n, draws)`` and coordinates of the hyperparameters."""
    design = posterior.design
    k = cells.counts.shape[1]
    turn, size = zero_sum_basis(k), x.shape[1]
    spreads = np.exp(design.unconstrained(phi))
    curve_sd = spreads[design.hyper_slices["curve"]][0]
    unit_sd = spreads[design.hyper_slices["unit"]][0] if cells.units else None
    rows = (len(cells.groups), len(cells.places), k)
    whole = np.zeros((size, *rows))
    for block in design.blocks:
        if block.term in ("level", "curve"):
            part = (block.basis @ x[design.slices[block.name]]).T.reshape(size, len(cells.groups), -1, k)
            whole += part
    if unit_sd is None:
        shares = softmax(whole, axis=-1)
    else:
        point = qmc.Sobol(k - 1, seed=seed).random(_NODES // 2)
        half = ndtri(np.clip(point, 1e-6, 1 - 1e-6))
        nodes = np.concatenate([half, -half]) @ turn.T
        shares = np.empty_like(whole)
        step = max(1, _AT_ONCE // (int(np.prod(rows)) * _NODES))
        for first in range(0, size, step):
            at = slice(first, first + step)
            moved = whole[at, ..., None, :] + unit_sd[at, None, None, None, None] * nodes
            shares[at] = softmax(moved, axis=-1).mean(axis=-2)
    few = np.linspace(0, size - 1, min(some, size)).round().astype(int)
    located = posterior.locate(x[:, few])[0].T.reshape(len(few), len(cells.counts), k)
    return OptionDraws(shares, curve_sd, unit_sd, located)


def counted_cells(
    frame: pd.DataFrame,
    number: Floats,
    option: Ints,
    options: int,
    by: str | None,
    along: str,
    unit: str | None,
) -> OptionCells:
    """Cells of rows that stand for so many answers each."""
    places, step = np.unique(frame[along].to_numpy(dtype=float), return_inverse=True)
    group: Ints = np.zeros(len(frame), dtype=np.int64)
    groups: tuple[str, ...] = ("",)
    if by is not None:
        code, told = pd.factorize(frame[by].astype(str), sort=True)
        group, groups = code.astype(np.int64), tuple(map(str, told))
    names = pd.factorize(frame[unit].astype(str), sort=True) if unit is not None else None
    member = np.zeros(len(frame), dtype=np.int64) if names is None else names[0].astype(np.int64)
    units = 0 if names is None else len(names[1])
    key = (group * len(places) + step) * max(units, 1) + member
    known, cell = np.unique(key, return_inverse=True)
    counts = np.zeros((len(known), options))
    np.add.at(counts, (cell, option), number)
    of_step = known // max(units, 1)
    return OptionCells(
        counts,
        (of_step // len(places)).astype(np.int64),
        (of_step % len(places)).astype(np.int64),
        (known % max(units, 1)).astype(np.int64),
        groups,
        places,
        units,
    )
