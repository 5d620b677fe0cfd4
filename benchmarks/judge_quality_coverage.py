"""Coverage of a judge's sensitivity and specificity, and how often it is said to err differently in some system.

Five systems, a share of .6 of yes, sensitivity .9 and specificity .75. Items that people labelled: 40 or 200 a system,
or 12 or 30 clusters (scenarios, which all systems share) of 10 items a system, in which the judge's logits of being right
have a standard deviation of 1; the truth is then its mean over clusters. Under ``named alike`` stand studies in which a
difference was named though there is none (nominal at most .05), under ``named unlike`` those in which the one system whose
specificity is .45 was named. Run with ``python benchmarks/judge_quality_coverage.py``; it writes
``benchmarks/results/judge_quality_coverage.csv``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy.special import expit, logit

from valuestats import judge_quality

SYSTEMS, TRUE = 5, {"sensitivity": 0.9, "specificity": 0.75}
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


def _mean(p: float, spread: float) -> float:
    """Mean of a share whose logit is normal about that of `p`."""
    return float(WEIGHTS @ expit(logit(p) + spread * NODES) / WEIGHTS.sum())


def study(
    rng: np.random.Generator, seed: int, *, items: int, clusters: int = 0, odd: float | None = None
) -> dict[tuple[str, ...], float]:
    n = SYSTEMS * items
    system = np.repeat(np.arange(SYSTEMS), items)
    spread = 1.0 if clusters else 0.0
    cluster = np.tile(np.repeat(np.arange(clusters), items // clusters), SYSTEMS) if clusters else None
    yes = rng.random(n) < 0.6
    right = np.where(yes, TRUE["sensitivity"], TRUE["specificity"])
    if odd is not None:
        right = np.where((system == 3) & ~yes, odd, right)
    shift = 0.0 if cluster is None else spread * rng.normal(size=clusters)[cluster]
    good = rng.random(n) < expit(logit(right) + shift)
    said = np.where(yes, good, ~good)
    words = np.array(["no", "yes"])
    frame = pd.DataFrame({"item": np.arange(n), "system": [f"s{k}" for k in system]})
    frame = frame.assign(judge=words[said.astype(int)], label=words[yes.astype(int)])
    if cluster is not None:
        frame["cluster"] = cluster
    found = judge_quality(frame, by="system").estimates
    named = found["p_adjusted"] < 0.05
    if odd is not None:
        there = (found["system"] == "s3") & (found["measure"] == "specificity")
        return {("named unlike",): float(named[there].any())}
    held = {("named alike",): float(named.any())}
    for measure, p in TRUE.items():
        own = found[(found["measure"] == measure) & found["lower"].notna()]
        truth = _mean(p, spread)
        held[(measure,)] = float(((own["lower"] <= truth) & (truth <= own["upper"])).mean())
    return held


Made = Callable[..., dict[tuple[str, ...], float]]
SETTINGS: dict[str, Made] = {
    "40 items": partial(study, items=40),
    "200 items": partial(study, items=200),
    "12 clusters": partial(study, items=120, clusters=12),
    "30 clusters": partial(study, items=300, clusters=30),
    "40 items, one system unlike": partial(study, items=40, odd=0.45),
    "200 items, one system unlike": partial(study, items=200, odd=0.45),
    "30 clusters, one system unlike": partial(study, items=300, clusters=30, odd=0.45),
}

if __name__ == "__main__":
    cover("judge_quality_coverage", SETTINGS, ("what of it",), __doc__)
