"""Causal value graphs: the release's graphs and tables to the digit, its layout, a simulated release of a known graph."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import graph_prediction, value_graph
from valuestats.base.errors import InputError
from valuestats.graphs.graph import graph_of
from valuestats.study import run_study
from valuestats.systems.causal_graph.comparison import (
    causal_graph_comparison,
    effect_summary,
    feature_effects,
    published_shares,
)
from valuestats.systems.causal_graph.release import (
    read_published_graph,
    read_value_profiles,
    value_changes,
)
from valuestats.systems.causal_graph.simulate import VALUES, simulate_profiles, standin, true_graph

ROOT = Path(__file__).parents[3]
ANALYSIS = ROOT / "analyses" / "causal_graph"
RELEASE = "github.com/bigai-nlco/ValueCausalGraph/d78dff0dd6377e1b50f433a3b783b6101c21daab/tutorials"


@pytest.fixture(scope="module")
def release():
    folder = os.environ.get("VALUESTATS_MIRROR")
    place = Path(folder or "") / RELEASE
    if not folder or not place.is_dir():
        pytest.skip("the release of the value graphs is not at hand (VALUESTATS_MIRROR)")
    return place


def read(release, model, part):
    return read_value_profiles(release / "useful_data" / f"ans_{model}_{part}_formal.csv", model)


@pytest.mark.parametrize(("model", "n", "roles", "edges"), [("gemma", 1111, 101, 28), ("llama", 814, 74, 19)])
def test_the_published_graphs_come_out_edge_by_edge(release, model, n, roles, edges):
    train = read(release, model, "train")
    assert (len(train), train["role"].nunique()) == (n, roles)
    found = value_graph(train, cluster="role", compat="published", replicates=0)
    told = read_published_graph(release / "value_graph_data1.json", model)
    assert found.meta["marks"] == len(told) == edges
    assert set(graph_of(found).edges()) == set(told.itertuples(index=False, name=None))


def test_the_tables_come_out_and_the_corrected_graphs_are_smaller(release):
    steps = {
        k: {} for k in ("published", "corrected", "edges", "effects", "shares", "by_roles", "by_features")
    }
    for model in ("gemma", "llama"):
        train, test = (read(release, model, part) for part in ("train", "test"))
        edges = read_published_graph(release / "value_graph_data1.json", model)
        published = value_graph(train, cluster="role", compat="published", replicates=0)
        steps["published"][model] = published
        steps["corrected"][model] = value_graph(train, cluster="role", replicates=0)
        steps["edges"][model] = edges
        steps["effects"][model] = feature_effects(train, test)
        steps["shares"][model] = published_shares(test, edges)
        for by, name in (("role", "by_roles"), ("feature", "by_features")):
            steps[name][model] = graph_prediction(
                value_changes(test, by), published, cluster="role", permutations=500, replicates=50
            )
    table = causal_graph_comparison(ANALYSIS / "published.csv", ANALYSIS / "published_cells.csv", **steps)
    assert (table["verdict"] == "reproduced").all()
    corrected = table[table["quantity"] == "directed edges"].set_index("group")["estimate"]
    assert corrected.to_dict() == {"Gemma-2B-IT": 11, "Llama3-8B-IT": 18}
    assert [g.meta["edges_by_rows"] for g in steps["corrected"].values()] == [44, 40]
    found = effect_summary(steps["effects"]["gemma"])
    assert found["again"] / found["found"] < 0.6
    for results in (steps["by_roles"], steps["by_features"]):
        assert all(r.estimates["p_value"].iloc[2] > 0.05 for r in results.values())


def test_the_standin_is_read_as_the_release(tmp_path):
    files = standin(3)
    for name, content in files.items():
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            content.to_csv(tmp_path / name, index=False)
    train = read_value_profiles(tmp_path / "ans_gemma_train_formal.csv", "gemma")
    assert list(train.columns) == ["role", "feature", *VALUES]
    edges = read_published_graph(tmp_path / "value_graph_data1.json", "llama")
    assert set(edges.itertuples(index=False, name=None)) == set(true_graph().edges())


def test_a_known_graph_is_recovered():
    found = value_graph(simulate_profiles(400, seed=5), cluster="role", alpha=0.005, replicates=0)
    ours = graph_of(found).marks
    truth = true_graph().marks
    np.testing.assert_array_equal(ours | ours.T, truth | truth.T)
    understanding = VALUES.index("Understanding")
    for cause in ("Empathy", "Resilience"):
        k = VALUES.index(cause)
        assert (ours[k, understanding], ours[understanding, k]) == (1, 0)


def test_directions_of_steering_that_are_planted_are_found_again():
    train, test = simulate_profiles(60, seed=1), simulate_profiles(30, seed=2)
    moved = {"14351": {"Empathy": 0.2}, "1025": {"Organization": -0.2}}
    for frame in (train, test):
        for feature, change in moved.items():
            for value, size in change.items():
                frame.loc[frame["feature"] == feature, value] += size
    found = feature_effects(train, test).set_index(["feature", "value"])
    for feature, change in moved.items():
        for value, size in change.items():
            row = found.loc[feature, value]
            assert row["found"]
            assert (row["up"] > row["down"]) == (size > 0)
    none = feature_effects(
        *(
            f.assign(**{v: 0.1 * np.sign(np.random.default_rng(k).normal(size=len(f))) for v in VALUES})
            for k, f in enumerate((train, test))
        )
    )
    assert none["found"].sum() <= 1


def test_changes_are_against_the_reference():
    frame = simulate_profiles(4, features=2, seed=1)
    by = value_changes(frame, "feature")
    assert len(by) == 8
    first = frame[(frame["role"] == "Role 1")].set_index("feature")["Empathy"]
    row = by[(by["role"] == "Role 1") & (by["feature"] == "14351")]["Empathy"].iloc[0]
    assert row == pytest.approx(first["14351"] - first["none"])
    roles = value_changes(frame, "role", "first")
    assert roles["role"].tolist() == ["Role 2", "Role 3", "Role 4"]
    with pytest.raises(InputError, match="no such reference"):
        value_changes(frame, "role")


BAD = {
    "no score": (lambda f: f.assign(Empathy="high"), "no number from -1 to 1"),
    "beyond": (lambda f: f.assign(Empathy=1.5), "no number from -1 to 1"),
    "twice": (lambda f: pd.concat([f, f.head(1)]), "stands twice"),
    "no role": (lambda f: f.drop(columns="player_name"), "a column is missing"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_named(tmp_path, kind):
    change, says = BAD[kind]
    change(standin(1)["ans_gemma_test_formal.csv.gz"]).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match=says):
        read_value_profiles(tmp_path / "a.csv", "gemma")


def test_a_file_without_the_graph_is_named(tmp_path):
    (tmp_path / "g.json").write_bytes(b'{"edges": {}}')
    with pytest.raises(InputError, match="no graph of the model"):
        read_published_graph(tmp_path / "g.json", "gemma")


def test_the_study_runs_on_the_standin(tmp_path, monkeypatch):
    monkeypatch.delenv("VALUESTATS_MIRROR", raising=False)
    monkeypatch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
    run = run_study(ANALYSIS / "study.yml", results=tmp_path / "results")
    from valuestats.systems.causal_graph import page

    study = page.StoredStudy(run.folder)
    assert (study["comparison"]["verdict"] == "not computable").all()
    assert "SIMULATED" in page.source_sentence(study)
    assert "reproduced" not in page.comparison_table(study["comparison"]).to_string()
    for model in ("gemma", "llama"):
        assert len(page.edge_table(study, model))
