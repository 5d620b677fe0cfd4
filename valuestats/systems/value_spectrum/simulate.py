"""Simulated answers in the layout of the release's pilot, and spectra with a known spread."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.systems.value_spectrum.persona import simulate_described

TEXTS = ("Yes", "Yes.", "No", "No.", "Inconclusive", "I'm sorry, I can't assist with that request.")
CHANCE = {"simulated-a": (0.5, 0.2, 0.15, 0.05, 0.06, 0.04), "simulated-b": (0.4, 0.3, 0.2, 0.1, 0.0, 0.0)}
"""How often each text is given."""
ADOPTION = 0.25
"""Change of the rate of yes from the first half of a run with a persona to the second."""


def simulate_pilot(*, screenshots: int = 50, seed: int = 0) -> pd.DataFrame:
    """Answers of two models to screenshots of three platforms, without a persona.

    Examples
    --------
    >>> simulate_pilot(screenshots=5, seed=1).shape
    (30, 6)
    """
    rng = np.random.default_rng(seed)
    rows = []
    for model, chances in CHANCE.items():
        for platform in ("TikTok", "YouTube", "Instagram"):
            answers = rng.choice(np.array(TEXTS, dtype=object), size=screenshots, p=chances)
            rows += [
                {
                    "Image Name": f"{platform}{k}.jpeg",
                    "Prompt": "Is this interesting?",
                    "Answer": text,
                    "Stay Duration": 30 if str(text).startswith("Yes") else 0,
                    "Platform": platform,
                    "Model Name": model,
                }
                for k, text in enumerate(answers)
            ]
    return pd.DataFrame(rows)


def simulate_runs(*, runs: int = 12, screenshots: int = 60, seed: int = 0) -> pd.DataFrame:
    """Runs with a persona whose rate of yes rises by `ADOPTION` between the halves, from a start of its own each.

    Examples
    --------
    >>> simulate_runs(runs=2, screenshots=10, seed=1)["run"].nunique()
    2
    """
    rng = np.random.default_rng(seed)
    rows = []
    for run in range(runs):
        start = rng.uniform(0.2, 0.5)
        p = np.where(np.arange(screenshots) < screenshots // 2, start, start + ADOPTION)
        rows.append(
            pd.DataFrame(
                {
                    "run": f"persona {run + 1}",
                    "position": range(screenshots),
                    "yes": rng.binomial(1, p).astype(float),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def simulate_persona_run(seed: int = 0) -> pd.DataFrame:
    """One of those runs in the release's layout."""
    run = simulate_runs(runs=1, screenshots=100, seed=seed)
    return pd.DataFrame(
        {
            "Image Name": [f"run\\TikTok{k}.jpeg" for k in run["position"]],
            "Stay Duration": np.where(run["yes"] == 1, 30, 0),
        }
    )


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The pilot's files, simulated.

    Examples
    --------
    >>> sorted(standin(1))
    ['value_spectrum_described.csv.gz', 'value_spectrum_persona.csv.gz', 'value_spectrum_pilot.csv.gz']
    """
    return {
        "value_spectrum_pilot.csv.gz": simulate_pilot(seed=seed),
        "value_spectrum_persona.csv.gz": simulate_persona_run(seed),
        "value_spectrum_described.csv.gz": simulate_described(seed),
    }


def adoption_truth() -> dict[str, float]:
    """The change behind `simulate_runs`."""
    return {"change": ADOPTION}
