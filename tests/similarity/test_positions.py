"""Where options stand: numbers with their spacing, orders that differ between tables, places that close up."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import energy_distance, wasserstein_distance

from valuestats import country_similarity, noise_ceiling, opinionqa_measures
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.statistics.distances import wasserstein
from valuestats.tables import Population

OPTIONS = ("never", "sometimes", "always")


def table(group, share, position, options=OPTIONS, question="q"):
    return pd.DataFrame(
        {
            "group": group,
            "question": question,
            "option": list(options),
            "position": position,
            "share": share,
            "ordered": True,
        }
    )


def scipy_similarity(one, two, position, measure):
    """SciPy's distances of two distributions over the positions, divided by their largest value."""
    x = np.asarray(position, dtype=float)
    if measure == "wasserstein":
        return 1 - wasserstein_distance(x, x, one, two) / np.ptp(x)
    return 1 - energy_distance(x, x, one, two) / np.sqrt(2 * np.ptp(x))


@pytest.mark.parametrize("measure", ["wasserstein", "energy"])
@pytest.mark.parametrize("position", [(0, 1, 2), (1, 2.5, 4), (1, 1.5, 4), (-3, 0, 10.5)])
def test_spacing_is_that_of_the_positions(measure, position):
    mine, theirs = (0.2, 0.3, 0.5), (0.6, 0.3, 0.1)
    found = country_similarity(
        Population(table("m", mine, position)), Population(table("A", theirs, position)), measure=measure,
        replicates=0,
    ).estimates.iloc[0]  # fmt: skip
    assert found["estimate"] == pytest.approx(scipy_similarity(mine, theirs, position, measure), abs=1e-12)
    even = scipy_similarity([1 / 3] * 3, theirs, position, measure)
    assert found["baseline"] == pytest.approx(even, abs=1e-12)


def test_fractional_positions_are_kept():
    assert Population(table("A", (0.2, 0.3, 0.5), (1, 1.5, 4))).frame["position"].tolist() == [1, 1.5, 4]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "third"])
def test_a_position_that_is_no_number_is_refused(wrong):
    with pytest.raises(InputError, match="position"):
        Population(table("A", (0.2, 0.3, 0.5), pd.Series([1, 2, wrong], dtype=object)))


def test_an_other_order_is_said_by_question_and_the_peoples_is_used():
    mine, theirs = (0.1, 0.2, 0.7), (0.7, 0.2, 0.1)
    people = Population(
        pd.concat([table("A", theirs, (0, 1, 2)), table("A", theirs, (0, 1, 2), question="r")])
    )
    swapped = table("m", mine, (1, 0, 2)), table("m", mine, (0, 1, 2), question="r")
    found = country_similarity(Population(pd.concat(swapped)), people, measure="wasserstein", replicates=0)
    assert found.estimates["estimate"].iloc[0] == pytest.approx(
        scipy_similarity(mine, theirs, (0, 1, 2), "wasserstein")
    )
    assert found.meta["reports"]["other_order"] == ["q: never, sometimes, always"]
    assert any("another order or spacing" in w and "q: never" in w for w in found.meta["warnings"])


@pytest.mark.parametrize("position", [(0, 1, 2), (2, 1, 0), (5, 10, 15)])
def test_the_same_scale_from_another_end_or_origin_is_no_conflict(position):
    people = Population(table("A", (0.7, 0.2, 0.1), (0, 1, 2)))
    answers = Population(table("m", (0.1, 0.2, 0.7), position))
    found = country_similarity(answers, people, measure="wasserstein", replicates=0)
    assert found.meta["reports"]["other_order"] == []


def test_a_place_left_by_a_refusal_closes_up():
    options = ("Agree", "Don't know", "Neither", "Disagree")
    mine, theirs = (0.1, 0.3, 0.2, 0.4), (0.5, 0.1, 0.3, 0.1)
    sides = [Population(table(g, s, (0, 1, 2, 3), options)) for g, s in (("m", mine), ("A", theirs))]
    found = country_similarity(*sides, measure="wasserstein", refusal_options="drop", replicates=0)
    kept = [np.delete(s, 1) / np.delete(s, 1).sum() for s in (mine, theirs)]
    assert found.estimates["estimate"].iloc[0] == pytest.approx(
        scipy_similarity(*kept, (0, 1, 2), "wasserstein")
    )
    spaced = [Population(table(g, s, (0, 1, 2.5, 3), options)) for g, s in (("m", mine), ("A", theirs))]
    found = country_similarity(*spaced, measure="wasserstein", refusal_options="drop", replicates=0)
    assert found.estimates["estimate"].iloc[0] == pytest.approx(
        scipy_similarity(*kept, (0, 2.5, 3), "wasserstein")
    )


def test_representativeness_uses_the_spacing():
    position, mine, theirs = (0, 1, 5), (0.2, 0.3, 0.5), (0.6, 0.3, 0.1)
    asked = table("m", mine, position).assign(persona=None, condition=None)
    found = opinionqa_measures(ModelAnswers(asked), Population(table("A", theirs, position)), replicates=0)
    expected = scipy_similarity(mine, theirs, position, "wasserstein")
    assert found.estimates.set_index("quantity")["estimate"]["representativeness"] == pytest.approx(expected)


def test_the_ceiling_uses_the_spacing():
    """Two people at options 1 and 2 of 0, 1, 5: either half is one of them, a fifth or four fifths of the scale apart."""
    people = pd.DataFrame({"respondent": [1, 2], "question": "q", "country": "A", "ordered": True})
    for place, apart in (((0, 1), 0.2), ((1, 5), 0.8)):
        named = [dict(zip((0, 1, 5), OPTIONS, strict=True))[p] for p in place]
        everyone = pd.concat(
            [people.assign(option=named, position=place)]
            + [people.assign(respondent=[10 + k, 20 + k], option=o, position=p, country="B")
               for k, (o, p) in enumerate(zip(OPTIONS, (0, 1, 5), strict=True))]
        )  # fmt: skip
        found = noise_ceiling(everyone, ["country"], measure="wasserstein", replicates=0).estimates
        mine = found[(found["group"] == "A") & (found["quantity"] == "split halves")]
        assert mine["estimate"].iloc[0] == pytest.approx(1 - apart)


def test_wasserstein_by_positions_and_what_it_refuses():
    p, q = np.array([0.5, 0.2, 0.3]), np.array([0.1, 0.1, 0.8])
    assert wasserstein(p, q, positions=[0, 1, 9]) == pytest.approx(
        1 - scipy_similarity(p, q, (0, 1, 9), "wasserstein")
    )
    for wrong in ([0, 1], [0, 2, 1], [0, 1, np.nan], 3):
        with pytest.raises(SpecificationError, match="rising numbers"):
            wasserstein(p, q, positions=wrong)
