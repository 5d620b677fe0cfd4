"""Rankings laid out as arrays: a scenario's options, the people's ranks of them and each model's, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.tables.choices import Choices, require_single
from valuestats.tables.schema import require_unique, validate
from valuestats.tables.units import resampling_units

Array = NDArray[np.float64]
Different = Literal["refuse", "leave_out"]
_RANK = pa.Column(
    float,
    nullable=True,
    coerce=True,
    description="a number, lower is better, equal ones tie; null where not ranked",
)
_COLUMNS = {
    "item": pa.Column(nullable=False, description="the scenario's identifier, not null"),
    "option": pa.Column(nullable=False, description="the ranked option's identifier, not null"),
    "rank": _RANK,
}
_WHO = {
    name: pa.Column(nullable=False, description=f"the {name}'s identifier, not null")
    for name in ("respondent", "model")
}


@dataclass(frozen=True)
class Scenario:
    """One scenario's rankings.

    Attributes
    ----------
    people
        Ranks, shape ``(people, options)``; rows of NaN where there is no ranking.
    models
        The same of each model for each person.
    """

    people: Array
    models: dict[str, Array]


@dataclass(frozen=True)
class Cells:
    """All rankings, scenario by scenario.

    Attributes
    ----------
    respondents, items, models
        Names; `models` in alphabetical order.
    scenarios
        One for each item.
    unit
        Number of the unit (the item's cluster, or the item itself) of each item.
    units
        Names of the units.
    asked
        Cells that the people were asked to rank.
    personal
        Whether each model's rankings are made for single people.
    notes
        What was left out, by name.
    tied
        Share of the people's rankings in which options share a place.
    """

    respondents: tuple[str, ...]
    items: tuple[str, ...]
    models: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    unit: NDArray[np.int64]
    units: tuple[str, ...]
    asked: int
    personal: dict[str, bool]
    notes: list[str]
    tied: float


def ranking_cells(
    rankings: pd.DataFrame | Choices, people: pd.DataFrame | Choices, different: Different
) -> Cells:
    """Lay out both tables; refuse, or leave out by name, rankings of other options than the people ranked.

    Raises
    ------
    InputError
        A column is missing or null, an option stands twice in a ranking.
    SpecificationError
        Rankings of different options or scenarios, or no ranking left.
    """
    mine = _checked(people, "people", ("respondent",))
    theirs = _checked(rankings, "rankings", ("model",))
    options = _options_of(mine)
    units = resampling_units(mine, list(options))
    for name in ("respondent", "model", "item", "option"):
        for table in (mine, theirs):
            if name in table.columns:
                table[name] = table[name].astype(str)
    respondents = tuple(sorted(mine["respondent"].unique(), key=_natural))
    notes: list[str] = []
    if "respondent" in theirs.columns:
        strange = ~theirs["respondent"].isin(respondents)
        if strange.any():
            who = sorted(theirs.loc[strange, "respondent"].unique(), key=_natural)
            notes.append(f"rankings for {_few(who)}, of whom there is no ranking, are left out")
            theirs = theirs[~strange]
    theirs = _same_options(theirs, options, different, notes)
    if theirs.empty:
        raise SpecificationError(
            "no ranking to compare", parameter="rankings", got="none of the people's scenarios"
        )
    models = tuple(sorted(theirs["model"].unique()))
    personal = {
        m: "respondent" in theirs.columns
        and bool(theirs.loc[theirs["model"] == m, "respondent"].notna().all())
        for m in models
    }
    by_item = {str(k): v for k, v in mine.groupby("item", sort=False)}
    by_both = {(str(i), str(m)): v for (i, m), v in theirs.groupby(["item", "model"], sort=False)}
    place = {r: k for k, r in enumerate(respondents)}
    scenarios, tied, ranked = [], 0, 0
    for item, names in options.items():
        at = {o: k for k, o in enumerate(names)}
        own = _ranks(by_item[item], place, at)
        there = ~np.isnan(own).all(axis=1)
        tied += int((np.diff(np.sort(own[there], axis=1), axis=1) == 0).any(axis=1).sum())
        ranked += int(there.sum())
        empty = np.full_like(own, np.nan)
        found = {m: _ranks(by_both[item, m], place, at) if (item, m) in by_both else empty for m in models}
        scenarios.append(Scenario(own, found))
    if not ranked:
        raise SpecificationError("no ranking of any person", parameter="people", got=f"{len(mine)} rows")
    asked = len(mine[["respondent", "item"]].drop_duplicates())
    return Cells(
        respondents,
        tuple(options),
        models,
        tuple(scenarios),
        units.member,
        units.names,
        asked,
        personal,
        notes,
        tied / ranked,
    )


def _checked(table: pd.DataFrame | Choices, name: str, who: tuple[str, ...]) -> pd.DataFrame:
    if isinstance(table, Choices):
        require_single(table, name, "a person ranks a scenario once")
    frame = table.frame if isinstance(table, Choices) else table
    extra = ("respondent",) if name == "rankings" and "respondent" in frame.columns else ()
    schema = pa.DataFrameSchema({**{w: _WHO[w] for w in (*who, *extra)}, **_COLUMNS}, strict=False)
    rows = validate(frame, schema, table=name).copy()
    require_unique(rows, [*who, *extra, "item", "option"], table=name)
    if "status" in rows.columns:
        rows.loc[rows["status"] != "valid", "rank"] = np.nan
    infinite = np.isinf(rows["rank"].to_numpy(dtype=float))
    if infinite.any():
        raise InputError(
            f"{name}: an infinite rank",
            parameter="rank",
            row=int(infinite.argmax()),
            expected=_RANK.description,
        )
    return rows


def _options_of(people: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Options of each scenario; all people must have had the same."""
    names = people.assign(item=people["item"].astype(str), option=people["option"].astype(str))
    found = {str(k): tuple(sorted(v.unique(), key=_natural)) for k, v in names.groupby("item")["option"]}
    size = names.groupby(["respondent", "item"])["option"].size()
    wanted = size.index.get_level_values("item").map({k: len(v) for k, v in found.items()})
    short = size.to_numpy() != wanted.to_numpy()
    if short.any():
        who, item = size.index[int(short.argmax())]
        raise SpecificationError(
            "people ranked different options of one scenario",
            parameter="people",
            got=f"{who} has {size.iloc[int(short.argmax())]} of the {len(found[item])} options of {item}",
            expected="one row for each option that was offered, with a null rank where it was not ranked",
        )
    one = [k for k, v in found.items() if len(v) < 2]
    if one:
        raise SpecificationError(
            "one option is no ranking", parameter="people", got=f"scenario {', '.join(one[:5])}"
        )
    return dict(sorted(found.items(), key=lambda pair: _natural(pair[0])))


def _same_options(
    theirs: pd.DataFrame, options: dict[str, tuple[str, ...]], different: Different, notes: list[str]
) -> pd.DataFrame:
    keys = ["model", "item", *(["respondent"] if "respondent" in theirs.columns else [])]
    pairs = pd.MultiIndex.from_tuples([(i, o) for i, names in options.items() for o in names])
    known = pd.MultiIndex.from_frame(theirs[["item", "option"]]).isin(pairs)
    each = theirs.assign(known=known).groupby(keys, sort=False)["known"].agg(["sum", "size"]).reset_index()
    wanted = each["item"].map({k: len(v) for k, v in options.items()}).fillna(0)
    wrong = each[(each["sum"] != wanted) | (each["size"] != wanted)]
    if wrong.empty:
        return theirs
    told = []
    for (model, item), part in wrong.groupby(["model", "item"], sort=False):
        has = theirs[(theirs["model"] == model) & (theirs["item"] == item)]["option"].unique()
        mine = options.get(str(item), ())
        more, less = sorted(set(has) - set(mine), key=_natural), sorted(set(mine) - set(has), key=_natural)
        said = [f"ranks {_few(more)} besides"] * bool(more) + [f"lacks {_few(less)}"] * bool(less)
        who = f" for {counted(len(part), 'person', 'people')}" if "respondent" in keys else ""
        told.append(f"{model}, scenario {item}{who}: {' and '.join(said) or 'lacks options for some people'}")
    if different == "refuse":
        raise SpecificationError(
            "rankings of different options can't be compared",
            parameter="rankings",
            got="; ".join(told),
            expected="the options that the people ranked, in every scenario",
            hint="mend the rankings, or leave those scenarios out with different='leave_out'",
        )
    notes += [f"left out, of other options than the people ranked: {t}" for t in told]
    bad = pd.MultiIndex.from_frame(wrong[keys])
    return theirs[~pd.MultiIndex.from_frame(theirs[keys]).isin(bad)]


def _ranks(rows: pd.DataFrame, place: dict[str, int], at: dict[str, int]) -> Array:
    """Ranks as an array; what is offered and not ranked shares the last place, no rank at all is no ranking."""
    found = np.full((len(place), len(at)), np.nan)
    column = rows["option"].map(at).to_numpy()
    rank = rows["rank"].to_numpy(dtype=float)
    if "respondent" in rows.columns:
        found[rows["respondent"].map(place).to_numpy(), column] = rank
    else:
        found[:, column] = rank
    some = ~np.isnan(found).all(axis=1)
    last = np.nanmax(np.where(np.isnan(found), -np.inf, found), axis=1, keepdims=True) + 1
    found[some] = np.where(np.isnan(found), last, found)[some]
    return found


def _natural(text: object) -> tuple[int, float, str]:
    """Numbers in their order, before texts."""
    word = str(text)
    return (0, float(word), "") if word.replace(".", "", 1).isdigit() else (1, 0.0, word)


def _few(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
