"""What speaks against a coefficient of reliability: low, or from too few respondents."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import population_shares, reliability
from valuestats.consistency.reasons import FEWEST
from valuestats.statistics.reliability import cronbach_alpha
from valuestats.tables import Survey, SurveyDesign


def people(n, shared, items=4, seed=0):
    rng = np.random.default_rng(seed)
    y = np.sqrt(shared) * rng.normal(size=(n, 1)) + np.sqrt(1 - shared) * rng.normal(size=(n, items))
    return (
        pd.DataFrame(y)
        .melt(ignore_index=False, var_name="item", value_name="rating")
        .rename_axis("respondent")
        .reset_index()
    )


@pytest.mark.parametrize(("shared", "sign", "says"), [(0.8, "sound", ""), (0.05, "care", "below 0.70")])
def test_a_low_coefficient_is_said_to_be_low(shared, sign, says):
    found = reliability(people(200, shared), coefficients=["alpha"], replicates=200, seed=1)
    assert found.verdict.rows["sign"].tolist() == [sign]
    assert says in found.verdict.rows["why"].iloc[0]
    if says:
        assert "a scale of low reliability" in found.verdict.sentence()


def test_an_interval_that_holds_zero_is_said():
    found = reliability(people(30, 0.0), coefficients=["alpha"], replicates=200, seed=1)
    assert found.estimates["lower"].iloc[0] < 0
    assert "its interval holds 0" in found.verdict.rows["why"].iloc[0]


@pytest.mark.parametrize("n", [2, 3])
def test_fewer_than_four_respondents_give_no_coefficient(n):
    found = reliability(people(n, 0.9), replicates=100, seed=1)
    row = found.estimates
    assert row[["estimate", "lower", "upper", "feldt_lower", "feldt_upper", "std_error"]].isna().all().all()
    assert set(row["interval"]) == {"none"}
    assert (row["reason"] == f"{n} respondents are too few for a coefficient: it needs 4").all()
    assert set(found.verdict.rows["sign"]) == {"none"}
    assert f"{n} respondents are too few" in found.sentence()
    assert reliability(people(FEWEST, 0.9), replicates=100).estimates["estimate"].notna().any()


def test_the_rule_is_what_feldts_distribution_says():
    """Of four items that share nothing: how often samples of two and three show .70, by F and by simulation."""
    rng = np.random.default_rng(0)
    for n, told in ((2, 0.17), (3, 0.11)):
        by_f = stats.f(n - 1, 3 * (n - 1)).sf(1 / 0.3)
        assert round(by_f, 2) == told
        y = rng.normal(size=(4000, n, 4))
        drawn = np.array([float(cronbach_alpha(np.cov(one, rowvar=False)[None])[0]) for one in y])
        assert (drawn >= 0.7).mean() == pytest.approx(by_f, abs=4 * (by_f / 4000) ** 0.5)


def test_shares_of_few_people_are_read_with_care():
    rng = np.random.default_rng(0)
    weight = np.concatenate([np.ones(100), [50.0], np.ones(19)])
    frame = pd.DataFrame({"q": rng.integers(1, 3, 120), "w": weight, "g": ["many"] * 100 + ["few"] * 20})
    found = population_shares(Survey(frame, design=SurveyDesign("w")), "q", by="g")
    signs = found.verdict.rows.drop_duplicates("group").set_index("group")["sign"]
    assert signs.to_dict() == {"many": "sound", "few": "care"}
    assert "few people behind it" in found.verdict.sentence()
    assert "worth 2 people, fewer than 30" in set(found.verdict.rows["why"])


def test_an_item_that_is_none_of_the_scale_is_named_by_verdict_and_sentence():
    frame = people(600, 0.5, items=6, seed=4)
    rng = np.random.default_rng(5)
    noise = frame["item"] == 5
    planted = frame.assign(rating=frame["rating"].where(~noise, rng.normal(size=len(frame))))
    keyed = pd.DataFrame({"item": range(6), "dimension": "care", "sign": 1})
    clean = reliability(frame, keyed, coefficients=["alpha"], replicates=100, seed=1)
    assert {r.sign for r in clean.verdict.reasons} == {"sound"}
    assert clean.meta["apart"] == {"care": []}
    found = reliability(planted, keyed, coefficients=["alpha"], replicates=100, seed=1)
    assert [r.aspect for r in found.verdict.reasons if r.sign != "sound"] == ["items"]
    assert found.meta["apart"] == {"care": ["5"]}
    assert "5 hardly goes with the other items" in found.sentence()
    assert "items that hardly go with the others" in found.verdict.sentence()
    wide = planted.pivot(index="respondent", columns="item", values="rating").to_numpy()
    by_hand = [np.corrcoef(wide[:, j], np.delete(wide, j, axis=1).sum(axis=1))[0, 1] for j in range(6)]
    assert list(found.meta["item_rest"]["care"].values()) == pytest.approx(by_hand)
    few = reliability(
        planted[planted["respondent"] < 14], keyed, coefficients=["alpha"], replicates=100, seed=1
    )
    assert few.meta["apart"] == {"care": []}  # 14 are too few to be sure
