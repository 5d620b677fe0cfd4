"""Result: contrasts and ranks from the same draws, save and load without loss."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

MODELS, VALUES = ["b", "a", "c"], ["Power", "Security"]


@pytest.fixture
def result():
    rng = np.random.default_rng(5)
    centre = rng.normal(size=(3, 2))
    draws = centre + rng.normal(0, 0.3, (4000, 3, 2))
    index = pd.MultiIndex.from_product([MODELS, VALUES], names=["model", "value"])
    frame = pd.DataFrame(
        {
            "estimand": "score", "model": index.get_level_values(0), "value": index.get_level_values(1),
            "estimate": centre.ravel(), "std_error": 0.3, "lower": centre.ravel() - 0.6,
            "upper": centre.ravel() + 0.6, "level": 0.95, "interval": "cluster bootstrap, equal-tailed",
            "n_scored": 9, "n_asked": 10,
        }
    )  # fmt: skip
    tree = draws_tree("bootstrap", draws, {"model": MODELS, "value": VALUES})
    return Result("scores", frame, ("model", "value"), make_meta("test", {"x": 1}, seed=5), tree)


def test_contrast_is_the_difference_of_paired_draws(result):
    table = result.contrast("model", "a", "b").set_index("value")
    draws = result.replicates()
    for value in VALUES:
        difference = (draws.sel(model="a", value=value) - draws.sel(model="b", value=value)).to_numpy()
        points = result.estimates.set_index(["model", "value"])["estimate"]
        assert table.loc[value, "estimate"] == pytest.approx(points["a", value] - points["b", value])
        assert table.loc[value, "lower"] == pytest.approx(np.quantile(difference, 0.025))
        assert table.loc[value, "std_error"] == pytest.approx(difference.std(ddof=1))
        assert table.loc[value, "probability_positive"] == pytest.approx((difference > 0).mean())


def test_contrast_flips_sign_and_refuses_strangers(result):
    there = result.contrast("model", "a", "b")
    back = result.contrast("model", "b", "a")
    assert (there["estimate"] + back["estimate"]).abs().max() < 1e-12
    assert np.allclose(there["lower"], -back["upper"])
    with pytest.raises(SpecificationError, match="no such model"):
        result.contrast("model", "a", "nobody")
    with pytest.raises(SpecificationError, match="no such key"):
        result.contrast("country", "a", "b")


def test_ranks_follow_the_draws(result):
    ranks = result.rank("model").set_index(["value", "model"])
    for value in VALUES:
        points = result.estimates[result.estimates["value"] == value].set_index("model")["estimate"]
        assert ranks.loc[value, "rank"].idxmin() == points.idxmax()
        assert ranks.loc[value, "probability_first"].sum() == pytest.approx(1)
        assert ranks.loc[value, "rank"].sum() == 6


def test_round_trip_loses_nothing(result, tmp_path):
    again = Result.load(result.save(tmp_path / "r"))
    pd.testing.assert_frame_equal(again.estimates, result.estimates)
    assert again.kind == result.kind
    assert again.keys == result.keys
    assert again.meta == result.meta
    np.testing.assert_array_equal(again.replicates().to_numpy(), result.replicates().to_numpy())
    pd.testing.assert_frame_equal(again.rank("model"), result.rank("model"))


def test_draws_are_read_when_first_asked_for(result, tmp_path):
    folder = result.save(tmp_path / "r")
    again = Result.load(folder, lazily=True)
    (folder / "draws.zarr").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="does not exist"):
        again.replicates()
    (tmp_path / "elsewhere").rename(folder / "draws.zarr")
    np.testing.assert_array_equal(again.replicates().to_numpy(), result.replicates().to_numpy())
    assert again.draws is again.draws
    assert Result.load(folder).draws is not None
    assert Result(result.kind, result.estimates, result.keys, result.meta).draws is None


def test_saving_replaces_the_whole_folder(result, tmp_path):
    result.save(tmp_path / "r")
    (tmp_path / "r" / "stray.txt").write_text("old")
    result.save(tmp_path / "r")
    assert not (tmp_path / "r" / "stray.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_without_draws_there_are_no_ranks(result):
    bare = Result(result.kind, result.estimates, result.keys, result.meta)
    with pytest.raises(SpecificationError, match="holds no draws"):
        bare.rank("model")


def test_missing_columns_are_named(result):
    with pytest.raises(SpecificationError, match="n_asked"):
        Result("scores", result.estimates.drop(columns="n_asked"), ("model", "value"))


def test_a_failed_gate_is_said_first(result):
    failed = Result(
        result.kind,
        result.estimates,
        result.keys,
        {**result.meta, "gate": {"passed": False, "reasons": ["r-hat 1.2"]}},
    )
    assert not failed.passed
    assert "no finding" in failed.sentence()
    assert "r-hat 1.2" in failed.summary()
