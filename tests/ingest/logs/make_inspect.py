"""Write the inspect_ai logs of this folder with inspect_ai's own `mockllm/model`.

Made with inspect_ai 0.3.285. Run in an environment of its own: ``python make_inspect.py FOLDER``.
"""

import gzip
import sys
import tempfile
import warnings
from pathlib import Path

import inspect_ai._util.rich as rich_errors
import inspect_ai.model._model as models
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.model._model_output import Logprob, Logprobs, TopLogprob
from inspect_ai.scorer import choice, match
from inspect_ai.solver import generate, multiple_choice, solver

OPTIONS = [
    "Very much like me",
    "Like me",
    "Somewhat like me",
    "A little like me",
    "Not like me",
    "Not like me at all",
]
LONG = "An attachment: " + "long text, stored once. " * 8


def output(text, stop="stop", logprobs=None):
    made = ModelOutput.from_content("mock-2026-01-01", text, stop_reason=stop)
    if logprobs:
        made.choices[0].logprobs = Logprobs(
            content=[
                Logprob(
                    token=token,
                    logprob=logprob,
                    top_logprobs=[TopLogprob(token=t, logprob=v) for t, v in top.items()],
                )
                for token, logprob, top in logprobs
            ]
        )
    return made


@solver
def fails():
    async def solve(state, generate):
        if state.sample_id == "q6":
            raise RuntimeError("Error code: 529 - overloaded")
        return state

    return solve


def texts(folder, log_format):
    answers = [
        output("Like me."),
        output("I'm sorry, but I can't help with that.", "content_filter"),
        output("Let me think about how much this person is", "max_tokens"),
        output(""),
        output("Somewhat like me", logprobs=[("Some", -0.1, {"Some": -0.1, "Like": -2.5}), ("what", 0.0, {})]),
        output("not like me"), output("very much like me"), output("VERY MUCH LIKE ME"),
        output("a little like me"), output("Not like me at all!"),
    ]  # fmt: skip
    samples = [
        Sample(
            id=f"q{n}",
            input=f"Person {n} likes things. {LONG if n == 1 else ''}",
            metadata={"language": "en"},
        )
        for n in range(1, 7)
    ]
    task = Task(MemoryDataset(samples), solver=[fails(), generate()], scorer=match(), name="portraits")
    model = get_model("mockllm/model", custom_outputs=answers)
    return eval(
        task, model=model, epochs=2, fail_on_error=False, max_samples=1, max_connections=1,
        log_dir=str(folder), log_format=log_format, display="none", temperature=0.7,
    )  # fmt: skip


def letters(folder, shuffle):
    samples = [
        Sample(id=f"q{n}", input=f"Person {n} likes things.", choices=OPTIONS, target="A") for n in (1, 2, 3)
    ]
    dataset = MemoryDataset(samples)
    if not shuffle:
        dataset.shuffle_choices(seed=3)
    top = {"A": -0.5, " A": -2.0, "b": -3.0, "The": -4.0}
    task = Task(
        dataset, solver=multiple_choice(shuffle=shuffle) if shuffle else multiple_choice(), scorer=choice(),
        name="letters",
    )  # fmt: skip
    answers = [output("ANSWER: A", logprobs=[("A", -0.5, top)]), output("ANSWER: B"), output("ANSWER: F")]
    model = get_model("mockllm/model", custom_outputs=answers)
    return eval(
        task,
        model=model,
        max_samples=1,
        max_connections=1,
        log_dir=str(folder),
        log_format="eval",
        display="none",
    )


async def count(*_, **__):
    return 10


def untraced(*_, **__):
    return "", ""


def main(target):
    # Token counts would need a download; tracebacks would hold this machine's paths.
    models.ModelAPI.count_text_tokens = count
    original = rich_errors.format_traceback
    for module in list(sys.modules.values()):
        if getattr(module, "format_traceback", None) is original:
            module.format_traceback = untraced
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, make in {
            "inspect_texts.eval": lambda folder: texts(folder, "eval"),
            "inspect_texts.json.gz": lambda folder: texts(folder, "json"),
            "inspect_letters.eval": lambda folder: letters(folder, shuffle=False),
            "inspect_solver_shuffle.eval": lambda folder: letters(folder, shuffle=True),
        }.items():
            with tempfile.TemporaryDirectory() as folder:
                log = make(Path(folder))[0]
                content = Path(log.location.removeprefix("file://")).read_bytes()
                (target / name).write_bytes(
                    gzip.compress(content, mtime=0) if name.endswith(".gz") else content
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
