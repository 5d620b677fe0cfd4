"""Outcomes of answers to an instrument: one row per answer and value that its item measures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.instruments import Instrument, load_instrument
from valuestats.tables.keys import checked_keys
from valuestats.tables.responses import Responses

_KEPT = ("model", "item", "cluster", "condition", "language", "wording", "epoch")

Keyed = pd.DataFrame | Instrument | str | Path


def outcomes_of_answers(
    answers: Responses, keyed: Keyed | None, family: str | None, scale: tuple[float, float] | None
) -> pd.DataFrame:
    """The answers as `valuestats.intervention_effects` takes outcomes: personas are roles, reversed items are turned.

    Raises
    ------
    InputError
        No column of conditions.
    SpecificationError
        Keys of several families, of none of the items, or reversed ones without the ends of the scale.
    """
    frame = answers.frame[(answers.frame["status"] != "not_administered").to_numpy()]
    if "condition" not in frame.columns:
        raise InputError(
            "the answers name no condition",
            parameter="outcomes",
            got=", ".join(map(str, frame.columns)),
            expected="a column condition",
            hint="name it when reading, columns={'condition': 'its name in the file'}",
        )
    value = frame["answer"].where(frame["status"] == "valid").astype("Float64").astype(float)
    found = frame[[c for c in _KEPT if c in frame.columns]].assign(value=value)
    if "cluster" in found.columns and found["cluster"].isna().all():
        found = found.drop(columns="cluster")
    if "persona" in frame.columns and frame["persona"].notna().any():
        found["role"] = frame["persona"]
    if keyed is None:
        return found.reset_index(drop=True)
    keys, ends = _keys(keyed, family, scale, answers.items)
    if (keys["sign"] < 0).any() and ends is None:
        raise SpecificationError(
            "a reversed item is turned at the ends of its scale",
            parameter="scale",
            got="none",
            expected="the least and the greatest code, such as (1, 6)",
        )
    low, high = ends or (0.0, 0.0)
    found = found.assign(item=found["item"].astype(str)).merge(
        keys[["item", "dimension", "sign"]], on="item", how="inner"
    )
    turned = (found["sign"] < 0).to_numpy()
    found["value"] = found["value"].where(~turned, low + high - found["value"])
    return found.drop(columns="sign")


def _keys(
    keyed: Keyed, family: str | None, scale: tuple[float, float] | None, items: list[str]
) -> tuple[pd.DataFrame, tuple[float, float] | None]:
    """Keys of one family under the names that the items have, and the ends of the scale."""
    if isinstance(keyed, pd.DataFrame):
        families = list(dict.fromkeys(keyed["family"])) if "family" in keyed.columns else []
        if family is None and len(families) > 1:
            raise SpecificationError(
                "keys of several families",
                parameter="family",
                got=", ".join(map(str, families)),
                expected="one of them",
            )
        return checked_keys(keyed, family=family, items=items), scale
    chosen = keyed if isinstance(keyed, Instrument) else load_instrument(keyed)
    declared = chosen.keys()
    table = pd.DataFrame(
        {
            "item": declared["item"].astype(str),
            "family": declared["family"],
            "dimension": declared["dimension"],
            "sign": declared["reversed"].map({True: -1, False: 1}),
        }
    )
    if not set(table["item"]) & set(items):
        # "pvq1", "pvq2", … for 1, 2, …: what all names share before their numbers
        before = {item.rstrip("0123456789") for item in items}
        table["item"] = (before.pop() if len(before) == 1 else "") + table["item"]
    own = family or next(iter(chosen.families), None)
    return checked_keys(table, family=own, items=items), scale or chosen.scale.bounds
