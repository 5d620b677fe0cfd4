"""Rules of keys: other libraries for the numbers, planted truth for what survives, scores with reversed keys."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from valuestats.base.errors import SpecificationError
from valuestats.keying.correlations import item_values
from valuestats.keying.rankings import compare_rankings, ranks_by_rule
from valuestats.keying.rules import keys, keys_per_item, stable_keys
from valuestats.keying.shrinkage import shrink_correlations
from valuestats.keying.validity import key_stability, key_validity
from valuestats.scoring.scores import score
from valuestats.statistics.polychoric import polyserial_matrix
from valuestats.tables import Ratings, Responses

SCORES = 1e-8  # scores are rounded to nine decimals before they are correlated


def simulated(seed=0, groups=4, raters=40, items=8, strong=2, rho=0.75):
    """Groups of raters with own items; the first items of a group carry a value, one of them reversed."""
    rng = np.random.default_rng(seed)
    people = groups * raters
    own = rng.normal(size=(people, 2))
    rows = []
    for person in range(people):
        group = person % groups
        for k in range(items):
            r = 0.0 if k >= strong else -rho if k == 1 else rho
            latent = r * own[person, 0] + np.sqrt(1 - r**2) * rng.normal()
            code = float(1 + np.searchsorted([-1.3, -0.6, 0, 0.6, 1.3], latent))
            rows.append((f"p{person}", f"g{group}-{k}", code))
    scores = pd.DataFrame(
        {
            "respondent": np.repeat([f"p{k}" for k in range(people)], 2),
            "family": "pvq",
            "dimension": ["Power", "Security"] * people,
            "score": own.ravel(),
        }
    )
    return Ratings(pd.DataFrame(rows, columns=["respondent", "item", "rating"]), scores, (1, 6))


@pytest.fixture(scope="module")
def ratings():
    return simulated()


@pytest.fixture(scope="module")
def correlations(ratings):
    return item_values(ratings)


@pytest.mark.parametrize("method", ["pearson", "polyserial"])
def test_other_correlations(ratings, method):
    found = item_values(ratings, method=method).estimates
    wide = ratings.values.pivot(index="respondent", columns="dimension", values="score")
    for _, row in found.iloc[::7].iterrows():
        part = ratings.frame[ratings.frame["item"] == row["item"]]
        x = wide.loc[part["respondent"], row["dimension"]].to_numpy()
        plain = stats.pearsonr(part["rating"], x)
        if method == "pearson":
            interval = plain.confidence_interval(0.95)
            assert row["estimate"] == pytest.approx(plain.statistic, abs=SCORES)
            assert (row["lower"], row["upper"]) == pytest.approx((interval.low, interval.high), abs=SCORES)
        else:
            r, _ = polyserial_matrix(x[:, None], part["rating"].to_numpy()[:, None])
            assert row["estimate"] == pytest.approx(r[0, 0], abs=SCORES)
            assert row["lower"] < row["estimate"] < row["upper"]
        assert row["p_value"] == pytest.approx(plain.pvalue, abs=SCORES)
    with pytest.raises(SpecificationError, match="no such method"):
        item_values(ratings, method="kendall")


def test_keys_by_false_discovery_rate_are_statsmodels(correlations):
    frame = correlations.estimates
    for adjustment, theirs in (
        ("bh", "fdr_bh"),
        ("by", "fdr_by"),
        ("holm", "holm"),
        ("bonferroni", "bonferroni"),
    ):
        passed = multipletests(frame["p_value"], alpha=0.05, method=theirs)[0]
        found = keys(correlations, rule="fdr", adjustment=adjustment, signs="both")
        expected = set(map(tuple, frame.loc[passed, ["item", "dimension"]].to_numpy()))
        assert set(map(tuple, found[["item", "dimension"]].to_numpy())) == expected
    assert frame["q_value"].to_numpy() == pytest.approx(multipletests(frame["p_value"], method="fdr_bh")[1])
    positive = keys(correlations, rule="fdr")
    assert (positive["sign"] == 1).all()
    assert set(positive["item"].str[-1]) >= {"0"}


def test_declared_family_changes_what_passes(ratings):
    """A second family of pure noise costs the first nothing unless both are declared as one."""
    noise = ratings.values.assign(
        family="bfi", score=np.random.default_rng(5).normal(size=len(ratings.values))
    )
    both = Ratings(ratings.frame, pd.concat([ratings.values, noise], ignore_index=True), (1, 6))
    found = item_values(both)
    by_family = keys(found, rule="fdr", signs="both")
    frame = found.estimates
    together = keys(found, rule="fdr", declared="all", signs="both")
    passed = multipletests(frame["p_value"], alpha=0.05, method="fdr_bh")[0]
    assert len(together) == passed.sum()
    pvq = frame[frame["family"] == "pvq"]
    expected = multipletests(pvq["p_value"], alpha=0.05, method="fdr_bh")[0].sum()
    assert (by_family["family"] == "pvq").sum() == expected


def test_posterior_keys(correlations):
    for prior in ("mixture", "normal"):
        shrunk = shrink_correlations(correlations, prior=prior)
        frame = shrunk.estimates
        assert (frame["estimate"].abs() <= frame["r"].abs() + 0.05).all()
        assert (frame["lower"] <= frame["upper"]).all()
        assert frame["false_sign_rate"].between(0, 1).all()
        found = keys(shrunk, rule="posterior", signs="both")
        real = {f"g{g}-{k}": 1 if k == 0 else -1 for g in range(4) for k in (0, 1)}
        signs = dict(zip(found["item"], found["sign"], strict=True))
        assert real.items() <= signs.items()
        assert len(found) <= len(real) + 3
        assert (keys(shrunk, rule="posterior")["sign"] == 1).all()


def test_refusals(correlations, ratings):
    with pytest.raises(SpecificationError, match="needs what these correlations"):
        keys(correlations, rule="posterior")
    with pytest.raises(SpecificationError, match="no such rule"):
        keys(correlations, rule="best")
    for bound in ({"rule": "fdr", "q": 0.0}, {"rule": "posterior", "probability": 1.0}):
        with pytest.raises(SpecificationError, match=r"impossible (q|probability)"):
            keys(correlations, **bound)
    with pytest.raises(SpecificationError, match="polyserial"):
        shrink_correlations(item_values(ratings, method="polyserial"))
    with pytest.raises(SpecificationError, match="no such prior"):
        shrink_correlations(correlations, prior="horseshoe")
    with pytest.raises(SpecificationError, match="impossible threshold"):
        shrink_correlations(correlations, threshold=1.0)
    for wrong in ({"rules": ["best"]}, {"rules": []}, {"splits": 1}, {"folds": 1}, {"method": "polyserial"}):
        with pytest.raises(SpecificationError):
            key_validity(ratings, **wrong)
    with pytest.raises(SpecificationError, match="no such rule"):
        key_stability(ratings, rule="best")


def test_too_few_raters_stay_null():
    rated = pd.DataFrame({"respondent": list("abcabc"), "item": list("111222"), "rating": [1, 2, 3, 3, 1, 2]})
    own = pd.DataFrame({"respondent": list("abc"), "family": "f", "dimension": "d", "score": [0.1, 0.2, 0.3]})
    few = item_values(Ratings(rated, own, (1, 6)))
    with pytest.raises(SpecificationError, match="can be used"):
        shrink_correlations(few)


def test_validity_recovers_a_known_truth(ratings):
    """Keys of real items are worth what the items are worth; the winner's curse of noise is what is lost."""
    found = key_validity(ratings, splits=12, seed=3).estimates.set_index(["rule", "dimension"])
    strong = found.loc[("fdr", "Power")]
    whole = item_values(ratings).estimates
    worth = whole[(whole["dimension"] == "Power") & whole["item"].str.endswith("-0")]["estimate"].mean()
    assert strong["estimate"] == pytest.approx(worth, abs=0.15)  # a false key in twenty
    assert strong["kept"] > 0.5
    noise = found.loc[("threshold", "Security")]
    assert abs(noise["estimate"]) < 0.15
    assert noise["in_sample"] > 0.35
    assert noise["shrinkage"] == pytest.approx(noise["in_sample"] - noise["estimate"])
    assert noise["lower"] < 0 < noise["upper"]
    power = found.loc[("threshold", "Power")]
    assert power["spearman_brown"] == pytest.approx(
        2 * power["half_correlation"] / (1 + power["half_correlation"])
    )
    assert power["half_correlation"] > 0.5
    signs = key_validity(ratings, splits=12, seed=3).verdict.rows.set_index(["rule", "dimension"])["sign"]
    assert signs[("threshold", "Security")] == "none"  # keys of noise, and they alone of this rule
    assert signs[("threshold", "Power")] == "sound"
    both = key_validity(ratings, rules=["threshold"], splits=6, folds=4, seed=3).estimates
    assert both["spearman_brown"].isna().all()
    assert both.set_index("dimension").loc["Power", "estimate"] > 0.3


def test_a_split_is_scipys_on_its_raters(ratings):
    from valuestats.keying.splits import folds_of_raters, split_correlations

    found = split_correlations(ratings, "spearman", 2, 2, 9)
    matrix, _, people = ratings.matrix()
    scores, _ = ratings.value_matrix(people)
    fold = folds_of_raters(~np.isnan(matrix), 2, 2, np.random.default_rng(9))
    for split, half, item in ((0, 0, 0), (1, 1, 17), (1, 0, 31)):
        inside = (fold[split] == half) & ~np.isnan(matrix[item])
        expected = stats.spearmanr(matrix[item][inside], scores[inside, 0]).statistic
        assert found.held_out.r[split, half, item, 0] == pytest.approx(expected, abs=1e-12)
        assert found.train.r[split, 1 - half, item, 0] == pytest.approx(expected, abs=1e-12)
        assert found.held_out.n[split, half, item, 0] == inside.sum() == 20


def test_stable_keys_are_the_real_ones(ratings, correlations):
    again = key_stability(ratings, splits=10, seed=1)
    kept = stable_keys(keys(correlations), again, share=0.9)
    assert set(zip(kept["item"], kept["dimension"], strict=True)) == {(f"g{g}-0", "Power") for g in range(4)}
    assert kept["held_out"].min() > 0.4
    noise = again[~again["item"].str.endswith(("-0", "-1"))]
    assert noise["share_keyed"].max() < 1
    with pytest.raises(SpecificationError, match="impossible share"):
        stable_keys(kept, again, share=0)


def test_raters_with_own_items_each():
    """Fully individual missing: no groups to keep even, one block of all items."""
    whole = simulated(groups=1, raters=60, items=10)
    some = whole.frame[np.random.default_rng(2).random(len(whole.frame)) < 0.7].reset_index(drop=True)
    found = key_validity(Ratings(some, whole.values, (1, 6)), rules=["threshold"], splits=5).estimates
    assert found.set_index("dimension").loc["Power", "estimate"] > 0.5


def test_signed_keys_reverse_the_item_in_scores():
    keyed = pd.DataFrame(
        {"item": ["a", "b", "c"], "family": "f", "dimension": ["d", "d", "e"], "sign": [1, -1, 1]}
    )
    answers = pd.DataFrame(
        {"model": "m", "item": ["a", "b", "c"], "raw": "x", "answer": [6, 2, 3], "status": "valid"}
    ).assign(source_file="f", source_sha256="0", source_row=range(3), epoch=1)
    found = score(Responses(answers), keyed, family="f", scale=(1, 6), replicates=0).estimates
    assert found.set_index("dimension").loc["d", "raw_mean"] == pytest.approx((6 + (7 - 2)) / 2)
    listed = keys_per_item(pd.concat([keyed, keyed.assign(dimension="e")[1:2]]))
    assert listed.iloc[0][["item", "dimensions", "several"]].tolist() == ["b", "−d, −e", True]


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    truth = np.linspace(-1, 1, 8)
    rows = [
        (
            f"m{m}",
            f"i{i}",
            f"q{i // 2}",
            float(np.clip(np.round(3.5 + truth[m] * (i < 10) + rng.normal()), 1, 6)),
        )
        for m in range(8)
        for i in range(20)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "cluster", "answer"])
    frame = frame.assign(
        raw="x", status="valid", source_file="f", source_sha256="0", epoch=1, source_row=range(len(frame))
    )
    dimensions = ["d"] * 8 + ["e"] * 6 + ["g"] * 6
    keyed = pd.DataFrame(
        {"item": [f"i{i}" for i in range(20)], "family": "f", "dimension": dimensions, "sign": 1}
    )
    responses = Responses(frame)
    one = score(responses, keyed, family="f", replicates=200)
    other = score(responses, keyed[3:14], family="f", replicates=200)
    return {"all": one, "same": one, "fewer": other}


def test_rankings_against_scipys_tau(scores):
    table = compare_rankings(scores).set_index(["rule", "dimension"])
    assert table.loc[("same", "d"), "tau"] == pytest.approx(1)
    assert table.loc[("same", "d"), "largest_shift"] == 0
    assert table.loc[("same", "d"), "verdict"] == "within noise"
    assert table.loc[("same", "e"), "verdict"] == "noise unknown"  # three queries
    assert table.loc[("fewer", "g"), "verdict"] == "no keys"
    wide = {
        name: r.estimates[r.estimates["dimension"] == "d"].set_index("model")["estimate"]
        for name, r in scores.items()
    }
    expected = stats.kendalltau(wide["all"], wide["fewer"].reindex(wide["all"].index)).statistic
    assert table.loc[("fewer", "d"), "tau"] == pytest.approx(expected)
    draws = scores["all"].replicates().sel(dimension="d").transpose("draw", "model").to_numpy()
    noise = [stats.kendalltau(wide["all"].to_numpy(), draw).statistic for draw in draws]
    assert table.loc[("fewer", "d"), "noise"] == pytest.approx(np.nanmedian(noise), abs=1e-9)
    ranks = ranks_by_rule(scores)
    assert (ranks[ranks["rule"] == "same"]["shift"] == 0).all()
    with pytest.raises(SpecificationError, match="nothing to compare"):
        compare_rankings({"one": scores["all"]})


def test_every_new_result_has_a_figure_and_a_sentence(ratings, correlations):
    validity = key_validity(ratings, splits=4)
    shrunk = shrink_correlations(correlations)
    for result in (validity, shrunk):
        result.plot().to_dict()
        assert "nan" not in result.sentence()
    assert "Keys made from one half of the raters" in validity.sentence()
    assert "shrunken" in shrunk.sentence()
    empty = key_validity(simulated(strong=0, groups=2, raters=10, items=4), rules=["fdr"], splits=3)
    assert "made no keys" in empty.sentence()


def test_figures_of_keys_and_ranks(ratings, correlations, scores):
    from valuestats.keying.figures import item_value_map, rank_shift_chart, ranking_chart

    keyed = keys(correlations)
    drawn = item_value_map(correlations, keyed, keyed[:2]).to_dict()
    cells = next(rows for rows in drawn["datasets"].values() if "key" in rows[0])
    assert sum(cell["key"] == "stays" for cell in cells) == 2
    assert sum(cell["key"] == "keyed" for cell in cells) == len(keyed) - 2
    shifts = rank_shift_chart(ranks_by_rule(scores), rule="fewer").to_dict()
    assert len(next(iter(shifts["datasets"].values()))) == 8 * 2
    ranking_chart(compare_rankings(scores)).to_dict()
