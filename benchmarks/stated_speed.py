"""What the gap between stated and revealed values costs, at 1, 10 and 100 times the answers of 22 models to 120 pairs.

Beside it stands what one would write by hand: win shares of each value by pandas, and a plain correlation. Choices are
counted ones (`valuestats.count_choices`), as 100 times the answers are five million. Run with ``python
benchmarks/stated_speed.py``; it writes ``benchmarks/results/stated_speed.json``.
"""

from __future__ import annotations

import json
import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.counting.grouped_choices import count_choices
from valuestats.stated.gaps import stated_revealed, value_gaps

RESULTS = Path(__file__).parent / "results"


def answers(times: int, seed: int, models: int = 22, values: int = 16) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=(models, values))
    i, j = (np.array(k) for k in zip(*permutations(range(values), 2), strict=True))
    m = np.repeat(np.arange(models), len(i) * 5 * times)
    i, j = (np.tile(np.repeat(k, 5 * times), models) for k in (i, j))
    won = rng.random(len(m)) < expit(worth[m, i] - worth[m, j])
    names = np.array([f"v{k:02d}" for k in range(values)])
    pair = pd.Series(names[np.minimum(i, j)]) + "-" + names[np.maximum(i, j)]
    return pd.DataFrame(
        {
            "model": pd.Series(m).map(lambda k: f"m{k:02d}"),
            "first": names[i],
            "second": names[j],
            "winner": np.where(won, "first", "second"),
            "cluster": pair,
        }
    )


def by_hand(one: pd.DataFrame, two: pd.DataFrame) -> pd.Series:
    def shares(frame: pd.DataFrame) -> pd.DataFrame:
        won = frame["first"].where(frame["winner"] == "first", frame["second"])
        wins = won.groupby([frame["model"], won]).size().unstack(fill_value=0)
        asked = sum(frame.groupby(["model", c]).size().unstack(fill_value=0) for c in ("first", "second"))
        return wins / asked

    return shares(one).corrwith(shares(two), axis=1)


def seconds(run: object) -> float:
    start = time.process_time()
    run()  # type: ignore[operator]
    return round(time.process_time() - start, 2)


def main() -> None:
    rows = []
    for times in (1, 10, 100):
        one, two = answers(times, 1), answers(times, 2)
        kept: dict[str, object] = {}

        def count(one: pd.DataFrame = one, two: pd.DataFrame = two, kept: dict[str, object] = kept) -> None:
            for name, frame in (("one", one), ("two", two)):
                kept[name] = count_choices(
                    frame, first="first", second="second", by=["model", "cluster"], reads="places"
                )

        row = {
            "answers": len(one) + len(two),
            "counting": seconds(count),
            "stated_revealed": seconds(
                lambda kept=kept: stated_revealed(kept["one"], kept["two"], cluster="cluster")
            ),
            "value_gaps": seconds(lambda kept=kept: value_gaps(kept["one"], kept["two"], cluster="cluster")),
            "win shares and a correlation by pandas": seconds(lambda one=one, two=two: by_hand(one, two)),
        }
        rows.append(row)
        print(row, flush=True)
        (RESULTS / "stated_speed.json").write_text(json.dumps({"cpu_seconds": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
