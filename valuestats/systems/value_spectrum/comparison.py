"""Published means and spreads beside their recomputation and what 50 screenshots a value leave of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.results.pairs import rank_sets
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published
from valuestats.systems.value_spectrum.spectrum import RATE, spectrum_counts

MEAN, SPREAD = "mean over models", "spread over values (SD)"


def comparison(published_csv: str | Path, flatness: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Published | Recomputed | Corrected for the means over models and the spreads over values.

    Corrected means have the interval that their screenshots leave, for these models; corrected spreads have the noise of
    50 screenshots taken off (`spectrum_flatness`).

    Parameters
    ----------
    published_csv
        ``analyses/value_spectrum/published.csv``.
    flatness
        What `spectrum_flatness` found.
    level
        Of the means' intervals.
    """
    told = read_published(published_csv)
    told = told[told["quantity"] != RATE].reset_index(drop=True)
    counts = spectrum_counts(published_csv)
    rate = (counts["yes"] / counts["n"]).to_numpy()
    frame = counts.assign(rate=100 * rate, variance=1e4 * rate * (1 - rate) / counts["n"])
    means = frame.groupby("value")["rate"].mean()
    spreads = frame.groupby("model")["rate"].std(ddof=1)
    again = pd.concat([_named(MEAN, means), _named(SPREAD, spreads)])
    corrected = pd.concat([_means(frame, level), _spreads(flatness)])
    decimals = pd.Series([len(f"{x}".partition(".")[2]) for x in told["value"]], index=told.index)
    parts = []
    for d in sorted(set(decimals)):
        part = told[decimals == d]
        half = 0.5 * 10.0**-d + 1e-9
        parts.append(
            compare_published(part, again, corrected, tolerance=half, explanations=_why(part, frame, d))
        )
    table = pd.concat(parts, ignore_index=True).set_index(["quantity", "group"])
    order = pd.MultiIndex.from_frame(told[["quantity", "group"]])
    return table.reindex(order).reset_index()


def _named(quantity: str, values: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"quantity": quantity, "group": values.index.astype(str), "value": values.to_numpy()})


def _means(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    grouped = frame.groupby("value")
    mean, size = grouped["rate"].mean(), grouped.size()
    error = np.sqrt(grouped["variance"].sum()) / size
    reach = stats.norm.ppf((1 + level) / 2) * error
    return pd.DataFrame(
        {
            "quantity": MEAN,
            "group": mean.index.astype(str),
            "estimate": mean.to_numpy(),
            "lower": (mean - reach).to_numpy(),
            "upper": (mean + reach).to_numpy(),
            "unit": "screenshots",
            "n_scored": grouped["n"].sum().to_numpy(),
            "n_asked": grouped["n"].sum().to_numpy(),
        }
    )


def _spreads(flatness: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "quantity": SPREAD,
            "group": flatness["model"],
            "estimate": flatness["true_spread"],
            "lower": flatness["lower"],
            "upper": flatness["upper"],
            "unit": "screenshots",
            "n_scored": flatness["n_scored"],
            "n_asked": flatness["n_asked"],
        }
    )


def _why(part: pd.DataFrame, frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """Of a spread that is not the percentages' own: how many changes of one cell would give it."""
    texts = []
    for quantity, group, value in part[["quantity", "group", "value"]].itertuples(index=False):
        own = frame[frame["model"] == group]
        if quantity != SPREAD or own.empty:
            texts.append("")
            continue
        off = abs(own["rate"].std(ddof=1) - value)
        ways = one_cell_changes(own["rate"].to_numpy(), own["n"].to_numpy(), value, 0.5 * 10.0**-decimals)
        reason = (
            "no change of one cell gives it" if ways == 0 else f"{ways} changes of one cell would give it"
        )
        texts.append("" if off <= 0.5 * 10.0**-decimals + 1e-9 else reason)
    return part[["quantity", "group"]].assign(explanation=texts)


def one_cell_changes(rates: np.ndarray, n: np.ndarray, spread: float, half: float) -> int:
    """How many percentages of one cell, all others as they are, give this spread.

    Examples
    --------
    >>> one_cell_changes(np.array([50.0, 50.0, 50.0]), np.array([50, 50, 50]), 11.547, 0.001)
    6
    """
    ways = 0
    for j, size in enumerate(n):
        trial = np.tile(rates, (int(size) + 1, 1))
        trial[:, j] = 100 * np.arange(int(size) + 1) / size
        ways += int((np.abs(trial.std(axis=1, ddof=1) - spread) <= half + 1e-9).sum())
    return ways


def spectrum_ranks(rates: Result, *, level: float = 0.95) -> pd.DataFrame:
    """Places that each value of each model may hold, all at once, see `valuestats.results.pairs.rank_sets`."""
    return rank_sets(rates, "value", level)
