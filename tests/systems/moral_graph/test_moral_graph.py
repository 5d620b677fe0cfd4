"""The moral graph: the release's layout, the published graph of the real votes, a simulated release of a known truth."""

import gzip
import os
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from scipy import stats

from valuestats import agreement, choice_strengths, vote_choices, vote_pagerank, votes_to_graph
from valuestats.base.errors import InputError
from valuestats.study import run_study
from valuestats.systems.moral_graph.comparison import (
    both_directions,
    moral_graph_comparison,
    value_orders,
    vote_ratings,
)
from valuestats.systems.moral_graph.release import (
    REPRESENTED,
    read_moral_graph,
    read_moral_graph_positions,
    read_moral_graph_survey,
    read_moral_graph_votes,
)
from valuestats.systems.moral_graph.simulate import VALUES, simulate_votes, standin, strengths

ROOT = Path(__file__).parents[3]
VOTE = {
    "userId": 1,
    "fromId": 7,
    "toId": 8,
    "contextId": "When unsure",
    "relationship": "upgrade",
    "createdAt": "2023-10-01T00:00:00.000Z",
}


@pytest.fixture(scope="module")
def release():
    folder = os.environ.get("VALUESTATS_LOCAL")
    place = Path(folder or "") / "moral_graph"
    if not folder or not place.is_dir():
        pytest.skip("the moral graph's votes are not at hand (VALUESTATS_LOCAL)")
    return place


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    for name, content in standin(3).items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            content.to_csv(folder / name, index=False)
    return folder


def written(tmp_path, records, name="edge.json"):
    file = tmp_path / name
    file.write_bytes(orjson.dumps(records))
    return file


def test_votes_of_the_release(tmp_path):
    records = [
        VOTE,
        {**VOTE, "userId": 2, "relationship": "no_upgrade"},
        {**VOTE, "userId": 3, "relationship": "not_sure"},
    ]
    late = {**VOTE, "userId": 4, "createdAt": "2023-10-20T00:00:01.000Z"}
    file = written(tmp_path, [*records, late])
    found = read_moral_graph_votes(file, before="2023-10-20")
    assert found["vote"].tolist() == ["wiser", "equal", "unsure"]
    assert found[["respondent", "from", "to"]].iloc[0].tolist() == ["1", "7", "8"]
    assert len(read_moral_graph_votes(file)) == 4
    packed = tmp_path / "edge.json.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    pd.testing.assert_frame_equal(read_moral_graph_votes(packed), read_moral_graph_votes(file))


BAD = {
    "no JSON": (b"{", "not valid JSON", None),
    "no list": (b"{}", "no list of records", None),
    "a field is missing": (orjson.dumps([VOTE, {"userId": 1}]), "lacks fields", 1),
    "an unknown vote": (orjson.dumps([VOTE, {**VOTE, "relationship": "maybe"}]), "unknown kind", 1),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_by_row(tmp_path, kind):
    content, says, row = BAD[kind]
    file = tmp_path / "edge.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_moral_graph_votes(file)
    assert caught.value.row == row
    assert caught.value.file == str(file)


def test_other_bad_files(tmp_path):
    for reader in (
        read_moral_graph_votes,
        read_moral_graph,
        read_moral_graph_survey,
        read_moral_graph_positions,
    ):
        with pytest.raises(InputError, match="no such file"):
            reader(tmp_path / "none")
    with pytest.raises(InputError, match="no vote before"):
        read_moral_graph_votes(written(tmp_path, [VOTE]), before="2020-01-01")
    with pytest.raises(InputError, match="release's layout"):
        read_moral_graph(written(tmp_path, {"values": [], "edges": [{}]}, "graph.json"))
    survey = tmp_path / "survey.csv"
    survey.write_text("respondent\n1\n")
    with pytest.raises(InputError, match="lacks a column"):
        read_moral_graph_survey(survey)
    pd.DataFrame({"respondent": [1, 2], REPRESENTED: [5, 7]}).to_csv(survey, index=False)
    with pytest.raises(InputError, match="off the scale") as caught:
        read_moral_graph_survey(survey)
    assert caught.value.row == 1


@pytest.mark.local
def test_the_published_graph_comes_again_from_the_real_votes(release):
    votes = read_moral_graph_votes(release / "edge.json", before="2023-10-20")
    found = votes_to_graph(votes, compat="published", replicates=0).estimates
    kept = found[found["kept"]]
    listed = read_moral_graph(release / "dft_moral-graph-all-participants.json")
    mine = set(zip(kept["from"], kept["to"], strict=True))
    assert len(kept) == 69
    assert len(set(kept["from"]) | set(kept["to"])) == 60
    assert mine == set(zip(listed["from"], listed["to"], strict=True))
    both = listed.merge(kept, on=["from", "to"], suffixes=("", "_again"))
    same = (both["n_wiser"] == both["n_wiser_again"]) & (both["n_less_wise"] == both["n_less_wise_again"])
    same &= (both["n_unsure"] == both["n_unsure_again"]) & (both["n_equal"] == both["n_equal_again"])
    assert same.sum() == 68
    again = both[same]
    assert again["likelihood_again"].to_numpy() == pytest.approx(again["likelihood"].to_numpy(), abs=1e-12)
    shown = again[again["shown"] == again[["n_wiser", "n_equal", "n_unsure"]].sum(axis=1)]
    assert len(shown) > 55
    assert shown["entropy_again"].to_numpy() == pytest.approx(shown["entropy"].to_numpy(), abs=1e-12)
    assert votes_to_graph(votes, replicates=0).meta["both_ways"]["lower"] > 1


@pytest.mark.local
def test_the_published_shares_of_the_real_answers(release):
    survey = read_moral_graph_survey(release / "dft_survey-responses.csv")["answer"].dropna()
    assert (int((survey >= 4).sum()), len(survey)) == (268, 301)
    fair = read_moral_graph_positions(release / "graphPositionVerification.json")["fair"]
    assert (int(fair.sum()), len(fair)) == (158, 180)


def test_the_simulated_release_is_read_and_its_graph_comes_again(simulated):
    votes = read_moral_graph_votes(simulated / "moral_graph_edge.json.gz")
    assert votes["simulated"].all()
    listed = read_moral_graph(simulated / "moral_graph_all.json.gz")
    found = votes_to_graph(votes, compat="published", replicates=0).estimates
    kept = found[found["kept"]].set_index(["from", "to"]).sort_index()
    listed = listed.set_index(["from", "to"]).sort_index()
    assert list(kept.index) == list(listed.index)
    for column in ("likelihood", "entropy", "n_wiser", "n_less_wise", "n_equal", "n_unsure"):
        assert kept[column].to_numpy() == pytest.approx(listed[column].to_numpy())


def test_strengths_of_the_simulated_values_are_recovered_in_order():
    """Many participants: strengths by Bradley-Terry and the walk both follow the truth; yes-saying is seen."""
    told = simulate_votes(people=4000, seed=5).astype({"from": str, "to": str})
    told["vote"] = told["vote"].map({"upgrade": "wiser", "no_upgrade": "equal", "not_sure": "unsure"})
    fitted = choice_strengths(vote_choices(told), ties="davidson", prior_sd=2.0, draws=2).estimates
    truth = pd.Series(strengths(), index=[str(100 + k) for k in range(VALUES)])
    known = truth.reindex(fitted["option"])
    assert stats.kendalltau(fitted["estimate"], known).statistic > 0.7
    assert votes_to_graph(told, replicates=0).meta["both_ways"]["lower"] > 1


def test_the_comparison_says_what_is_simulated_and_what_is_recomputed(simulated):
    votes = read_moral_graph_votes(simulated / "moral_graph_edge.json.gz")
    listed = read_moral_graph(simulated / "moral_graph_all.json.gz")
    survey = read_moral_graph_survey(simulated / "moral_graph_survey.csv.gz")
    positions = read_moral_graph_positions(simulated / "moral_graph_positions.json.gz")
    published, graph = (votes_to_graph(votes, compat=c, replicates=0) for c in ("published", None))
    table = ROOT / "analyses" / "moral_graph" / "published.csv"
    found = moral_graph_comparison(table, votes, published, graph, listed, survey, positions)
    assert found["quantity"].tolist() == ["edges", "values", "well represented", "position is fair"]
    assert set(found["verdict"]) == {"not computable"}
    real = moral_graph_comparison(
        table, votes.assign(simulated=False), published, graph, listed, survey, positions
    )
    assert real["recomputed"].iloc[0] == len(listed)
    share = (survey["answer"] >= 4).mean()
    ends = stats.binomtest(int((survey["answer"] >= 4).sum()), len(survey)).proportion_ci(method="wilson")
    assert real.loc[2, ["estimate", "lower", "upper"]].tolist() == pytest.approx([share, ends.low, ends.high])
    assert f"{len(listed)} of the release's {len(listed)} edges are the same" in real["explanation"].iloc[0]


def test_orders_ratings_and_directions():
    rows = [(k, "a", "b", "wiser") for k in range(8)] + [(k, "b", "a", "wiser") for k in range(8, 12)]
    rows += [(12, "b", "a", "unsure"), (13, "b", "c", "wiser")]
    votes = pd.DataFrame(rows, columns=["respondent", "from", "to", "vote"])
    ways = both_directions(votes)
    assert ways[["direction", "votes", "wiser"]].to_numpy().tolist() == [["back", 5, 4], ["there", 8, 8]]
    assert agreement(vote_ratings(votes), replicates=0).estimates["n_scored"].iloc[0] == 13
    listed = pd.DataFrame({"from": ["a"], "to": ["b"], "from_title": ["Calm"], "to_title": ["Care"]})
    published, ranks = (vote_pagerank(votes, compat=c, replicates=20) for c in ("published", None))
    fitted = choice_strengths(vote_choices(votes), prior_sd=2.0, draws=2)
    found = value_orders(published, ranks, fitted, listed)
    assert found["title"].iloc[0] in ("Care", "value c")
    assert sorted(found["title"]) == ["Calm", "Care", "value c"]
    assert sorted(found["place"]) == [1, 2, 3]
    assert found["pagerank"].is_monotonic_decreasing
    assert np.isclose(found["pagerank"].sum(), 1)


def test_the_study_runs_on_its_stand_in(tmp_path, monkeypatch):
    monkeypatch.delenv("VALUESTATS_LOCAL", raising=False)
    run = run_study(ROOT / "analyses" / "moral_graph" / "study.yml", results=tmp_path)
    from valuestats.reporting.stored_study import StoredStudy
    from valuestats.systems.moral_graph import page

    study = StoredStudy(run.folder)
    assert "SIMULATED" in page.source_sentence(study)
    for text in (page.glance_sentence, page.directions_sentence, page.order_sentence, page.circle_sentence):
        assert text(study).endswith((".", "order."))
        assert "-0.00" not in text(study)
    for text in (page.agreement_sentence, page.edges_caption, page.trust_sentence):
        assert len(text(study)) > 40
    assert len(page.order_table(study)) >= 5
    assert page.comparison_table(study["comparison"])["Recomputed"].tolist() == ["–"] * 4
    assert page.edges_figure(study).to_dict()
    assert page.directions_figure(study).to_dict()
