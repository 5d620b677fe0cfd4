"""Coverage of the intervals of weights, learning curves and trade-offs, for choices with a known truth.

Maximum likelihood with and without people whose weights differ (truth: the marginal fit to 400,000 choices of 20,000
people); posteriors with weights drawn from their prior; the held-out accuracy of a plain mean of features, whose truth is
the mean over 300 fresh samples, beside the naive error of splits; the ratio of two weights. What is dearer is in
``class_weight_coverage.py``. Run with ``python benchmarks/weight_coverage.py``; it writes
``benchmarks/results/weight_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from feature_pairs import pairs_of
from scipy import stats
from scipy.special import expit

from valuestats.base.progress import track
from valuestats.latent.sampling import Sampling
from valuestats.tables.choices import Choices
from valuestats.weights.curve import ACCURACY, learning_curve
from valuestats.weights.feature_weights import feature_weights
from valuestats.weights.trade_off import trade_off

RESULTS = Path(__file__).parent / "results"
W = np.array([1.0, 0.5, -0.5])
SPREAD = 0.7


def table(x: np.ndarray, first: np.ndarray, person: np.ndarray) -> Choices:
    """Choices of an option of these features over one that has none."""
    names = [f"x{k}" for k in range(x.shape[1])]
    return pairs_of(np.stack([x, np.zeros_like(x)], axis=1), first, person, names, "person")


def made(rng: np.random.Generator, n: int, w: np.ndarray, people: int = 0, spread: float = 0.0) -> Choices:
    person = np.arange(n) % people if people else np.arange(n)
    own = w + spread * rng.normal(size=(person.max() + 1, len(w)))
    x = rng.normal(size=(n, len(w))) + 0.7 * rng.normal(size=(n, 1))
    return table(x, rng.random(n) < expit((x * own[person]).sum(axis=1)), person)


def names(w: np.ndarray) -> list[str]:
    return [f"x{k}" for k in range(len(w))]


def inside(frame: pd.DataFrame, truth: np.ndarray) -> float:
    return float(((frame["lower"] <= truth) & (truth <= frame["upper"])).mean())


def of_maximum(n: int, people: int, clustered: bool) -> Callable[[int], float]:
    rng = np.random.default_rng(1 + people)
    truth = W
    if people:
        many = made(np.random.default_rng(99), 400_000, W, 20_000, SPREAD)
        truth = feature_weights(many, names(W)).estimates["estimate"].to_numpy()

    def study(seed: int) -> float:
        choices = made(rng, n, W, people, SPREAD * bool(people))
        found = feature_weights(
            choices, names(W), unit="person" if clustered else None, sampling=Sampling(draws=50, chains=1)
        )
        return inside(found.estimates, truth)

    return study


def of_posterior(constraint: str) -> Callable[[int], float]:
    rng = np.random.default_rng(2)

    def study(seed: int) -> float:
        x = rng.normal(size=(80, 3)) + 0.7 * rng.normal(size=(80, 1))
        spread = np.sqrt((x**2).mean(axis=0))
        if constraint == "simplex":
            whole = np.sqrt((x.mean(axis=1) ** 2).mean())
            share = rng.dirichlet(np.ones(3))
            w, truth = abs(rng.normal()) * 2.5 / whole * share, share
        else:
            w = np.abs(rng.normal(size=3)) * 2.5 / spread
            truth = w
        choices = table(x, rng.random(80) < expit(x @ w), np.arange(80))
        found = feature_weights(
            choices, names(W), constraint=constraint, sampling=Sampling(draws=250, tune=100), seed=seed
        )
        return inside(found.estimates, truth)

    return study


def of_curve(method: str, naive: bool) -> Callable[[int], float]:
    rng = np.random.default_rng(3)
    size = 100
    options = {"sizes": [size], "methods": [method], "splits": 20}
    fresh = np.random.default_rng(98)
    truth = np.mean([accuracy_of(fresh, method, size) for _ in range(300)])

    def study(seed: int) -> float:
        found = learning_curve(made(rng, 250, W), names(W), seed=seed, **options).estimates
        row = found[(found["measure"] == ACCURACY) & (found["method"] == method)].iloc[0]
        reach = stats.t.ppf(0.975, 19) * (row["naive_error"] if naive else row["std_error"])
        return float(abs(row["estimate"] - truth) <= reach)

    return study


def accuracy_of(rng: np.random.Generator, method: str, size: int) -> float:
    """Accuracy on 2,000 fresh choices of weights learnt from others."""
    from valuestats.weights.curve import _scores, _weights
    from valuestats.weights.feature_sets import feature_sets

    learnt = feature_sets(made(rng, size, W), names(W))
    return _scores(feature_sets(made(rng, 2000, W), names(W)), _weights(learnt, method, 2.5))[0]


def of_ratio(method: str) -> Callable[[int], float]:
    rng = np.random.default_rng(4)

    def study(seed: int) -> float:
        choices = made(rng, 400, W, 40, 0.0)
        options = {"of": "x0", "per": "x1", "unit": "person", "seed": seed}
        found = trade_off(choices, names(W), replicates=0, **options).estimates
        return inside(found[found["method"] == method], np.array([2.0]))

    return study


SETTINGS: dict[str, tuple[Callable[[], Callable[[int], float]], int]] = {
    "maximum likelihood, 100 choices": (lambda: of_maximum(100, 0, False), 1),
    "maximum likelihood, 40 people of 10, clustered": (lambda: of_maximum(400, 40, True), 1),
    "maximum likelihood, 40 people of 10, as independent": (lambda: of_maximum(400, 40, False), 1),
    "maximum likelihood, 10 people of 40, clustered": (lambda: of_maximum(400, 10, True), 1),
    "posterior, none below zero, 80 choices": (lambda: of_posterior("nonnegative"), 5),
    "posterior, simplex, 80 choices": (lambda: of_posterior("simplex"), 5),
    "accuracy of a plain mean, corrected": (lambda: of_curve("mean", False), 1),
    "accuracy of a plain mean, splits as independent": (lambda: of_curve("mean", True), 1),
    "ratio, delta": (lambda: of_ratio("delta"), 1),
    "ratio, Fieller": (lambda: of_ratio("Fieller"), 1),
}
"""Study of each setting, and by how much fewer of them are run."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    command = " ".join(["python", "benchmarks/weight_coverage.py", *sys.argv[1:]])
    out = RESULTS / "weight_coverage.csv"
    for name, (start, fewer) in track([s for s in SETTINGS.items() if chosen.only in s[0]], "settings"):
        study, n = start(), chosen.studies // fewer
        coverage = float(np.mean([study(k) for k in range(n)]))
        row = {
            "setting": name,
            "studies": n,
            "coverage": coverage,
            "monte_carlo_error": (0.95 * 0.05 / n) ** 0.5,
            "command": command,
            "date": str(pd.Timestamp.now().date()),
        }
        print(row, flush=True)
        found = pd.DataFrame([row])
        if out.exists():
            known = pd.read_csv(out)
            found = pd.concat([known[known["setting"] != name], found], ignore_index=True)
        found.to_csv(out, index=False)


if __name__ == "__main__":
    main()
