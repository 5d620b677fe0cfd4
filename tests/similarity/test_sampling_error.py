"""Sampling error of the shares: limits, pairing, refusals, and that the correction goes the right way."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multinomial
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.similarity.country import country_similarity
from valuestats.similarity.distance_rows import Rows
from valuestats.similarity.sampling_error import jackknife_bias
from valuestats.statistics.distances import jensen_shannon_distance, jensen_shannon_divergence

ONE = np.zeros(1, dtype=int)
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


def left_out_by_hand(model, people, n):
    """Quenouille's estimate of the distance from every single person left out."""
    counts = np.rint(people * n).astype(int)
    every = np.repeat(np.arange(len(counts)), counts)
    without = [
        jensen_shannon_distance(model, (counts - np.eye(len(counts))[answer]) / (n - 1)) for answer in every
    ]
    return n * jensen_shannon_distance(model, people) - (n - 1) * np.mean(without)


def test_the_correction_is_quenouilles():
    answers, people, _ = tables(30)
    found = country_similarity(population(answers), population(people), people_uncertainty="jackknife")
    model = answers["share"].to_numpy().reshape(-1, 4)
    observed = people["share"].to_numpy().reshape(-1, 4)
    expected = [1 - left_out_by_hand(m, p, 30) for m, p in zip(model, observed, strict=True)]
    assert found.estimates["estimate"][0] == pytest.approx(np.mean(expected), abs=1e-12)
    # questions are resampled with their sampling error in them, so the spread over questions is all of it
    assert found.estimates["std_error"][0] == pytest.approx(np.std(expected) / np.sqrt(60), rel=0.06)


def test_the_bias_of_order_one_over_n_is_gone():
    """Expectations over every possible sample, by enumeration; twice the people leave half of a bias of order 1/n."""
    p, a = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    exact = jensen_shannon_divergence(a, p)
    left = {}
    for n in (30, 60):
        counts = np.array([(k, m, n - k - m) for k in range(n + 1) for m in range(n + 1 - k)])
        likely = multinomial.pmf(counts, n, p)
        every, own = np.arange(len(counts)), np.zeros(len(counts), dtype=int)
        plain = jensen_shannon_divergence(np.broadcast_to(a, counts.shape), counts / n)
        added = jackknife_bias(
            Rows.of([a]), Rows.of(counts / n), own, every, np.array([np.nan]), np.full(len(counts), float(n)),
            "jensen_shannon_divergence",
        )  # fmt: skip
        left[n] = float(likely @ plain - exact), float(likely @ (plain - added) - exact)
    assert left[30][0] / left[60][0] == pytest.approx(2, rel=0.05)
    assert abs(left[30][1]) < 0.1 * left[30][0]
    assert left[30][1] / left[60][1] > 3  # what is left is of order 1/n^2, four times less


def test_parts_of_a_person_follow_the_same_curvature():
    """Rounded or weighted shares have options of less than one person; many of them give the same correction."""
    own, n = np.array([[0.6, 0.3, 0.1]]), 40.0
    for share in ([0.5, 0.25, 0.25], [0.5, 0.49, 0.01], [0.98, 0.011, 0.009]):
        people = np.array([share])
        found = jackknife_bias(Rows.of(own), Rows.of(people), ONE, ONE, np.array([np.nan]), np.array([n]))[0]
        rng = np.random.default_rng(0)
        sampled = rng.multinomial(int(n), share, 40_000) / n
        wanted = jensen_shannon_distance(own, sampled).mean() - jensen_shannon_distance(own, people)[0]
        assert found == pytest.approx(wanted, rel=0.35, abs=5e-4)


def test_of_one_answer_nothing_can_be_left_out():
    rows = Rows.of([[1.0, 0.0]]), Rows.of([[0.5, 0.5]])
    assert jackknife_bias(*rows, ONE, ONE, np.array([1.0]), np.array([np.nan])).tolist() == [0.0]
    none = Rows.of([[0.0, 0.0]])
    assert np.isnan(jackknife_bias(none, rows[1], ONE, ONE, np.array([5.0]), np.array([9.0]))).all()


@pytest.mark.parametrize("concentration", [1.0, 20.0])
@pytest.mark.parametrize("options", [3, 4, 6])
def test_the_bias_shrinks_whatever_the_shares(options, concentration):
    """The cells in which the posterior's correction made it worse (uniform shares), and concentrated ones; 50 people."""
    rng = np.random.default_rng(options)
    p = rng.dirichlet(np.full(options, concentration), 30_000)
    a = rng.dirichlet(np.ones(options), 30_000)
    seen, every = rng.multinomial(50, p) / 50, np.arange(30_000)
    unknown, known = np.full(30_000, np.nan), np.full(30_000, 50.0)
    before = jensen_shannon_distance(a, seen) - jensen_shannon_distance(a, p)
    after = before - jackknife_bias(Rows.of(a), Rows.of(seen), every, every, unknown, known)
    assert before.mean() > 0.006
    assert abs(after.mean()) < 0.0015 + 3 * after.std() / np.sqrt(30_000)
    assert abs(after.mean()) < before.mean() / 3


def test_many_people_leave_everything_as_it_was():
    answers, people, _ = tables(1000)
    many = population(people.assign(n=1e12))
    plain = country_similarity(population(answers), many, replicates=300)
    found = country_similarity(population(answers), many, replicates=300, people_uncertainty="jackknife")
    columns = ["estimate", "lower", "upper", "std_error"]
    assert np.abs(found.estimates[columns] - plain.estimates[columns]).to_numpy().max() < 1e-4
    assert np.array_equal(found.estimates["plug_in"], plain.estimates["estimate"])


def test_unknown_numbers_of_people_are_taken_as_known_shares_and_said_so():
    answers, people, _ = tables(100)
    unknown = population(people.drop(columns="n"))
    plain = country_similarity(population(answers), unknown, replicates=100)
    found = country_similarity(population(answers), unknown, replicates=100, people_uncertainty="jackknife")
    assert found.replicates().to_numpy() == pytest.approx(plain.replicates().to_numpy(), abs=1e-12)
    assert "people's side of 0 of 60 pairs, models' side of 0" in found.meta["warnings"][-1]


def test_the_correction_brings_small_samples_closer_to_the_true_similarity():
    gaps = []
    for seed in range(8):
        answers, people, truth = tables(40, seed=seed)
        row = country_similarity(
            population(answers), population(people), replicates=150, people_uncertainty="jackknife"
        ).estimates.iloc[0]
        assert row["plug_in"] < row["estimate"]
        gaps.append((abs(row["plug_in"] - truth), abs(row["estimate"] - truth)))
    before, after = np.mean(gaps, axis=0)
    assert after < 0.5 * before


def test_both_sides_may_be_uncertain_and_dropped_refusals_lower_n():
    answers, people, _ = tables(50, n_answers=20)
    one = country_similarity(
        population(answers), population(people), replicates=100, people_uncertainty="jackknife"
    )
    assert "people's side of 60 of 60 pairs, models' side of 60" in one.meta["warnings"][-1]
    less = population(answers.drop(columns="n"))
    two = country_similarity(less, population(people), replicates=100, people_uncertainty="jackknife")
    assert one.estimates["estimate"][0] > two.estimates["estimate"][0]


def test_contrasts_stay_paired():
    answers, people, _ = tables(50)
    twins = population(answers, answers.assign(group="twin"))
    found = country_similarity(twins, population(people), replicates=80, people_uncertainty="jackknife")
    contrast = found.contrast("model", "m", "twin")
    assert np.abs(contrast[["estimate", "lower", "upper"]].to_numpy(float)).max() < 1e-12


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"people_uncertainty": "bootstrap"}, "people_uncertainty"),
        ({"people_uncertainty": "jackknife", "measure": "top_choice"}, "people_uncertainty"),
    ],
)
def test_impossible_requests_are_refused(options, parameter):
    answers, people, _ = tables(50)
    with pytest.raises(SpecificationError) as caught:
        country_similarity(population(answers), population(pd.DataFrame(people)), **options)
    assert caught.value.parameter == parameter
