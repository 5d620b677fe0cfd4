"""Similarity of 40 models to 138 countries over 2,556 questions: time and memory against a scipy loop.

Run from the repository root: ``python benchmarks/similarity_speed.py``. The loops that are too slow to run in
full are timed on a subset and extrapolated; the file of results says so. The machine is shared: in every round the
loop and this package run one after the other, and the ratio is the median over rounds of the rounds' ratios; the
ratio of processor time, all threads of this package counted, hardly depends on what else runs.
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

from valuestats.similarity.cube import other_countries, pairs, similarity_cube, weighted_means
from valuestats.similarity.distance_rows import Rows, row_distances
from valuestats.similarity.questions import Aligned, Block
from valuestats.statistics.resampling import cluster_weights

QUESTIONS, COUNTRIES, MODELS, REPLICATES = 2556, 138, 40, 2000
ROUNDS = 5
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


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def timed(call: Callable[[], object], repeats: int = 5) -> float:
    """Least of the seconds of several runs."""
    return min(seconds(call) for _ in range(repeats))


def both_clocks(call: Callable[[], object], times: float = 1.0) -> tuple[float, float]:
    """Seconds on the wall and of the processor (all threads), times a factor."""
    cpu = time.process_time()
    wall = seconds(call)
    return wall * times, (time.process_time() - cpu) * times


def scipy_sample(asked: Aligned, humans: Aligned, rng: np.random.Generator, n: int = 20_000) -> list[tuple]:
    """Pairs of rows for a loop over pairs."""
    sample = []
    for size, block in humans.blocks.items():
        other = asked.blocks[size].shares
        rows = rng.integers(len(block.unit), size=n // 9)
        sample += [(block.shares[r], other[rng.integers(len(other))]) for r in rows]
    return sample


def scipy_loop(sample: list[tuple]) -> list[float]:
    return [jensenshannon(p, q, base=2) for p, q in sample]


def largest_difference(sample: list[tuple]) -> float:
    """Largest difference from scipy's distances."""
    worst = 0.0
    for size in sorted({len(p) for p, _ in sample}):
        pairs_of_size = [(p, q) for p, q in sample if len(p) == size]
        p, q = (Rows.of(np.array(side)) for side in zip(*pairs_of_size, strict=True))
        rows = np.arange(len(pairs_of_size))
        worst = max(worst, float(np.abs(row_distances(p, q, rows, rows) - scipy_loop(pairs_of_size)).max()))
    return worst


def resample_once(cube: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One replicate of the loop that a user would write, over all models and countries."""
    return np.nanmean(cube[:, :, rng.integers(QUESTIONS, size=QUESTIONS)], axis=2)


def main() -> None:
    rng = np.random.default_rng(20261121)
    asked, humans = draw_tables(COUNTRIES, MODELS, rng)
    n_pairs = MODELS * sum(len(b.unit) for b in humans.blocks.values())
    sample = scipy_sample(asked, humans, rng)
    cube = cube_of(asked, humans)  # the loop is compiled here, once per machine
    weights = cluster_weights(QUESTIONS, REPLICATES, rng)
    weighted_means(cube, weights[:2])
    rounds = np.array(
        [
            (
                *both_clocks(lambda: scipy_loop(sample), n_pairs / len(sample)),
                *both_clocks(lambda: cube_of(asked, humans)),
                *both_clocks(lambda: resample_once(cube, rng), REPLICATES),
                *both_clocks(lambda: weighted_means(cube, weights)),
            )
            for _ in range(ROUNDS)
        ]
    )
    loop, loop_cpu, distances, distances_cpu, resampled, resampled_cpu, bootstrap, bootstrap_cpu = np.median(
        rounds, axis=0
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ceiling = timed(lambda: other_countries(humans, QUESTIONS, "jensen_shannon", 2.0), 1)

    growth: dict[str, dict[str, float]] = {}
    for share in (0.25, 0.5, 0.75, 1.0):
        m, c, r = round(MODELS * share), round(COUNTRIES * share), round(REPLICATES * share)
        few_models = Aligned(asked.units[:m], {k: b.take(b.unit < m) for k, b in asked.blocks.items()})
        few_countries = Aligned(humans.units[:c], {k: b.take(b.unit < c) for k, b in humans.blocks.items()})
        some = np.ascontiguousarray(cube[:, :c])
        calls = {
            "distances, models": lambda: cube_of(few_models, humans),  # noqa: B023
            "distances, countries": lambda: cube_of(asked, few_countries),  # noqa: B023
            "bootstrap, models": lambda: weighted_means(cube[:m], weights),  # noqa: B023
            "bootstrap, countries": lambda: weighted_means(some, weights),  # noqa: B023
            "bootstrap, replicates": lambda: weighted_means(cube, weights[:r]),  # noqa: B023
        }
        for name, call in calls.items():
            growth.setdefault(name, {})[f"{share:.0%}"] = round(timed(call, 2), 3)
    outcome = {
        "design": f"{QUESTIONS} questions x {COUNTRIES} countries x {MODELS} models, 2-10 options, "
        f"{1 - PRESENT:.0%} of the countries' cells missing: {n_pairs} pairs; {REPLICATES} replicates",
        "cores": len(os.sched_getaffinity(0)),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "rounds": ROUNDS,
        "largest_difference_from_scipy": largest_difference(sample),
        "distances_seconds": round(distances, 3),
        "scipy_loop_seconds_extrapolated": round(loop, 1),
        "distances_ratio": round(float(np.median(rounds[:, 0] / rounds[:, 2])), 1),
        "bootstrap_seconds": round(bootstrap, 3),
        "resampling_loop_seconds_extrapolated": round(resampled, 1),
        "bootstrap_ratio": round(float(np.median(rounds[:, 4] / rounds[:, 6])), 1),
        "processor_seconds": {
            "distances": round(distances_cpu, 3),
            "scipy_loop_extrapolated": round(loop_cpu, 1),
            "bootstrap": round(bootstrap_cpu, 3),
            "resampling_loop_extrapolated": round(resampled_cpu, 1),
        },
        "processor_ratio": {
            "distances": round(float(np.median(rounds[:, 1] / rounds[:, 3])), 1),
            "bootstrap": round(float(np.median(rounds[:, 5] / rounds[:, 7])), 1),
        },
        "ceiling_seconds": round(ceiling, 3),
        "peak_memory_gib": round(memory, 2),
        "seconds_by_share_of_the_whole": growth,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(outcome, indent=2) + "\n")
    print(json.dumps(outcome, indent=2))


if __name__ == "__main__":
    main()
