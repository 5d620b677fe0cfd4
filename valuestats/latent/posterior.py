"""The exact posterior of a latent design: log-density with gradient for many chains, Hessian, conditional mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack, vstack

from valuestats.base.errors import SpecificationError
from valuestats.latent.arrow import ArrowFactor, Curvature, rows_times
from valuestats.latent.design import THRESHOLDS, LatentDesign
from valuestats.latent.likelihoods.families import count_derivatives
from valuestats.latent.likelihoods.logit_slopes import LogitSlopes
from valuestats.latent.shared_spreads import SharedSpreads
from valuestats.latent.sparse_times import sparse_times
from valuestats.latent.threshold_shares import ThresholdShares, share_sums
from valuestats.statistics.ordinal import total_log_likelihoods

Floats = NDArray[np.float64]
_TOGETHER = 256  # columns whose locations fit the processor's cache
_THREADED_CELLS = 8_000  # below, handing chains to threads costs more than it saves
_THREADED_VALUES = 200_000  # the same of cells x columns whose values alone are asked


class LatentPosterior:
    """Log-density of a latent design's coefficients and hyperparameters given its counts.

    Coefficients have shape ``(coefficients, chains)``, coordinates of hyperparameters ``(hyperparameters, chains)``.
    The density is that of the coefficients ``x`` themselves ("centred") unless said otherwise.

    Parameters
    ----------
    design
        The declared model.
    """

    def __init__(self, design: LatentDesign) -> None:
        self.design = design
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
        cells = len(design.counts)
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
        self._dense_basis = self._basis.toarray()
        self._locations = rows[-2]
        self._design_matrix = csr_array(hstack([*self._leaf_terms, self._terms]))
        self._design_turned = csr_array(self._design_matrix.T)
        self._leaf_total = sum(self._leaf_sizes)
        self._likelihood = _likelihood(design)
        self.spreads = SharedSpreads(design)
        steps = design.steps
        self._set_columns = (design.group[:, None] * steps + np.arange(steps)).ravel()

    def thresholds(self, raw: Floats) -> Floats:
        """Thresholds from their raw coordinates, shapes ``(sets * (K - 1), chains)`` to ``(chains, sets, K - 1)``."""
        d = self.design
        shape = (d.sets, d.steps, raw.shape[1])
        a = np.moveaxis(raw.reshape(shape), -1, 0)
        if d.threshold_map == "direct":
            return np.ascontiguousarray(a)
        return share_sums(self._with_reference(a), d.link)[0]

    def _with_reference(self, a: Floats) -> Floats:
        return np.insert(a, self.design.reference, 0.0, axis=-1)

    def locate(self, x: Floats) -> tuple[Floats, Floats]:
        """Locations ``(cells, chains)`` and raw threshold coordinates of the coefficients."""
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
        return type(self) is LatentPosterior and (self.design.family, self.design.link) == (
            "cumulative",
            "logit",
        )

    def raw_thresholds(self, x: Floats) -> Floats:
        """Raw threshold coordinates alone, as by `locate`."""
        start = self.locate(np.zeros((len(x), 1)))[1]  # not 0 where a posterior has offsets
        return sparse_times(self._basis[self._locations :], x[self._leaf_total :]) + start

    def log_likelihood(self, x: Floats, *, valued: bool = True) -> tuple[Floats, Floats]:
        """Log-likelihood of each chain and its gradient by the coefficients; unless `valued`, 0 may stand for the former."""
        d = self.design
        eta, raw = self.locate(x)
        shape = (d.sets, d.steps, x.shape[1])
        raw = raw.astype(float)
        if d.threshold_map == "direct":
            cut = np.ascontiguousarray(np.moveaxis(raw.reshape(shape), -1, 0))
        else:
            cut, share = share_sums(self._with_reference(np.moveaxis(raw.reshape(shape), -1, 0)), d.link)
        value, d_cut, d_eta = self._likelihood(cut, np.ascontiguousarray(eta.T), valued)
        if d.threshold_map == "shares":
            d_cut = np.delete(share.pull_back(d_cut), d.reference, axis=-1)
        turned = self._rounded[2:] if x.dtype == np.float32 else (self._basis_turned, self._design_turned)
        by_level = sparse_times(turned[1], d_eta.T)
        d_raw = np.moveaxis(d_cut, 0, -1).reshape(-1, x.shape[1]).astype(x.dtype)
        rest = sparse_times(turned[0], np.concatenate([by_level[self._leaf_total :], d_raw]))
        return value, np.concatenate([by_level[: self._leaf_total], rest])

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
        parts = [x[:, at] for at in _together(x.shape[1])]
        if len(parts) > 1 and len(self.design.counts) * x.shape[1] >= _THREADED_VALUES:
            with ThreadPoolExecutor(max_workers=2) as pool:
                return np.concatenate(list(pool.map(self._values, parts)))
        return np.concatenate([self._values(part) for part in parts])

    def _values(self, x: Floats) -> Floats:
        """Log-likelihood alone of a few columns."""
        d = self.design
        if d.family != "cumulative" or d.link != "logit":
            return self.log_likelihood(x)[0]
        eta, raw = self.locate(x)
        cut = self.thresholds(raw)
        with np.errstate(all="ignore"):  # a thread of its own does not inherit what its caller ignores
            value = self._logits.values(cut, eta)
            far = ~np.isfinite(value)
            if far.any():
                value[far] = total_log_likelihoods(d.counts, cut[far], eta[:, far], d.group)
        return value

    @cached_property
    def _logits(self) -> LogitSlopes:
        return LogitSlopes(self.design.counts, self.design.group, self.design.sets)

    def factor(self, x: Floats, precision: Floats) -> ArrowFactor:
        """Cholesky factor of minus the Hessian by the coefficients at `x`, shape ``(coefficients,)``."""
        return self.curvature(x).factor(precision)

    def curvature(self, x: Floats) -> Curvature:
        """Minus the Hessian of the log-likelihood at `x`, which a prior precision makes a posterior's."""
        d = self.design
        eta, raw = self.locate(x[:, None])
        parts = self.cut_parts(raw[:, 0])
        found = count_derivatives(d.counts, parts[0], eta[:, 0], d.group, family=d.family, link=d.link)
        weighted = rows_times(self._design_matrix, np.maximum(-found.d_eta_eta, 0.0))
        return self.curvature_of(weighted, -found.d_eta_cut, found.d_cut, -found.d_cut_cut, parts)

    def cut_parts(self, raw: Floats) -> CutParts:
        """Thresholds, their Jacobian by the free raw coordinates, and the shares behind them, of one draw."""
        d = self.design
        a = raw.reshape(d.sets, d.steps)
        if d.threshold_map == "direct":
            return a, np.broadcast_to(np.eye(d.steps), (d.sets, d.steps, d.steps)), None
        cuts, share = share_sums(self._with_reference(a)[None], d.link)
        return cuts[0], np.delete(share.jacobian()[0], d.reference, axis=-1), share

    def curvature_of(
        self, weighted: Any, eta_cut: Floats, d_cut: Floats, cut_cut: Floats, parts: CutParts
    ) -> Curvature:
        """The curvature from derivatives by the rows' locations and by thresholds.

        `weighted` is minus the Hessian by the rows' locations times the design, `eta_cut` and `cut_cut` minus the
        second derivatives with thresholds, `d_cut` the gradient by thresholds.
        """
        d = self.design
        _, jacobian, share = parts
        cross = np.einsum("ck,cka->ca", eta_cut, jacobian[d.group])
        inner = np.einsum("ska,skl,slb->sab", jacobian, cut_cut, jacobian)
        curved = inner
        if share is not None:
            bend = np.delete(np.delete(share.curvature(d_cut[None])[0], d.reference, 1), d.reference, 2)
            curved = inner - bend
        cells, steps = cross.shape
        edge = csr_array(
            (cross.ravel(), self._set_columns, np.arange(0, cells * steps + 1, steps)),
            (cells, d.sets * steps),
        )
        upper = csr_array(self._design_turned @ csr_array(hstack([weighted, edge])))
        return Curvature(
            upper, (curved, inner), self._leaf_sizes, self._basis, self._basis_turned, self._dense_basis
        )

    def conditional_mode(
        self, x: Floats, phi: Floats, *, tolerance: float = 1e-8, steps: int = 60
    ) -> tuple[Floats, ArrowFactor, float]:
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
                tried, slope = self._joint(x + size * step, column)
                if np.isfinite(tried) and tried >= value + 1e-4 * size * gain - 1e-9 * abs(value):
                    break
                size *= 0.5
            else:
                return x, root, value
            x, value, gradient = x + size * step, tried, slope
        return x, self.factor(x, precision), value

    def _joint(self, x: Floats, phi: Floats) -> tuple[float, Floats]:
        with np.errstate(all="ignore"):
            value, gradient, _ = self.log_density(x[:, None], phi)
        return float(value[0]), gradient[:, 0]


def _together(columns: int) -> Iterator[slice]:
    """Columns in parts that stay in the processor's cache."""
    return (slice(start, start + _TOGETHER) for start in range(0, columns, _TOGETHER))


CutParts = tuple[Floats, Floats, ThresholdShares | None]
Pass = Callable[[Floats, Floats, bool], tuple[Floats, Floats, Floats]]


def _likelihood(design: LatentDesign) -> Pass:
    """Log-likelihood and first derivatives of all chains: ``(chains, sets, K - 1)``, ``(chains, cells)``."""
    if design.family == "cumulative" and design.link in ("logit", "probit"):
        from valuestats.latent.likelihoods.ordinal_passes import compiled_pass

        compiled = compiled_pass(design.link)

        def one(cut: Floats, eta: Floats) -> Any:
            return compiled(cut, eta, design.counts, design.group)
    else:

        def one(cut: Floats, eta: Floats) -> Any:
            found = count_derivatives(
                design.counts, cut, eta, design.group, family=design.family, link=design.link
            )
            return found.value.sum(), found.d_cut, found.d_eta

    def many(cut: Floats, eta: Floats, _: bool = True) -> tuple[Floats, Floats, Floats]:
        if len(eta) > 1 and len(design.counts) >= _THREADED_CELLS:
            with ThreadPoolExecutor(max_workers=2) as pool:
                found = list(pool.map(one, cut, eta))
        else:
            found = [one(c, e) for c, e in zip(cut, eta, strict=True)]
        value, d_cut, d_eta = zip(*found, strict=True)
        return np.array([float(v) for v in value]), np.stack(d_cut), np.stack(d_eta)

    if design.family != "cumulative" or design.link != "logit":
        return many

    fast = LogitSlopes(design.counts, design.group, design.sets)

    def near(cut: Floats, eta: Floats, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        with np.errstate(all="ignore"):
            if not valued:
                return np.zeros(len(eta)), *fast.slopes(cut, eta)
            found = fast(cut, eta)
        lost = ~np.isfinite(found[0])
        if lost.any():  # far from any answer, or nowhere
            for all_chains, part in zip(found, many(cut[lost], eta[lost]), strict=True):
                all_chains[lost] = part
        return found

    return near
