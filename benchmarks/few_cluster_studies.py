"""Simulated studies of known truth for `few_clusters`: each kind of statistic, and the clusters behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from valuestats.consistency.intraclass import intraclass, mean_squares
from valuestats.missing.asked import AskedTable
from valuestats.missing.sensitivity import _shifted
from valuestats.prompts.shifts import weighted_means
from valuestats.scoring.scale_means import scale_scores
from valuestats.similarity.adjusted import pair_effects
from valuestats.statistics.agreement import category_similarity, cohen_kappa, krippendorff_nominal
from valuestats.statistics.entropy import jackknife_entropy, plugin_entropy
from valuestats.statistics.ratios import ratio
from valuestats.statistics.reliability import (
    cronbach_alpha,
    omega_total,
    one_factor_loadings,
    pairwise_covariance,
)

Evaluate = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Study:
    """Simulated studies: the statistic of each under rows of weights, its truth, and the clusters behind it."""

    evaluate: Evaluate
    truth: float
    units: int
    total: int
    within: tuple[float, float] = (-np.inf, np.inf)
    around: np.ndarray | None = None
    correlation: bool = False


def sizes(n: int) -> np.ndarray:
    """Unequal clusters: 5, 10, 5 and 15 members in turn."""
    return np.resize([5, 10, 5, 15], n)


def queries(n: int, studies: int, rng: np.random.Generator, models: int = 1, keyed_in: int | None = None):
    """Answers with effects of query, of query by key and of item; two fifths of a query's items are keyed."""
    cluster = np.repeat(np.arange(n), sizes(n))
    place = np.concatenate([np.arange(k) for k in sizes(n)])
    keyed = (place % 5 < 2) & (cluster < (keyed_in or n))
    skewed = rng.exponential(0.5, (studies, n))[:, cluster] - 0.5  # a mean of 0, the same for all models
    y = 3.5 + rng.normal(0, 0.8, (models, studies, len(cluster))) + skewed
    y += rng.normal(0.4, 0.5, (models, studies, n))[..., cluster] * keyed
    return y, keyed[:, None].astype(float), cluster


def score(n: int, studies: int, rng: np.random.Generator) -> Study:
    (y,), sign, cluster = queries(n, studies, rng)

    def evaluate(weights: np.ndarray) -> np.ndarray:
        return scale_scores(y, sign, 0.0, weights=weights, unit=cluster).centred[:, :, 0]

    return Study(evaluate, 0.4 * 0.6, n, n)


def score_in_half(n: int, studies: int, rng: np.random.Generator) -> Study:
    (y,), sign, cluster = queries(2 * n, studies, rng, keyed_in=n)

    def evaluate(weights: np.ndarray) -> np.ndarray:
        return scale_scores(y, sign, 0.0, weights=weights, unit=cluster).centred[:, :, 0]

    return Study(evaluate, float(0.4 * (1 - sign.mean())), n, 2 * n)


def score_contrast(n: int, studies: int, rng: np.random.Generator) -> Study:
    (one, two), sign, cluster = queries(n, studies, rng, models=2)

    def evaluate(weights: np.ndarray) -> np.ndarray:
        both = scale_scores(np.concatenate([one, two]), sign, 0.0, weights=weights, unit=cluster).centred[
            :, :, 0
        ]
        return both[:, :studies] - both[:, studies:]

    return Study(evaluate, 0.0, n, n)


def group_mean(n: int, studies: int, rng: np.random.Generator) -> Study:
    cluster = np.repeat(np.arange(n), sizes(n))
    y = rng.normal(0, 1, (len(cluster), studies)) + rng.normal(0, 0.5, (n, studies))[cluster]
    return Study(lambda w: weighted_means(y, cluster, w), 0.0, n, n)


def question_mean(n: int, studies: int, rng: np.random.Generator) -> Study:
    y = rng.beta(8, 2, (n, studies))  # similarities of questions, skewed
    return Study(lambda w: weighted_means(y, np.arange(n), w), 0.8, n, n, (-np.inf, 1.0))


def mean_shift(n: int, studies: int, rng: np.random.Generator) -> Study:
    y = np.abs(rng.normal(0, 1, (n, studies)))
    return Study(lambda w: weighted_means(y, np.arange(n), w), np.sqrt(2 / np.pi), n, n, (0.0, np.inf))


def style_share(n: int, studies: int, rng: np.random.Generator) -> Study:
    cluster = np.repeat(np.arange(n), sizes(n))
    y = (rng.random((len(cluster), studies)) < rng.beta(2, 6, (n, studies))[cluster]).astype(float)
    return Study(lambda w: weighted_means(y, cluster, w), 0.25, n, n, (0.0, 1.0))


def variance_ratio(n: int, studies: int, rng: np.random.Generator) -> Study:
    theirs = rng.gamma(6, 1 / 6, (n, studies))
    ours = theirs * rng.gamma(4, 0.6 / 4, (n, studies))
    return Study(lambda w: ratio(w @ ours, w @ theirs), 0.6, n, n)


def each(values: list[Evaluate]) -> Evaluate:
    return lambda weights: np.stack([one(weights) for one in values], axis=1)


def _panel(n: int, rng: np.random.Generator) -> np.ndarray:
    """Ratings of items by four raters in three categories: right with probability .75, otherwise at random."""
    true = rng.integers(0, 3, n)
    right = rng.random((n, 4)) < 0.75
    rated = np.where(right, true[:, None], rng.integers(0, 3, (n, 4)))
    return (rated[:, :, None] == np.arange(3)).sum(axis=1).astype(float)


def krippendorff(n: int, studies: int, rng: np.random.Generator) -> Study:
    counts = [_panel(n, rng) for _ in range(studies)]
    found = [lambda w, c=c: krippendorff_nominal(c, w).estimate for c in counts]
    return Study(each(found), 0.75**2, n, n, (-np.inf, 1.0), correlation=True)


def kappa(n: int, studies: int, rng: np.random.Generator) -> Study:
    """Rows of unequal items, read by two raters on five categories, weighted by squares."""
    similarity = category_similarity(np.arange(5.0), "quadratic")
    cluster = np.repeat(np.arange(n), sizes(n))

    def rows(items: int, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        true = rng.normal(0, 1, len(member)) + rng.normal(0, 0.7, items)[member]
        edges = np.array([-1.5, -0.5, 0.5, 1.5])
        return tuple(np.digitize(true + rng.normal(0, 0.6, len(member)), edges) for _ in range(2))

    found = []
    for _ in range(studies):
        one, two = rows(n, cluster)
        found.append(lambda w, a=one, b=two: cohen_kappa(a, b, w[:, cluster], similarity).estimate)
    if "kappa" not in TRUTHS:
        many = np.arange(2_000_000)
        TRUTHS["kappa"] = float(
            cohen_kappa(*rows(len(many), many), np.ones((1, len(many))), similarity).estimate[0]
        )
    return Study(each(found), TRUTHS["kappa"], n, n, (-1.0, 1.0), correlation=True)


TRUTHS: dict[str, float] = {}


def _scale(n: int, rng: np.random.Generator) -> np.ndarray:
    return 0.7 * rng.normal(size=(n, 1)) + np.sqrt(1 - 0.49) * rng.normal(size=(n, 6))


def alpha(n: int, studies: int, rng: np.random.Generator) -> Study:
    tables = [_scale(n, rng) for _ in range(studies)]
    found = [lambda w, y=y: cronbach_alpha(pairwise_covariance(y, w).covariance) for y in tables]
    return Study(each(found), 6 * 0.49 / (1 + 5 * 0.49), n, n, (-np.inf, 1.0), correlation=True)


def omega(n: int, studies: int, rng: np.random.Generator) -> Study:
    tables = [_scale(n, rng) for _ in range(studies)]
    found = [
        lambda w, y=y: omega_total(one_factor_loadings(pairwise_covariance(y, w).correlation)) for y in tables
    ]
    return Study(each(found), 6 * 0.49 / (1 + 5 * 0.49), n, n, (-np.inf, 1.0), correlation=True)


def retest(n: int, studies: int, rng: np.random.Generator) -> Study:
    tables = [rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.6, (n, 2)) for _ in range(studies)]
    found = [lambda w, y=y: intraclass(mean_squares(y, w))["ICC(A,1)"] for y in tables]
    return Study(each(found), 1 / 1.36, n, n, (-np.inf, 1.0), correlation=True)


def asked(n: int, studies: int, rng: np.random.Generator) -> AskedTable:
    """Ten answers to each of two items a query, a fifth of them missing at random, every study a model."""
    cluster = np.repeat(np.arange(n), 2)
    place = rng.normal(0, 0.8, (studies, n))[:, cluster] + rng.normal(0, 0.5, (studies, 2 * n))
    latent = place[..., None] + rng.logistic(0, 1, (studies, 2 * n, 10))
    code = np.digitize(latent, [-2.0, -1.0, 0.0, 1.0, 2.0])
    given = rng.random(code.shape) < 0.8
    counts = ((code[..., None] == np.arange(6)) & given[..., None]).sum(axis=2).astype(float)
    names = [str(k) for k in range(studies)]
    codes = np.arange(1.0, 7.0)
    sign = np.ones((2 * n, 1))
    return AskedTable(
        counts, (~given).sum(axis=2).astype(float), names, ["all"], sign, cluster, codes, codes, "mean", {}
    )


def missing_mean(n: int, studies: int, rng: np.random.Generator) -> Study:
    table = asked(n, studies, rng)
    return Study(lambda w: _shifted(table, 0.0, "shift", w)[..., 0], 3.5, n, n, (1.0, 6.0))


def adjusted(n: int, studies: int, rng: np.random.Generator) -> Study:
    """Effect of one of three pairs, of which each refused some questions."""
    found = []
    linked = np.zeros(3, dtype=np.intp)
    for _ in range(studies):
        y = 0.7 + np.array([0.1, 0.0, -0.1])[:, None] + rng.normal(0, 0.1, n) + rng.normal(0, 0.05, (3, n))
        if n > 4:
            y[1, ::5], y[2, 3::5] = np.nan, np.nan
        found.append(lambda w, y=y: pair_effects(y, w, linked)[:, 0] - pair_effects(y, w, linked)[:, 2])
    return Study(each(found), 0.2, n, n)


def diversity(n: int, studies: int, rng: np.random.Generator) -> Study:
    """Evenness of three perspectives, five answers a question with a propensity of its own."""
    rates = np.array([0.6, 0.3, 0.15])
    spread = rng.beta(5 * rates, 5 * (1 - rates), (studies, n, 3))
    sums = rng.binomial(5, spread).astype(float)
    shares = rates / rates.sum()
    top = np.log(3)
    corrected = np.clip(jackknife_entropy(sums), 0, top) / top

    def evaluate(weights: np.ndarray) -> np.ndarray:
        return plugin_entropy(np.einsum("rq,sqk->rsk", weights, sums)) / top

    return Study(evaluate, float(stats.entropy(shares) / top), n, n, (0.0, 1.0), corrected)
