"""Shares and means of what people would say, from a judge's labels of everything and people's of a part."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.raters.judge_posteriors import calibrated_draws, confusion_draws
from valuestats.raters.judged_table import NOT_RANDOM, Array, Judged, difference_of_parts, judged_groups
from valuestats.results.meta import make_meta
from valuestats.results.result import Result, draws_tree
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.prediction_powered import powered_mean
from valuestats.statistics.resampling import equal_tailed

Method = Literal["judge", "labelled", "prediction-powered", "calibrated", "confusion"]

Plain = Literal["judge", "labelled", "prediction-powered"]

JUDGE: Plain = "judge"
LABELLED: Plain = "labelled"
POWERED: Plain = "prediction-powered"
CALIBRATED: Method = "calibrated"
CONFUSION: Method = "confusion"
PLAIN: tuple[Plain, ...] = (JUDGE, LABELLED, POWERED)
ESTIMATORS: tuple[Method, ...] = (*PLAIN, CALIBRATED, CONFUSION)
CITATIONS = (
    "Angelopoulos, Bates, Fannjiang, Jordan & Zrnic (2023), Science 382, 669-674",
    "Angelopoulos, Duchi & Zrnic (2023), PPI++, arXiv 2311.01453",
    "Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76",
)


@checked
def judged_shares(
    judged: pd.DataFrame,
    *,
    by: str | None = None,
    labels: Sequence[str] | None = None,
    estimators: Sequence[Method] = ESTIMATORS,
    shared: bool = False,
    draws: int = 4000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Share of each label that people would give, from a judge's labels of everything and people's of a part.

    Estimand: :math:`\pi_t`, the share of items that people would label t. Methods, side by side:

    - ``"judge"``: the judge's shares as they are; biased wherever it errs.
    - ``"labelled"``: the part that people labelled alone.
    - ``"prediction-powered"``: both, `valuestats.statistics.prediction_powered.powered_mean`; right where the labelled are a
      random part, or where ``probability`` says how they were drawn.
    - ``"calibrated"``: :math:`\sum_j q_j P(t \mid j)`, exact Dirichlet posterior; right where the labelled are random
      given the
      judge's label.
    - ``"confusion"``: from :math:`P(j \mid t)` (Rogan and Gladen 1978, of any number of labels), posterior drawn by
      importance; right where the labelled are random given what people say, and the only one that may be shared over
      groups of different shares.

    The last two have equal-tailed posterior intervals and take items as independent; the others are Student's t with
    one degree less than the labelled items (or their clusters), from sums within clusters where there is a column
    ``cluster``.

    Parameters
    ----------
    judged
        One row per item: ``item``, ``judge`` (its label), ``label`` (people's, null where they gave none); optionally
        ``cluster``, ``probability`` (of having been given to people) and the column `by`.
    by
        Column (``"model"``, say) whose values are estimated one by one.
    labels
        All labels, where not all occur.
    estimators
        Which of them.
    shared
        Whether the judge errs alike in all groups; for ``"confusion"`` alone.
    draws, level, seed
        Of the posteriors and intervals.

    Returns
    -------
    Result
        Kind ``"judged_shares"``, keys ``("label", "estimator")`` or ``(by, "label", "estimator")``: besides, ``n_labelled``,
        ``n_units``, ``weight`` (the judge's, of the prediction-powered estimate), ``agreement`` (of judge and people in the
        labelled part). ``n_scored`` counts the items the judge labelled. ``meta["confusion"]`` holds people's labels
        (rows) by the judge's of each group, ``meta["parts"]`` whether the labelled part differs from the rest.

    Raises
    ------
    SpecificationError
        Fewer than two labels, fewer than two items labelled by people in a group.
    InputError
        An item twice, an impossible probability, an unknown label, by row.

    References
    ----------
    Angelopoulos et al. (2023); Angelopoulos, Duchi and Zrnic (2023); Rogan and Gladen (1978).

    Examples
    --------
    >>> import pandas as pd
    >>> told = ["yes"] * 40 + ["no"] * 60
    >>> frame = pd.DataFrame({"item": range(500), "judge": (["yes"] * 50 + ["no"] * 50) * 5, "label": told + [None] * 400})
    >>> found = judged_shares(frame, estimators=["judge", "labelled", "prediction-powered"]).estimates
    >>> found[found["label"] == "yes"]["estimate"].round(2).tolist()
    [0.5, 0.4, 0.4]
    """
    started = time.perf_counter()
    _some(estimators)
    groups, names = judged_groups(judged, by, labels, numeric=False)
    size = len(names)
    rng = np.random.default_rng(seed)
    tables, rest = _tables(groups, size)
    posterior: Array | None = None
    if CONFUSION in estimators:
        posterior = confusion_draws(tables, rest, draws, rng, shared=shared)
    lost = (
        []
        if posterior is None
        else [n for n, p in zip(groups, posterior[0, :, 0], strict=True) if np.isnan(p)]
    )
    rows, sample = [], []
    for g, (name, group) in enumerate(groups.items()):
        onehot = np.eye(size)
        told = np.where(group.labelled, group.label, 0)
        parts = [
            onehot[told][group.labelled],
            onehot[group.judge][group.labelled],
            onehot[group.judge][~group.labelled],
        ]
        agree = float((group.label == group.judge)[group.labelled].mean())
        for method in estimators:
            if method == CALIBRATED:
                one = _of_draws(calibrated_draws(tables[g], rest[g], draws, rng), level)
            elif method == CONFUSION and posterior is not None:
                one = _of_draws(posterior[:, g], level)
            else:
                one = _of_means(method, group, parts, draws, level, rng, within=(0.0, 1.0))
            frame = one[0].assign(label=names, estimator=method, agreement=agree)
            rows.append(frame.assign(**({} if by is None else {by: name}), **_counts(group)))
            sample.append(one[1])
    keys = ("label", "estimator") if by is None else (by, "label", "estimator")
    stacked = np.stack(sample, axis=1).reshape(draws, len(groups), len(estimators), size).swapaxes(2, 3)
    coords: dict[str, Any] = {"label": names, "estimator": list(estimators)}
    tree = draws_tree(
        "posterior", stacked if by else stacked[:, 0], {by: list(groups), **coords} if by else coords
    )
    specification = {
        "by": by,
        "labels": list(names),
        "estimators": list(estimators),
        "shared": shared,
        "draws": draws,
        "level": level,
    }
    meta = _meta(
        "Shares from a judge's labels, corrected by people's labels of a part",
        specification,
        groups,
        by,
        seed,
        started,
        said=[
            f"{f'{name}: ' if by is not None else ''}what the judge says of the others fits next to no draw of "
            "its errors: no "
            "estimate from the confusion matrix"
            for name in lost
        ],
        confusion={
            name: [[int(x) for x in row] for row in table] for name, table in zip(groups, tables, strict=True)
        },
    )
    return Result(
        "judged_shares", _finished(rows, keys, "share that people would give", level), keys, meta, tree
    )


@checked
def judged_means(
    judged: pd.DataFrame,
    *,
    by: str | None = None,
    estimators: Sequence[Plain] = PLAIN,
    draws: int = 4000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Mean of what people would say in numbers, from a judge's ratings of everything and people's of a part.

    Estimand: the mean over items of people's rating. Methods as in `judged_shares`: the judge as it is, the labelled part
    alone, and the prediction-powered mean of both.

    Parameters
    ----------
    judged
        As for `judged_shares`, with numbers in ``judge`` and ``label``.
    by, estimators, draws, level, seed
        As there.

    Returns
    -------
    Result
        Kind ``"judged_means"``, keys ``("estimator",)`` or ``(by, "estimator")``; ``agreement`` is the correlation of
        judge and people in the labelled part.

    Raises
    ------
    SpecificationError
        Fewer than two items labelled by people in a group.
    InputError
        An item twice, no number, an impossible probability, by row.

    References
    ----------
    Angelopoulos et al. (2023); Angelopoulos, Duchi and Zrnic (2023).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": range(8), "judge": [2, 3, 4, 5, 2, 3, 4, 5], "label": [1, 2, 3, 4] + [None] * 4})
    >>> judged_means(frame).estimates[["estimator", "estimate"]].to_numpy().tolist()
    [['judge', 3.5], ['labelled', 2.5], ['prediction-powered', 2.5]]
    """
    started = time.perf_counter()
    _some(estimators)
    groups, _ = judged_groups(judged, by, None, numeric=True)
    rng = np.random.default_rng(seed)
    rows, sample = [], []
    for name, group in groups.items():
        on = group.labelled
        parts = [group.label[on][:, None], group.judge[on][:, None], group.judge[~on][:, None]]
        spread = min(group.label[on].std(), group.judge[on].std())
        r = float(np.corrcoef(group.label[on], group.judge[on])[0, 1]) if spread > 0 else float("nan")
        for method in estimators:
            frame, drawn = _of_means(method, group, parts, draws, level, rng)
            extra: dict[str, Any] = {} if by is None else {by: name}
            rows.append(frame.assign(estimator=method, agreement=r, **extra, **_counts(group)))
            sample.append(drawn[:, 0])
    keys = ("estimator",) if by is None else (by, "estimator")
    stacked = np.stack(sample, axis=1).reshape(draws, len(groups), len(estimators))
    coords: dict[str, Any] = {"estimator": list(estimators)}
    tree = draws_tree(
        "posterior", stacked if by else stacked[:, 0], {by: list(groups), **coords} if by else coords
    )
    specification = {"by": by, "estimators": list(estimators), "draws": draws, "level": level}
    meta = _meta(
        "Means from a judge's ratings, corrected by people's of a part",
        specification,
        groups,
        by,
        seed,
        started,
    )
    return Result(
        "judged_means", _finished(rows, keys, "mean that people would give", level), keys, meta, tree
    )


def _some(estimators: Sequence[str]) -> None:
    if not estimators or len(set(estimators)) < len(estimators):
        raise SpecificationError(
            "estimators are named once each",
            parameter="estimators",
            got=", ".join(estimators) or "none",
            expected=", ".join(ESTIMATORS),
        )


def _tables(groups: dict[str, Judged], size: int) -> tuple[Array, Array]:
    tables, rest = np.zeros((len(groups), size, size)), np.zeros((len(groups), size))
    for g, group in enumerate(groups.values()):
        np.add.at(tables[g], (group.label[group.labelled], group.judge[group.labelled]), 1.0)
        rest[g] = np.bincount(group.judge[~group.labelled], minlength=size)
    return tables, rest


def _of_draws(draws: Array, level: float) -> tuple[pd.DataFrame, Array]:
    lower, upper = equal_tailed(draws, level)
    frame = pd.DataFrame(
        {
            "estimate": draws.mean(axis=0),
            "std_error": draws.std(axis=0, ddof=1),
            "lower": lower,
            "upper": upper,
            "interval": np.where(np.isnan(lower), "none", "posterior, equal-tailed"),
            "weight": np.nan,
        }
    )
    return frame, draws


def _of_means(
    method: str,
    group: Judged,
    parts: list[Array],
    draws: int,
    level: float,
    rng: np.random.Generator,
    *,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[pd.DataFrame, Array]:
    """The judge's, the labelled or the prediction-powered means, with Student's t intervals."""
    told, own, rest = parts
    columns = told.shape[1]
    if method == JUDGE:
        everything = np.concatenate([own, rest])
        cluster = None if group.parts is None else (np.concatenate(group.parts), np.zeros(0, dtype=np.int64))
        found = powered_mean(everything, everything, np.zeros((0, columns)), clusters=cluster, weight=0.0)
    else:
        weight = 0.0 if method == LABELLED else None
        other = np.zeros((0, columns)) if method == LABELLED else rest
        cluster = (
            group.parts if group.parts is None or method != LABELLED else (group.parts[0], group.parts[1][:0])
        )
        found = powered_mean(
            told,
            own,
            other,
            weights=group.weight[group.labelled] if group.weighted else None,
            clusters=cluster,
            weight=weight,
        )
    n = units(group) if method != JUDGE else units(group, everything=True)
    error = np.sqrt(np.diag(found.covariance))
    reach = stats.t.ppf((1 + level) / 2, n - 1) * error if n >= LEAST else np.full(columns, np.nan)
    frame = pd.DataFrame(
        {
            "estimate": found.estimate,
            "std_error": error,
            "lower": np.clip(found.estimate - reach, *within),
            "upper": np.clip(found.estimate + reach, *within),
            "interval": "Wald" if n >= LEAST else "none",
            "weight": found.weight if method == POWERED else np.nan,
        }
    )
    values, vectors = np.linalg.eigh(found.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    normal = rng.normal(size=(draws, columns)) @ root
    scale = np.sqrt((n - 1) / rng.chisquare(n - 1, size=(draws, 1))) if n > 1 else np.nan
    return frame, np.asarray(found.estimate + normal * scale)


def units(group: Judged, *, everything: bool = False) -> int:
    """Labelled items, or their clusters; of everything the judge labelled where asked."""
    on: NDArray[np.bool_] = np.ones(len(group.judge), dtype=bool) if everything else group.labelled
    return int(on.sum()) if group.cluster is None else len(np.unique(group.cluster[on]))


def _counts(group: Judged) -> dict[str, int]:
    return {
        "n_scored": len(group.judge),
        "n_asked": group.n_asked,
        "n_labelled": int(group.labelled.sum()),
        "n_units": units(group),
    }


def _finished(rows: list[pd.DataFrame], keys: tuple[str, ...], estimand: str, level: float) -> pd.DataFrame:
    frame = pd.concat(rows, ignore_index=True).assign(level=level, estimand=estimand)
    first = ["estimand", *keys, "estimate", "std_error", "lower", "upper", "level", "interval"]
    return frame[[*first, *(c for c in frame.columns if c not in first)]]


def _meta(
    method: str,
    specification: dict[str, Any],
    groups: dict[str, Judged],
    by: str | None,
    seed: int,
    started: float,
    said: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    said, parts = list(said), {}
    for name, group in groups.items():
        whom = f"{name}: " if by is not None else ""
        p, apart = difference_of_parts(group)
        parts[name] = {"p": p, "difference": apart}
        if p < NOT_RANDOM:
            said.append(
                f"{whom}the judge labels what people labelled unlike the rest (p = {p:.2g}, by up to "
                f"{apart:.2f}): no random "
                "part, so that the labelled and the prediction-powered estimates are biased unless the "
                "probabilities of being "
                "labelled are given"
            )
        n = units(group)
        if n < FEW:
            none = ", and below four there is no interval" * (n < LEAST)
            what = "item" if group.cluster is None else "cluster"
            said.append(f"{whom}{counted(n, f'labelled {what}')}: errors over so few are rough{none}")
        if group.cluster is not None and {CALIBRATED, CONFUSION} & set(specification["estimators"]):
            said.append(
                f"{whom}the calibrated and the confusion estimates take items as independent, and these are in clusters"
            )
        lost = group.n_asked - len(group.judge)
        if lost:
            said.append(f"{whom}{counted(lost, 'item')} that the judge did not label left out")
    return make_meta(
        method,
        specification,
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - started,
        parts=parts,
        **more,
    )
