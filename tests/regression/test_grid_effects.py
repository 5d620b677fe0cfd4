"""Predictions, comparisons and slopes on grids, against statsmodels and closed forms with the delta method."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.numdiff import approx_fprime_cs

from valuestats import comparisons, datagrid, fit_ordinal, hypotheses, marginal_effects, predictions, slopes
from valuestats.base.errors import GateError, SpecificationError
from valuestats.results.result import Result

FORMULA = "answer ~ model * length"


def data(n=600, categories=4, seed=4):
    rng = np.random.default_rng(seed)
    model, length = rng.choice(["a", "b", "c"], n), rng.normal(2.0, 1.5, n).round(1)
    eta = (
        np.select([model == "b", model == "c"], [0.8, -0.4], 0.0)
        + 0.5 * length
        - 0.3 * length * (model == "c")
    )
    cut = np.linspace(-0.5, 2.0, categories - 1)
    code = 1 + (eta[:, None] + rng.logistic(size=(n, 1)) > cut).sum(axis=1)
    return pd.DataFrame({"model": model, "length": length, "answer": code})


@pytest.fixture(scope="module")
def frame():
    return data()


@pytest.fixture(scope="module")
def fit(frame):
    return fit_ordinal(FORMULA, frame, engine="ml", seed=1)


def design(frame):
    b, c, x = (frame["model"] == "b") * 1.0, (frame["model"] == "c") * 1.0, frame["length"].astype(float)
    return np.column_stack([b, c, x, b * x, c * x])


@pytest.fixture(scope="module")
def reference(frame):
    """The same model by statsmodels: expected answer of rows, by parameters that a delta method may shift."""
    found = OrderedModel(frame["answer"].astype(int), design(frame), distr="logit").fit(method="bfgs", disp=0)

    def scores(params, rows):
        rows = design(rows)
        beta, raw = params[:5], params[5:]
        cut = np.concatenate([raw[:1], raw[0] + np.cumsum(np.exp(raw[1:]))])
        below = 1 / (1 + np.exp(-(cut - (rows @ beta)[:, None])))
        return 4 - below.sum(axis=1)  # codes 1 to 4

    def delta(function):
        point = np.asarray(found.params, dtype=float)
        slope = np.atleast_2d(approx_fprime_cs(point, function))
        return function(point), np.sqrt(np.diag(slope @ found.cov_params() @ slope.T))

    return scores, delta


def test_predictions_at_a_grid_are_statsmodels_with_its_delta_method(fit, reference):
    scores, delta = reference
    grid = datagrid(fit, {"model": "levels", "length": [0.0, 2.0, 4.0]})
    found = predictions(fit, grid, most=4000)
    point, error = delta(lambda p: scores(p, grid))
    assert found.keys == ("row",)
    assert found.estimates[["model", "length"]].equals(grid[["model", "length"]].astype({"model": "str"}))
    np.testing.assert_allclose(found.estimates["estimate"], point, atol=2e-4)
    np.testing.assert_allclose(found.estimates["std_error"], error, rtol=0.08)
    p = predictions(fit, grid, outcome="probabilities").estimates
    np.testing.assert_allclose(p.groupby("row")["estimate"].sum(), 1.0)
    again = (p["estimate"] * p["code"]).groupby(p["row"].astype(int)).sum()
    np.testing.assert_allclose(again, found.estimates["estimate"], atol=1e-12)


def test_averages_by_columns_weigh_the_answers(fit, frame, reference):
    scores, delta = reference
    found = predictions(fit, by="model", most=4000).estimates.set_index("model")
    for model, part in frame.groupby("model"):
        point, error = delta(lambda p, part=part: np.array([scores(p, part).mean()]))
        assert found.loc[model, "estimate"] == pytest.approx(point[0], abs=2e-4)
        assert found.loc[model, "std_error"] == pytest.approx(error[0], rel=0.08)
    counterfactual = predictions(fit, datagrid(fit, "model", others="observed"), by="model").estimates
    for row in counterfactual.itertuples():
        point, _ = delta(lambda p, m=row.model: np.array([scores(p, frame.assign(model=m)).mean()]))
        assert row.estimate == pytest.approx(point[0], abs=2e-4)


@pytest.mark.parametrize(
    ("comparison", "function"),
    [
        ("difference", lambda b, a: b - a),
        ("ratio", lambda b, a: b / a),
        ("log ratio", lambda b, a: np.log(b / a)),
        ("lift", lambda b, a: b / a - 1),
    ],
)
def test_comparisons_are_functions_of_averaged_predictions(fit, frame, reference, comparison, function):
    scores, delta = reference
    found = comparisons(fit, {"model": "pairwise"}, comparison=comparison, most=4000).estimates
    sign = " - " if comparison in ("difference", "lift") else " / "
    assert found["contrast"].tolist() == [f"b{sign}a", f"c{sign}a", f"c{sign}b"]
    for row in found.itertuples():
        high, low = row.contrast.split(sign)

        def both(p, high=high, low=low):
            ends = (scores(p, frame.assign(model=m)).mean() for m in (high, low))
            return np.array([function(*ends)])

        point, error = delta(both)
        assert row.estimate == pytest.approx(point[0], abs=3e-4)
        assert row.std_error == pytest.approx(error[0], rel=0.08)


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (None, lambda x, sd: (x + 1, x)),
        (2.5, lambda x, sd: (x + 2.5, x)),
        ("sd", lambda x, sd: (x + sd / 2, x - sd / 2)),
        ([1.0, 3.0], lambda x, sd: (0 * x + 3.0, 0 * x + 1.0)),
        ("range", lambda x, sd: (0 * x + x.max(), 0 * x + x.min())),
    ],
)
def test_changes_of_a_number(fit, frame, reference, change, ends):
    scores, delta = reference
    found = comparisons(fit, {"length": change}, by="model").estimates.set_index("model")
    high, low = ends(frame["length"], frame["length"].std(ddof=1))
    for model in "abc":
        here = frame["model"] == model
        point, _ = delta(
            lambda p, here=here: np.array(
                [
                    scores(p, frame.assign(length=high)[here]).mean()
                    - scores(p, frame.assign(length=low)[here]).mean()
                ]
            )
        )
        assert found.loc[model, "estimate"] == pytest.approx(point[0], abs=5e-4)


def test_slopes_and_elasticities_are_the_closed_form(fit, frame, reference):
    """d E[y] / d x of a cumulative logit is the sum of logistic densities at the thresholds times the coefficient."""
    scores, delta = reference
    found = slopes(fit, "length", by="model", most=4000).estimates.set_index("model")
    elastic = slopes(fit, "length", slope="eyex").estimates["estimate"].iloc[0]
    assert len(slopes(fit, "length", slope="dyex", outcome="probabilities").estimates) == 4

    def rates(p, rows):
        beta, raw = p[:5], p[5:]
        cut = np.concatenate([raw[:1], raw[0] + np.cumsum(np.exp(raw[1:]))])
        below = 1 / (1 + np.exp(-(cut - (design(rows) @ beta)[:, None])))
        own = beta[2] + beta[3] * (rows["model"] == "b") + beta[4] * (rows["model"] == "c")
        return (below * (1 - below)).sum(axis=1) * own.to_numpy()

    for model, part in frame.groupby("model"):
        point, error = delta(lambda p, part=part: np.array([rates(p, part).mean()]))
        assert found.loc[model, "estimate"] == pytest.approx(point[0], abs=2e-4)
        assert found.loc[model, "std_error"] == pytest.approx(error[0], rel=0.08)
    point, _ = delta(
        lambda p: np.array([(rates(p, frame) * frame["length"].to_numpy() / scores(p, frame)).mean()])
    )
    assert elastic == pytest.approx(point[0], abs=2e-4)


def test_two_categories_give_the_margins_of_a_logit(frame):
    """statsmodels' get_margeff, average and at the means, of a logistic regression."""
    two = frame.assign(answer=(frame["answer"] > 2).astype(int))
    fit = fit_ordinal("answer ~ model + length", two, engine="ml", seed=1)
    x = sm.add_constant(design(two)[:, :3])
    logit = sm.Logit(two["answer"], x).fit(disp=0)
    margins = logit.get_margeff(at="overall")
    found = slopes(fit, "length", most=4000).estimates
    assert found["estimate"].iloc[0] == pytest.approx(margins.margeff[2], abs=1e-4)
    assert found["std_error"].iloc[0] == pytest.approx(margins.margeff_se[2], rel=0.08)
    steps = comparisons(
        fit, "model", datagrid(fit, "model", others="observed").query("model == 'a'")
    ).estimates
    for row, shift in zip(steps.itertuples(), (1, 2), strict=True):
        low, high = x.copy(), x.copy()
        low[:, 1:3], high[:, 1:3] = 0, 0
        high[:, shift] = 1
        truth = (expit(high @ logit.params) - expit(low @ logit.params)).mean()
        assert row.estimate == pytest.approx(truth, abs=1e-4)


def test_a_bayesian_fit_agrees_with_its_own_marginal_effects(frame):
    fit = fit_ordinal("answer ~ model + length + (1|item)", frame.assign(item=np.arange(600) % 20), seed=1)
    old = marginal_effects(fit, "model").estimates
    new = comparisons(fit, "model").estimates
    np.testing.assert_allclose(
        new[["estimate", "lower", "upper"]], old[["estimate", "lower", "upper"]], atol=1e-10
    )
    old, new = marginal_effects(fit, "length").estimates, slopes(fit, "length").estimates
    np.testing.assert_allclose(new["estimate"], old["estimate"], atol=1e-8)
    grid = datagrid(fit, {"model": "levels"})
    assert len(set(grid["item"])) == 1
    wide = predictions(fit, grid, groups="new").estimates
    narrow = predictions(fit, grid, groups="zero").estimates
    assert (wide["std_error"] > narrow["std_error"]).all()


def test_grids(fit, frame):
    assert datagrid(fit).to_dict("list") == {
        "model": [frame["model"].mode()[0]],
        "length": [pytest.approx(frame["length"].mean())],
    }
    assert datagrid(fit, {"length": "range"})["length"].tolist() == [
        frame["length"].min(),
        frame["length"].max(),
    ]
    spread = datagrid(fit, {"length": "sd"})["length"].to_numpy()
    np.testing.assert_allclose(np.diff(spread), frame["length"].std(), rtol=1e-6)
    quartiles = np.quantile(frame["length"], [0.25, 0.5, 0.75], method="inverted_cdf")
    assert datagrid(fit, "length")["length"].tolist() == quartiles.tolist()
    assert len(datagrid(fit, {"length": [1.0]}, others="balanced")) == 3
    assert datagrid(fit, "model", others="observed")["count"].sum() == 3 * len(frame)


def test_hypotheses_combine_paired_draws_and_hold_together(fit):
    scores = predictions(fit, datagrid(fit, "model", others="observed"), by="model", most=4000)
    pairs = hypotheses(scores)
    assert pairs.estimates["hypothesis"].tolist() == ["b - a", "c - a", "c - b"]
    again = comparisons(fit, {"model": "pairwise"}, most=4000).estimates
    np.testing.assert_allclose(pairs.estimates["estimate"], again["estimate"], atol=1e-10)
    np.testing.assert_allclose(pairs.estimates["lower_alone"], again["lower"], atol=1e-8)
    old = scores.contrasts("model")
    np.testing.assert_allclose(pairs.estimates["upper"] + old["lower"], 0, atol=1e-8)
    assert (pairs.estimates["upper"] > pairs.estimates["upper_alone"]).all()
    drawn = scores.replicates().to_numpy()
    own = hypotheses(scores, {"a against the others": {"a": 1, "b": -0.5, "c": -0.5}}, equal=0.1).estimates
    wanted = drawn[:, 0] - drawn[:, 1:].mean(axis=1) - 0.1
    assert own["std_error"].iloc[0] == pytest.approx(wanted.std(ddof=1))
    means = hypotheses(scores, "mean")
    assert means.estimates["estimate"].sum() == pytest.approx(0, abs=1e-12)
    assert hypotheses(scores, "sequential").estimates["hypothesis"].tolist() == ["b - a", "c - b"]
    by_code = predictions(fit, datagrid(fit, "model"), by="model", outcome="probabilities")
    rows = hypotheses(by_code, "reference", along="model")
    assert rows.keys == ("hypothesis", "code")
    np.testing.assert_allclose(rows.estimates.groupby("hypothesis")["estimate"].sum(), 0, atol=1e-12)
    assert len(hypotheses(by_code).estimates) == 12 * 11 // 2
    for result in (pairs, rows):
        assert "differ from zero" in result.sentence()
        assert result.plot().to_dict()["layer"]


def test_figures_and_sentences_say_what_was_compared(fit):
    ratio = comparisons(fit, "model", comparison="ratio")
    assert "as a ratio of expected answers" in ratio.sentence()
    assert "exclude 1," in ratio.sentence()
    assert "exclude 0," in comparisons(fit, "length").sentence()
    rows = predictions(fit, datagrid(fit, "model"))
    assert "at the rows of the grid" in rows.sentence()
    for result in (ratio, rows, slopes(fit, "length", by=None, grid=datagrid(fit, "model"))):
        assert result.plot().to_dict()
        assert result.table() is not None


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda f: datagrid(f, {"size": 1}), "at"),
        (lambda f: datagrid(f, {"model": "range"}), "at"),
        (lambda f: predictions(f, pd.DataFrame({"model": ["a"]})), "grid"),
        (lambda f: predictions(f, datagrid(f).iloc[:0]), "grid"),
        (lambda f: predictions(f, by="size"), "by"),
        (lambda f: comparisons(f, "size"), "variables"),
        (lambda f: comparisons(f, {"model": "sd"}), "variables"),
        (lambda f: comparisons(f, {"model": ["a", "z"]}), "variables"),
        (lambda f: comparisons(f, {"length": "pairwise"}), "variables"),
        (lambda f: comparisons(f, {"length": [1, 2, 3]}), "variables"),
        (lambda f: comparisons(f, "model", by="model"), "by"),
        (lambda f: comparisons(f, "model", comparison="log odds ratio"), "outcome"),
        (lambda f: comparisons(f, []), "variables"),
        (lambda f: slopes(f, "model"), "variables"),
        (lambda f: hypotheses(predictions(f, by=[])), "result"),
        (lambda f: hypotheses(predictions(f, by="model"), {"x": {"z": 1}}), "hypothesis"),
        (lambda f: hypotheses(predictions(f, by="model"), {"x": {"a": 0}}), "hypothesis"),
        (lambda f: hypotheses(predictions(f, by="model"), {}), "hypothesis"),
        (lambda f: hypotheses(predictions(f, by="model"), along="size"), "along"),
    ],
)
def test_what_can_t_be_asked_is_refused_by_name(fit, call, parameter):
    with pytest.raises(SpecificationError) as caught:
        call(fit)
    assert caught.value.parameter == parameter


def test_a_failed_gate_stops_hypotheses(fit):
    found = predictions(fit, by="model")
    failed = Result(
        found.kind,
        found.estimates,
        found.keys,
        {**found.meta, "gate": {"passed": False, "reasons": ["R-hat"]}},
        found.draws,
    )
    with pytest.raises(GateError):
        hypotheses(failed)
    assert len(hypotheses(failed, allow_failed=True).estimates) == 3
