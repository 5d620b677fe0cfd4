r"""The likelihood of an ordinal regression with its group effects integrated out by Laplace's method, and its gradient.

With the location's distances :math:`z_{ck} = s_c (\gamma_k - x_c'\beta - o_c - \sum_e \tau_e z_{ce}' u_e)` and standard
normal effects u, the marginal log-likelihood of :math:`\psi = (\gamma, \beta, \dots, \tau)` is

.. math:: M(\psi) = \ell(\psi, \hat u) - \tfrac12 \hat u'\hat u - \tfrac12 \log |I + T Z' W Z T|,

with :math:`\hat u` their mode given :math:`\psi` and W minus the second derivatives by the locations (as `clmm` of the R
package ordinal does; Pinheiro and Bates 1995). Its gradient is exact but for third derivatives by differences: the
chain through :math:`\hat u` takes one solve. Without groups M is the log-likelihood itself and has its exact Hessian.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.families import cell_derivatives
from valuestats.latent.likelihoods.family_probabilities import thresholds_of_shares
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws
from valuestats.regression.effects_latent import column_scales
from valuestats.regression.maximum_groups import Groups

Floats = NDArray[np.float64]
_AT_ONCE = 2_000  # cells of one pass over the Hessian
_STEP = 1e-4  # of the differences behind third derivatives


@dataclass(frozen=True)
class Evaluated:
    """The marginal log-likelihood at a point: value, gradient, and the mode of the effects there."""

    value: float
    gradient: Floats
    u: Floats


@dataclass(frozen=True)
class _Cells:
    """Distances of the cells, the factor that stretches them, and the derivatives of the log-likelihood by them."""

    z: Floats
    stretch: Floats
    value: Floats
    gradient: Floats
    hessian: Floats

    @property
    def by_location(self) -> Floats:
        """Gradient by the locations."""
        return -self.stretch * self.gradient.sum(axis=1)

    @property
    def weight(self) -> Floats:
        """Minus the second derivative by the locations."""
        return np.maximum(-(self.stretch**2) * self.hessian.sum(axis=(1, 2)), 0.0)


class Likelihood:
    """Of the parameters ``psi``: thresholds, fixed, category-specific and discrimination effects, and spreads.

    Effects are per unit of `column_scales`, thresholds at average covariates. A spread enters by its square, so its sign
    is free and 0 is no bound.

    Parameters
    ----------
    design
        Counted cells and matrices.

    Raises
    ------
    SpecificationError
        A part that has no likelihood of this form: correlated effects, `discrimination`, ``mo()``, curves.
    """

    def __init__(self, design: EffectsDesign) -> None:
        correlated = [f"correlated effects ({g.label})" for g in design.groups if g.correlated]
        lacking = [*correlated, *(["discrimination"] if design.level_labels else [])]
        lacking += ["mo()"] if design.monotonic_names else []
        if design.curves:
            raise SpecificationError(
                "a curve is as smooth as its spread's prior and the answers make it: it has no maximum without a prior",
                parameter="formula",
                got=", ".join(curve.label for curve in design.curves),
                expected="no rw1(), rw2() and s()",
                hint='engine="laplace" takes seconds; cr(x, df=3) and bs(x, df=5) are fixed effects',
            )
        if lacking:
            raise SpecificationError(
                "the maximum is not offered of a regression with these parts",
                parameter="formula",
                got=", ".join(lacking),
                expected="effects without correlation, no mo(), no discrimination=",
                hint='engine="nuts" samples them; or write (x||group), and C(x) for mo(x)',
            )
        rows, self.design = design.matrices, design
        weights = design.counts.sum(axis=1)
        self.steps, self.sets = design.counts.shape[1] - 1, max(1, len(design.set_labels))
        self.scales = {
            "beta": column_scales(rows.x, weights),
            "specific": column_scales(rows.specific, weights),
            "disc": column_scales(rows.disc, weights),
        }
        self.x, self.specific = rows.x / self.scales["beta"], rows.specific / self.scales["specific"]
        self.disc = rows.disc / self.scales["disc"]
        self.groups = Groups(design)
        sizes = {
            "cut": self.sets * self.steps,
            "beta": self.x.shape[1],
            "specific": self.specific.shape[1] * self.steps,
            "disc": self.disc.shape[1],
            "spread": self.groups.effects,
        }
        self.parts: dict[str, slice] = {}
        at = 0
        for name, size in sizes.items():
            self.parts[name] = slice(at, at + size)
            at += size
        self.size = at

    def start(self) -> Floats:
        """Thresholds of the observed shares, no effects, spreads of a half."""
        design, spec = self.design, self.design.spec
        psi = np.zeros(self.size)
        shares = (design.counts.sum(axis=0) + 0.5) / (design.counts.sum() + 0.5 * design.counts.shape[1])
        psi[self.parts["cut"]] = np.tile(
            thresholds_of_shares(shares, family=spec.family, link=spec.link), self.sets
        )
        psi[self.parts["spread"]] = 0.5
        return psi

    def cells(self, psi: Floats, shift: Floats | float = 0.0) -> _Cells:
        """Derivatives of every cell, with what the groups add to its location."""
        z, stretch = self._distances(psi, shift)
        return _Cells(z, stretch, *self._derivatives(z))

    def _derivatives(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        spec = self.design.spec
        return cell_derivatives(self.design.counts, z, family=spec.family, link=spec.link)

    def _distances(self, psi: Floats, shift: Floats | float) -> tuple[Floats, Floats]:
        rows = self.design.matrices
        cut = psi[self.parts["cut"]].reshape(self.sets, self.steps)
        eta = self.x @ psi[self.parts["beta"]] + rows.offset + shift
        z = cut[np.maximum(rows.sets, 0)] - eta[:, None]
        z = z - self.specific @ psi[self.parts["specific"]].reshape(-1, self.steps)
        stretch = np.exp(self.disc @ psi[self.parts["disc"]])
        return z * stretch[:, None], stretch

    def evaluate(self, psi: Floats, u: Floats | None = None) -> Evaluated:
        """Value and gradient; `u` is where the search for the effects' mode starts."""
        with np.errstate(all="ignore"):
            if not self.groups.effects:
                found = self.cells(psi)
                return Evaluated(float(found.value.sum()), self._pulled(found, found.gradient), np.zeros(0))
            return self._marginal(psi, np.zeros(self.groups.size) if u is None else u)

    def _pulled(self, found: _Cells, by_z: Floats) -> Floats:
        """Gradient by the parameters other than spreads from one by the distances."""
        out = np.zeros(self.size)
        by_line = found.stretch[:, None] * by_z
        sets = np.maximum(self.design.matrices.sets, 0)
        for k in range(self.steps):
            out[self.parts["cut"]][k :: self.steps] = np.bincount(sets, by_line[:, k], minlength=self.sets)
        out[self.parts["beta"]] = -self.x.T @ by_line.sum(axis=1)
        out[self.parts["specific"]] = -(self.specific.T @ by_line).ravel()
        out[self.parts["disc"]] = self.disc.T @ (by_z * found.z).sum(axis=1)
        return out

    def _marginal(self, psi: Floats, u: Floats) -> Evaluated:
        groups, tau = self.groups, psi[self.parts["spread"]]
        u, found, factor = self.mode(psi, u)
        if factor is None:
            return Evaluated(-np.inf, np.zeros(self.size), u)
        value = float(found.value.sum()) - 0.5 * float(u @ u) - 0.5 * factor.log_determinant
        leverage, own = factor.leverages(found.weight)
        third = self._third(found.z, found.stretch)
        adjoint = factor.solve(groups.back(-found.stretch * leverage * third.sum(axis=1), tau))
        along = groups.forward(adjoint, tau)
        by_z = found.gradient - 0.5 * leverage[:, None] * third
        by_z = by_z + 0.5 * (along * found.stretch)[:, None] * found.hessian.sum(axis=1)
        gradient = self._pulled(found, by_z)
        by_location = found.by_location
        gradient[self.parts["disc"]] -= self.disc.T @ (leverage * found.weight + 0.5 * along * by_location)
        moved = groups.by_effect(-(found.stretch * by_z.sum(axis=1)), u)
        plain = groups.back(by_location, np.ones_like(tau))
        gradient[self.parts["spread"]] = moved - own - 0.5 * groups.summed(adjoint * plain)
        return Evaluated(value, gradient, u)

    def mode(self, psi: Floats, u: Floats) -> tuple[Floats, _Cells, Any]:
        """Mode of the standard effects given the parameters, the cells there and the factor of minus the Hessian."""
        groups, tau = self.groups, psi[self.parts["spread"]]
        found = self.cells(psi, groups.forward(u, tau))
        value = float(found.value.sum()) - 0.5 * float(u @ u)
        if not np.isfinite(value) and u.any():  # a start that lies too far out
            return self.mode(psi, np.zeros_like(u))
        for _ in range(50):
            if not np.isfinite(value):
                return u, found, None
            factor = groups.factor(found.weight, tau)
            gradient = groups.back(found.by_location, tau) - u
            step = factor.solve(gradient)
            if float(gradient @ step) < 1e-12:
                break
            size = 1.0
            while size > 1e-8:
                tried = u + size * step
                there = self.cells(psi, groups.forward(tried, tau))
                risen = float(there.value.sum()) - 0.5 * float(tried @ tried)
                if risen >= value - 1e-10 * abs(value):
                    break
                size *= 0.5
            else:
                break
            u, found, value = tried, there, risen
        return u, found, groups.factor(found.weight, tau)

    def _third(self, z: Floats, stretch: Floats) -> Floats:
        """Derivative of the cells' weights by each of their distances.

        Third derivatives are symmetric, so that of the sum of the Hessian by one distance is that of the distance's row
        of it by a shift of all.
        """
        up, down = (self._derivatives(z + step)[2].sum(axis=2) for step in (_STEP, -_STEP))
        return np.asarray(-(stretch**2)[:, None] * (up - down) / (2.0 * _STEP))

    def information(self, psi: Floats, u: Floats | None = None) -> tuple[Floats, Floats]:
        """Minus the Hessian by the parameters, and the derivative of the effects' mode by them ``(size, effects)``."""
        if not self.groups.effects:
            return self.plain_information(psi), np.zeros((self.size, 0))
        out, moved = np.empty((self.size, self.size)), np.empty((self.size, self.groups.size))
        for j in range(self.size):
            step = 1e-4 * max(1.0, abs(psi[j]))
            move = np.zeros(self.size)
            move[j] = step
            up, down = self.evaluate(psi + move, u), self.evaluate(psi - move, u)
            out[j] = -(up.gradient - down.gradient) / (2.0 * step)
            moved[j] = (up.u - down.u) / (2.0 * step)
        return 0.5 * (out + out.T), moved

    def plain_information(self, psi: Floats) -> Floats:
        """Minus the Hessian of the log-likelihood without groups; 0 by the spreads."""
        found = self.cells(psi)
        sets = np.maximum(self.design.matrices.sets, 0)
        total = np.zeros((self.size, self.size))
        disc = self.parts["disc"]
        for start in range(0, len(found.z), _AT_ONCE):
            at = slice(start, start + _AT_ONCE)
            z, stretch, size = found.z[at], found.stretch[at], len(found.z[at])
            by = np.zeros((size, self.steps, self.size))
            for k in range(self.steps):
                by[np.arange(size), k, sets[at] * self.steps + k] = 1.0
                by[:, k, self.parts["beta"]] = -self.x[at]
                by[
                    :, k, self.parts["specific"].start + k : self.parts["specific"].stop : self.steps
                ] = -self.specific[at]
            by *= stretch[:, None, None]
            lines = np.einsum("ck,ckp->cp", found.gradient[at], by)
            by[:, :, disc] = z[:, :, None] * self.disc[at][:, None, :]
            total += np.einsum("ckp,ckl,clq->pq", by, found.hessian[at], by, optimize=True)
            if self.disc.shape[1]:
                mixed = lines.T @ self.disc[at]
                total[:, disc] += mixed
                total[disc, :] += mixed.T
                total[disc, disc] += self.disc[at].T @ (
                    self.disc[at] * (found.gradient[at] * z).sum(axis=1)[:, None]
                )
        return -0.5 * (total + total.T)

    def draws(self, psi: Floats, u: Floats, chains: int = 1) -> EffectDraws:
        """Named parts of parameters ``(S, size)`` and standard effects ``(S, effects)``."""
        tau = psi[:, self.parts["spread"]]
        specific = psi[:, self.parts["specific"]].reshape(len(psi), -1, self.steps)
        effects, sds = self.groups.named(u, tau)
        return EffectDraws(
            chains,
            psi[:, self.parts["cut"]].reshape(-1, self.sets, self.steps),
            psi[:, self.parts["beta"]] / self.scales["beta"],
            effects,
            sds,
            tuple(None for _ in effects),
            disc=psi[:, self.parts["disc"]] / self.scales["disc"] if self.disc.shape[1] else None,
            specific=specific / self.scales["specific"][:, None] if self.specific.shape[1] else None,
        )
