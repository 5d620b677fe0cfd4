"""The studies that ship run from an installed package, where nothing of a checkout stands beside them."""

import shutil
from pathlib import Path

import pytest

import valuestats
from valuestats.base.errors import StudyError
from valuestats.ingest import datasets
from valuestats.study import load_study, run_study, spec
from valuestats.study.arguments import is_source
from valuestats.study.pages import require_pages
from valuestats.study.sources import resolved
from valuestats.study.spec import shipped_studies, study_file
from valuestats.study.stepping import Stepping

ROOT = Path(valuestats.__file__).parents[1]


def sources(value):
    if is_source(value):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [source for part in parts for source in sources(part)]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The layout of a wheel: ``valuestats/_data`` and ``valuestats/_analyses``, and no checkout around them."""
    package = tmp_path / "site-packages" / "valuestats"
    (package / "ingest").mkdir(parents=True)
    shutil.copytree(ROOT / "analyses", package / "_analyses")
    (package / "_data").symlink_to(ROOT / "data", target_is_directory=True)
    monkeypatch.setattr(datasets, "__file__", str(package / "ingest" / "datasets.py"))
    monkeypatch.setattr(valuestats, "__file__", str(package / "__init__.py"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return package


def test_every_file_that_a_shipped_study_names_is_in_the_wheel(installed):
    assert set(shipped_studies()) == {p.parent.name for p in (ROOT / "analyses").glob("*/study.yml")}
    for file in installed.glob("_analyses/*/*.yml"):
        study = load_study(file)
        named = [s for step in study.steps for s in sources([dict(step.params), dict(step.otherwise or {})])]
        for source in (s for s in named if "dataset" not in s):
            place = resolved(source, file.parent)
            assert place.is_file(), (file, source)
            assert place.resolve().is_relative_to((installed / "_data").resolve()) or place.is_relative_to(
                installed
            )
        if study.fallback is not None:
            assert study.fallback.is_file()


@pytest.mark.parametrize(
    "file", sorted((ROOT / "analyses").glob("*/*.yml")), ids=lambda f: f"{f.parent.name}/{f.stem}"
)
@pytest.mark.parametrize("at_hand", [True, False])
def test_every_step_of_a_shipped_study_fits_its_verb(file, at_hand, monkeypatch, tmp_path):
    """Whether the data are there, or what stands for them."""
    monkeypatch.setattr("valuestats.study.stepping.available", lambda name: at_hand)
    study = load_study(file)
    assert len(Stepping(study, tmp_path, outside=False).plan()) == len(study.steps)
    require_pages(study)


def test_a_shipped_study_is_run_by_its_id(installed, tmp_path):
    run = run_study("kornat", results=tmp_path / "results")
    assert run.study.path == installed / "_analyses" / "kornat" / "study.yml"
    assert len(run.computed) == len(run.study.steps)


def test_a_path_is_a_path_and_an_unknown_id_names_what_ships(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("kornat").write_text("study: other\n")
    assert study_file("kornat") == Path("kornat")
    Path("kornat").unlink()
    Path("kornat").mkdir()
    assert study_file("kornat") == spec.analyses_folder() / "kornat" / "study.yml"
    with pytest.raises(StudyError, match="no such study file") as caught:
        study_file("korna")
    assert "kornat" in str(caught.value.expected)
