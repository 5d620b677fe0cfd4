"""Overshoot, exaggeration and flattening: by hand, and on simulated people whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.stereotypes import stereotype_check


def ordered(group, distributions, **columns):
    return shares(group, distributions, ordered=True, **columns)


def binary(yes):
    return {f"q{i}": [1 - p, p] for i, p in enumerate(yes)}


def values(result, model="m", group="A"):
    frame = result.estimates.set_index(["model", "group", "quantity"])["estimate"]
    return frame[model, group]


def test_quantities_by_hand():
    people = population(
        ordered("A", binary([0.6, 0.3])), ordered("B", binary([0.4, 0.5])), ordered("C", binary([0.2, 0.5]))
    )
    found = values(
        stereotype_check(ModelAnswers(ordered("m", binary([0.9, 0.1]), persona="A")), people, replicates=0)
    )
    # reference .3 and .5: A stands +.3 and -.2 from it, the model +.6 and -.4
    assert found["overshoot"] == pytest.approx((0.3 + 0.2) / 2)
    assert found["exaggeration"] == pytest.approx((0.6 * 0.3 + 0.4 * 0.2) / (0.3**2 + 0.2**2))
    assert found["variance ratio"] == pytest.approx((0.9 * 0.1 + 0.1 * 0.9) / (0.6 * 0.4 + 0.3 * 0.7))


def test_the_groups_own_answers_stand_at_the_baseline():
    rng = np.random.default_rng(1)
    tables = {g: {f"q{i}": rng.dirichlet(np.ones(4)).tolist() for i in range(20)} for g in "ABC"}
    people = population(*(ordered(g, d) for g, d in tables.items()))
    result = stereotype_check(ModelAnswers(ordered("m", tables["B"], persona="B")), people, replicates=50)
    assert result.estimates["estimate"].to_numpy() == pytest.approx(result.estimates["baseline"].to_numpy())
    assert result.estimates["upper"].to_numpy() == pytest.approx(result.estimates["baseline"].to_numpy())


def test_exaggeration_of_small_samples_is_corrected_for_their_noise():
    # The model gives the others' place plus 1.5 times the group's true distance; shares are of 25 people.
    rng = np.random.default_rng(2)
    truth = {g: np.clip(0.5 + 0.08 * rng.normal(size=3000), 0.02, 0.98) for g in "ABC"}
    n = 25
    seen = {g: rng.binomial(n, p) / n for g, p in truth.items()}
    reference = (truth["B"] + truth["C"]) / 2
    model = np.clip(reference + 1.5 * (truth["A"] - reference), 0, 1)
    asked = ModelAnswers(ordered("m", binary(model), persona="A"))
    known = values(
        stereotype_check(
            asked, population(*(ordered(g, binary(p), n=n) for g, p in seen.items())), replicates=0
        )
    )
    unknown = values(
        stereotype_check(asked, population(*(ordered(g, binary(p)) for g, p in seen.items())), replicates=0)
    )
    assert known["exaggeration"] == pytest.approx(1.5, abs=0.12)
    assert unknown["exaggeration"] < 1.3


def test_one_answer_only_has_no_variety():
    people = population(ordered("A", binary([0.6, 0.3])), ordered("B", binary([0.4, 0.5])))
    found = values(
        stereotype_check(ModelAnswers(ordered("m", binary([1.0, 0.0]), persona="A")), people, replicates=0)
    )
    assert found["variance ratio"] == 0
    assert found["entropy ratio"] == 0


def test_options_without_an_order_have_an_entropy_only_and_one_group_no_place():
    nominal = population(shares("A", binary([0.6])), shares("B", binary([0.4])))
    asked = ModelAnswers(shares("m", binary([0.9]), persona="A"))
    assert stereotype_check(asked, nominal, replicates=0).estimates["quantity"].tolist() == ["entropy ratio"]
    alone = stereotype_check(
        ModelAnswers(ordered("m", binary([0.9]), persona="A")),
        population(ordered("A", binary([0.6]))),
        replicates=0,
    )
    assert alone.estimates["quantity"].tolist() == ["variance ratio", "entropy ratio"]
    assert any("only entropies" in w for w in alone.meta["warnings"])


def test_interval_is_that_of_a_ratio_of_sums():
    rng = np.random.default_rng(3)
    p, s = rng.uniform(0.2, 0.8, 60), rng.uniform(0.2, 0.8, 60)
    people = population(ordered("A", binary(p)), ordered("B", binary(1 - p)))
    row = stereotype_check(ModelAnswers(ordered("m", binary(s), persona="A")), people, seed=1).estimates
    row = row.set_index("quantity").loc["variance ratio"]
    top, bottom = s * (1 - s), p * (1 - p)
    estimate = top.sum() / bottom.sum()
    delta = np.sqrt(((top - estimate * bottom) ** 2).sum()) / bottom.sum()  # linearised ratio
    assert row["estimate"] == pytest.approx(estimate)
    assert row["std_error"] == pytest.approx(delta, rel=0.08)


def test_personas_that_are_no_group_are_refused():
    people = population(ordered("A", binary([0.6])), ordered("B", binary([0.4])))
    with pytest.raises(SpecificationError, match="no answer was given for a group"):
        stereotype_check(ModelAnswers(ordered("m", binary([0.5]), persona="Mars")), people)
    with pytest.raises(SpecificationError, match="under a condition"):
        stereotype_check(ModelAnswers(pd.DataFrame(ordered("m", binary([0.5])))), people)
