"""Correlations, agreement and reliability, by hand and by libraries (`choices`)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pingouin
from choices_case import Case
from scipy import stats
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.factor_rotation import rotate_factors
from statsmodels.stats.inter_rater import cohens_kappa as library_cohen
from statsmodels.stats.inter_rater import fleiss_kappa as library_fleiss

from valuestats.alignment.orientations import _spearman
from valuestats.consistency.intraclass import FORMS, intraclass, intraclass_interval, mean_squares
from valuestats.consistency.minimum_residuals import minres
from valuestats.consistency.oblimin_rotation import oblimin
from valuestats.statistics import agreement
from valuestats.statistics.correlation import pearson_matrix, spearman_matrix
from valuestats.statistics.polychoric import bivariate_normal_cdf
from valuestats.statistics.reliability import (
    cronbach_alpha,
    feldt_interval,
    one_factor_loadings,
    pairwise_covariance,
)
from valuestats.statistics.resampling import cluster_weights


def cases() -> Iterator[Case]:
    """All of them, each group with a generator of its own."""
    for make in (_correlations, _agreement, _reliability):
        yield from make(np.random.default_rng(20))


def _correlations(rng: np.random.Generator) -> Iterator[Case]:
    ratings = rng.integers(1, 7, (520, 700)).astype(float)
    ratings[rng.random(ratings.shape) < 0.6] = np.nan
    scores = np.round(rng.normal(size=(700, 15)), 1)
    frame = pd.DataFrame(ratings[:52].T)
    for method, ours in (("pearson", pearson_matrix), ("spearman", spearman_matrix)):
        yield Case(
            f"{method.title()} correlations of all pairs, each over its complete people",
            "statistics/correlation.py",
            "pandas `DataFrame.corrwith`",
            "520 items, 700 people, 15 scores, 60% missing",
            lambda ours=ours: ours(ratings, scores).r,
            lambda method=method: np.column_stack(
                [frame.corrwith(pd.Series(s), method=method) for s in scores.T]
            ),
            "number of pairs, standard error",
            times=10,
        )
    (h, k), r = rng.normal(size=(2, 2000)), rng.uniform(-0.9, 0.9, 2000)

    def normal() -> Any:
        return [
            stats.multivariate_normal.cdf([a, b], cov=[[1, c], [c, 1]])
            for a, b, c in zip(h[:100], k[:100], r[:100], strict=True)
        ]

    yield Case(
        "bivariate normal probabilities, a correlation each (polychoric correlations)",
        "statistics/polychoric.py",
        "SciPy `multivariate_normal.cdf`",
        "2,000 points",
        lambda: bivariate_normal_cdf(h, k, r),
        normal,
        "many correlations at once; no library among the dependencies has polychoric correlations",
        times=20,
    )
    left, right = rng.normal(size=(500, 60, 10)), rng.normal(size=(500, 60, 3))
    yield Case(
        "Spearman correlations of two tables, replicate by replicate",
        "alignment/orientations.py",
        "SciPy `spearmanr`",
        "500 replicates, 60 countries, 10 x 3 columns",
        lambda: _spearman(left, right),
        lambda: [
            stats.spearmanr(a, b).statistic[:10, 10:] for a, b in zip(left[:50], right[:50], strict=True)
        ],
        times=10,
    )


def _agreement(rng: np.random.Generator) -> Iterator[Case]:
    items, raters, replicates = 200, 5, 1000
    truth = rng.integers(0, 5, (items, 1))
    rated = np.where(rng.random((items, raters)) < 0.6, truth, rng.integers(0, 5, (items, raters))).astype(
        float
    )
    counts = np.stack([(rated == c).sum(axis=1) for c in range(5)], axis=1).astype(float)
    weights = cluster_weights(items, replicates, rng)
    copies = [np.repeat(np.arange(items), w.astype(int)) for w in weights[:20]]
    size = f"{items} items, {raters} raters, 5 categories, {replicates:,} bootstrap replicates"
    yield Case(
        "Fleiss' kappa",
        "statistics/agreement.py",
        "statsmodels `fleiss_kappa`",
        size,
        lambda: agreement.fleiss_kappa(counts, weights).estimate,
        lambda: [library_fleiss(counts[c]) for c in copies],
        "unequal numbers of ratings, replicates at once",
        times=50,
    )
    one, two = rated[:, 0].astype(int), rated[:, 1].astype(int)
    alike = agreement.category_similarity(np.arange(5.0), "quadratic")

    def cohen() -> Any:
        tables = (np.bincount(5 * one[c] + two[c], minlength=25).reshape(5, 5) for c in copies)
        return [library_cohen(t, wt="quadratic", return_results=False) for t in tables]

    yield Case(
        "Cohen's weighted kappa",
        "statistics/agreement.py",
        "statsmodels `cohens_kappa`",
        size.replace(f"{raters} raters", "2 raters"),
        lambda: agreement.cohen_kappa(one, two, weights, alike).estimate,
        cohen,
        "replicates at once",
        times=50,
    )
    try:
        import krippendorff
    except ImportError:
        return
    gaps = np.where(rng.random(rated.shape) < 0.2, np.nan, rated)
    partly = np.stack([(gaps == c).sum(axis=1) for c in range(5)], axis=1).astype(float)
    kinds = (("nominal", agreement.krippendorff_nominal), ("ordinal", agreement.krippendorff_ordinal))
    for level, ours in kinds:
        yield Case(
            f"Krippendorff's alpha, {level}",
            "statistics/agreement.py",
            "krippendorff `alpha` (GPL-3.0, no dependency)",
            size,
            lambda ours=ours: ours(partly, weights).estimate,
            lambda level=level: [krippendorff.alpha(gaps[c].T, level_of_measurement=level) for c in copies],
            "licence; replicates at once",
            times=50,
        )


def _reliability(rng: np.random.Generator) -> Iterator[Case]:
    people, items, replicates = 500, 10, 500
    y = rng.normal(size=(people, 1)) + rng.normal(size=(people, items))
    full = y.copy()
    y[rng.random(y.shape) < 0.1] = np.nan
    weights = cluster_weights(people, replicates, rng)
    copies = [np.repeat(np.arange(people), w.astype(int)) for w in weights[:50]]
    size = f"{people} people, {items} items, {replicates} bootstrap replicates"
    yield Case(
        "covariances over pairwise complete people",
        "statistics/reliability.py",
        "pandas `DataFrame.cov`",
        f"{size}, 10% missing",
        lambda: pairwise_covariance(y, weights).covariance,
        lambda: [pd.DataFrame(y[c]).cov().to_numpy() for c in copies],
        "replicates at once",
        times=10,
    )
    correlation = pairwise_covariance(full, weights).correlation

    def factor(r: Any, factors: int) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Factor(corr=r, n_factor=factors, method="pa").fit(maxiter=5000, tol=1e-12).loadings

    yield Case(
        "one common factor by minimum residuals",
        "statistics/reliability.py",
        "statsmodels `Factor`",
        size,
        lambda: np.abs(one_factor_loadings(correlation)),
        lambda: [np.abs(factor(r, 1)[:, 0]) for r in correlation[:25]],
        "replicates at once",
        times=20,
    )
    spread = np.linalg.cholesky(np.full((3, 3), 0.36) + 0.64 * np.eye(3)).T
    for kept, told in (
        (12, "five, five and two items of a factor"),
    ):  # with as many on each, both agree to 1e-12
        loading = np.kron(np.eye(3), rng.uniform(0.4, 0.8, (5, 1)))[:kept]
        scale = rng.normal(size=(700, 3)) @ spread @ loading.T + 0.7 * rng.normal(size=(700, kept))
        again = [np.corrcoef(scale[rng.integers(0, 700, 700)].T) for _ in range(10)]
        yield Case(
            f"three factors by minimum residuals, {told} (omega hierarchical): common parts of the correlations",
            "consistency/minimum_residuals.py",
            "statsmodels `Factor`",
            f"10 bootstrap replicates of 700 people, {kept} items",
            lambda again=again: [a @ a.T for a in minres(np.stack(again), 3)],
            lambda again=again: [a @ a.T for a in (factor(r, 3) for r in again)],
            "bounds of the uniquenesses, which two items on a factor drive it past",
        )
    tied = np.kron(np.eye(3), np.full((4, 1), 0.7))
    tied = tied @ (spread.T @ spread) @ tied.T
    np.fill_diagonal(tied, 1.0)
    orders = [rng.permutation(12) for _ in range(20)]
    turned = list(minres(np.stack([tied[np.ix_(o, o)] for o in orders]), 3))

    def lengths(patterns: Any) -> Any:
        return [np.sort((pattern**2).sum(axis=0)) for pattern in patterns]

    def rotated(a: Any) -> Any:
        with np.errstate(divide="ignore"):
            return rotate_factors(a, "quartimin", tol=1e-7, max_tries=2000)[0]

    yield Case(
        "oblique rotation of three equal factors (oblimin), items in several orders: sums of squared loadings",
        "consistency/oblimin_rotation.py",
        "statsmodels `rotate_factors`",
        "20 orders of 12 items",
        lambda: lengths(oblimin(np.stack(turned)).loadings),
        lambda: lengths(rotated(a) for a in turned),
        "more than one start: it ends in the nearest of several minima, which depends on the order of the items",
    )
    rated = np.round(3.5 + rng.normal(size=(40, 1)) + rng.normal(size=(40, 4)))
    target, rater = np.indices(rated.shape).reshape(2, -1)
    long = pd.DataFrame({"target": target, "rater": rater, "rating": rated.ravel()})
    order = ["ICC(1)", "ICC(A,1)", "ICC(C,1)", "ICC(k)", "ICC(A,k)", "ICC(C,k)"]

    def classes() -> Any:
        squares = mean_squares(rated, np.ones((1, 40)))
        intraclass_interval(squares, 0.95)
        found = intraclass(squares)
        return [found[form][0] for form in order]

    def pingouins() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pingouin.intraclass_corr(long, "target", "rater", "rating")["ICC"].to_numpy()

    assert set(order) == set(FORMS)
    yield Case(
        "intraclass correlations with their F intervals",
        "consistency/intraclass.py",
        "pingouin `intraclass_corr` (GPL-3.0: for tests only)",
        "40 targets, 4 raters",
        classes,
        pingouins,
        "licence; limits are rounded to two decimals; replicates at once",
    )

    def alpha() -> Any:
        found = float(cronbach_alpha(pairwise_covariance(y, np.ones((1, people))).covariance)[0])
        feldt_interval(found, people, items, 0.95)
        return found

    yield Case(
        "Cronbach's alpha with Feldt's interval",
        "statistics/reliability.py",
        "pingouin `cronbach_alpha` (GPL-3.0: for tests only)",
        f"{people} people, {items} items, 10% missing",
        alpha,
        lambda: pingouin.cronbach_alpha(pd.DataFrame(y))[0],
        "licence; its interval counts people who were left out; replicates at once",
    )
