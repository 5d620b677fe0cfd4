"""Preference for labels, and paired contrasts, on 1, 10 and 100 times a usual study: beside what a user would take.

A study has 1,360 dilemmas of two actions with four labels each out of 300, answered once by a model; and 2,000 items under
two conditions. A user would count in pandas and bootstrap dilemmas in a loop: that loop is timed over 20 replicates and
multiplied. For pairs it would be statsmodels' McNemar and a loop as well, and for log odds its conditional logit; for all
labels in one model its Logit of differences (no pooling) or scikit-learn's ridge of a given strength (no errors). CPU
seconds, same data, same process. Run with ``python benchmarks/preference_speed.py``; it writes
``benchmarks/results/preference_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.conditional_models import ConditionalLogit
from statsmodels.stats.contingency_tables import mcnemar

from valuestats import Choices, OptionLabels, fit_labels, label_preference, paired_contrast

OUT = Path(__file__).parent / "results" / "preference_speed.json"
REPLICATES, LOOPED = 2000, 20


def timed(call: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    made = call()
    return time.process_time() - start, made


def dilemmas(times: int, rng: np.random.Generator) -> tuple[Choices, OptionLabels]:
    n = 1360 * times
    option = np.char.add("a", np.arange(2 * n).astype(str))
    took = rng.integers(0, 2, n)
    rank = np.where(np.arange(2 * n) % 2 == np.repeat(took, 2), 1.0, np.nan)
    frame = pd.DataFrame({"choice": np.repeat(np.arange(n), 2), "option": option, "rank": rank})
    frame = frame.assign(position=np.tile([1, 2], n), cluster=frame["choice"], status="valid")
    label = rng.integers(0, 300, (2 * n, 4))
    label = (label[:, :1] + np.arange(4) * rng.integers(1, 75, (2 * n, 1))) % 300  # four different ones
    labels = pd.DataFrame({"option": np.repeat(option, 4), "label": label.ravel()})
    return Choices(frame), OptionLabels(labels)


def by_hand(choices: Choices, labels: OptionLabels) -> None:
    """What a user would write: merge once, then resample dilemmas and group again."""
    rows = choices.frame.merge(labels.frame, on="option")
    rows["taken"] = rows["rank"].notna() * rows["weight"]
    parts = dict(list(rows.groupby("cluster")[["label", "taken", "weight"]]))
    names = list(parts)
    rng = np.random.default_rng(0)
    for _ in range(LOOPED):
        drawn = pd.concat([parts[names[k]] for k in rng.integers(0, len(names), len(names))])
        sums = drawn.groupby("label")[["taken", "weight"]].sum()
        _ = sums["taken"] / sums["weight"]


def pairs(times: int, rng: np.random.Generator) -> pd.DataFrame:
    n = 2000 * times
    plain = rng.random(n) < 0.5
    steered = plain ^ (rng.random(n) < 0.15)
    item = np.arange(n)
    return pd.DataFrame(
        {
            "item": np.tile(item, 2),
            "condition": np.repeat(["plain", "steered"], n),
            "value": np.r_[plain, steered].astype(float),
        }
    )


def pairs_by_hand(frame: pd.DataFrame) -> None:
    wide = frame.pivot(index="item", columns="condition", values="value")
    mcnemar(pd.crosstab(wide["plain"], wide["steered"]).to_numpy(), exact=True)
    d = (wide["steered"] - wide["plain"]).to_numpy()
    rng = np.random.default_rng(0)
    for _ in range(LOOPED):
        d[rng.integers(0, len(d), len(d))].mean()


def conditional(frame: pd.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # items without a change
        x = (frame["condition"] == "steered").to_numpy(dtype=float)[:, None]
        ConditionalLogit(frame["value"].to_numpy(), x, groups=frame["item"].to_numpy()).fit(disp=False)


def differences(choices: Choices, labels: OptionLabels) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the first option less those of the second, and whether the first was taken."""
    wide = labels.frame.pivot(index="option", columns="label", values="weight").fillna(0.0)
    rows = wide.reindex(choices.frame["option"]).to_numpy()
    return rows[::2] - rows[1::2], choices.frame["rank"].notna().to_numpy()[::2]


def together(times: int, rng: np.random.Generator) -> dict[str, object]:
    choices, labels = dilemmas(times, rng)
    fit, _ = timed(lambda: fit_labels(choices, labels, engine="laplace"))
    row: dict[str, object] = {
        "what": "fit_labels, 300 labels, by Laplace",
        "choices": 1360 * times,
        "valuestats": round(fit, 2),
    }
    if times <= 10:
        x, y = differences(choices, labels)
        ridge, _ = timed(lambda: LogisticRegression(C=0.25, fit_intercept=False).fit(x, y))
        row["scikit-learn, ridge of a given strength, no errors"] = round(ridge, 2)
        plain, _ = timed(lambda: sm.Logit(y.astype(float), x[:, :-1]).fit(disp=0))
        row["statsmodels Logit, no pooling"] = round(plain, 2)
    return row


def studied(times: int) -> list[dict[str, object]]:
    rng = np.random.default_rng(times)
    choices, labels = dilemmas(times, rng)
    ours, _ = timed(lambda: label_preference(choices, labels, replicates=REPLICATES))
    row = {"what": "label_preference, 300 labels", "choices": 1360 * times, "valuestats": round(ours, 2)}
    if times <= 10:
        loop, _ = timed(lambda: by_hand(choices, labels))
        row["pandas, looped bootstrap"] = round(loop * REPLICATES / LOOPED, 1)
    frame = pairs(times, rng)
    ours, _ = timed(lambda: paired_contrast(frame, against="plain", replicates=REPLICATES))
    loop, _ = timed(lambda: pairs_by_hand(frame))
    other = {
        "what": "paired_contrast",
        "items": 2000 * times,
        "valuestats": round(ours, 2),
        "statsmodels and a looped bootstrap": round(loop * REPLICATES / LOOPED, 2),
    }
    fitted, _ = timed(lambda: paired_contrast(frame, against="plain", mixed=[], replicates=REPLICATES))
    mixed: dict[str, object] = {
        "what": "paired_contrast with a mixed logit",
        "items": 2000 * times,
        "valuestats": round(fitted, 2),
    }
    if times <= 10:
        other_fit, _ = timed(lambda: conditional(frame))
        mixed["statsmodels ConditionalLogit, no spread of items"] = round(other_fit, 2)
    found = [row, other, mixed, together(times, rng)]
    print(*found, sep="\n", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, nargs="*", default=[1, 10, 100])
    chosen = parser.parse_args()
    rows = [row for times in chosen.times for row in studied(times)]
    found = {
        "command": " ".join(["python", "benchmarks/preference_speed.py", *sys.argv[1:]]),
        "date": str(pd.Timestamp.now().date()),
        "replicates": REPLICATES,
        "cpu_seconds": rows,
    }
    OUT.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
