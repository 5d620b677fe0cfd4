"""Precision and recall of the refusal rules on short examples labelled by hand, in twelve languages.

The list holds refusals that no rule knows and texts that read like refusals, so that neither figure can be 1 by
construction. Examples marked ``held_out`` were written after the rules and no rule was changed for them.
"""

from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.cli.main import main
from valuestats.ingest import parse_answers
from valuestats.ingest.answers.refusal_accuracy import refusal_accuracy
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.instruments import AnswerScale, load_instrument

LIST = Path(str(files("valuestats.ingest.answers"))) / "refusal_examples.csv"
EXAMPLES = pd.read_csv(LIST, dtype=str, keep_default_na=False)
SCALE = load_instrument("value_portrait").scale


def figures(examples):
    told = parse_answers(examples["text"], SCALE)["status"] == "refusal"
    truth = examples["refusal"] == "1"
    return (told & truth).sum() / told.sum(), (told & truth).sum() / truth.sum()


def test_the_list_is_large_and_has_no_text_twice():
    assert len(EXAMPLES) >= 300
    assert EXAMPLES["language"].nunique() >= 12
    assert not EXAMPLES["text"].duplicated().any()
    counts = EXAMPLES.groupby("language")["refusal"].agg(["size", lambda r: (r == "0").sum()])
    assert (counts.min(axis=1) >= 7).all(), "hard negatives in every language"


def test_precision_and_recall_where_the_rules_were_written():
    precision, recall = figures(EXAMPLES[EXAMPLES["held_out"] == "0"])
    assert precision >= 0.98
    assert recall >= 0.97


def test_precision_and_recall_on_texts_written_after_the_rules():
    precision, recall = figures(EXAMPLES[EXAMPLES["held_out"] == "1"])
    assert 0.8 <= precision < 1
    assert 0.75 <= recall < 1


def test_the_figures_are_printed_for_every_language(capsys):
    assert main(["refusals"]) == 0
    lines = capsys.readouterr().out.splitlines()
    starts = [line.split()[0] for line in lines if line.strip()]
    assert set(EXAMPLES["language"]) <= set(starts)
    precision, recall = figures(EXAMPLES)
    told = next(line for line in lines if line.split()[:2] == ["all", str(len(EXAMPLES))])
    assert f"{precision:.3f} [" in told
    assert f"{recall:.3f} [" in told


def test_a_list_of_your_own(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "language,refusal,text\nen,1,I must decline to answer.\nen,1,Nope nope\nen,0,like me\nxx,0,la la\n"
    )
    found = refusal_accuracy(file)
    all_of = found.by_language.set_index("language").loc["all"]
    assert (all_of["n"], all_of["refusals"], all_of["told"], all_of["right"]) == (4, 2, 1, 1)
    assert all_of["recall"] == 0.5
    # Wilson (1927) for 1 of 2: centre 1/2, half-width z/(2 sqrt(2 + z^2)) with z = 1.959964.
    half = 1.959964 / (2 * (2 + 1.959964**2) ** 0.5)
    assert all_of["recall_lower"] == pytest.approx(0.5 - half, abs=1e-6)
    assert found.by_language.set_index("language").loc["xx"][["precision", "recall"]].isna().all()
    assert found.wrong["text"].tolist() == ["Nope nope"]
    assert "told wrongly: 1" in found.to_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("language,text\nen,a\n", "a column is missing"),
        ("language,refusal,text\nen,yes,a\n", "not a label"),
        ("language,refusal,text\n", "no examples"),
    ],
)
def test_a_list_that_is_none(tmp_path, content, message):
    file = tmp_path / "mine.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        refusal_accuracy(file)


def test_an_earlier_clear_answer_is_no_refusal():
    texts = pd.Series(
        ["This is somewhat like me. I cannot say more.", "I cannot say more. It is somewhat like me, eh"]
    )
    assert parse_answers(texts, SCALE)["status"].tolist() == ["valid", "refusal"]


def test_rule_names_are_unique():
    rules = load_refusal_rules()
    names = [name for name, _ in rules.refusals + rules.disclaimers]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rules: 3", "no list of rules"),
        ("rules: [{name: a, kind: refusal}]", "not complete"),
        ("rules: [{name: a, language: en, kind: joke, pattern: x}]", "unknown kind"),
        ("rules: [{name: a, language: en, kind: refusal, pattern: '('}]", "not a regular expression"),
        ("rules: [", "not a YAML file"),
    ],
)
def test_bad_rule_files(tmp_path, content, message):
    file = tmp_path / "rules.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_refusal_rules(file)
    assert caught.value.file == str(file)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Agree. I cannot take a position on the details, though.", 2),
        ("I don't usually take sides, but here I'd say Disagree.", 3),
        ("I try to remain neutral, but if pressed: Disagree", 3),
        ("I don't know much about it, but I agree.", 2),
        ("I would take the position that I strongly agree.", 1),
        ("It's my place to say so: strongly agree", 1),
    ],
)
def test_words_of_no_position_beside_an_answer_take_nothing_from_it(text, code):
    scale = AnswerScale({1: "Strongly agree", 2: "Agree", 3: "Disagree", 4: "Strongly disagree"})
    assert parse_answers(pd.Series([text]), scale)["answer"].tolist() == [code]


def test_an_option_that_reads_like_no_answer_is_an_option():
    scale = AnswerScale({1: "Agree", 2: "Neutral", 3: "Disagree", 4: "Don't know", 5: "No opinion"})
    read = parse_answers(pd.Series(["Don't know", "no opinion.", "Neutral", "I don't know"]), scale)
    assert read["answer"].tolist()[:3] == [4, 5, 2]
    unread = parse_answers(pd.Series(["I cannot take a position on that.", "Don't know"]), (1, 5))
    assert unread["status"].tolist() == ["refusal", "refusal"]
