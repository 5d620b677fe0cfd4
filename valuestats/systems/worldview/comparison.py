"""WorldView-Bench (2025): published numbers without raw answers, and the estimator on simulated ones with a known truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.results.result import Result
from valuestats.systems.comparison import without_data


def comparison(published_csv: str | Path) -> pd.DataFrame:
    """The published numbers; none can be recomputed, since neither answers nor references are public."""
    return without_data(published_csv, "the answers and the references found in them are not public")


def evenness(rates: Mapping[str, float]) -> float:
    r"""True evenness of references with the given rates: :math:`-\sum s_k\log s_k/\log K`, :math:`s_k=p_k/\sum p_j`.

    Examples
    --------
    >>> evenness({"west": 0.4, "east": 0.4})
    1.0
    """
    p = np.array(list(rates.values()), dtype=float)
    s = p[p > 0] / p.sum()
    return float(-(s * np.log(s)).sum() / np.log(len(p)))


def diversity_recovery(
    rates: Mapping[str, Mapping[str, float]], first: Result, second: Result | None = None
) -> pd.DataFrame:
    """Simulated truth beside the published estimator and the corrected one.

    Parameters
    ----------
    rates
        Condition -> perspective -> rate, as `valuestats.systems.worldview.simulate.simulate_references` took them.
    first
        `perspective_diversity` of the references as they were reported.
    second
        The same with the judge's errors corrected.

    Returns
    -------
    pandas.DataFrame
        ``condition``, ``truth``, ``plugin`` (of the references as reported), ``estimate``, ``lower``, ``upper``,
        ``holds`` (the interval holds the
        truth), ``n_scored``, ``n_asked`` and ``correction`` (``questions left out``, or that and ``judge``).
    """
    truth = {name: evenness(by_name) for name, by_name in rates.items()}
    parts = []
    for result, name in ((first, "questions left out"), (second, "questions left out, judge's errors")):
        if result is not None:
            parts.append(result.estimates.assign(correction=name))
    frame = pd.concat(parts, ignore_index=True)
    frame["truth"] = frame["condition"].map(truth)
    frame["plugin"] = frame["condition"].map(first.estimates.set_index("condition")["plugin"])
    frame["holds"] = (frame["lower"] <= frame["truth"]) & (frame["truth"] <= frame["upper"])
    columns = ["condition", "correction", "truth", "plugin", "estimate", "lower", "upper", "holds"]
    return frame[[*columns, "n_scored", "n_asked"]]


def diversity_contrast(diversity: Result, first: str, second: str, level: float = 0.95) -> pd.DataFrame:
    """Difference in diversity between two prompts, ``first - second``, by model; see `Result.contrast`.

    Parameters
    ----------
    diversity
        What `valuestats.perspective_diversity` gave.
    first, second
        Conditions of it.
    level
        Probability inside the interval.
    """
    return diversity.contrast("condition", first, second, level=level)
