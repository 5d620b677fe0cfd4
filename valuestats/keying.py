"""Item-value correlations: which items speak to which value, learned from people's ratings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.errors import SpecificationError
from valuestats.instruments import Instrument, load_instrument
from valuestats.kernels.correlation import (
    correlation_p_value,
    permuted_exceedances,
    spearman_interval,
    spearman_matrix,
    spearman_standard_error,
)
from valuestats.kernels.resampling import equal_tailed
from valuestats.result import Result, make_meta
from valuestats.tables import Ratings

Signs = Literal["positive", "both"]
TIES = 9
"""Decimals to which respondents' scores are rounded before ranking: equal scores that were centred in
floating point differ in their last digits, and would be ranked as if they were different."""


def item_values(
    ratings: Ratings,
    *,
    families: Sequence[str] | None = None,
    level: float = 0.95,
    compat: Literal["published"] | None = None,
) -> Result:
    r"""Spearman correlation of each item's ratings with each of the raters' own values.

    Estimand: for item i and dimension d, the rank correlation in the population of raters between the rating
    of i ("how much is this like me") and the rater's own score on d, over raters with both. Intervals are
    Fisher z with the standard error :math:`\sqrt{(1+r^2/2)/(n-3)}`.

    Parameters
    ----------
    ratings
        Ratings of items and the raters' own scores.
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
        carried back by the delta method; besides, ``p_value`` (Student's t, not adjusted). ``n_scored`` is
        the number of raters with both, ``n_asked`` the number of raters of the item.

    Raises
    ------
    SpecificationError
        An unknown family.

    References
    ----------
    Spearman (1904); Bonett and Wright (2000), Psychometrika 65, 23-28; Han et al. (2025), Value Portrait.

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
    found = spearman_matrix(matrix, scores)
    lower, upper = spearman_interval(found.r, found.n, level)
    rated = (~np.isnan(matrix)).sum(axis=1)
    k = len(dimensions)
    frame = pd.DataFrame(
        {
            "estimand": "Spearman correlation",
            "item": np.repeat(items, k),
            "family": np.tile([family for family, _ in dimensions], len(items)),
            "dimension": np.tile([dimension for _, dimension in dimensions], len(items)),
            "estimate": found.r.ravel(),
            "std_error": (spearman_standard_error(found.r, found.n) * (1 - found.r**2)).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "level": level,
            "interval": "Fisher z",
            "n_scored": found.n.ravel(),
            "n_asked": np.repeat(rated, k),
            "p_value": correlation_p_value(found.r, found.n).ravel(),
        }
    )
    meta = make_meta(
        "Spearman correlation over pairwise complete raters, interval by Fisher z (Bonett-Wright)",
        {"families": families, "level": level, "compat": compat, "tie_decimals": None if compat else TIES},
        citations=[
            "Bonett & Wright (2000), Psychometrika 65, 23-28",
            "Han et al. (2025), Value Portrait, ACL",
        ],
        warnings=list(ratings.conflicts),
        seconds=time.perf_counter() - started,
        n_raters=len(respondents),
    )
    return Result("item_values", frame, ("item", "family", "dimension"), meta)


def keys(
    correlations: Result,
    *,
    threshold: float = 0.30,
    signs: Signs = "positive",
    exclude: Sequence[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """Key items to dimensions: an item is keyed where its correlation is beyond a threshold.

    Parameters
    ----------
    correlations
        What `item_values` returned.
    threshold
        Strict bound on the correlation, ``r > threshold`` (``|r| > threshold`` for ``signs="both"``).
    signs
        Whether negative keys count too; they carry ``sign = -1``.
    exclude
        Triples (item, family, dimension) left out by declaration.

    Returns
    -------
    pandas.DataFrame
        Columns ``item, family, dimension, sign, r``.

    Raises
    ------
    SpecificationError
        A threshold outside [0, 1), or an exclusion that names no keyed pair.

    Examples
    --------
    An item may be keyed to several dimensions; each is one row::

        keys(item_values(ratings), threshold=0.30)
    """
    return key_frame(correlations.estimates, threshold=threshold, signs=signs, exclude=exclude)


def key_frame(
    correlations: pd.DataFrame,
    *,
    threshold: float = 0.30,
    signs: Signs = "positive",
    exclude: Sequence[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """Key items by a frame of correlations (``item, family, dimension, estimate``); see `keys`.

    Examples
    --------
    >>> import pandas as pd
    >>> r = pd.DataFrame({"item": ["1", "2"], "family": "pvq", "dimension": "Power", "estimate": [0.31, 0.3]})
    >>> key_frame(r)["item"].tolist()
    ['1']
    """
    if not 0 <= threshold < 1:
        raise SpecificationError(
            "impossible threshold", parameter="threshold", got=threshold, expected="in [0, 1)"
        )
    r = correlations["estimate"]
    keyed = r > threshold if signs == "positive" else r.abs() > threshold
    found = correlations.loc[keyed, ["item", "family", "dimension"]].assign(
        sign=np.sign(r[keyed]).astype(int), r=r[keyed]
    )
    triples = list(zip(found["item"], found["family"], found["dimension"], strict=True))
    out = set(map(tuple, exclude))
    absent = sorted(out - set(triples))
    if absent:
        raise SpecificationError(
            "an exclusion names no keyed pair",
            parameter="exclude",
            got=", ".join(map(str, absent)),
            expected="triples (item, family, dimension) that are keyed",
        )
    return found[[triple not in out for triple in triples]].reset_index(drop=True)


def instrument_keys(instrument: Instrument | str | Path, *, prefix: str = "") -> pd.DataFrame:
    """Keys as an instrument declares them, in the form in which `score` and `ordinal` take them.

    Parameters
    ----------
    instrument
        An instrument, the name of one that ships, or a YAML file of your own.
    prefix
        What stands before the instrument's item identifiers in the answers, e.g. ``"pvq21_"``.

    Returns
    -------
    pandas.DataFrame
        Columns ``item, family, dimension, sign``; ``sign`` is -1 for reversed items.

    Raises
    ------
    SpecificationError
        The instrument declares no items (its keys are learned from ratings, see `keys`).

    Examples
    --------
    >>> instrument_keys("pvq21", prefix="q")["item"].head(2).tolist()
    ['q1', 'q11']
    """
    chosen = instrument if isinstance(instrument, Instrument) else load_instrument(instrument)
    declared = chosen.keys()
    if declared.empty:
        raise SpecificationError(
            "the instrument declares no items",
            parameter="instrument",
            got=chosen.id,
            expected="an instrument with keys",
            hint="learn the keys from ratings with item_values and keys",
        )
    return pd.DataFrame(
        {
            "item": prefix + declared["item"].astype(str),
            "family": declared["family"],
            "dimension": declared["dimension"],
            "sign": np.where(declared["reversed"], -1, 1),
        }
    )


def chance_keys(
    ratings: Ratings,
    *,
    threshold: float = 0.30,
    permutations: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """How many items would be keyed to each dimension if ratings and values were unrelated.

    Estimand: the expected number of items with ``r > threshold`` under random pairing of raters' ratings
    with the scores of other raters of the same items (a permutation test's null distribution).

    Parameters
    ----------
    ratings
        Ratings of items and the raters' own scores.
    threshold
        The rule of the keys.
    permutations, seed
        Of the shuffling.
    level
        Probability between ``lower`` and ``upper``.

    Returns
    -------
    pandas.DataFrame
        Per family and dimension, and per family in all (``dimension`` is ``"(all)"``):
        ``expected``, ``lower``, ``upper``.

    References
    ----------
    Westfall and Young (1993), Resampling-based multiple testing.

    Examples
    --------
    ::

        chance_keys(ratings, threshold=0.30, seed=1)
    """
    matrix, _, respondents = ratings.matrix()
    scores, dimensions = ratings.value_matrix(respondents)
    counts = permuted_exceedances(
        matrix, np.round(scores, TIES), threshold, permutations, np.random.default_rng(seed)
    )
    columns = {name: counts[:, k] for k, name in enumerate(dimensions)}
    for family in dict.fromkeys(family for family, _ in dimensions):
        columns[family, "(all)"] = np.sum(
            [counts[:, k] for k, (f, _) in enumerate(dimensions) if f == family], axis=0
        )
    rows = []
    for (family, dimension), drawn in columns.items():
        lower, upper = equal_tailed(drawn, level)
        rows.append((family, dimension, float(drawn.mean()), float(lower), float(upper)))
    return pd.DataFrame(rows, columns=["family", "dimension", "expected", "lower", "upper"])
