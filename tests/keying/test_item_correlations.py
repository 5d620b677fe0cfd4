"""All correlations of items with scores, where every item has its own raters: R (tests/r/item_values.R), derivatives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from valuestats import Ratings, correlate_items, item_values, shrink_correlations
from valuestats.base.errors import SpecificationError
from valuestats.keying.polychoric_pairs import crossed_polychoric, two_step_errors
from valuestats.statistics.polychoric import bivariate_normal_cdf, polychoric_tables

R = Path(__file__).parents[1] / "r"
OPTIMISER = 3e-5  # polycor's optimise() stops within about 1e-5


@pytest.fixture(scope="module")
def people():
    table = pd.read_csv(R / "item_values_input.csv").to_numpy(dtype=float)
    return table[:, :4].T, table[:, 4:]


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(R / "item_values.csv", comment="#")


def test_polychoric_against_polycor_and_psych(people, reference):
    found = correlate_items(*people, method="polychoric")
    np.testing.assert_array_equal(found.n.ravel(), reference["n"])
    np.testing.assert_allclose(found.r.ravel(), reference["polycor_two_step"], atol=OPTIMISER)
    np.testing.assert_allclose(found.r.ravel(), reference["psych"], atol=1e-4)
    # full maximum likelihood estimates the thresholds too, by another way than the two steps
    plain = found.std_error.ravel() / np.sqrt(reference["n"] / (reference["n"] - 3))
    np.testing.assert_allclose(plain, reference["polycor_ml_se"], rtol=0.12)
    assert (found.lower.ravel() < reference["polycor_ml"]).all()
    assert (found.upper.ravel() > reference["polycor_ml"]).all()


def test_pearson_and_spearman_against_r(people, reference):
    pearson, spearman = (correlate_items(*people, method=m) for m in ("pearson", "spearman"))
    for name, values in (("", pearson.r), ("_lower", pearson.lower), ("_upper", pearson.upper)):
        np.testing.assert_allclose(values.ravel(), reference[f"pearson{name}"], atol=1e-9)
    np.testing.assert_allclose(pearson.p.ravel(), reference["pearson_p"], atol=1e-9)
    np.testing.assert_allclose(spearman.r.ravel(), reference["spearman"], atol=1e-9)
    np.testing.assert_allclose(spearman.p.ravel(), reference["spearman_p"], atol=1e-9)


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.3, 0.6])
def test_errors_are_the_infinitesimal_jackknife(rho):
    """The standard error is the root of the summed squares of what one more respondent per cell moves."""
    corner = np.zeros((5, 4))  # expected counts, so that observed and expected information are one
    cuts = np.array([-0.9, 0.2, 1.1])[:, None], np.array([-0.4, 0.8])
    corner[1:4, 1:3] = bivariate_normal_cdf(*np.broadcast_arrays(*cuts), np.array(rho))
    corner[4, 1:3], corner[1:4, 3], corner[4, 3] = ndtr(cuts[1]), ndtr(cuts[0][:, 0]), 1.0
    table = 300 * np.diff(np.diff(corner, axis=0), axis=1)
    step, n = 1e-4, table.sum()
    moved = np.empty_like(table)
    for cell in np.ndindex(*table.shape):
        ends = np.array([table, table])
        ends[(0, *cell)] += step
        ends[(1, *cell)] -= step
        moved[cell] = np.diff(polychoric_tables(ends).r[::-1])[0] / (2 * step)
    moved -= (table * moved).sum() / n  # proportional changes move nothing
    r = polychoric_tables(table[None]).r
    assert two_step_errors(table[None], r)[0] == pytest.approx(np.sqrt((table * moved**2).sum()), rel=1e-4)


@given(st.integers(0, 5000))
@settings(max_examples=15, deadline=None)
def test_reversing_a_score_mirrors_the_interval(seed):
    rng = np.random.default_rng(seed)
    ratings, scores = rng.integers(1, 7, (3, 40)).astype(float), rng.integers(1, 5, (40, 2)).astype(float)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    one, two = (correlate_items(ratings, s, method="polychoric") for s in (scores, -scores))
    np.testing.assert_allclose(two.r, -one.r, atol=1e-7)
    np.testing.assert_allclose(two.lower, -one.upper, atol=1e-5)


def test_empty_constant_and_perfect_pairs_have_no_interval():
    ratings = np.array(
        [[1.0, 2, 3, 4, 5, 6], [3.0] * 6, [np.nan] * 6, [1, 2, np.nan, np.nan, np.nan, np.nan]]
    )
    found = correlate_items(ratings, np.arange(6.0)[:, None], method="polychoric")
    assert found.r[0, 0] == pytest.approx(0.9999)
    assert np.isnan(found.r[1:]).all()
    assert np.isnan(found.lower).all()
    assert found.n.ravel().tolist() == [6, 6, 0, 2]
    nobody = crossed_polychoric(np.full((2, 3), np.nan), np.full((3, 1), np.nan))
    assert nobody.n.tolist() == [[0], [0]]


def test_what_cannot_be_correlated_is_refused():
    ratings, scores = np.ones((2, 30)), np.arange(30.0)[:, None]
    for arguments, expected in (
        ({"method": "kendall"}, "spearman, pearson"),
        ({"level": 1.0}, "in \\(0, 1\\)"),
        ({"method": "polychoric"}, "at most 20"),
    ):
        with pytest.raises(SpecificationError, match=expected):
            correlate_items(ratings, scores, **arguments)
    with pytest.raises(SpecificationError, match="fit together"):
        correlate_items(ratings, scores[:20])


def test_the_verb_takes_ordered_scores(people):
    ratings, scores = people
    i, j = np.nonzero(~np.isnan(ratings))
    rated = pd.DataFrame({"respondent": j, "item": i, "rating": ratings[i, j]})
    who, which = np.indices(scores.shape)
    own = pd.DataFrame({"respondent": who.ravel(), "dimension": which.ravel(), "score": scores.ravel()})
    own = own.assign(family="f").dropna()
    # identifiers are whole numbers here
    result = item_values(Ratings(rated, own, scale=(1, 6)), method="polychoric")
    found = correlate_items(*people, method="polychoric")
    np.testing.assert_array_equal(result.estimates["estimate"], found.r.ravel())
    with pytest.raises(SpecificationError, match="polychoric"):
        shrink_correlations(result)


def test_four_raters_in_one_order_are_no_certainty():
    """A perfect correlation of four: exact p 2/24, an error above 0, an interval that is no point, and no key by FDR."""
    rated = np.array([[1.0, 2, 4, 6], [6, 5, 3, 1], [2, 1, 4, 3]])
    for method in ("spearman", "pearson"):
        own = np.array([[1.0], [2], [4], [6]]) if method == "pearson" else np.array([[1.0], [2], [3], [9]])
        found = correlate_items(rated, own, method=method)
        assert found.r[:2, 0] == pytest.approx([1, -1])
        assert found.p[:2, 0] == pytest.approx([2 / 24, 2 / 24])
        assert (found.std_error[:2, 0] > 0.1).all()
        assert found.lower[0, 0] < 0 < found.upper[0, 0] == 1
        assert found.upper[1, 0] > 0 > found.lower[1, 0] == -1
