"""What is published of COUPLE, and whether the simulated model is recovered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.graphs.evidence import equivalents
from valuestats.graphs.graph import graph_of
from valuestats.orderings.targets import ALL
from valuestats.results.result import Result
from valuestats.systems.comparison import without_data
from valuestats.systems.couple.simulate import VALUES, true_graph, true_weights

NOT_PUBLIC = "the steered answers and the judge's scores are not public"


@checked
def couple_comparison(published_csv: str | Path) -> pd.DataFrame:
    """Published errors and correlations, with nothing to compute them from.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    """
    return without_data(published_csv, NOT_PUBLIC)


@checked
def couple_recovery(
    graph: Result, effects: Result, plain: Result, corrected: Result, truth: pd.DataFrame
) -> pd.DataFrame:
    """What the simulation planted, and what came out of it.

    Parameters
    ----------
    graph, effects
        `valuestats.value_graph` of the simulated profiles, and `valuestats.value_effects` of one value set to 1 against 0.
    plain, corrected
        `valuestats.target_profile` with the judge taken as perfect, and corrected.
    truth
        True errors of the steered answers, as `valuestats.systems.couple.simulate.simulate_steered` has them.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, ``truth``, ``estimate``, ``lower``, ``upper``, ``holds`` (whether the interval has the truth in it, or
        the edges are those planted).
    """
    ours, true = graph_of(graph), true_graph()
    found, planted = (m | m.T for m in (ours.marks, true.marks))
    class_ = equivalents(true.marks)
    nan = float("nan")
    rows: list[tuple[str, float, float, float, float, bool]] = [
        ("edges", float(planted.sum() / 2), float(found.sum() / 2), nan, nan, bool((found == planted).all())),
        (
            "arrows and lines as planted",
            float(class_.sum()),
            float((ours.marks & class_).sum()),
            nan,
            nan,
            bool((ours.marks == class_).all()),
        ),
    ]
    (cause,) = effects.meta["specification"]["do"]
    total = np.linalg.inv(np.eye(len(VALUES)) - true_weights())[VALUES.index(cause)]
    for row in effects.estimates.to_dict("records"):
        value = float(total[VALUES.index(row["value"])])
        holds = min(row["lower"], row["lowest"]) <= value <= max(row["upper"], row["highest"])
        rows.append(
            (
                f"effect of {cause} on {row['value']}",
                value,
                row["estimate"],
                row["lower"],
                row["upper"],
                bool(holds),
            )
        )
    known = truth.groupby("model")["error"].sum()
    for name, result in (("judge taken as perfect", plain), ("judge's error carried through", corrected)):
        for row in result.estimates[result.estimates["dimension"] == ALL].to_dict("records"):
            value = float(known[row["model"]])
            holds = bool(row["lower"] <= value <= row["upper"])
            label = f"distance, {row['model']}, {name}"
            rows.append((label, value, row["estimate"], row["lower"], row["upper"], holds))
    return pd.DataFrame(rows, columns=["quantity", "truth", "estimate", "lower", "upper", "holds"])
