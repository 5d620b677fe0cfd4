"""ValueLocate (Su et al. 2025): rules of selecting neurons held against a known truth, and edits with placebo sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.activations.degenerate import degenerate_answers
from valuestats.results.result import Result
from valuestats.systems.comparison import without_data
from valuestats.systems.valuelocate.simulate import EDITS


def comparison(published_csv: str | Path) -> pd.DataFrame:
    """The published numbers; none can be recomputed, since no activations and no answers are public."""
    return without_data(published_csv, "no raw data public")


def neuron_recovery(truth: pd.DataFrame, selections: Mapping[str, Result]) -> pd.DataFrame:
    """What each rule selects, held against the neurons that were planted.

    Parameters
    ----------
    truth
        ``layer``, ``neuron``, ``planted``, ``truth``.
    selections
        Results of `valuestats.select_neurons` or `valuestats.neuron_stability` by the name of the rule.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``selected``, ``planted`` and ``others`` among them, ``missed``, ``false_share``, ``swapped`` (as the rule
        itself estimates the others), ``holds`` and ``intervals`` (how many hold the true difference), ``sign``.
    """
    known = truth.set_index(["layer", "neuron"])
    rows: list[dict[str, Any]] = []
    for name, found in selections.items():
        frame = found.estimates
        own = known.reindex(pd.MultiIndex.from_frame(frame[["layer", "neuron"]].astype(int)))
        true = own["planted"].to_numpy(dtype=bool)
        lower, upper = (frame[c].to_numpy(dtype=float) for c in ("lower", "upper"))
        held = (lower <= own["truth"]) & (own["truth"] <= upper)
        stability = found.meta.get("stability")
        rows.append(
            {
                "rule": name,
                "selected": len(frame),
                "planted": int(true.sum()),
                "others": int((~true).sum()),
                "missed": int(truth["planted"].sum() - true.sum()),
                "false_share": float((~true).mean()) if len(frame) else np.nan,
                "swapped": found.meta["selection"]["swapped"] if stability is None else stability["bound"],
                "holds": int(held.sum()),
                "intervals": int(np.isfinite(lower).sum()),
                "sign": found.verdict.sign,
            }
        )
    return pd.DataFrame(rows)


def edit_outcomes(answers: pd.DataFrame) -> pd.DataFrame:
    """Edited answers for `valuestats.paired_contrast`: ``value`` is null where the answer is degenerate.

    Parameters
    ----------
    answers
        ``item``, ``condition``, ``set``, ``raw``, ``score``.

    Returns
    -------
    pandas.DataFrame
        Besides ``value``, ``naive`` (the score, whatever the answer), ``degenerate``, and ``epoch`` (the placebo's sets).
    """
    found = degenerate_answers(answers)
    broken = found["degenerate"].notna()
    return found.assign(
        value=found["score"].mask(broken), naive=found["score"], epoch=found["set"].fillna(0).astype(int)
    )


def naive_outcomes(answers: pd.DataFrame) -> pd.DataFrame:
    """The same with every score counted, as where no one looks for degenerate answers."""
    return edit_outcomes(answers).assign(value=lambda t: t["naive"])


def edit_recovery(naive: Result, corrected: Result, ranks: pd.DataFrame) -> pd.DataFrame:
    """True change by each edit beside what is estimated with and without degenerate answers, and the placebo's rank."""
    keep = ["estimate", "lower", "upper", "beyond", "beyond_lower", "beyond_upper"]
    keep += ["bound_lower", "bound_upper", "n_pairs", "n_pairs_asked"]
    table = corrected.estimates[["condition", *keep]].astype({"condition": str})
    table = table[table["condition"].isin(EDITS)].reset_index(drop=True)
    table = table.rename(columns={"n_pairs": "n_scored", "n_pairs_asked": "n_asked"})
    table.insert(1, "truth", table["condition"].map(EDITS))
    every = naive.estimates.astype({"condition": str}).set_index("condition")["estimate"]
    rank = ranks.rename(columns={"p_value": "p_placebo"})[["condition", "as_much", "sets", "p_placebo"]]
    table = table.assign(naive=table["condition"].map(every)).merge(rank, on="condition")
    return table.assign(holds=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))
