"""How well a few value systems stand for many people: discordance, representativeness, conciseness, Dunn's index."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.choice.counted import PLACE, first_places
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array, FeatureSets, feature_sets
from valuestats.weights.logit import maximise

DISCORDANCE, REPRESENTATIVE, ONE, CONCISE, DUNN, COHERENT = (
    "discordance",
    "representativeness",
    "representativeness of one system",
    "conciseness",
    "Dunn index",
    "coherence",
)
ALL = "all"


@checked
def value_system_measures(
    choices: Choices,
    features: Sequence[str],
    *,
    unit: str,
    classes: Result,
    said: Mapping[str, str] | None = None,
    replicates: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How well the value systems of a few classes stand for those who choose, and how far the systems differ.

    A value system is a class's weights of the features; it discords with a choice where it puts another option above the one
    taken (by a share of options equally high). Estimands:

    - ``discordance`` of a system: the mean over its members of the share of their choices that it discords with;
    - ``representativeness``: 1 less the mean discordance over all members; ``representativeness of one system``: the same of
      the weights of everybody together;
    - ``conciseness``: the least share, over two systems, of the pairs of offered options that they order otherwise;
    - ``Dunn index``: conciseness over the largest discordance of a system (Dunn 1974): above 1, systems differ by more than
      their members do from them;
    - ``coherence`` of a value: the share of pairs that people order by the value alone (column `said`) which the feature
      orders alike.

    A member belongs to the system that is likeliest by the member's *other* choices: each choice is held out in turn, as
    the system that fits a choice best discords with it too little. ``in_sample`` is the measure without that. Intervals
    resample members, with the classes' own replicates where there are some.

    Parameters
    ----------
    choices, features, unit
        As for `valuestats.choice_classes`.
    classes
        What `valuestats.choice_classes` found on these features and units.
    said
        Feature to a column of the options that is larger for what people say serves the value more; for ``coherence``.
    replicates, level, seed
        Resamples, probability inside the intervals, seed.

    Returns
    -------
    Result
        Kind ``"value_systems"``, keys ``("measure", "system")``: ``estimate``, ``in_sample``, ``chance`` (what choosing at
        random scores).

    Raises
    ------
    SpecificationError
        Classes of other features or of another number of units; a column that is not there.

    References
    ----------
    Holgado-Sánchez et al. (2026), Learning the value systems of agents; Dunn (1974), Journal of Cybernetics 4, 95-104.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import choice_classes, ranking_choices, value_system_measures
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(600, 2))
    >>> w = np.where(np.arange(600) < 300, 4.0, -4.0)[:, None]
    >>> u = w * x + rng.gumbel(size=(600, 2))
    >>> frame = pd.DataFrame({"choice": np.repeat(range(600), 2), "option": ["a", "b"] * 600, "x": x.ravel(),
    ...     "who": np.repeat(np.arange(600) // 10, 2), "chosen": (u == u.max(axis=1, keepdims=True)).astype(int).ravel()})
    >>> table = ranking_choices(frame)
    >>> found = choice_classes(table, ["x"], unit="who", starts=5, replicates=0)
    >>> rows = value_system_measures(table, ["x"], unit="who", classes=found, replicates=0).estimates.set_index("measure")
    >>> bool(rows.loc["representativeness", "estimate"] > 0.75), float(rows.loc["conciseness", "estimate"])
    (True, 1.0)
    """
    started = time.perf_counter()
    sets = feature_sets(choices, features, unit)
    names, weights, shares = _systems(classes, sets)
    n = len(sets.units)
    held, plain, one = _discords(sets, weights, shares)
    rng = np.random.default_rng(seed)
    plan = plan_clusters(n, replicates, rng)
    order = _order_pairs(sets)
    point = _measures(sets, held, one, np.ones(n), _apart(order, weights))
    in_sample = _measures(sets, plain, one, np.ones(n), _apart(order, weights))
    apart = [_apart(order, w) for w in _class_draws(classes, weights, len(plan.weights), plan.jackknife)]
    drawn = np.array([_measures(sets, held, one, w, a) for w, a in zip(plan.weights, apart, strict=True)])
    k = len(names)
    found = plan.finish(drawn.reshape(len(drawn), k + 4), point, n, level, what="units", within=(0.0, np.inf))
    keys = [(DISCORDANCE, c) for c in names] + [(m, ALL) for m in (REPRESENTATIVE, ONE, CONCISE, DUNN)]
    frame = pd.DataFrame(keys, columns=["measure", "system"]).assign(
        estimate=point,
        std_error=found.std_error,
        lower=found.lower,
        upper=found.upper,
        interval=found.interval,
        in_sample=in_sample,
    )
    offered = sets.offered.sum(axis=1)
    chance = float((1 - 1 / offered).mean())
    frame["chance"] = [chance] * k + [1 - chance, 1 - chance, np.nan, np.nan]
    low = frame["measure"].isin([DISCORDANCE, REPRESENTATIVE, ONE, CONCISE])
    frame.loc[low, "upper"] = frame.loc[low, "upper"].clip(upper=1)
    parts = [frame] + [
        _coherence(choices, f, c, unit, replicates, level, rng) for f, c in (said or {}).items()
    ]
    frame = pd.concat(parts, ignore_index=True).assign(
        estimand="agreement of value systems with choices",
        level=level,
        n_scored=len(sets),
        n_asked=sets.asked,
        n_units=n,
    )
    meta = make_meta(
        "value systems of latent classes, each choice judged by a system that its own choice did not pick",
        {
            "features": list(sets.names),
            "unit": unit,
            "classes": k,
            "said": dict(said or {}),
            "replicates": replicates,
            "level": level,
        },
        citations=("Holgado-Sánchez et al. (2026)", "Dunn (1974), Journal of Cybernetics 4, 95-104"),
        seed=seed,
        warnings=[*sets.notes(), *found.warnings],
        **sets.noted(),
        seconds=time.perf_counter() - started,
    )
    tree = None
    if plan.replicates:
        values = np.full((len(found.draws), len(set(frame["measure"])), len(set(frame["system"]))), np.nan)
        measures, systems = (list(dict.fromkeys(frame[c])) for c in ("measure", "system"))
        for number, (m, c) in enumerate(keys):
            values[:, measures.index(m), systems.index(c)] = found.draws[:, number]
        tree = draws_tree("bootstrap", values, {"measure": measures, "system": systems})
    return Result("value_systems", frame, ("measure", "system"), meta, tree)


def _systems(classes: Result, sets: FeatureSets) -> tuple[list[str], Array, Array]:
    if classes.kind != "choice_classes":
        raise SpecificationError(
            "not the classes of choices",
            parameter="classes",
            got=classes.kind,
            expected="a result of choice_classes",
        )
    wide = classes.estimates.pivot(index="class", columns="feature", values="estimate")
    units = int(classes.estimates["n_units"].iloc[0])
    if set(wide.columns) != {"share", *sets.names} or units != len(sets.units):
        raise SpecificationError(
            "classes of other features or units",
            parameter="classes",
            got=f"{', '.join(map(str, wide.columns))}; {units} units",
            expected=f"share, {', '.join(sets.names)}; {len(sets.units)} units",
        )
    names = list(dict.fromkeys(classes.estimates["class"].astype(str)))
    wide = wide.loc[names]
    return names, wide[list(sets.names)].to_numpy(dtype=float), wide["share"].to_numpy(dtype=float)


def _class_draws(classes: Result, weights: Array, replicates: int, jackknife: bool) -> list[Array]:
    """Weights of the classes in as many replicates as are wanted; as they are where there are none."""
    if classes.draws is None or jackknife:
        return [weights] * replicates
    drawn = classes.replicates()
    names = [str(x) for x in drawn["feature"].to_numpy() if str(x) != "share"]
    many = drawn.sel(feature=names).transpose("draw", "class", "feature").to_numpy()
    return [many[r % len(many)] for r in range(replicates)]


def _utilities(sets: FeatureSets, weights: Array) -> tuple[Array, Array]:
    """Log probability of the option taken and discord, each ``(systems, choices)``."""
    u = np.where(sets.offered[None], np.einsum("njk,ck->cnj", sets.x, weights), -np.inf)
    top = u.max(axis=2)
    log_p = -top - np.log(np.exp(u - top[:, :, None]).sum(axis=2))
    best = u >= top[:, :, None] - 1e-12
    # the option taken comes first and is the origin: it is right by its share of what is equally high
    return log_p, 1 - best[:, :, 0] / best.sum(axis=2)


def _discords(
    sets: FeatureSets, weights: Array, shares: Array
) -> tuple[tuple[Array, Array], tuple[Array, Array], Array]:
    """Discord of each choice and the system that judges it: by the other choices, by all; and of one system for all."""
    log_p, discord = _utilities(sets, weights)
    n = len(sets.units)
    total = (
        np.stack([np.bincount(sets.unit, weights=row, minlength=n) for row in log_p])
        + np.log(shares)[:, None]
    )
    at = np.arange(len(sets))
    found = []
    for joint in (total[:, sets.unit] - log_p, total[:, sets.unit]):
        system = joint.argmax(axis=0)
        found.append((discord[system, at], system.astype(float)))
    single = _utilities(sets, maximise(sets).beta[None])[1][0]
    return found[0], found[1], single


def _measures(sets: FeatureSets, judged: tuple[Array, Array], one: Array, w: Array, apart: Array) -> Array:
    """Discordance of each system, then the four measures of all of them, with members weighted by `w`."""
    discord, system = judged
    n = len(sets.units)
    size = np.bincount(sets.unit, minlength=n)
    each = w[sets.unit] / size[sets.unit]  # a member counts once, however many choices there are
    k = len(apart)
    own = np.array(
        [np.divide((each * discord)[system == c].sum(), each[system == c].sum() or np.nan) for c in range(k)]
    )
    whole = float((each * discord).sum() / each.sum())
    single = float((each * one).sum() / each.sum())
    concise = float(apart[~np.eye(k, dtype=bool)].min()) if k > 1 else np.nan
    worst = np.nanmax(own) if np.isfinite(own).any() else np.nan
    return np.array([*own, 1 - whole, 1 - single, concise, concise / worst if worst > 0 else np.nan])


def _order_pairs(sets: FeatureSets) -> Array:
    """Differences of features of every pair of options offered together, shape ``(pairs, features)``."""
    j, k = np.triu_indices(sets.offered.shape[1], 1)
    both = sets.offered[:, j] & sets.offered[:, k]
    return np.asarray((sets.x[:, j] - sets.x[:, k])[both])


def _apart(pairs: Array, weights: Array) -> Array:
    """Share of pairs that two systems order otherwise, a tie counting half, shape ``(systems, systems)``."""
    sign = np.sign(np.where(np.abs(pairs @ weights.T) < 1e-12, 0.0, pairs @ weights.T))
    return np.asarray(0.5 - 0.5 * (sign.T @ sign) / len(sign))


def _coherence(
    choices: Choices,
    feature: str,
    column: str,
    unit: str,
    replicates: int,
    level: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    choices = choices.one_by_one()
    frame = choices.frame[choices.frame["status"] == "valid"]
    for name in (feature, column):
        if name not in frame.columns:
            raise SpecificationError(
                "no such column", parameter="said", got=name, expected=", ".join(map(str, frame.columns))
            )
    if feature == PLACE:
        frame = frame.assign(**{PLACE: first_places(frame)})
    told = frame[frame[column].notna()]
    right, total, owner = [], [], []
    for _, own in told.groupby("choice", sort=False):
        x, y = own[feature].to_numpy(dtype=float), own[column].to_numpy(dtype=float)
        j, k = np.triu_indices(len(own), 1)
        apart = y[j] != y[k]
        if apart.any():
            right.append(float(((np.sign(x[j] - x[k]) * np.sign(y[j] - y[k]) + 1) / 2)[apart].sum()))
            total.append(float(apart.sum()))
            owner.append(own[unit].iloc[0])
    if not total:
        raise SpecificationError(
            "no pair is ordered by the value",
            parameter="said",
            got=column,
            expected="options that differ in it",
        )
    member, names = pd.factorize(np.array(owner, dtype=object))
    good, asked = (np.bincount(member, weights=np.array(v), minlength=len(names)) for v in (right, total))
    plan = plan_clusters(len(names), replicates, rng)
    point = np.array([good.sum() / asked.sum()])
    drawn = (plan.weights @ good / (plan.weights @ asked))[:, None] if len(plan.weights) else np.empty((0, 1))
    found = plan.finish(drawn, point, len(names), level, what="units", within=(0.0, 1.0))
    row: dict[str, Any] = {
        "measure": COHERENT,
        "system": feature,
        "estimate": point,
        "std_error": found.std_error,
        "lower": found.lower,
        "upper": found.upper,
        "interval": found.interval,
        "in_sample": point,
        "chance": 0.5,
    }
    return pd.DataFrame(row)
