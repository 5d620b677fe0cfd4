"""Files of activations, opened without reading them whole, and counts of neurons from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from valuestats.activations.arrow import open_arrow
from valuestats.activations.counts import NeuronCounts
from valuestats.activations.gguf import open_gguf
from valuestats.activations.npz import open_npy, open_npz
from valuestats.activations.sae_lens import CONFIG, WEIGHTS, open_sae
from valuestats.activations.safetensors import open_safetensors
from valuestats.activations.tensors import TensorFile
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError

_READERS = {
    ".npz": open_npz,
    ".npy": open_npy,
    ".safetensors": open_safetensors,
    ".gguf": open_gguf,
    ".arrow": open_arrow,
    ".feather": open_arrow,
}
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
        ``.npz`` or ``.npy`` (numpy), ``.safetensors``, ``.gguf`` (control vectors: ``direction.1`` and so on, with the
        model in ``said``), ``.arrow`` or ``.feather`` (Arrow), or a folder of SAELens (``cfg.json`` and
        ``sae_weights.safetensors``).

    Returns
    -------
    TensorFile
        ``file["name"].read()`` gives an array, ``file["name"].read(slice(0, 10))`` its first ten rows, of which alone memory
        is taken; ``file.said`` is what the file says of itself. Types that numpy lacks (bfloat16) are read as float32.

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
    if file.is_dir():
        return open_sae(file)
    suffix = file.suffix.lower()
    if suffix in PICKLES:
        raise InputError(
            "a pickle runs what its author liked when it is opened, and is not read",
            file=file,
            expected=", ".join(_READERS),
            hint=CONVERT.format(name=file.name, new=file.stem + ".safetensors"),
        )
    if suffix not in _READERS:
        raise InputError(
            "unknown format of activations",
            file=file,
            got=suffix,
            expected=f"{', '.join(_READERS)}, or a folder with {CONFIG} and {WEIGHTS}",
        )
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
        A layer is read at a time.

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
    arrays: dict[str, Any] = {name: file[name] for name in ("support", "conflict")}
    arrays["tokens"] = file["tokens"].read()
    more = {name: file[name].read() for name in ("questions", "degenerate") if name in file.tensors}
    names = more.pop("questions", np.array([]))
    try:
        return NeuronCounts(**arrays, questions=[str(q) for q in names.ravel()], **more)
    except InputError as error:
        error.file = str(path)
        raise
