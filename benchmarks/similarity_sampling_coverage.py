"""How often intervals contain the similarity to the true shares when only samples of people were asked.

Questions are drawn from a population of questions (the generator of the simulator), and n people are asked
each; the truth is the mean similarity to the exact shares over 100,000 questions. Compared: "shares taken as known"
(``people_uncertainty="none"``) and "jackknife" (each question's similarity corrected by leaving out people).

Run from the repository root: ``python benchmarks/similarity_sampling_coverage.py``.
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
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.distances import jensen_shannon_distance

PEOPLE, QUESTIONS = (20, 50, 200, 1000), (10, 30, 100)
SIMULATIONS, BATCH, REPLICATES, LEVEL, POOL = 2000, 100, 1000, 0.95, 100_000
OUT = Path(__file__).parent / "results" / "similarity_sampling_coverage.csv"


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
                error = sampling_error(pairs, cube, measure="jensen_shannon", base=2.0)
                plan = plan_clusters(n_questions, REPLICATES, rng)
                for name, values in (("shares taken as known", cube), ("jackknife", error.corrected)):
                    point = values.mean(axis=2)
                    ends = plan.finish(weighted_means(values, plan.weights), point, n_questions, LEVEL)
                    hit = (ends.lower <= truth) & (truth <= ends.upper)
                    found.setdefault(name, []).append(
                        np.stack([hit[0], (ends.upper - ends.lower)[0], point[0] - truth])
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
