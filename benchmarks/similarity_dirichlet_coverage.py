"""How often intervals contain the similarity to the true shares when only samples of people were asked.

Questions are drawn from a population of questions (the generator of the simulator), and n people are asked
each; the truth is the mean similarity to the exact shares over 100,000 questions. Compared, all at the expanded
level: "shares taken as known" (bootstrap of questions), "drawn, uncorrected" (posterior draws of the shares
without the bias correction), "corrected, questions only" (correction, no draws) and "dirichlet" (what
`country_similarity` reports with ``people_uncertainty="dirichlet"``).

Run from the repository root: ``python benchmarks/similarity_dirichlet_coverage.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.similarity.cube import Pairs, similarity_cube, weighted_means
from valuestats.similarity.distance_rows import Rows
from valuestats.similarity.sampling_error import sampling_error
from valuestats.simulation.countries import Questions, draw_questions, draw_world, sample_people
from valuestats.simulation.design import Design
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

PEOPLE, QUESTIONS = (50, 200, 1000), (30, 100)
SIMULATIONS, BATCH, REPLICATES, LEVEL, POOL = 800, 100, 400, 0.95, 100_000
OUT = Path(__file__).parent / "results" / "similarity_dirichlet_coverage.csv"


def pairs_of(pool: Questions, chosen: np.ndarray, observed: np.ndarray, n_people: int) -> list[Pairs]:
    """Every simulation as a country of its own; `chosen` holds its questions, shape ``(simulations, questions)``."""
    offered = (pool.size + pool.dont_know)[chosen]
    found = []
    for size in np.unique(offered):
        simulation, question = np.nonzero(offered == size)
        row = np.arange(len(simulation))
        answers = pool.answers[0, 0, chosen[simulation, question]][:, :size]
        people = observed[simulation, question][:, :size]
        known = np.full(len(row), float(n_people))
        found.append(
            Pairs(0, simulation, question, Rows.of(answers), Rows.of(people), row, row, known * np.nan, known)
        )
    return found


def ends(draws: np.ndarray, n_questions: int) -> tuple[np.ndarray, np.ndarray]:
    return equal_tailed(draws[:, 0], expanded_level(LEVEL, n_questions))


def main() -> None:
    rng = np.random.default_rng(20261121)
    world = draw_world(Design(seed=0, n_models=2, n_countries=2), rng)
    pool = draw_questions(world, POOL, rng)
    truth = float((1 - jensen_shannon_distance(pool.answers[0, 0], pool.people[0])).mean())
    rows = []
    for n_people in PEOPLE:
        for n_questions in QUESTIONS:
            found: dict[str, list[np.ndarray]] = {}
            for _ in range(SIMULATIONS // BATCH):
                chosen = rng.integers(POOL, size=(BATCH, n_questions))
                observed = sample_people(pool.people[0, chosen], n_people, rng)
                pairs = pairs_of(pool, chosen, observed, n_people)
                cube = similarity_cube(pairs, (1, BATCH, n_questions), "jensen_shannon", 2.0)
                weights = cluster_weights(n_questions, REPLICATES, rng)
                error = sampling_error(
                    pairs, cube, weights, measure="jensen_shannon", base=2.0, prior=0.5, rng=rng
                )
                shift = weighted_means(error.bias, weights)
                plain = weighted_means(cube, weights)
                for name, draws, centre in (
                    ("shares taken as known", plain, cube),
                    ("drawn, uncorrected", error.draws + 2 * shift, cube + error.bias),
                    ("corrected, questions only", plain - shift, cube - error.bias),
                    ("dirichlet", error.draws, cube - error.bias),
                ):
                    lower, upper = ends(draws, n_questions)
                    found.setdefault(name, []).append(
                        np.stack(
                            [
                                (lower <= truth) & (truth <= upper),
                                upper - lower,
                                centre[0].mean(axis=1) - truth,
                            ]
                        )
                    )
            for name, parts in found.items():
                hit, width, bias = np.concatenate(parts, axis=1)
                rows.append(
                    {
                        "people": n_people,
                        "questions": n_questions,
                        "interval": name,
                        "level": LEVEL,
                        "coverage": round(float(hit.mean()), 4),
                        "monte_carlo_error": round(
                            float(np.sqrt(hit.mean() * (1 - hit.mean()) / hit.size)), 4
                        ),
                        "mean_width": round(float(width.mean()), 4),
                        "bias": round(float(bias.mean()), 4),
                        "true_similarity": round(truth, 4),
                        "simulations": hit.size,
                    }
                )
    frame = pd.DataFrame(rows)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    for value in ("coverage", "bias", "mean_width"):
        print(frame.pivot_table(index=["people", "questions"], columns="interval", values=value), "\n")


if __name__ == "__main__":
    main()
