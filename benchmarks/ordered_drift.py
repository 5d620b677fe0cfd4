"""Whether a shift of ordered answers is found, and how often one that is not there: tests of means against tests of shares.

Studies are drawn as a newcomer drew his: six steps, three topics of 20 questions, answers from 1 to 5 by rounding a
question's level plus noise, three times each; refusals rise in one topic at the fourth step; from the fifth step on one
topic moves by the shift. ``python benchmarks/ordered_drift.py`` writes ``benchmarks/results/ordered_drift.csv`` after
each setting.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from coverage_settings import Study, cover

from valuestats import change_points, drift_trend, response_drift, stance_drift

TOPICS, STEPS, QUESTIONS, REPEATS = ("economy", "environment", "family"), 6, 20, 3
LEVEL, NOISE = (3.2, 0.8), 0.6
OPTIONS = {"by": "topic", "level": 0.95}
FEW = {"replicates": 0, "permutations": 999}


def answers(
    rng: np.random.Generator, shift: float, repeats: int = REPEATS, questions: int = QUESTIONS
) -> pd.DataFrame:
    """Answers of one study: ``item``, ``topic``, ``step``, ``epoch``, ``stance`` (a code, null where refused)."""
    names = [f"{t} {k}" for t in TOPICS for k in range(questions)]
    topic, level = np.repeat(TOPICS, questions), rng.normal(*LEVEL, len(names))
    frame = pd.MultiIndex.from_product(
        [range(len(names)), range(STEPS), range(repeats)], names=["item", "step", "epoch"]
    ).to_frame(index=False)
    of, at = topic[frame["item"]], frame["step"].to_numpy()
    moved = level[frame["item"]] + shift * ((at >= 4) & (of == "economy"))
    code = np.clip(np.round(moved + rng.normal(0, NOISE, len(frame))), 1, 5)
    refused = rng.random(len(frame)) < 0.03 + 0.25 * ((at >= 3) & (of == "family"))
    return frame.assign(topic=of, item=np.array(names)[frame["item"]], stance=pd.array(code, "Int64")).assign(
        stance=lambda f: f["stance"].mask(refused)
    )


def told(shift: float) -> Study:
    """By verb: whether the topic that moves is said to, and whether any other is."""

    def study(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        frame = answers(rng, shift)
        drift = stance_drift(frame, **OPTIONS, **FEW, seed=seed).estimates
        trend = drift_trend(frame, **OPTIONS, **FEW, seed=seed).estimates
        response = response_drift(frame, **OPTIONS, **FEW, seed=seed).estimates
        changes = {
            of: change_points(frame, **OPTIONS, of=of, permutations=199, seed=seed).estimates
            for of in ("mean", "stances", "response")
        }
        found = {
            "stance_drift, mean": drift[drift["measure"] == "mean"],
            "stance_drift, total variation": drift[drift["measure"] == "total variation"],
            "stance_drift, any share": drift[drift["measure"] == "magnitude"],
            "drift_trend, mean": trend[trend["stance"] == "mean stance"],
            "drift_trend, any share": trend[trend["stance"] != "mean stance"],
            "response_drift, mean": response[response["part"] == "mean"],
            "response_drift, any share": response[response["part"] == "opinion"],
            "response_drift, response rate": response[response["part"] == "response rate"],
            **{f"change_points, {of}": rows for of, rows in changes.items()},
        }
        held = {}
        for name, rows in found.items():
            clear = rows.loc[rows["p_adjusted"] <= 0.05, "topic"]
            for topic in TOPICS:
                held[name, topic] = float((clear == topic).any())
            held[name, "any but economy"] = float((clear != "economy").any())
        at = changes["mean"]
        own = at[(at["topic"] == "economy") & at["estimate"].notna()]
        held["place of the change, mean", "economy"] = (
            float((own["lower"].iloc[0] <= 4) & (own["upper"].iloc[0] >= 4)) if len(own) else np.nan
        )
        return held

    return study


SETTINGS = {"no shift": told(0.0), "shift by .3": told(0.3), "shift by .5": told(0.5)}

if __name__ == "__main__":
    cover("ordered_drift", SETTINGS, ("verb", "topic"), __doc__, simulations=400)
