"""Simulated losses with known laws: three regimes of a metric, and stand-ins in the layout of the releases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.laws.comparison import BROKEN, FLAT, POWER
from valuestats.results.result import Result

REGIMES = {"adversarial": POWER, "objective": BROKEN, "subjective": FLAT}
"""Metrics after WorldPM's three findings, and the law that makes them here."""
SIZES = (0.5e9, 1.5e9, 3e9, 7e9, 14e9, 32e9, 72e9)
EXPONENT, BREAK, LATE = 0.12, 1e10, 0.35


@checked
def simulate_regimes(
    *, families: int = 24, between: float = 0.03, within: float = 0.02, seed: int = 0
) -> pd.DataFrame:
    """Test losses of families of reward models on three metrics: a power law, one that sets in late, and none.

    Parameters
    ----------
    families
        Families of models, each with the same seven sizes.
    between, within
        Standard deviations of log losses between families and within them.

    Returns
    -------
    pandas.DataFrame
        ``family``, ``metric``, ``size``, ``loss``.

    Examples
    --------
    >>> len(simulate_regimes(families=2))
    42
    """
    rng = np.random.default_rng(seed)
    u = np.log(np.array(SIZES))
    mean = {
        "adversarial": np.log(0.6) - EXPONENT * (u - u[0]),
        "objective": np.log(0.65) - LATE * np.maximum(u - np.log(BREAK), 0.0),
        "subjective": np.full(len(u), np.log(0.62)),
    }
    parts = []
    for family in range(families):
        for metric, log in mean.items():
            noise = between * rng.normal() + within * rng.normal(size=len(u))
            parts.append(
                pd.DataFrame(
                    {
                        "family": f"family {family + 1:02d}",
                        "metric": metric,
                        "size": np.exp(u),
                        "loss": np.exp(log + noise),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def regime_recovery(compared: Result) -> pd.DataFrame:
    """For each simulated metric: the law that made it, what was excluded, and the law with the smallest error.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``truth``, ``chosen`` (the last law on the way from flat that is not given up), ``recovered``.
    """
    rows = []
    for metric, own in compared.estimates.groupby("metric", sort=False):
        table = own.set_index("law")
        chosen = FLAT
        if table.loc[POWER, "excluded"]:
            chosen = POWER
            richer = table[(table["against"] == POWER) & table["excluded"]]
            if len(richer):
                chosen = str(richer["estimate"].idxmin())
        truth = REGIMES[str(metric)]
        rows.append({"metric": metric, "truth": truth, "chosen": chosen, "recovered": chosen == truth})
    return pd.DataFrame(rows)


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The files of the three stand-ins, simulated in their layouts.

    Examples
    --------
    >>> len(standin(1))
    4
    """
    rng = np.random.default_rng(seed)
    params = np.exp(rng.uniform(np.log(6e7), np.log(1.6e10), 120))
    tokens = np.exp(rng.uniform(np.log(4e8), np.log(3e11), 120))
    loss = (1.8 + 480 * params**-0.35 + 2100 * tokens**-0.37) * np.exp(0.006 * rng.normal(size=120))
    points = {"Model Size": params, "Training FLOP": 6 * params * tokens, "loss": loss}
    return {
        "chinchilla_svg_extracted_data.csv.gz": pd.DataFrame(points),
        "mlfoundations_scaling_losses.csv.gz": _losses(rng),
        **_moral(rng),
    }


def _losses(rng: np.random.Generator) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for k in range(30):
        size = np.exp(rng.uniform(np.log(1e7), np.log(6e9)))
        tokens = size * np.exp(rng.uniform(np.log(5), np.log(300)))
        for val, floor in (("c4_val/shard", 1.9), ("openlm/shard", 1.7)):
            error = rng.uniform(0.003, 0.03)
            loss = floor + 60 * size**-0.25 + 200 * tokens**-0.27 + np.hypot(error, 0.02) * rng.normal()
            rows.append(
                {
                    "name": f"simulated-{k:02d}",
                    "dataset": "rpj",
                    "params": size,
                    "tokens": tokens,
                    "val": val,
                    "loss": loss,
                    "lo": loss - 1.96 * error,
                    "hi": loss + 1.96 * error,
                }
            )
    return pd.DataFrame(rows)


def _moral(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Models between noise and the people's effects, the closer the larger; the last has another's distance written down."""
    people = np.array([0.5, 0.15, 0.1, 0.05, 0.35, 0.65, 0.1, 0.35, 0.6])
    families = ("GPT", "Llama", "Claude", "Gemma", "Mistral", "Phi", "Qwen", "DeepSeek V", "Kimi")
    models, effects = [], {}
    for family in families:
        shared = 0.15 * rng.normal(size=9)
        for k in range(5):
            size = float(np.exp(rng.uniform(np.log(0.5), np.log(700))))
            away = 0.42 * size**-0.1
            name = f"{family} {k + 1}"
            effects[name] = (people + away * (rng.normal(size=9) + shared)).round(4)
            distance = float(np.sqrt(((effects[name] - people) ** 2).sum()))
            models.append([name, "no", size, distance, 0.98])
    models[-1][3] = models[-2][3]
    table = pd.DataFrame(models, columns=["Model", "Reasoning", "Size", "Distance", "ValidResponseRate"])
    labels = [f"component {k + 1}" for k in range(9)]
    wide = pd.DataFrame({"Label": labels, **effects, "Human": people})
    return {"takemoto2026_table_S1.csv.gz": table, "takemoto2026_table_S2.csv.gz": wide}
