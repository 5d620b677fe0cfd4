"""How often intervals hold the similarity to a group whose people answered all questions.

People have a trait that moves their answers by `common` of the variance; the model's places are "scattered" about the
group's
or "shifted" all the same way, the direction of the trait. Each simulation draws questions and people anew; the truth is the
mean similarity to the exact shares over 200,000 questions. Compared: questions resampled
(`country_similarity` with ``people_uncertainty="jackknife"``) and questions and people (`demographic_alignment`).

Run from the repository root: ``python benchmarks/people_resampling_coverage.py [simulations]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.alignment.groups import checked_answers, group_shares
from valuestats.alignment.people_resampling import with_people_resampled
from valuestats.similarity.country import country_similarity
from valuestats.similarity.prepare import prepare
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

OUT = Path(__file__).parent / "results" / "people_resampling_coverage.csv"
OPTIONS, CUTS = np.array(["a", "b", "c", "d"]), stats.norm.ppf([0.25, 0.5, 0.75])


def shares(place: np.ndarray) -> np.ndarray:
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    return stats.norm.cdf(edges[1:] - place[:, None]) - stats.norm.cdf(edges[:-1] - place[:, None])


def places(questions: int, kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Of the group and of the model."""
    people = rng.normal(0, 0.5, questions)
    return people, people + (0.6 if kind == "shifted" else rng.normal(0, 0.6, questions))


def tables(
    place: np.ndarray, model: np.ndarray, people: int, common: float, rng: np.random.Generator
) -> tuple[Population, pd.DataFrame]:
    questions = [f"q{k:03d}" for k in range(len(place))]
    answers = pd.DataFrame(
        {
            "group": "m",
            "question": np.repeat(questions, 4),
            "option": np.tile(OPTIONS, len(place)),
            "position": np.tile(np.arange(4), len(place)),
            "share": shares(model).ravel(),
        }
    )
    trait = np.sqrt(common) * rng.normal(size=(people, 1))
    code = np.digitize(place + trait + np.sqrt(1 - common) * rng.normal(size=(people, len(place))), CUTS)
    person, question = np.indices(code.shape)
    asked = pd.DataFrame(
        {
            "respondent": person.ravel(),
            "question": np.array(questions)[question.ravel()],
            "option": OPTIONS[code.ravel()],
            "position": code.ravel(),
            "country": "Chile",
        }
    )
    return Population(answers), asked


def main(simulations: int = 200) -> None:
    rows = []
    for kind in ("scattered", "shifted"):
        truth_rng = np.random.default_rng(1)
        one, two = places(200_000, kind, truth_rng)
        truth = float((1 - jensen_shannon_distance(shares(two), shares(one))).mean())
        for people, common in ((50, 0.0), (50, 0.1), (50, 0.3), (300, 0.3)):
            rng = np.random.default_rng([people, int(10 * common), len(kind)])
            hits: dict[str, list[bool]] = {"questions": [], "questions and people": []}
            for seed in range(simulations):
                answers, asked = tables(*places(100, kind, rng), people, common, rng)
                group = group_shares(asked, ["country"])
                plain = country_similarity(
                    answers, group, people_uncertainty="jackknife", replicates=500, seed=seed
                )
                ready = prepare(
                    answers, group, measure="jensen_shannon", refusal_options="keep", match="group"
                )
                answered, _ = checked_answers(asked, ["country"], None)
                both = with_people_resampled(plain, ready, answered, "jensen_shannon", 2.0, 0.95, seed)
                found = {"questions": plain, "questions and people": both}
                for name, result in found.items():
                    row = result.estimates.iloc[0]
                    hits[name].append(bool(row["lower"] <= truth <= row["upper"]))
            for name, hit in hits.items():
                share = float(np.mean(hit))
                rows.append(
                    {
                        "answers": kind,
                        "people": people,
                        "questions": 100,
                        "common": common,
                        "resampled": name,
                        "level": 0.95,
                        "coverage": round(share, 4),
                        "monte_carlo_error": round(float(np.sqrt(share * (1 - share) / len(hit))), 4),
                        "simulations": len(hit),
                    }
                )
            pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")
            print(rows[-2:], flush=True)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
