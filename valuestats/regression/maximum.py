"""The maximum of an ordinal regression's likelihood, under linear constraints too, and whether there is one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.maximum_likelihood import Likelihood

Floats = NDArray[np.float64]
# Twice the log-likelihood still to be gained at which steps end, Newton's and others, and how many there may be.
_EXACT, _NEAR, _TURNS = 1e-11, 1e-7, 400
_NO_SPREAD = 2e-3  # of a spread that may be 0


@dataclass(frozen=True)
class Maximum:
    """The maximum of a likelihood.

    Attributes
    ----------
    psi
        Parameters of `Likelihood`, shape ``(size,)``.
    u
        Mode of the standard effects there.
    covariance
        Inverse of minus the Hessian, ``(size, size)``.
    moved
        Derivative of the effects' mode by the parameters, ``(size, effects)``.
    log_likelihood
        Without the multinomial constant, as ``logLik`` of clm and clmm on single answers.
    """

    psi: Floats
    u: Floats
    covariance: Floats
    moved: Floats
    log_likelihood: float

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return len(self.psi)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2.0 * self.parameters - 2.0 * self.log_likelihood


def maximise(design: EffectsDesign) -> Maximum:
    """The maximum of a regression's likelihood.

    Raises
    ------
    SpecificationError
        Separated data, parameters that the data can't tell apart, or steps that do not end.
    """
    likelihood = Likelihood(design)
    found = separating(likelihood)
    if found:
        raise SpecificationError(
            "the data are separated, so the likelihood has no maximum",
            parameter="data",
            got=f"without bound: {', '.join(found[:8])}" + (" …" if len(found) > 8 else ""),
            hint='engine="laplace" with unidentified="warn" gives what the prior leaves of them',
        )
    psi, u, value = climb(likelihood, likelihood.start())
    spreads = likelihood.parts["spread"]
    u = u * likelihood.groups.signs(psi[spreads])
    psi[spreads] = np.abs(psi[spreads])
    psi, u, value = _without_spread(likelihood, psi, u, value)
    information, moved = likelihood.information(psi, u)
    if likelihood.groups.effects:  # a last step of Newton's, which quasi-Newton ones only get near to
        ahead = psi + np.linalg.solve(_positive(information), likelihood.evaluate(psi, u).gradient)
        there = likelihood.evaluate(ahead, u)
        if there.value >= value:
            psi, u, value = ahead, there.u, there.value
    values = np.linalg.eigvalsh(information)
    if values[0] <= 1e-9 * values[-1]:
        raise SpecificationError(
            "the data can't tell all parameters apart",
            parameter="formula",
            got=design.spec.formula,
            hint="leave a term out, or take a Bayesian engine",
        )
    return Maximum(psi, u, np.linalg.inv(information), moved, value)


def _without_spread(
    likelihood: Likelihood, psi: Floats, u: Floats, value: float
) -> tuple[Floats, Floats, float]:
    """The same with spreads of 0 where that is no less likely: there the steps only get near it."""
    spread = likelihood.parts["spread"]
    tried = psi.copy()
    tried[spread] = np.where(np.abs(psi[spread]) < _NO_SPREAD, 0.0, psi[spread])
    if (tried == psi).all():
        return psi, u, value
    there = likelihood.evaluate(tried, u)
    return (tried, there.u, there.value) if there.value >= value - 1e-6 else (psi, u, value)


def climb(
    likelihood: Likelihood,
    start: Floats,
    u: Floats | None = None,
    basis: Floats | None = None,
    information: Floats | None = None,
) -> tuple[Floats, Floats, float]:
    """The highest point reached from a start by moves in the span of a basis (of everything if not given).

    Newton's steps with the exact Hessian without groups; with groups quasi-Newton ones (BFGS) from `information`, which is
    that of the regression without groups if not given.

    Returns
    -------
    tuple
        Parameters, mode of the effects and value.

    Raises
    ------
    SpecificationError
        The steps do not end.
    """
    basis = np.eye(likelihood.size) if basis is None else basis
    psi = start.copy()
    now = likelihood.evaluate(psi, u)
    exact = not likelihood.groups.effects
    inner = basis.T @ (_first(likelihood, psi) if information is None else information) @ basis
    for _ in range(_TURNS):
        slope = basis.T @ now.gradient
        if exact:
            inner = basis.T @ likelihood.information(psi)[0] @ basis
        step = np.linalg.solve(_positive(inner), slope)
        gain = float(slope @ step)
        if gain < (_EXACT if exact else _NEAR):
            return psi, now.u, now.value
        size = min(1.0, 5.0 / max(float(np.abs(basis @ step).max()), 1e-300))
        while size > 1e-10:
            there = likelihood.evaluate(psi + size * (basis @ step), now.u)
            if there.value >= now.value + 1e-4 * size * gain - 1e-12 * abs(now.value):
                break
            size *= 0.5
        else:
            if gain < 1e-6:  # the value's last digits
                return psi, now.u, now.value
            break
        moved, fall = size * step, slope - basis.T @ there.gradient
        if not exact and float(moved @ fall) > 1e-12:
            along = inner @ moved
            inner = inner + np.outer(fall, fall) / (moved @ fall) - np.outer(along, along) / (moved @ along)
        psi, now = psi + size * (basis @ step), there
    raise SpecificationError(
        "the likelihood's maximum was not found",
        parameter="engine",
        got=likelihood.design.spec.formula,
        hint="take a Bayesian engine, or fewer terms",
    )


def _first(likelihood: Likelihood, psi: Floats) -> Floats:
    """Information of the regression at a point without its groups, and a guess of that of the spreads."""
    spread = likelihood.parts["spread"]
    plain = psi.copy()
    plain[spread] = 0.0
    found = likelihood.plain_information(plain)
    levels = np.bincount(likelihood.groups.spread, minlength=likelihood.groups.effects)
    found[spread, spread] = np.diag(2.0 * levels.astype(float))
    return found


def _positive(matrix: Floats) -> Floats:
    """The matrix, its eigenvalues made positive."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    if values.size and values[0] > 1e-10 * values[-1]:
        return matrix
    return np.asarray(
        (vectors * np.maximum(np.abs(values), 1e-8 * max(np.abs(values).max(), 1e-8))) @ vectors.T
    )


def separating(likelihood: Likelihood) -> list[str]:
    """Terms that a direction moves along which the likelihood never falls; none where it has a maximum.

    A linear programme over directions (Konis 2007, for ordered answers): no distance that bounds the category of an answer
    may come nearer to it, and some get away.
    """
    design, steps = likelihood.design, likelihood.steps
    sets = np.maximum(design.matrices.sets, 0)
    rows = np.column_stack([sets, likelihood.x, likelihood.specific])
    distinct, which = np.unique(rows.round(12), axis=0, return_inverse=True)
    used = np.zeros((len(distinct), steps + 1))
    np.add.at(used, which.ravel(), design.counts)
    p, m = likelihood.x.shape[1], likelihood.specific.shape[1]
    size = likelihood.parts["disc"].start
    lines = []  # of each step the derivative of its distance by the direction, (distinct rows, size)
    for k in range(steps):
        one = np.zeros((len(distinct), size))
        one[np.arange(len(distinct)), distinct[:, 0].astype(int) * steps + k] = 1.0
        one[:, likelihood.parts["beta"]] = -distinct[:, 1 : 1 + p]
        one[
            :, likelihood.parts["specific"].start + k : likelihood.parts["specific"].stop : steps
        ] = -distinct[:, 1 + p :]
        lines.append(one)
    kept = [
        csr_array(form[used[:, k] > 0])
        for k in range(steps + 1)
        for form in _away(lines, k, design.spec.family)
    ]
    away: Any = csr_array(vstack(kept))
    total = -np.asarray(away.sum(axis=0)).ravel()
    found: Any = linprog(total, A_ub=-away, b_ub=np.zeros(away.shape[0]), bounds=[(-1.0, 1.0)] * size)
    if not found.success or -found.fun < 1e-6:
        return []
    codes = design.codes
    labels = [f"{design.spec.thresholds}={label}, " for label in design.set_labels] or [""]
    pairs = [f"{a}|{b}" for a, b in pairwise(codes)]
    names = [*design.names, *(f"cs({name})[{pair}]" for name in design.specific_names for pair in pairs)]
    thresholds = [f"threshold[{label}{pair}]" for label in labels for pair in pairs]
    assert len(names) == p + m * steps
    moved = np.abs(found.x) > 1e-6
    told = [name for name, there in zip(names, moved[len(thresholds) :], strict=True) if there]
    return told or [name for name, there in zip(thresholds, moved[: len(thresholds)], strict=True) if there]


def _away(lines: list[Floats], k: int, family: str) -> list[Floats]:
    """Linear forms of a direction that must not be negative for answers in category k."""
    steps = len(lines)
    if family == "cumulative":
        return [*([lines[k]] if k < steps else []), *([-lines[k - 1]] if k else [])]
    if family == "sequential":
        return [*([lines[k]] if k < steps else []), *(-lines[j] for j in range(k))]
    above = [np.sum(lines[k:m], axis=0) for m in range(k + 1, steps + 1)]
    return [*above, *(-np.sum(lines[i:k], axis=0) for i in range(k))]
