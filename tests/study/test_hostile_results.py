"""A results folder, a study file and an ingest folder from a stranger are data: nothing runs, nothing lands elsewhere."""

import json
import pickle
import shutil

import numpy as np
import orjson
import pandas as pd
import pytest

from valuestats.base.errors import InputError, RenderError, StudyError, ValuestatsError
from valuestats.cli.main import main
from valuestats.counting import open_answers, write_responses
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.meta import make_meta
from valuestats.results.receipts import write_receipt
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.study import load_step, run_study
from valuestats.study.page_receipts import known_pages
from valuestats.study.pages import render_reports
from valuestats.study.verification import verify_results

STUDY = """
study: small
title: A small study
seed: 3
steps:
  numbers: {verb: read_table, path: {file: numbers.csv}}
"""
PAGE = """---
title: "Own"
lang: en
---

```{python}
#| tags: [parameters]
#| include: false
results = "results"
```

```{python}
#| include: false
from pathlib import Path
Path("ran").touch()
```

Text.
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "study.yml").write_text(STUDY + "reports: [page]\n")
    (tmp_path / "own" / "numbers.csv").write_text("x\n1\n2\n")
    (tmp_path / "own" / "page.qmd").write_text(PAGE)
    return run_study(tmp_path / "own" / "study.yml", results=tmp_path / "results")


def test_no_page_is_run_because_a_results_folder_names_it(run, tmp_path):
    folder = tmp_path / "results" / "small"
    with pytest.raises(StudyError, match="no such report") as caught:
        render_reports(folder, engine="embedded")
    assert "--study" in str(caught.value)
    assert not (tmp_path / "own" / "ran").exists()
    pages = render_reports(folder, study=run.study.path, engine="embedded")
    assert [p.name for p in pages] == ["page.html", "page.pdf"]
    assert (tmp_path / "own" / "ran").exists()
    assert (verify_results(folder).passed, verify_results(folder).pages) == (True, 2)
    pages[0].write_text("another page")
    assert verify_results(folder).faults == ("reports/page.html was changed or is missing",)
    for damage in (
        "null",
        "[]",
        "{",
        '{"page": 1}',
        '{"page": {"key": "k", "files": {"../../x.html": "0"}}}',
    ):
        (folder / "reports" / "pages.json").write_text(damage)
        assert known_pages(folder / "reports") == {}
    assert render_reports(folder, study=run.study.path, engine="embedded") == pages  # made again
    assert "Own" in pages[0].read_text()
    assert verify_results(folder).passed


def test_a_study_that_is_another_one_lends_no_pages(run, tmp_path):
    other = tmp_path / "other.yml"
    other.write_text(STUDY.replace("study: small", "study: large") + "reports: [page]\n")
    (tmp_path / "page.qmd").write_text(PAGE)
    with pytest.raises(StudyError, match="results of another study"):
        render_reports(run.folder, study=other)


@pytest.mark.parametrize("name", ["../../own/page", "/etc/page", "a b", "", 5])
def test_reports_are_plain_names(run, name):
    manifest = json.loads((run.folder / "manifest.json").read_text())
    manifest["reports"] = [name]
    (run.folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StudyError, match="the manifest is damaged"):
        render_reports(run.folder, study=run.study.path)


def test_pages_are_not_written_through_a_link(run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (run.folder / "reports").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="a link stands where the pages should be"):
        render_reports(run.folder, study=run.study.path)
    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("content", ["{}", "[]", "null", "{", '{"study": 1}', "5", '"text"', "\xff"])
def test_damaged_receipts_and_manifests_are_one_error_and_a_way_on(run, tmp_path, content, capsys):
    study, folder = tmp_path / "own" / "study.yml", run.folder
    receipt, manifest = folder / "numbers" / "step.json", folder / "manifest.json"
    receipt.write_bytes(content.encode("latin-1"))
    with pytest.raises(StudyError, match="a step's receipt is damaged") as caught:
        load_step(folder, "numbers")
    assert "run the study again" in str(caught.value)
    assert main(["verify", str(folder)]) == 1
    assert "numbers: a step's receipt is damaged" in capsys.readouterr().out
    again = run_study(study, results=tmp_path / "results")
    assert again.computed == ("numbers",)
    manifest.write_bytes(content.encode("latin-1"))
    for read in (lambda: render_reports(folder), lambda: verify_results(folder), lambda: StoredStudy(folder)):
        with pytest.raises(StudyError, match="the manifest is damaged") as caught:
            read()
        assert "run the study again" in str(caught.value)
    assert run_study(study, results=tmp_path / "results").reused == ("numbers",)
    assert verify_results(folder).passed


@pytest.mark.parametrize("change", ["scores", "cut", "gone", "added", "link"])
def test_a_stored_step_that_was_changed_is_not_shown_and_made_again(run, tmp_path, change, capsys):
    place = run.folder / "numbers"
    file = place / "frame.parquet"
    assert load_step(run.folder, "numbers")["x"].tolist() == [1, 2]
    if change == "scores":
        pd.DataFrame({"x": [99, 99]}).to_parquet(file)
    elif change == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    elif change == "gone":
        file.unlink()
    elif change == "added":
        (place / "more.parquet").write_bytes(b"")
    else:
        file.rename(tmp_path / "frame.parquet")
        file.symlink_to(tmp_path / "frame.parquet")
    said = {
        "scores": "frame.parquet was changed", "cut": "frame.parquet was changed", "gone": "frame.parquet is missing",
        "added": "more.parquet was added", "link": "frame.parquet is a link",
    }[change]  # fmt: skip
    for read in (lambda: load_step(run.folder, "numbers"), lambda: StoredStudy(run.folder)["numbers"]):
        with pytest.raises(StudyError, match="not what was written") as caught:
            read()
        assert said in str(caught.value)
    assert main(["verify", str(run.folder)]) == 1
    assert f"numbers: {said}" in capsys.readouterr().out
    again = run_study(tmp_path / "own" / "study.yml", results=tmp_path / "results")
    assert again.computed == ("numbers",)
    assert said in capsys.readouterr().err
    assert again.load("numbers")["x"].tolist() == [1, 2]
    assert main(["verify", str(run.folder)]) == 0
    assert "every file is the one that was written" in capsys.readouterr().out


def test_a_step_of_another_run_than_the_manifest_names(run):
    manifest = json.loads((run.folder / "manifest.json").read_text())
    manifest["steps"]["numbers"]["outputs_sha256"] = "0" * 64
    (run.folder / "manifest.json").write_text(json.dumps(manifest))
    assert verify_results(run.folder).faults == ("numbers: it is not the one that the manifest names",)
    with pytest.raises(StudyError, match="not the one that the manifest names"):
        StoredStudy(run.folder)["numbers"]


@pytest.mark.parametrize("step", ["../small/numbers", "", "..", None, "Numbers"])
def test_steps_are_plain_names(run, step):
    with pytest.raises(StudyError, match="not the name of a step"):
        load_step(run.folder, step)


def test_a_receipt_that_fits_changed_bytes_gives_one_error(run):
    place = run.folder / "numbers"
    for content in (b"", b"PAR1 not Parquet PAR1", b'{"type": "list"}', b"[]"):
        name = "artifact.json" if content.startswith((b"{", b"[")) else "frame.parquet"
        before = (place / name).read_bytes()
        (place / name).write_bytes(content)
        old = orjson.loads((place / "step.json").read_bytes())
        (place / "step.json").unlink()
        write_receipt(place, {k: v for k, v in old.items() if k not in ("files", "outputs_sha256")})
        with pytest.raises(StudyError, match="a stored product can't be read"):
            load_step(run.folder, "numbers")
        (place / name).write_bytes(before)


def result():
    frame = pd.DataFrame(
        {"estimand": "s", "model": ["a"], "estimate": [1.0], "std_error": [0.1], "lower": [0.8], "upper": [1.2],
         "level": [0.95], "interval": "none", "n_scored": [1], "n_asked": [1]}
    )  # fmt: skip
    draws = draws_tree("bootstrap", np.arange(4.0)[:, None], {"model": ["a"]})
    return Result("scores", frame, ("model",), make_meta("m", {}), draws)


def test_a_saved_result_that_was_changed_gives_one_error(tmp_path):
    folder = result().save(tmp_path / "saved")
    assert Result.load(folder).replicates().to_numpy().ravel().tolist() == [0.0, 1.0, 2.0, 3.0]
    chunks = [p for p in (folder / "draws.zarr").rglob("*") if p.is_file() and p.name != "zarr.json"]
    for file in [*chunks, folder / "estimates.parquet", folder / "result.json"]:
        before = file.read_bytes()
        file.unlink()  # a chunk that is gone would be read as zeros
        with pytest.raises(InputError, match="not what was written"):
            Result.load(folder)
        file.write_bytes(before[:-1])
        with pytest.raises(InputError, match="not what was written"):
            Result.load(folder)
        (folder / "sha256.json").rename(tmp_path / "hashes")  # a stranger leaves it out
        if file.suffix in (".parquet", ".json"):
            with pytest.raises(InputError, match="not a stored result"):
                Result.load(folder)
        (tmp_path / "hashes").rename(folder / "sha256.json")
        file.write_bytes(before)
    assert Result.load(folder).estimates["estimate"].tolist() == [1.0]


class Opened:
    def __reduce__(self):
        return (open, ("ran", "w"))


def test_no_object_is_unpickled_from_draws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = result().save(tmp_path / "saved")
    (folder / "sha256.json").unlink()
    shutil.rmtree(folder / "draws.zarr")
    array = folder / "draws.zarr" / "bootstrap" / "estimate"
    array.mkdir(parents=True)
    for group in (folder / "draws.zarr", folder / "draws.zarr" / "bootstrap"):
        (group / ".zgroup").write_text('{"zarr_format": 2}')
    (array / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["draw"]}')
    head = {"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "|O", "order": "C", "fill_value": None}
    head |= {"compressor": None, "filters": [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}]}
    (array / ".zarray").write_text(json.dumps(head))
    (array / "0").write_bytes(pickle.dumps(Opened()))
    with pytest.raises(InputError, match="not a stored result"):
        Result.load(folder)
    assert not (tmp_path / "ran").exists()


def test_a_path_without_file_is_followed_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numbers.csv").write_text("x\n1\n")
    (tmp_path / "study.yml").write_text(STUDY.replace("{file: numbers.csv}", "numbers.csv"))
    assert run_study("study.yml", results="out").computed == ("numbers",)
    assert run_study("study.yml", results="out").reused == ("numbers",)
    (tmp_path / "numbers.csv").write_text("x\n5\n")
    again = run_study("study.yml", results="out")
    assert again.computed == ("numbers",)
    assert again.load("numbers")["x"].tolist() == [5]


@pytest.mark.parametrize(
    "source",
    [
        "{demo: ../../pyproject.toml}", "{demo: /etc/hostname}", "{dataset: civics, path: ../../}", "{demo: 'C:\\x'}",
        "{dataset: civics, path: 'a\\..\\..\\b'}", "{file: 5}", "{file: [a]}", "{demo: {a: b}}", "{dataset: [civics]}",
    ],
)  # fmt: skip
def test_sources_stay_in_their_folder(tmp_path, source):
    (tmp_path / "study.yml").write_text(STUDY.replace("{file: numbers.csv}", source))
    with pytest.raises(ValuestatsError) as caught:
        run_study(tmp_path / "study.yml", results=tmp_path / "out")
    said = str(caught.value)
    assert "leaves the folder" in said or "named by a text" in said or "no such dataset" in said


@pytest.fixture
def ingested(tmp_path):
    (tmp_path / "a.csv").write_text("model,item,raw\nm,1,Like me.\n")
    (tmp_path / "b.csv").write_text("model,item,raw\nm,2,Like me.\n")
    write_responses(tmp_path / "a.csv", tmp_path / "out", scale="value_portrait")
    return tmp_path / "out"


def test_a_record_can_not_name_a_file_outside_of_its_folder(ingested, tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (file,) = (ingested / "_sources").glob("*.json")
    record = json.loads(file.read_text())
    for name in ("../victim.txt", str(victim), "model_folder=a--0/../../victim.txt", "_sources/lock", 5):
        file.write_text(json.dumps({**record, "files": [name]}))
        staged = ingested / "_staging" / record["sha256"]
        staged.mkdir(parents=True, exist_ok=True)
        for place in ("victim.txt.staged", "x"):
            (staged.parent / place).write_text("theirs")
        for use in (
            lambda: write_responses(tmp_path / "b.csv", ingested, scale="value_portrait"),
            lambda: open_answers(ingested),
        ):
            with pytest.raises(InputError, match=r"record of an ingested source is damaged") as caught:
                use()
            assert "new folder" in str(caught.value)
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("content", ["{}", "[]", "null", "{", "5", '{"sha256": "../../x"}'])
def test_damaged_records_are_one_error_and_a_way_on(ingested, tmp_path, content):
    (file,) = (ingested / "_sources").glob("*.json")
    file.write_text(content)
    with pytest.raises(InputError, match="damaged") as caught:
        write_responses(tmp_path / "b.csv", ingested, scale="value_portrait")
    assert "write the sources to a new folder" in str(caught.value)


def test_links_and_unknown_files_in_an_ingest_folder(ingested, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lock").write_text("mine")
    shutil.move(ingested / "_sources", tmp_path / "kept")
    (ingested / "_sources").symlink_to(outside)
    with pytest.raises(InputError, match="a link stands"):
        write_responses(tmp_path / "b.csv", ingested, scale="value_portrait")
    assert (outside / "lock").read_text() == "mine"
    (ingested / "_sources").unlink()
    shutil.move(tmp_path / "kept", ingested / "_sources")
    (part,) = ingested.glob("*/*.parquet")
    shutil.copy(part, part.with_name("0-00001.parquet"))
    with pytest.raises(InputError, match="no record of an ingested source names"):
        open_answers(ingested)


def test_results_that_are_no_results(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == 1
    assert "holds no finished run" in capsys.readouterr().err
    with pytest.raises(RenderError, match="holds no finished run"):
        StoredStudy(tmp_path)


OUTSIDE = [
    "{file: ../secret.csv}",
    "{file: sub/../../secret.csv}",
    "{file: '../*.csv'}",
    "{file: link.csv}",
    "{file: /dev/zero}",
    "{file: /etc/passwd}",
    "../secret.csv",
    "/etc/passwd",
]


@pytest.mark.parametrize("source", OUTSIDE)
def test_a_study_reads_no_file_above_its_folder_unless_it_may(source, tmp_path, monkeypatch):
    (tmp_path / "secret.csv").write_text("x\n1\n")
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True)
    (home / "link.csv").symlink_to(tmp_path / "secret.csv")
    study = home / "study.yml"
    text = "study: a\ntitle: A\nseed: 1\nsteps: {s: {verb: read_table, path: %s}}\n"
    study.write_text(text % source)
    monkeypatch.chdir(home)
    with pytest.raises(StudyError, match=r"beside its file|neither a file") as caught:
        run_study(study, results=tmp_path / "results")
    assert caught.value.parameter == "steps.s"
    assert not (tmp_path / "results" / "a" / "s").exists()
    if "secret" in source or "link" in source:
        run_study(study, results=tmp_path / "results", outside=True)
    study.write_text(text % "{file: sub/own.csv}")
    (home / "sub" / "own.csv").write_text("x\n1\n")
    run_study(study, results=tmp_path / "results")
