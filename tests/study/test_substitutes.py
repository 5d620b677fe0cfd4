"""Where data are not at hand: what rests on a substitute is told so, each thing once, and nothing counts as recomputed."""

import pandas as pd
import pytest
import yaml

from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.receipts import read_manifest, told_deviations
from valuestats.study import run_study
from valuestats.study.spec import load_study, shipped_studies
from valuestats.systems.comparison import SIMULATED, of_simulated


@pytest.fixture
def nothing_at_hand(monkeypatch, tmp_path):
    for name in ("VALUESTATS_LOCAL", "VALUESTATS_MIRROR"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


def test_a_step_behind_a_substitute_uses_its_own(nothing_at_hand, tmp_path):
    content = yaml.safe_load(shipped_studies()["adaem"].read_text("utf-8"))
    steps = {name: content["steps"][name] for name in ("scores", "alpha", "comparison")}
    (tmp_path / "published.csv").write_bytes(
        (shipped_studies()["adaem"].parent / "published.csv").read_bytes()
    )
    whole = {**{k: content[k] for k in ("study", "title", "seed", "system")}, "steps": steps}
    (tmp_path / "study.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    folder = run_study(tmp_path / "study.yml", results=tmp_path / "results").folder
    table = StoredStudy(folder)["comparison"]
    assert set(table["verdict"]) == {"not computable"}
    assert set(table["explanation"]) == {SIMULATED}
    (said,) = read_manifest(folder)["deviations"]
    assert said.startswith("scores: the data set adaem is not at hand")


@pytest.mark.parametrize(
    "name", ["adaem", "civics", "value_drifts", "value_systems", "when_agents_act", "worldpm"]
)
def test_tables_of_published_numbers_know_that_they_rest_on_substitutes(name):
    (step,) = [s for s in load_study(shipped_studies()[name]).steps if s.name == "comparison"]
    assert step.otherwise == {**step.params, "standin": True}


def test_of_simulated_data_nothing_is_recomputed_or_corrected(tmp_path):
    (tmp_path / "p.csv").write_text("quantity,group,value,source\nalpha,all,0.9,Table 1\n")
    (row,) = of_simulated(tmp_path / "p.csv").to_dict("records")
    assert (row["published"], row["verdict"], row["explanation"]) == (0.9, "not computable", SIMULATED)
    assert pd.isna(row["recomputed"])
    assert pd.isna(row["estimate"])


def test_deviations_are_told_once_with_the_steps_they_hold_for():
    same = [
        f"{step}: the data set mine is not at hand; the declared substitute was used"
        for step in ("a_one", "b")
    ]
    assert told_deviations([*same, "everything was tried"]) == (
        "The data set mine is not at hand; the declared substitute was used (steps a one and b). Everything was tried."
    )
