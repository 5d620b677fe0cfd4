"""What is fuzzed: for each format a small right input, its damage, and what is done with it."""

import functools
import gzip
import io
import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import tests.ingest
from valuestats import (
    describe,
    load_instrument,
    read_ratings,
    read_responses,
    read_survey,
    read_tensors,
    write_responses,
)
from valuestats.ingest.contents import describe_contents
from valuestats.ingest.surveys.description import describe_survey
from valuestats.ingest.surveys.globalopinionqa import read_published_layout
from valuestats.study import load_study, run_study

from .harness import outcome
from .mutations import damaged_bytes, damaged_tree
from .writers import (
    archive,
    csv_bytes,
    csv_file,
    json_file,
    loaded,
    parquet_file,
    statistical_file,
    wide_table,
    workbook,
    written,
    yaml_file,
)

LOGS = Path(tests.ingest.__path__[0]) / "logs"
SOMETIMES = 0.15
SCALE = {
    "id": "s",
    "name": "S",
    "citation": "none",
    "licence": "none",
    "scale": {"options": {1: "no", 2: "maybe", 3: "yes"}, "aliases": {"perhaps": 2}, "negations": ["not"]},
    "families": {"f": {"d": {"label": "D", "items": ["1", "2"], "reversed": ["2"]}}},
    "circumplex": {"f": ["d"]},
}
ANSWERS = [
    ["model", "item", "raw", "epoch", "language", "n"],
    *(
        [f"m{i % 3}", str(i % 4), ["yes", "no", "maybe", "I cannot say"][i % 4], "1", "en", "3"]
        for i in range(12)
    ),
]
COLUMNS = {"epoch": "epoch", "language": "language"}
PEOPLE = [
    ["q1", "q2", "weight", "psu", "q3"],
    *([str(1 + i % 5), ["yes", "no", "NA"][i % 3], "0.5", str(i % 4), "1,5"] for i in range(15)),
]
STUDY = {
    "study": "small",
    "title": "A small study",
    "seed": 3,
    "level": 0.9,
    "notice": "simulated",
    "steps": {
        "answers": {"verb": "read_responses", "path": {"file": "answers.csv"}, "scale": "pvq21"},
        "description": {"verb": "describe", "responses": "@answers"},
        "numbers": {"verb": "read_table", "path": {"file": "answers.csv"}},
    },
    "reports": [],
}


OPINIONS = [
    ["question", "selections", "options", "source"],
    *(
        [
            f"Question {i}?",
            "defaultdict(<class 'list'>, {'France': [0.5, 0.5], 'Japan': [0.2, 0.8]})",
            "['Yes', 'No']",
            "WVS",
        ]
        for i in range(4)
    ),
]


@dataclass(frozen=True)
class Target:
    """One format.

    Attributes
    ----------
    name
        What it is called.
    make
        A damaged input as (name of file, bytes) pairs, by a generator of random numbers.
    use
        What is done with the folder; its value is what two ways of reading must agree on.
    weight
        How often it is drawn.
    """

    name: str
    make: object
    use: object
    weight: float = 1.0


def answers(**options):
    """Read as a whole, and sometimes in batches: both, or neither, and as many rows; sometimes it is described, too."""

    def use(folder, rng):
        source = next(f for f in sorted(folder.rglob("*")) if f.is_file())
        whole = outcome(lambda: read_responses(folder, duplicates="report", **options))
        if whole.value is not None and rng.random() < SOMETIMES:
            describe(whole.value).to_text()
        if rng.random() < SOMETIMES / 2:
            outcome(lambda: describe_contents(source, columns=options.get("columns")).to_text())
        if rng.random() > SOMETIMES:
            return None
        parts = outcome(lambda: write_responses(folder, folder.parent / "parquet", **options))
        rows = None if whole.value is None else len(whole.value.frame)
        written = None if parts.value is None else parts.value.rows
        return (rows, whole.error), (written, parts.error)

    return use


def survey(folder, rng):
    path = next(f for f in sorted(folder.rglob("*")) if f.is_file())
    found = outcome(lambda: read_survey(path))
    if found.value is not None:
        describe_survey(found.value).to_text()
        for name in list(found.value.frame.columns)[:4]:
            found.value.status(name)


def ratings(folder, rng):
    outcome(lambda: read_ratings(folder / "ratings.csv", columns={"respondent": "person"}, scale=(1, 6)))


def instrument(folder, rng):
    outcome(lambda: load_instrument(folder / "own.yml"))


def study(folder, rng):
    def run():
        found = load_study(folder / "study.yml")
        if len(found.steps) <= 3:
            run_study(folder / "study.yml", results=folder.parent / "results")

    outcome(run, of_a_file=False)


def release(folder, rng):
    outcome(lambda: read_responses(folder, reader="value_portrait", duplicates="report"))


def opinions(folder, rng):
    outcome(lambda: read_published_layout(folder / "global_opinions.csv"))


RATINGS = [
    ["person", "item", "rating", "group"],
    *([f"p{i % 4}", str(i % 3), str(1 + i % 6), "g"] for i in range(12)),
]
HELM = LOGS / "helm_run" / "portraits-model=org_model-7b" / "scenario_state.json"
LM_EVAL = LOGS / "lm_eval_run" / "org__dummy-7b" / "samples_portraits_2026-11-21T08-19-39.491670.jsonl"
LIGHTEVAL = next((LOGS / "lighteval_run").rglob("details_portraits*.parquet"))
RECORDS = [dict(zip(ANSWERS[0], row, strict=True)) for row in ANSWERS[1:]]


@functools.cache
def activation_files():
    """A small right file of each format of activations, as (name, bytes) pairs in lists of those that belong together."""
    import pyarrow as pa

    buffers = {name: io.BytesIO() for name in ("a.npz", "b.npz", "a.npy", "a.arrow")}
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.savez(buffers["a.npz"], a=values, texts=np.array(["x", "yz"]))
    np.savez_compressed(buffers["b.npz"], a=values)
    np.save(buffers["a.npy"], values)
    column = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 4)
    table = pa.table({"x": column, "label": list("abcdef")})
    with pa.ipc.new_file(buffers["a.arrow"], table.schema) as out:
        out.write_table(table, max_chunksize=4)
    shapes = {"W_enc": (2, 3), "b_enc": (3,), "W_dec": (3, 2), "b_dec": (2,)}
    header, at = {"__metadata__": {"m": "x"}}, 0
    for name, shape in shapes.items():
        size = 4 * int(np.prod(shape))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    written_header = json.dumps(header).encode()
    tensors = struct.pack("<Q", len(written_header)) + written_header + bytes(at)
    text = struct.pack("<Q", 5) + b"names"
    vector = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text + struct.pack("<IIQ", 9, 8, 1) + text + text
    vector += struct.pack("<IQIQ", 1, 4, 0, 0)
    vector += bytes(-len(vector) % 32) + bytes(16)
    config = json.dumps({"d_in": 2, "d_sae": 3, "architecture": "standard"}).encode()
    single = [[(name, buffer.getvalue())] for name, buffer in buffers.items()]
    sae = [("sae_weights.safetensors", tensors), ("cfg.json", config)]
    return [*single, [("a.safetensors", tensors)], [("a.gguf", vector)], sae]


def activation_file(rng):
    files = [list(pair) for pair in rng.choice(activation_files())]
    damaged = rng.choice(files)
    damaged[1] = damaged_bytes(damaged[1], rng)
    return [tuple(pair) for pair in files]


def activations(folder, rng):
    files = sorted(folder.iterdir())
    found = outcome(lambda: read_tensors(folder if len(files) > 1 else files[0]))
    for tensor in [] if found.value is None else found.value.tensors.values():
        outcome(tensor.read)
        outcome(lambda tensor=tensor: tensor.read(slice(1, 2)))


def targets():
    """All formats."""
    scale, tables = (
        {"scale": "value_portrait"},
        {"scale": "value_portrait", "reader": "table", "columns": COLUMNS},
    )
    ingest = LOGS.parent
    return [
        Target("inspect archive", archive(LOGS / "inspect_texts.eval"), answers(**scale), 0.6),
        Target("inspect", json_file("inspect_texts.json.gz", few_samples()), answers(**scale), 0.6),
        Target("lm_eval", samples(LM_EVAL), answers(**scale), 0.6),
        Target("helm", json_file(f"run-model=org_m/{HELM.name}", loaded(HELM)), answers(**scale), 0.6),
        Target(
            "lighteval",
            parquet_file(
                f"details/org/m/2026-11-21T08-00-00.000000/{LIGHTEVAL.name}", pd.read_parquet(LIGHTEVAL)
            ),
            answers(**scale),
            0.6,
        ),
        Target(
            "promptfoo",
            json_file("promptfoo.json", loaded(LOGS / "promptfoo_repeats.json")),
            answers(**scale),
            0.6,
        ),
        Target("openai batch", batch("openai_batch", "batch_1_output.jsonl"), answers(**scale), 0.6),
        Target("anthropic batch", batch("anthropic_batch", "results.jsonl"), answers(**scale), 0.6),
        Target("csv", csv_file("answers.csv", ANSWERS), answers(**tables), 1.5),
        Target("jsonl", json_file("answers.jsonl", RECORDS, lines=True), answers(**tables), 1.5),
        Target("json", json_file("answers.json", {"made": "x", "records": RECORDS}), answers(**tables)),
        Target("parquet", parquet_file("answers.parquet", pd.DataFrame(RECORDS)), answers(**tables)),
        Target("xlsx", workbook(ANSWERS), answers(**tables)),
        Target("activations", activation_file, activations, 1.5),
        Target("ratings", csv_file("ratings.csv", RATINGS), ratings),
        Target("survey csv", csv_file("people.csv", PEOPLE), survey, 1.5),
        Target("wide survey", wide_table("people.csv"), survey, 0.08),
        Target(
            "survey json",
            json_file("people.json", [dict(zip(PEOPLE[0], r, strict=True)) for r in PEOPLE[1:]]),
            survey,
        ),
        Target(
            "survey parquet",
            parquet_file("people.parquet", pd.DataFrame(PEOPLE[1:], columns=PEOPLE[0])),
            survey,
        ),
        Target("spss", statistical_file(".sav"), survey),
        Target("stata", statistical_file(".dta"), survey),
        Target("instrument", yaml_file("own.yml", SCALE), instrument, 1.5),
        Target("study", yaml_file("study.yml", STUDY, ("answers.csv", csv_bytes(ANSWERS, ","))), study, 0.8),
        Target("release", releases(ingest), release, 0.6),
        Target("opinions", csv_file("global_opinions.csv", OPINIONS), opinions),
    ]


def few_samples():
    tree = loaded(LOGS / "inspect_texts.json.gz")
    return {**tree, "samples": tree["samples"][:3]}


def samples(path):
    """Damage of the samples of lm-evaluation-harness, or of the results file that names their model."""
    beside = next(path.parent.glob("results_*.json"))
    damaged = json_file(path.name, loaded(path, lines=True), lines=True)
    results = json_file(beside.name, loaded(beside))

    def make(rng):
        if rng.random() < 0.15:
            return [*results(rng), (path.name, path.read_bytes())]
        return [*damaged(rng), (beside.name, beside.read_bytes())]

    return make


def batch(folder, name):
    tree = loaded(LOGS / folder / name, lines=True)
    requests = (LOGS / folder / "requests.jsonl").read_bytes()
    damaged = json_file(name, tree, lines=True)
    asked = json_file("requests.jsonl", loaded(LOGS / folder / "requests.jsonl", lines=True), lines=True)

    def make(rng):
        if rng.random() < 0.3:
            return [*asked(rng), (name, written(tree, True))]
        return [*damaged(rng), ("requests.jsonl", requests)]

    return make


def releases(ingest):
    import tempfile

    from tests.ingest.small_release import write_release

    with tempfile.TemporaryDirectory() as folder:
        write_release(Path(folder))
        files = {
            str(f.relative_to(folder)): f.read_bytes() for f in sorted(Path(folder).rglob("*")) if f.is_file()
        }

    def make(rng):
        name = rng.choice(sorted(files))
        content = files[name]
        zipped = content[:2] == b"\x1f\x8b"
        plain = gzip.decompress(content) if zipped else content
        try:
            tree = json.loads(plain)
        except ValueError:
            tree = None
        if tree is not None and rng.random() < 0.7:
            plain = written(damaged_tree(tree, rng), False)
        else:
            plain = damaged_bytes(plain, rng)
        return [
            (n, (gzip.compress(plain, mtime=0) if zipped else plain) if n == name else c)
            for n, c in files.items()
        ]

    return make
