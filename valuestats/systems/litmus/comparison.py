"""What Elo and a model of the choices say of the same answers, model by model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.choice.counted import FIRST
from valuestats.results.pairs import rank_sets
from valuestats.results.result import Result
from valuestats.systems.litmus.letters import EMPTY, read_letters
from valuestats.systems.litmus.release import read_release
from valuestats.tables.choices import Choices

DEPENDS = "depends"


def litmus_comparison(choices: Choices, elo: Result, strengths: Result) -> pd.DataFrame:
    """One row per model: how it was asked, where place and way out go, and how far the two orders of values agree.

    Parameters
    ----------
    choices
        The answers, as `valuestats.systems.litmus.release.read_litmus` returns them.
    elo, strengths
        `valuestats.elo_ratings` and `valuestats.choice_strengths` of them by model, the latter with the first place
        modelled.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``n_asked``, ``n_valid``, ``equal`` and ``depends`` (shares of the valid answers), ``first`` with
        ``first_lower`` and ``first_upper`` (effect of the first place, logits), ``tau`` (Kendall, between both orders),
        ``top_elo``, ``top_strength``, ``pairs_apart`` (of ``pairs``), ``open_places`` (mean size of the rank sets).
    """
    choices = choices.one_by_one()
    frame = choices.frame.drop_duplicates("choice")
    ties = choices.frame[choices.frame["rank"] == 1]["choice"].value_counts()
    tied = frame["choice"].map(ties).fillna(0).to_numpy() == 2
    outcome = (
        (frame["outcome"] == DEPENDS).to_numpy()
        if "outcome" in frame.columns
        else np.zeros(len(frame), dtype=bool)
    )
    valid = (frame["status"] == "valid").to_numpy()
    asked = pd.DataFrame(
        {
            "model": frame["model"].astype(str),
            "n_valid": valid,
            "equal": tied & valid,
            "depends": outcome & valid,
        }
    )
    counts = asked.groupby("model").agg(
        n_asked=("n_valid", "size"),
        n_valid=("n_valid", "sum"),
        equal=("equal", "sum"),
        depends=("depends", "sum"),
    )
    rated = _wide(elo)
    strong = _wide(strengths)
    sets = rank_sets(strengths, "option")
    pairs = strengths.contrasts("option")
    effects = pd.DataFrame(strengths.meta["parameters"])
    first = effects[effects["parameter"] == FIRST].set_index("model")
    rows: list[dict[str, Any]] = []
    for model in strong.index:
        own = pairs[pairs["model"] == model]
        open_places = sets[sets["model"] == model]
        one, two = rated.loc[model].reindex(strong.columns), strong.loc[model]
        rows.append(
            {
                "model": model,
                "n_asked": int(counts.loc[model, "n_asked"]),
                "n_valid": int(counts.loc[model, "n_valid"]),
                "equal": float(counts.loc[model, "equal"] / counts.loc[model, "n_valid"]),
                "depends": float(counts.loc[model, "depends"] / counts.loc[model, "n_valid"]),
                "first": float(first.loc[model, "estimate"]),
                "first_lower": float(first.loc[model, "lower"]),
                "first_upper": float(first.loc[model, "upper"]),
                "tau": float(stats.kendalltau(one, two, nan_policy="omit").statistic),
                "top_elo": str(one.idxmax()),
                "top_strength": str(two.idxmax()),
                "pairs_apart": int(own["differs"].sum()),
                "pairs": len(own),
                "open_places": float((open_places["worst"] - open_places["best"] + 1).mean()),
            }
        )
    return pd.DataFrame(rows)


def litmus_ranks(strengths: Result) -> pd.DataFrame:
    """Places that the answers leave open for each value of each model, see `valuestats.results.pairs.rank_sets`."""
    return rank_sets(strengths, "option")


def _wide(result: Result) -> pd.DataFrame:
    frame = result.estimates.astype({"model": str, "option": str})
    return frame.pivot(index="model", columns="option", values="estimate")


@checked
def litmus_readings(path: str | Path) -> pd.DataFrame:
    """How the release reads the answers beside the letters that they name.

    Parameters
    ----------
    path
        ``litmus_stated_controlled.csv`` of the release.

    Returns
    -------
    pandas.DataFrame
        ``letter``, ``release`` (categories) and ``n``, for every pair that is there; empty texts are ``empty`` in both.
    """
    frame = read_release(path, "controlled")
    told = pd.DataFrame({"letter": read_letters(frame), "release": frame["category"].to_numpy(dtype=object)})
    told.loc[told["letter"] == EMPTY, "release"] = EMPTY
    return told.groupby(["letter", "release"], sort=True).size().rename("n").reset_index()
