"""Distances, survey designs, analyses of variance, configurations and envelopes, by hand and by libraries (`choices`)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import statsmodels.formula.api as smf
import svy
from choices_case import Case
from rank_calibration import ecdf_envelope
from scipy import spatial, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.anova import anova_lm

from valuestats.circle.scaling import procrustes
from valuestats.generalizability.variance_components import variance_components
from valuestats.latent.convergence import TAILS, convergence
from valuestats.measurement.proportional_odds import proportional_odds
from valuestats.statistics.distances import jensen_shannon_distance, wasserstein
from valuestats.statistics.row_measures import energy_rows
from valuestats.surveys.linearisation import linearised_shares


def cases() -> Iterator[Case]:
    """All of them, each group with a generator of its own."""
    for make in (_distances, _designs, _points, _calibration, _chains):
        yield from make(np.random.default_rng(20))


def _distances(rng: np.random.Generator) -> Iterator[Case]:
    p, q = rng.dirichlet(np.full(5, 0.7), (2, 100_000))
    shift = 1e-7 * np.array([1.0, -1.0, 1.0, -1.0, 0.0])
    near = 0.1 + 0.5 * rng.dirichlet(np.full(5, 3.0), 100_000)
    near /= near.sum(axis=1, keepdims=True)
    # to first order sqrt(sum d^2 / p / (8 log 2)), all further terms smaller by 1e-7
    truth = np.sqrt((shift**2 / near).sum(axis=1) / (8 * np.log(2)))
    yield Case(
        "Jensen-Shannon distances of shares 1e-7 apart, over their true values",
        "statistics/distances.py",
        "SciPy `jensenshannon`",
        "100,000 pairs, 5 options",
        lambda: jensen_shannon_distance(near + shift, near) / truth,
        lambda: spatial.distance.jensenshannon(near + shift, near, base=2, axis=1) / truth,
        "digits, as it adds terms of either sign; pairs gathered from two tables",
    )
    places = np.arange(5.0)
    for name, ours, library, top in (
        ("Wasserstein", wasserstein, stats.wasserstein_distance, 4.0),
        ("energy", energy_rows, stats.energy_distance, np.sqrt(8.0)),
    ):
        yield Case(
            f"{name} distances on an ordered scale",
            "statistics/distances.py" if name == "Wasserstein" else "statistics/row_measures.py",
            f"SciPy `{library.__name__}`",
            "10,000 pairs, 5 options",
            lambda ours=ours: ours(p[:10_000], q[:10_000]),
            lambda library=library, top=top: [
                library(places, places, a, b) / top for a, b in zip(p[:500], q[:500], strict=True)
            ],
            "many pairs at once",
            times=20,
        )


def _designs(rng: np.random.Generator) -> Iterator[Case]:
    n, domains = 50_000, 60
    stratum, weight = rng.integers(0, 100, n), rng.uniform(0.3, 3.0, n)
    psu, group, option = (
        stratum * 10 + rng.integers(0, 10, n),
        rng.integers(0, domains, n),
        rng.integers(0, 10, n),
    )
    columns = {"stratum": stratum, "psu": psu, "weight": weight, "domain": group, "q": option}
    table = pl.DataFrame(
        {c: np.strings.zfill(v.astype(str), 4) if c != "weight" else v for c, v in columns.items()}
    )
    sample = svy.Sample(table, svy.Design(stratum="stratum", psu="psu", wgt="weight"))

    def ours() -> Any:
        found = linearised_shares(option, group, weight, stratum, psu, (domains, 10))
        return np.sqrt(found.variance).ravel()

    def theirs() -> Any:
        found = sample.estimation.prop("q", by="domain", deff="wr").to_polars()
        return found["se"].to_numpy()  # by domain and option, as ours

    yield Case(
        "shares in domains of a stratified cluster sample, linearised errors",
        "surveys/linearisation.py",
        "svy `estimation.prop` (for tests only)",
        "50,000 people, 100 strata, 1,000 clusters, 60 domains, 10 options",
        ours,
        theirs,
        "nothing; it would bring polars into every installation",
    )
    y = rng.normal(size=(10, 1, 1)) + rng.normal(size=(1, 20, 1)) + rng.normal(size=(10, 20, 3))
    a, b, c = (x.ravel().astype(str) for x in np.indices(y.shape))
    long = pd.DataFrame({"y": y.ravel(), "a": a, "b": b, "c": c})

    def squares() -> Any:
        return variance_components(y, np.ones_like(y), float((y**2).sum())).squares

    def anova() -> Any:
        fit = smf.ols("y ~ (C(a, Sum) + C(b, Sum) + C(c, Sum))**2", long).fit()
        return anova_lm(fit)["sum_sq"].to_numpy()

    yield Case(
        "sums of squares of crossed facets (variance components)",
        "generalizability/variance_components.py",
        "statsmodels `anova_lm`",
        "10 x 20 x 3 cells",
        squares,
        anova,
        "components of tables with empty cells (Henderson's method 1), their draws",
    )
    people, questions = 400, 20
    x = (np.arange(people) % 2).astype(float)
    trait = rng.normal(size=people)
    eta = trait + 0.5 * x
    codes = np.stack(
        [np.digitize(eta + rng.logistic(size=people), [-1.5, 0.0, 1.5]) for _ in range(questions)]
    )
    design = np.broadcast_to(np.column_stack([trait, x]), (questions, people, 2))

    def library() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fits = [OrderedModel(k, design[0], distr="logit").fit(method="bfgs", disp=0) for k in codes[:2]]
        return [fit.params[:2] for fit in fits]

    yield Case(
        "proportional-odds regressions (differential item functioning)",
        "measurement/proportional_odds.py",
        "statsmodels `OrderedModel`",
        "20 items, 400 people, 2 covariates",
        lambda: proportional_odds(codes, np.full(questions, 4), design).coefficients,
        library,
        "weights (accepted and ignored), separated items told, all items at once",
        times=10,
    )


def _points(rng: np.random.Generator) -> Iterator[Case]:
    target = rng.normal(size=(10, 2))
    batch = target + 0.3 * rng.normal(size=(1000, 10, 2))
    yield Case(
        "Procrustes fit of bootstrapped configurations: disparity",
        "circle/scaling.py",
        "SciPy `procrustes`",
        "1,000 configurations of 10 points",
        lambda: procrustes(batch, target).disparity,
        lambda: [spatial.procrustes(target, x)[2] for x in batch[:100]],
        "coordinates of the target, replicates at once",
        times=10,
    )


def _calibration(rng: np.random.Generator) -> Iterator[Case]:
    from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

    n, bins = 200, 20
    edges = np.arange(1, bins) / bins
    samples = rng.multinomial(n, np.full(bins, 1 / bins), 20_000).cumsum(axis=1)[:, :-1] / n

    def held(low: Any, high: Any) -> Any:
        return [((low <= samples + 1e-12) & (samples <= high + 1e-12)).all(axis=1).mean()]

    def arviz() -> Any:
        prob = simulate_confidence_bands(n, 1, edges, 0.95, 20_000, np.random.default_rng(1))
        return held(*get_pointwise_confidence_band(prob, n, edges))

    yield Case(
        "envelope of the ranks' distribution: probability that it holds a uniform sample, wanted .95",
        "benchmarks/rank_calibration.py",
        "arviz-stats `ecdf_utils`",
        f"{n} ranks, {bins} bins, 20,000 simulated samples",
        lambda: held(*ecdf_envelope(n, bins)),
        arviz,
        "a p-value; its own is not part of the public names",
    )


def _chains(rng: np.random.Generator) -> Iterator[Case]:
    from arviz_stats.base import array_stats

    draws = rng.normal(size=(600, 4, 500))
    for k in range(1, 500):
        draws[:, :, k] += 0.3 * draws[:, :, k - 1]

    def arviz() -> Any:
        axes = {"chain_axis": 0, "draw_axis": 1}
        return [
            (
                array_stats.rhat(one, **axes),
                array_stats.ess(one, method="bulk", **axes),
                array_stats.ess(one, method="tail", prob=TAILS, **axes),
            )
            for one in draws[:60]
        ]

    yield Case(
        "R-hat, effective sample sizes of bulk and tails",
        "latent/convergence.py",
        "arviz-stats `rhat`, `ess`",
        "600 quantities, 4 chains of 500 draws",
        lambda: np.stack(convergence(draws), axis=1),
        arviz,
        "many quantities at once",
        times=10,
    )
