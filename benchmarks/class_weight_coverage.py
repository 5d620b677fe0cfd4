"""Coverage of what stands on weights behind choices: classes of people, resampled ratios, accuracy, style held, mixed logit.

Two latent classes of 150 people of ten choices, their shares and weights; the ratio of two weights (a value of time) of 40
people of ten choices, by all three intervals; the held-out accuracy of fitted weights over splits, whose truth is the mean
over 600 fresh samples; a feature's effect with style held, cross-fitted beside naive ones; weights that vary over people.

``python benchmarks/class_weight_coverage.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy import stats
from scipy.special import expit
from weight_coverage import SPREAD, W, accuracy_of, inside, made, names, table

from valuestats.tables.choices import ranking_choices
from valuestats.weights.classes import choice_classes
from valuestats.weights.curve import ACCURACY, learning_curve
from valuestats.weights.mixed import mixed_logit
from valuestats.weights.style import style_controlled
from valuestats.weights.trade_off import METHODS, trade_off

Held = dict[tuple[str, ...], float]


def classes(rng: np.random.Generator, seed: int) -> Held:
    late = rng.random(150) < 0.35
    person = np.arange(1500) % 150
    w = np.where(late[:, None], [-1.0, 1.0], [1.5, -0.5])[person]
    x = rng.normal(size=(1500, 2))
    choices = table(x, rng.random(1500) < expit((x * w).sum(axis=1)), person)
    found = choice_classes(
        choices, ["x0", "x1"], unit="person", starts=3, replicates=100, seed=seed
    ).estimates
    held: Held = {}
    truth = {"class 1": {"share": 0.65, "x0": 1.5, "x1": -0.5}, "class 2": {"x0": -1.0, "x1": 1.0}}
    for name, own in truth.items():
        rows = found[found["class"] == name].set_index("feature")
        if "share" in own:
            held["share",] = inside(rows.loc[["share"]], np.array([own["share"]]))
        held[f"weights of {name}",] = inside(rows.loc[["x0", "x1"]], np.array([own["x0"], own["x1"]]))
    return held


def ratio(rng: np.random.Generator, seed: int) -> Held:
    found = trade_off(
        made(rng, 400, W, 40), names(W), of="x0", per="x1", unit="person", replicates=200, seed=seed
    ).estimates
    return {(m,): inside(found[found["method"] == m], np.array([W[0] / W[1]])) for m in METHODS}


@cache
def accuracy_there_is() -> float:
    fresh = np.random.default_rng(98)
    return float(np.mean([accuracy_of(fresh, "free", 100) for _ in range(600)]))


def accuracy(rng: np.random.Generator, seed: int) -> Held:
    found = learning_curve(
        made(rng, 250, W), names(W), seed=seed, sizes=[100], methods=["free"], splits=20
    ).estimates
    row = found[(found["measure"] == ACCURACY) & (found["method"] == "free")].iloc[0]
    off, t = abs(row["estimate"] - accuracy_there_is()), stats.t.ppf(0.975, 19)
    return {
        ("corrected for the overlap of splits",): float(off <= t * row["std_error"]),
        ("splits as independent",): float(off <= t * row["naive_error"]),
    }


def swayed(
    rng: np.random.Generator, unit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Styles, quality, what style does not explain of it, and the probability that the first is preferred."""
    n, units = len(unit), int(unit.max()) + 1
    z = rng.normal(size=(n, 2, 2)) + 0.5 * rng.normal(size=(units, 1, 2))[unit]
    m = np.tanh(2 * z[..., 0]) + 0.5 * np.sin(2 * z[..., 1])
    rest = rng.normal(size=(n, 2))
    good = 0.7 * m + rest
    own = 0.06 + 0.04 * rng.normal(size=units)[unit]
    p = 0.5 + own * (good[:, 0] - good[:, 1]) + 0.12 * (m[:, 0] - m[:, 1])
    return z, good, rest, p.clip(0, 1)


@cache
def projected() -> float:
    """The estimand: as probabilities end at 0 and 1, a little less than the .06 that is put in."""
    fresh, above, below = np.random.default_rng(97), 0.0, 0.0
    for _ in range(20):
        _, _, rest, p = swayed(fresh, np.arange(200_000))
        d = rest[:, 0] - rest[:, 1]
        above, below = above + float(d @ (p - 0.5)), below + float(d @ d)
    return above / below


def style(rng: np.random.Generator, seed: int) -> Held:
    """Style sways along a curve and better options have more of it; what quality is worth differs by unit."""
    n, units = 600, 100
    unit = np.arange(n) % units
    z, good, _, p = swayed(rng, unit)
    first = rng.random(n) < p
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), 2),
            "option": np.tile(["a", "b"], n),
            "chosen": np.column_stack([first, ~first]).astype(int).ravel(),
            "unit": np.repeat(unit, 2),
            "good": good.ravel(),
            "length": z[..., 0].ravel(),
            "lists": z[..., 1].ravel(),
        }
    )
    found = style_controlled(
        ranking_choices(frame), ["good"], ["length", "lists"], unit="unit", splits=1, draws=2, seed=seed
    ).estimates
    methods = ("cross-fitted", "linear control", "no control")
    return {(m,): inside(found[found["method"] == m], np.array([projected()])) for m in methods}


def mixed(rng: np.random.Generator, seed: int) -> Held:
    found = mixed_logit(
        made(rng, 800, W, 80, SPREAD), names(W), unit="person", points=128, draws=2, seed=seed
    ).estimates
    truth = {"mean": W, "spread": np.full(3, SPREAD)}
    return {(part,): inside(found[found["part"] == part], value) for part, value in truth.items()}


SETTINGS = {
    "two classes": classes,
    "ratio of weights": ratio,
    "accuracy of fitted weights": accuracy,
    "style held": style,
    "mixed logit": mixed,
}

if __name__ == "__main__":
    cover("class_weight_coverage", SETTINGS, ("interval",), __doc__)
