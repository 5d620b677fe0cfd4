"""Coverage of the change of the mean of ordered answers (`stance_drift`, measure ``mean``), with a known truth.

Studies are those of ``ordered_drift.py`` with 8, 20 or 60 questions a topic. Truth: the change of the mean answer over all
questions there could be; no other topic moves, and refusals that rise do not depend on the answer.
``python benchmarks/ordered_drift_coverage.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

import numpy as np
from coverage_settings import Study, cover
from ordered_drift import LEVEL, NOISE, OPTIONS, answers
from scipy import stats

from valuestats import stance_drift


def true_mean(shift: float) -> float:
    """Mean of answers whose level is normal over questions, rounded to 1 to 5."""
    cuts = np.arange(1.5, 5)
    return 1 + float(stats.norm.sf(cuts, LEVEL[0] + shift, np.hypot(LEVEL[1], NOISE)).sum())


def of_mean(shift: float, questions: int) -> Study:
    truth = {"economy": true_mean(shift) - true_mean(0.0), "environment": 0.0, "family": 0.0}

    def study(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        frame = answers(rng, shift, questions=questions)
        found = stance_drift(frame, **OPTIONS, replicates=1000, permutations=99, seed=seed).estimates
        own = found[found["measure"] == "mean"].set_index("topic")
        return {(t,): float(own.loc[t, "lower"] <= v <= own.loc[t, "upper"]) for t, v in truth.items()}

    return study


SETTINGS = {
    f"{'a shift of .5' if shift else 'no shift'}, {n} questions": of_mean(shift, n)
    for n in (8, 20, 60)
    for shift in (0.0, 0.5)
}

if __name__ == "__main__":
    cover("ordered_drift_coverage", SETTINGS, ("topic",), __doc__)
