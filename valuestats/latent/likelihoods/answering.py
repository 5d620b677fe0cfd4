r"""Ordered answers together with whether they came, the chance of an answer depending on the answer itself.

In cell c (a model and an item) an answer k of those asked for is given with probability

.. math:: \rho_{ck} = \operatorname{logit}^{-1}(a_c + s_{ck}), \qquad s_{ck} = \delta\,(k - \bar k),

and :math:`P(Y = k) = p_{ck}` is a cumulative logit with location :math:`\eta_c`. The counts of a cell, n_k answers and m
missing, are multinomial: :math:`P(\text{given}, Y = k) = p_{ck}\rho_{ck}`,
:math:`P(\text{missing}) = \sum_k p_{ck}(1 - \rho_{ck})`. Both :math:`\eta` and a are linear in normal coefficients, so the
engines of `valuestats.latent.design` apply; only likelihood and curvature are this module's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.special import expit, log_expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.arrow import Curvature
from valuestats.latent.design import LatentDesign
from valuestats.latent.likelihoods.families import count_derivatives
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.threshold_shares import share_sums

Floats = NDArray[np.float64]
_LEAST = 1e-300


class AnsweringPosterior(LatentPosterior):
    """Posterior of a design whose rows stand twice: the cells' locations, then their logits of answering.

    Parameters
    ----------
    design
        Cumulative logit with thresholds by log shares and ``2 * cells`` rows; the counts of the second half are 0, and
        its threshold sets those of the first.
    missing
        Missing answers per cell, shape ``(cells,)``.
    moves
        What an answer adds to the logit of its being given, :math:`s_{ck}`, shape ``(cells, K)``.
    """

    def __init__(self, design: LatentDesign, missing: Floats, moves: Floats) -> None:
        super().__init__(design)
        self.cells = len(missing)
        if len(design.counts) != 2 * self.cells or moves.shape != (self.cells, design.steps + 1):
            raise SpecificationError(
                "rows do not fit the missing answers",
                parameter="missing, moves",
                got=(len(missing), moves.shape),
                expected=f"half of {len(design.counts)} rows, and {design.steps + 1} codes",
            )
        if design.family != "cumulative" or design.link != "logit" or design.threshold_map != "shares":
            raise SpecificationError(
                "answers and answering are modelled by the cumulative logit with thresholds by log shares",
                parameter="design",
                got=f"{design.family} {design.link}, {design.threshold_map}",
            )
        self.missing, self.moves = missing, moves
        self.given = design.counts[: self.cells]
        self._of = design.group[: self.cells]

    def log_likelihood(self, x: Floats, *, valued: bool = True) -> tuple[Floats, Floats]:
        """Log-likelihood of each chain and its gradient by the coefficients."""
        d, n = self.design, self.cells
        eta, raw = self.locate(x)
        shape = (d.sets, d.steps, x.shape[1])
        cut, share = share_sums(self._with_reference(np.moveaxis(raw.reshape(shape), -1, 0)), d.link)
        rows = np.ascontiguousarray(eta.T)
        value, d_cut, d_eta = self._likelihood(cut, rows, True)
        z = cut[:, self._of] - rows[:, :n, None]
        logit = rows[:, n:, None] + self.moves
        below, kept = expit(z), expit(logit)
        lost = 1.0 - kept
        chance = np.maximum(_mixed(below, lost), _LEAST)
        value = value + (self.given * log_expit(logit)).sum(axis=(1, 2)) + np.log(chance) @ self.missing
        per = self.missing / chance
        by_z = per[..., None] * below * (1.0 - below) * (lost[..., :-1] - lost[..., 1:])
        d_eta = d_eta.copy()
        d_eta[:, :n] -= by_z.sum(axis=-1)
        d_eta[:, n:] = (self.given * lost).sum(axis=-1) - per * _mixed(below, kept * lost)
        for s in range(d.sets):
            d_cut[:, s] += by_z[:, self._of == s].sum(axis=1)
        d_cut = np.delete(share.pull_back(d_cut), d.reference, axis=-1)
        by_level = self._design_turned @ d_eta.T
        d_raw = np.moveaxis(d_cut, 0, -1).reshape(-1, x.shape[1])
        rest = self._basis_turned @ np.concatenate([by_level[self._leaf_total :], d_raw])
        return value, np.concatenate([by_level[: self._leaf_total], rest])

    def _values(self, x: Floats) -> Floats:
        """Log-likelihood alone of a few columns, of the answers missing too."""
        return self.log_likelihood(x)[0]

    def curvature(self, x: Floats) -> Curvature:
        """Minus the Hessian of the log-likelihood at `x`.

        Where the missing answers make the posterior's indefinite, their part is that of a sum of squares (Gauss-Newton),
        which is enough for steps towards the mode.
        """
        return replace(self._curved(x, exact=True), otherwise=lambda: self._curved(x, exact=False))

    def _curved(self, x: Floats, *, exact: bool) -> Curvature:
        d, n = self.design, self.cells
        eta, raw = self.locate(x[:, None])
        location, answering = eta[:n, 0], eta[n:, 0]
        parts = self.cut_parts(raw[:, 0])
        found = count_derivatives(self.given, parts[0], location, self._of)
        z, logit = parts[0][self._of] - location[:, None], answering[:, None] + self.moves
        below, kept = expit(z), expit(logit)
        lost = 1.0 - kept
        slope = below * (1.0 - below)
        fall = kept * lost  # of being kept, by its logit; being lost moves by as much the other way
        chance = np.maximum(_mixed(below, lost), _LEAST)
        drop = lost[:, :-1] - lost[:, 1:]
        g_z = slope * drop / chance[:, None]
        g_a = -_mixed(below, fall) / chance
        m = self.missing[:, None]
        # minus the Hessian of m log(chance) by the thresholds z and the logit a
        h_zz = m[..., None] * g_z[:, :, None] * g_z[:, None, :]
        h_za = m * g_z * g_a[:, None]
        h_aa = self.missing * g_a**2 + (self.given * fall).sum(axis=1)
        if exact:
            k = np.arange(d.steps)
            h_zz[:, k, k] -= m * slope * (1.0 - 2.0 * below) * drop / chance[:, None]
            h_za += m * slope * (fall[:, :-1] - fall[:, 1:]) / chance[:, None]
            h_aa += self.missing * _mixed(below, fall * (1.0 - 2.0 * kept)) / chance
        by_z = h_zz.sum(axis=2)
        corners = -found.d_eta_eta + by_z.sum(axis=1)
        sides = -h_za.sum(axis=1)
        bands: Any = [np.concatenate([corners, h_aa]), sides, sides]
        weights = diags_array(bands, offsets=[0, n, -n])
        weighted = csr_array(weights @ self._design_matrix)
        eta_cut = np.concatenate([-found.d_eta_cut - by_z, h_za])
        cut_cut, d_cut = -found.d_cut_cut, found.d_cut.copy()
        by_cut = m * g_z
        for s in range(d.sets):
            cut_cut[s] += h_zz[self._of == s].sum(axis=0)
            d_cut[s] += by_cut[self._of == s].sum(axis=0)
        return self.curvature_of(weighted, eta_cut, d_cut, cut_cut, parts)


def _mixed(below: Floats, values: Floats) -> Floats:
    """``sum_k p_k values_k`` with the cumulative probabilities below the thresholds, ``(..., K - 1)``."""
    return np.asarray(values[..., -1] + (below * (values[..., :-1] - values[..., 1:])).sum(axis=-1))
