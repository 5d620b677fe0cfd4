"""What logs hold, told without a scale: every format, every row, texts made inert."""

from pathlib import Path

import pytest

from valuestats.cli.main import main
from valuestats.ingest import describe_contents, read_responses
from valuestats.ingest.contents import UNREAD

LOGS = Path(__file__).parent / "logs"
PLACES = {
    "inspect": "inspect_texts.eval",
    "inspect_json": "inspect_texts.json.gz",
    "inspect_folder": "inspect_study",
    "lm_eval": "lm_eval_run",
    "helm": "helm_run",
    "helm_references": "helm_references",
    "lighteval": "lighteval_run",
    "promptfoo": "promptfoo_repeats.json",
    "openai": "openai_batch",
    "anthropic": "anthropic_batch",
}


@pytest.mark.parametrize("name", PLACES)
def test_every_row_has_a_status_without_a_scale(name, capsys):
    path = LOGS / PLACES[name]
    found = describe_contents(path)
    with_scale = read_responses(path, scale="pvq21", duplicates="report")
    statuses = found.description.statuses
    total = statuses[statuses["model"] == "all"].set_index("status")["n"]
    assert total.sum() == len(with_scale)
    assert "valid" not in total.index
    assert "unparsable" not in total.index
    # What needs no scale is told as it will be with one.
    for status in ("empty", "truncated", "api_error", "not_administered"):
        assert total.get(status, 0) == (with_scale.frame["status"] == status).sum()
    assert found.responses.frame["answer"].isna().all()
    assert main(["describe", str(path)]) == 0
    said = capsys.readouterr().out
    assert "most frequent raw texts" in said
    assert "rows with log-probabilities" in said


def test_the_scale_that_fits_is_named():
    found = describe_contents(LOGS / "inspect_study" / "plain.eval")
    assert found.options["n"].tolist() == [63]
    assert found.options["orders"].tolist() == [found.responses.frame["options"].nunique()]
    assert "pvq21" in found.options["instruments"][0]
    assert found.forms["n"].sum() == 63
    assert found.logprobs["n"].tolist() == [0]


def test_texts_are_inert_and_empty_ones_are_no_form(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text('model,item,raw\nm,1,"\x1b[2J\u202egone"\nm,2,\nm,3," yes "\nm,4,yes\n', encoding="utf-8")
    found = describe_contents(file)
    assert found.forms[["text", "n"]].to_numpy().tolist() == [["yes", 2], ["\\x1b[2J\\u202egone", 1]]
    assert "\x1b" not in found.to_text()


def test_coded_answers_stand_as_they_are(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("model,item,answer\nm,1,0\nm,2,1\n")
    found = describe_contents(file)
    assert found.responses.frame["answer"].tolist() == [0, 1]
    assert UNREAD not in set(found.description.statuses["status"])
    file.write_text("model,item,answer\nm,1,5\nm,2,\n")
    assert describe_contents(file).responses.frame["status"].tolist() == ["valid", "empty"]
