"""Linear combinations of estimates, with intervals that hold together, from their paired draws."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.joint import TOGETHER, differs, joint
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

Usual = Literal["pairwise", "reference", "sequential", "mean"]


@checked
def hypotheses(
    result: Result,
    hypothesis: Usual | Mapping[str, Mapping[str, float]] = "pairwise",
    *,
    along: str | None = None,
    equal: float = 0.0,
    level: float = 0.95,
    allow_failed: bool = False,
) -> Result:
    r"""Linear combinations of a result's estimates against a value, all of them at once.

    Estimand: :math:`\sum_r w_r\theta_r - c`, of which each draw gives one value, so that what estimates share cancels.
    Intervals are sup-t: with probability `level` they hold all combinations of the result together (Montiel Olea and
    Plagborg-Møller 2019), so that the largest may be picked; ``lower_alone`` and ``upper_alone`` hold each by itself.

    Parameters
    ----------
    result
        Any result with draws: predictions, comparisons, slopes, scores, strengths.
    hypothesis
        ``"pairwise"``: all pairs, the later row minus the earlier one. ``"reference"``: each row minus the first.
        ``"sequential"``: each minus the one before it. ``"mean"``: each minus the mean of all. Or name to weights: label of
        a row to what it is multiplied by.
    along
        The key whose labels are combined, within each combination of the others; where omitted, the only key, or
        all rows, named by their labels joined with ``", "``.
    equal
        The value c that combinations are held against.
    level
        Probability of all intervals together.
    allow_failed
        Whether estimates of a fit that failed its gate may be compared.

    Returns
    -------
    Result
        Kind ``"hypotheses"``, keys ``("hypothesis", *other keys)``; ``lower_alone``, ``upper_alone``,
        ``probability_positive`` and ``differs`` (the simultaneous interval leaves out 0; missing where there is none).

    Raises
    ------
    SpecificationError
        A result without draws, fewer than two rows, a label or key that it lacks, weights that are all 0.
    GateError
        The fit failed its diagnostics gate.

    References
    ----------
    Montiel Olea and Plagborg-Møller (2019), Journal of Applied Econometrics 34, 1-17.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> from valuestats.regression.predictions import expected_score
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3 + ["c"] * 3, "answer": [1, 2, 3] * 3,
    ...     "count": [20, 30, 10, 8, 25, 27, 5, 20, 35]})
    >>> scores = expected_score(fit_ordinal("answer ~ model", data, seed=1), by="model")
    >>> found = hypotheses(scores, {"a against the others": {"a": 1, "b": -0.5, "c": -0.5}})
    >>> bool(found.estimates["differs"].iloc[0])
    True
    """
    result._require_passed("hypotheses", allow_failed)
    draws, points = result.replicates(), result.points()
    if along is None:
        along = result.keys[0] if len(result.keys) == 1 else None
    elif along not in result.keys:
        raise SpecificationError(
            "no such key in this result", parameter="along", got=along, expected=", ".join(result.keys)
        )
    combined = list(result.keys) if along is None else [along]
    others = [k for k in result.keys if k not in combined]
    centre = points.transpose(*others, *combined).to_numpy()
    outside = centre.shape[: len(others)]
    drawn = joint(result, [*others, *combined]).flattened(len(others))
    centre = centre.reshape(-1, drawn.values.shape[2])
    labels = _labels(draws, combined)
    there = ~np.isnan(centre).all(axis=0)
    labels, centre = [n for n, t in zip(labels, there, strict=True) if t], centre[:, there]
    names, weights = _weights(hypothesis, labels)
    placed = np.zeros((len(names), len(there)))
    placed[:, there] = weights
    values = drawn.combined(placed)
    point = (centre @ weights.T).ravel() - equal
    every = values.in_a_row(equal)
    lower, upper, critical = every.together(point, level)
    low, high, error = every.alone(level)
    flat = every.values
    seen = ~np.isnan(flat).any(axis=0)
    where = [np.array([str(x) for x in draws[k].to_numpy()]) for k in others]
    grid = [axis.ravel() for axis in np.meshgrid(*(np.arange(n) for n in outside), indexing="ij")]
    places = {k: np.repeat(where[n][grid[n]], len(names)) for n, k in enumerate(others)}
    positive = np.where(seen, ((flat > 0) + 0.5 * (flat == 0)).mean(axis=0), np.nan)
    frame = pd.DataFrame(
        {
            "estimand": f"combination of: {result.estimates['estimand'].iloc[0]}",
            "hypothesis": np.tile(names, len(point) // len(names)),
            **places,
            "estimate": point,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": np.where(np.isnan(lower), "none", TOGETHER),
            "n_scored": result.estimates["n_scored"].max(),
            "n_asked": result.estimates["n_asked"].max(),
            "lower_alone": low,
            "upper_alone": high,
            "probability_positive": positive,
            "differs": differs(lower, upper),
        }
    )
    meta = make_meta(
        f"linear combinations within draws of: {result.meta['method']}",
        {
            "of": result.kind,
            "hypothesis": hypothesis
            if isinstance(hypothesis, str)
            else {k: dict(v) for k, v in hypothesis.items()},
            "along": along,
            "equal": equal,
            "level": level,
            "critical": critical,
            "source": result.meta["specification"],
        },
        citations=[*result.meta["citations"], "Montiel Olea & Plagborg-Møller (2019)"],
        seed=result.meta["seed"],
        warnings=list(result.meta["warnings"]),
        gate=result.meta["gate"],
    )
    group: Literal["posterior", "bootstrap"] = (
        "posterior" if result.draws is not None and "posterior" in result.draws.children else "bootstrap"
    )
    coords: dict[str, Any] = {**{k: list(w) for k, w in zip(others, where, strict=True)}, "hypothesis": names}
    tree = draws_tree(group, flat.reshape(len(flat), *outside, len(names)), coords)
    return Result("hypotheses", frame, ("hypothesis", *others), meta, tree)


def _labels(draws: Any, keys: list[str]) -> list[str]:
    """Labels of the combined rows, in the order of the flattened array."""
    names = [[str(x) for x in draws[k].to_numpy()] for k in keys]
    grid = np.meshgrid(*(np.arange(len(n)) for n in names), indexing="ij")
    return [
        ", ".join(names[k][i] for k, i in enumerate(place))
        for place in zip(*(g.ravel() for g in grid), strict=True)
    ]


def _weights(
    hypothesis: Usual | Mapping[str, Mapping[str, float]], labels: list[str]
) -> tuple[list[str], np.ndarray]:
    """Names of the combinations and their weights ``(combinations, rows)``."""
    n = len(labels)
    if n < 2:
        raise SpecificationError(
            "a combination needs two estimates or more", parameter="result", got=", ".join(labels) or "none"
        )
    if not isinstance(hypothesis, str):
        return _given(hypothesis, labels)
    if hypothesis == "mean":
        return [f"{label} - mean" for label in labels], np.eye(n) - 1 / n
    pairs = {
        "pairwise": [(b, a) for a, b in combinations(range(n), 2)],
        "reference": [(b, 0) for b in range(1, n)],
        "sequential": [(b, a) for a, b in pairwise(range(n))],
    }[hypothesis]
    weights = np.zeros((len(pairs), n))
    for row, (high, low) in zip(weights, pairs, strict=True):
        row[high], row[low] = 1.0, -1.0
    return [f"{labels[high]} - {labels[low]}" for high, low in pairs], weights


def _given(asked: Mapping[str, Mapping[str, float]], labels: list[str]) -> tuple[list[str], np.ndarray]:
    weights = np.zeros((len(asked), len(labels)))
    for row, (name, own) in zip(weights, asked.items(), strict=True):
        for label, weight in own.items():
            if str(label) not in labels:
                raise SpecificationError(
                    "no such row in this result",
                    parameter="hypothesis",
                    got=f"{name}: {label}",
                    expected=", ".join(labels[:20]),
                )
            row[labels.index(str(label))] = weight
        if not np.isfinite(row).all() or not row.any():
            raise SpecificationError(
                "weights that combine nothing",
                parameter="hypothesis",
                got=f"{name}: {dict(own)}",
                expected="a finite weight other than 0",
            )
    if not asked:
        raise SpecificationError(
            "no hypothesis", parameter="hypothesis", got="nothing", expected="a name and weights"
        )
    return [str(name) for name in asked], weights
