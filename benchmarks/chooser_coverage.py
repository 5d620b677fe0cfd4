"""Coverage of effects of interventions where several models answer, and where a questionnaire's items are all there are.

Two models at different levels answer the same questions in the same roles, with and without an intervention that moves
both; one of them falls silent more often when it is steered. Beside the intervals of ``by="model"`` stands what averaging
the models before pairing gives. A questionnaire: two items a value and eight roles, the items taken as given.
``python benchmarks/chooser_coverage.py`` writes ``benchmarks/results/chooser_coverage.csv`` after each setting.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from coverage_settings import Study, cover

from valuestats import intervention_effects
from valuestats.interventions.cells import OVER

EFFECT, LEVELS = {"x": 0.5, "y": 0.2}, {"x": 1.0, "y": 4.0}
OPTIONS = {"control": "plain", "draws": 50, "permutations": 499}


def answers(rng: np.random.Generator, items: int, roles: int, silent: float) -> tuple[pd.DataFrame, float]:
    """Outcomes of two models, and by how much these very items bend the effect."""
    by_item, by_role = 0.4 * rng.normal(size=items), 0.25 * rng.normal(size=roles) * (roles > 1)
    frame = pd.MultiIndex.from_product(
        [list(EFFECT), range(items), range(roles), ["plain", "steered"]],
        names=["model", "item", "role", "condition"],
    ).to_frame(index=False)
    item, role = frame["item"].to_numpy(), frame["role"].to_numpy()
    steered = (frame["condition"] == "steered").to_numpy()
    level = (
        frame["model"].map(LEVELS).to_numpy()
        + rng.normal(size=items)[item]
        + 0.3 * rng.normal(size=roles)[role]
    )
    moved = frame["model"].map(EFFECT).to_numpy() + by_item[item] + by_role[role]
    value = level + steered * moved + 0.5 * rng.normal(size=len(frame))
    gone = rng.random(len(frame)) < np.where(steered & (frame["model"] == "y"), silent, 0.05)
    return frame.assign(value=np.where(gone, np.nan, value)), float(by_item.mean())


def models(items: int, roles: int, silent: float) -> Study:
    """Whether intervals hold the effect on each model and on their mean, and what averaging them first gives."""

    def study(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        frame, _ = answers(rng, items, roles, silent)
        frame = frame if roles > 1 else frame.drop(columns="role")
        found = intervention_effects(frame, by="model", seed=seed, **OPTIONS).estimates.set_index("model")
        truth = {**EFFECT, OVER: float(np.mean(list(EFFECT.values())))}
        held = {
            ("mean over models" if m == OVER else "each model",): float(
                found.loc[m, "lower"] <= t <= found.loc[m, "upper"]
            )
            for m, t in truth.items()
            if m != "y"
        }
        keys = [c for c in ("item", "role", "condition") if c in frame.columns]
        pooled = frame.groupby(keys, as_index=False)["value"].mean()
        one = intervention_effects(pooled, seed=seed, **OPTIONS).estimates.iloc[0]
        held["models averaged before pairing",] = float(one["lower"] <= truth[OVER] <= one["upper"])
        return held

    return study


def questionnaire(roles: int) -> Study:
    """Whether intervals over roles hold the effect on these two items, and how often none is told of an effect."""

    def study(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        frame, bent = answers(rng, 2, roles, 0.05)
        own = frame[frame["model"] == "x"].drop(columns="model")
        found = intervention_effects(own, fixed_items=True, seed=seed, **OPTIONS).estimates.iloc[0]
        still = own.assign(value=own["value"] - (EFFECT["x"] + bent) * (own["condition"] == "steered"))
        none = intervention_effects(still, fixed_items=True, seed=seed, **OPTIONS).estimates.iloc[0]
        return {
            ("items as given",): float(found["lower"] <= EFFECT["x"] + bent <= found["upper"]),
            ("told where nothing is",): float(none["p_adjusted"] <= 0.05),
        }

    return study


SETTINGS = {
    "20 questions, 8 roles": models(20, 8, 0.05),
    "20 questions, 8 roles, one model silent in 40 %": models(20, 8, 0.4),
    "30 questions, one role, one model silent in 40 %": models(30, 1, 0.4),
    "questionnaire of 2 items, 8 roles": questionnaire(8),
    "questionnaire of 2 items, 20 roles": questionnaire(20),
}

if __name__ == "__main__":
    cover("chooser_coverage", SETTINGS, ("quantity",), __doc__, simulations=400)
