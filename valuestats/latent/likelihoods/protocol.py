r"""What a likelihood must offer so that Laplace, nested Laplace and the samplers of `valuestats.latent` fit it.

A likelihood is a function of *rows*, each with a location :math:`\eta_r` that is linear in normal coefficients (the terms of
a `LatentDesign`), and of *own* parameters :math:`a` that are linear in normal coefficients too (blocks of the term
``"thresholds"``: thresholds of ordered answers, the log of a dispersion). A cell with several linear predictors, such as
the logits of its options, has several rows. Spreads of the coefficients belong to the design: a likelihood knows none.

**To add one**: a class with the members of `Likelihood`; nothing derives from anything. A model of it is
``LatentDesign.around(likelihood, terms, blocks, hypers)``, its posterior ``LatentPosterior(design)``, and
`valuestats.latent.engines.draw_latent` draws. For blocks with clusters a likelihood also has
``values_by(eta, own, of_row, number)``, its values by the cluster of the rows.
``tests/latent/test_plugged_likelihoods.py`` adds three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RowCurvature:
    """Minus the second derivatives of a log-likelihood at one point.

    Attributes
    ----------
    rows
        By the rows' locations: ``(rows,)`` where each row is on its own, else a symmetric sparse matrix ``(rows, rows)``.
    cross
        By rows and own parameters, sparse ``(rows, own)``; None where there are no own parameters.
    own
        By own parameters that are curved together, ``(sets, size, size)`` with ``sets * size = own``; others: 0.
    positive
        The same without a part that may make all of it indefinite, taken where there is no Cholesky factor.
    otherwise
        Makes the curvature to be taken in that case, where more than `own` changes.
    """

    rows: Any
    cross: Any = None
    own: Floats | None = None
    positive: Floats | None = None
    otherwise: Callable[[], RowCurvature] | None = None


@runtime_checkable
class Likelihood(Protocol):
    """A log-likelihood with first and second derivatives.

    Attributes
    ----------
    rows
        Number of locations.
    own
        Number of own parameters; 0 for none.
    rounds
        Whether `gradient` without the value takes, and gives, locations in single precision.
    """

    rows: int
    own: int
    rounds: bool

    def gradient(self, eta: Floats, own: Floats, *, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood ``(draws,)`` and its gradients ``(rows, draws)`` and ``(own, draws)``, of shapes as given.

        Minus infinity where there is no likelihood. Unless `valued`, the first may be anything finite.
        """
        ...

    def values(self, eta: Floats, own: Floats) -> Floats:
        """Log-likelihood alone of many draws, ``(draws,)``."""
        ...

    def curvature(self, eta: Floats, own: Floats) -> RowCurvature:
        """Minus the second derivatives at one point, ``(rows,)`` and ``(own,)``."""
        ...
