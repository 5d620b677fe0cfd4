"""Simulated dilemmas in five steps, and answers whose strengths, slopes and liking of the first option are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from scipy.special import expit

from valuestats.base.arguments import checked
from valuestats.choice.counted import FIRST
from valuestats.choice.fitted import ChoiceFit
from valuestats.results.result import Result
from valuestats.systems.staircase.release import FOUNDATIONS, STEPS
from valuestats.tables.choices import Choices
from valuestats.tables.option_labels import OptionLabels

STRENGTH = dict(zip(FOUNDATIONS, (-0.1, 0.9, 0.5, -0.3, -0.8, -0.2), strict=True))
"""At the third step, in logits; they sum to zero."""
SLOPE = dict(zip(FOUNDATIONS, (0.10, -0.15, 0.0, 0.05, 0.0, 0.0), strict=True))
"""Change per step; they sum to zero."""
PLACE_EFFECT = 0.5
"""What being shown first adds."""
MODELS = ("simulated/one", "simulated/two", "simulated/three")
UNREAD = 0.03


def simulate_staircase(*, dilemmas: int = 200, seed: int = 0) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Dilemmas in the release's layout (without texts) and answers to them.

    Examples
    --------
    >>> records, answers = simulate_staircase(dilemmas=4, seed=1)
    >>> len(records), len(answers)
    (4, 60)
    """
    rng = np.random.default_rng(seed)
    common = np.array([0.15, 0.3, 0.2, 0.15, 0.1, 0.1])
    records: list[dict[str, Any]] = []
    rows = []
    for number in range(dilemmas):
        record: dict[str, Any] = {"norm": f"Norm {number}.", "idx": 100 + number}
        for step in STEPS:
            pair = rng.choice(len(FOUNDATIONS), 2, replace=False, p=common)
            names = [FOUNDATIONS[k] for k in pair]
            for letter, name in zip("AB", names, strict=True):
                record[f"step {step}_choice{letter}_value"] = name.lower() + "/opposite"
            utility = [STRENGTH[n] + SLOPE[n] * (step - 3) for n in names]
            for model in MODELS:
                front = int(rng.random() < 0.5)
                gap = utility[0] - utility[1] + PLACE_EFFECT * (1 - 2 * front)
                letter = "A" if rng.random() < expit(gap) else "B"
                answer = "Neither." if rng.random() < UNREAD else letter
                rows.append((model, number, step, "AB"[front], answer))
        records.append(record)
    return records, pd.DataFrame(rows, columns=["model", "dilemma", "step", "first", "answer"])


@checked
def value_choices(choices: Choices, labels: OptionLabels) -> Choices:
    """Choices between the values that options stand for; those between two options of one value are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import OptionLabels, pair_choices
    >>> frame = pd.DataFrame({"option_a": ["x", "x"], "option_b": ["y", "z"], "winner": ["a", "a"]})
    >>> labels = OptionLabels(pd.DataFrame({"option": list("xyz"), "label": ["Care", "Care", "Liberty"]}))
    >>> value_choices(pair_choices(frame), labels).options
    ['Care', 'Liberty']
    """
    value = labels.frame.set_index("option")["label"]
    frame = choices.frame.assign(option=choices.frame["option"].astype(str).map(value))
    several = frame.groupby("choice")["option"].transform("nunique") == frame.groupby("choice")[
        "option"
    ].transform("size")
    return Choices(frame[several].reset_index(drop=True))


@checked
def staircase_recovery(strengths: Result, slopes: ChoiceFit) -> pd.DataFrame:
    """True strengths by step, slopes and the effect of the first place beside their estimates.

    Parameters
    ----------
    strengths
        `valuestats.choice_strengths` by step, the first place modelled.
    slopes
        `valuestats.fit_choice` with ``option*step``.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, ``of``, ``truth``, ``estimate``, ``lower``, ``upper``, ``holds``.
    """
    table = strengths.estimates
    step = table["step"].astype(int)
    truth = table["option"].map(STRENGTH) + table["option"].map(SLOPE) * (step - 3)
    first = pd.DataFrame(strengths.meta["parameters"])
    first = first[first["parameter"] == FIRST]
    parts = [
        pd.DataFrame(
            {"quantity": "strength", "of": table["option"] + ", step " + step.astype(str), "truth": truth}
        ).join(table[["estimate", "lower", "upper"]]),
        pd.DataFrame(
            {
                "quantity": "first place",
                "of": "step " + first["step"].astype(str),
                "truth": PLACE_EFFECT,
                **{c: first[c] for c in ("estimate", "lower", "upper")},
            }
        ),
    ]
    own = slopes.result.estimates
    for name, value in SLOPE.items():
        row = own[own["term"].astype(str).str.contains(f"[{name}]:step", regex=False)]
        if len(row):
            part = row[["estimate", "lower", "upper"]].assign(quantity="slope per step", of=name, truth=value)
            parts.append(part)
    found = pd.concat(parts, ignore_index=True)
    return found.assign(holds=(found["lower"] <= found["truth"]) & (found["truth"] <= found["upper"]))


@checked
def simulated_answers(path: str | Path) -> pd.DataFrame:
    """The simulated models' answers, as the demo study keeps them.

    Examples
    --------
    ::

        simulated_answers("data/demo/staircase_answers.csv.gz")
    """
    return pd.read_csv(path)


@checked
def own_labels(choices: Choices) -> OptionLabels:
    """Labels of options that are values themselves.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import pair_choices
    >>> own_labels(pair_choices(pd.DataFrame({"option_a": ["x"], "option_b": ["y"], "winner": ["a"]}))).labels
    ['x', 'y']
    """
    return OptionLabels(pd.DataFrame({"option": choices.options, "label": choices.options}))


@checked
def broken_triples(fit: ChoiceFit) -> pd.DataFrame:
    """Triples of options that break transitivity, seen and expected of the model; see `ChoiceFit.transitivity`.

    Examples
    --------
    ::

        broken_triples(fit_choice("utility ~ 0 + option + position", choices))
    """
    return fit.transitivity()


def standin(seed: int = 0) -> dict[str, pd.DataFrame | bytes]:
    """Simulated files in the release's layout, with answers.

    Examples
    --------
    >>> sorted(standin(1))
    ['staircase_answers.csv.gz', 'staircase_dilemmas.json']
    """
    records, answers = simulate_staircase(seed=seed)
    return {
        "staircase_dilemmas.json": orjson.dumps(records),
        "staircase_answers.csv.gz": answers,
    }
