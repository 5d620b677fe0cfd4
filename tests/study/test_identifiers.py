"""Identifiers of logs: runs are never items, items never runs, and what can't be told is refused."""

import json

import pytest
import yaml

from valuestats import read_responses, run_study
from valuestats.base.errors import InputError, SpecificationError
from valuestats.cli.main import main
from valuestats.instruments import load_instrument
from valuestats.study.identifiers import naming
from valuestats.study.starting import write_study

ITEMS = [str(n) for n in range(1, 22)]


def answers(folder, names, *, prompts=None, models=("m",)):
    file = folder / "answers.csv"
    rows = [
        f"{m},{name},{n % 6 + 1} - x,{prompts[n] if prompts else ''}"
        for m in models
        for n, name in enumerate(names)
    ]
    file.write_text("\n".join(["model,item,raw,prompt", *rows]))
    return file


def named(folder, names, **more):
    return naming(read_responses(answers(folder, names, **more), scale="pvq21"), load_instrument("pvq21"))


@pytest.mark.parametrize(
    ("form", "prefix"),
    [
        ("pvq21-{item}-run{run}", "pvq21-"),
        ("pvq21-{item}_rep{run}", "pvq21-"),
        ("{item}/epoch-{run}", ""),
        ("run{run}-q{item}", "q"),
        ("study.run_{run}.q{item}", "q"),
        ("Trial {run}: {item}", ""),
        ("q{item}#{run}", "q"),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
def test_runs_in_identifiers_are_epochs(tmp_path, form, prefix, first):
    names = [form.format(item=item, run=run) for run in range(first, first + 5) for item in ITEMS]
    found = named(tmp_path, names)
    assert (found.prefix, found.n_items) == (prefix, 21)
    assert sorted(found.responses.frame["epoch"].unique()) == [1, 2, 3, 4, 5]
    assert set(found.responses.items) == {prefix + item for item in ITEMS}


def test_one_item_asked_often_is_one_item(tmp_path):
    found = named(tmp_path, [f"pvq21-1-run{run}" for run in range(1, 6)])
    assert found.responses.items == ["pvq21-1"]
    assert found.n_items == 1


def test_numbers_without_a_word_are_told_apart_by_the_prompts(tmp_path):
    names = [f"{run}-{item}" for run in range(1, 22) for item in ITEMS]
    with pytest.raises(SpecificationError, match="in two ways"):
        named(tmp_path, names)
    prompts = [f"question {item}" for _ in range(1, 22) for item in ITEMS]
    found = named(tmp_path, names, prompts=prompts)
    assert found.pattern.startswith("(?P<epoch>")
    assert found.n_items == 21


def test_different_prompts_are_no_runs(tmp_path):
    names = [f"q{item}-run{run}" for item in ITEMS for run in (1, 2)]
    with pytest.raises(SpecificationError, match="only a part"):
        named(tmp_path, names, prompts=[f"text {n}" for n in range(len(names))])


def test_only_a_part_that_fits_is_refused(tmp_path, capsys):
    names = [
        f"pvq21-{item}-run{run}-{colour}"
        for item in ITEMS
        for run in range(1, 6)
        for colour in ("red", "blue")
    ]
    with pytest.raises(SpecificationError, match="none of the instrument's items"):
        named(tmp_path, names)
    file = answers(tmp_path, [f"a{n}" for n in range(1, 6)] + [f"other{n}x" for n in range(10)])
    with pytest.raises(SpecificationError, match="only a part") as caught:
        write_study(file, "pvq21", tmp_path / "s.yml")
    assert "5 of 15 identifiers (5 of 15 answers)" in caught.value.got
    assert "item_pattern=" in caught.value.hint
    assert main(["study-init", str(file), "--instrument", "pvq21", "--out", str(tmp_path / "s.yml")]) == 1
    said = capsys.readouterr().err
    assert "--item-pattern '(?P<item>.+)-run" in said
    assert "--prefix PREFIX" in said
    assert "item_pattern=" not in said
    with pytest.raises(SpecificationError, match="only a part"):
        write_study(file, "pvq21", tmp_path / "s.yml", prefix="a")
    mostly = answers(tmp_path, [f"a{n}" for n in range(1, 13)] + ["x", "y"])
    write_study(mostly, "pvq21", tmp_path / "s.yml", prefix="a")
    assert "not of the" in capsys.readouterr().err


def batch_file(folder, model, value):
    lines = [
        {"custom_id": f"pvq21-{item}-run{run}", "error": None, "response": {"status_code": 200, "body": {
            "model": model, "choices": [{"message": {"content": str(value(int(item), run))}}]}}}
        for item in ITEMS for run in (1, 2, 3)
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / f"{model}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_from_batches_without_requests_to_scores_by_one_command(tmp_path, monkeypatch, capsys):
    batch_file(tmp_path / "logs", "one", lambda item, run: item % 6 + 1)
    batch_file(tmp_path / "logs", "two", lambda item, run: (item + run) % 6 + 1)
    monkeypatch.chdir(tmp_path)
    file = write_study("logs", "pvq21", "study.yml", ordinal=False)
    step = yaml.safe_load(file.read_text(encoding="utf-8"))["steps"]["responses"]
    assert step["item_pattern"] == r"(?P<item>.+)-run(?P<epoch>\d+)"
    run = run_study(file, results=tmp_path / "results")
    scores = run.load("scores")
    means = scores.estimates.set_index(["model", "dimension"])["raw_mean"]
    assert means[("one", "Power")] == pytest.approx(
        sum(item % 6 + 1 for item in (2, 17)) / 2
    )  # PVQ-21: items 2, 17
    assert scores.estimates["n_scored"].sum() == 2 * 21 * 3
    other = ["study-init", "logs", "--instrument", "pvq21", "--out", "own.yml", "--model", "asked"]
    pattern = r"pvq21-(?P<item>\d+)-run(?P<epoch>\d+)"
    capsys.readouterr()
    assert main([*other, "--custom-id", pattern]) == 1
    assert "stands twice" in capsys.readouterr().err  # two files of one model
    assert main(["describe", "logs", "--custom-id", pattern, "--scale", "pvq21"]) == 0
    assert "2 models, 21 items, " in capsys.readouterr().out
    assert main(["describe", "logs/one.jsonl", "--model", "asked"]) == 0
    assert "asked" in capsys.readouterr().out
    assert main(["parsers", "logs", "--scale", "1-6", "--item-pattern", pattern]) == 0


def test_a_pattern_of_ones_own_reads_any_source(tmp_path):
    file = answers(tmp_path, ["q1/run0/polite", "q1/run1/polite", "q1/run0/plain"])
    frame = read_responses(
        file, scale="pvq21", item_pattern=r"q(?P<item>\d+)/run(?P<epoch>\d+)/(?P<condition>\w+)"
    ).frame
    assert frame[["item", "epoch", "condition"]].astype(str).to_numpy().tolist() == [
        ["1", "1", "polite"], ["1", "2", "polite"], ["1", "1", "plain"],
    ]  # fmt: skip
    several = read_responses(
        [file, file], scale="pvq21", duplicates="report", item_pattern=r"(?P<item>.+?)/.*"
    )
    assert several.items == ["q1"]
    with pytest.raises(InputError, match="stands twice"):
        read_responses(file, scale="pvq21", item_pattern=r"(?P<item>.+?)/.*")
    with pytest.raises(InputError, match="doesn't meet the pattern") as caught:
        read_responses(file, scale="pvq21", item_pattern=r"(?P<item>.+)/polite")
    assert caught.value.row == 2
    with pytest.raises(InputError, match="can't be taken"):
        read_responses(file, scale="pvq21", item_pattern=r"(?P<item>.+)/(?P<epoch>\w+)")
    with pytest.raises(SpecificationError, match="doesn't name"):
        read_responses(file, scale="pvq21", item_pattern=r".*")


def test_an_epoch_of_its_own_stands_within_the_run(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(
        "model,item,epoch,answer\n" + "".join(f"m,q-run{r},{e},1\n" for r in (1, 2) for e in (1, 2))
    )
    frame = read_responses(file, scale="pvq21", item_pattern=r"(?P<item>q)-run(?P<epoch>\d)").frame
    assert frame["epoch"].tolist() == [1, 2, 3, 4]
    with pytest.raises(SpecificationError, match="say already"):
        read_responses(
            file, scale="pvq21", constants={"wording": "a"}, item_pattern=r"(?P<item>q)-run(?P<wording>\d)"
        )


def test_long_identifiers_are_refused_at_once(tmp_path):
    with pytest.raises(SpecificationError, match="none of the instrument's items"):
        named(tmp_path, ["-" * 50_000 + "x", "-" * 50_000 + "y"])
