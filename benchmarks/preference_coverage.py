"""Coverage of preferences for labels: the interval, the bounds over missing choices and their interval, and the first place.

A study is drawn from a population of dilemmas with known preferences: each dilemma is a cluster of choices between two
options, its liking of care over power varies about a mean, options carry one or two labels, the first place is liked, and
choices are missing: at random, or more often where power is chosen. Truth: the share over 400,000 dilemmas; of all choices
asked for the bounds, of those made for the interval. Run with ``python benchmarks/preference_coverage.py``; it writes
``benchmarks/results/preference_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats import Choices, OptionLabels, label_preference
from valuestats.base.progress import track

RESULTS = Path(__file__).parent / "results"
LABELS = OptionLabels(
    pd.DataFrame(
        {
            "option": [
                "care only",
                "care and order",
                "power only",
                "power and order",
                "care and order",
                "power and order",
            ],
            "label": ["care", "care", "power", "power", "order", "order"],
            "weight": [1.0, 1.0, 1.0, 1.0, 1.0, 2.0],
        }
    )
)
NAMES = np.array(["care only", "care and order", "power only", "power and order"])
SETTINGS = {
    "8 dilemmas of 10 choices": {"dilemmas": 8, "size": 10},
    "15 dilemmas of 4": {"dilemmas": 15, "size": 4},
    "30 dilemmas of 4": {"dilemmas": 30, "size": 4},
    "200 dilemmas of 1": {"dilemmas": 200, "size": 1},
    "200 dilemmas of 1 to 9": {"dilemmas": 200, "size": 0},
    "100 of 2, nine in ten for care": {"dilemmas": 100, "size": 2, "mean": 3.0},
    "100 of 2, 15 % missing at random": {"dilemmas": 100, "size": 2, "lost": (0.15, 0.15)},
    "100 of 2, missing where power is chosen": {"dilemmas": 100, "size": 2, "lost": (0.05, 0.3)},
}
"""``mean``: logits of care over power; ``lost``: shares missing where care, and where power would be chosen."""


def draw(
    rng: np.random.Generator, dilemmas: int, size: int, mean: float = 0.4, lost: tuple[float, float] = (0, 0)
) -> tuple[pd.DataFrame, np.ndarray]:
    """Choices in rows (cluster, options, whether the first was taken), and whether each is missing."""
    sizes = rng.integers(1, 10, dilemmas) if size == 0 else np.full(dilemmas, size)
    cluster = np.repeat(np.arange(dilemmas), sizes)
    liking = (mean + rng.normal(0, 1.0, dilemmas))[cluster]
    care, power = rng.integers(0, 2, len(cluster)), rng.integers(2, 4, len(cluster))
    front = rng.random(len(cluster)) < 0.5
    takes_care = rng.random(len(cluster)) < expit(liking + np.where(front, 0.4, -0.4))
    gone = rng.random(len(cluster)) < np.where(takes_care, *lost)
    frame = pd.DataFrame(
        {
            "cluster": cluster,
            "first": np.where(front, care, power),
            "second": np.where(front, power, care),
            "took": takes_care == front,
        }
    )
    return frame, gone


def table(frame: pd.DataFrame, gone: np.ndarray) -> Choices:
    n = len(frame)
    took = frame["took"].to_numpy()
    rank = np.column_stack([took, ~took]).astype(float)
    rank[rank == 0] = np.nan
    rank[gone] = np.nan
    return Choices(
        pd.DataFrame(
            {
                "choice": np.repeat(np.arange(n), 2),
                "option": NAMES[frame[["first", "second"]].to_numpy().ravel()],
                "rank": rank.ravel(),
                "position": np.tile([1, 2], n),
                "cluster": np.repeat(frame["cluster"].to_numpy(), 2),
                "status": np.repeat(np.where(gone, "refusal", "valid"), 2),
            }
        )
    )


def truth(**setting: object) -> tuple[np.ndarray, np.ndarray, float]:
    """True difference by label of the choices made and of all asked, and how often the first place is taken beyond half."""
    rng = np.random.default_rng(2**31)
    many, gone = draw(rng, **{**setting, "dilemmas": 400_000})
    weights = LABELS.frame.pivot(index="option", columns="label", values="weight").fillna(0).reindex(NAMES)
    w = weights.to_numpy()
    one, two = w[many["first"]], w[many["second"]]
    took = many["took"].to_numpy()[:, None]
    chosen, offered = np.where(took, one, two), one + two
    made = ~gone
    shares = [100 * (2 * chosen[m].sum(0) / offered[m].sum(0) - 1) for m in (made, np.ones(len(made), bool))]
    return shares[0], shares[1], float(many["took"][made].mean() - 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    chosen = parser.parse_args()
    rows = []
    for number, (name, setting) in enumerate(track(SETTINGS.items(), "settings")):
        made, asked, first = truth(**setting)
        rng = np.random.default_rng(number)
        held = []
        for k in range(chosen.simulations):
            found = label_preference(table(*draw(rng, **setting)), LABELS, replicates=1000, seed=k)
            t, place = found.estimates, found.meta["position"]["all"]
            held.append(
                [
                    ((t["lower"] <= made) & (made <= t["upper"])).mean(),
                    ((t["safe_lower"] <= asked) & (asked <= t["safe_upper"])).mean(),
                    ((t["lower"] <= asked) & (asked <= t["upper"])).mean(),
                    place["lower"] <= first <= place["upper"],
                ]
            )
        interval, safe, naive, place = np.mean(np.array(held, dtype=float), axis=0)
        rows.append(
            {
                "choices": name,
                "simulations": chosen.simulations,
                "interval": interval,
                "bounds_of_all_asked": safe,
                "interval_of_all_asked": naive,
                "first_place": place,
                "monte_carlo_error": (0.95 * 0.05 / chosen.simulations) ** 0.5,
            }
        )
        print(rows[-1], flush=True)
    found = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/preference_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    found.to_csv(RESULTS / "preference_coverage.csv", index=False)


if __name__ == "__main__":
    main()
