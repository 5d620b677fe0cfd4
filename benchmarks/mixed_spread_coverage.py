"""Coverage of the spread of weights over people, where there is none and where there is some.

People make ten choices between two options with two features, whose weights are .8 and .4 on average: both alike in
all people, both varying by .5, or one of the two. Beside the coverage stand how often a spread is told from none (at 5 %)
and how often its interval has no upper end. Run with ``python benchmarks/mixed_spread_coverage.py``; it writes
``benchmarks/results/mixed_spread_coverage.csv`` after each setting.
"""

from __future__ import annotations

import numpy as np
from coverage_settings import cover
from feature_pairs import pairs_of

from valuestats.weights.mixed import mixed_logit

MEAN = np.array([0.8, 0.4])


def study(
    rng: np.random.Generator, seed: int, people: int, sd: tuple[float, float]
) -> dict[tuple[str, ...], float]:
    n = 10 * people
    who = np.arange(n) % people
    x = rng.normal(size=(n, 2, 2))
    w = MEAN + np.array(sd) * rng.normal(size=(people, 2))
    u = np.einsum("nok,nk->no", x, w[who]) + rng.gumbel(size=(n, 2))
    choices = pairs_of(x, u[:, 0] >= u[:, 1], who, ["x0", "x1"], "who")
    found = mixed_logit(choices, ["x0", "x1"], unit="who", points=64, draws=2, seed=seed)
    held: dict[tuple[str, ...], float] = {}
    for part, truth in (("mean", MEAN), ("spread", np.array(sd))):
        rows = found.estimates[found.estimates["part"] == part].set_index("feature").loc[["x0", "x1"]]
        inside = (rows["lower"] <= truth) & (truth <= rows["upper"])
        for value in sorted(set(sd)):
            kind = f"{part}, spread {value:g}"
            here = np.array(sd) == value
            held[kind, "coverage"] = float(inside[here].mean())
            if part == "spread":
                held[kind, "told"] = float((rows["p_value"] < 0.05)[here].mean())
                held[kind, "no upper end"] = float(np.isposinf(rows["upper"])[here].mean())
                held[kind, "no interval"] = float(rows["upper"].isna()[here].mean())
    return held


SETTINGS = {
    f"{people} people, spreads {sd[0]:g} and {sd[1]:g}": (
        lambda rng, seed, people=people, sd=sd: study(rng, seed, people, sd)
    )
    for people, sd in (
        (80, (0.0, 0.0)),
        (80, (0.5, 0.5)),
        (80, (0.5, 0.0)),
        (25, (0.0, 0.0)),
        (25, (0.5, 0.5)),
    )
}

if __name__ == "__main__":
    cover("mixed_spread_coverage", SETTINGS, ("of", "measure"), __doc__)
