"""Item-value correlations: rank, product-moment and polyserial, each with its interval and its q-value."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.errors import SpecificationError
from valuestats.kernels.correlation import (
    Array,
    correlation_p_value,
    pearson_interval,
    pearson_matrix,
    pearson_standard_error,
    spearman_interval,
    spearman_matrix,
    spearman_standard_error,
)
from valuestats.kernels.multiplicity import adjusted_p
from valuestats.kernels.polychoric import BOUND, polyserial_matrix
from valuestats.result import Result, make_meta
from valuestats.tables import Ratings

Method = Literal["spearman", "pearson", "polyserial"]
TIES = 9
"""Decimals to which respondents' scores are rounded before ranking: equal scores that were centred in
floating point differ in their last digits, and would be ranked as if they were different."""


def item_values(
    ratings: Ratings,
    *,
    method: Method = "spearman",
    families: Sequence[str] | None = None,
    level: float = 0.95,
    compat: Literal["published"] | None = None,
) -> Result:
    r"""Correlation of each item's ratings with each of the raters' own values.

    Estimand: for item i and dimension d, the correlation in the population of raters between the rating
    of i ("how much is this like me") and the rater's own score on d, over raters with both. Intervals are
    Fisher z with the standard error :math:`\sqrt{(1+r^2/2)/(n-3)}` (Spearman; Bonett and Wright 2000) or
    :math:`1/\sqrt{n-3}` (Pearson). The polyserial correlation takes the rating as a cut normal variable
    (Olsson, Drasgow and Dorans 1982, two-step); it is Pearson's r times a factor of the rating's margin, and
    its interval is Pearson's times that factor.

    Parameters
    ----------
    ratings
        Ratings of items and the raters' own scores.
    method
        ``"spearman"``, ``"pearson"`` or ``"polyserial"``.
    families
        Which families of scores to use; all of them where None.
    level
        Probability inside the intervals.
    compat
        ``"published"`` ranks the scores as they stand, floating-point noise included, as the published
        correlations of Value Portrait do; by default scores equal to nine decimals are ties.

    Returns
    -------
    Result
        Kind ``"item_values"``, keys ``item, family, dimension``; ``std_error`` is that of Fisher's z
        carried back by the delta method; besides, ``p_value`` (Student's t, not adjusted; of Pearson's r
        for the polyserial) and ``q_value`` (Benjamini-Hochberg over the items and dimensions of the family).
        ``n_scored`` is
        the number of raters with both, ``n_asked`` the number of raters of the item.

    Raises
    ------
    SpecificationError
        An unknown family or method.

    References
    ----------
    Spearman (1904); Fisher (1921); Bonett and Wright (2000), Psychometrika 65, 23-28; Olsson, Drasgow and
    Dorans (1982), Psychometrika 47, 337-347; Benjamini and Hochberg (1995); Han et al. (2025), Value Portrait.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Ratings
    >>> rated = pd.DataFrame({"respondent": list("abcd"), "item": "1", "rating": [1, 2, 4, 6]})
    >>> own = pd.DataFrame({"respondent": list("abcd"), "family": "pvq", "dimension": "Power",
    ...     "score": [-1.0, 0.0, 0.5, 1.0]})
    >>> item_values(Ratings(rated, own, scale=(1, 6))).estimates["estimate"].tolist()
    [1.0]
    """
    started = time.perf_counter()
    if method not in _METHODS:
        raise SpecificationError(
            "no such correlation", parameter="method", got=method, expected=", ".join(_METHODS)
        )
    matrix, items, respondents = ratings.matrix()
    scores, dimensions = ratings.value_matrix(respondents)
    if families is not None:
        known = list(dict.fromkeys(family for family, _ in dimensions))
        unknown = sorted(set(families) - set(known))
        if unknown:
            raise SpecificationError(
                "no such family of scores",
                parameter="families",
                got=", ".join(unknown),
                expected=", ".join(known),
            )
        chosen = [k for k, (family, _) in enumerate(dimensions) if family in families]
        scores, dimensions = scores[:, chosen], [dimensions[k] for k in chosen]
    if compat is None:
        scores = np.round(scores, TIES)
    found = _METHODS[method](matrix, scores, level)
    rated = (~np.isnan(matrix)).sum(axis=1)
    k = len(dimensions)
    frame = pd.DataFrame(
        {
            "estimand": _NAMES[method],
            "item": np.repeat(items, k),
            "family": np.tile([family for family, _ in dimensions], len(items)),
            "dimension": np.tile([dimension for _, dimension in dimensions], len(items)),
            "estimate": found.r.ravel(),
            "std_error": found.std_error.ravel(),
            "lower": found.lower.ravel(),
            "upper": found.upper.ravel(),
            "level": level,
            "interval": "Fisher z",
            "n_scored": found.n.ravel(),
            "n_asked": np.repeat(rated, k),
            "p_value": found.p.ravel(),
        }
    )
    frame["q_value"] = frame.groupby("family", sort=False)["p_value"].transform(
        lambda p: adjusted_p(p.to_numpy())
    )
    meta = make_meta(
        f"{_NAMES[method]} over pairwise complete raters, interval by Fisher z ({_ERRORS[method]})",
        {
            "method": method,
            "families": families,
            "level": level,
            "compat": compat,
            "tie_decimals": None if compat else TIES,
        },
        citations=[
            "Bonett & Wright (2000), Psychometrika 65, 23-28",
            "Benjamini & Hochberg (1995), JRSS B 57, 289-300",
            "Han et al. (2025), Value Portrait, ACL",
        ],
        warnings=list(ratings.conflicts),
        seconds=time.perf_counter() - started,
        n_raters=len(respondents),
    )
    return Result("item_values", frame, ("item", "family", "dimension"), meta)


@dataclass(frozen=True)
class _Found:
    r: Array
    n: NDArray[np.int64]
    std_error: Array
    lower: Array
    upper: Array
    p: Array


def _spearman(matrix: Array, scores: Array, level: float) -> _Found:
    found = spearman_matrix(matrix, scores)
    error = spearman_standard_error(found.r, found.n) * (1 - found.r**2)
    lower, upper = spearman_interval(found.r, found.n, level)
    return _Found(found.r, found.n, error, lower, upper, correlation_p_value(found.r, found.n))


def _pearson(matrix: Array, scores: Array, level: float) -> _Found:
    found = pearson_matrix(matrix, scores)
    error = pearson_standard_error(found.r, found.n) * (1 - found.r**2)
    lower, upper = pearson_interval(found.r, found.n, level)
    return _Found(found.r, found.n, error, lower, upper, correlation_p_value(found.r, found.n))


def _polyserial(matrix: Array, scores: Array, level: float) -> _Found:
    plain = _pearson(matrix, scores, level)
    r = polyserial_matrix(scores, matrix.T)[0].T
    factor = np.divide(r, plain.r, out=np.full_like(r, np.nan), where=np.abs(plain.r) > 1e-12)
    # at the bound, and where both are zero, the ratio isn't the margin's factor
    lower, upper = (np.clip(factor * end, -BOUND, BOUND) for end in (plain.lower, plain.upper))
    return _Found(r, plain.n, factor * plain.std_error, lower, upper, plain.p)


_METHODS: dict[str, Callable[[Array, Array, float], _Found]] = {
    "spearman": _spearman,
    "pearson": _pearson,
    "polyserial": _polyserial,
}
_NAMES = {
    "spearman": "Spearman correlation",
    "pearson": "Pearson correlation",
    "polyserial": "polyserial correlation",
}
_ERRORS = {
    "spearman": "Bonett-Wright",
    "pearson": "Fisher",
    "polyserial": "Fisher, rescaled by the rating's margin",
}
