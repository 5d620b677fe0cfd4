"""Which answers are compared where a table holds several conditions: no verb mixes or drops any without a word."""

import numpy as np
import pandas as pd
import pytest
from small_shares import population, shares

from valuestats.alignment.demographic import demographic_alignment, homogenisation
from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.adjusted import adjusted_similarity
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import similarity_by_question
from valuestats.similarity.representation import opinionqa_measures
from valuestats.similarity.social import social_alignment
from valuestats.similarity.steering import steering_effect
from valuestats.similarity.stereotypes import stereotype_check

QUESTIONS = [f"q{k}" for k in range(30)]
GROUPS = ("D", "R")


def opposed():
    """Shares of two groups that are opposites, the model's by default (exactly D's) and asked as R (exactly R's)."""
    rng = np.random.default_rng(1)
    return {g: {q: rng.dirichlet(np.ones(4)) for q in QUESTIONS} for g in GROUPS}


def asked(*more):
    own = opposed()
    parts = [shares("m", own["D"], persona=None), shares("m", own["R"], persona="R"), *more]
    return ModelAnswers(pd.concat(parts, ignore_index=True))


def people():
    return population(*(shares(g, opposed()[g]) for g in GROUPS))


def respondents(n=120):
    rng = np.random.default_rng(2)
    rows = []
    for group, own in opposed().items():
        for q, share in own.items():
            options = sorted(shares("x", {q: share})["option"].unique())
            order = shares("x", {q: share}).sort_values("option")["share"].to_numpy()
            rows.append(
                pd.DataFrame(
                    {
                        "respondent": [f"{group}{k}" for k in range(n)],
                        "question": q,
                        "option": rng.choice(options, n, p=order / order.sum()),
                        "party": group,
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def by_default(found):
    return found.set_index("group")["estimate"]["D"], found.set_index("group")["persona"].isna().all()


VERBS = {
    "country_similarity": lambda a, **k: country_similarity(a, people(), replicates=20, **k).estimates,
    "demographic_alignment": lambda a, **k: (
        demographic_alignment(
            a, respondents(), ["party"], replicates=20, people_uncertainty="none", **k
        ).estimates
    ),
    "social_alignment": lambda a, **k: social_alignment(a, people(), replicates=0, **k),
    "adjusted_similarity": lambda a, **k: adjusted_similarity(a, people(), replicates=0, **k),
    "similarity_by_question": lambda a, **k: (
        similarity_by_question(a, people(), **k)
        .groupby(["model", "group"])
        .agg(estimate=("similarity", "mean"), persona=("persona", "first"))
        .reset_index()
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_the_default_is_whom_the_model_answers_like_without_a_persona(verb):
    """Before, the answers given for R were compared with R, and D was gone."""
    found = VERBS[verb](asked())
    assert set(found["group"]) == set(GROUPS)
    assert found["persona"].isna().all()
    assert found.loc[found["estimate"].idxmax(), "group"] == "D"
    alone = asked().frame
    plain = VERBS[verb](ModelAnswers(alone[alone["persona"].isna()].drop(columns="persona")))
    assert found["estimate"].to_numpy() == pytest.approx(plain["estimate"].to_numpy(), abs=1e-12)


@pytest.mark.parametrize("verb", VERBS)
def test_answers_for_a_group_are_compared_with_it_where_they_are_asked_for_or_all_there_are(verb):
    named = VERBS[verb](asked(), match="group")
    assert named[["group", "persona"]].to_numpy().tolist() == [["R", "R"]]
    frame = asked().frame
    only = VERBS[verb](ModelAnswers(frame[frame["persona"].notna()]))
    assert only["estimate"].tolist() == pytest.approx(named["estimate"].tolist())
    with pytest.raises(SpecificationError, match="every answer was given for a persona"):
        VERBS[verb](ModelAnswers(frame[frame["persona"].notna()]), match="default")


@pytest.mark.parametrize("verb", VERBS)
def test_a_model_that_answered_for_personas_only_is_not_dropped_in_silence(verb):
    other = shares("n", opposed()["R"], persona="R")
    with pytest.raises(SpecificationError, match="personas only") as caught:
        VERBS[verb](asked(other))
    for part in ("n", "match='default'", "match='group'"):
        assert part in str(caught.value)


@pytest.mark.parametrize("by_people", [True, False])
def test_what_was_compared_and_what_was_not_stands_in_meta_and_sentence(by_people):
    strange = shares("m", opposed()["R"], persona="65+")

    def call(**options):
        if by_people:
            return demographic_alignment(asked(strange), respondents(), ["party"], replicates=20, **options)
        return country_similarity(asked(strange), people(), replicates=20, **options)

    plain, named = call(), call(match="group")
    assert plain.meta["specification"]["match"] == "default"
    assert plain.sentence().startswith("By default, asked without a persona: m answers most like ")
    assert "ot compared: answers given for 2 personas (65+, R)" in plain.sentence()
    assert named.meta["specification"]["match"] == "group"
    assert named.sentence().startswith("Of answers given for the group itself: m answers most like ")
    for part in ("answers without a persona", "answers given for 65+, whom no group is called by"):
        assert part in named.sentence()
        assert any(part in w for w in named.meta["warnings"])


OTHERS = {
    "steering_effect": steering_effect,
    "stereotype_check": stereotype_check,
    "opinionqa_measures": opinionqa_measures,
    "homogenisation": homogenisation,
}


@pytest.mark.parametrize("verb", OTHERS)
def test_answers_in_another_language_and_strange_personas_are_named(verb):
    own = opposed()
    extra = [
        shares("m", own["D"], persona="D"),
        shares("m", own["D"], persona="65+"),
        shares("m", own["D"], persona="D", language="es"),
    ]
    table = asked(*extra).frame
    table["ordered"] = True
    told = people().frame.assign(ordered=True)
    found = OTHERS[verb](ModelAnswers(table), type(people())(told), replicates=10)
    assert "ot compared: answers under 1 language (es)" in found.sentence()
    assert any("65+" in w for w in found.meta["warnings"])


def test_personas_that_match_nothing_are_listed():
    frame = asked(shares("m", opposed()["R"], persona="Republicans")).frame
    with pytest.raises(SpecificationError) as caught:
        steering_effect(ModelAnswers(frame[frame["persona"] != "R"]), people())
    assert "personas Republicans; groups D, R" in str(caught.value)


def test_options_that_differ_are_named_and_no_question_is_dropped_in_silence():
    table = asked().frame
    last = table["question"] == "q29"
    table.loc[last, "option"] = table.loc[last, "option"].astype(str) + "!"
    found = country_similarity(ModelAnswers(table), people(), replicates=0)
    (said,) = [w for w in found.meta["warnings"] if "other options" in w]
    assert said.startswith(
        "left out for other options on the two sides: 1 question, q29: people's options a, b, c, d"
    )
