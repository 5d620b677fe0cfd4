"""How models answer whatever they are asked: acquiescence, extremity, midpoint, effects of order and wording."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.errors import SpecificationError
from valuestats.kernels.resampling import (
    bootstrap_standard_error,
    cluster_weights,
    equal_tailed,
    expanded_level,
)
from valuestats.kernels.shifts import item_shift, paired_effects, shuffled_shift, weighted_means
from valuestats.result import Result, draws_tree, make_meta
from valuestats.tables import Responses

TERMS = ("option_order", "wording", "option_labels")
"""Conditions of the presentation whose effects are estimated where nothing else is said."""


def response_style(
    responses: Responses,
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

    Parameters
    ----------
    responses
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
        Kind ``"response_style"``, keys ``model, style``; ``n_items`` that enter, ``n_units`` queries.

    Raises
    ------
    SpecificationError
        A named term is absent, null somewhere, or has one level; codes off the scale.

    References
    ----------
    Baumgartner and Steenkamp (2001) for the indices; Winkler, Kanouse and Ware (1982) for balanced keys; Hesterberg (2015).

    Examples
    --------
    ::

        response_style(responses, scale=(1, 6), keyed=keys).contrast("model", "a", "b")
    """
    started = time.perf_counter()
    frame = responses.frame
    named, notes = _terms(frame, terms)
    low, high = _bounds(frame, scale)
    models = responses.models
    clusters = frame["cluster" if "cluster" in frame.columns else "item"].astype(str)
    names = np.unique(clusters)
    drawn = (
        cluster_weights(len(names), replicates, np.random.default_rng(seed))
        if replicates > 0
        else np.ones((0, len(names)))
    )
    weights = np.vstack([np.ones(len(names)), drawn])
    valid = (frame["status"] == "valid").to_numpy()
    columns = list(dict.fromkeys(["model", "item", "epoch", *_conditions(frame), *named]))
    work = frame.loc[valid, columns].assign(
        y=frame.loc[valid, "answer"].astype(float).to_numpy(),
        cluster=np.searchsorted(names, clusters[valid].to_numpy()),
    )
    table = {str(m): part for m, part in work.groupby("model", observed=True)}
    balanced = _balanced(keyed, notes)
    values: dict[str, list[np.ndarray]] = {}
    sizes: dict[tuple[str, str], tuple[int, int]] = {}
    levels = {term: sorted(frame[term].astype(str).unique()) for term in named}
    for model in models:
        part = table.get(model, work.iloc[:0])
        found = _simple(part, low, high, weights)
        found["acquiescence"] = _acquiescence(part, balanced, (low + high) / 2, weights)
        for term in named:
            found |= _term(part, term, levels[term], weights)
        for style, (draws, items, units) in found.items():
            values.setdefault(style, []).append(draws)
            sizes[model, style] = (items, units)
    counts = _counts(frame)
    rows = [
        _row(model, style, values[style][m], sizes[model, style], counts[model], level, replicates)
        for m, model in enumerate(models)
        for style in values
    ]
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
    )
    tree = None
    if replicates > 0:
        boot = np.stack([np.stack(values[s], axis=1)[1:] for s in values], axis=2)
        tree = draws_tree("bootstrap", boot, {"model": models, "style": list(values)})
    return Result("response_style", pd.DataFrame(rows), ("model", "style"), meta, tree)


_Found = tuple[np.ndarray, int, int]


def _terms(frame: pd.DataFrame, terms: Sequence[str] | None) -> tuple[list[str], list[str]]:
    if terms is not None:
        chosen = [terms] if isinstance(terms, str) else list(terms)
        for term in chosen:
            _require(frame, term)
        return chosen, []
    known, notes = [], []
    for term in TERMS:
        try:
            _require(frame, term)
            known.append(term)
        except SpecificationError as error:
            notes.append(f"no effect of {term}: {error.message}")
    return known, notes


def _require(frame: pd.DataFrame, term: str) -> None:
    unknown = int(frame[term].isna().sum()) if term in frame.columns else len(frame)
    if unknown:
        raise SpecificationError(
            f"the answers do not say under which {term} they were given",
            parameter=term,
            got=f"null in {unknown} of {len(frame)} rows",
            expected="known in every row",
        )
    if len(frame[term].unique()) < 2:
        raise SpecificationError(
            f"one {term} only, so it has no effect to estimate", parameter=term, got=str(frame[term].iloc[0])
        )


def _bounds(frame: pd.DataFrame, scale: Sequence[int]) -> tuple[float, float]:
    if len(scale) != 2 or not scale[0] < scale[1]:
        raise SpecificationError(
            "not the ends of a scale", parameter="scale", got=list(scale), expected="e.g. (1, 6)"
        )
    low, high = float(scale[0]), float(scale[1])
    codes = frame["answer"].dropna().astype(float)
    off = codes[(codes < low) | (codes > high)]
    if len(off):
        raise SpecificationError(
            "an answer is off the scale",
            parameter="scale",
            got=f"code {off.iloc[0]:g}",
            expected=f"{low:g} to {high:g}",
        )
    return low, high


def _conditions(frame: pd.DataFrame) -> list[str]:
    """Columns of the presentation that tell blocks of answers apart."""
    return [c for c in ("condition", "persona", "language", *TERMS[::-1]) if c in frame.columns]


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
    for name, part in keyed.groupby("dimension", sort=False, observed=True):
        sign = part.drop_duplicates("item").set_index("item")["sign"].astype(float)
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
        keys = sign.reindex(means.index).to_numpy()
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


def _blocks(part: pd.DataFrame, term: str, levels: list[str]) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Answers as items x blocks (all other conditions) x levels of the term, the items' clusters, and the items."""
    others = [c for c in part.columns if c not in ("model", "item", "cluster", "y", term)]
    block = pd.factorize(pd.MultiIndex.from_frame(part[others].astype(str)))[0]
    item, items = pd.factorize(part["item"], sort=True)
    level = pd.Index(levels).get_indexer(pd.Index(part[term].astype(str)))
    shape = (len(items), int(block.max(initial=0)) + 1, len(levels))
    place = np.ravel_multi_index((item, block, level), shape) if len(part) else np.array([], dtype=int)
    count = np.bincount(place, minlength=int(np.prod(shape)))
    total = np.bincount(place, weights=part["y"], minlength=int(np.prod(shape)))
    y = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0).reshape(shape)
    cluster = part.groupby("item", observed=True)["cluster"].first().reindex(items).to_numpy(dtype=np.int64)
    return y, cluster, pd.Index(items)


def _term(part: pd.DataFrame, term: str, levels: list[str], weights: np.ndarray) -> dict[str, _Found]:
    y, cluster, _ = _blocks(part, term, levels)
    effect = paired_effects(y)
    known = ~np.isnan(effect[:, 0])
    size = int(known.sum()), len(np.unique(cluster[known]))
    found = weighted_means(effect, cluster, weights)
    label = term.replace("_", " ")
    if len(levels) == 2:
        return {f"{label}: {levels[1]} - {levels[0]}": (found[:, 1] - found[:, 0], *size)}
    return {f"{label}: {name}": (found[:, k], *size) for k, name in enumerate(levels)}


def _counts(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
    valid = (frame["status"] == "valid").groupby(frame["model"].astype(str)).agg(["sum", "size"])
    return {str(m): (int(row["sum"]), int(row["size"])) for m, row in valid.iterrows()}


def _row(
    model: str,
    style: str,
    draws: np.ndarray,
    size: tuple[int, int],
    counts: tuple[int, int],
    level: float,
    replicates: int,
) -> dict[str, object]:
    lower = upper = error = float("nan")
    if replicates > 0 and size[1] > 1 and not np.isnan(draws[0]):
        ends = equal_tailed(draws[1:], expanded_level(level, size[1]))
        lower, upper = float(ends[0]), float(ends[1])
        error = float(bootstrap_standard_error(draws[1:]))
    return {
        "estimand": "response style",
        "model": model,
        "style": style,
        "estimate": float(draws[0]),
        "std_error": error,
        "lower": lower,
        "upper": upper,
        "level": level,
        "interval": "cluster bootstrap, equal-tailed" if replicates > 0 else "none",
        "n_scored": counts[0],
        "n_asked": counts[1],
        "n_items": size[0],
        "n_units": size[1],
    }


def sensitivity(
    responses: Responses,
    *,
    over: str,
    level: float = 0.95,
    replicates: int = 2000,
    permutations: int = 200,
    seed: int = 0,
) -> Result:
    r"""How far each model's answers move when the order of options or the wording changes.

    Estimand, per model: the mean over items of the absolute difference between the item's means at two levels of `over`
    (over all pairs of levels), in scale points, under the same other conditions. Sampling noise alone moves answers, so
    ``baseline`` is the mean of the same number after the levels were shuffled within each item and other condition, and
    ``excess`` what is above it; ``baseline_upper`` is the quantile of the shuffles at `level`. Interval: expanded percentile
    over bootstrap replicates of the queries, with the baseline as it is.

    Parameters
    ----------
    responses
        Raw answers.
    over
        ``"option_order"``, ``"wording"``, ``"option_labels"`` or another column of the presentation.
    level, replicates, seed
        Of the bootstrap.
    permutations
        Shuffles for the baseline.

    Returns
    -------
    Result
        Kind ``"sensitivity"``, keys ``model``; ``baseline``, ``baseline_upper``, ``excess``, ``n_items``, ``n_units``. The
        baseline is null where no item has answers under two other conditions or epochs: shuffling then changes nothing.

    Raises
    ------
    SpecificationError
        The column is absent, null somewhere, or has one level.

    References
    ----------
    Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses; Hesterberg (2015) for the interval.

    Examples
    --------
    ::

        sensitivity(responses, over="option_order", seed=1).plot()
    """
    started = time.perf_counter()
    frame = responses.frame
    _require(frame, over)
    clusters = frame["cluster" if "cluster" in frame.columns else "item"].astype(str)
    names = np.unique(clusters)
    rng = np.random.default_rng(seed)
    drawn = cluster_weights(len(names), replicates, rng) if replicates > 0 else np.ones((0, len(names)))
    weights = np.vstack([np.ones(len(names)), drawn])
    valid = (frame["status"] == "valid").to_numpy()
    columns = list(dict.fromkeys(["model", "item", "epoch", over, *_conditions(frame)]))
    work = frame.loc[valid, columns].assign(
        y=frame.loc[valid, "answer"].astype(float).to_numpy(),
        cluster=np.searchsorted(names, clusters[valid].to_numpy()),
    )
    levels = sorted(frame[over].astype(str).unique())
    counts = _counts(frame)
    rows, boots, notes = [], [], []
    for model in responses.models:
        part = work[work["model"].astype(str) == model]
        y, cluster, _ = _blocks(part, over, levels)
        shift = item_shift(y)
        known = ~np.isnan(shift)
        values = weighted_means(shift, cluster, weights)
        noise = shuffled_shift(y, permutations, rng)
        boots.append(values[1:])
        size = int(known.sum()), len(np.unique(cluster[known]))
        row = _row(model, over, values, size, counts[model], level, replicates)
        del row["style"]
        row |= {
            "estimand": f"mean absolute shift between levels of {over.replace('_', ' ')}",
            "baseline": float(noise.mean()),
            "baseline_upper": float(np.quantile(noise, level)) if not np.isnan(noise).any() else float("nan"),
            "excess": float(values[0] - noise.mean()),
        }
        rows.append(row)
        if np.isnan(noise).any():
            notes.append(f"{model}: no item was asked under two other conditions or epochs, so no baseline")
    meta = make_meta(
        f"mean absolute shift over {over}, with shuffled labels as baseline",
        {
            "over": over,
            "levels": levels,
            "level": level,
            "replicates": replicates,
            "permutations": permutations,
        },
        citations=["Good (2005)", "Hesterberg (2015)"],
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    tree = (
        draws_tree("bootstrap", np.stack(boots, axis=1), {"model": responses.models})
        if replicates > 0
        else None
    )
    return Result("sensitivity", pd.DataFrame(rows), ("model",), meta, tree)


def counterbalancing(responses: Responses, *, terms: Sequence[str] | None = None) -> pd.DataFrame:
    """Whether each model was asked each item under every combination of the conditions, cell by cell.

    Parameters
    ----------
    responses
        Raw answers.
    terms
        Columns whose levels are to be crossed; those of `TERMS` that the answers have where omitted.

    Returns
    -------
    pandas.DataFrame
        One row per model and cell: ``n_items`` asked, ``n_asked`` and ``n_scored`` answers, ``n_missing`` items of the
        model that were not asked here, and ``problem``: ``""``, ``"cell is absent"``, ``"items are missing"``, ``"unequal
        repeats"`` or ``"no answer is valid"``.

    Raises
    ------
    SpecificationError
        A named term is absent or null somewhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Responses
    >>> frame = pd.DataFrame({"model": "m", "item": ["1", "1", "2"], "wording": ["a", "b", "a"], "epoch": 1, "raw": "4",
    ...     "answer": 4, "status": "valid", "source_file": "f", "source_sha256": "0", "source_row": [0, 1, 2]})
    >>> counterbalancing(Responses(frame), terms=["wording"])["problem"].tolist()
    ['', 'items are missing']
    """
    frame = responses.frame
    chosen = [t for t in TERMS if t in frame.columns] if terms is None else list(terms)
    for term in chosen or list(TERMS[:1]):
        if term not in frame.columns or frame[term].isna().any():
            raise SpecificationError(
                f"the answers do not say under which {term} they were given", parameter="terms", got=term
            )
    work = frame[["model", "item", *chosen]].astype(str).assign(valid=(frame["status"] == "valid").to_numpy())
    grid = pd.MultiIndex.from_product(
        [responses.models, *(sorted(work[t].unique()) for t in chosen)], names=["model", *chosen]
    )
    repeats = (
        work.groupby(["model", *chosen, "item"])["valid"].agg(n_asked="size", n_scored="sum").reset_index()
    )
    by_cell = repeats.groupby(["model", *chosen])
    table = by_cell.agg(
        n_items=("item", "nunique"),
        n_asked=("n_asked", "sum"),
        n_scored=("n_scored", "sum"),
        fewest=("n_asked", "min"),
        most=("n_asked", "max"),
    )
    table = table.reindex(grid, fill_value=0).astype(int).reset_index()
    asked = work.groupby("model")["item"].nunique()
    table["n_missing"] = table["model"].map(asked).to_numpy() - table["n_items"].to_numpy()
    usual = table["model"].map(table.groupby("model")["most"].max())
    table["problem"] = np.select(
        [
            table["n_items"] == 0,
            table["n_missing"] > 0,
            table["n_scored"] == 0,
            (table["fewest"] != table["most"]) | (table["most"] != usual),
        ],
        ["cell is absent", "items are missing", "no answer is valid", "unequal repeats"],
        default="",
    )
    return table.drop(columns=["fewest", "most"])
