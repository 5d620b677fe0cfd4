"""What is handed on works without the checkout: wheel and sdist, built, installed with hashes, used elsewhere."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sysconfig.get_path("scripts"), "uv")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("package")]


def done(*command, cwd, **environment):
    """What a command says; its own words where it fails."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("VALUESTATS", "PYTHON"))
    }
    found = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, env={**kept, **environment}
    )
    assert found.returncode == 0, f"{command}\n{found.stdout[-3000:]}\n{found.stderr[-3000:]}"
    return found.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    done(UV, "build", "--quiet", "--python", sys.executable, "--out-dir", folder, cwd=ROOT)
    return {file.suffix: file for file in folder.iterdir() if file.suffix in (".whl", ".gz")}


@pytest.fixture(scope="module")
def clean(built, tmp_path_factory):
    """A Python with the locked dependencies and the wheel, in a folder that is no checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    done(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    lock = ROOT / "requirements.lock"
    done(UV, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock, cwd=folder)
    done(UV, "pip", "install", "--quiet", "--python", python, "--no-deps", built[".whl"], cwd=folder)
    return python


def test_the_source_distribution_builds_the_same_wheel(built, tmp_path):
    wheel = ("--wheel", "--python", sys.executable, "--out-dir", tmp_path)
    done(UV, "build", "--quiet", *wheel, built[".gz"], cwd=tmp_path)
    (again,) = tmp_path.glob("*.whl")
    contents = [
        {one.filename: one.CRC for one in zipfile.ZipFile(file).infolist()} for file in (built[".whl"], again)
    ]
    assert contents[0] == contents[1]
    assert not [name for name in contents[0] if name.startswith(("tests/", "benchmarks/", "results/"))]


def test_the_demo_runs_and_renders_outside_a_checkout(clean, tmp_path):
    command = clean.parent / "valuestats"
    assert "value_portrait" in done(command, "systems", cwd=tmp_path)
    assert "score" in done(command, "verbs", cwd=tmp_path)
    done(command, "simulate", "--seed", "7", "--out", "study", cwd=tmp_path)
    done(command, "run", "demo", "--render", cwd=tmp_path)
    pages = list((tmp_path / "results").rglob("*.html"))
    assert pages
    told = ("index.html", "methods.html")  # words and tables
    assert all("<svg" in page.read_text(encoding="utf-8") or page.name in told for page in pages)
    done(command, "verify", "results/demo", cwd=tmp_path)


def test_without_extras_a_study_runs_and_only_rendering_asks_for_one(built, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    done(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    lock = ROOT / "requirements.lock"
    done(UV, "pip", "install", "--quiet", "--python", python, "-c", lock, built[".whl"], cwd=tmp_path)
    there = done(UV, "pip", "list", "--python", python, cwd=tmp_path)
    assert not [name for name in ("pymc ", "nutpie ", "pypandoc", "typst ", "ipykernel ") if name in there]
    command = python.parent / "valuestats"
    done(command, "run", "demo", cwd=tmp_path)
    done(command, "verify", "results/demo", cwd=tmp_path)
    refused = subprocess.run(
        [command, "render", "results/demo"], cwd=tmp_path, capture_output=True, text=True
    )
    assert refused.returncode != 0
    assert 'pip install "valuestats[reports]"' in refused.stderr


@pytest.mark.mirror
def test_the_first_blocks_of_the_readme_run_on_the_release(clean, tmp_path):
    mirror = os.environ.get("VALUESTATS_MIRROR")
    if not mirror:
        pytest.skip("VALUESTATS_MIRROR names no folder")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(import valuestats as vs\n.*?)```", text, re.DOTALL)[1]
    lines = [
        line for line in block.splitlines() if not line.startswith("vs.run_study")
    ]  # `make report` runs it
    (tmp_path / "block.py").write_text("\n".join([*lines, "print(vs.__file__)"]))
    said = done(clean, "block.py", cwd=tmp_path, VALUESTATS_MIRROR=mirror)
    assert str(clean.parent.parent) in said.splitlines()[-1]
    assert "102,960" in said
    assert "<svg" in (tmp_path / "scores.svg").read_text(encoding="utf-8")
