"""How often the tests of `compare_laws` keep a simpler law that is true: a flat line, no floor, no break.

Data are made by the simpler law, as in ``law_coverage.py``: at a level of .95 it should be kept in 95 % of studies. Beside
the package's test stands the likelihood ratio against its usual chi-square, which takes rows for independent.

``python benchmarks/law_test_errors.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from coverage_settings import cover
from law_coverage import families, rows
from scipy import stats

from valuestats.laws.comparison import BROKEN, FLAT, FLOOR, POWER, compare_laws


def study(
    make: Callable[[np.random.Generator], pd.DataFrame], richer: str, simpler: str, unit: str | None
) -> Callable[[np.random.Generator, int], dict[tuple[str, ...], float]]:
    """Whether a true simpler law is kept."""

    def drawn(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        found = compare_laws(
            make(rng),
            "loss",
            "size",
            unit=unit,
            starts=12,
            folds=2,
            replicates=99,
            seed=seed,
            tested=[richer],
        ).estimates.set_index("law")
        fall = 2 * (found.loc[simpler, "loss"] - found.loc[richer, "loss"])
        more = int(found.loc[richer, "parameters"] - found.loc[simpler, "parameters"])
        return {
            ("compare_laws",): float(found.loc[richer, "p_value"] > 0.05),
            ("chi-square",): float(stats.chi2.sf(fall, more) > 0.05),
        }

    return drawn


SETTINGS = {
    "flat, 30 families of 4": study(lambda r: families(r, 30, 4, floor=0, alpha=0.0), POWER, FLAT, "family"),
    "flat, 8 families of 6": study(lambda r: families(r, 8, 6, floor=0, alpha=0.0), POWER, FLAT, "family"),
    "no floor, 30 families of 4": study(lambda r: families(r, 30, 4, floor=0), FLOOR, POWER, "family"),
    "no floor, 60 rows": study(lambda r: rows(r, 60, floor=0), FLOOR, POWER, None),
    "no break, 30 families of 4": study(lambda r: families(r, 30, 4, floor=0), BROKEN, POWER, "family"),
}

if __name__ == "__main__":
    cover("law_test_errors", SETTINGS, ("test",), __doc__)
