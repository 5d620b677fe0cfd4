"""Simulation-based calibration of `fit_choice`: ties, four outcomes, effects of judges and options, pooled labels.

Truths are drawn from the priors that `ChoicePriors` states, choices from the truth. A study in which a tie or an outcome was
never seen has no parameter of it, so that such data are drawn anew, truth and all: a choice that rests on the data alone
leaves calibration as it is.

    python benchmarks/choice_sbc.py [simulations]   ->   benchmarks/results/choice_sbc.csv

A row per design and quantity, with how often central 90 % intervals hold the truth; engine ``auto``.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from rank_calibration import truth_ranks
from sbc_records import LAST_RANK, generator, keep, rows_of, run_studies
from scipy.special import expit

from valuestats.choice.fit import fit_choice
from valuestats.choice.simulate import ChoiceTruth, simulate_pairs
from valuestats.choice.spec import ChoicePriors
from valuestats.preferences.label_fit import fit_labels
from valuestats.tables.choices import ranking_choices
from valuestats.tables.comparisons import pair_choices
from valuestats.tables.option_labels import OptionLabels

RESULTS = Path(__file__).parent / "results" / "choice_sbc.csv"
PRIORS = ChoicePriors()
OUTCOMES = ("tie", "depends", "none")
PAIRS = {
    "pairs, four outcomes, judges' utilities": {"options": 4, "judges": 6, "comparisons": 240, "own": False},
    "pairs, outcomes and places by judge": {"options": 4, "judges": 8, "comparisons": 400, "own": True},
}
POOLED = "one of four or it depends, options pooled, a covariate"
RAO = "pairs with ties of Rao and Kupper"
LABELS = "pairs, two labels to an option, labels pooled"


def pairs_study(label, k):
    """Judges' own utilities of each option; with `own` their own weights of ties and outcomes, and of the first place."""
    size, rng = PAIRS[label], generator(label, k)
    n, judges = size["options"], size["judges"]
    while True:
        utility = rng.normal(0, PRIORS.option, n)
        spread, place_sd = np.abs(rng.normal(0, PRIORS.group, 2))
        place_sd *= size["own"]
        between = np.abs(rng.normal(0, PRIORS.outcome_group, 3)) * size["own"]
        place = rng.normal(0, PRIORS.effect)
        mean = rng.normal(0, PRIORS.outcome, 3)
        outcomes = {o: mean[m] + between[m] * rng.normal(size=judges) for m, o in enumerate(OUTCOMES)}
        truth = ChoiceTruth(
            utility,
            spread * rng.normal(size=(judges, n)),
            place + place_sd * rng.normal(size=judges),
            outcomes,
        )
        frame = simulate_pairs(truth, size["comparisons"], rng)
        if set(OUTCOMES) <= set(frame["winner"]) and frame["model"].nunique() == judges:
            break
    formula = "utility ~ 0 + option + position + (1|judge:option)"
    options = {}
    if size["own"]:
        formula, options = f"{formula} + (0 + position|judge)", {"thresholds": "judge"}
    fit = fit_choice(formula, pair_choices(frame, reads="places"), ties="davidson", seed=k, **options)
    named = dict(zip(fit.result.estimates["term"], fit.result.replicates().to_numpy().T, strict=True))
    centred = utility - utility.mean()
    judge = fit.draws.effects[0][:, :, 0]
    order = list(fit.design.groups[0].levels)
    one, two = (order.index(f"{truth.judges[0]}:{truth.options[o]}") for o in (0, 1))
    pairs = {
        "utility of an option": (named["option[option 01]"], centred[0]),
        "difference of options": (
            named["option[option 01]"] - named["option[option 02]"],
            utility[0] - utility[1],
        ),
        "first place": (named["position"], place),
        "sd, judge x option": (named["sd[Intercept|judge:option]"], spread),
        "difference within a judge": (judge[:, one] - judge[:, two], truth.judge[0, 0] - truth.judge[0, 1]),
        "probability within a judge": (
            expit(named["option[option 01]"] - named["option[option 02]"] + judge[:, one] - judge[:, two]),
            expit(utility[0] - utility[1] + truth.judge[0, 0] - truth.judge[0, 1]),
        ),
    }
    names = dict(zip(("tie of 2", "depends", "none"), OUTCOMES, strict=True))
    if size["own"]:
        for term, outcome in names.items():
            pairs[f"{outcome} of a judge"] = (named[f"judge=judge 01, {term}"], outcomes[outcome][0])
        pairs["sd, first place"] = (named["sd[position|judge]"], place_sd)
        pairs["sd, depends"] = (named["sd[depends|judge]"], between[1])
    else:
        pairs |= {outcome: (named[term], outcomes[outcome][0]) for term, outcome in names.items()}
    return ranked(pairs, rng) | {"engine": fit.result.meta["engine"], "passed": bool(fit.passed)}


def pooled_study(label, k):
    """Sets of four of eight options; one is taken, or it depends; a covariate that differs within the set."""
    rng = generator(label, k)
    n, sets = 8, 120
    while True:
        sd = abs(rng.normal(0, PRIORS.group))
        utility = sd * rng.normal(size=n)
        slope, depends = rng.normal(0, PRIORS.effect), rng.normal(0, PRIORS.outcome)
        shown = rng.permuted(np.tile(np.arange(n), (sets, 1)), axis=1)[:, :4]
        x = rng.normal(size=(sets, 4))
        unit = x.std()
        u = utility[shown] + slope * x / unit
        whole = np.column_stack([u, u.mean(axis=1) + depends])
        taken = (whole + rng.gumbel(size=whole.shape)).argmax(axis=1)
        if (taken == 4).any() and (taken < 4).any():
            break
    choice, place = np.repeat(np.arange(sets), 4), np.tile(np.arange(4), sets)
    frame = pd.DataFrame(
        {
            "choice": choice,
            "option": np.array([f"o{i}" for i in range(n)])[shown.ravel()],
            "x": x.ravel(),
            "rank": np.where(place == taken[choice], 1.0, np.nan),
            "outcome": np.where(taken[choice] == 4, "depends", None),
        }
    )
    fit = fit_choice("utility ~ x + (1|option)", ranking_choices(frame), seed=k)
    named = dict(zip(fit.result.estimates["term"], fit.result.replicates().to_numpy().T, strict=True))
    effects = fit.draws.effects[0][:, :, 0]
    pairs = {
        "covariate": (named["x"], slope / unit),
        "depends": (named["depends"], depends),
        "sd of options": (named["sd[Intercept|option]"], sd),
        "difference of options": (effects[:, 0] - effects[:, 1], utility[0] - utility[1]),
    }
    return ranked(pairs, rng) | {"engine": fit.result.meta["engine"], "passed": bool(fit.passed)}


def rao_kupper_study(label, k):
    """Ties by a threshold whose log is normal."""
    rng = generator(label, k)
    n, comparisons = 5, 200
    while True:
        utility, place = rng.normal(0, PRIORS.option, n), rng.normal(0, PRIORS.effect)
        h = np.exp(rng.normal(0, PRIORS.outcome))
        first = rng.integers(0, n, comparisons)
        second = (first + rng.integers(1, n, comparisons)) % n
        latent = utility[first] + place - utility[second] + rng.logistic(size=comparisons)
        winner = np.where(latent > h, "first", np.where(latent < -h, "second", "tie"))
        frame = pd.DataFrame(
            {
                "option_a": np.array(list("pqrst"))[first],
                "option_b": np.array(list("pqrst"))[second],
                "winner": winner,
            }
        )
        if (winner == "tie").any() and (winner != "tie").any():
            break
    choices = pair_choices(frame, reads="places")
    fit = fit_choice("utility ~ 0 + option + position", choices, ties="rao-kupper", seed=k)
    named = dict(zip(fit.result.estimates["term"], fit.result.replicates().to_numpy().T, strict=True))
    pairs = {
        "utility of an option": (named["option[p]"], utility[0] - utility.mean()),
        "difference of options": (named["option[p]"] - named["option[q]"], utility[0] - utility[1]),
        "first place": (named["position"], place),
        "log theta": (named["log theta"], h),
    }
    return ranked(pairs, rng) | {"engine": fit.result.meta["engine"], "passed": bool(fit.passed)}


def labels_study(label, k):
    """Each of 16 options carries two of eight labels, whose effects share a spread."""
    rng = generator(label, k)
    sd, place = abs(rng.normal(0, PRIORS.group)), rng.normal(0, PRIORS.effect)
    worth = sd * rng.normal(size=8)
    carried = np.array([rng.choice(8, 2, replace=False) for _ in range(16)])
    utility = worth[carried].sum(axis=1)
    first = rng.integers(0, 16, 200)
    second = (first + rng.integers(1, 16, 200)) % 16
    won = rng.random(200) < expit(utility[first] + place - utility[second])
    names = np.array([f"o{k:02d}" for k in range(16)])
    frame = pd.DataFrame(
        {"option_a": names[first], "option_b": names[second], "winner": np.where(won, "a", "b")}
    )
    seen = np.unique(carried[np.unique(np.r_[first, second])])
    table = pd.DataFrame({"option": names.repeat(2), "label": [f"l{m}" for m in carried.ravel()]})
    fit = fit_labels(pair_choices(frame, reads="places"), OptionLabels(table), terms="position", seed=k)
    named = dict(zip(fit.result.estimates["term"], fit.result.replicates().to_numpy().T, strict=True))
    one, two = (named[f"l{m}"] for m in seen[:2])
    pairs = {
        "a label": (one, worth[seen[0]]),
        "difference of labels": (one - two, worth[seen[0]] - worth[seen[1]]),
        "sd of labels": (named["sd[labels]"], sd),
        "first place": (named["position"], place),
    }
    return ranked(pairs, rng) | {"engine": fit.result.meta["engine"], "passed": bool(fit.passed)}


def ranked(pairs, rng):
    draws = np.column_stack([d for d, _ in pairs.values()])
    truth = np.array([t for _, t in pairs.values()])
    return {"ranks": dict(zip(pairs, truth_ranks(draws, truth, LAST_RANK, rng).tolist(), strict=True))}


def held(records, quantity):
    """How often the central 90 % of the draws hold the truth, with its Monte Carlo error."""
    ranks = np.array([r["ranks"][quantity] for r in records])
    inside = (ranks >= 0.05 * (LAST_RANK + 1)) & (ranks < 0.95 * (LAST_RANK + 1))
    return {
        "held_90": round(float(inside.mean()), 3),
        "held_error": round((0.9 * 0.1 / len(ranks)) ** 0.5, 3),
    }


def main(simulations=300, only=""):
    """Calibrate every design and keep the result."""
    programs = {
        **dict.fromkeys(PAIRS, pairs_study),
        POOLED: pooled_study,
        RAO: rao_kupper_study,
        LABELS: labels_study,
    }
    rows = []
    for label, program in programs.items():
        if only in label:
            records = run_studies("choice_sbc", label, simulations, lambda k, p=program, at=label: p(at, k))
            share = {e: sum(r["engine"] == e for r in records) for e in ("laplace", "hmc")}
            found = rows_of(label, records, **share, gate_failed=sum(not r["passed"] for r in records))
            rows += [row | held(records, row["quantity"]) for row in found]
    keep(RESULTS, rows)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*[int(a) for a in arguments[:1]], *arguments[1:])
