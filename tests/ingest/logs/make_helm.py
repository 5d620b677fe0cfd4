"""Write the HELM scenario states of this folder with HELM's own records and its own writer.

Made with crfm-helm 0.5.16. No model is run. Run in an environment of its own: ``python make_helm.py FOLDER``.
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
    folder = target / "portraits:model=org_model-7b".replace(":", "-")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario_state.json").write_text(json.dumps(asdict_without_nones(states), indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
