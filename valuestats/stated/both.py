"""Both ways of asking side by side: shared models and values, joint errors, and whose degrees of freedom they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed, one_spelling
from valuestats.stated.measured import Measured

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """Units whose errors have degrees of freedom of their own: those of one way of asking, or of both where they share some.

    Attributes
    ----------
    rows
        Which of the units.
    degrees
        Degrees of freedom of their errors, by model; infinite where choices are taken as independent.
    drawn
        As in `Measured`.
    """

    rows: NDArray[np.bool_]
    degrees: Array
    drawn: bool


@dataclass(frozen=True)
class Both:
    """Stated and revealed profiles of the same models over the same values.

    Attributes
    ----------
    stated, revealed
        Shape ``(models, values)``.
    influence
        Of both, shape ``(units, 2, models, values)``.
    own_degrees
        Degrees of freedom of the errors of either way of asking, shape ``(2, models)``.
    parts
        The units by whose degrees of freedom they have.
    left_out
        Models, and values, that were measured one way only.
    """

    models: tuple[str, ...]
    values: tuple[str, ...]
    stated: Array
    revealed: Array
    influence: Array
    own_degrees: Array
    scored: Array
    asked: Array
    ranked: Array
    notes: list[str]
    parts: tuple[Part, ...]
    left_out: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def degrees(self) -> Array:
        """The fewer of the two, by model."""
        return np.asarray(self.own_degrees.min(axis=0))

    def units(self, models: list[int]) -> int:
        """Units behind some of the models, the fewest of them: clusters, or answers where there are none."""
        few = float(self.degrees[models].min()) + 1
        return int(few) if np.isfinite(few) else int(self.scored[:, models].min())

    def covariance(self, models: Any, values: Any) -> Array:
        """Joint covariance of stated and revealed estimates of a slice of models or of values."""
        own = self.influence[:, :, models, values].reshape(len(self.influence), -1)
        return np.asarray(own.T @ own)

    def degrees_of(self, models: Any, values: Any, slopes: Array) -> Array:
        r"""Degrees of freedom of the variance of what has these slopes by the estimates (Satterthwaite 1946).

        A variance :math:`\sum_p v_p` of independent parts has :math:`(\sum_p v_p)^2 / \sum_p (v_p^2/\nu_p)`. Of draws
        :math:`\nu_p` is that of their result. Of clusters it is :math:`3(\sum_u q_u^2)^2/\sum_u q_u^4 - 2` of what each
        adds, from unbiased estimates of the variance's square and its own variance, at most the clusters less 1.

        Parameters
        ----------
        models, values
            The slice, as for `covariance`.
        slopes
            Shape ``(things, 2 n)``, n the size of the slice.
        """
        own = self.influence[:, :, models, values].reshape(len(self.influence), -1)
        q = np.nan_to_num(own) @ np.nan_to_num(slopes).T
        variance, lost = np.zeros(len(slopes)), np.zeros(len(slopes))
        for part in self.parts:
            square, most = (q[part.rows] ** 2).sum(axis=0), float(np.min(part.degrees[models]))
            if np.isfinite(most):
                of = (
                    np.full(len(slopes), max(most, 1.0))
                    if part.drawn
                    else cluster_degrees(q[part.rows], most)
                )
                lost += square**2 / of
            variance += square
        return np.divide(variance**2, lost, out=np.full(len(slopes), np.inf), where=lost > 0)


def cluster_degrees(q: Array, most: float) -> Array:
    """Degrees of freedom of the sums of squares of what clusters add, ``(clusters, things)``, from 1 to `most`."""
    square, fourth = (q**2).sum(axis=0), (q**4).sum(axis=0)
    own = 3.0 * np.divide(square**2, fourth, out=np.full(q.shape[1], np.inf), where=fourth > 0) - 2.0
    return np.asarray(np.clip(own, 1.0, max(most, 1.0)))


def joined(stated: Measured, revealed: Measured, least: int = 3) -> Both:
    """Models and values that both hold, and their joint errors: units of one name are the same unit.

    Raises
    ------
    SpecificationError
        No shared model, or fewer than `least` shared values.
    """
    written = [
        one_spelling(theirs, mine)
        for mine, theirs in ((stated.models, revealed.models), (stated.values, revealed.values))
    ]
    revealed = replace(
        revealed,
        models=tuple(written[0][m] for m in revealed.models),
        values=tuple(written[1][v] for v in revealed.values),
    )
    models = _shared(stated.models, revealed.models)
    values = _shared(stated.values, revealed.values)
    if not models:
        raise SpecificationError(
            "no model stands in both",
            parameter="revealed",
            got=_few(revealed.models),
            expected=_few(stated.models),
        )
    if len(values) < least:
        raise SpecificationError(
            f"fewer than {least} values stand in both",
            parameter="revealed",
            got=_few(revealed.values),
            expected=_few(stated.values),
            hint="values are matched by name, whatever its case, blanks, hyphens and underscores",
        )
    notes = [
        f"{theirs} is taken for {mine}: names that differ in case, blanks, hyphens or underscores only"
        for names in written
        for theirs, mine in names.items()
        if theirs != mine
    ]
    left_out = tuple(
        tuple(sorted({*mine, *theirs} - set(kept)))
        for mine, theirs, kept in (
            (stated.models, revealed.models, models),
            (stated.values, revealed.values, values),
        )
    )
    notes += [f"{listed(list(lost))}: measured one way only; left out" for lost in left_out if lost]
    picks = [
        np.ix_([m.models.index(x) for x in models], [m.values.index(x) for x in values])
        for m in (stated, revealed)
    ]
    units = sorted({*stated.units, *revealed.units})
    at = {u: k for k, u in enumerate(units)}
    joint = np.zeros((len(units), 2, len(models), len(values)))
    for side, (m, pick) in enumerate(zip((stated, revealed), picks, strict=True)):
        joint[[at[u] for u in m.units], side] = m.influence[:, pick[0], pick[1]]
    rows = [[m.models.index(x) for x in models] for m in (stated, revealed)]
    scored, asked, ranked = (
        np.stack([getattr(m, c)[r] for m, r in zip((stated, revealed), rows, strict=True)])
        for c in ("scored", "asked", "ranked")
    )
    degrees = np.stack([stated.degrees[rows[0]], revealed.degrees[rows[1]]])
    return Both(
        models,
        values,
        stated.estimate[picks[0]],
        revealed.estimate[picks[1]],
        joint,
        degrees,
        scored,
        asked,
        ranked,
        [*stated.notes, *revealed.notes, *notes],
        _parts((stated, revealed), units, rows),
        (left_out[0], left_out[1]),
    )


def _parts(sides: tuple[Measured, Measured], units: list[str], rows: list[list[int]]) -> tuple[Part, ...]:
    """The units of either side, or all in one where both sides share some."""
    there = [np.isin(units, list(m.units)) for m in sides]
    own = [m.degrees[r] for m, r in zip(sides, rows, strict=True)]
    if (there[0] & there[1]).any():
        return (Part(there[0] | there[1], np.minimum(*own), False),)
    return tuple(Part(t, d, m.drawn) for t, d, m in zip(there, own, sides, strict=True))


def _shared(one: Sequence[str], two: Sequence[str]) -> tuple[str, ...]:
    return tuple(x for x in one if x in set(two))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
