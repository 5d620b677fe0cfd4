"""Neurons that tell two descriptions apart: tests and cuts against other libraries, recovery of planted ones, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from valuestats import NeuronCounts, neuron_stability, placebo_neurons, placebo_rank, select_neurons
from valuestats.activations.contrasts import entropy
from valuestats.activations.simulate import CountTruth, simulate_counts
from valuestats.base.errors import InputError, SpecificationError

EXACT = 1e-9


def study(seed=1, **more):
    truth = CountTruth(**{"layers": 4, "neurons": 128, "questions": 80, "planted": 16, **more})
    return simulate_counts(truth, np.random.default_rng(seed))


def planted(table, found):
    names = pd.MultiIndex.from_frame(found.estimates[["layer", "neuron"]])
    return table.set_index(["layer", "neuron"])["planted"].reindex(names).to_numpy(dtype=bool)


def shares(counts):
    kept = counts.used
    return [
        side[:, :, kept] / counts.tokens[k, kept] for k, side in enumerate((counts.support, counts.conflict))
    ]


def test_questions_are_scipys_paired_t_and_statsmodels_adjustment():
    counts, _ = study()
    one, two = shares(counts)
    theirs = stats.ttest_rel(one, two, axis=2)
    adjusted = multipletests(theirs.pvalue.ravel(), method="fdr_bh")[1].reshape(theirs.pvalue.shape)
    found = select_neurons(counts, level=0.9).estimates
    assert len(found) == (adjusted <= 0.05).sum() > 5
    at = found["layer"], found["neuron"]
    assert found["p_value"].to_numpy() == pytest.approx(theirs.pvalue[at], rel=1e-6)
    assert found["p_adjusted"].to_numpy() == pytest.approx(adjusted[at], rel=1e-6)
    level = 1 - 0.1 * len(found) / adjusted.size  # Benjamini and Yekutieli (2005): q R / m
    ends = theirs.confidence_interval(level)
    assert found["lower"].to_numpy() == pytest.approx(ends.low[at], abs=EXACT)
    assert found["upper"].to_numpy() == pytest.approx(ends.high[at], abs=EXACT)


def test_tokens_are_statsmodels_test_of_two_proportions():
    counts, _ = study()
    found = select_neurons(counts, unit="token").estimates
    for row in found.head(5).itertuples():
        active = [counts.support[row.layer, row.neuron].sum(), counts.conflict[row.layer, row.neuron].sum()]
        _, p = proportions_ztest(active, counts.tokens.sum(axis=1))
        assert row.p_value == pytest.approx(p, rel=1e-6)
        assert row.estimate == pytest.approx(np.subtract(*(active / counts.tokens.sum(axis=1))), abs=EXACT)


def test_the_published_rule_is_the_difference_of_pooled_shares_on_the_supporting_side():
    counts, _ = study(effect=(1.0, 3.0))
    pooled = [
        side.sum(axis=2) / total
        for side, total in zip((counts.support, counts.conflict), counts.tokens.sum(axis=1), strict=True)
    ]
    delta = pooled[0] - pooled[1]
    found = select_neurons(counts, rule="threshold", threshold=0.05, compat="published").estimates
    assert set(zip(found["layer"], found["neuron"], strict=True)) == set(
        zip(*np.nonzero(delta >= 0.05), strict=True)
    )
    assert (np.diff(found["estimate"]) <= 0).all()
    assert found["lower"].isna().all()
    top = select_neurons(counts, rule="top", top=7, compat="published").estimates
    assert top["estimate"].to_numpy() == pytest.approx(np.sort(delta.ravel())[::-1][:7], abs=EXACT)
    both = select_neurons(counts, rule="threshold", threshold=0.05, top=3, compat="published").estimates
    assert both["neuron"].tolist() == found["neuron"].tolist()[:3]


def test_entropies_are_scipys():
    rng = np.random.default_rng(3)
    one, two = rng.random((2, 50))
    theirs = stats.entropy(np.stack([one, two]), base=2)
    assert entropy(one, two) == pytest.approx(theirs, abs=EXACT)
    counts, _ = study()
    found = select_neurons(counts, rule="entropy", top=5).estimates
    pooled = (
        np.stack([s.sum(axis=2) for s in (counts.support, counts.conflict)])
        / counts.tokens.sum(axis=1)[:, None, None]
    )
    active = pooled.max(axis=0)
    scores = np.where(active >= np.quantile(active, 0.95), stats.entropy(pooled, base=2, axis=0), np.inf)
    assert set(zip(found["layer"], found["neuron"], strict=True)) == {
        divmod(int(k), 128) for k in np.argsort(scores.ravel())[:5]
    }


def test_questions_find_the_planted_and_tokens_find_most_of_the_others_too():
    counts, table = study(questions=160, effect=(0.9, 2.0))
    questions, tokens = select_neurons(counts), select_neurons(counts, unit="token")
    assert planted(table, questions).sum() >= 15
    assert (~planted(table, questions)).sum() <= 3
    false = ~planted(table, tokens)
    assert false.sum() > 100
    # swapping the sides says how many are false without knowing it
    assert tokens.meta["selection"]["swapped"] == pytest.approx(false.sum(), rel=0.2)
    assert tokens.verdict.sign == "none"
    assert "no finding" in tokens.sentence()
    assert questions.verdict.sign == "sound"
    assert {r.aspect for r in questions.verdict.reasons if r.sign != "sound"} == set()


def test_without_a_wobble_tokens_are_right_too():
    """The fault is not the test of tokens but their dependence: without it both find the same."""
    counts, table = study(wobble=0.0, shared=0.0)
    for found in (select_neurons(counts), select_neurons(counts, unit="token")):
        assert (~planted(table, found)).mean() < 0.25
        assert found.meta["selection"]["swapped_share"] < 0.2


def test_sides_swapped_turn_the_signs_and_renamed_questions_change_nothing():
    counts, _ = study()
    found = select_neurons(counts).estimates
    turned = NeuronCounts(counts.conflict, counts.support, counts.tokens[::-1])
    other = select_neurons(turned).estimates
    assert other["estimate"].to_numpy() == pytest.approx(-found["estimate"].to_numpy(), abs=EXACT)
    assert set(zip(found["side"], other["side"], strict=True)) == {
        ("support", "conflict"),
        ("conflict", "support"),
    }
    order = np.random.default_rng(0).permutation(counts.shape[2])
    mixed = NeuronCounts(counts.support[:, :, order], counts.conflict[:, :, order], counts.tokens[:, order])
    pd.testing.assert_frame_equal(select_neurons(mixed).estimates, found, rtol=1e-9)


def test_questions_that_cannot_be_compared_are_left_out_and_counted():
    counts, _ = study()
    tokens, degenerate = counts.tokens.copy(), np.zeros((2, 80))
    tokens[0, 0], degenerate[1, 1:7] = 0, 1
    support = counts.support.copy()
    support[:, :, 0] = 0
    fewer = NeuronCounts(support, counts.conflict, tokens, degenerate=degenerate)
    found = select_neurons(fewer)
    assert found.meta["questions"] == {"asked": 80, "degenerate": 6, "silent": 1, "used": 73}
    plain = NeuronCounts(counts.support[:, :, 7:], counts.conflict[:, :, 7:], counts.tokens[:, 7:])
    mine, theirs = found.estimates, select_neurons(plain).estimates
    assert mine["p_value"].tolist() == theirs["p_value"].tolist()
    assert (mine["n_asked"] == 80).all()
    # planted: 6 of 80 degenerate, and no other warning
    assert [r.aspect for r in found.verdict.reasons if r.sign == "care"] == ["degenerate"]


def test_stability_is_that_of_a_plain_loop_and_its_bound_is_the_closed_form():
    counts, table = study(layers=2, neurons=60, planted=6, effect=(1.5, 2.5))
    found = neuron_stability(counts, top=10, splits=4, cutoff=0.6, seed=5)
    own = (lambda one, two: one - two)(*shares(counts)).reshape(120, 80)
    rng, often = np.random.default_rng(5), np.zeros(120)
    for _ in range(4):
        order = rng.permutation(80)
        for half in (order[:40], order[40:]):
            t = np.abs(stats.ttest_1samp(own[:, half], 0, axis=1).statistic)
            often[np.argsort(-t)[:10]] += 1 / 8
    stable = np.flatnonzero(often >= 0.6 - EXACT)
    told = found.estimates["layer"] * 60 + found.estimates["neuron"]
    assert set(told) == set(stable)
    assert found.estimates["estimate"].to_numpy() == pytest.approx(often[told], abs=EXACT)
    assert found.meta["stability"]["bound"] == pytest.approx(100 / (0.2 * 120))
    strict = neuron_stability(counts, top=10, cutoff=1.0)
    assert planted(table, strict).all()


def test_stability_that_promises_nothing_is_no_finding():
    """Planted: a bound of as many false neurons as there are stable ones."""
    counts, _ = study(layers=1, neurons=40, planted=4)
    loose = neuron_stability(counts, top=20, cutoff=0.51)
    assert loose.verdict.sign == "none"
    assert neuron_stability(study()[0], top=12).verdict.sign == "sound"


def test_placebos_are_of_the_same_layer_as_active_and_never_chosen():
    counts, _ = study()
    chosen = select_neurons(counts)
    table = placebo_neurons(counts, chosen, sets=5)
    own = set(zip(chosen.estimates["layer"], chosen.estimates["neuron"], strict=True))
    for _, part in table.groupby("set"):
        assert len(part) == len(own)
        assert not part.duplicated(["layer", "neuron"]).any()
        assert not set(zip(part["layer"], part["neuron"], strict=True)) & own
        assert set(zip(part["layer"], part["chosen"], strict=True)) == own
    assert np.corrcoef(np.log(table["activity"]), np.log(table["chosen_activity"]))[0, 1] > 0.8


def test_placebo_rank_counts_what_changes_as_much():
    rng = np.random.default_rng(4)
    base = rng.normal(size=30)
    rows = [pd.DataFrame({"item": range(30), "condition": "plain", "set": None, "value": base})]
    rows += [pd.DataFrame({"item": range(30), "condition": "up", "set": None, "value": base + 0.5})]
    for k, shift in enumerate([0.1, -0.6, 0.5, 0.2]):
        rows += [pd.DataFrame({"item": range(30), "condition": "placebo", "set": k, "value": base + shift})]
    frame = pd.concat(rows, ignore_index=True)
    row = placebo_rank(frame).iloc[0]
    assert row["effect"] == pytest.approx(0.5)
    assert (row["as_much"], row["p_value"]) == (2, pytest.approx(3 / 5))
    with pytest.raises(InputError, match="no such condition"):
        placebo_rank(frame, placebo="sham")
    with pytest.raises(InputError, match="says of no set"):
        placebo_rank(frame.assign(set=None))


def test_bad_counts_are_refused_by_name():
    good = np.ones((1, 3, 4), dtype=int)
    with pytest.raises(InputError, match="different shapes") as caught:
        NeuronCounts(good, good[:, :2], np.full(4, 5))
    assert (caught.value.parameter, caught.value.expected) == ("conflict", "shape (1, 3, 4), as support")
    with pytest.raises(InputError, match="tokens of each side") as caught:
        NeuronCounts(good, good, np.full(3, 5))
    assert caught.value.parameter == "tokens"
    more = good.copy()
    more[0, 2, 1] = 6
    with pytest.raises(InputError, match="whole number of the answer's tokens") as caught:
        NeuronCounts(good, more, np.full(4, 5))
    assert "6 of 5 tokens (layer 0, neuron 2, question 1)" in str(caught.value)
    with pytest.raises(InputError, match="whole number of the answer's tokens"):
        NeuronCounts(good * 0.5, good, np.full(4, 5))
    with pytest.raises(InputError, match="a name for each question"):
        NeuronCounts(good, good, np.full(4, 5), ["a", "a", "b", "c"])
    with pytest.raises(SpecificationError, match="no neuron's activity varies"):
        select_neurons(NeuronCounts(good, good, np.full(4, 5)))
    with pytest.raises(SpecificationError, match="too few questions") as caught:
        select_neurons(NeuronCounts(good, good, np.full(4, 5), degenerate=np.ones((2, 4))))
    assert caught.value.got == "0 questions with both answers"
    counts, _ = study(layers=1, neurons=20, planted=2, questions=10)
    with pytest.raises(SpecificationError, match="how many"):
        select_neurons(counts, rule="top")
    with pytest.raises(SpecificationError, match="no such rule was published"):
        select_neurons(counts, compat="published")
    with pytest.raises(SpecificationError, match="as many selected"):
        neuron_stability(counts, top=20)


def test_nothing_selected_is_said():
    counts, _ = study(planted=0, layers=1)
    found = select_neurons(counts, false_discovery=1e-6)
    assert found.estimates.empty
    assert found.sentence().startswith("0 of 128 neurons that vary are selected")
    assert found.meta["selection"]["swapped"] == 0
    repr(found)


def test_few_questions_have_no_interval_or_a_warning():
    counts, _ = study(questions=3, effect=(3.0, 4.0))
    found = select_neurons(counts, rule="top", top=3).estimates
    assert found["lower"].isna().all()
    assert (found["interval"] == "none").all()
    twelve = select_neurons(study(questions=12)[0], rule="top", top=3)
    assert ("units", "care") in {(r.aspect, r.sign) for r in twelve.verdict.reasons}


def test_three_questions_are_no_test():
    counts, _ = study(questions=3)
    found = select_neurons(counts, rule="top", top=5)
    assert found.verdict.sign == "untested"
    assert "which was not tested (3 questions give no interval and no test)" in found.sentence()
    assert "untested" not in set(select_neurons(study()[0]).verdict.rows["sign"])
