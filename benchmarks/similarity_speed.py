"""Similarity of 40 models to 138 countries over 2,556 questions: time and memory against a scipy loop.

Run from the repository root: ``python benchmarks/similarity_speed.py``. The loops that are too slow to run in
full are timed on a subset in the same run and extrapolated; the file of results says so.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.distance import jensenshannon

from valuestats.kernels.resampling import cluster_weights
from valuestats.similarity.cube import other_countries, pairs, similarity_cube, weighted_means
from valuestats.similarity.questions import Aligned, Block

QUESTIONS, COUNTRIES, MODELS, REPLICATES = 2556, 138, 40, 2000
PRESENT = 0.7
OUT = Path(__file__).parent / "results" / "similarity_speed.json"


def draw_tables(countries: int, models: int, rng: np.random.Generator) -> tuple[Aligned, Aligned]:
    """Countries with 30 % of the questions missing at random, and models that answered all."""
    sizes = rng.integers(2, 11, QUESTIONS)
    humans, asked = {}, {}
    for size in range(2, 11):
        question = np.flatnonzero(sizes == size)
        unit, column = np.nonzero(rng.random((countries, len(question))) < PRESENT)
        humans[size] = Block(
            unit, question[column], rng.dirichlet(np.ones(size), len(unit)), np.full(len(unit), np.nan)
        )
        unit, column = np.indices((models, len(question))).reshape(2, -1)
        asked[size] = Block(
            unit, question[column], rng.dirichlet(np.ones(size), len(unit)), np.full(len(unit), np.nan)
        )
    return (
        Aligned([(f"model {i:02d}",) for i in range(models)], asked),
        Aligned([(f"country {i:03d}",) for i in range(countries)], humans),
    )


def cube_of(asked: Aligned, humans: Aligned) -> np.ndarray:
    names = [unit[0] for unit in asked.units]
    shape = (len(names), len(humans.units), QUESTIONS)
    return similarity_cube(pairs(asked, humans, names, None), shape, "jensen_shannon", 2.0)


def timed(call: Callable[[], object], repeats: int = 5) -> float:
    """Least of the seconds of several runs: the machine is shared."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def scipy_loop(asked: Aligned, humans: Aligned, rng: np.random.Generator, n: int = 4000) -> float:
    """Seconds per pair of a loop over pairs."""
    sample = []
    for size, block in humans.blocks.items():
        other = asked.blocks[size].shares
        rows = rng.integers(len(block.unit), size=n // 9)
        sample += [(block.shares[r], other[rng.integers(len(other))]) for r in rows]

    def loop() -> None:
        for p, q in sample:
            jensenshannon(p, q, base=2)

    return timed(loop) / len(sample)


def resampling_loop(cube: np.ndarray, rng: np.random.Generator) -> float:
    """Seconds per replicate of resample-and-mean over all models and countries."""
    return timed(lambda: np.nanmean(cube[:, :, rng.integers(QUESTIONS, size=QUESTIONS)], axis=2))


def main() -> None:
    rng = np.random.default_rng(20261121)
    asked, humans = draw_tables(COUNTRIES, MODELS, rng)
    n_pairs = MODELS * sum(len(b.unit) for b in humans.blocks.values())
    per_pair = scipy_loop(asked, humans, rng)
    distances = timed(lambda: cube_of(asked, humans))
    cube = cube_of(asked, humans)
    weights = cluster_weights(QUESTIONS, REPLICATES, rng)
    bootstrap = timed(lambda: weighted_means(cube, weights))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ceiling = timed(lambda: other_countries(humans, QUESTIONS, "jensen_shannon", 2.0), 1)
    per_replicate = resampling_loop(cube, rng)

    few_models = Aligned(asked.units[:20], {k: b.take(b.unit < 20) for k, b in asked.blocks.items()})
    few_countries = Aligned(humans.units[:69], {k: b.take(b.unit < 69) for k, b in humans.blocks.items()})
    halves = {
        "distances, half the models": timed(lambda: cube_of(few_models, humans)) / distances,
        "distances, half the countries": timed(lambda: cube_of(asked, few_countries)) / distances,
        "bootstrap, half the models": timed(lambda: weighted_means(cube[:20], weights)) / bootstrap,
        "bootstrap, half the countries": timed(lambda: weighted_means(cube[:, :69].copy(), weights))
        / bootstrap,
        "bootstrap, half the replicates": timed(lambda: weighted_means(cube, weights[:1000])) / bootstrap,
    }
    loop, resampled = per_pair * n_pairs, per_replicate * REPLICATES
    outcome = {
        "design": f"{QUESTIONS} questions x {COUNTRIES} countries x {MODELS} models, 2-10 options, "
        f"{1 - PRESENT:.0%} of the countries' cells missing: {n_pairs} pairs; {REPLICATES} replicates",
        "cores": len(os.sched_getaffinity(0)),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "distances_seconds": round(distances, 3),
        "scipy_loop_seconds_extrapolated": round(loop, 1),
        "distances_ratio": round(loop / distances, 1),
        "bootstrap_seconds": round(bootstrap, 3),
        "resampling_loop_seconds_extrapolated": round(resampled, 1),
        "bootstrap_ratio": round(resampled / bootstrap, 1),
        "ceiling_seconds": round(ceiling, 3),
        "peak_memory_gib": round(memory, 2),
        "time_relative_to_whole": {k: round(v, 2) for k, v in halves.items()},
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(outcome, indent=2) + "\n")
    print(json.dumps(outcome, indent=2))


if __name__ == "__main__":
    main()
