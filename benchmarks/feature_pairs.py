"""Choices between two options of simulated features, as tables of choices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.tables.choices import Choices, ranking_choices


def pairs_of(
    x: np.ndarray, first: np.ndarray, unit: np.ndarray, names: Sequence[str], called: str = "unit"
) -> Choices:
    """Choices between options of features ``(choices, 2, features)``: whether the first was taken, and whose they are."""
    n = len(x)
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), 2),
            "option": np.tile(["a", "b"], n),
            "chosen": np.column_stack([first, ~first]).astype(int).ravel(),
            called: np.repeat(unit, 2),
        }
    )
    return ranking_choices(frame.assign(**{c: x[..., k].ravel() for k, c in enumerate(names)}))
