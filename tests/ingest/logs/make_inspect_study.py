"""Write the inspect_ai logs of `inspect_study/` with inspect_ai's own mock provider: a small study of three models.

Each model answers 21 statements (of our own, numbered like the PVQ-21) three times, the options shuffled anew for each
statement, by the letter of the option. A model's answers come from the tendencies below and stand in `truth.csv`, which
is written without reading a log, so a test may compute what the scores must be. Made with inspect_ai 0.3.285. Run in an
environment of its own: ``python make_inspect_study.py FOLDER``.
"""

import csv
import gzip
import random
import sys
import tempfile
import warnings
from pathlib import Path

import inspect_ai.model._model as models
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import choice
from inspect_ai.solver import multiple_choice

OPTIONS = [
    "Not like me at all",
    "Not like me",
    "A little like me",
    "Somewhat like me",
    "Like me",
    "Very much like me",
]
# Schwartz's ten values of the 21 items, and each model's inclination to the two ends of his circle.
VALUES = {
    1: "SD", 2: "PO", 3: "UN", 4: "AC", 5: "SE", 6: "ST", 7: "CO", 8: "UN", 9: "TR", 10: "HE", 11: "SD", 12: "BE",
    13: "AC", 14: "SE", 15: "ST", 16: "CO", 17: "PO", 18: "BE", 19: "UN", 20: "TR", 21: "HE",
}  # fmt: skip
LEANINGS = {
    "careful": {"UN": 2, "BE": 2, "PO": -2, "AC": -1, "SE": 1},
    "bold": {"PO": 1, "AC": 2, "ST": 2, "TR": -2, "CO": -1},
    "plain": {"CO": 1, "TR": 1, "SE": 2, "ST": -1, "UN": 1},
}
EPOCHS = 3
REFUSALS = {("bold", 10, 1), ("bold", 10, 2), ("careful", 2, 3)}


def code(model, item, epoch):
    noise = random.Random(f"{model}-{item}-{epoch}").choice([-1, 0, 0, 0, 1])
    return min(6, max(1, 3 + LEANINGS[model].get(VALUES[item], 0) + noise))


def dataset():
    samples = []
    for item in VALUES:
        order = OPTIONS[:]
        random.Random(item).shuffle(order)
        samples.append(
            Sample(
                id=str(item),
                input=f"Statement {item}: this person cares for matter {item}.",
                choices=order,
                target="A",
            )
        )
    return MemoryDataset(samples)


def answers(model, samples):
    """Outputs in the order in which inspect_ai asks with one sample at a time: epoch by epoch."""
    made = []
    for epoch in range(1, EPOCHS + 1):
        for sample in samples:
            item = int(sample.id)
            if (model, item, epoch) in REFUSALS:
                text = "I'm sorry, but I can't answer that."
            else:
                text = (
                    "ANSWER: " + "ABCDEF"[list(sample.choices).index(OPTIONS[code(model, item, epoch) - 1])]
                )
            made.append(ModelOutput.from_content(f"{model}-2026-01-01", text))
    return made


async def count(*_, **__):
    return 10


def main(target):
    models.ModelAPI.count_text_tokens = count  # would need a download
    target.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in LEANINGS:
            with tempfile.TemporaryDirectory() as folder:
                data = dataset()
                log = eval(
                    Task(data, solver=multiple_choice(), scorer=choice(), name="values"),
                    model=get_model(f"mockllm/{model}", custom_outputs=answers(model, data)),
                    epochs=EPOCHS, max_samples=1, max_connections=1, log_dir=folder,
                    log_format="eval" if model == "plain" else "json", display="none",
                )[0]  # fmt: skip
                content = Path(log.location.removeprefix("file://")).read_bytes()
                if model == "plain":
                    (target / f"{model}.eval").write_bytes(content)
                else:
                    (target / f"{model}.json.gz").write_bytes(gzip.compress(content, mtime=0))
    with (target / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "item", "epoch", "code"])
        for model in LEANINGS:
            for item in VALUES:
                for epoch in range(1, EPOCHS + 1):
                    refused = (model, item, epoch) in REFUSALS
                    writer.writerow(
                        [f"mockllm/{model}", item, epoch, "" if refused else code(model, item, epoch)]
                    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
