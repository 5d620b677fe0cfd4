"""The circle of values: known circles are found, noise is called noise, intervals are those of the respondents."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import CIRCLE
from valuestats.circle.circumplex import WEDGES, circumplex

ANGLE = {n: 40.0 * k for k, w in enumerate(WEDGES) for n in w}


def people(n, noise, seed=0, angle=None):
    """Answers to three items a value, with values on a circle and a response style per person."""
    rng = np.random.default_rng(seed)
    angle = angle or ANGLE
    names = list(angle)
    a = np.radians([angle[k] for k in names])
    trait = rng.normal(size=(n, 2)) @ np.array([np.cos(a), np.sin(a)]) + noise * rng.normal(
        size=(n, len(names))
    )
    style = rng.normal(size=(n, 1))
    y = np.repeat(trait + style, 3, axis=1) + 0.5 * rng.normal(size=(n, 3 * len(names)))
    items = [f"{k}{j}" for k in names for j in range(3)]
    wide = pd.DataFrame(y, columns=items).assign(respondent=range(n))
    keyed = pd.DataFrame({"dimension": np.repeat(names, 3), "item": items})
    return wide.melt("respondent", var_name="item", value_name="rating"), keyed


def test_a_circle_is_found_whatever_the_response_style():
    answers, keyed = people(600, 0.6)
    for transformation in ("ordinal", "interval"):
        found = circumplex(answers, keyed, transformation=transformation, replicates=200, permutations=50)
        table = found.estimates.set_index("value")
        assert list(table.index) == [n for w in WEDGES for n in w]
        assert table["baseline"].to_dict() == pytest.approx(ANGLE)
        assert table["deviation"].abs().max() < 12
        assert ((table["lower"] <= table["estimate"]) & (table["estimate"] <= table["upper"])).all()
        circle = found.meta["circle"]
        assert circle["procrustes_correlation"] > 0.98
        assert circle["correspondence"] > 0.85
        assert circle["correspondence_p"] < 0.01
        assert circle["stress"] < circle["stress_chance_low"]


def test_values_that_swapped_places_show():
    moved = dict(ANGLE) | {"Power": ANGLE["Universalism"], "Universalism": ANGLE["Power"]}
    answers, keyed = people(600, 0.6, angle=moved)
    away = (
        circumplex(answers, keyed, replicates=0, permutations=20)
        .estimates.set_index("value")["deviation"]
        .abs()
    )
    assert set(away.nlargest(2).index) == {"Power", "Universalism"}


def test_noise_is_no_circle():
    p = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        wide = pd.DataFrame(rng.normal(size=(150, 10)), columns=list(CIRCLE)).assign(respondent=range(150))
        scores = wide.melt("respondent", var_name="dimension", value_name="score")
        found = circumplex(scores, replicates=0, permutations=30, starts=20)
        p.append(found.meta["circle"]["correspondence_p"])
        assert found.estimates["lower"].isna().all()
        assert found.draws is None
    assert np.mean(np.array(p) < 0.05) < 0.5


def test_resampling_is_of_respondents_and_reproducible(tmp_path):
    answers, keyed = people(150, 1.0)
    one = circumplex(answers, keyed, replicates=100, permutations=10, seed=4)
    two = circumplex(answers.sample(frac=1, random_state=1), keyed, replicates=100, permutations=10, seed=4)
    pd.testing.assert_frame_equal(one.estimates[["value", "n_scored"]], two.estimates[["value", "n_scored"]])
    again = circumplex(answers, keyed, replicates=100, permutations=10, seed=4)
    pd.testing.assert_frame_equal(one.estimates, again.estimates)
    assert one.replicates().shape == (100, 10)
    wide = one.estimates["upper"] - one.estimates["lower"]
    more, keyed = people(1500, 1.0)
    narrow = circumplex(more, keyed, replicates=100, permutations=10).estimates
    assert (narrow["upper"] - narrow["lower"]).mean() < 0.6 * wide.mean()
    one.save(tmp_path / "r")
    assert type(one).load(tmp_path / "r").meta["circle"] == pytest.approx(one.meta["circle"])


def test_missing_answers_and_straight_lines_are_counted():
    answers, keyed = people(120, 0.6)
    gap = (answers["respondent"] == 5) & answers["item"].str.startswith("Power")
    answers.loc[gap, "rating"] = np.nan
    answers.loc[answers["respondent"] == 7, "rating"] = 3.0
    found = circumplex(answers, keyed, replicates=20, permutations=10)
    table = found.estimates.set_index("value")
    assert table.loc["Power", "n_scored"] == 119
    assert table.loc["Hedonism", "n_scored"] == 120
    assert "1 respondents gave one answer" in found.meta["warnings"][0]


def test_what_is_no_circle_is_refused():
    answers, keyed = people(30, 0.6)
    with pytest.raises(SpecificationError, match="need keys"):
        circumplex(answers)
    few = keyed[keyed["dimension"].isin(["Power", "Hedonism", "Security"])]
    with pytest.raises(SpecificationError, match="four dimensions"):
        circumplex(answers, few)
    with pytest.raises(SpecificationError, match="four dimensions"):
        circumplex(answers, keyed.replace({"Power": "Wealth"}))
    with pytest.raises(SpecificationError, match="does not exist"):
        circumplex(answers[answers["respondent"] < 2].assign(rating=3.0), keyed)
    with pytest.raises(SpecificationError, match="no such transformation"):
        circumplex(answers, keyed, transformation="metric")


def test_clusters_of_respondents_are_resampled_together():
    """Everyone four times over: as clusters the errors are those of the people once, as respondents half of them."""
    answers, keys = people(60, 0.8)
    copies = [
        answers.assign(respondent=answers["respondent"].astype(str) + f"/{k}", psu=answers["respondent"])
        for k in range(4)
    ]
    four = pd.concat(copies, ignore_index=True)
    options = {
        "order": list(dict.fromkeys(keys["dimension"])),
        "starts": 5,
        "permutations": 0,
        "replicates": 300,
    }
    once = circumplex(answers, keys, **options).estimates
    clustered = circumplex(four, keys, **options).estimates
    alone = circumplex(four.drop(columns="psu"), keys, **options).estimates
    assert set(clustered["n_units"]) == {60}
    np.testing.assert_allclose(clustered["estimate"], once["estimate"], atol=0.5)
    assert (clustered["std_error"] / once["std_error"]).median() == pytest.approx(1, abs=0.15)
    assert (alone["std_error"] / once["std_error"]).median() == pytest.approx(0.5, abs=0.12)
