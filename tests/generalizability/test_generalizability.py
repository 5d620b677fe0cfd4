"""Generalizability: lme4 and closed forms, decision studies against simulation, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.generalizability.decisions import contrast_power, decision_study, required_sizes
from valuestats.generalizability.study import generalizability_study
from valuestats.generalizability.variance_components import RESIDUAL, precision, variance_components
from valuestats.results.result import Result
from valuestats.tables import Responses

R = Path(__file__).parents[1] / "r"
EXPECTED = pd.read_csv(R / "generalizability.csv", comment="#").set_index(["data", "component"])["value"]


def cells(name):
    g = pd.read_csv(R / "generalizability_input.csv").query("data == @name")
    codes = [pd.factorize(g[c])[0] for c in ("model", "item", "wording")]
    shape = tuple(int(c.max()) + 1 for c in codes)
    place = np.ravel_multi_index(codes, shape)
    count = np.bincount(place, minlength=np.prod(shape)).astype(float).reshape(shape)
    total = np.bincount(place, weights=g["y"], minlength=np.prod(shape)).reshape(shape)
    return total, count, float((g["y"] ** 2).sum())


def named(effect):
    axes = ("model", "item", "wording")
    return "residual" if effect == RESIDUAL else " x ".join(axes[a] for a in effect)


@pytest.mark.parametrize("name", ["one", "two"])
def test_full_tables_are_lme4(name):
    found = variance_components(*cells(name))
    for effect, value in zip(found.effects, found.estimate, strict=True):
        assert value == pytest.approx(EXPECTED[name, named(effect)], abs=2e-5)  # lme4 stops at about 1e-5


def test_with_gaps_near_lme4():
    """Two unbiased-in-the-main estimators that weigh unequal cells differently: near, not equal."""
    found = variance_components(*cells("gaps"))
    for effect, value in zip(found.effects, found.estimate, strict=True):
        assert value == pytest.approx(EXPECTED["gaps", named(effect)], abs=0.03)


def test_expected_squares_with_gaps_by_simulation():
    """The mean of the estimates over many tables with one and the same third of the cells empty is the truth."""
    rng = np.random.default_rng(3)
    shape, truth = (6, 5, 4), [0.5, 0.3, 0.2, 0.25, 0.15, 0.1, 0.4]
    count = (rng.random(shape) > 0.33).astype(float)
    found = []
    for _ in range(1500):
        parts = [
            rng.normal(0, s**0.5, [n if axis in effect else 1 for axis, n in enumerate(shape)])
            for s, effect in zip(truth[:-1], [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)], strict=True)
        ]
        y = (sum(parts) + rng.normal(0, truth[-1] ** 0.5, shape)) * count
        found.append(variance_components(y, count, float((y**2).sum())).estimate)
    spread = np.std(found, axis=0) / len(found) ** 0.5
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * spread).all()


def test_shifting_all_answers_changes_nothing():
    total, count, squares = cells("gaps")
    moved = variance_components(total + 1e4 * count, count, squares + 2e4 * total.sum() + 1e8 * count.sum())
    np.testing.assert_allclose(moved.estimate, variance_components(total, count, squares).estimate, atol=1e-6)


def test_pivots_of_a_full_table_have_the_chi_square_interval():
    from scipy import stats

    rng = np.random.default_rng(1)
    y = rng.normal(size=(12, 9))
    found = variance_components(y, np.ones_like(y), float((y**2).sum()))
    residual = found.draws(40_000, rng)[:, -1]
    exact = found.squares[-1] / stats.chi2(88).ppf([0.975, 0.025])
    assert np.quantile(residual, [0.025, 0.975]) == pytest.approx(exact, rel=0.01)


@pytest.fixture(scope="module")
def responses():
    g = pd.read_csv(R / "generalizability_input.csv").query("data == 'two'")
    code = np.clip(g["y"].round(), 1, 6).astype(int)
    frame = g.astype({"model": str, "item": str, "wording": str}).assign(
        raw=code.astype(str),
        answer=code,
        status="valid",
        source_file="f",
        source_sha256="0",
        source_row=range(len(g)),
    )
    return Responses(frame.drop(columns=["y", "data"]))


def test_the_verb_is_the_kernel_on_counted_cells(responses, tmp_path):
    found = generalizability_study(responses, seed=1, draws=500)
    f = responses.frame
    codes = [pd.factorize(f[c], sort=True)[0] for c in ("model", "item", "wording")]
    y = f["answer"].astype(float).to_numpy()
    place = np.ravel_multi_index(codes, (6, 6, 4))
    total, count = (
        np.bincount(place, weights=w, minlength=144).reshape(6, 6, 4) for w in (y, np.ones_like(y))
    )
    direct = variance_components(total, count, float((y**2).sum()))
    assert found.estimates["unbiased"].tolist() == pytest.approx(direct.estimate.tolist())
    assert found.estimates["component"].tolist()[:2] == ["model", "item"]
    assert found.estimates["share"].sum() == pytest.approx(1)
    assert Result.load(found.save(tmp_path / "g")).estimates.equals(found.estimates)
    with_epoch = generalizability_study(responses, facets=["item", "wording", "epoch"], draws=0)
    assert "model x epoch" in set(with_epoch.estimates["component"])
    assert found.plot() is not None
    assert "model" in found.sentence()


def test_reversed_keys_and_centring(responses):
    turned = pd.DataFrame({"item": [str(i) for i in range(1, 7)], "dimension": "v", "sign": -1})
    straight = generalizability_study(responses, draws=0).estimates["unbiased"]
    same = generalizability_study(responses, turned, scale=(1, 6), draws=0).estimates["unbiased"]
    assert same.tolist() == pytest.approx(straight.tolist())
    centred = generalizability_study(responses, turned, centred=True, draws=0).estimates.set_index(
        "component"
    )
    assert centred.loc["model", "estimate"] == 0  # the mean over all items is taken away
    with pytest.raises(SpecificationError, match="ends of the answer scale"):
        generalizability_study(responses, turned, draws=0)


def test_decision_is_the_formula_and_the_error_of_simulated_scores(responses):
    study = generalizability_study(responses, seed=1, draws=200)
    v = study.estimates.set_index("component")["estimate"]
    row = decision_study(study, {"item": 10, "wording": 5, "epoch": 3}).estimates.iloc[0]
    absolute = (
        v["item"] / 10 + v["wording"] / 5 + v["model x item"] / 10 + v["model x wording"] / 5
        + v["item x wording"] / 50 + v["model x item x wording"] / 50 + v["residual"] / 150
    )  # fmt: skip
    assert row["score_error"] == pytest.approx(absolute**0.5)
    assert row["dependability"] == pytest.approx(v["model"] / (v["model"] + absolute))
    assert row["estimate"] == pytest.approx(1.959964 * (absolute / v["model"]) ** 0.5, rel=1e-6)
    relative = (
        v["model x item"] / 10
        + v["model x wording"] / 5
        + v["model x item x wording"] / 50
        + v["residual"] / 150
    )
    other = decision_study(study, {"item": 10, "wording": 5, "epoch": 3}, error="relative").estimates.iloc[0]
    assert other["score_error"] == pytest.approx(relative**0.5)
    fixed = decision_study(study, {"wording": 5}, fixed=["item"]).estimates.iloc[0]
    assert fixed["model_sd"] ** 2 == pytest.approx(v["model"] + v["model x item"] / 6)
    rng = np.random.default_rng(2)
    gap = [
        rng.normal(0, (2 * v["model x item"] / 10) ** 0.5) + rng.normal(0, (2 * v["model x wording"] / 5) ** 0.5)
        + rng.normal(0, (2 * v["model x item x wording"]) ** 0.5, 50).mean()
        + rng.normal(0, (2 * v["residual"]) ** 0.5, 150).mean()
        for _ in range(4000)
    ]  # fmt: skip
    power = contrast_power(study, 0.5, {"item": 10, "wording": 5, "epoch": 3}).iloc[0]
    assert power["std_error"] == pytest.approx(np.std(gap), rel=0.04)
    told = np.mean(np.abs(0.5 + np.array(gap)) > 1.959964 * power["std_error"])
    assert power["power"] == pytest.approx(told, abs=0.03)


def test_required_sizes_just_reach_the_wanted_width(responses):
    study = generalizability_study(responses, draws=0)
    table = required_sizes(study, half_width=1.0, vary=("item", "wording"), first=(2, 5, 20, 50))
    reached = table.dropna()
    assert len(reached)
    for row in reached.itertuples():
        at = [
            decision_study(study, {"item": row.n_item, "wording": n}).estimates["estimate"].iloc[0]
            for n in (row.n_wording, row.n_wording - 1)
            if n > 0
        ]
        assert at[0] <= 1 + 1e-9
        assert all(width > 1 for width in at[1:])
    lost = table[table["n_wording"].isna()]
    assert (lost["floor"] >= 1).all()


def test_universe_of_object_alone():
    found = precision(np.array([2.0, -1.0]), [(0,), RESIDUAL], {1: 4})
    assert (float(found.relative), float(found.dependability)) == (0.0, 1.0)


def test_refusals(responses):
    frame = responses.frame
    with pytest.raises(SpecificationError, match="several models"):
        generalizability_study(Responses(frame[frame["model"] == "1"]))
    with pytest.raises(SpecificationError, match="under which option_order"):
        generalizability_study(Responses(frame.assign(option_order=None)), facets=["item", "option_order"])
    with pytest.raises(SpecificationError, match="one wording only"):
        generalizability_study(Responses(frame[frame["wording"] == "1"]), facets=["item", "wording"])
    with pytest.raises(SpecificationError, match="no facets"):
        generalizability_study(responses, facets=["model"])
    diagonal = frame[frame["model"] == frame["item"]]
    with pytest.raises(SpecificationError, match="too many cells are empty"):
        generalizability_study(Responses(diagonal), facets=["item", "wording"])
    once = generalizability_study(Responses(frame[frame["epoch"] == 1]), draws=0)
    with pytest.raises(SpecificationError, match="nothing is known of the noise between epochs"):
        required_sizes(once, vary=("epoch", "wording"))
    with pytest.raises(SpecificationError, match="one answer per cell"):
        decision_study(once, {"epoch": 4})
    study = generalizability_study(responses, draws=0)
    for sizes, message in (
        ({"items": 3}, "no such facet"),
        ({"item": 0}, "whole numbers"),
        ({"item": 2.5}, "whole numbers"),
    ):
        with pytest.raises(SpecificationError, match=message):
            decision_study(study, sizes)
    with pytest.raises(SpecificationError, match="keeps its levels"):
        decision_study(study, {"item": 3}, fixed=["item"])


def test_equal_answers_have_no_variance(responses):
    same = Responses(responses.frame.assign(answer=4))
    study = generalizability_study(same, seed=1, draws=50)
    assert (study.estimates["estimate"] == 0).all()
    row = decision_study(study)
    assert row.estimates["estimate"].isna().all()
    assert "no variance between models" in row.meta["warnings"][0]
    assert "No variance" in row.sentence()


def planted(models=6, items=12, wordings=6, wording_sd=0.5, seed=3):
    rng = np.random.default_rng(seed)
    y = 3 + rng.normal(0, 0.5, (models, 1, 1)) + rng.normal(0, 0.5, (1, items, 1))
    y = (
        y
        + wording_sd * rng.normal(size=(models, 1, wordings))
        + rng.normal(0, 0.7, (models, items, wordings))
    )
    places = np.indices(y.shape).reshape(3, -1)
    frame = pd.DataFrame(
        {"model": places[0], "item": places[1], "wording": places[2], "answer": y.ravel().round()}
    )
    frame = frame.astype({"model": str, "item": str, "wording": str}).assign(status="valid")
    return Responses(frame.astype({"answer": int}))


def test_few_levels_and_zeros_that_need_be_none_are_said_of_their_components_only():
    clean = generalizability_study(planted(wordings=8), draws=300)
    assert {r.sign for r in clean.verdict.reasons} == {"sound"}
    few = generalizability_study(planted(wordings=2, seed=5), draws=300)
    said = {r.where["component"] for r in few.verdict.reasons if r.aspect == "levels"}
    assert said == {c for c in few.estimates["component"] if "wording" in c}
    none = generalizability_study(planted(models=3, wordings=3, wording_sd=0.0, seed=7), draws=300)
    row = none.estimates.set_index("component").loc["model x wording"]
    assert row["estimate"] == 0.0
    at_zero = [r for r in none.verdict.reasons if r.aspect == "boundary"]
    assert [r.where["component"] for r in at_zero] == ["model x wording"]
    assert f"{row['upper'] / none.estimates['estimate'].sum():.0%}" in at_zero[0].text
