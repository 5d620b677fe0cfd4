"""Does a persona take hold: the pilot's described screenshots, and simulated personas with known effects."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT

STAY = "Stay Duration"
ANIMALS = r"\b(?:dogs?|cats?|chihuahuas?|pupp(?:y|ies)|kittens?|pets?)\b"
"""Words of a description that make a screenshot one for a lover of pets; the prompt's own words are cut off before."""
CLIPS = ("apple", "cheese")
"""Things that only one clip of the pilot shows, which came again in many sessions."""


NOBODY = ("", "none", "nan")


@checked
def read_described(path: str | Path) -> pd.DataFrame:
    """Screenshots of the pilot whose prompt holds a description, and what a model with the persona of a pet lover did.

    Parameters
    ----------
    path
        A file in the release's layout: ``Prompt`` (with a description after "about"), ``User Interest``, ``Stay Duration``,
        ``Model Name``. Rows without a persona or a description are left out and counted in ``attrs``.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``clip`` (the same where the same clip came again), ``animal`` (whether the description names one),
        ``yes`` (whether the pipeline stayed); ``attrs["asked"]`` rows of the file, ``attrs["without"]`` those without a
        persona and ``attrs["without_yes"]`` of them those where it stayed.

    Raises
    ------
    InputError
        A column is missing, or no row has a persona and a description.
    """
    file = Path(path)
    table = read_table(file, ("Prompt", "User Interest", STAY, "Model Name"))
    interest = table["User Interest"].fillna("").astype(str).str.strip()
    persona = ~interest.str.lower().isin(NOBODY)
    stay = pd.to_numeric(table[STAY], errors="coerce").gt(0)
    told = table["Prompt"].astype(str).str.extract(r"(?s)\babout\s+(.*?)(?:\.\s*\.|\.)?\s*Please help me")[0]
    told = told.fillna("").str.strip().str.lower()
    described = persona & (told != "")
    if not described.any():
        raise InputError("no row has a persona and a description", file=file, got=f"{len(table)} rows")
    own = told[described].reset_index(drop=True)
    clip = pd.Series([f"clip {k + 1}" for k in range(len(own))])
    for word in CLIPS:
        clip[own.str.contains(word, regex=False)] = word
    frame = pd.DataFrame(
        {
            "model": table.loc[described, "Model Name"].astype(str).to_numpy(),
            "clip": clip,
            "animal": own.str.contains(ANIMALS, regex=True),
            "yes": stay[described].to_numpy(),
        }
    )
    frame.attrs.update(
        asked=len(table), without=int((~persona).sum()), without_yes=int((stay & ~persona).sum())
    )
    return frame


@checked
def persona_selectivity(described: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Rate of yes where the persona's interest is shown and where it is not, by screenshot and by clip.

    The same clip came again in many sessions; taken as new each time it makes sure what is not. By clip each counts once
    (yes where most of its screenshots are). Difference with Newcombe's interval, Fisher's exact test.

    Returns
    -------
    pandas.DataFrame
        ``unit`` (screenshot, clip), ``shown`` and ``other`` (units), ``shown_yes``, ``other_yes``, ``estimate`` with
        ``lower`` and ``upper``, ``p_value``, ``asked``, ``without``, ``without_yes`` (see `read_described`).

    Raises
    ------
    InputError
        No screenshot with the interest, or none without.
    """
    clips = described.groupby("clip", sort=False).agg(animal=("animal", "max"), yes=("yes", "mean"))
    clips["yes"] = clips["yes"] > 0.5
    rows = []
    for unit, frame in (("screenshot", described), ("clip", clips)):
        shown, other = frame[frame["animal"].astype(bool)]["yes"], frame[~frame["animal"].astype(bool)]["yes"]
        if not len(shown) or not len(other):
            raise InputError(
                "screenshots of one kind only",
                parameter="described",
                got=f"{len(shown)} shown, {len(other)} other",
            )
        k, n, k0, n0 = int(shown.sum()), len(shown), int(other.sum()), len(other)
        low, high = confint_proportions_2indep(k, n, k0, n0, method="newcomb", alpha=1 - level)
        rows.append(
            {
                "unit": unit,
                "shown": n,
                "shown_yes": k,
                "other": n0,
                "other_yes": k0,
                "estimate": k / n - k0 / n0,
                "lower": float(low),
                "upper": float(high),
                "p_value": float(stats.fisher_exact([[k, n - k], [k0, n0 - k0]]).pvalue),
                **{name: described.attrs.get(name, 0) for name in ("asked", "without", "without_yes")},
            }
        )
    return pd.DataFrame(rows)


VALUES = (
    "Self-direction",
    "Stimulation",
    "Hedonism",
    "Achievement",
    "Power",
    "Security",
    "Conformity",
    "Tradition",
    "Benevolence",
    "Universalism",
)
NONE, PLACEBO = "no persona", "left-handed person"
EFFECTS: dict[str, dict[str, float]] = {
    "achiever": {"Achievement": 0.3, "Power": 0.2},
    "traditional person": {"Tradition": 0.3, "Conformity": 0.15},
    "adventurer": {"Stimulation": 0.3},
    PLACEBO: {},
}
"""What each simulated persona adds to the rate of yes, by value; the first is what it was meant to move."""
TARGETS = {name: list(own)[:1] for name, own in EFFECTS.items() if own}


@checked
def simulate_personas(
    *, models: Annotated[int, Whole(1)] = 12, screenshots: Annotated[int, Whole(1)] = 40, seed: int = 0
) -> pd.DataFrame:
    """The same screenshots of ten values shown to models without a persona, with three, and with a placebo.

    Models differ in how readily they say yes, screenshots in how well they are liked, and in how far a persona moves them.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``role`` (the model), ``condition``, ``dimension`` (the value), ``value`` (yes 1, no 0).

    Examples
    --------
    >>> len(simulate_personas(models=2, screenshots=3))
    300
    """
    rng = np.random.default_rng(seed)
    conditions = [NONE, *EFFECTS]
    parts = []
    ready = rng.normal(0, 0.08, models)
    for value in VALUES:
        liked, bent = rng.normal(0.45, 0.12, screenshots), rng.uniform(0.5, 1.5, screenshots)
        for condition in conditions:
            add = EFFECTS.get(condition, {}).get(value, 0.0)
            taken = rng.uniform(0.7, 1.3, models)  # how far each model takes the persona up
            p = np.clip(liked[:, None] + ready + add * bent[:, None] * taken, 0.02, 0.98)
            parts.append(
                pd.DataFrame(
                    {
                        "item": np.repeat([f"{value} {k + 1}" for k in range(screenshots)], models),
                        "role": np.tile([f"model {k + 1}" for k in range(models)], screenshots),
                        "condition": condition,
                        "dimension": value,
                        "value": (rng.random(p.shape) < p).ravel().astype(int),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


@checked
def persona_recovery(effects: Result) -> pd.DataFrame:
    """What was found of the simulated personas: effects meant, planted beside them, and none.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (meant, beside, none), ``cells``, ``found`` (said to move), ``held`` (intervals that hold the planted
        effect).
    """
    frame = effects.estimates
    signs = effects.verdict.rows["sign"].to_numpy()
    kinds = []
    for _, row in frame.iterrows():
        truth = EFFECTS.get(str(row["condition"]), {}).get(str(row["dimension"]), 0.0)
        meant = str(row["dimension"]) in TARGETS.get(str(row["condition"]), [])
        kinds.append("meant" if meant else "beside" if truth else "none")
    table = frame.assign(kind=kinds, found=~np.isin(signs, SILENT))
    rows = []
    for kind in ("meant", "beside", "none"):
        own = table[table["kind"] == kind]
        planted = np.array(
            [
                EFFECTS.get(str(k), {}).get(str(d), 0.0)
                for k, d in zip(own["condition"], own["dimension"], strict=True)
            ]
        )
        rows.append(
            {
                "kind": kind,
                "cells": len(own),
                "found": int(own["found"].sum()),
                "held": int(((own["lower"] <= planted) & (planted <= own["upper"])).sum()),
            }
        )
    return pd.DataFrame(rows)


def simulate_described(seed: int = 0) -> pd.DataFrame:
    """A file with described screenshots in the release's layout.

    Examples
    --------
    >>> simulate_described(1).shape
    (26, 4)
    """
    rng = np.random.default_rng(seed)
    begin = "I am a Pet lover, and I am scrolling on TikTok to find Pet videos, and this video is about "
    end = ". Please help me decide whether to stay on the video or not."
    shows = [("A dog with an apple", True), ("A man with cheese", False)] * 4
    shows += [(f"A cat, number {k}", True) for k in range(5)] + [
        (f"A street, number {k}", False) for k in range(8)
    ]
    rows = [
        (begin + text + end, "Pet", 30 if rng.random() < (0.9 if likes else 0.2) else 0)
        for text, likes in shows
    ]
    rows += [("I am scrolling on TikTok. Please help me decide.", "", 4)] * 5
    return pd.DataFrame(rows, columns=["Prompt", "User Interest", STAY]).assign(
        **{"Model Name": "simulated-a"}
    )
