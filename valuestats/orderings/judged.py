r"""What a judge's scores say of the true ones: functions of the judged score whose mean is that of a function of the truth.

With :math:`C_{lk}=P(\text{judged }k\mid\text{true }l)` and any function e of the true level, :math:`h=C^{-1}e` has
:math:`E[h(J)\mid T=l]=e(l)` for every l, so that the mean of h over judged answers has no bias from the judge, whatever the
true shares (the matrix method; Rogan and Gladen 1978 for two levels, Buonaccorsi 2010, chapter 3, for more).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.schema import validate

Array = NDArray[np.float64]
PRIOR = 0.05
"""Weight of each cell of the confusion matrix before the labelled answers."""
_LABELLED = pa.DataFrameSchema(
    {
        "true": pa.Column(
            float, nullable=False, coerce=True, description="the level that people gave, a number"
        ),
        "judged": pa.Column(
            float, nullable=False, coerce=True, description="the level that the judge gave, a number"
        ),
        "count": pa.Column(
            float, pa.Check.ge(0), required=False, nullable=False, coerce=True, description="a count"
        ),
        "dimension": pa.Column(nullable=False, required=False, description="the dimension, not null"),
    },
    strict=False,
)


@dataclass(frozen=True)
class JudgeOfDimension:
    """A judge's confusion of the levels of one dimension.

    Attributes
    ----------
    levels
        Levels in order, shape ``(levels,)``.
    counts
        Labelled answers by true (row) and judged level.
    """

    levels: Array
    counts: Array

    @property
    def confusion(self) -> Array:
        """Posterior mean of the confusion matrix, rows sum to 1."""
        alpha = self.counts + PRIOR
        return np.asarray(alpha / alpha.sum(axis=1, keepdims=True))

    def drawn(self, draws: int, rng: np.random.Generator) -> Array:
        """Draws of the confusion matrix, shape ``(draws, levels, levels)``."""
        gamma = rng.standard_gamma(self.counts + PRIOR, size=(draws, *self.counts.shape))
        return np.asarray(gamma / np.maximum(gamma.sum(axis=2, keepdims=True), np.finfo(float).tiny))

    @property
    def reliability(self) -> float:
        """Squared correlation of judged and true levels over the labelled answers; NaN where either does not vary."""
        n = self.counts.sum()
        x, y = self.levels[:, None], self.levels[None]
        mx, my = (self.counts * x).sum() / n, (self.counts * y).sum() / n
        across = (self.counts * (x - mx) * (y - my)).sum() / n
        spread = (self.counts * (x - mx) ** 2).sum() * (self.counts * (y - my) ** 2).sum() / n**2
        return float(across**2 / spread) if spread > 0 else float("nan")


def unbiased(confusion: Array, wanted: Array) -> Array:
    r"""Functions h with :math:`C h = e` for each function e of the true level.

    Parameters
    ----------
    confusion
        Shape ``(..., levels, levels)``.
    wanted
        Values of the functions at the true levels, shape ``(levels, functions)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., levels, functions)``: values at the judged levels.

    Examples
    --------
    >>> unbiased(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.0], [1.0]])).round(4).ravel().tolist()
    [-0.1429, 1.2857]
    """
    return np.asarray(
        np.linalg.solve(confusion, np.broadcast_to(wanted, (*confusion.shape[:-2], *wanted.shape)))
    )


def read_judge(
    labelled: pd.DataFrame, dimensions: tuple[str, ...], scores: dict[str, Array]
) -> dict[str, JudgeOfDimension]:
    """The judge of each dimension from answers that people labelled too.

    Parameters
    ----------
    labelled
        ``true``, ``judged``, optionally ``count`` and ``dimension`` (else one matrix serves all).
    dimensions
        Those wanted.
    scores
        Judged levels that occur in each.

    Raises
    ------
    SpecificationError
        A level or dimension of which nothing was labelled, or a judge who can't be told from one who guesses.
    """
    frame = validate(labelled, _LABELLED, table="judge")
    if frame.empty:
        raise InputError("judge: no labelled answer", parameter="judge", got="no rows")
    count = frame["count"] if "count" in frame.columns else pd.Series(1.0, index=frame.index)
    found = {}
    for name in dimensions:
        own = (
            frame["dimension"].astype(str) == name
            if "dimension" in frame.columns
            else pd.Series(True, index=frame.index)
        )
        part = frame[own]
        levels = np.unique(np.concatenate([part["true"], part["judged"], scores[name]]))
        table = np.zeros((len(levels), len(levels)))
        np.add.at(
            table,
            (np.searchsorted(levels, part["true"]), np.searchsorted(levels, part["judged"])),
            count[own],
        )
        empty = levels[table.sum(axis=1) == 0]
        if len(empty):
            raise SpecificationError(
                "nothing labelled of a level",
                parameter="judge",
                got=f"{name}: {', '.join(f'{x:g}' for x in empty)}",
                expected="labelled answers of every true level",
                hint="label some, or join levels",
            )
        judge = JudgeOfDimension(levels, table)
        if np.linalg.cond(judge.confusion) > 1e6:
            raise SpecificationError(
                "a judge who can't tell the levels apart says nothing of the truth",
                parameter="judge",
                got=name,
            )
        found[name] = judge
    return found
