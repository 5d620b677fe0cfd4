"""Whether the spread of a model's output follows people's disagreement, and whether groups of people rate it alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.statistics.clusters import FEW, LEAST, plan_clusters
from valuestats.statistics.entropy import plugin_entropy, without_one
from valuestats.statistics.multiplicity import Adjustment, adjusted_p

Array = NDArray[np.float64]

RANK, AUC = "rank correlation", "AUC"


@checked
def entropy_tracking(
    outputs: pd.DataFrame,
    judgements: pd.DataFrame,
    *,
    threshold: float = 0.5,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Whether a model's entropy is high where people disagree: Spearman's correlation, and AUC, over situations.

    People's variability of a situation is the entropy of their judgements, corrected for few of them by leaving out one
    after another. AUC is the probability that a situation on which people are divided has a higher output entropy than
    one on which they are not, ties half (Mann and Whitney 1947). Intervals resample situations. Both measures are lower
    than they would be with everyone's judgements, since few people are heard.

    Parameters
    ----------
    outputs
        ``situation``, ``entropy``.
    judgements
        ``situation``, ``judgement`` of one person a row.
    threshold
        A situation is divided where fewer than ``(1 + threshold) / 2`` of the people say the same.
    level, replicates, seed
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``estimate``, ``lower``, ``upper``, ``baseline`` (0 and 1/2), ``divided`` (share of the situations),
        ``n_units`` (situations).

    Raises
    ------
    InputError
        A situation twice in the outputs, or a column is missing.
    SpecificationError
        Fewer than four situations with two judgements and an output, or none divided, or all.

    Examples
    --------
    >>> import pandas as pd
    >>> outputs = pd.DataFrame({"situation": range(4), "entropy": [0.1, 0.2, 0.8, 0.9]})
    >>> told = pd.DataFrame({"situation": [0, 0, 1, 1, 2, 2, 3, 3], "judgement": list("aaaaabab")})
    >>> entropy_tracking(outputs, told, replicates=0)["estimate"].round(2).tolist()
    [0.89, 1.0]
    """
    for frame, columns in ((outputs, ("situation", "entropy")), (judgements, ("situation", "judgement"))):
        missing = [c for c in columns if c not in frame.columns]
        if missing:
            raise InputError(
                "a column is missing", parameter=", ".join(missing), got=", ".join(map(str, frame.columns))
            )
    if outputs["situation"].duplicated().any():
        twice = outputs.loc[outputs["situation"].duplicated(), "situation"].iloc[0]
        raise InputError("a situation twice", parameter="outputs", got=twice)
    table = pd.crosstab(judgements["situation"], judgements["judgement"])
    table = table[table.sum(axis=1) > 1]
    own = outputs.dropna(subset="entropy").set_index("situation")["entropy"]
    both = table.index.intersection(own.index)
    counts = table.loc[both].to_numpy(dtype=float)
    x = own.loc[both].to_numpy(dtype=float)
    if len(both) < LEAST:
        raise SpecificationError(
            "too few situations with two judgements and an output",
            parameter="judgements",
            got=len(both),
            expected=LEAST,
        )
    y = without_one(counts, plugin_entropy) / np.log(2)
    divided = counts.max(axis=1) / counts.sum(axis=1) < (1 + threshold) / 2
    if divided.all() or not divided.any():
        raise SpecificationError(
            "people are divided on all situations, or on none",
            parameter="threshold",
            got=threshold,
            hint="another one",
        )
    plan = plan_clusters(len(x), replicates, np.random.default_rng(seed))
    point = np.array([_spearman(x, y, np.ones(len(x))), _auc(x, divided, np.ones(len(x)))])
    again = np.array([[_spearman(x, y, w), _auc(x, divided, w)] for w in plan.weights]).reshape(-1, 2)
    found = plan.finish(again, point, len(x), level, within=(-1.0, 1.0), correlation=True, what="situations")
    return pd.DataFrame(
        {
            "measure": [RANK, AUC],
            "estimate": point,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval.astype(str),
            "baseline": [0.0, 0.5],
            "divided": float(divided.mean()),
            "n_units": len(x),
        }
    )


def _spearman(x: Array, y: Array, weights: Array) -> float:
    at = np.repeat(np.arange(len(x)), weights.astype(int))
    one, two = stats.rankdata(x[at]), stats.rankdata(y[at])
    if one.std() == 0 or two.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, two)[0, 1])


def _auc(x: Array, divided: NDArray[np.bool_], weights: Array) -> float:
    at = np.repeat(np.arange(len(x)), weights.astype(int))
    rank, high = stats.rankdata(x[at]), divided[at]
    n, others = int(high.sum()), int((~high).sum())
    if n == 0 or others == 0:
        return float("nan")
    return float((rank[high].sum() - n * (n + 1) / 2) / (n * others))


@checked
def demographic_agreement(
    annotations: pd.DataFrame,
    *,
    by: str = "trait",
    adjust: Adjustment = "holm",
    level: float = 0.95,
) -> pd.DataFrame:
    r"""How often each group of annotators agrees with the model, against all others, with a family of tests.

    An annotator's share of agreements is one number, so that annotators are the units: difference of means of a group
    and the others of the same trait, Welch's t; all groups of all traits are one family.

    Parameters
    ----------
    annotations
        ``annotator``, ``agrees`` (truth or 0 and 1) of one annotation, and the columns ``trait`` and ``group`` (an annotator
        stands in one group of each trait).
    by
        Column of the trait.
    adjust
        Control over the family: ``"holm"``, ``"bh"``, ``"by"`` or ``"bonferroni"``.
    level
        Of the intervals, which are single ones.

    Returns
    -------
    pandas.DataFrame
        ``trait``, ``group``, ``share`` (mean over its annotators), ``estimate`` (difference from the others),
        ``lower``, ``upper``,
        ``p``, ``p_adjusted``, ``differs`` (adjusted p below 1 - `level`), ``n_units`` (annotators), ``n_scored``. No
        test where either side has fewer than four annotators.

    Raises
    ------
    InputError
        A column is missing, what agrees is neither true nor false, an annotator stands in two groups of a trait.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"annotator": range(8), "trait": "age", "group": list("aaaabbbb"),
    ...     "agrees": [1, 1, 1, 0, 1, 0, 0, 0]})
    >>> demographic_agreement(frame)["estimate"].tolist()
    [0.5, -0.5]
    """
    wanted = ("annotator", "agrees", "group", by)
    missing = [c for c in wanted if c not in annotations.columns]
    if missing:
        raise InputError("a column is missing", parameter=", ".join(missing), expected=", ".join(wanted))
    agrees = pd.to_numeric(annotations["agrees"], errors="coerce")
    wrong = (~agrees.isin([0, 1])).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            "neither true nor false", parameter="agrees", got=annotations["agrees"].iloc[row], row=row
        )
    frame = annotations.assign(agrees=agrees.astype(float))
    groups = frame.groupby([by, "annotator"])["group"].nunique()
    if (groups > 1).any():
        raise InputError(
            "an annotator stands in two groups", parameter="group", got=str(groups.index[groups > 1][0])
        )
    each = frame.groupby([by, "group", "annotator"])["agrees"].agg(["mean", "size"]).reset_index()
    rows = []
    for trait, part in each.groupby(by, sort=True):
        for group in sorted(part["group"].unique()):
            own = part[part["group"] == group]
            rest = part[part["group"] != group]["mean"].to_numpy()
            x = own["mean"].to_numpy()
            gap = float(x.mean() - rest.mean()) if len(rest) else float("nan")
            lower = upper = p = float("nan")
            if min(len(x), len(rest)) >= LEAST and x.std() + rest.std() > 0:
                test = stats.ttest_ind(x, rest, equal_var=False)
                p = float(test.pvalue)
                lower, upper = map(float, test.confidence_interval(level))
            rows.append(
                {
                    "trait": str(trait),
                    "group": str(group),
                    "share": float(x.mean()),
                    "estimate": gap,
                    "lower": lower,
                    "upper": upper,
                    "p": p,
                    "n_units": len(x),
                    "n_scored": int(own["size"].sum()),
                }
            )
    table = pd.DataFrame(rows)
    table["p_adjusted"] = adjusted_p(table["p"].to_numpy(dtype=float), adjust)
    table["differs"] = table["p_adjusted"] < 1 - level
    table["few"] = table["n_units"] < FEW
    return table.assign(level=level)
