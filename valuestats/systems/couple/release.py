"""GPT-4's choices under system prompts of DailyDilemmas, as a profile that each prompt aims at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.interventions.effects import intervention_effects
from valuestats.results.result import Result
from valuestats.tables.choices import Choices

PLAIN, SUPPORTING, OPPOSING = "no system prompt", "supporting", "opposing"
"""Conditions of the release of DailyDilemmas."""
PROMPTED, UNPROMPTED = "system prompt", "no system prompt"
AIMS = {SUPPORTING: 1.0, OPPOSING: 0.0}
"""What a prompt aims at: that the action with the higher score of the principle is chosen, or that it is not."""


@checked
def prompted_profiles(choices: Choices, scores: pd.DataFrame) -> pd.DataFrame:
    """Whether each choice went with the principle, under its prompts and without, beside what the prompt aims at.

    Parameters
    ----------
    choices
        As `valuestats.systems.daily_dilemmas.release.read_steered_choices` returns them.
    scores
        As `valuestats.systems.daily_dilemmas.release.principle_scores`: how far each action supports the principle.

    Returns
    -------
    pandas.DataFrame
        ``model`` (`PROMPTED` or `UNPROMPTED`), ``item`` (principle and dilemma), ``cluster`` (dilemma), ``dimension``
        (principle and what its prompt asks for), ``score`` (1 where the chosen action supports the principle more than the
        other, 0 where less; null where nothing was chosen or both do alike), ``target``.

    Raises
    ------
    InputError
        A chosen action has no score.
    """
    each = _scored(choices, scores)
    parts = []
    for condition, aim in AIMS.items():
        for source, name in ((condition, PROMPTED), (PLAIN, UNPROMPTED)):
            part = each[each["condition"] == source]
            parts.append(
                pd.DataFrame(
                    {
                        "model": name,
                        "item": part["item"] + f", {condition}",
                        "cluster": part["cluster"],
                        "dimension": part["principle"] + f", {condition}",
                        "score": part["score"],
                        "target": aim,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


@checked
def prompted_outcomes(choices: Choices, scores: pd.DataFrame, *, pooled: bool = False) -> pd.DataFrame:
    """Whether each choice went with its principle, for `valuestats.intervention_effects`: prompts as interventions.

    Parameters
    ----------
    choices, scores
        As `prompted_profiles` takes them.
    pooled
        Whether all principles are one dimension.

    Returns
    -------
    pandas.DataFrame
        ``item`` (principle and dilemma), ``cluster`` (dilemma), ``condition`` (`PLAIN`, `SUPPORTING`, `OPPOSING`),
        ``dimension`` (the principle), ``value`` (1, 0 or null, as the score of `prompted_profiles`).
    """
    each = _scored(choices, scores)
    found = each[["item", "cluster", "condition", "principle", "score"]]
    found = found.assign(principle="its principle") if pooled else found
    return found.set_axis(["item", "cluster", "condition", "dimension", "value"], axis=1).reset_index(
        drop=True
    )


@checked
def prompted_effects(outcomes: pd.DataFrame, *, level: float = 0.95, seed: int = 0) -> Result:
    """Effect of each prompt on choices that go with its principle: `valuestats.intervention_effects`, all of them meant.

    A dilemma is prompted for one of its own principles, so that what a prompt does to the others can't be told.
    """
    every = list(dict.fromkeys(outcomes["dimension"]))
    return intervention_effects(
        outcomes,
        control=PLAIN,
        targets=dict.fromkeys((SUPPORTING, OPPOSING), every),
        limits=(0.0, 1.0),
        level=level,
        seed=seed,
    )


def _scored(choices: Choices, scores: pd.DataFrame) -> pd.DataFrame:
    """One row per choice with ``score``."""
    frame = choices.one_by_one().frame
    known = scores.set_index("option")["score"]
    chosen = frame[frame["rank"] == 1].set_index("choice")["option"]
    each = frame.drop_duplicates("choice").copy()
    took = each["choice"].map(chosen)
    lost = took.notna() & ~took.isin(known.index)
    if lost.any():
        raise InputError("scores: a chosen action has none", parameter="scores", got=str(took[lost].iloc[0]))
    both = frame.groupby("choice")["option"].agg(list)
    other = [
        next((o for o in both[c] if o != t), None) if isinstance(t, str) else None
        for c, t in zip(each["choice"], took, strict=True)
    ]
    gain = took.map(known).to_numpy(dtype=float) - pd.Series(other).map(known).to_numpy(dtype=float)
    each["score"] = np.select([gain > 0, gain < 0], [1.0, 0.0], np.nan)
    return each


@checked
def profile_targets(profiles: pd.DataFrame) -> pd.DataFrame:
    """Target of each dimension of `prompted_profiles`."""
    return profiles[["dimension", "target"]].drop_duplicates().reset_index(drop=True)


@checked
def supposed_judge(accuracy: float = 0.9, labelled: int = 400) -> pd.DataFrame:
    """Labels as if so many answers of each side had been labelled, the judge being right in this share of them.

    For asking what an error that is not known would change; not for stating that it is there.

    Parameters
    ----------
    accuracy
        Share of answers that the judge has right, above one half.
    labelled
        Answers labelled of each side.
    """
    if not 0.5 < accuracy <= 1:
        raise InputError(
            "a judge no better than a coin", parameter="accuracy", got=accuracy, expected="in (0.5, 1]"
        )
    right = accuracy * labelled
    table = [(1.0, 1.0, right), (1.0, 0.0, labelled - right), (0.0, 0.0, right), (0.0, 1.0, labelled - right)]
    return pd.DataFrame(table, columns=["true", "judged", "count"])
