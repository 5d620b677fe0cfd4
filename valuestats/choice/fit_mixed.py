r"""Maximum likelihood of a choice model with effects that vary over groups, these integrated out by Laplace's method.

With utilities of alternatives :math:`U = A_x\beta + A_z u + \alpha`, :math:`u \sim N(0, D)` and the mode
:math:`\hat u` of the joint density, the log-likelihood is approximated by

.. math:: F = \ell(\hat u) - \tfrac12 \hat u'D^{-1}\hat u - \tfrac12\log|D| - \tfrac12\log|H|, \qquad
          H = A_z'WA_z + D^{-1},

as R's ``lme4`` and ``ordinal::clmm`` do (Pinheiro and Bates 1995). Its gradient is exact: the derivative of
:math:`\log|H|` by U is, of an alternative c of a stage met n times, :math:`n p_c (v_c - \sum_a p_a v_a)` with
:math:`v_a = Q_{aa} - 2(Qp)_a` and :math:`Q = A_z H^{-1} A_z'`, and :math:`\hat u` moves with the parameters by the implicit
function theorem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.sparse import csr_array, diags_array, hstack

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_maximum import FINITE, ChoiceMaximum, kept_columns, require_identified, whole
from valuestats.latent.design import index_term
from valuestats.latent.likelihoods.choices import ChoiceStages

Floats = NDArray[np.float64]
_NONE, _STEP, _INNER = -9.0, 1e-4, 60
"""Log standard deviation that counts as 0; step of differences for the information; inner Newton steps."""


@dataclass(frozen=True)
class _Point:
    value: float
    gradient: Floats
    u: Floats
    moved: Floats
    inner: Floats


class LaplaceLikelihood:
    """The approximate log-likelihood by parameters: fixed effects, own ones, log standard deviations.

    Parameters
    ----------
    design
        With groups; ties are Davidson's.
    """

    def __init__(self, design: ChoiceDesign) -> None:
        stages = design.rows.stages
        if not isinstance(stages, ChoiceStages):
            raise SpecificationError(
                "maximum likelihood of group effects has Davidson's ties only",
                parameter="ties",
                got=design.spec.ties,
                expected="davidson, or a Bayesian engine",
            )
        rows, kept = design.matrices, kept_columns(design)
        self.stages = stages
        x = csr_array(rows.x[:, kept].multiply(1.0 / design.units[kept]))
        members = np.flatnonzero(stages.own_of >= 0)
        own = csr_array(
            (np.ones(len(members)), (members, stages.own_of[members])), shape=(len(stages.own_of), stages.own)
        )
        self.ax = csr_array(hstack([stages.weights @ x, own]))
        parts, self.term = [], np.zeros(0, dtype=np.int64)
        for n, group in enumerate(design.groups):
            for q, _ in enumerate(group.names):
                parts.append(index_term(rows.index[n], len(group.levels), rows.z[n][:, q]))
                number = self.term.max(initial=-1) + 1
                self.term = np.r_[self.term, np.full(len(group.levels), number)]
        self.az = csr_array(stages.weights @ csr_array(hstack(parts)))
        self.offset = np.asarray(stages.weights @ rows.offset)
        self.spreads = int(self.term.max()) + 1
        self.fixed = self.ax.shape[1]
        n = len(stages.own_of)
        self.adds = csr_array((np.ones(n), np.arange(n), stages.start), shape=(len(stages.start) - 1, n))
        self.met = np.repeat(stages.met, np.diff(stages.start))
        self.u = np.zeros(len(self.term))

    def _shares(self, utility: Floats) -> tuple[float, Floats]:
        start = self.stages.start
        first, size = start[:-1], np.diff(start)
        u = utility - np.repeat(np.maximum.reduceat(utility, first), size)
        u -= np.repeat(np.log(np.add.reduceat(np.exp(u), first)), size)
        return float(self.stages.count @ u), np.exp(u)

    def _weighted(self, matrix: csr_array, p: Floats) -> csr_array:
        """W times a matrix of alternatives, W that of `p`."""
        scaled = csr_array(diags_array(self.met * p) @ matrix)
        mean = csr_array(self.adds @ csr_array(diags_array(p) @ matrix))
        return csr_array(scaled - diags_array(self.met * p) @ csr_array(self.adds.T @ mean))

    def mode(self, psi: Floats) -> tuple[Floats, Floats, float, Floats]:
        """Mode of the effects, shares there, log joint density (up to a constant) and its negative Hessian."""
        base = self.ax @ psi[: self.fixed] + self.offset
        precision = np.exp(-2.0 * psi[self.fixed :])[self.term]
        u = self.u
        value, p = self._shares(base + self.az @ u)
        value -= 0.5 * float(precision @ u**2)
        for _ in range(_INNER):
            slope = self.az.T @ (self.stages.count - self.met * p) - precision * u
            inner = np.asarray((self.az.T @ self._weighted(self.az, p)).todense()) + np.diag(precision)
            step = cho_solve(cho_factor(inner, lower=True), slope)
            gain, size = float(slope @ step), 1.0
            if gain < 1e-18:
                break
            while size > 1e-10:
                tried = u + size * step
                found, there = self._shares(base + self.az @ tried)
                found -= 0.5 * float(precision @ tried**2)
                if found >= value - 1e-12 * abs(value):
                    break
                size *= 0.5
            u, value, p = tried, found, there
        inner = np.asarray((self.az.T @ self._weighted(self.az, p)).todense()) + np.diag(precision)
        self.u = u
        return u, p, value, inner

    def at(self, psi: Floats) -> _Point:
        """Value and gradient at parameters."""
        u, p, value, inner = self.mode(psi)
        precision = np.exp(-2.0 * psi[self.fixed :])[self.term]
        factor = cho_factor(inner, lower=True)
        inverse = cho_solve(factor, np.eye(len(u)))
        value -= float(psi[self.fixed :][self.term].sum()) + float(np.log(np.diag(factor[0])).sum())
        spread = self.az @ inverse
        own = np.asarray(self.az.multiply(spread).sum(axis=1)).ravel()
        mean = csr_array(self.adds @ csr_array(diags_array(p) @ self.az))
        shared = np.asarray((csr_array(self.adds.T @ mean)).multiply(spread).sum(axis=1)).ravel()
        v = own - 2.0 * shared
        g = self.met * p * (v - self.adds.T @ (self.adds @ (p * v)))
        by_u = self.az.T @ g
        left = self.stages.count - self.met * p
        cross = -np.asarray((self.az.T @ self._weighted(self.ax, p)).todense())
        adds = (self.term[None] == np.arange(self.spreads)[:, None]).astype(float)
        moved = inverse @ np.hstack([cross, 2.0 * (precision * u)[:, None] * adds.T])
        gradient = np.concatenate(
            [
                self.ax.T @ (left - 0.5 * g),
                adds @ (precision * (u**2 + np.diag(inverse)) - 1.0),
            ]
        )
        return _Point(value, gradient - 0.5 * by_u @ moved, u, moved, inner)


@dataclass(frozen=True)
class MixedMaximum:
    """A maximum, and how its effects move.

    Attributes
    ----------
    maximum
        Its covariance ends with the log standard deviations.
    log_sd
        Of each effect of each group term.
    u
        Mode of the effects.
    moved
        Its derivative by all parameters ``(effects, p + own + spreads)``.
    inner
        Precision of the effects given the parameters.
    """

    maximum: ChoiceMaximum
    log_sd: Floats
    u: Floats
    moved: Floats
    inner: Floats


def maximise_mixed(design: ChoiceDesign) -> MixedMaximum:
    """Quasi-Newton steps on the approximate likelihood; covariance by differences of its gradient.

    A spread that falls towards 0 is set to it, without a standard error.

    Raises
    ------
    SpecificationError
        Effects that can't be told apart, a parameter or a spread without a finite estimate.
    """
    require_identified(design)
    likelihood = LaplaceLikelihood(design)
    free, spreads = likelihood.fixed, likelihood.spreads
    start = np.concatenate([np.zeros(free), np.full(spreads, np.log(0.5))])
    bounds = [(-60.0, 60.0)] * free + [(_NONE - 1.0, 5.0)] * spreads

    def loss(psi: Floats) -> tuple[float, Floats]:
        point = likelihood.at(psi)
        return -point.value, -point.gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds,
                     options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 30})  # fmt: skip
    psi = np.asarray(found.x)
    gone = np.r_[np.zeros(free, dtype=bool), psi[free:] < _NONE]
    stays = np.flatnonzero(~gone)
    information = np.zeros((len(stays), len(stays)))
    for turn in range(3):
        information = _information(likelihood, psi, stays)
        point = likelihood.at(psi)
        step = np.linalg.solve(information, point.gradient[stays])
        if turn == 2 or not np.isfinite(step).all() or np.abs(step).max() > 1.0:
            break
        psi[stays] += step
    _require_finite(design, psi, free, information)
    covariance = np.zeros((len(psi), len(psi)))
    covariance[np.ix_(stays, stays)] = np.linalg.inv(information)
    own = design.rows.stages.own
    back = np.zeros((len(design.names) + own + spreads, len(psi)))
    back[:-spreads, :free] = whole(design, own)
    back[len(back) - spreads :, free:] = np.eye(spreads)
    ends = back @ psi
    p = len(design.names)
    log_sd = np.where(gone[free:], -np.inf, psi[free:])
    maximum = ChoiceMaximum(ends[:p], ends[p : p + own], back @ covariance @ back.T, point.value, len(stays))
    # Fixed effects told about their mean only: back to the free ones by their own pseudo-inverse.
    moved = point.moved @ np.linalg.pinv(back)
    u = np.where(gone[free:][likelihood.term], 0.0, point.u)
    return MixedMaximum(maximum, log_sd, u, moved, point.inner)


def _information(likelihood: LaplaceLikelihood, psi: Floats, at: NDArray[np.int64]) -> Floats:
    rows = []
    for k in at:
        up, down = psi.copy(), psi.copy()
        up[k] += _STEP
        down[k] -= _STEP
        rows.append((likelihood.at(down).gradient - likelihood.at(up).gradient)[at] / (2 * _STEP))
    found = np.array(rows)
    return 0.5 * (found + found.T)


def _require_finite(design: ChoiceDesign, psi: Floats, free: int, information: Floats) -> None:
    away = np.abs(psi[:free]).max(initial=0.0) > FINITE or psi[free:].max() > np.log(FINITE)
    if away or not np.isfinite(information).all() or np.linalg.eigvalsh(information).min() <= 0:
        groups = [f"sd[{name}|{':'.join(g.factor)}]" for g in design.groups for name in g.names]
        wide = [name for name, s in zip(groups, psi[free:], strict=True) if s > np.log(FINITE)]
        raise SpecificationError(
            "the likelihood has no maximum inside its bounds",
            parameter="formula",
            got=", ".join(wide) or design.spec.formula,
            hint='a Bayesian engine has a prior: engine="laplace"',
        )
