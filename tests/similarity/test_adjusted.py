"""The two-way model: agreement with dummy regression, a planted difference, and what can't be compared."""

import numpy as np
import pandas as pd
import pytest
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.similarity.adjusted import adjusted_similarity, pair_effects
from valuestats.similarity.country import country_similarity

NAMES = [f"q{i}" for i in range(30)]


def dummy_regression(values, weights):
    """Weighted least squares with a dummy for every pair and question, by NumPy's solver."""
    pair, question = np.nonzero(~np.isnan(values))
    design = np.zeros((len(pair), sum(values.shape)))
    design[np.arange(len(pair)), pair] = 1
    design[np.arange(len(pair)), len(values) + question] = 1
    root = np.sqrt(weights[question])
    found = np.linalg.lstsq(design * root[:, None], values[pair, question] * root, rcond=None)[0]
    return found[: len(values)]


def test_effects_agree_with_dummy_regression_up_to_the_level():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(6, 25))
    values[rng.random(values.shape) < 0.4] = np.nan
    values = values[:, ~np.isnan(values).all(axis=0)]
    weights = np.stack([np.ones(values.shape[1]), rng.integers(1, 4, values.shape[1]).astype(float)])
    found = pair_effects(values, weights, np.zeros(6, dtype=np.intp))
    for row, weight in zip(found, weights, strict=True):
        expected = dummy_regression(values, weight)
        assert row - row.mean() == pytest.approx(expected - expected.mean(), abs=1e-10)
        means = [np.average(v[~np.isnan(v)], weights=weight[~np.isnan(v)]) for v in values]
        assert row.mean() == pytest.approx(np.mean(means), abs=1e-10)


def model(seed, name, questions=NAMES):
    rng = np.random.default_rng(seed)
    return shares(name, {q: rng.dirichlet(np.ones(4)) for q in questions})


def test_equal_question_sets_leave_the_similarities_as_they_are():
    answers, people = population(model(1, "a"), model(2, "b")), population(model(3, "Chile"))
    plain = country_similarity(answers, people, replicates=0).estimates
    found = adjusted_similarity(answers, people, replicates=200)
    assert found["estimate"].to_numpy() == pytest.approx(plain["estimate"].to_numpy(), abs=1e-12)
    assert found["unadjusted"].to_numpy() == pytest.approx(plain["estimate"].to_numpy(), abs=1e-12)
    assert ((found["lower"] < found["estimate"]) & (found["estimate"] < found["upper"])).all()


def test_a_model_that_refuses_the_hard_questions_gains_nothing():
    people = model(3, "Chile")
    same = model(1, "a")
    detail = country_similarity(population(same), population(people), replicates=0)
    assert len(detail.estimates) == 1
    gaps = (same["share"] - people["share"]).abs().groupby(same["question"]).sum()
    easy = gaps.sort_values().index[:15]
    answers = population(same, same[same["question"].isin(easy)].assign(group="picky"))
    found = adjusted_similarity(answers, population(people), replicates=0).set_index("model")
    assert found.loc["picky", "unadjusted"] > found.loc["a", "unadjusted"] + 0.05
    assert found.loc["picky", "estimate"] == pytest.approx(found.loc["a", "estimate"], abs=1e-12)


def test_pairs_without_common_questions_are_told_apart_and_keep_their_own_mean():
    answers = population(model(1, "a", NAMES[:10]), model(2, "b", NAMES[10:]))
    people = population(model(3, "Chile", NAMES[:10]), model(4, "Chile", NAMES[10:]))
    found = adjusted_similarity(answers, people, replicates=0)
    assert found["linked"].nunique() == 2
    assert found["estimate"].to_numpy() == pytest.approx(found["unadjusted"].to_numpy(), abs=1e-12)


def test_too_many_pairs_are_refused():
    many = pd.concat([shares(f"m{i:03d}", {"q": [0.5, 0.5]}) for i in range(401)], ignore_index=True)
    with pytest.raises(SpecificationError, match="too many pairs"):
        adjusted_similarity(population(many), population(shares("Chile", {"q": [0.5, 0.5]})))
