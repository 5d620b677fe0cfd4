"""Seconds of `judge_quality`, `compare_judges` and `compare_strengths` at 1, 10 and 100 times the data, and of other tools.

Beside them, in the same run, what a user would take: scikit-learn's confusion matrix with statsmodels' exact intervals and
SciPy's Fisher tests, system by system; the same shares of judges by pandas in a loop; statsmodels' logit of dummies of
options by group with errors clustered by question, of which the differences are read off. CPU seconds of one process.
``python benchmarks/judges_speed.py`` writes ``benchmarks/results/judges_speed.json`` after each size.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import statsmodels.api as sm
from cpu_time import timed
from scipy import stats
from scipy.special import expit
from sklearn.metrics import confusion_matrix
from statsmodels.stats.proportion import proportion_confint

from valuestats import compare_judges, compare_strengths, judge_quality, pair_choices

OUT = Path(__file__).parent / "results" / "judges_speed.json"
OPTIONS = 16


def labels(n: int, systems: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    yes = rng.random(n) < 0.6
    said = np.where(rng.random(n) < np.where(yes, 0.9, 0.75), yes, ~yes)
    words = np.array(["no", "yes"])
    frame = pd.DataFrame({"item": np.arange(n), "system": [f"s{k % systems:02d}" for k in range(n)]})
    return frame.assign(judge=words[said.astype(int)], label=words[yes.astype(int)])


def by_scikit_learn(frame: pd.DataFrame) -> dict[str, list[float]]:
    tables = {
        name: confusion_matrix(own["label"], own["judge"], labels=["no", "yes"])
        for name, own in frame.groupby("system")
    }
    whole, found = sum(tables.values()), {}
    for name, table in tables.items():
        for row in (1, 0):
            k, n = int(table[row, row]), int(table[row].sum())
            rest = whole[row] - table[row]
            p = stats.fisher_exact([[k, n - k], [rest[row], rest[1 - row]]]).pvalue
            found[f"{name} {row}"] = [k / n, *proportion_confint(k, n, method="beta"), p]
    return found


def comparisons(n: int, judges: int = 20, questions: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    worth = np.linspace(1.5, -1.5, OPTIONS)
    i = rng.integers(0, OPTIONS, n)
    j = (i + rng.integers(1, OPTIONS, n)) % OPTIONS
    judge, question = rng.integers(0, judges, n), rng.integers(0, questions, n)
    tilt = rng.normal(size=(questions, OPTIONS))
    first = rng.random(n) < expit(worth[i] - worth[j] + tilt[question, i] - tilt[question, j])
    names = np.array([f"value {k:02d}" for k in range(OPTIONS)])
    frame = pd.DataFrame({"option_a": names[i], "option_b": names[j], "winner": np.where(first, "a", "b")})
    return frame.assign(judge=[f"j{k:02d}" for k in judge], question=question, who=np.arange(n) % 2)


def by_pandas(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Shares of the first place and agreement with the others' majority, judge by judge."""
    found = {}
    for name, own in frame.groupby("judge"):
        rest = frame[frame["judge"] != name]
        signed = pd.Series(np.where(rest["winner"] == "a", 1, -1), index=rest.index)
        one, two = (signed.groupby(rest[c]) for c in ("option_a", "option_b"))
        net = (one.sum() - two.sum()) / (one.size() + two.size())
        ahead = own["option_a"].map(net).to_numpy() - own["option_b"].map(net).to_numpy()
        for what, hit, among in (
            ("first", own["winner"] == "a", np.ones(len(own), dtype=bool)),
            ("agrees", (ahead > 0) == (own["winner"] == "a"), ahead != 0),
        ):
            k, n = int(hit[among].sum()), int(among.sum())
            found[f"{name} {what}"] = [k / n, *proportion_confint(k, n, method="beta")]
    return found


def by_statsmodels(frame: pd.DataFrame) -> np.ndarray:
    """Differences of strengths between two groups, with errors over questions."""
    names = sorted(set(frame["option_a"]) | set(frame["option_b"]))
    one, two = (
        frame[c].map({o: k for k, o in enumerate(names)}).to_numpy() for c in ("option_a", "option_b")
    )
    rows = np.arange(len(frame))
    x = np.zeros((len(frame), 2, OPTIONS))
    x[rows, frame["who"], one] += 1
    x[rows, frame["who"], two] -= 1
    fit = sm.Logit((frame["winner"] == "a").to_numpy(dtype=float), x[:, :, 1:].reshape(len(frame), -1)).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": frame["question"].to_numpy()}
    )
    own = np.eye(OPTIONS)[:, 1:] - 1 / OPTIONS
    design = np.hstack([own, -own])
    return np.column_stack([design @ fit.params, np.sqrt(np.diag(design @ fit.cov_params() @ design.T))])


def main() -> None:
    rows = []
    for times in (1, 10, 100):
        frame, pairs = labels(2000 * times), comparisons(3000 * times)
        choices = pair_choices(pairs)
        ours = timed(lambda f=frame: judge_quality(f, by="system"))
        theirs = timed(lambda f=frame: by_scikit_learn(f))
        judged = timed(lambda c=choices: compare_judges(c, judge="judge"))
        looped = timed(lambda p=pairs: by_pandas(p))
        strong = timed(lambda c=choices: compare_strengths(c, "who", cluster="question"))
        logit = timed(lambda p=pairs: by_statsmodels(p))
        own = strong[1].estimates
        rows.append(
            {
                "times": times,
                "labelled_items": len(frame),
                "judge_quality_s": ours[0],
                "scikit_learn_statsmodels_scipy_s": theirs[0],
                "comparisons": len(pairs),
                "compare_judges_s": judged[0],
                "pandas_loop_s": looped[0],
                "compare_strengths_s": strong[0],
                "statsmodels_logit_s": logit[0],
                "largest_difference_of_estimates": float(
                    np.abs(own["estimate"].to_numpy() - logit[1][:, 0]).max()
                ),
                "ratio_of_errors": float((own["std_error"].to_numpy() / logit[1][:, 1]).mean()),
            }
        )
        print(rows[-1], flush=True)
        content = {
            "command": " ".join(["python", "benchmarks/judges_speed.py", *sys.argv[1:]]),
            "date": str(pd.Timestamp.now().date()),
            "rows": rows,
        }
        OUT.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
