"""The exact posterior of a latent design: log-density with gradient for many chains, Hessian, conditional mode."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack, vstack

from valuestats.base.errors import SpecificationError
from valuestats.latent.arrow import Curvature, rows_times
from valuestats.latent.clusters import ClusterCurvature
from valuestats.latent.design import THRESHOLDS, LatentDesign
from valuestats.latent.likelihoods.protocol import Likelihood, RowCurvature
from valuestats.latent.precision import LikelihoodCurvature, PrecisionFactor
from valuestats.latent.shared_spreads import SharedSpreads
from valuestats.latent.sparse_times import sparse_times
from valuestats.latent.straightened import straighten

Floats = NDArray[np.float64]
# Columns taken at once, of so many locations in all: larger arrays are had from the system and given back each time.
_LEAST_TOGETHER, _MOST_TOGETHER, _LOCATIONS = 64, 256, 500_000
DENSE = 500  # coefficients, beyond which those of clusters are eliminated one cluster after the other
_THREADED_VALUES = 200_000  # rows x columns; below, handing columns to threads costs more than it saves


class LatentPosterior:
    """Log-density of a latent design's coefficients and hyperparameters given its counts.

    Coefficients have shape ``(coefficients, chains)``, coordinates of hyperparameters ``(hyperparameters, chains)``.
    The density is that of the coefficients ``x`` themselves ("centred") unless said otherwise.

    Parameters
    ----------
    design
        The declared model.
    likelihood
        In the place of the design's own.
    clustered
        Whether the design's clusters are eliminated one by one; None to do so where there are many effects.
    """

    def __init__(
        self, design: LatentDesign, likelihood: Likelihood | None = None, *, clustered: bool | None = None
    ) -> None:
        self.design = design
        self.clusters = design.clusters if clustered or (clustered is None and design.size > DENSE) else None
        leaves = [b for b in design.blocks if b.leaf]
        first = [b.leaf for b in design.blocks]
        if first != sorted(first, reverse=True) or any(b.basis is not None for b in leaves):
            raise SpecificationError(
                "leaf blocks come first and have no basis",
                parameter="blocks",
                got=[b.name for b in design.blocks],
            )
        rest = [b for b in design.blocks if not b.leaf]
        self._leaf_terms = [csr_array(design.terms[b.term]) for b in leaves]
        self._leaf_sizes = [b.size for b in leaves]
        terms = [name for name in dict.fromkeys(b.term for b in rest) if name != THRESHOLDS]
        order = [*terms, THRESHOLDS]
        cells = design.rows
        self.likelihood = design.likelihood_of_rows if likelihood is None else likelihood
        self._terms = (
            csr_array(hstack([csr_array(design.terms[t]) for t in terms])) if terms else csr_array((cells, 0))
        )
        rows = np.cumsum([0, *(design.levels(t) for t in order)])
        columns = []
        for b in rest:
            basis = csr_array(eye_array(b.size)) if b.basis is None else csr_array(b.basis)
            at = rows[order.index(b.term)]
            above, below = csr_array((at, b.size)), csr_array((rows[-1] - at - basis.shape[0], b.size))
            columns.append(vstack([above, basis, below]))
        self._basis = csr_array(hstack(columns)) if columns else csr_array((rows[-1], 0))
        self._basis_turned = csr_array(self._basis.T)
        self._locations = rows[-2]
        self._design_matrix = csr_array(hstack([*self._leaf_terms, self._terms]))
        self._design_turned = csr_array(self._design_matrix.T)
        self._leaf_total = sum(self._leaf_sizes)
        self.spreads = SharedSpreads(design)

    def by_clusters(self) -> LatentPosterior:
        """The same posterior with the design's clusters eliminated one by one."""
        other = copy(self)
        other.clusters = self.design.clusters
        return other

    def thresholds(self, raw: Floats) -> Floats:
        """Thresholds of ordered answers; see `valuestats.latent.likelihoods.ordered.OrderedAnswers`."""
        return self.likelihood.thresholds(raw)  # type: ignore[attr-defined]

    def locate(self, x: Floats) -> tuple[Floats, Floats]:
        """Locations ``(rows, chains)`` and own parameters of the likelihood (of ordered answers: for thresholds)."""
        basis, design = self._rounded[:2] if x.dtype == np.float32 else (self._basis, self._design_matrix)
        raw = sparse_times(basis, x[self._leaf_total :])
        eta = sparse_times(design, np.concatenate([x[: self._leaf_total], raw[: self._locations]]))
        return eta, raw[self._locations :]

    @cached_property
    def _rounded(self) -> tuple[csr_array, ...]:
        """Basis, design and their transposes in single precision."""
        exact = (self._basis, self._design_matrix, self._basis_turned, self._design_turned)
        return tuple(matrix.astype(np.float32) for matrix in exact)

    @property
    def rounds(self) -> bool:
        """Whether gradients without the value may be had in single precision."""
        return type(self) is LatentPosterior and self.likelihood.rounds

    def raw_thresholds(self, x: Floats) -> Floats:
        """Raw threshold coordinates alone, as by `locate`."""
        start = self.locate(np.zeros((len(x), 1)))[1]  # not 0 where a posterior has offsets
        return sparse_times(self._basis[self._locations :], x[self._leaf_total :]) + start

    @cached_property
    def own_map(self) -> tuple[NDArray[np.int64], Floats]:
        """Coefficients behind the likelihood's own parameters, and the least move of them for one of those."""
        rows = csr_array(self._basis[self._locations :])
        columns = np.unique(rows.indices)
        return (columns + self._leaf_total).astype(np.int64), np.linalg.pinv(rows[:, columns].toarray())

    def log_likelihood(self, x: Floats, *, valued: bool = True) -> tuple[Floats, Floats]:
        """Log-likelihood of each chain and its gradient by the coefficients; unless `valued`, 0 may stand for the former."""
        eta, own = self.locate(x)
        value, d_eta, d_own = self.likelihood.gradient(eta, own, valued=valued)
        return value, self.pulled(d_eta, d_own)

    def pulled(self, d_eta: Floats, d_own: Floats) -> Floats:
        """Gradient by the coefficients from that by the locations and the likelihood's own parameters."""
        turned = self._rounded[2:] if d_eta.dtype == np.float32 else (self._basis_turned, self._design_turned)
        by_level = sparse_times(turned[1], d_eta)
        rest = sparse_times(turned[0], np.concatenate([by_level[self._leaf_total :], d_own]))
        return np.concatenate([by_level[: self._leaf_total], rest])

    def log_density(
        self, w: Floats, phi: Floats, scaled: Floats | float = 0.0, *, valued: bool = True
    ) -> tuple[Floats, Floats, Floats]:
        """Log posterior density (up to a constant) with gradients, for each chain.

        Parameters
        ----------
        w
            Coefficients, divided by their standard deviations to the power `scaled`: 1 is "non-centred".
        phi
            Coordinates of the hyperparameters.
        scaled
            From 0 to 1 for each coefficient, shape ``(coefficients, 1)`` or, which is faster, of all chains.
        valued
            Whether the value is wanted; without it the gradients take less than half the time, and are had in the
            precision of `w`, which has to be double unless `rounds`.

        Returns
        -------
        tuple
            Value ``(chains,)``, gradient by `w`, gradient by `phi`.
        """
        d = self.design
        u, slope = d.mapped(phi)
        shared = self.spreads
        log_sd = shared.log_sd(u)
        powers = np.broadcast_to(np.asarray(scaled, dtype=w.dtype), w.shape)
        factor = np.exp(powers * log_sd.astype(w.dtype)[shared.rows])
        x = factor * w
        likelihood, d_x = self.log_likelihood(x, valued=valued)
        prior, d_w, sums = shared.prior(x, factor, powers[:, 0], log_sd, np.ascontiguousarray(d_x))
        value, d_phi = d.hyper_prior(phi, (u, slope))
        return value + likelihood + prior, d_w, d_phi + d.pull_back(phi, shared.by_hyper(u, sums), slope)

    def log_values(self, x: Floats, phi: Floats) -> Floats:
        """Log posterior density alone, as by `log_density`, of many columns, shape ``(columns,)``."""
        return self.log_likelihoods(x) + self.log_priors(x, phi)

    def log_priors(self, x: Floats, phi: Floats) -> Floats:
        """Log prior density of many columns of coefficients and hyperparameters, shape ``(columns,)``."""
        d = self.design
        out, u = d.hyper_prior(phi)[0], d.unconstrained(phi)
        with np.errstate(over="ignore"):  # so far out that the density is 0
            for block in d.blocks:
                log_sd = np.asarray(d.block_log_sd(block, u))
                own = x[d.slices[block.name]]
                if log_sd.shape[:1] == (block.size,):  # a standard deviation for each
                    out -= 0.5 * ((own * np.exp(-log_sd)) ** 2).sum(axis=0) + log_sd.sum(axis=0)
                else:
                    shared = log_sd.ravel()
                    out -= 0.5 * np.einsum("nd,nd->d", own, own) * np.exp(-2.0 * shared) + block.size * shared
        return out

    def log_likelihoods(self, x: Floats) -> Floats:
        """Log-likelihood alone of many columns, shape ``(columns,)``."""
        parts = [x[:, at] for at in _together(x.shape[1], self.likelihood.rows)]
        if len(parts) > 1 and self.likelihood.rows * x.shape[1] >= _THREADED_VALUES:
            with ThreadPoolExecutor(max_workers=2) as pool:
                return np.concatenate(list(pool.map(self._values, parts)))
        return np.concatenate([self._values(part) for part in parts])

    def _values(self, x: Floats) -> Floats:
        """Log-likelihood alone of a few columns."""
        return self.likelihood.values(*self.locate(x))

    def factor(self, x: Floats, precision: Floats) -> PrecisionFactor:
        """Cholesky factor of minus the Hessian by the coefficients at `x`, shape ``(coefficients,)``."""
        return self.curvature(x).factor(precision)

    def curvature(self, x: Floats) -> LikelihoodCurvature:
        """Minus the Hessian of the log-likelihood at `x`, which a prior precision makes a posterior's."""
        eta, own = self.locate(x[:, None])
        return self._by_levels(self.likelihood.curvature(eta[:, 0], own[:, 0]))

    def _by_levels(self, found: RowCurvature) -> LikelihoodCurvature:
        alone = isinstance(found.rows, np.ndarray)
        by_rows = rows_times(self._design_matrix, found.rows) if alone else found.rows @ self._design_matrix
        rows, own = self.likelihood.rows, self.likelihood.own
        edge = csr_array((rows, own)) if found.cross is None else found.cross
        upper = csr_array(self._design_turned @ csr_array(hstack([by_rows, edge])))
        curved = np.zeros((0, 0, 0)) if found.own is None else found.own
        corners = (curved, curved if found.positive is None else found.positive)
        more = found.otherwise
        otherwise = None if more is None else lambda: self._by_levels(more())
        if self.clusters is not None:
            return ClusterCurvature(upper, corners, self._basis, self._basis_turned, self.clusters, otherwise)
        return Curvature(upper, corners, self._leaf_sizes, self._basis, self._basis_turned, otherwise)

    def conditional_mode(
        self, x: Floats, phi: Floats, *, tolerance: float = 1e-8, steps: int = 60, straight: bool = False
    ) -> tuple[Floats, PrecisionFactor, float]:
        """Mode of the coefficients given the hyperparameters, by damped Newton steps.

        Parameters
        ----------
        x
            Start, shape ``(coefficients,)``.
        phi
            Coordinates of the hyperparameters, shape ``(hyperparameters,)``.
        tolerance
            Newton decrement (twice the log-density still to be gained) at which the steps end.
        steps
            At most so many.
        straight
            Whether steps are straight in thresholds (`valuestats.latent.straightened`).

        Returns
        -------
        tuple
            The mode, the factor of minus the Hessian there (from the last step but one when its decrement is
            below the tolerance) and the log-density of coefficients and hyperparameters.
        """
        d = self.design
        column = phi[:, None]
        precision = np.exp(-2.0 * d.log_sd(d.unconstrained(column)))[:, 0]
        value, gradient = self._joint(x, column)
        for _ in range(steps):
            root = self.factor(x, precision)
            step = root.solve(gradient[:, None])[:, 0]
            gain = float(gradient @ step)
            if gain < tolerance:
                return x, root, value
            size = 1.0
            while size > 1e-6:
                there = (x + size * step)[:, None]
                if straight:
                    straighten(self, x[:, None], there)
                tried, slope = self._joint(there[:, 0], column)
                if np.isfinite(tried) and tried >= value + 1e-4 * size * gain - 1e-9 * abs(value):
                    break
                size *= 0.5
            else:
                return x, root, value
            x, value, gradient = there[:, 0], tried, slope
        return x, self.factor(x, precision), value

    def exact_mode(self, x: Floats, phi: Floats) -> tuple[Floats, PrecisionFactor]:
        """Conditional mode by steps that are straight in thresholds, and the factor of minus the Hessian at it."""
        mode = self.conditional_mode(x, phi, tolerance=1e-12, straight=True)[0]
        log_sd = self.design.log_sd(self.design.unconstrained(phi[:, None]))
        return mode, self.factor(mode, np.exp(-2.0 * log_sd)[:, 0])

    def _joint(self, x: Floats, phi: Floats) -> tuple[float, Floats]:
        with np.errstate(all="ignore"):
            value, gradient, _ = self.log_density(x[:, None], phi)
        return float(value[0]), gradient[:, 0]


def _together(columns: int, rows: int) -> Iterator[slice]:
    """Columns in parts of few enough locations."""
    size = min(max(_LOCATIONS // max(rows, 1), _LEAST_TOGETHER), _MOST_TOGETHER)
    return (slice(start, start + size) for start in range(0, columns, size))
