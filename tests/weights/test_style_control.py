"""Partialling-out against scikit-learn and statsmodels on the same folds, invariances, a known truth, planted defects."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from valuestats import ranking_choices, style_controlled
from valuestats.base.errors import SpecificationError
from valuestats.weights.feature_sets import feature_sets
from valuestats.weights.nuisance import PENALTIES, cross_fitted, ridge_by_leave_one_out, style_basis
from valuestats.weights.style import _least_squares

THETA = 0.06
NAMES, STYLE = ["good"], ["length", "lists"]


def frame_of(x, first, who, names=("good", "length", "lists")):
    n = len(x)
    frame = pd.DataFrame(
        {
            "choice": np.repeat(range(n), 2),
            "option": ["a", "b"] * n,
            "who": np.repeat(who, 2),
            "chosen": np.column_stack([first, ~first]).astype(int).ravel(),
        }
    )
    for k, name in enumerate(names):
        frame[name] = x[:, :, k].ravel()
    return frame


def pairs(seed, n=600, units=60, style=0.12, theta=THETA, tie=0.7):
    rng = np.random.default_rng(seed)
    who = np.arange(n) % units
    z = rng.normal(size=(n, 2, 2))
    m = np.tanh(2 * z[..., 0]) + 0.5 * np.sin(2 * z[..., 1])
    good = tie * m + rng.normal(size=(n, 2))
    p = 0.5 + theta * (good[:, 0] - good[:, 1]) + style * (m[:, 0] - m[:, 1])
    return frame_of(np.dstack([good, z]), rng.random(n) < p.clip(0, 1), who)


def test_the_ridge_is_scikit_learns_with_its_leave_one_out_penalty():
    from sklearn.linear_model import RidgeCV

    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 6))
    y = x @ rng.normal(size=(6, 2)) + 3 * rng.normal(size=(80, 2))
    found = ridge_by_leave_one_out(x, y)
    for k in range(2):
        other = RidgeCV(alphas=PENALTIES, fit_intercept=False).fit(x, y[:, k])
        assert found[:, k] == pytest.approx(other.coef_, abs=1e-8)


def test_residuals_and_errors_are_those_of_scikit_learn_and_statsmodels_on_the_same_folds():
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    choices = ranking_choices(pairs(2))
    sets = feature_sets(choices, [*NAMES, *STYLE], "who")
    z = style_basis(choices, STYLE, sets.labels)
    turn = np.where(np.random.default_rng(3).random(len(sets)) < 0.5, 1.0, -1.0)
    y, d, z = 0.5 * turn, -sets.x[:, 1, :1] * turn[:, None], z * turn[:, None]
    fold = sets.unit % 4
    model = RidgeCV(alphas=PENALTIES, fit_intercept=False)
    ry = y - cross_val_predict(model, z, y, cv=PredefinedSplit(fold))
    rd = d[:, 0] - cross_val_predict(model, z, d[:, 0], cv=PredefinedSplit(fold))
    rest = cross_fitted(y, d, z, fold)
    assert rest.y == pytest.approx(ry, abs=1e-7)
    assert rest.d[:, 0] == pytest.approx(rd, abs=1e-7)
    theta, covariance = _least_squares(ry, rd[:, None], sets.unit, len(sets.units))
    other = sm.OLS(ry, rd).fit(cov_type="cluster", cov_kwds={"groups": sets.unit, "use_correction": False})
    g = len(sets.units)
    assert theta[0] == pytest.approx(other.params[0], abs=1e-10)
    assert np.sqrt(covariance[0, 0]) == pytest.approx(other.bse[0] * np.sqrt(g / (g - 1)), rel=1e-8)


def test_what_a_unit_adds_is_the_derivative_of_the_whole_procedure_by_its_weight():
    """Both steps weighted, penalties as they were chosen, differences of central quotients."""
    choices = ranking_choices(pairs(3, n=160, units=16))
    sets = feature_sets(choices, ["good", "lists", "length"], "who")
    z = style_basis(choices, ["length"], sets.labels)
    y, d, fold = np.full(len(sets), 0.5), -sets.x[:, 1, :2], sets.unit % 4
    rest = cross_fitted(y, d, z, fold)

    def theta(weight):
        w = weight[sets.unit]
        left = np.empty((len(y), 3))
        for held, fit in rest.parts:
            for k, column in enumerate(np.column_stack([y, d]).T):
                x, v = z[~held], w[~held, None]
                b = np.linalg.solve(
                    x.T @ (v * x) + fit.penalty[k] * np.eye(x.shape[1]), x.T @ (v[:, 0] * column[~held])
                )
                left[held, k] = column[held] - z[held] @ b
        weighted = left[:, 1:] * w[:, None]
        return np.linalg.solve(weighted.T @ left[:, 1:], weighted.T @ left[:, 0])

    ones, step = np.ones(16), 1e-5
    slopes = np.array([(theta(ones + step * e) - theta(ones - step * e)) / (2 * step) for e in np.eye(16)])
    sums = np.zeros((16, 2))
    np.add.at(sums, sets.unit, rest.scores(theta(ones)))
    assert sums @ np.linalg.inv(rest.d.T @ rest.d) == pytest.approx(slopes, abs=1e-7)
    covariance = _least_squares(rest.y, rest.d, sets.unit, 16, rest)[1]
    assert covariance == pytest.approx(slopes.T @ slopes * 16 / 15, rel=1e-4)


def test_controls_in_a_line_are_least_squares_with_the_style_beside_the_feature():
    choices = ranking_choices(pairs(4))
    found = style_controlled(choices, NAMES, STYLE, splits=1).estimates.set_index("method")
    sets = feature_sets(choices, [*NAMES, *STYLE])
    d = -sets.x[:, 1]
    assert found.loc["linear control", "estimate"] == pytest.approx(
        sm.OLS(np.full(len(d), 0.5), d).fit().params[0]
    )
    assert found.loc["no control", "estimate"] == pytest.approx(
        sm.OLS(np.full(len(d), 0.5), d[:, :1]).fit().params[0]
    )


def test_options_may_trade_places_and_style_may_change_its_unit():
    frame = pairs(5)
    found = style_controlled(ranking_choices(frame), NAMES, STYLE, unit="who", splits=2, seed=3).estimates
    scaled = style_controlled(
        ranking_choices(frame.assign(length=100 * frame["length"] + 7)),
        NAMES,
        STYLE,
        unit="who",
        splits=2,
        seed=3,
    ).estimates
    assert scaled["estimate"].to_numpy() == pytest.approx(found["estimate"].to_numpy(), abs=1e-8)
    swapped = frame.iloc[np.arange(len(frame)).reshape(-1, 2)[:, ::-1].ravel()]
    other = style_controlled(ranking_choices(swapped), NAMES, STYLE, unit="who", splits=2, seed=3).estimates
    assert other["estimate"].to_numpy() == pytest.approx(found["estimate"].to_numpy(), abs=1e-8)


def test_a_known_effect_is_found_where_a_plain_regression_misses_it():
    inside = dict.fromkeys(("no control", "cross-fitted"), 0)
    for seed in range(30):
        rows = style_controlled(ranking_choices(pairs(100 + seed)), NAMES, STYLE, splits=1, draws=2).estimates
        for _, row in rows[rows["method"].isin(inside)].iterrows():
            inside[row["method"]] += row["lower"] <= THETA <= row["upper"]
    assert inside["cross-fitted"] >= 26
    assert inside["no control"] <= 12


def signs(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def test_each_planted_defect_raises_its_own_reason_alone():
    clean = style_controlled(ranking_choices(pairs(6, n=1200)), NAMES, STYLE, unit="who", splits=3)
    assert signs(clean) == set()
    assert "With length and lists held" in clean.sentence()
    assert clean.plot() is not None
    none = style_controlled(ranking_choices(pairs(7, n=1200, theta=0.0)), NAMES, STYLE, unit="who", splits=3)
    assert signs(none) == {("effect", "none")}
    few = style_controlled(ranking_choices(pairs(8, n=1200, units=12)), NAMES, STYLE, unit="who", splits=3)
    assert signs(few) == {("units", "care")}
    frame = pairs(9, n=4000, units=400)
    tied = frame.assign(good=np.tanh(2 * frame["length"]) + 0.15 * frame["good"])
    found = style_controlled(ranking_choices(tied), NAMES, STYLE, unit="who", splits=1)
    assert ("collinear", "care") in signs(found)


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (lambda f: f, {"style": ["good"]}, "something else than the features"),
        (lambda f: f, {"style": []}, "something else than the features"),
        (lambda f: f, {"style": ["weight"]}, "no such column"),
        (lambda f: f.assign(length=1.0), {}, "never differs"),
        (lambda f: f.assign(length=f["good"], lists=-f["good"]), {}, "can't be told apart"),
        (lambda f: f[f["who"] < 3], {"unit": "who"}, "fewer units"),
    ],
)
def test_what_cannot_be_controlled_is_refused(change, options, says):
    with pytest.raises(SpecificationError, match=says):
        style_controlled(ranking_choices(change(pairs(10, n=120))), NAMES, **{"style": STYLE, **options})


def test_three_options_are_no_pairs():
    frame = pd.DataFrame(
        {"choice": np.repeat(range(9), 3), "option": list("abc") * 9, "chosen": [1, 0, 0] * 9}
    )
    rng = np.random.default_rng(0)
    with pytest.raises(SpecificationError, match="not pairs"):
        style_controlled(
            ranking_choices(frame.assign(good=rng.normal(size=27), length=rng.normal(size=27))),
            ["good"],
            ["length"],
        )
