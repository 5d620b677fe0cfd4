"""Distributions over options from log-probabilities, against closed forms."""

import json
from math import isnan, log

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.answers.logprobs import (
    first_token_distribution,
    logprob_distributions,
    option_likelihoods,
)
from valuestats.tables import Responses

LABELS = {"A": 1, "B": 2}


def test_forms_of_one_letter_are_summed():
    forms = ["A", " A", "a", "\u0120A", "\u2581a", "A.", "(a"]
    found = first_token_distribution([(form, log(0.1)) for form in forms] + [("B", log(0.2))], LABELS)
    assert found.probability == pytest.approx({1: 0.7, 2: 0.2})
    assert found.unassigned == pytest.approx(0.1)
    assert found.shares == pytest.approx({1: 7 / 9, 2: 2 / 9})


def test_first_tokens_of_texts():
    labels = {"not like me": 1, "not like me at all": 2, "very much like me": 3, "like me": 4}
    tokens = {"Not": log(0.3), " very": log(0.2), "like": log(0.1), "\n": log(0.05), "The": log(0.05)}
    found = first_token_distribution(tokens, labels)
    assert found.probability == pytest.approx({1: 0, 2: 0, 3: 0.2, 4: 0.1})
    assert found.ambiguous == pytest.approx(0.3)
    assert found.unassigned == pytest.approx(0.4)


def test_labels_of_one_option_are_no_ambiguity():
    assert first_token_distribution({"a": log(0.5)}, {"A": 1, "a little": 1, "B": 2}).probability[
        1
    ] == pytest.approx(0.5)


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=6), st.floats(0, 0.9))
def test_the_parts_sum_to_one(weights, rest):
    total = sum(weights) / (1 - rest)
    tokens = [(letter, log(w / total)) for letter, w in zip("ABCDEF", weights, strict=False)]
    found = first_token_distribution(tokens, LABELS)
    assert sum(found.probability.values()) + found.ambiguous + found.unassigned == pytest.approx(1)
    assert found.unassigned >= rest - 1e-9


def test_the_marks_of_what_is_no_probability():
    assert first_token_distribution({"A": -9999.0, "B": float("-inf")}, LABELS).unassigned == 1
    for wrong in (0.5, float("nan"), True, "x"):
        with pytest.raises(SpecificationError, match="not a log-probability"):
            first_token_distribution({"A": wrong}, LABELS)
    with pytest.raises(SpecificationError, match="sum to more than one"):
        first_token_distribution({"A": log(0.9), "B": log(0.9)}, LABELS)


def test_options_that_were_scored_whole():
    found = option_likelihoods([log(0.2), log(0.3)], [1, 2])
    assert (found.probability, found.unassigned) == (pytest.approx({1: 0.2, 2: 0.3}), pytest.approx(0.5))
    more = option_likelihoods([log(0.9), log(0.6)], [1, 2])
    assert more.probability == pytest.approx({1: 0.6, 2: 0.4})
    assert isnan(more.unassigned)
    for options in ([1], [1, 1]):
        with pytest.raises(SpecificationError, match="one log-probability"):
            option_likelihoods([-1.0, -2.0], options)


def responses(logprobs, options=None):
    return Responses(pd.DataFrame({
        "model": ["m"], "item": ["q"], "epoch": [1], "raw": ["x"], "answer": pd.array([None], dtype="Int64"),
        "status": ["unparsable"], "source_file": ["a.jsonl"], "source_sha256": ["0"], "source_row": [7],
        "logprobs": [logprobs], "options": [options],
    }))  # fmt: skip


def test_the_token_of_the_letter_is_found_behind_others():
    tokens = [{"token": t, "logprob": -0.01} for t in ("ANSWER", ":")]
    tokens.append({"token": " B", "logprob": log(0.6), "top_logprobs": [
        {"token": " B", "logprob": log(0.6)}, {"token": "A", "logprob": log(0.3)}]})  # fmt: skip
    read = responses(json.dumps(tokens), json.dumps(["Not like me", "Like me"]))
    assert logprob_distributions(read, "pvq21").iloc[0][[5, 2, "unassigned"]].tolist() == pytest.approx(
        [0.6, 0.3, 0.1]
    )


@pytest.mark.parametrize(
    "text", ["{", "[]", "3", '[{"logprob": -1}]', '[{"token": "A", "logprob": 3}]', "{}"]
)
def test_columns_that_cannot_be_read(text):
    with pytest.raises(InputError, match="log-probabilities can't be read") as caught:
        logprob_distributions(responses(text), "pvq21")
    assert (caught.value.file, caught.value.row) == ("a.jsonl", 7)


def test_rows_without_are_left_out():
    assert logprob_distributions(responses(None), "pvq21").empty


def test_an_option_that_is_not_on_the_scale_is_unassigned():
    scored = {"options": ["like me", "other"], "logprob": [log(0.5), log(0.3)], "is_greedy": [True, False]}
    read = responses(json.dumps(scored), json.dumps(["like me", "other"]))
    assert logprob_distributions(read, "pvq21").iloc[0][[5, "unassigned"]].tolist() == pytest.approx(
        [0.5, 0.5]
    )
