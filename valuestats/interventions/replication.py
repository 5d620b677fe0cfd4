"""Whether signs hold in questions that had no part in picking them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from valuestats.interventions.cells import Array, Cell, Whole
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.statistics.ratios import ratio

SPLITS = 200
FEWEST = 8
"""Units below which halves are too small to be held against each other."""


def replication(
    cells: list[Cell], lot: Whole, level: float, rng: np.random.Generator
) -> tuple[Array, dict[str, Any]]:
    """Share of random halves of the units whose signs agree, cell by cell; and of cells picked in one half, in the other.

    Of very many units, lots of them are halved.

    In each split cells are picked in the first half by Student's t over units, Benjamini and Hochberg's rate at one less
    the level. Where nothing is there, half of the picked keep their sign.

    Returns
    -------
    tuple
        Share of splits whose halves agree in sign, shape ``(cells,)`` (NaN below `FEWEST` units), and ``splits``,
        ``picked`` (cells a split on average), ``kept`` (share of the picked whose sign holds; NaN where none was picked).
    """
    units = int(lot.max()) + 1
    sums, sizes = np.zeros((units, len(cells))), np.zeros((units, len(cells)))
    for j, cell in enumerate(cells):
        sums[:, j] = np.bincount(lot[cell.unit], cell.weight * cell.change, minlength=units)
        sizes[:, j] = np.bincount(lot[cell.unit], cell.weight, minlength=units)
    first = (np.argsort(rng.random((SPLITS, units)), axis=1) < units // 2).astype(float)
    one, p = _halves(first, sums, sizes)
    other, _ = _halves(1 - first, sums, sizes)
    enough = (sizes > 0).sum(axis=0) >= FEWEST
    same = np.sign(one) == np.sign(other)
    known = ~np.isnan(one) & ~np.isnan(other) & enough
    agree = np.where(enough, ratio((same & known).sum(axis=0), known.sum(axis=0)), np.nan)
    picked = known & (np.nan_to_num(adjusted_p(np.where(known, p, np.nan)), nan=1.0) <= 1 - level)
    return agree, {
        "splits": SPLITS,
        "picked": float(picked.sum(axis=1).mean()),
        "kept": float(same[picked].mean()) if picked.any() else float("nan"),
    }


def _halves(weights: Array, sums: Array, sizes: Array) -> tuple[Array, Array]:
    there = (sizes > 0).astype(float)
    n, g = weights @ sizes, weights @ there
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(n > 0, (weights @ sums) / n, np.nan)
        square = weights @ sums**2 - 2 * mean * (weights @ (sums * sizes)) + mean**2 * (weights @ sizes**2)
        error = np.sqrt(np.maximum(square, 0.0) * g / (g - 1)) / n
        t = np.where(error > 0, np.abs(mean) / error, np.inf * np.abs(np.sign(mean)))
        p = 2 * stats.t.sf(t, np.maximum(g - 1, 1))
    return mean, np.where(g > 1, p, np.nan)
