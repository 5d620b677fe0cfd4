"""Coverage of `rater_effects`: leniency and consistency of six raters, each item rated by some of them.

Truth of a leniency is what was put in, less the raters' mean; that of a consistency is its value over 200,000 items. A
family is right where no rater is told apart who is like the others, who are the most.

Run from the repository root: ``python benchmarks/rater_effects_coverage.py [--studies 1000] [--only SETTING]``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
from kept_rows import keep_row

from valuestats import rater_effects

RATERS = np.array([f"r{k}" for k in range(6)])


@dataclass(frozen=True)
class Setting:
    """How a study is drawn."""

    name: str
    items: int
    each: int = 3
    lenient: tuple[float, ...] = (0.0,) * 6
    noise: tuple[float, ...] = (0.7,) * 6
    clusters: int | None = None
    rounded: bool = False


SETTINGS = (
    Setting("20 items, raters alike", 20),
    Setting("60 items, raters alike", 60),
    Setting("150 items, raters alike", 150),
    Setting("150 items rated 1 to 5, raters alike", 150, rounded=True),
    Setting(
        "150 items, a severe and a noisy rater",
        150,
        lenient=(-0.8, 0, 0, 0, 0, 0),
        noise=(0.7, 2.5, *[0.7] * 4),
    ),
    Setting("30 clusters of 5 items, raters alike", 150, clusters=30),
    Setting("12 clusters of 12 items, raters alike", 144, clusters=12),
)


def draw(setting: Setting, items: int, rng: np.random.Generator) -> pd.DataFrame:
    """Ratings of so many items."""
    chosen = np.argsort(rng.random((items, 6)), axis=1)[:, : setting.each]
    view = rng.normal(size=(items, 1))
    clusters = setting.clusters and items * setting.clusters // setting.items
    leaning = 0.0
    if clusters:  # a rater is more or less lenient about what a cluster is about
        member = np.arange(items) % clusters
        leaning = rng.normal(0, 0.4, (clusters, 6))[member[:, None], chosen]
    noise = np.array(setting.noise)[chosen] * rng.normal(size=chosen.shape)
    rating = 3 + view + np.array(setting.lenient)[chosen] + leaning + noise
    if setting.rounded:
        rating = np.clip(np.round(rating), 1, 5)
    frame = pd.DataFrame({
        "respondent": RATERS[chosen].ravel(),
        "item": np.repeat(np.arange(items), setting.each),
        "rating": rating.ravel(),
    })  # fmt: skip
    return frame.assign(cluster=np.repeat(member, setting.each)) if clusters else frame


def consistency(setting: Setting, rng: np.random.Generator) -> np.ndarray:
    """The correlations that a very long study has."""
    found = rater_effects(draw(setting, 200_000 // 12 * 12, rng), replicates=0).estimates
    return found.loc[found["measure"] == "consistency", "estimate"].to_numpy()


def study(setting: Setting, truth: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, float]:
    """Whether the intervals of one study hold the truth, and whether a rater is told apart who is not."""
    found = rater_effects(
        draw(setting, setting.items, rng), replicates=500, seed=int(rng.integers(2**31))
    ).estimates
    row: dict[str, float] = {}
    for measure, values in truth.items():
        own = found[found["measure"] == measure]
        row[measure] = float(((own["lower"] <= values + 1e-12) & (own["upper"] >= values - 1e-12)).mean())
        row[f"{measure}_width"] = float((own["upper"] - own["lower"]).mean())
    told = (
        found.assign(told=found["p_adjusted"] < 0.05)
        .groupby("rater")["told"]
        .any()
        .reindex(RATERS)
        .to_numpy()
    )
    severe, noisy = np.array(setting.lenient) != 0, np.array(setting.noise) != setting.noise[-1]
    row["severe"] = float(told[severe].mean()) if severe.any() else np.nan
    row["noisy"] = float(told[noisy].mean()) if noisy.any() else np.nan
    row["family"] = float(told[~severe & ~noisy].any())
    return row


def main() -> None:
    """All settings, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only")
    told = parser.parse_args()
    for k, setting in enumerate(SETTINGS):
        if told.only and told.only not in setting.name:
            continue
        rng = np.random.default_rng([20261201, k])
        lenient = np.array(setting.lenient)
        truth = {"leniency": lenient - lenient.mean(), "consistency": consistency(setting, rng)}
        rows = pd.DataFrame([study(setting, truth, rng) for _ in range(told.studies)])
        mean, error = rows.mean(), rows.std() / np.sqrt(len(rows))
        row = {
            "setting": setting.name,
            "studies": told.studies,
            **{f"{m}_coverage": round(mean[m], 3) for m in truth},
            **{f"{m}_mc_error": round(error[m], 3) for m in truth},
            **{f"{m}_width": round(mean[f"{m}_width"], 2) for m in truth},
            "severe_told_apart": round(mean["severe"], 3),
            "noisy_told_apart": round(mean["noisy"], 3),
            "some_alike_told_apart": round(mean["family"], 3),
        }
        print(row, flush=True)
        keep_row(
            "rater_effects_coverage.csv",
            row,
            f'python benchmarks/rater_effects_coverage.py --only "{setting.name}"',
        )


if __name__ == "__main__":
    main()
