"""The parser on hand-labelled answers; every trap that was seen in published files, and some that weren't."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.base.errors import SpecificationError
from valuestats.ingest import parse_answers
from valuestats.instruments import AnswerScale, load_instrument

SCALE = load_instrument("value_portrait").scale
NUMERIC = load_instrument("pvq21").scale
CHINESE = AnswerScale(
    {1: "不像我", 2: "有点像我", 3: "像我"}, qualifiers=("不", "很"), negations=("没", "没有")
)
YES_NO = AnswerScale({1: "no", 2: "yes"}, contains=False)

# text, code (None: no answer), status, rule
EXAMPLES = [
    ("like me", 5, "valid", "exact"),
    ("Like me.", 5, "valid", "exact"),
    ("  LIKE   ME \n", 5, "valid", "exact"),
    ("**Somewhat like me**", 4, "valid", "exact"),
    ('"Very much like me."', 6, "valid", "exact"),
    ("“not like me at all”", 1, "valid", "exact"),
    ("ｌｉｋｅ　ｍｅ", 5, "valid", "exact"),
    ("*a little like me*!", 3, "valid", "exact"),
    ("not at all like me", 1, "valid", "exact"),
    ("not like me", 2, "valid", "exact"),
    ("somewhat like me\n\nConfidence: 75%", 4, "valid", "leading"),
    ("Somewhat like me. I, too, would ask first.", 4, "valid", "leading"),
    ("Not like me. I would have said it otherwise, more like me.", 2, "valid", "leading"),
    ("not like me\nnot like me", 2, "valid", "leading"),
    ("Very much like me!\nI would say the same.", 6, "valid", "leading"),
    ("Somewhat like me\n\nExplanation: not very much like me, but close.", 4, "valid", "leading"),
    ("Like me: it is what I would say.", 5, "valid", "leading"),
    ("Answer: somewhat like me", 4, "valid", "exact"),
    ("Let me think about this.\n\nA little like me", 3, "valid", "trailing"),
    ("**Answer:** like me", 5, "valid", "exact"),
    ("I don't have feelings. If I had to choose:\nsomewhat like me", 4, "valid", "stated"),
    ("this response is somewhat like me", 4, "valid", "contained"),
    ("it's somewhat like me", 4, "valid", "contained"),
    ("I'd say not like me at all, really", 1, "valid", "stated"),
    ("maybe not like me", 2, "valid", "contained"),
    ("The response is 'very much like me' because it is kind", 6, "valid", "contained"),
    ("This is like me", 5, "valid", "contained"),
    ("I would say: this is like me, since I'd do so", 5, "valid", "contained"),
    ("not my business either, somewhat like me", 4, "valid", "contained"),
    ("not like me (at all)", 1, "valid", "exact"),
    ("This is somewhat like me. I can't say why.", 4, "valid", "contained"),
    ("As an AI I have no feelings, but this is somewhat like me", 4, "valid", "contained"),
    ("I think this is a little like me, yes, a little like me", 3, "valid", "stated"),
    ("some like me", None, "unparsable", "ambiguous"),
    ("quite like me", None, "unparsable", "ambiguous"),
    ("Very little like me", None, "unparsable", "ambiguous"),
    ("more like me", None, "unparsable", "ambiguous"),
    ("less like me than before", None, "unparsable", "ambiguous"),
    ("much like me", None, "unparsable", "ambiguous"),
    ("most like me", None, "unparsable", "ambiguous"),
    ("This isn't like me", None, "unparsable", "ambiguous"),
    ("This isn’t like me", None, "unparsable", "ambiguous"),
    ("This is hardly like me", None, "unparsable", "ambiguous"),
    ("That is never like me", None, "unparsable", "ambiguous"),
    ("I do not think that this is like me", None, "unparsable", "ambiguous"),
    ("I don't think it is very much like me", None, "unparsable", "ambiguous"),
    ("unlike me", None, "unparsable", "none"),
    ("un-like me", None, "unparsable", "ambiguous"),
    ("dislike me", None, "unparsable", "none"),
    ("like men", None, "unparsable", "none"),
    ("somewhat like you", None, "unparsable", "none"),
    ("somewh", None, "unparsable", "none"),
    ("Would you like me to explain the scale?", None, "unparsable", "ambiguous"),
    ("People like me answer otherwise", None, "unparsable", "ambiguous"),
    ("An AI like me would say so", None, "unparsable", "ambiguous"),
    ("Friends who, like me, know better", None, "unparsable", "ambiguous"),
    ("Is this like me?", None, "unparsable", "none"),
    ("between somewhat like me and like me", None, "unparsable", "ambiguous"),
    ("not like me\nnot like me at all", None, "unparsable", "ambiguous"),
    ("Options:\n- like me\n- not like me\n- somewhat like me", None, "unparsable", "ambiguous"),
    ("very much like me or like me", None, "unparsable", "ambiguous"),
    ("4", None, "unparsable", "none"),
    ("NA", None, "unparsable", "none"),
    ("None", None, "unparsable", "none"),
    ("<script>alert('like them')</script>", None, "unparsable", "none"),
    ("", None, "empty", "blank"),
    (" \n\t\u00a0", None, "empty", "blank"),
    (None, None, "empty", "blank"),
    ("I apologize, but I cannot say that this is like me", None, "refusal", "refusal:en_apology"),
    ("I cannot select 'like me' or any other option.", None, "refusal", "refusal:en_cannot"),
    ("I'd rather not answer; nobody is like me", None, "refusal", "refusal:en_decline"),
    ("As an AI language model, I don't have thoughts.", None, "refusal", "disclaimer:en_no_inner_life"),
]


@pytest.mark.parametrize(("text", "code", "status", "rule"), EXAMPLES)
def test_hand_labelled_answers(text, code, status, rule):
    read = parse_answers(pd.Series([text], dtype=object), SCALE).iloc[0]
    assert (None if pd.isna(read["answer"]) else read["answer"], read["status"], read["rule"]) == (
        code,
        status,
        rule,
    )


def test_there_are_enough_examples():
    assert len(EXAMPLES) >= 60


@pytest.mark.parametrize(
    ("text", "code", "rule"),
    [
        ("4", 4, "number"),
        ("4.", 4, "number"),
        ("**4**", 4, "number"),
        ("Answer: 4", 4, "number"),
        ("My answer is 2", 2, "stated"),
        ("4 - somewhat like me", 4, "number"),
        ("4. Somewhat like me", 4, "number"),
        ("(5) like me", 5, "number"),
        ("4/6", 4, "number"),
        ("3 out of 6", 3, "number"),
        ("4\n\nI would do so too.", 4, "leading"),
        ("It is what I would do.\nRating: 6", 6, "stated"),
        ("5 - somewhat like me", None, "ambiguous"),
        ("4.5", None, "none"),
        ("4/10", None, "none"),
        ("7", None, "none"),
        ("0", None, "none"),
        ("-4", None, "not on the scale"),
        ("1. First, he asks. 2. Then, he goes.", None, "none"),
        ("I am 4 years old", None, "none"),
        ("Confidence: 5", None, "none"),
    ],
)
def test_bare_codes_where_the_scale_allows_them(text, code, rule):
    read = parse_answers(pd.Series([text]), NUMERIC).iloc[0]
    assert (None if pd.isna(read["answer"]) else read["answer"]) == code
    if code is not None:
        assert read["rule"] == rule


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("像我。", 3),
        ("这很不像我", 1),
        ("我觉得有点像我", 2),
        ("我觉得不像我", 1),
        ("没有像我", None),
        ("这很像我", None),
    ],
)
def test_scripts_without_blanks(text, code):
    answer = parse_answers(pd.Series([text]), CHINESE)["answer"].iloc[0]
    assert (None if pd.isna(answer) else answer) == code


@pytest.mark.parametrize(
    ("text", "code"), [("No.", 1), ("Yes!", 2), ("I agree that no one can say yes", None), ("No. Never.", 1)]
)
def test_a_scale_without_containment(text, code):
    answer = parse_answers(pd.Series([text]), YES_NO)["answer"].iloc[0]
    assert (None if pd.isna(answer) else answer) == code


def test_other_languages_and_combining_marks():
    scale = AnswerScale({1: "no", 2: "yes"}, languages={"hi": {1: "मेरे जैसा नहीं", 2: "मेरे जैसा"}})
    read = parse_answers(pd.Series(["मेरे जैसा", "यह मेरे जैसा नहीं है", "मेरी जैसी"]), scale)
    assert read["answer"].tolist() == [2, 1, pd.NA]


PUBLISHED = [
    ("like me", 5),
    ("Somewhat  like me.", 4),
    ("very little like me", 3),
    ("some like me", 5),
    ("quite like me", 5),
    ("isn't like me", 5),
    ("I apologize, but I cannot say: like me", 5),
    ("not like me\nnot like me at all", 1),
    ("Somewhat like me. Not very much like me.", 6),
    ("unlike me", 5),
    ("somewhat like you", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "code"), PUBLISHED)
def test_the_published_parser_is_kept_with_its_faults(text, code):
    read = parse_answers(pd.Series([text]), SCALE, compat="published").iloc[0]
    assert (None if pd.isna(read["answer"]) else read["answer"]) == code
    assert (read["status"] == "valid") == (code is not None)


def test_published_never_reads_less_strictly_into_another_status():
    texts = pd.Series(["I'm sorry, I can't answer.", "NTA", "", "not at all like me", None])
    read = parse_answers(texts, SCALE, compat="published")
    assert read["status"].tolist() == ["refusal", "unparsable", "empty", "valid", "empty"]


def test_the_log_says_that_the_text_was_cut_off():
    texts = pd.Series(["somewh", "", "like me", "I'm sorry, but I can't", None, "hm"])
    stops = pd.Series(["length", "max_tokens", "length", "length", "content_filter", None])
    read = parse_answers(texts, SCALE, stop_reason=stops)
    assert read["status"].tolist() == ["truncated", "truncated", "valid", "refusal", "refusal", "unparsable"]
    assert read["rule"].tolist()[:2] == ["stop_reason", "stop_reason"]


def test_what_is_not_text_is_read_in_its_json_form():
    raw = pd.Series([4, 4.0, {"answer": "like me"}, ["like me"], True, np.nan, pd.NA], dtype=object)
    read = parse_answers(raw, NUMERIC)
    assert read["answer"].tolist()[:2] == [4, 4]
    assert read["status"].tolist()[2:] == ["valid", "valid", "unparsable", "empty", "empty"]


def test_index_and_dtypes():
    read = parse_answers(pd.Series(["like me", ""], index=[7, 3]), SCALE)
    assert read.index.tolist() == [7, 3]
    assert str(read["answer"].dtype) == "Int64"
    assert parse_answers(pd.Series([], dtype=str), SCALE).empty


@pytest.mark.parametrize(
    "arguments",
    [{"compat": "strict"}, {"stop_reason": pd.Series(["length", "length"])}],
    ids=["compat", "stops"],
)
def test_requests_that_make_no_sense(arguments):
    with pytest.raises(SpecificationError):
        parse_answers(pd.Series(["like me"]), SCALE, **arguments)


OPTIONS = list(SCALE.options.items())


@given(st.lists(st.text(max_size=60) | st.none(), max_size=8))
def test_every_text_gets_a_status_and_the_same_text_the_same_one(texts):
    raw = pd.Series(texts, dtype=object)
    read = parse_answers(raw, SCALE)
    assert len(read) == len(raw)
    assert (read["answer"].notna() == (read["status"] == "valid")).all()
    again = parse_answers(raw[::-1], SCALE).loc[raw.index]
    pd.testing.assert_series_equal(read["answer"], again["answer"])


@given(
    option=st.sampled_from(OPTIONS),
    before=st.sampled_from(["", " ", "**", '"', "\n", "- ", "“", "> "]),
    after=st.sampled_from(["", ".", "!", "**", '"', "\n\n", "”", " ", "…"]),
    case=st.sampled_from([str.lower, str.upper, str.title, str.capitalize]),
)
def test_dress_does_not_change_an_answer(option, before, after, case):
    code, text = option
    read = parse_answers(pd.Series([before + case(text) + after]), SCALE)
    assert read["answer"].tolist() == [code]
    assert read["rule"].tolist() == ["exact"]


@given(st.sampled_from(OPTIONS), st.sampled_from(OPTIONS))
def test_two_different_options_in_one_sentence_are_no_answer(first, second):
    read = parse_answers(pd.Series([f"It is {first[1]} / {second[1]} so to say"]), SCALE).iloc[0]
    assert read["status"] == ("valid" if first == second else "unparsable")
