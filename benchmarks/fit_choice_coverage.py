"""Coverage of the intervals of `fit_choice`, by maximum likelihood and by Laplace's method, for choices with a known truth.

Maximum likelihood: pairs with ties, the first place and a covariate; clusters of three choices that are one and the same,
errors over them and as independent; judges' own utilities, integrated out. Laplace: truths drawn from the priors, for which
the intervals of a Bayesian fit are calibrated, with places by judge and with judges' own utilities; and one truth for all
studies, which the priors hold for likely or not. Each row is the mean coverage of a part's terms. Run with
``python benchmarks/fit_choice_coverage.py``; it writes ``benchmarks/results/fit_choice_coverage.csv``.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy.special import softmax

from valuestats.choice.fit import fit_choice
from valuestats.choice.fitted import ChoiceFit
from valuestats.choice.simulate import ChoiceTruth, simulate_pairs
from valuestats.choice.spec import ChoicePriors
from valuestats.tables.choices import Choices
from valuestats.tables.comparisons import pair_choices

Rng = np.random.Generator
NAMES = np.array(list("abcde"))
WORTH = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
FIRST, TIE, SLOPE = 0.4, -0.3, 0.6
PRIORS = ChoicePriors()


def plain(rng: Rng, n: int, copies: int = 1) -> Choices:
    """Pairs with ties, an effect of the first place and of a covariate; each choice is there `copies` times."""
    i = rng.integers(0, 5, n)
    j = (i + rng.integers(1, 5, n)) % 5
    x = rng.normal(size=(n, 2))
    one, two = WORTH[i] + FIRST + SLOPE * x[:, 0], WORTH[j] + SLOPE * x[:, 1]
    p = softmax(np.stack([one, two, TIE + (one + two) / 2], axis=1), axis=1).cumsum(axis=1)
    won = np.array(["first", "second", "tie"])[(rng.random((n, 1)) > p).sum(axis=1)]
    frame = pd.DataFrame({"x": NAMES[i], "y": NAMES[j], "winner": won, "cluster": np.arange(n)})
    found = pair_choices(frame, first="x", second="y", reads="places").frame
    found["length"] = x.ravel()
    parts = [found.assign(choice=found["choice"].astype(str) + f" {k}") for k in range(copies)]
    return Choices(pd.concat(parts, ignore_index=True))


def inside(fit: ChoiceFit, truth: dict[str, float]) -> dict[tuple[str, ...], float]:
    table = fit.estimates.set_index("term")
    held = {t: float(table.loc[t, "lower"] <= v <= table.loc[t, "upper"]) for t, v in truth.items()}
    parts = {part: [held[t] for t in truth if table.loc[t, "part"] == part] for part in PARTS}
    return {(part,): float(np.mean(values)) if values else np.nan for part, values in parts.items()}


PARTS = ("option utility", "coefficient", "tie or outcome", "standard deviation")


def by_maximum(
    rng: Rng, seed: int, *, n: int, copies: int, cluster: str | None
) -> dict[tuple[str, ...], float]:
    truth = {f"option[{name}]": w for name, w in zip(NAMES, WORTH, strict=True)}
    truth |= {"position": FIRST, "length": SLOPE, "tie of 2": TIE}
    formula = "utility ~ 0 + option + position + length"
    fit = fit_choice(formula, plain(rng, n, copies), ties="davidson", engine="ml", cluster=cluster, seed=seed)
    return inside(fit, truth)


def judged(
    rng: Rng, seed: int, *, engine: str, by: str, fixed: bool, judges: int, n: int
) -> dict[tuple[str, ...], float]:
    """Effects that vary over judges, `by` place or option; the truth is one for all studies, or drawn from the priors."""
    group = abs(rng.normal(0, PRIORS.group)) if not fixed else 0.5
    worth = WORTH if fixed else rng.normal(0, PRIORS.option, 5)
    place, tie = (FIRST, TIE) if fixed else (rng.normal(0, PRIORS.effect), rng.normal(0, PRIORS.outcome))
    own = group * rng.normal(size=(judges, 5)) * (by == "option")
    places = place + group * rng.normal(size=judges) * (by == "place")
    made = ChoiceTruth(worth, own, places, {"tie": tie})
    frame = simulate_pairs(made, n, rng)
    if "tie" not in set(frame["winner"]):  # it has no parameter then: drawn anew, truth and all
        return judged(rng, seed, engine=engine, by=by, fixed=fixed, judges=judges, n=n)
    term, sd = {
        "place": ("(0 + position|judge)", "sd[position|judge]"),
        "option": ("(1|judge:option)", "sd[Intercept|judge:option]"),
    }[by]
    fit = fit_choice(
        f"utility ~ 0 + option + position + {term}",
        pair_choices(frame, reads="places"),
        ties="davidson",
        engine=engine,  # type: ignore[arg-type]
        seed=seed,
    )
    centred = worth - worth.mean()
    truth = {f"option[{name}]": w for name, w in zip(made.options, centred, strict=True)}
    held = inside(fit, truth | {"position": place, "tie of 2": tie, sd: group})
    gone = fit.result.meta["engine"] == "laplace" and not fit.passed
    return held | {("gate passed",): float(not gone)}


SETTINGS = {
    "ml, 150 pairs": partial(by_maximum, n=150, copies=1, cluster=None),
    "ml, 600 pairs": partial(by_maximum, n=600, copies=1, cluster=None),
    "ml, 150 clusters of three equal choices": partial(by_maximum, n=150, copies=3, cluster="cluster"),
    "ml, three equal choices as independent": partial(by_maximum, n=150, copies=3, cluster=None),
    "ml, 20 judges' own utilities": partial(judged, engine="ml", by="option", fixed=True, judges=20, n=800),
    "laplace, places by 12 judges, truth from the priors": partial(
        judged, engine="laplace", by="place", fixed=False, judges=12, n=360
    ),
    "laplace, 12 judges' own utilities, truth from the priors": partial(
        judged, engine="laplace", by="option", fixed=False, judges=12, n=480
    ),
    "laplace, 12 judges' own utilities, one truth": partial(
        judged, engine="laplace", by="option", fixed=True, judges=12, n=480
    ),
}


if __name__ == "__main__":
    cover("fit_choice_coverage", SETTINGS, ("part",), __doc__)
