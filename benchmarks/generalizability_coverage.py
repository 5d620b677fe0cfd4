"""Coverage of the intervals of variance components, of the half width of a model's score and of a contrast's power.

Truth: models x items x wordings (and two answers per cell in one setting) with normal effects; then with effects that
are skewed (centred exponential), with a tenth of the cells empty, and with answers cut to the codes 1 to 6 after the
effects were added (there the truth is the mean estimate of large tables). The contrast is one of .5 in a design of 100
items and 5 wordings; ``sure`` is how often its power, or its assurance, is said to be .9 or more while it is not (for
components times four, under which it is .32). Run with
``python benchmarks/generalizability_coverage.py``; it writes ``benchmarks/results/generalizability_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.progress import track
from valuestats.generalizability.variance_components import RESIDUAL, Effect, precision, variance_components
from valuestats.statistics.resampling import equal_tailed

RESULTS = Path(__file__).parent / "results"
EFFECTS: tuple[Effect, ...] = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
VARIANCE = np.array([0.3, 0.3, 0.05, 0.25, 0.05, 0.03, 0.7])
DIFFERENCE, Z = 0.5, 1.959963984540054
NAMES = ["model", "item", "wording", "model x item", "model x wording", "item x wording", "residual"]


def table(
    shape: tuple[int, int, int], kind: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    def effect(variance: float, size: list[int]) -> np.ndarray:
        if kind == "skewed":
            return variance**0.5 * (rng.exponential(size=size) - 1)
        return rng.normal(0, variance**0.5, size)

    y = np.full(shape, 3.8)
    for variance, axes in zip(VARIANCE, EFFECTS, strict=False):
        y = y + effect(variance, [n if a in axes else 1 for a, n in enumerate(shape)])
    y = y + effect(VARIANCE[-1], list(shape))
    if kind == "codes 1-6":
        y = np.clip(np.round(y), 1, 6)
    count = (rng.random(shape) > (0.1 if kind == "10 % empty" else 0)).astype(float)
    return y * count, count, float((y**2 * count).sum())


def half(variance: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    found = precision(variance, [*EFFECTS, RESIDUAL], {1: shape[1], 2: shape[2]})
    ratio = np.divide(
        found.relative,
        found.universe,
        out=np.full(np.shape(found.universe), np.inf),
        where=found.universe > 0,
    )
    return 1.96 * np.sqrt(ratio)


def power(variance: np.ndarray) -> np.ndarray:
    """Of a contrast of two models in a larger design."""
    relative = precision(variance, [*EFFECTS, RESIDUAL], {1: 100, 2: 5}).relative
    t = DIFFERENCE / np.sqrt(2 * relative)
    return np.asarray(stats.norm.cdf(t - Z) + stats.norm.cdf(-t - Z))


def setting(
    shape: tuple[int, int, int], kind: str, simulations: int, draws: int, seed: int
) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    truth = VARIANCE
    if kind == "codes 1-6":
        truth = np.mean(
            [variance_components(*table((60, 60, 60), kind, rng)).estimate for _ in range(30)], axis=0
        )
    names = [*NAMES, "half width (relative)", "power of a contrast"]
    value = np.r_[truth, half(truth, shape), power(truth)]
    hits, sure = np.zeros(len(names)), np.zeros(2)
    for _ in range(simulations):
        found = variance_components(*table(shape, kind, rng))
        drawn = found.draws(draws, rng)
        low, high = equal_tailed(drawn, 0.95)
        spread = np.quantile(half(drawn, shape), [0.025, 0.975], method="nearest")
        able = equal_tailed(power(drawn), 0.95)
        hits += (np.r_[low, spread[0], able[0]] <= value) & (value <= np.r_[high, spread[1], able[1]])
        sure += np.array([power(4 * found.estimate), power(4 * drawn).mean()]) >= 0.9
    return [
        {
            "quantity": name,
            "data": kind,
            "models": shape[0],
            "items": shape[1],
            "wordings": shape[2],
            "truth": v,
            "simulations": simulations,
            "coverage": h / simulations,
            "sure": sure[0] / simulations if name == names[-1] else np.nan,
            "sure_by_assurance": sure[1] / simulations if name == names[-1] else np.nan,
            "monte_carlo_error": (0.95 * 0.05 / simulations) ** 0.5,
        }
        for name, v, h in zip(names, value, hits, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=1000)
    chosen = parser.parse_args()
    settings = [
        (shape, kind)
        for shape in ((3, 20, 2), (10, 15, 3), (33, 20, 3), (33, 20, 10))
        for kind in ("normal", "10 % empty", "skewed", "codes 1-6")
    ]
    rows = []
    for seed, (shape, kind) in enumerate(track(settings, "settings")):
        rows += setting(shape, kind, chosen.simulations, chosen.draws, seed)
    result = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/generalizability_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    result.to_csv(RESULTS / "generalizability_coverage.csv", index=False)
    print(
        result.pivot_table(
            index=["data", "models", "wordings"], columns="quantity", values="coverage"
        ).to_string()
    )


if __name__ == "__main__":
    main()
