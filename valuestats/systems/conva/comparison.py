"""ConVA (Jin et al. 2025): probes, shifts and control held against a known truth, beside the published rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.activations.degenerate import degenerate_answers
from valuestats.activations.directions import Directions
from valuestats.activations.rows import Activations
from valuestats.activations.simulate import layer_strengths, mean_share, true_accuracy
from valuestats.interventions.effects import intervention_effects
from valuestats.results.result import Result
from valuestats.systems.comparison import without_data
from valuestats.systems.conva.release import published_reward
from valuestats.systems.conva.simulate import (
    CONTROLS,
    ITEMS_APART,
    TARGETS,
    Design,
    control_truth,
    true_directions,
    truth_of,
)


def comparison(published_csv: str | Path) -> pd.DataFrame:
    """The published numbers; none can be recomputed, since no activations, answers or judgements are public."""
    return without_data(published_csv, "no raw data public")


def probe_recovery(
    published: Result, groups: Result, directions: Directions, *, design: Design = "pairs", seed: int = 0
) -> pd.DataFrame:
    """Accuracy by layer: by the published split, with groups held out whole, and in truth.

    Truth is that of the probe of all rows, whose training part is larger than the folds'.

    Returns
    -------
    pandas.DataFrame
        ``design``, ``layer``, ``series``, ``estimate``, ``lower``, ``upper``, ``sign``.
    """
    layers, width = directions.weights.shape
    truth = truth_of(design, 1, width, layers)
    aim = true_accuracy(
        truth, directions.weights, directions.intercepts, true_directions(width, layers, seed)
    )
    parts = []
    for name, found in (("published split of rows", published), ("groups held out whole", groups)):
        part = found.estimates[["layer", "estimate", "lower", "upper"]]
        parts.append(part.assign(series=name, sign=found.verdict.rows["sign"].to_numpy()))
    shown = pd.DataFrame(
        {"layer": list(directions.layers), "estimate": aim, "lower": np.nan, "upper": np.nan}
    )
    parts.append(shown.assign(series="truth", sign="sound"))
    return pd.concat(parts, ignore_index=True).assign(design=design)


def direction_recovery(directions: Directions, *, seed: int = 0) -> pd.DataFrame:
    """Cosine of each layer's direction with the planted one, beside what halves of the groups say of it.

    Returns
    -------
    pandas.DataFrame
        ``layer``, ``estimate``, ``halves``, ``truth``.
    """
    layers, width = directions.weights.shape
    true = (directions.units * true_directions(width, layers, seed)).sum(axis=1)
    return directions.result.estimates[["layer", "estimate", "halves"]].assign(truth=true)


def shift_recovery(
    rows: Activations,
    directions: Directions,
    shifts: Mapping[str, pd.DataFrame],
    *,
    design: Design = "pairs",
    target: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    r"""True probability of the value after the shift, in new groups, of the rows that were moved.

    By Bayes' theorem the log odds of a new row are :math:`s\,u'x/(1 + \text{context}^2)`.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``layer``, ``target``, ``claimed`` (mean probability by the rule itself), ``truth`` (mean true
        probability), ``shift`` (mean length), ``relative`` (to the vectors), ``moved``, ``rows``.
    """
    layers, width = directions.weights.shape
    truth = truth_of(design, 1, width, layers)
    direction, strength = true_directions(width, layers, seed), layer_strengths(truth)
    units = directions.units
    found = []
    for rule, table in shifts.items():
        for number, name in enumerate(directions.layers):
            own = table[table["layer"] == name].sort_values("row")
            if own.empty:
                continue
            length = own["shift"].to_numpy()
            moved = length > 0
            if not moved.any():
                continue
            x = rows.layer(number)[moved] + length[moved, None] * units[number]
            true = expit(strength[number] * (x @ direction[number]) / (1 + truth.context**2))
            found.append(
                {
                    "rule": rule,
                    "layer": name,
                    "target": target,
                    "claimed": float(own["after"].to_numpy()[moved].mean()),
                    "truth": float(true.mean()),
                    "shift": float(length[moved].mean()),
                    "relative": float(own["relative"].to_numpy()[moved].mean()),
                    "moved": int(moved.sum()),
                    "rows": len(moved),
                }
            )
    return pd.DataFrame(found)


def control_outcomes(answers: pd.DataFrame) -> pd.DataFrame:
    """Controlled answers for `valuestats.control_success`: the judge's first word as 1 or 0, null of a broken answer.

    Parameters
    ----------
    answers
        ``item``, ``keyed``, ``condition``, ``raw``, ``words``, ``label``.
    """
    found = degenerate_answers(answers)
    word = found["words"].str.extract(r"^\W*(\w+)", expand=False).str.casefold()
    judge = word.map({"yes": 1.0, "no": 0.0}).mask(found["degenerate"].notna())
    return found.assign(judge=judge)


KEYS = {1: "items where yes is the value", -1: "items where no is the value"}


def control_effects(outcomes: pd.DataFrame, *, level: float = 0.95, seed: int = 0) -> Result:
    """Effect of each vector on saying yes, by the items' key, against no control: `valuestats.intervention_effects`.

    A vector of the value is meant to raise yes where that is the value's answer and to lower it where no is; one that only
    says yes raises both. Saying yes is what people would read, the judge's errors (taken to be alike) carried through.

    Parameters
    ----------
    outcomes
        Of `control_outcomes`.
    level, seed
        Of the intervals, and of the random numbers.
    """
    table = pd.DataFrame(
        {
            "item": outcomes["item"],
            "condition": outcomes["condition"],
            "dimension": outcomes["keyed"].map(KEYS),
            "value": outcomes["judge"],
        }
    )
    labelled = outcomes[outcomes["label"].notna() & outcomes["judge"].notna()]
    return intervention_effects(
        table, control="no control", judged=labelled[["condition", "judge", "label"]], level=level, seed=seed
    )


def control_effect_recovery(effects: Result) -> pd.DataFrame:
    """Effects of `control_effects` beside the truth: ``condition``, ``dimension``, ``truth``, the interval, ``holds``."""
    rows = []
    for _, row in effects.estimates.iterrows():
        sign = next(k for k, name in KEYS.items() if name == row["dimension"])
        one, none = (
            float(mean_share(np.array([CONTROLS[c][0] + sign * CONTROLS[c][1]]), ITEMS_APART)[0])
            for c in (str(row["condition"]), "no control")
        )
        rows.append(
            {
                **{c: row[c] for c in ("condition", "dimension", "estimate", "lower", "upper", "p_adjusted")},
                "truth": one - none,
                "holds": bool(row["lower"] <= one - none <= row["upper"]),
            }
        )
    return pd.DataFrame(rows)


def control_steps(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Success of each answer by the judge, by the target probability of the value vector: ``item``, ``step``, ``value``."""
    frame = outcomes[outcomes["condition"].isin([*TARGETS, "no control"])]
    value = frame["judge"].where(frame["keyed"] == 1, 1 - frame["judge"])
    step = frame["condition"].map(TARGETS).fillna(0.5)
    return pd.DataFrame({"item": frame["item"], "step": step, "value": value}).reset_index(drop=True)


def control_recovery(answers: pd.DataFrame, success: Result) -> pd.DataFrame:
    """Success by condition: by the published rule, corrected, and in truth.

    The published rule takes items keyed to yes, reads "No" wherever it stands in the judge's words, and scores broken
    answers like all others.

    Returns
    -------
    pandas.DataFrame
        ``condition``, ``published``, ``judged``, ``estimate``, ``lower``, ``upper``, ``truth``, ``holds``, the same of
        yes-saying with the prefix ``yes_``, ``fluent``, ``n_scored``, ``n_asked``, ``sign``.
    """
    known = control_truth()
    broken = degenerate_answers(answers)["degenerate"].notna()
    rule = answers[answers["keyed"] == 1].assign(reward=lambda t: t["words"].map(published_reward))
    table = success.estimates.assign(sign=success.verdict.rows["sign"].to_numpy()).merge(
        known, on=["condition", "measure"]
    )
    own = table[table["measure"] == "success"].set_index("condition")
    yes = table[table["measure"] == "yes-saying"].set_index("condition")
    out = own[["judged", "estimate", "lower", "upper", "truth", "n_scored", "n_asked", "sign"]].copy()
    for name in ("estimate", "lower", "upper", "truth"):
        out[f"yes_{name}"] = yes[name]
    out["published"] = rule.groupby("condition")["reward"].mean()
    out["fluent"] = 1 - broken.groupby(answers["condition"]).mean()
    out["holds"] = (out["lower"] <= out["truth"]) & (out["truth"] <= out["upper"])
    order = [c for c in dict.fromkeys(answers["condition"]) if c in out.index]
    return out.loc[order].reset_index()
