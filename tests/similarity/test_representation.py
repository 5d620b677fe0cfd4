"""The measures of OpinionQA against loops that follow the paper's definitions, and against known truths."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.representation import opinionqa_measures

CONTEXTS = ("qa", "bio", "portray")
GROUPS = ("left", "middle", "right")
QUESTIONS = [f"q{i}" for i in range(24)]
TOPICS = {q: f"topic {i % 4}" for i, q in enumerate(QUESTIONS)}


def alike(p, q):
    return 1 - wasserstein_distance(range(4), range(4), p, q) / 3


@pytest.fixture
def world():
    rng = np.random.default_rng(8)
    draw = lambda: {q: rng.dirichlet(np.ones(4)).tolist() for q in QUESTIONS}  # noqa: E731
    return {g: draw() for g in GROUPS}, draw(), {(g, c): draw() for g in GROUPS for c in CONTEXTS}


def measured(world, **options):
    people, default, steered = world
    tables = [shares("m", default, ordered=True)]
    tables += [shares("m", d, persona=g, condition=c, ordered=True) for (g, c), d in steered.items()]
    humans = population(*(shares(g, d, ordered=True) for g, d in people.items()))
    return opinionqa_measures(ModelAnswers(pd.concat(tables, ignore_index=True)), humans, **options)


def test_published_definitions(world):
    people, default, steered = world
    result = measured(world, topics=TOPICS, replicates=60)
    found = result.estimates.set_index(["group", "quantity"])["estimate"]
    values = {g: np.array([alike(default[q], people[g][q]) for q in QUESTIONS]) for g in GROUPS}
    for g in GROUPS:
        each = np.array([[alike(steered[g, c][q], people[g][q]) for q in QUESTIONS] for c in CONTEXTS])
        assert found[g, "representativeness"] == pytest.approx(values[g].mean(), abs=1e-12)
        assert found[g, "steerability, published"] == pytest.approx(each.max(axis=0).mean(), abs=1e-12)
        elsewhere = [each[np.delete(each, i, 1).mean(axis=1).argmax(), i] for i in range(len(QUESTIONS))]
        assert found[g, "steerability"] == pytest.approx(np.mean(elsewhere), abs=1e-12)
        assert found[g, "gain"] == pytest.approx(np.mean(elsewhere - values[g]), abs=1e-12)
    topic = np.array([TOPICS[q] for q in QUESTIONS])
    by_topic = np.array([[values[g][topic == t].mean() for t in sorted(set(topic))] for g in GROUPS])
    best = by_topic.mean(axis=1).argmax()
    assert found["all groups", "consistency"] == (by_topic.argmax(axis=0) == best).mean()


def test_the_largest_of_noisy_contexts_is_too_large_and_the_chosen_one_is_not():
    # Three contexts that are equally good: the true steerability is the mean of any of them.
    rng = np.random.default_rng(9)
    size = 900
    people = {f"q{i}": p for i, p in enumerate(rng.dirichlet(np.ones(4), size).tolist())}
    steered = {
        c: {q: rng.dirichlet(8 * np.array(p) + 0.5).tolist() for q, p in people.items()} for c in CONTEXTS
    }
    truth = np.mean([[alike(d[q], people[q]) for q in people] for d in steered.values()])
    tables = [shares("m", d, persona="g", condition=c, ordered=True) for c, d in steered.items()]
    result = opinionqa_measures(
        ModelAnswers(pd.concat(tables)), population(shares("g", people, ordered=True)), replicates=300
    )
    rows = result.estimates.set_index("quantity")
    assert rows.loc["steerability, published", "lower"] > truth + 0.02
    assert rows.loc["steerability", "lower"] < truth < rows.loc["steerability", "upper"]


def test_a_model_that_leans_one_way_is_consistent_and_chance_is_one_in_three(world):
    people, _, _ = world
    leaning = people, people["right"], {}
    result = measured(leaning, topics=TOPICS, replicates=200)
    row = result.estimates.set_index("quantity").loc["consistency"]
    assert row["estimate"] == 1
    assert row["lower"] == 1
    assert row["n_scored"] == 4
    # Exchanged labels: the overall best of three groups leads in each of four topics more often than 1 in 3.
    assert 1 / 3 < row["baseline"] < 0.75


def test_attributes_are_compared_within_themselves(world):
    result = measured(
        world,
        topics=TOPICS,
        attributes={"left": "politics", "right": "politics", "middle": "alone"},
        replicates=0,
    )
    rows = result.estimates[result.estimates["quantity"] == "consistency"]
    assert rows["group"].tolist() == ["politics"]


def test_missing_topics_defaults_and_scales(world):
    people, _, steered = world
    frame = measured(world, replicates=0).estimates
    assert "consistency" not in set(frame["quantity"])
    tables = [shares("m", d, persona=g, condition=c, ordered=True) for (g, c), d in steered.items()]
    humans = population(*(shares(g, d, ordered=True) for g, d in people.items()))
    without = opinionqa_measures(
        ModelAnswers(pd.concat(tables)), humans, topics=TOPICS, replicates=0
    ).estimates
    assert set(without["quantity"]) == {"steerability, published", "steerability"}
    with pytest.raises(SpecificationError, match="ordered scale"):
        opinionqa_measures(
            population(shares("m", {"q": [1.0, 0.0]})), population(shares("g", {"q": [0.0, 1.0]}))
        )


def test_shifting_a_model_towards_a_group_never_lowers_its_representativeness(world):
    people, default, _ = world
    found = []
    for w in np.linspace(0, 1, 6):
        mixed = {
            q: ((1 - w) * np.array(default[q]) + w * np.array(people["left"][q])).tolist() for q in QUESTIONS
        }
        frame = measured((people, mixed, {}), replicates=0).estimates.set_index("group")
        found.append(frame.loc["left", "estimate"])
    assert (np.diff(found) > 0).all()
    assert found[-1] == pytest.approx(1)
