"""HELM scenario states, put together and written by crfm-helm 0.5.16 itself (logs/make_helm.py)."""

import json
from math import exp
from pathlib import Path

import pytest

from valuestats.base.errors import InputError
from valuestats.ingest import logprob_distributions, read_responses

REFERENCES = Path(__file__).parent / "logs" / "helm_references"
FILE = next((Path(__file__).parent / "logs" / "helm_run").rglob("scenario_state.json"))


def changed(tmp_path, change):
    content = json.loads(FILE.read_text())
    change(content["request_states"][1])
    file = tmp_path / "scenario_state.json"
    file.write_text(json.dumps(content))
    return file


def test_every_completion_is_a_row():
    frame = read_responses(FILE.parent, scale="pvq21").frame
    states = json.loads(FILE.read_text())["request_states"]
    assert len(frame) == sum(max(1, len(s.get("result", {}).get("completions", []))) for s in states) == 10
    assert frame["epoch"].tolist() == [1, 2, 1, 2, 3, 4, 3, 4, 1, 1]
    assert frame["answer"].fillna(0).tolist() == [5, 2, 2, 2, 0, 0, 0, 5, 0, 0]
    assert frame["status"].tolist()[4:] == [
        "refusal", "empty", "truncated", "valid", "api_error", "not_administered",
    ]  # fmt: skip
    assert set(frame["condition"]) == {FILE.parent.name}
    assert frame["option_order"].tolist()[:4] == ["descending", "descending", "ascending", "ascending"]


def test_old_files_hold_the_alternatives_of_each_token(tmp_path):
    def change(state):
        state["result"]["completions"][0]["tokens"][0]["top_logprobs"] = {" A": -0.3, " B": -1.5}

    frame = read_responses(changed(tmp_path, change), scale="pvq21").frame
    assert {t["token"]: t["logprob"] for t in json.loads(frame["logprobs"].iloc[2])[0]["top_logprobs"]} == {
        " A": -0.3,
        " B": -1.5,
    }


def reference_file(name):
    return REFERENCES / f"{name}-model=org_model-7b" / "scenario_state.json"


def test_requests_for_each_reference_are_one_answer():
    read = read_responses(reference_file("separate"), scale="pvq21")
    frame = read.frame
    # HELM takes the highest mean log-probability of a reference's tokens: -0.5 beats -0.6 though -1.5 < -1.2.
    assert frame["raw"].tolist() == ["Not like me", "Like me"]
    assert frame["answer"].tolist() == [2, 5]
    assert frame["source_rows"].tolist() == ["0 1", "2 3"]
    found = logprob_distributions(read, "pvq21")
    assert found.loc[0, [5, 2]].tolist() == pytest.approx([exp(-1.2), exp(-1.5)])
    assert found.loc[0, "unassigned"] == pytest.approx(1 - exp(-1.2) - exp(-1.5))
    assert frame["prompt_sha256"].nunique() == 2


def test_calibrated_requests_are_one_answer():
    frame = read_responses(reference_file("calibrated"), scale="pvq21").frame
    assert frame["raw"].tolist() == ["Not like me"]  # -3.5 + 4.5 beats -1.0 + 0.9
    assert frame["source_rows"].tolist() == ["0 1 2 3"]
    assert json.loads(frame["logprobs"][0])["logprob"] == pytest.approx([-1.0, -3.5])


def reference_changed(tmp_path, change):
    content = json.loads(reference_file("calibrated").read_text())
    change(content["request_states"])
    file = tmp_path / "scenario_state.json"
    file.write_text(json.dumps(content))
    return file


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        (lambda s: s.pop(), "reference_index"),
        (lambda s: s.append(s[0]), "reference_index"),
        (lambda s: s[0].update(reference_index=7), "reference_index"),
        (lambda s: s[0].update(request_mode="sideways"), "request_mode"),
        (lambda s: s[0]["result"]["completions"][0]["tokens"].pop(), "result.completions.tokens"),
        (lambda s: s[0]["result"]["completions"][0]["tokens"][-1].update(logprob=3.0), "logprob"),
    ],
)
def test_references_that_are_not_all_there_are_refused(tmp_path, change, parameter):
    with pytest.raises(InputError) as caught:
        read_responses(reference_changed(tmp_path, change), scale="pvq21")
    assert caught.value.parameter == parameter
    assert caught.value.row is not None


def test_a_failed_reference_is_a_failed_answer(tmp_path):
    def fail(states):
        states[1]["result"] = {
            "success": False,
            "error": "429",
            "completions": [],
            "embedding": [],
            "cached": False,
        }

    frame = read_responses(reference_changed(tmp_path, fail), scale="pvq21").frame
    assert frame[["status", "error"]].to_numpy().tolist() == [["api_error", "429"]]
    frame = read_responses(reference_changed(tmp_path, lambda s: s[1].pop("result")), scale="pvq21").frame
    assert frame["status"].tolist() == ["not_administered"]


def test_perturbations_are_wordings(tmp_path):
    file = changed(tmp_path, lambda state: state["instance"].update(perturbation={"name": "typos"}))
    assert read_responses(file, scale="pvq21").frame["wording"].iloc[2] == '{"name":"typos"}'


@pytest.mark.parametrize("content", ["[]", "{}", '{"request_states": [3]}'])
def test_what_is_no_state(tmp_path, content):
    (tmp_path / "scenario_state.json").write_text(content)
    with pytest.raises(InputError, match=r"not a (scenario state|record)"):
        read_responses(tmp_path / "scenario_state.json", scale="pvq21")
