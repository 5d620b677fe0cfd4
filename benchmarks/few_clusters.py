"""Coverage of 95 % intervals by the number of clusters, for each kind of statistic that the verbs resample clusters for.

Studies are drawn from populations of clusters with a known truth; the statistic is the verb's own numerics, the interval
that of `valuestats.statistics.clusters` (Student's t of the jackknife below 20 clusters, a bootstrap from there on).
Beside it stands "percentile", the expanded percentile bootstrap for any number, which was used before. Below four clusters
no interval is given; what Student's t would cover there is shown as "student_below_4".

Run from the repository root: ``python benchmarks/few_clusters.py [studies [statistic ...]]``; it writes
``benchmarks/results/few_clusters.json`` after each statistic, and leaves there what is not run anew.
"""

from __future__ import annotations

import json
import math
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special, stats

from valuestats.circle.circumplex import circumplex
from valuestats.consistency.intraclass import intraclass, mean_squares
from valuestats.missing.adjusted_means import imbens_manski
from valuestats.missing.asked import AskedTable, extremes, fixed
from valuestats.missing.sensitivity import _shifted
from valuestats.prompts.shifts import weighted_means
from valuestats.scoring.scale_means import scale_scores
from valuestats.similarity.adjusted import pair_effects
from valuestats.statistics.agreement import category_similarity, cohen_kappa, krippendorff_nominal
from valuestats.statistics.clusters import LEAST, plan_clusters, replicate_interval
from valuestats.statistics.entropy import jackknife_entropy, plugin_entropy
from valuestats.statistics.ratios import ratio
from valuestats.statistics.reliability import (
    cronbach_alpha,
    omega_total,
    one_factor_loadings,
    pairwise_covariance,
)
from valuestats.statistics.resampling import cluster_weights, expanded_interval

OUT = Path(__file__).parent / "results" / "few_clusters.json"
CLUSTERS = (2, 3, 4, 5, 10, 20, 50)
LEVEL, REPLICATES, BATCH = 0.95, 1000, 250
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


def _each(values: list[Evaluate]) -> Evaluate:
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
    return Study(_each(found), 0.75**2, n, n, (-np.inf, 1.0), correlation=True)


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
    return Study(_each(found), TRUTHS["kappa"], n, n, (-1.0, 1.0), correlation=True)


TRUTHS: dict[str, float] = {}


def _scale(n: int, rng: np.random.Generator) -> np.ndarray:
    return 0.7 * rng.normal(size=(n, 1)) + np.sqrt(1 - 0.49) * rng.normal(size=(n, 6))


def alpha(n: int, studies: int, rng: np.random.Generator) -> Study:
    tables = [_scale(n, rng) for _ in range(studies)]
    found = [lambda w, y=y: cronbach_alpha(pairwise_covariance(y, w).covariance) for y in tables]
    return Study(_each(found), 6 * 0.49 / (1 + 5 * 0.49), n, n, (-np.inf, 1.0), correlation=True)


def omega(n: int, studies: int, rng: np.random.Generator) -> Study:
    tables = [_scale(n, rng) for _ in range(studies)]
    found = [
        lambda w, y=y: omega_total(one_factor_loadings(pairwise_covariance(y, w).correlation)) for y in tables
    ]
    return Study(_each(found), 6 * 0.49 / (1 + 5 * 0.49), n, n, (-np.inf, 1.0), correlation=True)


def retest(n: int, studies: int, rng: np.random.Generator) -> Study:
    tables = [rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.6, (n, 2)) for _ in range(studies)]
    found = [lambda w, y=y: intraclass(mean_squares(y, w))["ICC(A,1)"] for y in tables]
    return Study(_each(found), 1 / 1.36, n, n, (-np.inf, 1.0), correlation=True)


def _asked(n: int, studies: int, rng: np.random.Generator) -> AskedTable:
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
        counts, (~given).sum(axis=2).astype(float), names, ["all"], sign, cluster, codes, codes, "mean"
    )


def missing_mean(n: int, studies: int, rng: np.random.Generator) -> Study:
    table = _asked(n, studies, rng)
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
    return Study(_each(found), 0.2, n, n)


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


@dataclass
class Kind:
    """A statistic, the verbs that report it, and how many studies it can afford."""

    make: Callable[[int, int, np.random.Generator], Study]
    verbs: str
    share: float = 1.0


KINDS = {
    "centred score": Kind(score, "score"),
    "centred score, keys in half of the queries": Kind(score_in_half, "score"),
    "difference of two models' scores": Kind(score_contrast, "Result.contrast"),
    "mean over clustered people or items": Kind(group_mean, "score, annotator_effects"),
    "mean over questions": Kind(
        question_mean,
        "country_similarity, social_alignment, noise_ceiling, steering_effect, language_effect, opinionqa_measures",
    ),
    "mean absolute shift": Kind(mean_shift, "sensitivity"),
    "share of answers": Kind(style_share, "response_style"),
    "ratio of variances": Kind(variance_ratio, "homogenisation, stereotype_check"),
    "mean with missing answers": Kind(missing_mean, "missing_sensitivity"),
    "worst-case bounds": Kind(missing_mean, "missing_bounds"),
    "evenness": Kind(diversity, "perspective_diversity"),
    "Krippendorff's alpha": Kind(krippendorff, "agreement"),
    "Cohen's kappa": Kind(kappa, "agreement, compare_parsers"),
    "Cronbach's alpha": Kind(alpha, "reliability"),
    "omega": Kind(omega, "reliability", 0.25),
    "intraclass correlation": Kind(retest, "retest"),
    "two-way similarity": Kind(adjusted, "adjusted_similarity", 0.25),
    "angle on the circle": Kind(question_mean, "circumplex", 0.05),
}


def bounds(n: int, studies: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Whether Imbens and Manski's interval holds the lower bound, the hardest point in it."""
    table = _asked(n, studies, rng)
    few = plan_clusters(n, REPLICATES, rng)
    old = np.vstack([np.ones(n), cluster_weights(n, REPLICATES, rng)])
    # each code has its latent share; a fifth is missing and would have been 1
    truth = 0.8 * 3.5 + 0.2
    hits = []
    for weights, plan in ((few.with_all, few), (old, None)):
        ends = [fixed(table, *extremes(table, up), weights)[..., 0] for up in (False, True)]
        errors = [
            plan.finish(e[1:], e[0], n, LEVEL).std_error if plan else np.nanstd(e[1:], axis=0, ddof=1)
            for e in ends
        ]
        low, high = imbens_manski(ends[0][0], ends[1][0], *errors, LEVEL, n)
        hits.append((low <= truth) & (truth <= high))
    return hits


def angles(n: int, studies: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Whether the interval of an angle holds it, for six values evenly on a circle; the percentiles are not worked out."""
    true = np.arange(6) * np.pi / 3
    hits, known = [], []
    for seed in range(studies):
        plane = rng.normal(size=(n, 2)) @ np.array([np.cos(true), np.sin(true)])
        wide = pd.DataFrame(plane + 0.5 * rng.normal(size=(n, 6)), columns=list("abcdef")).rename_axis(
            "respondent"
        )
        scores = wide.reset_index().melt("respondent", var_name="dimension", value_name="score")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = circumplex(
                scores, order=list("abcdef"), starts=5, permutations=1, replicates=200, seed=seed
            ).estimates
        hits.append((found["lower"] <= found["baseline"]) & (found["baseline"] <= found["upper"]))
        known.append(found["lower"].notna())
    covered = np.concatenate(hits)
    return {"covered": covered, "known": np.concatenate(known), "percentile": np.full(covered.shape, np.nan)}


def one_batch(name: str, n: int, studies: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which intervals hold the truth."""
    if name == "worst-case bounds":
        now, old = bounds(n, studies, rng)
        return {"covered": now, "percentile": old, "width": np.full(studies, np.nan)}
    if name == "angle on the circle":
        return {"width": np.full(6 * studies, np.nan), **angles(n, studies, rng)}
    study = KINDS[name].make(n, studies, rng)
    plan = plan_clusters(study.total, REPLICATES, rng, behind=study.units)
    point = study.evaluate(np.ones((1, study.total)))[0]
    found = plan.finish(
        study.evaluate(plan.weights),
        point,
        study.units,
        LEVEL,
        around=study.around,
        within=study.within,
        correlation=study.correlation,
    )
    lower, upper = found.lower, found.upper
    if name == "difference of two models' scores" and n >= LEAST:
        lower, upper, _ = replicate_interval(found.draws, LEVEL, n, plan.jackknife)
    if n < LEAST:
        reach = special.stdtrit(study.units - 1, (1 + LEVEL) / 2) * found.std_error
        lower, upper = point - reach, point + reach
    draws = study.evaluate(cluster_weights(study.total, REPLICATES, rng))
    if study.around is not None:
        draws = study.around + draws - np.nanmean(draws, axis=0)
    low, high = expanded_interval(draws, LEVEL, study.units)
    return {
        "covered": (lower <= study.truth) & (study.truth <= upper),
        "known": ~np.isnan(lower),
        "percentile": (low <= study.truth) & (study.truth <= high),
        "width": upper - lower,
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def main(studies: int = 2000, chosen: Sequence[str] = ()) -> None:
    rows = json.loads(OUT.read_text())["rows"] if chosen else []
    rows = [row for row in rows if row["statistic"] not in chosen]
    for number, (name, kind) in enumerate(KINDS.items()):
        if chosen and name not in chosen:
            continue
        began = time.perf_counter()
        wanted = int(studies * kind.share)
        for n in (
            CLUSTERS if name != "angle on the circle" else CLUSTERS[3:]
        ):  # the verb asks for four respondents
            rng = np.random.default_rng([20261130, number, n])
            batches = [one_batch(name, n, min(BATCH, wanted), rng) for _ in range(-(-wanted // BATCH))]
            found = {k: np.concatenate([b[k] for b in batches if k in b]) for k in batches[0]}
            known = found.get("known", np.ones(len(found["covered"]), dtype=bool))
            share = float(found["covered"][known].mean()) if known.any() else float("nan")
            rows.append(
                {
                    "statistic": name,
                    "verbs": kind.verbs,
                    "clusters": n,
                    "studies": len(found["covered"]),
                    "coverage" if n >= LEAST else "student_below_4": _known(share),
                    "percentile": _known(found["percentile"].mean()),
                    "no_interval": round(float(1 - known.mean()), 4),
                    "median_width": round(float(np.median(found["width"][known])), 4)
                    if known.any()
                    else None,
                    "monte_carlo_error": _known(np.sqrt(share * (1 - share) / max(known.sum(), 1))),
                }
            )
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
        for row in rows[-len(CLUSTERS) :]:
            print("  ", {k: v for k, v in row.items() if k not in ("statistic", "verbs")}, flush=True)
        OUT.parent.mkdir(exist_ok=True)
        command = f"python benchmarks/few_clusters.py {studies}"
        OUT.write_text(json.dumps({"command": command, "level": LEVEL, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]), sys.argv[2:])
