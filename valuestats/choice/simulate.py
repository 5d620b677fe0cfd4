"""Choices between two options with a known truth, and defects planted in them one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

Floats = NDArray[np.float64]
Defect = Literal[
    "stuck judge",
    "position",
    "island",
    "swapped columns",
    "duplicated judge",
    "turned labels",
    "missing",
    "cycle",
]


@dataclass(frozen=True)
class ChoiceTruth:
    """What makes choices between two options.

    Attributes
    ----------
    utility
        Of each option, ``(options,)``.
    judge
        What each judge adds to each, ``(judges, options)``.
    position
        What being shown first adds, of each judge ``(judges,)``.
    outcomes
        Log weight of a tie and of other outcomes, by name: a number, or one of each judge.
    """

    utility: Floats
    judge: Floats
    position: Floats
    outcomes: dict[str, Floats | float] = field(default_factory=dict)

    @property
    def options(self) -> NDArray[np.str_]:
        """Names of the options."""
        return np.array([f"option {k + 1:02d}" for k in range(len(self.utility))])

    @property
    def judges(self) -> NDArray[np.str_]:
        """Names of the judges."""
        return np.array([f"judge {k + 1:02d}" for k in range(len(self.judge))])


def simulate_pairs(truth: ChoiceTruth, comparisons: int, rng: np.random.Generator) -> pd.DataFrame:
    """Comparisons of two options drawn at random, each by a judge drawn at random.

    Returns
    -------
    pandas.DataFrame
        ``option_a`` (shown first), ``option_b``, ``winner`` (``first``, ``second`` or an outcome), ``model``.

    Examples
    --------
    >>> truth = ChoiceTruth(np.zeros(3), np.zeros((2, 3)), np.zeros(2))
    >>> simulate_pairs(truth, 4, np.random.default_rng(1)).shape
    (4, 4)
    """
    n = len(truth.utility)
    first = rng.integers(0, n, comparisons)
    second = (first + rng.integers(1, n, comparisons)) % n
    judge = rng.integers(0, len(truth.judge), comparisons)
    own = truth.utility + truth.judge
    a, b = own[judge, first] + truth.position[judge], own[judge, second]
    weights = [np.broadcast_to(w, len(truth.judge))[judge] for w in truth.outcomes.values()]
    p = softmax(np.stack([a, b, *(0.5 * (a + b) + w for w in weights)], axis=1), axis=1).cumsum(axis=1)
    taken = (rng.random((comparisons, 1)) > p[:, :-1]).sum(axis=1)
    words = np.array(["first", "second", *truth.outcomes])
    return pd.DataFrame(
        {
            "option_a": truth.options[first],
            "option_b": truth.options[second],
            "winner": words[taken],
            "model": truth.judges[judge],
        }
    )


def clean_truth(
    rng: np.random.Generator, options: int = 6, judges: int = 8, spread: float = 0.0
) -> ChoiceTruth:
    """Options about one logit apart, judges who differ by `spread`, no effect of the place, few ties."""
    return ChoiceTruth(
        rng.permutation(np.linspace(-1.2, 1.2, options)),
        spread * rng.normal(size=(judges, options)),
        np.zeros(judges),
        {"tie": -1.0},
    )


def plant(frame: pd.DataFrame, defect: Defect, rng: np.random.Generator) -> pd.DataFrame:
    """The same comparisons with one defect.

    Parameters
    ----------
    frame
        As `simulate_pairs` gives them.
    defect
        ``"stuck judge"``: one judge always takes what is shown first; ``"position"``: a third of the other choices go to
        the first place; ``"island"``: two new options that are compared with each other only; ``"swapped columns"``: of one
        judge the two options stand in each other's columns; ``"duplicated judge"``: one judge's choices stand there twice,
        under another name; ``"turned labels"``: one judge's winners are turned; ``"missing"``: 30% of the choices are not
        made, most of them of one option; ``"cycle"``: three options beat each other in a circle.
    rng
        Random numbers.
    """
    frame = frame.copy()
    of_one = (frame["model"] == sorted(frame["model"].unique())[0]).to_numpy()
    decided = frame["winner"].isin(["first", "second"]).to_numpy()
    turned = frame["winner"].map({"first": "second", "second": "first"}).fillna(frame["winner"])
    match defect:
        case "stuck judge":
            frame.loc[of_one, "winner"] = "first"
        case "position":
            frame.loc[rng.random(len(frame)) < 1 / 3, "winner"] = "first"
        case "island":
            more = frame.iloc[: len(frame) // 10].assign(option_a="option x", option_b="option y")
            half = np.arange(len(more)) % 2 == 0
            more = more.assign(winner=np.where(rng.random(len(more)) < 0.5, "first", "second"))
            more.loc[half, ["option_a", "option_b"]] = ["option y", "option x"]
            frame = pd.concat([frame, more], ignore_index=True)
        case "swapped columns":
            both = frame.loc[of_one, ["option_b", "option_a"]].to_numpy()
            frame.loc[of_one, ["option_a", "option_b"]] = both
        case "duplicated judge":
            copy = frame[of_one].assign(model="judge copied")
            frame = pd.concat([frame, copy], ignore_index=True)
        case "turned labels":
            frame.loc[of_one & decided, "winner"] = turned[of_one & decided]
        case "missing":
            target = "option 01"
            there = ((frame["option_a"] == target) | (frame["option_b"] == target)).to_numpy()
            chance = np.where(there, 0.7, 0.1)
            chance = chance * 0.3 / chance.mean()
            frame["winner"] = frame["winner"].astype(object).where(rng.random(len(frame)) >= chance, None)
        case "cycle":
            circle = {("option 01", "option 02"), ("option 02", "option 03"), ("option 03", "option 01")}
            pairs = list(zip(frame["option_a"], frame["option_b"], strict=True))
            forward = np.array([p in circle for p in pairs])
            backward = np.array([p[::-1] in circle for p in pairs])
            sure = rng.random(len(frame)) < 0.85
            frame.loc[forward, "winner"] = np.where(sure[forward], "first", "second")
            frame.loc[backward, "winner"] = np.where(sure[backward], "second", "first")
    return frame
