"""Folders of SAELens: ``cfg.json`` beside ``sae_weights.safetensors``."""

from __future__ import annotations

from pathlib import Path

from valuestats.activations.safetensors import open_safetensors
from valuestats.activations.tensors import TensorFile
from valuestats.base.errors import InputError
from valuestats.base.files import read_json

CONFIG, WEIGHTS = "cfg.json", "sae_weights.safetensors"
_SHAPES = {
    "W_enc": ("d_in", "d_sae"),
    "b_enc": ("d_sae",),
    "W_dec": ("d_sae", "d_in"),
    "b_dec": ("d_in",),
    "threshold": ("d_sae",),
}


def open_sae(folder: Path) -> TensorFile:
    """Weights of a sparse autoencoder, memory-mapped, with its configuration as ``said``.

    ``W_enc`` (input to features), ``b_enc``, ``W_dec`` (features to input), ``b_dec`` and where there is one ``threshold``
    must have the widths ``d_in`` and ``d_sae`` that the configuration states.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise InputError(
                "not a folder of SAELens", file=folder, got=f"no {name}", expected=f"{CONFIG} and {WEIGHTS}"
            )
    said = read_json(folder / CONFIG)
    widths = {}
    for name in ("d_in", "d_sae"):
        value = said.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(
                "a width that is no whole number from 1 on", file=folder / CONFIG, parameter=name, got=value
            )
        widths[name] = value
    found = open_safetensors(folder / WEIGHTS)
    for name in ("W_enc", "W_dec"):
        found[name]
    for name, axes in _SHAPES.items():
        wanted = tuple(widths[axis] for axis in axes)
        if name in found.tensors and found[name].shape != wanted:
            raise InputError(
                "weights of another shape than the configuration states",
                file=folder / WEIGHTS,
                parameter=name,
                got=found[name].shape,
                expected=f"{wanted}, by {' and '.join(axes)} of {CONFIG}",
            )
    return TensorFile(folder, "sae_lens", found.tensors, said)
