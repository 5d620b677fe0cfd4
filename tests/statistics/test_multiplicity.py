"""Adjusted p-values of many families at once: those of statsmodels, family by family, missing ones left out."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from valuestats.statistics.multiplicity import adjusted_p

METHODS = {"bh": "fdr_bh", "by": "fdr_by", "holm": "holm", "bonferroni": "bonferroni"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(7,), (20, 7), (3, 4, 6), (5, 1)])
def test_each_family_is_adjusted_by_itself(method, shape, monkeypatch):
    monkeypatch.setattr(
        "gc.collect", lambda: 0
    )  # statsmodels' Holm collects the whole session's garbage at each call
    rng = np.random.default_rng(0)
    p = np.round(rng.random(shape) ** 3, 2)  # with ties
    p[..., 0] = np.where(rng.random(shape[:-1]) < 0.4, np.nan, p[..., 0])
    found = adjusted_p(p, method)
    for at in np.ndindex(shape[:-1]):
        tested = ~np.isnan(p[at])
        assert np.isnan(found[at][~tested]).all()
        if tested.any():
            expected = multipletests(p[at][tested], method=METHODS[method])[1]
            np.testing.assert_allclose(found[at][tested], expected, atol=1e-14)


def test_no_family_and_no_test():
    assert adjusted_p(np.zeros((0, 3))).shape == (0, 3)
    assert adjusted_p(np.zeros((2, 0))).shape == (2, 0)
    assert np.isnan(adjusted_p(np.full((2, 3), np.nan))).all()
