"""Judges side by side against scipy; strengths of two groups against statsmodels' clustered logit; planted defects."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from valuestats import choice_strengths, compare_judges, compare_strengths, pair_choices
from valuestats.base.errors import SpecificationError
from valuestats.choice.simulate import clean_truth, plant, simulate_pairs

OPTIONS = np.array(["care", "fairness", "power", "truth"])
WORTH = np.array([0.8, 0.3, -0.9, -0.2])


def comparisons(seed, n=900, other=WORTH, judges=10, questions=40):
    rng = np.random.default_rng(seed)
    model = rng.random(n) < 0.5
    a = rng.integers(0, 4, n)
    b = (a + rng.integers(1, 4, n)) % 4
    worth = np.where(model[:, None], other, WORTH)
    at = np.arange(n)
    won = rng.random(n) < 1 / (1 + np.exp(worth[at, b] - worth[at, a]))
    judge = np.where(model, "judge-model", np.char.add("p", rng.integers(0, judges, n).astype(str)))
    return pd.DataFrame(
        {
            "option_a": OPTIONS[a],
            "option_b": OPTIONS[b],
            "winner": np.where(won, "first", "second"),
            "who": np.where(model, "model", "people"),
            "judge": judge,
            "question": rng.integers(0, questions, n).astype(str),
        }
    )


def read(frame):
    return pair_choices(frame, reads="places")


def planted(defect=None, seed=1):
    rng = np.random.default_rng(seed)
    frame = simulate_pairs(clean_truth(rng), 1200, rng)
    return (plant(frame, defect, rng) if defect else frame).rename(columns={"model": "judge"})


def test_shares_and_tests_are_those_of_scipy():
    frame = planted()
    found = compare_judges(read(frame)).estimates.set_index(["judge", "measure"])
    decided = frame[frame["winner"] != "tie"]
    for judge, own in frame.groupby("judge"):
        here = decided["judge"] == judge
        for measure, hit, base in (
            ("first place", decided["winner"] == "first", here),
            ("ties", frame["winner"] == "tie", frame["judge"] == judge),
        ):
            row = found.loc[(judge, measure)]
            exact = stats.binomtest(int(hit[base].sum()), int(base.sum()))
            ends = exact.proportion_ci(0.95, method="exact")
            got = row[["estimate", "lower", "upper"]].astype(float)
            np.testing.assert_allclose(got, [exact.statistic, ends.low, ends.high], rtol=1e-9)
            table = [[hit[b].sum(), (~hit[b]).sum()] for b in (base, ~base)]
            assert row["p"] == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)
        rest = decided[~here]
        gain = pd.concat(
            [
                pd.DataFrame({"option": rest["option_a"], "net": np.where(rest["winner"] == "first", 1, -1)}),
                pd.DataFrame({"option": rest["option_b"], "net": np.where(rest["winner"] == "first", -1, 1)}),
                *(pd.DataFrame({"option": t, "net": 0}) for t in _tied(frame, judge)),
            ]
        )
        level = gain.groupby("option")["net"].mean()
        mine = decided[here]
        ahead = level[mine["option_a"]].to_numpy() > level[mine["option_b"]].to_numpy()
        agrees = (mine["winner"] == "first").to_numpy() == ahead
        assert found.loc[(judge, "agreement"), "estimate"] == pytest.approx(agrees.mean())
        assert len(own)


def _tied(frame, judge):
    tied = frame[(frame["winner"] == "tie") & (frame["judge"] != judge)]
    return tied["option_a"], tied["option_b"]


@pytest.mark.parametrize(
    ("defect", "measure"), [("stuck judge", "first place"), ("turned labels", "agreement")]
)
def test_a_planted_judge_stands_apart(defect, measure):
    found = compare_judges(read(planted(defect)))
    apart = found.estimates[found.estimates["p_adjusted"] < 0.05].sort_values("p_adjusted")
    assert apart[["judge", "measure"]].iloc[0].tolist() == ["judge 01", measure]
    assert "apart, most of all: judge 01" in found.sentence()
    assert any(r.aspect == "apart" and r.where["judge"] == "judge 01" for r in found.verdict.reasons)
    assert found.plot().to_dict()


def test_clean_judges_do_not():
    """20 studies: with a true rate of at most .05 more than 4 have a probability below .01."""
    named = sum(
        (compare_judges(read(planted(seed=k))).estimates["p_adjusted"] < 0.05).any() for k in range(20)
    )
    assert named <= 4
    told = compare_judges(read(planted())).sentence()
    assert "No judge was found to choose otherwise than the others (Holm over 24 tests)" in told


def test_what_can_not_be_compared_is_refused():
    frame = planted()
    with pytest.raises(SpecificationError, match="no column says by its name who chose"):
        compare_judges(read(frame.drop(columns="judge")))
    with pytest.raises(SpecificationError, match="one judge"):
        compare_judges(read(frame.assign(judge="one")))
    with pytest.raises(SpecificationError, match="no such column"):
        compare_judges(read(frame), judge="voice")
    odd = compare_judges(read(frame.rename(columns={"judge": "voice"})), judge="voice").estimates
    pd.testing.assert_frame_equal(odd, compare_judges(read(frame)).estimates)


@pytest.mark.parametrize("cluster", [None, "question"])
def test_differences_and_errors_are_those_of_a_clustered_logit(cluster):
    frame = comparisons(1)
    found = compare_strengths(read(frame), "who", cluster=cluster).estimates
    sides = [
        pd.get_dummies(frame[c]).reindex(columns=OPTIONS).to_numpy(dtype=float)
        for c in ("option_a", "option_b")
    ]
    apart = (sides[0] - sides[1])[:, 1:]  # the first option is 0
    model = (frame["who"] == "model").to_numpy()[:, None]
    design = np.hstack([apart * model, apart * ~model])
    fit = sm.Logit((frame["winner"] == "first").to_numpy(dtype=float), design)
    if cluster is None:
        fitted = fit.fit(disp=0)
        factor = 1.0
    else:
        code = pd.factorize(frame["question"])[0]
        fitted = fit.fit(disp=0, cov_type="cluster", cov_kwds={"groups": code, "use_correction": False})
        factor = 40 / 39
    centre = np.vstack([np.zeros(3), np.eye(3)]) - np.full((4, 3), 0.25)
    to = np.hstack([centre, -centre])
    np.testing.assert_allclose(found["estimate"], to @ fitted.params, atol=1e-6)
    np.testing.assert_allclose(
        found["std_error"], np.sqrt(np.diag(to @ fitted.cov_params() @ to.T) * factor), rtol=1e-5
    )


def test_the_largest_t_is_that_of_the_multivariate_distribution():
    """Two options have one difference, twice: its p-value is the normal one, and its interval Wald's."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"option_a": "x", "option_b": "y", "who": np.repeat(["a", "b"], 200)})
    frame["winner"] = np.where(rng.random(400) < np.where(frame["who"] == "a", 0.6, 0.5), "first", "second")
    found = compare_strengths(read(frame), "who", draws=200_000)
    row = found.estimates.iloc[0]
    z = abs(row["estimate"]) / row["std_error"]
    assert found.meta["joint"]["p"] == pytest.approx(2 * stats.norm.sf(z), abs=0.004)
    assert (row["upper"] - row["lower"]) / (2 * row["std_error"]) == pytest.approx(1.96, abs=0.02)


def test_groups_that_differ_are_found_and_groups_that_do_not_are_not():
    other = WORTH + np.array([0.9, 0.0, 0.0, -0.9])
    found = compare_strengths(read(comparisons(3, other=other)), "who", cluster="question")
    assert found.meta["joint"]["p"] < 0.05
    low = found.estimates[(found.estimates["lower"] > 0) | (found.estimates["upper"] < 0)]
    assert set(low["option"]) <= {"care", "truth"}
    assert "model and people differ in how readily they choose" in found.sentence()
    same = compare_strengths(read(comparisons(4)), "who", cluster="question")
    assert "No difference between model and people was found" in same.sentence()
    assert same.verdict.sign == "none"
    assert same.plot().to_dict()


def test_a_group_of_one_judge_is_refused_with_what_works():
    choices = read(comparisons(5))
    with pytest.raises(SpecificationError, match=r"too few clusters \(where who is model\)") as caught:
        compare_strengths(choices, "who", cluster="judge")
    assert "such as the question" in str(caught.value)
    with pytest.raises(SpecificationError, match="one group"):
        compare_strengths(read(comparisons(5).assign(who="people")), "who")
    lost = comparisons(5)
    lost = lost[(lost["who"] == "people") | ((lost["option_a"] != "care") & (lost["option_b"] != "care"))]
    with pytest.raises(SpecificationError, match="different options") as caught:
        compare_strengths(read(lost), "who")
    assert "care not in model" in str(caught.value)
    alone = choice_strengths(choices, by="who", cluster="question").estimates.set_index(["who", "option"])[
        "estimate"
    ]
    both = compare_strengths(choices, "who", cluster="question").estimates.set_index("option")["estimate"]
    np.testing.assert_allclose(both, (alone["model"] - alone["people"])[both.index], atol=1e-9)
