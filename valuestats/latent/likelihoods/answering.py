r"""Ordered answers together with whether they came, the chance of an answer depending on the answer itself.

In cell c (a model and an item) an answer k of those asked for is given with probability

.. math:: \rho_{ck} = \operatorname{logit}^{-1}(a_c + s_{ck}), \qquad s_{ck} = \delta\,(k - \bar k),

and :math:`P(Y = k) = p_{ck}` is a cumulative logit with location :math:`\eta_c`. The counts of a cell, n_k answers and m
missing, are multinomial: :math:`P(\text{given}, Y = k) = p_{ck}\rho_{ck}`,
:math:`P(\text{missing}) = \sum_k p_{ck}(1 - \rho_{ck})`. Both :math:`\eta` and a are linear in normal coefficients, so the
engines of `valuestats.latent` apply; only likelihood and curvature are this module's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.special import expit, log_expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.design import LatentDesign
from valuestats.latent.likelihoods.families import count_derivatives
from valuestats.latent.likelihoods.ordered import OrderedAnswers
from valuestats.latent.likelihoods.protocol import RowCurvature
from valuestats.latent.posterior import LatentPosterior

Floats = NDArray[np.float64]
_LEAST = 1e-300


class AnsweredOrNot:
    """Answers and whether they came, of cells that stand twice: their locations, then their logits of answering.

    Parameters
    ----------
    ordered
        The answers given, of both halves' rows; counts of the second half are 0.
    missing
        Missing answers per cell, shape ``(cells,)``.
    moves
        What an answer adds to the logit of its being given, :math:`s_{ck}`, shape ``(cells, K)``.
    """

    rounds = False

    def __init__(self, ordered: OrderedAnswers, missing: Floats, moves: Floats) -> None:
        self.ordered, self.missing, self.moves = ordered, missing, moves
        self.rows, self.own, self.cells = ordered.rows, ordered.own, len(missing)
        self._given, self._of = ordered.counts[: self.cells], ordered.group[: self.cells]

    def thresholds(self, own: Floats) -> Floats:
        """Thresholds of the answers."""
        return self.ordered.thresholds(own)

    def gradient(self, eta: Floats, own: Floats, *, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each draw and its gradients."""
        del valued
        n = self.cells
        cut, share = self.ordered.cuts(own)
        rows = np.ascontiguousarray(eta.T)
        value, d_cut, d_eta = self.ordered.by_thresholds(cut, rows, True)
        z = cut[:, self._of] - rows[:, :n, None]
        logit = rows[:, n:, None] + self.moves
        below, kept = expit(z), expit(logit)
        lost = 1.0 - kept
        chance = np.maximum(_mixed(below, lost), _LEAST)
        value = value + (self._given * log_expit(logit)).sum(axis=(1, 2)) + np.log(chance) @ self.missing
        per = self.missing / chance
        by_z = per[..., None] * below * (1.0 - below) * (lost[..., :-1] - lost[..., 1:])
        d_eta = d_eta.copy()
        d_eta[:, :n] -= by_z.sum(axis=-1)
        d_eta[:, n:] = (self._given * lost).sum(axis=-1) - per * _mixed(below, kept * lost)
        for s in range(self.ordered.sets):
            d_cut[:, s] += by_z[:, self._of == s].sum(axis=1)
        return value, d_eta.T, self.ordered.by_own(d_cut, share)

    def values(self, eta: Floats, own: Floats) -> Floats:
        """Log-likelihood alone of a few draws."""
        return self.gradient(eta, own)[0]

    def curvature(self, eta: Floats, own: Floats) -> RowCurvature:
        """Minus the second derivatives at one point.

        Where the missing answers make the posterior's indefinite, their part is that of a sum of squares (Gauss-Newton),
        which is enough for steps towards the mode.
        """
        return replace(
            self._curved(eta, own, exact=True), otherwise=lambda: self._curved(eta, own, exact=False)
        )

    def _curved(self, eta: Floats, own: Floats, *, exact: bool) -> RowCurvature:
        n, ordered = self.cells, self.ordered
        location, answering = eta[:n], eta[n:]
        parts = ordered.cut_parts(own)
        found = count_derivatives(self._given, parts[0], location, self._of)
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
        h_aa = self.missing * g_a**2 + (self._given * fall).sum(axis=1)
        if exact:
            k = np.arange(ordered.steps)
            h_zz[:, k, k] -= m * slope * (1.0 - 2.0 * below) * drop / chance[:, None]
            h_za += m * slope * (fall[:, :-1] - fall[:, 1:]) / chance[:, None]
            h_aa += self.missing * _mixed(below, fall * (1.0 - 2.0 * kept)) / chance
        by_z = h_zz.sum(axis=2)
        corners = -found.d_eta_eta + by_z.sum(axis=1)
        sides = -h_za.sum(axis=1)
        bands: Any = [np.concatenate([corners, h_aa]), sides, sides]
        weights = csr_array(diags_array(bands, offsets=[0, n, -n]))
        eta_cut = np.concatenate([-found.d_eta_cut - by_z, h_za])
        cut_cut, d_cut = -found.d_cut_cut, found.d_cut.copy()
        by_cut = m * g_z
        for s in range(ordered.sets):
            cut_cut[s] += h_zz[self._of == s].sum(axis=0)
            d_cut[s] += by_cut[self._of == s].sum(axis=0)
        return ordered.curved(weights, eta_cut, d_cut, cut_cut, parts)


class AnsweringPosterior(LatentPosterior):
    """Posterior of a design whose rows stand twice: the cells' locations, then their logits of answering.

    Parameters
    ----------
    design
        Cumulative logit with thresholds by log shares and ``2 * cells`` rows; the counts of the second half are 0, and
        its threshold sets those of the first.
    missing, moves
        See `AnsweredOrNot`.
    """

    def __init__(self, design: LatentDesign, missing: Floats, moves: Floats) -> None:
        self.cells, self.missing, self.moves = len(missing), missing, moves
        if len(design.counts) != 2 * self.cells or moves.shape != (self.cells, design.steps + 1):
            raise SpecificationError(
                "rows do not fit the missing answers",
                parameter="missing, moves",
                got=(len(missing), moves.shape),
                expected=f"half of {len(design.counts)} rows, and {design.steps + 1} codes",
            )
        ordered = design.likelihood_of_rows
        if not isinstance(ordered, OrderedAnswers) or not (ordered.rounds and ordered.shares):
            raise SpecificationError(
                "answers and answering are modelled by the cumulative logit with thresholds by log shares",
                parameter="design",
                got=f"{design.family} {design.link}, {design.threshold_map}",
            )
        super().__init__(design, AnsweredOrNot(ordered, missing, moves))
        self.given = design.counts[: self.cells]


def _mixed(below: Floats, values: Floats) -> Floats:
    """``sum_k p_k values_k`` with the cumulative probabilities below the thresholds, ``(..., K - 1)``."""
    return np.asarray(values[..., -1] + (below * (values[..., :-1] - values[..., 1:])).sum(axis=-1))
