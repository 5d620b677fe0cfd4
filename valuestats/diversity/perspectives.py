"""Which perspectives free answers refer to: shares, and how evenly they are spread."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.entropy import (
    Array,
    dirichlet_entropy,
    jackknife_entropy,
    plugin_entropy,
    true_rate,
)
from valuestats.tables.schema import validate

KEYS = ("model", "condition")
FEW = 5
"""Below so many references to a perspective the intervals are known to cover too little."""
_SCHEMA = pa.DataFrameSchema(
    {
        "model": pa.Column(nullable=False, description="the model that answered, not null"),
        "condition": pa.Column(nullable=False, description="how it was prompted, not null"),
        "question": pa.Column(nullable=False, description="the question's identifier, not null"),
        "references": pa.Column(
            nullable=True, description="perspectives that the answer refers to; null where there is no answer"
        ),
    },
    strict=False,
)


@dataclass(frozen=True)
class Judge:
    """How well the judge who found the references sees them, per perspective or for all.

    Attributes
    ----------
    sensitivity
        Probability that a reference that is there is found.
    specificity
        Probability that none is found where there is none.
    """

    sensitivity: float | Mapping[str, float]
    specificity: float | Mapping[str, float]

    def arrays(self, perspectives: Sequence[str]) -> tuple[Array, Array]:
        """Sensitivity and specificity of each perspective, shape ``(K,)`` each."""
        found = []
        for name in ("sensitivity", "specificity"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                absent = [p for p in perspectives if p not in value]
                if absent:
                    raise SpecificationError(
                        "the judge's quality is not given for every perspective",
                        parameter=name,
                        got=f"none for {', '.join(absent)}",
                    )
                found.append(np.array([float(value[p]) for p in perspectives]))
            else:
                found.append(np.full(len(perspectives), float(value)))
        if (
            (found[0] + found[1] <= 1).any()
            or max(f.max() for f in found) > 1
            or min(f.min() for f in found) < 0
        ):
            raise SpecificationError(
                "a judge this poor says nothing about the references",
                parameter="judge",
                got=f"sensitivity {found[0].min():g}, specificity {found[1].min():g}",
                expected="probabilities whose sum exceeds 1",
            )
        return found[0], found[1]


@checked
def perspective_diversity(
    answers: pd.DataFrame,
    *,
    perspectives: Sequence[str],
    judge: Judge | Mapping[str, Any] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""How evenly the references of free answers are spread over perspectives: entropy over its maximum.

    Let :math:`p_k` be the probability that an answer to a question of the population refers to perspective k, and
    :math:`s_k=p_k/\sum_j p_j` its share. The estimand is :math:`-\sum_k s_k\log s_k/\log K`. The plug-in entropy is
    too low at small counts, so it is corrected by leaving out one question at a time (Zahl 1977). The interval resamples
    questions, the same ones for all models and conditions, about the corrected value, at quantiles widened for the
    number of questions (Hesterberg 2015); contrasts are therefore paired by question.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        One row per answer: ``model``, ``condition``, ``question``, ``references`` (a collection of perspectives, empty
        where it refers to none, null where there is no answer).
    perspectives
        All K perspectives, at least two.
    judge
        Quality of the judge who found the references. Rates are then corrected (Rogan and Gladen 1978) before shares
        are formed; the judge's quality is taken as known.
    level, replicates, seed
        Of the bootstrap. With ``replicates=0`` no interval is computed.

    Returns
    -------
    Result
        Kind ``"diversity"``, keys ``("model", "condition")``; besides ``plugin`` (without correction), ``dirichlet``,
        ``dirichlet_lower``, ``dirichlet_upper`` (posterior under Jeffreys' prior with references taken as independent;
        normal ends; not given with a judge), ``baseline`` (1, references spread evenly), ``no_reference`` (share of answers
        that refer to none), ``n_references`` and ``n_questions``. Null where nothing is referred to.

    Raises
    ------
    SpecificationError
        Fewer than two perspectives, or a judge no better than chance.
    InputError
        A reference that is no perspective, or references that are no collection.

    References
    ----------
    Zahl (1977), Ecology 58; Wolpert and Wolf (1995), Physical Review E 52; Rogan and Gladen (1978); Hesterberg (2015).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "condition": "plain", "question": [1, 2, 3, 4],
    ...     "references": [["west"], ["west", "east"], [], ["east"]]})
    >>> found = perspective_diversity(frame, perspectives=["west", "east"], replicates=0)
    >>> found.estimates[["plugin", "no_reference"]].to_numpy().tolist()
    [[1.0, 0.25]]
    """
    started = time.perf_counter()
    names = _named(perspectives)
    quality = _quality(judge, names)
    table = _tabulate(answers, names)
    rates = table.rates(np.ones((1, table.n_questions)), quality)[0]
    top = np.log(len(names))
    plugin = plugin_entropy(rates) / top
    corrected = _corrected(table, quality) / top
    plan = plan_clusters(table.n_questions, replicates, np.random.default_rng(seed))
    again = plugin_entropy(table.rates(plan.weights, quality)) / top
    found = plan.finish(
        again, plugin, table.n_questions, level, around=corrected, within=(0.0, 1.0), what="questions"
    )
    posterior = dirichlet_entropy(table.sums.sum(axis=1))
    known = ~np.isnan(plugin)
    independent = known & (quality is None)
    half = 1.959963984540054 * posterior.std / top
    frame = pd.DataFrame(
        {
            "estimand": "evenness of references",
            "model": table.units["model"],
            "condition": table.units["condition"],
            "estimate": corrected,
            "std_error": np.where(known, found.std_error, np.nan),
            "lower": np.where(known, found.lower, np.nan),
            "upper": np.where(known, found.upper, np.nan),
            "level": level,
            "interval": np.where(known, found.interval, "none"),
            "n_scored": table.answered.sum(axis=1).astype(int),
            "n_asked": table.asked.astype(int),
            "baseline": 1.0,
            "plugin": plugin,
            "dirichlet": np.where(independent, posterior.mean / top, np.nan),
            "dirichlet_lower": np.where(independent, np.maximum(posterior.mean / top - half, 0), np.nan),
            "dirichlet_upper": np.where(independent, np.minimum(posterior.mean / top + half, 1), np.nan),
            "no_reference": table.silent / np.maximum(table.answered.sum(axis=1), 1),
            "n_references": table.sums.sum(axis=(1, 2)).astype(int),
            "n_questions": (table.answered > 0).sum(axis=1),
        }
    )
    warnings = list(found.warnings)
    if table.n_questions < 2:
        warnings.append("one question: no correction for bias")
    silent = [f"{m}, {c}" for m, c in table.units[~known].to_numpy()]
    if silent:
        warnings.append(f"no reference at all, so no evenness: {'; '.join(map(str, silent))}")
    few = table.sums.sum(axis=1).min(axis=1) < FEW
    thin = [f"{m}, {c}" for m, c in table.units[few & known].to_numpy()]
    if thin:
        warnings.append(
            f"a perspective with fewer than {FEW} references, so the interval covers less than it claims (about .85 in "
            f"simulations with 25 questions): {'; '.join(thin)}"
        )
    meta = make_meta(
        "Entropy of references over its maximum, questions resampled",
        {
            "perspectives": names,
            "judge": None if quality is None else [q.tolist() for q in quality],
            "level": level,
            "replicates": replicates,
            "unit": "question",
        },
        citations=["Zahl (1977)", "Wolpert and Wolf (1995)", "Rogan and Gladen (1978)", "Hesterberg (2015)"],
        seed=seed,
        warnings=warnings,
        seconds=time.perf_counter() - started,
    )
    return Result(
        "diversity", frame, KEYS, meta, _tree(table.units, found.draws) if len(found.draws) else None
    )


def perspective_shares(
    answers: pd.DataFrame,
    *,
    perspectives: Sequence[str],
    judge: Judge | Mapping[str, Any] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Share of the references that go to each perspective, with intervals over questions.

    Parameters
    ----------
    answers, perspectives, judge, level, replicates, seed
        As for `perspective_diversity`.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``condition``, ``perspective``, ``estimate`` (share :math:`s_k`), ``lower``, ``upper``, ``rate`` (share
        of answers that refer to it, :math:`p_k`), ``baseline`` (1/K), ``n_scored``, ``n_asked``.
    """
    names = _named(perspectives)
    quality = _quality(judge, names)
    table = _tabulate(answers, names)
    rates = table.rates(np.ones((1, table.n_questions)), quality)[0]
    shares = _shares(rates)
    plan = plan_clusters(table.n_questions, replicates, np.random.default_rng(seed))
    again = _shares(table.rates(plan.weights, quality))
    found = plan.finish(again, shares, table.n_questions, level, within=(0.0, 1.0))
    size = len(names)
    repeated = table.units.loc[table.units.index.repeat(size)].reset_index(drop=True)
    return repeated.assign(
        perspective=np.tile(np.array(names, dtype=object), len(table.units)),
        estimate=shares.ravel(),
        lower=found.lower.ravel(),
        upper=found.upper.ravel(),
        level=level,
        rate=rates.ravel(),
        baseline=1 / size,
        n_scored=np.repeat(table.answered.sum(axis=1), size),
        n_asked=np.repeat(table.asked, size),
    )


@dataclass(frozen=True)
class _Counts:
    """Answers counted by unit (model and condition), question and perspective."""

    units: pd.DataFrame
    sums: Array
    """Answers that refer to each perspective, shape ``(units, questions, K)``."""
    answered: Array
    """Answers, shape ``(units, questions)``."""
    asked: Array
    silent: Array

    @property
    def n_questions(self) -> int:
        return int(self.sums.shape[1])

    def rates(self, weights: Array, quality: tuple[Array, Array] | None) -> Array:
        """Rates of reference, shape ``(replicates, units, K)``."""
        units, questions, size = self.sums.shape
        flat = self.sums.transpose(1, 0, 2).reshape(questions, units * size)
        counts = (weights @ flat).reshape(len(weights), units, size)
        answers = weights @ self.answered.T
        observed = np.divide(
            counts, answers[..., None], out=np.full(counts.shape, np.nan), where=answers[..., None] > 0
        )
        return observed if quality is None else true_rate(observed, *quality)


def _corrected(table: _Counts, quality: tuple[Array, Array] | None) -> Array:
    """Entropy in nats, corrected by leaving out questions; within 0 and its maximum."""
    size = table.sums.shape[2]
    if quality is None:
        return np.clip(jackknife_entropy(table.sums), 0.0, np.log(size))
    n = table.n_questions
    full = plugin_entropy(table.rates(np.ones((1, n)), quality)[0])
    if n < 2:
        return full
    without = plugin_entropy(table.rates(1.0 - np.eye(n), quality))
    left = np.where(np.isnan(without), full, without)
    return np.clip(n * full - (n - 1) / n * left.sum(axis=0), 0.0, np.log(size))


def _shares(rates: Array) -> Array:
    total = rates.sum(axis=-1, keepdims=True)
    return np.divide(rates, total, out=np.full(rates.shape, np.nan), where=total > 0)


def _named(perspectives: Sequence[str]) -> list[str]:
    names = [str(p) for p in perspectives]
    if len(names) < 2 or len(set(names)) < len(names):
        raise SpecificationError(
            "perspectives must be at least two, each named once",
            parameter="perspectives",
            got=", ".join(names) or "none",
        )
    return names


def _quality(judge: Judge | Mapping[str, Any] | None, names: Sequence[str]) -> tuple[Array, Array] | None:
    if judge is None:
        return None
    return (judge if isinstance(judge, Judge) else Judge(**judge)).arrays(names)


def _tabulate(answers: pd.DataFrame, names: Sequence[str]) -> _Counts:
    rows = validate(answers, _SCHEMA, table="answers")
    place = {name: k for k, name in enumerate(names)}
    unit, units = pd.MultiIndex.from_frame(rows[list(KEYS)].astype(str)).factorize(sort=True)
    question, questions = pd.factorize(rows["question"].astype(str), sort=True)
    shape = (len(units), len(questions))
    sums, answered = np.zeros((*shape, len(names))), np.zeros(shape)
    silent = np.zeros(len(units))
    for row, (u, q, references) in enumerate(zip(unit, question, rows["references"], strict=True)):
        if references is None or (isinstance(references, float) and np.isnan(references)):
            continue
        if not isinstance(references, (list, tuple, set, frozenset, np.ndarray)):
            raise InputError(
                "references are a collection of perspectives",
                parameter="references",
                got=repr(references)[:80],
                row=row,
            )
        found = {str(name) for name in references}
        strange = found - place.keys()
        if strange:
            raise InputError(
                "a reference to no perspective",
                parameter="references",
                got=", ".join(sorted(strange)),
                expected=", ".join(names),
                row=row,
            )
        answered[u, q] += 1
        silent[u] += not found
        for name in found:
            sums[u, q, place[name]] += 1
    return _Counts(
        units=pd.DataFrame(list(units), columns=list(KEYS)),
        sums=sums,
        answered=answered,
        asked=np.bincount(unit, minlength=len(units)).astype(float),
        silent=silent,
    )


def _tree(units: pd.DataFrame, draws: Array) -> Any:
    """Replicates with a dimension per key; a pair of model and condition that was not asked is null."""
    models, conditions = (sorted(units[key].unique()) for key in KEYS)
    cube = np.full((len(draws), len(models), len(conditions)), np.nan)
    at = (units["model"].map(models.index).to_numpy(), units["condition"].map(conditions.index).to_numpy())
    cube[:, at[0], at[1]] = draws
    return draws_tree("bootstrap", cube, {"model": models, "condition": conditions})
