"""The noise ceiling where every split gives the same, by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from valuestats.alignment.ceiling import _split_distances, noise_ceiling
from valuestats.base.errors import SpecificationError


def people(**options):
    """Two people of each group: those of A disagree about q1 and agree about q2; those of B agree about both."""
    rows = [
        ("a1", "q1", "yes", "A"), ("a2", "q1", "no", "A"), ("a1", "q2", "yes", "A"), ("a2", "q2", "yes", "A"),
        ("b1", "q1", "yes", "B"), ("b2", "q1", "yes", "B"), ("b1", "q2", "no", "B"), ("b2", "q2", "no", "B"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["respondent", "question", "option", "country"])
    return frame.assign(position=frame["option"].map({"yes": 0, "no": 1}), **options)


def ceilings(measure="total_variation", **options):
    found = noise_ceiling(people(**options), ["country"], measure=measure, splits=7, replicates=0).estimates
    return found.set_index(["group", "quantity"])


@pytest.mark.parametrize(
    ("measure", "another", "perfect"),
    [
        ("total_variation", 1 / math.sqrt(2), 1 / 2),
        ("jensen_shannon", 1 / math.sqrt(2), 1 / 2),
        ("jensen_shannon_divergence", 1 / 2, 1 / 4),
    ],
)
def test_halves_of_one_person_each(measure, another, perfect):
    table = ceilings(measure)
    # distance between halves: 1 about q1, 0 about q2
    for quantity, left in (("split halves", 1.0), ("another sample", another), ("perfect model", perfect)):
        assert table.loc[("A", quantity), "estimate"] == pytest.approx(1 - left / 2)
        assert table.loc[("B", quantity), "estimate"] == pytest.approx(1)
        assert table.loc[("A", quantity), ["n_scored", "n_asked"]].tolist() == [2, 2]
    assert table["baseline"].isna().all()


def test_other_groups_by_hand():
    table = ceilings()
    # q1: (1/2, 1/2) against (1, 0); q2: (1, 0) against (0, 1)
    assert table.loc[("A", "other groups"), "estimate"] == pytest.approx((0.5 + 0) / 2)
    assert table.loc[("B", "other groups"), "estimate"] == pytest.approx((0.5 + 0) / 2)


def test_groups_come_sorted_whatever_the_order_of_rows():
    found = noise_ceiling(people()[::-1], ["country"], measure="total_variation", splits=3, replicates=0)
    assert found.estimates["group"].tolist() == ["A"] * 4 + ["B"] * 4


def test_halves_are_halves_of_the_respondents():
    rng = np.random.default_rng(0)
    part = pd.DataFrame(
        {"respondent": list("abcdef"), "question": "q", "option": ["x"] * 3 + ["y"] * 3, "weight": 1.0}
    )
    found = _split_distances(part, {"q": {"x": 0, "y": 1}}, ["q", "none"], "total_variation", 2.0, 4000, rng)
    # three of six: x counts 0 to 3 with hypergeometric shares 1, 9, 9, 1 of 20; distances 1, 1/3, 1/3, 1
    assert found[0] == pytest.approx((2 * 1 + 18 / 3) / 20, abs=5 * 0.2 / 4000**0.5)
    assert np.isnan(found[1])
    odd = part[:3].assign(option=["x", "y", "y"])
    found = _split_distances(odd, {"q": {"x": 0, "y": 1}}, ["q"], "total_variation", 2.0, 4000, rng)
    # one of three alone: x against y, y; or y against x, y
    assert found[0] == pytest.approx((1 + 0.5 + 0.5) / 3, abs=5 * 0.25 / 4000**0.5)


def test_only_splits_with_people_on_both_sides_count():
    part = pd.DataFrame(
        {"respondent": list("abcdef"), "question": ["q"] * 3 + ["r"] * 3, "option": list("xxyxyy")}
    )
    part["weight"] = [0.1, 0.2, 0.3, 1, 1, 1]  # their sum depends on the order in the last digit
    options = {"q": {"x": 0, "y": 1}, "r": {"x": 0, "y": 1}}
    found = _split_distances(part, options, ["q", "r"], "total_variation", 2.0, 60, np.random.default_rng(1))
    order = np.random.default_rng(1).random((60, 6)).argsort(axis=1)
    for place, people in enumerate(([0, 1, 2], [3, 4, 5])):
        distances = []
        for drawn in order:
            one = [k for k in people if drawn[k] < 3]
            two = [k for k in people if drawn[k] >= 3]
            if one and two:
                x = [
                    part["weight"][side][part["option"][side] == "x"].sum() / part["weight"][side].sum()
                    for side in (one, two)
                ]
                distances.append(abs(x[0] - x[1]))
        assert len(distances) < 60
        assert found[place] == pytest.approx(np.mean(distances))


def test_a_lone_answer_has_no_other_half():
    part = pd.DataFrame({"respondent": ["a", "b"], "question": ["q", "r"], "option": "x", "weight": 1.0})
    options = {"q": {"x": 0, "y": 1}, "r": {"x": 0, "y": 1}}
    found = _split_distances(part, options, ["q", "r"], "total_variation", 2.0, 9, np.random.default_rng(1))
    assert np.isnan(found).all()


def test_questions_are_resampled_and_one_replicate_is_drawn():
    found = noise_ceiling(people(), ["country"], measure="total_variation", splits=1, replicates=1)
    assert found.replicates().shape[0] == 1
    many = noise_ceiling(people(), ["country"], measure="total_variation", splits=1, replicates=300)
    assert many.estimates[["lower", "upper"]].isna().all().all()  # two questions
    split = many.estimates.set_index(["group", "quantity"]).loc[("A", "split halves")]
    assert split["std_error"] == pytest.approx(0.5)  # similarities of 0 and 1: s / sqrt(2)
    assert noise_ceiling(people(), ["country"], splits=1, replicates=0).draws is None


def test_ordered_measures_need_a_declared_scale():
    assert ceilings("wasserstein", ordered=True).loc[("A", "split halves"), "estimate"] == pytest.approx(0.5)
    with pytest.raises(SpecificationError, match="on a declared scale"):
        ceilings("wasserstein")
    with pytest.raises(SpecificationError, match="on a declared scale"):
        ceilings("energy", ordered=False)
    mixed = people().assign(ordered=people()["question"] == "q1")
    found = noise_ceiling(mixed, ["country"], measure="wasserstein", splits=3, replicates=0).estimates
    assert set(found["n_asked"]) == {1}
    alike = people().assign(option="yes", position=0)
    with pytest.raises(SpecificationError, match="no question with two options"):
        noise_ceiling(alike, ["country"])


def test_what_is_refused_and_said():
    with pytest.raises(SpecificationError, match="impossible splits"):
        noise_ceiling(people(), ["country"], splits=0)
    with pytest.raises(SpecificationError, match="no noise ceiling"):
        noise_ceiling(people(), ["country"], measure="top_choice")
    lone = pd.concat([people(), people().query("respondent == 'a1'").assign(respondent="c1", country="C")])
    found = noise_ceiling(lone, ["country"], splits=3, replicates=0)
    assert set(found.estimates["group"]) == {"A", "B"}
    assert any(w.startswith("C is left out") for w in found.meta["warnings"])
    assert any("unweighted" in w for w in found.meta["warnings"])
    weighted = noise_ceiling(people(w=1.0), ["country"], weight="w", splits=3, replicates=0)
    assert not any("unweighted" in w for w in weighted.meta["warnings"])
    with pytest.raises(SpecificationError, match="no group can be split"):
        noise_ceiling(people().query("respondent in ('a1', 'b1')"), ["country"])
