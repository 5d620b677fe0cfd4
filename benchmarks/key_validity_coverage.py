"""Keys in other raters and shrunken correlations against a known truth.

Six groups of 46 raters each rate twelve items of their own; ratings and scores are bivariate normal, so that the
true Spearman correlation of an item is (6/pi) asin(rho/2). Two thirds of the items have rho = 0, the others a normal
rho. Items and their rho stay the same over simulations (the estimand is conditional on them); raters are drawn anew.

``validity``: truth is the mean over simulations and splits of the keys' true mean correlation (expected in a held-out
half: Moran 1948 gives the small-sample mean of Spearman's r); coverage of `key_validity`'s interval for keys from
half of the raters. ``shrinkage``: coverage of posterior intervals, their mean error against raw correlations, and the
share of pairs with probability_above > .5 whose truth is above the threshold beside the mean probability.

``python benchmarks/key_validity_coverage.py`` writes ``benchmarks/results/key_validity_coverage.csv``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.keying.correlations import item_values
from valuestats.keying.rules import RULES
from valuestats.keying.shrinkage import shrink_correlations
from valuestats.keying.splits import keyed_in, split_correlations
from valuestats.keying.validity import key_validity
from valuestats.tables import Ratings

RESULTS = Path(__file__).parent / "results"
GROUPS, RATERS, ITEMS, SPLITS = 6, 46, 12, 20


def simulate(rho: np.ndarray, rng: np.random.Generator) -> Ratings:
    people, items = GROUPS * RATERS, len(rho)
    score = rng.normal(size=people)
    rating = rho * score[:, None] + np.sqrt(1 - rho**2) * rng.normal(size=(people, items))
    who, what = np.nonzero(np.arange(people)[:, None] % GROUPS == np.arange(items)[None] % GROUPS)
    rated = pd.DataFrame(
        {
            "respondent": [f"p{k:03d}" for k in who],
            "item": [f"i{k:03d}" for k in what],
            "rating": rating[who, what],
        }
    )
    own = pd.DataFrame({"respondent": [f"p{k:03d}" for k in range(people)], "family": "f", "dimension": "d"})
    return Ratings(rated, own.assign(score=score), (-9, 9))


def expected_spearman(rho: np.ndarray, n: int) -> np.ndarray:
    """Mean of Spearman's r of n normal pairs (Moran 1948)."""
    return 6 / (np.pi * (n + 1)) * (np.arcsin(rho) + (n - 2) * np.arcsin(rho / 2))


def main(simulations: int = 300) -> None:
    rng = np.random.default_rng(23)
    items = GROUPS * ITEMS
    rho = np.where(np.arange(items) % 3 == 0, np.clip(rng.normal(0, 0.35, items), -0.9, 0.9), 0.0)
    truth = 6 / np.pi * np.arcsin(rho / 2)
    rows, shrunk, raw = [], [], []
    for seed in track(range(simulations), "simulations"):
        ratings = simulate(rho, rng)
        found = key_validity(ratings, splits=SPLITS, seed=seed).estimates.set_index(["rule", "dimension"])
        parts = split_correlations(ratings, "spearman", SPLITS, 2, seed)
        for rule in RULES:
            keyed = keyed_in(parts.train, ["f"], "spearman", rule, threshold=0.3, q=0.05, probability=0.5)
            n = keyed[..., 0].sum(axis=2)
            with np.errstate(invalid="ignore", divide="ignore"):
                worth = keyed[..., 0] @ expected_spearman(rho, RATERS // 2) / n
            row = found.loc[(rule, "d")]
            cells = ("in_sample", "estimate", "lower", "upper")
            rows.append((rule, np.nanmean(worth) if n.any() else np.nan, *[row[c] for c in cells]))
        frame = shrink_correlations(item_values(ratings)).estimates
        raw.append((frame["r"] - truth).to_numpy())
        inside = (frame["lower"] <= truth + 1e-9) & (truth - 1e-9 <= frame["upper"])
        likely = frame["probability_above"] > 0.5
        shrunk.append(
            np.column_stack(
                [
                    inside,
                    frame["estimate"] - truth,
                    likely,
                    np.where(likely, truth > 0.3, np.nan),
                    np.where(likely, frame["probability_above"], np.nan),
                ]
            )
        )
    table = []
    columns = ["rule", "worth", "in_sample", "estimate", "lower", "upper"]
    for rule, part in pd.DataFrame(rows, columns=columns).groupby("rule", sort=False):
        whole = part.dropna()
        mean = whole["worth"].mean()
        covered = ((whole["lower"] <= mean) & (mean <= whole["upper"])).mean()
        realised = ((whole["lower"] <= whole["worth"]) & (whole["worth"] <= whole["upper"])).mean()
        name = f"validity, {rule}"
        table += [
            (name, "true mean of keyed correlations", mean),
            (name, "mean estimate", whole["estimate"].mean()),
            (name, "mean in-sample correlation", whole["in_sample"].mean()),
            (name, "coverage of the expected truth, 95 %", covered),
            (name, "coverage of the realised keys' truth, 95 %", realised),
            (name, "simulations with an interval", len(whole)),
        ]
    every = np.concatenate(shrunk)
    table += [
        ("shrinkage", "coverage of posterior intervals, 95 %", every[:, 0].mean()),
        ("shrinkage", "root mean squared error, shrunken", np.sqrt((every[:, 1] ** 2).mean())),
        ("shrinkage", "root mean squared error, as found", np.sqrt((np.concatenate(raw) ** 2).mean())),
        ("shrinkage", "pairs with probability above .5, truly above", np.nanmean(every[:, 3])),
        ("shrinkage", "their mean probability", np.nanmean(every[:, 4])),
    ]
    out = pd.DataFrame(table, columns=["part", "quantity", "value"])
    out = out.assign(simulations=simulations, command=" ".join(["python", *sys.argv]))
    RESULTS.mkdir(exist_ok=True)
    out.to_csv(RESULTS / "key_validity_coverage.csv", index=False)
    print(out.to_string())


if __name__ == "__main__":
    main()
