"""Plausible values on an instrument: the groups' true difference, which scores shrink, and Rubin's rules."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.latent.gate import Gate
from valuestats.measurement.plausible_means import plausible_means
from valuestats.measurement.rubin import combine_imputations
from valuestats.scoring.scores import score


def test_rubins_rules_are_the_published_formulas():
    # Barnard and Rubin (1999), equations 1 to 3, written out
    q, u = np.array([10.2, 9.8, 10.6, 10.0]), np.array([0.25, 0.3, 0.28, 0.26])
    found = combine_imputations(q[:, None], u[:, None], 49)
    between = q.var(ddof=1)
    total = u.mean() + 1.25 * between
    share = 1.25 * between / total
    old, observed = 3 / share**2, 50 / 52 * 49 * (1 - share)
    assert found.standard_error[0] == pytest.approx(np.sqrt(total))
    assert found.df[0] == pytest.approx(old * observed / (old + observed))
    certain = combine_imputations(np.ones((3, 1)), np.ones((3, 1)), 20)
    assert certain.df[0] == pytest.approx(21 / 23 * 20)
    with pytest.raises(SpecificationError, match="too few imputations"):
        combine_imputations(q[:1, None], u[:1, None])


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(8)
    n = 500
    of = np.arange(n) % 2
    trait = rng.normal(size=n) + np.where(of == 1, 0.4, -0.4)
    names = ["N1", "N2", "N3", "N4", "N5"]
    latent = np.array([1.4, 1.0, 1.2, 0.8, 1.1]) * trait[:, None] + rng.logistic(size=(n, 5))
    codes = np.digitize(latent, [-2.0, -1.0, 0.0, 1.0, 2.0]) + 1
    wide = pd.DataFrame(codes, columns=names).assign(respondent=range(n), group=np.array(["x", "y"])[of])
    return wide.melt(["respondent", "group"], var_name="item", value_name="rating")


@pytest.fixture(scope="module")
def found(people):
    gate = Gate(max_rhat=1.1, min_ess_bulk=50, min_ess_tail=40)
    sampler = {"draws": 150, "tune": 80, "chains": 2}
    return plausible_means(people, "bfi25", by="group", sampler=sampler, gate=gate, seed=1, progress=False)


def test_groups_differ_by_the_truth_in_trait_standard_deviations(found, tmp_path):
    assert found.passed, found.meta["gate"]
    table = found.estimates.set_index("group")
    assert table["dimension"].unique().tolist() == ["Neuroticism"]
    assert "no item of Agreeableness was asked" in " ".join(found.meta["warnings"])
    gap = table.loc["y", "estimate"] - table.loc["x", "estimate"]
    error = np.hypot(*table["std_error"])
    assert gap == pytest.approx(0.8, abs=2.5 * error)
    assert error > np.sqrt(2 / 250)  # measurement error comes on top of the sampling of respondents
    assert (table["between"] > 0).all()
    contrast = found.contrast("group", "y", "x").iloc[0]
    assert contrast["estimate"] == pytest.approx(gap, abs=0.1)
    assert contrast["lower"] < 0.8 < contrast["upper"]
    assert "combined by Rubin's rules" in found.sentence()
    assert found.plot().to_dict()["layer"]
    found.save(tmp_path / "p")
    pd.testing.assert_frame_equal(type(found).load(tmp_path / "p").estimates, found.estimates)


def test_what_has_no_groups_is_refused(people):
    with pytest.raises(SpecificationError, match="groups of people"):
        score(people, "bfi25", method="plausible")
    with pytest.raises(SpecificationError, match="two groups"):
        plausible_means(people.assign(group="x"), "bfi25", by="group")
    with pytest.raises(SpecificationError, match="imputations"):
        plausible_means(people, "bfi25", by="group", imputations=1)
    with pytest.raises(SpecificationError, match="no such method"):
        score(people, "bfi25", method="mean")
