"""What style explains: a flexible basis of differences, and ridge with its penalty by leave-one-out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from valuestats.choice.counted import PLACE, first_places
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array

_KNOTS = 4
"""Inner knots of each column, at its quantiles."""
_DEGREE = 3
PENALTIES = tuple(float(x) for x in np.logspace(-3, 4, 15))
"""Penalties that are tried, for columns of variance 1."""


def style_basis(choices: Choices, style: list[str], labels: tuple[str, ...]) -> Array:
    """Basis of the option taken less that of the other, in order of `labels`, shape ``(choices, columns)``.

    Cubic B-splines of each column (knots at quantiles of all options), the column itself, and products of pairs of columns;
    each column of the basis is brought to a mean square of 1.
    """
    frame = choices.frame[choices.frame["status"] == "valid"]
    if PLACE in style:
        frame = frame.assign(**{PLACE: first_places(frame)})
    x = frame[style].astype(float).to_numpy()
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-12)
    parts = [x, *(splines(column) for column in x.T)]
    if x.shape[1] > 1:
        parts.append(np.column_stack([x[:, i] * x[:, j] for i, j in combinations(range(x.shape[1]), 2)]))
    basis = np.hstack(parts)
    taken = (frame["rank"] == 1).to_numpy(dtype=bool, na_value=False)
    order = frame["choice"].astype(str).map({label: k for k, label in enumerate(labels)}).to_numpy(dtype=int)
    out = np.zeros((len(labels), basis.shape[1]))
    np.add.at(out, order, np.where(taken, 1.0, -1.0)[:, None] * basis)
    size = np.sqrt((out**2).mean(axis=0))
    return np.asarray(out[:, size > 1e-9] / size[size > 1e-9])


def splines(x: Array) -> Array:
    """Cubic B-splines of one column, knots at its quantiles.

    Examples
    --------
    >>> import numpy as np
    >>> found = splines(np.linspace(0, 1, 50))
    >>> found.shape, bool(np.allclose(found.sum(axis=1), 1))
    ((50, 8), True)
    """
    inner = np.unique(np.quantile(x, np.linspace(0, 1, _KNOTS + 2)[1:-1]))
    low, high = float(x.min()), float(x.max())
    inner = inner[(inner > low) & (inner < high)]
    knots = np.r_[[low] * (_DEGREE + 1), inner, [high] * (_DEGREE + 1)]
    return np.asarray(BSpline.design_matrix(np.clip(x, low, high), knots, _DEGREE).toarray())


def ridge_by_leave_one_out(x: Array, y: Array, penalties: tuple[float, ...] = PENALTIES) -> Array:
    r"""Ridge coefficients of each column of y, without a constant, its penalty the one with the least leave-one-out error.

    With :math:`x = USV'` the leave-one-out residuals are :math:`(y - \hat y)_i/(1 - h_i)`,
    :math:`h_i = \sum_j U_{ij}^2 s_j^2/(s_j^2 + \lambda)` (Golub, Heath and Wahba 1979).

    Parameters
    ----------
    x, y
        Shapes ``(rows, columns)`` and ``(rows, targets)``.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> ridge_by_leave_one_out(x, x @ [[1.0], [2.0]]).round(2).ravel().tolist()
    [1.0, 2.0]
    """
    return learnt(x, y, penalties).coefficients


@dataclass(frozen=True)
class Learnt:
    """Ridge regressions of several columns on the same rows.

    Attributes
    ----------
    coefficients, penalty
        Shapes ``(columns, targets)`` and ``(targets,)``.
    residual
        Of the rows it is learnt on, shape ``(rows, targets)``.
    """

    coefficients: Array
    penalty: Array
    residual: Array


def learnt(x: Array, y: Array, penalties: tuple[float, ...] = PENALTIES) -> Learnt:
    """The regressions of `ridge_by_leave_one_out`, with what they leave."""
    values, vectors = np.linalg.eigh(x.T @ x)
    keep = values > 1e-10 * values[-1]
    values, vectors = values[keep], vectors[:, keep]
    u = x @ (vectors / np.sqrt(values))
    uy = u.T @ y
    best, chosen = np.full(y.shape[1], np.inf), np.zeros(y.shape[1])
    out = np.zeros((x.shape[1], y.shape[1]))
    for penalty in penalties:
        shrink = values / (values + penalty)
        h = (u**2) @ shrink
        error = (((y - u @ (shrink[:, None] * uy)) / (1 - h)[:, None]) ** 2).sum(axis=0)
        better = error < best
        best, chosen = np.where(better, error, best), np.where(better, penalty, chosen)
        beta = vectors @ ((np.sqrt(values) / (values + penalty))[:, None] * uy)
        out[:, better] = beta[:, better]
    return Learnt(out, chosen, y - x @ out)


@dataclass(frozen=True)
class CrossFitted:
    """What style, learnt on the other folds, leaves of preference and features.

    Attributes
    ----------
    y, d
        What is left, shapes ``(rows,)`` and ``(rows, features)``.
    z
        The basis.
    parts
        Rows held out, and what was learnt on the others of y (first) and d.
    """

    y: Array
    d: Array
    z: Array
    parts: tuple[tuple[NDArray[np.bool_], Learnt], ...]

    def scores(self, theta: Array) -> Array:
        r"""What each row adds to the estimating equation of :math:`\theta`, by way of what is learnt from it too.

        To :math:`\tilde d_i(\tilde y_i - \theta'\tilde d_i)` comes what the row moves in the folds that are foretold with
        it: with :math:`e_i` its residuals there and :math:`A = Z'Z + \lambda I`, coefficients move by :math:`A^{-1}z_ie_i'`.
        """
        left = self.y - self.d @ theta
        found = self.d * left[:, None]
        for held, fit in self.parts:
            out = ~held
            z, gram = self.z[out], self.z[out].T @ self.z[out]
            by_feature, by_left = self.z[held].T @ self.d[held], self.z[held].T @ left[held]
            for k, penalty in enumerate(fit.penalty):
                inverse = np.linalg.inv(gram + penalty * np.eye(len(gram)))
                moved = (z @ (inverse @ by_feature)) * fit.residual[:, [k]]
                if k == 0:
                    found[out] -= moved
                else:
                    found[out] += theta[k - 1] * moved
                    found[out, k - 1] -= (z @ (inverse @ by_left)) * fit.residual[:, k]
        return found


def cross_fitted(y: Array, d: Array, z: Array, fold: NDArray[np.int64]) -> CrossFitted:
    """Regress preference and features on style, each fold by what the others teach."""
    both = np.column_stack([y, d])
    left, parts = np.empty_like(both), []
    for f in np.unique(fold):
        held = fold == f
        fit = learnt(z[~held], both[~held])
        left[held] = both[held] - z[held] @ fit.coefficients
        parts.append((held, fit))
    return CrossFitted(left[:, 0], left[:, 1:], z, tuple(parts))
