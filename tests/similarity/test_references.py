"""What a similarity is read against, and social value alignment: hand-worked cases and what they must never do."""

import numpy as np
import pytest
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import group_similarity
from valuestats.similarity.options import declared_scales
from valuestats.similarity.references import pair_similarity, similarity_matrix, uniform_similarity
from valuestats.similarity.social import social_alignment

NAMES = [f"q{i}" for i in range(20)]


def drawn(seed, group, questions=NAMES):
    rng = np.random.default_rng(seed)
    return shares(group, {q: rng.dirichlet(np.ones(3)) for q in questions})


@pytest.fixture
def people():
    """Two pairs of near twins, and a special sample."""
    tables = []
    for seed, pair in ((1, ("Chile", "Peru")), (2, ("Japan", "Korea"))):
        base = drawn(seed, pair[0])
        twin = base.assign(group=pair[1], share=0.9 * base["share"] + 0.1 / 3)
        tables += [base, twin]
    return population(*tables, drawn(3, "Chile (Old national sample)"))


def test_pairs_of_countries_agree_with_the_similarities_between_groups(people):
    found = pair_similarity(people, [["Chile", "Japan"], ["Peru", "Korea"], ["Peru", "Mars"]], replicates=100)
    between = group_similarity(people).set_index(["group", "other"])["similarity"]
    expected = [between["Chile", "Japan"], between["Peru", "Korea"]]
    assert found["estimate"].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert ((found["lower"] < found["estimate"]) & (found["estimate"] < found["upper"])).all()
    assert pair_similarity(people, [["Mars", "Chile"]]).empty


def test_uniform_answers_over_cells_are_the_weighted_mean_of_the_countries_baselines(people):
    even = population(shares("uniform", {q: [1 / 3] * 3 for q in NAMES}))
    frame = country_similarity(even, people, replicates=0).estimates
    found = uniform_similarity(people, replicates=300).iloc[0]
    assert found["estimate"] == pytest.approx(
        np.average(frame["estimate"], weights=frame["n_scored"]), abs=1e-12
    )
    assert (found["n_scored"], found["n_units"]) == (100, 20)
    assert found["lower"] < found["estimate"] < found["upper"]


def test_twins_stand_side_by_side_and_special_samples_are_left_out(people):
    matrix = similarity_matrix(people, least=10)
    place = matrix.drop_duplicates("group").set_index("group")["place"].to_dict()
    assert set(place) == {"Chile", "Peru", "Japan", "Korea"}
    assert sorted(place.values()) == [0, 1, 2, 3]
    assert abs(place["Chile"] - place["Peru"]) == abs(place["Japan"] - place["Korea"]) == 1
    assert len(matrix) == 12
    assert set(similarity_matrix(people, most=2, least=10)["group"]) == {"Chile", "Japan"}
    with pytest.raises(SpecificationError, match="share enough"):
        similarity_matrix(people, least=21)


def test_always_giving_the_mode_is_flagged_as_collapse(people):
    chile = people.frame[people.frame["group"] == "Chile"]
    best = chile.groupby("question")["share"].transform("max")
    mode = chile.assign(group="mode", share=(chile["share"] == best).astype(float))
    found = social_alignment(population(mode, chile.assign(group="copy")), people, replicates=100)
    rows = found[found["group"] == "Chile"].set_index("model")
    assert rows.loc["mode", "estimate"] == pytest.approx(rows.loc["mode", "mode"], abs=1e-12)
    assert rows.loc["copy", "estimate"] == pytest.approx(rows.loc["copy", "person"], abs=1e-12)
    assert rows["collapsed"].to_dict() == {"mode": True, "copy": False}
    assert rows.loc["mode", "entropy_answers"] == 0
    assert rows["baseline"].to_numpy() == pytest.approx([1 / 3, 1 / 3])
    similarity = country_similarity(population(mode), people, replicates=0).estimates.set_index("group")
    assert similarity.loc["Chile", "estimate"] < 1


def test_merged_and_neutral_variants_by_hand():
    humans = shares("Chile", {"q": [0.2, 0.2, 0.2, 0.1, 0.3], "r": [0.5, 0.2, 0.1, 0.1, 0.1]}, ordered=True)
    humans = population(humans, shares("Chile", {"even": [0.25] * 4}, ordered=True))
    model = population(shares("m", {"q": [0, 0, 1.0, 0, 0], "r": [0, 1.0, 0, 0, 0], "even": [1.0, 0, 0, 0]}))
    values = {
        v: social_alignment(model, humans, variant=v, replicates=0).iloc[0]
        for v in ("plain", "merged", "neutral")
    }
    assert values["plain"]["estimate"] == pytest.approx((0.2 + 0.2 + 0.25) / 3)
    assert values["merged"]["estimate"] == pytest.approx((0.2 + 0.7) / 2)
    assert values["neutral"]["estimate"] == pytest.approx((1 + 0.7) / 2)
    assert [values[v]["n_scored"] for v in values] == [3, 2, 2]


def test_scales_are_told_by_their_options_unless_declared():
    frame = shares(
        "Chile", {"q": [0.5, 0.5], "r": [0.2, 0.3, 0.5]}, {"q": ["Yes", "No"], "r": ["x", "y", "z"]}
    )
    found = declared_scales(frame)
    assert found.groupby("question")["ordered"].first().to_dict() == {"q": True, "r": False}
    assert declared_scales(found.assign(ordered=False))["ordered"].tolist() == [False] * 5
