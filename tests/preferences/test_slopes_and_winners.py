"""Slopes over steps against statsmodels; the best of several against scipy's truncated normal and known truths."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from valuestats import best_of_k, step_slopes
from valuestats.base.errors import InputError, SpecificationError
from valuestats.preferences import winners


def series(seed=1, items=60, slope=0.3, clusters=30):
    rng = np.random.default_rng(seed)
    frame = pd.MultiIndex.from_product([range(items), range(1, 6)], names=["item", "step"]).to_frame(
        index=False
    )
    frame["cluster"] = frame["item"] % clusters
    own = (
        rng.normal(0, 1, items)[frame["item"]]
        + rng.normal(0, 0.2, clusters)[frame["cluster"]] * frame["step"]
    )
    frame["value"] = own + slope * frame["step"] + rng.normal(0, 0.5, len(frame))
    frame["weight"] = rng.uniform(0.5, 2, len(frame))
    return frame[rng.random(len(frame)) > 0.2].reset_index(drop=True)


@pytest.mark.parametrize("within", [False, True])
def test_slopes_are_those_of_weighted_least_squares_with_clustered_errors(within):
    frame = series()
    row = step_slopes(frame, within=within, replicates=6000).estimates.iloc[0]
    formula = "value ~ step + C(item)" if within else "value ~ step"
    fit = smf.wls(formula, frame, weights=frame["weight"]).fit(
        cov_type="cluster", cov_kwds={"groups": frame["cluster"], "use_correction": False}
    )
    assert row["estimate"] == pytest.approx(fit.params["step"], abs=1e-9)
    assert row["std_error"] == pytest.approx(fit.bse["step"], rel=0.05)
    assert row["n_units"] == 30
    assert row["p_adjusted"] < 0.01


def test_slopes_of_labels_are_a_family():
    parts = [
        series(k, slope=s).assign(label=name) for k, (name, s) in enumerate({"up": 0.4, "flat": 0.0}.items())
    ]
    found = step_slopes(pd.concat(parts), by="label")
    table = found.estimates.set_index("label")
    assert table.loc["up", "p_adjusted"] < 0.01 < table.loc["flat", "p_adjusted"]
    assert found.verdict.rows.set_index("label")["sign"].to_dict() == {"up": "sound", "flat": "none"}
    assert "up +0." in found.sentence().replace("\u00a0", " ")
    flat = step_slopes(parts[1]).sentence()
    assert "None of 1 slope over the steps can be told from none" in flat


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: f.drop(columns="step"), "a column is missing"),
        (lambda f: f.assign(step="x"), "not a number"),
        (lambda f: f.assign(value=["x", *f["value"][1:]]), "not a number"),
        (lambda f: f.assign(weight=-1.0), "not a number"),
        (lambda f: f.assign(step=1), "one step has no slope"),
        (lambda f: f[:0], "no outcome"),
    ],
)
def test_bad_steps_are_refused(spoil, says):
    with pytest.raises((SpecificationError, InputError), match=says):
        step_slopes(spoil(series()))


# The best of several


def candidates(rng, means, n=60, between=0.5):
    common = rng.normal(0, between, (n, 1))
    y = means + common + rng.normal(0, 1, (n, len(means)))
    wide = pd.DataFrame(y, columns=[f"c{k}" for k in range(len(means))])
    return wide.rename_axis("item").reset_index().melt("item", var_name="condition")


def test_the_distribution_is_scipys_truncated_normal():
    for mean, a, b, x in [(0, -1, 2, 0.5), (3, -1, 2, 1.5), (-4, 1, np.inf, 1.2), (0, -np.inf, 1, -2)]:
        a_, b_ = (a - mean) / 2, (b - mean) / 2
        assert winners._below(x, mean, 2.0, a, b) == pytest.approx(
            stats.truncnorm.cdf(x, a_, b_, loc=mean, scale=2), abs=1e-9
        )


def test_the_winner_wins_exactly_between_its_truncation_points():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(4, 4))
    covariance = root @ root.T
    x = rng.normal(size=4)
    best = int(x.argmax())
    low, high = winners.truncation(x, covariance, best)
    slope = covariance[:, best] / covariance[best, best]
    rest = x - slope * x[best]
    grid = np.linspace(x[best] - 6, x[best] + 6, 4001)
    wins = (rest[:, None] + slope[:, None] * grid).argmax(axis=0) == best
    inside = (grid >= low) & (grid <= high)
    assert (wins == inside).mean() > 0.999


def test_two_independent_candidates_by_hand():
    """With a wide simultaneous bound the estimate solves F(x; mu, low, inf) = 1/2, low the loser's estimate."""
    x = np.array([1.5, 1.0])
    middle, low, high = winners.hybrid(x, np.eye(2), 0, 1e6, 0.95, np.random.default_rng(0))

    def share(mean, a, b):
        return stats.truncnorm.cdf(1.5, a - mean, b - mean, loc=mean)

    reach = winners._largest(np.eye(2), 1e6, 0.995, np.random.default_rng(0))
    assert reach == pytest.approx(stats.norm.ppf((1 + 0.995**0.5) / 2), abs=0.06)
    tail = (0.05 - 0.005) / (2 * (1 - 0.005))
    for mean, wanted in ((middle, 0.5), (low, 1 - tail), (high, tail)):
        assert share(mean, max(1.0, mean - reach), mean + reach) == pytest.approx(wanted, abs=1e-6)
    assert low < middle < 1.5 < high


def test_picking_the_best_of_equals_is_taken_off():
    rng = np.random.default_rng(3)
    found = [best_of_k(candidates(rng, np.zeros(8)), seed=k).estimates.iloc[0] for k in range(60)]
    plain = np.array([f["estimate"] for f in found])
    corrected = np.array([f["corrected"] for f in found])
    held = np.mean([f["corrected_lower"] <= 0 <= f["corrected_upper"] for f in found])
    assert plain.mean() > 0.15
    assert np.median(corrected) == pytest.approx(0, abs=0.1)
    assert held >= 0.95 - 3 * (0.95 * 0.05 / 60) ** 0.5


def test_a_clear_winner_keeps_its_estimate():
    means = np.array([0, 0, 0, 3.0])
    found = best_of_k(candidates(np.random.default_rng(4), means))
    row = found.estimates.iloc[0]
    assert row["condition"] == "c3"
    assert row["inflation"] == pytest.approx(0, abs=0.02)
    assert (row["corrected_upper"] - row["corrected_lower"]) == pytest.approx(
        row["upper"] - row["lower"], rel=0.12
    )
    assert found.verdict.sign == "sound"
    assert "c3 is the best of 4 conditions" in found.sentence()


def test_the_winner_of_equals_is_with_care():
    signs = [best_of_k(candidates(np.random.default_rng(k), np.zeros(12))).verdict for k in range(10)]
    assert sum(any(r.sign == "care" for r in v.reasons) for v in signs) >= 6


def test_differences_to_a_condition_are_paired():
    frame = candidates(np.random.default_rng(5), np.array([0, 0.2, 0.5]), between=3)
    found = best_of_k(frame, against="c0").estimates
    wide = frame.pivot(index="item", columns="condition", values="value")
    d = wide["c2"] - wide["c0"]
    row = found[found["condition"] == "c2"].iloc[0]
    assert row["estimate"] == pytest.approx(d.mean())
    assert row["std_error"] == pytest.approx(stats.sem(d))
    assert set(found["condition"]) == {"c1", "c2"}


def test_items_that_lack_a_condition_are_left_out_and_said():
    frame = candidates(np.random.default_rng(6), np.zeros(3))
    frame.loc[[0, 70], "value"] = np.nan
    found = best_of_k(frame)
    assert (found.estimates["n_scored"] == 58).all()
    assert any("2 items of 60 lack a condition" in w for w in found.meta["warnings"])


def test_too_few_candidates_and_items_are_refused():
    frame = candidates(np.random.default_rng(7), np.zeros(3))
    with pytest.raises(SpecificationError, match="best of several"):
        best_of_k(frame[frame["condition"] == "c0"])
    with pytest.raises(SpecificationError, match="too few items"):
        best_of_k(frame[frame["item"] < 3])
    with pytest.raises(SpecificationError, match="no such condition"):
        best_of_k(frame, against="nonsense")
    alike = frame.assign(value=1.0)
    row = best_of_k(alike).estimates.iloc[0]
    assert (row["estimate"], row["corrected"]) == (1.0, 1.0)
    assert np.isnan(row["corrected_lower"])


def test_two_best_have_a_simultaneous_interval():
    frame = pd.DataFrame({"item": list(range(20)) * 2, "condition": ["a"] * 20 + ["b"] * 20})
    frame["value"] = np.r_[np.tile([0.0, 1.0], 10), np.tile([1.0, 0.0], 10)]
    found = best_of_k(frame)
    row = found.estimates.iloc[0]
    assert np.isnan(row["corrected"])
    assert row["corrected_upper"] - row["corrected_lower"] == pytest.approx(
        row["upper"] - row["lower"], rel=0.05
    )
    assert "another candidate is as good" in found.meta["warnings"][0]
    assert "as good" in found.sentence()
