"""ConVA: the code's layout, its published rules, and the study on planted directions and answers."""

from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from valuestats import control_success
from valuestats.base.errors import InputError
from valuestats.study.runner import run_study
from valuestats.systems.conva import page
from valuestats.systems.conva.comparison import (
    control_effect_recovery,
    control_effects,
    control_outcomes,
    control_recovery,
)
from valuestats.systems.conva.release import published_reward, read_conva_activations, read_conva_results
from valuestats.systems.conva.simulate import simulated_control

ROOT = Path(__file__).parents[3]


def test_representations_of_both_sides_come_layer_by_layer(tmp_path):
    rng = np.random.default_rng(0)
    sides = [
        {f"model.layers.{k}": rng.normal(size=(5, 8)).astype(np.float16) for k in (10, 2, 0)}
        for _ in range(2)
    ]
    for name, arrays in zip(("pos", "neg"), sides, strict=True):
        np.savez(tmp_path / f"{name}.npz", **arrays)
    found = read_conva_activations(tmp_path / "pos.npz", tmp_path / "neg.npz")
    assert found.layers == ("model.layers.0", "model.layers.2", "model.layers.10")
    assert found.layer(2)[7] == pytest.approx(sides[1]["model.layers.10"][2].astype(float))
    assert found.table.loc[7].tolist() == ["against", "pair 3"]
    np.savez(tmp_path / "other.npz", **{k: v[:4] for k, v in sides[1].items()})
    with pytest.raises(InputError, match="a layer of another shape") as caught:
        read_conva_activations(tmp_path / "pos.npz", tmp_path / "other.npz")
    assert caught.value.file == str(tmp_path / "other.npz")
    np.savez(tmp_path / "less.npz", **{"model.layers.0": sides[1]["model.layers.0"]})
    with pytest.raises(InputError, match="one side has and the other has not"):
        read_conva_activations(tmp_path / "pos.npz", tmp_path / "less.npz")


def test_judged_generations_are_read_or_refused(tmp_path):
    path = tmp_path / "value_results.json"
    rows = [
        {"prompt": f"q{k}", "generated": "text", "continuation_label": x} for k, x in enumerate((1, 0, 0.5))
    ]
    path.write_bytes(orjson.dumps(rows))
    found = read_conva_results(path, "conva")
    assert found["judge"].tolist()[:2] == [1.0, 0.0]
    assert found["judge"].isna().tolist() == [False, False, True]
    for content, message in (
        (b"{}", "no list"),
        (b"[", "not valid JSON"),
        (orjson.dumps([{"prompt": "q"}]), "lacks a field"),
        (orjson.dumps([{**rows[0], "continuation_label": 2}]), "unknown label"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=message) as caught:
            read_conva_results(path, "conva")
        assert caught.value.file == str(path)


def test_the_published_reading_takes_a_note_for_a_no():
    assert [published_reward(x) for x in ("Yes", "No", "Yes. Note this.", "None", "?")] == [1, 0, 0, 0, 0.5]


def test_corrected_success_recovers_the_truth_where_the_published_rule_does_not():
    answers = simulated_control(items=1500, seed=4)
    table = control_recovery(answers, control_success(control_outcomes(answers), replicates=400)).set_index(
        "condition"
    )
    assert (table["estimate"] - table["truth"]).abs().max() < 0.06
    assert table["holds"].sum() >= 5
    assert table.loc["yes vector", "published"] > 0.75
    assert table.loc["yes vector", "sign"] == "none"
    assert (table["published"] - table["truth"]).abs().max() > 0.2
    assert table.loc["value vector, p = .99", "fluent"] < 0.8


def short_study(folder):
    text = (ROOT / "analyses" / "conva" / "study.yml").read_text("utf-8")
    text = text.replace("groups: 100, width: 256", "groups: 40, width: 64").replace("width: 256", "width: 64")
    text = text.replace("splits: 10", "splits: 2").replace("@study", "")
    for name in ("published.csv", "analysis.qmd"):
        (folder / name).write_bytes((ROOT / "analyses" / "conva" / name).read_bytes())
    (folder / "study.yml").write_text(text, "utf-8")
    return folder / "study.yml"


def test_the_study_runs_and_its_page_has_what_it_needs(tmp_path):
    run = run_study(short_study(tmp_path), results=tmp_path / "results")
    assert set(run.load("comparison")["verdict"]) == {"not computable"}
    study = page.StoredStudy(run.folder)
    first = pd.concat([study["pairs_recovery"], study["paraphrases_recovery"]]).query("layer == '0'")
    leaked = first[first["series"] == page.PUBLISHED].set_index("design")["estimate"]
    assert leaked["paraphrases"] > 0.6
    assert leaked["pairs"] < 0.5
    shifts = study["shifts"].set_index(["rule", "layer"])["truth"]
    assert (shifts["calibrated"] > shifts["published"]).all()
    for sentence in (page.glance_sentence, page.splits_sentence, page.shift_sentence, page.dose_sentence):
        assert "nan" not in sentence(study)
    assert len(page.control_table(study)) == 6
    assert "the yes vector by +" in page.effect_sentence(study)
    for figure in (page.splits_figure, page.control_figure, page.effect_figure):
        figure(study).to_dict()
    assert len(page.direction_table(study)) == 6
    assert len(page.shift_table(study)) == 2


def test_effects_on_saying_yes_are_those_that_were_planted():
    table = control_effect_recovery(
        control_effects(control_outcomes(simulated_control(items=2000, seed=5)), seed=1)
    )
    assert len(table) == 10
    assert table["holds"].sum() >= 8
    own = table.set_index(["condition", "dimension"])
    key = "items where {} is the value"
    assert own.loc[("value vector, p = .90", key.format("yes")), "lower"] > 0
    assert own.loc[("value vector, p = .90", key.format("no")), "upper"] < 0
    assert own.loc[("yes vector", key.format("no")), "lower"] > 0
