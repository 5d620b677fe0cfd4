"""The sampler of a unit metric: a known density, and one progress bar for chains that run side by side."""

import time

import numpy as np
import pytest

from valuestats.latent import hamiltonian
from valuestats.latent.hamiltonian import sample_hamiltonian

SCALE = np.array([1.0, 0.5, 2.0])


def sampled(**more):
    return sample_hamiltonian(
        lambda q: (-0.5 * float(q @ (q / SCALE**2)), -q / SCALE**2),
        lambda rng: rng.normal(size=3),
        lambda q: {"q": q},
        **{"draws": 600, "tune": 200, "chains": 4, "seed": 1, "progress": False} | more,
    )


def test_moments_of_a_normal_density():
    q = sampled(draws=2000, adapted=3)["posterior"]["q"].to_numpy().reshape(-1, 3)
    assert q.mean(axis=0) / SCALE == pytest.approx(np.zeros(3), abs=0.06)
    assert q.std(axis=0) == pytest.approx(SCALE, rel=0.05)


def test_chains_of_several_threads_move_one_bar(monkeypatch):
    """A generator that is asked twice at once raises: each step of the bar waits for the one before."""
    seen = []

    def slow(items, label):
        for item in items:
            time.sleep(1e-4)
            seen.append(item)
            yield item

    monkeypatch.setattr(hamiltonian, "track", slow)
    shown = sampled(draws=30, tune=10, progress=True)
    assert seen == list(range(4 * 40))
    quiet = sampled(draws=30, tune=10)
    assert shown["posterior"].equals(quiet["posterior"])
