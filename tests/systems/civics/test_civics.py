"""CIVICS: label sets are read whole, spellings repaired, agreement has the truth that was simulated."""

import os
from pathlib import Path

import orjson
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.raters.agreement import agreement
from valuestats.study.runner import run_study
from valuestats.systems.civics.annotations import (
    agreement_within,
    entangled_factors,
    harmonise_labels,
    label_spellings,
    odd_labels,
    read_annotations,
)
from valuestats.systems.civics.figures import agreement_within_chart
from valuestats.systems.civics.page import label_caption
from valuestats.systems.civics.simulate import simulate_annotations

ROOT = Path(__file__).parents[3]


def written(folder, **options):
    file = folder / "a.json"
    file.write_bytes(simulate_annotations(**options))
    return file


def release():
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / "civics" / "civics_dataset.json" if root else None
    if path is None or not path.exists():
        pytest.skip("the CIVICS annotations are not at hand (VALUESTATS_LOCAL)")
    return path


def test_nominal_alpha_of_simulated_annotations_is_the_square_of_their_fidelity(tmp_path):
    table = read_annotations(written(tmp_path, statements=4000, fidelity=0.9, seed=3))
    found = agreement(table.drop(columns="cluster"), replicates=300, seed=1).estimates.iloc[0]
    assert found["lower"] < 0.81 < found["upper"]
    assert found["estimate"] == pytest.approx(0.81, abs=0.02)
    assert found["n_scored"] == 12_000
    assert found["n_asked"] == 20_000


def test_every_place_of_the_release_is_a_row_and_an_unseen_statement_is_no_rating(tmp_path):
    path = written(tmp_path, statements=20, seed=1)
    records = orjson.loads(path.read_bytes())
    table = read_annotations(path)
    assert len(table) == 5 * len(records)
    given = sum(bool(r[f"Annotator {k}"]) for r in records for k in range(1, 6))
    assert table["rating"].notna().sum() == given == 60


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"not json", "not valid JSON"),
        (b"{}", "a list of records"),
        (b'[{"ID": 1}]', "a field is missing"),
        (b"[3]", "a field is missing"),
    ],
)
def test_damaged_files_are_told_by_file_and_row(tmp_path, content, match):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=match):
        read_annotations(path)
    with pytest.raises(InputError, match="no such file"):
        read_annotations(tmp_path / "other.json")


def test_a_label_set_that_is_text_is_refused(tmp_path):
    path = written(tmp_path, statements=3, seed=1)
    records = orjson.loads(path.read_bytes())
    records[2]["Annotator 4"] = "care"
    path.write_bytes(orjson.dumps(records))
    with pytest.raises(InputError, match="a label set is a list of texts"):
        read_annotations(path)


def test_no_spelling_stands_for_another_spelling_and_the_opposite_stays_apart():
    spelling = label_spellings()
    assert not set(spelling) & set(spelling.values())
    frame = pd.DataFrame({"rating": [["anti (health support"], ["pro (health support"], ["health support"]]})
    assert harmonise_labels(frame)["rating"].tolist() == [
        ["anti health support"],
        ["health support"],
        ["health support"],
    ]


def test_levels_with_few_clusters_get_no_interval_and_an_absent_factor_is_told(tmp_path):
    table = read_annotations(written(tmp_path, statements=60, seed=2))
    small = table[table["cluster"].isin(table["cluster"].unique()[:3])]
    within = agreement_within(small, ["language"], replicates=50)
    assert within["lower"].isna().all()
    assert agreement_within(table, ["topic"], replicates=50)["lower"].notna().all()
    with pytest.raises(SpecificationError, match="no such factor"):
        agreement_within(table, ["planet"])


def test_cramers_v_is_nought_for_a_balanced_design_and_undefined_for_one_level():
    frame = pd.DataFrame({"item": range(8), "a": list("xxxxyyyy"), "b": list("uvuvuvuv"), "c": "one"})
    table = entangled_factors(frame, ["a", "b", "c"])
    assert table.loc[0, "cramers_v"] == pytest.approx(0.0, abs=1e-12)
    assert table["cramers_v"].isna().tolist() == [False, True, True]
    assert table["shared"].tolist() == [2, 1, 1]


@pytest.mark.mirror
def test_published_agreement_is_reproduced_and_spellings_explain_most_of_the_rest():
    table = read_annotations(release())
    odd = odd_labels(table)
    # counted by hand in the list of all 64 labels of the release
    assert (len(odd), odd["n"].sum()) == (36, 169)
    # each publisher writes in one language
    entangled = entangled_factors(table, ["language", "organisation"]).iloc[0]
    assert entangled["cramers_v"] == pytest.approx(1)
    assert entangled["shared"] == 0


def test_the_study_runs_without_the_release_and_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("VALUESTATS_LOCAL", raising=False)
    monkeypatch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
    run = run_study(ROOT / "analyses" / "civics" / "study.yml", results=tmp_path)
    assert any("not at hand" in text for text in run.manifest["deviations"])
    table = run.load("comparison")
    # simulated annotations are no release: nothing that was published can be held against them
    assert set(table["verdict"]) == {"not computable"}
    assert table["recomputed"].isna().all()
    assert (
        run.load("agreement").estimates["lower"].iloc[0]
        < 0.81
        < run.load("agreement").estimates["upper"].iloc[0]
    )
    assert agreement_within_chart(run.load("within")).to_dict()


@pytest.mark.parametrize(("lower", "told"), [(0.8, False), (None, True)])
def test_a_caption_explains_diamonds_only_where_some_are_drawn(lower, told):
    table = pd.DataFrame({"factor": ["topic"] * 2, "estimate": [0.9, 1.0], "lower": [0.8, lower]})
    assert ("Diamonds" in label_caption(table)) is told
