"""Power laws against R (references by tests/r/laws.R), closed forms, published optima and simulations with a known truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from valuestats import power_law
from valuestats.base.errors import InputError, SpecificationError
from valuestats.laws.curves import Curve
from valuestats.laws.fitting import Loss, Points, Problem
from valuestats.results.storage import read_artifact, write_artifact

HERE = Path(__file__).parent / "references"
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index(["case", "parameter"])
ONE, TWO = pd.read_csv(HERE / "one_size.csv"), pd.read_csv(HERE / "two_sizes.csv")
CASES = {
    "no floor": (ONE, "size", {"floor": False}),
    "floor": (ONE, "size", {}),
    "two sizes": (TWO, ["params", "tokens"], {}),
    "known errors": (ONE, "size", {"error": "error"}),
}
R_PROFILE = 2e-3
"""R interpolates its profile by splines and ends each inner fit at a relative offset of 1e-6."""


def simulated(n=40, *, floor=1.5, alpha=0.25, noise=0.02, between=0.0, families=10, seed=0):
    rng = np.random.default_rng(seed)
    size = np.exp(rng.uniform(np.log(1e6), np.log(1e10), n))
    family = np.arange(n) % families
    log = (
        np.log(floor + 60 * size**-alpha)
        + noise * rng.normal(size=n)
        + between * rng.normal(size=families)[family]
    )
    return pd.DataFrame({"size": size, "loss": np.exp(log), "family": [f"f{k}" for k in family]})


@pytest.mark.parametrize("case", CASES)
def test_estimates_and_profiles_agree_with_r(case):
    frame, x, options = CASES[case]
    found = power_law(frame, "loss", x, intervals="profile", starts=30, **options)
    table = found.estimates.set_index("parameter")
    theirs = EXPECTED.loc[case]
    for name, row in table.iterrows():
        assert row["estimate"] == pytest.approx(theirs.loc[name, "estimate"], rel=2e-6)
        if case != "known errors":
            width = theirs.loc[name, "upper"] - theirs.loc[name, "lower"]
            ends = theirs.loc[name, ["lower", "upper"]].tolist()
            assert [row["lower"], row["upper"]] == pytest.approx(ends, abs=R_PROFILE * width)
    if case == "known errors":
        fit = found.meta["fits"][0]
        assert fit["scatter"] == pytest.approx(theirs.loc["scatter", "estimate"], rel=1e-5)
        assert fit["objective"] == pytest.approx(theirs.loc["minus log likelihood", "estimate"], abs=1e-8)


def test_without_a_floor_it_is_least_squares_of_logs():
    found = power_law(ONE, "loss", "size", floor=False, intervals="profile", starts=10, level=0.9)
    line = sm.OLS(np.log(ONE["loss"]), sm.add_constant(np.log(ONE["size"]))).fit()
    table = found.estimates.set_index("parameter")
    assert table["estimate"].to_numpy() == pytest.approx(
        [line.params["const"], -line.params["size"]], rel=1e-7
    )
    assert table["std_error"].to_numpy() == pytest.approx(line.bse.to_numpy(), rel=1e-6)
    ends = line.conf_int(0.1)
    assert table.loc["exponent", ["lower", "upper"]].tolist() == pytest.approx(
        [-ends.loc["size", 1], -ends.loc["size", 0]], rel=1e-5
    )
    assert found.meta["fits"][0]["r_squared"] == pytest.approx(line.rsquared)


@pytest.mark.parametrize("fit", ["huber", "likelihood"])
@pytest.mark.parametrize(
    "curve", [Curve("flat"), Curve("power", (0, 1), True), Curve("power", (1,)), Curve("broken", (0,))]
)
def test_gradients_are_those_of_finite_differences(curve, fit):
    rng = np.random.default_rng(3)
    u = rng.normal(size=(15, 2)) * 3
    points = Points(rng.normal(size=15), u - u.mean(axis=0), u.mean(axis=0), rng.uniform(0, 0.3, 15))
    problem = Problem(curve, points, Loss(fit, 0.3))
    weights = rng.integers(0, 3, (1, 15)).astype(float)
    theta = rng.normal(size=(1, problem.size)) * 0.3
    who = np.array([0])
    _, gradient = problem._value(theta, who, weights, None)
    for k in range(problem.size):
        h = 1e-6 * np.eye(problem.size)[k]
        above, below = (problem._value(theta + s * h, who, weights, None)[0][0] for s in (1, -1))
        assert gradient[0, k] == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-5)


def test_weights_are_repeated_rows():
    """The minimum under whole weights is that of a table in which rows stand so often."""
    from valuestats.laws.fitting import best_of
    from valuestats.laws.points import measured
    from valuestats.laws.power_law import natural, replicate_fits

    frame = simulated(30, seed=2)
    counts = np.random.default_rng(1).integers(0, 4, 30)
    (part,), _ = measured(frame, "loss", ["size"])
    problem = Problem(Curve("power", (0,), True), part.points, Loss("likelihood", 1e-3))
    optimum = best_of(problem, 30, np.random.default_rng(0))
    found = natural(problem, replicate_fits(problem, optimum, counts[None].astype(float)))[0]
    spread = power_law(frame.loc[frame.index.repeat(counts)], "loss", "size", replicates=0, starts=30)
    assert found == pytest.approx(spread.estimates["estimate"].to_numpy(), rel=1e-5)


def test_units_of_the_sizes_change_the_coefficient_alone():
    frame = simulated(40, seed=4)
    one = power_law(frame, "loss", "size", replicates=0, starts=20).estimates["estimate"].to_numpy()
    other = power_law(frame.assign(size=frame["size"] / 1e9), "loss", "size", replicates=0, starts=20)
    two = other.estimates["estimate"].to_numpy()
    assert two[[0, 2]] == pytest.approx(one[[0, 2]], rel=1e-6)
    assert two[1] == pytest.approx(one[1] - one[2] * np.log(1e9), rel=1e-6)


def test_huber_is_least_squares_where_no_residual_is_large():
    wide = power_law(ONE, "loss", "size", fit="huber", delta=10.0, replicates=0, starts=20).estimates[
        "estimate"
    ]
    assert wide.to_numpy() == pytest.approx(EXPECTED.loc["floor"]["estimate"].to_numpy(), rel=1e-5)


def test_huber_is_not_moved_by_one_point_far_off():
    frame = simulated(60, seed=5)
    spoilt = frame.assign(loss=frame["loss"].where(frame.index != 7, 40.0))
    options = {"fit": "huber", "replicates": 0, "starts": 50}
    one, two = (
        power_law(f, "loss", "size", **options).estimates["estimate"].to_numpy() for f in (frame, spoilt)
    )
    least = power_law(spoilt, "loss", "size", replicates=0, starts=50).estimates["estimate"].to_numpy()
    assert abs(two[2] - one[2]) < 0.02
    assert abs(least[2] - one[2]) > 0.05


def test_a_rising_outcome_has_a_negative_exponent():
    size = np.repeat(np.logspace(6, 9, 7), 2)
    frame = pd.DataFrame({"size": size, "score": 0.01 * size**0.2 * np.tile([0.99, 1.01], 7)})
    found = power_law(frame, "score", "size", floor=False, replicates=0, starts=10)
    assert found.estimates["estimate"].iloc[1] == pytest.approx(-0.2, abs=1e-3)
    assert "adds 14.9% to it" in found.sentence()


def test_no_floor_is_a_floor_of_zero():
    """Residuals that bend the other way: the likelihood is largest at the end of the floor's range."""
    x = np.logspace(6, 10, 9)
    y = 40 * x**-0.2 * np.exp(-0.002 * (np.log(x) - np.log(x).mean()) ** 2)
    found = power_law(pd.DataFrame({"x": x, "y": y}), "y", "x", intervals="profile", starts=30)
    floor = found.estimates.iloc[0]
    assert (floor["estimate"], floor["lower"]) == (0.0, 0.0)
    assert floor["upper"] > 0
    assert "the points ask for no floor" in found.sentence()


def test_groups_are_fitted_one_by_one_and_resampled_together():
    a, b = simulated(40, seed=6), simulated(40, alpha=0.4, seed=7)
    frame = pd.concat([a.assign(metric="a"), b.assign(metric="b")], ignore_index=True)
    found = power_law(frame, "loss", "size", by="metric", unit="family", replicates=40, starts=20, seed=3)
    assert found.keys == ("metric", "parameter")
    for name, own in (("a", a), ("b", b)):
        alone = power_law(own, "loss", "size", unit="family", replicates=40, starts=20).estimates["estimate"]
        both = found.estimates[found.estimates["metric"] == name]["estimate"]
        assert both.to_numpy() == pytest.approx(alone.to_numpy(), rel=1e-4)
    table = found.contrast("metric", "b", "a").set_index("parameter")
    assert table.loc["exponent", "estimate"] == pytest.approx(
        np.diff(found.estimates["estimate"].iloc[[2, 5]])[0]
    )
    assert found.plot().to_dict()["layer"]


def test_units_of_a_table_in_another_order_give_the_same(tmp_path):
    frame = simulated(60, between=0.05, seed=8)
    one = power_law(frame, "loss", "size", unit="family", replicates=30, starts=20, seed=1)
    two = power_law(
        frame.sample(frac=1, random_state=1), "loss", "size", unit="family", replicates=30, starts=20, seed=1
    )
    pd.testing.assert_frame_equal(one.estimates, two.estimates, rtol=1e-4)
    assert (one.estimates["n_units"] == 10).all()
    write_artifact(one, tmp_path)
    kept = read_artifact(tmp_path)
    pd.testing.assert_frame_equal(kept.estimates, one.estimates)
    assert kept.sentence() == one.sentence()


def test_profiles_widen_with_the_level_and_hold_the_estimate():
    widths = []
    for level in (0.5, 0.8, 0.99):
        table = power_law(
            TWO, "loss", ["params", "tokens"], intervals="profile", level=level, starts=20
        ).estimates
        assert ((table["lower"] < table["estimate"]) & (table["estimate"] < table["upper"])).all()
        widths.append((table["upper"] - table["lower"]).to_numpy())
    assert (np.diff(widths, axis=0) > 0).all()


def spoilt(**columns):
    frame = simulated(30).assign(error=0.01)
    for name, value in columns.items():
        frame[name] = frame[name].astype(object)
        frame.loc[4, name] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "options", "says", "parameter"),
    [
        (spoilt(size=0), {}, "not a number above 0", "x"),
        (spoilt(size=None), {}, "not a number above 0", "x"),
        (spoilt(size=np.inf), {}, "not a number above 0", "x"),
        (spoilt(loss=-1.0), {}, "not a number above 0", "y"),
        (spoilt(loss="low"), {}, "not a number above 0", "y"),
        (spoilt(error=-0.1), {"error": "error"}, "not a standard error", "error"),
        (spoilt(error=None), {"error": "error"}, "not a standard error", "error"),
        (spoilt(family=None), {"unit": "family"}, "a null label", "unit"),
        (spoilt()[:0], {}, "no rows", "frame"),
        (spoilt().assign(loss=None), {}, "no outcome at all", "y"),
    ],
)
def test_bad_rows_are_named(frame, options, says, parameter):
    with pytest.raises(InputError, match=says) as caught:
        power_law(frame, "loss", "size", **options)
    assert caught.value.parameter == parameter
    if len(frame) and "at all" not in says:
        assert caught.value.row == 4


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (lambda f: f, {"x": "weight"}, "no such column"),
        (lambda f: f, {"x": ["size", "size"]}, "one size or two"),
        (lambda f: f, {"x": []}, "one size or two"),
        (lambda f: f, {"x": "loss"}, "stands for two things"),
        (lambda f: f.assign(loss=2.0), {}, "does not vary"),
        (lambda f: f[:4], {}, "too few points"),
        (lambda f: f.assign(size=[1.0, 2.0] * 15), {}, "too few different sizes"),
        (lambda f: f.assign(other=f["size"] ** 2), {"x": ["size", "other"]}, "grow together"),
        (lambda f: f, {"fit": "huber", "error": "error"}, "takes all points alike"),
        (lambda f: f, {"fit": "huber", "intervals": "profile"}, "no likelihood"),
        (lambda f: f, {"unit": "family", "intervals": "profile"}, "independent"),
        (lambda f: f, {"delta": 0.0}, "impossible delta"),
        (lambda f: f, {"starts": 0}, "impossible starts"),
    ],
)
def test_what_no_law_can_be_fitted_to_is_refused(change, options, says):
    with pytest.raises(SpecificationError, match=says):
        power_law(change(spoilt()), "loss", options.pop("x", "size"), **options)


def test_rows_without_an_outcome_are_counted():
    frame = simulated(30)
    frame.loc[[3, 9], "loss"] = np.nan
    found = power_law(frame, "loss", "size", replicates=10, starts=10)
    assert found.estimates[["n_scored", "n_asked"]].iloc[0].tolist() == [28, 30]
    assert "2 of 30 rows have no outcome and are left out" in found.sentence()
    fewer = power_law(frame.dropna(), "loss", "size", replicates=0, starts=10).estimates["estimate"]
    assert found.estimates["estimate"].to_numpy() == pytest.approx(fewer.to_numpy(), rel=1e-5)


def test_few_units():
    frame = simulated(40, families=3)
    found = power_law(frame, "loss", "size", unit="family", replicates=50, starts=20)
    assert found.estimates["lower"].isna().all()
    one = power_law(frame.assign(family="one"), "loss", "size", unit="family", replicates=50, starts=20)
    assert one.estimates[["std_error", "lower"]].isna().all().all()
    assert "too few for an interval" in " ".join(r.text for r in one.verdict.reasons)


def amiss(result):
    return {(r.aspect, r.where.get("parameter")) for r in result.verdict.reasons if r.sign != "sound"}


def test_each_planted_defect_makes_its_own_warning():
    sound = simulated(80, noise=0.01, seed=1)
    options = {"replicates": 60, "starts": 40}
    assert amiss(power_law(sound, "loss", "size", unit="family", **options)) == {("units", None)}
    assert amiss(power_law(sound, "loss", "size", **options)) == {("design", None)}
    sound = sound.drop(columns="family")
    assert amiss(power_law(sound, "loss", "size", **options)) == set()
    near = sound.assign(size=sound["size"] ** 0.2, loss=2 * sound["size"] ** -0.05)
    assert amiss(power_law(near, "loss", "size", floor=False, **options)) == {("span", None)}
    rng = np.random.default_rng(2)
    flat = sound.assign(loss=2 * np.exp(0.05 * rng.normal(size=80)))
    assert amiss(power_law(flat, "loss", "size", floor=False, **options)) == {("flat", "exponent")}
    line = sound.assign(loss=60 * sound["size"] ** -0.25 * np.exp(0.05 * rng.normal(size=80)))
    assert amiss(power_law(line, "loss", "size", **options)) == {("simpler", "floor")}
    lost = power_law(sound, "loss", "size", **options)
    lost.meta["fits"][0]["reached"] = 1
    assert amiss(lost.__class__(lost.kind, lost.estimates, lost.keys, lost.meta, lost.draws)) == {
        ("optimum", None)
    }


def test_the_simulated_truth_is_recovered():
    held = []
    for seed in range(20):
        table = power_law(
            simulated(60, seed=100 + seed), "loss", "size", intervals="profile", starts=8
        ).estimates
        held.append(
            (
                (table["lower"] <= [1.5, np.log(60), 0.25]) & (table["upper"] >= [1.5, np.log(60), 0.25])
            ).tolist()
        )
    assert np.mean(held) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / len(held)) ** 0.5)
