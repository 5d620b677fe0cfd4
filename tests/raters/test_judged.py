"""Judges corrected by people's labels: ppi_py, closed forms, and studies with a known truth.

references/: data drawn once, and what ppi_py 0.2.3 (`ppi_mean_pointestimate`, `ppi_mean_ci`, alpha .05, no argument
lam: tuned) gives for them; it divides by n where this package divides by n - 1 and uses the normal quantile, so that
widths agree to the ratio of the two.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats.base.errors import InputError, SpecificationError
from valuestats.raters.judge_posteriors import PRIOR, calibrated_draws, confusion_draws
from valuestats.raters.judged import judged_means, judged_shares
from valuestats.statistics.prediction_powered import powered_mean

HERE = Path(__file__).parent / "references"
PPI = json.loads((HERE / "prediction_powered.json").read_text())
QUICK = {"draws": 200, "seed": 1}


def labels():
    return pd.read_csv(HERE / "judged_labels.csv")


def ratings():
    return pd.read_csv(HERE / "judged_ratings.csv")


def rows(found, estimator):
    return found.estimates[found.estimates["estimator"] == estimator]


def onehot(series):
    return (series.to_numpy()[:, None] == np.array(list("abc"))).astype(float)


def test_shares_and_their_tuning_agree_with_ppi_py():
    own = rows(judged_shares(labels(), **QUICK), "prediction-powered")
    told = PPI["shares"]["None"]
    assert own["estimate"].to_numpy() == pytest.approx(
        told["estimate"], abs=2e-3
    )  # its lambda divides by n, not n - 1
    half = (np.array(told["upper"]) - told["lower"]) / 2
    students = stats.t.ppf(0.975, 79) / stats.norm.ppf(0.975) * np.sqrt(80 / 79)
    reach = (own["upper"] - own["lower"]).to_numpy() / 2
    assert reach == pytest.approx(half * students, rel=0.005)


def test_without_tuning_points_are_exact():
    table = labels()
    on = table["label"].notna()
    found = powered_mean(
        onehot(table["label"][on]), onehot(table["judge"][on]), onehot(table["judge"][~on]), weight=1.0
    )
    told = PPI["shares"]["1.0"]
    assert found.estimate == pytest.approx(told["estimate"], abs=1e-12)
    half = (np.array(told["upper"]) - told["lower"]) / 2 / stats.norm.ppf(0.975)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(half * np.sqrt(80 / 79), rel=2e-3)


def test_means_agree_with_ppi_py():
    own = rows(judged_means(ratings()), "prediction-powered").iloc[0]
    assert own["estimate"] == pytest.approx(PPI["mean"]["estimate"][0], abs=2e-3)
    students = stats.t.ppf(0.975, 79) / stats.norm.ppf(0.975) * np.sqrt(80 / 79)
    half = (PPI["mean"]["upper"] - PPI["mean"]["lower"]) / 2
    assert (own["upper"] - own["lower"]) / 2 == pytest.approx(half * students, rel=0.005)


def test_the_labelled_alone_are_a_t_interval():
    own = rows(judged_means(ratings()), "labelled").iloc[0]
    y = ratings()["label"].dropna()
    assert (own["lower"], own["upper"]) == pytest.approx(stats.t.interval(0.95, 79, y.mean(), stats.sem(y)))


def test_the_calibrated_posterior_has_the_moments_of_its_dirichlets():
    table, rest = np.array([[20.0, 5.0], [4.0, 31.0]]), np.array([150.0, 250.0])
    draws = calibrated_draws(table, rest, 200_000, np.random.default_rng(0))
    q = table.sum(axis=0) + rest + 2 * PRIOR
    right = (table + PRIOR) / (table + PRIOR).sum(axis=0)
    mean = right @ (q / q.sum())
    assert draws.mean(axis=0) == pytest.approx(mean, abs=3e-4)
    a, b = table[0] + PRIOR, table[1] + PRIOR
    beta = a * b / ((a + b) ** 2 * (a + b + 1))  # of P(first | judge's label)
    spread = q[0] * q[1] / (q.sum() ** 2 * (q.sum() + 1))
    gap = right[0, 0] - right[0, 1]
    squares = (q / q.sum()) ** 2 + np.array([spread, spread])
    variance = (squares * beta).sum() + gap**2 * spread
    assert draws[:, 0].var() == pytest.approx(variance, rel=0.01)


def test_many_items_give_rogan_and_gladens_estimate():
    confusion = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
    share = np.array([0.5, 0.3, 0.2])
    table = np.round(confusion * 100_000)[None]
    rest = np.round(share @ confusion * 50_000_000)[None]
    draws = confusion_draws(table, rest, 400, np.random.default_rng(1))
    q = rest[0] / rest[0].sum()
    assert draws[:, 0].mean(axis=0) == pytest.approx(np.linalg.solve(confusion.T, q), abs=0.01)


def test_two_labels_follow_the_posterior_on_a_grid():
    """Likelihood of sensitivity, specificity and share by quadrature, 80 points each; means and deviations."""
    table, rest = np.array([[16.0, 4.0], [6.0, 34.0]]), np.array([45.0, 55.0])
    node, weight = np.polynomial.legendre.leggauss(120)
    x, w = (node + 1) / 2, weight / 2
    hit, miss, share = np.meshgrid(x, x, x, indexing="ij")
    first = share * hit + (1 - share) * (1 - miss)
    log = stats.beta.logpdf(hit, table[0, 0] + PRIOR, table[0, 1] + PRIOR)
    log += stats.beta.logpdf(miss, table[1, 1] + PRIOR, table[1, 0] + PRIOR)
    log += rest[0] * np.log(first) + rest[1] * np.log(1 - first)
    p = np.exp(log - log.max()) * w[:, None, None] * w[None, :, None] * w[None, None, :]
    p /= p.sum()
    # of the others, expected counts of true first ones given the parameters
    n = rest[0] * share * hit / first + rest[1] * share * (1 - hit) / (1 - first)
    mean = float((p * (table[0].sum() + n + PRIOR)).sum() / (table.sum() + rest.sum() + 2 * PRIOR))
    draws = confusion_draws(table[None], rest[None], 40_000, np.random.default_rng(2))[:, 0, 0]
    assert draws.mean() == pytest.approx(mean, abs=0.002)


def study(rng, n=3000, labelled=400, by_truth=False, by_judge=False):
    confusion = np.array([[0.85, 0.15], [0.2, 0.8]])
    true = rng.random(n) < 0.3
    judge = rng.random(n) < np.where(true, confusion[1, 1], confusion[0, 1])
    tilt = np.where(true if by_truth else judge, 4.0, 1.0) if by_truth or by_judge else np.ones(n)
    p = np.minimum(labelled * tilt / tilt.sum(), 1)
    on = rng.random(n) < p
    frame = pd.DataFrame({"item": np.arange(n), "judge": np.where(judge, "yes", "no"), "probability": p})
    return frame.assign(label=np.where(on, np.where(true, "yes", "no"), None))


def yes(found):
    own = found.estimates[found.estimates["label"] == "yes"].set_index("estimator")
    return own.assign(holds=(own["estimate"] - 0.3).abs() < 3 * own["std_error"])


def test_a_random_part_corrects_what_the_judge_gets_wrong():
    found = judged_shares(study(np.random.default_rng(3)).drop(columns="probability"), draws=1000)
    table = yes(found)
    assert not table.loc["judge", "holds"]
    assert table.drop(index="judge")["holds"].all()
    narrow = table["upper"] - table["lower"]
    assert narrow["prediction-powered"] < narrow["labelled"]
    assert found.meta["warnings"] == []
    why = found.verdict.rows.set_index("estimator")["why"]
    assert set(why[why != ""].index) == {"judge"}


def test_planted_labels_by_the_judges_word_warn_and_only_they():
    table = study(np.random.default_rng(4), by_judge=True)
    plain = judged_shares(table.drop(columns="probability"), draws=1000)
    assert len(plain.meta["warnings"]) == 1
    assert "no random part" in plain.meta["warnings"][0]
    signs = plain.verdict.rows.drop_duplicates("estimator").set_index("estimator")["sign"]
    assert signs[["labelled", "prediction-powered"]].tolist() == ["care", "care"]
    assert signs[["calibrated", "confusion"]].tolist() == ["sound", "sound"]
    assert yes(plain).loc["calibrated", "holds"]
    assert not yes(plain).loc["labelled", "holds"]
    weighted = judged_shares(table, draws=200)
    assert weighted.meta["warnings"] == []
    assert yes(weighted).loc[["labelled", "prediction-powered"], "holds"].all()
    assert "only the calibrated and confusion" in plain.sentence()


def test_labels_by_peoples_word_leave_the_confusion_matrix_right():
    found = judged_shares(
        study(np.random.default_rng(5), by_truth=True).drop(columns="probability"), draws=1000
    )
    assert yes(found).loc["confusion", "holds"]
    assert not yes(found).loc["labelled", "holds"]


def test_a_judge_that_follows_nobody_is_no_finding():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"item": np.arange(500), "judge": rng.choice(["a", "b"], 500)})
    frame["label"] = np.where(np.arange(500) < 60, rng.permutation(np.repeat(["a", "b"], 250)), None)
    found = judged_shares(frame, **QUICK)
    signs = found.verdict.rows.drop_duplicates("estimator").set_index("estimator")["sign"]
    assert signs["confusion"] == "none"
    assert signs["labelled"] == "sound"


def test_errors_may_be_shared_over_groups():
    rng = np.random.default_rng(7)
    parts = [study(rng, n=800, labelled=60).assign(model=m) for m in "mn"]
    frame = pd.concat(parts).drop(columns="probability")
    wide = judged_shares(frame, by="model", estimators=["confusion"], draws=1500)
    tight = judged_shares(frame, by="model", estimators=["confusion"], shared=True, draws=1500)
    width = [(r.estimates["upper"] - r.estimates["lower"]).mean() for r in (wide, tight)]
    assert width[1] < width[0]
    assert wide.replicates().dims == ("draw", "model", "label", "estimator")
    assert len(wide.contrast("model", "m", "n")) == 2


def test_the_sentence_of_a_group_gives_the_groups_own_numbers():
    rng = np.random.default_rng(8)
    rows = []
    for model, n, labelled, right in (("m", 300, 150, 0.95), ("n", 120, 40, 0.6)):
        true = rng.random(n) < 0.5
        judge = np.where(rng.random(n) < right, true, True)
        told = np.where(np.arange(n) < labelled, np.where(true, "yes", "no"), None)
        rows.append(pd.DataFrame({"item": [f"{model}{i}" for i in range(n)], "model": model, "label": told,
            "judge": np.where(judge, "yes", "no")}))  # fmt: skip
    frame = pd.concat(rows, ignore_index=True)
    found = judged_shares(frame, by="model", draws=500)
    own = frame[(frame["model"] == "n") & frame["label"].notna()]
    agree = (own["label"] == own["judge"]).mean()
    said = found.sentence()
    assert " for n " in said
    assert "from 40 items that people labelled" in said
    assert f"judge and people say the same of {agree:.0%} of them" in said
    assert "scored 120 of 120 items" in said


def test_clusters_widen_and_say_which_estimates_do_not_see_them():
    table = labels()
    twice = pd.concat(
        [table.assign(cluster=table["item"]), table.assign(item=table["item"] + 1000, cluster=table["item"])]
    )
    one, two = (rows(judged_shares(t, **QUICK), "prediction-powered") for t in (table, twice))
    assert two["std_error"].to_numpy() == pytest.approx(one["std_error"].to_numpy(), rel=0.02)
    found = judged_shares(twice, **QUICK)
    assert any("in clusters" in w for w in found.meta["warnings"])
    why = found.verdict.rows.drop_duplicates("estimator").set_index("estimator")["why"]
    assert "clusters" in why["calibrated"]
    assert "clusters" not in why["prediction-powered"]


def test_few_labels_give_no_interval_and_missing_ones_are_counted():
    frame = pd.DataFrame({"item": range(30), "judge": ["a", "b"] * 14 + [None, None]})
    frame["label"] = ["a", "b", "a"] + [None] * 27
    found = judged_shares(frame, **QUICK)
    assert rows(found, "labelled")["lower"].isna().all()
    assert (found.estimates["n_scored"] == 28).all()
    assert (found.estimates["n_asked"] == 30).all()
    assert any("did not label" in w for w in found.meta["warnings"])
    assert any("below four" in w for w in found.meta["warnings"])


def test_all_labelled_is_the_classical_estimate():
    frame = labels().dropna()
    found = judged_shares(frame, estimators=["labelled", "prediction-powered"], **QUICK)
    one, two = rows(found, "labelled"), rows(found, "prediction-powered")
    assert one["estimate"].to_numpy() == pytest.approx(two["estimate"].to_numpy())
    assert one["estimate"].to_numpy() == pytest.approx(
        frame["label"].value_counts(normalize=True).sort_index().to_numpy()
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: pd.concat([f, f[:1]]), "item"),
        (lambda f: f.assign(label=None), "without people's labels"),
        (lambda f: f.assign(judge="a", label="a"), "one label"),
        (lambda f: f.drop(columns="judge"), "judge"),
        (lambda f: f.assign(probability=0.0), "impossible probability"),
        (lambda f: f.assign(cluster=[None, *range(1, len(f))]), "no cluster"),
    ],
)
def test_bad_tables_are_refused_by_name(change, says):
    with pytest.raises((InputError, SpecificationError), match=says):
        judged_shares(change(labels()), **QUICK)


def test_labels_that_are_not_declared_and_ratings_that_are_no_numbers():
    with pytest.raises(InputError, match="not declared"):
        judged_shares(labels(), labels=["a", "b"], **QUICK)
    found = judged_shares(labels(), labels=["a", "b", "c", "d"], **QUICK)
    assert rows(found, "judge")["estimate"].iloc[3] == 0
    with pytest.raises(InputError, match="no finite number") as caught:
        judged_means(
            ratings().astype({"judge": object}).assign(judge=lambda f: f["judge"].where(f.index != 5, "many"))
        )
    assert caught.value.row == 5
    with pytest.raises(SpecificationError):
        judged_shares(labels(), by="model", **QUICK)


def test_each_groups_verdict_is_of_its_own_labels():
    """A judge that follows people, one that rates at random, and one held against eight labels."""
    rng = np.random.default_rng(0)
    rows = []
    for model, labelled, noise in (("good", 100, 0.4), ("random", 100, 60.0), ("few", 8, 0.4)):
        true = rng.normal(3, 1, 300)
        label = np.where(np.arange(300) < labelled, true, np.nan)
        rows.append(pd.DataFrame({"item": [f"{model}{i}" for i in range(300)], "model": model, "label": label,
            "judge": true + noise * rng.normal(size=300)}))  # fmt: skip
    found = judged_means(pd.concat(rows, ignore_index=True), by="model")
    said = {
        (tuple(r.where.values()), r.sign): r.text
        for r in found.verdict.reasons
        if r.aspect in ("units", "labels")
    }
    assert said.pop((("few",), "care")) == "rests on 8 resampled units"
    told = said.pop((("judge", "random"), "none"))
    assert told.startswith("the judge's ratings are not known to follow people's (r = ")
    assert said == {(("judge",), "care"): "the judge's errors are in it"}
