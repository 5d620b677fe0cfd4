"""Sampling error of the shares: limits, pairing, refusals, and that the correction goes the right way."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import dirichlet
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.similarity.country import country_similarity
from valuestats.similarity.sampling_error import drawn_shares
from valuestats.statistics.distances import jensen_shannon_distance

NAMES = [f"q{i}" for i in range(60)]


def tables(n_people, n_answers=None, seed=1):
    """Exact shares of one country, a sample of them, and a model's answers."""
    rng = np.random.default_rng(seed)
    exact = rng.dirichlet(np.full(4, 2.0), len(NAMES))
    model = rng.dirichlet(np.full(4, 2.0), len(NAMES)) * 0.3 + exact * 0.7
    sampled = rng.multinomial(n_people, exact) / n_people
    people = shares("Chile", dict(zip(NAMES, sampled, strict=True)), n=float(n_people))
    answers = shares("m", dict(zip(NAMES, model, strict=True)), **({"n": n_answers} if n_answers else {}))
    truth = float((1 - jensen_shannon_distance(model, exact)).mean())
    return answers, people, truth


def test_posterior_draws_have_the_moments_of_the_dirichlet():
    share, n = np.array([[0.2, 0.5, 0.3]]), np.array([40.0])
    rng = np.random.default_rng(2)
    draws = np.concatenate([drawn_shares(share, n, 0.5, rng) for _ in range(20_000)])
    expected = dirichlet(share[0] * 40 + 0.5)
    assert draws.mean(axis=0) == pytest.approx(expected.mean(), abs=0.002)
    assert draws.var(axis=0) == pytest.approx(expected.var(), rel=0.05)
    assert np.isnan(drawn_shares(np.full((1, 3), np.nan), n, 0.5, rng)).all()


def test_many_people_leave_everything_as_it_was():
    answers, people, _ = tables(1000)
    many = population(people.assign(n=1e12))
    plain = country_similarity(population(answers), many, replicates=300)
    found = country_similarity(population(answers), many, replicates=300, people_uncertainty="dirichlet")
    columns = ["estimate", "lower", "upper", "std_error"]
    assert np.abs(found.estimates[columns] - plain.estimates[columns]).to_numpy().max() < 1e-4
    assert np.array_equal(found.estimates["plug_in"], plain.estimates["estimate"])


def test_unknown_numbers_of_people_are_taken_as_known_shares_and_said_so():
    answers, people, _ = tables(100)
    unknown = population(people.drop(columns="n"))
    plain = country_similarity(population(answers), unknown, replicates=100)
    found = country_similarity(population(answers), unknown, replicates=100, people_uncertainty="dirichlet")
    assert found.replicates().to_numpy() == pytest.approx(plain.replicates().to_numpy(), abs=1e-12)
    assert "people's side of 0 of 60 pairs, models' side of 0" in found.meta["warnings"][-1]


def test_the_correction_brings_small_samples_closer_to_the_true_similarity():
    gaps = []
    for seed in range(8):
        answers, people, truth = tables(40, seed=seed)
        row = country_similarity(
            population(answers), population(people), replicates=150, people_uncertainty="dirichlet"
        ).estimates.iloc[0]
        assert row["plug_in"] < row["estimate"]
        gaps.append((abs(row["plug_in"] - truth), abs(row["estimate"] - truth)))
    before, after = np.mean(gaps, axis=0)
    assert after < 0.7 * before  # of a square root's bias the correction, being linear, leaves a part


def test_both_sides_may_be_uncertain_and_dropped_refusals_lower_n():
    answers, people, _ = tables(50, n_answers=20)
    one = country_similarity(
        population(answers), population(people), replicates=100, people_uncertainty="dirichlet"
    )
    assert "people's side of 60 of 60 pairs, models' side of 60" in one.meta["warnings"][-1]
    less = population(answers.drop(columns="n"))
    two = country_similarity(less, population(people), replicates=100, people_uncertainty="dirichlet")
    assert one.estimates["estimate"][0] > two.estimates["estimate"][0]


def test_contrasts_stay_paired():
    answers, people, _ = tables(50)
    twins = population(answers, answers.assign(group="twin"))
    found = country_similarity(twins, population(people), replicates=80, people_uncertainty="dirichlet")
    contrast = found.contrast("model", "m", "twin")
    assert np.abs(contrast[["estimate", "lower", "upper"]].to_numpy(float)).max() < 1e-12


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"people_uncertainty": "bootstrap"}, "people_uncertainty"),
        ({"people_uncertainty": "dirichlet", "prior": 0.0}, "prior"),
        ({"people_uncertainty": "dirichlet", "replicates": 1}, "replicates"),
    ],
)
def test_impossible_requests_are_refused(options, parameter):
    answers, people, _ = tables(50)
    with pytest.raises(SpecificationError) as caught:
        country_similarity(population(answers), population(pd.DataFrame(people)), **options)
    assert caught.value.parameter == parameter
