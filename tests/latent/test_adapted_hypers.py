"""Warm-up draws of hyperparameters as coordinates: a normal density is fitted, and what has no metric changes nothing."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from valuestats.latent.hmc import Whitening

H, N = 2, 4000


def coordinates():
    return SimpleNamespace(hypers=H, root=np.eye(H), shift=np.zeros((H, 1)))


def warmed(rng):
    """Draws of a normal density and their gradients."""
    covariance, mean = np.array([[2.0, 0.6], [0.6, 0.5]]), np.array([[1.0], [-2.0]])
    kept = mean + np.linalg.cholesky(covariance) @ rng.normal(size=(H, N))
    return covariance, mean, kept, -np.linalg.solve(covariance, kept - mean)


def test_a_normal_density_is_found_by_its_covariance_and_mean():
    """In closed form: with gradients -S^-1 (q - m) the geometric mean of S and its own inverse's inverse is S."""
    covariance, mean, kept, slopes = warmed(np.random.default_rng(1))
    to, q = coordinates(), np.vstack([kept[:, :3], np.ones((1, 3))])
    moved = Whitening.adapt_hypers(to, q, kept, slopes)
    assert to.root @ to.root.T == pytest.approx(covariance, abs=0.1)
    assert to.shift == pytest.approx(mean, abs=0.05)
    assert to.root @ moved[:H] + to.shift == pytest.approx(q[:H], abs=1e-12)
    assert moved[H:] == pytest.approx(q[H:])


def spoilt(kept, slopes):
    flat, far = np.zeros_like(slopes), slopes.copy()
    far[0, 3] = 1e200  # its square is infinite
    lost = kept.copy()
    lost[1, 5] = np.nan
    return {
        "gradients beyond what squares hold": (kept, far),
        "a draw that is no number": (lost, slopes),
        "infinite gradients": (kept, np.full_like(slopes, np.inf)),
        "draws of 1e160 on a flat density": (kept * 1e160, flat),
    }


@pytest.mark.parametrize("what", list(spoilt(np.zeros((H, 9)), np.zeros((H, 9)))))
def test_a_warm_up_without_a_metric_leaves_the_coordinates(what):
    """Any coordinates are exact, so that nothing is raised and nothing warned: the gate judges the draws."""
    _, _, kept, slopes = warmed(np.random.default_rng(1))
    draws, gradients = spoilt(kept, slopes)[what]
    to, q = coordinates(), np.ones((3, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Whitening.adapt_hypers(to, q, draws, gradients) is q
    assert (to.root == np.eye(H)).all()
    assert (to.shift == 0).all()


def test_few_draws_leave_the_coordinates():
    to, q = coordinates(), np.ones((3, 4))
    assert Whitening.adapt_hypers(to, q, np.ones((H, 9)), np.ones((H, 9))) is q
