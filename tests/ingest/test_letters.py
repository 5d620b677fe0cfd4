"""Option letters: what a text names, and which option stood behind it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.ingest.answers.letters import LETTERS, listed_options, option_code, order_of, read_letter
from valuestats.instruments import AnswerScale

OPTIONS = ["Like me", "A little like me", "Not like me"]
SCALE = AnswerScale({1: "Not like me", 2: "A little like me", 3: "Like me"})


@pytest.mark.parametrize(
    "text",
    ["B", "b", " (B).", "**B**", "B)", "ANSWER: B", "The answer is B.", "My final answer: (b)", "B) A little like me",
     "Answer: B. A little like me", "Let me think.\n\nANSWER: B", "B. A little like me\n\nAnswer: B"],
)  # fmt: skip
def test_texts_that_name_a_letter(text):
    assert read_letter(text, OPTIONS).option == "A little like me"


@pytest.mark.parametrize(
    "text",
    ["A little like me", "A person like this?", "", "I", "It is like me.\nA", "Like me", "B is for bee"],
)
def test_texts_that_name_none(text):
    if text == "I":  # the ninth letter: no such option
        assert read_letter(text, OPTIONS).option is None
    else:
        assert read_letter(text, OPTIONS) is None


@pytest.mark.parametrize("text", ["D", "Answer: Z", "A) Not like me", "ANSWER: A\nANSWER: B"])
def test_contradictions_are_no_answer(text):
    assert read_letter(text, OPTIONS) == (None, "letter contradicted")


@given(st.permutations(OPTIONS), st.integers(0, 2))
def test_the_code_depends_on_the_option_and_not_on_its_place(order, place):
    assert option_code(read_letter(LETTERS[place], order).option, SCALE) == option_code(order[place], SCALE)


def test_orders_by_code():
    told = {order_of(order, SCALE) for order in itertools.permutations(OPTIONS)}
    assert told == {"ascending", "descending", "1-3-2", "2-1-3", "2-3-1", "3-1-2"}
    assert order_of(["Like me", "Other", "Not like me"], SCALE) is None
    assert order_of(["Like me", "like me"], SCALE) is None
    assert order_of(["Like me"], SCALE) is None


def test_the_list_in_a_prompt():
    example = "A) Yes\nB) No\n\nNow you.\n(A) Like me\n(B) Not like me\n\nAnswer:"
    assert listed_options(example) == ("Like me", "Not like me")
    assert listed_options("A. one\nC. three") == ()
    assert listed_options("A: one\nB: two\nC: three\nE: five") == ("one", "two", "three")


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    found = read_letter(text, OPTIONS)
    assert found is None or found.option in (*OPTIONS, None)
    assert isinstance(listed_options(text), tuple)
