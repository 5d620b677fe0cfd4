"""Strengths of options from choices that a judge made, corrected by the part of them that people made as well."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted, p_value
from valuestats.choice.counted import Counted, counted_sets
from valuestats.choice.graph import comparison_graph, require_connected
from valuestats.choice.maximum_likelihood import Maximum, maximise
from valuestats.choice.misjudged import misjudged_strengths
from valuestats.choice.strengths import CITATIONS as MODEL
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import Fit, drawn_together
from valuestats.tables.choices import Choices, require_single

Array = NDArray[np.float64]
Method = Literal["judge", "labelled", "prediction-powered", "confusion"]
ESTIMATORS: tuple[Method, ...] = ("judge", "labelled", "prediction-powered", "confusion")
_SOURCE = "who and what"


@checked
def judged_strengths(
    judged: Choices,
    people: Choices,
    *,
    estimators: Sequence[Method] = ESTIMATORS,
    ties: Literal["davidson"] | None = None,
    position: bool = False,
    cluster: str | None = None,
    prior_sd: float | None = None,
    imputations: int = 50,
    draws: int = 4000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Strengths of options as people see them, from a judge's choices and people's of a part of the same.

    Estimand: :math:`\beta_o`, summing to zero, of `valuestats.choice_strengths` fitted to what people would choose
    everywhere.

    - ``"judge"`` and ``"labelled"``: the model fitted to the judge's choices, and to people's alone.
    - ``"prediction-powered"``: the score equation :math:`\sum_\ell (s_i(y) - \lambda s_i(f)) + \lambda\frac{n}{N}\sum_u
      s_i(f)
      = 0` over the n choices that people made (:math:`\ell`) and the N others (u), which is the same likelihood with counts
      that are put together; :math:`\lambda` makes the summed variance of the strengths smallest, within 0 and 1
      (Angelopoulos, Duchi and Zrnic 2023). Sandwich errors. Right where people were asked about a random part, whatever
      the judge's errors.
    - ``"confusion"``: the judge puts the wrong one first with probabilities that do not depend on the pair,
      :math:`P(\text{says } 1) = s_1 p + (1 - s_2)(1 - p)`; :math:`s_1, s_2` are drawn from their Beta posteriors, given
      people's labels, and the fits put together by Rubin's rules. Pairs without ties only. Right where the errors are
      so, even where people were asked about no random part; the strengths fall short where they are not.

    Parameters
    ----------
    judged, people
        The judge's choices; people's, whose ``choice`` identifiers are among the judge's, with the same options.
    estimators
        Which of them.
    ties, position, cluster, prior_sd
        As for `valuestats.choice_strengths`; `cluster` is a column of `judged`.
    imputations
        Draws of the judge's errors, for ``"confusion"``.
    draws, level, seed
        Of the normal (or, with clusters, Student's t) approximation, in which estimators are compared within the choices
        that they share (``"confusion"`` is taken as independent); of the intervals.

    Returns
    -------
    Result
        Kind ``"judged_strengths"``, keys ``("option", "estimator")``; ``weight`` is the judge's (prediction-powered),
        ``n_labelled`` people's choices, ``n_units`` those or their clusters. ``meta["agreement"]`` is the share of
        choices in which both say the same, ``meta["parts"]`` whether the labelled part differs from the rest.

    Raises
    ------
    InputError
        People chose where the judge did not, or between other options, by name of the choice.
    SpecificationError
        Fewer than four choices of people's; ``"confusion"`` with ties or more than two options; options without a link.

    References
    ----------
    Angelopoulos, Duchi and Zrnic (2023), PPI++; Carroll, Ruppert, Stefanski and Crainiceanu (2006), Measurement Error in
    Nonlinear Models, chapter 15, for misclassified outcomes; Rubin (1987).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import pair_choices
    >>> frame = pd.DataFrame({"option_a": "x", "option_b": "y", "winner": ["a", "b"] * 50})
    >>> told = frame.assign(choice=range(100), winner=["a", "b", "a", "a"] * 25)[:40]
    >>> found = judged_strengths(pair_choices(frame.assign(choice=range(100))), pair_choices(told), estimators=["labelled"])
    >>> found.estimates["estimate"].round(2).tolist()
    [0.55, -0.55]
    """
    started = time.perf_counter()
    if not estimators or len(set(estimators)) < len(estimators):
        raise SpecificationError(
            "estimators are named once each",
            parameter="estimators",
            got=", ".join(estimators),
            expected=", ".join(ESTIMATORS),
        )
    parts = _joined(judged, people, cluster)
    rng = np.random.default_rng(seed)
    frames, sample = [], []
    precision = 0.0 if prior_sd is None else prior_sd**-2
    counts = counted_sets(parts.table, ties=ties is not None, position=position, cluster=_SOURCE)
    if prior_sd is None:
        require_connected(comparison_graph(counts.wins, counts.options))
    weights: dict[str, float] = {}
    for method in estimators:
        if method == "confusion":
            found = misjudged_strengths(
                parts.table, parts.source, cluster, position, precision, imputations, rng
            )
            beta, covariance, n_units = found.beta, found.covariance, found.units
            unit, influence = np.zeros(0, dtype=np.int64), np.zeros((0, len(counts.options)))
        else:
            fit = _powered(counts, parts, method, precision)
            beta, covariance, n_units = fit.maximum.beta, fit.covariance, fit.units
            unit, influence = fit.unit, fit.influence[:, : len(counts.options)]
            weights[method] = fit.weight
        n = len(counts.options)
        beta, covariance = beta[:n], covariance[:n, :n]
        degrees = n_units - 1 if cluster is not None else np.inf
        error = np.sqrt(np.diag(covariance))
        reach = stats.t.ppf((1 + level) / 2, degrees) * error if n_units >= LEAST else np.full(n, np.nan)
        frames.append(
            pd.DataFrame(
                {
                    "estimand": "strength as people see it (logit, sums to 0)",
                    "option": counts.options,
                    "estimator": method,
                    "estimate": beta,
                    "std_error": error,
                    "lower": beta - reach,
                    "upper": beta + reach,
                    "level": level,
                    "interval": "Wald" if n_units >= LEAST else "none",
                    "n_scored": parts.n_judged,
                    "n_asked": len(judged),
                    "n_labelled": parts.n_labelled,
                    "n_units": n_units,
                    "df": degrees if np.isfinite(degrees) else np.nan,
                    "weight": weights.get(method, np.nan) if method == "prediction-powered" else np.nan,
                }
            )
        )
        sample.append(Fit(beta, unit, influence, degrees, None if len(unit) else covariance))
    frame = pd.concat(frames, ignore_index=True)
    meta = make_meta(
        "Plackett-Luce model of a judge's choices, corrected by people's of a part",
        {
            "by": None,
            "estimators": list(estimators),
            "ties": ties,
            "position": position,
            "cluster": cluster,
            "prior_sd": prior_sd,
            "imputations": imputations,
            "level": level,
            "draws": draws,
            "unit": cluster or "choice",
        },
        citations=["Angelopoulos, Duchi & Zrnic (2023), PPI++", "Rubin (1987)", *MODEL],
        seed=seed,
        warnings=parts.notes(),
        seconds=time.perf_counter() - started,
        agreement=parts.agreement,
        parts={"all": {"p": parts.p, "difference": parts.difference}},
        student="df",
    )
    tree = draws_tree(
        "posterior",
        np.stack(drawn_together(sample, draws, rng), axis=2),
        {"option": counts.options, "estimator": list(estimators)},
    )
    return Result("judged_strengths", frame, ("option", "estimator"), meta, tree)


@dataclass(frozen=True)
class _Joined:
    """The judge's choices and people's in one table, each choice under the name of who made it."""

    table: Choices
    source: pd.Series
    cluster: NDArray[np.int64] | None
    n_judged: int
    n_labelled: int
    agreement: float
    p: float
    difference: float
    lost: int

    def notes(self) -> list[str]:
        said = []
        if self.p < 0.01:
            said.append(
                "where people chose the judge puts the first option first more or less often than elsewhere ("
                f"{p_value(self.p)}, by {self.difference:.2f}): no random part, so that the labelled and the "
                "prediction-powered strengths are biased"
            )
        units = self.n_labelled if self.cluster is None else len(np.unique(self.cluster))
        if units < FEW:
            said.append(f"{counted(units, 'labelled unit')}: errors over so few are rough")
        if self.lost:
            said.append(f"{counted(self.lost, 'choice')} that the judge, or people, did not make left out")
        return said


def _joined(judged: Choices, people: Choices, cluster: str | None) -> _Joined:
    for name, table in (("judged", judged), ("people", people)):
        require_single(table, name, "a judge's and people's choices are matched one by one")
    own = judged.frame[judged.frame["status"] == "valid"]
    told = people.frame[people.frame["status"] == "valid"]
    options = {}
    for name, frame in (("judged", judged.frame), ("people", told)):
        pairs = frame.assign(option=frame["option"].astype(str), choice=frame["choice"].astype(str))
        options[name] = pairs.sort_values("option").groupby("choice", sort=False)["option"].agg("\n".join)
    unknown = options["people"].index.difference(options["judged"].index)
    if len(unknown):
        raise InputError(
            "people chose where the judge was not asked",
            parameter="people",
            got=f"choice {unknown[0]}",
            expected="its choices",
        )
    same = options["people"] == options["judged"].reindex(options["people"].index)
    if not same.all():
        raise InputError(
            "people chose between other options than the judge",
            parameter="people",
            got=f"choice {same.index[~same][0]}",
        )
    both = set(options["people"].index) & set(own["choice"].astype(str))
    if len(both) < LEAST:
        raise SpecificationError(
            "a judge can't be corrected without people's choices",
            parameter="people",
            got=counted(len(both), "choice"),
            expected="4 or more that the judge made too",
        )
    if cluster is not None and cluster not in own.columns:
        raise SpecificationError(
            "no such column", parameter="cluster", got=cluster, expected="a column of judged"
        )
    columns = [c for c in ("choice", "option", "rank", "status", "position", "outcome") if c in own.columns]
    own = own[[*columns, *([cluster] if cluster and cluster not in columns else [])]]
    own = own.assign(choice=own["choice"].astype(str))
    told = told.assign(choice=told["choice"].astype(str))
    told = told[told["choice"].isin(both)][[c for c in columns if c in told.columns]]
    if cluster is not None:
        named = own.drop_duplicates("choice").set_index("choice")[cluster]
        told = told.assign(**{cluster: named.reindex(told["choice"]).to_numpy()})
    on = own["choice"].isin(both)
    stack = pd.concat([own.assign(who=np.where(on, "b", "c")), told.assign(who="a")], ignore_index=True)
    by_whom = stack["who"] + stack["choice"]
    table = Choices(stack.assign(choice=by_whom, **{_SOURCE: by_whom}).drop(columns="who"))
    source = table.frame.drop_duplicates("choice").set_index("choice")[_SOURCE]
    first = own[own["rank"] == 1].drop_duplicates("choice")
    place = _leads(own)
    p, apart = _differ(place[place.index.isin(both)], place[~place.index.isin(both)])
    winner = first.set_index("choice")["option"].astype(str)
    theirs = told[told["rank"] == 1].drop_duplicates("choice").set_index("choice")["option"].astype(str)
    shared = sorted(both)
    agree = float((winner.reindex(shared).fillna("") == theirs.reindex(shared).fillna("")).mean())
    code = None
    if cluster is not None:
        code = np.asarray(
            pd.factorize(table.frame.drop_duplicates("choice")[cluster].astype(str))[0], dtype=np.int64
        )
    lost = len(judged) - own["choice"].nunique() + len(people) - len(both)
    return _Joined(table, source, code, own["choice"].nunique(), len(both), agree, p, apart, lost)


def _leads(own: pd.DataFrame) -> pd.Series:
    """Whether the option that stands first, in the order shown or else by name, was put first; by choice."""
    order = "position" if "position" in own.columns and own["position"].notna().all() else "option"
    first = own.sort_values(order, kind="stable").drop_duplicates("choice").set_index("choice")
    return (first["rank"] == 1).fillna(False).astype(float)


def _differ(one: pd.Series, two: pd.Series) -> tuple[float, float]:
    if len(two) < 2:
        return float("nan"), 0.0
    table = np.array([[one.sum(), len(one) - one.sum()], [two.sum(), len(two) - two.sum()]])
    if (table.sum(axis=0) == 0).any():
        return float("nan"), 0.0
    p = stats.chi2_contingency(table, correction=False).pvalue
    return float(p), float(abs(one.mean() - two.mean()))


@dataclass(frozen=True)
class _Fit:
    maximum: Maximum
    covariance: Array
    weight: float
    units: int
    unit: NDArray[np.int64]
    influence: Array


def _powered(counts: Counted, parts: _Joined, method: str, precision: float) -> _Fit:
    names = np.array(counts.clusters)
    who = np.array([name[0] for name in names])
    ids = np.array([name[1:] for name in names])
    told, same, rest = who == "a", who == "b", who == "c"
    n, others = int(told.sum()), int(rest.sum())
    size = len(counts.options)
    choice = np.asarray(pd.factorize(ids)[0], dtype=np.int64)

    def fitted(weights: Array) -> Maximum:
        sets = replace(counts.sets, count=np.asarray(weights @ counts.taken).ravel())
        return maximise(sets, size, precision)

    if method in ("judge", "labelled"):
        on = told if method == "labelled" else same | rest
        maximum = fitted(on.astype(float))
        scores = counts.sets.scores(maximum.beta, counts.taken)[on]
        centred = scores - scores.mean(axis=0)
        return _summed(maximum, centred, _codes(parts, names, on), choice[on], 0.0)
    partner = pd.Index(ids[same]).get_indexer(pd.Index(ids[told]))

    def pieces(beta: Array) -> tuple[Array, Array, Array]:
        scores = counts.sets.scores(beta, counts.taken)
        return scores[told], scores[same][partner], scores[rest]

    def weighted(weight: float) -> Maximum:
        share = weight * n / others if others else 0.0
        return fitted(told - weight * same + share * rest)

    weight = 0.0
    if others:
        start = weighted(0.5)
        y, f, g = pieces(start.beta)
        both = np.concatenate([f, g])
        v = start.covariance
        shared = ((y - y.mean(axis=0)) @ v * ((f - f.mean(axis=0)) @ v)).sum() / n
        spread = (((both - both.mean(axis=0)) @ v) ** 2).sum() / len(both)
        weight = float(np.clip(shared / ((1 + n / others) * spread), 0, 1)) if spread > 0 else 0.0
    maximum = weighted(weight)
    y, f, g = pieces(maximum.beta)
    left = y - weight * f
    blocks = [left - left.mean(axis=0)]
    where = [told]
    if others:
        blocks.append(weight * n / others * (g - g.mean(axis=0)))
        where.append(rest)
    codes = None
    if parts.cluster is not None:
        codes = np.concatenate([_codes(parts, names, on) for on in where])
    return _summed(
        maximum, np.concatenate(blocks), codes, np.concatenate([choice[on] for on in where]), weight
    )


def _codes(parts: _Joined, names: NDArray[Any], on: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if parts.cluster is None:
        return None
    place = pd.Index(parts.source.index).get_indexer(pd.Index(names[on]))
    return np.asarray(parts.cluster[place], dtype=np.int64)


def _summed(
    maximum: Maximum,
    scores: Array,
    codes: NDArray[np.int64] | None,
    choice: NDArray[np.int64],
    weight: float,
) -> _Fit:
    v, unit = maximum.covariance, choice
    if codes is not None:
        found, member = np.unique(codes, return_inverse=True)
        total = np.zeros((len(found), scores.shape[1]))
        np.add.at(total, member, scores)
        scores, unit = total, found
    n = len(scores)
    influence = scores @ v * np.sqrt(n / max(n - 1, 1))
    return _Fit(maximum, influence.T @ influence, weight, n, unit, influence)
