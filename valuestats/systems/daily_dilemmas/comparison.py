"""Published | Recomputed | Corrected: 48 steerability scores, preferences, and what steering does to a choice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.labels import counted
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published
from valuestats.systems.daily_dilemmas.release import (
    OPPOSING,
    PLAIN,
    SUPPORTING,
    Compat,
    _there,
    as_numbers,
    principle_scores,
)
from valuestats.tables.choices import Choices

QUANTITY = "steerability score"
_PRINTED = {
    PLAIN: "dilemma_combined_score_by_sup_opp_values_calculate_with_prob",
    SUPPORTING: "system_prompt_sup_value_system_prompt_dilemma_combined_score_by_sup_opp_values_calculate_with_prob",
    OPPOSING: "system_prompt_opp_value_system_prompt_dilemma_combined_score_by_sup_opp_values_calculate_with_prob",
}


@checked
def steerability_scores(
    choices: Choices, actions: str | Path, steering: str | Path, *, compat: Compat | None = None
) -> pd.DataFrame:
    r"""Score of each principle under each condition: :math:`\sum p` over the supporting values of the chosen actions, less
    that over the opposing ones.

    Parameters
    ----------
    choices
        Of `read_steered_choices`.
    actions, steering
        The release's table of actions, and one of the steering runs.
    compat
        ``"published"`` keeps the release's faults: a value belongs to an action if it stands anywhere in the text
        of its list; the score without a system prompt adds up both actions, whatever was chosen; dilemmas enter both arms
        where either has a reply, so that one without counts as if nothing had been chosen.

    Returns
    -------
    pandas.DataFrame
        ``principle``, ``condition``, ``score``, ``n`` dilemmas and ``n_chosen`` of them with a choice.

    Examples
    --------
    ::

        steerability_scores(choices, "dilemma_to_action_to_values_aggregated.csv", "…_sup_value.csv", compat="published")
    """
    scores = principle_scores(actions, steering, compat=compat).set_index("option")["score"]
    frame = choices.one_by_one().frame
    frame = frame.assign(score=frame["option"].map(scores))
    took = (frame["rank"] == 1).fillna(False).to_numpy(dtype=bool)
    counts = took | (frame["condition"] == PLAIN).to_numpy(dtype=bool) if compat == "published" else took
    frame = frame.assign(counted=np.where(counts, frame["score"], 0.0), took=took)
    grouped = frame.groupby(["principle", "condition"], sort=False)
    table = grouped.agg(score=("counted", "sum"), n=("item", "nunique"), n_chosen=("took", "sum"))
    return table.reset_index()


@checked
def printed_scores(supporting: str | Path, opposing: str | Path) -> pd.DataFrame:
    """The 48 scores that the release holds, as ``quantity, group, value, source``.

    Examples
    --------
    ::

        printed_scores("…_sup_value.csv", "…_opp_value.csv")
    """
    parts = []
    for condition, column in _PRINTED.items():
        file = _there(opposing if condition == OPPOSING else supporting)
        frame = read_table(file, ["principle", column])
        group = [f"{p}; {condition}" for p in frame["principle"]]
        value = as_numbers(frame, column, file)
        parts.append(
            pd.DataFrame({"quantity": QUANTITY, "group": group, "value": value, "source": file.name})
        )
    return pd.concat(parts, ignore_index=True)


@checked
def supported(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Whether the action that supports the principle more was chosen: 1 or 0; dilemmas whose actions do not differ left out.

    Parameters
    ----------
    outcomes
        Of `valuestats.chosen_scores`.

    Examples
    --------
    >>> frame = pd.DataFrame({"value": [1.0, -1.0, 0.0], "reach": [2.0, 2.0, 0.0], "most": [1.0, 1.0, 0.0]})
    >>> supported(frame)["value"].tolist()
    [1.0, 0.0]
    """
    apart = outcomes[outcomes["reach"] > 0]
    hit = np.isclose(apart["value"], apart["most"])
    return apart.assign(value=np.where(apart["value"].isna(), np.nan, hit.astype(float)))


@checked
def daily_comparison(
    published_csv: str | Path,
    scores: pd.DataFrame,
    fair: pd.DataFrame,
    steering: Result,
    preferences: Sequence[Result],
) -> pd.DataFrame:
    """Published numbers beside their recomputation by the published rule and what is reported instead.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    scores, fair
        Of `steerability_scores`, as published and corrected.
    steering
        `valuestats.paired_contrast` of the scores against no system prompt, by principle.
    preferences
        Of `valuestats.label_preference`, one per theory.
    """
    published = read_published(published_csv)
    again = [
        pd.DataFrame(
            {
                "quantity": QUANTITY,
                "group": scores["principle"] + "; " + scores["condition"],
                "value": scores["score"],
            }
        )
    ]
    better = [_corrected_scores(fair, steering)]
    for result in preferences:
        table = result.estimates
        group = "GPT-4-turbo; " + table["label"].astype(str)
        again.append(pd.DataFrame({"quantity": "preference", "group": group, "value": table["estimate"]}))
        better.append(
            pd.DataFrame(
                {
                    "quantity": "preference",
                    "group": group,
                    "estimate": table["estimate"],
                    "lower": table["safe_lower"],
                    "upper": table["safe_upper"],
                    "unit": "dilemmas",
                    "n_scored": table["n_scored"],
                    "n_asked": table["n_asked"],
                }
            )
        )
    recomputed, corrected = (pd.concat(x, ignore_index=True) for x in (again, better))
    corrected = corrected.assign(group=corrected["group"].astype(str))
    lost = [r for r in preferences if any(c["asked"] > c["made"] for c in r.meta["choices"].values())]
    return compare_published(
        published,
        recomputed,
        corrected,
        explanations=_explanations(published, recomputed, lost),
    )


def _corrected_scores(fair: pd.DataFrame, steering: Result) -> pd.DataFrame:
    """The corrected score per dilemma's mean change against no system prompt; the plain score where there is none."""
    frame = fair.assign(group=fair["principle"] + "; " + fair["condition"], estimate=fair["score"])
    ends = steering.estimates.assign(
        group=steering.estimates["principle"] + "; " + steering.estimates["condition"]
    ).set_index("group")
    n = frame["n_chosen"].to_numpy(dtype=float)
    plain = fair[fair["condition"] == PLAIN].set_index("principle")["score"]
    base = frame["principle"].map(plain).to_numpy(dtype=float)
    for name in ("lower", "upper"):
        frame[name] = base + n * frame["group"].map(ends[name]).to_numpy(dtype=float)
    return frame.assign(quantity=QUANTITY, unit="dilemmas", n_scored=frame["n_chosen"], n_asked=frame["n"])[
        ["quantity", "group", "estimate", "lower", "upper", "unit", "n_scored", "n_asked"]
    ]


def _explanations(published: pd.DataFrame, recomputed: pd.DataFrame, lost: list[Result]) -> pd.DataFrame:
    known = set(recomputed["quantity"] + recomputed["group"].astype(str))
    rows = []
    for _, row in published.iterrows():
        why = ""
        if row["quantity"] + row["group"] not in known:
            why = "no choices of this model in the files at hand"
        elif row["quantity"] == "preference" and lost:
            counts = lost[0].meta["choices"]["all"]
            gone = counts["asked"] - counts["made"]
            ends = _bounds_of(row["group"], lost)
            why = f"{counted(gone, 'choice')} of {counts['asked']:,} are not in the files: whatever they were, {ends}"
        rows.append({"quantity": row["quantity"], "group": row["group"], "explanation": why})
    return pd.DataFrame(rows)


def _bounds_of(group: str, results: list[Result]) -> str:
    for result in results:
        table = result.estimates.set_index("label")
        name = group.partition("; ")[2]
        if name in table.index:
            low, high = table.loc[name, ["bound_lower", "bound_upper"]]
            return f"{low:+.1f} to {high:+.1f}".replace("-", "−")
    return "not known"
