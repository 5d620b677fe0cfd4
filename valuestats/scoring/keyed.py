"""Scores of models on values, from their answers to keyed items."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed, printed_names, readable
from valuestats.counting.answer_tables import AnswerSource
from valuestats.counting.grouped import cells_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.scoring.against_rest import items_against
from valuestats.scoring.instrument_plan import Form, form_of
from valuestats.scoring.negative import left_out_warnings
from valuestats.scoring.pooled import (
    by_condition,
    of_model,
    pooled_warnings,
    split,
    split_draws,
)
from valuestats.scoring.runs import Resample, answers_in_memory, resampled_runs, run_cells
from valuestats.scoring.scale_means import ScaleScores, scale_scores, spread_over_items
from valuestats.scoring.unkeyed import unkeyed_answers
from valuestats.statistics.clusters import plan_clusters
from valuestats.tables import Responses
from valuestats.tables.conditions import CONDITIONS, pooled_levels
from valuestats.tables.keys import checked_keys, left_out, printed_labels
from valuestats.tables.scale import require_on_scale, unused_end
from valuestats.tables.units import resampling_units

METHOD: dict[Form, str] = {
    "centred": "mean over keyed items of the distance to the mean over all items keyed to any dimension of the family, "
    "turned where the key is negative",
    "raw": "mean over keyed items, turned about the middle of the scale where the key is negative",
}


def item_means(responses: AnswerSource) -> pd.DataFrame:
    """Mean of the valid answers of each model to each item (models x items, NaN where none).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Responses
    >>> frame = pd.DataFrame({"model": "m", "item": ["1", "1"], "epoch": [1, 2], "raw": ["a", "b"],
    ...     "answer": [4, 5], "status": "valid", "source_file": "f", "source_sha256": "0",
    ...     "source_row": [0, 1]})
    >>> float(item_means(Responses(frame)).loc["m", "1"])
    4.5
    """
    return _means(cells_of(responses))


def _means(cells: pd.DataFrame) -> pd.DataFrame:
    valid = cells[cells["status"] == "valid"]
    totals = (
        valid.assign(total=valid["answer"].astype("int64") * valid["count"])
        .groupby(["model", "item"], observed=True)[["total", "count"]]
        .sum()
    )
    means = (totals["total"] / totals["count"]).unstack("item")
    return means.reindex(index=_names(cells["model"]), columns=_names(cells["item"]))


def _names(column: pd.Series) -> list[str]:
    return sorted(map(str, column.unique()))


def keyed_scores(
    answers: AnswerSource,
    keyed: pd.DataFrame,
    *,
    family: str | None = None,
    scale: tuple[float, float] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    dropped: pd.DataFrame | None = None,
    compat: Literal["published"] | None = None,
    by: str | None = None,
    resample: Resample = "items",
    form: Form | None = None,
) -> Result:
    """Score of each model on each dimension of a table of keys; see `valuestats.score`."""
    started = time.perf_counter()
    kind = form_of(form, "centred")
    cells, pooled = _cells(answers, by)
    family = family or _only_family(keyed)
    chosen = checked_keys(keyed, family=family, items=_names(cells["item"]))
    negative = left_out(keyed, family)
    unused = None
    if scale is not None:
        counted = cells[(cells["status"] == "valid") & cells["item"].astype(str).isin(chosen["item"])]
        require_on_scale(counted["answer"], scale, counted["item"])
        unused = unused_end(counted["answer"].repeat(counted["count"].clip(upper=100).tolist()), scale)
    means = _means(cells)[sorted(chosen["item"].unique())]
    if dropped is not None:
        for model, item in dropped[["model", "item"]].itertuples(index=False):
            if item in means.columns:
                means.loc[[m for m in means.index if of_model(m, model)], item] = np.nan
    items, models = list(means.columns), list(means.index)
    dimensions = list(dict.fromkeys(chosen["dimension"]))
    sign = np.zeros((len(items), len(dimensions)))
    rows = means.columns.get_indexer(pd.Index(chosen["item"]))
    columns = pd.Index(dimensions).get_indexer(pd.Index(chosen["dimension"]))
    sign[rows, columns] = chosen["sign"]
    if kind == "centred":
        _require_not_zero(sign, dimensions)
    y = means.to_numpy(dtype=float)
    middle = _middle(scale, sign)
    scores = scale_scores(y, sign, middle)
    points = getattr(scores, kind)
    frame = _frame(
        cells, models, dimensions, chosen, scores, points, spread_over_items(y, sign, middle), kind
    )
    asked_for = replicates if compat is None else 0
    if resample == "runs":
        asked = answers_in_memory(answers, "runs are told apart")
        kept = np.where(np.isnan(y), np.nan, 0.0)  # pairs that were dropped stay so
        found, behind = resampled_runs(
            run_cells((asked if by is None else by_condition(asked, by)).frame, models, items),
            lambda means: getattr(scale_scores(means + kept, sign, middle), kind),
            sign != 0,
            replicates=asked_for,
            seed=seed,
            level=level,
        )  # fmt: skip
        what, n_units = "run", behind.ravel()
    else:
        units = resampling_units(cells, items)
        cluster = units.member
        queries = [len(np.unique(cluster[sign[:, d] != 0])) for d in range(len(dimensions))]
        plan = plan_clusters(len(units), asked_for, np.random.default_rng(seed), behind=queries)
        boot = getattr(scale_scores(y, sign, middle, weights=plan.weights, unit=cluster), kind)
        what, several = ("query", "queries") if units.clustered else ("item", "items")
        found = plan.finish(boot, points, queries, level, what=several)
        n_units = np.tile(queries, len(models))
    frame["std_error"], frame["lower"], frame["upper"] = (
        x.ravel() for x in (found.std_error, found.lower, found.upper)
    )
    frame["level"], frame["interval"] = level, found.interval.ravel()
    frame["n_units"] = n_units
    keys: tuple[str, ...] = ("model", "dimension")
    drawn, coords = found.draws, {"model": models, "dimension": dimensions}
    if by is not None:
        drawn, names, levels = split_draws(found.draws, models)
        frame, keys = split(frame, by), (*keys, by)
        coords = {"model": names, "dimension": dimensions, by: levels}
    draws = draws_tree("bootstrap", drawn, coords) if asked_for else None
    meta = make_meta(
        METHOD[kind],
        {
            "family": family,
            "form": kind,
            "by": by,
            "level": level,
            "replicates": replicates,
            "compat": compat,
            "unit": what,
        },
        citations=[
            # Keys by what items correlate with are Value Portrait's; others are their instrument's.
            *(["Han et al. (2025), Value Portrait, ACL"] if "correlation" in keyed.columns else []),
            "Schwartz (1992)",
            "Efron (1979); Cameron, Gelbach & Miller (2008)",
        ],
        seed=seed,
        warnings=[
            *_warnings(cells, chosen),
            *left_out_warnings(negative, dimensions),
            *pooled_warnings(pooled),
            *found.warnings,
        ],
        seconds=time.perf_counter() - started,
        n_clusters=len(units) if resample == "items" else None,
        n_keyed_items=len(items),
        unkeyed_answers=unkeyed_answers(cells, _named(keyed, family)),
        names=printed_labels(chosen),
        pooled=pooled or None,
        answers=counted_once(cells, items),
        unused_end=unused if kind == "raw" or (sign < 0).any() else None,
        # a model's rows under several conditions are no several models
        against_rest={} if by else items_against(means, sign, dimensions, centred=kind == "centred"),
    )
    return Result("scores", frame, keys, meta, draws)


def _cells(answers: AnswerSource, by: str | None) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Counts of answers, models under each level apart, and the conditions that stay pooled."""
    if by is None and not isinstance(answers, Responses):
        cells = cells_of(answers, effects=CONDITIONS)
        return cells, pooled_levels(cells)
    answers = answers_in_memory(answers, "conditions are kept apart")
    split_up = answers if by is None else by_condition(answers, by)
    return cells_of(split_up), pooled_levels(answers.frame, by)


def counted_once(cells: pd.DataFrame, items: Sequence[str]) -> dict[str, int]:
    """Answers to these items, each once however many dimensions it speaks to: scored, and asked.

    Examples
    --------
    >>> cells = pd.DataFrame({"item": ["1", "1", "2"], "status": ["valid", "refusal", "valid"], "count": [3, 1, 5]})
    >>> counted_once(cells, ["1"])
    {'scored': 3, 'asked': 4}
    """
    own = cells[cells["item"].astype(str).isin(list(items))]
    return {
        "scored": int(own.loc[own["status"] == "valid", "count"].sum()),
        "asked": int(own["count"].sum()),
    }


def _named(keyed: pd.DataFrame, family: str | None) -> list[str]:
    """The items that the keys of a family name, asked or not."""
    own = keyed[keyed["family"].astype(str) == family] if "family" in keyed.columns else keyed
    return list(own["item"].dropna().astype(str).unique())


def _only_family(keyed: pd.DataFrame) -> str | None:
    """The family of keys that have but one; None where they have no such column."""
    if not isinstance(keyed, pd.DataFrame) or "family" not in keyed.columns:
        return None
    names = list(dict.fromkeys(keyed["family"].dropna().astype(str)))
    if len(names) > 1:
        raise SpecificationError(
            "these keys are of several families", parameter="family", got=None, expected=", ".join(names)
        )
    return names[0] if names else None


def _middle(scale: tuple[float, float] | None, sign: np.ndarray) -> float:
    if (sign < 0).any() and scale is None:
        raise SpecificationError(
            "reversed keys need the ends of the answer scale",
            parameter="scale",
            got=None,
            expected="a pair such as (1, 6)",
        )
    return 0.0 if scale is None else (scale[0] + scale[1]) / 2


def _require_not_zero(sign: np.ndarray, dimensions: Sequence[str]) -> None:
    """Raise where a dimension is scored about the mean of its own items: 0 for all, whatever they answered."""
    whole = (np.abs(sign.sum(axis=0)) == len(sign)).nonzero()[0]
    if len(whole):
        raise SpecificationError(
            "a score about the mean over its own items is 0 whatever was answered",
            parameter="keyed",
            got=f"all {len(sign)} keyed items of the family are keyed alike to {listed([dimensions[d] for d in whole])}",
            expected="several dimensions of different items, or keys of both signs",
            hint="form='raw' scores the mean answer itself",
        )


def _frame(
    cells: pd.DataFrame,
    models: list[str],
    dimensions: list[str],
    chosen: pd.DataFrame,
    scores: ScaleScores,
    points: np.ndarray,
    spread: np.ndarray,
    kind: Form,
) -> pd.DataFrame:
    asked = cells[["model", "item"]].assign(
        n_scored=cells["count"].where(cells["status"] == "valid", 0), n_asked=cells["count"]
    )
    counts = asked.groupby(["model", "item"], observed=True)[["n_scored", "n_asked"]].sum()
    pairs = chosen[["item", "dimension"]].merge(counts.reset_index(), on="item")
    answers = pairs.groupby(["model", "dimension"], observed=True)[["n_scored", "n_asked"]].sum()
    index = pd.MultiIndex.from_product([models, dimensions], names=["model", "dimension"])
    answers = answers.reindex(index, fill_value=0)
    return pd.DataFrame(
        {
            "estimand": f"{kind} score",
            "model": index.get_level_values(0),
            "dimension": index.get_level_values(1),
            "estimate": points.ravel(),
            "n_scored": answers["n_scored"].to_numpy(),
            "n_asked": answers["n_asked"].to_numpy(),
            "raw_mean": scores.raw.ravel(),
            **({"centred_mean": scores.centred.ravel()} if kind == "raw" else {}),
            "std_dev": spread.ravel(),
            "n_items": scores.answered.ravel().astype(int),
        }
    )


def _warnings(cells: pd.DataFrame, chosen: pd.DataFrame) -> list[str]:
    found = []
    several = chosen.groupby("item", observed=True)["dimension"].nunique()
    shared = int((several > 1).sum())
    if shared:
        found.append(f"{shared} of {len(several)} keyed items are keyed to more than one dimension")
    small = chosen["dimension"].value_counts()
    thin = small[small < 5]
    if len(thin):
        with printed_names(printed_labels(chosen)):
            few = ", ".join(f"{readable(str(d))} ({n})" for d, n in thin.items())
        found.append(f"fewer than five keyed items: {few}")
    missing, rows = int(cells.loc[cells["status"] != "valid", "count"].sum()), int(cells["count"].sum())
    if missing:
        found.append(f"{missing} of {rows} answers could not be scored and are left out, not imputed")
    return found
