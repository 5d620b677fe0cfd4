"""Rates of rare refusals by PyMC's No-U-Turn sampler, for tests/test_refusal_rates.py.

Run: python tests/r/refusals_rare.py (in the root; writes refusals_rare.csv). The model is the one that
`valuestats.missing.refusal_rates.refusal_rates` describes, written down here on its own.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
from scipy.special import expit

from valuestats.latent.pymc_sampling import sample
from valuestats.missing.simulate import simulate_refusals

KEYS = ["model", "language", "topic"]
UNITS = ["organisation", "item"]
DESIGN = {
    "models": 4,
    "languages": ("a", "b", "c"),
    "topics": ("x", "y", "z"),
    "publishers": 3,
    "statements": 2,
}


def main() -> None:
    """Sample, average over levels, and write medians and 95% intervals."""
    counts = simulate_refusals(**DESIGN, intercept=-4.6, seed=3)
    wide = counts.pivot_table(
        index=[*KEYS, *UNITS], columns="status", values="count", fill_value=0
    ).reset_index()
    codes = {k: pd.factorize(wide[k], sort=True) for k in [*KEYS, *UNITS]}
    pairs = [(0, 1), (0, 2), (1, 2)]
    with pm.Model() as model:
        eta = pm.Normal("intercept", 0, 5)
        for k, (code, names) in codes.items():
            sd, z = pm.HalfNormal(f"sd_{k}", 1.5), pm.Normal(f"z_{k}", 0, 1, shape=len(names))
            eta = eta + sd * z[code]
        for i, j in pairs:
            (a, rows), (b, columns) = codes[KEYS[i]], codes[KEYS[j]]
            sd = pm.HalfNormal(f"sd_{i}{j}", 1.5)
            z = pm.Normal(f"z_{i}{j}", 0, 1, shape=(len(rows), len(columns)))
            eta = eta + sd * z[a, b]
        refused = wide["refusal"].to_numpy()
        pm.Binomial("y", n=refused + wide["valid"].to_numpy(), logit_p=eta, observed=refused)
    tree = sample(model, draws=1500, tune=700, chains=4, seed=1, progress=False, target_accept=0.9)
    posterior = tree["posterior"]

    def drawn(name: str) -> np.ndarray:
        values = posterior[name].to_numpy()
        return values.reshape(-1, *values.shape[2:])

    total = drawn("intercept")[:, None, None, None]
    for axis, k in enumerate(KEYS):
        effect = drawn(f"sd_{k}")[:, None] * drawn(f"z_{k}")
        total = total + np.expand_dims(effect, [a for a in (1, 2, 3) if a != axis + 1])
    for i, j in pairs:
        effect = drawn(f"sd_{i}{j}")[:, None, None] * drawn(f"z_{i}{j}")
        total = total + np.expand_dims(effect, 6 - i - j - 2)
    sd = np.hypot(*(drawn(f"sd_{k}") for k in UNITS))[:, None, None, None]
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    rate = sum(w * expit(total + x * sd) for x, w in zip(nodes, weights / weights.sum(), strict=True))
    rows = []
    for axis, k in enumerate(KEYS):
        mean = rate.mean(axis=tuple(a for a in (1, 2, 3) if a != axis + 1))
        rows += [
            (k, name, *np.quantile(mean[:, n], [0.5, 0.025, 0.975])) for n, name in enumerate(codes[k][1])
        ]
    rows.append(("all", "all", *np.quantile(rate.mean(axis=(1, 2, 3)), [0.5, 0.025, 0.975])))
    found = pd.DataFrame(rows, columns=["factor", "level", "median", "lower", "upper"]).round(5)
    found.to_csv(Path(__file__).with_suffix(".csv"), index=False)
    print(found, float(tree["sample_stats"]["diverging"].sum()))


if __name__ == "__main__":
    main()
