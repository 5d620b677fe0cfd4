"""The verb `graded_response`: lavaan's loadings and thresholds, recovered traits, plausible values, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.latent.sampling import Sampling
from valuestats.measurement.graded_response import graded_design, graded_response, plausible_values
from valuestats.measurement.item_information import item_information
from valuestats.results.result import Result

R = Path(__file__).parents[1] / "r"
pytestmark = pytest.mark.xdist_group("graded")

# The posterior mean under weak priors against a limited-information point estimate, in lavaan's standard errors
STANDARD_ERRORS = 1.0


@pytest.fixture(scope="module")
def sample():
    frame = pd.read_csv(R / "measurement_sample.csv").assign(respondent=range(500))
    return frame.melt(["respondent", "group"], var_name="item", value_name="rating")


@pytest.fixture(scope="module")
def fitted(sample):
    first = sample[sample["item"].isin(["q1", "q2", "q3", "q4"])].copy()
    first.loc[(first["respondent"] == 3) & (first["item"] != "q1"), "rating"] = np.nan
    first.loc[first["respondent"] == 4, "rating"] = np.nan
    return graded_response(
        first, link="probit", scale=(1, 5), seed=1, sampling=Sampling(draws=500, tune=300), progress=False
    )


def agree(found, lavaan, errors=STANDARD_ERRORS):
    for record in found.meta["items"]:
        row = lavaan.loc[f"{record['item']} loading"]
        assert abs(record["loading"]["estimate"] - row["value"]) < errors * row["se"]
        width = record["loading"]["upper"] - record["loading"]["lower"]
        assert width == pytest.approx(2 * 1.96 * row["se"], rel=0.35 * errors)
        scale = np.sqrt(1 + record["discrimination"] ** 2)  # theta to delta parameterisation
        for k, cut in enumerate(record["thresholds"], start=1):
            row = lavaan.loc[f"{record['item']} t{k}"]
            assert abs(cut["estimate"] / scale - row["value"]) < errors * row["se"]


def test_loadings_and_thresholds_are_lavaans(fitted):
    assert fitted.passed, fitted.meta["gate"]
    lavaan = pd.read_csv(R / "measurement.csv", comment="#").query("what == 'lavaan_one'").set_index("name")
    agree(fitted, lavaan)


def two_traits(sample, **options):
    names = [f"q{k}" for k in range(1, 9)]
    keyed = pd.DataFrame({"item": names, "dimension": ["f1"] * 4 + ["f2"] * 4, "sign": 1})
    found = graded_response(sample, keyed, link="probit", scale=(1, 5), seed=2, progress=False, **options)
    return found, pd.read_csv(R / "measurement.csv", comment="#").query("what == 'lavaan'").set_index("name")


def test_two_traits_are_near_lavaans_after_few_draws(sample):
    found, lavaan = two_traits(sample, sampling=Sampling(draws=100, tune=100, chains=2))
    agree(found, lavaan, errors=2 * STANDARD_ERRORS)
    (r,) = found.meta["correlations"]
    row = lavaan.loc["correlation"]
    assert abs(r["estimate"] - row["value"]) < 2 * STANDARD_ERRORS * row["se"]


@pytest.mark.slow
def test_two_correlated_traits_are_lavaans(sample):
    found, lavaan = two_traits(sample, sampling=Sampling(draws=700, tune=300))
    assert found.passed, found.meta["gate"]
    agree(found, lavaan)
    (r,) = found.meta["correlations"]
    row = lavaan.loc["correlation"]
    assert abs(r["estimate"] - row["value"]) < STANDARD_ERRORS * row["se"]
    assert r["upper"] - r["lower"] == pytest.approx(2 * 1.96 * row["se"], rel=0.25)


def test_scores_shrink_with_fewer_answers_and_say_how_many(fitted, tmp_path):
    table = fitted.estimates.set_index("respondent")
    assert "4" not in table.index
    assert "1 respondents answered no item" in fitted.meta["warnings"][0]
    assert table.loc["3", "n_scored"] == 1
    assert (table["n_asked"] == 4).all()
    assert table.loc["3", "std_error"] > table.drop("3")["std_error"].max() - 0.1
    assert abs(table["estimate"].mean()) < 0.05
    reliability = fitted.meta["reliability"]["all"]
    assert table["estimate"].var() == pytest.approx(reliability, abs=0.08)  # of a trait with variance 1
    fitted.save(tmp_path / "g")
    again = Result.load(tmp_path / "g")
    pd.testing.assert_frame_equal(plausible_values(again, 3), plausible_values(fitted, 3))
    assert "499 respondents" in fitted.sentence()
    assert fitted.plot().to_dict()["layer"]


def test_plausible_values_have_the_traits_variance_that_means_lack(fitted):
    values = plausible_values(fitted, 20)
    assert values["imputation"].unique().tolist() == list(range(1, 21))
    assert values.groupby("imputation")["value"].var().mean() == pytest.approx(1.0, abs=0.1)
    assert fitted.estimates["estimate"].var() < 0.9
    with pytest.raises(SpecificationError, match="plausible values"):
        plausible_values(fitted, 10_000)


def test_information_adds_up_and_gives_the_error_of_the_scores(fitted):
    frame = item_information(fitted, theta=[0.0])
    total = frame["information"].sum()
    assert frame["test_information"].iloc[0] == pytest.approx(total)
    near = fitted.estimates[(fitted.estimates["estimate"].abs() < 0.2) & (fitted.estimates["n_scored"] == 4)]
    # posterior precision is the information and the prior's 1
    assert near["std_error"].mean() == pytest.approx(1 / np.sqrt(1 + total), rel=0.1)


def test_design_turns_reversed_items_and_checks_the_codes(sample):
    keyed = pd.DataFrame({"item": ["q1", "q2"], "dimension": ["f", "g"], "sign": [1, -1]})
    matrix, design, traits, low, _ = graded_design(sample, keyed, scale=(1, 5))
    assert (traits, low, design.categories, design.trait.tolist()) == (["f", "g"], 1, 5, [0, 1])
    np.testing.assert_array_equal(design.codes[:, 1], 5 - matrix.y[:, 1])
    with pytest.raises(SpecificationError, match="whole numbers"):
        graded_design(sample, keyed, scale=(1, 4))
    with pytest.raises(SpecificationError, match="whole numbers"):
        graded_design(sample.assign(rating=sample["rating"] + 0.5), None, scale=None)
    with pytest.raises(SpecificationError, match="whole numbers"):
        graded_design(sample.assign(rating=3.0), None, scale=None)
    with pytest.raises(SpecificationError, match="two dimensions"):
        graded_design(sample, keyed.assign(item="q1"), scale=None)
