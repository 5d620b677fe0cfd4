"""Runs: reuse, resume, substitutes, and nothing half written."""

import errno
import gzip
import hashlib
import json
import os
import sys
import types

import numpy as np
import pandas as pd
import pytest

import valuestats.study.stepping as stepping
from valuestats.base.errors import DatasetError, StudyError, ValuestatsError
from valuestats.base.registry import Room, register, unregister
from valuestats.ingest import datasets
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.results.storage import load_step, read_artifact, write_artifact
from valuestats.study import run_study
from valuestats.tables import Population, Ratings, Responses

STUDY = """
study: small
title: A small study
seed: 3
steps:
  numbers: {verb: numbers, path: {file: numbers.csv}}
  doubled: {verb: doubled, frame: "@numbers"}
  total: {verb: total, frames: ["@numbers", "@doubled"]}
"""


@pytest.fixture
def calls(monkeypatch):
    made = []

    def numbers(path):
        made.append("numbers")
        return pd.read_csv(path)

    def doubled(frame, seed):
        made.append("doubled")
        return frame * 2 + 0 * seed

    def total(frames):
        made.append("total")
        return {"sum": float(sum(f["x"].sum() for f in frames))}

    toys = types.ModuleType("toy_verbs")
    monkeypatch.setitem(sys.modules, "toy_verbs", toys)
    for verb in (numbers, doubled, total):
        setattr(toys, verb.__name__, verb)
    room = register(Room(verbs={name: f"toy_verbs:{name}" for name in ("numbers", "doubled", "total")}))
    yield made
    unregister(room)


@pytest.fixture
def study(tmp_path, calls):
    path = tmp_path / "study.yml"
    path.write_text(STUDY)
    (tmp_path / "numbers.csv").write_text("x\n1\n2\n")
    return path


def test_a_second_run_reuses_everything(study, calls, tmp_path, capsys):
    first = run_study(study, results=tmp_path / "out")
    assert first.load("total") == {"sum": 9.0}
    assert calls == ["numbers", "doubled", "total"]
    again = run_study(study, results=tmp_path / "out")
    assert again.computed == ()
    assert again.reused == ("numbers", "doubled", "total")
    assert calls == ["numbers", "doubled", "total"]
    assert "unchanged, reused" in capsys.readouterr().err


def test_only_what_depends_on_a_change_is_made_again(study, calls, tmp_path):
    run_study(study, results=tmp_path / "out")
    study.write_text(
        STUDY.replace('verb: total, frames: ["@numbers", "@doubled"]', 'verb: total, frames: ["@doubled"]')
    )
    again = run_study(study, results=tmp_path / "out")
    assert again.computed == ("total",)
    (tmp_path / "numbers.csv").write_text("x\n5\n")
    assert run_study(study, results=tmp_path / "out").computed == ("numbers", "doubled", "total")


def test_the_seed_is_part_of_what_a_step_depends_on(study, calls, tmp_path):
    run_study(study, results=tmp_path / "out")
    study.write_text(STUDY.replace("seed: 3", "seed: 4"))
    assert run_study(study, results=tmp_path / "out").computed == ("doubled", "total")


def test_an_interrupted_run_goes_on(study, calls, tmp_path, monkeypatch):
    def interrupted(frame, seed):
        raise KeyboardInterrupt

    toys = sys.modules["toy_verbs"]
    good = toys.doubled
    monkeypatch.setattr(toys, "doubled", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_study(study, results=tmp_path / "out")
    left = {p.name for p in (tmp_path / "out" / "small").iterdir()}
    assert left == {"numbers"}
    monkeypatch.setattr(toys, "doubled", good)
    run = run_study(study, results=tmp_path / "out")
    assert run.reused == ("numbers",)
    assert run.load("total") == {"sum": 9.0}


def test_a_full_disk_leaves_nothing_half_written(study, calls, tmp_path, monkeypatch):
    real = pd.DataFrame.to_parquet
    state = {"full": True}

    def failing(self, path, *args, **kwargs):
        if state["full"] and "doubled" in str(path):
            real(self, path, *args, **kwargs)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, path, *args, **kwargs)

    monkeypatch.setattr(pd.DataFrame, "to_parquet", failing)
    with pytest.raises(ValuestatsError, match="nothing was left half written") as caught:
        run_study(study, results=tmp_path / "out")
    assert "No space left" in str(caught.value)
    assert {p.name for p in (tmp_path / "out" / "small").iterdir()} == {"numbers"}
    state["full"] = False
    assert run_study(study, results=tmp_path / "out").load("total") == {"sum": 9.0}


def test_a_damaged_receipt_is_made_again(study, calls, tmp_path):
    run_study(study, results=tmp_path / "out")
    (tmp_path / "out" / "small" / "doubled" / "step.json").write_text("{")
    assert run_study(study, results=tmp_path / "out").computed == ("doubled",)


def test_the_manifest_names_every_output(study, calls, tmp_path):
    run = run_study(study, results=tmp_path / "out")
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert set(manifest["steps"]) == {"numbers", "doubled", "total"}
    assert all(len(step["outputs_sha256"]) == 64 for step in manifest["steps"].values())
    assert manifest["seed"] == 3
    assert manifest["code_sha256"] == stepping.code_sha256()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("verb: doubled", "verb: trebled", "unknown verb"),
        ('frame: "@numbers"', 'frames: "@numbers"', "does not fit its verb"),
        ("file: numbers.csv", "file: absent.csv", "not there"),
    ],
)
def test_steps_that_do_not_fit(study, calls, tmp_path, old, new, message):
    study.write_text(STUDY.replace(old, new))
    with pytest.raises(StudyError, match=message):
        run_study(study, results=tmp_path / "out")


def test_no_such_step(tmp_path):
    with pytest.raises(StudyError, match="no such step"):
        load_step(tmp_path, "x")


@pytest.fixture
def dataset(monkeypatch, tmp_path):
    content = b"x\n7\n"
    entry = datasets.Dataset(
        "tiny", "tiny", "CC0", "nobody", "https://example.invalid/a/b/c",
        {"numbers.csv": hashlib.sha256(content).hexdigest()}, True,
    )  # fmt: skip
    monkeypatch.setattr(datasets, "registry", lambda: {"tiny": entry})
    monkeypatch.setattr(stepping, "registry", lambda: {"tiny": entry})
    monkeypatch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VALUESTATS_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.delenv("VALUESTATS_LOCAL", raising=False)

    def offline(*args, **kwargs):
        raise ConnectionError("no network in tests")

    monkeypatch.setattr("pooch.retrieve", offline)
    return tmp_path / "mirror" / "example.invalid" / "a" / "b" / "c", content


def test_a_mirror_holds_files_plain_or_packed(dataset):
    place, content = dataset
    assert not datasets.available("tiny")
    place.mkdir(parents=True)
    (place / "numbers.csv.gz").write_bytes(gzip.compress(content))
    assert datasets.available("tiny")
    assert datasets.fetch("tiny") == place
    (place / "numbers.csv.gz").unlink()
    (place / "numbers.csv").write_bytes(content)
    assert datasets.fetch("tiny") == place


def test_a_wrong_hash_names_the_file(dataset):
    place, _ = dataset
    place.mkdir(parents=True)
    (place / "numbers.csv").write_bytes(b"x\n8\n")
    with pytest.raises(DatasetError, match="not the registered one") as caught:
        datasets.fetch("tiny")
    assert caught.value.file == str(place / "numbers.csv")


def test_a_truncated_packed_file_is_named(dataset):
    place, content = dataset
    place.mkdir(parents=True)
    (place / "numbers.csv.gz").write_bytes(gzip.compress(content * 100)[:-12])
    with pytest.raises(DatasetError, match="can't be read") as caught:
        datasets.fetch("tiny")
    assert "numbers.csv.gz" in str(caught.value)


def test_offline_names_the_fix(dataset):
    with pytest.raises(DatasetError) as caught:
        datasets.fetch("tiny")
    assert "VALUESTATS_MIRROR" in str(caught.value)
    with pytest.raises(DatasetError, match="no such dataset"):
        datasets.fetch("huge")


def test_the_declared_substitute_is_used_and_noted(study, calls, dataset, tmp_path):
    place, content = dataset
    study.write_text(
        STUDY.replace("path: {file: numbers.csv}", "path: {dataset: tiny, path: numbers.csv}, "
                      "otherwise: {path: {file: numbers.csv}}")
    )  # fmt: skip
    run = run_study(study, results=tmp_path / "out")
    assert run.load("total") == {"sum": 9.0}
    assert "substitute" in run.manifest["deviations"][0]
    place.mkdir(parents=True)
    (place / "numbers.csv").write_bytes(content)
    again = run_study(study, results=tmp_path / "out")
    assert again.load("total") == {"sum": 21.0}
    assert again.manifest["deviations"] == []


def test_the_fallback_study_runs_with_a_notice(study, calls, dataset, tmp_path, capsys):
    real = tmp_path / "real.yml"
    real.write_text(
        STUDY.replace("study: small", "study: real\nfallback: study.yml").replace(
            "path: {file: numbers.csv}", "path: {dataset: tiny, path: numbers.csv}"
        )
    )
    run = run_study(real, results=tmp_path / "out")
    assert run.study.name == "small"
    assert "SIMULATED demo study is run instead" in capsys.readouterr().err
    with pytest.raises(DatasetError):
        run_study(real, results=tmp_path / "out", fallback=False)


def _result():
    frame = pd.DataFrame(
        {"estimand": "s", "model": ["a"], "estimate": [1.0], "std_error": [0.1], "lower": [0.8], "upper": [1.2],
         "level": [0.95], "interval": "none", "n_scored": [1], "n_asked": [1]}
    )  # fmt: skip
    return Result(
        "scores",
        frame,
        ("model",),
        make_meta("m", {}),
        draws_tree("bootstrap", np.ones((4, 1)), {"model": ["a"]}),
    )


def test_every_kind_of_product_comes_back(tmp_path, response_frame):
    values = pd.DataFrame({"respondent": ["p"], "family": "f", "dimension": "d", "score": [1.0]})
    rated = pd.DataFrame({"respondent": ["p"], "item": ["1"], "rating": [3.0]})
    shares = pd.DataFrame(
        {"group": "g", "question": "q", "option": ["y", "n"], "position": [0, 1], "share": [0.2, 0.8]}
    )
    products = [
        Responses(response_frame), Ratings(rated, values, (1, 6)), Population(shares), rated, {"a": [1, 2]}, _result(),
    ]  # fmt: skip
    for number, product in enumerate(products):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_artifact(product, folder)
        again = read_artifact(folder)
        assert type(again) is type(product)
        if isinstance(product, dict):
            assert again == product
        elif isinstance(product, Result):
            pd.testing.assert_frame_equal(again.estimates, product.estimates)
        else:
            frame = product if isinstance(product, pd.DataFrame) else product.frame
            pd.testing.assert_frame_equal(again if isinstance(again, pd.DataFrame) else again.frame, frame)
    with pytest.raises(StudyError, match="can't be kept"):
        write_artifact(object(), tmp_path)
