"""How far judged answers lie from a target profile of values, the judge's own error carried through."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray
from scipy import special

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.orderings.judged import JudgeOfDimension, read_judge, unbiased
from valuestats.orderings.profile_ranks import ranks_against_target
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import ClusterPlan, plan_clusters
from valuestats.tables.schema import require_unique, validate
from valuestats.tables.units import resampling_units

Array = NDArray[np.float64]
Error = Literal["absolute", "squared"]
ALL = "all dimensions"
"""Label of the sum."""
_ANSWERS = pa.DataFrameSchema(
    {
        "model": pa.Column(nullable=False, description="the model that answered, not null"),
        "item": pa.Column(nullable=False, description="the answered item's identifier, not null"),
        "dimension": pa.Column(nullable=False, description="the judged dimension, not null"),
        "score": pa.Column(
            float, nullable=True, coerce=True, description="the judged level, a number or null"
        ),
    },
    strict=False,
)
_TARGETS = pa.DataFrameSchema(
    {
        "dimension": pa.Column(nullable=False, description="the dimension, not null"),
        "target": pa.Column(float, nullable=False, coerce=True, description="the level aimed at, a number"),
    },
    strict=False,
)


@checked
def target_profile(
    answers: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    error: Error = "absolute",
    judge: pd.DataFrame | None = None,
    reliability: float | Mapping[str, float] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""Distance of answers from a target profile, per dimension and summed, without what the judge alone adds.

    Estimand: :math:`E|T_d-t_d|` (or :math:`E(T_d-t_d)^2`) over items like these, T the level that people would give the
    answer on dimension d, t the target; and its sum over dimensions. A judge who errs moves the plain mean of :math:`|J-t|`,
    mostly up. With a confusion matrix from labelled answers, :math:`|J-t|` is replaced by :math:`h_t(J)`, whose mean is that
    of :math:`|T-t|` whatever the true shares (`valuestats.orderings.judged`), and the matrix is drawn from its Dirichlet
    posterior with every replicate. With a reliability :math:`\rho_d` (squared error only), :math:`(1-\rho_d)\,
    \mathrm{Var}(J_d)` is taken off, as in classical test theory; there the reliability counts as known.

    Items (or their ``cluster``) are resampled, the same ones for all models; of fewer than 20 the interval is Student's t
    with the jackknife's error, of fewer than 4 there is none (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        One row per judged answer and dimension: ``model``, ``item``, ``dimension``, ``score`` (null where not judged),
        optionally ``cluster``.
    targets
        ``dimension``, ``target``, and ``item`` where targets differ between items.
    error
        ``"absolute"`` or ``"squared"``.
    judge
        Answers that people labelled too: ``true``, ``judged``, optionally ``count`` and ``dimension`` (else one matrix
        serves all dimensions).
    reliability
        Of the judge's score, one or by dimension, in place of `judge`.
    level, replicates, seed
        Of the bootstrap.

    Returns
    -------
    Result
        Kind ``"target_profile"``, keys ``("model", "dimension")``; besides ``plain`` (the mean with the judge taken as
        perfect), ``score`` (mean true level), ``target`` (mean target), ``baseline`` (mean error of uniform answers over the
        levels that occur), ``n_units``. The last dimension is the sum; there ``correlation`` is Spearman's, over dimensions,
        of the mean true levels with the mean targets (NaN of fewer than three dimensions or equal targets), with
        ``correlation_lower`` and ``correlation_upper`` over the same units and draws of the judge.

    Raises
    ------
    SpecificationError
        A dimension or item without a target, a judge given twice, reliability with absolute error, a true level of which
        nothing was labelled.
    InputError
        A column is missing, an answer is judged twice on a dimension.

    References
    ----------
    Rogan and Gladen (1978); Buonaccorsi (2010), Measurement error; Lord and Novick (1968).

    Examples
    --------
    >>> import pandas as pd
    >>> told = pd.DataFrame({"model": "m", "item": range(6), "dimension": "care", "score": [1, 2, 2, 2, 3, 1]})
    >>> aim = pd.DataFrame({"dimension": ["care"], "target": [2]})
    >>> target_profile(told, aim, replicates=0).estimates[["dimension", "estimate"]].to_numpy().tolist()
    [['care', 0.5], ['all dimensions', 0.5]]
    """
    started = time.perf_counter()
    _require_one_judge(judge, reliability, error)
    table = _tabulate(answers, targets)
    rng = np.random.default_rng(seed)
    plan = plan_clusters(table.units, replicates, rng)
    judges = None if judge is None else read_judge(judge, table.dimensions, table.levels())
    known = _known(reliability, table.dimensions)
    shape = (len(table.models), len(table.dimensions))
    point, plain, score, base = (np.full(shape, np.nan) for _ in range(4))
    values = np.full((len(plan.weights), *shape), np.nan)
    shaken = np.zeros((replicates, *shape))
    seen, seen_shaken = values.copy(), shaken.copy()
    whole = np.ones((1, table.units))
    levels = table.levels() if judges is None else {d: j.levels for d, j in judges.items()}
    for d, name in enumerate(table.dimensions):
        one = None if judges is None else judges[name]
        h = None if one is None else _Unbiased(one, table.aims(name), error, replicates, rng)
        for m in range(len(table.models)):
            own = table.rows[m, d]
            flat = own.sums(error, table.units)
            plain[m, d], score[m, d] = (float(x[0]) for x in _plain(flat, whole))
            base[m, d] = float(np.mean(_error(levels[name][:, None] - own.target, error)))
            if h is None:
                cut = 1 - known.get(name, 1.0)
                point[m, d] = _plain(flat, whole, cut)[0][0]
                values[:, m, d], seen[:, m, d] = _plain(flat, plan.weights, cut)
                continue
            counts = h.counts(own, table.units)
            point[m, d], score[m, d] = h.mean(counts, whole, h.fixed)[0], h.mean(counts, whole, h.level)[0]
            values[:, m, d] = h.mean(counts, plan.weights, h.fixed if plan.jackknife else h.drawn)
            seen[:, m, d] = h.mean(counts, plan.weights, h.level if plan.jackknife else h.drawn_level)
            if plan.jackknife and replicates:
                all_units = np.ones((replicates, table.units))
                seen_shaken[:, m, d] = h.mean(counts, all_units, h.drawn_level)
                each = h.mean(counts, all_units, h.drawn)
                shaken[:, m, d] = each - each.mean()
    point, plain, base = (np.column_stack([x, x.sum(axis=1)]) for x in (point, plain, base))
    values, shaken = (np.concatenate([x, x.sum(axis=2, keepdims=True)], axis=2) for x in (values, shaken))
    frame, drawn, notes = _finished(table, plan, values, shaken, point, level)
    frame["plain"], frame["baseline"] = plain.ravel(), base.ravel()
    frame["score"] = np.column_stack([score, np.full(len(score), np.nan)]).ravel()
    ranks = ranks_against_target(score, seen, seen_shaken, table.mean_aims(), plan, table.units, level)
    for column in ranks.columns:
        frame.loc[frame["dimension"] == ALL, column] = ranks[column].to_numpy()
    told = (
        "taken as perfect"
        if judge is None and reliability is None
        else "corrected by its confusion of levels"
    )
    meta = make_meta(
        f"distance from a target, {error} error",
        {
            "error": error,
            "judge": told if reliability is None else "corrected by its reliability",
            "level": level,
            "replicates": replicates,
            "unit": "cluster" if table.clustered else "item",
        },
        citations=["Rogan & Gladen (1978)", "Buonaccorsi (2010)", "Hesterberg (2015)"],
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        judge=[
            {
                "dimension": d,
                "information": judges[d].reliability if judges is not None else known.get(d, 1.0),
            }
            for d in table.dimensions
        ],
    )
    names = {"model": list(table.models), "dimension": [*table.dimensions, ALL]}
    tree = draws_tree("bootstrap", drawn, names) if replicates else None
    return Result("target_profile", frame, ("model", "dimension"), meta, tree)


@dataclass(frozen=True)
class _Rows:
    """Judged answers of one model on one dimension."""

    unit: NDArray[np.int64]
    score: Array
    target: Array

    def sums(self, error: Error, units: int) -> Array:
        """Per unit the number of answers and the sums of error, score and squared score, shape ``(units, 4)``."""
        parts = (np.ones_like(self.score), _error(self.score - self.target, error), self.score, self.score**2)
        return np.column_stack([np.bincount(self.unit, x, units) for x in parts])


@dataclass(frozen=True)
class _Table:
    """Judged answers by model and dimension, with the unit of each."""

    models: tuple[str, ...]
    dimensions: tuple[str, ...]
    rows: dict[tuple[int, int], _Rows]
    units: int
    clustered: bool
    asked: Array

    def levels(self) -> dict[str, Array]:
        """Levels that occur on each dimension."""
        return {
            name: np.unique(np.concatenate([r.score for r in self._of(d)]))
            for d, name in enumerate(self.dimensions)
        }

    def aims(self, name: str) -> Array:
        """Targets that occur on a dimension."""
        return np.unique(np.concatenate([r.target for r in self._of(self.dimensions.index(name))]))

    def mean_aims(self) -> Array:
        """Mean target of each model on each dimension; NaN where it has no answer."""
        found = np.full((len(self.models), len(self.dimensions)), np.nan)
        for (m, d), rows in self.rows.items():
            found[m, d] = rows.target.mean() if len(rows.target) else np.nan
        return found

    def _of(self, d: int) -> list[_Rows]:
        return [self.rows[m, d] for m in range(len(self.models))]


def _tabulate(answers: pd.DataFrame, targets: pd.DataFrame) -> _Table:
    rows = validate(answers, _ANSWERS, table="answers")
    require_unique(rows, ["model", "item", "dimension"], table="answers")
    aims = validate(targets, _TARGETS, table="targets")
    keys = ["dimension", *(["item"] if "item" in aims.columns else [])]
    require_unique(aims, keys, table="targets")
    for key in keys:
        rows, aims = (f.assign(**{key: f[key].astype(str)}) for f in (rows, aims))
    rows = rows.drop(columns="target", errors="ignore").merge(aims[[*keys, "target"]], on=keys, how="left")
    if rows["target"].isna().any():
        first = rows[rows["target"].isna()].iloc[0]
        raise SpecificationError(
            "no target",
            parameter="targets",
            got=", ".join(f"{k} {first[k]}" for k in keys),
            expected="one for each answer",
        )
    names = tuple(dict.fromkeys(aims["dimension"]))
    names = tuple(n for n in names if n in set(rows["dimension"]))
    items = pd.unique(rows["item"])
    units = resampling_units(rows, items, order="met")
    unit = pd.Series(units.member, index=pd.Index(items).astype(str))
    rows = rows.assign(unit=rows["item"].astype(str).map(unit), model=rows["model"].astype(str))
    models = tuple(sorted(rows["model"].unique()))
    given = rows.dropna(subset="score")
    if given.empty:
        raise SpecificationError(
            "no judged answer", parameter="answers", got=f"{len(rows)} rows without a score"
        )
    found = {}
    asked = np.zeros((len(models), len(names)))
    for m, model in enumerate(models):
        for d, name in enumerate(names):
            mine = rows[(rows["model"] == model) & (rows["dimension"] == name)]
            own = mine.dropna(subset="score")
            found[m, d] = _Rows(*(own[c].to_numpy() for c in ("unit", "score", "target")))
            asked[m, d] = len(mine)
    return _Table(models, names, found, len(units), units.clustered, asked)


def _error(difference: Array, error: Error) -> Array:
    return np.abs(difference) if error == "absolute" else difference**2


def _plain(sums: Array, weights: Array, cut: float = 0.0) -> tuple[Array, Array]:
    """Mean error less a share of the variance of the scores, and mean score, under each row of weights."""
    n, error, score, squared = (weights @ sums).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return error / n - cut * (squared / n - (score / n) ** 2), score / n


class _Unbiased:
    """Functions of the judged level whose means are those of the error and of the true level."""

    def __init__(
        self, judge: JudgeOfDimension, aims: Array, error: Error, draws: int, rng: np.random.Generator
    ) -> None:
        self.levels, self.aims = judge.levels, aims
        wanted = np.column_stack([_error(judge.levels[:, None] - aims, error), judge.levels])
        exact = unbiased(judge.confusion, wanted)
        self.fixed = exact[:, :-1].reshape(1, -1)
        self.level = np.repeat(exact[:, -1:], len(aims), axis=1).reshape(1, -1)
        drawn = unbiased(judge.drawn(draws, rng), wanted)
        self.drawn = drawn[:, :, :-1].reshape(draws, self.fixed.size)
        self.drawn_level = np.repeat(drawn[:, :, -1:], len(aims), axis=2).reshape(draws, self.fixed.size)

    def counts(self, rows: _Rows, units: int) -> Array:
        """Answers by unit and by level and target, shape ``(units, levels * targets)``."""
        level, aim = np.searchsorted(self.levels, rows.score), np.searchsorted(self.aims, rows.target)
        size = len(self.levels) * len(self.aims)
        flat = (rows.unit * len(self.levels) + level) * len(self.aims) + aim
        return np.bincount(flat, minlength=units * size).reshape(units, size).astype(float)

    def mean(self, counts: Array, weights: Array, h: Array) -> Array:
        """Mean of h over the answers under each row of weights; h may differ from row to row."""
        inside = weights @ counts
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((inside * h).sum(axis=1) / inside.sum(axis=1))


def _finished(
    table: _Table, plan: ClusterPlan, values: Array, shaken: Array, point: Array, level: float
) -> tuple[pd.DataFrame, Array, list[str]]:
    what = "clusters" if table.clustered else "items"
    found = plan.finish(values, point, table.units, level, within=(0.0, np.inf), what=what)
    error, lower, upper, draws = found.std_error, found.lower, found.upper, found.draws
    if plan.jackknife and shaken.any():
        own = shaken.std(axis=0, ddof=1)
        reach = special.ndtri((1 + level) / 2) * own
        error = np.sqrt(error**2 + own**2)
        lower = np.maximum(point - np.hypot(point - lower, reach), 0.0)
        upper = point + np.hypot(upper - point, reach)
        draws = draws + shaken
    scored = np.array(
        [
            [len(table.rows[m, d].score) for d in range(len(table.dimensions))]
            for m in range(len(table.models))
        ]
    )
    sums = [np.column_stack([x, x.sum(axis=1)]) for x in (scored, table.asked)]
    aims = np.column_stack([table.mean_aims(), np.full(len(table.models), np.nan)])
    keys = pd.MultiIndex.from_product([table.models, [*table.dimensions, ALL]], names=["model", "dimension"])
    columns: dict[str, Any] = {
        "estimand": "distance from the target",
        "estimate": point.ravel(),
        "std_error": error.ravel(),
        "lower": lower.ravel(),
        "upper": upper.ravel(),
        "level": level,
        "interval": found.interval.ravel(),
        "n_scored": sums[0].ravel().astype(int),
        "n_asked": sums[1].ravel().astype(int),
        "target": aims.ravel(),
        "n_units": table.units,
    }
    return keys.to_frame(index=False).assign(**columns), draws, found.warnings


def _require_one_judge(judge: object, reliability: object, error: str) -> None:
    if judge is not None and reliability is not None:
        raise SpecificationError(
            "the judge's error is given twice", parameter="reliability", got="with judge"
        )
    if reliability is not None and error == "absolute":
        raise SpecificationError(
            "a reliability says nothing of absolute errors without a distribution",
            parameter="reliability",
            got="error='absolute'",
            expected="error='squared', or labelled answers (judge)",
        )


def _known(reliability: float | Mapping[str, float] | None, names: tuple[str, ...]) -> dict[str, float]:
    if reliability is None:
        return {}
    given = (
        dict(reliability) if isinstance(reliability, Mapping) else dict.fromkeys(names, float(reliability))
    )
    wrong = [n for n in names if not 0 < given.get(n, -1.0) <= 1]
    if wrong:
        raise SpecificationError(
            "a reliability for every dimension",
            parameter="reliability",
            got=", ".join(f"{n}: {given.get(n, 'none')}" for n in wrong),
            expected="in (0, 1]",
        )
    return given
