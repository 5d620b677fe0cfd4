"""What the leaderboard says when it is asked: one level or ten values, which similarity, and what can be recomputed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.choice.elo import elo_ratings
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.systems.comparison import compare_published, of_simulated, read_published
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]

RAW, CENTRED = "as printed", "about each model's own mean"


@checked
def adaem_components(
    scores: pd.DataFrame, *, level: float = 0.95, replicates: int = 2000, seed: int = 0
) -> pd.DataFrame:
    r"""Share of the variance between models that one component holds, of scores as printed and about each model's mean.

    :math:`\lambda_1 / \sum_k \lambda_k` of the covariance of the values over models; intervals resample models. If a single
    level of answering moved all values, it would be 1; chance is what independent values of the same spreads give.

    Parameters
    ----------
    scores
        See `valuestats.systems.adaem.release.read_adaem_scores`.
    level, replicates, seed
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``scores``, ``estimate``, ``lower``, ``upper``, ``baseline`` (mean share over shuffled values), ``loadings`` of
        one sign (share of the values whose loading on the component has the majority's sign), ``n_units`` (models),
        ``influential`` (the model whose absence changes it most) and ``without`` (the share without it).

    Examples
    --------
    ::

        adaem_components(read_adaem_scores("Schwartz_scores.json"))
    """
    wide = scores.pivot(index="respondent", columns="item", values="rating")
    table = wide.to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    plan = plan_clusters(len(table), replicates, rng)
    rows = []
    for name, x in ((RAW, table), (CENTRED, table - table.mean(axis=1, keepdims=True))):
        point = _first(x, np.ones((1, len(x))))[0]
        found = plan.finish(_first(x, plan.weights), point, len(x), level, within=(0.0, 1.0), what="models")
        mixed = [rng.permuted(table, axis=0) for _ in range(200)]
        if name == CENTRED:
            mixed = [m - m.mean(axis=1, keepdims=True) for m in mixed]
        left = _first(x, 1.0 - np.eye(len(x)))
        vector = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][0]
        rows.append(
            {
                "scores": name,
                "estimate": float(point),
                "lower": float(found.lower),
                "upper": float(found.upper),
                "level": level,
                "interval": str(found.interval),
                "baseline": float(np.mean([_first(m, np.ones((1, len(m))))[0] for m in mixed])),
                "same_sign": float(max((vector > 0).mean(), (vector < 0).mean())),
                "n_units": len(x),
                "influential": str(wide.index[int(np.abs(left - point).argmax())]),
                "without": float(left[int(np.abs(left - point).argmax())]),
            }
        )
    return pd.DataFrame(rows)


def _first(x: Array, weights: Array) -> Array:
    """Share of the first eigenvalue under weights of the rows."""
    total = weights.sum(axis=1)[:, None]
    mean = weights @ x / total
    second = (
        np.einsum("rn,nj,nk->rjk", weights, x, x) / total[..., None] - mean[:, :, None] * mean[:, None, :]
    )
    values = np.linalg.eigvalsh(second)
    return np.asarray(values[:, -1] / values.sum(axis=1))


def adaem_profiles(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean score of each value over models, and its share of models above their own mean: ipsatised profiles.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``mean`` (as printed), ``centred`` (about each model's mean), ``above`` (share of models whose score
        is above their own mean), ``spread`` and ``spread_centred`` (standard deviations over models), ``n`` (models).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"respondent": ["m", "m", "n", "n"], "item": ["a", "b"] * 2, "rating": [4.0, 2, 8, 4]})
    >>> adaem_profiles(frame)["centred"].tolist()
    [1.5, -1.5]
    """
    wide = scores.pivot(index="respondent", columns="item", values="rating")
    own = wide.sub(wide.mean(axis=1), axis=0)
    return pd.DataFrame(
        {
            "item": wide.columns.astype(str),
            "mean": wide.mean().to_numpy(),
            "centred": own.mean().to_numpy(),
            "above": (own > 0).mean().to_numpy(),
            "spread": wide.std(ddof=1).to_numpy(),
            "spread_centred": own.std(ddof=1).to_numpy(),
            "n": len(wide),
        }
    )


def adaem_similarity_kind(scores: pd.DataFrame, similarity: pd.DataFrame) -> pd.DataFrame:
    r"""Whether the numbers of the heat map are rank correlations, from the numbers alone.

    Spearman's coefficient of two rankings of n values is :math:`(2h - t - d)/(2\sqrt{h(h - t)})` with :math:`h =
    n(n^2-1)/12`, t of the ties in the model's own scores (:math:`\sum (c^3 - c)/12` over the sizes c of its ties), none
    in the country's, and d a sum of squared differences of ranks: whole without ties, a multiple of 1/2 with them. So
    of ten values a coefficient lies on a grid of steps of 2/165. A cosine lies on no such grid, and that of two
    profiles of positive numbers is near 1.

    Parameters
    ----------
    scores, similarity
        See `valuestats.systems.adaem.release`.

    Returns
    -------
    pandas.DataFrame
        One row per country: ``country``, ``cells``, ``on_grid`` (cells on the grid without ties), ``on_own_grid`` (on
        that one or on that of the model's ties, as scores that tie in print need not tie before it), ``tied_models``,
        ``lowest``,
        ``lowest_cosine`` (of any two models' scores).
    """
    n = int(scores["item"].nunique())
    half = n * (n * n - 1) / 12
    wide = scores.pivot(index="respondent", columns="item", values="rating")
    counts = [np.unique(np.round(row, 6), return_counts=True)[1] for row in wide.to_numpy(dtype=float)]
    tie = pd.Series([float(((c**3 - c) / 12).sum()) for c in counts], index=wide.index)
    unit = wide.to_numpy() / np.linalg.norm(wide.to_numpy(), axis=1, keepdims=True)
    least = float((unit @ unit.T).min())
    rows = []
    for country, part in similarity.groupby("country", sort=False):
        r = part["similarity"].to_numpy(dtype=float)
        t = tie.reindex(part["model"].astype(str)).fillna(0.0).to_numpy()
        d = 2 * half - t - 2 * r * np.sqrt(half * (half - t))
        plain = _near(half * (1 - r), 1.0)
        rows.append(
            {
                "country": str(country),
                "cells": len(r),
                "on_grid": int(plain.sum()),
                "on_own_grid": int((plain | _near(d, 0.5)).sum()),
                "tied_models": int((t > 0).sum()),
                "lowest": float(r.min()),
                "lowest_cosine": least,
            }
        )
    return pd.DataFrame(rows)


def _near(x: Array, step: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(x / step - np.round(x / step)) < 1e-6)


@checked
def fold_scores(choices: Choices, *, folds: int = 5, seed: int = 0) -> pd.DataFrame:
    """How often each model puts each value first, in each of so many random folds of the items.

    Parameters
    ----------
    choices
        With ``model`` and ``item``.
    folds, seed
        Of the items; each item stands in one fold.

    Returns
    -------
    pandas.DataFrame
        ``respondent`` (the model), ``item`` (value and fold), ``dimension`` (the value), ``rating`` (share of the
        choices that offered the value in which it was put first), for `valuestats.reliability`.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import pair_choices
    >>> frame = pd.DataFrame({"model": "m", "item": ["p", "q"], "option_a": "x", "option_b": "y", "winner": "a"})
    >>> fold_scores(pair_choices(frame), folds=2)[["dimension", "rating"]].to_numpy().tolist()
    [['x', 1.0], ['x', 1.0], ['y', 0.0], ['y', 0.0]]
    """
    frame = choices.one_by_one().frame
    frame = frame[frame["status"] == "valid"]
    items = sorted(frame["item"].astype(str).unique())
    fold = np.random.default_rng(seed).permutation(len(items)) % folds + 1
    table = pd.DataFrame(
        {
            "respondent": frame["model"].astype(str),
            "dimension": frame["option"].astype(str),
            "fold": frame["item"].astype(str).map(dict(zip(items, fold.tolist(), strict=True))),
            "rating": (frame["rank"] == 1).fillna(False).astype(float),
        }
    )
    mean = table.groupby(["respondent", "dimension", "fold"])["rating"].mean().reset_index()
    mean["item"] = mean["dimension"] + ", fold " + mean["fold"].astype(str)
    return mean[["respondent", "item", "dimension", "rating"]]


def fold_keys(scores: pd.DataFrame) -> pd.DataFrame:
    """Which fold's score belongs to which value: keys of `fold_scores` for `valuestats.reliability`."""
    return (
        scores[["item", "dimension"]].drop_duplicates().assign(family="folds", sign=1).reset_index(drop=True)
    )


def skill_orders(
    choices: Choices, strengths: Result, *, k: float = 4.0, shuffles: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Ratings that take games one after another, beside the fit to all at once: how far the order alone moves places.

    Parameters
    ----------
    choices
        Pairs.
    strengths
        `valuestats.choice_strengths` of them.
    k, shuffles, seed
        Of `valuestats.elo_ratings`.

    Returns
    -------
    pandas.DataFrame
        ``option``, ``strength`` with ``lower`` and ``upper``, ``place`` by it; ``rating`` (mean over orders),
        ``sd_of_orders``,
        ``place_lower`` and ``place_upper`` (95% of the orders), ``top`` (share of the orders in which it is first).
    """
    rated = elo_ratings(choices, k=k, shuffles=shuffles, seed=seed)
    draws = rated.replicates()
    order = (-draws.to_numpy()).argsort(axis=1).argsort(axis=1) + 1
    places = pd.DataFrame(order, columns=draws["option"].to_numpy().astype(str))
    own = strengths.estimates.assign(option=lambda f: f["option"].astype(str)).set_index("option")
    table = rated.estimates.assign(option=lambda f: f["option"].astype(str)).set_index("option")
    frame = pd.DataFrame(
        {
            "option": own.index,
            "strength": own["estimate"].to_numpy(),
            "lower": own["lower"].to_numpy(),
            "upper": own["upper"].to_numpy(),
            "place": own["estimate"].rank(ascending=False).astype(int).to_numpy(),
            "rating": table["estimate"].reindex(own.index).to_numpy(),
            "sd_of_orders": table["sd_of_orders"].reindex(own.index).to_numpy(),
            "place_lower": places.quantile(0.025).reindex(own.index).to_numpy(),
            "place_upper": places.quantile(0.975).reindex(own.index).to_numpy(),
            "top": (places == 1).mean().reindex(own.index).to_numpy(),
        }
    )
    return frame.sort_values("place", ignore_index=True)


@checked
def adaem_comparison(
    published_csv: str | Path, scores: pd.DataFrame, reliability: Result, *, standin: bool = False
) -> pd.DataFrame:
    """Published | Recomputed | Corrected: what of the paper's numbers the leaderboard bears out.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    scores
        See `valuestats.systems.adaem.release.read_adaem_scores`.
    reliability
        `valuestats.reliability` of the scores, models as people and values as items.
    standin
        Whether the scores are simulated: nothing is recomputed then.
    """
    if standin:
        return of_simulated(published_csv)
    published = read_published(published_csv)
    counts = pd.DataFrame(
        [
            ("models", "leaderboard", float(scores["respondent"].nunique())),
            ("values", "leaderboard", float(scores["item"].nunique())),
        ],
        columns=["quantity", "group", "value"],
    )
    alpha = reliability.estimates.iloc[0]
    corrected = pd.DataFrame(
        [
            {
                "quantity": "alpha over five folds",
                "group": "questions",
                "estimate": float("nan"),
                "lower": float("nan"),
                "upper": float("nan"),
                "unit": "model",
                "n_scored": int(alpha["n_scored"]),
                "n_asked": int(alpha["n_asked"]),
            }
        ]
    )
    why = {
        ("models", "leaderboard"): "the leaderboard went on after the paper",
        ("alpha over five folds", "questions"): "scores of the folds are not public",
        ("questions", "paper"): "questions and answers are not public",
    }
    explained = published[["quantity", "group"]].assign(
        explanation=[
            why.get((q, g), "") for q, g in zip(published["quantity"], published["group"], strict=True)
        ]
    )
    return compare_published(published, counts, corrected, explanations=explained)
