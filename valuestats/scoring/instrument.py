"""Scores of people and models on a published instrument: raw, and about the respondent's own mean rating."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import readable
from valuestats.counting.grouped import cells_of
from valuestats.instruments import Instrument, load_instrument
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import ESTIMATE_COLUMNS, Result
from valuestats.scoring.instrument_models import (
    group_replicates,
    model_scores,
    weighted_mean,
    with_interval,
)
from valuestats.scoring.instrument_plan import (
    Direction,
    Form,
    Plan,
    Weighting,
    coded,
    form_of,
    plan_of,
)
from valuestats.scoring.keyed import counted_once
from valuestats.scoring.pooled import by_condition, pooled_warnings, split, split_draws
from valuestats.scoring.runs import Resample
from valuestats.scoring.turned import against_usual, turned_words
from valuestats.scoring.unkeyed import unkeyed_answers
from valuestats.statistics.clusters import Resampled, few_warnings, plan_clusters, stacked
from valuestats.statistics.ratios import ratio
from valuestats.tables import Responses
from valuestats.tables.conditions import pooled_levels
from valuestats.tables.schema import group_column, require_unique, validate
from valuestats.tables.units import cluster_column, resampling_units

Method = Literal["scores", "plausible"]

ANSWERS = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="who answered, not null"),
        "item": pa.Column(nullable=False, description="the item's identifier, not null"),
        "rating": pa.Column(float, nullable=True, coerce=True, description="a code, or null where missing"),
        "weight": pa.Column(
            float, pa.Check.ge(0), coerce=True, required=False, description="a weight, 0 or more"
        ),
    },
    strict=False,
)


def respondent_scores(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    family: str | None = None,
    weighting: Weighting | None = None,
    min_share: float = 0.5,
    direction: Direction = "ascending",
    items: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Score of each respondent on each dimension of an instrument.

    Parameters
    ----------
    answers, instrument, family, weighting, min_share, direction, items
        As for `valuestats.score`.

    Returns
    -------
    pandas.DataFrame
        ``respondent, dimension, raw, centred, mean_rating, n_answered, n_items``; null where fewer than `min_share`
        of the items were answered. Never put all centred scores into one regression: they add up to (nearly) nothing, so
        the predictors are collinear; leave one out, or use the raw scores with the mean rating (Schwartz 2003).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.scoring.instrument import respondent_scores
    >>> frame = pd.DataFrame({"respondent": "p", "item": ["1", "2", "3", "6"], "rating": [6, 2, 4, 4]})
    >>> found = respondent_scores(frame, "pvq21").set_index("dimension")
    >>> found.loc[["Self_Direction", "Power"], ["raw", "centred"]].to_numpy().tolist()
    [[6.0, 2.0], [2.0, -2.0]]
    """
    chosen = loaded(instrument)
    plan = plan_of(chosen, family, weighting, min_share)
    frame = validate(answers, ANSWERS, table="answers")
    require_unique(frame, ["respondent", "item"], table="answers")
    wide, _ = coded(frame, chosen, plan, direction, items)
    found = plan.score(wide.to_numpy())
    people, dimensions = len(wide), len(plan.dimensions)
    return pd.DataFrame(
        {
            "respondent": np.repeat(wide.index.to_numpy(), dimensions),
            "dimension": np.tile(plan.dimensions, people),
            "raw": found.raw.ravel(),
            "centred": found.centred.ravel(),
            "mean_rating": np.repeat(found.mean_rating, dimensions),
            "n_answered": found.answered.ravel().astype(int),
            "n_items": np.tile(plan.n_items, people),
        }
    )


def instrument_scores(
    answers: pd.DataFrame | Responses,
    instrument: Instrument | str | Path,
    *,
    family: str | None = None,
    form: Form | None = None,
    weighting: Weighting | None = None,
    min_share: float = 0.5,
    direction: Direction = "ascending",
    items: Mapping[str, str] | None = None,
    by: str | None = None,
    method: Method = "scores",
    imputations: int = 10,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    resample: Resample = "items",
) -> Result:
    """Scores on a published instrument, of groups of people or of each model; see `valuestats.score`."""
    if method == "plausible":
        return _plausible(answers, instrument, family, direction, items, by, imputations, level, seed)
    started = time.perf_counter()
    pooled: dict[str, list[str]] = {}
    once: dict[str, int] | None = None
    chosen = loaded(instrument)
    plan = plan_of(chosen, family, weighting, min_share)
    kind = form_of(form, "centred" if plan.circular else "raw")
    unkeyed = {}
    if isinstance(answers, Responses):
        frame, found, notes = model_scores(
            answers if by is None else by_condition(answers, by),
            chosen,
            plan,
            kind,
            direction,
            items,
            replicates,
            seed,
            level,
            resample,
        )
        unit, key = "run" if resample == "runs" else "item cluster", "model"
        theirs = {str(ours): str(name) for name, ours in (items or {}).items()}
        named = [theirs.get(item, item) for item in plan.items]
        unkeyed = {"unkeyed_answers": unkeyed_answers(cells_of(answers), named)}
        pooled = pooled_levels(answers.frame, by)
        once = counted_once(answers.frame.assign(count=1), named)
        notes = notes + pooled_warnings(pooled)
    else:
        if resample == "runs":
            raise SpecificationError(
                "people are resampled, not runs",
                parameter="resample",
                got="runs",
                expected="items, which scores of people leave aside, or answers of models",
            )
        frame, found, notes = _people(
            answers, chosen, plan, kind, direction, items, by, replicates, seed, level
        )
        unit, key = "respondent", by or "group"
    overall = frame.groupby("dimension", sort=False)["raw_mean"].mean().reindex(plan.dimensions).to_numpy()
    turned = against_usual(chosen, plan, overall)
    if turned is not None and key == "model":
        notes = [*notes, f"these models {turned_words(turned)}"]
    frame = with_interval(frame, found, level)
    meta = make_meta(
        f"{kind} scores on {chosen.name}"
        + ("" if plan.member is None else f"; higher-order weighting: {plan.weighting}"),
        {
            "instrument": chosen.id,
            "family": plan.family,
            "form": kind,
            "weighting": plan.weighting,
            "min_share": min_share,
            "direction": direction,
            "by": by,
            "level": level,
            "replicates": replicates,
            "unit": unit,
            "weighted": not isinstance(answers, Responses) and "weight" in answers.columns,
        },
        citations=[" ".join(chosen.citation.split()), "Schwartz (2003)", "Hesterberg (2015)"],
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        names={
            name: one.label
            for name, one in chosen.families[plan.family].items()
            if one.label != readable(name)
        },
        **unkeyed,
        against_usual=turned,
        pooled=pooled or None,
        answers=once,
    )
    names, drawn = list(dict.fromkeys(frame[key])), found.draws
    keys: tuple[str, ...] = (key, "dimension")
    coords = {key: names, "dimension": plan.dimensions}
    if key == "model" and by is not None:
        drawn, models, levels = split_draws(found.draws, names)
        frame, keys = split(frame, by), (*keys, by)
        coords = {key: models, "dimension": plan.dimensions, by: levels}
    draws = draws_tree("bootstrap", drawn, coords) if replicates > 0 else None
    return Result("instrument_scores", frame, keys, meta, draws)


def loaded(instrument: Instrument | str | Path) -> Instrument:
    """An instrument, by its name or file where it is not one."""
    return instrument if isinstance(instrument, Instrument) else load_instrument(instrument)


def _plausible(
    answers: pd.DataFrame | Responses,
    instrument: Instrument | str | Path,
    family: str | None,
    direction: Direction,
    items: Mapping[str, str] | None,
    by: str | None,
    imputations: int,
    level: float,
    seed: int,
) -> Result:
    from valuestats.measurement.plausible_means import plausible_means

    if isinstance(answers, Responses) or by is None:
        raise SpecificationError(
            "plausible values are of groups of people", parameter="by", got=by, expected="a column of groups"
        )
    frame = validate(answers, ANSWERS, table="answers")
    if direction == "descending":
        chosen = loaded(instrument)
        frame = frame.assign(rating=sum(chosen.scale.bounds) - frame["rating"])
    return plausible_means(
        frame, instrument, by=by, family=family, items=items, imputations=imputations, level=level, seed=seed
    )


def _people(
    answers: pd.DataFrame,
    instrument: Instrument,
    plan: Plan,
    form: Form,
    direction: str,
    items: Mapping[str, str] | None,
    by: str | None,
    replicates: int,
    seed: int,
    level: float,
) -> tuple[pd.DataFrame, Resampled, list[str]]:
    frame = validate(answers, ANSWERS, table="answers")
    require_unique(frame, ["respondent", "item"], table="answers")
    wide, notes = coded(frame, instrument, plan, direction, items)
    found = plan.score(wide.to_numpy())
    design = _attributes(frame, wide.index, by)
    weight = design["weight"].to_numpy(dtype=float)
    labels = list(dict.fromkeys(design["group"]))
    inside = np.stack([(design["group"] == label).to_numpy(dtype=float) for label in labels])
    order: Literal["value", "met"] = "met" if cluster_column(frame, "respondent") is None else "value"
    units = resampling_units(frame, wide.index, of="respondent", order=order)
    member = units.member
    named = group_column(by, ("dimension", "weighting", *ESTIMATE_COLUMNS))
    rng = np.random.default_rng(seed)
    shared = plan_clusters(len(units), replicates, rng)
    chosen = getattr(found, form)
    resampled, parts = [], []
    for g, label in enumerate(labels):
        w = weight * inside[g]
        means = {f: weighted_mean(w[None], getattr(found, f))[0] for f in ("raw", "centred")}
        seen = ~np.isnan(chosen) & (w > 0)[:, None]
        deviation = np.where(seen, (chosen - means[form]) ** 2, 0)
        n_units = [len(np.unique(member[s])) for s in seen.T]
        resampled.append(
            group_replicates(shared, member, w, chosen, means[form], n_units, level, units.clustered, rng)
        )
        who = inside[g] > 0
        parts.append(
            pd.DataFrame(
                {
                    "estimand": f"mean {form} score",
                    named: str(label),
                    "dimension": plan.dimensions,
                    "estimate": means[form],
                    "raw_mean": means["raw"],
                    "centred_mean": means["centred"],
                    "std_dev": np.sqrt(ratio(w @ deviation, w @ seen)),
                    "weighting": plan.weighting,
                    "n_scored": found.answered[who].sum(axis=0).astype(int),
                    "n_asked": int(who.sum()) * plan.n_items,
                    "n_items": plan.n_items,
                    "n_units": n_units,
                    "n_respondents": seen.sum(axis=0),
                    "n_below_share": [
                        int(who.sum()) - int(s.sum()) for s in (~np.isnan(chosen) & who[:, None]).T
                    ],
                }
            )
        )
        turned = against_usual(instrument, plan, means["raw"])
        if turned is not None:
            note = f"these people {turned_words(turned)}"
            notes.append(f"{label}: {note}" if len(labels) > 1 else note)
    table = pd.concat(parts, ignore_index=True)
    if "weight" not in frame.columns:
        notes.append("unweighted: the answers carry no design weights")
    if int(table["n_below_share"].sum()):
        notes.append(
            f"{int(table['n_below_share'].sum())} scores are null: fewer than {plan.min_share:.0%} of the items answered"
        )
    drawn = stacked(resampled)
    few = few_warnings(table["n_units"], "clusters" if units.clustered else "respondents")
    return table, drawn, notes + (few if replicates else [])


def _attributes(frame: pd.DataFrame, respondents: pd.Index, by: str | None) -> pd.DataFrame:
    """Weight and group of each respondent; each must be one and the same in all of their rows."""
    found = {}
    for name, column, default in (
        ("weight", "weight", 1.0),
        ("group", by, "all"),
    ):
        if column is None or (column != by and column not in frame.columns):
            found[name] = pd.Series(default, index=respondents)
            continue
        if column not in frame.columns:
            raise SpecificationError(
                "no such column in the answers",
                parameter="by",
                got=column,
                expected=", ".join(map(str, frame.columns)),
            )
        pairs = frame[["respondent", column]].drop_duplicates()
        twice = pairs.loc[pairs["respondent"].duplicated(), "respondent"]
        if len(twice):
            raise SpecificationError(
                "a respondent has two values of what is the respondent's", parameter=column, got=twice.iloc[0]
            )
        found[name] = pairs.set_index("respondent")[column].reindex(respondents)
    return pd.DataFrame(found).astype({"group": str})
