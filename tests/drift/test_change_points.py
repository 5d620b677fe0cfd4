"""Change points: the exact segmentation by ruptures and by enumeration, the posterior by enumeration, and known changes."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
import ruptures
from scipy.special import gammaln, logsumexp

from valuestats import change_points
from valuestats.base.errors import SpecificationError
from valuestats.drift.segmented import dispersion
from valuestats.drift.segments import (
    best_changes,
    best_costs,
    posterior,
    segment_costs,
    segment_evidence,
    squared_costs,
)
from valuestats.drift.shares import Sums
from valuestats.drift.simulate import course, draw_stances
from valuestats.results.verdicts import Reason

TWO = [0, 0, 0, 1, 1, 1, 1, 0.2, 0.2, 0.2]


class MultinomialCost(ruptures.base.BaseCost):
    """The same likelihood as a cost of ruptures."""

    model = ""
    min_size = 1

    def fit(self, signal):
        self.signal = signal
        return self

    def error(self, start, end):
        total = self.signal[start:end].sum(axis=0)
        kept = total[total > 0]
        return float(total.sum() * np.log(total.sum()) - (kept * np.log(kept)).sum())


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(8)
    shares = [[0.5, 0.3, 0.2]] * 4 + [[0.2, 0.3, 0.5]] * 3 + [[0.3, 0.6, 0.1]] * 5
    return np.array([rng.multinomial(60, p) for p in shares], dtype=float)


@pytest.mark.parametrize("shortest", [1, 2, 3])
def test_the_best_segmentations_are_those_of_ruptures(counts, shortest):
    costs = segment_costs(counts, shortest)
    search = ruptures.Dynp(custom_cost=MultinomialCost(), min_size=shortest, jump=1).fit(counts)
    for number in (1, 2, 3):
        expected = search.predict(n_bkps=number)
        assert [*best_changes(costs, number), len(counts)] == expected
        assert best_costs(costs, number)[number] == pytest.approx(search.cost.sum_of_costs(expected))


def test_the_planted_changes_are_the_best(counts):
    assert best_changes(segment_costs(counts), 2) == [4, 7]


def test_too_few_steps_for_so_many_segments_cost_without_end(counts):
    assert np.isinf(best_costs(segment_costs(counts[:5], 2), 2)[2])


def test_the_posterior_is_the_sum_over_all_segmentations(counts):
    """Twelve steps, up to three changes: 1 + 11 + 55 + 165 segmentations, each with its own evidence."""
    prior, most, steps = np.full(3, 0.5), 3, len(counts)
    log_prior = -np.log(2.0) * np.arange(most + 1)

    def evidence(n):
        a = n + prior
        return gammaln(a).sum() - gammaln(a.sum()) - gammaln(prior).sum() + gammaln(prior.sum())

    weights, places = {}, np.zeros(steps)
    for m in range(most + 1):
        every = list(combinations(range(1, steps), m))
        for at in every:
            ends = [0, *at, steps]
            total = sum(evidence(counts[a:b].sum(axis=0)) for a, b in pairwise(ends))
            weights[at] = total + log_prior[m] - np.log(len(every))
    whole = logsumexp(list(weights.values()))
    found = posterior(segment_evidence(counts, prior), most, log_prior)
    for m in range(most + 1):
        share = np.exp(logsumexp([w for at, w in weights.items() if len(at) == m]) - whole)
        assert found.numbers[m] == pytest.approx(share, rel=1e-9)
    for at, w in weights.items():
        places[list(at)] += np.exp(w - whole)
    assert found.places == pytest.approx(places, abs=1e-12)
    second = sum(np.exp(w - whole) for at, w in weights.items() if len(at) == 2 and at[1] == 7)
    assert found.each[2][1, 7] == pytest.approx(second / found.numbers[2], rel=1e-9)


def test_the_dispersion_is_one_of_independent_answers_and_grows_with_copies():
    rng = np.random.default_rng(3)
    told = rng.multinomial(1, [0.5, 0.3, 0.2], size=(4000, 6)).astype(float)
    given = told.sum(axis=-1)
    plain = dispersion(Sums(told, given, given))
    assert plain == pytest.approx(1.0, abs=0.05)
    four = told.reshape(1000, 4, 6, 3)[:, :1].repeat(4, axis=1).sum(axis=1)
    assert dispersion(Sums(four, four.sum(axis=-1), four.sum(axis=-1))) == pytest.approx(4.0, rel=0.1)
    same = np.repeat(told[:, :1], 6, axis=1)
    assert dispersion(Sums(same, given, given)) < 0.01


def test_known_changes_are_found_where_they_are():
    frame = draw_stances(course(10, change=TWO), np.random.default_rng(1), topics=40)
    result = change_points(frame, permutations=399, seed=1)
    table = result.estimates
    assert table["estimate"].tolist() == [300, 700]
    assert (table["lower"] <= [300, 700]).all()
    assert (table["upper"] >= [300, 700]).all()
    assert table["stance"].tolist() == ["support", "support"]
    assert np.sign(table["moved"]).tolist() == [1, -1]
    numbers = pd.DataFrame(result.meta["numbers"])
    assert numbers["probability"].sum() == pytest.approx(1.0)
    assert numbers["probability"].idxmax() == 2
    assert result.verdict.sign == "sound"


def test_no_change_is_among_the_answers():
    still = draw_stances(course(10, shift=(0, 0, 0)), np.random.default_rng(2), topics=40)
    result = change_points(still, permutations=399, seed=1)
    row = result.estimates.iloc[0]
    assert (row["change"], len(result.estimates)) == ("none", 1)
    assert np.isnan(row["estimate"])
    assert row["probability"] > 0.5
    assert "no change can be told from none" in result.sentence()
    assert (
        Reason("effect", "none", result.verdict.reasons[0].text, {"change": "none"})
        == result.verdict.reasons[0]
    )


def test_sticky_answers_are_not_taken_for_changes():
    """Nine answers in ten are kept from step to step: the shares wander, and few of 30 studies are said to change."""
    rng, found = np.random.default_rng(4), []
    one = course(8, shift=(0, 0, 0), refusals=(50.0, 50.0))
    for k in range(30):
        frame = draw_stances(one, rng, topics=20, items=4)
        wide = frame["stance"].to_numpy(dtype=object).reshape(80, 8)
        for t in range(1, 8):
            kept = rng.random(80) < 0.9
            wide[kept, t] = wide[kept, t - 1]
        table = change_points(frame.assign(stance=wide.ravel()), permutations=199, seed=k).estimates
        found.append(table["change"].iloc[0] != "none")
    assert np.mean(found) <= 0.2


def test_groups_have_changes_of_their_own_and_a_figure():
    rng = np.random.default_rng(6)
    parts = [
        draw_stances(course(8, shift=(-2, 0, 2)), rng, topics=30).assign(model="moves"),
        draw_stances(course(8, shift=(0, 0, 0)), rng, topics=30).assign(model="stays"),
    ]
    result = change_points(pd.concat(parts), by="model", permutations=399)
    assert result.estimates[["model", "change"]].to_numpy().tolist() == [["moves", "1"], ["stays", "none"]]
    assert len(result.plot().to_dict()["vconcat"]) == 2
    assert "moves: 1 change, at 400" in result.sentence()


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (draw_stances(course(2), np.random.default_rng(0)), {}, "too few steps"),
        (draw_stances(course(6), np.random.default_rng(0)), {"shortest": 4}, "no room for a change"),
        (draw_stances(course(6), np.random.default_rng(0), topics=3), {}, "too few clusters"),
        (draw_stances(course(6), np.random.default_rng(0)).assign(stance="a"), {}, "the same stance"),
    ],
)
def test_what_cannot_be_segmented_is_refused(frame, options, says):
    with pytest.raises(SpecificationError, match=says):
        change_points(frame, **options)


def test_few_clusters_bound_the_p_value_and_say_so():
    frame = draw_stances(course(6, shift=(-3, 0, 3)), np.random.default_rng(0), topics=5, items=20)
    result = change_points(frame)
    assert any("no p-value lies below 0.062" in w for w in result.meta["warnings"])
    assert result.estimates["change"].tolist() == ["none"]


def test_planted_doubts_fire_their_warnings():
    small = draw_stances(course(10, shift=(-0.3, 0.0, 0.3)), np.random.default_rng(6), topics=24)
    doubtful = change_points(small, permutations=399)
    assert doubtful.estimates["change"].tolist() == ["1"]
    aspects = {r.aspect for r in doubtful.verdict.reasons if r.sign == "care"}
    sure = change_points(draw_stances(course(10), np.random.default_rng(1), topics=40), permutations=399)
    assert not {r.aspect for r in sure.verdict.reasons if r.sign != "sound"}
    assert aspects == {"number", "when"}
    silent = draw_stances(course(10, refusals=(4.0, 0.0)), np.random.default_rng(1), topics=40)
    assert "response" in {r.aspect for r in change_points(silent, permutations=399).verdict.reasons}


@pytest.mark.parametrize("shortest", [1, 2])
def test_costs_of_one_quantity_are_sums_of_squares(shortest):
    rng = np.random.default_rng(0)
    counts = rng.uniform(1, 5, (7, 2))
    found = squared_costs(counts, shortest)
    y, n = counts[:, 0] / counts.sum(axis=1), counts.sum(axis=1)
    for s in range(7):
        for t in range(s + shortest, 8):
            mean = np.average(y[s:t], weights=n[s:t])
            assert found[s, t] == pytest.approx((n[s:t] * (y[s:t] - mean) ** 2).sum(), abs=1e-12)
    assert np.isinf(found[0, shortest - 1])
    even = np.column_stack([y, 1 - y])
    plain = ruptures.costs.CostL2().fit(y[:, None])
    assert squared_costs(even)[2, 6] == pytest.approx(plain.error(2, 6))


def test_rare_refusals_are_not_taken_for_changes():
    """Of answers that three in a hundred refuse, the likelihood's test found changes in one study in seven."""
    found = []
    for k in range(40):
        rng = np.random.default_rng(1000 + k)
        frame = pd.MultiIndex.from_product(
            [["a", "b"], range(20), range(6), range(3)], names=["topic", "item", "step", "epoch"]
        ).to_frame(index=False)
        frame["item"] = frame["topic"] + frame["item"].astype(str)
        frame["stance"] = pd.array(rng.integers(1, 6, len(frame)), "Int64")
        frame["stance"] = frame["stance"].mask(rng.random(len(frame)) < 0.03)
        rows = change_points(
            frame, by="topic", of="response", adjust=None, changes=1, permutations=99, seed=k
        )
        found += (rows.estimates.drop_duplicates("topic")["p_value"] <= 0.05).tolist()
    assert np.mean(found) <= 9 / 80  # ten or more of 80 are as good as never seen at .05
