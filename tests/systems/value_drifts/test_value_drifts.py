"""LLMDrift's answers, checkpoints and simulated changes: reading, published numbers, recovery, and the page's words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import response_drift, stance_curve, stance_drift
from valuestats.base.errors import DatasetError, InputError
from valuestats.ingest.datasets import fetch
from valuestats.systems.value_drifts.comparison import FLOWS, MONTHS, answer_flows, drift_comparison
from valuestats.systems.value_drifts.release import (
    VERSIONS,
    answered_sensitive,
    read_checkpoint_groups,
    read_llmdrift,
)
from valuestats.systems.value_drifts.simulate import (
    VARIANTS,
    curve_recovery,
    drift_recovery,
    simulated_stances,
    standin,
)

PUBLISHED = Path(__file__).parents[3] / "analyses" / "value_drifts" / "published.csv"
GPT4 = "openaichat/gpt-4-0314"
QUERY = "Question: simulated\n(A). Yes\n(B). No\n(C). Not sure\n(D). Refused\nAnswer:"


@pytest.fixture(scope="module")
def release():
    try:
        return fetch("llmdrift", download=False)
    except DatasetError:
        pytest.skip("LLMDrift is not at hand (VALUESTATS_MIRROR)")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drifts")
    for name, frame in standin(3).items():
        frame.to_csv(folder / name, index=False)
    return folder


def written(folder, answers, **columns):
    frame = pd.DataFrame({"model": GPT4, "id": [f"Q{k}_W1" for k in range(len(answers))], "query": QUERY})
    path = folder / "OPINIONQA_EVAL.csv"
    frame.assign(answer=answers, **columns).to_csv(path, index=False)
    return path


TEXTS = [
    "(A). Yes",
    "B. No",
    "yes.",
    "(C). Not sure",
    "(D). Refused",
    "A great deal",
    "Sorry, I can't answer that.",
    " ",
]


def test_answers_are_read_by_letter_or_text(tmp_path):
    frame = read_llmdrift(written(tmp_path, TEXTS)).frame
    assert [None if pd.isna(a) else int(a) for a in frame["answer"]] == [
        1,
        2,
        1,
        None,
        None,
        None,
        None,
        None,
    ]
    assert frame["status"].tolist() == ["valid"] * 3 + ["refusal"] * 2 + ["unparsable", "refusal", "empty"]
    assert set(frame["model"]) == {"GPT-4"}
    assert set(frame["condition"]) == {"March 2023"}


def test_the_published_rule_wants_parentheses_and_leaves_out_refused_only(tmp_path):
    frame = read_llmdrift(written(tmp_path, TEXTS), compat="published").frame
    assert [None if pd.isna(a) else int(a) for a in frame["answer"]] == [
        1,
        None,
        None,
        3,
        None,
        None,
        None,
        None,
    ]


def test_questions_of_one_name_are_told_apart_and_waves_are_clusters(tmp_path):
    path = written(tmp_path, ["(A)", "(B)"], id="SAME_W7", query=[QUERY, QUERY.replace("simulated", "other")])
    frame = read_llmdrift(path, unit="wave").frame
    assert frame["item"].tolist() == ["SAME_W7 1", "SAME_W7 2"]
    assert set(frame["cluster"]) == {"W7"}


@pytest.mark.parametrize(
    ("columns", "says"), [({"model": "gpt-9"}, "may not stand"), ({"query": "no options"}, "may not stand")]
)
def test_damaged_files_are_told_by_row(tmp_path, columns, says):
    with pytest.raises(InputError, match=says) as caught:
        read_llmdrift(written(tmp_path, ["(A)"], **columns))
    assert caught.value.row == 0
    with pytest.raises(InputError, match="no such file"):
        read_llmdrift(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_text("model,Response Rate\n" + GPT4 + ",2\n")
    with pytest.raises(InputError, match="may not stand"):
        answered_sensitive(tmp_path / "bad.csv")


def test_checkpoints_are_shares_of_each_answer(simulated):
    table = read_checkpoint_groups(simulated / "checkpoint_group_stance.csv.gz", VARIANTS[:1])
    assert table.groupby(["item", "step"])["share"].sum().to_numpy() == pytest.approx(0.85)
    assert sorted(set(table["step"])) == list(range(0, 901, 50))
    with pytest.raises(InputError, match="no such run"):
        read_checkpoint_groups(simulated / "checkpoint_group_stance.csv.gz", ["other"])


@pytest.mark.local
def test_the_published_response_rates_come_again(release):
    published = read_llmdrift(release / "generation/OPINIONQA_EVAL.csv", compat="published")
    answers = read_llmdrift(release / "generation/OPINIONQA_EVAL.csv")
    rates = response_drift(
        answers, step="condition", steps=list(MONTHS), by="model", replicates=400, permutations=99
    )
    sensitive = answered_sensitive(release / "generation/SENSITIVEQ_EVAL.csv")
    table = drift_comparison(PUBLISHED, published, rates, sensitive)
    assert table["verdict"].value_counts().to_dict() == {"reproduced": 6, "not computable": 5}
    changed = rates.estimates[rates.estimates["part"] == "changed"].set_index("model")
    assert changed.loc["GPT-4", "upper"] < 0.1 < changed.loc["GPT-3.5", "lower"]


def test_flows_count_every_question_once_and_agree_with_the_changed_share(simulated):
    answers = read_llmdrift(simulated / "OPINIONQA_EVAL.csv.gz")
    flows = answer_flows(answers).pivot(index="model", columns="flow", values="questions")
    assert (flows[list(FLOWS)].sum(axis=1) == 320).all()
    found = response_drift(
        answers, step="condition", steps=list(MONTHS), by="model", replicates=0, permutations=9
    )
    changed = found.estimates[found.estimates["part"] == "changed"].set_index("model")["estimate"]
    other = flows["another answer"] / (flows["another answer"] + flows["same answer"])
    assert changed.to_numpy() == pytest.approx(other.reindex(changed.index).to_numpy())


def test_known_changes_are_recovered():
    """Many topics: shares within three standard errors of their truth, the jump between its two steps."""
    found = stance_drift(simulated_stances(topics=300, seed=12), by="run", replicates=200, permutations=4999)
    table = drift_recovery(found)
    errors = found.estimates[["run", "measure", "stance", "std_error"]]
    far = table[table["measure"] == "magnitude"].merge(errors, on=["run", "measure", "stance"])
    assert (np.abs(far["estimate"] - far["truth"]) < 3.5 * far["std_error"]).all()
    times = found.estimates[found.estimates["measure"].isin(["onset", "settling"])]
    assert times[times["run"] == "no change"]["estimate"].isna().all()
    jump = table[table["run"] == "one jump"].set_index("measure")
    assert jump.loc["onset", ["truth", "estimate"]].tolist() == pytest.approx([410, 410], abs=15)
    assert jump.loc["settling", ["truth", "estimate"]].tolist() == pytest.approx([490, 490], abs=15)


def test_versions_are_two_months_of_two_models():
    assert sorted(set(VERSIONS.values())) == [(m, c) for m in ("GPT-3.5", "GPT-4") for c in sorted(MONTHS)]


def test_curves_come_nearer_to_the_true_shares_than_the_raw_shares():
    table = curve_recovery(stance_curve(simulated_stances(seed=3), by="run", draws=500)).set_index("run")
    assert (table["shares"] == 30).all()
    assert table["held"].sum() >= 100  # of 120
    assert table["curve"].sum() < table["raw"].sum()
    assert (table["curve"] < 1.05 * table["raw"]).all()
