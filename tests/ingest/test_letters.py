"""Option letters: what a text names, and which option stood behind it."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.ingest.answers.letters import (
    LETTERS,
    lettered,
    listed_options,
    option_code,
    order_of,
    shown_as_text,
    shown_from_text,
    shown_list,
)
from valuestats.ingest.answers.many_texts import reader_as_text, scale_of_text
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.read import Reader
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.instruments import AnswerScale

OPTIONS = ["Like me", "A little like me", "Not like me"]
SCALE = AnswerScale({1: "Not like me", 2: "A little like me", 3: "Like me"})


def read(text, options=OPTIONS, scale=SCALE):
    return Reader.of(scale, load_refusal_rules()).read(text, lettered(options))


@pytest.mark.parametrize(
    "text",
    ["B", "b", " (B).", "**B**", "B)", "ANSWER: B", "The answer is B.", "My final answer: (b)", "B) A little like me",
     "Answer: B. A little like me", "Let me think.\n\nANSWER: B", "B. A little like me\n\nAnswer: B", "I'd choose B.",
     '{"answer": "B"}', "<answer>(B)</answer>", r"$\boxed{B}$", "Option B", "ANSWER: A\nOn reflection:\nANSWER: B"],
)  # fmt: skip
def test_texts_that_name_a_letter(text):
    assert read(text).answer == 2


@pytest.mark.parametrize(
    "text", ["A person like this?", "", "I", "B is for bee", "A friend would say so.", "D", "Answer: Z"]
)
def test_texts_that_name_none(text):
    assert read(text).answer is None


@pytest.mark.parametrize("text", ["A little like me", "It is like me.\nIt is", "Like me"])
def test_words_are_read_beside_letters(text):
    assert (
        read(text).answer
        == SCALE.lookup()[text.splitlines()[0].removeprefix("It is ").rstrip(".").casefold()]
    )


@pytest.mark.parametrize("text", ["A) Not like me", "Answer: A. Not like me", "A or B"])
def test_contradictions_are_no_answer(text):
    assert read(text)[:2] == (None, "unparsable")


@given(
    st.permutations(OPTIONS),
    st.integers(0, 2),
    st.sampled_from(["{}", "{})", "Answer: {}", "**({})**", "I'd pick {}."]),
)
def test_the_code_depends_on_the_option_and_not_on_its_place(order, place, form):
    assert read(form.format(LETTERS[place]), order).answer == option_code(order[place], SCALE)


@given(
    st.permutations(OPTIONS),
    st.integers(0, 2),
    st.sampled_from(["{}", "{})", "Answer: {}", "**{}**", "I'd pick {}.", "Option {}"]),
)
def test_a_number_under_a_numbered_list_means_the_option_shown(order, place, form):
    prompt = "How much?\n\n" + "\n".join(f"{n}) {text}" for n, text in enumerate(order, 1))
    found = Reader.of(SCALE, load_refusal_rules()).read(form.format(place + 1), shown_list(prompt))
    assert found.answer == option_code(order[place], SCALE)


@given(
    st.permutations(OPTIONS),
    st.sampled_from(OPTIONS),
    st.sampled_from(["{label}) {text}", "{label}. {text}", "Answer: {label}) {text}", "{text} ({label})"]),
)
def test_a_shown_text_means_the_same_in_every_order(order, text, form):
    prompt = "How much?\n\n" + "\n".join(f"{n}) {one}" for n, one in enumerate(order, 1))
    shown = shown_list(prompt)
    label = order.index(text) + 1
    found = Reader.of(SCALE, load_refusal_rules()).read(form.format(label=label, text=text), shown)
    assert found.answer == option_code(text, SCALE)
    assert Reader.of(SCALE, load_refusal_rules()).read(text, shown).answer == option_code(text, SCALE)


@pytest.mark.parametrize(
    ("prompt", "labels"),
    [
        ("1) a\n2) b", ("1", "2")),
        ("a) x\nb) y\nc) z", ("A", "B", "C")),
        ("I) x\nII) y\nIII) z", ("I", "II", "III")),
        ("- (A) x\n- (B) y", ("A", "B")),
        ("* **A.** x\n* **B.** y", ("A", "B")),
        ("6 - x\n5 - y\n4 - z", ("6", "5", "4")),
        ("0: x\n1: y", ("0", "1")),
        ("Question 3. How?\n1. x\n2. y", ("1", "2")),
    ],
)
def test_the_forms_of_lists(prompt, labels):
    assert shown_list(prompt).labels == labels


@pytest.mark.parametrize(
    ("prompt", "number", "code"),
    [
        ("Rate 1 = Not like me, 2 = A little like me, 3 = Like me.", "1", 1),
        ("Rate 1 = Like me, 2 = A little like me, 3 = Not like me.", "1", 3),
        ("Rate from 1 (Like me) to 3 (Not like me).", "2", 2),
        ("Rate from 1 (Like me) to 3 (Not like me).", "3", 1),
        ("Statements:\n1. I like cake.\n2. I like tea.\nHow much?", "3", None),
    ],
)
def test_lists_within_a_sentence_need_the_scale(prompt, number, code):
    assert read_shown(number, shown_list(prompt, SCALE)) == code


def read_shown(text, shown):
    return Reader.of(SCALE, load_refusal_rules()).read(text, shown).answer


def test_numbers_are_refused_where_the_order_is_not_known():
    scale = AnswerScale(dict(SCALE.options), numeric=True)
    raw = pd.Series(["1", "Like me", "Answer: 1", "1"])
    orders = pd.Series(["descending", "descending", "descending", "ascending"])
    found = parse_answers(raw, scale, orders=orders)
    assert found["answer"].tolist() == [pd.NA, 3, pd.NA, 1]
    assert found["rule"].tolist() == ["order not known", "exact", "order not known", "number"]
    lists = [
        shown_list("1) Like me\n2) A little like me\n3) Not like me"),
        None,
        None,
        shown_list("1) Not like me\n2) A little like me\n3) Like me"),
    ]
    again = parse_answers(raw, scale, shown=lists)
    assert again["answer"].tolist() == [3, 3, pd.NA, 1]
    assert parse_answers(raw, scale)["answer"].tolist() == [1, 3, 1, 1], "nothing says that orders vary"


def test_an_options_text_beside_a_number_is_read_whatever_the_order():
    scale = AnswerScale(dict(SCALE.options), numeric=True)
    raw = pd.Series(["1 - Like me", "Like me (1)", "**3** - Like me", "3. Like me", "9 - Like me", "2"])
    orders = pd.Series(["shuffled"] * len(raw))
    found = parse_answers(raw, scale, orders=orders)
    assert found["answer"].tolist() == [3, 3, 3, 3, pd.NA, pd.NA]
    assert found["rule"].tolist()[4:] == ["ambiguous", "order not known"]
    assert parse_answers(raw, scale)["answer"].tolist() == [pd.NA, pd.NA, 3, 3, pd.NA, 2], (
        "in the order of the codes"
    )


@pytest.mark.parametrize("names", [("asc", "desc"), ("Ascending", " DESC ")])
def test_short_names_of_orders_are_known(names):
    scale = AnswerScale(dict(SCALE.options), numeric=True)
    found = parse_answers(pd.Series(["1", "1"]), scale, orders=pd.Series(names))
    assert found["answer"].tolist() == [1, pd.NA]


def test_numbers_are_codes_where_the_options_were_shown_with_them(tmp_path):
    scale = AnswerScale(dict(SCALE.options), numeric=True, codes_shown=True)
    raw, orders = pd.Series(["1", "3", "Like me"]), pd.Series(["desc", "shuffled", "asc"])
    assert parse_answers(raw, scale, orders=orders)["answer"].tolist() == [1, 3, 3]
    shown = [shown_list("1) Like me\n2) A little like me\n3) Not like me"), None, None]
    assert parse_answers(raw, scale, shown=shown)["answer"].tolist() == [3, 3, 3], (
        "a list in the prompt says more"
    )
    assert scale_of_text(reader_as_text(scale, None, None))[0] == scale


def test_a_list_goes_through_text_and_back():
    for prompt in ("1) a\n2) b", "A) a\nB) b", "I) a\nII) b"):
        assert shown_from_text(shown_as_text(shown_list(prompt))) == shown_list(prompt)


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
    found = read(text)
    assert found.answer in (None, 1, 2, 3)
    assert isinstance(listed_options(text), tuple)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Spare group A.", 1), ("Spare group B.", 2), ("Spare group B", 2), ("Group A", 1), ("option b.", 2),
        ("I would save group B.", 2), ("**Group A**", 1), ("Choose the option A, because fewer die.", 1),
        ("Group A\nFewer people die.", 1),
        ("Group A has more people.", None), ("Group A and group B are equal.", None), ("Neither group A nor group B.", None),
        ("Spare group A, not group B.", None), ("Sacrifice group A.", None), ("Spare group C.", None),
        ("Spare a group.", None), ("Not group A.", None), ("Group A. Actually, group B.", None),
        ("Group A. But no, wait.", None), ("Group A or B.", None),
    ],
)  # fmt: skip
def test_letters_behind_the_noun_of_an_option(text, code):
    found = parse_answers(pd.Series([text], dtype=object), AnswerScale({1: "A", 2: "B"}))
    assert (None if pd.isna(found["answer"].iloc[0]) else int(found["answer"].iloc[0])) == code
