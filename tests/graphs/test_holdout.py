"""Held-out profiles: log densities by scipy, a graph that lasts, and one that does not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import graph_holdout
from valuestats.base.errors import SpecificationError
from valuestats.graphs.holdout import ALL_EDGES, FOUND, MIXED, _log_density
from valuestats.systems.causal_graph.simulate import VALUES, simulate_profiles, true_graph


def test_all_edges_are_the_multivariate_normal():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    mean, covariance = x.mean(axis=0), np.cov(x.T, ddof=0)
    full = np.triu(np.ones((4, 4), np.uint8), 1)
    found = _log_density(full, tuple("abcd"), (mean[None], covariance[None]), x[:20])
    np.testing.assert_allclose(found, stats.multivariate_normal.logpdf(x[:20], mean, covariance), atol=1e-9)
    none = _log_density(np.zeros_like(full), tuple("abcd"), (mean[None], covariance[None]), x[:20])
    alone = stats.norm.logpdf(x[:20], mean, np.sqrt(np.diag(covariance))).sum(axis=1)
    np.testing.assert_allclose(none, alone, atol=1e-9)


def test_a_graph_that_is_there_describes_other_roles():
    frame = simulate_profiles(120, seed=4)
    found = graph_holdout(frame, list(VALUES), cluster="role", replicates=300)
    rows = found.estimates.set_index("model")
    assert rows.loc[FOUND, "lower"] > rows.loc[MIXED, "upper"]
    assert rows.loc[FOUND, "estimate"] == pytest.approx(rows.loc[ALL_EDGES, "estimate"], rel=0.1)
    assert rows.loc[FOUND, "edges"] == pytest.approx(true_graph().marks.sum(), abs=1)
    assert found.verdict.sign == "sound"
    assert "held-out" in found.sentence()


def test_a_graph_that_is_not_there_gains_nothing():
    rng = np.random.default_rng(5)
    noise = np.repeat(rng.normal(size=(60, 5)), 6, axis=0) + 0.5 * rng.normal(size=(360, 5))
    frame = pd.DataFrame(noise, columns=list("abcde")).assign(role=np.repeat(np.arange(60), 6))
    found = graph_holdout(frame, list("abcde"), cluster="role", replicates=300)
    assert found.estimates["lower"].iloc[0] <= 0.02
    signs = found.verdict.rows.set_index("model")["sign"]
    assert signs[FOUND] == "none"
    # the more edges are fitted that are not there, the worse for other roles
    assert found.estimates["estimate"].iloc[2] < 0
    with pytest.raises(SpecificationError, match="too few units"):
        graph_holdout(frame[frame["role"] < 9], list("abcde"), cluster="role")
