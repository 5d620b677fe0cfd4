"""Distance of models from people in moral dilemmas by size: the published table, held against its own components."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.systems.worldpm.releases import numbers, place

_MODELS = ("Model", "Reasoning", "Size", "Distance", "ValidResponseRate")
PEOPLE = "Human"
FAMILIES = {
    "GPT": "GPT",
    "o1": "GPT",
    "Llama": "Llama",
    "Vicuna": "Llama",
    "Claude": "Claude",
    "Gemma": "Gemma",
    "DataGemma": "Gemma",
    "Mistral": "Mistral",
    "Command": "Command",
    "Phi": "Phi",
    "Qwen": "Qwen",
    "QwQ": "Qwen",
    "DeepSeek": "DeepSeek",
    "Kimi": "Kimi",
}
"""Families by how a name begins; models tuned from another's weights are of the family whose weights they have."""


@checked
def read_moral_scaling(models: str | Path, components: str | Path) -> pd.DataFrame:
    r"""Models with their size, their published distance from people, and the same from the nine components.

    The distance is Euclid's over nine average marginal component effects (AMCE) in moral dilemmas,
    :math:`\sqrt{\sum_k (a_k - h_k)^2}`, a the model's and h those of people.

    Parameters
    ----------
    models
        The published table of models: ``Model``, ``Reasoning``, ``Size`` (10⁹ parameters), ``Distance``,
        ``ValidResponseRate``.
    components
        The published table of components: ``Label``, one column per model in the same order, and ``Human``.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``family``, ``reasoning`` (yes, no), ``size`` (parameters), ``published`` distance, ``distance`` from the
        components, ``indifferent`` (what nine effects of 0 would score, the same in each row), ``valid``.

    Raises
    ------
    InputError
        A column is missing, a cell is no number, the tables have different numbers of models, or a name is of no family.
    """
    file, parts = place(models), place(components)
    table = read_table(file, _MODELS)
    found = numbers(table, ("Size", "Distance", "ValidResponseRate"), file)
    wide = read_table(parts, ["Label", PEOPLE])
    names = [c for c in wide.columns if c not in ("Label", PEOPLE)]
    if len(names) != len(table):
        raise InputError(
            "the two tables have different models",
            file=parts,
            parameter="components",
            got=len(names),
            expected=f"{len(table)} columns of models",
        )
    effects = numbers(wide, (*names, PEOPLE), parts)
    people = effects[PEOPLE].to_numpy()
    distance = np.sqrt(((effects[names].to_numpy() - people[:, None]) ** 2).sum(axis=0))
    return pd.DataFrame(
        {
            "model": table["Model"],
            "family": [_family(name, file, row) for row, name in enumerate(table["Model"])],
            "reasoning": table["Reasoning"],
            "size": found["Size"] * 1e9,
            "published": found["Distance"],
            "distance": distance,
            "indifferent": float(np.sqrt((people**2).sum())),
            "valid": found["ValidResponseRate"],
        }
    )


def _family(name: str, file: Path, row: int) -> str:
    if "DeepSeek R1" in name:  # distilled into weights of other families
        tuned = next((known for known in ("Llama", "Qwen") if known in name), None)
        if tuned is not None:
            return tuned
    for begin, family in FAMILIES.items():
        if name.startswith(begin):
            return family
    raise InputError("a model of no known family", file=file, row=row, parameter="Model", got=name)


def moral_audit(frame: pd.DataFrame, *, tolerance: float = 1e-5) -> pd.DataFrame:
    """Models whose published distance is not that of their components, with whose distance it is.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``published``, ``recomputed``, ``same_as``: another model with exactly the published distance.
    """
    wrong = frame[(frame["published"] - frame["distance"]).abs() > tolerance]
    rows = []
    for _, row in wrong.iterrows():
        near = (frame["distance"] - row["published"]).abs() <= tolerance
        same = frame.loc[near & (frame["model"] != row["model"]), "model"]
        rows.append(
            {
                "model": row["model"],
                "published": row["published"],
                "recomputed": row["distance"],
                "same_as": ", ".join(same),
            }
        )
    return pd.DataFrame(rows, columns=["model", "published", "recomputed", "same_as"])


def indifferent_chooser(frame: pd.DataFrame) -> pd.DataFrame:
    """How many models are farther from people than a chooser whom no component moves, in all and by size.

    Returns
    -------
    pandas.DataFrame
        ``group`` (all, below and from 10¹⁰ parameters), ``models``, ``farther``, ``indifferent`` (its distance).
    """
    small = frame["size"] < 1e10
    parts = {"all": frame, "below 10¹⁰ parameters": frame[small], "10¹⁰ parameters or more": frame[~small]}
    return pd.DataFrame(
        [
            {
                "group": name,
                "models": len(own),
                "farther": int((own["distance"] > own["indifferent"]).sum()),
                "indifferent": float(frame["indifferent"].iloc[0]),
            }
            for name, own in parts.items()
        ]
    )
