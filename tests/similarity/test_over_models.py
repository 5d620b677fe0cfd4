"""The mean over models of their similarity to groups: paired, so that shared questions don't average out."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import similarity_by_question
from valuestats.similarity.over_models import mean_over_models
from valuestats.tables import Population

QUESTIONS = [f"q{k}" for k in range(60)]


def table(name, shares):
    return pd.DataFrame(
        {
            "group": name,
            "question": np.repeat(QUESTIONS, 4),
            "option": np.tile(list("abcd"), len(QUESTIONS)),
            "position": np.tile(range(4), len(QUESTIONS)),
            "share": np.asarray(shares).ravel(),
        }
    )


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    base = rng.dirichlet(np.full(4, 1.5), 60)
    mixed = lambda w: (1 - w) * base + w * rng.dirichlet(np.full(4, 1.5), 60)  # noqa: E731
    models = Population(pd.concat([table(m, mixed(0.4)) for m in ("a", "b", "c")], ignore_index=True))
    groups = Population(pd.concat([table(g, mixed(w)) for g, w in (("near", 0.2), ("far", 0.9))]))
    return models, groups


def test_estimate_and_error_are_those_of_question_means(tables):
    found = country_similarity(*tables, replicates=4000, seed=1)
    mean = mean_over_models(found)
    by_question = similarity_by_question(*tables).groupby(["group", "question"])["similarity"].mean()
    for row in mean.estimates.itertuples():
        values = by_question[row.group].to_numpy()
        assert row.estimate == pytest.approx(values.mean(), abs=1e-12)
        # the mean over questions of a mean over models: its error is that of the questions' spread
        assert row.std_error == pytest.approx(values.std(ddof=1) / np.sqrt(60), rel=0.06)
        assert row.lower < row.estimate < row.upper
        own = found.estimates[found.estimates["group"] == row.group]
        assert row.baseline == pytest.approx(own["baseline"].mean())
    independent = np.sqrt((found.estimates.groupby("group")["std_error"].agg(lambda e: (e**2).sum())) / 9)
    assert (mean.estimates.set_index("group")["std_error"] > 1.2 * independent).all()


def test_the_group_that_all_represent_worst_is_told(tables):
    mean = mean_over_models(country_similarity(*tables, replicates=1000, seed=1))
    assert set(mean.estimates["model"]) == {"the mean of 3 models"}
    pair = mean.contrasts("group").iloc[0]
    assert (pair["first"], pair["second"]) == ("far", "near")
    assert pair["upper"] < 0
    assert "he mean of 3 models is nearer to near than to far by +0." in mean.sentence()
    assert mean.rank("group").set_index("group")["rank"].to_dict() == {"near": 1, "far": 2}
    assert mean.meta["specification"]["models"] == ["a", "b", "c"]


def test_few_questions_take_students_t_of_the_jackknife(tables):
    models, groups = (Population(t.frame[t.frame["question"].isin(QUESTIONS[:8])]) for t in tables)
    found = country_similarity(models, groups, replicates=2000, seed=1)
    mean = mean_over_models(found).estimates
    by_question = similarity_by_question(models, groups).groupby(["group", "question"])["similarity"].mean()
    for row in mean.itertuples():
        values = by_question[row.group].to_numpy()
        assert row.std_error == pytest.approx(values.std(ddof=1) / np.sqrt(8), rel=0.06)
        assert (row.upper - row.lower) / 2 == pytest.approx(2.365 * row.std_error, rel=0.08)
    three = (Population(t.frame[t.frame["question"].isin(QUESTIONS[:3])]) for t in tables)
    none = mean_over_models(country_similarity(*three, replicates=200)).estimates
    assert none["lower"].isna().all()
    assert (none["interval"] == "none").all()


def test_what_has_no_mean_is_refused_and_missing_groups_are_named(tables):
    models, groups = tables
    one = Population(models.frame[models.frame["group"] == "a"])
    with pytest.raises(SpecificationError, match="no similarities of several models"):
        mean_over_models(country_similarity(one, groups, replicates=20))
    with pytest.raises(SpecificationError, match="no draws"):
        mean_over_models(country_similarity(models, groups, replicates=0))
    halves = models.frame["group"].eq("a") & models.frame["question"].isin(QUESTIONS[:30])
    other = groups.frame["group"].eq("far") & groups.frame["question"].isin(QUESTIONS[:30])
    found = mean_over_models(
        country_similarity(Population(models.frame[~halves]), Population(groups.frame[~other]), replicates=50)
    )
    assert set(found.estimates["group"]) == {"near", "far"}
    lost = models.frame["group"].eq("a") & models.frame["question"].isin(QUESTIONS[30:])
    part = mean_over_models(
        country_similarity(Population(models.frame[~lost]), Population(groups.frame[~other]), replicates=50)
    )
    assert part.estimates["group"].tolist() == ["near"]
    assert "left out, as not every model was compared with it: far" in part.meta["warnings"]
