"""ValuePilot: the release's layout, the file that ranks other actions, power; a simulated release of a known truth."""

import os
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from valuestats import ranking_agreement
from valuestats.base.errors import InputError, SpecificationError
from valuestats.orderings.agreement import PEOPLE
from valuestats.orderings.crossed import crossed_jackknife
from valuestats.study import run_study
from valuestats.systems.valuepilot.comparison import (
    agreement_power,
    published_overlap,
    same_for_all,
    two_way_interval,
    valuepilot_comparison,
)
from valuestats.systems.valuepilot.release import (
    VALUES,
    read_valuepilot_people,
    read_valuepilot_rankings,
    read_valuepilot_weights,
)
from valuestats.systems.valuepilot.simulate import simulate_valuepilot

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "analyses" / "valuepilot" / "published.csv"


@pytest.fixture(scope="module")
def release():
    folder = os.environ.get("VALUESTATS_LOCAL")
    place = Path(folder or "") / "valuepilot"
    if not folder or not place.is_dir():
        pytest.skip("ValuePilot's human study is not at hand (VALUESTATS_LOCAL)")
    return place


def unpacked(folder, files):
    """The files in folders, as the release has them."""
    for name, content in files.items():
        place = folder / ("" if name == "result_en.json" else "ValuePilot") / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(orjson.dumps(content))
    return folder


def test_a_folder_and_one_file_are_read_alike(tmp_path):
    files = simulate_valuepilot(people=4, seed=1)
    named = {"result_en.json": files["result_en.json"], "gpt4.json": files["personal.json"]}
    folder = unpacked(tmp_path / "a", named) if (tmp_path / "a").mkdir() is None else None
    one = tmp_path / "all.json"
    one.write_bytes(orjson.dumps(named))
    for read in (read_valuepilot_people, read_valuepilot_weights, read_valuepilot_rankings):
        pd.testing.assert_frame_equal(read(folder), read(one))
    people, weights = read_valuepilot_people(one), read_valuepilot_weights(one)
    first = files["result_en.json"][0]
    assert people[people["item"] == "1"].head(4)["option"].tolist() == [str(k) for k in first["choices"][0]]
    assert weights["weight"].head(6).tolist() == first["value_point"]
    assert weights["value"].head(6).tolist() == list(VALUES)
    assert read_valuepilot_rankings(one)["model"].unique().tolist() == ["GPT-4o"]


BAD = {
    "no release": ({"other.json": 1}, "no list of people"),
    "no weights": ({"result_en.json": [{"choices": []}]}, "lacks fields"),
    "few weights": ({"result_en.json": [{"choices": [], "value_point": [1]}]}, "lacks weights"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused(tmp_path, kind):
    content, says = BAD[kind]
    file = tmp_path / "all.json"
    file.write_bytes(orjson.dumps(content))
    with pytest.raises(InputError, match=says):
        read_valuepilot_people(file)


def test_other_bad_files(tmp_path):
    (tmp_path / "all.json").write_bytes(b"[")
    with pytest.raises(InputError, match="not valid JSON"):
        read_valuepilot_people(tmp_path / "all.json")
    with pytest.raises(InputError, match="does not hold the release"):
        read_valuepilot_people(tmp_path / "none")
    people = {"result_en.json": simulate_valuepilot(people=3)["result_en.json"]}
    (tmp_path / "people.json").write_bytes(orjson.dumps(people))
    with pytest.raises(InputError, match="no file of rankings"):
        read_valuepilot_rankings(tmp_path / "people.json")
    (tmp_path / "people.json").write_bytes(orjson.dumps({**people, "gpt4.json": {"rankings": []}}))
    with pytest.raises(InputError, match="release's layout") as caught:
        read_valuepilot_rankings(tmp_path / "people.json")
    assert caught.value.parameter == "gpt4.json"


def tables(tmp_path, **options):
    file = tmp_path / "all.json"
    file.write_bytes(orjson.dumps(simulate_valuepilot(**options)))
    return read_valuepilot_rankings(file), read_valuepilot_people(file)


def test_what_the_simulated_methods_know_is_seen(tmp_path):
    rankings, people = tables(tmp_path, people=24, seed=2)
    with pytest.raises(SpecificationError, match="different options") as caught:
        ranking_agreement(rankings, people)
    assert caught.value.got == "longer, scenario 10 for 24 people: ranks 5 besides"
    found = ranking_agreement(rankings, people, different="leave_out").estimates
    row = found[found["measure"] == "average_overlap"].set_index("model")
    assert row.loc["personal", "gain_lower"] > 0
    assert row.loc["personal", "above_people_lower"] > 0
    assert row.loc["common", "gain"] == pytest.approx(0)
    assert row.loc["common", "estimate"] > row.loc[PEOPLE, "estimate"]
    assert row.loc["random", "lower"] < row.loc["random", "baseline"] < row.loc["random", "upper"]
    alike = same_for_all(rankings).set_index("model")["same"]
    assert alike.to_dict() == {"common": True, "longer": False, "personal": False, "random": False}


@pytest.mark.local
def test_the_one_file_with_other_actions_is_found_by_the_check(release):
    rankings, people = read_valuepilot_rankings(release), read_valuepilot_people(release)
    with pytest.raises(SpecificationError, match="different options") as caught:
        ranking_agreement(rankings, people)
    assert caught.value.got == "Llama 3, scenario 10 for 10 people: ranks 5 besides"
    assert same_for_all(rankings).query("same")["model"].tolist() == ["GPT-4o", "Gemini"]


@pytest.mark.local
def test_the_overlaps_are_those_of_a_plain_loop_over_the_files(release):
    """Numbers of a loop of sets over the raw files, written on its own: person means of scenario means."""
    found = published_overlap(read_valuepilot_rankings(release), read_valuepilot_people(release)).set_index(
        "model"
    )
    told = {"ValuePilot, ensemble": 0.6877, "AHP": 0.6753, "MAUT": 0.6214, "TOPSIS": 0.6317, "GPT-4o": 0.6263}
    for model, value in told.items():
        assert found.loc[model, "overlap"] == pytest.approx(value, abs=5e-5)
    assert found.loc["ValuePilot, ensemble", "first"] == pytest.approx(0.4)


def test_the_published_overlap_stops_at_the_shorter_ranking():
    people = pd.DataFrame({"respondent": "p", "item": "1", "option": list("abc"), "rank": [1, 2, 3]})
    longer = pd.DataFrame(
        {"respondent": "p", "item": "1", "option": list("dabc"), "rank": [1, 2, 3, 4], "model": "m"}
    )
    found = published_overlap(longer, people).iloc[0]
    assert found["overlap"] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert found["first"] == 0


def test_the_comparison_names_the_study_or_that_it_is_simulated(tmp_path):
    rankings, people = tables(tmp_path, seed=3)
    made = ranking_agreement(rankings, people, different="leave_out")
    found = valuepilot_comparison(TABLE, published_overlap(rankings, people), made, people)
    assert found["verdict"].tolist() == ["not computable"] * 2
    named = rankings.assign(model=rankings["model"].replace({"personal": "ValuePilot, ensemble"}))
    made = ranking_agreement(named, people, different="leave_out")
    again = valuepilot_comparison(TABLE, published_overlap(named, people), made, people)
    assert again["verdict"].tolist() == ["differs"] * 2
    assert "earlier study of 10 people" in again["explanation"].iloc[0]
    assert again["recomputed"].to_numpy() == pytest.approx(again["estimate"].to_numpy())


def test_the_interval_of_many_tables_is_that_of_the_jackknife():
    rng = np.random.default_rng(1)
    y = rng.normal(size=(3, 6, 5)) + rng.normal(size=(3, 6, 1))
    centre, reach = two_way_interval(y, 0.9)
    for k, table in enumerate(y):
        total = table.sum(axis=0)
        above = np.concatenate([total[None], total - table])[:, :, None]
        below = np.concatenate([np.full((1, 5), 6.0), np.full((6, 5), 5.0)])[:, :, None]
        found = crossed_jackknife(above, below, 0.9, 2, rng)
        assert (centre[k] - reach[k], centre[k] + reach[k]) == pytest.approx((found.lower[0], found.upper[0]))


def test_power_is_that_of_a_t_test_without_scenarios_and_rises_with_people(tmp_path):
    rankings, people = tables(tmp_path, people=12, seed=4)
    rankings = rankings[rankings["model"] != "longer"]
    found = agreement_power(rankings, people, people_counts=[6, 24], studies=200, seed=1)
    assert set(found["first"]) == {"personal"}
    wide = found.pivot(index="model", columns="people", values="power")
    assert (wide[24] >= wide[6] - 0.1).all()
    assert wide.loc["random", 24] > 0.9
    same = agreement_power(rankings, people, "common", people_counts=[20], studies=20)
    assert set(same["model"]) == {"personal", "random"}
    with pytest.raises(SpecificationError, match="no such model"):
        agreement_power(rankings, people, "nobody")


def test_the_study_runs_on_its_stand_in(tmp_path, monkeypatch):
    monkeypatch.delenv("VALUESTATS_LOCAL", raising=False)
    run = run_study(ROOT / "analyses" / "valuepilot" / "study.yml", results=tmp_path)
    from valuestats.reporting.stored_study import StoredStudy
    from valuestats.systems.valuepilot import page

    study = StoredStudy(run.folder)
    assert "SIMULATED" in page.source_sentence(study)
    assert "common gives every person one and the same ranking" in page.glance_sentence(study)
    assert "longer, scenario 10 for 10 people: ranks 5 besides" in page.items_sentence(study)
    for text in (page.people_sentence, page.alike_sentence, page.power_sentence, page.trust_sentence):
        assert text(study).endswith((".", "(○)."))
        assert "-0.00" not in text(study)
    assert page.measure_table(study, "kendall").shape == (5, 6)
    assert page.agreement_figure(study).to_dict()
    assert page.power_figure(study).to_dict()
    assert page.power_caption(study)
    assert page.agreement_caption(study)
