"""Strengths from choices against R (references by tests/r/choices.R), closed forms, simulations with a known truth."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, softmax

from valuestats import Choices, choice_strengths, pair_choices, ranking_choices
from valuestats.base.errors import SpecificationError
from valuestats.choice.counted import counted_sets
from valuestats.choice.pairs import PairSets
from valuestats.results.storage import read_artifact, write_artifact

HERE = Path(__file__).parent / "references"
EXPECTED = json.loads((HERE / "expected.json").read_text())
TIGHT = 1e-9
"""Both sides maximise the same likelihood by Newton's method."""


def spread(frame, count):
    """Each row as often as its count says."""
    return frame.loc[frame.index.repeat(frame[count])].reset_index(drop=True)


def puddings():
    d = pd.read_csv(HERE / "pudding.csv", dtype={"item_i": str, "item_j": str})
    long = d.melt(["item_i", "item_j"], ["wins_i", "wins_j", "ties"], "winner", "times")
    long["winner"] = long["winner"].map({"wins_i": "a", "wins_j": "b", "ties": "tie"})
    return pair_choices(spread(long, "times"), first="item_i", second="item_j")


def baseball():
    d = pd.read_csv(HERE / "baseball.csv")
    long = d.melt(["home", "away"], ["home_wins", "away_wins"], "winner", "times")
    long["winner"] = long["winner"].str.removesuffix("_wins")
    return pair_choices(spread(long, "times"), first="home", second="away")


def rankings(name):
    d = pd.read_csv(HERE / f"{name}.csv").rename(columns={"ranking": "choice", "item": "option"})
    if "weight" in d:
        d = spread(d, "weight")
        copy = d.groupby(["choice", "option"]).cumcount().astype(str)
        d["choice"] = d["choice"].astype(str) + "/" + copy
    return ranking_choices(d[["choice", "option", "rank"]])


def top_one():
    d = pd.read_csv(HERE / "top_one.csv").rename(columns={"set": "choice", "item": "option"})
    return ranking_choices(d)


def held(found, expected):
    table = found.estimates.set_index("option")
    for option, row in expected["options"].items():
        assert table.loc[option, "estimate"] == pytest.approx(row["estimate"], abs=TIGHT)
        assert table.loc[option, "std_error"] == pytest.approx(row["std_error"], abs=TIGHT)
    others = found.meta["parameters"]
    assert [p["estimate"] for p in others] == pytest.approx(expected.get("others", []), abs=TIGHT)
    assert [p["std_error"] for p in others] == pytest.approx(expected.get("others_error", []), abs=TIGHT)
    if "log_likelihood" in expected:
        assert found.meta["fits"][0]["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-7)


def test_davidson_ties_against_r():
    held(choice_strengths(puddings(), ties="davidson"), EXPECTED["pudding"])


def test_home_advantage_against_r():
    held(choice_strengths(baseball(), position=True), EXPECTED["baseball"])


def test_rankings_against_r():
    held(choice_strengths(rankings("salad")), EXPECTED["salad"])


def test_rankings_with_ties_of_all_against_r():
    held(choice_strengths(rankings("issp"), ties="davidson"), EXPECTED["issp"])


def test_normal_prior_against_r():
    """R's prior has the variance 2; its estimates come from BFGS and hold to 1e-7. Errors are of centred strengths."""
    centre = np.eye(4) - 1 / 4
    errors = np.sqrt(np.diag(centre @ np.array(EXPECTED["salad_prior"]["vcov"]) @ centre))
    found = choice_strengths(rankings("salad"), prior_sd=2**0.5).estimates.set_index("option")
    for (option, row), error in zip(EXPECTED["salad_prior"]["options"].items(), errors, strict=True):
        assert found.loc[option, "estimate"] == pytest.approx(row["estimate"], abs=1e-7)
        assert found.loc[option, "std_error"] == pytest.approx(error, abs=1e-7)


def test_what_a_prior_leaves_open_stays_open_under_clusters():
    """With each choice a cluster of its own, errors are those without clusters: of an option that never won, too."""
    rng = np.random.default_rng(6)
    pair = np.array([("a", "b"), ("a", "c"), ("b", "c"), ("a", "z"), ("b", "z"), ("c", "z")])[
        np.arange(600) % 6
    ]
    better = {"a": 0.8, "b": 0.0, "c": -0.5, "z": -np.inf}
    chance = [1 / (1 + np.exp(better[two] - better[one])) for one, two in pair]
    winner = np.where(rng.random(600) < chance, pair[:, 0], pair[:, 1])
    frame = pd.DataFrame(
        {"option_a": pair[:, 0], "option_b": pair[:, 1], "winner": winner, "judge": np.arange(600)}
    )
    alone, judged = (
        choice_strengths(pair_choices(frame), prior_sd=2.0, cluster=cluster).estimates.set_index("option")
        for cluster in (None, "judge")
    )
    ratio = judged["std_error"] / alone["std_error"]
    assert ratio.between(0.93, 1.07).all()


@pytest.mark.parametrize("cluster", [None, "subject"])
def test_one_of_several_with_covariate_and_position_against_r(cluster):
    found = choice_strengths(top_one(), covariates=["x"], position=True, cluster=cluster)
    expected = EXPECTED["top_one"]["against_A"]
    table = found.estimates.set_index("option")["estimate"]
    others = {p["parameter"]: p for p in found.meta["parameters"]}
    for name, other in (("x", "x"), ("first", "first position")):
        assert others[other]["estimate"] == pytest.approx(expected[name]["estimate"], abs=TIGHT)
        error = expected[name]["cluster_error" if cluster else "std_error"]
        g = top_one().frame["subject"].nunique()
        assert others[other]["std_error"] == pytest.approx(
            error * ((g / (g - 1)) ** 0.5 if cluster else 1), abs=TIGHT
        )
    for option in "BCDEF":
        assert table[option] - table["A"] == pytest.approx(expected[option]["estimate"], abs=TIGHT)
    assert found.meta["fits"][0]["log_likelihood"] == pytest.approx(
        EXPECTED["top_one"]["log_likelihood"], abs=1e-7
    )


def test_pairs_against_a_logit_of_statsmodels():
    rng = np.random.default_rng(0)
    names = np.array(list("abcde"))
    i, j = rng.integers(0, 5, (2, 800))
    i, j = i[i != j], j[i != j]
    strength = np.array([1.0, 0.5, 0, -0.5, -1])
    win = rng.random(len(i)) < expit(strength[i] - strength[j] + 0.4)
    frame = pd.DataFrame({"option_a": names[i], "option_b": names[j], "winner": np.where(win, "a", "b")})
    found = choice_strengths(pair_choices(frame), position=True)
    design = np.eye(5)[i] - np.eye(5)[j]
    fit = sm.Logit(win.astype(float), np.column_stack([design[:, 1:], np.ones(len(i))])).fit(
        disp=0, tol=1e-12
    )
    table = found.estimates["estimate"].to_numpy()
    np.testing.assert_allclose(table[1:] - table[0], fit.params[:4], atol=1e-7)
    assert found.meta["parameters"][0]["estimate"] == pytest.approx(fit.params[4], abs=1e-7)
    assert found.meta["parameters"][0]["std_error"] == pytest.approx(fit.bse[4], abs=1e-7)


def test_two_options_in_closed_form():
    frame = pd.DataFrame({"option_a": "x", "option_b": "y", "winner": ["a"] * 30 + ["b"] * 10})
    row = choice_strengths(pair_choices(frame)).estimates.iloc[0]
    assert row["estimate"] == pytest.approx(np.log(3) / 2)
    assert row["std_error"] == pytest.approx((1 / 30 + 1 / 10) ** 0.5 / 2)
    assert row["win_probability"] == pytest.approx(0.75)


def test_an_outcome_has_a_weight_of_its_own():
    """Symmetric pairs: options have the same worth, and log(share of the outcome / share of an option) is its weight."""
    words = ["a"] * 30 + ["b"] * 30 + ["depends"] * 40
    frame = pd.DataFrame({"option_a": "x", "option_b": "y", "winner": words})
    [row] = choice_strengths(pair_choices(frame)).meta["parameters"]
    assert row["parameter"] == "depends"
    assert row["estimate"] == pytest.approx(np.log(40 / 30))
    assert row["std_error"] == pytest.approx((1 / 40 + 1 / 60) ** 0.5)


def drawn_choices(rng, strength, n, size=3, tie=None, depends=None):
    """One of `size` options chosen, or all tied, or an outcome, by the model."""
    rows = []
    for k in range(n):
        shown = rng.choice(len(strength), size, replace=False)
        utility = list(strength[shown])
        if depends is not None:
            utility.append(depends + strength[shown].mean())
        taken = rng.choice(len(utility), p=softmax(utility))
        for place, o in enumerate(shown):
            chosen = taken == place
            rows.append(
                (k, "abcdef"[o], 1 if chosen else None, place + 1, "depends" if taken == size else None)
            )
    return pd.DataFrame(rows, columns=["choice", "option", "rank", "position", "outcome"])


def test_known_strengths_are_covered():
    """200 studies of 150 choices of one out of three or "it depends": intervals and simultaneous contrasts."""
    rng = np.random.default_rng(5)
    strength = np.array([0.8, 0.3, 0.0, -0.3, -0.8])
    hits, outcome, pairs = [], [], []
    for _ in range(200):
        found = choice_strengths(ranking_choices(drawn_choices(rng, strength, 150, depends=0.2)), draws=1000)
        table = found.estimates
        hits += ((table["lower"] <= strength) & (strength <= table["upper"])).tolist()
        p = found.meta["parameters"][0]
        outcome.append(p["lower"] <= 0.2 <= p["upper"])
        every = found.contrasts("option")
        truth = np.array(
            [strength["abcde".index(r.first)] - strength["abcde".index(r.second)] for r in every.itertuples()]
        )
        pairs.append(((every["lower"] <= truth) & (truth <= every["upper"])).all())
    assert np.mean(hits) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 200) ** 0.5 / 2)
    assert np.mean(outcome) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 200) ** 0.5)
    assert np.mean(pairs) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 200) ** 0.5)


def test_clustered_errors_are_wider_where_a_judge_repeats_itself():
    rng = np.random.default_rng(1)
    rows = [
        {"option_a": "x", "option_b": "y", "winner": winner, "model": f"m{m}"}
        for m in range(40)
        for winner in [rng.choice(["a", "b"])] * 10
    ]
    choices = pair_choices(pd.DataFrame(rows))
    alone = choice_strengths(choices).estimates["std_error"].iloc[0]
    judged = choice_strengths(choices, cluster="model").estimates["std_error"].iloc[0]
    assert judged == pytest.approx(alone * 10**0.5, rel=0.02)


def test_ends_are_as_wide_as_the_level_and_the_clusters_ask_for():
    rng = np.random.default_rng(4)
    frame = shown(0.5, 240).assign(judge=rng.integers(0, 3, 240))
    plain = choice_strengths(pair_choices(frame), level=0.8).estimates
    reach = (plain["upper"] - plain["lower"]) / 2 / plain["std_error"]
    np.testing.assert_allclose(reach, stats.norm.isf(0.1), atol=1e-9)
    six = choice_strengths(pair_choices(frame.assign(judge=np.arange(240) % 6)), level=0.8, cluster="judge")
    reach = (six.estimates["upper"] - six.estimates["lower"]) / 2 / six.estimates["std_error"]
    np.testing.assert_allclose(reach, stats.t.isf(0.1, 5), atol=1e-9)
    three = choice_strengths(pair_choices(frame), cluster="judge")
    assert three.estimates[["lower", "upper"]].isna().all().all()
    assert three.estimates["std_error"].notna().all()
    assert any("give no interval" in w for w in three.meta["warnings"])


@settings(max_examples=25, deadline=None)
@given(st.permutations(list("abcd")), st.integers(0, 1000))
def test_names_and_order_of_rows_change_nothing(names, seed):
    rng = np.random.default_rng(seed)
    d = drawn_choices(rng, np.array([0.5, 0.2, -0.2, -0.5]), 60).drop(columns="outcome")
    base = choice_strengths(ranking_choices(d), prior_sd=1.0, draws=2).estimates.set_index("option")[
        "estimate"
    ]
    swap = dict(zip("abcd", names, strict=True))
    turned = d.assign(option=d["option"].map(swap)).sample(frac=1, random_state=seed)
    other = choice_strengths(ranking_choices(turned), prior_sd=1.0, draws=2).estimates.set_index("option")[
        "estimate"
    ]
    np.testing.assert_allclose([other[swap[o]] for o in base.index], base, atol=1e-8)


def test_pairs_have_the_likelihood_of_the_general_form():
    frame = pd.concat(
        [shown(0.6, 80), shown(0.6, 40, 1).assign(winner="tie"), shown(0.6, 20, 2).assign(winner="depends")]
    )
    counts = counted_sets(pair_choices(frame), ties=True, position=True, cluster="model")
    assert isinstance(counts.sets, PairSets)
    general = counts.sets.general()
    beta = np.random.default_rng(0).normal(size=counts.sets.size)
    for one, two in zip(counts.sets.derivatives(beta), general.derivatives(beta), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-9)
    step = 1e-6
    _, gradient, information = general.derivatives(beta)
    for k, direction in enumerate(np.eye(len(beta))):
        ahead, behind = (general.derivatives(beta + s * step * direction) for s in (1, -1))
        assert gradient[k] == pytest.approx((ahead[0] - behind[0]) / (2 * step), abs=1e-5)
        np.testing.assert_allclose(-information[k], (ahead[1] - behind[1]) / (2 * step), atol=1e-5)


def test_pairs_and_longer_choices_together():
    """The log-likelihood of both is the sum of theirs at the same strengths."""
    rng = np.random.default_rng(3)
    strength = np.array([0.5, 0.2, -0.2, -0.5])
    three = (
        drawn_choices(rng, strength, 60).drop(columns="outcome").assign(choice=lambda d: d["choice"] + 1000)
    )
    two = drawn_choices(rng, strength, 60, size=2).drop(columns="outcome")
    parts = [
        counted_sets(ranking_choices(d), ties=False, position=True)
        for d in (two, three, pd.concat([two, three]))
    ]
    beta = rng.normal(size=5)
    values = [p.sets.derivatives(beta) for p in parts]
    for a, b, both in zip(*values, strict=True):
        np.testing.assert_allclose(np.add(a, b), both, atol=1e-9)


def test_a_ranking_is_its_stages():
    """A full ranking of three is a choice of one of three and one of the two that are left."""
    rng = np.random.default_rng(2)
    orders = [list(o) for o in permutations("abc")]
    chosen = [orders[k] for k in rng.integers(0, 6, 90)]
    full = pd.DataFrame(
        [(k, o, r + 1) for k, order in enumerate(chosen) for r, o in enumerate(order)],
        columns=["choice", "option", "rank"],
    )
    parts = [(f"{k}/1", o, 1 if o == order[0] else None) for k, order in enumerate(chosen) for o in order]
    parts += [
        (f"{k}/2", o, 1 if o == order[1] else None) for k, order in enumerate(chosen) for o in order[1:]
    ]
    staged = pd.DataFrame(parts, columns=["choice", "option", "rank"])
    one, two = (choice_strengths(ranking_choices(d)).estimates for d in (full, staged))
    np.testing.assert_allclose(one["estimate"], two["estimate"], atol=1e-9)
    np.testing.assert_allclose(one["std_error"], two["std_error"], atol=1e-9)


def shown(first, n=200, seed=0, model="m"):
    """Pairs in both orders, the option shown first taken with that probability."""
    rng = np.random.default_rng(seed)
    i = rng.integers(0, 4, n)
    j = (i + rng.integers(1, 4, n)) % 4
    winner = np.where(rng.random(n) < first, "a", "b")
    names = np.array(list("pqrs"))
    return pd.DataFrame({"option_a": names[i], "option_b": names[j], "winner": winner, "model": model})


def pairs(*rows):
    return pd.DataFrame(rows, columns=["option_a", "option_b", "winner"])


ROUND = [("x", "y", "a"), ("y", "z", "a"), ("z", "x", "a")]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([*ROUND, ("u", "v", "a"), ("v", "u", "a")], "never compared with the others"),
        ([*ROUND, ("x", "w", "a")], "always or never win"),
        ([*ROUND, ("x", "y", "tie")], "no ties are modelled"),
    ],
)
def test_what_has_no_estimate_is_named(rows, says):
    with pytest.raises(SpecificationError, match=says):
        choice_strengths(pair_choices(pairs(*rows)))


def test_a_prior_makes_it_finite_and_says_so():
    for more, says in (
        ([("u", "v", "a"), ("v", "u", "a")], "rest on the prior alone: u and v"),
        ([("x", "w", "a")], "finite by the prior only, as they always or never win: w"),
    ):
        found = choice_strengths(pair_choices(pairs(*ROUND, *more)), prior_sd=1.0)
        assert np.isfinite(found.estimates["estimate"]).all()
        assert any(says in w for w in found.meta["warnings"])


def test_the_table_and_the_result_are_kept(tmp_path):
    choices = pair_choices(pairs(*ROUND))
    (tmp_path / "c").mkdir()
    write_artifact(choices, tmp_path / "c")
    again = read_artifact(tmp_path / "c")
    assert isinstance(again, Choices)
    pd.testing.assert_frame_equal(again.frame, choices.frame, check_dtype=False)


def test_an_option_that_is_called_like_an_outcome_is_that_option():
    frame = pd.DataFrame({"option_a": ["none", "x"], "option_b": ["y", "y"], "winner": ["none", "none"]})
    found = pair_choices(frame).frame
    assert found["rank"].fillna(0).tolist() == [1, 0, 0, 0]
    assert found["outcome"].fillna("").tolist() == ["", "", "none", "none"]
