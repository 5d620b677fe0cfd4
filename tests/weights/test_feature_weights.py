"""Weights of features against statsmodels, quadrature and closed forms; curves by hand; simulations with a known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit
from statsmodels.discrete.conditional_models import ConditionalLogit

from valuestats import Sampling, feature_weights, fit_choice, learning_curve, ranking_choices
from valuestats.base.errors import InputError, SpecificationError
from valuestats.weights.curve import ACCURACY, AGAINST
from valuestats.weights.feature_sets import feature_sets
from valuestats.weights.logit import collinearity, log_probabilities


def simulated(n=200, w=(1.0, 0.5), options=2, people=20, correlation=0.0, seed=0):
    rng = np.random.default_rng(seed)
    p = len(w)
    x = rng.normal(size=(n, options, p))
    x = np.sqrt(1 - correlation) * x + np.sqrt(correlation) * rng.normal(size=(n, options, 1))
    u = x @ np.asarray(w) + rng.gumbel(size=(n, options))
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), options),
            "option": np.tile([f"o{k}" for k in range(options)], n),
            "chosen": (u == u.max(axis=1, keepdims=True)).astype(int).ravel(),
            "person": np.repeat(np.arange(n) % people, options),
        }
    )
    for k in range(p):
        frame[f"x{k}"] = x[..., k].ravel()
    return frame


def names(frame):
    return [c for c in frame.columns if c.startswith("x")]


@pytest.mark.parametrize("options", [2, 3, 5])
def test_maximum_likelihood_agrees_with_statsmodels(options):
    frame = simulated(options=options, w=(0.8, -0.4, 0.0), seed=options)
    found = feature_weights(ranking_choices(frame), names(frame))
    theirs = ConditionalLogit(frame["chosen"], frame[names(frame)], groups=frame["choice"]).fit(
        disp=False, method="bfgs", gtol=1e-9
    )
    # its BFGS ends a little short of the maximum
    assert found.estimates["estimate"].to_numpy() == pytest.approx(theirs.params.to_numpy(), abs=1e-4)
    assert found.estimates["std_error"].to_numpy() == pytest.approx(theirs.bse.to_numpy(), rel=1e-3)
    assert theirs.llf <= found.meta["log_likelihood"] == pytest.approx(theirs.llf, abs=1e-6)


def test_clustered_errors_are_the_sandwich_of_a_logit():
    frame = simulated(w=(0.8, -0.4), seed=4)
    found = feature_weights(ranking_choices(frame), names(frame), unit="person").estimates
    wide = frame[names(frame)].to_numpy().reshape(-1, 2, 2)
    d, took = wide[:, 0] - wide[:, 1], frame["chosen"].to_numpy()[::2]
    fit = sm.Logit(took, d).fit(
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": frame["person"].to_numpy()[::2], "use_correction": False, "df_correction": False},
    )
    assert found["std_error"].to_numpy() == pytest.approx(fit.bse * np.sqrt(20 / 19), rel=1e-6)
    reach = stats.t.ppf(0.975, 19) * found["std_error"]
    assert (found["upper"] - found["estimate"]).to_numpy() == pytest.approx(reach.to_numpy())


def grid_posterior(sets, constraint, sd, n=400, top=4.0):
    """Posterior means by brute force over a grid of two weights, the priors written out anew."""
    low = -top if constraint == "free" else 0.0
    axis = low + (np.arange(n) + 0.5) * (top - low) / n
    a, b = np.meshgrid(axis, axis, indexing="ij")
    w = np.stack([a.ravel(), b.ravel()], axis=1)
    d = sets.differences
    log = -np.logaddexp(0, -(d @ w.T)).sum(axis=0)
    if constraint == "simplex":
        s = w.sum(axis=1)
        spread = np.sqrt((d.mean(axis=1) ** 2).mean())
        log = log + stats.norm.logpdf(s, 0, sd / spread) - np.log(s)  # shares uniform: w has density p(s) / s
    else:
        log = log + stats.norm.logpdf(w, 0, sd / np.sqrt((d**2).mean(axis=0))).sum(axis=1)
    p = np.exp(log - log.max())
    p /= p.sum()
    shown = w / w.sum(axis=1, keepdims=True) if constraint == "simplex" else w
    mean = np.nansum(p[:, None] * shown, axis=0)
    return mean, np.sqrt(np.nansum(p[:, None] * (shown - mean) ** 2, axis=0))


@pytest.mark.parametrize("constraint", ["free", "nonnegative", "simplex"])
def test_posteriors_are_those_of_quadrature(constraint):
    choices = ranking_choices(simulated(n=40, w=(1.0, 0.1), seed=3))
    found = feature_weights(
        choices, ["x0", "x1"], constraint=constraint, prior_sd=2.0, sampling=Sampling(draws=800), seed=1
    )
    mean, sd = grid_posterior(feature_sets(choices, ["x0", "x1"]), constraint, 2.0)
    assert found.meta["gate"]["passed"]
    assert found.estimates["estimate"].to_numpy() == pytest.approx(mean, abs=0.08 * sd.max())
    assert found.estimates["std_error"].to_numpy() == pytest.approx(sd, rel=0.08)
    if constraint == "simplex":
        assert found.replicates().sum("feature").to_numpy() == pytest.approx(np.ones(3200))


def test_variance_inflation_is_that_of_regressions_through_the_origin():
    sets = feature_sets(ranking_choices(simulated(w=(1.0, 0.5, 0.2), correlation=0.8)), ["x0", "x1", "x2"])
    d = sets.differences
    theirs = [1 / (1 - sm.OLS(d[:, k], np.delete(d, k, axis=1)).fit().rsquared) for k in range(3)]
    inflation, condition = collinearity(sets)
    assert inflation == pytest.approx(theirs)
    scaled = d / np.sqrt((d**2).sum(axis=0))
    assert condition == pytest.approx(np.linalg.cond(scaled))


def test_the_order_of_rows_and_choices_changes_nothing():
    frame = simulated(options=3)
    one = feature_weights(ranking_choices(frame), names(frame)).estimates
    mixed = frame.sample(frac=1, random_state=3)
    two = feature_weights(ranking_choices(mixed), names(frame)).estimates
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)


def test_sets_of_different_sizes():
    """A third option that is not offered is as one of no probability."""
    frame = simulated(options=3, seed=2)
    keep = ~((frame["choice"] % 2 == 0) & (frame["chosen"] == 0) & (frame["option"] == "o2"))
    sets = feature_sets(ranking_choices(frame[keep]), ["x0", "x1"])
    assert set(sets.offered.sum(axis=1)) == {2, 3}
    w = np.array([0.7, -0.3])
    expected = []
    for _, own in frame[keep].groupby("choice"):
        u = own[["x0", "x1"]].to_numpy() @ w
        expected.append(u[own["chosen"].to_numpy() == 1][0] - np.log(np.exp(u).sum()))
    assert log_probabilities(sets, w) == pytest.approx(np.array(expected))


def test_invalid_choices_are_counted():
    choices = ranking_choices(simulated(n=50))
    frame = choices.frame.copy()
    lost = frame["choice"] == frame["choice"].iloc[0]
    frame.loc[lost, "status"], frame.loc[lost, "rank"] = "refusal", pd.NA
    found = feature_weights(type(choices)(frame), ["x0", "x1"])
    assert found.estimates[["n_scored", "n_asked"]].iloc[0].tolist() == [49, 50]
    assert "1 of 50 choices were not made" in found.sentence()


def test_the_sentence_says_where_the_errors_are_from():
    """A sandwich resamples nothing."""
    frame = simulated(n=60)
    choices = ranking_choices(frame.assign(person=frame["choice"] % 20))
    told = feature_weights(choices, ["x0", "x1"], unit="person").sentence()
    assert "errors over 20 units of person" in told
    assert "resampled" not in told
    assert "taken as independent" in feature_weights(choices, ["x0", "x1"]).sentence()


@pytest.mark.parametrize(
    ("change", "options", "says", "parameter"),
    [
        (lambda f: f, {"features": ["x9"]}, "no such column", "features"),
        (lambda f: f, {"features": []}, "once each", "features"),
        (lambda f: f, {"features": ["x0", "x0"]}, "once each", "features"),
        (lambda f: f.assign(x0=1.0), {}, "never differs", "features"),
        (lambda f: f.assign(x0="much"), {}, "not a number", "features"),
        (lambda f: f.assign(x1=f["x0"] * 2), {}, "no finite estimate", "features"),
        (lambda f: f.assign(x0=f["chosen"].astype(float)), {}, "no finite estimate", "features"),
        (lambda f: f.assign(person="p"), {"unit": "person"}, "one unit", "unit"),
        (lambda f: f.assign(person=None), {"unit": "person"}, "null unit", "unit"),
        (lambda f: f, {"unit": "person", "prior_sd": 1.0}, "independent", "unit"),
        (lambda f: f, {"unit": "person", "constraint": "simplex"}, "independent", "unit"),
    ],
)
def test_bad_input_is_named(change, options, says, parameter):
    frame = change(simulated(n=40))
    with pytest.raises((SpecificationError, InputError), match=says) as caught:
        feature_weights(ranking_choices(frame), options.pop("features", ["x0", "x1"]), **options)
    assert caught.value.parameter == parameter


def test_ties_are_refused():
    frame = simulated(n=40)
    frame.loc[:1, "chosen"] = 1
    with pytest.raises((SpecificationError, InputError), match=r"one option|first place|chosen"):
        feature_weights(ranking_choices(frame), ["x0"])


def test_what_decides_every_choice_has_a_posterior():
    frame = simulated(n=40)
    found = feature_weights(
        ranking_choices(frame.assign(x0=frame["chosen"].astype(float))),
        ["x0"],
        prior_sd=2.5,
        sampling=Sampling(draws=300),
    )
    assert 0 < found.estimates["lower"].iloc[0] < found.estimates["upper"].iloc[0] < 20


def amiss(result):
    return {
        (r.aspect, r.where.get("feature", r.where.get("method")))
        for r in result.verdict.reasons
        if r.sign != "sound"
    }


def test_each_planted_defect_makes_its_own_warning():
    frame = simulated(n=300, w=(1.0, 0.5, 0.2), people=40)
    assert amiss(feature_weights(ranking_choices(frame), names(frame), unit="person")) == set()
    few = frame.assign(person=frame["person"] % 6)
    assert amiss(feature_weights(ranking_choices(few), names(frame), unit="person")) == {("units", None)}
    near = frame.assign(x2=frame["x1"] + 0.1 * frame["x2"])
    assert amiss(feature_weights(ranking_choices(near), names(frame))) == {
        ("collinear", "x1"),
        ("collinear", "x2"),
    }
    blind = simulated(n=300, w=(0.0, 0.0), seed=5)
    found = learning_curve(ranking_choices(blind), names(blind), sizes=[100], splits=10, methods=["free"])
    assert amiss(found) == {("baseline", "free"), ("baseline", "mean")}


def test_a_curve_by_hand():
    """One feature: the sign decides, so that accuracy is the share of held-out choices that took the higher one."""
    frame = simulated(n=100, w=(1.5,), seed=6)
    found = learning_curve(ranking_choices(frame), ["x0"], sizes=[60], splits=8, methods=["free"], seed=3)
    x = frame["x0"].to_numpy().reshape(-1, 2)
    took = frame["chosen"].to_numpy().reshape(-1, 2)[:, 0] == 1
    right = (x[:, 0] > x[:, 1]) == took
    rng = np.random.default_rng(3)
    each = [right[rng.permutation(100)[:20]].mean() for _ in range(8)]
    table = found.estimates.set_index(["measure", "method"]).loc[ACCURACY]
    assert table.loc["mean", "estimate"] == pytest.approx(np.mean(each))
    error = np.sqrt((1 / 8 + 20 / 80) * np.var(each, ddof=1))
    assert table.loc["mean", "std_error"] == pytest.approx(error)
    assert table.loc["mean", "upper"] - np.mean(each) == pytest.approx(stats.t.ppf(0.975, 7) * error)
    assert table.loc["free" + AGAINST, "estimate"] == pytest.approx(0.0)
    assert table.loc["mean", "naive_error"] == pytest.approx(np.std(each, ddof=1) / np.sqrt(8))


def test_a_curve_rises_to_what_the_true_weights_reach():
    frame = simulated(n=1500, w=(2.0, -2.0, 0.0), seed=7)
    found = learning_curve(ranking_choices(frame), names(frame), sizes=[25, 1000], splits=10)
    table = found.estimates.set_index(["measure", "method", "size"])["estimate"]
    u = frame[names(frame)].to_numpy().reshape(-1, 2, 3) @ [2.0, -2.0, 0.0]
    best = expit(np.abs(u[:, 0] - u[:, 1])).mean()
    assert table[ACCURACY, "free", 1000] == pytest.approx(best, abs=0.02)
    assert table[ACCURACY, "free", 25] < table[ACCURACY, "free", 1000]
    assert table[ACCURACY, "mean", 1000] < 0.6 < table[ACCURACY, "nonnegative", 1000] < best - 0.05
    assert found.plot().to_dict()["layer"]
    assert "better" in found.sentence()


@pytest.mark.parametrize("sizes", [[1], [], [90], [25, 90]])
def test_sizes_that_can_not_be(sizes):
    frame = simulated(n=100)
    with pytest.raises(SpecificationError, match="can't give"):
        learning_curve(ranking_choices(frame), ["x0"], sizes=sizes, splits=3)


def formula_choices():
    rng = np.random.default_rng(12)
    n = 400
    x, y = rng.normal(size=(2, n, 2))
    own = rng.integers(0, 3, n)[:, None] + np.arange(2) * rng.integers(1, 3, n)[:, None]
    option = own % 3
    utility = 0.8 * x - 0.4 * y + 0.5 * x * y + np.array([0.0, 0.6, -0.3])[option]
    took = (utility + rng.gumbel(size=(n, 2))).argmax(axis=1)
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), 2),
            "option": np.array(list("abc"))[option.ravel()],
            "x": x.ravel(),
            "y": y.ravel(),
            "who": np.repeat(np.arange(n) % 40, 2),
            "chosen": (np.arange(2) == took[:, None]).ravel().astype(int),
        }
    )
    return ranking_choices(frame)


def test_a_formula_gives_the_weights_of_fit_choice():
    """Both by maximum likelihood of one model; errors clustered alike."""
    choices, formula = formula_choices(), "utility ~ 0 + option + x*y"
    ours = feature_weights(choices, formula, unit="who").estimates.set_index("feature")
    fit = fit_choice(formula, choices, engine="ml", cluster="who").estimates.set_index("term")
    for name in ("x", "y", "x:y"):
        for column in ("estimate", "std_error"):
            assert ours.loc[name, column] == pytest.approx(fit.loc[name, column], rel=1e-7)
    gap = fit.loc["option[b]", "estimate"] - fit.loc["option[a]", "estimate"]
    assert ours.loc["option[b]", "estimate"] == pytest.approx(gap, rel=1e-7)
    assert list(ours.index) == ["option[b]", "option[c]", "x", "y", "x:y"]


def test_a_formula_has_no_groups_and_fit_choice_says_who_has_bounds():
    choices = formula_choices()
    with pytest.raises(SpecificationError, match="no effects of groups") as refused:
        feature_weights(choices, "utility ~ x + (0 + x|who)")
    assert "fit_choice" in str(refused.value)
    with pytest.raises(SpecificationError, match="feature_weights"):
        fit_choice("utility ~ x", choices, constraint="simplex")
    with pytest.raises(SpecificationError, match="choice_classes"):
        fit_choice("utility ~ x", choices, classes=2)


def test_what_weighs_most_does_not_depend_on_the_unit():
    """A binary feature and a number of people: by the unit the first is larger, over what options differ by the second."""
    rng = np.random.default_rng(5)
    n = 2000
    x = np.stack([rng.choice([1.0, 2, 5, 10], (n, 2)), rng.integers(0, 2, (n, 2)).astype(float)], axis=2)
    first = rng.random(n) < 1 / (1 + np.exp(-((x[:, 0] - x[:, 1]) @ [0.2, 0.8])))
    frame = pd.DataFrame({"choice": np.repeat(range(n), 2), "option": ["a", "b"] * n})
    frame = frame.assign(people=x[..., 0].ravel(), lawful=x[..., 1].ravel())
    table = frame.assign(chosen=np.column_stack([first, ~first]).astype(int).ravel())
    in_tens = table.assign(people=table["people"] / 10)
    for shown in (table, in_tens):
        found = feature_weights(ranking_choices(shown), ["people", "lawful"])
        assert "people weighs most (+" in found.sentence()
        rows = found.estimates.set_index("feature")
        own = shown["people"].to_numpy().reshape(n, 2)
        sd = np.sqrt(((own[:, 0] - own[:, 1]) ** 2).mean())
        assert rows.loc["people", "per_sd"] == pytest.approx(sd * rows.loc["people", "estimate"])
    assert rows.loc["people", "estimate"] > 1.5 > rows.loc["lawful", "estimate"]
