"""Files in the layout of ConVA's code: representations by layer, and judged generations."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.activations.read import read_tensors
from valuestats.activations.rows import Activations
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError

_LAYER = re.compile(r"(\d+)$")


def read_conva_activations(positive: str | Path, negative: str | Path) -> Activations:
    """Representations of the two sides of each pair, from two files of arrays.

    Parameters
    ----------
    positive, negative
        Files of `valuestats.read_tensors` whose arrays have the code's names of layers (``model.layers.12``) and shape
        ``(pairs, width)``: the last token's state of the prompt with the value, and of the one against it, pair by pair.

    Returns
    -------
    Activations
        ``label`` (``with``, ``against``), ``group`` (the pair); layers in their order.

    Raises
    ------
    InputError
        Other layers or shapes in one file than in the other, with the layer.

    Examples
    --------
    ::

        linear_probe(read_conva_activations("achievement_positive.npz", "achievement_negative.npz"))
    """
    one, two = read_tensors(positive), read_tensors(negative)
    lacking = sorted(set(one.tensors) ^ set(two.tensors))
    if lacking:
        raise InputError(
            "a layer that one side has and the other has not", file=negative, got=", ".join(lacking[:5])
        )
    names = sorted(one.tensors, key=lambda n: (int(m[1]) if (m := _LAYER.search(n)) else -1, n))
    if not names:
        raise InputError("no layers", file=positive, expected="arrays such as model.layers.12")
    shape = one[names[0]].shape
    for file, source in ((one, positive), (two, negative)):
        for name in names:
            if file[name].shape != shape or len(shape) != 2:
                raise InputError(
                    "a layer of another shape",
                    file=source,
                    parameter=name,
                    got=file[name].shape,
                    expected=f"{shape}, as {names[0]} of the positive side"
                    if len(shape) == 2
                    else "(pairs, width)",
                )
    values = np.stack([np.concatenate([one[n].read(), two[n].read()]) for n in names])
    pairs = shape[0]
    table = pd.DataFrame(
        {
            "label": ["with"] * pairs + ["against"] * pairs,
            "group": [f"pair {k + 1}" for k in range(pairs)] * 2,
        }
    )
    return Activations(values, table, names)


def read_conva_results(path: str | Path, condition: str) -> pd.DataFrame:
    """Judged generations of one method, from the code's ``value_results.json``.

    Parameters
    ----------
    path
        A JSON list of ``prompt``, ``generated``, ``continuation_label`` (1, 0, or .5 where the judge's words held neither).
    condition
        Name of the method.

    Returns
    -------
    pandas.DataFrame
        ``item`` (the prompt), ``condition``, ``raw``, ``judge`` (null for .5), for `valuestats.control_success`.

    Raises
    ------
    InputError
        Not such a list, with the row.

    Examples
    --------
    ::

        judged = pd.concat([read_conva_results(f"{name}/value_results.json", name) for name in ("conva", "caa")])
        control_success(judged)
    """
    import orjson

    with one_error(path):
        try:
            content = orjson.loads(Path(path).read_bytes())
        except orjson.JSONDecodeError as error:
            raise InputError("the file is not valid JSON", file=path, got=str(error)) from error
        if not isinstance(content, list):
            raise InputError("no list of judged generations", file=path, got=type(content).__name__)
        rows = []
        for number, entry in enumerate(content):
            wanted = ("prompt", "generated", "continuation_label")
            if not isinstance(entry, dict) or any(k not in entry for k in wanted):
                raise InputError(
                    "an entry lacks a field",
                    file=path,
                    row=number,
                    expected=", ".join(wanted),
                    got=str(entry)[:80],
                )
            label = entry["continuation_label"]
            if label not in (0, 0.5, 1):
                raise InputError("an unknown label", file=path, row=number, got=label, expected="0, 0.5 or 1")
            judge = None if label == 0.5 else float(label)
            rows.append((str(entry["prompt"]), condition, str(entry["generated"]), judge))
    frame = pd.DataFrame(rows, columns=["item", "condition", "raw", "judge"])
    return frame.astype({"judge": float})


def published_reward(words: str) -> float:
    """The code's reading of a judge's words: 0 if "No" stands anywhere in them, else 1 if "Yes" does, else one half.

    Examples
    --------
    >>> [published_reward(w) for w in ("Yes", "No", "Yes. Note that he says so.", "Unclear")]
    [1.0, 0.0, 0.0, 0.5]
    """
    return 0.0 if "No" in words else 1.0 if "Yes" in words else 0.5
