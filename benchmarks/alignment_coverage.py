"""How often intervals of the measures on microdata contain the truth, by simulation.

- ``poststratified share``: 40 cells (4 regions, 5 ages, 2 sexes) with true shares from three additive factors and an
  interaction, 300 or 1,200 respondents sampled in proportion to the cells; cells with at most 10 respondents are "small".
  Reported too: root mean squared error of the posterior mean and of the cell's own respondents.
- ``homogenisation``: 5 groups of 200 people each on ordered questions, a model that halves the groups' distances from
  their mean and answers 200 times; the truth is the ratio over 40,000 questions without sampling.
- ``noise ceiling``: the "perfect model" ceiling of 100 people per group; the truth is the mean over 4,000 questions of the
  similarity of the true shares to a fresh sample of 100.

Run from the repository root: ``python benchmarks/alignment_coverage.py`` (about 4 minutes).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.alignment.ceiling import noise_ceiling
from valuestats.alignment.demographic import homogenisation
from valuestats.alignment.poststratification import poststratified_shares
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.latent.sampling import Sampling
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

LEVEL = 0.95
OUT = Path(__file__).parent / "results" / "alignment_coverage.csv"
OPTIONS = ("Agree strongly", "Agree", "Disagree", "Disagree strongly")


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def row(estimand: str, design: str, inside: list[float] | np.ndarray, **more: float) -> dict[str, object]:
    """One line of the results; the error takes simulations, not cells, for independent."""
    shares = np.asarray(inside, dtype=float)
    return {
        "estimand": estimand,
        "design": design,
        "level": LEVEL,
        "coverage": round(float(shares.mean()), 4),
        "monte_carlo_error": round(float(shares.std(ddof=1) / np.sqrt(len(shares))), 4),
        "simulations": len(shares),
        **{k: round(float(v), 4) for k, v in more.items()},
    }


def poststratified(rng: np.random.Generator, respondents: int, simulations: int) -> list[dict[str, object]]:
    levels = (4, 5, 2)
    cells = np.stack(np.meshgrid(*[range(n) for n in levels], indexing="ij"), -1).reshape(-1, 3)
    inside: dict[str, list[float]] = {"all cells": [], "small cells": []}
    errors: dict[str, list[tuple[float, float]]] = {"all cells": [], "small cells": []}
    for number in range(simulations):
        logits = rng.normal(0, 0.6, 3) + sum(
            rng.normal(0, sd, (levels[f], 3))[cells[:, f]] for f, sd in enumerate((0.5, 0.3, 0.2))
        )
        logits = logits + rng.normal(0, 0.2, (20, 3))[cells[:, 0] * 5 + cells[:, 1]]
        truth = softmax(logits)
        frame = pd.DataFrame(cells, columns=["region", "age", "sex"]).astype(str)
        frame["count"] = rng.gamma(1.0, 1000, len(frame)).round() + 1
        cell = rng.choice(len(frame), respondents, p=frame["count"] / frame["count"].sum())
        option = (truth[cell].cumsum(axis=1) < rng.random((respondents, 1))).sum(axis=1)
        people = frame[["region", "age", "sex"]].iloc[cell].reset_index(drop=True)
        people = people.assign(
            respondent=range(respondents), question="q", option=np.array(list("abc"))[option], position=option
        )
        found = poststratified_shares(
            people, ["region", "age", "sex"], frame, sampling=Sampling(draws=800), level=LEVEL, seed=number
        ).estimates
        names = frame[["region", "age", "sex"]].agg(" × ".join, axis=1).tolist()
        place = found["group"].map(names.index).to_numpy()
        true = truth[place, found["position"].to_numpy()]
        hit = ((found["lower"] <= true) & (true <= found["upper"])).to_numpy()
        seen = found["direct"].notna().to_numpy()
        for name, part in (
            ("all cells", np.ones(len(found), dtype=bool)),
            ("small cells", (found["n_scored"] <= 10).to_numpy()),
        ):
            if not (part & seen).any():
                continue
            inside[name].append(hit[part].mean())
            errors[name].append(
                tuple(((found[c] - true)[part & seen] ** 2).mean() for c in ("estimate", "direct"))
            )
    return [
        row(
            "poststratified share",
            f"{respondents} respondents, {name}",
            inside[name],
            rmse=np.sqrt(np.mean([e[0] for e in errors[name]])),
            rmse_direct=np.sqrt(np.mean([e[1] for e in errors[name]])),
        )
        for name in inside
    ]


def table(group: str, shares: np.ndarray, **columns: object) -> pd.DataFrame:
    n = len(shares)
    return pd.DataFrame(
        {
            "group": group,
            "question": np.repeat(np.arange(n), 4).astype(str),
            "option": list(OPTIONS) * n,
            "position": list(range(4)) * n,
            "share": shares.ravel(),
            "ordered": True,
            **columns,
        }
    )


def flattened(rng: np.random.Generator, questions: int, simulations: int) -> list[dict[str, object]]:
    people, groups, places = 200, "ABCDE", np.linspace(0, 1, 4)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        common = rng.normal(0, 0.5, (n, 4))
        own = rng.normal(0, 0.8, (len(groups), n, 1)) * (places - 0.5)
        return softmax(common + own), softmax(common + 0.5 * own)

    def spreads(shares: np.ndarray) -> tuple[float, float]:
        mean = shares @ places
        return float((shares @ places**2 - mean**2).mean()), float(mean.var(axis=0, ddof=1).mean())

    theirs, own = (spreads(s) for s in draw(40_000))
    truth = {"within groups": own[0] / theirs[0], "between groups": own[1] / theirs[1]}
    truth["in all"] = sum(own) / sum(theirs)
    inside: dict[str, list[float]] = {name: [] for name in truth}
    for number in range(simulations):
        seen, model = (rng.multinomial(people, s) / people for s in draw(questions))
        asked = pd.concat(
            [table("m", s, persona=g, n=float(people)) for g, s in zip(groups, model, strict=True)]
        )
        humans = pd.concat([table(g, s, n=float(people)) for g, s in zip(groups, seen, strict=True)])
        found = homogenisation(
            ModelAnswers(asked), Population(humans), replicates=800, level=LEVEL, seed=number
        ).estimates.set_index("quantity")
        for name, true in truth.items():
            inside[name].append(float(found.loc[name, "lower"] <= true <= found.loc[name, "upper"]))
    return [
        row("homogenisation", f"{questions} questions, {n}", v, truth=truth[n]) for n, v in inside.items()
    ]


def ceiling(rng: np.random.Generator, questions: int, simulations: int) -> list[dict[str, object]]:
    people = 100
    many = rng.dirichlet(np.full(4, 2.0), 4000)
    truth = 1 - jensen_shannon_distance(many, rng.multinomial(people, many, (20, 4000)) / people).mean()
    inside = []
    for number in range(simulations):
        shares = rng.dirichlet(np.full(4, 2.0), questions)
        option = (shares.cumsum(axis=1)[None] < rng.random((people, questions, 1))).sum(axis=2)
        frame = pd.DataFrame(
            {
                "respondent": np.repeat(np.arange(people), questions),
                "question": np.tile(np.arange(questions).astype(str), people),
                "option": np.array(list("abcd"))[option.ravel()],
                "position": option.ravel(),
                "country": "A",
            }
        )
        found = noise_ceiling(
            frame, ["country"], splits=10, replicates=800, level=LEVEL, seed=number
        ).estimates.set_index("quantity")
        inside.append(
            float(found.loc["perfect model", "lower"] <= truth <= found.loc["perfect model", "upper"])
        )
    return [row("noise ceiling, perfect model", f"{questions} questions", inside, truth=truth)]


def main() -> None:
    rng = np.random.default_rng(20261121)
    rows = []
    for respondents in (300, 1200):
        rows += poststratified(rng, respondents, 60)
    rows += flattened(rng, 60, 400)
    rows += ceiling(rng, 60, 300)
    frame = pd.DataFrame(rows)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.to_string())


if __name__ == "__main__":
    main()
