"""Rankings of options that follow from what somebody values, and how sure they are where the weights are not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.allowed import POSITIVE, Number
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.orderings.criteria import (
    METHODS,
    Method,
    Preference,
    additive_utility,
    closeness,
    net_flow,
)
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables.schema import require_unique, validate

Array = NDArray[np.float64]
CITATIONS = {
    "promethee": "Brans & Vincke (1985), Management Science 31",
    "topsis": "Hwang & Yoon (1981), Multiple attribute decision making",
    "maut": "Keeney & Raiffa (1976), Decisions with multiple objectives",
}
_VALUES = pa.DataFrameSchema(
    {
        "item": pa.Column(nullable=False, description="the scenario's identifier, not null"),
        "option": pa.Column(nullable=False, description="the option's identifier, not null"),
        "value": pa.Column(nullable=False, description="the value (criterion), not null"),
        "score": pa.Column(
            float, description="how far the option serves the value, a number", nullable=False, coerce=True
        ),
    },
    strict=False,
)
_WEIGHTS = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="whose weights they are, not null"),
        "value": pa.Column(nullable=False, description="the value (criterion), not null"),
        "weight": pa.Column(
            float, pa.Check.ge(0), description="a weight of 0 or more", nullable=False, coerce=True
        ),
        "std_error": pa.Column(
            float,
            pa.Check.ge(0),
            required=False,
            description="an error of 0 or more",
            nullable=False,
            coerce=True,
        ),
    },
    strict=False,
)


@checked
def rank_by_values(
    options: pd.DataFrame,
    weights: pd.DataFrame,
    *,
    method: Method = "promethee",
    preference: Preference = "usual",
    indifference: Annotated[float, Number(0.0)] = 0.0,
    strict: Annotated[float, POSITIVE] = 1.0,
    ends: tuple[float, float] | None = None,
    risk: float = 0.0,
    lower_is_better: Sequence[str] = (),
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Rankings of options from how far each serves each value, and from how much somebody values what.

    Estimand: the score of each option under the given weights, normalised to sum 1: net flow of PROMETHEE II, closeness to
    the best of TOPSIS, or additive utility (formulas: `valuestats.orderings.criteria`), and the option's place. Weights that
    are known with error give draws of weights, hence of scores and places: ``probability_first`` and the interval of the
    place are the acceptability indices of Lahdelma, Hokkanen and Salminen (1998).

    Parameters
    ----------
    options
        One row per option and value: ``item`` (the scenario), ``option``, ``value``, ``score``.
    weights
        One row per person and value: ``respondent``, ``value``, ``weight`` (0 or more) and, where the weights are estimates,
        ``std_error`` (draws are normal, independent and cut at 0) or ``draw`` (one row per posterior draw in place of one).
    method
        ``"promethee"``, ``"topsis"`` or ``"maut"``.
    preference, indifference, strict
        PROMETHEE's preference function of a difference in score and its thresholds (q and p; the deviation of
        ``"gaussian"`` is `strict`).
    ends
        Scores that count as utility 0 and 1 (``"maut"``); the scenario's lowest and highest of each value where omitted.
    risk
        Of the utility (``"maut"``): 0 is linear, above 0 averse to risk.
    lower_is_better
        Values in which a low score is the better one.
    draws, seed
        Draws of weights from ``std_error``.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"value_ranking"``, keys ``("respondent", "item", "option")``: ``estimate`` (the score), ``rank`` (1 is best,
        equal scores tie), ``rank_lower``, ``rank_upper``, ``probability_first`` (ties shared). Its estimates are a table of
        rankings for `valuestats.ranking_agreement`.

    Raises
    ------
    SpecificationError
        An option without a score on a value, a person without a weight on one, weights that are all 0, thresholds in the
        wrong order, one option only.
    InputError
        A column is missing, a score stands twice, a weight is negative.

    References
    ----------
    Brans and Vincke (1985); Hwang and Yoon (1981); Keeney and Raiffa (1976); Lahdelma, Hokkanen and Salminen (1998), SMAA.

    Examples
    --------
    >>> import pandas as pd
    >>> serve = pd.DataFrame({"item": 1, "option": list("aabb"), "value": ["care", "power"] * 2, "score": [1, 0, 0, 1]})
    >>> own = pd.DataFrame({"respondent": "p", "value": ["care", "power"], "weight": [3, 1]})
    >>> rank_by_values(serve, own).estimates[["option", "estimate", "rank"]].to_numpy().tolist()
    [['a', 0.5, 1.0], ['b', -0.5, 2.0]]
    """
    started = time.perf_counter()
    if preference in ("linear", "level") and method == "promethee" and indifference >= strict:
        raise SpecificationError(
            "thresholds in the wrong order",
            parameter="strict",
            got=f"indifference {indifference:g}, strict {strict:g}",
            expected="strict above indifference",
        )
    serve = validate(options, _VALUES, table="options")
    require_unique(serve, ["item", "option", "value"], table="options")
    values = tuple(dict.fromkeys(serve["value"].astype(str)))
    unknown = sorted(set(map(str, lower_is_better)) - set(values))
    if unknown:
        raise SpecificationError(
            "no such value", parameter="lower_is_better", got=", ".join(unknown), expected=", ".join(values)
        )
    sign = np.where([v in set(map(str, lower_is_better)) for v in values], -1.0, 1.0)
    people, point, drawn = _weights(weights, values, draws, np.random.default_rng(seed))
    uncertain = drawn.shape[1] > 1
    both = np.concatenate([point[:, None], drawn], axis=1)
    parts: list[pd.DataFrame] = []
    for item, part in serve.groupby(serve["item"].astype(str), sort=False):
        table = part.assign(value=part["value"].astype(str)).pivot(
            index="option", columns="value", values="score"
        )
        table = table.reindex(columns=list(values))
        _require_full(table, str(item))
        x = table.to_numpy(dtype=float)
        each = both.reshape(-1, len(values))
        scores = _scores(x, each, sign, method, preference, indifference, strict, ends, risk)
        parts.append(
            _ranked(people, str(item), list(table.index), scores.reshape(*both.shape[:2], -1), level)
        )
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "estimand", f"score by {METHODS[method]}")
    frame["level"], frame["interval"] = level, "posterior, equal-tailed" if uncertain else "none"
    frame["n_scored"] = frame["n_asked"] = len(values)
    specification: dict[str, Any] = {
        "method": method,
        "preference": preference,
        "indifference": indifference,
        "strict": strict,
        "ends": None if ends is None else list(ends),
        "risk": risk,
        "lower_is_better": list(lower_is_better),
        "draws": draws,
        "level": level,
        "uncertain": uncertain,
    }
    flat = _alike(serve)
    notes = [f"in {counted(flat, 'scenario')} all options serve some value alike"] if flat else []
    meta = make_meta(
        f"ranking by value weights, {METHODS[method]}",
        specification,
        citations=[CITATIONS[method], "Lahdelma, Hokkanen & Salminen (1998)"],
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    return Result("value_ranking", frame, ("respondent", "item", "option"), meta)


def _weights(
    weights: pd.DataFrame, values: tuple[str, ...], draws: int, rng: np.random.Generator
) -> tuple[list[str], Array, Array]:
    """People, their weights ``(people, values)`` and draws of them ``(people, draws, values)``, each of sum 1."""
    frame = validate(weights, _WEIGHTS, table="weights")
    frame = frame.assign(respondent=frame["respondent"].astype(str), value=frame["value"].astype(str))
    by_draw = "draw" in frame.columns
    require_unique(frame, ["respondent", "value", *(["draw"] if by_draw else [])], table="weights")
    frame = frame[frame["value"].isin(values)]
    people = list(dict.fromkeys(frame["respondent"]))
    index = ["respondent", "draw"] if by_draw else ["respondent"]
    wide = frame.pivot(index=index, columns="value", values="weight").reindex(columns=list(values))
    lacking = wide.isna().to_numpy()
    if not people or lacking.any():
        at = np.argwhere(lacking)[0] if people else (0, 0)
        who = wide.index[at[0]] if people else "nobody"
        raise SpecificationError(
            "a value without a weight",
            parameter="weights",
            got=f"none of {who} for {values[at[1]]}",
            expected=", ".join(values),
        )
    wide = wide.reindex(people, level=0) if by_draw else wide.reindex(people)
    if by_draw:
        counts = wide.groupby(level=0).size()
        if counts.min() < counts.max():
            raise InputError(
                "weights: people with different numbers of draws", parameter="draw", got=str(counts.to_dict())
            )
        drawn = wide.to_numpy(dtype=float).reshape(len(people), -1, len(values))
        each = drawn.sum(axis=2, keepdims=True)
        point = (drawn / np.where(each > 0, each, 1.0)).mean(axis=1)
    else:
        point = wide.to_numpy(dtype=float)
        drawn = point[:, None]
        if "std_error" in frame.columns and (frame["std_error"] > 0).any():
            errors = frame.pivot(index="respondent", columns="value", values="std_error")
            error = errors.reindex(index=people, columns=list(values)).to_numpy(dtype=float)
            noise = rng.standard_normal((len(people), draws, len(values)))
            drawn = np.maximum(point[:, None] + error[:, None] * noise, 0.0)
    total = drawn.sum(axis=2, keepdims=True)
    if (point.sum(axis=1) <= 0).any():
        who = people[int((point.sum(axis=1) <= 0).argmax())]
        raise SpecificationError("weights that are all 0 rank nothing", parameter="weights", got=who)
    drawn = np.where(total > 0, drawn / np.where(total > 0, total, 1.0), 1 / len(values))
    return people, point / point.sum(axis=1, keepdims=True), drawn


def _scores(
    x: Array,
    weights: Array,
    sign: Array,
    method: Method,
    preference: Preference,
    q: float,
    p: float,
    ends: tuple[float, float] | None,
    risk: float,
) -> Array:
    if method == "promethee":
        return net_flow(x * sign, weights, preference, q, p)
    if method == "topsis":
        return closeness(x * sign, weights)
    if ends is None:
        return additive_utility(x * sign, weights, None, risk)
    low, high = ends
    turned = np.where(sign > 0, x, low + high - x)
    return additive_utility(turned, weights, ends, risk)


def _ranked(people: list[str], item: str, names: list[Any], scores: Array, level: float) -> pd.DataFrame:
    """Scores, places and their intervals from scores ``(people, 1 + draws, options)``, the first those of the estimate."""
    n, draws = len(names), scores.shape[1] - 1
    ranks = stats.rankdata(-_rounded(scores), axis=2, method="min")
    point, rank = scores[:, 0], ranks[:, 0]
    best = ranks[:, :1] == 1 if draws == 1 else ranks[:, 1:] == 1
    first = (best / best.sum(axis=2, keepdims=True)).mean(axis=1)
    lower = upper = np.full_like(point, np.nan)
    low, high, error = rank, rank, np.zeros_like(point)
    if draws > 1:
        lower, upper = equal_tailed(scores[:, 1:].swapaxes(0, 1), level)
        ends = equal_tailed(ranks[:, 1:].swapaxes(0, 1), level)
        low, high = np.floor(ends[0]), np.ceil(ends[1])
        error = scores[:, 1:].std(axis=1, ddof=1)
    columns = {
        "estimate": point,
        "rank": rank,
        "std_error": error,
        "lower": lower,
        "upper": upper,
        "rank_lower": low,
        "rank_upper": high,
        "probability_first": first,
    }
    return pd.DataFrame(
        {
            "respondent": np.repeat(people, n),
            "item": item,
            "option": [str(o) for o in names] * len(people),
            **{name: x.ravel().astype(float) for name, x in columns.items()},
        }
    )


def _rounded(scores: Array) -> Array:
    """Scores that differ by rounding error alone tie."""
    return np.round(scores, 12)


def _require_full(table: pd.DataFrame, item: str) -> None:
    if len(table) < 2:
        raise SpecificationError("one option is no ranking", parameter="options", got=f"scenario {item}")
    gaps = table.isna()
    if gaps.to_numpy().any():
        option = table.index[int(gaps.any(axis=1).to_numpy().argmax())]
        value = gaps.columns[int(gaps.loc[option].to_numpy().argmax())]
        raise SpecificationError(
            "an option without a score on a value",
            parameter="options",
            got=f"scenario {item}, {option}: {value}",
        )


def _alike(serve: pd.DataFrame) -> int:
    spread = serve.groupby(["item", "value"])["score"].agg(["min", "max"])
    return int((spread["min"] == spread["max"]).groupby(level="item").any().sum())
