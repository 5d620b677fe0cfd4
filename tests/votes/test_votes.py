"""The graph of votes: against networkx and krippendorff's own example, closed forms, planted defects; what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from scipy.special import softmax

from valuestats import agreement, choice_strengths, vote_choices, vote_pagerank, votes_to_graph
from valuestats.base.errors import InputError, SpecificationError
from valuestats.votes.edges import edge_posterior
from valuestats.votes.order import Triads, both_ways, cycles, triads
from valuestats.votes.ranks import page_ranks

CASES = json.loads((Path(__file__).parent / "references" / "expected.json").read_text())
WORDS = np.array(["wiser", "less wise", "equal", "unsure"])


def votes(*rows):
    return pd.DataFrame(rows, columns=["respondent", "from", "to", "vote"])


def simulated(seed, people=300, per=6, values=6, spread=2.0, yes=0.0, sure=0.0, both=True):
    """Votes by a choice model with ties and an unsure answer; `yes` logits go to whatever is asked about as wiser."""
    rng = np.random.default_rng(seed)
    strength = np.linspace(-spread, spread, values)
    pairs = np.array([(i, j) for i in range(values) for j in range(values) if (i != j if both else i < j)])
    picked = np.concatenate([rng.permutation(len(pairs))[:per] for _ in range(people)])
    one, two = strength[pairs[picked]].T
    middle = (one + two) / 2
    utility = np.stack([two + yes, one, middle - 1 - sure, middle - 1 - sure], axis=1)
    took = (rng.random((len(picked), 1)) > softmax(utility, axis=1).cumsum(axis=1)).sum(axis=1)
    names = np.array([f"value {k}" for k in range(values)])
    frame = pd.DataFrame({"respondent": np.repeat(np.arange(people), per), "vote": WORDS[took]})
    frame["from"], frame["to"] = names[pairs[picked, 0]], names[pairs[picked, 1]]
    low = frame[["from", "to"]].min(axis=1) + frame[["from", "to"]].max(axis=1)
    return frame[~pd.DataFrame({"r": frame["respondent"], "p": low}).duplicated()].reset_index(drop=True)


@pytest.mark.parametrize("case", CASES)
def test_page_ranks_are_those_of_networkx(case):
    source, target = np.array(case["edges"]).T
    weights = np.array([case["weights"], case["weights"][::-1]])
    for damping, ranks in case["pagerank"].items():
        found = page_ranks(source, target, weights, case["n"], damping=float(damping))
        assert found[0] == pytest.approx(ranks, abs=1e-10)
        assert found.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("case", CASES)
def test_circles_and_triads_are_those_of_networkx(case):
    source, target = np.array(case["one_way"]).T
    found = cycles(source, target, case["n"])
    assert sorted(found) == sorted(case["circles"])
    assert triads(source, target, case["n"]) == Triads(case["complete"], case["cyclic"])


def test_without_conservation_mass_is_lost_where_nothing_leads_on():
    """Two values, one edge: by hand .15/2 for the first and .15/2 (1 + .85) for the second."""
    found = page_ranks(np.array([0]), np.array([1]), np.array([[2.0]]), 2, conserve=False)
    assert found[0] == pytest.approx([0.075, 0.075 * 1.85])


def test_the_posterior_of_the_likelihood_is_that_of_dirichlet_draws_and_of_an_integral():
    counts = np.array([[7.0, 2, 1, 3], [0, 0, 0, 1], [3, 3, 0, 0]])
    found = edge_posterior(counts, 0.9, 0.33)
    for k, row in enumerate(counts):
        drawn = np.random.default_rng(k).dirichlet(row + 0.5, 200_000)
        ahead = drawn[:, 0] - drawn[:, 1]
        error = 4 * 0.5 / np.sqrt(200_000)
        assert found.above[k] == pytest.approx((ahead > 0.33).mean(), abs=error)
        assert found.direction[k] == pytest.approx((ahead > 0).mean(), abs=error)
        assert found.likelihood[k] == pytest.approx(ahead.mean(), abs=5 * ahead.std() / np.sqrt(200_000))
        own = stats.beta(row[0] + 0.5, row.sum() - row[0] + 1.5)
        assert (found.lower[k], found.upper[k]) == pytest.approx(own.interval(0.9))
    s, r = stats.beta(10, 5), stats.beta(7.5, 2.5)
    exact = integrate.quad(lambda x: s.pdf(x) * r.sf((1 + 0.33 / x) / 2), 0.33, 1)[0]
    assert found.above[0] == pytest.approx(exact, abs=1e-5)


def test_votes_from_both_directions_say_one_thing_and_edges_point_to_the_majority():
    told = votes(
        *[(k, "a", "b", "less wise") for k in range(3)], (3, "b", "a", "wiser"), (4, "b", "a", "unsure")
    )
    row = votes_to_graph(told, replicates=0).estimates.iloc[0]
    assert (row["from"], row["to"]) == ("b", "a")
    assert row[["n_wiser", "n_less_wise", "n_equal", "n_unsure"]].tolist() == [4, 0, 0, 1]
    assert row["likelihood"] == 0.8
    assert row["entropy"] == pytest.approx(stats.entropy([4, 1], base=2))


def test_the_published_counting_by_hand():
    """Of the other direction 'wiser' counts as less wise, the rest only as shown; shown enters the entropy."""
    told = votes(
        *[(k, "a", "b", "wiser") for k in range(4)],
        (5, "a", "b", "unsure"),
        (6, "b", "a", "wiser"),
        (7, "b", "a", "equal"),
    )
    found = votes_to_graph(told, compat="published", replicates=0).estimates.set_index(["from", "to"])
    row = found.loc["a", "b"]
    assert row[["n_wiser", "n_less_wise", "n_equal", "n_unsure"]].tolist() == [4, 1, 0, 1]
    assert row["likelihood"] == pytest.approx(3 / 6)
    assert row["entropy"] == pytest.approx(stats.entropy([4, 1, 1, 7], base=2))
    assert bool(row["kept"]) == (row["entropy"] <= 1.69)
    back = found.loc["b", "a"]
    assert back[["n_wiser", "n_less_wise", "n_equal", "n_unsure"]].tolist() == [1, 4, 1, 0]
    assert not back["kept"]


def test_the_thresholds_decide_at_their_ends():
    told = votes(*[(k, "a", "b", "wiser") for k in range(2)], *[(k + 2, "a", "b", "equal") for k in range(2)])
    assert votes_to_graph(told, least_likelihood=0.5, replicates=0).estimates["kept"].tolist() == [True]
    assert votes_to_graph(told, least_likelihood=0.51, replicates=0).estimates["kept"].tolist() == [False]
    assert votes_to_graph(told, least_wiser=3, replicates=0).estimates["kept"].tolist() == [False]
    assert votes_to_graph(told, most_entropy=0.99, replicates=0).estimates["kept"].tolist() == [False]


def test_the_share_of_samples_that_keep_an_edge_is_binomial():
    """One edge, 30 participants, all else sure: it is kept where the likelihood of 30 drawn votes reaches the threshold."""
    told = votes(*[(k, "a", "b", "wiser" if k < 12 else "equal") for k in range(30)])
    found = (
        votes_to_graph(told, least_likelihood=0.4, replicates=4000, seed=1).estimates["kept_share"].iloc[0]
    )
    exact = stats.binom.sf(11, 30, 0.4)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000))


def test_contexts_have_edges_of_their_own():
    told = pd.concat(
        [votes((1, "a", "b", "wiser"), (2, "a", "b", "wiser")).assign(context=c) for c in ("x", "y")]
    )
    apart = votes_to_graph(told, by_context=True, replicates=0)
    assert apart.keys == ("context", "from", "to")
    assert apart.estimates["context"].tolist() == ["x", "y"]
    assert votes_to_graph(told, replicates=0).estimates["n_scored"].tolist() == [4]


def test_alpha_is_that_of_the_verb_agreement():
    told = simulated(1)
    ratings = told.assign(item=told["from"] + told["to"], rating=told["vote"])
    alone = agreement(ratings[["respondent", "item", "rating"]], replicates=0).estimates["estimate"].iloc[0]
    assert votes_to_graph(told, replicates=0).meta["alpha"] == pytest.approx(alone, abs=1e-12)


def test_votes_not_given_are_counted():
    told = votes((1, "a", "b", "wiser"), (2, "a", "b", None), (3, "a", "b", "wiser"))
    found = votes_to_graph(told, replicates=0)
    assert found.estimates[["n_scored", "n_asked"]].to_numpy().tolist() == [[2, 3]]
    assert any("1 of 3 votes were not given" in w for w in found.meta["warnings"])
    refused = told.assign(vote="wiser", status=["valid", "refusal", "valid"])
    assert votes_to_graph(refused, replicates=0).estimates["n_scored"].tolist() == [2]


BAD = {
    "an unknown vote": (lambda v: v.assign(vote="better"), InputError, "vote"),
    "a value against itself": (lambda v: v.assign(to=v["from"]), InputError, "to"),
    "a vote twice": (lambda v: pd.concat([v, v[:1]]), InputError, "respondent, from, to"),
    "no participant": (lambda v: v.assign(respondent=None), InputError, "respondent"),
    "no column": (lambda v: v.drop(columns="to"), InputError, "to"),
    "no vote": (lambda v: v.assign(vote=None), SpecificationError, "votes"),
    "no row": (lambda v: v[:0], SpecificationError, "votes"),
}


@pytest.mark.parametrize("verb", [votes_to_graph, vote_pagerank, vote_choices])
@pytest.mark.parametrize("kind", BAD)
def test_bad_votes_are_refused(verb, kind):
    change, error, parameter = BAD[kind]
    with pytest.raises(error) as caught:
        verb(change(votes((1, "a", "b", "wiser"), (2, "b", "c", "unsure"))))
    assert caught.value.parameter == parameter
    if kind in ("an unknown vote", "a value against itself"):
        assert caught.value.row == 0


def test_contexts_that_are_not_there_are_refused():
    with pytest.raises(SpecificationError, match="no contexts"):
        votes_to_graph(votes((1, "a", "b", "wiser")), by_context=True)


def test_one_vote_and_one_participant_give_what_can_be_said():
    told = votes((1, "a", "b", "wiser"))
    found = votes_to_graph(told)
    assert found.estimates["kept_share"].isna().all()
    assert found.meta["alpha"] is None
    ranks = vote_pagerank(told).estimates
    assert ranks["lower"].isna().all()
    assert ranks["estimate"].sum() == pytest.approx(1)
    with pytest.raises(SpecificationError, match="keep no edge"):
        vote_pagerank(told, compat="published")


def test_votes_as_choices_give_the_strengths_that_made_them():
    held = []
    for seed in range(12):
        found = choice_strengths(
            vote_choices(simulated(seed, spread=1.0)), ties="davidson", draws=2
        ).estimates
        truth = np.linspace(-1, 1, 6)
        held += ((found["lower"] <= truth) & (truth <= found["upper"])).tolist()
    assert np.mean(held) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / len(held)))


def test_votes_as_choices_keep_places_ties_and_what_is_unsure():
    told = votes(
        (1, "a", "b", "less wise"), (2, "a", "b", "equal"), (3, "a", "b", "unsure"), (4, "a", "b", None)
    )
    frame = vote_choices(told).frame
    assert frame["option"].tolist() == ["a", "b"] * 4
    assert frame["position"].tolist() == [1, 2] * 4
    assert [0 if pd.isna(r) else int(r) for r in frame["rank"]] == [1, 0, 1, 1, 0, 0, 0, 0]
    assert frame["outcome"].dropna().tolist() == ["unsure"] * 2
    assert frame["status"].tolist() == ["valid"] * 6 + ["empty"] * 2


def walk(told, damping=0.85):
    """Rank centrality with new starts, from the transition matrix of the pairs' shares."""
    names = sorted(set(told["from"]) | set(told["to"]))
    ahead = pd.DataFrame(0.0, index=names, columns=names)
    total = ahead.copy()
    for one, two, vote in told[["from", "to", "vote"]].itertuples(index=False):
        total.loc[one, two] += 1
        total.loc[two, one] += 1
        if vote in ("wiser", "less wise"):
            ahead.loc[(one, two) if vote == "wiser" else (two, one)] += 1
    asked = (total > 0).to_numpy()
    move = np.where(asked, (ahead + 0.5) / (total + 2), 0) / np.maximum(asked.sum(axis=1), 1)[:, None]
    np.fill_diagonal(move, 1 - move.sum(axis=1))
    n = len(names)
    whole = damping * move + (1 - damping) / n
    fixed = np.linalg.solve(np.vstack([(whole.T - np.eye(n))[:-1], np.ones(n)]), np.eye(n)[-1])
    return dict(zip(names, fixed, strict=True))


def test_the_walk_is_that_of_its_transition_matrix():
    told = simulated(2, people=40)
    found = vote_pagerank(told, replicates=0).estimates
    truth = walk(told)
    assert found["estimate"].to_numpy() == pytest.approx([truth[v] for v in found["value"]], abs=1e-10)


def test_likelihood_weights_and_the_published_graph_by_hand():
    told = votes(
        *[(k, "a", "b", "wiser") for k in range(3)],
        *[(k, "a", "c", "wiser") for k in range(3, 5)],
        (5, "a", "c", "equal"),
        (6, "a", "d", "wiser"),
        (7, "a", "d", "equal"),
    )
    plain = vote_pagerank(told, weights="likelihood", replicates=0).estimates.set_index("value")["estimate"]
    w = np.array([3 / 5, 2 / 5, 1 / 4])
    exact = page_ranks(np.zeros(3, dtype=int), np.arange(1, 4), w[None], 4)[0]
    assert plain.to_numpy() == pytest.approx(exact)
    found = vote_pagerank(told, compat="published", replicates=0)
    start = 0.15 / 3  # d is kept by no edge, so the walk knows three values
    by_hand = {"a": start, "b": start * (1 + 0.85 * 0.6), "c": start * (1 + 0.85 * 0.4), "d": 0}
    assert found.estimates.set_index("value")["estimate"].to_dict() == pytest.approx(by_hand)
    assert found.meta["mass"] == pytest.approx(0.15 * (1 + 0.85 / 3))


def test_order_of_rows_and_names_changes_nothing():
    told = simulated(3, people=60)
    one = vote_pagerank(told, replicates=0).estimates
    two = vote_pagerank(told.sample(frac=1, random_state=1), replicates=0).estimates
    pd.testing.assert_frame_equal(one, two)
    named = told.assign(**{c: told[c].str.replace("value", "v") for c in ("from", "to")})
    again = vote_pagerank(named, replicates=0).estimates
    assert again["estimate"].to_numpy() == pytest.approx(one["estimate"].to_numpy())


def test_both_ways_by_hand():
    shown = np.zeros((2, 2, 4))
    shown[0] = [[8, 0, 2, 0], [6, 0, 0, 4]]
    shown[1, 0] = [5, 0, 0, 0]
    found = both_ways(shown, 0.95)
    assert (found["pairs"], found["votes"], found["sum"]) == (1, 20, pytest.approx(1.4))
    assert both_ways(shown[1:], 0.95) is None


def amiss(found):
    return {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"}


CLEAN = {"people": 900, "per": 12, "values": 4, "spread": 4.5, "sure": 2.0}


def test_clean_votes_raise_nothing():
    assert [s for s in range(20) if amiss(votes_to_graph(simulated(s, **CLEAN), replicates=0))] == []


def circle():
    """Three values of equal support that beat each other in a circle, by 9 of 10."""
    rows = []
    for k in range(300):
        for n, (a, b) in enumerate((("x", "y"), ("y", "z"), ("z", "x"))):
            rows.append((k, a, b, "less wise" if (k + n) % 10 == 0 else "wiser"))
    return votes(*rows)


PLANTED = {
    ("both ways", "care"): (
        lambda: simulated(1, **{**CLEAN, "yes": 6.0}),
        {("agreement", "care"), ("votes", "none")},
    ),
    ("cycles", "care"): (circle, {("agreement", "care")}),
    ("votes", "none"): (
        lambda: pd.concat([simulated(2, **CLEAN), votes((0, "a", "b", "wiser"), (1, "a", "b", "less wise"))]),
        set(),
    ),
    ("agreement", "care"): (lambda: simulated(3, **{**CLEAN, "spread": 1.0}), set()),
}


@pytest.mark.parametrize("defect", PLANTED)
def test_a_planted_defect_raises_its_own_reason(defect):
    make, besides = PLANTED[defect]
    raised = amiss(votes_to_graph(make(), replicates=0))
    assert defect in raised
    assert raised - {defect} <= besides


def test_a_first_place_that_changes_and_lost_mass_are_said():
    told = simulated(4, people=60)
    sure = vote_pagerank(simulated(5, people=600, values=4, per=6, spread=3.0), replicates=200)
    assert amiss(sure) == set()
    close = vote_pagerank(simulated(6, people=60, spread=0.1), replicates=200)
    assert amiss(close) == {("first", "care")}
    assert ("mass", "none") in amiss(vote_pagerank(told, compat="published", replicates=50))


def test_sentences_and_figures():
    told = simulated(7, people=60)
    graph, ranks = votes_to_graph(told, replicates=50), vote_pagerank(told, replicates=50)
    assert f"thresholds keep {graph.estimates['kept'].sum()}" in graph.sentence()
    assert "value 5 ranks first of 6 values" in ranks.sentence()
    assert graph.plot().to_dict()
    assert ranks.plot().to_dict()
    published = vote_pagerank(told, compat="published", replicates=50)
    assert f"he ranks sum to {published.meta['mass']:.2f}" in published.sentence()
