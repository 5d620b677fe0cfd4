"""What estimates of shares and of means that rest on a judge have in common."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, p_value
from valuestats.raters.judged_table import NOT_RANDOM, Array, Judged, difference_of_parts
from valuestats.results.meta import make_meta
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import Fit, drawn_together
from valuestats.statistics.prediction_powered import powered_mean
from valuestats.statistics.resampling import equal_tailed

Method = Literal["judge", "labelled", "prediction-powered", "calibrated", "confusion"]

Plain = Literal["judge", "labelled", "prediction-powered"]

JUDGE: Plain = "judge"
LABELLED: Plain = "labelled"
POWERED: Plain = "prediction-powered"
CALIBRATED: Method = "calibrated"
CONFUSION: Method = "confusion"
PLAIN: tuple[Plain, ...] = (JUDGE, LABELLED, POWERED)
ESTIMATORS: tuple[Method, ...] = (*PLAIN, CALIBRATED, CONFUSION)
CITATIONS = (
    "Angelopoulos, Bates, Fannjiang, Jordan & Zrnic (2023), Science 382, 669-674",
    "Angelopoulos, Duchi & Zrnic (2023), PPI++, arXiv 2311.01453",
    "Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76",
)


def require_some(estimators: Sequence[str]) -> None:
    """Refuse no estimators, or one twice."""
    if not estimators or len(set(estimators)) < len(estimators):
        raise SpecificationError(
            "estimators are named once each",
            parameter="estimators",
            got=", ".join(estimators) or "none",
            expected=", ".join(ESTIMATORS),
        )


def confusion_tables(groups: dict[str, Judged], size: int) -> tuple[Array, Array]:
    """People's labels by the judge's, and the judge's of the others, by group."""
    tables, rest = np.zeros((len(groups), size, size)), np.zeros((len(groups), size))
    for g, group in enumerate(groups.values()):
        np.add.at(tables[g], (group.label[group.labelled], group.judge[group.labelled]), 1.0)
        rest[g] = np.bincount(group.judge[~group.labelled], minlength=size)
    return tables, rest


def of_draws(draws: Array, level: float) -> tuple[pd.DataFrame, Array]:
    """Posterior means and equal-tailed intervals of draws, and the draws."""
    lower, upper = equal_tailed(draws, level)
    frame = pd.DataFrame(
        {
            "estimate": draws.mean(axis=0),
            "std_error": draws.std(axis=0, ddof=1),
            "lower": lower,
            "upper": upper,
            "interval": np.where(np.isnan(lower), "none", "posterior, equal-tailed"),
            "weight": np.nan,
            "df": np.nan,
        }
    )
    return frame, draws


def of_means(
    method: str,
    group: Judged,
    parts: list[Array],
    level: float,
    *,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[pd.DataFrame, Fit]:
    """The judge's, the labelled or the prediction-powered means, with Student's t intervals, and what draws are made of.

    Groups and methods that have items (or clusters) in common are drawn together.
    """
    told, own, rest = parts
    columns = told.shape[1]
    if method == JUDGE:
        everything = np.concatenate([own, rest])
        cluster = None if group.parts is None else (np.concatenate(group.parts), np.zeros(0, dtype=np.int64))
        found = powered_mean(everything, everything, np.zeros((0, columns)), clusters=cluster, weight=0.0)
    else:
        weight = 0.0 if method == LABELLED else None
        other = np.zeros((0, columns)) if method == LABELLED else rest
        cluster = (
            group.parts if group.parts is None or method != LABELLED else (group.parts[0], group.parts[1][:0])
        )
        found = powered_mean(
            told,
            own,
            other,
            weights=group.weight[group.labelled] if group.weighted else None,
            clusters=cluster,
            weight=weight,
        )
    n = units(group) if method != JUDGE else units(group, everything=True)
    error = np.sqrt(np.diag(found.covariance))
    reach = stats.t.ppf((1 + level) / 2, n - 1) * error if n >= LEAST else np.full(columns, np.nan)
    frame = pd.DataFrame(
        {
            "estimate": found.estimate,
            "std_error": error,
            "lower": np.clip(found.estimate - reach, *within),
            "upper": np.clip(found.estimate + reach, *within),
            "interval": "Wald" if n >= LEAST else "none",
            "weight": found.weight if method == POWERED else np.nan,
            "df": n - 1.0,
        }
    )
    unit = group.item if group.cluster is None else group.cluster
    on = group.labelled
    unit = np.concatenate([unit[on], unit[~on]])[: len(found.influence)]
    return frame, Fit(found.estimate, unit, found.influence, n - 1.0)


def all_drawn(sample: list[Array | Fit], draws: int, rng: np.random.Generator) -> list[Array]:
    """Draws of each estimate: posterior ones as they are, the others together."""
    fits = [one for one in sample if isinstance(one, Fit)]
    made = iter(drawn_together(fits, draws, rng) if fits else [])
    return [next(made) if isinstance(one, Fit) else one for one in sample]


def units(group: Judged, *, everything: bool = False) -> int:
    """Labelled items, or their clusters; of everything the judge labelled where asked."""
    on: NDArray[np.bool_] = np.ones(len(group.judge), dtype=bool) if everything else group.labelled
    return int(on.sum()) if group.cluster is None else len(np.unique(group.cluster[on]))


def group_counts(group: Judged) -> dict[str, int]:
    """Counts that each estimate of a group carries."""
    return {
        "n_scored": len(group.judge),
        "n_asked": group.n_asked,
        "n_labelled": int(group.labelled.sum()),
        "n_units": units(group),
    }


def finished(rows: list[pd.DataFrame], keys: tuple[str, ...], estimand: str, level: float) -> pd.DataFrame:
    """All rows, columns in their order."""
    frame = pd.concat(rows, ignore_index=True).assign(level=level, estimand=estimand)
    first = ["estimand", *keys, "estimate", "std_error", "lower", "upper", "level", "interval"]
    return frame[[*first, *(c for c in frame.columns if c not in first)]]


def judged_notes(groups: dict[str, Judged], by: str | None) -> list[str]:
    """How many items are left out because the judge did not label them."""
    lost = {name: group.n_asked - len(group.judge) for name, group in groups.items()}
    return [
        f"{f'{name}: ' if by is not None else ''}{counted(n, 'item')} that the judge did not label left out"
        for name, n in lost.items()
        if n
    ]


def judged_meta(
    method: str,
    specification: dict[str, Any],
    groups: dict[str, Judged],
    by: str | None,
    seed: int,
    started: float,
    said: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """How the result came about, with what a reader must know of each group."""
    said, parts = list(said), {}
    for name, group in groups.items():
        whom = f"{name}: " if by is not None else ""
        p, apart = difference_of_parts(group)
        parts[name] = {"p": p, "difference": apart}
        if p < NOT_RANDOM:
            said.append(
                f"{whom}the judge labels what people labelled unlike the rest ({p_value(p)}, by up to "
                f"{apart:.2f}): no random "
                "part, so that the labelled and the prediction-powered estimates are biased unless the "
                "probabilities of being "
                "labelled are given"
            )
        n = units(group)
        if n < FEW:
            none = ", and below four there is no interval" * (n < LEAST)
            what = "item" if group.cluster is None else "cluster"
            said.append(f"{whom}{counted(n, f'labelled {what}')}: errors over so few are rough{none}")
        if group.cluster is not None and {CALIBRATED, CONFUSION} & set(specification["estimators"]):
            said.append(
                f"{whom}the calibrated and the confusion estimates take items as independent, and these are in clusters"
            )
    said += judged_notes(groups, by)
    return make_meta(
        method,
        specification,
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - started,
        parts=parts,
        student="df",
        **more,
    )
