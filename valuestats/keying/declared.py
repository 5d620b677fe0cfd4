"""Keys that an instrument declares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.instruments import Instrument, load_instrument


@checked
def instrument_keys(instrument: Instrument | str | Path, *, prefix: str = "") -> pd.DataFrame:
    """Keys as an instrument declares them, in the form in which `score` and `value_profile` take them.

    Parameters
    ----------
    instrument
        An instrument, the name of one that ships, or a YAML file of your own.
    prefix
        What stands before the instrument's item identifiers in the answers, e.g. ``"pvq21_"``.

    Returns
    -------
    pandas.DataFrame
        Columns ``item, family, dimension, sign, label``; ``sign`` is -1 for reversed items, ``label`` what the dimension is
        called in figures and tables.

    Raises
    ------
    SpecificationError
        The instrument declares no items (its keys are learned from ratings, see `keys`).

    Examples
    --------
    >>> instrument_keys("pvq21", prefix="q")["item"].head(2).tolist()
    ['q1', 'q11']
    """
    chosen = instrument if isinstance(instrument, Instrument) else load_instrument(instrument)
    declared = chosen.keys()
    if declared.empty:
        raise SpecificationError(
            "the instrument declares no items",
            parameter="instrument",
            got=chosen.id,
            expected="an instrument with keys",
            hint="learn the keys from ratings with item_values and keys",
        )
    return pd.DataFrame(
        {
            "item": prefix + declared["item"].astype(str),
            "family": declared["family"],
            "dimension": declared["dimension"],
            "sign": np.where(declared["reversed"], -1, 1),
            "label": declared["label"],
        }
    )
