"""How many answers conform to a rule: intervals where repeats stand in scenes, and simulated studies with a known truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, roots_hermitenorm

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.statistics.clusters import plan_clusters
from valuestats.systems.comparison import compare_published, read_published
from valuestats.systems.cvc.agreement import RULES
from valuestats.systems.published_shares import (
    count_of,
    dependence_intervals,
    possible_sizes,
    wilson_interval,
)

Array = NDArray[np.float64]

THEMES, MODELS, REPEATS, PEOPLE = 6, 7, 5, 5
SCENE_SD, MODEL_SD = 1.0, 0.8
"""Standard deviations (logits) of scenes, and of models within scenes, in the simulated studies."""


def rules_table(published_csv: str | Path) -> pd.DataFrame:
    """The two published percentages with the answers that the design gives: ``who``, ``percent``, ``answers``."""
    told = _told(published_csv)
    answers = {"7 language models": THEMES * MODELS * REPEATS, "5 people": THEMES * PEOPLE}
    return pd.DataFrame(
        {
            "who": list(told.index),
            "percent": [f"{x:.1f}" for x in told],
            "answers": [answers[who] for who in told.index],
        }
    )


def _told(published_csv: str | Path) -> pd.Series:
    told = read_published(published_csv)
    return told[told["quantity"] == RULES].set_index("group")["value"]


@checked
def rule_intervals(published_csv: str | Path, *, level: float = 0.95) -> pd.DataFrame:
    """Intervals of the published shares, from all answers independent to nothing but the scenes (or people) being so.

    The answers of models are 6 themes x 7 models x 5 repeats. Of people, the least multiple of five answers that can give
    the percentage is taken. An answer that its repeats copy adds nothing, so that the effective number of answers lies
    between the numbers of units given; the interval at each is that of Korn and Graubard.

    Parameters
    ----------
    published_csv
        ``analyses/cvc/published.csv``.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``who``, ``unit``, ``n_effective``, ``design_effect``, ``estimate``, ``lower``, ``upper``, ``chance`` (one of three
        options).

    Examples
    --------
    ::

        rule_intervals("analyses/cvc/published.csv")
    """
    told = _told(published_csv)
    n = THEMES * MODELS * REPEATS
    models = count_of(float(told["7 language models"]), 1, n) / n
    sizes = possible_sizes(float(told["5 people"]), 1, PEOPLE, 240)
    people = count_of(float(told["5 people"]), 1, sizes[0]) / sizes[0]
    parts: dict[str, tuple[float, dict[str, float]]] = {
        "7 language models": (
            models,
            {
                "every answer": n,
                "repeats agree by half": n / (1 + (REPEATS - 1) / 2),
                "repeats copy each other": THEMES * MODELS,
                "models too: scenes alone": THEMES,
            },
        ),
        "5 people": (people, {"every answer": sizes[0], "people alone": PEOPLE}),
    }
    found = [
        dependence_intervals(share, units, level).assign(
            who=who, design_effect=lambda t: t["n_effective"].iloc[0] / t["n_effective"]
        )
        for who, (share, units) in parts.items()
    ]
    return pd.concat(found, ignore_index=True).assign(chance=1 / 3)


def rules_comparison(published_csv: str | Path, intervals: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected: the counts that the design allows, and the interval with repeats as copies."""
    told = read_published(published_csv)
    told = told[told["quantity"] == RULES].reset_index(drop=True)
    why = []
    for value, n in zip(told["value"], rules_table(published_csv)["answers"], strict=True):
        try:
            possible = f"{count_of(float(value), 1, int(n))} of {n} answers give it"
        except InputError:
            sizes = possible_sizes(float(value), 1, PEOPLE, 240)
            possible = f"no count of {n} answers gives it, {sizes[0]} are the fewest for five people that do"
        why.append(f"the answers are not public; {possible}")
    corrected = intervals[intervals["unit"].isin(["repeats copy each other", "people alone"])]
    return compare_published(
        told,
        told[["quantity", "group"]].assign(value=np.nan),
        pd.DataFrame(
            {
                "quantity": RULES,
                "group": corrected["who"],
                "estimate": 100 * corrected["estimate"],
                "lower": 100 * corrected["lower"],
                "upper": 100 * corrected["upper"],
                "unit": corrected["unit"],
            }
        ),
        explanations=told[["quantity", "group"]].assign(explanation=why),
    )


@checked
def simulate_rules(
    *,
    themes: int = THEMES,
    models: int = MODELS,
    repeats: int = REPEATS,
    scene_sd: float = SCENE_SD,
    model_sd: float = MODEL_SD,
    studies: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Choices in the published design: :math:`\operatorname{logit} P = 1 + u_{scene} + v_{scene, model}`, five repeats.

    Returns
    -------
    pandas.DataFrame
        ``study``, ``scene``, ``model``, ``repeat``, ``conforms`` (1 or 0).

    Examples
    --------
    >>> len(simulate_rules(seed=1))
    210
    """
    rng = np.random.default_rng(seed)
    size = (studies, themes, models, repeats)
    scene = rng.normal(0, scene_sd, (studies, themes, 1, 1))
    own = rng.normal(0, model_sd, (studies, themes, models, 1))
    conforms = rng.random(size) < expit(1.0 + scene + own)
    index = np.indices(size).reshape(4, -1)
    names = ("study", "scene", "model", "repeat")
    return pd.DataFrame({**dict(zip(names, index, strict=True)), "conforms": conforms.ravel().astype(int)})


def rules_truth(scene_sd: float = SCENE_SD, model_sd: float = MODEL_SD) -> dict[str, float]:
    """The share that conforms over scenes and models: the logistic-normal mean, by Gauss and Hermite's rule.

    Examples
    --------
    >>> round(rules_truth(0.0, 0.0)["share"], 4)
    0.7311
    """
    x, w = roots_hermitenorm(61)
    return {"share": float((w * expit(1.0 + np.hypot(scene_sd, model_sd) * x)).sum() / w.sum())}


@checked
def rule_share(answers: pd.DataFrame, *, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """The share that conforms, with answers taken as independent (Wilson) and with scenes as clusters (jackknife's t).

    Parameters
    ----------
    answers
        ``scene`` and ``conforms`` (1, 0, or null for an answer that could not be read).
    level, seed
        Of the intervals and of the replicates behind them.

    Returns
    -------
    pandas.DataFrame
        ``unit``, ``estimate``, ``lower``, ``upper``, ``n_scored``, ``n_asked``, ``n_units``.

    Raises
    ------
    InputError
        A column is missing, or no answer could be read.

    Examples
    --------
    >>> rule_share(simulate_rules(seed=1))["unit"].tolist()
    ['answers', 'scenes']
    """
    missing = [c for c in ("scene", "conforms") if c not in answers.columns]
    valid = answers if missing else answers[answers["conforms"].notna()]
    if missing or valid.empty:
        raise InputError(
            "nothing to take a share of",
            parameter="answers",
            got=f"without {', '.join(missing)}" if missing else "no answer that could be read",
            expected="scene and conforms",
        )
    sums = valid.groupby("scene")["conforms"].agg(["sum", "size"]).to_numpy(dtype=float)
    share, n, scenes = float(sums[:, 0].sum() / sums[:, 1].sum()), int(sums[:, 1].sum()), len(sums)
    plan = plan_clusters(scenes, 500, np.random.default_rng(seed))
    weighted = plan.weights @ sums
    found = plan.finish(
        weighted[:, 0] / weighted[:, 1], share, scenes, level, within=(0.0, 1.0), what="scenes"
    )
    low, high = wilson_interval(share, n, level)
    return pd.DataFrame(
        {
            "unit": ["answers", "scenes"],
            "estimate": share,
            "lower": [low, float(found.lower)],
            "upper": [high, float(found.upper)],
            "n_scored": n,
            "n_asked": len(answers),
            "n_units": [n, scenes],
        }
    )


@checked
def rule_recovery(*, studies: int = 400, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """How often both intervals hold the known truth, over simulated studies of the published design.

    Returns
    -------
    pandas.DataFrame
        ``unit``, ``truth``, ``estimate`` (mean over studies), ``width`` (mean), ``coverage`` with its simulation ``error``.

    Examples
    --------
    >>> rule_recovery(studies=20, seed=1)["unit"].tolist()
    ['answers', 'scenes']
    """
    answers = simulate_rules(studies=studies, seed=seed)
    truth = rules_truth()["share"]
    found = pd.concat([rule_share(part, level=level, seed=seed) for _, part in answers.groupby("study")])
    found = found.assign(
        holds=(found["lower"] <= truth) & (truth <= found["upper"]), width=found["upper"] - found["lower"]
    )
    table = found.groupby("unit", sort=False)[["estimate", "width", "holds"]].mean().reset_index()
    table = table.rename(columns={"holds": "coverage"}).assign(truth=truth, studies=studies)
    return table.assign(error=np.sqrt(table["coverage"] * (1 - table["coverage"]) / studies))
