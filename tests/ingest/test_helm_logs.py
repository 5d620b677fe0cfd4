"""HELM scenario states, put together and written by crfm-helm 0.5.16 itself (logs/make_helm.py)."""

import json
from pathlib import Path

import pytest

from valuestats.errors import InputError
from valuestats.ingest import read_responses

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


def test_requests_for_one_reference_are_refused(tmp_path):
    file = changed(tmp_path, lambda state: state.update(reference_index=0))
    with pytest.raises(InputError) as caught:
        read_responses(file, scale="pvq21")
    assert (caught.value.parameter, caught.value.row) == ("reference_index", 1)


def test_perturbations_are_wordings(tmp_path):
    file = changed(tmp_path, lambda state: state["instance"].update(perturbation={"name": "typos"}))
    assert read_responses(file, scale="pvq21").frame["wording"].iloc[2] == '{"name":"typos"}'


@pytest.mark.parametrize("content", ["[]", "{}", '{"request_states": [3]}'])
def test_what_is_no_state(tmp_path, content):
    (tmp_path / "scenario_state.json").write_text(content)
    with pytest.raises(InputError, match=r"not a (scenario state|record)"):
        read_responses(tmp_path / "scenario_state.json", scale="pvq21")
