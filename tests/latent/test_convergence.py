"""Diagnostics of many quantities at once are arviz's of one."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from valuestats.latent.convergence import convergence


def chains(number, draws, seed=1):
    """Quantities that move quickly, slowly, against themselves, in steps, not at all, or with what can't be counted."""
    rng = np.random.default_rng(seed)
    made = []
    for carried in (-0.9, -0.3, 0.0, 0.3, 0.9, 0.999):
        steps = rng.normal(size=(8, number, draws))
        for k in range(1, draws):
            steps[:, :, k] += carried * steps[:, :, k - 1]
        made.append(steps)
    made.append(np.round(made[2]))
    odd = np.zeros((5, number, draws))
    odd[1, 0] = 1.0
    odd[2:] = rng.normal(size=(3, number, draws))
    odd[2, 0, 0], odd[3, 0, 0], odd[4, -1, :2] = np.nan, np.inf, -np.inf
    return np.concatenate([*made, odd])


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("draws", [3, 4, 5, 7, 20, 21, 101])
def test_they_are_those_of_arviz(number, draws):
    made = chains(number, draws)
    axes = {"chain_axis": 0, "draw_axis": 1}
    with np.errstate(all="ignore"):
        known = [
            [array_stats.rhat(one, **axes) for one in made],
            [array_stats.ess(one, method="bulk", **axes) for one in made],
            [array_stats.ess(one, method="tail", prob=(0.05, 0.95), **axes) for one in made],
        ]
    for ours, theirs in zip(convergence(made), known, strict=True):
        np.testing.assert_allclose(ours, np.array(theirs, dtype=float), rtol=1e-9)


def test_parts_of_many_quantities_are_the_whole(monkeypatch):
    made = chains(4, 60)
    whole = convergence(made)
    monkeypatch.setattr("valuestats.latent.convergence._AT_ONCE", 500)
    np.testing.assert_array_equal(convergence(made), whole)
    assert [part.shape for part in convergence(made[:0])] == [(0,)] * 3
