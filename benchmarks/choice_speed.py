"""Strengths of 1,000 options from a million comparisons: the package beside what a user would take.

Comparisons are drawn with ties and an effect of the first place. The package estimates both and the full covariance;
choix has neither ties nor errors and gets the wins and losses alone, evalica counts a tie as half a win. CPU seconds of one
run, same data, same process. Run with ``python benchmarks/choice_speed.py``; it writes
``benchmarks/results/choice_speed.json``. choix and evalica are timed where they are installed, else their rows of an earlier
run of the same data stay, and are marked so; arena-rank is in none of the project's environments and was never timed.
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

from valuestats.choice.counted import counted_sets
from valuestats.choice.maximum_likelihood import maximise
from valuestats.tables.comparisons import pair_choices

OUT = Path(__file__).parent / "results" / "choice_speed.json"
HOME, TIE = 0.2, -0.5


def simulated(comparisons: int, options: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=options)
    first = rng.integers(0, options, comparisons)
    second = (first + rng.integers(1, options, comparisons)) % options
    a, b = strength[first] + HOME, strength[second]
    worth = np.exp(np.stack([a, b, TIE + (a + b) / 2]))
    drawn = (rng.random(comparisons) * worth.sum(axis=0) > worth.cumsum(axis=0)).sum(axis=0)
    names = np.array([f"option {k:04d}" for k in range(options)])
    winner = np.array(["a", "b", "tie"])[drawn]
    return pd.DataFrame({"option_a": names[first], "option_b": names[second], "winner": winner}), strength


def timed(call: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    made = call()
    return time.process_time() - start, made


def package(frame: pd.DataFrame, strength: np.ndarray) -> dict[str, object]:
    table, choices = timed(lambda: pair_choices(frame))
    count, counts = timed(lambda: counted_sets(choices, ties=True, position=True))
    fit, found = timed(lambda: maximise(counts.sets, len(counts.options)))
    error = found.beta[: len(strength)] - (strength - strength.mean())
    z = error / np.sqrt(np.diag(found.covariance)[: len(strength)])
    return {
        "what": "valuestats: ties, first place, full covariance",
        "seconds": round(table + count + fit, 2),
        "seconds_table": round(table, 2),
        "seconds_count": round(count, 2),
        "seconds_fit": round(fit, 2),
        "newton_steps": found.steps,
        "rmse": round(float(np.sqrt(np.mean(error**2))), 4),
        "sd_of_z": round(float(z.std()), 3),
        "tie_and_first": [round(float(x), 4) for x in found.beta[len(strength) :]],
    }


def choix_fit(frame: pd.DataFrame, strength: np.ndarray) -> dict[str, object]:
    import choix

    wins = frame[frame["winner"] != "tie"]
    a, b = (wins[c].str[-4:].astype(int).to_numpy() for c in ("option_a", "option_b"))
    won = (wins["winner"] == "a").to_numpy()
    pairs = list(zip(np.where(won, a, b).tolist(), np.where(won, b, a).tolist(), strict=True))
    seconds, found = timed(lambda: choix.opt_pairwise(len(strength), pairs, alpha=1e-6))
    error = found - found.mean() - (strength - strength.mean())
    return {
        "what": "choix opt_pairwise: wins alone, no ties, no errors",
        "seconds": round(seconds, 2),
        "rmse": round(float(np.sqrt(np.mean(error**2))), 4),
    }


def evalica_fit(frame: pd.DataFrame, strength: np.ndarray) -> dict[str, object]:
    import evalica

    word = {"a": evalica.Winner.X, "b": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    won = [word[w] for w in frame["winner"]]
    one, two = frame["option_a"].tolist(), frame["option_b"].tolist()
    seconds, found = timed(lambda: evalica.bradley_terry(one, two, won))
    score = np.log(found.scores.sort_index().to_numpy())
    error = score - score.mean() - (strength - strength.mean())
    return {
        "what": "evalica bradley_terry: ties as half wins, no first place, no errors",
        "seconds": round(seconds, 2),
        "rmse": round(float(np.sqrt(np.mean(error**2))), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=1_000_000)
    parser.add_argument("--options", type=int, default=1000)
    chosen = parser.parse_args()
    rows: list[dict[str, object]] = []
    before = json.loads(OUT.read_text())["rows"] if OUT.exists() else []
    for size in (chosen.comparisons // 100, chosen.comparisons // 10, chosen.comparisons):
        options = min(chosen.options, max(10, size // 100))
        frame, strength = simulated(size, options, seed=1)
        setting = {"comparisons": size, "options": options}
        rows.append({**setting, **package(frame, strength)})
        print(rows[-1])
        for name, fit in (("choix", choix_fit), ("evalica", evalica_fit)):
            try:
                rows.append({**setting, **fit(frame, strength), "version": version(name)})
                print(rows[-1])
            except (ImportError, PackageNotFoundError):
                same = [r for r in before if r["what"].startswith(name) and r["comparisons"] == size]
                rows += [{**r, "of": "an earlier run"} for r in same if r["options"] == options]
                print(f"{name} is not installed")
    OUT.write_text(
        json.dumps(
            {"command": " ".join(["python", "benchmarks/choice_speed.py", *sys.argv[1:]]), "rows": rows},
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
