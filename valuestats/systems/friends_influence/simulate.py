"""Simulated friends with known parameters, what was found of them, and a stand-in for the experiment."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd

from valuestats.base.allowed import Number, Whole
from valuestats.base.arguments import checked
from valuestats.opinions.simulate import simulate_ego_networks
from valuestats.results.result import Result

EGOS = 275
BOUND, INFLUENCE, NOISE, ERROR = 0.3, 0.3, 0.05, 0.05
TRUTH = {"confidence bound": BOUND, "influence": INFLUENCE}
TOPICS = ("circle", "pens", "chalk", "cinder", "table", "p")


@checked
def simulated_friends(
    *,
    part: Literal["opinions", "ties"] = "opinions",
    error: Annotated[float, Number(0.0)] = 0.0,
    waves: Annotated[int, Whole(2)] = 2,
    seed: int = 0,
) -> pd.DataFrame:
    """275 ego networks whose egos move by the published rule, with a bound of .3 and an influence of .3.

    Parameters
    ----------
    part
        The panel or the ties.
    error
        Standard deviation of the error of each opinion.
    waves
        Waves.
    seed
        The same seed gives both parts of one simulation.
    """
    made = simulate_ego_networks(
        people=EGOS, confidence=BOUND, influence=INFLUENCE, noise=NOISE, error=error, waves=waves, seed=seed
    )
    return made[0] if part == "opinions" else made[1]


@checked
def friends_recovery(exact: Result, corrected: Result, naive: Result) -> pd.DataFrame:
    """Truth and estimates of simulated friends: measured exactly, and with error, carried or not.

    Returns
    -------
    pandas.DataFrame
        ``fit``, ``parameter``, ``truth``, ``estimate``, ``lower``, ``upper``, ``held`` (the interval holds the truth).
    """
    rows = []
    for name, found in (
        ("no error", exact),
        ("error carried", corrected),
        ("error taken for none", naive),
    ):
        for _, row in found.estimates.iterrows():
            truth = TRUTH[row["parameter"]]
            rows.append(
                {
                    "fit": name,
                    "parameter": row["parameter"],
                    "truth": truth,
                    **{k: float(row[k]) for k in ("estimate", "lower", "upper")},
                    "held": bool(row["lower"] <= truth <= row["upper"]),
                }
            )
    return pd.DataFrame(rows)


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The experiment's file, simulated in its layout: most stay, a few turn when the voice is on the other side.

    Examples
    --------
    >>> list(standin(1))
    ['opinion_exposures.csv.gz']
    """
    rng = np.random.default_rng(seed)
    people = 60
    who, topic = np.repeat(np.arange(1, people + 1), len(TOPICS)), np.tile(TOPICS, people)
    n = len(who)
    before = rng.choice([-1, 1], n) * rng.integers(3, 11, n)
    voice = rng.choice([-1, 1], n)
    other = np.sign(before) != voice
    moved = rng.random(n) < np.where(other, 0.25, 0.1)
    turned = other & (rng.random(n) < 0.06)
    after = np.where(moved, before + voice * rng.integers(1, 3, n), before)
    after = np.where(after == 0, before, np.clip(after, -10, 10))
    after = np.where(turned, -before, after)
    side = {1: 1, -1: 2}
    frame = pd.DataFrame(
        {
            "id": who,
            "topic": topic,
            "s0": [side[int(x)] for x in np.sign(before)],
            "c0": np.abs(before),
            "s1": [side[int(x)] for x in np.sign(after)],
            "c1": np.abs(after),
            "exposure": voice,
        }
    )
    return {"opinion_exposures.csv.gz": frame}
