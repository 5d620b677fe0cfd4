"""What the folder of a HELM run says: the scenario, and the condition under which its instances were asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from valuestats.base.errors import InputError
from valuestats.ingest.sources import read_json, read_source

_NAME = re.compile(r"(?P<scenario>[^=,]*?)[:-](?P<arguments>\w+=.*)", re.DOTALL)
_MODEL = ("model", "model_deployment")
_ADAPTER = frozenset(
    {
        *_MODEL, "method", "data_augmentation", "max_train_instances", "num_train_trials", "num_outputs",
        "instructions", "prompt", "stop", "newline", "temperature", "max_tokens", "max_eval_instances", "eval_split",
        "groups", "global_prefix", "num_respondents", "use_chain_of_thought", "output_format_instructions",
    }
)  # fmt: skip
"""Arguments of a run's name that say how it was asked, not which instances: HELM's run expanders, the adapter's fields."""


@dataclass(frozen=True)
class Run:
    """A run: the scenario with the arguments that choose its instances, and the run's name without its model."""

    scenario: str
    condition: str

    def item(self, instance: str) -> str:
        """The identifier of an instance: HELM numbers them anew in each scenario."""
        return f"{self.scenario}/{instance}"


def run_named(name: str, of_scenario: frozenset[str] | None = None) -> Run:
    """The run of a folder's name.

    Parameters
    ----------
    name
        The folder.
    of_scenario
        Names of the arguments that the scenario itself takes, where a ``run_spec.json`` says them.

    Examples
    --------
    >>> run_named("mmlu:subject=law,method=multiple_choice_joint,model=org_a")
    Run(scenario='mmlu:subject=law', condition='mmlu:subject=law,method=multiple_choice_joint')
    >>> run_named("pvq-method=generation,model=org_a").item("id3"), run_named("plain").condition
    ('pvq/id3', 'plain')
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return Run(name, name)
    pairs = [(part.partition("=")[0], part) for part in match["arguments"].split(",")]
    asked = [part for key, part in pairs if key not in _MODEL]
    chosen = [
        part
        for key, part in pairs
        if (key not in _ADAPTER if of_scenario is None else key in of_scenario) and key not in _MODEL
    ]
    separator = name[len(match["scenario"])]
    return Run(
        match["scenario"] + (separator + ",".join(chosen) if chosen else ""),
        match["scenario"] + (separator + ",".join(asked) if asked else ""),
    )


def run_of(file: Path) -> Run:
    """The run that a ``scenario_state.json`` belongs to, by its folder and the ``run_spec.json`` beside it."""
    folder = file.absolute().parent
    return run_named(folder.name, _scenario_arguments(folder))


def _scenario_arguments(folder: Path) -> frozenset[str] | None:
    for name in ("run_spec.json", "run_spec.json.gz"):
        try:
            content = read_json(read_source(folder / name))
        except InputError:
            continue
        found = content.get("scenario_spec") if isinstance(content, dict) else None
        arguments = found.get("args") if isinstance(found, dict) else None
        return frozenset(arguments) if isinstance(arguments, dict) else None
    return None
