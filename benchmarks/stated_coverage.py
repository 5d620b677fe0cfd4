"""Coverage of the agreement of stated and revealed values, of single gaps, and of distances from norms.

Values have strengths with a known correlation; all pairs are chosen between in both ways of asking, and each pair has an
effect of its own, partly the same in both. The pairs are the clusters. The truth is the correlation of the strengths;
beside it stand the correlation as seen, with Fisher's interval, and the correction with errors taken as apart in both.
Distances: scores of six items a dimension about a truth. Run with ``python benchmarks/stated_coverage.py``; it writes
``benchmarks/results/stated_coverage.csv`` after each setting.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from valuestats.base.progress import track
from valuestats.results.meta import make_meta
from valuestats.results.result import Result, draws_tree
from valuestats.stated.gaps import stated_revealed, value_gaps
from valuestats.stated.norms import norm_distances
from valuestats.tables.choices import Choices, pair_choices

RESULTS = Path(__file__).parent / "results"
SHARED = 0.7
"""Share of a pair's own effect that is the same in both ways of asking."""


def profile(rng: np.random.Generator, k: int, rho: float, sd: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = rng.normal(size=(2, k))
    x = (x - x.mean()) / x.std(ddof=1)
    y = y - y.mean() - x * (x @ (y - y.mean())) / (x @ x)
    return sd * x, sd * (rho * x + np.sqrt(1 - rho**2) * y / y.std(ddof=1))


def asked(
    rng: np.random.Generator, worth: np.ndarray, own: dict[tuple[int, int], float], times: int
) -> Choices:
    rows = []
    for (i, j), effect in own.items():
        first = rng.random(times) < expit(worth[i] - worth[j] + effect)
        rows += [(f"v{i:02d}", f"v{j:02d}", "a" if f else "b", f"{i}-{j}") for f in first]
    frame = pd.DataFrame(rows, columns=["option_a", "option_b", "winner", "pair"])
    return pair_choices(frame.assign(model="m"), reads="places")


def study(
    rng: np.random.Generator, k: int, rho: float, times: int, effect: float, sd: float = 1.2
) -> dict[str, float]:
    said, chosen = profile(rng, k, rho, sd)
    pairs = list(combinations(range(k), 2))
    both = effect * rng.normal(size=(3, len(pairs)))
    one, two = (np.sqrt(SHARED) * both[0] + np.sqrt(1 - SHARED) * both[n] for n in (1, 2))
    data = [
        asked(rng, worth, dict(zip(pairs, e.tolist(), strict=True)), times)
        for worth, e in ((said, one), (chosen, two))
    ]
    found: dict[str, float] = {}
    for name, sides in (("joint errors", data), ("errors apart", [data[0], _renamed(data[1])])):
        row = stated_revealed(*sides, cluster="pair", prior_sd=3.0).estimates.iloc[0]
        found[name] = float(row["lower"] <= rho + 1e-9 and rho - 1e-9 <= row["upper"])
        if name == "joint errors":
            found |= {
                "width": row["upper"] - row["lower"],
                "error": row["estimate"] - rho,
                "seen error": row["seen"] - rho,
            }
            z, reach = np.arctanh(row["seen"]), stats.norm.ppf(0.975) / np.sqrt(k - 3)
            found["as seen, Fisher"] = float(np.tanh(z - reach) <= rho <= np.tanh(z + reach) + 1e-9)
    gaps = value_gaps(*data, cluster="pair", prior_sd=3.0, draws=2).estimates
    truth = (said - chosen) / sd
    inside = (gaps["lower"] <= truth) & (truth <= gaps["upper"])
    found["gaps"] = float(inside.mean())
    found["false gaps"] = float((gaps["p_adjusted"] < 0.05).any()) if rho == 1 else np.nan
    return found


def _renamed(choices: Choices) -> Choices:
    return Choices(choices.frame.assign(pair="other " + choices.frame["pair"]))


def distance(rng: np.random.Generator, k: int, items: int, away: float) -> float:
    norms = pd.DataFrame({"group": "g", "dimension": [f"d{i}" for i in range(k)], "mean": 0.0, "sd": 1.0})
    truth = rng.normal(size=k)
    truth *= away * np.sqrt(k) / np.linalg.norm(truth)
    answers = truth[:, None] + rng.normal(size=(k, items))
    mean, error = answers.mean(axis=1), answers.std(axis=1, ddof=1) / np.sqrt(items)
    frame = pd.DataFrame(
        {"model": "m", "dimension": norms["dimension"], "estimate": mean, "std_error": error}
    )
    frame = frame.assign(
        estimand="score",
        lower=np.nan,
        upper=np.nan,
        level=0.95,
        interval="none",
        n_scored=items,
        n_asked=items,
        n_units=items,
    )
    draws = (mean + error * rng.normal(size=(500, k)))[:, None]
    tree = draws_tree("bootstrap", draws, {"model": ["m"], "dimension": norms["dimension"].tolist()})
    scores = Result("scores", frame, ("model", "dimension"), make_meta("mean", {}), tree)
    row = norm_distances(scores, norms, draws=2).estimates.iloc[0]
    return float(row["lower"] <= away <= row["upper"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=120)
    parser.add_argument("--seed", type=int, default=17)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    rows: list[dict[str, object]] = []
    settings = [(k, rho, times, 0.5) for k, times in ((8, 20), (16, 10)) for rho in (0.0, 0.6, 0.9, 1.0)]
    settings += [(8, 0.6, 20, 0.0), (16, 0.6, 10, 0.0)]
    for k, rho, times, effect in track(settings, "settings"):
        table = pd.DataFrame([study(rng, k, rho, times, effect) for _ in range(args.studies)])
        rows.append(
            {
                "values": k,
                "agreement": rho,
                "times": times,
                "pair_effect": effect,
                "studies": args.studies,
                **table.mean().to_dict(),
            }
        )
        pd.DataFrame(rows).round(4).to_csv(RESULTS / "stated_coverage.csv", index=False)
    for k, items in ((6, 6), (6, 20), (10, 6)):
        for away in (0.3, 1.0, 2.0):
            held = [distance(rng, k, items, away) for _ in range(8 * args.studies)]
            rows.append(
                {
                    "values": k,
                    "times": items,
                    "distance": away,
                    "studies": 8 * args.studies,
                    "distances": float(np.mean(held)),
                }
            )
        pd.DataFrame(rows).round(4).to_csv(RESULTS / "stated_coverage.csv", index=False)
    print(pd.DataFrame(rows).round(3).to_string())


if __name__ == "__main__":
    main()
