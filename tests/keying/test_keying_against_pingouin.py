"""Correlations of items with dimensions against pingouin, which the package does not import (GPL-3.0)."""

import numpy as np
import pytest
from scipy import stats

from valuestats.keying.matrices import correlate_items

pg = pytest.importorskip("pingouin")

EXACT = 1e-10
ROUNDED = 5.001e-7  # pingouin's limits have six decimals


@pytest.fixture(autouse=True)
def unrounded(monkeypatch):
    monkeypatch.setitem(pg.options, "round.column.CI95", 13)


@pytest.fixture
def tables():
    """Six-point ratings with gaps, and scores with ties and gaps."""
    rng = np.random.default_rng(8)
    scores = np.round(rng.normal(size=(120, 3)), 1)
    ratings = np.clip(np.round(3.5 + scores[:, :1].T + rng.normal(size=(5, 120))), 1, 6)
    ratings[rng.random(ratings.shape) < 0.5] = np.nan
    scores[rng.random(scores.shape) < 0.1] = np.nan
    return ratings, scores


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlation_number_of_pairs_and_p_value(tables, method):
    ratings, scores = tables
    found = correlate_items(ratings, scores, method=method)
    for (i, d), r in np.ndenumerate(found.r):
        theirs = pg.corr(ratings[i], scores[:, d], method=method).iloc[0]
        assert found.n[i, d] == theirs["n"]
        assert r == pytest.approx(theirs["r"], abs=EXACT)
        assert found.p[i, d] == pytest.approx(theirs["p_val"], abs=EXACT)
        limits = [found.lower[i, d], found.upper[i, d]]
        if method == "pearson":
            assert limits == pytest.approx(list(theirs["CI95"]), abs=ROUNDED)
        else:  # pingouin takes Pearson's error for ranks, too short by sqrt(1 + r^2/2) (Bonett and Wright 2000)
            z, n = np.arctanh(r), found.n[i, d]
            half = stats.norm.isf(0.025) / np.sqrt(n - 3)
            assert [np.tanh(z - half), np.tanh(z + half)] == pytest.approx(list(theirs["CI95"]), abs=ROUNDED)
            wider = half * np.sqrt(1 + r**2 / 2)
            assert limits == pytest.approx([np.tanh(z - wider), np.tanh(z + wider)], abs=EXACT)
