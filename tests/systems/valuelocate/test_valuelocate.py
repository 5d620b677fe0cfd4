"""ValueLocate: its rules on planted neurons, edits of a known truth, and the study."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import paired_contrast, placebo_rank, read_neuron_counts, select_neurons
from valuestats.activations.tensors import Tensor
from valuestats.base.errors import InputError
from valuestats.study.runner import run_study
from valuestats.systems.valuelocate import page
from valuestats.systems.valuelocate.comparison import edit_outcomes, edit_recovery, naive_outcomes
from valuestats.systems.valuelocate.figures import rules_chart
from valuestats.systems.valuelocate.simulate import simulated_edits, simulated_neuron_counts

ROOT = Path(__file__).parents[3]


def test_counts_go_through_a_file_and_come_back(tmp_path):
    counts = simulated_neuron_counts(layers=2, neurons=40, questions=30, planted=4, seed=2)
    more = {"tokens": counts.tokens, "degenerate": counts.degenerate, "questions": counts.questions}
    np.savez(tmp_path / "counts.npz", support=counts.support, conflict=counts.conflict, **more)
    again = read_neuron_counts(tmp_path / "counts.npz")
    assert isinstance(again.support, Tensor)  # read a layer at a time
    assert isinstance(again.support[1], np.memmap)
    assert again.questions == counts.questions
    pd.testing.assert_frame_equal(select_neurons(again).estimates, select_neurons(counts).estimates)
    np.savez(tmp_path / "other.npz", support=counts.support, conflict=counts.conflict[:, :20], **more)
    with pytest.raises(InputError, match="different shapes") as caught:
        read_neuron_counts(tmp_path / "other.npz")
    assert caught.value.file == str(tmp_path / "other.npz")
    np.savez(tmp_path / "less.npz", support=counts.support)
    with pytest.raises(InputError, match="no such array in the file"):
        read_neuron_counts(tmp_path / "less.npz")


def test_broken_answers_move_an_edit_and_are_left_out():
    answers = simulated_edits(questions=400, sets=19, seed=3)
    one, two = (
        paired_contrast(
            frame, against="plain", placebo="placebo", limits=(0, 10), replicates=400, permutations=99
        )
        for frame in (naive_outcomes(answers), edit_outcomes(answers))
    )
    table = edit_recovery(one, two, placebo_rank(edit_outcomes(answers))).set_index("condition")
    assert table["holds"].all()
    assert table.loc["forward", "naive"] > table.loc["forward", "upper"]
    assert (table["n_scored"] < table["n_asked"]).all()
    assert (table["p_placebo"] == 1 / 20).all()
    # bounds over what broken answers would have scored hold the truth as well
    assert ((table["bound_lower"] <= table["truth"]) & (table["truth"] <= table["bound_upper"])).all()


def test_the_study_runs_and_its_page_has_what_it_needs(tmp_path):
    run = run_study(ROOT / "analyses" / "valuelocate" / "study.yml", results=tmp_path)
    assert set(run.load("comparison")["verdict"]) == {"not computable"}
    study = page.StoredStudy(run.folder)
    rules = study["recovery"].set_index("rule")
    assert rules.loc["FDR over tokens", "false_share"] > 0.9
    assert rules.loc["FDR over questions", "false_share"] < 0.15
    assert rules.loc["FDR over questions", "planted"] > rules.loc["Published: δ ≥ .1", "planted"]
    assert "of 12,288 neurons" in page.stability_sentence(study)
    assert len(page.edit_table(study)) == 2
    assert "placebo set" in page.edit_sentence(study)
    page.rules_figure(study).to_dict()


def test_the_numbers_of_a_chart_stand_outside_the_line_between_its_dots():
    frame = pd.DataFrame({"rule": ["a", "b", "c"], "planted": [16, 60, 53], "others": [0, 4003, 53]})
    drawn = rules_chart(frame, planted=60).to_dict()
    texts = {
        layer["mark"]["align"]: drawn["datasets"][layer["data"]["name"]]
        for layer in drawn["layer"]
        if layer["mark"]["type"] == "text"
    }
    assert sorted(row["neurons"] for row in texts["right"]) == [0, 60]
    assert sorted(row["neurons"] for row in texts["left"]) == [16, 53, 53, 4003]
