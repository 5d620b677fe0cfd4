"""Precision and recall of the refusal rules on short examples labelled by hand, in ten languages.

The list holds two refusals that no rule knows and one praise that reads like a refusal, so that neither figure
can be 1 by construction.
"""

from pathlib import Path

import pandas as pd
import pytest

from valuestats.errors import InputError
from valuestats.ingest import parse_answers
from valuestats.ingest.refusals import load_refusal_rules
from valuestats.instruments import load_instrument

EXAMPLES = pd.read_csv(Path(__file__).with_name("refusal_examples.csv"), dtype=str, keep_default_na=False)
SCALE = load_instrument("value_portrait").scale


def test_precision_and_recall():
    told = parse_answers(EXAMPLES["text"], SCALE)["status"] == "refusal"
    truth = EXAMPLES["refusal"] == "1"
    precision, recall = (told & truth).sum() / told.sum(), (told & truth).sum() / truth.sum()
    print(
        f"\n{len(EXAMPLES)} examples, {truth.sum()} refusals: precision {precision:.3f}, recall {recall:.3f}"
    )
    wrong = EXAMPLES["text"][told != truth].tolist()
    assert len(EXAMPLES) >= 80
    assert precision >= 0.95, wrong
    assert recall >= 0.95, wrong


@pytest.mark.parametrize("language", sorted(set(EXAMPLES["language"]) - {"en"}))
def test_every_language_is_told_without_fault(language):
    mine = EXAMPLES[EXAMPLES["language"] == language]
    told = parse_answers(mine["text"], SCALE)["status"] == "refusal"
    assert told.tolist() == (mine["refusal"] == "1").tolist(), mine["text"][told != (mine["refusal"] == "1")]


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
