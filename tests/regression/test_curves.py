"""Random walks and splines in formulas: what is read and refused, agreement with dense computations, places not seen."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.families import cell_derivatives
from valuestats.latent.likelihoods.family_probabilities import thresholds_of_shares
from valuestats.latent.sampling import Sampling
from valuestats.latent.walks import walk_precision
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectPriors, locations
from valuestats.regression.effects_engines import _nuts
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.formula_terms import read_sides
from valuestats.regression.loo import leave_group_out, leave_one_out
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities
from valuestats.regression.stored import read_fit, write_fit
from valuestats.statistics.ordinal import category_probabilities

CUT = np.array([-1.2, 0.0, 1.4])
STEPS = 8


def answers(curves, each=60, seed=0, times=None):
    """Counts of a model's answers along the steps, one model for each curve."""
    rng, rows = np.random.default_rng(seed), []
    for m, curve in enumerate(curves):
        p = category_probabilities(CUT, np.asarray(curve))
        for t, share in zip(times if times is not None else range(len(curve)), p, strict=True):
            counts = rng.multinomial(each, share / share.sum())
            rows += [(f"m{m}", float(t), k + 1, c) for k, c in enumerate(counts) if c]
    return pd.DataFrame(rows, columns=["model", "time", "answer", "count"])


def wave(n=STEPS):
    return 0.9 * np.sin(np.arange(n) / 1.6)


@pytest.fixture(scope="module")
def one():
    return answers([wave()])


@pytest.fixture(scope="module")
def two():
    return answers([wave(), 0.6 - wave()], seed=1)


@pytest.fixture(scope="module")
def fit(one):
    return fit_ordinal("answer ~ rw1(time)", one, engine="laplace", sampling=Sampling(draws=1000), seed=1)


def test_curves_are_read():
    found = read_sides("y ~ model + rw1(t) + rw2(t, by=model) + s(x, df=5, by=model:value)")
    assert [str(c) for c in found.curves] == ["rw1(t)", "rw2(t, by=model)", "s(x, df=5, by=model:value)"]
    assert str(found.fixed) == "model"
    assert found.columns == ("model", "t", "x", "value")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ rw1(log(t))", "one column"),
        ("y ~ rw1(t, df=4)", "one column"),
        ("y ~ rw1()", "one column"),
        ("y ~ rw1(t, t)", "one column"),
        ("y ~ s(t, df=1)", "whole number"),
        ("y ~ s(t, df=x)", "whole number"),
        ("y ~ rw1(t, by=t)", "same column"),
        ("y ~ rw1(t, by=1)", "names a column"),
        ("y ~ rw1(t):model", "alone"),
        ("y ~ model * rw1(t)", "alone"),
        ("y ~ rw1(t) + rw2(t)", "told apart"),
        ("y ~ rw1(t, by=a:b) + rw1(t, by=b:a)", "told apart"),
        ("y ~ t + rw2(t)", "straight line"),
        ("y ~ t + s(t)", "straight line"),
        ("y ~ x - rw1(t)", "minus"),
        ("y ~ (rw1(t)|model)", "no term|can't call"),
    ],
)
def test_what_no_curve_is_refused(formula, message):
    with pytest.raises(SpecificationError, match=message):
        read_sides(formula)


@pytest.mark.parametrize(
    ("change", "formula", "message"),
    [
        ({"time": "a"}, "answer ~ rw1(time)", "numbers"),
        ({"time": 1.0}, "answer ~ rw1(time)", "too few steps"),
        ({"model": "m"}, "answer ~ rw1(time, by=model)", "one level"),
    ],
)
def test_data_without_a_curve_are_refused(one, change, formula, message):
    with pytest.raises(SpecificationError, match=message):
        fit_ordinal(formula, one.assign(**change))


def test_uneven_steps(two):
    bent = two.assign(time=two["time"] ** 2)
    with pytest.raises(SpecificationError, match="evenly spaced"):
        fit_ordinal("answer ~ rw2(time)", bent.assign(time=np.sqrt(bent["time"] + 1)))
    for formula in ("answer ~ rw1(time)", "answer ~ s(time)"):
        assert build_effects(bent, OrdinalSpec(formula)).curves[0].knots.tolist() == [
            t**2 for t in range(STEPS)
        ]
    # a step without answers is a step of the walk of second order
    gap = build_effects(two[two["time"] != 3], OrdinalSpec("answer ~ rw2(time)"))
    assert gap.curves[0].knots.tolist() == list(range(STEPS))


def test_maximum_likelihood_has_no_curves(one):
    with pytest.raises(SpecificationError, match="prior"):
        fit_ordinal("answer ~ rw1(time)", one, engine="ml")


def test_curves_without_levels_are_named(two):
    assert any("mean 0" in w for w in build_effects(two, OrdinalSpec("answer ~ rw1(time, by=model)")).notes)
    assert not build_effects(two, OrdinalSpec("answer ~ model + rw1(time, by=model)")).notes
    assert not build_effects(two, OrdinalSpec("answer ~ (1|model) + rw1(time, by=model)")).notes


def dense_posterior(data, kind, priors):
    """Curve and spread by the improper density over the curve itself, Laplace's method and a grid of spreads.

    Nothing of the package's engine, bases or designs: the curve's heights are the parameters, Q its precision, and a tight
    normal holds their sum to 0.
    """
    wide = data.pivot_table(index="time", columns="answer", values="count", aggfunc="sum", fill_value=0)
    counts, knots = wide.to_numpy(float), wide.index.to_numpy(float)
    n, steps = len(knots), counts.shape[1] - 1
    q = walk_precision(kind, knots)
    lost = 1 if kind == "rw1" else 2
    q *= np.exp(np.log(np.diag(np.linalg.pinv(q))).mean())
    rank_log_det = np.log(np.linalg.eigvalsh(q)[lost:]).sum()
    reference = int(counts.sum(axis=0).argmax())
    trigamma = np.pi**2 / 6
    share_precision = np.linalg.inv((np.eye(steps) + 1) * trigamma)
    times = np.repeat(knots, counts.sum(axis=1).astype(int))
    line = (knots - knots.mean()) / times.std()

    def parts(theta, sd):
        f, raw, slope = theta[:n], theta[n : n + steps], theta[n + steps]
        shares = np.exp(np.insert(raw, reference, 0.0))
        cut = thresholds_of_shares(shares / shares.sum())
        z = cut[None] - (f + slope * line * (lost == 2))[:, None]
        value = cell_derivatives(counts, z)[0].sum()
        prior = (
            -0.5 * f @ q @ f / sd**2 - 0.5 * raw @ share_precision @ raw - 0.5 * (slope / priors.effect) ** 2
        )
        held = -0.5 * (f.sum() / 1e-3) ** 2 - (
            0.5 * (f @ (knots - knots.mean()) / 1e-3) ** 2 if lost == 2 else 0.0
        )
        return value + prior + held

    theta, grid, found = np.zeros(n + steps + 1), np.exp(np.linspace(np.log(0.08), np.log(4.0), 16)), []
    for sd in grid:
        best = minimize(lambda t, s=sd: -parts(t, s), theta, method="BFGS", options={"gtol": 1e-4})
        theta, step, size = best.x, 1e-3, n + steps + 1
        moves = np.eye(size) * step
        hessian = np.zeros((size, size))
        for a in range(size):
            for b in range(a, size):
                four = [parts(theta + i * moves[a] + j * moves[b], sd) for i in (1, -1) for j in (1, -1)]
                hessian[a, b] = hessian[b, a] = -(four[0] - four[1] - four[2] + four[3]) / (4 * step**2)
        evidence = (
            parts(theta, sd)
            - 0.5 * np.linalg.slogdet(hessian)[1]
            - (n - lost) * np.log(sd)
            + 0.5 * rank_log_det
        )
        evidence += -0.5 * (sd / priors.curve) ** 2 + np.log(sd)  # the grid is even in log
        curve = theta[:n] + theta[n + steps] * line * (lost == 2)
        found.append((evidence, curve, sd))
    weights = np.exp(np.array([e for e, _, _ in found]) - max(e for e, _, _ in found))
    weights /= weights.sum()
    return weights @ np.array([c for _, c, _ in found]), float(weights @ grid)


@pytest.mark.parametrize("kind", ["rw1", pytest.param("rw2", marks=pytest.mark.slow), "s"])
def test_posterior_agrees_with_a_dense_one(one, kind):
    found = fit_ordinal(
        f"answer ~ {kind}(time)", one, engine="laplace", sampling=Sampling(draws=1000), seed=1
    )
    assert found.passed
    term = found.design.curves[0]
    drawn = found.draws.curves[0][:, 0] @ term.columns.T
    curve, sd = dense_posterior(one, kind, EffectPriors())
    assert np.abs(drawn.mean(axis=0) - curve).max() < 0.1 * drawn.std(axis=0).mean()
    spread = found.draws.curve_sds[0]
    assert spread.mean() == pytest.approx(sd, abs=0.15 * spread.std())


@pytest.mark.parametrize("engine", ["hmc", pytest.param("nuts", marks=pytest.mark.slow)])
def test_engines_agree(two, engine):
    one, other = (
        fit_ordinal(
            "answer ~ model + rw2(time, by=model)", two, engine=name, sampling=Sampling(draws=500), seed=2
        )
        .result.replicates()
        .to_numpy()
        for name in ("laplace", engine)
    )
    assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) < 0.2 * one.std(axis=0)).all()
    np.testing.assert_allclose(one.std(axis=0), other.std(axis=0), rtol=0.15)


@pytest.mark.slow
def test_the_model_of_pymc_agrees(two):
    formula = "answer ~ rw1(time, by=model)"
    mine = fit_ordinal(f"{formula} + model", two, engine="laplace", sampling=Sampling(draws=1000), seed=3)
    settings = {"draws": 1000, "tune": 500, "chains": 4, "seed": 3}
    theirs = _nuts(mine.design, EffectPriors(), [], 0.9, False, settings).draws
    one, other = (d.curves[0] @ mine.design.curves[0].columns.T for d in (mine.draws, theirs))
    assert np.abs(one.mean(axis=0) - other.mean(axis=0)).max() < 0.12 * one.std(axis=0).min()
    np.testing.assert_allclose(one.std(axis=0), other.std(axis=0), rtol=0.1)


@pytest.mark.slow
def test_curves_beside_what_only_pymc_has(two):
    data = pd.concat([two.assign(effort=e) for e in (1, 2, 3)])
    fit = fit_ordinal("answer ~ s(time, df=3) + mo(effort)", data, sampling=Sampling(draws=300), seed=3)
    assert fit.result.meta["engine"] == "nuts"
    assert fit.draws.curves[0].shape == (1200, 1, 3)


def test_a_place_between_steps_is_a_bridge_and_one_beyond_a_forecast(fit):
    rows = fit.design.evaluate(pd.DataFrame({"time": [2.0, 2.5, 3.0, 7.0, 9.0, 11.0]}))
    eta = locations(fit.draws, rows, seed=4)
    sd, curve = fit.draws.curve_sds[0], fit.draws.curves[0][:, 0] @ fit.design.curves[0].basis.T
    np.testing.assert_allclose(eta[:, [0, 2, 3]], curve[:, [2, 3, 7]], atol=1e-9)
    steps = np.diff(fit.design.curves[0].basis, axis=0)
    each = float((steps**2).sum(axis=1)[0])  # variance of a step at a spread of 1
    between = (eta[:, 1] - curve[:, 2:4].mean(axis=1)) / sd
    ahead, further = (eta[:, 4] - curve[:, 7]) / sd, (eta[:, 5] - eta[:, 4]) / sd
    for added, variance in ((between, each / 4), (ahead, 2 * each), (further, 2 * each)):
        assert abs(added.mean()) < 0.1 * np.sqrt(variance)
        assert added.var() == pytest.approx(variance, rel=0.1)
    assert abs(np.corrcoef(ahead, further)[0, 1]) < 0.06
    assert abs(np.corrcoef(ahead, between)[0, 1]) < 0.06


def test_forecasts_widen(fit):
    found = expected_score(fit, pd.DataFrame({"time": [7.0, 8.0, 12.0, 20.0]})).estimates
    assert (np.diff(found["upper"] - found["lower"]) > 0).all()


def test_rows_beyond_the_steps_are_named_and_others_are_not(fit):
    inside = expected_score(fit, pd.DataFrame({"time": [0.0, 3.5, 7.0]})).meta["warnings"]
    outside = expected_score(fit, pd.DataFrame({"time": [-1.0, 3.5, 7.5]})).meta["warnings"]
    assert set(outside) - set(inside) == {
        "2 of 3 rows lie beyond the steps of rw1(time), 0 to 7, where the walk goes on"
    }
    assert not set(inside) - set(outside)


def test_walks_of_second_order_go_on_straight(two):
    fit = fit_ordinal("answer ~ model + rw2(time, by=model)", two, engine="laplace", seed=1)
    rows = fit.design.evaluate(pd.DataFrame({"model": "m1", "time": [6.0, 6.5, 7.0, 8.0, 8.5, 9.0]}))
    eta = locations(fit.draws, rows)
    np.testing.assert_allclose(eta[:, 1], (eta[:, 0] + eta[:, 2]) / 2)  # between steps straight
    np.testing.assert_allclose(eta[:, 4], (eta[:, 3] + eta[:, 5]) / 2)
    on = np.median(eta[:, 3] - (2 * eta[:, 2] - eta[:, 0]))
    assert abs(on) < 0.1


def test_predictions_know_the_levels_and_the_steps(two):
    fit = fit_ordinal("answer ~ model + rw1(time, by=model)", two, engine="laplace", seed=1)
    shares = predicted_probabilities(fit, by=["model", "time"]).estimates
    assert len(shares) == 2 * STEPS * 4
    observed = two.groupby(["model", "time", "answer"])["count"].sum() / 60
    both = shares.assign(time=shares["time"].astype(float)).set_index(["model", "time", "code"])["estimate"]
    away = both - observed.reindex(both.index, fill_value=0.0)
    assert away.abs().mean() < 0.04
    grouped = fit_ordinal(
        "answer ~ (1|model) + rw1(time, by=model)", two, engine="laplace", sampling=Sampling(draws=50), seed=1
    )
    with pytest.raises(SpecificationError, match="no curve"):
        expected_score(grouped, pd.DataFrame({"model": ["m9"], "time": [1.0]}))
    with pytest.raises(SpecificationError, match="too many new places"):
        expected_score(fit, pd.DataFrame({"model": "m1", "time": np.linspace(0.01, 6.9, 500)}))
    effects = marginal_effects(fit, "time").estimates
    assert effects["contrast"].tolist()[0] == "1 - 0"  # a walk has no slope: steps against the first


def test_predictions_along_a_curve_are_drawn_as_one(two):
    fit = fit_ordinal("answer ~ model + rw1(time, by=model)", two, engine="laplace", seed=1)
    drawn = expected_score(fit, by=["model", "time"]).plot().to_dict()
    assert {layer["mark"]["type"] for layer in drawn["layer"]} == {"area", "line", "point"}
    shares = predicted_probabilities(fit, by="time").plot().to_dict()
    assert shares["facet"]["row"]["field"] == "code"
    assert "highest for time 5, " in expected_score(fit, by="time").sentence()


def test_splines_have_a_slope(one):
    fit = fit_ordinal("answer ~ s(time, df=4)", one, engine="laplace", seed=1)
    assert len(fit.design.curves[0].knots) == 5
    assert marginal_effects(fit, "time").estimates["contrast"].tolist() == ["slope of time"]
    assert set(fit.estimates["term"]) >= {"sd[s(time, df=4)]", "line[s(time, df=4)]"}


def test_a_straight_truth_leaves_the_line(one):
    del one
    data = answers([0.3 * (np.arange(10) - 4.5)], each=200, seed=3)
    fit = fit_ordinal("answer ~ rw2(time)", data, engine="laplace", seed=1)
    row = fit.estimates.set_index("term").loc["line[rw2(time)]"]
    assert row["lower"] < 0.3 < row["upper"]
    assert fit.estimates.set_index("term").loc["sd[rw2(time)]", "estimate"] < 0.35


def test_leaving_out(fit, two):
    found = leave_one_out(fit, most=300)
    assert not found.warning
    flat = leave_one_out(fit_ordinal("answer ~ 1", two[two["model"] == "m0"], seed=1), most=300)
    assert found.elpd > flat.elpd - 10
    by_model = fit_ordinal("answer ~ (1|model) + rw1(time, by=model)", two, engine="laplace", seed=1)
    with pytest.raises(SpecificationError, match="depends on this column"):
        leave_group_out(by_model, "model")


def test_diagnostics_and_store(fit, tmp_path):
    table = fit.shrinkage.set_index("term")
    assert table.loc["sd[rw1(time)]", "prior_sd"] == pytest.approx(np.sqrt(1 - 2 / np.pi))
    assert np.isnan(table["flat"]).all()
    assert fit.result.meta["curves"] == {"rw1(time)": [1, STEPS]}
    write_fit(fit, tmp_path)
    again = read_fit(tmp_path)
    rows = pd.DataFrame({"time": [1.0, 1.5, 9.0]})
    pd.testing.assert_frame_equal(expected_score(fit, rows).estimates, expected_score(again, rows).estimates)


def test_common_and_own_curves_with_items():
    rng = np.random.default_rng(5)
    rows = []
    for item, level in enumerate(rng.normal(0, 0.8, 20)):
        for t, p in enumerate(category_probabilities(CUT, wave() + level)):
            rows.append((f"i{item}", f"m{item % 2}", t, rng.choice(4, p=p / p.sum()) + 1))
    data = pd.DataFrame(rows, columns=["item", "model", "time", "answer"])
    fit = fit_ordinal("answer ~ rw1(time) + rw1(time, by=model) + (1|item)", data, engine="laplace", seed=1)
    terms = fit.estimates.set_index("term")["estimate"]
    assert terms["sd[rw1(time, by=model)]"] < terms["sd[rw1(time)]"]
    curve = (fit.draws.curves[0][:, 0] @ fit.design.curves[0].basis.T).mean(axis=0)
    assert np.corrcoef(curve, wave())[0, 1] > 0.85
