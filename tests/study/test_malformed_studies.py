"""Study files as anyone may write them: each ends in one clear error, or in results; never in a traceback."""

import random

import pytest

from valuestats.base.errors import StudyError, ValuestatsError
from valuestats.cli.main import main
from valuestats.study import load_study, run_study

STUDY = """\
study: small
title: A small study
seed: 3
level: 0.9
notice: simulated
steps:
  numbers: {verb: read_table, path: {file: numbers.csv}}
  again: {verb: read_table, path: {file: numbers.csv}, otherwise: {path: {demo: truth.json}}}
reports: []
"""
HEAD = "study: a\ntitle: A\nseed: 1\n"
STEP = "steps: {s: {verb: read_table, path: {file: numbers.csv}}}\n"
FILES = {
    "no mapping": "- a\n",
    "nothing": "",
    "a date": "2020-01-01\n",
    "no such month": HEAD + "title: 2020-13-45\n" + STEP,
    "keys of two kinds": HEAD + STEP + "1: a\nb: c\n",
    "a key that is null": HEAD + STEP + "null: a\n",
    "a key that is a list": HEAD + STEP + "? [a, b]\n: c\n",
    "a key that is a mapping": HEAD + STEP + "? {a: b}\n: c\n",
    "a key twice": HEAD + STEP + "title: B\n",
    "a step twice": HEAD + "steps: {s: {verb: read_json}, s: {verb: read_json}}\n",
    "an argument twice": HEAD + "steps: {s: {verb: read_table, path: a, path: b}}\n",
    "title a list": "study: a\ntitle: [A]\nseed: 1\n" + STEP,
    "notice a mapping": HEAD + "notice: {a: b}\n" + STEP,
    "system a list": HEAD + "system: [a]\n" + STEP,
    "reports a number": HEAD + "reports: 5\n" + STEP,
    "reports a text": HEAD + "reports: page\n" + STEP,
    "reports numbers": HEAD + "reports: [1]\n" + STEP,
    "reports above": HEAD + "reports: [../../page]\n" + STEP,
    "fallback a number": HEAD + "fallback: {a: b}\n" + STEP,
    "steps a list": HEAD + "steps: [a]\n",
    "steps empty": HEAD + "steps: {}\n",
    "step a text": HEAD + "steps: {s: read_table}\n",
    "step a number": HEAD + "steps: {1: {verb: read_table}}\n",
    "step named reports": HEAD + "steps: {reports: {verb: read_table}}\n",
    "verb a list": HEAD + "steps: {s: {verb: [read_table]}}\n",
    "verb null": HEAD + "steps: {s: {verb: null}}\n",
    "otherwise a text": HEAD + "steps: {s: {verb: read_table, otherwise: x}}\n",
    "otherwise a number": HEAD + "steps: {s: {verb: read_table, path: {dataset: civics}, otherwise: 3}}\n",
    "binary": HEAD + "steps: {s: {verb: read_table, path: !!binary aGVsbG8=}}\n",
    "a set": HEAD + "steps: {s: {verb: describe, answers: !!set {a, b}}}\n",
    "an ordered map": HEAD + "steps: {s: {verb: describe, answers: !!omap [a: 1]}}\n",
    "python": HEAD + "steps: {s: {verb: !!python/object/apply:os.system [touch ran]}}\n",
    "half a character": HEAD + 'steps: {s: {verb: read_table, path: "\\ud800"}}\n',
    "a null character": HEAD + 'steps: {s: {verb: read_table, path: {file: "a\\0b"}}}\n',
    "a large number": HEAD + f"steps: {{s: {{verb: read_table, path: {10**30}}}}}\n",
    "a very large number": HEAD + f"steps: {{s: {{verb: read_table, path: {'9' * 5000}}}}}\n",
    "deep": HEAD + "steps: {s: {verb: read_table, path: " + "[" * 400 + "]" * 400 + "}}\n",
    "deeper": HEAD + "steps: {s: {verb: read_table, path: " + "[" * 40_000 + "]" * 40_000 + "}}\n",
    "itself": HEAD + "steps: &a {s: *a}\n",
    "itself in a list": HEAD + "steps: {s: {verb: read_table, path: &p [*p]}}\n",
    "multiplied": HEAD + "".join(f"n{i}: &n{i} [{', '.join([f'*n{i - 1}'] * 10) if i else 'x'}]\n" for i in range(9)),
    "a reference to nothing": HEAD + 'steps: {s: {verb: read_table, path: "@"}}\n',
    "a circle": HEAD + 'steps: {s: {verb: read_table, path: "@s"}}\n',
    "an unknown argument": HEAD + "steps: {s: {verb: read_table, {}: 1}}\n",
    "an argument that is no name": HEAD + "steps: {s: {verb: read_table, 3: 1}}\n",
    "not utf-8": HEAD.encode() + b"notice: \xff\n",
    "utf-16": ("\ufeff" + STUDY).encode("utf-16-le"),
    "control characters": HEAD + "notice: \x1b[2J\n" + STEP,
    "a long name": HEAD.replace("study: a", f"study: {'a' * 300}") + STEP,
    "a folder": HEAD + "steps: {s: {verb: read_table, path: {file: .}}}\n",
    "a number for a path": HEAD + "steps: {s: {verb: read_table, path: {file: 5}}}\n",
    "nothing for a path": HEAD + "steps: {s: {verb: read_table, path: null}}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_malformed_study_is_one_error(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    content = FILES[name]
    (tmp_path / "study.yml").write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    (tmp_path / "numbers.csv").write_text("x\n1\n")
    status = main(["run", "study.yml"])  # what isn't caught is a traceback, and fails here
    said = capsys.readouterr().err
    assert status == (0 if name == "utf-16" else 1), said
    assert said.count("error: ") == status
    assert "\x1b" not in said
    assert not (tmp_path / "ran").exists()


def test_what_stands_twice_is_named_with_its_line(tmp_path):
    file = tmp_path / "study.yml"
    file.write_text(FILES["a key twice"])
    with pytest.raises(StudyError, match="not valid YAML") as caught:
        load_study(file)
    assert "line 5: key 'title' stands twice" in str(caught.value)


def test_what_a_mapping_takes_over_may_be_replaced(tmp_path):
    file = tmp_path / "study.yml"
    file.write_text(HEAD + "steps:\n  a: &a {verb: read_table, path: x}\n  b: {<<: *a, path: y}\n")
    assert [step.params["path"] for step in load_study(file).steps] == ["x", "y"]


PARTS = [
    "[]", "{}", "null", "~", "1e999", ".nan", "-.inf", "@numbers", "'@'", "yes", "!!set {a}", "2020-01-01", "'\\0'", "*a",
    "&a", "<<: {}", "? ", ": ", "\n", "  ", "- ", "file", "0x1F", "0o9", "1:2:3", "\t", "\x85", "'", '"', "#", "|", ">",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_studies_with_random_damage(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numbers.csv").write_text("x\n1\n")
    rng, refused = random.Random(seed), 0
    for _ in range(60):
        text = STUDY
        for _ in range(rng.randint(1, 4)):
            start = rng.randrange(len(text))
            text = text[:start] + rng.choice(PARTS) + text[start + rng.choice([0, 0, 1, 5, 20]) :]
        (tmp_path / "study.yml").write_text(text, encoding="utf-8")
        try:
            study = load_study("study.yml")
            if len(study.steps) == 2:  # to run them all takes long
                run_study("study.yml", results="out")
        except ValuestatsError:
            refused += 1
    assert 0 < refused <= 60
