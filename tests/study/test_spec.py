"""Study files are checked before anything runs."""

import pytest

from valuestats.base.errors import StudyError
from valuestats.study.spec import load_study

GOOD = """
study: small
title: A small study
seed: 1
steps:
  b: {verb: keys, correlations: "@a"}
  a: {verb: item_values, ratings: "@r"}
  r: {verb: read_ratings, path: {file: x.csv}}
"""


def _write(tmp_path, text):
    path = tmp_path / "study.yml"
    path.write_text(text)
    return path


def test_steps_come_in_an_order_that_works(tmp_path):
    study = load_study(_write(tmp_path, GOOD))
    assert [s.name for s in study.steps] == ["r", "a", "b"]
    assert study.level == 0.95
    assert len(study.sha256) == 64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("seed: 1", ""), "a field is missing"),
        (lambda t: t + "colour: red\n", "unknown field"),
        (lambda t: t.replace("@a", "@nowhere"), "a reference to no step"),
        (lambda t: t.replace('"@r"', '"@b"'), "circle"),
        (lambda t: t.replace("verb: keys, ", ""), "a step needs a verb"),
        (lambda t: t.replace("study: small", "study: Small Study"), "not a name"),
        (lambda t: "- a\n- b\n", "a study file is a mapping"),
        (lambda t: "a: [1, 2\n", "not valid YAML"),
        (lambda t: t.replace("  b:", "  ../b:"), "not a name"),
    ],
)
def test_faults_are_named(tmp_path, change, message):
    path = _write(tmp_path, change(GOOD))
    with pytest.raises(StudyError, match=message) as caught:
        load_study(path)
    assert caught.value.file == str(path)


def test_no_file(tmp_path):
    with pytest.raises(StudyError, match="no such study file"):
        load_study(tmp_path / "none.yml")


def test_yaml_tags_are_refused(tmp_path):
    with pytest.raises(StudyError, match="not valid YAML"):
        load_study(_write(tmp_path, GOOD + "description: !!python/object/apply:os.system [ls]\n"))
