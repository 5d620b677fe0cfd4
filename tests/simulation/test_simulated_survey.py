"""The simulated survey of demographic groups: weights that undo the drawing, models that keep their rules."""

import numpy as np
import pytest

from valuestats.alignment.demographic import homogenisation
from valuestats.alignment.groups import group_shares
from valuestats.alignment.microdata import survey_answers
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.stereotypes import stereotype_check
from valuestats.simulation.demographics import LEVELS, OPTIONS, cells, simulate_survey
from valuestats.tables import Population, Survey, SurveyDesign
from valuestats.tables.survey import Variable


@pytest.fixture(scope="module")
def survey():
    return simulate_survey(seed=3, respondents=6000, questions=40)


@pytest.fixture(scope="module")
def shares(survey):
    known = {f"G{q + 1:02d}": Variable(f"G{q + 1:02d}", "", dict(enumerate(OPTIONS, 1))) for q in range(40)}
    read = Survey(survey.people.astype(dict.fromkeys(known, float)), known, SurveyDesign("weight"))
    answers = survey_answers(read, list(known), by=list(LEVELS), ordered=True)
    return group_shares(answers, ["age", "gender"], weight="weight")


def test_weighted_shares_are_those_of_the_population(survey, shares):
    frame = shares.frame
    true = [
        survey.truth["shares"][g][q][OPTIONS.index(o)]
        for g, q, o in zip(frame["group"], frame["question"], frame["option"], strict=True)
    ]
    error = (frame["share"] - true) / np.sqrt(
        np.clip(true, 0.01, 0.99) * (1 - np.clip(true, 0.01, 0.99)) / frame["n"]
    )
    assert abs(error.mean()) < 0.1
    assert 0.9 < error.std() < 1.1


def test_weights_undo_unequal_drawing(survey):
    drawn = survey.people.groupby(list(LEVELS))["weight"].sum()
    population = cells().set_index(list(LEVELS))["count"]
    ratio = (drawn / drawn.sum()) / (population / population.sum())
    assert ratio.between(0.8, 1.25).all()
    unweighted = survey.people.groupby(list(LEVELS)).size()
    assert not ((unweighted / unweighted.sum()) / (population / population.sum())).between(0.8, 1.25).all()


def test_models_keep_their_rules(survey, shares):
    answers = ModelAnswers(survey.answers.assign(ordered=True))
    variety = homogenisation(answers, Population(shares.frame), replicates=0).estimates
    found = variety.set_index(["model", "quantity"])["estimate"]
    for row in survey.truth["variety"]:
        for quantity in ("within groups", "between groups"):
            assert found[row["model"], quantity] == pytest.approx(row[quantity], rel=0.35)
    slopes = stereotype_check(answers, shares, replicates=0).estimates
    slopes = slopes[slopes["quantity"] == "exaggeration"].groupby("model")["estimate"].mean()
    assert slopes["model-flat"] < 0.6 < slopes["model-faithful"] < 1.3 < slopes["model-caricature"]
