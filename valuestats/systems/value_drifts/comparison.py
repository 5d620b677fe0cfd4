"""Published numbers of both papers beside what the release's raw answers give, and where each question went."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, of_simulated, read_published
from valuestats.systems.published_shares import wilson_interval
from valuestats.tables import Responses

MONTHS = ("March 2023", "June 2023")
RATE, SENSITIVE = "opinion questions answered (%)", "sensitive questions answered (%)"
FLOWS = ("same answer", "another answer", "fell silent", "began to answer", "never answered")
_NO_DATA = "no raw answers of these runs are public"


def drift_comparison(
    published_csv: str | Path,
    published: Responses,
    corrected: Result,
    sensitive: pd.DataFrame,
    *,
    standin: bool = False,
) -> pd.DataFrame:
    """Published | Recomputed | Corrected: response rates of LLMDrift, and what Value Drifts printed.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    published
        The answers as `valuestats.systems.value_drifts.release.read_llmdrift` reads them with ``compat="published"``.
    corrected
        `valuestats.response_drift` of the answers by the default rules, by model.
    sensitive
        `valuestats.systems.value_drifts.release.answered_sensitive`.
    standin
        Whether the answers are simulated: nothing is recomputed then.

    Returns
    -------
    pandas.DataFrame
        See `valuestats.systems.comparison.compare_published`; a percentage printed with one digit is reproduced where it
        rounds to it.
    """
    if standin:
        return of_simulated(published_csv)
    level = float(corrected.estimates["level"].iloc[0])
    asked = published.frame.assign(given=published.frame["status"] == "valid")
    opinions = _rates(asked, "given", RATE).round({"value": 1})
    judged = sensitive.assign(
        quantity=SENSITIVE,
        group=sensitive["model"] + ", " + sensitive["condition"],
        value=100 * sensitive["answered"] / sensitive["asked"],
    )
    again = pd.concat([opinions, judged[["quantity", "group", "value"]]], ignore_index=True)
    rates = corrected.estimates[corrected.estimates["part"] == "response rate"]
    better = [
        _corrected(RATE, f"{model}, {month}", share, n // 2, level)
        for month, column in zip(MONTHS, ("first", "last"), strict=True)
        for model, share, n in zip(
            rates["model"], rates[column].astype(float), rates["n_asked"].astype(int), strict=True
        )
    ]
    better += [
        _corrected(SENSITIVE, group, answered / n, n, level)
        for group, answered, n in zip(judged["group"], judged["answered"], judged["asked"], strict=True)
    ]
    told = read_published(published_csv)
    silent = told[~told["quantity"].isin([RATE, SENSITIVE])]
    why = silent[["quantity", "group"]].assign(explanation=_NO_DATA)
    return compare_published(told, again, pd.DataFrame(better), explanations=why)


def _rates(frame: pd.DataFrame, column: str, quantity: str) -> pd.DataFrame:
    means = frame.groupby(["model", "condition"])[column].mean().reset_index()
    group = means["model"] + ", " + means["condition"]
    return pd.DataFrame({"quantity": quantity, "group": group, "value": 100.0 * means[column].astype(float)})


def _corrected(quantity: str, group: str, share: float, n: int, level: float) -> dict[str, object]:
    """A percentage of n questions with Wilson's interval."""
    low, high = wilson_interval(share, n, level)
    return {
        "quantity": quantity,
        "group": group,
        "estimate": 100 * share,
        "lower": 100 * low,
        "upper": 100 * high,
        "unit": "question",
        "n_scored": round(share * n),
        "n_asked": n,
    }


def answer_flows(answers: Responses) -> pd.DataFrame:
    """Where each question went between the two versions of a model.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``flow`` (same answer, another answer, fell silent, began to answer, never answered), ``questions``,
        ``share``.
    """
    wide = answers.frame.pivot(index=["model", "item"], columns="condition", values="answer")
    one, two = (wide[m].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for m in MONTHS)
    gone, back = ~np.isnan(one) & np.isnan(two), np.isnan(one) & ~np.isnan(two)
    flow = np.select(
        [one == two, gone, back, np.isnan(one) & np.isnan(two)], [FLOWS[0], *FLOWS[2:]], FLOWS[1]
    )
    table = pd.DataFrame({"model": wide.index.get_level_values("model"), "flow": flow})
    counts = table.groupby(["model", "flow"]).size().rename("questions")
    whole = pd.MultiIndex.from_product([sorted(set(table["model"])), FLOWS], names=["model", "flow"])
    long = counts.reindex(whole, fill_value=0).reset_index()
    return long.assign(share=long["questions"] / long.groupby("model")["questions"].transform("sum"))
