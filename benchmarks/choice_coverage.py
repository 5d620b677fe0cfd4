"""Coverage of the intervals of strengths, of all pairs at once and of rank sets, for choices with a known truth.

Settings: pairs without and with ties and an effect of the first place, one of three with "it depends" as an outcome,
full rankings of five, pairs in clusters of judges whose strengths differ from each other's, and strengths drawn from the
prior that the fit has. Truth: the strengths that
made the choices; for the clusters their mean over judges is not a parameter of the marginal model, so that the truth there
is the fit to 400,000 choices of 20,000 judges. Run with ``python benchmarks/choice_coverage.py``; it writes
``benchmarks/results/choice_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import softmax

from valuestats.base.progress import track
from valuestats.choice.strengths import choice_strengths
from valuestats.results.pairs import rank_sets
from valuestats.results.result import Result
from valuestats.tables.choices import Choices, ranking_choices
from valuestats.tables.comparisons import pair_choices

RESULTS = Path(__file__).parent / "results"
STRENGTH = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
NAMES = np.array(list("abcde"))
FIRST, TIE, DEPENDS, BETWEEN, PRIOR = 0.4, -0.3, 0.2, 0.8, 2.0


def pairs(rng: np.random.Generator, n: int, *, ties: bool, judges: int = 0) -> Choices:
    i = rng.integers(0, 5, n)
    j = (i + rng.integers(1, 5, n)) % 5
    judge = rng.integers(0, judges, n) if judges else np.zeros(n, dtype=int)
    own = STRENGTH + BETWEEN * rng.normal(size=(max(judges, 1), 5)) * bool(judges)
    one, two = own[judge, i] + FIRST * ties, own[judge, j]
    utility = np.stack([one, two, TIE + (one + two) / 2] if ties else [one, two], axis=1)
    p = softmax(utility, axis=1).cumsum(axis=1)
    taken = (rng.random((n, 1)) > p).sum(axis=1)
    frame = pd.DataFrame(
        {"x": NAMES[i], "y": NAMES[j], "winner": np.array(["first", "second", "tie"])[taken]}
    )
    return pair_choices(frame.assign(cluster=judge), first="x", second="y", reads="places")


def one_of_three(rng: np.random.Generator, n: int) -> Choices:
    shown = rng.permuted(np.tile(np.arange(5), (n, 1)), axis=1)[:, :3]
    utility = STRENGTH[shown]
    utility = np.column_stack([utility, DEPENDS + utility.mean(axis=1)])
    taken = (rng.random((n, 1)) > softmax(utility, axis=1).cumsum(axis=1)).sum(axis=1)
    choice, place = np.repeat(np.arange(n), 3), np.tile(np.arange(3), n)
    chosen = place == taken[choice]
    frame = pd.DataFrame(
        {"choice": choice, "option": NAMES[shown.ravel()], "rank": np.where(chosen, 1.0, np.nan)}
    )
    return ranking_choices(frame.assign(outcome=np.where(taken[choice] == 3, "depends", None)))


def rankings(rng: np.random.Generator, n: int) -> Choices:
    noisy = STRENGTH + rng.gumbel(size=(n, 5))
    rank = (-noisy).argsort(axis=1).argsort(axis=1) + 1
    frame = pd.DataFrame(
        {"choice": np.repeat(np.arange(n), 5), "option": np.tile(NAMES, n), "rank": rank.ravel()}
    )
    return ranking_choices(frame)


def from_prior(rng: np.random.Generator) -> tuple[Choices, np.ndarray]:
    """Strengths drawn from the prior of the fit, so that some options never win; judges are clusters that add nothing."""
    truth = np.sort(rng.normal(0, PRIOR, 5))[::-1]
    truth -= truth.mean()
    i = rng.integers(0, 5, 160)
    j = (i + rng.integers(1, 5, 160)) % 5
    first = rng.random(160) < 1 / (1 + np.exp(truth[j] - truth[i]))
    frame = pd.DataFrame({"x": NAMES[i], "y": NAMES[j], "winner": np.where(first, "first", "second")})
    return pair_choices(
        frame.assign(cluster=np.arange(160) % 40), first="x", second="y", reads="places"
    ), truth


SETTINGS = {
    "pairs, 200": (lambda rng: pairs(rng, 200, ties=False), {}),
    "pairs, 2,000": (lambda rng: pairs(rng, 2000, ties=False), {}),
    "pairs with ties and first place, 400": (
        lambda rng: pairs(rng, 400, ties=True),
        {"ties": "davidson", "position": True},
    ),
    "one of three or it depends, 200": (lambda rng: one_of_three(rng, 200), {}),
    "rankings of five, 50": (lambda rng: rankings(rng, 50), {}),
    "30 judges, 600 pairs, clustered": (
        lambda rng: pairs(rng, 600, ties=False, judges=30),
        {"cluster": "cluster"},
    ),
    "30 judges, 600 pairs, as independent": (lambda rng: pairs(rng, 600, ties=False, judges=30), {}),
    "8 judges, 600 pairs, clustered": (
        lambda rng: pairs(rng, 600, ties=False, judges=8),
        {"cluster": "cluster"},
    ),
    "strengths from their prior, 160 pairs": (from_prior, {"prior_sd": PRIOR}),
    "strengths from their prior, 160 pairs, 40 clusters": (
        from_prior,
        {"prior_sd": PRIOR, "cluster": "cluster"},
    ),
}


def held(found: Result, truth: np.ndarray) -> tuple[float, bool, bool]:
    table = found.estimates
    each = ((table["lower"] <= truth) & (truth <= table["upper"])).mean()
    every = found.contrasts("option")
    place = {name: k for k, name in enumerate(NAMES)}
    gap = truth[every["first"].map(place)] - truth[every["second"].map(place)]
    together = bool(((every["lower"] <= gap) & (gap <= every["upper"])).all())
    sets = rank_sets(found, "option", pairs=every)
    true_place = sets["option"].map(place) + 1
    return float(each), together, bool(((sets["best"] <= true_place) & (true_place <= sets["worst"])).all())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument(
        "--only", default="", help="settings whose name holds this; the others stay as they are"
    )
    chosen = parser.parse_args()
    many = pairs(np.random.default_rng(99), 400_000, ties=False, judges=20_000)
    marginal = choice_strengths(many, draws=2).estimates["estimate"].to_numpy()
    rows = []
    for number, (name, (make, options)) in enumerate(track(SETTINGS.items(), "settings")):
        if chosen.only not in name:
            continue
        rng = np.random.default_rng(number)
        truth = marginal if "judges" in name else STRENGTH
        found = []
        for k in range(chosen.simulations):
            made = make(rng)
            choices, own = made if isinstance(made, tuple) else (made, truth)
            found.append(held(choice_strengths(choices, draws=1000, seed=k, **options), own))
        each, together, sets = np.mean(np.array(found, dtype=float), axis=0)
        rows.append(
            {
                "choices": name,
                "simulations": chosen.simulations,
                "coverage": each,
                "all_pairs": together,
                "rank_sets": sets,
                "monte_carlo_error": (0.95 * 0.05 / chosen.simulations) ** 0.5,
            }
        )
        print(rows[-1])
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/choice_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "choice_coverage.csv"
    if chosen.only and file.exists():
        before = pd.read_csv(file)
        table = pd.concat([before[~before["choices"].isin(table["choices"])], table], ignore_index=True)
    table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
