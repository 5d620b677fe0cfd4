"""Codes, statuses and rules of texts where one rule comes before another."""

import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.matching import fold
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.scales import as_scale
from valuestats.instruments import AnswerScale, load_instrument

SCALE = load_instrument("value_portrait").scale
LETTERS = AnswerScale({1: "alpha", 2: "beta", 3: "gamma"}, numeric=True)
WORDS = AnswerScale({1: "alpha", 2: "beta", 3: "gamma"})
UNFOUND = AnswerScale({1: "alpha", 2: "beta", 3: "gamma"}, contains=False)


def read(text, scale=LETTERS, **options):
    row = parse_answers(pd.Series([text]), scale, **options).iloc[0]
    return (None if pd.isna(row["answer"]) else int(row["answer"]), row["status"], row["rule"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" \n\t", (None, "empty", "blank")),
        ("Beta.", (2, "valid", "exact")),
        ("2", (2, "valid", "number")),
        ("2. gamma", (None, "unparsable", "ambiguous")),
        # the outer lines and sentences
        ("Beta. For many reasons. Of all kinds.", (2, "valid", "leading")),
        ("For many reasons. Of all kinds. Beta.", (2, "valid", "trailing")),
        ("2\nfor many reasons\nof all kinds", (2, "valid", "leading")),
        ("for many reasons\nof all kinds\n2", (2, "valid", "trailing")),
        ("2\n\nBeta.", (2, "valid", "leading")),
        ("2\n3", (None, "unparsable", "none")),
        ("for many reasons\n2\nof all kinds", (None, "unparsable", "none")),
        ("First this. Beta. Then that.", (2, "valid", "contained")),
        ("Beta. Then gamma, of course.\nGamma.", (None, "unparsable", "ambiguous")),
        # inside a sentence
        ("I think that beta fits", (2, "valid", "contained")),
        ("I think that beta or gamma fits", (None, "unparsable", "ambiguous")),
        ("I think that nothing fits", (None, "unparsable", "none")),
    ],
)
def test_rules_in_their_order(text, expected):
    assert read(text) == expected


def test_numbers_in_lines_are_read_on_numeric_scales_only():
    assert read("2\nfor many reasons", WORDS) == (None, "unparsable", "none")
    assert read("2", WORDS) == (None, "unparsable", "none")


def test_a_scale_whose_options_are_not_looked_for_inside():
    assert read("I think that beta fits", UNFOUND) == (None, "unparsable", "none")
    assert read("Beta.", UNFOUND) == (2, "valid", "exact")
    assert read("I think beta. Sorry, I can't answer that.", UNFOUND)[1] == "refusal"


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("I would pick beta here. But I can't answer for you.", 2, "valid"),
        ("I can't answer that, beta or not", None, "refusal"),
        ("I can't answer that. Perhaps beta or so", None, "refusal"),
        ("It is beta but I can't answer that", None, "refusal"),
        ("I would pick beta or gamma here. But I can't answer for you.", None, "refusal"),
    ],
)
def test_a_refusal_yields_to_a_clear_answer_in_a_sentence_before(text, code, status):
    assert read(text, WORDS)[:2] == (code, status)


def test_disclaimers_come_after_answers():
    disclaimer = "As an AI, I don't have personal feelings"
    assert read(disclaimer, WORDS)[1] == "refusal"
    assert read(disclaimer, WORDS)[2].startswith("disclaimer:")
    assert read(f"{disclaimer}, but beta fits", WORDS) == (2, "valid", "contained")


def test_stops_change_what_has_no_answer_only():
    texts = pd.Series(["hm", "", None, "beta", "Sorry, I can't answer that.", "hm", "hm"])
    stops = pd.Series(["LENGTH", "max_tokens", "safety", "length", "length", "Content_Filter", "stop"])
    found = parse_answers(texts, WORDS, stop_reason=stops)
    assert found["status"].tolist() == [
        "truncated", "truncated", "refusal", "valid", "refusal", "refusal", "unparsable",
    ]  # fmt: skip
    rules = found["rule"].tolist()
    assert [rules[k] for k in (0, 1, 2, 5)] == ["stop_reason"] * 4
    assert rules[3] == "exact"
    assert rules[6] == "none"
    assert found["answer"].isna().tolist() == [True, True, True, False, True, True, True]
    with pytest.raises(SpecificationError, match="one stop reason"):
        parse_answers(texts, WORDS, stop_reason=stops[:6])


def test_repeated_texts_and_nulls_keep_their_rows():
    texts = pd.Series(["gamma", None, "alpha", "gamma", "hm", None], index=[5, 4, 3, 2, 1, 0])
    found = parse_answers(texts, WORDS)
    assert found["answer"].astype("float").fillna(-1).tolist() == [3, -1, 1, 3, -1, -1]
    assert found["status"].tolist() == ["valid", "empty", "valid", "valid", "unparsable", "empty"]
    assert found["rule"].tolist() == ["exact", "blank", "exact", "exact", "none", "blank"]
    assert found.index.tolist() == [5, 4, 3, 2, 1, 0]
    assert set(found["rule"].cat.categories) == {"exact", "blank", "none"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Like  me", (5, "valid", "published exact")),
        ("I am quite like me", (5, "valid", "published contained")),
        ("I am somewhat like me", (4, "valid", "published contained")),
        ("it is not like me at all, no", (1, "valid", "published contained")),
        ("", (None, "empty", "blank")),
        ("hm", (None, "unparsable", "none")),
    ],
)
def test_the_published_parser_takes_the_longest_option(text, expected):
    assert read(text, SCALE, compat="published") == expected


def test_the_published_parser_reads_aliases_and_nothing_else_of_the_default_rules():
    alias, code = next(iter(SCALE.published_aliases.items()))
    assert read(f"well, {alias.upper()} indeed", SCALE, compat="published") == (
        code,
        "valid",
        "published alias",
    )
    # full-width letters: an option after normalisation, which the published parser does not do
    wide = "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in "like me")
    assert read(wide, SCALE) == (5, "valid", "exact")
    assert read(wide, SCALE, compat="published") == (None, "unparsable", "published none")
    with pytest.raises(SpecificationError, match="unknown compat"):
        read("x", SCALE, compat="default")


def test_folding():
    assert fold("ＩＳＮ’Ｔ\nStraße!") == "isn't\nstrasse!"


def test_a_range_of_codes_needs_no_words():
    texts = pd.Series(
        ["4", "**3**", "Answer: 2", "I'd give it a 5.", "4 out of 5", "four", "6", "Agree", "It's 2 or 3", ""]
    )
    for scale in ((1, 5), "1-5", "1..5", [1, 5]):
        read = parse_answers(texts, scale)
        assert read["answer"].tolist()[:6] == [4, 3, 2, 5, 4, 4]
        assert read["status"].tolist()[6:] == ["unparsable", "unparsable", "unparsable", "empty"]
    around = parse_answers(pd.Series(["-2", "Answer: -1", "0", "+2", "3", "minus 1"]), (-2, 2))
    assert around["answer"].tolist()[:4] == [-2, -1, 0, 2]
    assert around["status"].tolist()[4] == "unparsable"
    for wrong in ((5, 1), (1, 1), (1, 2, 3), (1.0, 5.0), (0, 10**6)):
        with pytest.raises(SpecificationError, match="range of codes"):
            as_scale(wrong)
