"""How well a label can be read off activations in groups that had no part in learning it, beside permuted labels."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from valuestats.activations.logistic import mean_difference, ridge_logistic, spanned
from valuestats.activations.rows import Activations, Labelled, labelled
from valuestats.base.allowed import POSITIVE
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]
Method = Literal["logistic", "mean"]
Split = Literal["groups", "rows"]
Compat = Literal["published"]

CITATIONS = (
    "Alain and Bengio (2017), Understanding intermediate layers using linear classifier probes",
    "Hewitt and Liang (2019), Designing and interpreting probes with control tasks",
    "Nadeau and Bengio (2003), Inference for the generalization error",
    "Ojala and Garriga (2010), Permutation tests for studying classifier performance",
    "Westfall and Young (1993), Resampling-based multiple testing",
    "Jin et al. (2025), Internal value alignment in large language models through controlled value vector activation",
)


@checked
def linear_probe(
    activations: Activations,
    *,
    label: str = "label",
    group: str = "group",
    method: Method = "logistic",
    penalty: Annotated[float, POSITIVE] = 1.0,
    folds: int = 5,
    split: Split = "groups",
    compat: Compat | None = None,
    permutations: int = 20,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Accuracy with which a linear probe reads a label off each layer, in groups that it was not trained on.

    Estimand: for each layer, the share of rows of new groups that a probe trained on so many groups labels rightly. Groups
    are dealt into folds whole, so that nothing a group's rows share (the context of a pair, the question of paraphrases) is
    in training and test at once. ``"logistic"`` is ridge logistic regression (`ridge_logistic`), ``"mean"`` the difference
    of the two means, cut half way.

    What a probe of this size reads off labels that mean nothing stands beside it: labels are permuted within groups that
    have both (pairs are swapped), and between groups that have one, `permutations` times with the same folds. ``baseline``
    is their mean accuracy, ``ceiling`` the `level` quantile of the largest over layers, ``p_value`` and ``p_adjusted`` (by
    that largest, Westfall and Young 1993) have no smaller value than :math:`1/(1 + \text{permutations})`. Intervals
    resample the groups held out; as the folds' probes share most of their training part, deviations are widened by
    :math:`\sqrt{1 + K n_\text{test}/n_\text{train}}`, K the number of parts held out (Nadeau and Bengio 2003): without
    that, they would not hold what another training set gives, and cover 83% instead of 95%.

    Parameters
    ----------
    activations
        Vectors and their table.
    label, group
        Columns of the label (two kinds) and of the groups.
    method, penalty
        See above; `penalty` is of ``"logistic"`` (scikit-learn's ``1 / C``).
    folds
        At most as many as there are groups.
    split
        ``"rows"`` deals rows into folds whatever their group: what a split that knows of no groups would say.
    compat
        ``"published"``: Jin et al.'s single split of rows at random, 70% to train (scikit-learn's ``train_test_split``
        with ``random_state=0`` on the positive rows followed by the negative ones), whatever `split` and `folds`.
    permutations, replicates, level, seed
        Of the permuted labels, the resampled groups and the folds.

    Returns
    -------
    Result
        Kind ``"probe"``, keys ``("layer",)``: ``estimate`` (accuracy of the held out), ``auc``, ``baseline``, ``ceiling``,
        ``p_value``, ``p_adjusted``, ``p_least`` (the least that could have been), ``n_scored`` rows held out
        of ``n_asked``, ``n_units`` groups among them.

    Raises
    ------
    InputError
        A missing column, a null, an activation that is no number.
    SpecificationError
        Constant labels, too few groups, a label that leaks, a fold whose training part has one label.

    References
    ----------
    Alain and Bengio (2017); Hewitt and Liang (2019); Nadeau and Bengio (2003); Ojala and Garriga (2010); Westfall and Young
    (1993); Jin et al. (2025).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import Activations, linear_probe
    >>> rng = np.random.default_rng(0)
    >>> rows = pd.DataFrame({"label": [1, 0] * 30, "group": np.repeat(np.arange(30), 2)})
    >>> x = rng.normal(size=(60, 50)) + 0.6 * (2 * rows["label"].to_numpy()[:, None] - 1)
    >>> found = linear_probe(Activations(x, rows), permutations=19).estimates.iloc[0]
    >>> [round(float(found[name]), 2) for name in ("estimate", "p_value")]
    [1.0, 0.05]
    """
    started = time.perf_counter()
    rows = labelled(activations, label, group)
    rng = np.random.default_rng(seed)
    parts = _parts(rows, min(folds, len(rows.groups)), split, compat, rng)
    told = np.column_stack([rows.y, *(permuted(rows, rng) for _ in range(permutations))])
    for part in parts:
        if np.ptp(rows.y[~part]) == 0:
            raise SpecificationError(
                "a part to train on has one label alone", parameter="folds", got=folds, expected="fewer folds"
            )
    out = np.any(parts, axis=0)
    layers = len(activations.layers)
    score = np.full((layers, len(rows.y)), np.nan)
    right = np.full((layers, 1 + permutations, len(rows.y)), np.nan)
    for number in range(layers):
        z = spanned(activations.layer(number)).z
        for part in parts:
            for k in range(1 + permutations):
                y = told[~part, k]
                if np.ptp(y) == 0:
                    right[number, k, part] = 0.5
                    continue
                beta, intercept = (
                    ridge_logistic(z[~part], y, penalty, tolerance=1e-4 if k else 1e-9)
                    if method == "logistic"
                    else mean_difference(z[~part], y)
                )
                logit = z[part] @ beta + intercept
                right[number, k, part] = np.where(logit == 0, 0.5, (logit > 0) == (told[part, k] == 1))
                if k == 0:
                    score[number, part] = logit
    estimates, tree = _intervals(
        activations, rows, right[:, 0][:, out], out, _overlap(parts), replicates, level, rng
    )
    accuracy = right[:, :, out].mean(axis=2)
    estimates["auc"] = [_auc(s[out], rows.y[out]) for s in score]
    largest = accuracy[:, 1:].max(axis=0) if permutations else np.full(1, np.nan)
    estimates["baseline"] = accuracy[:, 1:].mean(axis=1) if permutations else np.nan
    estimates["ceiling"] = float(np.quantile(largest, level, method="higher")) if permutations else np.nan
    for name, null in (("p_value", accuracy[:, 1:]), ("p_adjusted", np.tile(largest, (layers, 1)))):
        beyond = (null >= accuracy[:, :1] - 1e-12).sum(axis=1)
        estimates[name] = (1 + beyond) / (1 + permutations) if permutations else np.nan
    estimates["p_least"] = least_p(rows, permutations) if permutations else np.nan
    spec: dict[str, Any] = {
        "label": label,
        "group": group,
        "positive": rows.positive,
        "negative": rows.negative,
        "method": method,
        "penalty": penalty if method == "logistic" else None,
        "folds": len(parts),
        "split": "rows" if compat else split,
        "compat": compat,
        "permutations": permutations,
        "replicates": replicates,
        "level": level,
        "pairs": bool(rows.mixed.all()),
    }
    meta = make_meta(
        "linear probe, held out by " + ("row" if spec["split"] == "rows" else "group"),
        spec,
        citations=CITATIONS,
        seed=seed,
        warnings=_notes(rows, spec, parts),
        seconds=time.perf_counter() - started,
        shared_groups=_shared(rows, parts),
    )
    return Result("probe", estimates, ("layer",), meta, tree)


def permuted(rows: Labelled, rng: np.random.Generator) -> Array:
    """Labels that mean nothing: permuted within groups that have both, and between groups that have one."""
    y = rows.y.copy()
    key = np.lexsort((rng.random(len(y)), rows.member))
    order = np.lexsort((np.arange(len(y)), rows.member))
    mixed = rows.mixed[rows.member]
    shuffled = np.empty_like(y)
    shuffled[order] = y[key]
    first = np.zeros(len(rows.groups))
    first[rows.member] = y
    plain = np.flatnonzero(~rows.mixed)
    first[plain] = first[plain][rng.permutation(len(plain))]
    return np.where(mixed, shuffled, first[rows.member])


def least_p(rows: Labelled, permutations: int) -> float:
    """The least p-value that labels permuted so often, or in all ways there are, can give.

    Labels that are all turned give the same accuracy, where they are one of the ways.

    Examples
    --------
    ::

        least_p(rows, 99)  # 0.125 of four pairs, whose labels can be swapped in 16 ways
    """
    size = np.bincount(rows.member, minlength=len(rows.groups)).astype(float)
    ones = np.bincount(rows.member, rows.y, minlength=len(rows.groups))
    plain, mixed = ~rows.mixed, rows.mixed
    n, k = np.append(size[mixed], plain.sum()), np.append(ones[mixed], (ones[plain] > 0).sum())
    ways = float(np.log(special.binom(n, k)).sum())
    turned = 2.0 if (2 * k == n).all() else 1.0
    return float(min(1.0, max(1 / (1 + permutations), turned * np.exp(-ways))))


def group_folds(rows: Labelled, folds: int, rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Rows held out in each fold; groups stay whole, and those of one label are dealt evenly."""
    total = np.zeros(len(rows.groups))
    total[rows.member] = rows.y
    kind = np.where(rows.mixed, 2.0, total)
    order = np.lexsort((rng.random(len(kind)), kind))
    fold = np.empty(len(kind), dtype=int)
    fold[order] = np.arange(len(kind)) % folds
    return [fold[rows.member] == k for k in range(folds)]


def _parts(
    rows: Labelled, folds: int, split: Split, compat: Compat | None, rng: np.random.Generator
) -> list[NDArray[np.bool_]]:
    n = len(rows.y)
    if compat is not None:
        order = np.argsort(-rows.y, kind="stable")  # the positive rows, then the negative ones
        held = np.random.RandomState(0).permutation(n)[: n - int(0.7 * n)]  # as scikit-learn draws it
        part = np.zeros(n, dtype=bool)
        part[order[held]] = True
        return [part]
    if split == "rows":
        fold = rng.permutation(n) % folds
        return [fold == k for k in range(folds)]
    return group_folds(rows, folds, rng)


def _intervals(
    activations: Activations,
    rows: Labelled,
    right: Array,
    out: NDArray[np.bool_],
    overlap: float,
    replicates: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, Any]:
    member, _ = pd.factorize(rows.member[out])
    groups = int(member.max()) + 1
    onehot = np.zeros((groups, len(member)))
    onehot[member, np.arange(len(member))] = 1.0
    hits, size = onehot @ right.T, onehot.sum(axis=1)
    plan = plan_clusters(groups, replicates, rng)
    values = ratio(plan.weights @ hits, (plan.weights @ size)[:, None])
    point = right.mean(axis=1)
    values = point + overlap * (values - point)
    found = plan.finish(values, point, groups, level, within=(0.0, 1.0), what="groups")
    frame = pd.DataFrame(
        {
            "estimand": "accuracy in groups held out",
            "layer": list(activations.layers),
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": int(out.sum()),
            "n_asked": len(out),
            "n_units": groups,
        }
    )
    tree = draws_tree("bootstrap", found.draws, {"layer": activations.layers}) if plan.replicates else None
    return frame, tree


def _overlap(parts: list[NDArray[np.bool_]]) -> float:
    """By how much deviations grow because the parts held out have most of their training in common."""
    share = float(np.mean([part.sum() / (~part).sum() for part in parts]))
    return float(np.sqrt(1 + len(parts) * share))


def _auc(score: Array, y: Array) -> float:
    """Mann-Whitney's share of pairs that the score puts in their order."""
    one = int(y.sum())
    other = len(y) - one
    if not one or not other:
        return float("nan")
    return float((stats.rankdata(score)[y == 1].sum() - one * (one + 1) / 2) / (one * other))


def _shared(rows: Labelled, parts: list[NDArray[np.bool_]]) -> int:
    """Groups with rows in the training and the test part of a fold at once."""
    shared = np.zeros(len(rows.groups), dtype=bool)
    for part in parts:
        inside = np.bincount(rows.member, weights=part, minlength=len(shared))
        shared |= (inside > 0) & (inside < np.bincount(rows.member, minlength=len(shared)))
    return int(shared.sum())


def _notes(rows: Labelled, spec: dict[str, Any], parts: list[NDArray[np.bool_]]) -> list[str]:
    said = []
    shared = _shared(rows, parts)
    if shared:
        said.append(
            f"{shared} of {counted(len(rows.groups), 'group')} have rows in training and test at once: what they share leaks"
        )
    return said
