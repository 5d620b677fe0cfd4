"""Evenness of references: closed forms, invariances, known truth, degenerate input, the study."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from valuestats.base.errors import InputError, SpecificationError
from valuestats.diversity.perspectives import Judge, perspective_diversity, perspective_shares
from valuestats.results.result import Result
from valuestats.statistics.entropy import dirichlet_entropy, jackknife_entropy, plugin_entropy, true_rate
from valuestats.study.runner import run_study
from valuestats.systems.worldview.comparison import evenness
from valuestats.systems.worldview.simulate import simulate_references

ROOT = Path(__file__).parents[3]
NAMES = ["west", "east", "south"]
RATES = {"plain": {"west": 0.8, "east": 0.2, "south": 0.1}, "even": {"west": 0.5, "east": 0.5, "south": 0.5}}


def frame(references, condition="plain"):
    return pd.DataFrame(
        {"model": "m", "condition": condition, "question": range(len(references)), "references": references}
    )


@pytest.mark.parametrize("counts", [(3.0, 1.0), (0.0, 0.0), (10.0, 2.0)])
def test_the_dirichlet_posterior_agrees_with_its_integral(counts):
    """Two categories: a Beta posterior, integrated by quadrature."""
    beta = stats.beta(counts[0] + 0.5, counts[1] + 0.5)

    def moment(power):
        def of(p):
            return beta.pdf(p) * float(plugin_entropy(np.array([p, 1 - p]))) ** power

        return integrate.quad(of, 0, 1, limit=200)[0]

    mean, second = moment(1), moment(2)
    found = dirichlet_entropy(np.array(counts))
    assert float(found.mean) == pytest.approx(mean, abs=1e-6)
    assert float(found.std) == pytest.approx(np.sqrt(second - mean**2), abs=1e-6)


def test_plugin_entropy_is_scipys():
    shares = np.random.default_rng(0).dirichlet(np.ones(5), size=20)
    assert plugin_entropy(shares) == pytest.approx(stats.entropy(shares, axis=1), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=8),
    st.permutations(range(3)),
)
def test_entropy_does_not_see_the_order_of_perspectives_or_questions(rows, order):
    sums = np.array(rows, dtype=float)
    plain, turned = jackknife_entropy(sums), jackknife_entropy(sums[::-1][:, list(order)])
    assert (np.isnan(plain) and np.isnan(turned)) or plain == pytest.approx(turned, abs=1e-9)
    assert np.isnan(plain) or plugin_entropy(sums.sum(axis=0)) <= np.log(3) + 1e-9


def test_the_jackknife_is_zahls_formula():
    """By hand: counts (2,0), (0,1), (1,1); 3 H(3/5) - 2/3 (H(1/3) + H(3/4) + H(2/3)) by scipy."""
    pieces = [stats.entropy([1, 2]), stats.entropy([3, 1]), stats.entropy([2, 1])]
    expected = 3 * stats.entropy([3, 2]) - 2 / 3 * sum(pieces)
    assert float(jackknife_entropy(np.array([[2.0, 0], [0, 1], [1, 1]]))) == pytest.approx(expected)


def test_the_true_rate_turns_the_judge_around():
    rate = np.array([0.1, 0.5, 0.9])
    assert true_rate(rate * 0.8 + (1 - rate) * 0.1, 0.8, 0.9) == pytest.approx(rate)


def test_a_known_truth_is_recovered_with_and_without_an_imperfect_judge():
    for quality in ({}, {"sensitivity": 0.8, "specificity": 0.95}):
        answers = simulate_references(RATES, questions=1500, seed=4, **quality)
        found = perspective_diversity(
            answers, perspectives=NAMES, judge=quality or None, replicates=300, seed=1
        ).estimates.set_index("condition")
        for condition, rates in RATES.items():
            row = found.loc[condition]
            assert row["lower"] <= evenness(rates) <= row["upper"]
            assert row["estimate"] == pytest.approx(evenness(rates), abs=0.03)
    blind = perspective_diversity(answers, perspectives=NAMES, replicates=0).estimates.set_index("condition")
    assert blind.loc["plain", "estimate"] - evenness(RATES["plain"]) > 0.03


def test_shares_add_up_and_rates_are_those_of_the_answers():
    answers = simulate_references(RATES, questions=40, epochs=2, seed=2)
    shares = perspective_shares(answers, perspectives=NAMES, replicates=200)
    assert shares.groupby("condition")["estimate"].sum().to_numpy() == pytest.approx(1.0)
    plain = answers[answers["condition"] == "plain"]
    west = shares[(shares["condition"] == "plain") & (shares["perspective"] == "west")].iloc[0]
    assert west["rate"] == pytest.approx(plain["references"].map(lambda r: "west" in r).mean())


def test_degenerate_answers():
    nothing = perspective_diversity(frame([[], []]), perspectives=NAMES, replicates=20)
    row = nothing.estimates.iloc[0]
    assert np.isnan(row["estimate"])
    assert row["no_reference"] == 1
    assert "No answer refers" in nothing.sentence()
    one = perspective_diversity(frame([["west"], ["west"], None]), perspectives=NAMES, replicates=20)
    assert one.estimates["estimate"].iloc[0] == 0
    assert one.estimates[["n_scored", "n_asked"]].iloc[0].tolist() == [2, 3]
    single = perspective_diversity(frame([["west", "east"]]), perspectives=NAMES, replicates=20)
    assert np.isnan(single.estimates["lower"].iloc[0])
    assert any("one question" in w for w in single.meta["warnings"])


def test_contrasts_are_paired_and_a_result_comes_back_from_disk(tmp_path):
    answers = simulate_references(RATES, questions=60, seed=3)
    result = perspective_diversity(answers, perspectives=NAMES, replicates=300)
    row = result.contrast("condition", "even", "plain").iloc[0]
    truth = evenness(RATES["even"]) - evenness(RATES["plain"])
    assert row["lower"] < truth < row["upper"]
    again = Result.load(result.save(tmp_path / "r"))
    pd.testing.assert_frame_equal(again.estimates, result.estimates)
    assert result.plot().to_dict()


@pytest.mark.parametrize(
    ("references", "error", "match"),
    [
        ([["mars"]], InputError, "a reference to no perspective"),
        (["west"], InputError, "references are a collection"),
    ],
)
def test_strange_references_are_told_by_row(references, error, match):
    with pytest.raises(error, match=match):
        perspective_diversity(frame(references), perspectives=NAMES)


def test_bad_specifications():
    answers = frame([["west"]])
    with pytest.raises(SpecificationError, match="at least two"):
        perspective_diversity(answers, perspectives=["west"])
    with pytest.raises(SpecificationError, match="says nothing"):
        perspective_diversity(answers, perspectives=NAMES, judge=Judge(0.5, 0.5))
    with pytest.raises(SpecificationError, match="every perspective"):
        perspective_diversity(answers, perspectives=NAMES, judge=Judge({"west": 0.9}, 0.9))


def test_the_study_says_that_nothing_published_can_be_recomputed(tmp_path):
    run = run_study(ROOT / "analyses" / "worldview" / "study.yml", results=tmp_path)
    assert set(run.load("comparison")["verdict"]) == {"not computable"}
    assert run.load("shares")["estimate"].between(0, 1).all()
    assert len(run.load("recovery")) == 6
