"""Write the HELM scenario states of `helm_run/` and `helm_references/` with HELM's own records and its own writer.

Made with crfm-helm 0.5.16. No model is run. Run in an environment of its own: ``python make_helm.py helm_run``.
"""

import json
import sys
from pathlib import Path

from helm.benchmark.adaptation.adapter_spec import AdapterSpec
from helm.benchmark.adaptation.request_state import RequestState
from helm.benchmark.adaptation.scenario_state import ScenarioState
from helm.benchmark.scenarios.scenario import CORRECT_TAG, Input, Instance, Output, Reference
from helm.common.general import asdict_without_nones
from helm.common.request import GeneratedOutput, Request, RequestResult, Token

OPTIONS = ["Like me", "Not like me"]


def state(number, trial, texts, options, success=True, error=None, reason="stop", executed=True):
    prompt = (
        f"Person {number} likes things.\n"
        + "".join(f"{a}. {o}\n" for a, o in zip("AB", options, strict=True))
        + "Answer:"
    )
    instance = Instance(
        Input(text=f"Person {number} likes things."),
        references=[Reference(Output(text=o), tags=[CORRECT_TAG] if o == OPTIONS[0] else []) for o in options],
        id=f"id{number}", split="test",
    )  # fmt: skip
    completions = [
        GeneratedOutput(
            text=t, logprob=-0.3, tokens=[Token(text=t, logprob=-0.3)], finish_reason={"reason": reason}
        )
        for t in texts
    ]
    result = RequestResult(success=success, embedding=[], completions=completions, cached=False, error=error)
    return RequestState(
        instance=instance, reference_index=None, request_mode=None, train_trial_index=trial,
        output_mapping=dict(zip("AB", options, strict=True)),
        request=Request(model="org/model-7b", model_deployment="host/model-7b", prompt=prompt, num_completions=2),
        result=result if executed else None, num_train_instances=0, prompt_truncated=False,
    )  # fmt: skip


def scored(number, place, words, mode, logprobs, trial=0):
    """One request of the adapters that ask for each reference: the prompt and the reference are echoed with scores."""
    references = [Reference(Output(text=o), tags=[]) for o in OPTIONS]
    asked = f"Person {number} likes things." if mode == "original" else "Answer:"
    instance = Instance(
        Input(text=f"Person {number} likes things."), references=references, id=f"id{number}", split="test"
    )
    prompt = f"{asked} {OPTIONS[place]}"
    tokens = [Token(text=word, logprob=-5.0) for word in asked.split(" ")] + [
        Token(text=word, logprob=logprob) for word, logprob in zip(words, logprobs, strict=True)
    ]
    completion = GeneratedOutput(text=prompt, logprob=sum(t.logprob for t in tokens), tokens=tokens)
    return RequestState(
        instance=instance, reference_index=place, request_mode=mode, train_trial_index=trial, output_mapping=None,
        request=Request(model="org/model-7b", model_deployment="host/model-7b", prompt=prompt, num_completions=1),
        result=RequestResult(success=True, embedding=[], completions=[completion], cached=False),
        num_train_instances=0, prompt_truncated=False,
    )  # fmt: skip


WORDS = ([" Like", " me"], [" Not", " like", " me"])


def main(target):
    states = ScenarioState(
        AdapterSpec(method="multiple_choice_joint", model="org/model-7b"),
        [
            state(1, 0, [" A", " B"], OPTIONS),
            state(2, 0, [" A", " Not like me"], OPTIONS[::-1]),
            state(1, 1, [" I'm sorry, but I can't help with that.", ""], OPTIONS),
            state(2, 1, [" Let me think about", " B. Like me"], OPTIONS[::-1], reason="length"),
            state(3, 0, [], OPTIONS, success=False, error="429: too many requests"),
            state(4, 0, [], OPTIONS, executed=False),
        ],
    )
    separate = ScenarioState(
        AdapterSpec(method="multiple_choice_separate_original", model="org/model-7b"),
        [
            scored(1, 0, WORDS[0], "original", [-1.0, -0.2]),  # mean -0.6, sum -1.2
            scored(
                1, 1, WORDS[1], "original", [-1.0, -0.4, -0.1]
            ),  # mean -0.5, sum -1.5: HELM takes this one
            scored(2, 1, WORDS[1], "original", [-2.0, -0.4, -0.1]),
            scored(2, 0, WORDS[0], "original", [-0.1, -0.1]),
        ],
    )
    calibrated = ScenarioState(
        AdapterSpec(method="multiple_choice_separate_calibrated", model="org/model-7b"),
        [
            scored(1, 0, WORDS[0], "original", [-0.5, -0.5]),
            scored(1, 0, WORDS[0], "calibration", [-0.5, -0.4]),  # -1.0 + 0.9 = -0.1
            scored(1, 1, WORDS[1], "original", [-2.0, -1.0, -0.5]),
            scored(
                1, 1, WORDS[1], "calibration", [-3.0, -1.0, -0.5]
            ),  # -3.5 + 4.5 = 1.0: HELM takes this one
        ],
    )
    for name, found in {"portraits": states, "separate": separate, "calibrated": calibrated}.items():
        base = target if name == "portraits" else target.parent / "helm_references"
        folder = base / f"{name}-model=org_model-7b"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scenario_state.json").write_text(json.dumps(asdict_without_nones(found), indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
