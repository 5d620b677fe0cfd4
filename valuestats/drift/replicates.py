"""Replicates of a table's rows as one array over its keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.results.replicates import draws_tree


def replicates_tree(
    frame: pd.DataFrame,
    keys: Sequence[str],
    draws: Sequence[NDArray[np.float64]],
    group: Literal["posterior", "bootstrap"] = "bootstrap",
) -> Any:
    """Replicates of each row, laid out over the keys; missing where a combination of keys has no row.

    Parameters
    ----------
    frame
        The estimates.
    keys
        Their keys.
    draws
        Replicates of each row, in the rows' order.
    group
        What they are: contrasts of a posterior take it as it is.
    """
    labels = {key: list(dict.fromkeys(frame[key])) for key in keys}
    codes = [pd.Index(labels[key]).get_indexer(frame[key]) for key in keys]
    whole = np.full((len(draws[0]), *(len(v) for v in labels.values())), np.nan)
    for row, drawn in enumerate(draws):
        place: tuple[slice | int, ...] = (slice(None), *(int(code[row]) for code in codes))
        whole[place] = drawn
    return draws_tree(group, whole, labels)
