"""Coverage of the similarity to a group on three questions that are all there are (`demographic_alignment`).

People live in sampling units that move all their answers alike, and have unequal weights; a model gives 60 answers to each
question, or its exact shares. True shares of the people are means over a million units. "far", "near" and "same": the
model's true shares stand so to the people's.

``python benchmarks/fixed_questions_coverage.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy import stats

from valuestats.alignment.demographic import demographic_alignment
from valuestats.alignment.fixed_questions import on_these_questions
from valuestats.alignment.groups import checked_answers, group_shares
from valuestats.similarity.country import country_similarity
from valuestats.similarity.prepare import prepare
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

OPTIONS = np.array(["a", "b", "c", "d"])
CUTS = np.stack([stats.norm.ppf([0.25, 0.5, 0.75]), [-1.2, -0.3, 0.4], [-0.2, 0.6, 1.3]])
APART = {"far": 0.8, "near": 0.25, "same": 0.0}
COMMON, ANSWERS = 0.15, 60
TOGETHER = 20
"""Studies worked out in one call, each a group with people of its own and a model that answered for it."""
NAMES = np.array([f"g{k}" for k in range(TOGETHER)])
MODELS = np.array([f"m{k}" for k in range(TOGETHER)])
QUESTIONS = np.array(["q0", "q1", "q2"])


def shares(cuts: np.ndarray, place: float, spread: float = 1.0) -> np.ndarray:
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    return np.diff(stats.norm.cdf(edges, place, spread))


@cache
def truth(where: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares of the people and of the model, and their similarity; unit and person together are standard normal."""
    people = np.stack([shares(c, 0.0) for c in CUTS])
    model = np.stack([shares(c, APART[where]) for c in CUTS])
    return people, model, float((1 - jensen_shannon_distance(model, people)).mean())


def study(where: str, units: int, people: int, exact: bool = False, said: int = ANSWERS):
    """`TOGETHER` studies of so many units of so many people; one person a unit is a survey without clusters."""

    def drawn(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        _, model, similarity = truth(where)
        n = units * people
        asked, given = [], []
        for k in range(TOGETHER):
            unit = np.repeat(np.arange(units), people)
            place = np.sqrt(COMMON) * rng.normal(size=units)[unit][:, None] + np.sqrt(
                1 - COMMON
            ) * rng.normal(size=(n, 3))
            weight = np.exp(rng.normal(0, 0.4, n))
            for q in range(3):
                code = np.digitize(place[:, q], CUTS[q])
                asked.append(
                    (k * n + np.arange(n), np.full(n, q), code, np.full(n, k), weight, k * units + unit)
                )
                share = model[q] if exact else rng.multinomial(said, model[q]) / said
                given.append((np.full(4, k), np.full(4, q), np.arange(4), share))
        who, question, code, group, weight, unit = (np.concatenate(c) for c in zip(*asked, strict=True))
        survey = pd.DataFrame(
            {
                "respondent": who,
                "question": QUESTIONS[question],
                "option": OPTIONS[code],
                "position": code,
                "country": NAMES[group],
                "w": weight,
                "psu": unit,
            }
        )
        persona, question, code, share = (np.concatenate(c) for c in zip(*given, strict=True))
        answers = pd.DataFrame(
            {
                "group": MODELS[persona],
                "persona": NAMES[persona],
                "question": QUESTIONS[question],
                "option": OPTIONS[code],
                "position": code,
                "share": share,
            }
        )
        table = Population(answers if exact else answers.assign(n=float(said)))
        group = group_shares(survey, ["country"], weight="w")
        plain = country_similarity(table, group, people_uncertainty="jackknife", replicates=50, seed=seed)
        ready = prepare(table, group, measure="jensen_shannon", refusal_options="keep", match="group")
        answered, _ = checked_answers(survey, ["country"], "w")
        held = {}
        for name, frame in (("sampling units", answered), ("respondents", answered.drop(columns="psu"))):
            if name == "respondents" and people == 1:
                continue
            if name == "respondents" and seed % 5:  # shown only for what it would be
                held[name,] = np.nan
                continue
            rows = on_these_questions(plain, ready, frame, "jensen_shannon", 2.0, 0.95, seed).estimates
            assert len(rows) == TOGETHER
            held[name,] = float(rows["lower"].le(similarity).mul(rows["upper"].ge(similarity)).mean())
            if name == "sampling units":
                held["sampling units, truth below",] = float(rows["lower"].gt(similarity).mean())
                held["sampling units, truth above",] = float(rows["upper"].lt(similarity).mean())
                held["sampling units, width",] = float((rows["upper"] - rows["lower"]).mean())
        return held

    return drawn


def gap(where: float, other: float, units: int, people: int):
    """Difference of a model's similarity to two groups: the one of 0, and one whose shares lie `other` away from its."""

    def drawn(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        model = np.stack([shares(c, where) for c in CUTS])
        true = [
            float((1 - jensen_shannon_distance(model, np.stack([shares(c, at) for c in CUTS]))).mean())
            for at in (0.0, other)
        ]
        parts = []
        for g, at in enumerate((0.0, other)):
            unit, n = np.repeat(np.arange(units), people), units * people
            place = at + np.sqrt(COMMON) * rng.normal(size=units)[unit][:, None]
            place = place + np.sqrt(1 - COMMON) * rng.normal(size=(n, 3))
            weight = np.exp(rng.normal(0, 0.4, n))
            for q in range(3):
                code = np.digitize(place[:, q], CUTS[q])
                parts.append(
                    (g * n + np.arange(n), np.full(n, q), code, np.full(n, g), weight, g * units + unit)
                )
        who, question, code, group, weight, unit = (np.concatenate(c) for c in zip(*parts, strict=True))
        survey = pd.DataFrame(
            {
                "respondent": who,
                "question": QUESTIONS[question],
                "option": OPTIONS[code],
                "position": code,
                "group_": NAMES[group],
                "w": weight,
                "psu": unit,
            }
        )
        answers = pd.DataFrame(
            {
                "group": "m",
                "question": np.repeat(QUESTIONS, 4),
                "option": np.tile(OPTIONS, 3),
                "position": np.tile(np.arange(4), 3),
                "share": np.concatenate([rng.multinomial(ANSWERS, m) / ANSWERS for m in model]),
                "n": float(ANSWERS),
            }
        )
        found = demographic_alignment(
            Population(answers), survey, ["group_"], weight="w", questions="fixed", replicates=2000, seed=seed
        )
        row = found.contrast("group", "g0", "g1").iloc[0]
        return {("sampling units",): float(row["lower"] <= true[0] - true[1] <= row["upper"])}

    return drawn


if __name__ == "__main__":
    SETTINGS = {
        "far, 20 units of 15": study("far", 20, 15),
        "near, 20 units of 15": study("near", 20, 15),
        "same, 20 units of 15": study("same", 20, 15),
        "far, 6 units of 50": study("far", 6, 50),
        "far, 300 people": study("far", 300, 1),
        "far, exact shares, 20 units of 15": study("far", 20, 15, exact=True),
        "far, 5 units of 60, 400 answers": study("far", 5, 60, said=400),
        "near, 6 units of 50, 400 answers": study("near", 6, 50, said=400),
        "near, 300 people": study("near", 300, 1),
    }
    GAPS = {
        "two groups, one as near as the other": gap(0.25, 0.5, 20, 15),
        "two groups, both far": gap(0.8, 0.4, 20, 15),
        "two groups, one the same as the model": gap(0.25, 0.25, 20, 15),
    }
    cover(
        "fixed_questions_coverage",
        {**SETTINGS, **GAPS},
        ("left_out",),
        __doc__,
        fewer=dict.fromkeys(GAPS, 2),
        each={**dict.fromkeys(SETTINGS, TOGETHER), **dict.fromkeys(GAPS, 1)},
    )
