"""Shares and means of what people would say, from a judge's labels of everything and people's of a part."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.raters.judge_posteriors import calibrated_draws, confusion_draws
from valuestats.raters.judged_parts import (
    CALIBRATED,
    CONFUSION,
    ESTIMATORS,
    PLAIN,
    Method,
    Plain,
    all_drawn,
    confusion_tables,
    finished,
    group_counts,
    judged_meta,
    of_draws,
    of_means,
    require_some,
)
from valuestats.raters.judged_table import Array, judged_groups
from valuestats.raters.quality_numbers import alike_summary, shown_labels
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.fitted_draws import Fit
from valuestats.tables.far_codes import far_notes


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
    ``cluster``; their contrasts, of methods and of groups, are within the items (or clusters) that both have.

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
        Whether the judge errs alike in all groups; for ``"confusion"`` alone. The labelled part is tested for it (each group
        against the others, Fisher's exact test or Student's t over clusters, one family by Holm's rule,
        `valuestats.judge_quality`): where it does not, the verdict takes these estimates for no finding.
    draws, level, seed
        Of the posteriors and intervals.

    Returns
    -------
    Result
        Kind ``"judged_shares"``, keys ``("label", "estimator")`` or ``(by, "label", "estimator")``: besides, ``n_labelled``,
        ``n_units``, ``df`` (of Student's t), ``weight`` (the judge's, of the prediction-powered estimate), ``agreement``
        (of judge and people in the labelled part). ``n_scored`` counts the items the judge labelled. ``meta["confusion"]``
        holds people's labels (rows) by the judge's of each group, ``meta["parts"]`` whether the labelled part differs from
        the rest,
        ``meta["unlike"]`` whether a shared judge errs alike. Of two labels the figure, the sentence and the table show one.

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
    require_some(estimators)
    groups, names, found = judged_groups(judged, by, labels, numeric=False)
    size = len(names)
    rng = np.random.default_rng(seed)
    tables, rest = confusion_tables(groups, size)
    posterior: Array | None = None
    if CONFUSION in estimators:
        posterior = confusion_draws(tables, rest, draws, rng, shared=shared)
    lost = (
        []
        if posterior is None
        else [n for n, p in zip(groups, posterior[0, :, 0], strict=True) if np.isnan(p)]
    )
    rows: list[pd.DataFrame] = []
    sample: list[Array | Fit] = []
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
                one: tuple[pd.DataFrame, Array | Fit] = of_draws(
                    calibrated_draws(tables[g], rest[g], draws, rng), level
                )
            elif method == CONFUSION and posterior is not None:
                one = of_draws(posterior[:, g], level)
            else:
                one = of_means(method, group, parts, level, within=(0.0, 1.0))
            frame = one[0].assign(label=names, estimator=method, agreement=agree)
            rows.append(frame.assign(**({} if by is None else {by: name}), **group_counts(group)))
            sample.append(one[1])  # drawn together below
    keys = ("label", "estimator") if by is None else (by, "label", "estimator")
    drawn = np.stack(all_drawn(sample, draws, rng), axis=1)
    stacked = drawn.reshape(draws, len(groups), len(estimators), size).swapaxes(2, 3)
    coords: dict[str, Any] = {"label": names, "estimator": list(estimators)}
    tree = draws_tree(
        "posterior", stacked if by else stacked[:, 0], {by: list(groups), **coords} if by else coords
    )
    specification = {
        "by": by,
        "labels": list(names),
        "estimators": list(estimators),
        "shared": shared,
        "shown": list(shown_labels(names, labels)),
        "draws": draws,
        "level": level,
    }
    meta = judged_meta(
        "Shares from a judge's labels, corrected by people's labels of a part",
        specification,
        groups,
        by,
        seed,
        started,
        said=[
            *found,
            *(
                f"{f'{name}: ' if by is not None else ''}what the judge says of the others fits next to no draw of "
                "its errors: no "
                "estimate from the confusion matrix"
                for name in lost
            ),
        ],
        confusion={
            name: [[int(x) for x in row] for row in table] for name, table in zip(groups, tables, strict=True)
        },
        unlike=alike_summary(groups, names) if shared and by is not None else {},
        caption="What people would say, from a judge's labels of everything and people's of a part",
    )
    return Result(
        "judged_shares", finished(rows, keys, "share that people would give", level), keys, meta, tree
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
    require_some(estimators)
    groups, _, found = judged_groups(judged, by, None, numeric=True)
    found = [
        *found,
        *far_notes(judged["judge"], "judge's rating"),
        *far_notes(judged["label"], "people's rating"),
    ]
    rng = np.random.default_rng(seed)
    rows: list[pd.DataFrame] = []
    sample: list[Array | Fit] = []
    for name, group in groups.items():
        on = group.labelled
        parts = [group.label[on][:, None], group.judge[on][:, None], group.judge[~on][:, None]]
        spread = min(group.label[on].std(), group.judge[on].std())
        r = float(np.corrcoef(group.label[on], group.judge[on])[0, 1]) if spread > 0 else float("nan")
        for method in estimators:
            frame, fit = of_means(method, group, parts, level)
            extra: dict[str, Any] = {} if by is None else {by: name}
            rows.append(frame.assign(estimator=method, agreement=r, **extra, **group_counts(group)))
            sample.append(fit)
    keys = ("estimator",) if by is None else (by, "estimator")
    drawn = np.stack(all_drawn(sample, draws, rng), axis=1)
    stacked = drawn.reshape(draws, len(groups), len(estimators))
    coords: dict[str, Any] = {"estimator": list(estimators)}
    tree = draws_tree(
        "posterior", stacked if by else stacked[:, 0], {by: list(groups), **coords} if by else coords
    )
    specification = {"by": by, "estimators": list(estimators), "draws": draws, "level": level}
    meta = judged_meta(
        "Means from a judge's ratings, corrected by people's of a part",
        specification,
        groups,
        by,
        seed,
        started,
        said=found,
    )
    return Result(
        "judged_means", finished(rows, keys, "mean that people would give", level), keys, meta, tree
    )
