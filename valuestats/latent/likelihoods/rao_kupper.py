r"""Pairs with ties by Rao and Kupper (1967): a difference of utilities smaller than a threshold is no preference.

.. math:: P(i) = \sigma(d - h), \quad P(j) = \sigma(-d - h), \quad
          P(\text{tie}) = \sigma(d + h)\,\sigma(h - d)\,(1 - e^{-2h}),

with :math:`d = \eta_i - \eta_j` and :math:`h = \log\theta = e^a > 0`, a being the own parameter. Rao and Kupper (1967), JASA
62, 194-204.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit, log_expit

from valuestats.latent.likelihoods.protocol import RowCurvature

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class RaoKupperPairs:
    """Counted pairs with ties; a `valuestats.latent.likelihoods.protocol.Likelihood`.

    Attributes
    ----------
    rows
        Number of rows.
    first, second
        Rows of the two options of each pair, ``(pairs,)``.
    count
        How often the first, the second and neither was preferred, ``(3 * pairs,)``, pair by pair.
    group
        Set of the own parameter of each pair.
    sets
        Number of them.
    per, own
        One of each set, and as many as there are sets.
    """

    rows: int
    first: Ints
    second: Ints
    count: Floats
    group: Ints
    sets: int = 1
    rounds: bool = False
    per: int = 1
    own: int = field(init=False)

    def __post_init__(self) -> None:
        self.own = self.sets

    @property
    def start(self) -> Ints:
        """First alternative of each pair, and the number of alternatives."""
        return 3 * np.arange(len(self.first) + 1, dtype=np.int64)

    def _at(self, eta: Floats, own: Floats) -> tuple[Floats, Floats]:
        with np.errstate(over="ignore"):
            return eta[self.first] - eta[self.second], np.exp(own[self.group])

    def log_probabilities(self, eta: Floats, own: Floats) -> Floats:
        """Log-probability of each alternative, ``(3 * pairs, columns)``."""
        d, h = self._at(eta, own)
        tie = log_expit(d + h) + log_expit(h - d) + np.log(-np.expm1(-2 * h))
        return np.stack([log_expit(d - h), log_expit(-d - h), tie], axis=1).reshape(-1, eta.shape[1])

    def values(self, eta: Floats, own: Floats) -> Floats:
        """Log-likelihood of each column."""
        return self._met(eta, own).sum(axis=0)

    def values_by(self, eta: Floats, own: Floats, of_row: Ints, number: int) -> Floats:
        """Log-likelihood of each column by the cluster of the rows, ``(number, columns)``."""
        of = np.repeat(of_row[self.first], 3)
        adds = csr_array((np.ones(len(of)), (of, np.arange(len(of)))), shape=(number, len(of)))
        return np.asarray(adds @ self._met(eta, own))

    def _met(self, eta: Floats, own: Floats) -> Floats:
        """Log-probabilities times how often each alternative was taken."""
        log_p = self.log_probabilities(eta, own)
        return np.where(self.count[:, None] > 0, self.count[:, None] * log_p, 0.0)

    def _slopes(self, d: Floats, h: Floats) -> tuple[Floats, Floats]:
        """First derivatives of the three log-probabilities by d and by a, ``(pairs, 3, columns)``."""
        one, two = expit(h - d), expit(d + h)
        by_d = np.stack([one, -two, expit(-d - h) - expit(d - h)], axis=1)
        with np.errstate(over="ignore"):
            flat = 2 * h / np.expm1(2 * h)
        by_a = np.stack([-h * one, -h * two, h * (expit(-d - h) + expit(d - h)) + flat], axis=1)
        return by_d, by_a

    def gradient(self, eta: Floats, own: Floats, *, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each column with its gradients."""
        d, h = self._at(eta, own)
        by_d, by_a = self._slopes(d, h)
        n = self.count.reshape(-1, 3, 1)
        slope = (n * by_d).sum(axis=1)
        m = len(slope)
        ends = self._ends(m)
        by_group = csr_array((np.ones(m), (self.group, np.arange(m))), shape=(self.sets, m))
        value = self.values(eta, own) if valued else np.zeros(eta.shape[1])
        return value, np.asarray(ends.T @ slope), np.asarray(by_group @ (n * by_a).sum(axis=1))

    def _ends(self, m: int) -> csr_array:
        """Plus and minus one at a pair's rows, ``(pairs, rows)``."""
        at = (np.tile(np.arange(m), 2), np.r_[self.first, self.second])
        return csr_array((np.r_[np.ones(m), -np.ones(m)], at), shape=(m, self.rows))

    def curvature(self, eta: Floats, own: Floats) -> RowCurvature:
        """Minus the second derivatives; by the own parameters it may be negative, and is then left out."""
        d, h = (v[:, 0] for v in self._at(eta[:, None], own[:, None]))
        n1, n2, n0 = self.count.reshape(-1, 3).T
        low, high = expit(d - h), expit(d + h)
        v1, v2 = low * (1 - low), high * (1 - high)
        by_d = (n1 + n0) * v1 + (n2 + n0) * v2
        cross = h * (-(n1 + n0) * v1 + (n2 + n0) * v2)
        with np.errstate(over="ignore", invalid="ignore"):
            grown = np.expm1(2 * h)
            flat = np.where(h > 300, 0.0, 2 * h / grown)
            bend = np.where(h > 300, 0.0, 4 * h * h * (grown + 1) / grown**2)
        slope_h = -n1 * (1 - low) * h - n2 * high * h + n0 * (h * (1 - high + low) + flat)
        squared = h * h * ((n1 + n0) * v1 + (n2 + n0) * v2) + n0 * bend
        ends = self._ends(len(d))
        rows = csr_array(ends.T @ csr_array(ends.multiply(by_d[:, None])))
        m = len(d)
        by_group = csr_array((cross, (np.arange(m), self.group)), shape=(m, self.sets))
        edge = csr_array(ends.T @ by_group)
        whole = np.bincount(self.group, squared - slope_h, self.sets)
        least = np.bincount(self.group, squared, self.sets)
        return RowCurvature(rows, edge, whole[:, None, None], least[:, None, None])

    def tallied(self, eta: Floats, own: Floats, adds: csr_array, seed: int) -> tuple[Floats, Floats]:
        """Expected tallies, and those of pairs compared anew, each ``(tallies, columns)``."""
        rng = np.random.default_rng(seed)
        n = self.count.reshape(-1, 3).sum(axis=1)
        p = np.exp(self.log_probabilities(eta, own)).reshape(len(n), 3, -1)
        share = np.moveaxis(p / p.sum(axis=1, keepdims=True), 1, 2)
        made = np.moveaxis(rng.multinomial(np.round(n).astype(np.int64)[:, None], share), 2, 1)
        columns = eta.shape[1]
        expected = (n[:, None, None] * p).reshape(-1, columns)
        return np.asarray(adds @ expected), np.asarray(adds @ made.reshape(-1, columns).astype(float))

    def scores(self, eta: Floats, own: Floats, taken: csr_array) -> tuple[csr_array, Floats]:
        """Gradients of groups of choices by rows and own parameters, from counts by ``(group, alternative)``."""
        d, h = self._at(eta[:, None], own[:, None])
        by_d, by_a = (v[..., 0] for v in self._slopes(d, h))
        m = len(d)
        at = np.arange(3 * m)
        spread = csr_array((by_d.ravel(), (at, at // 3)), shape=(3 * m, m))
        owns = csr_array((by_a.ravel(), (at, np.repeat(self.group, 3))), shape=(3 * m, self.sets))
        return csr_array(taken @ spread @ self._ends(m)), np.asarray((taken @ owns).todense())
