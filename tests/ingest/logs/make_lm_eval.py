"""Write the lm-evaluation-harness logs of this folder with its own `dummy` model.

Made with lm-eval 0.4.13. Run in an environment of its own: ``python make_lm_eval.py FOLDER``.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import lm_eval
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.dummy import DummyLM
from lm_eval.tasks import TaskManager

GENERATE = """
task: portraits
dataset_path: json
dataset_kwargs: {data_files: {test: DATA}}
test_split: test
output_type: generate_until
doc_to_text: "{{text}} How much is this person like you?"
doc_to_target: "like me"
repeats: 3
generation_kwargs: {until: ["###"], do_sample: true, temperature: 0.7}
filter_list:
  - {name: first, filter: [{function: take_first}]}
  - {name: all, filter: [{function: remove_whitespace}]}
metric_list: [{metric: bypass}]
"""
CHOICE = """
task: portraits_mc
dataset_path: json
dataset_kwargs: {data_files: {test: DATA}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{text}} How much is this person like you?"
doc_to_target: 0
doc_to_choice: "{{choices}}"
metric_list: [{metric: acc}]
"""
OPTIONS = [
    "not like me at all",
    "not like me",
    "a little like me",
    "somewhat like me",
    "like me",
    "very much like me",
]
TEXTS = (
    "Like me.",
    "very much like me",
    "I'm sorry, but I can't help with that.",
    "",
    "somewhat like me",
    "hm",
)


class Answering(DummyLM):
    """The dummy with texts that are answers."""

    def generate_until(self, requests, disable_tqdm=False):
        return [TEXTS[n % len(TEXTS)] for n, _ in enumerate(requests)]


def main(target):
    random.seed(1)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        rows = [
            f'{{"text": "Person {n} likes things.", "choices": {OPTIONS[:: -1 if n else 1]}}}'
            for n in range(3)
        ]
        (folder / "data.jsonl").write_text("\n".join(rows).replace("'", '"'))
        for name, task in (("generate", GENERATE), ("choice", CHOICE)):
            (folder / f"{name}.yaml").write_text(task.replace("DATA", str(folder / "data.jsonl")))
        tracker = EvaluationTracker(output_path=str(target))
        results = lm_eval.simple_evaluate(
            model=Answering(), tasks=["portraits", "portraits_mc"], log_samples=True, evaluation_tracker=tracker,
            task_manager=TaskManager(include_path=str(folder), include_defaults=False), bootstrap_iters=0,
        )  # fmt: skip
        samples = results.pop("samples")
        tracker.general_config_tracker.log_experiment_args("dummy", "pretrained=org/dummy-7b", "", "", None)
        tracker.save_results_aggregated(results=results, samples=samples)
        for task, found in samples.items():
            tracker.save_results_samples(task_name=task, samples=found)
        for file in target.rglob("results_*.json"):  # what tells of the machine is left out
            content = json.loads(file.read_text().replace(str(folder), "FOLDER"))
            file.write_text(json.dumps({**content, "pretty_env_info": ""}, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
