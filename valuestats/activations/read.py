"""Files of activations, opened without reading them whole, and counts of neurons from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from valuestats.activations.counts import NeuronCounts
from valuestats.activations.npz import open_npy, open_npz
from valuestats.activations.tensors import TensorFile
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError

_READERS = {".npz": open_npz, ".npy": open_npy}
PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")
CONVERT = (
    "where you trust it, two lines convert it:\n"
    "    import torch, safetensors.torch\n"
    "    safetensors.torch.save_file({{k: v.contiguous() for k, v in "
    "torch.load({name!r}, weights_only=True).items()}}, {new!r})"
)


@checked
def read_tensors(path: str | Path) -> TensorFile:
    """The arrays of a file of activations, memory-mapped: nothing is read before it is asked for.

    Parameters
    ----------
    path
        ``.npz`` or ``.npy`` (numpy).

    Returns
    -------
    TensorFile
        ``file["name"].read()`` gives an array, ``file["name"].read(slice(0, 10))`` its first ten rows.

    Raises
    ------
    InputError
        No such file, an unknown format, a header that contradicts the file; a pickle (``.pt``, ``.bin``, ``.pkl``), which
        runs what its author liked when it is opened, with the two lines that convert it.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from valuestats import read_tensors
    >>> file = Path(tempfile.mkdtemp()) / "a.npz"
    >>> np.savez(file, direction=np.arange(3.0))
    >>> read_tensors(file)["direction"].read().tolist()
    [0.0, 1.0, 2.0]
    """
    file = Path(path)
    if not file.exists():
        raise InputError("no such file", file=file)
    suffix = file.suffix.lower()
    if suffix in PICKLES:
        raise InputError(
            "a pickle runs what its author liked when it is opened, and is not read",
            file=file,
            expected=", ".join(_READERS),
            hint=CONVERT.format(name=file.name, new=file.stem + ".safetensors"),
        )
    if suffix not in _READERS:
        raise InputError("unknown format of activations", file=file, got=suffix, expected=", ".join(_READERS))
    return _READERS[suffix](file)


@checked
def read_neuron_counts(path: str | Path) -> NeuronCounts:
    """Counts of active tokens from a file of arrays.

    Parameters
    ----------
    path
        A file of `read_tensors` with ``support`` and ``conflict`` of shape ``(layers, neurons, questions)``, ``tokens`` of
        shape ``(2, questions)`` or ``(questions,)``, and optionally ``questions`` (their names) and ``degenerate``.

    Returns
    -------
    NeuronCounts
        Memory-mapped where the file is.

    Raises
    ------
    InputError
        As `read_tensors`; a missing array; arrays that do not fit each other, see `NeuronCounts`.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from valuestats import read_neuron_counts
    >>> file = Path(tempfile.mkdtemp()) / "counts.npz"
    >>> counts = np.zeros((2, 3, 4), dtype=np.uint16)
    >>> np.savez(file, support=counts + 1, conflict=counts, tokens=np.full(4, 9), questions=list("abcd"))
    >>> read_neuron_counts(file)
    <NeuronCounts: 2 layers of 3 neurons, 4 questions>
    """
    file = read_tensors(path)
    arrays = {name: file[name].read() for name in ("support", "conflict", "tokens")}
    more = {name: file[name].read() for name in ("questions", "degenerate") if name in file.tensors}
    names = more.pop("questions", np.array([]))
    try:
        return NeuronCounts(**arrays, questions=[str(q) for q in names.ravel()], **more)
    except InputError as error:
        error.file = str(path)
        raise
