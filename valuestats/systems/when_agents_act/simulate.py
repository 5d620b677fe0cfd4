"""Judgements in the release's layout whose modes, configurations, reversals and consensus are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.systems.when_agents_act.bounds import consensus_bounds, reversal_bounds

MODELS = ("simulated/claude-sonnet-4.5", "simulated/gemini-2.5-pro", "simulated/gpt-5", "simulated/grok-4")
DILEMMAS = {
    "Ferry": (48, (3.0, 0.0, -1.0)),
    "Archive": (24, (0.3, 0.2, 0.0)),
    "Orchard": (12, (9.0, 0.0, 0.0)),
}
"""Simulated dilemmas: configurations, and logits of their three options."""
_SHIFT = 1.2


def simulate_judgements(seed: int = 0) -> pd.DataFrame:
    """Judgements with the mode and configuration that the release keeps to itself.

    Examples
    --------
    >>> simulate_judgements(1)["mode"].value_counts().tolist()
    [336, 336]
    """
    rng = np.random.default_rng(seed)
    rows = []
    for model in MODELS:
        for title, (n, logits) in DILEMMAS.items():
            own = np.array(logits) + rng.normal(0, 0.4, 3)
            for mode in ("theory", "action"):
                shifted = own + (_SHIFT * np.array([-1, 1, 0]) if mode == "action" else 0)
                choice = (shifted + rng.gumbel(size=(n, 3))).argmax(axis=1)
                rows += [
                    {
                        "model_id": model,
                        "dilemma_id": title.lower(),
                        "dilemma_title": title,
                        "mode": mode,
                        "configuration": k,
                        "choice_id": f"option_{c + 1}",
                        "confidence": round(
                            float(np.clip(rng.normal(8 + (mode == "action") * 0.4, 0.7), 0, 10)), 1
                        ),
                        "reasoning_length": int(rng.integers(400, 900)),
                    }
                    for k, c in enumerate(choice)
                ]
    frame = pd.DataFrame(rows)
    return frame.assign(judgement_id=[f"sim-{k + 1:05d}" for k in range(len(frame))])


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The release's file, simulated.

    Examples
    --------
    >>> list(standin(1))
    ['when_agents_act_raw_judgements.csv.gz']
    """
    frame = simulate_judgements(seed).sample(frac=1, random_state=seed)
    return {"when_agents_act_raw_judgements.csv.gz": frame.drop(columns=["mode", "configuration"])}


def agents_recovery(studies: int = 50, seed: int = 0) -> pd.DataFrame:
    """How often bounds from rows without mode and configuration hold the true share, over simulated releases.

    Parameters
    ----------
    studies
        Simulated releases.
    seed
        Of the first; the next ones count up.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, ``truth`` (mean), ``lower``, ``upper`` (means of the bounds), ``held`` (share of studies), ``studies``.

    Examples
    --------
    >>> agents_recovery(2)["held"].tolist()
    [1.0, 1.0]
    """
    rows = []
    for k in range(studies):
        frame = simulate_judgements(seed + k)
        plain = frame.rename(columns={"model_id": "model", "dilemma_title": "item", "choice_id": "choice"})
        wide = plain.pivot(index=["model", "item", "configuration"], columns="mode", values="choice")
        same = plain.groupby(["item", "configuration", "mode"])["choice"].nunique()
        reversals, consensus = reversal_bounds(plain).iloc[0], consensus_bounds(plain).iloc[-1]
        for quantity, truth, row in (
            ("reversals", float((wide["theory"] != wide["action"]).mean()), reversals),
            ("consensus", float((same == 1).mean()), consensus),
        ):
            rows.append({"quantity": quantity, "truth": truth, "lower": row["lower"], "upper": row["upper"]})
    table = pd.DataFrame(rows)
    table["held"] = (table["lower"] <= table["truth"] + 1e-12) & (table["truth"] <= table["upper"] + 1e-12)
    found = table.groupby("quantity", sort=False).mean().reset_index()
    return found.assign(studies=studies)
