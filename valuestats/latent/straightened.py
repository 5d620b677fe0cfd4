r"""Draws of thresholds along straight lines of the thresholds themselves, in the place of lines of their log shares.

Effects of groups and thresholds are told apart by the prior of the groups' mean alone: moving all thresholds by what
all effects move changes no probability. Thresholds are functions of log category shares, in which that ridge is bent, and
with millions of answers it is so thin that a normal density of the shares leaves it. Laplace's normal approximation is the
same to second order in thresholds, in which the ridge is straight: a draw :math:`a` of own parameters about their mode
:math:`a^*` becomes

.. math:: T(a) = c^{-1}\bigl(c(a^*) + c'(a^*)(a - a^*)\bigr),

with the density of :math:`a` over :math:`|\det c'(a^*) / \det c'(T(a))|`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def may_straighten(posterior: Any) -> bool:
    """Whether the likelihood of a `LatentPosterior` has own parameters behind which there are thresholds."""
    return bool(getattr(posterior.likelihood, "shares", False)) and posterior.likelihood.own > 0


def straighten(posterior: Any, centre: Floats, x: Floats) -> Floats:
    """Move draws ``(n, draws)`` around a centre, one column or each, in place; the log of the volumes by which it stretches.

    Where thresholds would not ascend there is no such draw: it stays, and the volume is infinite.
    """
    columns, back = posterior.own_map
    at = posterior.raw_thresholds(x)
    moved, log_volume = posterior.likelihood.straightened(posterior.raw_thresholds(centre), at)
    there = np.isfinite(log_volume)
    x[np.ix_(columns, there)] += back @ (moved - at)[:, there]
    return np.asarray(log_volume)
