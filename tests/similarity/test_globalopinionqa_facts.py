"""Facts about the real tables. Sources: design facts of the subset (base-2 similarities between countries), and
the distances published in the gemini file (column ``jsd``)."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.ingest.surveys.globalopinionqa import (
    merge_people,
    read_cells,
    read_model_distributions,
    read_model_people,
)
from valuestats.similarity.country import country_similarity
from valuestats.similarity.details import group_similarity, similarity_by_question
from valuestats.tables import Population

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def opinions() -> Path:
    """Folder with the GlobalOpinionQA tables; they are CC-BY-NC-SA and never part of the project."""
    root = os.environ.get("VALUESTATS_LOCAL")
    folder = Path(root) / "globalopinionqa" if root else None
    if folder is None or not (folder / "goqa_cells.csv").exists():
        pytest.skip("the GlobalOpinionQA tables are not at hand (VALUESTATS_LOCAL)")
    return folder


@pytest.fixture(scope="module")
def cells(opinions):
    return read_cells(opinions / "goqa_cells.csv")


@pytest.fixture(scope="module")
def files(opinions):
    return [opinions / f"llm_distributions_{name}.csv" for name in ("claude", "gemini", "gpt4.1")]


def test_similarities_between_countries_to_four_decimals(cells):
    found = group_similarity(cells).set_index(["group", "other"])
    for one, two, similarity, questions in (
        ("United States", "Germany", 0.8011, 78),
        ("United States", "Britain", 0.8512, 66),
        ("Canada", "Australia", 0.9153, 36),
    ):
        row = found.loc[(one, two)]
        assert round(row["similarity"], 4) == similarity
        assert row["n_questions"] == questions


def test_uniform_answers_over_all_cells(cells):
    frame = cells.frame.assign(group="uniform").drop_duplicates(["question", "position"])
    frame["share"] = 1 / frame.groupby("question")["share"].transform("size")
    detail = similarity_by_question(Population(frame), cells)
    assert len(detail) == 10_501
    assert round(detail["similarity"].mean(), 3) == 0.614


def test_what_is_odd_is_named(cells):
    frame = cells.frame[cells.frame["group"] == "Germany"].assign(group="model")
    reports = country_similarity(Population(frame), cells, replicates=0).meta["reports"]
    assert len(reports["pseudo_countries"]) == 23
    assert "India (Current national sample)" in reports["pseudo_countries"]
    assert len(reports["two_option_sets"]) == 3
    assert reports["refusal_options"]["DK/Refused"] > 500


def test_published_distances_of_gemini_come_back_one_by_one(opinions, files):
    answers = read_model_distributions(files[1], compat="published")
    detail = similarity_by_question(answers, read_model_people(files[1])).dropna(subset="distance")
    published = pd.read_csv(files[1])["jsd"].dropna()
    assert len(detail) == len(published) == 593
    assert np.abs(np.sort(detail["distance"]) - np.sort(published)).max() < 1e-9


def test_human_shares_beside_the_models_agree_with_the_cells(cells, files):
    beside = read_model_people(files)
    both = beside.frame.merge(cells.frame, on=["group", "question", "position"], suffixes=("", "_cell"))
    assert both.drop_duplicates(["group", "question"]).shape[0] == 598
    assert (both["share"] - both["share_cell"]).abs().max() < 1e-12
    assert len(beside.empty()) == 2


def test_conditioned_answers_stand_above_uniform_ones(cells, files):
    people = merge_people(cells, read_model_people(files))
    result = country_similarity(read_model_distributions(files), people, replicates=200)
    frame = result.estimates
    assert len(frame) == 18
    assert (frame["estimate"] > frame["baseline"]).all()
    # Six of them leave an option empty that nobody chose, so that their shares still sum to 1.
    assert frame.groupby("model")["n_scored"].sum().to_dict() == {"claude": 504, "gemini": 511, "gpt4.1": 566}
    assert (frame.groupby("model")["n_asked"].sum() == 598).all()
    assert (frame["bound_lower"] <= frame["estimate"]).all()
    assert (frame["bound_upper"] >= frame["estimate"]).all()
