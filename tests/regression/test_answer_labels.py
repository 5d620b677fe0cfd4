"""Answers as words: the same fit as from their codes, and one clear error where a word is none of the scale."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.instruments import AnswerScale
from valuestats.regression.answer_labels import coded_answers
from valuestats.regression.fit import fit_ordinal

WORDS = ["not at all", "a little", "very much"]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    model = np.repeat(["a", "b"], 60)
    answer = rng.choice([1, 2, 3], 120, p=[0.3, 0.4, 0.3])
    return pd.DataFrame({"model": model, "answer": answer})


@pytest.fixture(scope="module")
def by_code(rows):
    return fit_ordinal("answer ~ model", rows, engine="ml")


@pytest.mark.parametrize(
    ("spoken", "scale"),
    [
        (lambda a: a.map(dict(enumerate(WORDS, 1))), WORDS),
        (lambda a: a.map({1: " Not at all.", 2: "A LITTLE", 3: "very  much"}), WORDS),
        (lambda a: a.map(dict(enumerate(WORDS, 1))), AnswerScale(dict(enumerate(WORDS, 1)))),
        (lambda a: pd.Categorical.from_codes(a - 1, categories=WORDS, ordered=True), None),
        (lambda a: pd.Categorical.from_codes(a - 1, categories=WORDS, ordered=True), (1, 3)),
        (lambda a: pd.Categorical.from_codes(a - 1, categories=WORDS), WORDS),
        (lambda a: pd.Categorical(a, categories=[1, 2, 3], ordered=True), None),
        (lambda a: a.astype(str), None),
        (lambda a: a, WORDS),
    ],
    ids=[
        "words",
        "other case",
        "scale",
        "ordered",
        "ordered, ends",
        "unordered",
        "numbers",
        "digits",
        "named",
    ],
)
def test_words_give_the_fit_of_their_codes(rows, by_code, spoken, scale):
    found = fit_ordinal(
        "answer ~ model", rows.assign(answer=spoken(rows["answer"])), scale=scale, engine="ml"
    )
    pd.testing.assert_frame_equal(found.estimates, by_code.estimates)
    named = scale is not None and not isinstance(scale, tuple)
    ordered = scale is None or isinstance(scale, tuple)
    words = spoken(rows["answer"])
    if named or (ordered and str(words.dtype) == "category" and words.categories.dtype != "int64"):
        assert found.result.meta["labels"] == {"1": WORDS[0], "2": WORDS[1], "3": WORDS[2]}
    else:
        assert "labels" not in found.result.meta


def test_a_scale_of_words_goes_on_from_its_own_codes():
    scale = AnswerScale({0: "no", 1: "yes"}, aliases={"yep": 1})
    coded, ends, names = coded_answers(pd.Series(["Yep", "no", "1"]), scale)
    assert (coded.tolist(), ends, names) == ([1, 0, 1], (0, 1), {0: "no", 1: "yes"})


@pytest.mark.parametrize(
    ("answers", "scale", "said"),
    [
        (["yes", "perhaps"], None, "words of a stated scale"),
        (["yes", "perhaps"], ["no", "yes"], "none of the words of the scale"),
        (["yes", "no"], ["yes", "Yes."], "must differ"),
        (["yes", "no"], ["yes"], "must differ"),
        ([1, 2], (1, 2, 3), "not a scale"),
        (pd.Categorical(["a", "b"], ordered=True), (1, 5), "not as many"),
        (pd.Categorical(["a", "b"]), None, "words of a stated scale"),
        ([True, False], None, "words of a stated scale"),
        ([1, 4], ["no", "partly", "yes"], "off the scale"),
    ],
)
def test_what_is_no_answer_is_said(answers, scale, said):
    data = pd.DataFrame({"answer": answers, "model": ["a", "b"]})
    with pytest.raises(SpecificationError, match=said):
        fit_ordinal("answer ~ 1", data, scale=scale, engine="ml")


def test_rows_without_an_answer_need_no_word(rows, by_code):
    told = rows["answer"].map(dict(enumerate(WORDS, 1)))
    silent = pd.DataFrame({"model": ["a"], "answer": ["I'd rather not"], "status": ["refusal"]})
    data = pd.concat([rows.assign(answer=told, status="valid"), silent], ignore_index=True)
    found = fit_ordinal("answer ~ model", data, scale=WORDS, engine="ml")
    assert found.estimates["estimate"].tolist() == by_code.estimates["estimate"].tolist()
    assert found.estimates["n_asked"].unique().tolist() == [121]
