"""Write the lighteval details of this folder with lighteval's own records.

Made with lighteval 0.13.0: its `Doc` and `ModelResponse`, put together as its `EvaluationTracker` does. No model is
run, so torch, which only its types need, is stood in for; pyarrow writes the file. Run in an environment of its own:
``python make_lighteval.py FOLDER``.
"""

import sys
from dataclasses import asdict
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pyarrow as pa
import pyarrow.parquet as pq


class _StandIn(ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[:1].isupper() else MagicMock()


class _Finder(MetaPathFinder, Loader):
    """Stand-ins for what lighteval imports and writing its records doesn't need."""

    def find_spec(self, name, path, target=None):
        known = ("torch", "transformers", "accelerate", "aenum", "latex2sympy2_extended")
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] in known else None

    def create_module(self, spec):
        return _StandIn(spec.name)

    def exec_module(self, module):
        module.__path__ = []


sys.meta_path.append(_Finder())

from lighteval.models.model_output import ModelResponse  # noqa: E402
from lighteval.tasks.requests import Doc, SamplingMethod  # noqa: E402

OPTIONS = ["like me", "not like me"]
DATE = "2026-11-21T08-00-00.000000"


def detail(doc, response, metric):
    """As ``DetailsLogger.Detail`` is turned to a dictionary; its module would import all metrics."""
    return {"doc": asdict(doc), "model_response": asdict(response), "metric": metric}


def main(target):
    folder = target / "details" / "org" / "model-7b" / DATE
    folder.mkdir(parents=True, exist_ok=True)
    texts = [["Like me.", "not like me"], ["I'm sorry, but I can't help with that.", ""]]
    generative = [
        detail(
            Doc(
                id=str(n), query=f"Person {n} likes things.", choices=OPTIONS, gold_index=0, task_name="portraits|0",
                num_samples=2,
            ),
            ModelResponse(input=f"Person {n} likes things.", text=text, text_post_processed=text), {"em": 0.0},
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip
    scored = [
        detail(
            Doc(
                id=str(n), query=f"Person {n} likes things.", choices=OPTIONS, gold_index=0, task_name="choices|0",
                sampling_methods=[SamplingMethod.LOGPROBS],
            ),
            ModelResponse(input=f"Person {n} likes things.", logprobs=values, argmax_logits_eq_gold=[False, True]),
            {"acc": 0.0},
        )
        for n, values in enumerate([[-0.5, -1.5], [-2.0, -0.25]])
    ]  # fmt: skip
    for task, details in (("portraits-0", generative), ("choices-0", scored)):
        pq.write_table(pa.Table.from_pylist(details), folder / f"details_{task}_{DATE}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
