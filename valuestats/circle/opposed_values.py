"""Opposed poles of the circle of values, such as self-transcendence against self-enhancement, and groups of models."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import JACKKNIFE, replicate_interval
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed
from valuestats.statistics.simultaneous import simultaneous_intervals
from valuestats.statistics.student import normal_part

Array = NDArray[np.float64]

TRANSCENDENCE = ("Benevolence", "Universalism")
ENHANCEMENT = ("Achievement", "Power")
NAMES = ("Self_Transcendence", "Self_Enhancement")
DIFFERENCE = "Difference"
"""The pole that holds the first pole minus the second."""

_KINDS = ("ordinal", "scores", "instrument_scores")
_VALUE_KEYS = ("value", "dimension")


@checked
def opposed_values(
    result: Result,
    *,
    first: Sequence[str] = TRANSCENDENCE,
    second: Sequence[str] = ENHANCEMENT,
    names: tuple[str, str] = NAMES,
    level: float = 0.95,
) -> Result:
    r"""Two opposed higher-order values of each model and their difference, from the draws of its value profile.

    Estimand: :math:`\bar\theta_{mF}=\frac1{|F|}\sum_{v\in F}\theta_{mv}`, the same over the second set S, and
    :math:`\bar\theta_{mF}-\bar\theta_{mS}`; each value counts the same, however many items it has. The difference
    doesn't depend on how profiles were centred. Every quantity is computed within each draw, so that its interval knows
    how the values vary together.

    Parameters
    ----------
    result
        Of `valuestats.value_profile`, `valuestats.score` or `valuestats.score`, with draws.
    first, second
        Values of the two poles, self-transcendence and self-enhancement by default (Schwartz 1992).
    names
        Of the two poles.
    level
        Probability inside the equal-tailed intervals; over resampled units the expanded percentile, for as many units as
        the value with the fewest has.

    Returns
    -------
    Result
        Kind ``"opposed_values"``, keys (``model`` or ``group``, ``pole``); poles are `names` and ``"Difference"``, in
        the units of `result`. ``n_scored`` and ``n_asked`` add up those of the values, so an answer to an item of two
        values counts twice. The gate's verdict is that of `result`.

    Raises
    ------
    SpecificationError
        Another kind of result, no draws, a value that it doesn't have, or one value on both sides.

    References
    ----------
    Schwartz (1992), Advances in Experimental Social Psychology 25, 1-65.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.scoring.scores import score
    >>> from valuestats.systems.schwartz_pvq.simulate import simulate_people
    >>> people = simulate_people("pvq40", 60, seed=1)
    >>> long = people.rename_axis("respondent").reset_index().melt("respondent", var_name="item", value_name="rating")
    >>> found = opposed_values(score(long, "pvq40", replicates=200))
    >>> found.estimates["pole"].tolist(), bool(found.estimates["lower"].iloc[2] > 0)
    (['Self_Transcendence', 'Self_Enhancement', 'Difference'], True)
    """
    started = time.perf_counter()
    subject, value_key = _keys_of(result)
    draws = result.replicates().transpose("draw", subject, value_key)
    sets = [list(first), list(second)]
    known = [str(v) for v in draws[value_key].to_numpy()]
    _check_sets(sets, known)
    estimates = result.estimates
    subjects = [str(m) for m in draws[subject].to_numpy()]
    table = estimates.assign(**{subject: estimates[subject].astype(str)}).set_index([subject, value_key])
    index = pd.MultiIndex.from_product([subjects, known])
    points = table["estimate"].astype(float).reindex(index).to_numpy().reshape(len(subjects), len(known))
    pick = np.zeros((len(known), 3))
    for pole, values in enumerate(sets):
        pick[[known.index(v) for v in values], pole] = 1 / len(values)
    pick[:, 2] = pick[:, 0] - pick[:, 1]
    # values that no pole uses may be missing: take the columns that are used only
    used = pick.any(axis=1)
    replicates = np.asarray(draws.to_numpy(), dtype=float)[:, :, used] @ pick[used]
    centre = points[:, used] @ pick[used]
    poles = [*names, DIFFERENCE]
    members = [[known.index(v) for v in values] for values in (*sets, [*first, *second])]

    def gathered(column: str, how: str) -> Array:
        values = table[column].astype(float).reindex(index).to_numpy().reshape(len(subjects), len(known))
        found = [values[:, m].sum(axis=1) if how == "sum" else values[:, m].min(axis=1) for m in members]
        return np.stack(found, axis=1)

    units = gathered("n_units", "min") if "n_units" in table.columns else None
    kind = next((str(name) for name in estimates["interval"] if name != "none"), "none")
    if units is None:
        lower, upper, error = *equal_tailed(replicates, level), bootstrap_standard_error(replicates)
    else:
        lower, upper, error = replicate_interval(replicates, level, units, kind == JACKKNIFE)
    frame = pd.DataFrame(
        {
            "estimand": f"mean over values of the {result.estimates['estimand'].iloc[0]}",
            subject: np.repeat(subjects, 3),
            "pole": np.tile(poles, len(subjects)),
            "estimate": centre.ravel(),
            "std_error": error.ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "level": level,
            "interval": np.where(np.isnan(lower), "none", kind).ravel(),
            "n_scored": gathered("n_scored", "sum").ravel().astype(int),
            "n_asked": gathered("n_asked", "sum").ravel().astype(int),
        }
    )
    if units is not None:
        frame["n_units"] = units.ravel()
    meta = make_meta(
        f"means over values within draws of: {result.meta['method']}",
        {
            "of": result.kind,
            "first": sets[0],
            "second": sets[1],
            "names": list(names),
            "level": level,
            "source": result.meta["specification"],
        },
        citations=["Schwartz (1992)", *result.meta["citations"]],
        seed=result.meta["seed"],
        warnings=list(result.meta["warnings"]),
        gate=result.meta["gate"],
        seconds=time.perf_counter() - started,
    )
    group: Literal["posterior", "bootstrap"] = "posterior" if result.kind == "ordinal" else "bootstrap"
    tree = draws_tree(group, replicates, {subject: subjects, "pole": poles})
    return Result("opposed_values", frame, (subject, "pole"), meta, tree)


@checked
def group_contrasts(
    result: Result,
    groups: Mapping[str, Sequence[str]],
    *,
    first: str,
    level: float = 0.95,
) -> pd.DataFrame:
    """One group of models against the others, on each pole: group means, and every pair of models.

    A group's mean is that of its models, each counting the same, within each draw; contrasts are paired over draws. Beside
    each interval stands a simultaneous one, which holds all contrasts of its family together at the level: the family
    is all contrasts of one pole and kind, group means or pairs of models (Montiel Olea and Plagborg-Møller 2019).

    Parameters
    ----------
    result
        Of `opposed_values`, or any result with keys (model, something).
    groups
        Group to its models; ``*`` and ``?`` stand for any text.
    first
        The group that is compared with each other one.
    level
        Of both kinds of intervals.

    Returns
    -------
    pandas.DataFrame
        ``pole`` (or the result's second key), ``kind`` (``"groups"`` or ``"models"``), ``contrast``, ``other`` (the other
        group), ``estimate``, ``std_error``, ``lower``, ``upper``, ``lower_all``, ``upper_all`` (simultaneous),
        ``level``, ``comparisons`` (size of the family), ``probability_positive`` (share of draws above zero).

    Raises
    ------
    SpecificationError
        A group without any model, a model in two groups, fewer than two groups, or no such `first`.

    Notes
    -----
    The models are taken as given: nothing is said about other models of a maker.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.results.replicates import draws_tree
    >>> from valuestats.results.result import Result
    >>> from valuestats.results.meta import make_meta
    >>> rng, names = np.random.default_rng(0), ["a-1", "a-2", "b-1"]
    >>> draws = np.array([[1.0], [2.0], [0.0]]) + rng.normal(0, 0.1, (500, 3, 1))
    >>> frame = pd.DataFrame({"estimand": "x", "model": names, "pole": "P", "estimate": [1.0, 2.0, 0.0],
    ...     "std_error": 0.1, "lower": 0.0, "upper": 0.0, "level": 0.95, "interval": "t", "n_scored": 1, "n_asked": 1})
    >>> tree = draws_tree("bootstrap", draws, {"model": names, "pole": ["P"]})
    >>> found = Result("opposed_values", frame, ("model", "pole"), make_meta("t", {}), tree)
    >>> group_contrasts(found, {"A": ["a-*"], "B": ["b-*"]}, first="A")[["contrast", "estimate"]].to_numpy().tolist()
    [['A − B', 1.5], ['a-1 − b-1', 1.0], ['a-2 − b-1', 2.0]]
    """
    subject, inner = result.keys
    draws = result.replicates().transpose("draw", subject, inner)
    names = [str(m) for m in draws[subject].to_numpy()]
    members = _members(groups, names, first)
    poles = [str(p) for p in draws[inner].to_numpy()]
    table = result.estimates.assign(student=(result.estimates["interval"] == JACKKNIFE).astype(float))
    table = table.set_index([subject, inner]).reindex(pd.MultiIndex.from_product([names, poles]))
    points, student = (
        table[c].astype(float).to_numpy().reshape(-1, len(poles)) for c in ("estimate", "student")
    )
    units = table["n_units"].astype(float).to_numpy().reshape(-1, len(poles)) if "n_units" in table else None
    own = members[first]
    weights: dict[str, list[tuple[str, str, Array]]] = {"groups": [], "models": []}
    for other, theirs in members.items():
        if other == first:
            continue
        weight = np.zeros(len(names))
        weight[own], weight[theirs] = 1 / len(own), -1 / len(theirs)
        weights["groups"].append((f"{first} − {other}", other, weight))
        for a in own:
            for b in theirs:
                pair = np.zeros(len(names))
                pair[a], pair[b] = 1.0, -1.0
                weights["models"].append((f"{names[a]} − {names[b]}", other, pair))
    values = np.asarray(draws.to_numpy(), dtype=float)
    parts = []
    for k, pole in enumerate(poles):
        for kind, rows in weights.items():
            matrix = np.stack([w for _, _, w in rows])
            used = matrix.any(axis=0)
            replicates = values[:, used, k] @ matrix[:, used].T
            centre = matrix[:, used] @ points[used, k]
            lower, upper, error = *equal_tailed(replicates, level), bootstrap_standard_error(replicates)
            behind, few = None, np.zeros(len(rows), dtype=bool)
            if units is not None:
                behind = np.where(matrix != 0, units[:, k], np.inf).min(axis=1)
                few = (matrix != 0) @ (student[:, k] > 0) > 0
                lower, upper, error = replicate_interval(replicates, level, behind, few)
            parts_of = normal_part(replicates, behind) if behind is not None and few.all() else None
            together = simultaneous_intervals(replicates, centre, level, units=behind, normal=parts_of)
            parts.append(
                pd.DataFrame(
                    {
                        inner: pole,
                        "kind": kind,
                        "contrast": [c for c, _, _ in rows],
                        "other": [o for _, o, _ in rows],
                        "estimate": centre,
                        "std_error": error,
                        "lower": lower,
                        "upper": upper,
                        "lower_all": together.lower,
                        "upper_all": together.upper,
                        "level": level,
                        "comparisons": len(rows),
                        "probability_positive": np.where(
                            np.isnan(centre + lower), np.nan, (replicates > 0).mean(axis=0)
                        ),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _keys_of(result: Result) -> tuple[str, str]:
    if result.kind not in _KINDS or len(result.keys) != 2 or result.keys[1] not in _VALUE_KEYS:
        raise SpecificationError(
            "no profile of values", parameter="result", got=result.kind, expected=", ".join(_KINDS)
        )
    return result.keys[0], result.keys[1]


def _check_sets(sets: list[list[str]], known: list[str]) -> None:
    absent = [v for values in sets for v in values if v not in known]
    if absent or not all(sets):
        raise SpecificationError(
            "the profile has no such value" if absent else "a pole without values",
            parameter="first, second",
            got=", ".join(absent) or "none",
            expected=", ".join(known),
        )
    both = [v for v in sets[0] if v in sets[1]]
    if both or any(len(set(values)) < len(values) for values in sets):
        raise SpecificationError(
            "a value stands twice",
            parameter="first, second",
            got=", ".join(both) or "one value twice in one pole",
        )


def _members(groups: Mapping[str, Sequence[str]], names: list[str], first: str) -> dict[str, list[int]]:
    members = {
        group: [k for k, name in enumerate(names) if any(fnmatchcase(name, str(p)) for p in patterns)]
        for group, patterns in groups.items()
    }
    empty = [group for group, found in members.items() if not found]
    if empty or first not in members or len(members) < 2:
        raise SpecificationError(
            "a group without any model" if empty else "nothing to compare",
            parameter="groups" if empty else "first",
            got=", ".join(empty) or f"{first} among {', '.join(members)}",
            expected=f"groups of {', '.join(names[:8])}",
        )
    seen: dict[int, str] = {}
    for group, found in members.items():
        for k in found:
            if seen.setdefault(k, group) != group:
                raise SpecificationError("a model in two groups", parameter="groups", got=names[k])
    return members


def pole_ranks(poles: Result, pole: str, level: float = 0.95) -> pd.DataFrame:
    """Ranks on one pole, from the same draws as its estimates; see `Result.rank`.

    Parameters
    ----------
    poles
        What `opposed_values` gave.
    pole
        E.g. ``"Self_Enhancement"``.
    level
        Probability inside the interval of a rank.

    Raises
    ------
    SpecificationError
        There is no such pole.
    """
    ranks = poles.rank(poles.keys[0], level=level)
    known = ranks["pole"].astype(str)
    if pole not in set(known):
        raise SpecificationError(
            "no such pole", parameter="pole", got=pole, expected=", ".join(known.unique())
        )
    return ranks[known == pole].reset_index(drop=True)
