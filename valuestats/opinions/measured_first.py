r"""Friedkin and Johnsen's rule where opinions are measured with a known error.

Of a row the rule needs three numbers: the person's first opinion f, the present one x and the mean m of those listened to;
it is linear in them, :math:`b + s\,g` with base :math:`b=f` and direction :math:`g=a x+(1-a)m-f`. Measured, each carries
error: :math:`D=\operatorname{diag}(e^2, e^2, e^2 q)` with :math:`q=\sum w^2/(\sum w)^2`; at the first wave f and x are one
measurement with one error. The true three are normal about their means, with the covariance that is left of the measured
ones' when the errors' is taken off, wave by wave (method of moments; m varies more where it is the mean of fewer). Given the
measured ones they are normal by regression, and so is the outcome: the moments of base and direction go into the same
likelihood as those of the other rules (`valuestats.opinions.measured`), here in closed form (Fuller 1987, 1.2 and 2.1). Rows
of one person share the error of the first opinion, which the likelihood takes as independent from row to row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.opinions.panel import Array, Steps, Whole
from valuestats.opinions.rules import Rule

_LEAST = 3
"""Rows of a wave below which its covariance is not told."""


@dataclass(frozen=True)
class NoisyFirst:
    """Steps with the error of an opinion, and what is known of the true opinions behind the measured.

    Attributes
    ----------
    rule, steps, error
        As given.
    reliability
        Share of the variance of present opinions that is not error.
    mean, covariance
        Of the true first and present opinion and mean of the others, given the measured ones, ``(rows, 3)`` and
        ``(rows, 3, 3)``.
    """

    rule: Rule
    steps: Steps
    error: float
    reliability: float
    mean: Array
    covariance: Array

    def moments(self, shapes: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Mean and variance of the base; mean and variance of the direction at each self-weight, and their covariance."""
        along = np.stack([-np.ones(len(shapes)), shapes, 1.0 - shapes])  # (3, shapes)
        base = self.covariance[:, 0, :]
        return (
            self.mean[:, 0],
            np.ascontiguousarray(self.covariance[:, 0, 0]),
            self.mean @ along,
            np.einsum("as,nab,bs->ns", along, self.covariance, along, optimize=True),
            base @ along,
        )


def noisy_first(rule: Rule, steps: Steps, error: float) -> NoisyFirst:
    """What is known of the true opinions, given the measured ones.

    Raises
    ------
    SpecificationError
        An error that leaves nothing of the differences between first or present opinions; a wave of too few people.
    """
    total = np.add.reduceat(steps.weight, steps.start[:-1])
    share = np.add.reduceat(steps.weight**2, steps.start[:-1]) / total**2
    seen = np.stack([steps.first, steps.now, steps.mean_of_others], axis=1)
    size = np.diff(steps.start)
    within = _within(steps, size)
    mean, covariance = np.empty_like(seen), np.empty((len(seen), 3, 3))
    kept = []
    for wave in np.unique(steps.wave):
        at = np.flatnonzero(steps.wave == wave)
        if len(at) < _LEAST:
            raise SpecificationError(
                "too few people at a wave to tell their differences from error",
                parameter="panel",
                got=f"{len(at)} at wave {wave + 1}",
                expected=f"{_LEAST} or more",
            )
        same = bool(np.all(steps.first[at] == steps.now[at]))
        parts = [1, 2] if same else [0, 1, 2]
        mean_of, covariance_of, keep = _given(seen[at][:, parts], share[at], within, error)
        kept.append(keep)
        spread = np.zeros((3, len(parts)))
        spread[[0, 1, 2], [0, 0, 1] if same else [0, 1, 2]] = 1.0
        mean[at] = mean_of @ spread.T
        covariance[at] = spread @ covariance_of @ spread.T
    return NoisyFirst(rule, steps, error, float(np.mean(kept)), mean, covariance)


def _within(steps: Steps, size: Whole) -> float:
    """Variance of the others' measured opinions within rows; NaN where all have one friend."""
    own = steps.others - np.repeat(np.add.reduceat(steps.others, steps.start[:-1]) / size, size)
    free = int((size - 1).sum())
    return float(own @ own) / free if free else float("nan")


def _given(seen: Array, share: Array, within: float, error: float) -> tuple[Array, Array, float]:
    """Mean and covariance of the true numbers given the measured; the last is the mean of others, the others single ones."""
    n, k = seen.shape
    middle = seen.mean(axis=0)
    raw = (seen - middle).T @ (seen - middle) / (n - 1)
    true = raw - np.diag([error**2] * (k - 1) + [error**2 * float(share.mean())])
    # Of the mean of others what is shared by all of them; the rest, omega^2 q, is larger where they are few.
    omega = 0.0 if np.isnan(within) else max(within - error**2, 0.0)
    own = min(omega * float(share.mean()), max(true[-1, -1], 0.0))
    omega = own / float(share.mean())
    true[-1, -1] -= own
    if np.linalg.eigvalsh(true[:-1, :-1]).min() <= 0:
        raise SpecificationError(
            "the error of measurement is as large as the differences between opinions",
            parameter="error",
            got=f"{error:g}, with spreads of {', '.join(f'{s:.3g}' for s in np.sqrt(np.diag(raw)[:-1]))}",
            expected="an error below them (and below how far people move from wave to wave)",
        )
    values, vectors = np.linalg.eigh(true)
    true = (vectors * np.maximum(values, 0.0)) @ vectors.T
    whole = np.repeat(true[None], n, axis=0)
    whole[:, -1, -1] += omega * share
    noise = np.zeros((n, k, k))
    noise[:, range(k - 1), range(k - 1)] = error**2
    noise[:, -1, -1] = error**2 * share
    gain = np.linalg.solve(whole + noise, whole).transpose(0, 2, 1)
    mean = middle + np.einsum("nab,nb->na", gain, seen - middle)
    left = whole - gain @ whole
    return mean, 0.5 * (left + left.transpose(0, 2, 1)), float(true[-2, -2] / raw[-2, -2])
