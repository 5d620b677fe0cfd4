"""The smallest step along a direction that brings a row to a wanted probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from valuestats.activations.directions import Directions
from valuestats.activations.probes import Compat
from valuestats.activations.rows import Activations
from valuestats.base.allowed import INSIDE
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError


@checked
def minimal_shift(
    activations: Activations,
    directions: Directions,
    *,
    target: Annotated[float, INSIDE] = 0.9,
    layers: Sequence[str] | None = None,
    gate: str | None = None,
    compat: Compat | None = None,
) -> pd.DataFrame:
    r"""How far each row must be moved along each layer's direction, and no further.

    With the score :math:`s = w'x + b` and the log odds :math:`\alpha + \beta s` of the label,

    .. math:: \epsilon = \max\Bigl(0,\; \frac{(\operatorname{logit} p^* - \alpha)/\beta - s}{\lVert w\rVert}\Bigr),

    the length of the smallest move with :math:`P(y \mid x + \epsilon w/\lVert w\rVert) = p^*`. The calibration
    :math:`\alpha, \beta` comes from groups held out; ``compat="published"`` takes the probe's own log odds
    (:math:`\alpha = 0, \beta = 1`), as Jin et al. (2025) do, which are those of the rows it was trained on. Layers are moved
    one by one as they were stored: what a move in one layer does to the next is not seen here.

    Parameters
    ----------
    activations
        Rows to move; other rows than those of the probe say what a move is worth.
    directions
        Of `value_directions`, with the same layers.
    target
        :math:`p^*`.
    layers
        Names of the layers to move; all where not given.
    gate
        Column of the table that says (true or false) whether a row is to be moved at all; all rows where not given.
    compat
        See above.

    Returns
    -------
    pandas.DataFrame
        ``row``, ``layer``, ``probability`` before, ``shift`` (:math:`\epsilon`, in units of the activations), ``relative``
        (to the length of the row's vector), ``after``, ``gated`` (kept from moving).

    Raises
    ------
    InputError
        Activations of other layers or width; no such column, or one that is not true or false.
    SpecificationError
        A direction whose score falls with the label in groups held out, along which no move helps.

    References
    ----------
    Jin et al. (2025), Internal value alignment in large language models through controlled value vector activation.

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats import minimal_shift, value_directions
    >>> from valuestats.activations.simulate import RowTruth, simulate_rows
    >>> rows, _ = simulate_rows(RowTruth(layers=1, groups=60, width=100, strength=6), np.random.default_rng(0))
    >>> moved = minimal_shift(rows, value_directions(rows), target=0.9)
    >>> round(float(moved["after"].min()), 3), bool((moved["shift"] >= 0).all())
    (0.9, True)
    """
    if (
        tuple(activations.layers) != directions.layers
        or activations.values.shape[2] != directions.weights.shape[1]
    ):
        raise InputError(
            "activations of another shape than the directions",
            parameter="activations",
            got=f"layers {', '.join(activations.layers[:5])}, width {activations.values.shape[2]}",
            expected=f"layers {', '.join(directions.layers[:5])}, width {directions.weights.shape[1]}",
        )
    rows = activations.values.shape[1]
    moved = np.ones(rows, dtype=bool)
    if gate is not None:
        if gate not in activations.table.columns:
            raise InputError(
                "no such column",
                parameter="gate",
                got=gate,
                expected=", ".join(map(str, activations.table.columns)),
            )
        column = activations.table[gate]
        if not pd.api.types.is_bool_dtype(column) or column.isna().any():
            raise InputError(
                "a gate is true or false", parameter="gate", got=str(column.dtype), expected="bool"
            )
        moved = column.to_numpy(dtype=bool)
    parts = []
    wanted = list(directions.layers) if layers is None else [str(name) for name in layers]
    for name in wanted:
        if name not in directions.layers:
            raise SpecificationError(
                "no such layer", parameter="layers", got=name, expected=", ".join(directions.layers)
            )
        number = directions.layers.index(name)
        x = activations.layer(number)
        w, b = directions.weights[number], directions.intercepts[number]
        alpha, beta = (0.0, 1.0) if compat is not None else directions.calibration[number]
        if beta <= 0:
            raise SpecificationError(
                "a direction along which the label does not rise in groups held out",
                parameter="directions",
                got=f"slope {beta:.3g} in layer {name}",
                expected="a layer whose probe is above chance",
                hint="name the others by layers",
            )
        score, length = x @ w + b, float(np.linalg.norm(w))
        needed = (float(logit(target)) - alpha) / beta
        shift = np.where(moved, np.maximum(needed - score, 0.0) / length, 0.0)
        norm = np.linalg.norm(x, axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "row": np.arange(rows),
                    "layer": name,
                    "probability": expit(alpha + beta * score),
                    "shift": shift,
                    "relative": np.divide(shift, norm, out=np.full(rows, np.nan), where=norm > 0),
                    "after": expit(alpha + beta * (score + shift * length)),
                    "gated": ~moved,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
