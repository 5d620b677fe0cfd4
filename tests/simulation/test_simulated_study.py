"""The simulator: same seed same bytes, tables that keep their contracts, moments as stated."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.country import country_similarity
from valuestats.simulation import Design, simulate, write_demo
from valuestats.simulation.design import ORDERS, VALUES, WORDINGS, value_correlations
from valuestats.tables import Items, Population, Ratings, Responses

DEMO = Path(__file__).parents[2] / "data" / "demo"
SIZES = {"n_models": 3, "n_queries": 10, "items_per_value": 4, "n_raters": 40, "n_questions": 10}


@pytest.fixture(scope="module")
def study():
    return simulate(seed=20261121)


def frame_of(study):
    """The responses as a reader would code them, were it always right."""
    rows = study.responses.assign(status=study.intended["status"], answer=study.intended["answer"])
    return rows.assign(source_file="responses", source_sha256="0" * 64, source_row=range(len(rows)))


def test_the_committed_demo_is_what_its_command_writes(tmp_path):
    written = write_demo(tmp_path / "demo", seed=20261121)
    assert sorted(p.name for p in DEMO.iterdir()) == sorted(p.name for p in written.iterdir())
    for path in written.iterdir():
        made, kept = path.read_bytes(), (DEMO / path.name).read_bytes()
        if path.suffix == ".gz":  # another zlib may compress the same content to other bytes
            made, kept = gzip.decompress(made), gzip.decompress(kept)
        assert made == kept, path.name
    assert sum(p.stat().st_size for p in DEMO.iterdir()) < 1_000_000


def test_same_seed_same_bytes_and_another_seed_others(tmp_path):
    one, two, other = (write_demo(tmp_path / name, seed) for name, seed in (("1", 5), ("2", 5), ("3", 6)))
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes(), path.name
    assert (one / "truth.json").read_bytes() != (other / "truth.json").read_bytes()
    head = (one / "responses.jsonl.gz").read_bytes()[:8]
    assert head[3] == 0  # no file name inside
    assert head[4:8] == bytes(4)  # no time inside


def test_files_hold_the_columns_they_promise():
    truth = json.loads((DEMO / "truth.json").read_text())
    rows = [
        json.loads(line) for line in gzip.decompress((DEMO / "responses.jsonl.gz").read_bytes()).splitlines()
    ]
    columns = ["model", "item", "cluster", "wording", "option_order", "epoch", "raw", "error"]
    assert all(list(row) == columns for row in rows)
    assert len(rows) == 6 * 120 * 6
    assert all((row["raw"] is None) == (row["error"] is not None) for row in rows)
    expected = {
        "ratings.csv.gz": ["respondent", "item", "rating", "group"],
        "respondent_values.csv.gz": ["respondent", "family", "dimension", "score"],
        "items.csv": ["item", "cluster"],
        "population.csv.gz": ["group", "question", "option", "position", "share", "n"],
        "model_answers.csv.gz": ["group", "persona", "question", "option", "position", "share"],
    }
    for name, names in expected.items():
        assert pd.read_csv(DEMO / name).columns.tolist() == names
    assert truth["design"]["seed"] == 20261121
    assert set(truth["models"]) == {row["model"] for row in rows}
    assert set(truth["items"]) == set(pd.read_csv(DEMO / "items.csv")["item"])


def test_tables_keep_their_contracts(study):
    responses = Responses(frame_of(study))
    assert not responses.frame.duplicated(responses.identity).any()
    assert Ratings(study.ratings, study.respondent_values, (1, 6)).conflicts == ()
    assert Items(study.items).frame["cluster"].value_counts().unique().tolist() == [5]
    assert len(Population(study.population).empty()) == 0
    assert len(ModelAnswers(study.model_answers)) == len(study.model_answers)
    keyed = pd.Series({name: item["value"] for name, item in study.truth["items"].items()})
    assert keyed.value_counts().to_dict() == dict.fromkeys(VALUES, 8)
    assert keyed.isna().sum() == 40


def test_statuses_occur_as_stated(study):
    counts = Responses(frame_of(study)).status_counts("model")
    for name, model in study.truth["models"].items():
        asked = counts.loc[name, "asked"]
        rate = model["refusal_rate"]
        # Four standard errors of a binomial share.
        assert abs(counts.loc[name, "refusal"] / asked - rate) < 4 * np.sqrt(rate * (1 - rate) / asked)
        found = {k: v for k, v in counts.loc[name].items() if v and k != "asked"}
        assert found == model["status_counts"]


def test_texts_say_what_was_meant(study):
    rows = frame_of(study)
    scale = {text: int(code) for code, text in study.truth["scale"].items()}
    valid = rows[rows["status"] == "valid"]
    longest = sorted(scale, key=len, reverse=True)
    read = valid["raw"].str.lower().map(lambda raw: scale[next(text for text in longest if text in raw)])
    assert (read == valid["answer"].astype(int)).all()
    others = rows[rows["status"].isin(["refusal", "unparsable"])]
    assert not others["raw"].str.lower().map(lambda raw: any(text in raw for text in scale)).any()
    assert (rows.loc[rows["status"] == "api_error", "raw"].isna()).all()
    assert (rows.loc[rows["status"] == "empty", "raw"] == "").all()
    assert valid["raw"].nunique() > 60


def test_answers_follow_the_stated_model():
    study = simulate(seed=8, n_models=4, n_queries=60, items_per_value=25, n_raters=8, n_questions=2)
    truth, rows = study.truth, frame_of(study)
    rows = rows[rows["status"] == "valid"]
    items = truth["items"]
    names = list(truth["models"])
    eta = np.array(
        [
            truth["models"][m]["alpha"]
            + (truth["models"][m]["theta"][items[i]["value"]] if items[i]["value"] else 0.0)
            + items[i]["b"]
            + items[i]["u"][names.index(m)]
            + truth["wording_effects"][w]
            + truth["order_effects"][o]
            for m, i, w, o in zip(
                rows["model"], rows["item"], rows["wording"], rows["option_order"], strict=True
            )
        ]
    )
    above = expit(eta[:, None] - np.array(truth["thresholds"]))
    shares = np.diff(np.column_stack([np.zeros(len(eta)), 1 - above, np.ones(len(eta))]))
    codes = rows["answer"].astype(int).to_numpy()
    for groups in (
        rows["model"],
        rows["wording"],
        rows["option_order"],
        rows["item"].map(lambda i: items[i]["value"]),
    ):
        for _, place in groups.reset_index(drop=True).groupby(groups.to_numpy()).groups.items():
            for code in range(1, 7):
                expected = shares[place, code - 1]
                error = np.sqrt((expected * (1 - expected)).sum())
                assert abs((codes[place] == code).sum() - expected.sum()) < 4.5 * error


def test_expected_scores_are_what_endless_asking_would_give(study):
    truth, items = study.truth, study.truth["items"]
    for m, model in enumerate(truth["models"].values()):
        means = {}
        for name, item in items.items():
            if item["value"] is None:
                continue
            eta = model["alpha"] + model["theta"][item["value"]] + item["b"] + item["u"][m]
            prompts = [
                eta + w + o
                for w in truth["wording_effects"].values()
                for o in truth["order_effects"].values()
            ]
            means[name] = np.mean([1 + expit(e - np.array(truth["thresholds"])).sum() for e in prompts])
        overall = np.mean(list(means.values()))
        for value, expected in model["expected_score"].items():
            found = np.mean([means[i] for i in means if items[i]["value"] == value]) - overall
            assert found == pytest.approx(expected, abs=1e-4)


def test_raters_have_the_stated_correlations():
    study = simulate(seed=4, n_models=1, n_raters=6000, n_groups=1, n_questions=2)
    wide = study.ratings.pivot(index="respondent", columns="item", values="rating")
    own = study.respondent_values.pivot(index="respondent", columns="dimension", values="score")[list(VALUES)]
    assert own.sum(axis=1).abs().max() < 1e-3
    found = np.corrcoef(wide.fillna(wide.mean()).to_numpy(), own.loc[wide.index].to_numpy(), rowvar=False)[
        : wide.shape[1], wide.shape[1] :
    ]
    stated = np.array([study.truth["items"][i]["observed"] for i in wide.columns])
    stated = stated * np.sqrt(1 - study.design.unrated)  # a mean in place of a missing rating shrinks r
    # Four and a half standard errors of a correlation among 6,000 people, over 1,200 correlations.
    assert np.abs(found - stated).max() < 4.5 / np.sqrt(6000)
    centre = np.eye(10) - 0.1
    expected = centre @ value_correlations() @ centre + study.design.score_error * centre
    spread = np.sqrt(np.diag(expected))
    assert np.abs(np.corrcoef(own, rowvar=False) - expected / np.outer(spread, spread)).max() < 0.06


def test_true_keys_stand_out(study):
    stated = {name: item["observed"] for name, item in study.truth["items"].items()}
    for name, item in study.truth["items"].items():
        if item["value"] is None:
            assert set(stated[name]) == {0.0}
        else:
            order = np.argsort(stated[name])[::-1]
            assert VALUES[order[0]] == item["value"]
            assert stated[name][order[0]] > 0.5
            assert stated[name][order[1]] < 0.25


def test_true_similarity_is_recovered(study):
    truth = pd.DataFrame(study.truth["similarity"]).set_index(["model", "group"])
    assert truth["monte_carlo_error"].max() < 0.003
    assert (truth["observed"] < truth["exact"] + 1e-9).mean() > 0.9
    inside, wide = [], []
    for seed in range(8):
        drawn = study if seed == 0 else simulate(seed=seed, **{**SIZES, "n_questions": 60})
        stated = pd.DataFrame(drawn.truth["similarity"]).set_index(["model", "group"])
        result = country_similarity(
            ModelAnswers(drawn.model_answers), Population(drawn.population), replicates=500, seed=seed
        )
        found = result.estimates.set_index(["model", "group"]).join(stated)
        inside += ((found["lower"] <= found["observed"]) & (found["observed"] <= found["upper"])).tolist()
        wide += (found["estimate"] > found["baseline"]).tolist()
    # 216 cells; cells of one study share their questions, so the share varies more than a binomial would.
    assert 0.88 < np.mean(inside) <= 1
    assert np.mean(wide) > 0.5


def test_sizes_can_be_chosen(study):
    small = simulate(seed=2, n_countries=30, **SIZES)
    assert len(small.responses) == 3 * 50 * len(WORDINGS) * len(ORDERS)
    assert small.population["group"].nunique() == 30
    assert "Country AD" in set(small.population["group"])
    assert small.ratings["respondent"].nunique() == 40
    assert small.truth["design"]["n_raters"] == 40


@pytest.mark.parametrize(
    ("sizes", "parameter"),
    [
        ({"items_per_value": 13}, "items_per_value"),
        ({"n_models": 0}, "n_models"),
        ({"n_countries": 1}, "n_countries"),
        ({"n_questions": 1}, "n_questions"),
        ({"n_raters": 7}, "n_raters"),
    ],
)
def test_sizes_that_cannot_be_met_are_refused(sizes, parameter):
    with pytest.raises(SpecificationError) as caught:
        Design(seed=1, **sizes)
    assert caught.value.parameter == parameter
