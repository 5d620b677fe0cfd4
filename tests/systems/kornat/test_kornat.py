"""KorNAT: the sample layout, common knowledge, and measures on models whose rules are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.similarity.social import social_alignment
from valuestats.study.runner import run_study
from valuestats.systems.kornat.comparison import knowledge_accuracy, read_social_values
from valuestats.systems.kornat.simulate import RULES, simulate_national_survey

ROOT = Path(__file__).parents[3]
SHARES = ["rA", "rB", "rC", "rD", "rE"]


def written(tmp_path, rows):
    head = ["Category", "Question", "A", "B", "C", "D", "E", *SHARES]
    path = tmp_path / "social.csv"
    pd.DataFrame(rows, columns=head).to_csv(path, index=False)
    return path


ROW = ["law", "Should it?", "No!", "No", "Neither", "Yes", "Yes!"]


def test_the_sample_layout_is_read_whole(tmp_path):
    path = written(
        tmp_path, [[*ROW, 10, 20, 30, 30, 10], ["law", "Would it?", *ROW[2:], 0.1, 0.2, 0.3, 0.3, 0.1]]
    )
    people = read_social_values(path, SHARES)
    assert people.frame["share"].round(9).tolist() == [0.1, 0.2, 0.3, 0.3, 0.1] * 2
    assert people.frame["question"].nunique() == 2
    assert people.frame["source_row"].tolist() == [0] * 5 + [1] * 5
    assert people.frame["ordered"].all()


def test_damaged_tables_are_told_by_column_and_row(tmp_path):
    path = written(tmp_path, [[*ROW, 10, 20, 30, 30, 10], [*ROW, 10, "many", 30, 30, 10]])
    with pytest.raises(InputError, match="a share is a number from 0"):
        read_social_values(path, SHARES)
    with pytest.raises(InputError, match="a column is missing"):
        read_social_values(path, ["a", "b", "c", "d", "e"])
    with pytest.raises(InputError, match="one column of shares for each option"):
        read_social_values(path, SHARES[:4])


def test_accuracy_has_wilsons_interval_and_bounds_for_what_was_not_answered():
    """45 of 50: Wilson (1927) by hand, (x + z^2/2)/(n + z^2) -+ z sqrt(x (n - x)/n + z^2/4)/(n + z^2)."""
    answers = ["A"] * 45 + ["B"] * 5 + [None] * 10
    frame = pd.DataFrame({"model": "m", "question": range(60), "answer": answers, "right": "A", "options": 4})
    row = knowledge_accuracy(frame).iloc[0]
    z, x, n = 1.959963984540054, 45, 50
    half = z * np.sqrt(x * (n - x) / n + z**2 / 4) / (n + z**2)
    middle = (x + z**2 / 2) / (n + z**2)
    assert [row["lower"], row["upper"]] == pytest.approx([middle - half, middle + half])
    assert [row["estimate"], row["worst"], row["best"], row["baseline"]] == pytest.approx(
        [0.9, 0.75, 55 / 60, 0.25]
    )
    silent = knowledge_accuracy(frame.assign(answer=None)).iloc[0]
    assert np.isnan(silent["estimate"])
    assert silent["n_scored"] == 0
    with pytest.raises(InputError, match="answered a question twice"):
        knowledge_accuracy(pd.concat([frame, frame]))


def test_alignment_recovers_its_truth_and_flags_collapse():
    people, models, truth = simulate_national_survey(questions=600, responses=2000, answers=200, seed=5)
    table = social_alignment(models, people, replicates=400, seed=1).merge(truth, on="model")
    assert len(table) == len(RULES)
    assert table["estimate"].to_numpy() == pytest.approx(table["truth"].to_numpy(), abs=0.01)
    assert ((table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"])).sum() >= 4
    assert set(table.loc[table["collapsed"], "model"]) == {"model: the mode"}
    # the chance that two people agree is what a model that answers as they do can reach
    person = table.set_index("model").loc["model: a person"]
    assert person["estimate"] == pytest.approx(person["person"], abs=0.005)


def test_the_study_runs_and_its_page_has_what_it_needs(tmp_path):
    run = run_study(ROOT / "analyses" / "kornat" / "study.yml", results=tmp_path)
    assert set(run.load("comparison")["verdict"]) == {"not computable"}
    similar = run.load("similarity").estimates.set_index("model")["estimate"]
    assert similar["model: a person"] > similar["model: uniform"] > similar["model: the mode"]
