"""What models say on an instrument in five runs against what they advise: is a reversal found, and nothing where nothing is?

Eight models answer 21 items of ten values five times, and advise in dilemmas between two of them. The true profile of what
is said is the mean of rounded answers over runs, worked out from their distribution; strengths in dilemmas are that profile
(an agreement of 1), its reverse (-1), one with no correlation (0), or all the same ("flat": no profile at all).
``estimate`` held is the interval of the agreement; ``reversed``, ``gap`` and ``finding`` are the shares of models of which
that is told; ``gaps`` is the coverage of single gaps, ``some gap`` the share of models with a gap that Holm's test tells,
``gaps told`` the share of gaps. Run with ``python benchmarks/stated_reversal_coverage.py``; it writes
``benchmarks/results/stated_reversal_coverage.csv`` after each setting.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy import stats
from scipy.special import expit

import valuestats.stated.gaps as verbs
from valuestats import Responses, instrument_keys, pair_choices, score, stated_revealed, value_gaps

KEYS = instrument_keys("pvq21").query("family == 'pvq'")[["item", "dimension"]]
VALUES = sorted(KEYS["dimension"].unique())
MODELS, RUNS, SD, NOISE = 8, 5, 0.9, 0.5
LOGITS = 1.1
"""Logits of a scale point."""


def measured_once() -> None:
    """Let both verbs take the strengths that the first of them has fitted."""
    own, known = verbs.measured, {}

    def measured(source: object, *rest: object) -> object:
        if known.get("rest") != (id(source), rest):
            if rest[-1] == "revealed":
                known.update(rest=(id(source), rest), found=own(source, *rest), source=source)
            else:
                return own(source, *rest)
        return known["found"]

    verbs.measured = measured


def expected(mu: np.ndarray) -> np.ndarray:
    """Means of normal answers rounded to 1 to 6."""
    cuts = np.arange(1.5, 6)
    return 1 + stats.norm.sf((cuts[:, None] - mu.ravel()) / NOISE).sum(axis=0).reshape(mu.shape)


def strengths(rng: np.random.Generator, said: np.ndarray, rho: float | None) -> np.ndarray:
    if rho is None:
        return np.zeros_like(said)
    x = said - said.mean()
    y = rng.normal(size=len(x))
    y -= y.mean() + x * (x @ y) / (x @ x)
    y *= np.linalg.norm(x) / np.linalg.norm(y)
    return LOGITS * (rho * x + np.sqrt(1 - rho**2) * y)


def study(
    rng: np.random.Generator, seed: int, rho: float | None, dilemmas: int, sd: float
) -> dict[tuple[str, ...], float]:
    number = KEYS["dimension"].map(VALUES.index).to_numpy()
    answers, advice, truth = [], [], []
    for m in range(MODELS):
        w = rng.normal(0, sd, len(VALUES))
        mu = 3.8 + (w - w.mean())[number] + rng.normal(0, 0.2, len(KEYS))
        of_item = expected(mu)
        said = np.bincount(number, of_item) / np.bincount(number)
        chosen = strengths(rng, said, rho)
        truth.append((said - said.mean(), chosen - chosen.mean()))
        drawn = np.clip(np.round(mu + rng.normal(0, NOISE, (RUNS, len(mu)))), 1, 6).astype(int)
        answers.append(
            pd.DataFrame(
                {
                    "model": f"m{m}",
                    "item": np.tile(KEYS["item"], RUNS),
                    "epoch": np.repeat(np.arange(RUNS), len(mu)),
                    "answer": drawn.ravel(),
                }
            )
        )
        a, b = np.array([rng.choice(len(VALUES), 2, replace=False) for _ in range(dilemmas)]).T
        first = rng.random(dilemmas) < expit(chosen[a] - chosen[b])
        names = np.array(VALUES)
        advice.append(
            pd.DataFrame(
                {
                    "dilemma": [f"d{k}" for k in range(dilemmas)],
                    "model": f"m{m}",
                    "option_a": names[a],
                    "option_b": names[b],
                    "winner": np.where(first, names[a], names[b]),
                }
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = score(
            Responses(pd.concat(answers, ignore_index=True).assign(status="valid")),
            "pvq21", family="pvq", resample="runs", replicates=200, seed=seed,
        )  # fmt: skip
        choices = pair_choices(pd.concat(advice, ignore_index=True), reads="names")
        given = {"cluster": "dilemma", "prior_sd": 3.0 if dilemmas < 200 else None}
        found = stated_revealed(scores, choices, **given)
        gaps = value_gaps(scores, choices, draws=2, seed=seed, **given)
    silent = found.verdict.rows["sign"].isin(["none", "untested"]).to_numpy()
    own = found.estimates.assign(silent=silent)[lambda f: f["of"] == "model"].set_index("name")
    told = ~own["silent"].to_numpy()
    rows = gaps.estimates.assign(
        told=~gaps.verdict.rows["sign"].isin(["none", "untested"]).to_numpy()
    ).sort_values(["model", "value"])
    held = {
        "finding": told.mean(),
        "reversed": (told & (own["upper"] < 0)).mean(),
        "gap": (told & (own["upper"] < 1)).mean(),
        "some gap": rows.groupby("model")["told"].any().mean(),
        "gaps told": rows["told"].mean(),
    }
    if rho is not None:
        true = np.array([s / s.std(ddof=1) - r / r.std(ddof=1) for s, r in truth]).ravel()
        inside = (rows["lower"] <= true) & (true <= rows["upper"])
        known = rows["estimate"].notna()
        held["gaps"] = inside[known].mean()
        held["estimate"] = ((own["lower"] <= rho + 1e-9) & (rho - 1e-9 <= own["upper"])).mean()
        held["reliability of what is chosen"] = own["reliability_revealed"].mean()
    return {(name,): float(value) for name, value in held.items()}


SETTINGS = {
    f"{'flat' if rho is None else f'agreement {rho:g}'}, {dilemmas} dilemmas, SD {sd:g}": (
        lambda rng, seed, rho=rho, dilemmas=dilemmas, sd=sd: study(rng, seed, rho, dilemmas, sd)
    )
    for dilemmas, sd in ((240, SD), (80, SD), (240, 0.4))
    for rho in (-1.0, 0.0, 1.0, None)
}

if __name__ == "__main__":
    measured_once()
    cover(
        "stated_reversal_coverage",
        SETTINGS,
        ("of",),
        __doc__,
        simulations=1000,
        each=dict.fromkeys(SETTINGS, MODELS),
    )
