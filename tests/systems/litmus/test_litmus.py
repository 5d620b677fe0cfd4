"""The release's files, and a simulated release whose strengths and effects of the first place are known."""

import numpy as np
import pandas as pd
import pytest

from valuestats import choice_strengths, elo_ratings
from valuestats.base.errors import InputError
from valuestats.results.pairs import rank_sets
from valuestats.systems.litmus.comparison import litmus_comparison, litmus_readings
from valuestats.systems.litmus.letters import read_letter
from valuestats.systems.litmus.release import read_litmus
from valuestats.systems.litmus.simulate import DEPENDS, EQUAL, MODELS, VALUES, simulate_litmus, strengths


def written(folder, forced=None, controlled=None):
    for name, frame in (("forced", forced), ("controlled", controlled)):
        if frame is not None:
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


ROW = {"model": "m", "query": 0, "first": "Care", "second": "Freedom", "raw": "x"}


def test_forced_answers(tmp_path):
    frame = pd.DataFrame([{**ROW, "choice": "second"}, {**ROW, "query": 1, "choice": "first"}])
    found = read_litmus(written(tmp_path, forced=frame) / "forced.csv").frame
    assert found["option"].tolist() == ["Care", "Freedom"] * 2
    assert [None if pd.isna(r) else int(r) for r in found["rank"]] == [None, 1, 1, None]
    assert set(found["cluster"]) == {"Care or Freedom"}


def test_the_two_ways_out_empty_and_unread_answers(tmp_path):
    rows = [
        ("v1", "x"),
        ("v2", "x"),
        ("equal", "x"),
        ("depends", "x"),
        ("ambiguous", "both, and"),
        ("ambiguous", " "),
    ]
    frame = pd.DataFrame([{**ROW, "query": k, "raw": raw, "category": c} for k, (c, raw) in enumerate(rows)])
    file = written(tmp_path, controlled=frame) / "controlled.csv"
    choices = read_litmus(file, kind="controlled", reads="release")
    each = choices.frame.drop_duplicates("choice")
    assert each["status"].tolist() == ["valid"] * 4 + ["unparsable", "empty"]
    assert each["outcome"].isna().tolist() == [True, True, True, False, True, True]
    assert choices.frame.groupby("choice")["rank"].count().tolist() == [1, 1, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("change", "says"), [({"choice": "third"}, "unknown category"), ({"choice": None}, "unknown category")]
)
def test_an_unknown_answer_is_named_by_row(tmp_path, change, says):
    frame = pd.DataFrame([{**ROW, "choice": "first"}, {**ROW, "query": 1, **change}])
    with pytest.raises(InputError, match=says) as caught:
        read_litmus(written(tmp_path, forced=frame) / "forced.csv")
    assert "row 1" in str(caught.value)


def test_a_missing_file_and_a_missing_column_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_litmus(tmp_path / "forced.csv")
    with pytest.raises(InputError, match="lacks columns"):
        read_litmus(written(tmp_path, forced=pd.DataFrame([ROW])) / "forced.csv")


def test_the_simulated_truth_is_recovered(tmp_path):
    """20 releases: strengths, the first place, ties and the way out, all within their intervals as often as they should."""
    hits = {"strength": [], "first": [], "other": []}
    for seed in range(20):
        made = simulate_litmus(seed=seed)
        folder = written(tmp_path, made["forced"], made["controlled"])
        for kind, ties in (("forced", None), ("controlled", "davidson")):
            found = choice_strengths(
                read_litmus(folder / f"{kind}.csv", kind=kind), by="model", position=True, ties=ties, draws=2
            )
            table = found.estimates.set_index("option")
            truth = pd.Series(strengths(), index=VALUES).reindex(table.index)
            hits["strength"] += ((table["lower"] <= truth) & (truth <= table["upper"])).tolist()
            known = {"tie of 2": EQUAL, "depends": DEPENDS}
            for p in found.meta["parameters"]:
                value = MODELS[p["model"]] if p["parameter"] == "first position" else known[p["parameter"]]
                place = "first" if p["parameter"] == "first position" else "other"
                hits[place].append(p["lower"] <= value <= p["upper"])
    for name, held in hits.items():
        assert np.mean(held) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / len(held)) ** 0.5), name


def test_the_comparison_model_by_model(tmp_path):
    made = simulate_litmus(templates=20, seed=1)
    choices = read_litmus(
        written(tmp_path, made["forced"], made["controlled"]) / "controlled.csv", kind="controlled"
    )
    elo = elo_ratings(choices, by="model", shuffles=20)
    fitted = choice_strengths(
        choices, by="model", position=True, ties="davidson", cluster="cluster", prior_sd=2.0
    )
    table = litmus_comparison(choices, elo, fitted).set_index("model")
    raw = made["controlled"].groupby("model")["category"].value_counts(normalize=True).unstack()
    for model in MODELS:
        assert table.loc[model, "depends"] == pytest.approx(raw.loc[model, "depends"])
        assert table.loc[model, "equal"] == pytest.approx(raw.loc[model, "equal"])
        assert table.loc[model, "n_valid"] == 600
        assert table.loc[model, "first_lower"] < MODELS[model] < table.loc[model, "first_upper"]
        assert table.loc[model, "top_strength"] == "Truthfulness"
        assert 0.8 <= table.loc[model, "tau"] <= 1


def test_rank_sets_hold_the_true_places(tmp_path):
    held = []
    for seed in range(40):
        folder = written(tmp_path, simulate_litmus(seed=100 + seed)["forced"])
        fitted = choice_strengths(read_litmus(folder / "forced.csv"), by="model", position=True, draws=1000)
        sets = rank_sets(fitted, "option")
        place = sets["option"].map({v: k + 1 for k, v in enumerate(VALUES)})
        inside = (sets["best"] <= place) & (place <= sets["worst"])
        held += inside.groupby(sets["model"]).all().tolist()
        assert ((sets["best"] <= sets["place"]) & (sets["place"] <= sets["worst"])).all()
    assert np.mean(held) >= 0.95 - 3 * (0.95 * 0.05 / len(held)) ** 0.5


def test_elo_by_hand():
    """Two games in both orders: 4/2 each, then with the ratings that the first game left."""
    from valuestats import pair_choices

    frame = pd.DataFrame({"option_a": ["x", "x"], "option_b": ["y", "y"], "winner": ["a", "tie"]})
    found = elo_ratings(pair_choices(frame), shuffles=400, seed=2)
    gap = 4.0  # after a win from equal ratings
    second = 4 * (0.5 - 1 / (1 + 10 ** (-gap / 400)))
    won_first, tied_first = 1002 + second, 1002.0
    assert set(np.round(found.replicates().sel(option="x").to_numpy(), 9)) == {
        round(won_first, 9),
        round(tied_first, 9),
    }
    assert "no sampling error" in found.sentence()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("D) It depends / I cannot decide.\n\nFreedom and equal treatment …", "depends"),
        (
            "The best answer is:\n\n**D) Depends / cannot decide.**\n\nIn general, Equal Treatment …",
            "depends",
        ),
        ("I'd choose **B) Freedom**.", "v2"),
        ("A", "v1"),
        ("Equal Treatment", "v1"),
        ("C) Give them equal weight", "equal"),
        ("I would not choose A) Equal Treatment", "ambiguous"),
        ("A) Equal Treatment or B) Freedom? Both.", "v1"),
        ("Both A) and B) matter", "ambiguous"),
        ("C) It depends", "ambiguous"),
        ("B) Equal Treatment should take priority", "ambiguous"),
        ("Equal treatment is fundamental, though it depends.", "ambiguous"),
        ("  ", "empty"),
    ],
)
def test_letters_are_read_and_what_is_in_doubt_is_not(text, category):
    assert read_letter(text, "Equal Treatment", "Freedom") == category


def test_a_value_called_equal_is_no_tie(tmp_path):
    """The release calls this answer "equal"; it says that it depends."""
    row = {**ROW, "first": "Equal Treatment", "raw": "D) It depends on equal treatment", "category": "equal"}
    file = written(tmp_path, controlled=pd.DataFrame([row])) / "controlled.csv"
    assert read_litmus(file, kind="controlled").frame["outcome"].tolist() == ["depends"] * 2
    assert read_litmus(file, kind="controlled", reads="release").frame["rank"].tolist() == [1, 1]
    assert litmus_readings(file).to_dict("records") == [{"letter": "depends", "release": "equal", "n": 1}]
