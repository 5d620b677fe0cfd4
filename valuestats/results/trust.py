"""What speaks for and against a result: of itself, and from other results as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from valuestats.base import registry
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.aspects import Aspect
from valuestats.results.joint import joint
from valuestats.results.result import Result
from valuestats.results.untested import unit_count
from valuestats.results.verdicts import QUESTIONS, RANK, TRUST_LIMITS, Reason, Sign, TrustLimits, Verdict
from valuestats.statistics.ratios import ratio
from valuestats.tables.far_codes import FAR

if TYPE_CHECKING:
    import xarray as xr


_ANYWHERE: tuple[tuple[str, Aspect], ...] = ((FAR, "codes"),)
"""Notes that speak against results of any kind."""


@checked
def trust(result: Result, evidence: Sequence[Any] = (), *, limits: TrustLimits = TRUST_LIMITS) -> Result:
    """The result with what speaks for and against it, which its `Result.verdict` then holds.

    What a result says of itself is always in its verdict: diagnostics gate, answers scored of those asked, number of
    units resampled, share of the variance between models that is not noise, and, for a similarity, whether it is above
    what uniform answers score. Evidence adds what other results say: keys against chance, validity of keys in other
    raters, reliability of the scales.

    Parameters
    ----------
    result
        What is judged.
    evidence
        Other products: of `valuestats.keying.chance.chance_keys`, `valuestats.key_validity`, `valuestats.reliability`,
        what another room declares as evidence, or a result whose own evidence is of the same values.
    limits
        From where on something speaks against a number.

    Returns
    -------
    Result
        The same numbers; ``meta["evidence"]`` holds the reasons.

    Raises
    ------
    SpecificationError
        A piece of evidence that says nothing of this result.

    Examples
    --------
    >>> from valuestats import item_values, key_validity, keys, read_ratings, read_responses, score, trust
    >>> ratings = read_ratings("data/demo/ratings.csv.gz", values="data/demo/respondent_values.csv.gz", scale=(1, 6))
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> scores = score(responses, keys(item_values(ratings)), replicates=200)
    >>> judged = trust(scores, [key_validity(ratings, rules=["threshold"], splits=10)])
    >>> len(scores.verdict.reasons), len(judged.verdict.reasons)
    (18, 28)
    >>> judged.verdict.sentence()[:47]
    '△ with care: all (few units to resample; models'
    """
    reasons = [r for piece in evidence for r in _evidence(piece, result, limits)]
    meta = {**result.meta, "evidence": [asdict(r) for r in reasons], "limits": asdict(limits)}
    return replace(result, meta=meta)


def of_labels(result: Result, aspect: Aspect, found: Mapping[str, tuple[Sign, str]]) -> list[Reason]:
    """Reasons by label of the result's value key; labels that the result has not are left out.

    Where all say the same of nothing amiss, one reason stands for them.
    """
    key = result.value_key if len(result.keys) > 1 else result.keys[0]
    there = set(result.estimates[key].astype(str))
    return [
        Reason(aspect, sign, text, {key: label}) for label, (sign, text) in found.items() if label in there
    ]


def of_notes(result: Result, marks: Sequence[tuple[str, Aspect]]) -> list[Reason]:
    """The result's own warnings that hold one of the marks, each as a reason to read it with care."""
    return [
        Reason(aspect, "care", note)
        for mark, aspect in marks
        for note in result.meta.get("warnings", [])
        if mark in note
    ]


def _carried(piece: Any, result: Result) -> list[Reason] | None:
    """What was brought as evidence for another result on the same labels holds for this one."""
    if not isinstance(piece, Result) or "evidence" not in piece.meta:
        return None
    found = [Reason(**r) for r in piece.meta["evidence"]]
    return [
        moved
        for r in found
        for moved in of_labels(result, r.aspect, dict.fromkeys(r.where.values(), (r.sign, r.text)))
    ]


def _evidence(piece: Any, result: Result, limits: TrustLimits) -> list[Reason]:
    carried = _carried(piece, result)
    if carried is not None:
        return carried
    for path in registry.evidence().values():
        found = registry.load(path)(piece, result, limits)
        if found is not None:
            return list(found)
    raise SpecificationError(
        "this says nothing of the result",
        parameter="evidence",
        got=getattr(piece, "kind", type(piece).__name__),
        expected=", ".join(registry.evidence()),
    )


def verdict_of(result: Result) -> Verdict:
    """What the result and its evidence say, for each estimate and in all."""
    limits = TrustLimits(**result.meta.get("limits", {}))
    reasons = [Reason(**r) for r in result.meta.get("evidence", [])]
    reasons += [
        *_gate(result),
        *_scored(result, limits),
        *_units(result, limits),
        *_separation(result, limits),
        *_scale(result),
        *of_notes(result, _ANYWHERE),
    ]
    own = registry.kind(result.kind).trust if result.kind in registry.kinds() else None
    if own is not None:
        reasons += registry.load(own)(result)
    reasons.sort(key=lambda r: -RANK[r.sign])
    keys = result.estimates[list(result.keys)].astype(str).reset_index(drop=True)
    asked = [q for q in QUESTIONS if any(r.question == q for r in reasons)]
    ranks = {q: np.zeros(len(keys), dtype=int) for q in asked or [""]}
    why: list[list[str]] = [[] for _ in range(len(keys))]
    for reason in reasons:
        if reason.sign == "sound":
            continue
        here = np.ones(len(keys), dtype=bool)
        for key, label in reason.where.items():
            here &= (keys[key] == label).to_numpy()
        for question, rank in ranks.items():
            if reason.question in ("", question):
                rank[here] = np.maximum(rank[here], RANK[reason.sign])
        for row in np.flatnonzero(here):
            why[row].append(reason.text)
    signs = np.array(get_args(Sign))
    rank = _of_all(list(ranks.values()))
    rows = keys.assign(sign=signs[rank], why=["; ".join(w) for w in why])
    if len(asked) > 1:
        rows = rows.assign(**{q: signs[ranks[q]] for q in asked})
    kept = rank[rank < RANK["untested"]]
    whole: Sign = get_args(Sign)[(kept if kept.size else rank).max(initial=0)]
    return Verdict(tuple(reasons), rows, whole)


def _of_all(ranks: Sequence[np.ndarray]) -> np.ndarray:
    """The first question's ranks; care where it found nothing and another did."""
    first, *others = ranks
    whole = first.copy()
    for other in others:
        whole[(first >= RANK["untested"]) & (other < RANK["untested"])] = RANK["care"]
    return whole


def _gate(result: Result) -> list[Reason]:
    gate = result.meta.get("gate")
    if gate is None:
        return []
    if gate["passed"]:
        return [Reason("gate", "sound", "the fit passed its diagnostics gate")]
    return [Reason("gate", "none", "the fit failed its diagnostics gate: " + "; ".join(gate["reasons"]))]


def _scored(result: Result, limits: TrustLimits) -> list[Reason]:
    """Answers scored of those asked, by the first key (model), and in all."""
    frame = result.estimates
    scored, asked = (frame[c].to_numpy(dtype=float) for c in ("n_scored", "n_asked"))
    if not len(frame) or not (asked > 0).any():
        return []
    key, *others = result.keys
    each = f" for each {listed([readable(k) for k in others])}" if others else ""
    rows = pd.DataFrame({"label": frame[key].astype(str), "scored": scored, "asked": asked}).groupby("label")
    # the same answers behind all rows of a label are counted once
    same = (rows.size() > 1) & (rows.min() == rows.max()).all(axis=1)
    totals = rows.sum().where(~same, rows.first())
    found = [
        Reason(
            "scored",
            "none" if given == 0 else "care",
            f"{number(given)} of {counted(wanted, 'answer')} scored{each if once else ''}",
            {key: str(label)},
        )
        for label, given, wanted, once in zip(
            totals.index, totals["scored"], totals["asked"], same, strict=True
        )
        if given < limits.scored * wanted
    ]
    if not found:
        found.append(
            Reason(
                "scored",
                "sound",
                f"{ratio(np.nansum(scored), np.nansum(asked)):.1%} of the answers asked were scored",
            )
        )
    return found


def _scale(result: Result) -> list[Reason]:
    """That no answer comes near an end of the scale that was named."""
    said = result.meta.get("unused_end")
    return [Reason("scale", "care", said)] if said else []


def _units(result: Result, limits: TrustLimits) -> list[Reason]:
    """Few resampled units: of a value in all rows, of a model in all rows, or of single rows."""
    frame = result.estimates
    if "n_units" not in frame.columns or len(result.keys) < 2:
        return []
    rows = frame[list(result.keys)].astype(str).assign(n=frame["n_units"].to_numpy(dtype=float))
    few = rows["n"] < limits.units
    found: list[Reason] = []
    for key in dict.fromkeys([result.value_key, *result.keys]):
        whole = few & few.groupby(rows[key]).transform("all")
        found += [
            Reason("units", "care", _few(result, int(n), limits), {key: str(label)})
            for label, n in rows[whole].groupby(key, observed=True)["n"].max().items()
        ]
        rows, few = rows[~whole], few[~whole]
    found += [
        Reason("units", "care", _few(result, int(row["n"]), limits), {k: row[k] for k in result.keys})
        for row in rows[few].to_dict("records")
    ]
    return found or [
        Reason("units", "sound", f"intervals resample {number(frame['n_units'].min())} units or more")
    ]


def _few(result: Result, n: int, limits: TrustLimits) -> str:
    if n < limits.fewest_units:
        return f"rests on {unit_count(result, n)}, too few for an interval"
    return f"rests on {counted(n, 'resampled unit')}"


def _separation(result: Result, limits: TrustLimits) -> list[Reason]:
    """Share of the variance between models that is not noise of their differences, for each value."""
    if "model" not in result.keys or len(result.keys) != 2 or result.draws is None:
        return []
    key = result.value_key
    draws = _errors(result, result.replicates().transpose("draw", "model", key))
    if draws.sizes["model"] < 3 or draws.sizes["draw"] < 20:
        return []
    share = separation(draws, _points(result, draws), posterior="posterior" in result.draws.children)
    found = []
    for label, value in zip(draws[key].to_numpy().astype(str), share, strict=True):
        if np.isfinite(value) and value < limits.separation:
            text = f"{max(value, 0.0):.0%} of the variance between models is more than noise"
            found.append(Reason("separation", "care", text, {key: str(label)}))
    return found


def _errors(result: Result, draws: xr.DataArray) -> xr.DataArray:
    """The draws; of Student's t of few clusters their normal parts, as a t's variance is more than that of the error."""
    own = joint(result, [str(d) for d in draws.dims[1:]]).normal
    if own is None or np.isnan(own).all():
        return draws
    known = ~np.isnan(draws.to_numpy()).any(axis=0)
    if np.isnan(own[:, known]).any():
        return draws
    return draws.isel(draw=slice(2 * len(own))).copy(data=np.concatenate([own, -own]))


def _points(result: Result, draws: xr.DataArray) -> np.ndarray:
    wide = (
        result.estimates.astype(dict.fromkeys(result.keys, str))
        .set_index(list(result.keys))["estimate"]
        .unstack()
    )
    key = result.value_key
    return wide.reindex(
        index=draws["model"].to_numpy().astype(str), columns=draws[key].to_numpy().astype(str)
    ).to_numpy(dtype=float)


def separation(draws: xr.DataArray, points: np.ndarray, *, posterior: bool = False) -> np.ndarray:
    r"""Share of the variance between models that is not noise, per value: the reliability of their differences.

    :math:`1 - e_v / s_v`, with :math:`s_v` the sum of squares over models of the estimates about their mean and
    :math:`e_v` the sum over models of the variance over draws of the same deviations, so that what all models share
    (the same queries) is no noise. Posterior means are shrunken: there the share is :math:`s_v/(s_v+e_v)`.

    Parameters
    ----------
    draws
        Posterior draws or replicates, dimensions ``(draw, model, value)``.
    points
        Estimates, shape ``(models, values)``.
    posterior
        Whether the draws are of a posterior.

    References
    ----------
    Mislevy, Beaton, Kaplan and Sheehan (1992) on reliability from a posterior; Lord and Novick (1968).

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(0)
    >>> points = np.array([[0.0], [2.0], [4.0]])
    >>> drawn = xr.DataArray(points + rng.normal(0, 1.0, (4000, 3, 1)), dims=("draw", "model", "value"))
    >>> separation(drawn, points).round(2)
    array([0.75])
    """
    known = ~np.isnan(points)
    x = np.where(known, draws.to_numpy(), np.nan)
    apart = x - _mean_known(x, known)[:, None, :]
    noise = np.where(known, apart.var(axis=0, ddof=1), 0.0).sum(axis=0)
    between = np.where(known, (points - _mean_known(points[None], known)) ** 2, 0.0).sum(axis=0)
    return ratio(between, between + noise) if posterior else 1.0 - ratio(noise, between)


def _mean_known(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Mean over the models that are known, shape ``(draws, values)`` from ``(draws, models, values)``."""
    return ratio(np.where(known, x, 0.0).sum(axis=1), known.sum(axis=0))
