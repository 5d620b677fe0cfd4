r"""What choices that name neither mode nor configuration allow: bounds of reversals and of consensus.

Every configuration of a dilemma was judged twice by each model, in theory and in action. The released rows say how often a
model chose each option, not which two rows belong together. That leaves sharp bounds (Fréchet 1935; Manski 2003).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.statistics.ratios import ratio
from valuestats.systems.comparison import SIMULATED, read_published

ALL = "all models"
MODES = 2


def _counts(judgements: pd.DataFrame) -> pd.DataFrame:
    return judgements.groupby(["item", "model", "choice"]).size().rename("n").reset_index()


def _cells(counts: pd.DataFrame) -> pd.Series:
    """Configurations of each dilemma: half of the most judgements that a model gave, rounded up."""
    each = counts.groupby(["item", "model"])["n"].sum().groupby("item").max()
    return np.ceil(each / MODES).astype(int)


@checked
def reversal_bounds(judgements: pd.DataFrame) -> pd.DataFrame:
    r"""The most reversals between theory and action that a model's choices allow.

    Estimand: the share of pairs of judgements of one configuration whose choices differ. With n judgements of a dilemma, c
    of them for the option chosen most, in P pairs at least, at most :math:`\min(P, n - c)` pairs differ: each other pair
    takes two judgements of one option. The least is 0, or as few as odd counts leave. ``random``
    is what pairs give that are put together at random, :math:`1 - \sum_k c_k(c_k-1)/(n(n-1))`: reversals without any mode.

    Parameters
    ----------
    judgements
        As `valuestats.systems.when_agents_act.release.read_judgements` returns them.

    Returns
    -------
    pandas.DataFrame
        ``group`` (a model, or all), ``pairs``, ``least``, ``most`` (pairs that may differ), ``lower``, ``upper``,
        ``random`` (shares), ``fixed`` (pairs of dilemmas in which the model always chose the same).

    Examples
    --------
    >>> frame = pd.DataFrame({"item": "a", "model": "m", "choice": ["x", "x", "x", "y"]})
    >>> reversal_bounds(frame)[["pairs", "most", "upper"]].to_numpy().tolist()[0]
    [2.0, 1.0, 0.5]
    """
    counts = _counts(judgements)
    cells = _cells(counts)
    by = counts.groupby(["item", "model"])["n"]
    table = pd.DataFrame(
        {
            "n": by.sum(),
            "top": by.max(),
            "odd": by.agg(lambda x: int((x % 2).sum())),
            "alike": by.agg(lambda x: float((x * (x - 1)).sum())),
        }
    ).reset_index()
    table["pairs"] = table["n"] - table["item"].map(cells)
    table["most"] = np.minimum(table["pairs"], table["n"] - table["top"])
    # judgements without a partner can take up odd counts
    alone = table["n"] - MODES * table["pairs"]
    table["least"] = np.maximum(np.ceil((table["odd"] - alone) / 2), 0)
    table["fixed"] = np.where(table["top"] == table["n"], table["pairs"], 0)
    n = table["n"].to_numpy(dtype=float)
    table["mixed"] = table["pairs"] * (1.0 - ratio(table["alike"].to_numpy(dtype=float), n * (n - 1)))
    columns = ["pairs", "least", "most", "fixed", "mixed"]
    models = table.groupby("model")[columns].sum()
    whole = table[columns].sum().to_frame(ALL).T
    found = pd.concat([whole, models]).rename_axis("group").reset_index()
    pairs = found["pairs"].to_numpy(dtype=float)
    for name, column in (("lower", "least"), ("upper", "most"), ("random", "mixed")):
        found[name] = ratio(found[column].to_numpy(dtype=float), pairs)
    return found.drop(columns="mixed")


@checked
def consensus_bounds(judgements: pd.DataFrame) -> pd.DataFrame:
    r"""Bounds of how often all models choose alike, dilemma by dilemma and in all.

    Estimand: the share of cells (a configuration in one mode) in which all M models make the same choice. With
    :math:`c_{mk}` judgements of model m for option k in N cells, :math:`\sum_k \max(0, \sum_m c_{mk} - (M-1)N)` cells at
    least and :math:`\sum_k \min_m c_{mk}` at most agree (Fréchet 1935). ``independent`` is what models give that choose
    independently within a dilemma.

    Parameters
    ----------
    judgements
        As `valuestats.systems.when_agents_act.release.read_judgements` returns them.

    Returns
    -------
    pandas.DataFrame
        ``item`` (a dilemma, or ``"all"``), ``cells``, ``lower``, ``upper``, ``independent`` (shares).

    Examples
    --------
    >>> frame = pd.DataFrame({"item": "a", "model": ["m", "m", "n", "n"], "choice": ["x", "x", "x", "y"]})
    >>> consensus_bounds(frame)[["cells", "lower", "upper", "independent"]].to_numpy().tolist()[0]
    [2.0, 0.5, 0.5, 0.5]
    """
    counts = _counts(judgements)
    cells = _cells(counts) * MODES
    rows = []
    for item, own in counts.groupby("item"):
        wide = own.pivot(index="model", columns="choice", values="n").fillna(0).to_numpy()
        n, models = float(cells[item]), len(wide)
        share = wide / wide.sum(axis=1, keepdims=True)
        rows.append(
            {
                "item": str(item),
                "cells": n,
                "least": np.maximum(wide.sum(axis=0) - (models - 1) * n, 0).sum(),
                "most": min(float(wide.min(axis=0).sum()), n),
                "alike": n * share.prod(axis=0).sum(),
            }
        )
    table = pd.DataFrame(rows)
    whole = table[["cells", "least", "most", "alike"]].sum()
    table = pd.concat([table, pd.DataFrame([{"item": "all", **whole}])], ignore_index=True)
    below = table["cells"].to_numpy(dtype=float)
    for name, column in (("lower", "least"), ("upper", "most"), ("independent", "alike")):
        table[name] = ratio(table[column].to_numpy(dtype=float), below)
    return table.drop(columns=["least", "most", "alike"])


@checked
def agents_comparison(
    published_csv: str | Path, reversals: pd.DataFrame, consensus: pd.DataFrame, *, standin: bool = False
) -> pd.DataFrame:
    """Published percentages beside the bounds that the released rows leave them.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`; percentages.
    reversals, consensus
        `reversal_bounds` and `consensus_bounds`.
    standin
        Whether the rows are simulated: they say nothing of what is published then.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, ``group``, ``published``, ``lower``, ``upper`` (percent), ``verdict`` (possible, impossible; of
        simulated rows neither, but why not), ``part``
        (of the most reversals allowed, percent),
        ``random`` (reversals of pairs put together at random, percent), ``source``.

    Examples
    --------
    ::

        agents_comparison("published.csv", reversals, consensus)
    """
    told = read_published(published_csv)
    all_cells = consensus[consensus["item"] == "all"].iloc[0]
    ends = {("reversals (%)", str(r["group"])): (r["lower"], r["upper"]) for _, r in reversals.iterrows()}
    # in one mode there are half of the cells, so that bounds of both are twice as far from the ends
    low, high = float(all_cells["lower"]), float(all_cells["upper"])
    ends["consensus (%)", "mean of both modes"] = (low, high)
    for mode in ("theory", "action"):
        ends["consensus (%)", mode] = (max(0.0, 2 * low - 1), min(1.0, 2 * high))
    keys = list(zip(told["quantity"], told["group"], strict=True))
    lower, upper = (100 * np.array([ends[k][side] for k in keys]) for side in (0, 1))
    value = told["value"].to_numpy(dtype=float)
    # printed with one digit
    inside = (value >= lower - 0.05) & (value <= upper + 0.05)
    part = np.where(told["quantity"] == "reversals (%)", 100 * ratio(value, upper), np.nan)
    random = {("reversals (%)", str(r["group"])): 100.0 * r["random"] for _, r in reversals.iterrows()}
    return pd.DataFrame(
        {
            "quantity": told["quantity"],
            "group": told["group"],
            "published": value,
            "lower": lower,
            "upper": upper,
            "verdict": SIMULATED if standin else np.where(inside, "possible", "impossible"),
            "part": part,
            "random": [random.get(k, np.nan) for k in keys],
            "source": told["source"],
        }
    )
