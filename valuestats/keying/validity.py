"""What keys are worth in other raters: split-half and cross-validated validity, and how stable keys are."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.keying.rules import RULES, Rule
from valuestats.keying.splits import Coefficient, Splits, keyed_in, split_correlations
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.ratios import ratio
from valuestats.tables import Ratings

Array = NDArray[np.float64]

ALL = "(all)"


@checked
def key_validity(
    ratings: Ratings,
    *,
    rules: Sequence[Rule] = RULES,
    method: Coefficient = "spearman",
    threshold: float = 0.30,
    q: float = 0.05,
    probability: float = 0.5,
    splits: int = 50,
    folds: int = 2,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Mean correlation of keyed items with their value in raters who had no part in making the keys.

    Raters are split at random into folds, each group of raters evenly. Keys are made from the correlations in
    all folds but one; in the fold held out, the same items' correlations are averaged over the keys of each
    value. Estimand: that mean in the population of raters, for keys made by the rule from
    ``(folds - 1)/folds`` of the raters. The interval is Student's t over the J parts held out (splits times
    folds) with the variance of Nadeau and Bengio (2003), :math:`(1/J + 1/(folds-1))\,S^2`, which allows for
    the overlap of the parts; in simulations it is wider than need be (coverage .99 to 1.00 at 95%).

    Parameters
    ----------
    ratings
        Ratings of items and the raters' own scores.
    rules
        Rules that make keys, see `keys`; positive keys only.
    method
        ``"spearman"`` or ``"pearson"``.
    threshold, q, probability
        The bounds of the rules; the posterior rule fits its prior anew in every part.
    splits, folds, seed
        Of the splitting.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"key_validity"``, keys ``rule, family, dimension`` (``"(all)"`` for a family's keys together).
        ``estimate`` is out of sample; besides, ``in_sample`` (the same keys' mean correlation in the raters
        that made them), ``shrinkage`` (in-sample minus out-of-sample, the winner's curse), ``n_keys`` (mean number),
        ``jaccard`` (keys shared by two parts over keys in either), ``kept`` (share of the keys of one part that
        another makes again), ``half_correlation`` (over items, between two halves) and ``spearman_brown``
        (the same stepped up to all raters, :math:`2r/(1+r)`; two folds only). ``baseline`` is 0, what keys made by
        chance are worth. ``n_scored`` is the number of items with a correlation, ``n_asked`` that of items.

    Raises
    ------
    SpecificationError
        An unknown rule or method, fewer than two splits or folds.

    References
    ----------
    Spearman (1910), Brown (1910); Nadeau and Bengio (2003), Machine Learning 52, 239-281; Efron (2011), Tweedie's
    formula and selection bias.

    Examples
    --------
    >>> from valuestats import key_validity, read_ratings
    >>> ratings = read_ratings("data/demo/ratings.csv.gz", values="data/demo/respondent_values.csv.gz", scale=(1, 6))
    >>> found = key_validity(ratings, rules=["threshold"], splits=10, seed=1).estimates
    >>> found.loc[found["dimension"] == "(all)", ["in_sample", "estimate"]].round(1).to_numpy().tolist()
    [[0.5, 0.4]]
    """
    started = time.perf_counter()
    if not rules:
        raise SpecificationError("no rules", parameter="rules", got="none", expected=", ".join(RULES))
    found = split_correlations(ratings, method, splits, folds, seed)
    bounds = {"threshold": threshold, "q": q, "probability": probability}
    families = [family for family, _ in found.dimensions]
    agreement = _half_correlation(found) if folds == 2 else np.full(len(families), np.nan)
    groups = {name: [k] for k, name in enumerate(found.dimensions)}
    for family in dict.fromkeys(families):
        groups[family, ALL] = [k for k, name in enumerate(families) if name == family]
    rows = []
    for rule in rules:
        keyed = keyed_in(found.train, families, method, rule, **bounds)
        for (family, dimension), columns in groups.items():
            row = _worth(found, keyed, columns, folds, level)
            half = float(agreement[columns[0]]) if dimension != ALL else float("nan")
            rows.append(
                {
                    "rule": rule,
                    "family": family,
                    "dimension": dimension,
                    **row,
                    "half_correlation": half,
                    "spearman_brown": 2 * half / (1 + half) if half > 0 else float("nan"),
                }
            )
    frame = pd.DataFrame(rows)
    frame.insert(0, "estimand", "mean out-of-sample correlation of keyed items")
    frame["level"], frame["interval"], frame["baseline"] = level, "corrected resampled t", 0.0
    empty = frame[(frame["n_keys"] == 0) & (frame["dimension"] != ALL)]
    warnings = [
        f"rule {rule} keys no item to {', '.join(part['dimension'])}" for rule, part in empty.groupby("rule")
    ]
    meta = make_meta(
        f"keys made in {folds - 1} of {folds} parts of the raters, measured in the other, {splits} splits",
        {"rules": list(rules), "method": method, "splits": splits, "folds": folds, "level": level, **bounds},
        citations=[
            "Nadeau & Bengio (2003), Machine Learning 52, 239-281",
            "Spearman (1910); Brown (1910)",
        ],
        seed=seed,
        warnings=[*ratings.conflicts, *warnings],
        seconds=time.perf_counter() - started,
        n_raters=int(ratings.frame["respondent"].nunique()),
    )
    return Result("key_validity", frame, ("rule", "family", "dimension"), meta)


@checked
def key_stability(
    ratings: Ratings,
    *,
    rule: Rule = "threshold",
    method: Coefficient = "spearman",
    threshold: float = 0.30,
    q: float = 0.05,
    probability: float = 0.5,
    splits: int = 50,
    folds: int = 2,
    seed: int = 0,
) -> pd.DataFrame:
    """How often each pair of item and dimension is keyed in a random part of the raters.

    Parameters
    ----------
    ratings, rule, method, threshold, q, probability, splits, folds, seed
        As for `key_validity`.

    Returns
    -------
    pandas.DataFrame
        Per ``item, family, dimension``: ``share_keyed`` over splits and folds, and ``held_out``, the mean
        correlation in the raters held out where the pair was keyed (null where it never was).

    References
    ----------
    Meinshausen and Buehlmann (2010), Stability selection, JRSS B 72, 417-473.

    Examples
    --------
    >>> from valuestats import item_values, key_stability, keys, read_ratings
    >>> ratings = read_ratings("data/demo/ratings.csv.gz", values="data/demo/respondent_values.csv.gz", scale=(1, 6))
    >>> stable = key_stability(ratings, splits=10, seed=1)
    >>> kept = keys(item_values(ratings)).merge(stable[stable["share_keyed"] >= 0.5])
    >>> kept[["item", "dimension", "share_keyed"]].head(2).to_numpy().tolist()
    [['D01-1', 'Security', 1.0], ['D01-2', 'Power', 1.0]]
    """
    found = split_correlations(ratings, method, splits, folds, seed)
    families = [family for family, _ in found.dimensions]
    keyed = keyed_in(found.train, families, method, rule, threshold=threshold, q=q, probability=probability)
    measured = keyed & ~np.isnan(found.held_out.r)
    held_out = ratio(np.where(measured, found.held_out.r, 0.0).sum(axis=(0, 1)), measured.sum(axis=(0, 1)))
    k = len(found.dimensions)
    return pd.DataFrame(
        {
            "item": np.repeat(found.items, k),
            "family": np.tile(families, len(found.items)),
            "dimension": np.tile([d for _, d in found.dimensions], len(found.items)),
            "share_keyed": keyed.mean(axis=(0, 1)).ravel(),
            "held_out": held_out.ravel(),
        }
    )


def _worth(
    found: Splits, keyed: NDArray[np.bool_], columns: list[int], folds: int, level: float
) -> dict[str, float]:
    """Validity and stability of the keys of some dimensions, over splits."""
    chosen = keyed[..., columns]
    inside, outside = found.train.r[..., columns], found.held_out.r[..., columns]
    measured = chosen & ~np.isnan(outside)
    n = measured.sum(axis=(2, 3)).ravel()
    out = ratio(np.where(measured, outside, 0.0).sum(axis=(2, 3)).ravel(), n)
    fitted = ratio(np.where(measured, inside, 0.0).sum(axis=(2, 3)).ravel(), n)
    usable = ~np.isnan(out)
    j = int(usable.sum())
    estimate = float(out[usable].mean()) if j else float("nan")
    in_sample = float(fitted[usable].mean()) if j else float("nan")
    error = half = float("nan")
    if j > 1:
        error = float(np.sqrt((1 / j + 1 / (folds - 1)) * out[usable].var(ddof=1)))
        half = float(stats.t.ppf((1 + level) / 2, j - 1)) * error
    one, two = chosen[:, 0], chosen[:, 1]
    both, either = (one & two).sum(axis=(1, 2)), (one | two).sum(axis=(1, 2))
    kept = ratio(2 * both, one.sum(axis=(1, 2)) + two.sum(axis=(1, 2)))
    return {
        "estimate": estimate,
        "std_error": error,
        "lower": estimate - half,
        "upper": estimate + half,
        "n_scored": int((~np.isnan(found.held_out.r[..., columns])).any(axis=(0, 1, 3)).sum()),
        "n_asked": len(found.items),
        "in_sample": in_sample,
        "shrinkage": in_sample - estimate,
        "n_keys": float(chosen.sum(axis=(2, 3)).mean()),
        "jaccard": _mean(ratio(both, either)),
        "kept": _mean(kept),
        "n_parts_with_keys": j,
    }


def _mean(values: Array) -> float:
    seen = values[~np.isnan(values)]
    return float(seen.mean()) if len(seen) else float("nan")


def _half_correlation(found: Splits) -> Array:
    """Per dimension, the correlation over items between the two halves, averaged over splits."""
    one, two = found.held_out.r[:, 0], found.held_out.r[:, 1]
    both = ~np.isnan(one) & ~np.isnan(two)
    n = np.maximum(both.sum(axis=1, keepdims=True), 1)

    def centred(r: Array) -> Array:
        filled = np.where(both, r, 0.0)
        return np.where(both, filled - filled.sum(axis=1, keepdims=True) / n, 0.0)

    x, y = centred(one), centred(two)
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    r = ratio((x * y).sum(axis=1), spread)
    return np.array([_mean(column) for column in r.T])
