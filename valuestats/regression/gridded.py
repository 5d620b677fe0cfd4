"""Fits of other rooms that the verbs of grids take as they take ordinal regressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from valuestats.results.result import Result


@runtime_checkable
class FittedChoices(Protocol):
    """A fit of `valuestats.fit_choice`, by what the verbs of grids ask of it."""

    def datagrid(
        self, at: Mapping[str, Any] | Sequence[str] | str | None, *, sets: Sequence[Any] | str, others: Any
    ) -> pd.DataFrame:
        """Sets of options in contexts."""

    def predictions(
        self,
        grid: pd.DataFrame | None,
        *,
        by: Sequence[str] | str | None,
        outcome: Any,
        groups: Any,
        level: float,
        most: int,
    ) -> Result:
        """How likely each option of each set is taken."""

    def comparisons(
        self,
        variables: Mapping[str, Any] | Sequence[str] | str,
        grid: pd.DataFrame | None,
        *,
        by: Sequence[str] | str | None,
        outcome: Any,
        comparison: Any,
        groups: Any,
        level: float,
        most: int,
    ) -> Result:
        """How that changes where a column does."""
