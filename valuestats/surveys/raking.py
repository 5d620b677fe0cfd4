"""Raking: weights that bring a survey to known margins of the population."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.extras import from_extra
from valuestats.surveys.linearisation import kish_size
from valuestats.surveys.shares import RAKED
from valuestats.tables import Survey
from valuestats.tables.survey import FINDINGS, VALID, code_text

_SUM = 1e-6


@dataclass(frozen=True)
class Raked:
    """A raked survey and how the raking went.

    Attributes
    ----------
    survey
        The same respondents with the raked weights declared.
    margins
        ``variable``, ``category``, ``target``, ``before``, ``after`` (weighted shares), ``n``.
    n_kish_before, n_kish
        Kish's effective size before and after.
    max_weight
        Largest weight over the mean of the positive ones.
    deviation
        Largest distance of a weighted share from its target; above the tolerance only after trimming.
    iterations
        Rounds of iterative proportional fitting; None where one margin made them needless.
    trimmed
        The limit of weights over their mean, if one was set.
    """

    survey: Survey
    margins: pd.DataFrame
    n_kish_before: float
    n_kish: float
    max_weight: float
    deviation: float
    iterations: int | None
    trimmed: float | None


@checked
def rake(
    survey: Survey,
    margins: Mapping[str, Mapping[Any, float]],
    *,
    trim: float | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
    name: str = "weight_raked",
) -> Raked:
    r"""Weights whose weighted shares meet given margins, nearest to the survey's own weights.

    Iterative proportional fitting (package ``balance``): each weight is multiplied by factors of its categories until
    :math:`\sum_i w_i 1[x_i = c] / \sum_i w_i = t_c` for each category of each margin. It minimises the
    Kullback-Leibler divergence from the starting weights. The sum of weights stays as it was.

    Parameters
    ----------
    survey
        Respondents; its weights are where raking starts (ones where it has none). Weights of zero stay zero.
    margins
        Variable to category (label or code) to share of the population; shares of a variable add up to one.
    trim
        Largest weight over the mean weight; what is cut off goes to the others, so margins are then met only nearly.
    tolerance
        Largest distance of a weighted share from its target that counts as met.
    max_iterations
        Rounds before it counts as not converging.
    name
        Column of the raked weights.

    Returns
    -------
    Raked

    Raises
    ------
    SpecificationError
        A margin is not in the data, does not add up to one, lacks a category that people have, names one that nobody has,
        or has a respondent without a valid value; no convergence; ``balance`` is not installed.

    References
    ----------
    Deming and Stephan (1940); Kish (1965).

    Examples
    --------
    >>> import pandas as pd
    >>> people = Survey(pd.DataFrame({"sex": list("fffm"), "q": [1, 2, 2, 1]}))
    >>> found = rake(people, {"sex": {"f": 0.5, "m": 0.5}})
    >>> found.survey.weights().round(3).tolist(), round(found.n_kish, 3)
    ([0.667, 0.667, 0.667, 2.0], 3.0)
    """
    if not margins:
        raise SpecificationError("no margins are named", parameter="margins", got="none")
    if trim is not None and not trim > 1:
        raise SpecificationError("weights can't be trimmed below their mean", parameter="trim", got=trim)
    weight = survey.weights()
    used = weight > 0
    targets = {v: _target(survey, v, given, used) for v, given in margins.items()}
    cells = pd.DataFrame({v: _categories(survey, v)[used].to_numpy() for v in margins})
    start = weight[used]
    fitted, iterations = _balance(cells, start, targets, tolerance, max_iterations)
    if trim is not None:
        fitted = trimmed_weights(fitted, trim)
    table = _margins(cells, targets, start, fitted)
    deviation = float((table["after"] - table["target"]).abs().max())
    if trim is None and not deviation <= tolerance:
        worst = table.iloc[int((table["after"] - table["target"]).abs().to_numpy().argmax())]
        raise SpecificationError(
            "raking did not converge",
            parameter="margins",
            got=f"{worst['variable']}={worst['category']}: {worst['after']:.6f} after {iterations} rounds",
            expected=f"{worst['target']:.6f} within {tolerance:g}",
            hint="margins may contradict each other where categories hardly ever occur together: merge some, or allow "
            "more rounds",
        )
    raked = np.zeros(len(survey))
    raked[used] = fitted
    size = kish_size(raked)
    top = float(fitted.max() / fitted.mean())
    told = (
        f"to {', '.join(margins)}; Kish's effective size {size:.1f}, largest weight {top:.2f} times the mean, "
        f"largest distance from a margin {deviation:.2g}"
    )
    finding = pd.DataFrame([(RAKED, name, told, int(used.sum()))], columns=list(FINDINGS))
    result = survey.with_weights(raked, name)
    result = replace(
        result, findings=pd.concat([survey.findings, finding]) if len(survey.findings) else finding
    )
    return Raked(result, table, kish_size(weight), size, top, deviation, iterations, trim)


def trimmed_weights(weight: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Weights of the same sum of which none is above `limit` times the mean; the others grow in proportion.

    Examples
    --------
    >>> trimmed_weights(np.array([1.0, 1.0, 2.0, 8.0]), 2.0).tolist()
    [1.5, 1.5, 3.0, 6.0]
    """
    top = limit * weight.mean()
    total, result = weight.sum(), weight.copy()
    held = np.zeros(len(weight), dtype=bool)
    while (result > top * (1 + 1e-12)).any():
        held |= result > top
        result[held] = top
        result[~held] *= (total - top * held.sum()) / result[~held].sum()
    return result


def _categories(survey: Survey, name: str) -> pd.Series:
    """Each respondent's category: the label, or the code where there is none."""
    return survey.labelled(name)


def _target(
    survey: Survey, name: str, given: Mapping[Any, float], used: NDArray[np.bool_]
) -> dict[str, float]:
    survey.require(name, parameter="margins")
    known = survey.variable(name)
    by_code = {code_text(c): text for c, text in known.labels.items() if known.class_of(c) == VALID}
    target: dict[str, float] = {}
    for category, share in given.items():
        text = code_text(float(category) if isinstance(category, int) else category)
        if not isinstance(share, int | float) or not np.isfinite(share) or share <= 0:
            raise SpecificationError(
                "a margin's share is not a positive number",
                parameter=f"margins[{name!r}]",
                got=f"{text}: {share}",
            )
        target[by_code.get(text, text)] = float(share)
    total = sum(target.values())
    if abs(total - 1) > _SUM:
        raise SpecificationError(
            "a margin does not add up to one",
            parameter=f"margins[{name!r}]",
            got=f"{total:.6g}",
            expected="1",
            hint="divide percentages by 100" if abs(total - 100) < 1 else "divide counts by their sum",
        )
    people = _categories(survey, name)[used]
    if people.isna().any():
        raise SpecificationError(
            "respondents have no valid value of a margin",
            parameter=f"margins[{name!r}]",
            got=f"{int(people.isna().sum()):,} of {len(people):,} respondents of positive weight",
            hint="leave them out, or give them a category of their own, before raking",
        )
    absent = [c for c in target if c not in set(people)]
    if absent:
        raise SpecificationError(
            "nobody is in a category of a margin",
            parameter=f"margins[{name!r}]",
            got=", ".join(absent),
            expected=f"some of {', '.join(map(str, people.unique()[:20]))}",
            hint="check its spelling, or merge it with another category in the data and in the margin",
        )
    extra = people[~people.isin(list(target))]
    if len(extra):
        raise SpecificationError(
            "people have a category that the margin lacks",
            parameter=f"margins[{name!r}]",
            got=", ".join(f"{c} ({n})" for c, n in extra.value_counts().head(10).items()),
            expected=", ".join(target),
        )
    return target


def _balance(
    cells: pd.DataFrame,
    start: NDArray[np.float64],
    targets: dict[str, dict[str, float]],
    tolerance: float,
    max_iterations: int,
) -> tuple[NDArray[np.float64], int | None]:
    people = cells.set_axis([f"v{n}" for n in range(cells.shape[1])], axis=1).astype(object)
    population, share = _coupled(list(targets.values()))
    with _quiet():
        with from_extra("survey", "raking", "margins"):
            from balance.weighting_methods.rake import rake as balance_rake
        found = balance_rake(
            people,
            pd.Series(start, index=people.index),
            population.set_axis(people.columns, axis=1).astype(object),
            pd.Series(share * start.sum()),
            transformations=None,
            na_action="drop",
            max_iteration=max_iterations,
            convergence_rate=tolerance / 10,
            rate_tolerance=0.0,
        )
    rounds = found["model"].get("iterations")
    weight = found["weight"].reindex(people.index).to_numpy(dtype=float)
    return weight, None if rounds is None else len(rounds)


def _coupled(targets: list[dict[str, float]]) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """A small population that has exactly these margins: their quantile functions side by side.

    One row per interval between the cumulated shares of all margins; `balance` takes margins from a population's rows,
    and its own way from margins to rows rounds them.
    """
    ends = [np.cumsum(list(t.values())) / sum(t.values()) for t in targets]
    cuts = np.unique(np.concatenate([*ends, [0.0]]))
    share = np.diff(cuts)
    middle = (cuts[1:] + cuts[:-1]) / 2
    frame = pd.DataFrame(
        {
            n: np.array(list(t))[np.minimum(np.searchsorted(end, middle), len(t) - 1)]
            for n, (t, end) in enumerate(zip(targets, ends, strict=True))
        }
    )
    return frame, share


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep `balance`'s progress notes and its libraries' deprecations away; its errors pass."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _margins(
    cells: pd.DataFrame,
    targets: dict[str, dict[str, float]],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
) -> pd.DataFrame:
    rows = []
    for variable, target in targets.items():
        for category, share in target.items():
            inside = (cells[variable] == category).to_numpy()
            rows.append(
                {
                    "variable": variable,
                    "category": category,
                    "target": share,
                    "before": float(before[inside].sum() / before.sum()),
                    "after": float(after[inside].sum() / after.sum()),
                    "n": int(inside.sum()),
                }
            )
    return pd.DataFrame(rows)


def raked_survey(
    survey: Survey,
    margins: Mapping[str, Mapping[Any, float]],
    *,
    trim: float | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
    name: str = "weight_raked",
) -> Survey:
    """The survey with raked weights, as a step of a study; arguments and errors are those of `rake`."""
    return rake(
        survey, margins, trim=trim, tolerance=tolerance, max_iterations=max_iterations, name=name
    ).survey
