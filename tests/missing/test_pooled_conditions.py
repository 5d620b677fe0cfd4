"""Answers under several conditions that are counted together are said to be."""

import numpy as np
import pandas as pd
import pytest

from valuestats import missing_bounds, missing_joint, missing_sensitivity
from valuestats.latent.sampling import Sampling
from valuestats.tables import Responses

VERBS = {
    "missing_bounds": lambda r: missing_bounds(r, scale=(1, 5), replicates=20),
    "missing_sensitivity": lambda r: missing_sensitivity(r, scale=(1, 5), replicates=20),
    "missing_joint": lambda r: missing_joint(
        r, scale=(1, 5), deltas=[0.0, 0.5], engine="laplace", sampling=Sampling(draws=400), progress=False
    ),
}


def answers(versions):
    rng = np.random.default_rng(1)
    rows = [
        (m, f"q{i}", v, int(rng.integers(1, 6)), "valid" if rng.random() < 0.8 else "refusal")
        for m in ("a", "b")
        for i in range(20)
        for v in versions
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "condition", "answer", "status"])
    return Responses(frame.assign(answer=frame["answer"].where(frame["status"] == "valid").astype("Int64")))


@pytest.mark.parametrize("verb", VERBS)
def test_versions_that_are_counted_together_are_named(verb):
    found = VERBS[verb](answers(["2025", "2026"]))
    assert "Answers under the conditions 2025 and 2026 are counted together." in found.sentence()
    assert any(
        w.startswith("answers of 2 conditions are counted together (2025 and 2026)")
        for w in found.meta["warnings"]
    )
    alone = VERBS[verb](answers(["2025"]))
    assert "counted together" not in alone.sentence()
    assert not any("counted together" in w for w in alone.meta["warnings"])
