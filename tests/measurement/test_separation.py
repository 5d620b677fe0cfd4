"""Separated answers: no Wald interval, the one end of the profile likelihood, by a likelihood written down anew."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from valuestats.measurement.dif import dif
from valuestats.measurement.proportional_odds import (
    Profile,
    compact_codes,
    proportional_odds,
)
from valuestats.measurement.separation import profile_end
from valuestats.results.result import Result


def answers(n=200, seed=0, groups=("a", "b"), levels=4, apart=None):
    """Five items of one trait; on item 2 a group always answers as high as can be, the others below (or anything)."""
    rng = np.random.default_rng(seed)
    of = np.arange(n) % len(groups)
    latent = rng.normal(size=(n, 1)) + rng.logistic(size=(n, 5))
    codes = np.digitize(latent, [-1, 0, 1][: levels - 1]).astype(float)
    top = levels - 1
    if apart == "quasi":
        codes[:, 2] = np.where(of == 1, top, codes[:, 2])
    elif apart == "complete":
        codes[:, 2] = np.where(of == 1, top, np.minimum(codes[:, 2], top - 1))
    wide = pd.DataFrame(codes, columns=list("01234")).assign(
        respondent=range(n), country=np.array(groups)[of]
    )
    return wide.melt(["respondent", "country"], var_name="item", value_name="rating")


def negative(parameters, y, x, held, value):
    """Negative log-likelihood of proportional odds, of its definition; cutpoints by their positive steps."""
    k = int(y.max())
    cuts = np.cumsum(np.concatenate([parameters[:1], np.exp(parameters[1:k])]))
    slopes = np.insert(parameters[k:], held, value)
    eta = x @ slopes
    upper = np.append(cuts, np.inf)[y] - eta
    lower = np.insert(cuts, 0, -np.inf)[y] - eta
    p = special.expit(upper) - special.expit(lower)
    return -np.log(np.maximum(p, 1e-300)).sum()


def profile(y, x, held, value):
    start = np.zeros(int(y.max()) + x.shape[1] - 1)
    found = optimize.minimize(
        negative, start, args=(y, x, held, value), method="BFGS", options={"gtol": 1e-7}
    )
    return -found.fun


def sample(apart, levels=3, n=120, seed=3):
    rng = np.random.default_rng(seed)
    group, score = np.arange(n) % 2, rng.normal(size=n)
    y = np.digitize(score + rng.logistic(size=n), [-1, 1][: levels - 1])
    top = levels - 1
    below = np.minimum(y, top - 1) if apart == "complete" else y
    return np.where(group == 1, top, below), np.stack([score, group.astype(float)], axis=1)


@pytest.mark.parametrize("apart", ["quasi", "complete"])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_one_end_is_that_of_a_likelihood_written_down_anew(apart, level):
    y, x = sample(apart)
    codes, categories = compact_codes(y[:, None].astype(float))
    fit = proportional_odds(codes, categories, x[None])
    assert fit.separated.tolist() == [[0, 1]]
    assert np.isnan(fit.coefficients[0, 1])
    limit = profile(y, x, 1, 60.0)
    assert fit.log_likelihood[0] == pytest.approx(limit, abs=1e-4)
    end = profile_end(codes[0], int(categories[0]), x, 1, 1, fit.log_likelihood[0], level)
    fall = 2 * (limit - profile(y, x, 1, end))
    assert fall == pytest.approx(stats.chi2.ppf(level, 1), abs=1e-3)
    mirrored = profile_end(codes[0], int(categories[0]), x * [1, -1], 1, -1, fit.log_likelihood[0], level)
    assert mirrored == pytest.approx(-end, abs=1e-4)


def test_without_covariates_the_end_has_a_closed_form():
    # 4 of 10 against 8 of 8: the profile at b has its intercept where expected and observed counts agree.
    y = np.array([1] * 4 + [0] * 6 + [1] * 8)
    x = np.array([[0.0]] * 10 + [[1.0]] * 8)
    fit = proportional_odds(y[None], np.array([2]), x[None])
    limit = 4 * np.log(0.4) + 6 * np.log(0.6)
    assert fit.log_likelihood[0] == pytest.approx(limit, abs=1e-6)
    end = profile_end(y, 2, x, 0, 1, limit, 0.95)

    def at(b):
        a = optimize.brentq(lambda a: 10 * special.expit(a) + 8 * special.expit(a + b) - 12, -30, 30)
        return 4 * a - 10 * np.logaddexp(0, a) + 8 * (a + b) - 8 * np.logaddexp(0, a + b)

    assert at(end) == pytest.approx(limit - stats.chi2.ppf(0.95, 1) / 2, abs=1e-5)
    assert Profile(y, 2, x, 0)(1.0) == pytest.approx(at(1.0), abs=1e-8)


@pytest.mark.parametrize("apart", ["quasi", "complete"])
@pytest.mark.parametrize("matching", ["total", "rest"])
@pytest.mark.parametrize("levels", [2, 4])
def test_separated_answers_have_no_estimate_and_say_so(tmp_path, apart, matching, levels):
    found = dif(answers(apart=apart, levels=levels), by="country", reference="a", matching=matching, purify=0)
    table = found.estimates.set_index("item")
    row = table.loc["2"]
    assert row["separated"] == "higher"
    assert row[["estimate", "std_error", "upper"]].isna().all()
    assert 1 < row["lower"] < 20
    assert row["interval"] == "profile likelihood"
    assert row["p_uniform"] < 1e-6
    assert row["flagged"]
    others = table.drop("2")
    assert (others["separated"] == "").all()
    assert (others["interval"] == "Wald").all()
    assert others["std_error"].max() < 1.5
    assert any(note.startswith("2: separated") for note in found.meta["warnings"])
    assert f"above {row['lower']:+.2f}" in found.sentence()
    turned = dif(
        answers(apart=apart, levels=levels), by="country", reference="b", matching=matching, purify=0
    )
    back = turned.estimates.set_index("item").loc["2"]
    assert back["separated"] == "lower"
    assert back["upper"] == pytest.approx(-row["lower"], abs=1e-4)
    assert np.isnan(back["lower"])
    found.save(tmp_path / "d")
    assert (
        Result.load(tmp_path / "d").estimates["separated"].tolist() == found.estimates["separated"].tolist()
    )


def test_a_third_group_keeps_its_estimate_beside_a_separated_one():
    data = answers(n=300, groups=("a", "b", "c"), apart="complete")
    table = dif(data, by="country", reference="a", purify=0).estimates.set_index(["item", "country"])
    assert table.loc[("2", "b"), "separated"] == "higher"
    kept = table.loc[("2", "c")]
    assert kept["separated"] == ""
    assert kept[["estimate", "lower", "upper"]].notna().all()
    alone = data[data["country"] != "b"]
    scores = data.groupby("respondent")["rating"].mean()
    y = alone[alone["item"] == "2"].set_index("respondent")["rating"].astype(int)
    z = (scores - scores.mean()) / scores.std(ddof=0)
    x = np.stack([z[y.index], z[y.index] ** 2 - 1, (data.drop_duplicates("respondent").set_index("respondent")
                  ["country"][y.index] == "c").astype(float)], axis=1)  # fmt: skip
    # In the limit a separated group says nothing of the others.
    only = proportional_odds(y.to_numpy()[None], np.array([3]), x[None])
    assert kept["estimate"] == pytest.approx(only.coefficients[0, 2], abs=1e-3)
    assert kept["std_error"] == pytest.approx(np.sqrt(only.covariance[0, 2, 2]), abs=1e-3)


def test_a_large_effect_that_has_a_maximum_is_none_of_separation():
    rng = np.random.default_rng(1)
    group = np.arange(4000) % 2
    y = (rng.logistic(size=4000) + 6 * group > 3).astype(int)
    fit = proportional_odds(y[None], np.array([2]), group[None, :, None].astype(float))
    counts = [(y[group == g].mean()) for g in (0, 1)]
    assert fit.separated.tolist() == [[0]]
    assert fit.coefficients[0, 0] == pytest.approx(
        special.logit(counts[1]) - special.logit(counts[0]), abs=1e-6
    )
