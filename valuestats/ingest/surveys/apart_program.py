"""The child process of `valuestats.ingest.surveys.apart`: reads one file of a statistical package into plain files.

Run as a program, which imports neither this package nor pandas: ``python apart_program.py FOLDER``. The folder holds
``request.json``; ``head.json`` is written, and after a line of standard input the columns (``0.npy`` of numbers, ``1.json``
of texts …) and ``said.json``, or ``error.json``. Each is told by a line of standard output once it is whole.
"""

import json
import sys
from pathlib import Path

SAID = (
    "number_rows", "number_columns", "column_names", "readstat_variable_types", "original_variable_types",
    "missing_ranges", "missing_user_values", "column_names_to_labels",
)  # fmt: skip


def main(folder: Path) -> None:
    """Answer one request."""
    import numpy as np
    import pyreadstat

    request = json.loads((folder / "request.json").read_text("utf-8"))
    read = getattr(pyreadstat, request["reader"])

    def answer(name: str, content: object) -> None:
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
        print(name, flush=True)

    try:
        options = {**request["options"], "output_format": "dict"}
        _, meta = read(request["path"], metadataonly=True, **options)
        answer("head", {name: getattr(meta, name) for name in SAID})
        if not sys.stdin.readline():
            return
        columns, meta = read(request["path"], usecols=request["variables"], **options)
        texts = {name for name, kind in meta.readstat_variable_types.items() if kind == "string"}
        for number, (name, values) in enumerate(columns.items()):
            if name in texts or any(isinstance(v, str) for v in values):
                (folder / f"{number}.json").write_text(json.dumps(list(values)), "utf-8")
            else:
                np.save(folder / f"{number}.npy", np.array(values, dtype=float), allow_pickle=False)
        labels = {name: list(given.items()) for name, given in meta.variable_value_labels.items()}
        said = {name: getattr(meta, name) for name in SAID}
        answer("said", {**said, "columns": list(columns), "variable_value_labels": labels})
    except Exception as error:  # whatever a damaged file makes of it: the library raises errors of many kinds
        answer("error", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
