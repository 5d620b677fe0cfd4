"""What a regression of answers says against itself, beside its diagnostics gate."""

from __future__ import annotations

from valuestats.results.aspects import Aspect
from valuestats.results.result import Result
from valuestats.results.trust import of_notes
from valuestats.results.verdicts import Reason
from valuestats.tables.conditions import TOGETHER

DEPENDENT = "count as independent"
MISFIT = "unlike the model's"
BY_PRIOR = "(power-scaling)"
LOOSE = "hardly identified"
_SPEAKS: tuple[tuple[str, Aspect], ...] = (
    (DEPENDENT, "dependent"),
    (MISFIT, "misfit"),
    (BY_PRIOR, "prior"),
    (LOOSE, "loose"),
    (TOGETHER, "pooled"),
)


def regression_reasons(result: Result) -> list[Reason]:
    """Notes that speak against estimates: answers that hang together, misfit, priors that decide, conditions run together.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"estimand": "x", "term": ["a"], "estimate": 0.0, "std_error": 1.0, "lower": -2.0, "upper": 2.0,
    ...     "level": 0.95, "interval": "posterior", "n_scored": 9, "n_asked": 9})
    >>> noted = Result("ordinal_fit", frame, ("term",), {"warnings": ["strong prior or weak data (power-scaling): a"]})
    >>> [r.aspect for r in regression_reasons(noted)]
    ['prior']
    """
    return of_notes(result, _SPEAKS)
