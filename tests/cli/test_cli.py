"""The command line: what it shows, what it says of faults, its exit status."""

import json

import pandas as pd
import pytest

from valuestats.cli import main as commands
from valuestats.cli.main import main


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    for command in ("run", "render", "verify", "data", "describe", "ingest", "simulate"):
        assert f"\n    {command} " in text


def test_a_fault_is_one_clear_message(capsys, tmp_path):
    assert main(["run", str(tmp_path / "none.yml")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: no such study file")
    assert "Traceback" not in said


def test_render_needs_a_finished_run(capsys, tmp_path):
    assert main(["render", str(tmp_path)]) == 1
    assert "holds no finished run" in capsys.readouterr().err


def test_interruption_is_said_and_has_its_own_status(capsys, monkeypatch):
    def interrupted(parsed):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_data_list", interrupted)
    assert main(["data", "list"]) == 130
    assert "finished steps are kept" in capsys.readouterr().err


def test_data_list_says_what_is_at_hand(capsys):
    assert main(["data", "list"]) == 0
    text = capsys.readouterr().out
    assert "value_portrait" in text
    assert "MIT" in text


def test_unknown_dataset(capsys):
    assert main(["data", "fetch", "nothing"]) == 1
    assert "no such dataset" in capsys.readouterr().err


def test_describe_counts_rows_and_statuses(capsys, tmp_path):
    path = tmp_path / "answers.jsonl"
    rows = [
        {"who": "a", "question": "1", "raw": "like me"},
        {"who": "a", "question": "2", "raw": ""},
        {"who": "b", "question": "1", "raw": "Not like me."},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = ["--column", "model=who", "--column", "item=question"]
    assert main(["describe", str(path), "--scale", "value_portrait", *columns]) == 0
    text = capsys.readouterr().out
    assert "3" in text
    assert "empty" in text


def test_a_column_map_needs_an_equals_sign(capsys, tmp_path):
    assert main(["describe", str(tmp_path), "--column", "item"]) == 1
    assert "not a column map" in capsys.readouterr().err


def test_describe_a_survey(capsys, tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame({"q": [1.0, 2.0, 88.0, 7.0], "w": [1.0, 1.0, 2.0, 0.0]})
    labels = {"q": {1: "yes", 2: "no\x1b[31m", 88: "Don't know"}}
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(frame, path, column_labels={"q": "Agree?"}, variable_value_labels=labels)
    assert main(["describe", str(path), "--weight", "w"]) == 0
    text = capsys.readouterr().out
    assert "Kish's effective size 2.7" in text
    assert "1 dont know" in text
    assert "Agree? | 1 yes" in text
    assert "outside of the scale: q: 7" in text
    assert "\x1b" not in text
    table = tmp_path / "people.csv"
    table.write_text("q\n1\n-1\n")
    assert main(["describe", str(table), "--reader", "survey", "--missing", "wvs"]) == 0
    assert "unweighted" in capsys.readouterr().out
    assert main(["describe", str(path), "--weight", "v"]) == 1
    assert "no such variable" in capsys.readouterr().err


def test_ingest_writes_parquet_and_skips_what_it_knows(capsys, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("question,raw\n1,Like me.\n2,\n")
    arguments = ["ingest", str(path), "--out", str(tmp_path / "out"), "--scale", "value_portrait"]
    arguments += ["--column", "item=question", "--constant", "model=a/b:c"]
    assert main(arguments) == 0
    assert "2 rows written, of 2 in 1 files" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "0 rows written, of 2 in 1 files" in capsys.readouterr().out
    assert main([*arguments[:-1], "model"]) == 1
    assert "not a name and a value" in capsys.readouterr().err


def test_simulate_writes_a_study(capsys, tmp_path):
    assert main(["simulate", "--seed", "5", "--out", str(tmp_path / "demo")]) == 0
    assert (tmp_path / "demo" / "truth.json").is_file()


ESCAPE = "\x1b]0;owned\x07\x1b[2Jm"


def test_names_from_files_are_text_on_the_terminal(capsys, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(
        f"model,item,raw\n{ESCAPE},1,{ESCAPE}\n{ESCAPE},2,I would not say like me. {ESCAPE}\n",
        encoding="utf-8",
    )
    out = str(tmp_path / f"out{ESCAPE}")
    commands = (
        ["describe", str(path)],
        ["describe", str(path), "--scale", "value_portrait"],
        ["parsers", str(path), "--scale", "value_portrait"],
        ["ingest", str(path), "--out", out, "--scale", "value_portrait"],
        ["describe", str(tmp_path / f"none{ESCAPE}")],
        ["run", f"none{ESCAPE}"],
        ["verify", f"none{ESCAPE}"],
        ["render", f"none{ESCAPE}"],
        ["data", "fetch", ESCAPE],
    )
    for command in commands:
        main(command)
        said = capsys.readouterr()
        assert "\x1b" not in said.out + said.err, command
        assert "\x07" not in said.out + said.err, command
        # neither parser that read something has an answer that the other reads, so that none is shown
        assert ("\\x1b" in said.out + said.err) == (command[0] != "parsers"), command


def test_a_fault_of_the_system_is_one_message(capsys, monkeypatch):
    for fault, message in (
        (OSError(28, "No space left on device", "x"), "No space"),
        (MemoryError(), "memory"),
    ):

        def fails(parsed, fault=fault):
            raise fault

        monkeypatch.setattr(commands, "_data_list", fails)
        assert main(["data", "list"]) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert message in said


def test_without_a_command_help_is_shown(capsys):
    assert main([]) == 0
    assert "valuestats [-h]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["rnu", "demo"], "did you mean run?"),
        (["run", "demo", "--redner"], "did you mean --render?"),
        (["data", "lits"], "did you mean list?"),
    ],
)
def test_a_mistyped_word_is_guessed(capsys, words, meant):
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert meant in capsys.readouterr().err


def test_verbs_are_listed_and_one_is_shown(capsys):
    assert main(["verbs"]) == 0
    assert "\nscore " in capsys.readouterr().out
    assert main(["verbs", "score"]) == 0
    assert capsys.readouterr().out.startswith("score(")
    assert main(["verbs", "scroe"]) == 1
    assert "did you mean score?" in capsys.readouterr().err


def test_the_encoding_that_was_advised_is_used(capsys, tmp_path):
    file = tmp_path / "antworten.csv"
    file.write_bytes("Modell;Frage;Antwort\nm;Qä;5\n".encode("latin-1"))
    columns = [f"--column={pair}" for pair in ("model=Modell", "item=Frage", "answer=Antwort")]
    assert main(["describe", str(file), *columns]) == 1
    said = capsys.readouterr().err
    assert "name its encoding (e.g. --encoding latin-1)" in said
    assert main(["describe", str(file), *columns, "--encoding", "latin-1"]) == 0
    assert "1 row, 1 file, 1 model, 1 item" in capsys.readouterr().out
    assert main(["describe", str(file), *columns, "--encoding", "latin-1", "--scale", "1-4"]) == 1
    assert main(["describe", str(file), *columns, "--encoding", "latin-1", "--scale", "1-5"]) == 0


@pytest.mark.parametrize("command", ["describe", "parsers", "report", "study-init"])
def test_commands_that_read_take_all_arguments_of_the_readers(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = capsys.readouterr().out
    for option in (
        "--model",
        "--custom-id",
        "--inputs",
        "--encoding",
        "--column",
        "--constant",
        "--field",
        "--items",
    ):
        assert f"{option} " in said or f"{option}," in said, option


def test_a_model_for_a_table_is_a_constant(capsys, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("item,answer\n1,5\n")
    assert main(["describe", str(file), "--model", "m"]) == 1
    assert "--constant model=NAME" in capsys.readouterr().err
