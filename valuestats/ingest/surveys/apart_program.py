"""The child process of `valuestats.ingest.surveys.apart`: reads one file of a statistical package and answers in pickles.

Run as a program, which imports neither this package nor pandas.
"""

import pickle
import sys

SAID = (
    "number_rows", "number_columns", "column_names", "readstat_variable_types", "original_variable_types",
    "variable_value_labels", "missing_ranges", "missing_user_values", "column_names_to_labels",
)  # fmt: skip


def main() -> None:
    """Answer one request from standard input."""
    import numpy as np
    import pyreadstat

    request = pickle.load(sys.stdin.buffer)
    read = getattr(pyreadstat, request["reader"])

    def answer(content: dict[str, object]) -> None:
        pickle.dump(content, sys.stdout.buffer, protocol=5)
        sys.stdout.buffer.flush()

    def numbers(values: list[object]) -> object:
        return values if any(isinstance(v, str) for v in values) else np.array(values, dtype=float)

    try:
        options = {**request["options"], "output_format": "dict"}
        _, meta = read(request["path"], metadataonly=True, **options)
        answer({name: getattr(meta, name) for name in SAID})
        if not sys.stdin.buffer.readline():
            return
        columns, meta = read(request["path"], usecols=request["variables"], **options)
        texts = {name for name, kind in meta.readstat_variable_types.items() if kind == "string"}
        found = {n: v if n in texts else numbers(v) for n, v in columns.items()}
        answer({"columns": found, "said": {name: getattr(meta, name) for name in SAID}})
    except Exception as error:  # whatever a damaged file makes of it: the library raises errors of many kinds
        answer({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
