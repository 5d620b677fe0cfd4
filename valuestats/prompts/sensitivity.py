"""How far answers move with the order, wording or labels of the options, and whether the conditions were crossed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.prompts.shifts import common_shift, item_shift, shuffled_shift, weighted_means
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import Resampled, few_warnings, plan_clusters
from valuestats.tables import Responses
from valuestats.tables.units import resampling_units

TERMS = ("option_order", "wording", "option_labels")
"""Conditions of the presentation whose effects are estimated where nothing else is said."""


@formerly(responses="answers")
@checked
def sensitivity(
    answers: Responses,
    *,
    over: str,
    level: float = 0.95,
    replicates: int = 2000,
    permutations: Annotated[int, Whole(1)] = 200,
    seed: int = 0,
) -> Result:
    r"""How far each model's answers move when the order of options or the wording changes.

    Estimand, per model: the mean over items of the absolute difference between the item's means at two levels of `over`
    (over all pairs of levels), in scale points, under the same other conditions. Sampling noise alone moves answers, so
    ``baseline`` is the mean of the same number after the levels were shuffled within each item and other condition, and
    ``excess`` what is above it; ``baseline_upper`` is the quantile of the shuffles at `level`. Items that move the same way
    by less than their noise don't show in it, but in ``common_shift``, the difference of the levels' means over the items
    (of two levels the second less the first, in alphabetical order; of more the mean absolute difference). ``p_value``
    tests that no answer depends on the level: twice the smaller of the two shares of shuffles that reach the shift and the
    common shift. Interval: expanded percentile over bootstrap replicates of the queries, with the baseline as it is.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
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
        Kind ``"sensitivity"``, keys ``model``; ``baseline``, ``baseline_upper``, ``excess``, ``common_shift``, ``p_value``,
        ``n_items``, ``n_units``. The baseline is null where no item has answers under two other conditions or epochs:
        shuffling then changes no item's shift, and the p-value is that of the common one alone.

    Raises
    ------
    SpecificationError
        The column is absent, null somewhere, or has one level.

    References
    ----------
    Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses; Hesterberg (2015) for the interval.

    Examples
    --------
    >>> from valuestats import read_responses, sensitivity
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> found = sensitivity(responses, over="option_order", replicates=200, permutations=50, seed=1).estimates
    >>> found.set_index("model")[["estimate", "baseline"]].round(2).head(2).to_numpy().tolist()
    [[1.01, 1.0], [0.95, 0.94]]
    """
    started = time.perf_counter()
    frame = answers.frame
    require_term(frame, over)
    items = list(dict.fromkeys(frame["item"].astype(str)))
    units = resampling_units(frame, items)
    member = pd.Series(units.member, index=items)
    rng = np.random.default_rng(seed)
    valid = (frame["status"] == "valid").to_numpy()
    columns = list(dict.fromkeys(["model", "item", "epoch", over, *conditions(frame)]))
    work = frame.loc[valid, columns].assign(
        y=frame.loc[valid, "answer"].astype(float).to_numpy(),
        cluster=member.reindex(frame.loc[valid, "item"].astype(str)).to_numpy(),
    )
    levels = sorted(frame[over].astype(str).unique())
    counts = status_counts(frame)
    rows, boots, notes = [], [], []
    tables = [blocks(work[work["model"].astype(str) == model], over, levels) for model in answers.models]
    shifts = [item_shift(y) for y, _, _ in tables]
    behind = [
        len(np.unique(cluster[~np.isnan(shift)]))
        for shift, (_, cluster, _) in zip(shifts, tables, strict=True)
    ]
    plan = plan_clusters(len(units), replicates, rng, behind=behind)
    for model, (y, cluster, _), shift, n_units in zip(answers.models, tables, shifts, behind, strict=True):
        values = weighted_means(shift, cluster, plan.with_all)
        noise, together = shuffled_shift(y, permutations, rng)
        common = common_shift(y)
        one = plan.finish(values[1:], values[0], n_units, level, within=(0.0, np.inf))
        boots.append(one.draws)
        size = int((~np.isnan(shift)).sum()), n_units
        row = style_row(model, over, float(values[0]), one, size, counts[model], level)
        del row["style"]
        row |= {
            "estimand": f"mean absolute shift between levels of {over.replace('_', ' ')}",
            "baseline": float(noise.mean()),
            "baseline_upper": float(np.quantile(noise, level)) if not np.isnan(noise).any() else float("nan"),
            "excess": float(values[0] - noise.mean()),
            "common_shift": common,
            "p_value": _of_no_effect([(float(values[0]), noise), (abs(common), np.abs(together))]),
        }
        rows.append(row)
        if np.isnan(noise).any():
            notes.append(f"{model}: no item was asked under two other conditions or epochs, so no baseline")
    if replicates:
        notes += few_warnings([row["n_units"] for row in rows], "queries", jackknife=plan.jackknife)
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
        draws_tree("bootstrap", np.stack(boots, axis=1), {"model": answers.models})
        if replicates > 0
        else None
    )
    return Result("sensitivity", pd.DataFrame(rows), ("model",), meta, tree)


def _of_no_effect(tests: Sequence[tuple[float, np.ndarray]]) -> float:
    """The smallest of the permutation p-values of these statistics, times their number (Bonferroni)."""
    known = [
        (value, shuffled) for value, shuffled in tests if not (np.isnan(value) or np.isnan(shuffled).any())
    ]
    each = [(1 + (shuffled >= value - 1e-12).sum()) / (1 + len(shuffled)) for value, shuffled in known]
    return min(1.0, len(each) * float(min(each))) if each else float("nan")


@formerly(responses="answers")
@checked
def counterbalancing(answers: Responses, *, terms: Sequence[str] | None = None) -> pd.DataFrame:
    """Whether each model was asked each item under every combination of the conditions, cell by cell.

    Parameters
    ----------
    answers
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
    frame = answers.frame
    chosen = [t for t in TERMS if t in frame.columns] if terms is None else list(terms)
    for term in chosen or list(TERMS[:1]):
        if term not in frame.columns or frame[term].isna().any():
            raise SpecificationError(
                f"the answers do not say under which {term} they were given", parameter="terms", got=term
            )
    work = frame[["model", "item", *chosen]].astype(str).assign(valid=(frame["status"] == "valid").to_numpy())
    grid = pd.MultiIndex.from_product(
        [answers.models, *(sorted(work[t].unique()) for t in chosen)], names=["model", *chosen]
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


def require_term(frame: pd.DataFrame, term: str) -> None:
    """Refuse a column of the presentation that is absent, null somewhere, or has one level."""
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


def conditions(frame: pd.DataFrame) -> list[str]:
    """Columns of the presentation that tell blocks of answers apart."""
    return [c for c in ("condition", "persona", "language", *TERMS[::-1]) if c in frame.columns]


def blocks(part: pd.DataFrame, term: str, levels: list[str]) -> tuple[np.ndarray, np.ndarray, pd.Index]:
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


def status_counts(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Valid and asked answers of each model."""
    valid = (frame["status"] == "valid").groupby(frame["model"].astype(str)).agg(["sum", "size"])
    return {str(m): (int(row["sum"]), int(row["size"])) for m, row in valid.iterrows()}


def style_row(
    model: str,
    style: str,
    estimate: float,
    found: Resampled,
    size: tuple[int, int],
    counts: tuple[int, int],
    level: float,
) -> dict[str, Any]:
    """One row of estimates with its interval."""
    return {
        "estimand": "response style",
        "model": model,
        "style": style,
        "estimate": estimate,
        "std_error": float(found.std_error),
        "lower": float(found.lower),
        "upper": float(found.upper),
        "level": level,
        "interval": str(found.interval),
        "n_scored": counts[0],
        "n_asked": counts[1],
        "n_items": size[0],
        "n_units": size[1],
    }
