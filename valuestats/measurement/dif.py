"""Differential item functioning: whether groups of the same standing answer an item differently."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.measurement.proportional_odds import (
    OddsFit,
    compact_codes,
    null_log_likelihood,
    proportional_odds,
)
from valuestats.measurement.separation import profile_ends
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.ratios import ratio
from valuestats.tables import Ratings, Responses
from valuestats.tables.answer_matrix import PersonItems, person_items
from valuestats.tables.keys import checked_keys
from valuestats.tables.schema import group_column

Array = NDArray[np.float64]

Matching = Literal["total", "rest"]

NEGLIGIBLE, LARGE = 0.035, 0.070
"""Bounds of Nagelkerke's R² difference between classes A, B and C (Jodoin and Gierl 2001)."""


@formerly(group="by")
@checked
def dif(
    answers: pd.DataFrame | Ratings | Responses,
    keyed: pd.DataFrame | None = None,
    *,
    by: str,
    reference: str | None = None,
    matching: Matching = "total",
    purify: int = 5,
    false_discovery: float = 0.05,
    level: float = 0.95,
) -> Result:
    r"""Differential item functioning by ordinal logistic regression.

    For each item three proportional-odds models are fitted: M0, the answer given the total score (mean of the items
    of the scale, this one included, standardised) and its square; M1, with the groups; M2, with groups times total
    score. M1 against M0 tests uniform, M2 against M1 non-uniform, M2 against M0 any DIF, each by likelihood ratio.

    Estimand: the log-odds ratio of a higher answer between a group and the reference group at the same total score
    (M1). Interval: Wald; where the answers of a group are separated from those of the reference (the likelihood rises
    without end with the log-odds ratio), there is no estimate, and the interval, of the profile likelihood, has one end.
    An item is flagged where the test of any DIF is below `false_discovery` after Benjamini and Hochberg over all tested
    items. A flag says little in a large sample: the effect size beside it is the rise of Nagelkerke's :math:`R^2` from
    M0 to M2 in the classes A (negligible, < .035), B and C (large, from .070).

    Parameters
    ----------
    answers
        See `valuestats.tables.answer_matrix.person_items`.
    keyed
        Columns ``dimension, item`` and optionally ``sign``: each dimension is a scale of its own, items with
        sign -1 are turned for the score and their log-odds; all items one scale where omitted.
    by
        Column with the groups: country, language, gender, model.
    reference
        Group the others are held against; the largest if not given.
    matching
        ``"total"``, or ``"rest"``: the mean of the other items alone, without a square. Groups that differ in the trait
        differ in items without DIF at the same rest score, since it measures the trait with error; with the item
        itself in the score they hardly do (Holland and Thayer 1988; ``benchmarks/dif_errors.py``).
    purify
        Rounds in which flagged items are left out of the scores of the others, until the set of them stays the same; 0
        for none. In each round those leave whose :math:`R^2` is at least half the largest of the scale's: items that
        only lean on a biased one are flagged no more once it is out.
    false_discovery
        Expected share of false flags (Benjamini and Hochberg 1995).
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"dif"``, keys ``item`` and the column `by` (the groups beside the reference). Columns: ``scale``,
        ``reference``, ``p_uniform``, ``p_nonuniform``, ``p_any``, ``q_any`` (adjusted), ``flagged`` (the item: some group
        answers it otherwise), ``differs`` (this group does: flagged, and its interval holds no 0), ``r2_uniform``,
        ``r2_any`` (Nagelkerke), ``mcfadden_any``, ``dif_class``, ``separated`` (``"higher"``, ``"lower"`` or empty),
        ``n_group``, ``n_reference``. Null where an item can't be tested (one category, answered by nobody of a group).

    Raises
    ------
    SpecificationError
        Fewer than two groups, an unknown reference, a scale of one item.

    Notes
    -----
    Observations are unweighted and taken as independent.

    References
    ----------
    Holland and Thayer (1988); Swaminathan and Rogers (1990); Zumbo (1999); Jodoin and Gierl (2001);
    Crane, Gibbons, Jolley and van Belle (2006);
    Nagelkerke (1991); Benjamini and Hochberg (1995); Heinze and Schemper (2002) for separated answers.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.measurement.dif import dif
    >>> rng = np.random.default_rng(3)
    >>> trait, of_b = rng.normal(size=400), np.arange(400) % 2
    >>> latent = trait[:, None] + rng.logistic(size=(400, 5)) + np.outer(of_b, [0, 0, 2, 0, 0])
    >>> codes = np.digitize(latent, [-1, 0, 1])
    >>> wide = pd.DataFrame(codes, columns=list("12345")).assign(respondent=range(400), country=np.array(["a", "b"])[of_b])
    >>> found = dif(wide.melt(["respondent", "country"], var_name="item", value_name="rating"), by="country")
    >>> found.estimates.loc[found.estimates["flagged"], "item"].tolist()
    ['3']
    """
    started = time.perf_counter()
    keyed = None if keyed is None else checked_keys(keyed)
    matrix = person_items(answers, group=by, items=_keyed_items(keyed))
    _check(matrix, reference)
    sizes = np.bincount(matrix.member, minlength=len(matrix.groups))
    base = int(sizes.argmax()) if reference is None else matrix.groups.index(reference)
    scales, sign = _scales(matrix, keyed)
    y = matrix.y * sign
    others = [g for g in range(len(matrix.groups)) if g != base]
    dummies = (matrix.member[:, None] == others).astype(float)
    biased = np.zeros(len(matrix.items), dtype=bool)
    rounds = 0
    for _ in range(purify + 1):
        found = _tested(y, dummies, _matching(y, scales, biased, matching), false_discovery)
        rounds += 1
        now = _purified(found, scales, biased)
        if (now == biased).all():
            break
        biased = now
    frame = _frame(matrix, found, scales, others, base, sizes, level, matching)
    bare = [matrix.items[j] for j in np.flatnonzero(~found.tested)]
    notes = matrix.notes()
    if bare:
        notes.append(
            f"no test for {len(bare)} items (one category, or not answered in each group): {', '.join(bare[:8])}"
        )
    notes += [
        f"{row.item}: separated: at the same score {row.group} answers {row.separated} than {row.reference} so surely that "
        "the log-odds ratio has no largest value; its interval, of the profile likelihood, has one end"
        for row in frame[frame["separated"] != ""].itertuples()
    ]
    meta = make_meta(
        f"ordinal logistic regression on group and {matching} score, likelihood-ratio tests",
        {
            "matching": matching,
            "by": by,
            "reference": matrix.groups[base],
            "purify": purify,
            "false_discovery": false_discovery,
            "level": level,
        },
        citations=[
            "Holland & Thayer (1988)",
            "Swaminathan & Rogers (1990)",
            "Zumbo (1999)",
            "Jodoin & Gierl (2001)",
            "Benjamini & Hochberg (1995)",
        ],
        warnings=notes,
        seconds=round(time.perf_counter() - started, 2),
        tested=int(found.tested.sum()),
        purified=[matrix.items[j] for j in np.flatnonzero(biased)],
        rounds=rounds,
    )
    named = group_column(by, set(frame.columns) - {"group"})
    return Result("dif", frame.rename(columns={"group": named}), ("item", named), meta)


@dataclass(frozen=True)
class _Tests:
    fit: OddsFit
    codes: NDArray[np.int64]
    categories: NDArray[np.int64]
    covariates: Array
    first: int  # place of the first group among the coefficients
    p_uniform: Array
    p_nonuniform: Array
    p_any: Array
    q_any: Array
    r2_uniform: Array
    r2_any: Array
    mcfadden: Array
    flagged: NDArray[np.bool_]
    tested: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def _keyed_items(keyed: pd.DataFrame | None) -> tuple[str, ...]:
    return () if keyed is None else tuple(dict.fromkeys(keyed["item"]))


def _check(matrix: PersonItems, reference: str | None) -> None:
    if len(matrix.groups) < 2:
        raise SpecificationError(
            "nothing to compare",
            parameter="by",
            got=", ".join(matrix.groups),
            expected="two groups or more",
        )
    if reference is not None and reference not in matrix.groups:
        raise SpecificationError(
            "no such group", parameter="reference", got=reference, expected=", ".join(matrix.groups)
        )


def _scales(matrix: PersonItems, keyed: pd.DataFrame | None) -> tuple[dict[str, list[int]], Array]:
    """Columns of each scale, and the sign of each column."""
    sign = np.ones(len(matrix.items))
    scales: dict[str, list[int]] = {"all": list(range(len(matrix.items)))}
    if keyed is not None:
        column = {item: k for k, item in enumerate(matrix.items)}
        table = keyed[keyed["item"].isin(column)]
        twice = table.loc[table["item"].duplicated(), "item"]
        if len(twice):
            raise SpecificationError("an item stands in two scales", parameter="keyed", got=twice.iloc[0])
        parts = table.groupby("dimension", sort=False)
        scales = {str(name): [column[i] for i in rows["item"]] for name, rows in parts}
        sign[[column[i] for i in table["item"]]] = table["sign"].to_numpy(dtype=float)
    for name, columns in scales.items():
        if len(columns) < 2:
            raise SpecificationError(
                "a score to match on needs other items",
                parameter="keyed",
                got=f"{name}: {', '.join(matrix.items[k] for k in columns)}",
                expected="two answered items or more in each scale",
            )
    return scales, sign


def _matching(y: Array, scales: dict[str, list[int]], biased: NDArray[np.bool_], matching: Matching) -> Array:
    """What respondents are matched on, per item: ``(items, respondents, 1 or 2)``, the score and its square.

    A scale in which every other item is biased keeps them all: there is nothing better to match on.
    """
    seen, filled = ~np.isnan(y), np.where(np.isnan(y), 0.0, y)
    score = np.full(y.T.shape, np.nan)
    for columns in scales.values():
        for j in columns:
            chosen = [k for k in columns if k != j and not biased[k]] or [k for k in columns if k != j]
            chosen += [j] if matching == "total" else []
            score[j] = ratio(filled[:, chosen].sum(axis=1), seen[:, chosen].sum(axis=1))
    known = ~np.isnan(score)
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = score - np.where(known, score, 0.0).sum(axis=1, keepdims=True) / n
    spread = np.sqrt(np.where(known, centred**2, 0.0).sum(axis=1, keepdims=True) / n)
    score = np.divide(centred, spread, out=np.zeros_like(centred), where=known & (spread > 0))
    score = np.where(known, score, np.nan)
    # the square of a score of two levels is the score again
    curved = matching == "total" and all(len(np.unique(row[~np.isnan(row)])) > 2 for row in score)
    return np.stack([score, score**2 - 1], axis=2) if curved else score[:, :, None]


def _purified(found: _Tests, scales: dict[str, list[int]], biased: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Items left out of the others' scores in the next round: those still flagged, and each scale's largest new ones."""
    now = biased & found.flagged
    for columns in scales.values():
        fresh = [j for j in columns if found.flagged[j] and not biased[j]]
        if fresh:
            largest = found.r2_any[fresh].max()
            now[[j for j in fresh if found.r2_any[j] >= largest / 2]] = True
    return now


def _tested(y: Array, dummies: Array, match: Array, false_discovery: float) -> _Tests:
    usable = np.where(np.isnan(match[:, :, 0].T), np.nan, y)
    codes, categories = compact_codes(usable)
    grouped = np.broadcast_to(dummies, (len(match), *dummies.shape))
    m0 = proportional_odds(codes, categories, match)
    covariates = np.concatenate([match, grouped], axis=2)
    m1 = proportional_odds(codes, categories, covariates)
    m2 = proportional_odds(
        codes, categories, np.concatenate([match, grouped, match[:, :, :1] * grouped], axis=2)
    )
    null, n = null_log_likelihood(codes), (codes >= 0).sum(axis=1)
    l0, l1, l2 = m0.log_likelihood, m1.log_likelihood, m2.log_likelihood
    extra = dummies.shape[1]
    p_any = _p(l2 - l0, 2 * extra)
    tested = ~np.isnan(p_any)
    q_any = np.full(len(p_any), np.nan)
    if tested.any():
        q_any[tested] = stats.false_discovery_control(p_any[tested], method="bh")
    base = _nagelkerke(l0, null, n)
    return _Tests(
        m1,
        codes,
        categories,
        covariates,
        match.shape[2],
        _p(l1 - l0, extra),
        _p(l2 - l1, extra),
        p_any,
        q_any,
        _nagelkerke(l1, null, n) - base,
        _nagelkerke(l2, null, n) - base,
        np.divide(l0 - l2, null, out=np.full(len(null), np.nan), where=null < 0),
        np.where(tested, q_any < false_discovery, False).astype(bool),
        tested,
        codes >= 0,
    )


def _p(gain: Array, df: int) -> Array:
    return np.asarray(stats.chi2.sf(2 * np.maximum(gain, 0.0), df), dtype=float)


def _nagelkerke(value: Array, null: Array, n: NDArray[np.int64]) -> Array:
    size = np.maximum(n, 1)
    return np.asarray(ratio(-np.expm1(2 * (null - value) / size), -np.expm1(2 * null / size)), dtype=float)


def dif_class(r2: Array, flagged: NDArray[np.bool_]) -> list[str]:
    """Class of each item: A where not flagged or below .035, B below .070, C from there; empty where untested.

    Examples
    --------
    >>> import numpy as np
    >>> dif_class(np.array([0.2, 0.2, 0.05, 0.01]), np.array([False, True, True, True]))
    ['A', 'C', 'B', 'A']
    """
    return [
        "" if np.isnan(r) else "A" if not f or r < NEGLIGIBLE else "B" if r < LARGE else "C"
        for r, f in zip(r2, flagged, strict=True)
    ]


def _frame(
    matrix: PersonItems,
    found: _Tests,
    scales: dict[str, list[int]],
    others: list[int],
    base: int,
    sizes: NDArray[np.int64],
    level: float,
    matching: Matching,
) -> pd.DataFrame:
    z = stats.norm.ppf((1 + level) / 2)
    scale_of = {j: name for name, columns in scales.items() for j in columns}
    classes = dif_class(found.r2_any, found.flagged)
    parts = []
    for place, g in enumerate(others):
        estimate = found.fit.coefficients[:, found.first + place]
        direction = found.fit.separated[:, found.first + place]
        variance = found.fit.covariance[:, found.first + place, found.first + place]
        error = np.sqrt(np.where(np.isnan(estimate), np.nan, variance))
        lower, upper = estimate - z * error, estimate + z * error
        ends = profile_ends(
            found.fit, found.codes, found.categories, found.covariates, found.first + place, level
        )
        lower, upper = np.where(direction > 0, ends, lower), np.where(direction < 0, ends, upper)
        in_group = found.seen[:, matrix.member == g].sum(axis=1)
        in_base = found.seen[:, matrix.member == base].sum(axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "estimand": f"log-odds ratio of a higher answer at the same {matching} score",
                    "item": matrix.items,
                    "group": matrix.groups[g],
                    "estimate": estimate,
                    "std_error": error,
                    "lower": lower,
                    "upper": upper,
                    "level": level,
                    "interval": np.where(direction != 0, "profile likelihood", "Wald"),
                    "n_scored": in_group + in_base,
                    "n_asked": int(sizes[g] + sizes[base]),
                    "scale": [scale_of.get(j, "") for j in range(len(matrix.items))],
                    "reference": matrix.groups[base],
                    "p_uniform": found.p_uniform,
                    "p_nonuniform": found.p_nonuniform,
                    "p_any": found.p_any,
                    "q_any": found.q_any,
                    "flagged": found.flagged,
                    "differs": found.flagged & ((lower > 0) | (upper < 0)),
                    "r2_uniform": found.r2_uniform,
                    "r2_any": found.r2_any,
                    "mcfadden_any": found.mcfadden,
                    "dif_class": classes,
                    "separated": np.array(["", "higher", "lower"])[direction],
                    "n_group": in_group,
                    "n_reference": in_base,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
