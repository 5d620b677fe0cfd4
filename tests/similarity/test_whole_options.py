"""Options that nobody of one side chose: questions stay, and distances are those of the whole set."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon

from valuestats.alignment.demographic import demographic_alignment
from valuestats.similarity.answer_shares import answer_shares
from valuestats.similarity.whole_options import with_whole_options
from valuestats.tables import Responses

SCALE = ["Strongly favor", "Favor", "Oppose", "Strongly oppose"]


def frame(group, question, shares, positions=None, **columns):
    return pd.DataFrame(
        {
            "group": group,
            "question": question,
            "option": list(shares),
            "position": positions or range(len(shares)),
            "share": list(shares.values()),
            **columns,
        }
    )


def respondents(rng, n=80):
    """Of q0 nobody chose the last option, of q1 everybody one of the four; words without a place."""
    rows = []
    for q, options in (("q0", SCALE[:3]), ("q1", SCALE)):
        chosen = rng.choice(len(options), 2 * n)
        rows.append(
            pd.DataFrame(
                {
                    "respondent": range(2 * n),
                    "question": q,
                    "option": [options[k] for k in chosen],
                    "party": ["x", "y"] * n,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def answers(rng):
    rows = [("m", q, e, int(rng.integers(4))) for q in ("q0", "q1") for e in range(60)]
    table = pd.DataFrame(rows, columns=["model", "item", "epoch", "answer"]).assign(status="valid")
    return answer_shares(Responses(table), options=dict(enumerate(SCALE)))


def test_the_question_stays_and_the_distance_is_that_of_the_whole_set():
    people, own = respondents(np.random.default_rng(0)), answers(np.random.default_rng(1))
    found = demographic_alignment(own, people, ["party"], replicates=0, people_uncertainty="none")
    assert found.estimates["n_scored"].tolist() == [2, 2]
    assert "options that nobody chose are shares of 0: Strongly oppose of q0" in found.meta["warnings"]
    model = own.frame.set_index(["question", "option"])["share"]
    for row in found.estimates.itertuples():
        share = people[people["party"] == row.group].groupby(["question", "option"]).size()
        away = []
        for q in ("q0", "q1"):
            theirs = np.array([share.get((q, o), 0) for o in SCALE], float)
            away.append(jensenshannon([model[q, o] for o in SCALE], theirs, base=2))
        assert row.estimate == pytest.approx(1 - np.mean(away), abs=1e-12)


def test_a_known_scale_orders_what_came_by_the_alphabet():
    people, own = respondents(np.random.default_rng(0)), answers(np.random.default_rng(1))
    scaled = frame("x", "q0", dict.fromkeys(sorted(SCALE[:3]), 1 / 3), ordered=False)
    whole, model, _ = with_whole_options(scaled, own.frame.assign(ordered=True))
    for table in (whole, model):
        part = table[table["question"] == "q0"].sort_values("position")
        assert part["option"].tolist() == SCALE
        assert part["ordered"].all()
    assert len(people)


def test_where_two_counts_disagree_the_question_is_on_no_scale():
    theirs = frame("x", "q", {"red": 0.2, "green": 0.3, "blue": 0.5}, ordered=True)
    own = frame("m", "q", {"green": 0.2, "red": 0.3, "blue": 0.4, "grey": 0.1}, ordered=True)
    whole, model, said = with_whole_options(theirs, own)
    assert not whole["ordered"].any()
    assert not model["ordered"].any()
    assert said == ["options that nobody chose are shares of 0: grey of q"]


def test_refusals_and_other_options_are_not_made_up():
    theirs = frame("x", "q", {"yes": 0.5, "no": 0.5})
    refused = frame("m", "q", {"yes": 0.4, "no": 0.4, "Don't know": 0.2})
    other = frame("m", "q", {"yes": 0.4, "perhaps": 0.6})
    for own in (refused, other):
        whole, model, said = with_whole_options(theirs, own)
        assert len(whole) == 2
        assert len(model) == len(own)
        assert not said
