"""Mixed logit against Gauss-Hermite quadrature, membership against a logistic regression, measures by hand; planted
defects."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from valuestats import choice_classes, mixed_logit, ranking_choices, value_system_measures
from valuestats.base.errors import SpecificationError
from valuestats.weights import mixed_fit
from valuestats.weights.feature_sets import feature_sets
from valuestats.weights.logit import maximise
from valuestats.weights.mixed_fit import Mixed, fit_mixed, sobol_points, unit_patterns


def choices(x, taken, who, **columns):
    n, options, k = x.shape
    frame = pd.DataFrame(
        {
            "choice": np.repeat(range(n), options),
            "option": np.tile([f"o{j}" for j in range(options)], n),
            "who": np.repeat(who, options),
            "chosen": (np.arange(options)[None] == taken[:, None]).astype(int).ravel(),
            **{f"x{c}": x[..., c].ravel() for c in range(k)},
            **{c: np.repeat(v, options) for c, v in columns.items()},
        }
    )
    return ranking_choices(frame)


def people(seed, n=60, each=10, mean=(1.0, -0.5), sd=(1.0, 0.0), options=2):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(n), each)
    x = rng.normal(size=(n * each, options, 2))
    w = np.array(mean) + np.array(sd) * rng.normal(size=(n, 2))
    u = np.einsum("njk,nk->nj", x, w[who]) + rng.gumbel(size=x.shape[:2])
    return x, u.argmax(axis=1), who


def test_the_simulated_likelihood_is_that_of_gauss_hermite_quadrature():
    """One weight varies: SciPy maximises the likelihood over 60 nodes; 2,048 points miss it by .006."""
    x, taken, who = people(1)
    sets = feature_sets(choices(x, taken, who), ["x0", "x1"], "who")
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    d = (
        np.take_along_axis(x, taken[:, None, None].repeat(2, 2), 1)[:, 0]
        - np.take_along_axis(x, 1 - taken[:, None, None].repeat(2, 2), 1)[:, 0]
    )

    def minus(theta):
        w0 = theta[0] + theta[2] * node
        log_p = special.log_expit(d[:, :1] * w0 + (d[:, 1] * theta[1])[:, None])
        unit = np.zeros((60, 60))
        np.add.at(unit, who, log_p)
        return -special.logsumexp(unit, b=weight / weight.sum(), axis=1).sum()

    best = optimize.minimize(minus, [1.0, -0.5, 0.8], method="BFGS")
    found = mixed_logit(
        choices(x, taken, who), ["x0", "x1"], unit="who", random=["x0"], points=2048, draws=10
    )
    assert found.meta["log_likelihood"] == pytest.approx(-best.fun, abs=1e-2)
    assert found.estimates["estimate"].to_numpy() == pytest.approx(best.x, abs=5e-3)
    problem = Mixed(sets, [0], sobol_points(2048, 1, 0))
    assert problem.value(best.x)[0] == pytest.approx(minus(best.x), abs=1e-2)


def test_the_gradient_is_that_of_the_likelihood_for_three_options():
    x, taken, who = people(2, n=12, each=4, options=3)
    sets = feature_sets(choices(x, taken, who), ["x0", "x1"], "who")
    problem = Mixed(sets, [0, 1], sobol_points(64, 2, 0))
    theta = np.array([0.7, -0.2, 0.9, 0.4])
    found = optimize.approx_fprime(theta, lambda t: problem.value(t)[0], 1e-6)
    assert problem.value(theta)[1] == pytest.approx(found, rel=1e-4, abs=1e-4)
    assert problem.by_unit(theta)[1].sum(axis=0) == pytest.approx(-problem.value(theta)[1])


def test_units_of_equal_choices_are_worked_out_once_and_in_blocks(monkeypatch):
    """With features of two values many units are alike, in another order: likelihood and slope are those of all of them."""
    rng = np.random.default_rng(6)
    x, who = rng.integers(0, 2, (600, 2, 2)).astype(float), np.repeat(np.arange(200), 3)
    sets = feature_sets(choices(x, rng.integers(0, 2, 600), who), ["x0", "x1"], "who")
    own, pattern = unit_patterns(sets)
    assert len(own.units) < 150
    points, theta = sobol_points(64, 1, 0), np.array([0.4, -0.3, 0.8])
    every = Mixed(sets, [0], points)
    times = np.bincount(pattern).astype(float)
    once = Mixed(own, [0], points, times)
    assert once.value(theta)[0] == pytest.approx(every.value(theta)[0], rel=1e-12)
    assert once.value(theta)[1] == pytest.approx(every.value(theta)[1], rel=1e-9)
    assert once.by_unit(theta)[1][pattern] == pytest.approx(every.by_unit(theta)[1], abs=1e-12)
    monkeypatch.setattr(mixed_fit, "_TOGETHER", 500)
    cut = Mixed(sets, [0], points)
    assert len(cut.blocks) > 50
    assert cut.by_unit(theta)[1] == pytest.approx(every.by_unit(theta)[1], abs=1e-14)


def test_scores_of_a_cluster_are_added_up():
    """Each unit twice, in one cluster: errors are those of the units once, as its copy says nothing new."""
    x, taken, who = people(7)
    once = feature_sets(choices(x, taken, who), ["x0", "x1"], "who")
    both = choices(np.concatenate([x, x]), np.r_[taken, taken], np.r_[who, who + 1000])
    twice = feature_sets(both, ["x0", "x1"], "who")
    cluster = np.array([int(u) % 1000 for u in twice.units])
    single, copied = (
        fit_mixed(once, [0], points=128, seed=0),
        fit_mixed(twice, [0], points=128, seed=0, cluster=cluster),
    )
    assert copied.theta == pytest.approx(single.theta, abs=1e-3)
    assert np.sqrt(np.diag(copied.covariance)) == pytest.approx(np.sqrt(np.diag(single.covariance)), rel=2e-3)
    with pytest.raises(SpecificationError, match="one cluster"):
        fit_mixed(once, [0], points=128, seed=0, cluster=np.zeros(60, dtype=np.int64))


def test_without_spread_it_is_the_conditional_logit():
    x, taken, who = people(3)
    sets = feature_sets(choices(x, taken, who), ["x0", "x1"], "who")
    beta = maximise(sets).beta
    problem = Mixed(sets, [0], sobol_points(64, 1, 0))
    value, slope = problem.value(np.r_[beta, 0.0])
    assert value == pytest.approx(-maximise(sets).log_likelihood)
    assert slope[:2] == pytest.approx([0, 0], abs=1e-5)


def test_spreads_that_are_there_are_told_and_others_not():
    x, taken, who = people(4, n=80)
    found = mixed_logit(choices(x, taken, who), ["x0", "x1"], unit="who", points=256, draws=200)
    rows = found.estimates.set_index(["feature", "part"])
    assert rows.loc[("x0", "spread"), "p_value"] < 1e-4
    assert rows.loc[("x0", "spread"), "lower"] < 1 < rows.loc[("x0", "spread"), "upper"]
    assert rows.loc[("x1", "spread"), "p_value"] > 0.05
    assert {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"} == {("effect", "none")}
    assert rows.loc[("x0", "mean"), "positive"] == pytest.approx(
        stats.norm.cdf(rows.loc[("x0", "mean"), "estimate"] / rows.loc[("x0", "spread"), "estimate"])
    )
    assert "Weights vary over people for x0" in found.sentence()
    assert found.plot() is not None


def test_the_interval_of_a_spread_ends_where_its_profile_falls_by_chi_squared():
    """Against SciPy's profile of the likelihood over 60 nodes, with the quantile of Student's t for 59 degrees."""
    x, taken, who = people(1)
    table = choices(x, taken, who)
    sets = feature_sets(table, ["x0"], "who")
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    d = -sets.x[:, 1, 0]

    def minus(mean, spread):
        log_p = special.log_expit(d[:, None] * (mean + spread * node))
        unit = np.zeros((60, 60))
        np.add.at(unit, sets.unit, log_p)
        return -special.logsumexp(unit, b=weight / weight.sum(), axis=1).sum()

    def profile(spread):
        return optimize.minimize_scalar(lambda m: minus(m, spread), bounds=(-3, 5), method="bounded").fun

    best = optimize.minimize_scalar(profile, bounds=(0.1, 4), method="bounded")
    fall = stats.t.ppf(0.975, 59) ** 2 / 2
    ends = [
        optimize.brentq(lambda s: profile(s) - best.fun - fall, *pair)
        for pair in ((0.01, best.x), (best.x, 6))
    ]
    row = mixed_logit(table, ["x0"], unit="who", points=2048, draws=10).estimates.iloc[1]
    assert row[["lower", "upper"]].to_numpy(dtype=float) == pytest.approx(ends, abs=0.01)
    assert row["interval"] == "profile likelihood"


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_a_spread_of_nothing_has_an_interval_from_0(seed):
    """No weight varies: intervals were [0, 0], [0, 2.6e9], or above 0, and the verdict sound."""
    x, taken, who = people(seed, n=60, mean=(0.8, 0.4), sd=(0.0, 0.0))
    found = mixed_logit(choices(x, taken, who), ["x0", "x1"], unit="who", points=64, draws=500)
    rows = found.estimates[found.estimates["part"] == "spread"]
    assert (rows["lower"] == 0).all()
    assert rows["upper"].between(0.1, 2).all()
    assert (rows["p_value"] > 0.05).all()
    signs = found.verdict.rows.set_index(["feature", "part"])["sign"]
    assert set(signs.xs("spread", level="part")) == {"none"}
    assert "is not excluded" in found.sentence()
    drawn = found.replicates().sel(part="spread")
    assert float(drawn.min()) >= 0
    assert drawn.quantile(0.95, "draw").to_numpy() == pytest.approx(rows["upper"].to_numpy(), rel=0.6)
    plain = maximise(feature_sets(choices(x, taken, who), ["x0", "x1"], "who")).beta
    if (rows["estimate"] == 0).all():
        means = found.estimates[found.estimates["part"] == "mean"]
        assert means["estimate"].to_numpy() == pytest.approx(plain, abs=1e-3)
        assert rows["std_error"].isna().all()


def test_a_spread_without_an_upper_end_and_one_told_by_one_side_only():
    """Two choices a person between the same: large spreads are as likely as any."""
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(30), 2)
    x = np.stack([np.ones((60, 1)), np.zeros((60, 1))], axis=1)
    taken = np.repeat(rng.integers(0, 2, 30), 2)  # each person takes the same side twice
    found = mixed_logit(choices(x, taken, who), ["x0"], unit="who", points=64, draws=10)
    row = found.estimates.iloc[1]
    assert np.isposinf(row["upper"])
    assert row["lower"] > 0
    assert any("however large" in r.text for r in found.verdict.reasons)
    frame = found.estimates.assign(lower=[-1.0, 0.0], upper=[1.0, 2.0], p_value=[np.nan, 0.04])
    told = replace(found, estimates=frame).verdict.reasons
    assert any("one-sided test alone" in r.text for r in told)


def test_few_units_and_other_names_are_refused():
    x, taken, who = people(5, n=3, each=20)
    with pytest.raises(SpecificationError, match="fewer units"):
        mixed_logit(choices(x, taken, who), ["x0", "x1"], unit="who")
    x, taken, who = people(5)
    with pytest.raises(SpecificationError, match="not among the features"):
        mixed_logit(choices(x, taken, who), ["x0"], unit="who", random=["x1"])


def two_kinds(seed, n=120, each=12, slope=1.5):
    rng = np.random.default_rng(seed)
    who, income = np.repeat(np.arange(n), each), rng.normal(40, 10, n).round(1)
    late = rng.random(n) < special.expit(slope * (income - 40) / 10 - 0.7)
    x = rng.normal(size=(n * each, 2, 2))
    w = np.where(late[:, None], [-2.0, 0.5], [2.0, 1.0])[who]
    taken = (np.einsum("njk,nk->nj", x, w) + rng.gumbel(size=(n * each, 2))).argmax(axis=1)
    return choices(x, taken, who, income=income[who]), late, income


def test_membership_is_a_logistic_regression_where_classes_are_plain():
    """With classes that twelve choices give away, its coefficient is statsmodels' of the true class."""
    import statsmodels.api as sm

    table, late, income = two_kinds(1)
    found = choice_classes(table, ["x0", "x1"], unit="who", membership=["income"], starts=6, replicates=40)
    rows = found.estimates.set_index(["class", "feature"])
    z = (income - income.mean()) / income.std(ddof=1)
    first_is_late = rows.loc[("class 1", "x0"), "estimate"] < 0
    fit = sm.Logit((late != first_is_late).astype(float), sm.add_constant(z)).fit(disp=0)
    row = rows.loc[("class 2", "membership: income")]
    assert row["estimate"] == pytest.approx(fit.params[1], abs=0.15)
    assert row["std_error"] == pytest.approx(fit.bse[1], rel=0.4)
    assert ("class 1", "membership: income") not in rows.index
    share = (late if first_is_late else ~late).mean()
    assert rows.loc[("class 1", "share"), "estimate"] == pytest.approx(share, abs=0.05)
    assert found.plot() is not None


def test_without_columns_the_classes_are_as_before():
    table, *_ = two_kinds(2, n=40, each=8, slope=0.0)
    plain = choice_classes(table, ["x0", "x1"], unit="who", starts=4, replicates=0)
    with_income = choice_classes(
        table, ["x0", "x1"], unit="who", membership=["income"], starts=4, replicates=0
    )
    gain = with_income.meta["log_likelihood"] - plain.meta["log_likelihood"]
    assert 0 <= gain < 6  # one parameter that is worth nothing
    assert set(plain.estimates["feature"]) == {"share", "x0", "x1"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop(columns="income"), "no such column"),
        (lambda f: f.assign(income="rich"), "not a number for every unit"),
        (lambda f: f.assign(income=1.0), "same for all units"),
        (lambda f: f.assign(income=np.repeat(np.arange(len(f) // 2), 2)), "differs within a unit"),
    ],
)
def test_a_column_that_is_nothing_of_the_unit_is_refused(change, says):
    table, *_ = two_kinds(3, n=30, each=4)
    with pytest.raises(SpecificationError, match=says):
        choice_classes(type(table)(change(table.frame)), ["x0"], unit="who", membership=["income"], starts=1)


def test_measures_by_hand():
    """Everybody of one kind choose by x0 > 0, the others against it; systems known, each discord counted by loops."""
    table, *_ = two_kinds(4, n=40, each=10)
    classes = choice_classes(table, ["x0", "x1"], unit="who", starts=6, replicates=0)
    found = value_system_measures(table, ["x0", "x1"], unit="who", classes=classes, replicates=50)
    rows = found.estimates.set_index(["measure", "system"])
    w = classes.estimates.pivot(index="class", columns="feature", values="estimate")
    shares, w = w["share"].to_numpy(), w[["x0", "x1"]].to_numpy()
    sets = [own for _, own in table.frame.groupby("choice", sort=False)]
    d = np.array(
        [
            own.loc[own["rank"] == 1, ["x0", "x1"]].to_numpy(float)[0]
            - own.loc[own["rank"].isna(), ["x0", "x1"]].to_numpy(float)[0]
            for own in sets
        ]
    )
    who = np.array([own["who"].iloc[0] for own in sets])
    wrong, log_p = (d @ w.T < 0), special.log_expit(d @ w.T)
    held, system = [], []
    for i in range(len(d)):
        others = (who == who[i]) & (np.arange(len(d)) != i)
        system.append(int((np.log(shares) + log_p[others].sum(axis=0)).argmax()))
        held.append(bool(wrong[i, system[-1]]))
    held, system = np.array(held), np.array(system)
    assert rows.loc[("representativeness", "all"), "estimate"] == pytest.approx(1 - held.mean())
    for c in range(2):
        assert rows.loc[("discordance", f"class {c + 1}"), "estimate"] == pytest.approx(
            held[system == c].mean()
        )
    apart = (np.sign(d @ w[0]) != np.sign(d @ w[1])).mean()
    assert rows.loc[("conciseness", "all"), "estimate"] == pytest.approx(apart)
    worst = max(held[system == c].mean() for c in range(2))
    assert rows.loc[("Dunn index", "all"), "estimate"] == pytest.approx(apart / worst)
    assert (
        rows.loc[("representativeness", "all"), "in_sample"]
        >= rows.loc[("representativeness", "all"), "estimate"]
    )
    assert "order at least" in found.sentence()
    assert found.plot() is not None


def test_coherence_is_the_share_of_pairs_that_a_value_orders_alike():
    table, *_ = two_kinds(5, n=30, each=8)
    classes = choice_classes(table, ["x0", "x1"], unit="who", starts=4, replicates=0)
    frame = table.frame.assign(better=lambda f: f["x0"].where(f["choice"] % 4 != 0, -f["x0"]))
    found = value_system_measures(
        type(table)(frame), ["x0", "x1"], unit="who", classes=classes, said={"x0": "better"}, replicates=20
    )
    row = found.estimates.set_index("measure").loc["coherence"]
    assert row["estimate"] == pytest.approx(0.75)
    assert row["system"] == "x0"


def test_one_kind_of_people_is_said_to_need_one_system():
    x, taken, who = people(6, n=60, sd=(0.0, 0.0))
    table = choices(x, taken, who)
    classes = choice_classes(table, ["x0", "x1"], unit="who", starts=8, replicates=0)
    found = value_system_measures(table, ["x0", "x1"], unit="who", classes=classes, replicates=50)
    assert {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"} == {("simpler", "care")}


def test_classes_of_something_else_are_refused():
    table, *_ = two_kinds(7, n=30, each=4)
    classes = choice_classes(table, ["x0"], unit="who", starts=2, replicates=0)
    with pytest.raises(SpecificationError, match="other features or units"):
        value_system_measures(table, ["x0", "x1"], unit="who", classes=classes)
