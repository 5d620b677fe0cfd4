"""Agreement of rankings and rankings by values at 1, 10 and 100 times a study of 10 people, 11 scenarios and 5 options.

The package gives five measures with people among themselves, the swap, chance and two-way errors; a loop over SciPy's
``kendalltau`` and ``spearmanr`` gives two of the measures without any of it. PROMETHEE II for every person and scenario
stands beside pymcdm, where it is installed. CPU seconds of one run, same data, same process. Run with
``python benchmarks/ranking_speed.py``; it writes ``benchmarks/results/ranking_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.orderings.agreement import ranking_agreement
from valuestats.orderings.by_values import rank_by_values

OUT = Path(__file__).parent / "results" / "ranking_speed.json"
OPTIONS, VALUES = 5, 6


def timed(call: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    made = call()
    return round(time.process_time() - start, 3), made


def long(values: np.ndarray) -> pd.DataFrame:
    index = pd.MultiIndex.from_product(
        [range(n) for n in values.shape], names=["respondent", "item", "option"]
    )
    return index.to_frame(index=False).assign(rank=values.ravel())


def loops(people: np.ndarray, model: np.ndarray) -> list[float]:
    found = []
    for i in range(people.shape[0]):
        for j in range(people.shape[1]):
            found.append(stats.kendalltau(people[i, j], model[i, j]).statistic)
            found.append(stats.spearmanr(people[i, j], model[i, j]).statistic)
    return found


def promethee(scores: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    from pymcdm.methods import PROMETHEE_II

    types = np.ones(VALUES)
    return [PROMETHEE_II("usual")(s, w, types) for s in scores for w in weights]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100)
    chosen = parser.parse_args()
    rows: list[dict[str, object]] = []
    for times, people_n, items in ((1, 10, 11), (10, 33, 33), (100, 100, 110)):
        if times > chosen.most:
            continue
        rng = np.random.default_rng(1)
        people, model = (
            rng.random((people_n, items, OPTIONS)).argsort(axis=2).argsort(axis=2) + 1.0 for _ in range(2)
        )
        tables = long(people), long(model).assign(model="m")
        setting = {"times": times, "people": people_n, "scenarios": items}
        ours, found = timed(lambda t=tables: ranking_agreement(t[1], t[0], draws=1000))
        theirs, loop = timed(lambda p=people, m=model: loops(p, m))
        told = found.estimates.set_index(["model", "measure"])["estimate"]
        same = max(
            abs(told["m", "kendall"] - np.mean(loop[::2])), abs(told["m", "spearman"] - np.mean(loop[1::2]))
        )
        rows.append({**setting, "what": "ranking_agreement: five measures, swap, errors", "seconds": ours})
        rows.append(
            {**setting, "what": "scipy in a loop: two measures", "seconds": theirs, "difference": float(same)}
        )
        scores, weights = rng.random((items, OPTIONS, VALUES)), rng.dirichlet(np.ones(VALUES), people_n)
        names = [f"v{k}" for k in range(VALUES)]
        index = pd.MultiIndex.from_product(
            [range(items), range(OPTIONS), names], names=["item", "option", "value"]
        )
        options = index.to_frame(index=False).assign(score=scores.ravel())
        held = pd.MultiIndex.from_product([range(people_n), names], names=["respondent", "value"]).to_frame(
            index=False
        )
        held = held.assign(weight=weights.ravel())
        ours, ranked = timed(lambda o=options, w=held: rank_by_values(o, w))
        rows.append({**setting, "what": "rank_by_values: PROMETHEE II with places", "seconds": ours})
        try:
            promethee(scores[:1], weights[:1])  # loads pymcdm
            theirs, flows = timed(lambda s=scores, w=weights: promethee(s, w))
        except ImportError:
            print("pymcdm is not installed")
        else:
            gap = np.abs(np.concatenate(flows) - ranked.estimates["estimate"].to_numpy()).max()
            what = "pymcdm PROMETHEE_II in a loop: flows"
            rows.append({**setting, "what": what, "seconds": theirs, "difference": float(gap)})
        print(pd.DataFrame(rows[-4:]).to_string(index=False), flush=True)
    versions = {}
    for name in ("numpy", "scipy", "pandas", "pymcdm"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    content = {
        "command": " ".join(["python", "benchmarks/ranking_speed.py", *sys.argv[1:]]),
        "versions": versions,
        "rows": rows,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
