"""Which item to ask next: what each item left would add to what the answers so far say of the trait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.measurement.graded_response import require_kind
from valuestats.results.result import Result
from valuestats.statistics.ordinal import Link, category_probabilities

Floats = NDArray[np.float64]
Rule = Literal["variance", "information", "mean_information"]

_NODES = 400
_BOUNDS = (-5.0, 5.0)


@checked
def next_items(
    result: Result,
    answers: Mapping[str, int] | None = None,
    *,
    rule: Rule = "variance",
    dimension: str | None = None,
) -> pd.DataFrame:
    r"""What each item left would add, given the answers so far, under a fitted graded response model; the best first.

    With the posterior of the trait given the answers, prior standard normal on [-5, 5], item parameters at their posterior
    means: ``"variance"``, the expected posterior variance after the item's answer
    :math:`\sum_k P(k \mid \text{answers})\operatorname{Var}(\theta \mid \text{answers}, k)`, the smallest first;
    ``"information"``, Fisher information at the posterior mean; ``"mean_information"``, its posterior mean, the largest
    first (van der Linden 1998). Choosing the first again and again is the greedy test.

    Parameters
    ----------
    result
        Of `valuestats.graded_response`.
    answers
        Codes by item as they were given, on the fit's scale; turned items as they are.
    rule
        What to choose by.
    dimension
        The trait; needed where the fit has several.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``value`` (by the rule), ``variance_now`` (posterior variance before), one row for each item left, the best
        first.

    Raises
    ------
    SpecificationError
        Another kind of result, no such dimension, or several and none named.
    InputError
        An answer to an item that is not of the dimension, or off the scale.

    References
    ----------
    van der Linden (1998), Bayesian item selection criteria for adaptive testing, Psychometrika 63, 201-216; Samejima (1969).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import graded_response, next_items
    >>> rng = np.random.default_rng(1)
    >>> codes = np.digitize(rng.normal(size=(40, 1)) + rng.logistic(size=(40, 3)), [-1, 1])
    >>> wide = pd.DataFrame(codes, columns=["q1", "q2", "q3"]).rename_axis("respondent").reset_index()
    >>> answers = wide.melt("respondent", var_name="item", value_name="rating")
    >>> found = next_items(graded_response(answers, seed=1, progress=False), {"q3": 2})
    >>> sorted(found["item"]), bool((found["value"] < found["variance_now"]).all())
    (['q1', 'q2'], True)
    """
    require_kind(result)
    records = result.meta["items"]
    names = list(dict.fromkeys(str(r["dimension"]) for r in records))
    if dimension is None and len(names) > 1:
        raise SpecificationError(
            "the fit has several traits",
            parameter="dimension",
            got=None,
            expected=f"one of {', '.join(names)}",
        )
    dimension = names[0] if dimension is None else dimension
    own = [r for r in records if str(r["dimension"]) == dimension]
    if not own:
        raise SpecificationError(
            "no such trait", parameter="dimension", got=dimension, expected=", ".join(names)
        )
    low, high = result.meta["specification"]["scale"]
    codes = np.full(len(own), -1)
    for item, code in (answers or {}).items():
        place = next((k for k, r in enumerate(own) if str(r["item"]) == str(item)), None)
        if place is None:
            raise InputError("an answer to an item that is not of the trait", parameter="answers", got=item)
        if code not in range(low, high + 1):
            raise InputError(
                "an answer off the scale",
                parameter="answers",
                got=f"{code} to {item}",
                expected=f"{low} to {high}",
            )
        codes[place] = (code - low) if own[place]["sign"] > 0 else (high - code)
    found = item_values(
        np.array([r["discrimination"] for r in own]),
        np.array([[t["estimate"] for t in r["thresholds"]] for r in own]),
        codes,
        rule,
        link=result.meta["specification"]["link"],
    )
    left = np.flatnonzero(codes < 0)
    frame = pd.DataFrame(
        {
            "item": [str(own[k]["item"]) for k in left],
            "value": found.value[left],
            "variance_now": found.variance,
        }
    )
    return frame.sort_values("value", ascending=rule == "variance", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class ItemValues:
    """Posterior of a trait given answers, and what each item would add.

    Attributes
    ----------
    mean, variance
        Of the posterior.
    value
        By the rule, shape ``(items,)``; also of items that were answered.
    """

    mean: float
    variance: float
    value: Floats


def item_values(
    discrimination: Floats,
    threshold: Floats,
    codes: NDArray[Any],
    rule: Rule,
    *,
    link: Link = "logit",
    prior: tuple[float, float] = (0.0, 1.0),
    bounds: tuple[float, float] = _BOUNDS,
) -> ItemValues:
    r"""What each item would add, by Gauss-Legendre quadrature over the trait.

    Parameters
    ----------
    discrimination, threshold
        :math:`P(y \le k) = F(c_k - a\theta)`, shapes ``(items,)`` and ``(items, K - 1)``.
    codes
        Answers so far, 0 to K - 1, below 0 where there is none; shape ``(items,)``.
    rule, link
        See `next_items`.
    prior, bounds
        Mean and standard deviation of the normal prior, and where it is cut.

    Examples
    --------
    >>> found = item_values(np.array([2.0, 1.0]), np.zeros((2, 1)), np.array([-1, -1]), "information")
    >>> round(found.mean, 6) + 0.0, found.value.round(3).tolist()
    (0.0, [1.0, 0.25])
    """
    from valuestats.measurement.graded.estimands import item_information_curve

    node, weight = np.polynomial.legendre.leggauss(_NODES)
    half = (bounds[1] - bounds[0]) / 2
    theta = (node + 1) * half + bounds[0]
    p = category_probabilities(threshold, theta[:, None] * discrimination, link=link)
    log = np.log(weight * half) - 0.5 * ((theta - prior[0]) / prior[1]) ** 2
    answered = np.flatnonzero(codes >= 0)
    with np.errstate(divide="ignore"):
        log = log + np.log(p[:, answered, codes[answered]]).sum(axis=1)
    posterior = np.exp(log - log.max())
    posterior /= posterior.sum()
    mean = float(posterior @ theta)
    variance = float(posterior @ (theta - mean) ** 2)
    if rule == "information":
        value = item_information_curve(discrimination, threshold, np.array([mean]), link)[0]
    elif rule == "mean_information":
        value = posterior @ item_information_curve(discrimination, threshold, theta, link)
    else:
        joint = posterior[:, None, None] * p  # (theta, items, answers)
        chance = joint.sum(axis=0)
        safe = np.where(chance > 0, chance, 1.0)
        first = np.einsum("tik,t->ik", joint, theta) / safe
        second = np.einsum("tik,t->ik", joint, theta**2) / safe
        value = (chance * (second - first**2)).sum(axis=1)
    return ItemValues(mean, variance, np.asarray(value))
