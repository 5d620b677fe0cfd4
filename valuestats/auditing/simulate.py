"""Tables of honest data, and one defect at a time planted into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from valuestats.auditing.declared import Holds, Sums
from valuestats.auditing.findings import Severity

MODELS = [f"m{i}" for i in range(10)]
VALUES = [f"v{j}" for j in range(8)]
N = 50
LOGICAL = frozenset(
    {
        "range",
        "counts",
        "spread",
        "whole answers",
        "sums",
        "ranks",
        "complements",
        "diagonal",
        "symmetry",
        "triangles",
    }
    | {"definiteness"}
)
"""Checks that find what no data can give."""


def shares(seed: int) -> pd.DataFrame:
    """Percentages of 50 answers, ten models and eight values.

    Examples
    --------
    >>> shares(1).shape
    (10, 8)
    """
    rng = np.random.default_rng(seed)
    counts = rng.binomial(N, rng.uniform(0.2, 0.9, (len(MODELS), len(VALUES))))
    return pd.DataFrame(counts * 100 // N, index=MODELS, columns=VALUES)


def composition(seed: int) -> pd.DataFrame:
    """Percentages of three options of 240 answers, as text with one decimal."""
    counts = np.random.default_rng(seed).multinomial(240, [0.55, 0.4, 0.05], len(MODELS))
    text = [[f"{100 * c / 240:.1f}" for c in row] for row in counts]
    return pd.DataFrame(text, index=MODELS, columns=["A", "B", "C"])


def scores(seed: int) -> pd.DataFrame:
    """Mean, SD and rank of whole answers from 1 to 7 by 15 to 44 people a model."""
    rng = np.random.default_rng(seed)
    rows = []
    for model in MODELS:
        n = int(rng.integers(15, 45))
        y = np.clip(np.round(rng.normal(rng.uniform(2, 6), 1.5, n)), 1, 7)
        told = {"mean": f"{y.mean():.2f}", "sd": f"{y.std(ddof=1):.2f}", "exact": y.mean()}
        rows.append({"model": model, "n": n, **told})
    table = pd.DataFrame(rows)
    rank = table["exact"].rank(ascending=False, method="min").astype(int)
    return table.assign(rank=rank).drop(columns="exact")


def win_rates(seed: int) -> pd.DataFrame:
    """Win rates of eight options, 60 games a pair, by strengths that are known."""
    rng = np.random.default_rng(seed)
    strength = np.linspace(2, -2, len(VALUES))
    out = np.full((len(VALUES), len(VALUES)), np.nan)
    for i, j in combinations(range(len(VALUES)), 2):
        k = rng.binomial(60, 1 / (1 + np.exp(strength[j] - strength[i])))
        out[i, j], out[j, i] = round(k / 60, 2), round((60 - k) / 60, 2)
    return pd.DataFrame(out, index=VALUES, columns=VALUES)


def matching(seed: int) -> pd.DataFrame:
    """Shares of equal answers of ten models to 200 questions with three options."""
    rng = np.random.default_rng(seed)
    common = rng.integers(0, 3, 200)
    y = np.where(rng.random((10, 200)) < 0.6, common, rng.integers(0, 3, (10, 200)))
    return pd.DataFrame((y[:, None] == y[None]).mean(axis=2).round(2), index=MODELS, columns=MODELS)


def correlations(seed: int) -> pd.DataFrame:
    """Correlations of eight variables over twelve cases."""
    x = np.random.default_rng(seed).normal(size=(12, len(VALUES)))
    return pd.DataFrame(np.corrcoef(x.T).round(2), index=VALUES, columns=VALUES)


@dataclass(frozen=True)
class Honest:
    """A sort of table that is honest: how it is made, what it holds, and how it is audited."""

    make: Callable[[int], pd.DataFrame]
    holds: Holds | Mapping[str, Holds]
    options: Mapping[str, Any] = field(default_factory=dict)


SCORES = {
    "mean": Holds("mean", n="n", items=1, low=1, high=7),
    "sd": Holds("sd", n="n", mean="mean"),
    "rank": Holds("rank", of="mean"),
}
HONEST: dict[str, Honest] = {
    "shares": Honest(shares, Holds("percent", n=N)),
    "composition": Honest(composition, Holds("percent", n=240), {"sums": [Sums("columns", 100)]}),
    "scores": Honest(scores, SCORES, {"row": "model"}),
    "win rates": Honest(win_rates, Holds("win_rate", n=60, decimals=2)),
    "matching": Honest(matching, Holds("matching", n=200)),
    "correlations": Honest(correlations, Holds("correlation")),
}


def _above_a_whole(t: pd.DataFrame) -> None:
    t.loc["m3", "v2"] = 104


def _no_count(t: pd.DataFrame) -> None:
    t.loc["m3", "v2"] = 61


def _too_even(t: pd.DataFrame) -> None:
    t["v4"] = [60, 60, 62, 60, 58, 60, 60, 62, 60, 60]


def _same_columns(t: pd.DataFrame) -> None:
    t["v6"] = t["v1"]


def _same_rows(t: pd.DataFrame) -> None:
    t.loc["m7"] = t.loc["m2"]


def _not_a_hundred(t: pd.DataFrame) -> None:
    count = round(2.4 * float(str(t.loc["m4", "A"]))) + 3
    t.loc["m4", "A"] = f"{100 * count / 240:.1f}"


def _no_mean(t: pd.DataFrame) -> None:
    """5.19 of 28 people (Brown and Heathers 2017)."""
    t.loc[0, "n"], t.loc[0, "mean"] = 28, "5.19"
    t["rank"] = np.nan


def _no_rank(t: pd.DataFrame) -> None:
    t["rank"] = [1, 1, 2, 5, 5, 6, 7, 8, 9, 10]


def _turned_rank(t: pd.DataFrame) -> None:
    ends = [t["rank"].idxmin(), t["rank"].idxmax()]
    t.loc[ends, "rank"] = t.loc[ends[::-1], "rank"].to_numpy()


def _wide(t: pd.DataFrame) -> None:
    t.loc[2, "sd"] = "3.40"


def _no_answers(t: pd.DataFrame) -> None:
    """3.44 and 2.47 of 18 people (tests of rsprite2)."""
    for column, value in (("n", 18), ("mean", "3.44"), ("sd", "2.47")):
        t.loc[2, column] = value
    t["rank"] = np.nan


def _no_complement(t: pd.DataFrame) -> None:
    wins = 60 - round(60 * float(t.to_numpy()[5, 1]))
    t.loc["v1", "v5"] = round((wins - 3) / 60, 2)


def _no_half(t: pd.DataFrame) -> None:
    t.loc["v1", "v1"] = 0.6


def _circle(t: pd.DataFrame) -> None:
    for a, b in (("v0", "v1"), ("v1", "v2"), ("v2", "v0")):
        t.loc[a, b], t.loc[b, a] = 0.80, 0.20


def _lopsided(t: pd.DataFrame) -> None:
    t.loc["m1", "m5"] = round(float(t.to_numpy()[1, 5]) + 0.02, 2)


def _not_one(t: pd.DataFrame) -> None:
    t.loc["m1", "m1"] = 0.98


def _too_far(t: pd.DataFrame) -> None:
    for a, b, s in (("m1", "m2", 0.99), ("m1", "m3", 0.99), ("m2", "m3", 0.5)):
        t.loc[a, b] = t.loc[b, a] = s


def _indefinite(t: pd.DataFrame) -> None:
    for a, b, r in (("v0", "v1", 0.95), ("v1", "v2", 0.95), ("v0", "v2", -0.9)):
        t.loc[a, b] = t.loc[b, a] = r


@dataclass(frozen=True)
class Planted:
    """A defect: into which sort of table, by what, and which finding is to be raised."""

    case: str
    plant: Callable[[pd.DataFrame], None]
    check: str
    severity: Severity = "impossible"


DEFECTS: dict[str, Planted] = {
    "above a whole": Planted("shares", _above_a_whole, "range"),
    "no count": Planted("shares", _no_count, "counts"),
    "too even": Planted("shares", _too_even, "too even", "improbable"),
    "same columns": Planted("shares", _same_columns, "duplicates", "improbable"),
    "same rows": Planted("shares", _same_rows, "duplicates", "improbable"),
    "not a hundred": Planted("composition", _not_a_hundred, "sums"),
    "no mean": Planted("scores", _no_mean, "counts"),
    "no rank": Planted("scores", _no_rank, "ranks"),
    "turned rank": Planted("scores", _turned_rank, "ranks"),
    "SD too wide": Planted("scores", _wide, "spread"),
    "no whole answers": Planted("scores", _no_answers, "whole answers"),
    "no complement": Planted("win rates", _no_complement, "complements"),
    "no half": Planted("win rates", _no_half, "diagonal"),
    "circle": Planted("win rates", _circle, "cycles", "improbable"),
    "lopsided": Planted("matching", _lopsided, "symmetry"),
    "not one": Planted("matching", _not_one, "diagonal"),
    "too far": Planted("matching", _too_far, "triangles"),
    "indefinite": Planted("correlations", _indefinite, "definiteness"),
}


def planted(name: str, seed: int) -> pd.DataFrame:
    """An honest table with one defect.

    Examples
    --------
    >>> int(planted("above a whole", 1).loc["m3", "v2"])
    104
    """
    defect = DEFECTS[name]
    table = HONEST[defect.case].make(seed)
    defect.plant(table)
    return table
