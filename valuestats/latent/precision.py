"""What is asked of a precision of coefficients and its Cholesky factor, whichever way it is stored."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class PrecisionFactor(Protocol):
    """Cholesky factor ``L`` of a precision; members as of `valuestats.latent.arrow.ArrowFactor`."""

    @property
    def log_determinant(self) -> float:
        """Log determinant of the precision."""
        ...

    def rounded(self) -> Self:
        """The factor in single precision."""
        ...

    def back(self, w: Floats) -> Floats:
        """``L^-T w``."""
        ...

    def forward(self, g: Floats) -> Floats:
        """``L^-1 g``."""
        ...

    def solve(self, b: Floats) -> Floats:
        """The inverse of the precision times `b`."""
        ...

    def variances(self, drawn: Floats) -> Floats:
        """Diagonal of the inverse of the precision, exact or with the help of draws by `back`."""
        ...


class LikelihoodCurvature(Protocol):
    """Minus the Hessian of a log-likelihood, which a prior's precision makes a posterior's."""

    def factor(self, precision: Floats) -> PrecisionFactor:
        """Cholesky factor with the prior's precision added, shape ``(coefficients,)``."""
        ...
