"""How models answer whatever they are asked: acquiescence, extremity, midpoint, effects of order and wording."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.prompts.sensitivity import TERMS, blocks, conditions, require_term, status_counts, style_row
from valuestats.prompts.shifts import paired_effects, weighted_means
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings, plan_clusters
from valuestats.tables import Responses
from valuestats.tables.keys import checked_keys
from valuestats.tables.scale import require_on_scale, unused_end
from valuestats.tables.units import resampling_units


@formerly(responses="answers")
@checked
def response_style(
    answers: Responses,
    *,
    scale: Sequence[int],
    keyed: pd.DataFrame | None = None,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""Response style of each model, as terms with intervals that resample queries.

    Estimands, per model. ``acquiescence``: over dimensions with keys of both signs,
    :math:`\frac12(\bar y_{+}+\bar y_{-})-\mu`, the mean of what is left of the middle of the scale when content
    cancels. ``level``: mean answer minus the middle, content included. ``extremity``: share of answers at either end.
    ``midpoint``: share in the middle category (the two middle ones of an even scale). A term with two levels:
    the mean difference second minus first over the same items under the same other conditions; with more, each level's mean
    deviation from its block. Interval: expanded percentile over bootstrap replicates of the queries.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        Raw answers; ``cluster`` names the query of each item (the item itself where the column is absent).
    scale
        Lowest and highest code.
    keyed
        Columns ``item, dimension, sign``; acquiescence is null without keys of both signs, since it can't be told from
        what the items say.
    terms
        Columns of the presentation: ``option_order``, ``wording``, ``option_labels`` or another. Where omitted
        `TERMS` as far as they are known and vary; a term asked for by name must be known.
    level, replicates, seed
        Of the bootstrap. With ``replicates=0`` no interval is computed.

    Returns
    -------
    Result
        Kind ``"response_style"``, keys ``model, style``; ``n_items`` that enter, ``n_units`` queries. Where no answer comes
        near an end of the scale the verdict says so: all styles are distances to its middle and its ends.

    Raises
    ------
    SpecificationError
        A named term is absent, null somewhere, or has one level; codes off the scale.

    References
    ----------
    Baumgartner and Steenkamp (2001) for the indices; Winkler, Kanouse and Ware (1982) for balanced keys; Hesterberg (2015).

    Examples
    --------
    >>> from valuestats import read_responses, response_style
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> found = response_style(responses, scale=(1, 6), replicates=200)
    >>> shares = found.estimates[found.estimates["style"] == "extremity"].set_index("model")["estimate"]
    >>> shares.round(2).head(3).to_dict()
    {'model-a': 0.28, 'model-b': 0.26, 'model-c': 0.31}
    """
    started = time.perf_counter()
    frame = answers.frame
    named, notes = _terms(frame, terms)
    low, high = require_on_scale(frame["answer"], scale, frame["item"])
    models = answers.models
    asked = list(dict.fromkeys(frame["item"].astype(str)))
    queries = resampling_units(frame, asked)
    member = pd.Series(queries.member, index=asked)
    valid = (frame["status"] == "valid").to_numpy()
    columns = list(dict.fromkeys(["model", "item", "epoch", *conditions(frame), *named]))
    work = frame.loc[valid, columns].assign(
        y=frame.loc[valid, "answer"].astype(float).to_numpy(),
        cluster=member.reindex(frame.loc[valid, "item"].astype(str)).to_numpy(),
    )
    table = {str(m): part for m, part in work.groupby("model", observed=True)}
    balanced = _balanced(None if keyed is None else checked_keys(keyed, items=asked), notes)
    levels = {term: sorted(frame[term].astype(str).unique()) for term in named}

    def styles(model: str, weights: np.ndarray) -> dict[str, _Found]:
        part = table.get(model, work.iloc[:0])
        found = _simple(part, low, high, weights)
        found["acquiescence"] = _acquiescence(part, balanced, (low + high) / 2, weights)
        for term in named:
            found |= _term(part, term, levels[term], weights)
        return found

    rng = np.random.default_rng(seed)
    once = np.ones((1, len(queries)))
    behind = [units for model in models for _, _, units in styles(model, once).values()]
    plan = plan_clusters(len(queries), replicates, rng, behind=behind)
    counts = status_counts(frame)
    rows: list[dict[str, Any]] = []
    boots = []
    for model in models:
        for style, (values, items, units) in styles(model, plan.with_all).items():
            within = (0.0, 1.0) if style in ("extremity", "midpoint") else (-np.inf, np.inf)
            one = plan.finish(values[1:], values[0], units, level, within=within)
            boots.append(one.draws)
            rows.append(style_row(model, style, float(values[0]), one, (items, units), counts[model], level))
    if replicates:
        known = [row["n_units"] for row in rows if not np.isnan(row["estimate"])]
        notes += few_warnings(known, "queries", jackknife=plan.jackknife)
    meta = make_meta(
        "response style per model, queries resampled",
        {
            "scale": [low, high],
            "terms": named,
            "levels": levels,
            "balanced_dimensions": list(balanced),
            "level": level,
            "replicates": replicates,
            "unit": "query",
        },
        citations=["Baumgartner & Steenkamp (2001)", "Winkler, Kanouse & Ware (1982)", "Hesterberg (2015)"],
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        unused_end=unused_end(frame["answer"], scale),
    )
    tree = None
    if replicates > 0:
        names = list(dict.fromkeys(row["style"] for row in rows))
        boot = np.stack(boots, axis=1).reshape(replicates, len(models), len(names))
        tree = draws_tree("bootstrap", boot, {"model": models, "style": names})
    return Result("response_style", pd.DataFrame(rows), ("model", "style"), meta, tree)


_Found = tuple[np.ndarray, int, int]


def _terms(frame: pd.DataFrame, terms: Sequence[str] | None) -> tuple[list[str], list[str]]:
    if terms is not None:
        chosen = [terms] if isinstance(terms, str) else list(terms)
        for term in chosen:
            require_term(frame, term)
        return chosen, []
    known, notes = [], []
    for term in TERMS:
        try:
            require_term(frame, term)
            known.append(term)
        except SpecificationError as error:
            notes.append(f"no effect of {term}: {error.message}")
    return known, notes


def _simple(part: pd.DataFrame, low: float, high: float, weights: np.ndarray) -> dict[str, _Found]:
    y, cluster = part["y"].to_numpy(), part["cluster"].to_numpy()
    middle = (low + high) / 2
    columns = {
        "level": y - middle,
        "extremity": ((y == low) | (y == high)).astype(float),
        "midpoint": (np.abs(y - middle) < 1).astype(float)
        if (high - low) % 2
        else (y == middle).astype(float),
    }
    found = weighted_means(np.stack(list(columns.values()), axis=1), cluster, weights)
    items, units = len(part["item"].unique()), len(np.unique(cluster))
    return {style: (found[:, k], items, units) for k, style in enumerate(columns)}


def _balanced(keyed: pd.DataFrame | None, notes: list[str]) -> dict[str, pd.Series]:
    if keyed is None:
        notes.append("no keys, so acquiescence can't be told from what the items say")
        return {}
    found = {}
    for name, part in keyed.groupby("dimension", sort=False):
        sign = part.set_index("item")["sign"].astype(float)
        if (sign > 0).any() and (sign < 0).any():
            found[str(name)] = sign
    if not found:
        notes.append(
            "no dimension has keys of both signs, so acquiescence can't be told from what the items say"
        )
    return found


def _acquiescence(
    part: pd.DataFrame, balanced: dict[str, pd.Series], middle: float, weights: np.ndarray
) -> _Found:
    means = part.groupby("item", observed=True).agg(y=("y", "mean"), cluster=("cluster", "first"))
    halves, used, units = [], set(), set()
    for sign in balanced.values():
        keys = sign.reindex(means.index.astype(str)).to_numpy()
        sides = [
            weighted_means(np.where(keys * s > 0, means["y"], np.nan), means["cluster"].to_numpy(), weights)
            for s in (1, -1)
        ]
        halves.append((sides[0] + sides[1]) / 2 - middle)
        used |= set(means.index[~np.isnan(keys)])
        units |= set(means.loc[~np.isnan(keys), "cluster"])
    if not halves:
        return np.full(len(weights), np.nan), 0, 0
    stacked = np.array(halves)
    seen = ~np.isnan(stacked)
    mean = np.divide(
        np.nan_to_num(stacked).sum(axis=0),
        seen.sum(axis=0),
        out=np.full(len(weights), np.nan),
        where=seen.any(axis=0),
    )
    return mean, len(used), len(units)


def _term(part: pd.DataFrame, term: str, levels: list[str], weights: np.ndarray) -> dict[str, _Found]:
    y, cluster, _ = blocks(part, term, levels)
    effect = paired_effects(y)
    known = ~np.isnan(effect[:, 0])
    size = int(known.sum()), len(np.unique(cluster[known]))
    found = weighted_means(effect, cluster, weights)
    label = term.replace("_", " ")
    if len(levels) == 2:
        return {f"{label}: {levels[1]} - {levels[0]}": (found[:, 1] - found[:, 0], *size)}
    return {f"{label}: {name}": (found[:, k], *size) for k, name in enumerate(levels)}
