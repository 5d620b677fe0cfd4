"""GlobalOpinionQA's page: verdicts, oddities by name, question extremes, and the run on simulated countries."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.reporting.charting import draw_svg
from valuestats.reporting.stored_study import StoredStudy
from valuestats.similarity.details import group_similarity
from valuestats.similarity.matrix_figure import similarity_matrix_chart
from valuestats.similarity.question_explorer import question_explorer, question_picker
from valuestats.similarity.references import pair_similarity, uniform_similarity
from valuestats.study.runner import run_study
from valuestats.systems.comparison import read_published
from valuestats.systems.global_opinions.comparison import (
    answered_by_all,
    comparison,
    extreme_questions,
    oddities,
)
from valuestats.systems.global_opinions.page import (
    country_table,
    glance_sentence,
    measures_table,
    oddity_sentence,
    oddity_table,
    rank_table,
    reference_table,
    source_sentence,
)
from valuestats.tables import Population

STUDY = Path(__file__).parents[3] / "analyses" / "global_opinions" / "study.yml"


RESAMPLED = ("adjusted", "country_similarity", "pair", "social", "uniform")


def short_study(folder):
    """The study with few resamples, in a folder of its own."""
    content = yaml.safe_load(
        STUDY.read_text(encoding="utf-8").replace("../../data", str(STUDY.parents[2] / "data"))
    )
    content["steps"]["comparison"]["published_csv"] = {"file": str(STUDY.parent / "published.csv")}
    for step in content["steps"].values():
        if step["verb"].startswith(RESAMPLED):
            step["replicates"] = 100
    path = folder / "study.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def shares(group, question, values, **columns):
    rows = [{"option": "abcdef"[k], "position": k, "share": v} for k, v in enumerate(values)]
    return pd.DataFrame(rows).assign(group=group, question=question, **columns)


def table(*frames):
    return Population(pd.concat(frames, ignore_index=True))


def test_verdicts_are_computed_in_the_decimals_given(tmp_path):
    people = table(
        *(shares("Chile", q, v) for q, v in (("q", [0.7, 0.3]), ("r", [0.2, 0.8]))),
        *(shares("Peru", q, v) for q, v in (("q", [0.5, 0.5]), ("r", [0.2, 0.8]))),
    )
    file = tmp_path / "published.csv"
    file.write_text(
        "quantity,group,value,source\n"
        "similarity of two countries,Chile | Peru,0.9130,x\n"  # (1 + 1 - 0.174084) / 2 = 0.912958
        "similarity of two countries,Peru | Chile,0.9131,x\n"
        "shared questions,Chile | Peru,2,x\n"
        "shared questions,Chile | Mars,2,x\n"
        "similarity of uniform answers,all cells,0.5,x\n"
    )
    corrected = pair_similarity(people, [["Chile", "Peru"]], replicates=50)
    uniform = uniform_similarity(people, replicates=50)
    found = comparison(file, group_similarity(people), uniform, corrected, uniform)
    assert found["verdict"].tolist() == ["reproduced", "differs", "reproduced", "not computable", "differs"]
    assert found["estimate"].notna().tolist() == [True, False, False, False, True]
    assert found["n_scored"].iloc[0] == 2
    text = reference_table(found)
    assert text["Published"].tolist() == ["0.913", "0.9131", "2", "2", "0.5"]
    nothing = comparison(
        file,
        group_similarity(table(shares("A", "q", [1.0, 0.0]), shares("B", "q", [1.0, 0.0]))),
        uniform,
        pair_similarity(people, []),
        uniform,
    )
    assert set(nothing["verdict"]) == {"not computable"}


def test_oddities_are_named_without_any_text():
    people = table(
        shares("India (Old national sample)", "q1", [0.5, 0.5], text="Secret words"),
        shares("Chile", "q1", [0.0, 0.0], text="Secret words"),
        shares("Chile", "q2", [0.2, 0.3, 0.5], text="Secret words"),
    )
    answers = ModelAnswers(
        pd.concat([shares("m", q, [0.0, 0.0], persona="Chile") for q in ("q1", "q9")], ignore_index=True)
    )
    found = oddities(people, answers).to_numpy().tolist()
    assert found == [
        ["special sample", "India (Old national sample)", "", "1"],
        ["all-zero shares", "Chile", "q1", ""],
        ["no usable answer", "m, asked as Chile", "q1, q9", "2"],
        ["two option sets", "", "q1, q2", "2 and 3"],
    ]


def test_questions_answered_by_all_are_taken_per_country():
    frame = pd.concat(
        [
            shares("a", "q", [1.0, 0.0], persona="Chile"),
            shares("a", "q", [1.0, 0.0], persona="Peru"),
            shares("b", "q", [0.0, 0.0], persona="Chile"),
            shares("b", "q", [0.3, 0.7], persona="Peru"),
        ],
        ignore_index=True,
    )
    kept = answered_by_all(ModelAnswers(frame))
    assert isinstance(kept, ModelAnswers)
    assert set(kept.frame["persona"]) == {"Peru"}
    assert sorted(kept.frame["group"].unique()) == ["a", "b"]


def test_extreme_questions_hold_both_sides_and_no_texts():
    rows = [
        {
            "model": "m",
            "group": "Chile",
            "question": f"q{i}",
            "text": "Secret words",
            "options": '["x", "y"]',
            "similarity": None if i == 5 else i / 10,
            "answer_shares": "[1.0, 0.0]",
            "people_shares": "[0.4, 0.6]",
        }
        for i in range(6)
    ]
    found = extreme_questions(pd.DataFrame(rows), 2)
    ends = found.drop_duplicates(["extreme", "place"])[["extreme", "place", "question"]].to_numpy().tolist()
    assert ends == [
        ["least similar", 1, "q0"],
        ["least similar", 2, "q1"],
        ["most similar", 1, "q4"],
        ["most similar", 2, "q3"],
    ]
    first = found[found["question"] == "q0"]
    assert first["side"].tolist() == ["model", "model", "people", "people"]
    assert first["share"].tolist() == [1.0, 0.0, 0.4, 0.6]
    spec = json.dumps(question_explorer(found, "m").to_dict())
    assert "Secret" not in spec
    assert '"y"' not in json.dumps(found.to_dict())


def test_the_explorer_shows_the_ends_first_and_offers_the_others():
    rows = [
        {
            "model": "m",
            "group": "Chile",
            "question": f"q{i}",
            "similarity": i / 10,
            "answer_shares": "[1.0, 0.0]",
            "people_shares": "[0.4, 0.6]",
        }
        for i in range(6)
    ]
    spec = question_picker(extreme_questions(pd.DataFrame(rows), 2)).to_dict()
    chosen = {param["name"]: param for param in spec["params"] if "bind" in param}
    assert [p["value"] for p in chosen.values()] == ["0.000: m, Chile, q0", "0.500: m, Chile, q5"]
    assert [p["bind"]["input"] for p in chosen.values()] == ["select", "select"]
    assert chosen["question_1"]["bind"]["options"] == ["0.500: m, Chile, q5", "0.400: m, Chile, q4"]
    svg = draw_svg(spec)  # print shows the chosen ones
    assert "q0" in svg
    assert "q4" not in svg


@pytest.fixture
def simulated(tmp_path):
    """The study run where the dataset is not at hand."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("VALUESTATS_LOCAL", "VALUESTATS_MIRROR"):
            patch.delenv(name, raising=False)
        patch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
        run = run_study(short_study(tmp_path), results=tmp_path / "results", outside=True)
    return StoredStudy(run.folder)


def test_without_the_dataset_the_page_is_made_of_simulated_countries_and_says_so(simulated):
    assert len(simulated.manifest["deviations"]) == 2
    assert "globalopinionqa is not at hand" in simulated.callouts()
    assert "SIMULATED" in source_sentence(simulated)
    assert set(simulated["comparison"]["verdict"]) == {"not computable"}
    assert glance_sentence(simulated).startswith("0 of 7")
    assert "Country A" in country_table(simulated)["Country"].tolist()
    n = len(simulated["similarity"].estimates)
    assert len(country_table(simulated)) == len(measures_table(simulated)) == len(rank_table(simulated)) == n
    assert oddity_table(simulated).empty
    assert oddity_sentence(simulated).startswith("0 groups are special samples and no countries; ")
    matrix = simulated["matrix"]
    chart = similarity_matrix_chart(matrix).to_dict()
    assert chart["encoding"]["x"]["sort"] == list(matrix.drop_duplicates("place")["group"])
    models = sorted(simulated["extremes"]["model"].unique())
    assert len(models) >= 3
    known = simulated["similarity"].meta["warnings"][-1]
    assert "corrected for sampling error" in known


def test_the_published_numbers_are_seven_facts():
    frame = read_published(STUDY.parent / "published.csv")
    assert frame["value"].tolist() == [0.8011, 0.8512, 0.9153, 78, 66, 36, 0.614]


@pytest.mark.mirror
def test_real_tables_reproduce_every_reference_value(tmp_path):
    root = os.environ.get("VALUESTATS_LOCAL")
    if root is None or not (Path(root) / "globalopinionqa" / "goqa_cells.csv").exists():
        pytest.skip("the GlobalOpinionQA tables are not at hand (VALUESTATS_LOCAL)")
    study = StoredStudy(run_study(short_study(tmp_path), results=tmp_path / "results", outside=True).folder)
    table = study["comparison"]
    assert (table["verdict"] == "reproduced").all()
    pairs = table[table["quantity"] == "similarity of two countries"]
    assert (pairs["lower"] > pairs["baseline"]).all()
    assert len(study["similarity"].estimates) == 18
    counts = study["oddities"]["kind"].value_counts()
    assert counts[["special sample", "all-zero shares", "two option sets"]].tolist() == [23, 2, 3]
    assert study["matrix"]["group"].nunique() == 24
