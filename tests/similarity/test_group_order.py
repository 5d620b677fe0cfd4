"""A similarity answers two questions: nearer than uniform answers, and nearer to which group; neither hides the other."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from valuestats.results.marks import GREY
from valuestats.results.result import Result
from valuestats.results.verdicts import MARKS
from valuestats.similarity.country import country_similarity
from valuestats.tables import Population

QUESTIONS = 30
CUTS = np.array([-1.1, 0.0, 1.1])


def table(name, shares, n=None):
    frame = pd.DataFrame(
        {
            "group": name,
            "question": np.repeat([f"q{k}" for k in range(len(shares))], 4),
            "option": np.tile(list("abcd"), len(shares)),
            "position": np.tile(range(4), len(shares)),
            "share": np.asarray(shares).ravel(),
        }
    )
    return frame if n is None else frame.assign(n=n)


def cut(place):
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    return np.diff(norm.cdf(edges - place[:, None]), axis=1)


def moderate(answers, seed=0, people=400, apart=0.6, **options):
    """A model whose answers are drawn from D's own shares, which lie near to even; R stands on the other side."""
    rng = np.random.default_rng(seed)
    middle, lean = rng.normal(0, 0.25, QUESTIONS), rng.normal(0, apart, QUESTIONS)
    own = {"D": cut(middle + lean), "R": cut(middle - lean)}
    drawn = np.array([rng.multinomial(answers, p) for p in own["D"]]) / answers
    groups = Population(pd.concat([table(g, p, people) for g, p in own.items()], ignore_index=True))
    return country_similarity(
        Population(table("m", drawn, answers)), groups, seed=1, replicates=300, **options
    )


def signs(found, column):
    return found.verdict.rows.set_index("group")[column].to_dict()


def test_a_model_below_uniform_answers_may_stand_nearer_to_one_group():
    """It answers the opposite of everybody, and D holds what it rejects less firmly."""
    rng = np.random.default_rng(3)
    base, own = rng.choice([-1.2, 1.2], QUESTIONS), rng.normal(0, 0.2, QUESTIONS)
    model = Population(table("m", cut(-base + own)))
    groups = Population(pd.concat([table("D", cut(0.7 * base)), table("R", cut(base))]))
    found = country_similarity(model, groups, seed=1, replicates=300)
    assert (found.estimates["upper"] < found.estimates["baseline"]).all()
    assert signs(found, "answers") == {"D": "none", "R": "none"}
    assert signs(found, "group order") == {"D": "sound", "R": "sound"}
    assert found.contrasts("group")["differs"].all()
    assert signs(found, "sign") == {"D": "care", "R": "care"}
    assert found.verdict.sign == "care"
    said = found.sentence()
    assert said.startswith("m is nearer to D than to R by +0.")
    assert "whether a model answers more like people than uniform answers do is known of none" in said
    told = found.verdict.sentence()
    assert told.startswith(f"Against uniform answers: {MARKS['none']} no finding: all")
    assert f"Among the groups: {MARKS['sound']} sound: all" in told


@pytest.mark.parametrize("seed", range(6))
def test_too_few_answers_for_the_baseline_are_never_called_no_finding(seed):
    found = moderate(12, seed, people_uncertainty="jackknife")
    assert set(found.verdict.rows["answers"]) == {"untested"}
    differs = bool(found.contrasts("group")["differs"].iloc[0])
    assert set(found.verdict.rows["group order"]) == ({"care"} if differs else {"none"})
    assert found.verdict.sign == ("care" if differs else "untested")
    assert found.sentence().startswith("m is nearer to D than to R") == differs


@pytest.mark.parametrize("answers", [3, 6])
def test_a_handful_of_answers_a_question_tell_no_order_either(answers):
    """``benchmarks/group_order_coverage.py``: of six, unlike groups are told apart wrongly in .08, of twelve in .05."""
    found = moderate(answers, apart=1.2, people_uncertainty="jackknife")
    assert found.contrasts("group")["differs"].all()
    assert set(found.verdict.rows["group order"]) == {"untested"}
    assert found.verdict.sign == "untested"
    assert "nearer" not in found.sentence()


def test_what_is_no_finding_is_grey_in_the_figure():
    rng = np.random.default_rng(3)
    base = rng.choice([-1.2, 1.2], QUESTIONS)
    groups = Population(pd.concat([table("D", cut(base)), table("R", cut(0.9 * base))]))
    models = Population(pd.concat([table("near", cut(base)), table("against", cut(-base))]))
    found = country_similarity(models, groups, seed=1, replicates=0)
    drawn = found.plot().to_dict()
    points = next(rows for rows in drawn["datasets"].values() if "silent" in rows[0])
    silent = {row["model"] for row in points if row["silent"]}
    assert silent == {"against"}
    colour = drawn["spec"]["layer"][2]["encoding"]["color"]
    assert colour["condition"] == {"test": "datum.silent && datum.kind == 'model'", "value": GREY}


def test_groups_that_are_alike_are_told_apart_by_nothing():
    found = moderate(100, apart=0.0)
    assert set(found.verdict.rows["group order"]) == {"none"}
    assert "nearer" not in found.sentence()
    told = [r for r in found.verdict.reasons if r.aspect == "groups"]
    assert {(r.sign, r.text) for r in told} == {("none", "not told from the other groups")}
    # nothing against the numbers themselves
    assert not [r for r in found.verdict.against if r.aspect == "groups"]


def test_one_group_no_replicates_and_answers_for_the_group_itself_have_no_order():
    whole = moderate(100)
    assert "group order" in whole.verdict.rows.columns
    bare = moderate(100).estimates
    none = country_similarity(
        Population(table("m", cut(np.zeros(5)))),
        Population(pd.concat([table("D", cut(np.ones(5))), table("R", cut(-np.ones(5)))])),
        replicates=0,
    )
    assert "group order" not in none.verdict.rows.columns
    assert len(bare) == 2


def test_few_questions_leave_the_order_untested():
    found = country_similarity(
        Population(table("m", cut(np.array([0.5, 1.0, 0.2])))),
        Population(pd.concat([table("D", cut(np.array([0.5, 1.0, 0.3]))), table("R", cut(np.zeros(3)))])),
        replicates=100,
    )
    assert set(found.verdict.rows["group order"]) == {"untested"}


def test_the_verdict_of_two_questions_is_stored(tmp_path):
    found = moderate(12, people_uncertainty="jackknife")
    back = Result.load(found.save(tmp_path / "r"))
    assert back.verdict.sentence() == found.verdict.sentence()
    assert back.sentence() == found.sentence()
