"""How often intervals of steering, stereotype and OpinionQA measures contain the truth, by simulation.

Questions with four ordered options are drawn from a population of questions: countries share a question's logits and
differ by their own; the model's default answers are pulled to one country, its steered answers are an exaggerated (1.3
times) and sharpened version of the country's, in each of two contexts with noise. The truth of every quantity is its value
over 20,000 questions. Shares are taken as known, as the verbs do.

Run from the repository root: ``python benchmarks/people_effects_coverage.py`` (about 3 minutes).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.representation import opinionqa_measures
from valuestats.similarity.steering import steering_effect
from valuestats.similarity.stereotypes import stereotype_check
from valuestats.tables import Population

COUNTRIES = ("A", "B", "C")
OPTIONS = ("Agree strongly", "Agree", "Disagree", "Disagree strongly")
SIZES = (30, 100)
SIMULATIONS, REPLICATES, LEVEL, POOL = 400, 800, 0.95, 20_000
OUT = Path(__file__).parent / "results" / "people_effects_coverage.csv"


def shares(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def draw(n: int, rng: np.random.Generator) -> dict[tuple[str, str | None, str | None], np.ndarray]:
    """Shares by (group, persona, context), each of shape ``(questions, options)``."""
    places = np.linspace(-1, 1, 4)
    common = rng.normal(0, 0.5, (n, 1)) * places + rng.normal(0, 0.4, (n, 4))
    own = {c: rng.normal(0, 0.6, (n, 1)) * places for c in COUNTRIES}
    world: dict[tuple[str, str | None, str | None], np.ndarray] = {}
    for country in COUNTRIES:
        world[country, None, None] = shares(common + own[country])
        for context, noise in (("qa", 0.3), ("bio", 0.6)):
            logits = 1.2 * (common + 1.3 * own[country] + rng.normal(0, noise, (n, 4)))
            world["m", country, context] = shares(logits)
    world["m", None, None] = shares(common + 0.8 * own["A"] + rng.normal(0, 0.3, (n, 4)))
    return world


def tables(world: dict, context: str | None) -> tuple[ModelAnswers, Population]:
    """The model's answers (of one context, or of all) and the people's."""
    models, people = [], []
    for (group, persona, given), table in world.items():
        n = len(table)
        frame = pd.DataFrame(
            {
                "group": group,
                "question": np.repeat(np.arange(n), 4).astype(str),
                "option": list(OPTIONS) * n,
                "position": list(range(4)) * n,
                "share": table.ravel(),
                "ordered": True,
            }
        )
        if group != "m":
            people.append(frame)
        elif context is None or given in (None, context):
            models.append(frame.assign(persona=persona, condition=given if context is None else None))
    return ModelAnswers(pd.concat(models, ignore_index=True)), Population(
        pd.concat(people, ignore_index=True)
    )


def measure(world: dict, replicates: int, seed: int = 0) -> pd.DataFrame:
    answers, people = tables(world, "qa")
    options = {"replicates": replicates, "level": LEVEL, "seed": seed}
    found = [
        steering_effect(answers, people, **options).estimates,
        stereotype_check(answers, people, **options).estimates,
        opinionqa_measures(*tables(world, None), **options).estimates,
    ]
    return pd.concat(found).set_index(["group", "quantity"])[["estimate", "lower", "upper"]]


def main() -> None:
    rng = np.random.default_rng(20261121)
    truth = measure(draw(POOL, rng), 0)["estimate"]
    rows = []
    for size in SIZES:
        inside = []
        for number in range(SIMULATIONS):
            found = measure(draw(size, rng), REPLICATES, number)
            inside.append((found["lower"] <= truth) & (truth <= found["upper"]))
        coverage = pd.concat(inside, axis=1).mean(axis=1)
        for (group, quantity), share in coverage.items():
            rows.append(
                {
                    "questions": size,
                    "group": group,
                    "quantity": quantity,
                    "truth": round(float(truth[group, quantity]), 4),
                    "level": LEVEL,
                    "coverage": round(float(share), 4),
                    "monte_carlo_error": round(float(np.sqrt(share * (1 - share) / SIMULATIONS)), 4),
                    "simulations": SIMULATIONS,
                }
            )
    frame = pd.DataFrame(rows)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.pivot_table(index="quantity", columns=["questions", "group"], values="coverage"))


if __name__ == "__main__":
    main()
