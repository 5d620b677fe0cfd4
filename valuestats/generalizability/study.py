"""Generalizability: where the variance of models' answers lies."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.generalizability.variance_components import RESIDUAL, Components, Effect, variance_components
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables import Responses
from valuestats.tables.keys import checked_keys, printed_labels

FACETS = ("item", "wording", "option_order")
"""What is crossed with the models where nothing else is said."""

_CITATIONS = [
    "Cronbach, Gleser, Nanda & Rajaratnam (1972)",
    "Brennan (2001), Generalizability Theory",
    "Henderson (1953), method 1",
    "Hannig, Iyer & Patterson (2006)",
]


@formerly(responses="answers")
@checked
def generalizability_study(
    answers: Responses,
    keyed: pd.DataFrame | None = None,
    *,
    facets: Sequence[str] | None = None,
    family: str | None = None,
    scale: tuple[float, float] | None = None,
    centred: bool = False,
    level: float = 0.95,
    draws: Annotated[int, Whole(0)] = 4000,
    seed: int = 0,
) -> Result:
    r"""Variance components of models' answers over items, wordings, orders and epochs.

    Estimand, per dimension: the variances :math:`\sigma^2` of models, of each facet and of all their interactions in
    :math:`y = \mu + \sum_A e_A`, levels of every facet taken as a sample of their kind. Epochs are repeats within a cell
    (epoch 1 of one model has nothing in common with epoch 1 of another), so they are the residual, unless ``"epoch"`` is
    named among the facets. Estimator: Henderson's method 1, which is the analysis of variance where no cell is empty and
    unbiased where some are. Interval: generalised pivots of the sums of squares, which take effects as normal; exact for
    full tables, near so with few empty cells; where effects have heavy tails they hold the truth less often than they say
    (70 to 90% instead of 95% for exponential effects, see benchmarks/generalizability_coverage.py).

    Parameters
    ----------
    answers
        Raw answers; valid ones enter.
    keyed
        Columns ``item, dimension, sign`` and perhaps ``family``: one study per dimension; all items as one where omitted.
    facets
        Columns crossed with ``model``; where omitted ``item``, ``wording`` and ``option_order`` as far as they vary. With
        ``"cluster"`` in the place of ``"item"`` the queries are the sample and their items repeats.
    family
        Which family of keys.
    scale
        Ends of the answer scale, needed where a key is negative.
    centred
        Whether each answer is taken about the model's mean over all keyed items under the same wording, order and epoch,
        so that the score is a priority and general agreement is not a difference between models.
    level, draws, seed
        Of the interval. With ``draws=0`` no interval is computed.

    Returns
    -------
    Result
        Kind ``"generalizability"``, keys ``dimension, component``; ``estimate`` is not below zero, ``unbiased`` may be;
        ``share`` of the total variance, ``degrees``.

    Raises
    ------
    SpecificationError
        One model, a facet that is null, absent or has one level, or too many empty cells.

    References
    ----------
    Cronbach, Gleser, Nanda and Rajaratnam (1972); Brennan (2001); Henderson (1953); Hannig, Iyer and Patterson (2006).

    Examples
    --------
    >>> from valuestats import generalizability_study, read_responses
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> found = generalizability_study(responses, draws=200).estimates.sort_values("share", ascending=False)
    >>> found[["component", "share"]].head(3).round(2).to_numpy().tolist()
    [['residual', 0.81], ['item', 0.12], ['model x item', 0.03]]
    """
    started = time.perf_counter()
    frame = answers.frame
    names = _facets(frame, facets)
    parts = _dimensions(frame, keyed, family)
    if centred and "item" not in names and "cluster" not in names:
        raise SpecificationError(
            "centring needs items", parameter="facets", got=", ".join(names), expected="item"
        )
    valid = _valid(frame, names, parts, centred)
    rng = np.random.default_rng(seed)
    rows, boots, notes, levels = [], [], [], {}
    for dimension, keys in parts.items():
        table = _table(valid, keys, names, scale, dimension)
        found = variance_components(table.total, table.count, table.squares)
        boots.append(found.draws(draws, rng))
        levels[dimension] = table.levels
        rows.append(_rows(dimension, names, table, found, boots[-1], level))
        notes += _notes(dimension, names, table, found)
    estimates = pd.concat(rows, ignore_index=True)
    components = list(dict.fromkeys(estimates["component"]))
    if len({len(b.T) for b in boots}) > 1:
        raise SpecificationError(
            "dimensions differ in whether cells have repeats", parameter="keyed", got=", ".join(parts)
        )
    meta = make_meta(
        "variance components by Henderson's method 1 (analysis of variance where no cell is empty)",
        {
            "facets": names,
            "family": family,
            "centred": centred,
            "levels": levels,
            "level": level,
            "draws": draws,
            "unit": "model",
        },
        citations=_CITATIONS,
        seed=seed,
        warnings=notes + _clusters(frame, names),
        seconds=time.perf_counter() - started,
        names=printed_labels(keyed),
    )
    tree = None
    if draws > 0:
        coords = {"dimension": list(parts), "component": components}
        tree = draws_tree("bootstrap", np.stack(boots, axis=1), coords)
    return Result("generalizability", estimates, ("dimension", "component"), meta, tree)


@dataclass(frozen=True)
class _Cells:
    total: np.ndarray
    count: np.ndarray
    squares: float
    levels: dict[str, int]
    n_asked: int


def _facets(frame: pd.DataFrame, facets: Sequence[str] | None) -> list[str]:
    if frame["model"].nunique() < 2:
        raise SpecificationError(
            "the variance between models needs several models",
            parameter="answers",
            got="one",
            expected="two or more",
        )
    if facets is None:
        names = [
            f for f in FACETS if f in frame.columns and frame[f].notna().all() and len(frame[f].unique()) > 1
        ]
    else:
        names = [facets] if isinstance(facets, str) else list(facets)
    if not names or len(set(names)) < len(names) or "model" in names:
        raise SpecificationError(
            "no facets to generalise over",
            parameter="facets",
            got=", ".join(names) or "none that varies",
            expected="columns such as item, wording, option_order, each once",
        )
    for name in names:
        if name not in frame.columns or frame[name].isna().any():
            raise SpecificationError(
                f"the answers do not say under which {name} they were given", parameter="facets", got=name
            )
        if frame[name].nunique() < 2:
            raise SpecificationError(
                f"one {name} only, so its variance is unknown", parameter="facets", got=name
            )
    return names


def _dimensions(
    frame: pd.DataFrame, keyed: pd.DataFrame | None, family: str | None
) -> dict[str, pd.DataFrame]:
    if keyed is None:
        return {"all": pd.DataFrame({"item": frame["item"].astype(str).unique(), "sign": 1})}
    chosen = checked_keys(keyed, family=family, items=frame["item"].unique())
    parts = {str(name): part for name, part in chosen.groupby("dimension", sort=False)}
    small = [name for name, part in parts.items() if len(part) < 2]
    if small:
        raise SpecificationError("a dimension with one item only", parameter="keyed", got=", ".join(small))
    return parts


def _valid(
    frame: pd.DataFrame, names: list[str], parts: dict[str, pd.DataFrame], centred: bool
) -> pd.DataFrame:
    columns = list(dict.fromkeys(["model", "item", "epoch", *names]))
    kept = frame[columns].assign(
        y=frame["answer"].astype(float), valid=(frame["status"] == "valid").astype(bool)
    )
    kept = kept.assign(item=kept["item"].astype(str))
    kept = kept[kept["item"].isin({i for part in parts.values() for i in part["item"]})]
    if centred:
        under = [
            c
            for c in ("wording", "option_order", "epoch", "condition", "step", "persona", "language")
            if c in frame.columns
        ]
        groups = [kept["model"], *(frame.loc[kept.index, c].astype(str) for c in under)]
        kept["centre"] = kept["y"].groupby(groups, observed=True).transform("mean")
    return kept


def _table(
    valid: pd.DataFrame,
    keys: pd.DataFrame,
    names: list[str],
    scale: tuple[float, float] | None,
    dimension: str,
) -> _Cells:
    sign = keys.set_index("item")["sign"]
    part = valid[valid["item"].isin(sign.index)]
    turned = part["item"].map(sign).astype(float).to_numpy()
    about = part["centre"].to_numpy() if "centre" in part.columns else np.zeros(len(part))
    if "centre" not in part.columns and (turned < 0).any():
        if scale is None:
            raise SpecificationError(
                "reversed keys need the ends of the answer scale",
                parameter="scale",
                expected="a pair such as (1, 6)",
            )
        about = np.where(turned < 0, (scale[0] + scale[1]) / 2, 0.0)
    y = turned * (part["y"].to_numpy() - about)
    seen = part["valid"].to_numpy()
    codes, levels = [], {}
    for name in ("model", *names):
        code, label = pd.factorize(part[name], sort=True)
        codes.append(code)
        levels[name] = len(label)
    if min(levels.values()) < 2:
        one = next(n for n, k in levels.items() if k < 2)
        raise SpecificationError(
            f"{dimension}: one {one} only, so its variance is unknown", parameter="facets", got=one
        )
    shape = tuple(levels.values())
    place = np.ravel_multi_index(tuple(codes), shape)[seen]
    y = y[seen]
    size = int(np.prod(shape))
    count = np.bincount(place, minlength=size).astype(float).reshape(shape)
    total = np.bincount(place, weights=y, minlength=size).reshape(shape)
    return _Cells(total, count, float((y**2).sum()), levels, len(part))


def _name(effect: Effect, names: list[str], confounded: bool) -> str:
    axes = ["model", *names]
    if effect == RESIDUAL:
        return "residual"
    return " x ".join(axes[a] for a in effect)


def _rows(
    dimension: str, names: list[str], table: _Cells, found: Components, boot: np.ndarray, level: float
) -> pd.DataFrame:
    kept = np.maximum(found.estimate, 0)
    lower = upper = error = np.full(len(kept), np.nan)
    if len(boot):
        lower, upper = equal_tailed(boot, level)
        error = boot.std(axis=0, ddof=1)
    return pd.DataFrame(
        {
            "estimand": "variance component",
            "dimension": dimension,
            "component": [_name(e, names, found.confounded) for e in found.effects],
            "estimate": kept,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": "generalised pivot, equal-tailed" if len(boot) else "none",
            "n_scored": int(table.count.sum()),
            "n_asked": table.n_asked,
            "unbiased": found.estimate,
            "share": kept / kept.sum() if kept.sum() > 0 else np.nan,
            "degrees": found.degrees,
        }
    )


def _notes(dimension: str, names: list[str], table: _Cells, found: Components) -> list[str]:
    notes = []
    negative = [
        f"{_name(e, names, found.confounded)} ({v:.3g})"
        for e, v in zip(found.effects, found.estimate, strict=True)
        if v < 0
    ]
    if negative:
        notes.append(f"{dimension}: estimated below zero and taken as zero: {', '.join(negative)}")
    few = [f"{name} ({n})" for name, n in table.levels.items() if n < 5]
    if few:
        notes.append(f"{dimension}: few levels, so their components are uncertain: {', '.join(few)}")
    if found.confounded:
        notes.append(
            f"{dimension}: one answer per cell, so the residual holds the highest interaction and the epochs"
        )
    return notes


def _clusters(frame: pd.DataFrame, names: list[str]) -> list[str]:
    if "item" not in names or "cluster" not in frame.columns:
        return []
    pairs = frame[["item", "cluster"]].drop_duplicates()
    if pairs["cluster"].nunique() == pairs["item"].nunique():
        return []
    return [
        f"{pairs['item'].nunique()} items come from {pairs['cluster'].nunique()} queries and are taken as independent; "
        "with facets 'cluster' instead of 'item' the queries are the sample"
    ]
