"""Country similarity: hand-worked cases, invariances, policies, and what it refuses."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.results.result import Result
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import group_similarity, similarity_by_question
from valuestats.similarity.options import is_refusal_option
from valuestats.tables import Population

QUESTIONS = [f"q{i}" for i in range(12)]


def drawn(seed, group, questions=QUESTIONS, **columns):
    rng = np.random.default_rng([seed, len(questions)])
    sizes = {q: 2 + i % 4 for i, q in enumerate(QUESTIONS)}
    return shares(group, {q: rng.dirichlet(np.ones(sizes[q])) for q in questions}, **columns)


@pytest.fixture
def people():
    return population(drawn(1, "Chile"), drawn(2, "Peru", QUESTIONS[:8]), drawn(3, "Japan", QUESTIONS[4:]))


@pytest.fixture
def answers():
    return population(drawn(4, "m1"), drawn(5, "m2", QUESTIONS[2:]))


def by_hand(one, two):
    """Mean of 1 - SciPy's distance over the shared questions."""
    a, b = ({q: f["share"].to_numpy() for q, f in t.groupby("question")} for t in (one, two))
    shared = sorted(a.keys() & b.keys())
    return np.mean([1 - jensenshannon(a[q], b[q], base=2) for q in shared]), shared


def test_estimates_baseline_and_ceiling_by_hand(answers, people):
    result = country_similarity(answers, people, replicates=50)
    tables = dict(list(people.frame.groupby("group")))
    for row in result.estimates.itertuples():
        model = answers.frame[answers.frame["group"] == row.model]
        expected, shared = by_hand(model, tables[row.group])
        assert row.estimate == pytest.approx(expected, abs=1e-12)
        assert row.n_scored == row.n_asked == row.n_questions == len(shared)
        even = tables[row.group].assign(share=lambda f: 1 / f.groupby("question")["share"].transform("size"))
        even = even[even["question"].isin(shared)]
        assert row.baseline == pytest.approx(by_hand(even, tables[row.group])[0], abs=1e-12)
        ceilings = []
        for question in shared:
            own = tables[row.group][tables[row.group]["question"] == question]
            others = [t[t["question"] == question] for name, t in tables.items() if name != row.group]
            found = [by_hand(own, other)[0] for other in others if len(other)]
            ceilings += [np.mean(found)] if found else []
        assert row.n_ceiling == len(ceilings)
        assert row.ceiling == pytest.approx(np.mean(ceilings), abs=1e-12)


def test_bootstrap_is_that_of_a_mean_and_shared_between_pairs(answers, people):
    result = country_similarity(answers, people, replicates=4000, seed=3)
    assert result.replicates().dims == ("draw", "model", "group")
    detail = similarity_by_question(answers, people)
    values = detail.groupby(["model", "group"])["similarity"]
    expected = values.std(ddof=0) / np.sqrt(values.size())
    found = result.estimates.set_index(["model", "group"])["std_error"]
    # Full tables: the SD of the bootstrap mean is the plug-in standard error, up to 4,000 replicates.
    assert found["m1", "Chile"] == pytest.approx(expected["m1", "Chile"], rel=0.05)
    contrast = result.contrast("model", "m1", "m1")
    assert (contrast[["estimate", "lower", "upper"]] == 0).all(axis=None)


def test_same_seed_same_replicates_and_saved_results_come_back(answers, people, tmp_path):
    one, two = (country_similarity(answers, people, replicates=100, seed=9) for _ in range(2))
    assert np.array_equal(one.replicates(), two.replicates())
    again = Result.load(one.save(tmp_path / "result"))
    pd.testing.assert_frame_equal(again.estimates, one.estimates, check_dtype=False)
    assert np.array_equal(again.replicates(), one.replicates())
    assert again.meta["reports"] == one.meta["reports"]


def test_order_of_rows_models_and_options_does_not_matter(answers, people):
    turned = answers.frame.assign(
        position=lambda f: f.groupby(["group", "question"])["share"].transform("size") - 1 - f["position"]
    ).sample(frac=1, random_state=0)
    one = country_similarity(answers, people, replicates=20)
    two = country_similarity(Population(turned), people, replicates=20)
    pd.testing.assert_frame_equal(one.estimates, two.estimates)


def test_a_model_that_answers_as_a_country_is_at_similarity_one(people):
    chile = people.frame[people.frame["group"] == "Chile"].assign(group="copy")
    row = country_similarity(Population(chile), people).estimates.set_index("group").loc["Chile"]
    assert (row[["estimate", "lower", "upper"]] == 1).all()


def test_answers_given_for_a_country_are_compared_to_that_country_only(people):
    frame = pd.concat(
        [
            drawn(6, "m1", persona="Chile"),
            drawn(7, "m1", persona="Peru"),
            drawn(8, "m2", persona="Chile"),
            drawn(8, "m2", persona="Atlantis"),
            drawn(9, "m2", persona=None),
        ],
        ignore_index=True,
    )
    result = country_similarity(ModelAnswers(frame), people, replicates=10, match="group")
    pairs = list(zip(result.estimates["model"], result.estimates["group"], strict=True))
    assert pairs == [("m1", "Chile"), ("m1", "Peru"), ("m2", "Chile")]
    expected = by_hand(drawn(7, "m1"), people.frame[people.frame["group"] == "Peru"])[0]
    assert result.estimates["estimate"][1] == pytest.approx(expected, abs=1e-12)
    assert result.meta["reports"]["unmatched_personas"] == ["Atlantis"]
    assert any("without a persona" in w for w in result.meta["warnings"])
    plain = country_similarity(ModelAnswers(frame), people, replicates=10, match="default")
    assert set(plain.estimates["model"]) == {"m2"}
    assert len(plain.estimates) == 3
    with pytest.raises(SpecificationError, match="personas only") as caught:
        country_similarity(ModelAnswers(frame), people, replicates=10)
    assert "m1" in str(caught.value)
    assert "'default'" in str(caught.value)


def test_unusable_answers_are_asked_but_not_scored(people):
    frame = drawn(4, "m1")
    frame.loc[frame["question"].isin(["q0", "q1", "q5"]), "share"] = 0.0
    rows = country_similarity(Population(frame), people, replicates=10).estimates.set_index("group")
    assert rows.loc["Chile", ["n_asked", "n_scored"]].tolist() == [12, 9]
    assert rows.loc["Japan", ["n_asked", "n_scored"]].tolist() == [8, 7]
    total = rows.loc["Chile", "estimate"] * 9
    assert rows.loc["Chile", "bound_lower"] == pytest.approx(total / 12)
    assert rows.loc["Chile", "bound_upper"] == pytest.approx((total + 3) / 12)


def test_countries_without_an_answer_are_not_asked_and_are_named(answers):
    chile = drawn(1, "Chile")
    chile.loc[chile["question"] == "q3", "share"] = 0.0
    result = country_similarity(answers, population(chile), replicates=10)
    assert result.estimates["n_asked"].tolist() == [11, 9]
    assert result.meta["reports"]["empty_people"] == ["Chile: q3"]
    assert result.estimates["ceiling"].isna().all()
    assert result.estimates["n_ceiling"].tolist() == [0, 0]


def test_refusal_options_are_kept_by_default_and_dropped_on_request():
    options = {"q": ["yes", "no", "Don't know"], "r": ["yes", "DK/Refused"]}
    humans = shares("Chile", {"q": [0.5, 0.3, 0.2], "r": [0.9, 0.1]}, options)
    model = shares("m", {"q": [0.9, 0.1, 0.0], "r": [1.0, 0.0]}, options)
    kept = country_similarity(Population(model), Population(humans), replicates=0)
    dropped = country_similarity(Population(model), Population(humans), replicates=0, refusal_options="drop")
    assert kept.estimates["estimate"][0] == pytest.approx(by_hand(model, humans)[0])
    assert dropped.estimates["estimate"][0] == pytest.approx(1 - jensenshannon([0.9, 0.1], [5, 3], base=2))
    assert dropped.estimates["n_scored"][0] == 1
    assert dropped.meta["reports"]["refusal_options"] == {"DK/Refused": 1, "Don't know": 1}
    assert "left out: 1 question with a single option" in dropped.meta["warnings"]
    assert kept.draws is None
    assert kept.estimates["interval"].tolist() == ["none"]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("DK/Refused", True),
        ("Don't know", True),
        ("Don’t know", True),
        ("Don't know/Refused", True),
        ("No answer", True),
        ("No answer/refused", True),
        ("Missing; Not applicable for other reasons", True),
        ("Other missing; Multiple answers Mail (EVS)", True),
        ("INAP: No internet/no social media", True),
        ("Refused", True),
        ("No", False),
        ("No, I do not know anyone", False),
        ("Neither (DO NOT READ)", False),
        ("Depends on the situation (VOL)", False),
        ("Not mentioned", False),
        ("Other answer", False),
        ("Not applicable to me, I agree", True),
    ],
)
def test_which_options_are_refusals(option, expected):
    assert is_refusal_option(option) is expected


def test_a_text_with_two_option_sets_is_two_questions_and_is_named():
    one = shares("Chile", {"q": [0.5, 0.5]}, {"q": ["yes", "no"]})
    two = shares("Peru", {"q": [0.5, 0.2, 0.3]}, {"q": ["yes", "no", "perhaps"]})
    model = shares("m", {"q": [0.4, 0.6]}, {"q": ["no", "yes"]})
    result = country_similarity(Population(model), population(one, two), replicates=10)
    assert result.estimates["group"].tolist() == ["Chile"]
    assert result.meta["reports"]["two_option_sets"] == ["q"]
    assert result.estimates["estimate"][0] == pytest.approx(1 - jensenshannon([0.6, 0.4], [1, 1], base=2))


def test_an_option_that_stands_twice_is_matched_by_its_place():
    options = {"q": ["yes", "other", "other"]}
    humans = shares("Chile", {"q": [0.5, 0.1, 0.4]}, options)
    result = country_similarity(
        Population(humans.assign(group="m")), Population(humans.sample(frac=1, random_state=1)), replicates=0
    )
    assert result.estimates["estimate"][0] == 1


def test_special_samples_of_a_country_are_named_and_are_no_other_country():
    tables = [drawn(1, "India"), drawn(2, "India (Old national sample)"), drawn(3, "Nepal")]
    result = country_similarity(population(drawn(4, "m")), population(*tables), replicates=10)
    assert result.meta["reports"]["pseudo_countries"] == ["India (Old national sample)"]
    expected = by_hand(tables[0], tables[2])[0]
    ceiling = result.estimates.set_index("group").loc["India", "ceiling"]
    assert ceiling == pytest.approx(expected, abs=1e-12)


def test_similarities_between_countries(people):
    found = group_similarity(people).set_index(["group", "other"])
    tables = dict(list(people.frame.groupby("group")))
    for one, two in itertools.permutations(tables, 2):
        expected, shared = by_hand(tables[one], tables[two])
        assert found.loc[(one, two), "similarity"] == pytest.approx(expected, abs=1e-12)
        assert found.loc[(one, two), "n_questions"] == len(shared)


def test_questions_one_by_one_average_to_the_estimate(answers, people):
    detail = similarity_by_question(answers, people)
    estimates = country_similarity(answers, people, replicates=0).estimates
    means = detail.groupby(["model", "group"])["similarity"].mean()
    assert means.to_numpy() == pytest.approx(estimates["estimate"].to_numpy(), abs=1e-12)
    first = detail.iloc[0]
    assert len(json.loads(first["options"])) == len(json.loads(first["answer_shares"]))
    again = jensenshannon(json.loads(first["answer_shares"]), json.loads(first["people_shares"]), base=2)
    assert first["distance"] == pytest.approx(again, abs=1e-4)


def test_wasserstein_uses_declared_scales_only():
    scale = {"q": ["low", "middle", "high"]}
    humans = population(
        shares("Chile", {"q": [1.0, 0.0, 0.0]}, scale, ordered=True),
        shares("Chile", {"r": [0.5, 0.5, 0.0]}, ordered=None),
    )
    model = Population(shares("m", {"q": [0.0, 1.0, 0.0], "r": [1.0, 0.0, 0.0]}))
    model = Population(model.frame.assign(option=humans.frame["option"]))
    result = country_similarity(model, humans, measure="wasserstein", replicates=0)
    assert result.estimates["estimate"].tolist() == [0.5]
    assert result.estimates["n_scored"].tolist() == [1]
    with pytest.raises(SpecificationError, match="ordered scale"):
        country_similarity(
            model, Population(humans.frame.drop(columns="ordered")), measure="wasserstein", replicates=0
        )


def test_one_question_and_one_country_have_no_interval():
    one = population(shares("Chile", {"q": [0.5, 0.5]}))
    row = country_similarity(population(shares("m", {"q": [1.0, 0.0]})), one).estimates.iloc[0]
    assert row["estimate"] == pytest.approx(1 - jensenshannon([1, 0], [1, 1], base=2))
    assert row[["std_error", "lower", "upper", "ceiling"]].isna().all()
    assert row["interval"] == "none"


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"measure": "euclid"}, "measure"),
        ({"base": 0.5}, "base"),
        ({"refusal_options": "hide"}, "refusal_options"),
        ({"match": "nearest"}, "match"),
        ({"replicates": -1}, "replicates"),
        ({"level": 1.0}, "level"),
    ],
)
def test_impossible_requests_are_refused(answers, people, options, parameter):
    with pytest.raises(SpecificationError) as caught:
        country_similarity(answers, people, **options)
    assert caught.value.parameter == parameter


def test_no_shared_question_is_an_error_that_says_so(people):
    stranger = population(shares("m", {"z": [0.5, 0.5]}))
    with pytest.raises(SpecificationError, match="share no question"):
        country_similarity(stranger, people)
    silent = Population(drawn(4, "m").assign(share=0.0))
    with pytest.raises(SpecificationError, match="share no question"):
        country_similarity(silent, people)
    elsewhere = ModelAnswers(drawn(4, "m", persona="Atlantis"))
    with pytest.raises(SpecificationError, match="Atlantis"):
        country_similarity(elsewhere, people)
    with pytest.raises(SpecificationError, match="default"):
        country_similarity(elsewhere, people, match="default")
