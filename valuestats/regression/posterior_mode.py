"""The mode of a Bayesian regression's posterior, its group effects integrated out by Laplace's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.effects_loo import log_prior
from valuestats.regression.maximum import climb
from valuestats.regression.maximum_likelihood import Evaluated, Likelihood

Floats = NDArray[np.float64]
_STEP, _WIDE = 1e-5, 1e-3  # of differences of the prior's density, for its gradient and its curvature


class Penalised(Likelihood):
    """A likelihood times the density of the priors at the top of the model."""

    def __init__(self, design: EffectsDesign, priors: EffectPriors) -> None:
        if design.set_labels:
            raise SpecificationError(
                "no mode of thresholds that are pooled over levels",
                parameter="thresholds",
                got=design.spec.thresholds,
                hint='engine="ml" has thresholds of each level',
            )
        super().__init__(design)
        self.priors = priors

    def log_prior(self, psi: Floats) -> Floats:
        """Log density of the priors at parameters ``(S, size)``."""
        return log_prior(self.design, self.draws(psi, np.zeros((len(psi), self.groups.size))), self.priors)

    def evaluate(self, psi: Floats, u: Floats | None = None) -> Evaluated:
        """Value and gradient of the log posterior."""
        found = super().evaluate(psi, u)
        prior, slope = self._slope(psi, _STEP)
        return Evaluated(found.value + prior, found.gradient + slope, found.u)

    def plain_information(self, psi: Floats) -> Floats:
        """Minus the Hessian of the log posterior without groups."""
        both = [[self._slope(psi + s * row, _WIDE)[1] for s in (_WIDE, -_WIDE)] for row in np.eye(self.size)]
        prior = np.stack([-(up - down) / (2.0 * _WIDE) for up, down in both])
        return super().plain_information(psi) + 0.5 * (prior + prior.T)

    def _slope(self, psi: Floats, step: float) -> tuple[float, Floats]:
        moves = step * np.eye(self.size)
        found = self.log_prior(np.vstack([psi, psi + moves, psi - moves]))
        up, down = found[1 : 1 + self.size], found[1 + self.size :]
        return float(found[0]), (up - down) / (2.0 * step)


def posterior_mode(design: EffectsDesign, priors: EffectPriors) -> tuple[Floats, Floats, float]:
    """Parameters at the mode, mode of the standard effects, and the marginal log-likelihood there.

    The mode is that in thresholds' log shares (cumulative) or thresholds, effects and standard deviations, in which the
    priors are stated.
    """
    penalised = Penalised(design, priors)
    psi, u, _ = climb(penalised, penalised.start())
    u = u * penalised.groups.signs(psi[penalised.parts["spread"]])
    psi[penalised.parts["spread"]] = np.abs(psi[penalised.parts["spread"]])
    return psi, u, Likelihood(design).evaluate(psi, u).value
