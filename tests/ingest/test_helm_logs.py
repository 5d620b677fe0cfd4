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
    assert FILE.parent.name == "portraits-model=org_model-7b"
    assert set(frame["condition"]) == {"portraits"}
    assert set(frame["item"].str.partition("/")[0]) == {"portraits"}
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


def state(number, text="Like me", model="org/a"):
    return {
        "instance": {"id": f"id{number}", "input": {"text": "?"}, "references": []}, "train_trial_index": 0,
        "request": {"model": model, "prompt": "?"}, "result": {"success": True, "completions": [{"text": text}]},
    }  # fmt: skip


def write_run(folder, name, *states, spec=None):
    (folder / name).mkdir()
    (folder / name / "scenario_state.json").write_text(json.dumps({"request_states": states}))
    if spec is not None:
        (folder / name / "run_spec.json").write_text(json.dumps({"scenario_spec": {"args": spec}}))


def test_models_are_compared_under_one_condition_and_scenarios_are_kept_apart(tmp_path):
    for model in ("org_a", "org_b"):
        for subject in ("law", "art"):
            name = f"mmlu:subject={subject},method=multiple_choice_joint,model={model}"
            write_run(tmp_path, name, state(1, model=model), state(2, model=model))
    read = read_responses(tmp_path, scale="pvq21")
    assert sorted(set(read.frame["condition"])) == [
        "mmlu:subject=art,method=multiple_choice_joint",
        "mmlu:subject=law,method=multiple_choice_joint",
    ]
    assert read.items == [f"mmlu:subject={s}/id{n}" for s in ("art", "law") for n in (1, 2)]
    assert read.frame.groupby("item", observed=True)["model"].nunique().tolist() == [2] * 4


def test_the_arguments_of_a_scenario_are_those_of_its_run_spec(tmp_path):
    write_run(tmp_path, "survey:wave=7,tone=polite,model=org_a", state(1), spec={"wave": 7})
    frame = read_responses(tmp_path, scale="pvq21").frame
    assert frame[["item", "condition"]].iloc[0].tolist() == ["survey:wave=7/id1", "survey:wave=7,tone=polite"]


def test_one_broken_state_or_file_stops_nothing(tmp_path):
    write_run(
        tmp_path, "pvq:model=org_a", state(1), 3, {"instance": {}}, {**state(2), "result": []}, state(3)
    )
    write_run(tmp_path, "bfi:model=org_a")
    (tmp_path / "bfi:model=org_a" / "scenario_state.json").write_text('{"request_states": [')
    read = read_responses(tmp_path, scale="pvq21")
    assert read.frame["item"].tolist() == ["pvq/id1", "pvq/id2", "pvq/id3"]
    assert read.frame["status"].tolist() == ["valid", "unparsable", "valid"]
    assert read.frame["rule"][1] == "damaged record"
    told = read.findings[["kind", "row"]].astype(object).where(read.findings[["kind", "row"]].notna(), None)
    assert sorted(told.to_numpy().tolist(), key=str) == [
        ["damaged record", 3], ["file left out", None], ["record without a row", 1], ["record without a row", 2],
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["[]", "{}", '{"request_states": [3]}'])
def test_what_is_no_state(tmp_path, content):
    (tmp_path / "scenario_state.json").write_text(content)
    with pytest.raises(InputError, match=r"not a (scenario state|record)"):
        read_responses(tmp_path / "scenario_state.json", scale="pvq21")


def test_a_number_of_any_length_costs_one_row(tmp_path):
    long = state(2)
    long["result"]["completions"][0]["tokens"] = [{"text": "x", "logprob": 7}]
    write_run(tmp_path, "pvq:model=org_a", state(1), long)
    file = tmp_path / "pvq:model=org_a" / "scenario_state.json"
    for digits in (400, 5000):
        file.write_text(file.read_text().replace('"logprob": 7', f'"logprob": {"7" * digits}'))
        read = read_responses(file, scale="pvq21")
        assert read.frame["status"].tolist() == ["valid", "unparsable"]
        file.write_text(file.read_text().replace("7" * digits, "7"))
