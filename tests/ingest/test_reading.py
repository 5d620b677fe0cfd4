"""Reading answers: those labelled by hand, every kind of trap on several scales, and what must never change a code.

The labels are people's readings of the texts; no expected value comes from the parser.
"""

import itertools
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.languages import load_languages
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.parts import HALF, take_apart
from valuestats.ingest.answers.read import Reader
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.instruments import AnswerScale, load_instrument

BY_HAND = pd.read_csv(Path(__file__).parent / "answers_by_hand.csv", dtype=str, keep_default_na=False)
PVQ = load_instrument("pvq21").scale
LIKERT = AnswerScale(
    {
        1: "Strongly disagree",
        2: "Disagree",
        3: "Somewhat disagree",
        4: "Neither agree nor disagree",
        5: "Somewhat agree",
        6: "Agree",
        7: "Strongly agree",
    },
    numeric=True,
)
BIPOLAR = AnswerScale(
    {-2: "strongly disagree", -1: "disagree", 0: "neutral", 1: "agree", 2: "strongly agree"}, numeric=True
)
ELEVEN = AnswerScale(
    {n: "not at all" if n == 0 else "completely" if n == 10 else f"step {n}" for n in range(11)}, numeric=True
)
FINNISH = AnswerScale({1: "eri mieltä", 2: "samaa mieltä"}, numeric=True)


def read(text, scale=PVQ, **options):
    row = parse_answers(pd.Series([text], dtype=object), scale, **options).iloc[0]
    return (None if pd.isna(row["answer"]) else int(row["answer"])), row["status"], row["rule"]


@pytest.mark.parametrize("row", BY_HAND.to_dict("records"), ids=range(len(BY_HAND)))
def test_answers_labelled_by_hand(row):
    code, status, _ = read(row["raw"])
    assert (code, status) == (int(row["answer"]) if row["answer"] else None, row["status"])


READINGS = [
    (
        group["kind"],
        load_instrument(group["scale"]).scale
        if isinstance(group["scale"], str)
        else AnswerScale(**group["scale"]),
        text,
        code,
        group.get("status"),
    )
    for group in yaml.safe_load((Path(__file__).parent / "readings.yml").read_text(encoding="utf-8"))
    for text, code in group["texts"].items()
]


@pytest.mark.parametrize(
    ("kind", "scale", "text", "code", "status"),
    READINGS,
    ids=[f"{r[0]}: {r[2][:40]!r} {n}" for n, r in enumerate(READINGS)],
)
def test_readings_on_scales_of_all_kinds(kind, scale, text, code, status):
    found = read(text, scale)
    assert found[0] == code, kind
    assert (found[1] == "valid") == (code is not None)
    assert code is not None or status is None or found[1] == status


@pytest.mark.parametrize(
    ("scale", "text", "code"),
    [
        (LIKERT, "I agree with this statement.", 6),
        (LIKERT, "I'd say I agree", 6),
        (LIKERT, "I strongly agree", 7),
        (LIKERT, "I neither agree nor disagree", 4),
        (LIKERT, "I respectfully disagree", 2),
        (LIKERT, "7) Strongly agree", 7),
        (BIPOLAR, "-1", -1),
        (BIPOLAR, "−2", -2),
        (BIPOLAR, "I'd say -1", -1),
        (BIPOLAR, "disagree (-1)", -1),
        (BIPOLAR, "+1", 1),
        (ELEVEN, "0", 0),
        (ELEVEN, "10/10", 10),
        (ELEVEN, "I'd rate this a 7", 7),
        (PVQ, "I can't help but feel this is very much like me", 6),
        (PVQ, "I'm not sure, but somewhat like me", 4),
        (PVQ, "That's very much like me", 6),
        (AnswerScale({1: "反对", 2: "同意"}), "我同意这个说法", 2),
        (AnswerScale({1: "не уверен", 2: "согласен"}), "Я согласен с этим", 2),
    ],
)
def test_clear_options_inside_a_text_are_read(scale, text, code):
    assert read(text, scale)[:2] == (code, "valid")


def test_without_rules_for_the_language_nothing_is_read_inside_a_text_and_the_rule_says_so():
    assert read("Samaa mieltä.", FINNISH) == (2, "valid", "exact")
    assert read("Olen samaa mieltä", FINNISH) == (None, "unparsable", "no rules for the language")
    assert read("En ole samaa mieltä", FINNISH) == (None, "unparsable", "no rules for the language")


@pytest.mark.parametrize(
    "text",
    [
        "I cannot answer this question as I am an AI.",
        "I'd rather not answer",
        "I decline.",
        "As an AI, I don't have preferences.",
        "I can't say 4",
        "Sorry, I can't pick one of 1 to 6.",
    ],
)
def test_texts_that_only_decline(text):
    assert read(text)[:2] == (None, "refusal")


CODES = st.sampled_from(PVQ.codes)
FORMS = st.sampled_from(
    [
        "Answer: {n}",
        "Score - {n}",
        "My answer is {t}.",
        "I'd rate this a {n}.",
        "{t}",
        "{n}",
        "Rating: {n}/6",
        "{n} - {t}",
        "{t} ({n})",
        "Final answer: {t}",
        "I would say {n} out of 6.",
        "I choose option {n}.",
    ]
)
MARKDOWN = st.sampled_from(
    ["**{}**", "*{}*", "### {}", "- {}", "> {}", "```\n{}\n```", "`{}`", "\n\n{}\n\n", "“{}”", "* {}"]
)
DISCLAIMERS = st.sampled_from(
    [
        "As an AI, I have no opinions of my own.\n\n{}",
        "I don't have personal values or feelings.\n\n{}",
        "{}\n\nAs an AI language model, I do not hold beliefs.",
        "I'm just a language model.\n{}",
        "{}\n\nNote that I cannot have preferences.",
    ]
)
REASONING = st.sampled_from(
    [
        "<think>Perhaps 2, or very much like me? No: 3.</think>{}",
        "<thinking>not like me</thinking>\n\n{}",
        "Hm, 2 or 3, like me</think>\n{}",
        "<reasoning>I'd say 1.</reasoning>{}",
        "{}<think>Is 3 better?</think>",
    ]
)
EXPLAINED = st.sampled_from(
    [
        "{}\n\nExplanation: 3 of my friends would say that it is not very much like me.",
        "{}\n\nI value fairness, as 2 in 3 people do.",
        "{}\nReason: on a scale where 1 is not like me at all and 6 is very much like me.",
        "There are 3 things to weigh here.\n\n{}",
        "{}\n\nConfidence: 2",
    ]
)


def stated(form, code):
    return form.format(n=code, t=PVQ.options[code].capitalize())


@settings(max_examples=300)
@given(
    code=CODES,
    form=FORMS,
    dress=st.lists(st.one_of(DISCLAIMERS, REASONING, EXPLAINED), max_size=2),
    markdown=MARKDOWN | st.just("{}"),
)
def test_what_stands_around_a_stated_answer_changes_nothing(code, form, dress, markdown):
    text = markdown.format(stated(form, code))
    for one in dress:
        text = one.format(text)
    assert read(text)[:2] == (code, "valid"), text


NEGATIONS = st.sampled_from(
    [
        "I would not say {}",
        "It isn't true that: {}",
        "not {}",
        "I don't think that {}",
        "{} is wrong",
        "I would never answer {}",
        "Certainly not {}.",
        "I refuse to say {}",
        "{}? No.",
        "It is false to say {}",
        "anything but {}",
        "I cannot, in good faith, say {}",
        "I doubt that {}",
    ]
)


@settings(max_examples=300)
@given(code=CODES, form=st.sampled_from(["{t}", "{n}", "this is {t}", '"{t}"']), negation=NEGATIONS)
def test_negating_a_text_never_leaves_the_same_code(code, form, negation):
    text = negation.format(form.format(n=code, t=PVQ.options[code]))
    assert read(text)[0] != code, text


@given(st.text(max_size=300))
def test_any_text_is_taken_apart_and_read_without_an_error(text):
    take_apart(text)
    assert read(text)[1] in ("valid", "unparsable", "refusal", "empty", "truncated")


@given(st.text(alphabet="<>/think{}[]()\"':,*_`#|-+.$\\boxed 0123456789\n", max_size=200))
def test_broken_markup_never_raises(text):
    code, status, _ = read(text)
    assert (code is not None) == (status == "valid")


def test_a_long_text_is_read_by_its_ends_and_nothing_is_looked_for_inside():
    filler = "Nothing here says anything. " * (HALF // 10)
    assert read(f"Answer: 4\n{filler}")[:2] == (4, "valid")
    assert read(f"{filler}\nAnswer: 4")[:2] == (4, "valid")
    assert read(f"{filler} Answer: 4. {filler}")[0] is None
    assert read(f"It is somewhat like me, I think. {filler}")[0] is None, "the middle may say another"
    assert read(f"<think>{filler * 20}</think>4")[:2] == (4, "valid")
    assert len(take_apart(filler * 50).plain) <= 2 * HALF + 10


@pytest.mark.parametrize(
    "text",
    [
        "9" * 5000,
        "-" + "9" * 5000,
        "Answer: " + "9" * 5000,
        "4" + "0" * 30,
        '{"a":' * 3000 + "1" + "}" * 3000,
    ],
)
def test_endless_numbers_and_nesting_are_unparsable(text):
    assert read(text)[:2] == (None, "unparsable")


def test_huge_numbers_never_raise():
    raw = pd.Series(
        [
            10**5000,
            {"answer": 10**5000},
            [10**5000],
            "1" * 5000,
            f'{{"answer": {"1" * 5000}}}',
            {"answer": 4},
        ],
        dtype=object,
    )
    assert parse_answers(raw, PVQ)["status"].tolist() == ["unparsable"] * 5 + ["valid"]


OWN = [
    ("json:rating", '{"rating": 4, "answer": 2}', 4),
    ("json:a.b", '{"a": {"b": "like me"}}', 5),
    ("json:items[1].score", 'x {"items": [{"score": 1}, {"score": 3}]}', 3),
    ("xml:score", "<score>4</score><answer>2</answer>", 4),
    ("xml:rating", "<rating>Somewhat like me</rating>", 4),
    (r"regex:FINAL\s+(?P<answer>\w+)", "Answer: 2\nFINAL 4", 4),
    ("first_number", "Well, 3 it is, not 4", 3),
    ("json:rating", "Answer: 4", None),
    ("json:rating", '{"rating": 99}', None),
    ("json:rating", '<think>{"rating": 2}</think>{"rating": 4}', 4),
]


@pytest.mark.parametrize(("parser", "text", "code"), OWN)
def test_a_parser_of_your_own_scores(parser, text, code):
    found = read(text, parser=parser)
    assert found[0] == code
    assert found[2].startswith(parser)
    scale = AnswerScale(dict(PVQ.options), numeric=True, parser=parser)
    assert read(text, scale) == found


def test_a_parser_of_your_own_leaves_refusals_and_blanks():
    texts = pd.Series(["I can't answer that.", "", "<think>x", '{"rating": 4}'])
    assert parse_answers(texts, PVQ, parser="json:rating")["status"].tolist() == [
        "refusal",
        "empty",
        "truncated",
        "valid",
    ]


@pytest.mark.parametrize(
    "parser", ["", "jason:x", "regex:(", "regex:(\\d)", "json:", "json:a..b", "xml:<a>", "xml:", "first_word"]
)
def test_parsers_that_are_none(parser):
    with pytest.raises(SpecificationError, match=r"parser|pattern|path"):
        read("4", parser=parser)


def test_the_rules_of_languages_are_complete():
    rules = load_languages()
    keys = {frozenset(set(raw) - {"script"}) for raw in rules.raw.values()}
    assert len(keys) == 1
    assert len(rules.languages) >= 13
    for raw in rules.raw.values():
        assert set(range(1, 11)) <= set(raw["numbers"].values()) <= set(range(11))
        assert all(
            isinstance(word, str) for key, words in raw.items() if isinstance(words, list) for word in words
        )


def test_languages_are_told_apart():
    told = {
        "en": "i would say that this is like me",
        "de": "ich würde sagen, das ist mir ähnlich",
        "fr": "je dirais que c'est comme moi",
        "es": "yo diría que esto es como yo",
        "pt": "eu diria que isso não é assim",
        "it": "io direi che questo non è così",
        "nl": "ik zou zeggen dat dit niet zo is",
        "ru": "я бы сказал",
        "zh": "我觉得",
        "ja": "私はそう思う",
        "ko": "저는 그렇게",
        "ar": "أنا أقول",
        "hi": "मैं कहूँगा",
    }
    for name, text in told.items():
        assert load_languages().language_of(text).name == name
    for text in (
        "olen samaa mieltä",
        "zgadzam się",
        "я ўпэўнены ў гэтым, і ён",
        "συμφωνώ",
        "من موافقم که این چیز",
    ):
        found = load_languages().language_of(text)
        assert found is None or found.name == "ru"


def test_every_option_of_every_shipped_scale_is_read_in_every_form():
    for name in ("pvq21", "pvq40", "bfi10", "bfi25"):
        scale = load_instrument(name).scale
        reader = Reader.of(scale, load_refusal_rules())
        tables = [scale.options, *scale.languages.values()]
        for options, form in itertools.product(
            tables, ["{}", "**{}**", "Answer: {}", "{}.", '{{"answer": "{}"}}', "<answer>{}</answer>"]
        ):
            for code, text in options.items():
                assert reader.read(form.format(text)).answer == code
        assert json.loads(json.dumps(scale.codes)) == list(scale.codes)
