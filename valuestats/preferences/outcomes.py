"""Outcomes: one number per item and condition, however it came about, and the ways to get them from choices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.preferences.tokens import Tokens, per_choice, tokens_of
from valuestats.statistics.ratios import ratio
from valuestats.tables.choices import Choices
from valuestats.tables.choosers import WITHIN, items_of_choosers
from valuestats.tables.option_labels import OptionLabels
from valuestats.tables.schema import row_of
from valuestats.tables.units import resampling_units

Array = NDArray[np.float64]

KEPT = ("model", "item", "cluster", "condition", "step", "language", "epoch", "status")
"""Columns of a choice that outcomes keep."""


@checked
def chosen_scores(choices: Choices, scores: pd.DataFrame) -> pd.DataFrame:
    """How much of something the chosen option carries, one row per choice.

    Parameters
    ----------
    choices
        The table; options that share the first rank count by their mean.
    scores
        Columns ``option`` and ``score`` (of any sign): how far the option supports a principle, say.

    Returns
    -------
    pandas.DataFrame
        ``choice``, the columns of the choice, ``value`` (the chosen option's score; null where no option was chosen),
        ``most`` (the greatest score on offer) and ``reach`` (that less the least).

    Raises
    ------
    InputError
        An option has no score, or two.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import pair_choices
    >>> frame = pd.DataFrame({"option_a": ["x", "x"], "option_b": ["y", "y"], "winner": ["a", "b"]})
    >>> found = chosen_scores(pair_choices(frame), pd.DataFrame({"option": ["x", "y"], "score": [1.0, -0.5]}))
    >>> found["value"].tolist(), found["reach"].tolist()
    ([1.0, -0.5], [1.5, 1.5])
    """
    missing = [c for c in ("option", "score") if c not in scores.columns]
    if missing:
        raise InputError(
            "the scores lack columns", parameter="scores", got=", ".join(missing), expected="option, score"
        )
    known = pd.Series(
        pd.to_numeric(scores["score"], errors="coerce").to_numpy(dtype=float),
        index=scores["option"].astype(str),
    )
    twice = known.index.duplicated()
    if twice.any():
        raise InputError("an option has two scores", parameter="scores", got=known.index[twice][0])
    frame = choices.one_by_one().frame
    score = frame["option"].astype(str).map(known).to_numpy(dtype=float)
    if not np.isfinite(score).all():
        row, source = row_of(frame, frame.index[int((~np.isfinite(score)).argmax())])
        raise InputError(
            "an option on offer has no score",
            parameter="scores",
            got=frame["option"].iloc[int((~np.isfinite(score)).argmax())],
            expected="a finite number for each option",
            file=source,
            row=row,
        )
    code, _ = pd.factorize(frame["choice"])
    best = (frame["rank"] == 1).fillna(False).to_numpy(dtype=float)
    value = ratio(np.bincount(code, best * score), np.bincount(code, best))
    by = pd.Series(score).groupby(code)
    first = ~frame["choice"].duplicated()
    kept = ["choice", *(c for c in frame.columns if c not in _OF_OPTIONS)]
    told = frame.loc[first, kept].reset_index(drop=True)
    return told.assign(value=value, reach=(by.max() - by.min()).to_numpy(), most=by.max().to_numpy())


_OF_OPTIONS = ("choice", "option", "rank", "position", "raw")


@checked
def label_outcomes(choices: Choices, labels: OptionLabels, *, level_of: str | None = None) -> pd.DataFrame:
    """Whether the option with a label was chosen, one row per choice and label on offer.

    Parameters
    ----------
    choices, labels
        The tables.
    level_of
        Level of the labels' hierarchy to add the labels up to.

    Returns
    -------
    pandas.DataFrame
        ``choice``, ``label``, the columns of the choice, ``value`` (share of the label's weight in the choice that was
        chosen, less chance; null where nothing was chosen) and ``weight`` (how much of the label was on offer). Labels on
        which the options do not differ say nothing and are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import OptionLabels, pair_choices
    >>> frame = pd.DataFrame({"option_a": ["x", "x"], "option_b": ["y", "y"], "winner": ["a", "b"]})
    >>> labels = OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": ["care", "power"]}))
    >>> label_outcomes(pair_choices(frame), labels)[["label", "value"]].values.tolist()
    [['care', 0.5], ['power', -0.5], ['care', -0.5], ['power', 0.5]]
    """
    own = labels if level_of is None else labels.at(level_of)
    frame = choices.one_by_one().frame
    frame = frame[(frame["status"] != "not_administered").to_numpy()].reset_index(drop=True)
    tokens = tokens_of(Choices(frame), own, by=None)
    token, _, label, least, most, offered = per_choice(tokens)
    taken = _taken(tokens, token)
    chance = tokens.chance[token]
    apart = most > least
    value = np.where(tokens.valid[token], ratio(taken, offered) - chance, np.nan)
    first = ~frame["choice"].duplicated()
    kept = ["choice", *(c for c in frame.columns if c not in _OF_OPTIONS)]
    told = frame.loc[first, kept].reset_index(drop=True)
    table = told.iloc[tokens.choice[token][apart]].reset_index(drop=True)
    names = np.array(tokens.labels, dtype=object)[label[apart]]
    table.insert(1, "label", names)
    return table.assign(value=value[apart], weight=offered[apart])


@checked
def label_columns(choices: Choices, labels: OptionLabels, *, level_of: str | None = None) -> Choices:
    """The choices with one column per label, so that a model can hold all of them at once.

    What `valuestats.label_preference` says of one label holds what the others do that stand beside it in the same options.
    `valuestats.fit_choice` with these columns as covariates says what each adds to an option's utility, the others given;
    `valuestats.fit_labels` does so with their effects pooled.

    Parameters
    ----------
    choices, labels
        The tables.
    level_of
        Level of the labels' hierarchy to add the labels up to.

    Returns
    -------
    Choices
        With a column for each label, named by it (other signs than letters, digits and ``_`` as ``_``): its weight in the
        option, 0 where it has none.

    Raises
    ------
    SpecificationError
        Two labels have one name, or a column of that name is there.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import OptionLabels, pair_choices
    >>> frame = pd.DataFrame({"option_a": ["x"], "option_b": ["y"], "winner": ["a"]})
    >>> labels = OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": ["self-esteem", "power"]}))
    >>> label_columns(pair_choices(frame), labels).frame[["self_esteem", "power"]].values.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    own = labels if level_of is None else labels.at(level_of)
    offered = own.frame[own.frame["option"].isin(set(choices.frame["option"].astype(str)))]
    names = {label: re.sub(r"\W", "_", label) for label in sorted(offered["label"].unique())}
    taken = [n for n in names.values() if list(names.values()).count(n) > 1 or n in choices.frame.columns]
    if taken or not names:
        raise SpecificationError(
            "a label's column is there already" if taken else "none of the options has a label",
            parameter="labels",
            got=", ".join(taken) or "no labels",
            expected="labels with names of their own",
        )
    wide = offered.pivot(index="option", columns="label", values="weight").rename(columns=names)
    added = wide.reindex(choices.frame["option"].astype(str)).fillna(0.0).set_axis(choices.frame.index)
    return Choices(pd.concat([choices.frame, added], axis=1))


def _taken(tokens: Tokens, token: NDArray[np.int64]) -> Array:
    """Weight of the label that was chosen, in the order of `token`."""
    key = tokens.choice * len(tokens.labels) + tokens.label
    _, place = np.unique(key, return_inverse=True)
    return np.bincount(place, tokens.weight * tokens.taken)[place[token]]


@dataclass(frozen=True)
class Outcomes:
    """Outcomes as they are asked for: one row per group, item and condition.

    Attributes
    ----------
    table
        ``group``, ``item`` (of one chooser, where there are several), ``condition``, ``value`` (mean over repeats; null
        where none came), ``reach``, ``repeats`` (values that came), ``answers`` (values that were asked for) and
        ``unlike`` (share of pairs of repeats that differ).
    cluster, cluster_of_item
        Code of the unit of resampling by pair (``item`` of the table), and by item as it is named in the data.
    clusters, unit
        Names of the units, and what they are.
    tally
        How many repeats had each value, by group, item, condition and value.
    """

    table: pd.DataFrame
    cluster: pd.Series
    cluster_of_item: pd.Series
    clusters: tuple[str, ...]
    unit: str
    tally: pd.Series


def outcomes_of(frame: pd.DataFrame, condition: str, by: str | None, parameter: str = "outcomes") -> Outcomes:
    """Check a table of outcomes and average repeats, of each chooser (model, judge, respondent) apart.

    Raises
    ------
    InputError
        A missing column, a null identifier, a value that is not a finite number or null.
    SpecificationError
        No column `by`.
    """
    needed = ["item", condition, "value"]
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise InputError(
            "outcomes: a column is missing",
            parameter=parameter,
            got=", ".join(missing),
            expected=", ".join(needed),
        )
    if by is not None and by not in frame.columns:
        raise SpecificationError(
            "no such column", parameter="by", got=by, expected=", ".join(map(str, frame.columns))
        )
    if frame.empty:
        raise SpecificationError("no outcome", parameter=parameter, got="an empty table")
    for name in ["item", condition, *([by] if by else [])]:
        _rows(frame, frame[name].notna().to_numpy(), f"a row without {name}", name, "no nulls")
    value = pd.to_numeric(frame["value"], errors="coerce").to_numpy(dtype=float)
    fine = np.isfinite(value) | frame["value"].isna().to_numpy()
    _rows(frame, fine, "not a number", "value", "a finite number, or null where nothing came")
    wide = pd.DataFrame(
        {
            "group": "all" if by is None else frame[by].astype(str).to_numpy(),
            "item": frame["item"].astype(str).to_numpy(),
            "condition": frame[condition].astype(str).to_numpy(),
            "value": value,
            "reach": pd.to_numeric(frame["reach"]).to_numpy(dtype=float)
            if "reach" in frame.columns
            else np.nan,
        }
    )
    named = wide["item"]
    wide["item"] = items_of_choosers(frame, condition, [by]).to_numpy()
    keys = ["group", "item", "condition"]
    grouped = wide.groupby(keys, sort=True)
    table = grouped.agg(
        value=("value", "mean"),
        reach=("reach", "mean"),
        repeats=("value", "count"),
        answers=("value", "size"),
    )
    counts = wide.dropna(subset="value").groupby([*keys, "value"]).size()
    alike = (counts * (counts - 1.0)).groupby(level=[0, 1, 2]).sum().reindex(table.index)
    n = table["repeats"].to_numpy(dtype=float)
    table["unlike"] = 1.0 - ratio(alike.fillna(0.0).to_numpy(), n * (n - 1.0))
    table = table.reset_index()
    items = sorted(named.unique())
    units = resampling_units(frame, items)
    of_item = pd.Series(units.member, index=items)
    pairs = pd.Series(named.to_numpy(), index=wide["item"].to_numpy())
    pairs = pairs[~pairs.index.duplicated()].sort_index()
    cluster = pd.Series(of_item.reindex(pairs).to_numpy(), index=pairs.index)
    return Outcomes(table, cluster, of_item, units.names, "cluster" if units.clustered else "item", counts)


def differing(data: Outcomes, against: str, like: pd.DataFrame) -> pd.DataFrame:
    """Share of pairs of an outcome under each condition and one under `against` that differ, item by item."""
    tally = data.tally.unstack("condition").reindex(columns=like.columns).fillna(0.0)
    share = tally / tally.groupby(level=[0, 1]).transform("sum")
    return 1.0 - share.mul(share[against], axis=0).groupby(level=[0, 1]).sum().reindex(like.index)


def effects_by_chooser(
    value: pd.DataFrame, against: str, wanted: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Mean difference of each condition in the pairs of each chooser, where there are several.

    Parameters
    ----------
    value
        Outcomes by (group, item), a column a condition; items named as `items_of_choosers` names them.
    against, wanted
        Conditions.

    Examples
    --------
    >>> names = pd.MultiIndex.from_product([["all"], [f"1{WITHIN}a", f"1{WITHIN}b"]], names=["group", "item"])
    >>> value = pd.DataFrame({"plain": [0.0, 0.0], "x": [1.0, 0.0]}, index=names)
    >>> effects_by_chooser(value, "plain", ["x"])
    {'x': {'a': 1.0, 'b': 0.0}}
    """
    names = value.index.get_level_values("item").astype(str)
    chooser = names.str.partition(WITHIN).get_level_values(2).str.replace(WITHIN, ", ")
    if len(set(chooser)) < 2:
        return {}
    moved = value[list(wanted)].sub(value[against], axis=0).groupby(chooser.to_numpy()).mean()
    return {str(k): {str(m): float(x) for m, x in moved[k].dropna().items()} for k in wanted}


def require_conditions(table: pd.DataFrame, wanted: Sequence[str], parameter: str) -> None:
    """Raise unless each condition is there.

    Raises
    ------
    SpecificationError
        One is not, by name.
    """
    known = sorted(table["condition"].unique())
    unknown = [c for c in wanted if c not in known]
    if unknown:
        raise SpecificationError(
            "no such condition", parameter=parameter, got=", ".join(unknown), expected=", ".join(known)
        )


def _rows(frame: pd.DataFrame, fine: NDArray[np.bool_], what: str, column: str, expected: str) -> None:
    if fine.all():
        return
    at = int((~fine).argmax())
    row, source = row_of(frame, frame.index[at])
    raise InputError(
        f"outcomes: {what}",
        parameter=column,
        got=frame[column].iloc[at],
        expected=expected,
        file=source,
        row=row,
    )
