"""Shares of answers that change between conditions, and of items whose answers never do."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.prompts.sensitivity import conditions, require_term, status_counts
from valuestats.prompts.shifts import weighted_means
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings, plan_clusters
from valuestats.tables import Responses
from valuestats.tables.units import resampling_units

MEASURES = ("changed", "unanimous")
_ESTIMANDS = {
    "changed": "share of pairs of answers that differ",
    "unanimous": "share of items whose answers are all the same",
}


@formerly(responses="answers")
@checked
def changed_answers(
    answers: Responses,
    *,
    over: Sequence[str] | str,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""How often a model's answer to an item changes between conditions, and how many items it answers alike in all.

    A block holds the valid answers of a model to an item under one setting of all other conditions (and epoch), over all
    combinations of the columns `over`. With :math:`n_k` of its :math:`n \ge 2` answers in category k, the share of its
    pairs of answers that differ is :math:`1 - \sum_k n_k (n_k - 1) / (n (n - 1))`, and it is unanimous if one
    :math:`n_k = n`. Estimands, per model: ``changed``, the mean over items of that share, and ``unanimous``, the mean over
    items of the share of unanimous blocks (with one block per item, the share of unanimous items). Codes are compared as
    they are: no distance between them is taken.

    Repeating alone changes answers: where epochs are not among `over`, ``baseline`` is the same number between the epochs of
    one condition.

    Parameters
    ----------
    answers
        Raw answers; the status of those that are not valid is no answer.
    over
        One or more columns: ``"wording"``, ``["wording", "option_order"]``, ``"epoch"``, ``"persona"``, …
    level, replicates, seed
        Of the bootstrap of queries; expanded percentile intervals.

    Returns
    -------
    Result
        Kind ``"changed_answers"``, keys ``model, measure``; ``baseline`` (null without repeats), ``n_items`` with a block of
        two answers or more, ``n_units``.

    Raises
    ------
    SpecificationError
        A column is absent, null somewhere, or has one level.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "item": ["a", "a", "a", "b", "b", "b"], "wording": ["v1", "v2", "v3"] * 2,
    ...     "answer": [1, 1, 2, 4, 4, 4], "status": "valid"})
    >>> found = changed_answers(Responses(frame), over="wording", replicates=0)
    >>> found.estimates[["measure", "estimate"]].round(3).to_numpy().tolist()
    [['changed', 0.333], ['unanimous', 0.5]]
    """
    started = time.perf_counter()
    frame = answers.frame
    columns = (over,) if isinstance(over, str) else tuple(over)
    if not columns:
        raise SpecificationError("no condition to compare", parameter="over", got=list(columns))
    for column in columns:
        require_term(frame, column)
    items = list(dict.fromkeys(frame["item"].astype(str)))
    units = resampling_units(frame, items)
    others = [c for c in dict.fromkeys([*conditions(frame), "epoch"]) if c not in columns]
    valid = frame[(frame["status"] == "valid").to_numpy()]
    found = _by_item(valid, others)
    repeats = None
    if "epoch" in others and len(frame["epoch"].unique()) > 1:
        repeats = _by_item(valid, [*(c for c in others if c != "epoch"), *columns])
    counts = status_counts(frame)
    member = pd.Series(units.member, index=items)
    each = {(model, measure): _of(found, model, measure) for model in answers.models for measure in MEASURES}
    behind = [member[own.index].nunique() for own in each.values()]
    plan = plan_clusters(len(units), replicates, np.random.default_rng(seed), behind=behind)
    rows, boots = [], []
    for model in answers.models:
        for measure in MEASURES:
            own = each[model, measure]
            cluster = member[own.index].to_numpy(dtype=np.int64)
            values = weighted_means(own.to_numpy(), cluster, plan.with_all)
            noise = pd.Series(dtype=float) if repeats is None else _of(repeats, model, measure)
            n_units = len(np.unique(cluster))
            one = plan.finish(values[1:], values[0], n_units, level, within=(0.0, 1.0), what="queries")
            rows.append(
                {
                    "estimand": _ESTIMANDS[measure],
                    "model": model,
                    "measure": measure,
                    "estimate": float(values[0]),
                    "std_error": float(one.std_error),
                    "lower": float(one.lower),
                    "upper": float(one.upper),
                    "level": level,
                    "interval": str(one.interval),
                    "baseline": float(noise.mean()) if len(noise) else np.nan,
                    "n_scored": counts[model][0],
                    "n_asked": counts[model][1],
                    "n_items": len(own),
                    "n_units": n_units,
                }
            )
            boots.append(one.draws)
    silent = sorted({str(row["model"]) for row in rows if not row["n_items"]})
    meta = make_meta(
        f"changed and unanimous answers over {', '.join(columns)}, queries resampled",
        {"over": list(columns), "level": level, "replicates": replicates},
        citations=["Hesterberg (2015)"],
        seed=seed,
        warnings=[f"{model}: no item has two valid answers to compare" for model in silent]
        + (few_warnings([n for n in behind if n], "queries", jackknife=plan.jackknife) if replicates else []),
        seconds=time.perf_counter() - started,
    )
    tree = None
    if replicates > 0:
        shape = (replicates, len(answers.models), len(MEASURES))
        coords = {"model": answers.models, "measure": list(MEASURES)}
        tree = draws_tree("bootstrap", np.stack(boots, axis=1).reshape(shape), coords)
    return Result("changed_answers", pd.DataFrame(rows), ("model", "measure"), meta, tree)


def _by_item(valid: pd.DataFrame, others: list[str]) -> pd.DataFrame:
    """Both measures of each model and item, averaged over its blocks of two answers or more."""
    keys = {c: valid[c].astype(str).to_numpy() for c in ("model", "item", *others)}
    table = pd.DataFrame({**keys, "answer": valid["answer"].to_numpy(dtype=float)})
    counts = table.groupby([*keys, "answer"], sort=True).size().astype(float)
    levels = list(range(len(keys)))
    by_block = counts.groupby(level=levels)
    size, most = by_block.sum(), by_block.max()
    alike = (counts * (counts - 1.0)).groupby(level=levels).sum()
    several = size >= 2
    measures = pd.DataFrame(
        {"changed": 1.0 - alike / (size * (size - 1.0)), "unanimous": (most == size).astype(float)}
    )[several]
    return measures.groupby(level=["model", "item"]).mean()


def _of(table: pd.DataFrame, model: str, measure: str) -> pd.Series:
    """A measure of each item of a model."""
    if model not in table.index.get_level_values("model"):
        return pd.Series(dtype=float, index=pd.Index([], dtype=object))
    return table.xs(model, level="model")[measure]
