"""Marks of as many answers as the model's, against sums over all outcomes; verdicts on shares of few answers."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import multinomial

from valuestats import country_similarity
from valuestats.base.errors import SpecificationError
from valuestats.tables import Population, Responses

PEOPLE = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1], [0.34, 0.33, 0.33]])


def table(group, shares, n=None):
    rows = [
        {"group": group, "question": f"q{q}", "option": "abc"[k], "position": k + 1, "share": share}
        for q, row in enumerate(shares)
        for k, share in enumerate(row)
    ]
    return Population(pd.DataFrame(rows).assign(**({} if n is None else {"n": n})))


def expected(n, drawn, people):
    """The sum over all outcomes of n answers."""
    outcomes = [x for x in itertools.product(range(n + 1), repeat=len(people)) if sum(x) == n]
    weights = [multinomial.pmf(x, n, drawn) for x in outcomes]
    return sum(
        w * (1 - jensenshannon(np.array(x) / n, people, 2)) for w, x in zip(weights, outcomes, strict=True)
    )


@pytest.mark.parametrize("n", [1, 4, 9])
def test_marks_are_the_sums_over_all_outcomes(n):
    frame = country_similarity(table("m", PEOPLE, n), table("Chile", PEOPLE), replicates=0).estimates
    at_random = np.mean([expected(n, np.full(3, 1 / 3), row) for row in PEOPLE])
    own = np.mean([expected(n, row, row) for row in PEOPLE])
    assert frame[["baseline", "own_sample"]].iloc[0].tolist() == pytest.approx([at_random, own], abs=0.006)
    assert frame[["n_answers", "n_people"]].iloc[0].tolist() == [n, pytest.approx(np.nan, nan_ok=True)]


def test_shares_of_whom_the_number_is_not_known_are_held_against_uniform_shares():
    frame = country_similarity(table("m", PEOPLE), table("Chile", PEOPLE), replicates=0).estimates
    plain = np.mean([1 - jensenshannon(np.full(3, 1 / 3), row, 2) for row in PEOPLE])
    assert frame["baseline"].iloc[0] == pytest.approx(plain, abs=1e-12)
    assert np.isnan(frame["own_sample"].iloc[0])


def drawn(n, questions=60, seed=3):
    """A model that answers as the country's people do, n times a question, and the people."""
    rng = np.random.default_rng(seed)
    people = rng.dirichlet(np.full(4, 0.5), questions)
    answers = np.array([rng.multinomial(n, row) / n for row in people])
    return answers, people


def four(group, shares, n):
    rows = [
        (group, f"q{q}", "abcd"[k], k + 1, share)
        for q, row in enumerate(shares)
        for k, share in enumerate(row)
    ]
    return Population(
        pd.DataFrame(rows, columns=["group", "question", "option", "position", "share"]).assign(n=n)
    )


@pytest.mark.parametrize("n", [4, 12])
def test_few_answers_of_the_people_themselves_are_no_finding_below_chance(n):
    answers, people = drawn(n)
    plain = country_similarity(four("m", answers, n), four("Chile", people, 10_000), replicates=400)
    row = plain.estimates.iloc[0]
    assert row["lower"] < row["own_sample"] < row["upper"]  # which is what it was drawn as
    assert row["lower"] > row["baseline"]
    assert {(r.aspect, r.sign) for r in plain.verdict.reasons if r.sign != "sound"} == {("answers", "care")}
    assert f"as few uniform answers ({n} a question)" in plain.sentence()
    corrected = country_similarity(
        four("m", answers, n), four("Chile", people, 10_000), replicates=400, people_uncertainty="jackknife"
    )
    assert ("answers", "untested") in {(r.aspect, r.sign) for r in corrected.verdict.reasons}
    assert "can't be told" in corrected.sentence()


def test_many_answers_raise_no_warning():
    answers, people = drawn(400)
    for kind in ("none", "jackknife"):
        found = country_similarity(
            four("m", answers, 400), four("Chile", people, 10_000), replicates=400, people_uncertainty=kind
        )
        assert not [r for r in found.verdict.reasons if r.aspect == "answers"]
        assert found.estimates["lower"].iloc[0] > found.estimates["baseline"].iloc[0]


def test_codes_that_count_from_one_are_not_taken_for_positions_that_count_from_nought():
    frame = pd.DataFrame(
        {"model": "m", "item": [f"q{q}" for q in range(4)] * 3, "answer": [1, 2, 3] * 4, "status": "valid"}
    )
    people = table("Chile", PEOPLE).frame
    people = people.assign(option=people["position"].astype(int).astype(str))
    assert len(country_similarity(Responses(frame), Population(people), replicates=0).estimates) == 1
    from_nought = Population(people.assign(option=(people["position"] - 1).astype(int).astype(str)))
    with pytest.raises(SpecificationError, match="count from 0"):
        country_similarity(Responses(frame), from_nought, replicates=0)
    frame["answer"] -= 1
    assert len(country_similarity(Responses(frame), from_nought, replicates=0).estimates) == 1
