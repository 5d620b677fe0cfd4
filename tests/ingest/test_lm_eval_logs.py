"""lm-evaluation-harness, as version 0.4.13 itself wrote it with its dummy model (logs/make_lm_eval.py)."""

import json
import shutil
from math import exp
from pathlib import Path

import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.ingest import logprob_distributions, read_responses

RUN = next((Path(__file__).parent / "logs" / "lm_eval_run").iterdir())
TEXTS = next(RUN.glob("samples_portraits_2*.jsonl"))
CHOICES = next(RUN.glob("samples_portraits_mc_*.jsonl"))


def write(folder, records, model="m"):
    file = folder / "samples_task_2026-01-01T00-00-00.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / "results_2026-01-01T00-00-00.json").write_text(json.dumps({"model_name": model}))
    return file


def record(**changes):
    return {
        "doc_id": 0, "doc": {"text": "?"}, "arguments": {"gen_args_0": {"arg_0": "?", "arg_1": {}}},
        "resps": [["Like me."]], "filtered_resps": ["Like me."], "filter": "none", "doc_hash": "h", **changes,
    }  # fmt: skip


def test_one_row_for_each_repeat_and_none_for_each_filter():
    frame = read_responses(TEXTS, scale="pvq21").frame
    assert set(frame["model"]) == {"org/dummy-7b"}
    assert list(zip(frame["item"], frame["epoch"], strict=True)) == [
        (str(d), e) for d in range(3) for e in (1, 2, 3)
    ]
    assert frame["status"].tolist()[:6] == ["valid", "valid", "refusal", "empty", "valid", "unparsable"]
    lines = [json.loads(line) for line in TEXTS.read_text().splitlines()]
    behind = {int(row) for rows in frame["source_rows"] for row in rows.split()}
    assert behind == set(range(len(lines)))
    assert frame["source_rows"].iloc[0] == "0 3"


def test_scored_options_and_their_string_log_probabilities():
    read = read_responses(CHOICES, scale="pvq21")
    lines = [json.loads(line) for line in CHOICES.read_text().splitlines()]
    assert len(read) == len(lines) == 3
    found = logprob_distributions(read, "pvq21")
    for line, answer, raw, (_, row) in zip(
        lines, read.frame["answer"], read.frame["raw"], found.iterrows(), strict=True
    ):
        values = [float(request[0][0]) for request in line["resps"]]
        options = [a["arg_1"].strip() for a in line["arguments"].values()]
        best = values.index(max(values))
        assert raw == options[best]
        order = 1 if options[0] == "not like me at all" else -1
        codes = list(range(1, 7))[::order]
        assert answer == codes[best]
        total = sum(map(exp, values))
        assert [row[c] for c in codes] == pytest.approx([exp(v) / total for v in values])
    assert read.frame["option_order"].isna().all()  # the options were never shown together


def test_a_folder_has_both_tasks():
    frame = read_responses(RUN.parent, scale="pvq21").frame
    assert frame["condition"].value_counts().to_dict() == {"portraits": 9, "portraits_mc": 3}


def test_without_the_results_file_the_model_must_be_said(tmp_path):
    alone = shutil.copy(TEXTS, tmp_path)
    with pytest.raises(InputError, match="don't name their model"):
        read_responses(alone, scale="pvq21")
    assert set(read_responses(alone, scale="pvq21", model="x").frame["model"]) == {"x"}


def test_documents_that_are_cut_off_are_said(tmp_path, capsys):
    shutil.copytree(RUN, tmp_path, dirs_exist_ok=True)
    file = tmp_path / CHOICES.name
    read_responses(file, scale="pvq21")
    assert capsys.readouterr().err == ""
    file.write_text("".join(CHOICES.read_text().splitlines(keepends=True)[:2]))
    assert len(read_responses(file, scale="pvq21")) == 2
    assert "1 of 3 documents of the run have no row" in capsys.readouterr().err


def test_letters_behind_scored_options(tmp_path):
    prompt = "How much?\nA. Like me\nB. Not like me\nAnswer:"
    arguments = {f"gen_args_{n}": {"arg_0": prompt, "arg_1": f" {letter}"} for n, letter in enumerate("AB")}
    line = record(arguments=arguments, resps=[[["-2.0", "False"]], [["-0.5", "True"]]])
    read = read_responses(write(tmp_path, [line]), scale="pvq21")
    assert read.frame[["raw", "answer", "option_order"]].iloc[0].tolist() == ["B", 2, "descending"]
    assert logprob_distributions(read, "pvq21").iloc[0][[2, 5]].tolist() == pytest.approx(
        [exp(-0.5), exp(-2)]
    )


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"doc_id": None}, "doc_id"),
        ({"resps": []}, "resps"),
        ({"resps": [[3]]}, "resps"),
        ({"resps": [[-3]]}, "resps"),
        ({"resps": [[["x", "False"]]]}, "resps"),
        ({"resps": [[["nan", "False"]]]}, "resps"),
        ({"arguments": 3}, "arguments"),
    ],
)
def test_fields_that_cannot_be_taken_stop_nothing(tmp_path, changes, parameter):
    file = write(tmp_path, [record(doc_id=7, doc_hash="g"), record(**changes)])
    read = read_responses(file, scale="pvq21")
    assert (read.findings["file"][0], read.findings["row"][0]) == (file.name, 1)
    assert f"; {parameter};" in read.findings["found"][0]
    known = parameter != "doc_id"
    assert read.frame["status"].tolist() == ["valid", *(["unparsable"] if known else [])]
    with pytest.raises(InputError) as caught:
        read_responses(write(tmp_path, [record(**changes)]), scale="pvq21")
    assert (caught.value.parameter, caught.value.row, caught.value.file) == (parameter, 0, str(file))


def scored(number, *values):
    options = ["Not like me at all", "Not like me", "A little like me"]
    arguments = {f"gen_args_{n}": {"arg_0": "?", "arg_1": f" {option}"} for n, option in enumerate(options)}
    return record(
        doc_id=number, doc_hash=f"h{number}", arguments=arguments, resps=[[[v, "False"]] for v in values]
    )


def test_log_likelihoods_that_say_nothing_are_rows_without_an_answer(tmp_path):
    records = [scored(0, "-1", "-2", "-3"), scored(1, "nan", "-2", "-3"), scored(2, "-inf", "-2", "-3"),
               scored(3, "-inf", "-inf", "-inf"), scored(4, "-2", "-2", "-3")]  # fmt: skip
    read = read_responses(write(tmp_path, records), scale="pvq21")
    assert read.frame["answer"].tolist() == [1, pd.NA, 2, pd.NA, pd.NA]
    assert read.frame["rule"].tolist()[1:5:2] == ["damaged record"] * 2
    assert read.frame["rule"][4] == "several are most likely"
    assert read.findings["row"].tolist() == [1, 3]


def test_a_broken_line_and_a_folder_that_names_the_model(tmp_path):
    folder = tmp_path / "org__m-7b"
    folder.mkdir()
    file = write(folder, [record(), record(doc_id=2, doc_hash="j")])
    (folder / "results_2026-01-01T00-00-00.json").unlink()
    file.write_text(file.read_text().replace("\n", "\n{broken\n", 1))
    read = read_responses(folder, scale="pvq21")
    assert (set(read.frame["model"]), len(read)) == ({"org/m-7b"}, 2)
    assert read.frame["source_row"].tolist() == [0, 2]
    assert read.findings["kind"].tolist() == ["model taken from the folder's name", "record without a row"]


def test_filters_that_disagree_and_documents_that_were_run_twice(tmp_path):
    other = record(filter="other", resps=[["Not like me."]])
    with pytest.raises(InputError, match="can't be taken"):
        read_responses(write(tmp_path, [record(), other]), scale="pvq21")
    third = record(doc_id=1, doc_hash="i")
    read = read_responses(write(tmp_path, [record(), other, third]), scale="pvq21")
    assert read.frame["status"].tolist() == ["unparsable", "valid"]
    assert read.frame["source_rows"].tolist() == ["0 1", "2"]
    with pytest.raises(InputError, match="stands twice"):
        read_responses(write(tmp_path, [record(), record()]), scale="pvq21")
    both = read_responses(write(tmp_path, [record(), record()]), scale="pvq21", duplicates="report")
    assert both.frame["source_rows"].tolist() == ["0", "1"]


ROLLING = next((Path(__file__).parent / "logs" / "lm_eval_rolling").iterdir())


def test_the_log_likelihood_of_one_text_is_no_answer(tmp_path):
    with pytest.raises(InputError, match="a record's field") as caught:
        read_responses(ROLLING, scale="pvq21", model="m")
    assert caught.value.got == "the log-likelihood of one text"
    assert caught.value.row == 0
    lone = record(arguments=[["?", " like me"]], resps=[[["-1.5", "True"]]])
    with pytest.raises(InputError) as caught:
        read_responses(write(tmp_path, [lone]), scale="pvq21")
    assert caught.value.got == "the log-likelihood of one text"


def test_a_generated_number_is_an_answer(tmp_path):
    file = write(
        tmp_path, [record(resps=[["5"]]), record(doc_id=1, arguments=[["?", {"until": []}]], resps=[["4"]])]
    )
    assert read_responses(file, scale="pvq21").frame["answer"].tolist() == [5, 4]


def test_a_broken_results_file_costs_nothing_but_what_it_says(tmp_path):
    folder = tmp_path / "org__m"
    folder.mkdir()
    write(folder, [record()])
    (folder / "results_2026-01-01T00-00-00.json").write_text('{"model_name": "org')
    read = read_responses(folder, scale="pvq21")
    assert (read.models, len(read)) == (["org/m"], 1)
    assert read.findings["kind"].tolist() == ["file left out", "model taken from the folder's name"]
    said = read_responses(folder, scale="pvq21", model="x")
    assert (said.models, len(said.findings)) == (["x"], 0)
