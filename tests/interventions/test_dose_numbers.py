"""Numbers beside the shapes of a response to dose: shares explained, chances, places, and what degenerate tables give."""

import numpy as np
import pandas as pd
import pytest

from valuestats import dose_response
from valuestats.base.errors import InputError
from valuestats.interventions.shapes import FLAT, LINEAR, SHAPES, THRESHOLD
from valuestats.statistics.clusters import plan_clusters

DOSES = np.array([0.0, 1.0, 2.0, 5.0])


def table(profiles):
    items = len(profiles)
    return pd.DataFrame(
        {
            "item": np.repeat(np.arange(items), len(DOSES)),
            "dose": np.tile(DOSES, items),
            "value": np.ravel(profiles),
        }
    )


def by_shape(result):
    return {row["shape"]: row for row in result.meta["shapes"]}


@pytest.fixture(scope="module")
def rising():
    return np.random.default_rng(4).normal(size=(30, 4)) + np.array([0.0, 0.2, 1.5, 2.0])


def test_a_line_explains_its_coefficient_of_determination(rising):
    found = by_shape(dose_response(table(rising), replicates=20, permutations=19))
    r = np.corrcoef(DOSES, rising.mean(axis=0))[0, 1]
    assert found[LINEAR]["explained"] == pytest.approx(r**2)
    assert found[FLAT]["explained"] == pytest.approx(0.0, abs=1e-12)
    assert found["any"]["explained"] == pytest.approx(1.0)
    flat = found[FLAT]
    assert (flat["error"], flat["error_lower"], flat["error_upper"]) == (1.0, 1.0, 1.0)
    assert np.isnan(flat["p_value"])


def test_no_chance_is_smaller_than_one_in_all_that_were_tried(rising):
    found = dose_response(table(rising), replicates=20, permutations=1499)
    assert found.estimates["p_value"].iloc[-1] == 1 / 1500
    assert by_shape(found)[LINEAR]["p_value"] == 1 / 1500
    few = dose_response(table(rising), replicates=20, permutations=19)
    assert by_shape(few)[LINEAR]["p_value"] == 1 / 20
    # doses are never held against the lowest by fewer than 999 turns of signs
    assert few.estimates["p_value"].iloc[-1] == 1 / 1000


def test_places_of_a_step_are_quantiles_over_the_replicates(rising):
    noisy = rising + np.random.default_rng(5).normal(scale=2.0, size=rising.shape)
    level = 0.8
    found = by_shape(dose_response(table(noisy), replicates=200, permutations=19, seed=9, level=level))
    plan = plan_clusters(len(noisy), 200, np.random.default_rng(9))
    middles = (DOSES[1:] + DOSES[:-1]) / 2
    places = []
    for weights in plan.weights:
        mean = weights @ noisy / weights.sum()
        lost = [
            sum(((mean[part] - mean[part].mean()) ** 2).sum() for part in np.array([m > DOSES, m < DOSES]))
            for m in middles
        ]
        places.append(middles[int(np.argmin(lost))])
    assert len(set(places)) > 1
    assert found[THRESHOLD]["place_lower"] == pytest.approx(np.quantile(places, 0.1))
    assert found[THRESHOLD]["place_upper"] == pytest.approx(np.quantile(places, 0.9))


def test_items_that_cancel_explain_nothing():
    """Two items mirrored: no mean profile at all, and none of it is explained by any shape."""
    own = np.array([0.0, 1.0, -1.0, 0.5])
    found = by_shape(dose_response(table([own, -own]), folds=2, replicates=0, permutations=19))
    assert {row["explained"] for row in found.values()} == {0.0}
    assert set(found) == set(SHAPES)


def test_one_bad_value_among_many_is_named(rising):
    bad = table(rising)
    bad["value"] = bad["value"].astype(object)
    bad.loc[7, "value"] = "much"
    with pytest.raises(InputError, match="not a number") as caught:
        dose_response(bad)
    assert (caught.value.row, caught.value.got) == (7, "much")
