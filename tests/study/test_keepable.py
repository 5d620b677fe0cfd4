"""Verbs that can't be steps are refused before anything is computed, by the name of the one that can."""

import re

import pytest

from valuestats import run_study
from valuestats.base import registry
from valuestats.base.errors import StudyError
from valuestats.study.keepable import INSTEAD, is_keepable


def study(tmp_path, steps):
    (tmp_path / "a.csv").write_text("model,item,raw\n" + "".join(f"m,{n},Like me.\n" for n in range(1, 22)))
    file = tmp_path / "study.yml"
    file.write_text(f"study: s\ntitle: t\nseed: 1\nsteps:\n{steps}")
    return file


READ = "  one: {verb: read_responses, path: {file: a.csv}, scale: pvq21}\n"


@pytest.mark.parametrize(
    ("verb", "named"),
    [("merge_responses", "merge "), ("rake", "raked_survey"), ("load_instrument", "argument")],
)
def test_a_verb_that_is_no_step_is_refused_before_the_first_runs(tmp_path, capsys, verb, named):
    file = study(tmp_path, READ + f"  all: {{verb: {verb}, parts: ['@one']}}\n")
    with pytest.raises(StudyError, match="can't be kept, so it is no step") as caught:
        run_study(file, results=tmp_path / "results")
    assert named in caught.value.expected
    assert caught.value.parameter == "steps.all.verb"
    assert "one: read_responses" not in capsys.readouterr().err


def test_what_stands_for_the_others_exists_and_can_be_kept():
    known = registry.verbs()
    for verb, instead in INSTEAD.items():
        assert not is_keepable(registry.load(known[verb])), verb
        if not instead.startswith("no step"):
            for name in re.findall(r"(?:^| or )(\w+)(?= \(|$)", instead):
                assert is_keepable(registry.load(known[name])), name


def test_steps_are_numbered_in_the_order_in_which_they_begin(tmp_path, capsys):
    steps = READ + "".join(
        f"  d{n}: {{verb: describe, answers: '@one', limit: {n}}}\n" for n in range(1, 4)
    ) + "  parsers: {verb: compare_parsers, answers: '@one', scale: pvq21}\n"  # fmt: skip
    file = study(tmp_path, steps)
    run_study(file, results=tmp_path / "results")
    changed = file.read_text().replace("limit: 1", "limit: 9")
    file.write_text(changed)
    capsys.readouterr()
    run_study(file, results=tmp_path / "results")
    numbers = re.findall(r"^\[(\d)/5\]", capsys.readouterr().err, re.MULTILINE)
    assert numbers == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("scale", ["[1, 6]", "'1-6'", "{'*': [1, 6]}"])
def test_a_study_takes_a_plain_range_of_codes(tmp_path, scale):
    file = study(tmp_path, READ.replace("pvq21", scale))
    (tmp_path / "a.csv").write_text("model,item,raw\nm,1,Answer: 4\nm,2,7\n")
    read = run_study(file, results=tmp_path / "results").load("one").frame
    assert read["status"].astype(str).tolist() == ["valid", "unparsable"]
    assert read["answer"].tolist()[0] == 4
