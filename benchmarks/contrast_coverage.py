"""Coverage of paired contrasts, slopes over steps and the best of several, and errors of the first kind of their tests.

Paired: items answer yes or no, or with a score, under two conditions; some say yes at both, items may come in clusters, and
few answers may change. Truth: the mean of the individual differences in the population. Slopes: items with their own level
and trend over five steps, in clusters; within items and over all rows. Mixed: yes or no by a logit with normal levels of
items, of clusters, or levels with heavier tails, and steps that the conditions were asked at unevenly; log odds, and the
difference of chances at equal steps beside the plain paired difference. Winners: k candidates on the same items, with equal
and with spread means. Run with ``python benchmarks/contrast_coverage.py``; it writes
``benchmarks/results/contrast_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sbc_records import generator, run_studies
from scipy.special import expit

from valuestats import best_of_k, paired_contrast, step_slopes
from valuestats.base.progress import track

RESULTS = Path(__file__).parent / "results"
Rng = np.random.Generator


def yes_no(rng: Rng, clusters: int, size: int, up: float, down: float) -> tuple[pd.DataFrame, float]:
    """Half of the items say yes without steering; steering turns shares `up` and `down` of either, more in some clusters."""
    cluster = np.repeat(np.arange(clusters), size)
    more = np.clip(rng.beta(4, 4, clusters) * 2, 0, 2)[cluster]
    plain = rng.random(len(cluster)) < 0.5
    turned = rng.random(len(cluster)) < np.where(plain, down, up) * more
    frame = outcomes(plain.astype(float), (plain ^ turned).astype(float), cluster)
    return frame, (up - down) / 2


def scores(rng: Rng, clusters: int, size: int, shift: float) -> tuple[pd.DataFrame, float]:
    """Scores from -1 to 1 of how far the chosen action supports a principle."""
    cluster = np.repeat(np.arange(clusters), size)
    own = rng.normal(0, 0.3, clusters)[cluster]
    plain, steered = (np.where(rng.random(len(cluster)) < expit(own + s), 1.0, -1.0) for s in (0, shift))
    levels = rng.choice([0.2, 0.5, 1.0], len(cluster))
    many = np.random.default_rng(7).normal(0, 0.3, 400_000)
    truth = 2 * float((expit(many + shift) - expit(many)).mean()) * (1.7 / 3)
    return outcomes(plain * levels, steered * levels, cluster), truth


def outcomes(one: np.ndarray, two: np.ndarray, cluster: np.ndarray) -> pd.DataFrame:
    item = np.arange(len(cluster))
    return pd.DataFrame(
        {
            "item": np.tile(item, 2),
            "cluster": np.tile(cluster, 2),
            "condition": np.repeat(["plain", "steered"], len(item)),
            "value": np.r_[one, two],
        }
    )


PAIRED: dict[str, Callable[[Rng], tuple[pd.DataFrame, float]]] = {
    "yes or no, 12 items": lambda rng: yes_no(rng, 12, 1, 0.3, 0.1),
    "yes or no, 30 items": lambda rng: yes_no(rng, 30, 1, 0.3, 0.1),
    "yes or no, 200 items": lambda rng: yes_no(rng, 200, 1, 0.2, 0.1),
    "yes or no, 200 items, few change": lambda rng: yes_no(rng, 200, 1, 0.03, 0.01),
    "yes or no, 40 clusters of 5": lambda rng: yes_no(rng, 40, 5, 0.2, 0.05),
    "scores, 15 items": lambda rng: scores(rng, 15, 1, 0.6),
    "scores, 25 clusters of 4": lambda rng: scores(rng, 25, 4, 0.6),
    "no effect, yes or no, 40 items": lambda rng: yes_no(rng, 40, 1, 0.15, 0.15),
    "no effect, scores, 25 clusters of 4": lambda rng: scores(rng, 25, 4, 0.0),
}


def steps(rng: Rng, clusters: int, size: int, slope: float) -> tuple[pd.DataFrame, float]:
    """Outcomes of 0 and 1 over five steps, with weights, levels of items and trends of clusters; a tenth is missing."""
    keys = pd.MultiIndex.from_product([range(clusters * size), range(1, 6)], names=["item", "step"])
    frame = keys.to_frame(index=False)
    frame["cluster"] = frame["item"] // size
    trend = slope + rng.normal(0, 0.02, clusters)[frame["cluster"]]
    level = 0.5 + rng.uniform(-0.2, 0.2, clusters * size)[frame["item"]]
    frame["value"] = (rng.random(len(frame)) < level + trend * (frame["step"] - 3)).astype(float)
    frame["weight"] = rng.integers(1, 4, len(frame)).astype(float)
    return frame[rng.random(len(frame)) > 0.1].reset_index(drop=True), slope


STEPS = {
    "15 clusters of 4 items": (15, 4, 0.05),
    "60 items": (60, 1, 0.05),
    "40 clusters of 5 items": (40, 5, 0.05),
    "no slope, 40 clusters of 5 items": (40, 5, 0.0),
}


def several(rng: Rng, means: np.ndarray, n: int) -> pd.DataFrame:
    """Yes or no of each candidate on the same items, easier for some items."""
    own = rng.normal(0, 0.8, (n, 1))
    y = rng.random((n, len(means))) < expit(means + own)
    wide = pd.DataFrame(y.astype(float), columns=[f"c{k}" for k in range(len(means))])
    return wide.rename_axis("item").reset_index().melt("item", var_name="condition")


WINNERS = {
    "8 equal candidates, 51 items": (np.zeros(8), 51),
    "20 equal candidates, 200 items": (np.zeros(20), 200),
    "8 candidates, spread, 51 items": (np.linspace(-0.5, 0.7, 8), 51),
    "4 candidates, one clear, 51 items": (np.array([0.0, 0.0, 0.0, 2.0]), 51),
}


def chances(means: np.ndarray) -> np.ndarray:
    own = np.random.default_rng(7).normal(0, 0.8, 400_000)
    return np.array([expit(m + own).mean() for m in means])


MIXED: dict[str, dict[str, Any]] = {
    "40 items": {"items": 40},
    "200 items": {"items": 200},
    "100 items, three steps asked unevenly": {"items": 100, "steps": 3},
    "200 items in 40 clusters, three steps asked unevenly": {"items": 200, "steps": 3, "size": 5},
    "no effect, 60 items": {"items": 60, "effect": 0.0},
    "200 items, levels of Student's t with 3 degrees": {"items": 200, "heavy": True},
}


def logit(
    rng: Rng, items: int, effect: float = 0.8, steps: int = 1, size: int = 1, *, heavy: bool = False
) -> tuple[pd.DataFrame, float, float]:
    """Outcomes, the log odds of the condition, and its difference of chances over items and the steps of all rows."""

    def levels(n: int, g: Rng) -> np.ndarray:
        if heavy:
            return 1.5 / 3**0.5 * g.standard_t(3, n)
        shared = g.normal(size=-(-n // size)).repeat(size)[:n]
        return 1.5 * (g.normal(size=n) if size == 1 else (shared + g.normal(size=n)) / 2**0.5)

    own, parts = levels(items, rng), []
    for condition, shift in (("plain", 0.0), ("steered", effect)):
        for step in range(steps):
            late = step / max(steps - 1, 1)
            share = 1.0 if steps == 1 else 0.2 + 0.7 * (late if condition == "steered" else 1 - late)
            kept = rng.random(items) < share
            yes = rng.random(items) < expit(-0.2 + shift + 0.6 * step + own)
            frame = pd.DataFrame({"item": range(items), "condition": condition, "step": step})
            parts.append(frame.assign(value=yes.astype(float))[kept])
    table = pd.concat(parts, ignore_index=True).assign(cluster=lambda f: f["item"] // size)
    many = levels(40_000, np.random.default_rng(7))
    each = [
        float((expit(-0.2 + effect + 0.6 * s + many) - expit(-0.2 + 0.6 * s + many)).mean())
        for s in range(steps)
    ]
    return table, effect, float(np.mean(np.array(each)[table["step"]]))


def summary(kind: str, name: str, found: list[list[float]], simulations: int) -> dict[str, object]:
    coverage, rejected, other = np.nanmean(np.array(found, dtype=float), axis=0)
    row = {
        "kind": kind,
        "setting": name,
        "simulations": simulations,
        "coverage": coverage,
        "rejected": rejected,
        "uncorrected_coverage": other,
        "monte_carlo_error": (0.95 * 0.05 / simulations) ** 0.5,
    }
    print(row, flush=True)
    return row


def paired(name: str, number: int, n: int) -> dict[str, object]:
    rng, held = np.random.default_rng(number), []
    limits = (0.0, 1.0) if "yes" in name else (-1.0, 1.0)
    for k in range(n):
        frame, truth = PAIRED[name](rng)
        found = paired_contrast(
            frame, against="plain", limits=limits, replicates=1000, permutations=999, seed=k
        )
        row = found.estimates.iloc[0]
        held.append([row["lower"] <= truth <= row["upper"], row["p_value"] < 0.05, np.nan])
    return summary("paired contrast", name, held, n)


def slopes(name: str, number: int, n: int, *, within: bool) -> dict[str, object]:
    rng, held = np.random.default_rng(100 + number), []
    for k in range(n):
        frame, truth = steps(rng, *STEPS[name])
        found = step_slopes(frame, within=within, replicates=1000, permutations=999, seed=k)
        row = found.estimates.iloc[0]
        held.append([row["lower"] <= truth <= row["upper"], row["p_value"] < 0.05, np.nan])
    return summary("slope within items" if within else "slope", name, held, n)


def winners(name: str, number: int, n: int) -> dict[str, object]:
    means, size = WINNERS[name]
    rng, held, truth = np.random.default_rng(200 + number), [], chances(means)
    for k in range(n):
        row = best_of_k(several(rng, means, size), seed=k).estimates.iloc[0]
        own = truth[int(row["condition"][1:])]
        above = row["corrected"] > own if np.isfinite(row["corrected"]) else np.nan
        inside = [row[f"{w}lower"] <= own <= row[f"{w}upper"] for w in ("corrected_", "")]
        held.append([inside[0], above, inside[1]])
    return summary("best of several (rejected: estimate above the truth)", name, held, n)


def mixed(name: str, number: int, n: int) -> list[dict[str, object]]:
    """Studies are kept as they come (`sbc_records.run_studies`), so that a run that was cut goes on where it stopped."""

    def one(k: int) -> dict[str, list[list[float]]]:
        frame, truth, chance = logit(generator(name, k), **MIXED[name])
        held = ["step"] if "steps" in MIXED[name] else []
        found = paired_contrast(frame, against="plain", mixed=held, replicates=200, permutations=99, seed=k)
        row = found.estimates.iloc[0]
        if not np.isfinite(row["log_odds_lower"]):
            return {"held": [[np.nan, np.nan, 1.0], [np.nan, np.nan, np.nan]]}
        inside = {
            c: float(row[f"{c}lower"] <= t <= row[f"{c}upper"])
            for c, t in (("log_odds_", truth), ("adjusted_", chance), ("", chance))
        }
        odds = [inside["log_odds_"], float(row["log_odds_lower"] > 0), 0.0]
        return {"held": [odds, [inside["adjusted_"], float(row["adjusted_lower"] > 0), inside[""]]]}

    records = [r["held"] for r in run_studies("mixed_contrast_coverage", name, n, one)]
    kinds = (
        "mixed logit, log odds (uncorrected: share without a finite estimate)",
        "mixed logit, difference at equal steps (uncorrected: plain)",
    )
    return [summary(kind, name, [r[at] for r in records], len(records)) for at, kind in enumerate(kinds)]


KINDS = {
    "mixed": (MIXED, [mixed]),
    "paired": (PAIRED, [paired]),
    "slopes": (STEPS, [partial(slopes, within=False), partial(slopes, within=True)]),
    "winners": (WINNERS, [winners]),
}


def main() -> None:
    warnings.simplefilter("ignore", RuntimeWarning)  # means of what a kind has not
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--only", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--settings", nargs="*", type=int, help="numbers of the kind's settings, from 0")
    chosen = parser.parse_args()
    out = RESULTS / "contrast_coverage.csv"
    RESULTS.mkdir(exist_ok=True)
    for kind in chosen.only:
        names, runs = KINDS[kind]
        for number, name in enumerate(track(list(names), kind)):
            if chosen.settings is not None and number not in chosen.settings:
                continue
            for run in runs:
                made = run(name, number, chosen.simulations)
                for row in made if isinstance(made, list) else [made]:
                    row |= {
                        "command": " ".join(["python", "benchmarks/contrast_coverage.py", *sys.argv[1:]]),
                        "date": str(pd.Timestamp.now().date()),
                    }
                    before = pd.read_csv(out) if out.exists() else pd.DataFrame(columns=["kind", "setting"])
                    others = before[(before["kind"] != row["kind"]) | (before["setting"] != row["setting"])]
                    table = pd.DataFrame([row]) if others.empty else pd.concat([others, pd.DataFrame([row])])
                    table.to_csv(out, index=False)


if __name__ == "__main__":
    main()
