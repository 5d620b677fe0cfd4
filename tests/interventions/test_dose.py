"""Responses to dose: against scikit-learn, scipy and plain loops, and planted shapes."""

from itertools import permutations as orders
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit
from sklearn.isotonic import IsotonicRegression

from valuestats import dose_response
from valuestats.base.errors import InputError, SpecificationError
from valuestats.interventions.dose import chosen
from valuestats.interventions.shapes import EMAX, LINEAR, MONOTONE, SHAPES, THRESHOLD, explained, fitted

DOSES = np.array([0.0, 1, 2, 4, 8])
RESPONSES = {
    "flat": lambda d: 0 * d,
    "threshold": lambda d: 0.8 * (d >= 4),
    "Emax": lambda d: 1.5 * d / (1 + d),
    "linear": lambda d: d / 6,
    "any": lambda d: 1 - (d - 3) ** 2 / 10,
}


def outcomes(shape, *, items=40, noise=0.4, seed=0):
    rng = np.random.default_rng(seed)
    item, dose = np.repeat(np.arange(items), len(DOSES)), np.tile(DOSES, items)
    value = RESPONSES[shape](dose) + rng.normal(size=items)[item] + noise * rng.normal(size=len(dose))
    return pd.DataFrame({"item": item, "dose": dose, "value": value})


def profile(seed=0):
    y = np.random.default_rng(seed).normal(size=(1, 5)) + DOSES / 5
    return y - y.mean()


@pytest.mark.parametrize("seed", range(5))
def test_shapes_are_least_squares(seed):
    own = profile(seed)
    monotone = min(
        (IsotonicRegression(increasing=up).fit_transform(DOSES, own[0]) for up in (True, False)),
        key=lambda f: ((own[0] - f) ** 2).sum(),
    )
    assert fitted(MONOTONE, own, DOSES).value[0] == pytest.approx(monotone)
    slope, level = np.polyfit(DOSES, own[0], 1)
    assert fitted(LINEAR, own, DOSES).value[0] == pytest.approx(level + slope * DOSES)
    steps = [np.where(c > DOSES, own[0][c > DOSES].mean(), own[0][c <= DOSES].mean()) for c in DOSES[1:]]
    best = min(steps, key=lambda f: ((own[0] - f) ** 2).sum())
    assert fitted(THRESHOLD, own, DOSES).value[0] == pytest.approx(best)


def test_emax_is_that_of_a_nonlinear_fit():
    truth = 0.3 + 1.7 * DOSES / (1.4 + DOSES)
    own = (truth - truth.mean())[None]
    found = fitted(EMAX, own, DOSES)
    curve = lambda d, e0, e, half: e0 + e * d / (half + d)  # noqa: E731
    best, _ = curve_fit(curve, DOSES, own[0], p0=[0, 1, 1])
    assert found.place[0] == pytest.approx(best[2], rel=0.08)  # of 60 places on a logarithmic scale
    assert found.value[0] == pytest.approx(own[0], abs=0.02)


def test_the_permutation_test_is_that_of_every_order():
    """Four items of three doses: all 6**4 orders."""
    doses, y = np.array([0.0, 1, 3]), np.random.default_rng(1).normal(size=(4, 3)) + np.array([0, 0.3, 0.9])
    y -= y.mean(axis=1, keepdims=True)
    every = (
        np.array(
            [
                sum(row[list(o)] for row, o in zip(y, way, strict=True))
                for way in product(orders(range(3)), repeat=4)
            ]
        )
        / 4
    )
    frame = pd.DataFrame({"item": np.repeat(np.arange(4), 3), "dose": np.tile(doses, 4), "value": y.ravel()})
    found = dose_response(frame, folds=2, replicates=50, permutations=4000)
    for s in found.meta["shapes"][1:]:
        least = explained(s["shape"], y.mean(axis=0, keepdims=True), doses)[0] * (1 - 1e-9)
        exact = (explained(s["shape"], every, doses) >= least).mean()
        assert s["p_value"] == pytest.approx(exact, abs=0.03)


def test_held_out_errors_are_those_of_a_plain_loop():
    frame = outcomes("linear", items=12)
    found = dose_response(frame, folds=12, replicates=50, permutations=19)
    y = frame.pivot(index="item", columns="dose", values="value").to_numpy()
    y = y - y.mean(axis=1, keepdims=True)
    lost = 0.0
    for k in range(12):
        mean = np.delete(y, k, axis=0).mean(axis=0)
        slope, level = np.polyfit(DOSES, mean, 1)
        lost += ((y[k] - level - slope * DOSES) ** 2).sum()
    shapes = {s["shape"]: s for s in found.meta["shapes"]}
    assert shapes["linear"]["error"] == pytest.approx(lost / (y**2).sum())


@pytest.mark.parametrize("shape", RESPONSES)
def test_planted_shapes_are_found(shape):
    found = dose_response(outcomes(shape, seed=3), replicates=300, permutations=199)
    assert (found.verdict.sign == "none") == (shape == "flat")
    assert chosen(found.meta["shapes"]) == shape
    truth = RESPONSES[shape](DOSES)
    rows = found.estimates
    assert ((rows["lower"] <= truth[1:] - truth[0]) & (truth[1:] - truth[0] <= rows["upper"])).mean() >= 0.75
    places = {s["shape"]: s for s in found.meta["shapes"]}
    if shape == "threshold":
        assert places[THRESHOLD]["place"] == 3.0
        assert found.meta["support"][2] == {"place": 3.0, "share": 1.0}
        assert "its step lies at 3.00" in found.sentence()
    if shape == "Emax":
        assert places[EMAX]["place_lower"] < 1 < places[EMAX]["place_upper"]
    assert len(found.plot().to_dict()["layer"]) == 3


def only(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def test_planted_defects_make_their_warning_fire():
    options = {"replicates": 200, "permutations": 99}
    assert only(dose_response(outcomes("linear", noise=0.1), **options)) == set()
    flat = dose_response(outcomes("flat", seed=1), **options)
    assert only(flat) == {("flat", "none")}
    assert flat.sentence().startswith("No finding: no shape")
    assert ("monotone", "care") in only(dose_response(outcomes("any"), **options))
    moving = dose_response(outcomes("threshold", items=25, noise=1.3, seed=6), **options)
    assert ("place", "care") in only(moving)
    assert ("units", "care") in only(dose_response(outcomes("linear", items=12, noise=0.1), **options))
    lost = outcomes("linear", noise=0.1)
    lost.loc[(lost["item"] < 8) & (lost["dose"] == 2), "value"] = np.nan
    holed = dose_response(lost, **options)
    assert only(holed) == {("scored", "care")}
    assert "8 of 40 items lack an outcome" in holed.meta["warnings"][0]


def test_repeats_are_averaged_and_clusters_resampled():
    frame = outcomes("linear", items=40)
    twice = pd.concat([frame.assign(value=frame["value"] + 0.2), frame.assign(value=frame["value"] - 0.2)])
    one, two = (dose_response(f, replicates=100, permutations=19) for f in (frame, twice))
    assert one.estimates["estimate"].to_numpy() == pytest.approx(two.estimates["estimate"].to_numpy())
    grouped = dose_response(frame.assign(cluster=frame["item"] // 2), replicates=100, permutations=19)
    assert grouped.estimates["n_units"].iloc[0] == 20
    assert set(SHAPES) == {s["shape"] for s in grouped.meta["shapes"]}


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda f: f.drop(columns="dose"), InputError, "a column is missing"),
        (lambda f: f.iloc[:0], InputError, "no rows"),
        (lambda f: f.assign(item=None), InputError, "without a name"),
        (lambda f: f.assign(dose="much"), InputError, "not a number"),
        (lambda f: f.assign(value="much"), InputError, "not a number"),
        (lambda f: f[f["dose"] == 1], SpecificationError, "one dose has no response"),
        (lambda f: f[f["dose"] < 2], SpecificationError, "two doses have no shape"),
        (lambda f: f.assign(dose=f["dose"] - 1), SpecificationError, "a negative dose"),
        (lambda f: f.assign(value=1.0), SpecificationError, "all outcomes are the same"),
        (lambda f: f[(f["dose"] != 2) | (f["item"] == 0)], SpecificationError, "fewer than two items"),
        (lambda f: f[f["item"] < 5], SpecificationError, "fewer clusters than folds"),
    ],
)
def test_bad_outcomes_are_named(change, error, says):
    with pytest.raises(error, match=says):
        dose_response(change(outcomes("flat", items=12)))


def test_few_items_are_not_tested_and_no_finding_of_more_is_one():
    few = dose_response(outcomes("linear", items=4, noise=0.01), folds=2, replicates=50)
    assert (few.estimates["p_least"] == 0.5).all()  # Holm over four doses, each 2/16
    assert set(few.verdict.rows["sign"]) == {"untested"}
    assert "with 4 items no p-value can lie below 0.5" in few.verdict.sentence()
    two = dose_response(outcomes("linear", items=2, noise=0.01), folds=2, replicates=0, permutations=79)
    assert two.meta["p_least"] == pytest.approx(5 / 80)
    assert two.sentence().startswith("Not tested: with 2 items no p-value of a shape can lie below 0.0625")
    many = dose_response(outcomes("flat", items=40), replicates=50)
    assert "untested" not in set(many.verdict.rows["sign"])
