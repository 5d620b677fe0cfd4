"""Coverage of the bootstrap intervals of the values' angles, and how far they shrink, by transformation.

Truth: scores of ten values that lie on the circle with noise, centred on the person's mean; the estimand is the angle of
each value in the plane fitted to the population's correlations, which are known in closed form. Run with
``python benchmarks/circumplex_coverage.py``; it writes ``benchmarks/results/circumplex_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.circle.circumplex import WEDGES, circumplex
from valuestats.circle.scaling import classical_scaling, procrustes, smacof

RESULTS = Path(__file__).parent / "results"
ANGLE = {name: 2 * np.pi * k / len(WEDGES) for k, wedge in enumerate(WEDGES) for name in wedge}


def true_angles(noise: float, transformation: str) -> np.ndarray:
    angle = np.array(list(ANGLE.values()))
    loading = np.column_stack([np.cos(angle), np.sin(angle)])
    covariance = loading @ loading.T + noise**2 * np.eye(len(angle))
    centre = np.eye(len(angle)) - 1 / len(angle)
    covariance = centre @ covariance @ centre
    sd = np.sqrt(np.diag(covariance))
    d = 1 - covariance / np.outer(sd, sd)
    rng = np.random.default_rng(0)
    start = np.concatenate([classical_scaling(d)[None], rng.normal(size=(50, 10, 2))])
    found = smacof(
        np.broadcast_to(d, (51, 10, 10)), start, transformation=transformation, steps=3000, tolerance=1e-10
    )
    fit = procrustes(found.points[[int(np.argmin(found.stress))]], loading).points[0]
    return np.degrees(np.arctan2(fit[:, 1], fit[:, 0]))


def one_setting(
    n: int, noise: float, transformation: str, simulations: int, replicates: int
) -> dict[str, object]:
    truth = true_angles(noise, transformation)
    angle = np.array(list(ANGLE.values()))
    hits, width = np.zeros(10), []
    for seed in range(simulations):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, 2)) @ np.array([np.cos(angle), np.sin(angle)]) + noise * rng.normal(
            size=(n, 10)
        )
        x -= x.mean(axis=1, keepdims=True)
        wide = pd.DataFrame(x, columns=list(ANGLE)).assign(respondent=range(n))
        scores = wide.melt("respondent", var_name="dimension", value_name="score")
        found = circumplex(
            scores, transformation=transformation, starts=20, replicates=replicates, permutations=0, seed=seed
        ).estimates.set_index("value")
        found = found.loc[list(ANGLE)]
        away = (truth - found["estimate"].to_numpy() + 180) % 360 - 180
        low, high = found["lower"] - found["estimate"], found["upper"] - found["estimate"]
        hits += (low.to_numpy() <= away) & (away <= high.to_numpy())
        width.append((found["upper"] - found["lower"]).mean())
    return {
        "transformation": transformation,
        "n": n,
        "noise": noise,
        "simulations": simulations,
        "coverage": hits.mean() / simulations,
        "lowest_coverage_of_a_value": hits.min() / simulations,
        "mean_width_degrees": float(np.mean(width)),
        "monte_carlo_error": (0.95 * 0.05 / simulations) ** 0.5,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=300)
    chosen = parser.parse_args()
    settings = [(n, 1.0, t) for t in ("interval", "ordinal") for n in (150, 600, 2400)]
    rows = [one_setting(*s, chosen.simulations, chosen.replicates) for s in track(settings, "settings")]
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/circumplex_coverage.py", *sys.argv[1:]])
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "circumplex_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
