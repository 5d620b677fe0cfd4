"""Distances from people of whom means and standard deviations are known: against SciPy, and with a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import seuclidean
from scipy.stats import multivariate_normal

from valuestats import norm_distances, score
from valuestats.base.errors import InputError, SpecificationError
from valuestats.instruments import load_instrument
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.systems.stated_revealed.comparison import nation_distances, nearest_nations
from valuestats.systems.stated_revealed.release import FOUNDATIONS, read_mfq2, read_nation_norms
from valuestats.systems.stated_revealed.simulate import simulate_foundations


def scores(estimate, error=1e-9, units=30):
    names = [f"d{k}" for k in range(len(estimate))]
    frame = pd.DataFrame({"model": "m", "dimension": names, "estimate": estimate, "std_error": error})
    frame = frame.assign(
        estimand="s",
        lower=np.nan,
        upper=np.nan,
        level=0.95,
        interval="none",
        n_scored=9,
        n_asked=9,
        n_units=units,
    )
    drawn = np.asarray(estimate, dtype=float) + error * np.random.default_rng(0).normal(
        size=(4000, len(estimate))
    )
    tree = draws_tree("bootstrap", drawn[:, None], {"model": ["m"], "dimension": names})
    return Result("scores", frame, ("model", "dimension"), make_meta("mean", {}), tree)


def norms(mean, sd, group="g"):
    return pd.DataFrame(
        {"group": group, "dimension": [f"d{k}" for k in range(len(mean))], "mean": mean, "sd": sd}
    )


def test_the_distance_is_scipys_standardised_one():
    x, mean, sd = np.array([1.0, 2, 4]), np.array([2.0, 2.5, 3]), np.array([0.5, 1, 2])
    row = norm_distances(scores(x), norms(mean, sd), middle=3.0).estimates.iloc[0]
    assert row["estimate"] == pytest.approx(seuclidean(x, mean, sd**2) / np.sqrt(3), abs=1e-7)
    assert row["baseline"] == pytest.approx(seuclidean([3.0] * 3, mean, sd**2) / np.sqrt(3), abs=1e-9)
    assert (row["farthest"], round(row["farthest_z"], 6)) == ("d0", -2.0)


def test_a_person_drawn_from_the_group_has_a_mean_square_of_one_whatever_the_correlations():
    sd = np.array([0.5, 1.0, 2.0])
    r = np.array([[1, 0.8, 0.5], [0.8, 1, 0.6], [0.5, 0.6, 1]])
    people = multivariate_normal([1, 2, 3], r * np.outer(sd, sd), seed=1).rvs(4000)
    squares = (((people - [1, 2, 3]) / sd) ** 2).mean(axis=1)
    assert squares.mean() == pytest.approx(1, abs=4 * squares.std() / np.sqrt(4000))


def test_noise_of_the_scores_is_taken_off():
    rng = np.random.default_rng(2)
    truth, error = np.array([0.5, -0.5, 1.0, 0.0]), 0.4
    found = [
        norm_distances(
            scores(truth + error * rng.normal(size=4), error), norms(np.zeros(4), np.ones(4)), draws=2
        ).estimates.iloc[0]
        for _ in range(200)
    ]
    square = np.array([r["estimate"] ** 2 for r in found])
    assert square.mean() == pytest.approx((truth**2).mean(), abs=4 * square.std() / np.sqrt(200) + 0.01)
    held = np.mean([r["lower"] ** 2 <= (truth**2).mean() <= r["upper"] ** 2 for r in found])
    assert held >= 0.9


def test_uniform_answers_are_no_finding_and_few_items_are_named():
    far = norm_distances(scores([5.0, 5.0]), norms([2.0, 2.5], [1.0, 1.0]), middle=3.0)
    assert {(r.aspect, r.sign) for r in far.verdict.reasons if r.sign != "sound"} == {("uniform", "none")}
    few = norm_distances(scores([2.0, 2.5], units=6), norms([2.0, 2.4], [1.0, 1.0]), middle=4.0)
    assert {(r.aspect, r.sign) for r in few.verdict.reasons if r.sign != "sound"} == {("units", "care")}
    none = norm_distances(scores([2.0, 2.5], units=3), norms([2.0, 2.4], [1.0, 1.0])).estimates.iloc[0]
    assert none["interval"] == "none"


def test_norms_that_do_not_fit_are_refused():
    with pytest.raises(SpecificationError, match="without a norm"):
        norm_distances(scores([1.0, 2, 3]), norms([1.0, 2], [1.0, 1]))
    with pytest.raises(InputError):
        norm_distances(scores([1.0, 2]), norms([1.0, 2], [1.0, 0]))
    with pytest.raises(InputError):
        norm_distances(scores([1.0, 2]), pd.concat([norms([1.0, 2], [1.0, 1])] * 2))


def test_the_instrument_and_its_readers(tmp_path):
    """Six items a foundation, in turn (Atari et al. 2023); a failed call is no answer."""
    keys = load_instrument("mfq2").keys()
    assert keys.groupby("dimension").size().to_dict() == dict.fromkeys(FOUNDATIONS, 6)
    assert not keys["reversed"].any()
    answers, nations = simulate_foundations(seed=2)
    answers.loc[0, "is_error"] = 1
    answers.to_csv(tmp_path / "a.csv", index=False)
    nations.to_csv(tmp_path / "n.csv", index=False)
    read, norm = read_mfq2(tmp_path / "a.csv"), read_nation_norms(tmp_path / "n.csv")
    assert read.frame["status"].value_counts().to_dict() == {"valid": 179, "api_error": 1}
    told = answers[answers["is_error"] == 0].assign(
        f=answers["axis_id"].str.split("_").str[1].str.capitalize()
    )
    found = score(read, "mfq2", form="raw", replicates=200)
    by_hand = told.groupby(["model", "f"])["scale_value"].mean()
    for _, row in found.estimates.iterrows():
        assert row["estimate"] == pytest.approx(by_hand[row["model"], row["dimension"]])
    far = norm_distances(found, norm, middle=3.0, draws=200)
    nearest = nearest_nations(far)
    assert len(nearest) == 5
    assert (nearest["open"] >= 1).all()
    assert len(nation_distances(norm)) == 12
    assert "nearest is most often" in far.sentence()
    assert far.plot() is not None


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [("axis_id", "mfq2_care_07", "no item"), ("axis_id", "pvq_1", "no item")],
)
def test_other_items_are_named_by_row(tmp_path, name, change, says):
    answers, _ = simulate_foundations(seed=2)
    answers.loc[3, name] = change
    answers.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match=says) as caught:
        read_mfq2(tmp_path / "a.csv")
    assert "row 3" in str(caught.value)
