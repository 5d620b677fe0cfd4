"""How good a judge is by people's labels: sensitivity and specificity in each group, and whether they are alike."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.raters.judged_parts import judged_notes
from valuestats.raters.judged_table import judged_groups
from valuestats.raters.quality_numbers import (
    against_the_rest,
    labelled_items,
    rates,
    shown_labels,
)
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import adjusted_p

MEASURES = ("sensitivity", "specificity")


@checked
def judge_quality(
    judged: pd.DataFrame,
    *,
    by: str | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
) -> Result:
    r"""Sensitivity and specificity of a judge by people's labels, in each group, and whether it is as good in all.

    Estimands: the sensitivity to label t, :math:`P(j = t \mid t)`, the share of what people call t that the judge calls t
    too; the specificity, :math:`P(j \ne t \mid \text{not } t)`, the share of the others that it does not call t. Of two
    labels one is shown, as the other only swaps the two: the last by name, or the first that `labels` names.

    Intervals: Clopper and Pearson's of counts; where there is a column ``cluster`` or ``probability``, the same with the
    effective number of items (Korn and Graubard 1998), none below four clusters. Each is for itself.

    Whether the judge errs alike is tested for each group against all others, by Fisher's exact test of counts, else by
    Student's t of the linearised difference; all tests of a result are one family by Holm's rule. Where one group is odd the
    others differ from a rest that holds it, so that the least p-value is the one to look at. A difference that is not found
    is not shown to be none.

    Parameters
    ----------
    judged
        As for `valuestats.judged_shares`; items that people did not label are left out.
    by
        Column (``"model"``, ``"system"``) in whose values the judge may err differently.
    labels
        All labels, where not all occur; of two, the first is the one that is shown.
    level
        Probability inside each interval.

    Returns
    -------
    Result
        Kind ``"judge_quality"``, keys ``("label", "measure")`` or ``(by, "label", "measure")``: besides, ``rest`` (the same
        in all other groups), ``p`` and ``p_adjusted`` of no difference from it (null where nothing was tested; of two groups
        the first is tested), ``n_units``. ``meta["together"]`` holds the same of all groups as one.

    Raises
    ------
    SpecificationError
        Fewer than two labels, fewer than two items labelled by people in a group.
    InputError
        An item twice, an impossible probability, an unknown label, by row.

    References
    ----------
    Clopper and Pearson (1934); Korn and Graubard (1998), Survey Methodology 24, 193-201; Fisher (1935); Holm (1979).

    Examples
    --------
    >>> import pandas as pd
    >>> people = ["yes"] * 40 + ["no"] * 60
    >>> frame = pd.DataFrame({"item": range(100), "judge": ["yes"] * 50 + ["no"] * 50, "label": people})
    >>> found = judge_quality(frame).estimates
    >>> found[["label", "measure", "estimate", "lower", "upper"]].round(2).to_numpy().tolist()
    [['yes', 'sensitivity', 1.0, 0.91, 1.0], ['yes', 'specificity', 0.83, 0.71, 0.92]]
    """
    started = time.perf_counter()
    groups, names, said = judged_groups(judged, by, labels, numeric=False)
    data = labelled_items(groups)
    shown = shown_labels(names, labels)
    parts: list[pd.DataFrame] = []
    together: list[dict[str, Any]] = []
    one = type(data)(np.zeros_like(data.group), data.told, data.heard, data.weight, data.cluster, ("all",))
    for label in shown:
        t = names.index(label)
        for measure in MEASURES:
            inside = (data.told == t) == (measure == "sensitivity")
            right = (data.heard == t) == (measure == "sensitivity")
            frame = rates(data, inside, right, level).join(against_the_rest(data, inside, right))
            parts.append(frame.assign(label=label, measure=measure, group=data.names))
            row = rates(one, inside, right, level).iloc[0]
            together.append({"label": label, "measure": measure, **{str(k): v for k, v in row.items()}})
    found = pd.concat(parts, ignore_index=True)
    found["p_adjusted"] = adjusted_p(found["p"].to_numpy(dtype=float), "holm")
    keys = ("label", "measure") if by is None else (by, "label", "measure")
    if by is not None:
        found[by] = found["group"]
        found = found.sort_values(by, kind="stable", ignore_index=True)
    found = found.assign(estimand="share that the judge gets right", level=level)
    first = ["estimand", *keys, "estimate", "std_error", "lower", "upper", "level", "interval"]
    last = ["n_scored", "n_asked", "n_units", *(() if by is None else ("rest", "p", "p_adjusted"))]
    meta = make_meta(
        "Sensitivity and specificity by people's labels",
        {"by": by, "labels": list(names), "shown": list(shown), "level": level},
        citations=("Clopper & Pearson (1934)", "Korn & Graubard (1998), Survey Methodology 24, 193-201"),
        warnings=[*said, *judged_notes(groups, by)],
        seconds=time.perf_counter() - started,
        together=together,
        n_labelled=len(data.told),
        caption="How often the judge is right, given what people say",
    )
    return Result("judge_quality", found[[*first, *last]], keys, meta)
