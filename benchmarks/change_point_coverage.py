"""How many changes of stances are found where there are none, one or two, and how often their places are held.

Studies are drawn from `valuestats.drift.simulate`; sticky answers keep what they were at the step before seven times in ten
unless the shares change there, so that an item's answers hang together along the axis. Beside it stands what a user would
take: ruptures' exact PELT on the steps' shares, with the usual penalty of 2 K log(T) times the variance of the shares'
differences. ``python benchmarks/change_point_coverage.py`` writes ``benchmarks/results/change_point_coverage.csv`` after
each setting.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import ruptures

from valuestats import change_points
from valuestats.drift.simulate import course, draw_stances

FILE = Path(__file__).parent / "results" / "change_point_coverage.csv"
NONE = {"shift": (0.0, 0.0, 0.0)}
TWO = [0, 0, 0, 1, 1, 1, 1, 0.2, 0.2, 0.2]
SETTINGS = {
    "no change, 24 topics of 5, 10 steps": ({**NONE, "steps": 10}, {"topics": 24}, False, []),
    "no change, 8 topics of 15, 10 steps": ({**NONE, "steps": 10}, {"topics": 8, "items": 15}, False, []),
    "no change, sticky, 24 topics of 5, 10 steps": ({**NONE, "steps": 10}, {"topics": 24}, True, []),
    "no change, refusals 5 to 70 %, 24 topics of 5": (
        {**NONE, "steps": 10, "refusals": (3.0, -0.85)},
        {"topics": 24},
        False,
        [],
    ),
    "no change, 60 topics of 5, 30 steps": ({**NONE, "steps": 30}, {"topics": 60}, False, []),
    "one jump, 24 topics of 5, 10 steps": ({"steps": 10}, {"topics": 24}, False, [5]),
    "one small jump, 24 topics of 5, 10 steps": (
        {"steps": 10, "shift": (-0.3, 0.0, 0.4)},
        {"topics": 24},
        False,
        [5],
    ),
    "one small jump, sticky, 24 topics of 5": (
        {"steps": 10, "shift": (-0.3, 0.0, 0.4)},
        {"topics": 24},
        True,
        [5],
    ),
    "two jumps, 24 topics of 5, 10 steps": ({"change": TWO}, {"topics": 24}, False, [3, 7]),
}


def sticky(frame: pd.DataFrame, rng: np.random.Generator, at: list[int]) -> pd.DataFrame:
    """The same answers, seven in ten of them kept from the step before unless the shares change there."""
    wide = frame["stance"].to_numpy(dtype=object).reshape(frame["item"].nunique(), -1)
    for t in range(1, wide.shape[1]):
        if t not in at:
            kept = rng.random(len(wide)) < 0.7
            wide[kept, t] = wide[kept, t - 1]
    return frame.assign(stance=pd.Categorical(wide.ravel(), categories=frame["stance"].cat.categories))


def by_ruptures(frame: pd.DataFrame) -> int:
    """Number of changes that ruptures finds in the shares."""
    shares = pd.crosstab(frame["step"], frame["stance"], normalize="index").to_numpy()
    variance = np.diff(shares, axis=0).var(axis=0).mean() / 2
    penalty = 2 * shares.shape[1] * np.log(len(shares)) * variance
    return len(ruptures.Pelt(model="l2", min_size=1, jump=1).fit(shares).predict(pen=penalty)) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of settings")
    chosen = parser.parse_args()
    for number, (name, (how, size, sticks, at)) in enumerate(SETTINGS.items()):
        if chosen.only and number not in chosen.only:
            continue
        one = course(**how)
        rng = np.random.default_rng(number)
        found, others, held, right, wide = [], [], [], [], []
        for k in range(chosen.simulations):
            frame = draw_stances(one, rng, **size)
            if sticks:
                frame = sticky(frame, rng, at)
            result = change_points(frame, permutations=399, seed=k)
            table = result.estimates
            m = 0 if table["change"].iloc[0] == "none" else len(table)
            found.append(m)
            others.append(by_ruptures(frame))
            right.append(result.meta["numbers"][len(at)]["probability"])
            if m == len(at) > 0:
                truth = one.places[at]
                held += ((table["lower"] <= truth) & (truth <= table["upper"])).tolist()
                wide += ((table["upper"] - table["lower"]) / 100 + 1).tolist()
        m, other = np.array(found), np.array(others)
        row = {
            "setting": name,
            "simulations": chosen.simulations,
            "true_changes": len(at),
            **{f"found_{c}": np.mean(m == c) for c in range(4)},
            "too_many": np.mean(m > len(at)),
            "too_many_ruptures": np.mean(other > len(at)),
            "right_ruptures": np.mean(other == len(at)),
            "posterior_of_the_truth": np.mean(right),
            "place_coverage": np.mean(held) if held else np.nan,
            "steps_in_the_set": np.mean(wide) if wide else np.nan,
            "monte_carlo_error": (0.95 * 0.05 / chosen.simulations) ** 0.5,
            "command": " ".join(["python", "benchmarks/change_point_coverage.py", *sys.argv[1:]]),
            "date": str(pd.Timestamp.now().date()),
        }
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}, flush=True)
        kept = pd.read_csv(FILE) if FILE.exists() else pd.DataFrame()
        kept = kept[kept["setting"] != name] if len(kept) else kept
        FILE.parent.mkdir(exist_ok=True)
        pd.concat([kept, pd.DataFrame([row])]).to_csv(FILE, index=False)


if __name__ == "__main__":
    main()
