"""Bradley and Terry's model where a judge puts the wrong option first with known probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
_STEPS = 100


@dataclass(frozen=True)
class Misjudged:
    """Strengths (and the effect of the first place, last), their covariance, and the units behind them."""

    beta: Array
    covariance: Array
    units: int


@dataclass(frozen=True)
class _Pairs:
    """Equal pairs counted by who chose (True: people), cluster, first and second option, and whether the first won."""

    people: NDArray[np.bool_]
    cluster: Ints
    design: Array
    won: NDArray[np.bool_]
    count: Array
    table: Array


def misjudged_strengths(
    table: Choices,
    source: pd.Series,
    cluster: str | None,
    position: bool,
    precision: float,
    imputations: int,
    rng: np.random.Generator,
) -> Misjudged:
    r"""Fits over draws of the judge's errors, put together by Rubin's rules.

    Given :math:`s_1, s_2`, the log-likelihood is people's of the labelled choices and, of the judge's others, that of
    :math:`\tilde p = s_1 p + (1 - s_2)(1 - p)`; Fisher scoring. :math:`s_1, s_2 \sim` Beta(right + 1/2, wrong + 1/2).

    Raises
    ------
    SpecificationError
        Ties, outcomes or more than two options; a judge whose labels do not follow people's.
    """
    pairs = _counted(table, source, cluster, position)
    size = pairs.design.shape[1]
    right = pairs.table
    if np.linalg.det(right / np.maximum(right.sum(axis=1, keepdims=True), 1)) <= 0:
        raise SpecificationError(
            "the judge's choices do not follow people's, so that nothing can be told from them",
            parameter="estimators",
            got=f"right in {np.trace(right) / right.sum():.0%} of the labelled pairs",
            hint="leave out the estimator 'confusion'",
        )
    found, inner = [], []
    beta = np.zeros(size)
    n_options = size - int(position)
    for _ in range(imputations):
        hit = [rng.beta(right[k, k] + 0.5, right[k, 1 - k] + 0.5) for k in range(2)]
        beta = _scored(pairs, hit[0], hit[1], beta, n_options, precision)
        found.append(beta)
        inner.append(_covariance(pairs, hit[0], hit[1], beta, n_options, precision, cluster is not None))
    each = np.array(found)
    between = np.cov(each.T) if imputations > 1 else np.zeros((size, size))
    units = len(np.unique(pairs.cluster)) if cluster is not None else int(pairs.count.sum())
    return Misjudged(each.mean(axis=0), np.mean(inner, axis=0) + (1 + 1 / imputations) * between, units)


def _terms(pairs: _Pairs, hit: float, miss: float, beta: Array) -> tuple[Array, Array]:
    """Derivative of the log-likelihood and information of each row's linear predictor."""
    p = expit(pairs.design @ beta)
    gain = np.where(pairs.people, 1.0, hit + miss - 1.0)
    base = np.where(pairs.people, 0.0, 1.0 - miss)
    told = np.clip(base + gain * p, 1e-12, 1 - 1e-12)
    slope = gain * p * (1 - p)
    score = np.where(pairs.won, slope / told, -slope / (1 - told))
    return score, slope**2 / (told * (1 - told))


def _scored(pairs: _Pairs, hit: float, miss: float, start: Array, n_options: int, precision: float) -> Array:
    beta = start.copy()
    level = _level(len(beta), n_options, precision)
    for _ in range(_STEPS):
        score, information = _terms(pairs, hit, miss, beta)
        gradient = pairs.design.T @ (pairs.count * score) - precision * beta
        weighed = pairs.design * (pairs.count * information)[:, None]
        move = np.linalg.solve(pairs.design.T @ weighed + level, gradient)
        move *= min(1.0, 2.0 / max(np.abs(move).max(), 1e-300))
        beta += move
        if precision == 0:
            beta[:n_options] -= beta[:n_options].mean()
        if np.abs(move).max() < 1e-9:
            return beta
        if np.abs(beta).max() > 50:
            break
    raise SpecificationError(
        "the likelihood of the judge's choices has no maximum",
        parameter="estimators",
        got="strengths that run away",
        hint="pass prior_sd, or leave out the estimator 'confusion'",
    )


def _covariance(
    pairs: _Pairs, hit: float, miss: float, beta: Array, n_options: int, precision: float, clustered: bool
) -> Array:
    score, information = _terms(pairs, hit, miss, beta)
    level = _level(len(beta), n_options, precision)
    inverse = np.linalg.inv(pairs.design.T @ (pairs.design * (pairs.count * information)[:, None]) + level)
    centre = np.eye(len(beta))
    centre[:n_options, :n_options] -= 1.0 / n_options
    inverse = centre @ inverse @ centre.T
    if not clustered:
        return np.asarray(inverse)
    names, code = np.unique(pairs.cluster, return_inverse=True)
    total = np.zeros((len(names), len(beta)))
    np.add.at(total, code, pairs.design * (pairs.count * score)[:, None])
    return np.asarray(inverse @ total.T @ total @ inverse * len(names) / max(len(names) - 1, 1))


def _level(size: int, n_options: int, precision: float) -> Array:
    level = np.eye(size) * precision
    if precision == 0:
        level[:n_options, :n_options] += 1.0
    return level


def _counted(table: Choices, source: pd.Series, cluster: str | None, position: bool) -> _Pairs:
    frame = table.frame.assign(who=table.frame["choice"].astype(str).str[0])
    width = frame.groupby("choice")["option"].transform("size")
    wins = (frame["rank"] == 1).fillna(False).astype(int).groupby(frame["choice"]).transform("sum")
    if (width != 2).any() or (wins != 1).any():
        raise SpecificationError(
            "a judge's errors are modelled in pairs with one winner",
            parameter="estimators",
            got="ties, outcomes or more than two options",
            hint="leave out the estimator 'confusion'",
        )
    order = "position" if "position" in frame.columns and frame["position"].notna().all() else "option"
    frame = frame.assign(option=frame["option"].astype(str)).sort_values(["choice", order], kind="stable")
    one, two = frame.iloc[::2].reset_index(drop=True), frame.iloc[1::2].reset_index(drop=True)
    won = (one["rank"] == 1).fillna(False).to_numpy(dtype=bool)
    who = one["who"].to_numpy()
    ids = one["choice"].astype(str).str[1:]
    theirs = pd.Series(won[who == "a"], index=ids[who == "a"])
    judges = pd.Series(won[who == "b"], index=ids[who == "b"]).reindex(theirs.index)
    right = np.zeros((2, 2))
    np.add.at(right, (1 - theirs.to_numpy(dtype=int), 1 - judges.to_numpy(dtype=int)), 1.0)
    names = sorted(frame["option"].unique())
    rows = pd.DataFrame(
        {
            "people": who == "a",
            "i": pd.Index(names).get_indexer(pd.Index(one["option"])),
            "j": pd.Index(names).get_indexer(pd.Index(two["option"])),
            "cluster": 0 if cluster is None else pd.factorize(one[cluster].astype(str))[0],
            "won": won,
        }
    )[who != "b"]
    counts = rows.groupby(list(rows.columns), sort=True).size().rename("count").reset_index()
    design = np.zeros((len(counts), len(names) + int(position)))
    at = np.arange(len(counts))
    design[at, counts["i"]] = 1.0
    design[at, counts["j"]] = -1.0
    if position:
        design[:, -1] = 1.0
    return _Pairs(
        counts["people"].to_numpy(dtype=bool),
        counts["cluster"].to_numpy(dtype=np.int64),
        design,
        counts["won"].to_numpy(dtype=bool),
        counts["count"].to_numpy(dtype=float),
        right,
    )
