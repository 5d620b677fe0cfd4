"""Rules that key items to values: by a threshold, by false discoveries, by posterior probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.tables.keys import LEFT_OUT

Signs = Literal["positive", "both"]
Rule = Literal["threshold", "fdr", "posterior"]
RULES: tuple[Rule, ...] = ("threshold", "fdr", "posterior")


@checked
def keys(
    correlations: Result,
    *,
    rule: Rule = "threshold",
    threshold: float = 0.30,
    q: float = 0.05,
    adjustment: Adjustment = "bh",
    declared: Literal["family", "all"] = "family",
    probability: float = 0.5,
    signs: Signs = "positive",
    exclude: Sequence[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """Key items to dimensions by one of three rules.

    Parameters
    ----------
    correlations
        What `item_values` returned; for ``rule="posterior"`` what `shrink_correlations` returned.
    rule
        ``"threshold"``: the correlation lies beyond `threshold`. ``"fdr"``: its adjusted two-sided p-value is
        at most `q`. ``"posterior"``: the probability that the true correlation lies beyond the threshold
        stated in `shrink_correlations` exceeds `probability`.
    threshold
        Strict bound on the correlation, ``r > threshold`` (``|r| > threshold`` for ``signs="both"``).
    q, adjustment, declared
        Of the second rule: the bound, the adjustment (see `valuestats.statistics.multiplicity.adjusted_p`) and
        the family of tests: all pairs of an item with a dimension of one family, or all pairs there are.
    probability
        Of the third rule.
    signs
        Whether negative keys count too; they carry ``sign = -1``, and `valuestats.score` reverses the item. Where only
        positive ones do (Value Portrait's rule) the others are told in the table's ``attrs``, and by the scores it makes.
    exclude
        Triples (item, family, dimension) left out by declaration.

    Returns
    -------
    pandas.DataFrame
        Columns ``item, family, dimension, sign, r`` (``r`` is the estimate: shrunken where `correlations` is).

    Raises
    ------
    SpecificationError
        A bound outside its range, an unknown rule, a posterior rule without posterior probabilities, or an
        exclusion that names no keyed pair.

    References
    ----------
    Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001, 2005); Holm (1979); Stephens (2017).

    Examples
    --------
    An item may be keyed to several dimensions; each is one row.

    >>> from valuestats import item_values, keys, read_ratings, shrink_correlations
    >>> ratings = read_ratings("data/demo/ratings.csv.gz", values="data/demo/respondent_values.csv.gz", scale=(1, 6))
    >>> found = item_values(ratings)
    >>> keys(found, threshold=0.30)[["item", "dimension", "sign"]].head(3).to_numpy().tolist()
    [['D01-1', 'Security', 1], ['D01-2', 'Power', 1], ['D01-4', 'Security', 1]]
    >>> len(keys(found, rule="fdr", q=0.05))
    179
    >>> len(keys(shrink_correlations(found), rule="posterior", probability=0.5))
    89
    """
    frame = correlations.estimates
    if rule == "threshold":
        return key_frame(frame, threshold=threshold, signs=signs, exclude=exclude)
    if rule == "fdr":
        by = frame["family"] if declared == "family" else pd.Series(0, index=frame.index)
        _require(frame, "p_value", "item_values")
        adjusted = frame.groupby(by, sort=False)["p_value"].transform(
            lambda p: adjusted_p(p.to_numpy(), adjustment)
        )
        chosen = adjusted <= q
    else:
        _require(frame, "probability_above", "shrink_correlations")
        chosen = frame[["probability_above", "probability_below"]].max(axis=1) > probability
    return _keyed(frame, chosen, signs, exclude)


def key_frame(
    correlations: pd.DataFrame,
    *,
    threshold: float = 0.30,
    signs: Signs = "positive",
    exclude: Sequence[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """Key items by a frame of correlations (``item, family, dimension, estimate``) and a threshold; see `keys`.

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
    return _keyed(correlations, correlations["estimate"].abs() > threshold, signs, exclude)


@checked
def select_keys(keyed: pd.DataFrame, family: str | None = None, dimension: str | None = None) -> pd.DataFrame:
    """Keys of one family of dimensions, or of one dimension.

    Parameters
    ----------
    keyed
        Keys: columns ``item, family, dimension, sign`` and others.
    family, dimension
        What to keep; None for all.

    Returns
    -------
    pandas.DataFrame
        The rows of `keyed` that are of it, in their order.

    Raises
    ------
    SpecificationError
        There is no such family, or no such dimension in it.

    Examples
    --------
    >>> from valuestats.keying.declared import instrument_keys
    >>> select_keys(instrument_keys("pvq21"), family="pvq", dimension="Power")["item"].tolist()
    ['2', '17']
    """
    for name, value in (("family", family), ("dimension", dimension)):
        if value is None:
            continue
        known = keyed[name].astype(str)
        if value not in set(known):
            raise SpecificationError(
                f"no such {name} among these keys",
                parameter=name,
                got=value,
                expected=", ".join(sorted(known.unique())) or f"keys with a {name}; there are none",
            )
        keyed = keyed[known == value]
    return keyed.reset_index(drop=True)


@checked
def stable_keys(keyed: pd.DataFrame, stability: pd.DataFrame, *, share: float = 0.8) -> pd.DataFrame:
    """Keys that random parts of the raters make again often enough (stability selection).

    Parameters
    ----------
    keyed
        What `keys` returned.
    stability
        What `key_stability` returned.
    share
        Least share of the parts in which a pair must be keyed.

    Returns
    -------
    pandas.DataFrame
        The rows of `keyed` that stay, with ``share_keyed`` and ``held_out``.

    References
    ----------
    Meinshausen and Buehlmann (2010).

    Examples
    --------
    >>> import pandas as pd
    >>> keyed = pd.DataFrame({"item": ["1", "2"], "family": "pvq", "dimension": "Power", "sign": 1, "r": 0.4})
    >>> again = keyed[["item", "family", "dimension"]].assign(share_keyed=[0.9, 0.5], held_out=0.2)
    >>> stable_keys(keyed, again)["item"].tolist()
    ['1']
    """
    again = keyed.merge(stability, on=["item", "family", "dimension"], how="left")
    return again[again["share_keyed"] >= share].reset_index(drop=True)


def keys_per_item(keyed: pd.DataFrame) -> pd.DataFrame:
    """Items with all the dimensions they are keyed to, those keyed to several of one family first.

    Parameters
    ----------
    keyed
        Columns ``item, family, dimension, sign``, as `keys` returns them.

    Returns
    -------
    pandas.DataFrame
        Per item and family: ``dimensions`` (joined by commas, a reversed key with a minus sign), ``n_keys`` and
        ``several`` (keyed to more than one dimension of the family: its answers count in each).

    Examples
    --------
    >>> import pandas as pd
    >>> keyed = pd.DataFrame({"item": ["1", "2", "2"], "family": "pvq", "dimension": ["Power", "Power", "Security"],
    ...     "sign": [1, 1, -1]})
    >>> keys_per_item(keyed)[["item", "dimensions", "several"]].values.tolist()
    [['2', 'Power, −Security', True], ['1', 'Power', False]]
    """
    names = np.where(keyed["sign"] < 0, "−", "") + keyed["dimension"].astype(str)
    grouped = keyed.assign(name=names).groupby(["item", "family"], observed=True, sort=False)["name"]
    frame = grouped.agg(dimensions=", ".join, n_keys="size").reset_index()
    frame["several"] = frame["n_keys"] > 1
    return frame.sort_values("n_keys", ascending=False, kind="stable").reset_index(drop=True)


def _keyed(
    frame: pd.DataFrame, chosen: pd.Series, signs: Signs, exclude: Sequence[tuple[str, str, str]]
) -> pd.DataFrame:
    against = frame.loc[chosen & (frame["estimate"] < 0), ["family", "dimension", "item"]].astype(str)
    if signs == "positive":
        chosen = chosen & (frame["estimate"] > 0)
    r = frame.loc[chosen, "estimate"]
    found = frame.loc[chosen, ["item", "family", "dimension"]].assign(sign=np.sign(r).astype(int), r=r)
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
    found = found[[triple not in out for triple in triples]].reset_index(drop=True)
    if signs == "positive" and len(against):
        found.attrs[LEFT_OUT] = against.to_numpy().tolist()
    return found


def _require(frame: pd.DataFrame, column: str, verb: str) -> None:
    if column not in frame.columns:
        raise SpecificationError(
            "this rule needs what these correlations don't hold",
            parameter="rule",
            got=f"no column {column}",
            expected=f"what {verb} returns",
        )
