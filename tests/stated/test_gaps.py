"""What is said beside what is chosen: by hand, against SciPy, with a known truth, and with one defect at a time."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy.special import expit

from valuestats import Responses, instrument_keys, pair_choices, score, stated_revealed, value_gaps
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.stated.both import cluster_degrees, joined
from valuestats.stated.measured import measured
from valuestats.stated.uncertain import agreement, centring, noise_p, products
from valuestats.systems.stated_revealed.simulate import AGREEMENT, SPREAD, VALUES, profiles, simulate_asked
from valuestats.tables.choices import Choices


def choices(worth, seed, times=20, model="m", depends=0.0):
    rng = np.random.default_rng(seed)
    rows = []
    for i, j in permutations(sorted(worth), 2):
        for _ in range(times):
            first = rng.random() < expit(worth[i] - worth[j])
            word = "depends" if rng.random() < depends else "first" if first else "second"
            rows.append((i, j, word, "-".join(sorted((i, j)))))
    frame = pd.DataFrame(rows, columns=["first", "second", "winner", "pair"])
    frame = frame.assign(model=model, choice=[f"{model}{k}" for k in range(len(frame))])
    return pair_choices(frame, first="first", second="second", reads="places")


def worth(seed, k=8, spread=1.2):
    x = np.random.default_rng(seed).normal(size=k)
    return dict(zip("abcdefghijkl"[:k], spread * (x - x.mean()) / x.std(ddof=1), strict=True))


def scores(estimate, error, models=("m",), units=40, seed=0):
    """A result of values by model whose draws have these errors."""
    rng = np.random.default_rng(seed)
    point = np.atleast_2d(np.asarray(estimate, dtype=float))
    values = [f"v{k}" for k in range(point.shape[1])]
    frame = pd.MultiIndex.from_product([models, values], names=["model", "value"]).to_frame(index=False)
    frame = frame.assign(
        estimand="score", estimate=point.ravel(), std_error=error, lower=np.nan, upper=np.nan
    )
    frame = frame.assign(level=0.95, interval="none", n_scored=10, n_asked=10, n_units=units)
    drawn = point + error * rng.normal(size=(4000, *point.shape))
    return Result(
        "scores",
        frame,
        ("model", "value"),
        make_meta("mean", {}),
        draws_tree("bootstrap", drawn, {"model": models, "value": values}),
    )


def test_the_correction_by_hand():
    """Spearman: each variance less its mean error variance, the covariance as it is where errors are apart."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 7))
    errors = rng.uniform(0.05, 0.3, 14)
    found = agreement(x, y, np.diag(errors), 2.0)
    k = 7
    noise = [errors[:k].sum() * (1 - 1 / k) / (k - 1), errors[k:].sum() * (1 - 1 / k) / (k - 1)]
    variance = np.array([x.var(ddof=1), y.var(ddof=1)]) - noise
    assert found.seen == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-12)
    assert found.estimate == pytest.approx(np.cov(x, y)[0, 1] / np.sqrt(variance.prod()), abs=1e-12)
    assert found.reliability == pytest.approx(variance / [x.var(ddof=1), y.var(ddof=1)], abs=1e-12)
    assert found.ceiling == pytest.approx(np.sqrt(np.prod(found.reliability)), abs=1e-12)


def test_shared_errors_are_taken_off_the_covariance():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 9))
    shared = 0.1 * np.block([[np.eye(9), np.eye(9)], [np.eye(9), np.eye(9)]])
    apart = 0.1 * np.eye(18)
    one, two = agreement(x, y, shared, 2.0), agreement(x, y, apart, 2.0)
    variances = np.prod([np.var(v, ddof=1) - 0.1 for v in (x, y)])
    assert (two.estimate - one.estimate) * np.sqrt(variances) == pytest.approx(0.1, abs=1e-12)


def test_the_interval_ends_where_the_test_turns():
    """SciPy finds the correlations at which (a - rho h)^2 is t^2 times its variance."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=10)
    y = 0.5 * x + 0.8 * rng.normal(size=10)
    v = np.diag(rng.uniform(0.02, 0.05, 20))
    found = agreement(x, y, v, 1.96)
    c, zero = centring(10), np.zeros((10, 10))
    forms = [
        np.block([[zero, c / 2], [c / 2, zero]]),
        np.block([[c, zero], [zero, zero]]),
        np.block([[zero, zero], [zero, c]]),
    ]
    (a, b, d), w = products(np.concatenate([x, y]), v, np.array(forms))

    def beyond(rho):
        h = np.sqrt(b * d)
        slope = np.array([1.0, -rho * d / (2 * h), -rho * b / (2 * h)])
        return (a - rho * h) ** 2 - 1.96**2 * slope @ w @ slope

    ends = [optimize.brentq(beyond, *sorted([found.estimate, e])) for e in (-3.0, 3.0)]
    assert [found.lower, found.upper] == pytest.approx(np.clip(ends, -1, 1), abs=1e-9)


def test_products_of_uncertain_vectors_are_unbiased_and_their_errors_large_enough():
    rng = np.random.default_rng(6)
    mu, root = rng.normal(size=5), rng.normal(size=(5, 5)) / 4
    form = np.eye(5) - 0.2
    drawn = mu + rng.normal(size=(20000, 5)) @ root.T
    found = [products(z, root @ root.T, form[None]) for z in drawn[:4000]]
    values = np.array([f[0][0] for f in found])
    assert values.mean() == pytest.approx(mu @ form @ mu, abs=4 * values.std() / np.sqrt(len(values)))
    assert np.mean([f[1][0, 0] for f in found]) >= values.var()


def test_one_profile_asked_twice_agrees_up_to_noise():
    same = worth(1)
    row = stated_revealed(choices(same, 1), choices(same, 2), cluster="pair", prior_sd=3.0).estimates.iloc[0]
    assert row["upper"] == 1
    assert row["seen"] < 1
    assert row["estimate"] > 0.97
    gaps = value_gaps(choices(same, 1), choices(same, 2), cluster="pair", prior_sd=3.0, draws=10)
    assert (gaps.estimates["p_adjusted"] > 0.05).all()
    assert "None of 8 gaps" in gaps.sentence()


def test_the_mean_square_gap_is_what_the_agreement_leaves():
    """The identity of two profiles of variance 1: mean g^2 = 2 (1 - rho)(K - 1)/K, here without any noise."""
    x, y = np.random.default_rng(8).normal(size=(2, 6))
    one, two = scores([x], 1e-9), scores([y], 1e-9)
    rho = stated_revealed(one, two).estimates["estimate"].iloc[0]
    gap = value_gaps(one, two, draws=5).estimates["estimate"]
    assert rho == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)
    assert (gap**2).mean() == pytest.approx(2 * (1 - rho) * 5 / 6, abs=1e-6)
    assert gap.to_numpy() == pytest.approx(
        (x - x.mean()) / x.std(ddof=1) - (y - y.mean()) / y.std(ddof=1), abs=1e-6
    )


def test_the_simulated_truth_is_recovered(tmp_path):
    from valuestats.systems.litmus.release import read_litmus

    made = simulate_asked(seed=4)
    for name, frame in made.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    said = read_litmus(tmp_path / "controlled.csv", kind="controlled")
    chosen = read_litmus(tmp_path / "forced.csv")
    found = stated_revealed(said, chosen, cluster="cluster", prior_sd=3.0)
    own = found.estimates[found.estimates["of"] == "model"].set_index("name")
    for model, rho in AGREEMENT.items():
        assert own.loc[model, "lower"] <= rho <= own.loc[model, "upper"]
        assert own.loc[model, "upper"] - own.loc[model, "lower"] < 0.9
    assert "A gap beyond noise" in found.sentence()
    gaps = value_gaps(said, chosen, cluster="cluster", prior_sd=3.0, draws=50)
    wide = gaps.estimates.pivot(index="model", columns="value", values="estimate").loc[
        list(AGREEMENT), list(VALUES)
    ]
    truth = np.subtract(*profiles(4)) / SPREAD
    assert np.corrcoef(wide.to_numpy().ravel(), truth.ravel())[0, 1] > 0.95
    ends = gaps.estimates.pivot(index="model", columns="value", values=["lower", "upper"])
    inside = (ends["lower"].loc[wide.index, wide.columns] <= truth) & (
        truth <= ends["upper"].loc[wide.index, wide.columns]
    )
    assert inside.to_numpy().mean() >= 0.85
    assert gaps.contrasts("value").shape[0] == 5 * 28


def test_results_and_choices_may_be_mixed():
    strong = worth(2)
    named = scores([list(strong.values())], 0.05)
    frame = named.estimates.assign(value=list(strong))
    named = Result(
        "scores",
        frame,
        named.keys,
        named.meta,
        draws_tree("bootstrap", named.replicates().to_numpy(), {"model": ["m"], "value": list(strong)}),
    )
    row = stated_revealed(named, choices(strong, 5), cluster="pair").estimates.iloc[0]
    assert row["estimate"] > 0.95


def signs(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def said_and_advised(seed, sign, models=4, dilemmas=240, runs=5):
    """Answers to 21 items in five runs, and dilemmas of the same profile or of its reverse."""
    rng = np.random.default_rng(seed)
    keys = instrument_keys("pvq21").query("family == 'pvq'")
    names = sorted(keys["dimension"].unique())
    answers, advice = [], []
    for m in (f"m{k}" for k in range(models)):
        w = rng.normal(0, 0.9, len(names))
        w -= w.mean()
        for item, value in keys[["item", "dimension"]].to_numpy():
            mu = 3.8 + w[names.index(value)] + rng.normal(0, 0.1)
            answers += [(m, item, r, int(np.clip(round(mu + rng.normal(0, 0.5)), 1, 6))) for r in range(runs)]
        for d in range(dilemmas):
            a, b = rng.choice(len(names), 2, replace=False)
            first = rng.random() < 1 / (1 + np.exp(-sign * (w[a] - w[b])))
            advice.append((f"d{d}", m, names[a], names[b], names[a if first else b]))
    table = pd.DataFrame(answers, columns=["model", "item", "epoch", "answer"]).assign(status="valid")
    scored = score(Responses(table), "pvq21", family="pvq", resample="runs", replicates=200, seed=1)
    return scored, pd.DataFrame(advice, columns=["dilemma", "model", "option_a", "option_b", "winner"])


def test_a_model_that_advises_the_reverse_of_what_it_says_is_found_and_leads():
    """Reliable profiles whose variance is less than three errors from 0: what counts is what the interval excludes."""
    scored, advice = said_and_advised(2, -1.0)
    found = stated_revealed(scored, pair_choices(advice), cluster="dilemma")
    own = found.estimates[found.estimates["of"] == "model"]
    assert (own["strength"] < 3).any()  # below this all were swept away, though seen at -.9
    assert (own["upper"] < 0).all()
    assert set(own["relation"]) == {"reversed"}
    assert not found.verdict.rows.loc[own.index, "sign"].isin(["none", "untested"]).any()
    assert found.sentence().startswith("4 of 4 models choose the reverse of what they say: ")
    gaps = value_gaps(scored, pair_choices(advice), cluster="dilemma", draws=2000, seed=1)
    assert (
        gaps.estimates["p_adjusted"] < 0.05
    ).sum() >= 12  # of 40; none with the four degrees of freedom of five runs
    drawn = gaps.replicates().std("draw", ddof=1).to_numpy().ravel()
    assert drawn == pytest.approx(
        gaps.estimates["std_error"].to_numpy(), rel=0.25
    )  # Student's t is a little wider
    same, other = said_and_advised(3, 1.0)
    agreeing = stated_revealed(same, pair_choices(other), cluster="dilemma")
    kinds = set(agreeing.estimates.loc[agreeing.estimates["of"] == "model", "relation"])
    assert kinds <= {"agree", "agree in part"}
    assert "reverse" not in agreeing.sentence()


def test_profiles_that_are_noise_are_no_finding_whatever_their_variance():
    rng = np.random.default_rng(4)
    profile = rng.normal(size=10)
    flat = stated_revealed(scores([profile], 0.1), scores([rng.normal(size=10)], 1.0))
    assert flat.verdict.rows["sign"].tolist() == ["none"]
    assert flat.estimates["noise"].iloc[0] > 0.05
    errors = np.array([noise_p(rng.normal(size=8), np.eye(8)) for _ in range(2000)])
    assert np.mean(errors < 0.05) == pytest.approx(0.05, abs=0.015)
    # errors of which only a few degrees are known
    few = [noise_p(x, np.eye(8) * rng.chisquare(5) / 5, 5.0) for x in rng.normal(size=(2000, 8))]
    assert np.mean(np.array(few) < 0.05) == pytest.approx(0.05, abs=0.02)


def test_an_interval_that_holds_both_0_and_1_tells_nothing():
    row = stated_revealed(scores([[1.0, 0, -1, 0.2, 0.6]], 0.4), scores([[0.2, 1, -1, 0.6, 0]], 0.4))
    told = row.estimates.iloc[0]
    assert told["lower"] <= 0 < 1 <= told["upper"]
    assert told["relation"] == "open"
    assert told["noise"] < 0.05
    assert row.verdict.rows["sign"].tolist() == ["none"]


def test_degrees_of_freedom_are_those_of_whose_error_is_the_larger():
    """Welch and Satterthwaite by hand: variances 1 of 4 and 9 of 99 degrees."""

    def result(error, units, seed):
        return scores([np.arange(6.0)], error, units=units, seed=seed)

    both = joined(
        measured(result(1.0, 5, 1), "model", None, None, "said"),
        measured(result(3.0, 100, 2), "model", None, None, "done"),
    )
    slopes = np.hstack([np.eye(6), np.eye(6)])
    assert both.degrees_of(0, slice(None), slopes) == pytest.approx(100 / (1 / 4 + 81 / 99), rel=1e-9)


@pytest.mark.parametrize("spelled", ["V1", "v_1", "v-1 "])
def test_names_in_another_spelling_are_matched_and_said(spelled):
    one = scores([[1.0, 2, 4, 3, 5]], 0.1)
    frame = one.estimates.replace({"value": {"v1": spelled}})
    other = {"v 1": "v 1"}.get(spelled, spelled)
    tree = draws_tree(
        "bootstrap", one.replicates().to_numpy(), {"model": ["m"], "value": frame["value"].tolist()}
    )
    first = one.estimates.replace({"value": {"v1": "v 1" if spelled != "V1" else "v1"}})
    plain = draws_tree(
        "bootstrap", one.replicates().to_numpy(), {"model": ["m"], "value": first["value"].tolist()}
    )
    found = stated_revealed(
        Result("scores", first, one.keys, one.meta, plain), Result("scores", frame, one.keys, one.meta, tree)
    )
    assert len(found.meta["values"]) == 5
    assert any(f"{other} is taken for" in w for w in found.meta["warnings"])
    assert found.meta["left_out"] == {"models": [], "values": []}


def test_what_was_measured_one_way_only_is_said_in_the_sentence():
    one, two = scores([[1.0, 2, 4, 3, 5]], 0.1), scores([[1.0, 2, 4, 3]], 0.1)
    for verb in (stated_revealed, value_gaps):
        assert "measured one way only and left out: 1 value (v4)" in verb(one, two).sentence()


def test_each_planted_defect_raises_its_own_reason_alone():
    rng = np.random.default_rng(9)
    x = np.arange(12.0)
    far, near = x + rng.normal(size=12), x[::-1]
    clean = stated_revealed(scores([far], 0.1), scores([near], 0.1, seed=1))
    assert signs(clean) == set()
    noisy = stated_revealed(scores([rng.normal(size=12)], 1.0), scores([near], 0.1))
    assert signs(noisy) == {("denominator", "none")}
    assert noisy.sentence().startswith("No finding")
    many = rng.normal(size=60)
    many = (many - many.mean()) / many.std(ddof=1)
    low = stated_revealed(scores([many], np.sqrt(0.4)), scores([many], 0.1))  # reliability .6 by construction
    assert signs(low) == {("reliability", "care")}
    open_ones = stated_revealed(
        choices(worth(3), 6, 60, depends=0.7), choices(worth(4), 7, 60), cluster="pair", prior_sd=3.0
    )
    assert signs(open_ones) == {("missing", "care")}
    few = stated_revealed(scores([far], 0.1, units=8), scores([near], 0.1))
    assert signs(few) == {("units", "care")}


def test_models_and_values_measured_one_way_are_named():
    one = scores(np.random.default_rng(1).normal(size=(2, 5)), 0.1, models=("m", "n"))
    two = scores([np.arange(5.0)], 0.1)
    found = stated_revealed(one, two)
    assert found.estimates["name"].tolist() == ["m"]
    assert any("n: measured one way only" in w for w in found.meta["warnings"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one, two: (one, scores([[1.0, 2, 3]], 0.1, models=("other",))), "no model stands in both"),
        (lambda one, two: (scores([[1.0, 2]], 0.1), scores([[1.0, 2]], 0.1)), "fewer than 3 values"),
        (
            lambda one, two: (
                Result("x", one.estimates.assign(k="k"), ("model", "value", "k"), one.meta, one.draws),
                two,
            ),
            "not a result",
        ),
        (lambda one, two: (Result("x", one.estimates, one.keys, one.meta), two), "no draws"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, says):
    pair = scores([[1.0, 2, 3]], 0.1), scores([[3.0, 1, 2]], 0.1)
    with pytest.raises(SpecificationError, match=says):
        stated_revealed(*change(*pair))


def test_equal_values_few_clusters_and_missing_values():
    flat = stated_revealed(scores([[1.0, 1, 1, 1]], 0.1), scores([[1.0, 2, 3, 4]], 0.1)).estimates.iloc[0]
    assert np.isnan(flat["estimate"])
    assert (flat["lower"], flat["upper"]) == (-1, 1)
    few = stated_revealed(
        scores([[1.0, 2, 4, 3]], 0.1, units=3), scores([[1.0, 2, 3, 4]], 0.1)
    ).estimates.iloc[0]
    assert few["interval"] == "none"
    assert np.isnan(few["lower"])
    holed = stated_revealed(
        scores([[1.0, 2, 4, np.nan, 5]], 0.1), scores([[1.0, 2, 3, 9, 4]], 0.1)
    ).estimates.iloc[0]
    whole = stated_revealed(scores([[1.0, 2, 4, 5]], 0.1), scores([[1.0, 2, 3, 4]], 0.1)).estimates.iloc[0]
    assert holed["seen"] == pytest.approx(whole["seen"])
    gap = value_gaps(
        scores([[1.0, 2, 4, np.nan, 5]], 0.1), scores([[1.0, 2, 3, 9, 4]], 0.1), draws=5
    ).estimates
    assert gap["estimate"].isna().tolist() == [False, False, False, True, False]


def test_a_model_without_an_answer_is_left_out_and_named():
    good, other = choices(worth(1), 1), choices(worth(1), 2, model="n")
    silent = other.frame.assign(status="empty", rank=pd.array([pd.NA] * len(other.frame), dtype="Int64"))
    both = Choices(pd.concat([good.frame, silent], ignore_index=True))
    found = stated_revealed(both, good, cluster="pair", prior_sd=3.0)
    assert found.estimates["name"].tolist() == ["m"]
    assert any(w.startswith("n: none of") for w in found.meta["warnings"])


def test_degrees_of_freedom_of_gaps_are_those_of_the_clusters_they_rest_on():
    """By hand: m clusters of one size give 3m - 2, at most all less 1; of normal ones the mean is about their number."""
    q = np.zeros((28, 4))
    q[:5, 0], q[0, 1], q[:, 2] = 2.0, 7.0, -1.0
    assert cluster_degrees(q, 27.0).tolist() == [13.0, 1.0, 27.0, 27.0]  # the last moves nothing
    normal = np.random.default_rng(1).normal(size=(8, 20_000))
    found = cluster_degrees(normal[:, :200], 1e9)
    # Satterthwaite's ratio of unbiased estimates: of means of both it is the number of clusters
    square, fourth = (normal**2).sum(axis=0), (normal**4).sum(axis=0)
    assert (2 * (square**2 - 2 / 3 * fourth).mean() / (2 / 3 * fourth).mean()) == pytest.approx(8, rel=0.02)
    assert 6 < np.median(found) < 12
