"""Counted ordered answers as a likelihood of the latent engine: rows are cells, own parameters give thresholds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.latent.likelihoods.families import Family, FamilyLink, count_derivatives
from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.likelihoods.logit_slopes import LogitSlopes
from valuestats.latent.likelihoods.protocol import RowCurvature
from valuestats.latent.threshold_shares import ThresholdShares, share_sums
from valuestats.statistics.ordinal import total_log_likelihoods

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CutParts = tuple[Floats, Floats, ThresholdShares | None]
Pass = Callable[[Floats, Floats, bool], tuple[Floats, Floats, Floats]]
_THREADED_CELLS = 8_000  # below, handing chains to threads costs more than it saves


class OrderedAnswers:
    """Answers per cell under one of the ordinal families; see `valuestats.latent.likelihoods.protocol.Likelihood`.

    Parameters
    ----------
    counts
        Answers per cell and category, shape ``(cells, K)``.
    group, sets
        Threshold set of each cell, shape ``(cells,)``, and how many there are.
    family, link
        See `valuestats.latent.likelihoods.families`.
    shares
        Whether own parameters are log category shares relative to category `reference`, or the thresholds themselves.
    reference
        The category whose log share is 0.
    """

    def __init__(
        self,
        counts: Floats,
        group: Ints,
        sets: int,
        *,
        family: Family = "cumulative",
        link: FamilyLink = "logit",
        shares: bool = True,
        reference: int = 0,
    ) -> None:
        self.counts, self.group, self.sets = counts, group, sets
        self.family, self.link, self.shares, self.reference = family, link, shares, reference
        self.rows, self.steps = len(counts), counts.shape[1] - 1
        self.own = sets * self.steps
        self.rounds = (family, link) == ("cumulative", "logit")
        self._set_columns = (group[:, None] * self.steps + np.arange(self.steps)).ravel()
        self.by_thresholds: Pass = self._near if self.rounds else self._many

    def thresholds(self, own: Floats) -> Floats:
        """Thresholds from their coordinates, shapes ``(sets * (K - 1), draws)`` to ``(draws, sets, K - 1)``."""
        a = self._by_draw(own)
        return share_sums(self._with_reference(a), self.link)[0] if self.shares else np.ascontiguousarray(a)

    def straightened(self, centre: Floats, own: Floats) -> tuple[Floats, Floats]:
        """Own parameters whose thresholds are linear in those given, ``(own, draws)``, about `centre` (one column or each).

        With the log of the volume by which each draw is stretched, infinite where thresholds would not ascend.
        """
        about = self._by_draw(centre)
        cut, share = share_sums(self._with_reference(about), self.link)
        slope = np.delete(share.jacobian(), self.reference, axis=-1)
        straight = cut + np.einsum("dsab,dsb->dsa", slope, self._by_draw(own) - about)
        with np.errstate(all="ignore"):
            logs = log_probabilities(straight, link=self.link)
            logs = np.delete(logs - logs[..., self.reference, None], self.reference, axis=-1)
            bent = np.delete(
                share_sums(self._with_reference(logs), self.link)[1].jacobian(), self.reference, -1
            )
            there = np.isfinite(logs).all(axis=(-2, -1)) & np.isfinite(bent).all(axis=(-3, -2, -1))
            log_volume = np.full(len(there), np.inf)
            before = np.broadcast_to(np.linalg.slogdet(slope)[1].sum(axis=-1), there.shape)
            log_volume[there] = before[there] - np.linalg.slogdet(bent[there])[1].sum(axis=-1)
        return np.moveaxis(logs, 0, -1).reshape(self.own, len(logs)), log_volume

    def _by_draw(self, own: Floats) -> Floats:
        return np.moveaxis(own.astype(float).reshape(self.sets, self.steps, own.shape[1]), -1, 0)

    def _with_reference(self, a: Floats) -> Floats:
        return np.insert(a, self.reference, 0.0, axis=-1)

    def gradient(self, eta: Floats, own: Floats, *, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each draw and its gradients."""
        cut, share = self.cuts(own)
        value, d_cut, d_eta = self.by_thresholds(cut, np.ascontiguousarray(eta.T), valued)
        return value, d_eta.T, self.by_own(d_cut, share).astype(eta.dtype)

    def cuts(self, own: Floats) -> tuple[Floats, ThresholdShares | None]:
        """Thresholds ``(draws, sets, K - 1)`` and the shares behind them."""
        a = self._by_draw(own)
        if self.shares:
            return share_sums(self._with_reference(a), self.link)
        return np.ascontiguousarray(a), None

    def by_own(self, d_cut: Floats, share: ThresholdShares | None) -> Floats:
        """Gradient by the own parameters ``(own, draws)`` from that by thresholds ``(draws, sets, K - 1)``."""
        if share is not None:
            d_cut = np.delete(share.pull_back(d_cut), self.reference, axis=-1)
        return np.moveaxis(d_cut, 0, -1).reshape(-1, d_cut.shape[0])

    def values(self, eta: Floats, own: Floats) -> Floats:
        """Log-likelihood alone of many draws."""
        if not self.rounds:
            return self.gradient(eta, own)[0]
        cut = self.thresholds(own)
        with np.errstate(all="ignore"):  # a thread of its own does not inherit what its caller ignores
            value = self._logits.values(cut, eta)
            far = ~np.isfinite(value)
            if far.any():
                value[far] = total_log_likelihoods(self.counts, cut[far], eta[:, far], self.group)
        return value

    def curvature(self, eta: Floats, own: Floats) -> RowCurvature:
        """Minus the second derivatives at one point."""
        parts = self.cut_parts(own)
        if self.rounds:
            d_cut, eta_cut, cut_cut = self._logits.bends(parts[0], eta)
            if np.isfinite(cut_cut).all() and np.isfinite(eta_cut).all():
                return self.curved(-eta_cut.sum(axis=1), eta_cut, d_cut, cut_cut, parts)
        found = count_derivatives(self.counts, parts[0], eta, self.group, family=self.family, link=self.link)
        rows = np.maximum(-found.d_eta_eta, 0.0)
        return self.curved(rows, -found.d_eta_cut, found.d_cut, -found.d_cut_cut, parts)

    def cut_parts(self, own: Floats) -> CutParts:
        """Thresholds, their Jacobian by the own parameters, and the shares behind them, of one draw."""
        a = own.reshape(self.sets, self.steps)
        if not self.shares:
            return a, np.broadcast_to(np.eye(self.steps), (self.sets, self.steps, self.steps)), None
        cuts, share = share_sums(self._with_reference(a)[None], self.link)
        return cuts[0], np.delete(share.jacobian()[0], self.reference, axis=-1), share

    def curved(
        self, rows: Any, eta_cut: Floats, d_cut: Floats, cut_cut: Floats, parts: CutParts
    ) -> RowCurvature:
        """The curvature from minus the second derivatives by locations and thresholds.

        `d_cut` is the gradient by thresholds, which the curvature of thresholds in their coordinates needs.
        """
        _, jacobian, share = parts
        cross = np.einsum("ck,cka->ca", eta_cut, jacobian[self.group])
        inner = np.einsum("ska,skl,slb->sab", jacobian, cut_cut, jacobian)
        curved = inner
        if share is not None:
            bend = share.curvature(d_cut[None])[0]
            curved = inner - np.delete(np.delete(bend, self.reference, 1), self.reference, 2)
        starts = np.arange(0, cross.size + 1, self.steps)
        edge = csr_array((cross.ravel(), self._set_columns, starts), (self.rows, self.own))
        return RowCurvature(rows, edge, curved, inner)

    @cached_property
    def _logits(self) -> LogitSlopes:
        return LogitSlopes(self.counts, self.group, self.sets)

    @cached_property
    def _one(self) -> Callable[[Floats, Floats], Any]:
        """Value and gradients of one draw."""
        if self.family == "cumulative" and self.link in ("logit", "probit"):
            from valuestats.latent.likelihoods.ordinal_passes import compiled_pass

            compiled = compiled_pass(self.link)
            return lambda cut, eta: compiled(cut, eta, self.counts, self.group)

        def one(cut: Floats, eta: Floats) -> Any:
            found = count_derivatives(self.counts, cut, eta, self.group, family=self.family, link=self.link)
            return found.value.sum(), found.d_cut, found.d_eta

        return one

    def _many(self, cut: Floats, eta: Floats, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        del valued
        one = self._one
        if len(eta) > 1 and self.rows >= _THREADED_CELLS:
            with ThreadPoolExecutor(max_workers=2) as pool:
                found = list(pool.map(one, cut, eta))
        else:
            found = [one(c, e) for c, e in zip(cut, eta, strict=True)]
        value, d_cut, d_eta = zip(*found, strict=True)
        return np.array([float(v) for v in value]), np.stack(d_cut), np.stack(d_eta)

    def _near(self, cut: Floats, eta: Floats, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        with np.errstate(all="ignore"):
            if not valued:
                return np.zeros(len(eta)), *self._logits.slopes(cut, eta)
            found = self._logits(cut, eta)
        lost = ~np.isfinite(found[0])
        if lost.any():  # far from any answer, or nowhere
            for all_draws, part in zip(found, self._many(cut[lost], eta[lost]), strict=True):
                all_draws[lost] = part
        return found
