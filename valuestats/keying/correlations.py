"""Item-value correlations: rank, product-moment, polyserial, polychoric, each with its interval and q-value."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.keying.matrices import Method, correlate_items
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables import Ratings

TIES = 9
"""Decimals to which respondents' scores are rounded before ranking: equal scores that were centred in
floating point differ in their last digits, and would be ranked as if they were different."""


@checked
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
    its interval is Pearson's times that factor. The polychoric correlation takes both as cut normal variables
    (Olsson 1979, two-step); its standard error allows for the estimated thresholds, times
    :math:`\sqrt{n/(n-3)}`. A correlation of 1 has an interval too: see `valuestats.statistics.correlation`.

    Parameters
    ----------
    ratings
        Ratings of items and the raters' own scores.
    method
        ``"spearman"``, ``"pearson"``, ``"polyserial"`` (rating ordered, score continuous) or ``"polychoric"``
        (both ordered, in at most 20 categories each; a pair whose likelihood rises up to 1 has no interval).
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
        carried back by the delta method; besides, ``p_value`` (exact, by permutation, below ten raters, else Student's t;
        not adjusted; of Pearson's r for the polyserial and the polychoric) and ``q_value`` (Benjamini-Hochberg over
        the items and dimensions of the family). ``n_scored`` is the number of raters with both, ``n_asked`` that of the
        item.

    Raises
    ------
    SpecificationError
        An unknown family or method, or scores in too many categories for the polychoric.

    References
    ----------
    Spearman (1904); Fisher (1921); Bonett and Wright (2000), Psychometrika 65, 23-28; Olsson (1979); Olsson, Drasgow and
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
    found = correlate_items(matrix, scores, method=method, level=level)
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


_NAMES = {
    "spearman": "Spearman correlation",
    "pearson": "Pearson correlation",
    "polyserial": "polyserial correlation",
    "polychoric": "polychoric correlation",
}
_ERRORS = {
    "spearman": "Bonett-Wright",
    "pearson": "Fisher",
    "polyserial": "Fisher, rescaled by the rating's margin",
    "polychoric": "two-step, thresholds estimated",
}
