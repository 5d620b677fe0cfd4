"""Coverage of the agreement of stated and revealed values, of single gaps, and of distances from norms.

Values have strengths with a known correlation; all pairs are chosen between in both ways of asking, and each pair has an
effect of its own, partly the same in both. The pairs are the clusters. The truth is the correlation of the strengths;
beside it stand the correlation as seen, with Fisher's interval, and the correction with errors taken as apart in both.
Distances: scores of six items a dimension about a truth. Run with ``python benchmarks/stated_coverage.py``; it writes
``benchmarks/results/stated_coverage.csv`` after each setting.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from valuestats.base.progress import track
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.stated.both import joined
from valuestats.stated.gaps import _agree, _gap
from valuestats.stated.measured import measured
from valuestats.stated.norms import norm_distances
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables.choices import Choices

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
    """Choices between all pairs, equal ones counted."""
    rows = []
    for (i, j), effect in own.items():
        first = rng.binomial(times, expit(worth[i] - worth[j] + effect))
        for rank, count in (((1, None), first), ((None, 1), times - first)):
            rows += [
                (f"{i}-{j}-{rank[0]}", f"v{k:02d}", r, f"{i}-{j}", count)
                for k, r in zip((i, j), rank, strict=True)
            ]
    frame = pd.DataFrame(rows, columns=["choice", "option", "rank", "pair", "count"])
    return Choices(frame.assign(model="m", status="valid"))


def study(
    rng: np.random.Generator, k: int, rho: float, times: int, effect: float, sd: float = 1.2
) -> dict[str, float]:
    said, chosen = profile(rng, k, rho, sd)
    pairs = list(combinations(range(k), 2))
    both = effect * rng.normal(size=(3, len(pairs)))
    sides = []
    for worth, n, what in ((said, 1, "stated"), (chosen, 2, "revealed")):
        own = np.sqrt(SHARED) * both[0] + np.sqrt(1 - SHARED) * both[n]
        data = asked(rng, worth, dict(zip(pairs, own.tolist(), strict=True)), times)
        sides.append(measured(data, "model", "pair", 3.0, what))
    other = replace(sides[1], units=tuple(f"other {u}" for u in sides[1].units))
    found: dict[str, float] = {}
    for name, two in (("errors apart", other), ("joint errors", sides[1])):
        joint = joined(sides[0], two)
        v = joint.covariance(0, slice(None))
        fit = _agree(joint, 0, slice(None), 0.95)
        found[name] = float(fit.lower <= rho + 1e-9 and rho - 1e-9 <= fit.upper)
    z, reach = np.arctanh(fit.seen), stats.norm.ppf(0.975) / np.sqrt(k - 3)
    found |= {
        "width": fit.upper - fit.lower,
        "error": fit.estimate - rho,
        "seen error": fit.seen - rho,
        "as seen, Fisher": float(np.tanh(z - reach) <= rho <= np.tanh(z + reach) + 1e-9),
    }
    gap = _gap(joint.stated[0], joint.revealed[0], v, fit)
    error = np.sqrt(np.einsum("ki,ij,kj->k", gap.slope, v, gap.slope))
    df = joint.degrees_of(0, slice(None), gap.slope)
    reach_of = stats.t.ppf(0.975, df) * error
    found["gaps"] = float((np.abs(gap.value - (said - chosen) / sd) <= reach_of).mean())
    p = adjusted_p(2 * stats.t.sf(np.abs(gap.value / error), df), "holm")
    return found | {"false gaps": float((p < 0.05).any()) if rho == 1 else np.nan}


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
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--next", type=int, default=100, help="how many settings to run")
    parser.add_argument("--resume", action="store_true", help="keep the settings that are there")
    parser.add_argument("--setting", type=int, nargs="*", help="run some settings anew, by their numbers")
    args = parser.parse_args()
    file = RESULTS / "stated_coverage.csv"
    old = pd.read_csv(file) if file.exists() and args.resume else pd.DataFrame()
    rows: list[dict[str, object]] = old.to_dict("records")
    if args.setting is not None:
        rows = pd.read_csv(file).to_dict("records")
    settings = [(k, rho, times, 0.5) for k, times in ((8, 20), (16, 10)) for rho in (0.0, 0.6, 0.9, 1.0)]
    settings += [(8, 0.6, 20, 0.0), (16, 0.6, 10, 0.0)]
    wanted = args.setting if args.setting is not None else range(len(rows), len(settings))[: args.next]
    for number in track(list(wanted), "settings"):
        k, rho, times, effect = settings[number]
        rng = np.random.default_rng([args.seed, number])
        table = pd.DataFrame([study(rng, k, rho, times, effect) for _ in range(args.studies)])
        row = {"values": k, "agreement": rho, "times": times, "pair_effect": effect, "studies": args.studies}
        rows[number : number + 1] = [{**row, **table.mean().to_dict()}]
        pd.DataFrame(rows).round(4).to_csv(file, index=False)
    if args.setting is not None:
        return
    if len(rows) < len(settings):
        return
    rng = np.random.default_rng(args.seed)
    for k, items in ((6, 6), (6, 20), (10, 6)):
        for away in (0.3, 1.0, 2.0):
            held = [distance(rng, k, items, away) for _ in range(2 * args.studies)]
            rows.append(
                {
                    "values": k,
                    "times": items,
                    "distance": away,
                    "studies": 2 * args.studies,
                    "distances": float(np.mean(held)),
                }
            )
        pd.DataFrame(rows).round(4).to_csv(file, index=False)
    print(pd.DataFrame(rows).round(3).to_string())


if __name__ == "__main__":
    main()
