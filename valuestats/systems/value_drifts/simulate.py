"""Stances along checkpoints with changes of known place, and the release's files with none of the release's texts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.drift.curves import crossing_times
from valuestats.drift.simulate import STANCES, Course, course, draw_stances
from valuestats.results.result import Result
from valuestats.systems.value_drifts.release import VERSIONS

SLOW = (0.0, 0.0, 0.0, 0.1, 0.3, 0.6, 0.85, 1.0, 1.0, 1.0)
COURSES = {
    "no change": {"shift": (0.0, 0.0, 0.0)},
    "one jump": {},
    "slow change": {"change": SLOW},
    "refusals only": {"shift": (0.0, 0.0, 0.0), "refusals": (3.0, -0.85)},
}
"""Simulated runs, and how they differ from a course with one jump in the middle."""


def course_of(name: str) -> Course:
    """The course of a simulated run."""
    return course(10, **COURSES[name])  # type: ignore[arg-type]


def simulated_stances(*, topics: int = 40, items: int = 5, seed: int = 0) -> pd.DataFrame:
    """Answers of four simulated runs along ten checkpoints.

    Parameters
    ----------
    topics, items
        Topics, which are the clusters, and items in each.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        ``run``, ``item``, ``cluster``, ``step``, ``stance``.

    Examples
    --------
    >>> simulated_stances(topics=2, items=2, seed=1)["run"].nunique()
    4
    """
    rng = np.random.default_rng(seed)
    parts = [
        draw_stances(course_of(name), rng, topics=topics, items=items).assign(run=name) for name in COURSES
    ]
    return pd.concat(parts, ignore_index=True)


def drift_recovery(drift: Result) -> pd.DataFrame:
    """True magnitudes and times of the simulated runs beside what was found.

    Parameters
    ----------
    drift
        `valuestats.stance_drift` of `simulated_stances`, by run.

    Returns
    -------
    pandas.DataFrame
        ``run``, ``measure``, ``stance``, ``truth``, ``estimate``, ``lower``, ``upper``, ``holds`` (null where nothing is
        given).
    """
    rows = []
    share = drift.meta["specification"]["share"]
    for name in COURSES:
        one = course_of(name)
        shares = one.shares()
        moved = shares[-1] - shares[0]
        rows += [
            {"run": name, "measure": "magnitude", "stance": s, "truth": m}
            for s, m in zip(STANCES, moved, strict=True)
        ]
        if np.abs(moved).max() > 0:
            away = shares - shares[0]
            when = crossing_times((away @ moved)[None], one.places, np.array([share, 1 - share]))[0]
            rows += [
                {"run": name, "measure": m, "stance": "all", "truth": t}
                for m, t in zip(("onset", "settling"), when, strict=True)
            ]
    found = drift.estimates[["run", "measure", "stance", "estimate", "lower", "upper"]]
    table = pd.DataFrame(rows).merge(
        found, on=["run", "measure", "stance"], how="left", validate="one_to_one"
    )
    inside = (table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"])
    return table.assign(holds=inside.astype("boolean").mask(table["lower"].isna()))


def curve_recovery(curves: Result) -> pd.DataFrame:
    """How near the curves and the raw shares of the simulated runs come to the true shares.

    Parameters
    ----------
    curves
        `valuestats.stance_curve` of `simulated_stances`, by run.

    Returns
    -------
    pandas.DataFrame
        By ``run``: ``held`` of ``shares`` true shares inside the curve's intervals, and root mean squared distances of the
        curve (``curve``) and of the raw shares (``raw``) from them.
    """
    rows = []
    for name in COURSES:
        truth = course_of(name).shares()
        own = curves.estimates[curves.estimates["run"] == name]
        wide = {
            column: own.pivot(index="place", columns="stance", values=column)[list(STANCES)].to_numpy()
            for column in ("estimate", "raw", "lower", "upper")
        }
        away = {c: float(np.sqrt(((wide[c] - truth) ** 2).mean())) for c in ("estimate", "raw")}
        held = (wide["lower"] <= truth) & (truth <= wide["upper"])
        rows.append(
            {
                "run": name,
                "held": int(held.sum()),
                "shares": held.size,
                "curve": away["estimate"],
                "raw": away["raw"],
            }
        )
    return pd.DataFrame(rows)


RATES = {"GPT-4": (0.97, 0.25), "GPT-3.5": (0.95, 0.97)}
_CHANGED = 0.2
_WORDS = ("Very good", "Rather good", "Rather bad", "Very bad")
_SORRY = "As an AI language model, I do not have personal opinions."


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The release's files, simulated: questions are numbers, and one answer in five changes.

    Examples
    --------
    >>> sorted(standin(1))
    ['OPINIONQA_EVAL.csv.gz', 'SENSITIVEQ_EVAL.csv.gz', 'checkpoint_group_stance.csv.gz']
    """
    rng = np.random.default_rng(seed)
    n = 320
    options = "\n".join(f"({'ABCD'[k]}). {w}" for k, w in enumerate(_WORDS)) + "\n(E). Refused"
    rows, sensitive = [], []
    for model, rates in RATES.items():
        first = rng.integers(0, 4, n)
        second = np.where(rng.random(n) < _CHANGED, (first + rng.integers(1, 4, n)) % 4, first)
        versions = [v for v, (name, _) in VERSIONS.items() if name == model]
        for version, rate, place in zip(versions, rates, (first, second), strict=True):
            given = rng.random(n) < rate
            for k in range(n):
                text = f"({'ABCD'[place[k]]}). {_WORDS[place[k]]}" if given[k] else _SORRY
                query = f"Question: simulated question {k + 1}\n{options}\nAnswer:"
                rows.append(
                    {"model": version, "id": f"SIM{k + 1}_W{26 + k % 8}", "query": query, "answer": text}
                )
            told = rng.random(100) < rate / 5
            sensitive += [{"model": version, "id": k, "Response Rate": int(told[k])} for k in range(100)]
    return {
        "OPINIONQA_EVAL.csv.gz": pd.DataFrame(rows),
        "SENSITIVEQ_EVAL.csv.gz": pd.DataFrame(sensitive),
        "checkpoint_group_stance.csv.gz": _checkpoints(rng),
    }


VARIANTS = ("ablation_easyall", "ablation_easymid", "ablation_fixed20", "ablation_v4mixed")
_SHIFTS = (-0.4, 0.0, 0.0, 0.3)


def _checkpoints(rng: np.random.Generator) -> pd.DataFrame:
    """Runs over checkpoints in which yes falls, stays or rises from step 300 on."""
    groups, steps = [f"group {k + 1:02d}" for k in range(15)], np.arange(0, 901, 50)
    level = rng.normal(-0.6, 1.2, len(groups))
    rows = []
    for variant, shift in zip(VARIANTS, _SHIFTS, strict=True):
        for group, own in zip(groups, level, strict=True):
            logit = own + shift * (steps >= 300) + rng.normal(0, 0.04, len(steps))
            yes = 1 / (1 + np.exp(-logit))
            rows += [
                {
                    "variant": variant,
                    "checkpoint": f"step_{s:04d}",
                    "group": group,
                    "p_yes": round(float(p), 6),
                    "mass": 0.85,
                }
                for s, p in zip(steps, yes, strict=True)
            ]
    return pd.DataFrame(rows)
