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
from few_cluster_studies import (
    Study,
    adjusted,
    alpha,
    asked,
    diversity,
    group_mean,
    kappa,
    krippendorff,
    mean_shift,
    missing_mean,
    omega,
    question_mean,
    retest,
    score,
    score_contrast,
    score_in_half,
    style_share,
    variance_ratio,
)
from scipy import special

from valuestats.circle.circumplex import circumplex
from valuestats.missing.adjusted_means import imbens_manski
from valuestats.missing.asked import extremes, fixed
from valuestats.statistics.clusters import LEAST, plan_clusters, replicate_interval
from valuestats.statistics.resampling import cluster_weights, expanded_interval

OUT = Path(__file__).parent / "results" / "few_clusters.json"
CLUSTERS = (2, 3, 4, 5, 10, 20, 50)
LEVEL, REPLICATES, BATCH = 0.95, 1000, 250


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
    table = asked(n, studies, rng)
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
