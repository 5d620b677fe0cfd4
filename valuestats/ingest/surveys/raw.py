"""What a survey's file says, before any of its codes is classified."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from valuestats.tables.survey import Code

type Found = tuple[str, str, str, int]
"""A finding: kind, variable, found, n."""


@dataclass(frozen=True)
class RawSurvey:
    """Codes as they stand in the file, and what it declares of them.

    Attributes
    ----------
    frame
        One column per variable: numbers, texts, or both.
    texts, labels
        Text of each variable, and of each of its codes.
    ranges, discrete
        Ranges and single codes that the file declares as missing.
    findings
        What reading the file itself found.
    """

    frame: pd.DataFrame
    texts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[Code, str]] = field(default_factory=dict)
    ranges: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    discrete: dict[str, tuple[Code, ...]] = field(default_factory=dict)
    findings: tuple[Found, ...] = ()
