"""Directions along which a label lies in each layer, how stable they are, and what probability they stand for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.activations.logistic import mean_difference, ridge_logistic, spanned
from valuestats.activations.probes import Method, group_folds
from valuestats.activations.rows import Activations, labelled
from valuestats.base.allowed import POSITIVE
from valuestats.base.arguments import checked
from valuestats.results.meta import make_meta
from valuestats.results.result import Result

Array = NDArray[np.float64]
CITATIONS = (
    "Panickssery et al. (2024), Steering Llama 2 via contrastive activation addition",
    "Jin et al. (2025), Internal value alignment in large language models through controlled value vector activation",
    "Platt (1999), Probabilistic outputs for support vector machines",
    "Spearman (1910); Brown (1910)",
)


@dataclass(frozen=True, repr=False)
class Directions:
    r"""One direction per layer.

    Attributes
    ----------
    weights
        Shape ``(layers, width)``: the score of x is :math:`w'x + b`, of a logistic probe its logit.
    intercepts
        b, shape ``(layers,)``.
    calibration
        Intercept and slope of the log odds in the score, from groups that had no part in w and b; shape ``(layers, 2)``.
    layers
        Their names.
    result
        Kind ``"directions"``, keys ``("layer",)``: how stable they are.

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats import value_directions
    >>> from valuestats.activations.simulate import RowTruth, simulate_rows
    >>> rows, _ = simulate_rows(RowTruth(layers=2, groups=60, width=100, strength=3), np.random.default_rng(0))
    >>> found = value_directions(rows, method="mean")
    >>> found
    <Directions: 2 layers, width 100>
    >>> found.layers, found.units.shape
    (('0', '1'), (2, 100))
    """

    weights: Array
    intercepts: Array
    calibration: Array
    layers: tuple[str, ...]
    result: Result

    def __repr__(self) -> str:
        return f"<Directions: {len(self.layers)} layers, width {self.weights.shape[1]}>"

    @property
    def units(self) -> Array:
        """The directions with length 1, shape ``(layers, width)``."""
        return np.asarray(self.weights / np.linalg.norm(self.weights, axis=1, keepdims=True))


@checked
def value_directions(
    activations: Activations,
    *,
    label: str = "label",
    group: str = "group",
    method: Method = "logistic",
    penalty: Annotated[float, POSITIVE] = 1.0,
    folds: int = 5,
    splits: int = 20,
    seed: int = 0,
) -> Directions:
    r"""Directions of a label, and how near they are to those that any number of groups would give.

    Estimand of stability: the cosine between the direction found and its limit over ever more groups. Groups are split in
    halves `splits` times; with r the mean cosine between the directions of two halves it is

    .. math:: \rho = \sqrt{2r/(1+r)}, \qquad \lvert\rho\rvert = 0 \text{ where } r \le 0,

    Spearman and Brown's formula: for the difference of means, whose squared error halves with twice the groups, it is exact
    as the width grows; for a ridge probe, whose limit depends on the penalty, it is about its own limit.

    The log odds of the label in the score are calibrated on scores of groups held out (Platt 1999, with his targets): those
    of the rows it was trained on are too far apart.

    Parameters
    ----------
    activations
        Vectors and their table.
    label, group
        Columns of the label (two kinds; the direction points to the one that comes last in order) and of the groups.
    method, penalty
        ``"logistic"`` (ridge) or ``"mean"``, the difference of the means.
    folds, splits, seed
        Of the calibration, of the halves, and of both.

    Returns
    -------
    Directions
        ``result`` has the kind ``"directions"``, keys ``("layer",)``: ``estimate`` is :math:`\rho`, ``halves`` r,
        ``halves_lowest`` the lowest cosine of two halves, ``norm`` the length of the weights, ``slope`` of the calibration.

    Raises
    ------
    InputError, SpecificationError
        As `linear_probe`.

    References
    ----------
    Panickssery et al. (2024); Jin et al. (2025); Platt (1999); Spearman (1910); Brown (1910).

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats import value_directions
    >>> from valuestats.activations.simulate import RowTruth, simulate_rows
    >>> rows, direction = simulate_rows(RowTruth(layers=1, groups=60, width=100, strength=3), np.random.default_rng(0))
    >>> found = value_directions(rows, method="mean")
    >>> told, true = found.result.estimates["estimate"].iloc[0], found.units[0] @ direction[0]
    >>> round(float(told), 2), round(float(true), 2)
    (0.86, 0.84)
    """
    started = time.perf_counter()
    rows = labelled(activations, label, group)
    rng = np.random.default_rng(seed)
    parts = group_folds(rows, min(folds, len(rows.groups)), rng)
    halves = [group_folds(rows, 2, rng)[0] for _ in range(splits)]
    size = activations.values.shape
    weights, intercepts, calibration = np.empty((size[0], size[2])), np.empty(size[0]), np.empty((size[0], 2))
    table: list[dict[str, Any]] = []
    for number, name in enumerate(activations.layers):
        own = spanned(activations.layer(number))
        z = own.z

        def fit(kept: NDArray[np.bool_], z: Array = z) -> tuple[Array, float]:
            return (
                ridge_logistic(z[kept], rows.y[kept], penalty)
                if method == "logistic"
                else mean_difference(z[kept], rows.y[kept])
            )

        beta, intercept = fit(np.ones(len(z), dtype=bool))
        weights[number] = own.basis @ beta
        intercepts[number] = intercept - float(own.centre @ weights[number])
        score = np.empty(len(z))
        for part in parts:
            b, a = fit(~part)
            score[part] = z[part] @ b + a
        calibration[number] = platt(score, rows.y)
        cosines = [_cosine(fit(half)[0], fit(~half)[0]) for half in halves]
        r = float(np.mean(cosines))
        table.append(
            {
                "estimand": "cosine of the direction with its limit over groups",
                "layer": name,
                "estimate": float(np.sqrt(2 * r / (1 + r))) if r > 0 else 0.0,
                "halves": r,
                "halves_lowest": float(np.min(cosines)),
                "norm": float(np.linalg.norm(beta)),
                "slope": float(calibration[number, 1]),
            }
        )
    frame = pd.DataFrame(table).assign(
        std_error=np.nan, lower=np.nan, upper=np.nan, level=np.nan, interval="none"
    )
    frame = frame.assign(n_scored=size[1], n_asked=size[1], n_units=len(rows.groups))
    meta = make_meta(
        "directions of a label"
        + (", ridge logistic" if method == "logistic" else ", difference of the means"),
        {
            "label": label,
            "group": group,
            "positive": rows.positive,
            "negative": rows.negative,
            "method": method,
            "penalty": penalty if method == "logistic" else None,
            "folds": len(parts),
            "splits": splits,
        },
        citations=CITATIONS,
        seed=seed,
        seconds=time.perf_counter() - started,
    )
    return Directions(
        weights,
        intercepts,
        calibration,
        tuple(activations.layers),
        Result("directions", frame, ("layer",), meta),
    )


def platt(score: Array, y: Array) -> Array:
    r"""Intercept and slope of the log odds in a score.

    Maximum likelihood with Platt's targets, :math:`(n_1 + 1)/(n_1 + 2)` and :math:`1/(n_0 + 2)`, which keep the slope finite
    where the score tells all labels apart.

    Examples
    --------
    >>> import numpy as np
    >>> (platt(np.array([-1.0, 1.0]), np.array([0.0, 1.0])) + 1).round(3)
    array([1.   , 1.693])
    """
    one = y.sum()
    target = np.where(y == 1, (one + 1) / (one + 2), 1 / (len(y) - one + 2))
    spread = float(score.std()) or 1.0
    z = np.concatenate([score, score])[:, None] / spread
    both = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    beta, intercept = ridge_logistic(z, both, 1e-9, np.concatenate([target, 1 - target]))
    return np.array([intercept, beta[0] / spread])


def _cosine(one: Array, two: Array) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(one @ two) / length if length > 0 else 0.0
