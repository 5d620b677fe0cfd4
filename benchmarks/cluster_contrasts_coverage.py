"""Contrasts of estimates that are fitted, not resampled, over few clusters: whether all hold at once, and each alone.

Every difference is truly 0, since what is compared is drawn alike. ``feature_weights``, ``mixed_logit`` and
``style_controlled``: features over people whose weights differ. ``choice_strengths`` and ``judged_strengths``: options over
judges or items. ``of systems`` compares systems that answer the same items (clusters), whose own tilt is most of what
varies and is the same for all systems. Run with
``python benchmarks/cluster_contrasts_coverage.py [--setting 0 1 ...] [--simulations N]``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from coverage_settings import cover
from feature_pairs import pairs_of
from scipy.special import expit

from valuestats.choice.judged import judged_strengths
from valuestats.choice.strengths import choice_strengths
from valuestats.latent.sampling import Sampling
from valuestats.raters.judged import judged_means, judged_shares
from valuestats.results.result import Result
from valuestats.tables.choices import Choices
from valuestats.tables.comparisons import pair_choices
from valuestats.weights.feature_weights import feature_weights
from valuestats.weights.mixed import mixed_logit
from valuestats.weights.style import style_controlled

Held = dict[tuple[str, ...], float]
Study = Callable[[np.random.Generator, int], Held]
OPTIONS = np.array(list("wxyz"))
EACH = 40
"""Choices of a cluster."""


def held(found: Result, along: str, **at: str) -> Held:
    """Whether all contrasts along a key hold 0, and the share of them that does by itself."""
    pairs = found.contrasts(along)
    for key, label in at.items():
        pairs = pairs[pairs[key] == label]
    labels = pd.unique(pairs[["first", "second"]].to_numpy().ravel())
    alone = pd.concat([found.contrast(along, labels[0], other) for other in labels[1:]])
    for key, label in at.items():
        alone = alone[alone[key] == label]
    inside = [(t["lower"] <= 0) & (t["upper"] >= 0) for t in (pairs, alone)]
    if pairs["lower"].isna().all():
        return {("all at once",): np.nan, ("singly",): np.nan}
    others = [k for k in found.keys if k != along and k not in at]
    whole = inside[0].groupby([pairs[k] for k in others]).all() if others else inside[0].all()
    return {("all at once",): float(np.mean(whole)), ("singly",): float(inside[1].mean())}


def weights(units: int, features: int) -> Callable[[np.random.Generator], tuple[Choices, list[str]]]:
    names = [f"x{k}" for k in range(features)]

    def made(rng: np.random.Generator) -> tuple[Choices, list[str]]:
        unit = np.arange(EACH * units) % units
        own = 0.5 + 0.6 * rng.normal(size=(units, features))[unit]
        x = rng.normal(size=(len(unit), 2, features))
        first = rng.random(len(unit)) < expit(((x[:, 0] - x[:, 1]) * own).sum(axis=1))
        return pairs_of(x, first, unit, names), names

    return made


def of_weights(units: int) -> Study:
    made = weights(units, 4)

    def study(rng: np.random.Generator, seed: int) -> Held:
        choices, names = made(rng)
        found = feature_weights(
            choices, names, unit="unit", sampling=Sampling(draws=1000, chains=2), seed=seed
        )
        return held(found, "feature")

    return study


def of_mixed(units: int) -> Study:
    made = weights(units, 3)

    def study(rng: np.random.Generator, seed: int) -> Held:
        choices, names = made(rng)
        found = mixed_logit(choices, names, unit="unit", points=64, seed=seed)
        return held(found, "feature", part="mean")

    return study


def of_style(units: int) -> Study:
    names = ["good", "kind", "true"]

    def study(rng: np.random.Generator, seed: int) -> Held:
        unit = np.arange(EACH * units) % units
        z = rng.normal(size=(len(unit), 2, 1))
        x = 0.5 * np.tanh(2 * z) + rng.normal(size=(len(unit), 2, 3))
        own = 0.05 + 0.05 * rng.normal(size=(units, 3))[unit]
        p = 0.5 + ((x[:, 0] - x[:, 1]) * own).sum(axis=1) + 0.1 * np.tanh(2 * z[..., 0]) @ [1, -1]
        first = rng.random(len(unit)) < p.clip(0, 1)
        choices = pairs_of(np.concatenate([x, z], axis=2), first, unit, [*names, "length"])
        found = style_controlled(choices, names, ["length"], unit="unit", splits=1, seed=seed)
        return held(found, "feature", method="cross-fitted")

    return study


def chosen(rng: np.random.Generator, own: np.ndarray, judge: np.ndarray) -> pd.DataFrame:
    """Pairs of options, and which is chosen by strengths ``(judges, options)``."""
    i = rng.integers(0, len(OPTIONS), len(judge))
    j = (i + rng.integers(1, len(OPTIONS), len(judge))) % len(OPTIONS)
    first = rng.random(len(judge)) < expit(own[judge, i] - own[judge, j])
    frame = pd.DataFrame({"x": OPTIONS[i], "y": OPTIONS[j], "cluster": judge})
    return frame.assign(winner=np.where(first, "first", "second"))


def table(frame: pd.DataFrame) -> Choices:
    return pair_choices(frame, first="x", second="y", reads="places")


def of_strengths(units: int) -> Study:
    def study(rng: np.random.Generator, seed: int) -> Held:
        own = 0.6 * rng.normal(size=(units, len(OPTIONS)))
        frame = chosen(rng, own, np.arange(EACH * units) % units)
        return held(choice_strengths(table(frame), cluster="cluster", draws=2000, seed=seed), "option")

    return study


def of_judged(units: int) -> Study:
    def study(rng: np.random.Generator, seed: int) -> Held:
        own = 0.6 * rng.normal(size=(units, len(OPTIONS)))
        people = chosen(rng, own, np.arange(EACH * units) % units).assign(choice=np.arange(EACH * units))
        turned = {"first": "second", "second": "first"}
        wrong = rng.random(len(people)) < 0.2
        judge = people.assign(winner=people["winner"].mask(wrong, people["winner"].map(turned)))
        told = rng.random(len(people)) < 0.5
        found = judged_strengths(
            table(judge),
            table(people[told]),
            estimators=["prediction-powered"],
            cluster="cluster",
            draws=2000,
            seed=seed,
        )
        return held(found, "option")

    return study


def of_systems(units: int, systems: int = 4) -> Study:
    """Strengths of options, item by item the same in all systems but for a little."""

    def study(rng: np.random.Generator, seed: int) -> Held:
        item = rng.normal(size=(units, len(OPTIONS)))
        parts = [
            chosen(
                rng,
                item + 0.3 * rng.normal(size=(units, len(OPTIONS))),
                np.arange(2 * EACH * units) % units,
            ).assign(model=f"m{k}")
            for k in range(systems)
        ]
        found = choice_strengths(
            table(pd.concat(parts)), by="model", cluster="cluster", draws=2000, seed=seed
        )
        return held(found, "model")

    return study


def of_shares(units: int, each: int = 10, systems: int = 4, means: bool = False) -> Study:
    """Shares of labels behind a judge: what is asked tilts the answers of all systems alike."""

    def study(rng: np.random.Generator, seed: int) -> Held:
        parts = []
        tilt = rng.normal(size=units)
        item = np.arange(units * each)
        cluster = item // each
        for k in range(systems):
            score = tilt[cluster] + 0.3 * rng.normal(size=units)[cluster]
            true = rng.random(len(item)) < expit(1.5 * score)
            judge = np.where(rng.random(len(item)) < 0.85, true, ~true)
            told = rng.random(len(item)) < 0.6
            if means:
                true, judge = score + 0.5 * rng.normal(size=len(item)), score + rng.normal(size=len(item))
                label = np.where(told, true, np.nan)
            else:
                judge = np.where(judge, "yes", "no")
                label = np.where(told, np.where(true, "yes", "no"), None)
            frame = pd.DataFrame({"item": item, "judge": judge, "label": label, "system": f"s{k}"})
            parts.append(frame.assign(cluster=cluster) if each > 1 else frame)
        verb = judged_means if means else judged_shares
        found = verb(pd.concat(parts), by="system", estimators=["prediction-powered"], draws=2000, seed=seed)
        return held(found, "system", **({} if means else {"label": "yes"}))

    return study


SETTINGS = (
    {f"feature_weights, {n} people": of_weights(n) for n in (5, 8, 12)}
    | {f"mixed_logit, {n} people": of_mixed(n) for n in (8, 12)}
    | {f"style_controlled, {n} units": of_style(n) for n in (5, 8, 12)}
    | {f"choice_strengths, {n} judges": of_strengths(n) for n in (5, 8, 12)}
    | {f"judged_strengths, {n} clusters": of_judged(n) for n in (8, 12)}
    | {f"choice_strengths of systems, {n} items": of_systems(n) for n in (8, 12, 40)}
    | {f"judged_shares of systems, {n} clusters": of_shares(n) for n in (8, 12, 40)}
    | {f"judged_shares of systems, {n} items": of_shares(n, each=1) for n in (100,)}
    | {f"judged_means of systems, {n} clusters": of_shares(n, means=True) for n in (8, 12, 40)}
)

if __name__ == "__main__":
    cover("cluster_contrasts_coverage", SETTINGS, ("intervals",), __doc__)
