"""Speed of `rater_effects`, beside what a user would take instead: statsmodels' least squares with dummies of items.

Ratings of 10 raters, three an item, with cluster-robust errors of items in both; ``rater_effects`` also gives consistencies
with 2,000 resamples. Estimates and errors agree to 1e-6 in the same run, but for the factor of few units. Dummies of 15,000
items need 5 GB and were left out. Run from the repository root: ``python benchmarks/rater_effects_speed.py``; it writes
``benchmarks/results/rater_effects_speed.json``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from valuestats import rater_effects

OUT = Path(__file__).parent / "results" / "rater_effects_speed.json"
ITEMS = (150, 1_500, 15_000, 150_000)
DUMMIES = 1_500
"""Items of which dummies are still made."""


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and what was made."""
    start = time.process_time()
    made = call()
    return round(time.process_time() - start, 3), made


def ratings(items: int) -> pd.DataFrame:
    """Three of ten raters of each item."""
    rng = np.random.default_rng(items)
    chosen = np.argsort(rng.random((items, 10)), axis=1)[:, :3]
    value = rng.normal(size=(items, 1)) + rng.normal(0, 0.7, chosen.shape) + 0.3 * (chosen == 0)
    return pd.DataFrame(
        {
            "respondent": np.array([f"r{k}" for k in range(10)])[chosen].ravel(),
            "item": np.repeat(np.arange(items), 3),
            "rating": value.ravel(),
        }
    )


def main() -> None:
    """All sizes."""
    rows = []
    rater_effects(ratings(50), replicates=10)
    for items in ITEMS:
        frame = ratings(items)
        seconds, found = timed(lambda f=frame: rater_effects(f, seed=1))
        row: dict[str, Any] = {"items": items, "ratings": len(frame), "rater_effects_cpu": seconds}
        if items <= DUMMIES:
            row["statsmodels_cpu"], fit = timed(
                lambda f=frame: smf.ols("rating ~ C(item) + C(respondent, Sum)", f).fit(
                    cov_type="cluster", cov_kwds={"groups": f["item"], "use_correction": False}
                )
            )
            own = found.estimates[found.estimates["measure"] == "leniency"].head(9)
            names = [n for n in fit.params.index if "Sum" in n]
            units = own["n_units"].to_numpy()
            error = fit.bse[names].to_numpy() * np.sqrt(units / (units - 1))
            np.testing.assert_allclose(own["estimate"], fit.params[names], atol=1e-6)
            np.testing.assert_allclose(own["std_error"], error, rtol=1e-6)
        rows.append(row)
        print(row, flush=True)
    OUT.write_text(
        json.dumps({"command": "python benchmarks/rater_effects_speed.py", "rows": rows}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
