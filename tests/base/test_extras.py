"""What an extra brings is asked for by one message that names it, before any work."""

import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import valuestats as vs
from valuestats.base.errors import SpecificationError
from valuestats.base.extras import EXTRAS, from_extra, require_extra


@pytest.fixture
def without(monkeypatch):
    """Hide modules, and what is loaded of them."""

    def hide(*modules):
        for module in modules:
            for name in [one for one in sys.modules if one.partition(".")[0] == module]:
                monkeypatch.delitem(sys.modules, name)
            monkeypatch.setitem(sys.modules, module, None)

    return hide


def test_every_package_named_is_one_of_its_extra():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]

    def names(lines):
        return {re.split(r"[\[<>=; ]", line)[0] for line in lines}

    for extra, modules in EXTRAS.items():
        assert set(modules.values()) <= names(project["optional-dependencies"][extra]), extra
        assert not set(modules.values()) & names(project["dependencies"]), extra


@pytest.mark.parametrize("module", EXTRAS["reports"])
def test_rendering_is_refused_before_the_study_runs(module, without, tmp_path):
    from valuestats.cli.main import main

    without(module)
    page = tmp_path / "page.qmd"
    page.write_text("---\ntitle: A page\n---\n\nText.\n", encoding="utf-8")
    with pytest.raises(SpecificationError, match=EXTRAS["reports"][module]) as caught:
        vs.render(page, output_dir=tmp_path)
    assert caught.value.hint == 'install it with the extra: pip install "valuestats[reports]"'
    assert main(["run", "demo", "--render", "--results", str(tmp_path / "results")]) != 0
    assert not (tmp_path / "results").exists()


def test_the_engine_nuts_says_what_it_needs_and_the_others_need_it_not(without):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"answer": rng.integers(1, 5, 60), "model": np.repeat(["a", "b"], 30)})
    without("nutpie", "pymc")
    with pytest.raises(SpecificationError, match="needs the package nutpie") as caught:
        vs.fit_ordinal("answer ~ model", frame, engine="nuts", progress=False)
    assert caught.value.parameter == "engine"
    assert "valuestats[nuts]" in caught.value.hint
    assert len(vs.fit_ordinal("answer ~ model", frame, progress=False).estimates)
    with pytest.raises(SpecificationError, match="PyMC's form of the model needs the package pymc"):
        require_extra("nuts", "PyMC's form of the model")


def test_a_picture_of_a_chart_needs_what_draws_it(without, tmp_path):
    from valuestats.reporting.charting import drawer

    drawer.cache_clear()
    without("vl_convert")
    try:
        with pytest.raises(
            SpecificationError, match=r"picture of a chart needs the package vl-convert-python"
        ):
            drawer()
    finally:
        drawer.cache_clear()


def test_another_failure_of_an_import_stays_what_it_is():
    with pytest.raises(ModuleNotFoundError, match="numpyy"), from_extra("survey", "raking"):
        import numpyy  # noqa: F401
    with pytest.raises(KeyError):
        require_extra("nothing", "this")
