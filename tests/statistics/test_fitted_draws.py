"""Contrasts of fitted estimates over few clusters: Student's t once, within what systems share, a posterior as it is."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import (
    choice_strengths,
    compare_strengths,
    feature_weights,
    fit_choice,
    judged_means,
    judged_shares,
    judged_strengths,
    mixed_logit,
    pair_choices,
    ranking_choices,
    style_controlled,
)
from valuestats.latent.sampling import Sampling
from valuestats.statistics.fitted_draws import Fit, drawn_about, drawn_together
from valuestats.statistics.student import error_of, normal_part

NAMES = ["x0", "x1", "x2"]
QUICK = Sampling(draws=300, chains=1)


def choices(people=6, each=30, seed=0):
    rng = np.random.default_rng(seed)
    n = people * each
    person, x = np.arange(n) % people, rng.normal(size=(n, 2, 4))
    own = 0.5 + 0.5 * rng.normal(size=(people, 3))[person]
    u = ((x[:, 0, :3] - x[:, 1, :3]) * own).sum(axis=1) + np.tanh(x[:, 0, 3]) - np.tanh(x[:, 1, 3])
    first = rng.random(n) < 1 / (1 + np.exp(-u))
    frame = pd.DataFrame({"choice": np.repeat(range(n), 2), "option": ["a", "b"] * n})
    frame["chosen"] = np.column_stack([first, ~first]).astype(int).ravel()
    frame["person"] = np.repeat(person, 2)
    return ranking_choices(frame.assign(**{f"x{k}": x[..., k].ravel() for k in range(4)}))


def ends(row):
    return float(row["lower"].iloc[0]), float(row["upper"].iloc[0])


@pytest.mark.parametrize("people", [5, 12])
def test_a_contrast_of_weights_is_students_interval_of_its_sandwich(people):
    found = feature_weights(choices(people), NAMES, unit="person", sampling=QUICK)
    v = np.array(found.meta["covariance"])
    row = found.contrast("feature", "x0", "x1")
    error = np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1])
    assert float(row["std_error"].iloc[0]) == pytest.approx(error, rel=1e-9)
    reach = stats.t.ppf(0.975, people - 1) * error
    middle = float(row["estimate"].iloc[0])
    assert ends(row) == pytest.approx((middle - reach, middle + reach), rel=1e-9)
    every = found.contrasts("feature")
    half = ((every["upper"] - every["lower"]) / 2 / every["std_error"]).to_numpy()
    single, most = stats.t.ppf([0.975, 1 - 0.025 / 3], people - 1)
    assert (single < half).all()
    assert (half <= most + 1e-9).all()


@pytest.mark.parametrize(
    "fitted",
    [
        lambda c: style_controlled(c, NAMES, ["x3"], unit="person", splits=1, draws=300),
        lambda c: mixed_logit(c, NAMES, unit="person", points=32, random=["x0"], draws=300),
        lambda c: fit_choice("utility ~ 0 + option", c, engine="ml", cluster="person").strengths(),
    ],
)
def test_no_contrast_is_widened_twice(fitted):
    found = fitted(choices(8))
    along = found.keys[0]
    labels = found.estimates[along].drop_duplicates().tolist()
    rows = found.contrast(along, labels[0], labels[1]).dropna(subset="lower")
    half = (rows["upper"] - rows["lower"]) / 2
    assert len(rows)
    assert (half / rows["std_error"]).to_numpy() == pytest.approx(stats.t.ppf(0.975, 7), rel=1e-9)


def test_below_four_clusters_nothing_is_tested():
    found = feature_weights(choices(3, each=60), NAMES, unit="person", sampling=QUICK)
    assert found.contrasts("feature")["differs"].isna().all()
    assert np.isnan(found.contrast("feature", "x0", "x1")["lower"]).all()


def test_a_posterior_is_taken_as_it_is_however_few_choices():
    found = feature_weights(choices(4, each=4), NAMES, prior_sd=1.0, sampling=Sampling(draws=400))
    drawn = found.replicates().transpose("draw", "feature").to_numpy()
    own = np.quantile(drawn[:, 0] - drawn[:, 1], [0.025, 0.975])
    assert ends(found.contrast("feature", "x0", "x1")) == pytest.approx(tuple(own), abs=1e-12)


def test_draws_have_the_covariance_and_the_degrees_of_each():
    rng = np.random.default_rng(3)
    v = np.cov(rng.normal(size=(3, 50)))
    drawn = drawn_about(np.arange(3.0), v, 6, 1000, rng)
    normal = normal_part(drawn, 7)
    assert (normal.T @ normal / len(normal)) == pytest.approx(v, rel=1e-9)
    influence = rng.normal(size=(9, 2))
    apart = drawn_together(
        [Fit(np.zeros(2), np.arange(9), influence, np.array([4.0, 7.5]), np.eye(2))], 600, rng
    )[0]
    found = [error_of(normal_part(apart[:, [k]], df + 1))[0] for k, df in enumerate((4.0, 7.5))]
    assert found == pytest.approx(np.sqrt((influence**2).sum(axis=0) + 1), rel=1e-9)


def test_many_clusters_in_lots_keep_their_errors():
    rng = np.random.default_rng(4)
    unit, own = rng.integers(0, 9000, 30_000), rng.normal(size=(30_000, 1))
    sums = np.bincount(unit, own[:, 0], 9000)
    fits = [Fit(np.zeros(1), unit, sign * own, 8999.0) for sign in (1.0, 1.0, -1.0)]
    drawn = np.hstack(drawn_together(fits, 400, rng))
    assert error_of(normal_part(drawn, 9000)) == pytest.approx(np.sqrt((sums**2).sum()), rel=1e-9)
    assert drawn[:, 0] - drawn[:, 1] == pytest.approx(0, abs=1e-4)
    assert drawn[:, 0] + drawn[:, 2] == pytest.approx(0, abs=1e-4)


def judged(n=9, each=1, seed=5):
    """Two systems on the same items, whose difficulty moves both."""
    rng = np.random.default_rng(seed)
    item = np.arange(n * each)
    hard = rng.normal(size=n)[item // each]
    parts = []
    for k in range(2):
        y = hard + 0.3 * k + 0.4 * rng.normal(size=len(item))
        parts.append(
            pd.DataFrame(
                {"item": item, "judge": y + rng.normal(size=len(item)), "label": y, "system": f"s{k}"}
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return frame if each == 1 else frame.assign(cluster=frame["item"] // each)


@pytest.mark.parametrize("each", [1, 4])
def test_systems_on_the_same_items_are_compared_within_them_as_by_a_paired_t(each):
    frame = judged(each=each)
    found = judged_means(frame, by="system", estimators=["labelled", "judge"], draws=500)
    wide = frame.assign(unit=frame["item"] // each).pivot_table(index="unit", columns="system")
    for estimator, column in (("labelled", "label"), ("judge", "judge")):
        theirs = stats.ttest_rel(wide[column]["s1"], wide[column]["s0"])
        rows = found.contrast("system", "s1", "s0")
        own = rows[rows["estimator"] == estimator]
        assert ends(own) == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-9)
    rows = found.contrast("estimator", "judge", "labelled")
    theirs = stats.ttest_rel(wide["judge"]["s0"], wide["label"]["s0"])
    assert ends(rows[rows["system"] == "s0"]) == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-9)


def test_shares_of_systems_on_the_same_items_are_within_them():
    frame = judged(n=40)
    words = frame.assign(**{c: np.where(frame[c] > 0, "yes", "no") for c in ("judge", "label")})
    found = judged_shares(words, by="system", estimators=["labelled"], draws=500)
    rows = found.contrast("system", "s1", "s0")
    wide = words.assign(yes=words["label"] == "yes").pivot(index="item", columns="system", values="yes")
    theirs = stats.ttest_rel(wide["s1"].astype(float), wide["s0"].astype(float)).confidence_interval()
    assert ends(rows[rows["label"] == "yes"]) == pytest.approx(tuple(theirs), rel=1e-9)


def answered(prior=False, seed=6):
    """Two systems that choose between three options on the same ten items."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=(10, 3))
    rows = []
    for model, item, (i, j), _ in itertools.product(
        ("a", "b"), range(10), itertools.combinations(range(3), 2), range(4)
    ):
        won = rng.random() < 1 / (1 + np.exp(worth[item, j] - worth[item, i]))
        rows.append((model, item, "xyz"[i], "xyz"[j], "first" if won else "second"))
    frame = pd.DataFrame(rows, columns=["model", "item", "one", "two", "winner"])
    return pair_choices(frame, first="one", second="two", reads="places")


def test_strengths_of_systems_that_share_items_are_compared_as_by_compare_strengths():
    table = answered()
    found = choice_strengths(table, by="model", cluster="item", draws=500)
    own = found.contrast("model", "a", "b").set_index("option")
    theirs = compare_strengths(table, "model", cluster="item", draws=200).estimates.set_index("option")
    assert own["std_error"].to_numpy() == pytest.approx(theirs["std_error"].to_numpy(), rel=1e-9)
    reach = stats.t.ppf(0.975, 9) * theirs["std_error"].to_numpy()
    assert ((own["upper"] - own["lower"]) / 2).to_numpy() == pytest.approx(reach, rel=1e-9)
    errors = found.estimates.pivot(index="option", columns="model", values="std_error")
    apart = np.sqrt((errors**2).sum(axis=1))
    assert (own["std_error"] < 0.8 * apart).all()  # as independent systems they would be this wide
    prior = choice_strengths(table, by="model", cluster="item", prior_sd=2.0, draws=500)
    each = prior.estimates.set_index(["model", "option"])
    drawn = prior.replicates().transpose("draw", "model", "option").to_numpy()
    assert error_of(normal_part(drawn, 10)).ravel() == pytest.approx(each["std_error"].to_numpy(), rel=1e-6)


def test_estimators_of_strengths_are_compared_within_the_choices_that_they_share():
    """With all labelled, the judge against people is the sandwich of the differences of their scores."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {"choice": range(60), "one": "x", "two": "y", "winner": rng.choice(["first", "second"], 60)}
    )
    turned = frame["winner"].map({"first": "second", "second": "first"})
    judge = frame.assign(winner=frame["winner"].where(rng.random(60) > 0.2, turned))
    tables = [pair_choices(f, first="one", second="two", reads="places") for f in (judge, frame)]
    found = judged_strengths(*tables, estimators=["judge", "labelled"], draws=500)
    row = found.contrast("estimator", "judge", "labelled").iloc[0]
    scores = []
    for f in (judge, frame):
        y = (f["winner"] == "first").to_numpy(dtype=float)
        p = y.mean()
        scores.append((y - p) / (60 * p * (1 - p)) / 2)  # of a strength, half the log odds
    error = np.sqrt((np.subtract(*scores) ** 2).sum() * 60 / 59)
    drawn = found.replicates().sel(option="x")
    own = (drawn.sel(estimator="judge") - drawn.sel(estimator="labelled")).to_numpy()
    assert np.sqrt(((own - own.mean()) ** 2).mean()) == pytest.approx(error, rel=1e-9)
    assert row["std_error"] == pytest.approx(error, rel=0.01)
