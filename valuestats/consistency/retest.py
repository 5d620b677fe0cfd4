"""Intraclass correlations: of raters about items, and of a model's answers over epochs, wordings or orders."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.consistency.intraclass import FORMS, intraclass, intraclass_interval, mean_squares
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings, plan_clusters
from valuestats.tables import Ratings, Responses
from valuestats.tables.units import resampling_units

Over = Literal["epoch", "wording", "option_order", "option_labels"]

FEW = 50
"""Queries below which the bootstrap of an intraclass correlation is too narrow."""

_CITATIONS = ["McGraw & Wong (1996)", "Shrout & Fleiss (1979)"]


@checked
def icc(
    ratings: Ratings | pd.DataFrame,
    *,
    forms: Sequence[str] = FORMS,
    level: float = 0.95,
) -> Result:
    r"""Intraclass correlations of raters over items, with the F intervals of McGraw and Wong.

    Estimand: the share of variance that lies between items, of one rating (``·,1``) or of the mean of k raters
    (``·,k``): one-way, two-way absolute agreement (A) or two-way consistency (C). The intervals take items and
    residuals as normal. Only items that every rater rated enter.

    Parameters
    ----------
    ratings
        `Ratings`, or a frame with columns ``respondent`` (the rater), ``item``, ``rating``.
    forms
        Any of ``"ICC(1)"``, ``"ICC(k)"``, ``"ICC(A,1)"``, ``"ICC(A,k)"``, ``"ICC(C,1)"``, ``"ICC(C,k)"``.
    level
        Probability of the interval.

    Returns
    -------
    Result
        Kind ``"reliability"``, keys ``scale, coefficient``; ``n_units`` items that all raters rated, ``n_raters``.
        Null where the ratings do not vary.

    Raises
    ------
    SpecificationError
        Fewer than two raters, or fewer than two items that all of them rated.

    References
    ----------
    McGraw and Wong (1996); Shrout and Fleiss (1979).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.consistency.retest import icc
    >>> y = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> frame = pd.DataFrame([(j, i, r) for i, row in enumerate(y) for j, r in enumerate(row)],
    ...     columns=["respondent", "item", "rating"])
    >>> icc(frame, forms=["ICC(1)", "ICC(A,1)", "ICC(C,1)"]).estimates["estimate"].round(2).tolist()
    [0.17, 0.29, 0.71]
    """
    started = time.perf_counter()
    wanted = _forms(forms)
    if not isinstance(ratings, Ratings):
        from_frame = ratings.loc[ratings["rating"].notna()]
        values = pd.DataFrame({"respondent": [], "family": [], "dimension": [], "score": []})
        scale = (float(from_frame["rating"].min()), float(from_frame["rating"].max()))
        ratings = Ratings(from_frame, values, scale=scale)
    y, _, raters = ratings.matrix()
    full = y[~np.isnan(y).any(axis=1)]
    if len(raters) < 2 or len(full) < 2:
        raise SpecificationError(
            "intraclass correlations need two items that two or more raters all rated",
            parameter="ratings",
            got=f"{len(full)} of {len(y)} items rated by all {len(raters)} raters",
            hint="choose raters who rated the same items, or use agreement(metric='interval'), which takes gaps",
        )
    squares = mean_squares(full, np.ones((1, len(full))))
    estimates, limits = intraclass(squares), intraclass_interval(squares, level)
    frame = pd.DataFrame(
        {
            "estimand": [f"{form} of {len(raters)} raters" for form in wanted],
            "scale": "all",
            "coefficient": wanted,
            "estimate": [float(estimates[form][0]) for form in wanted],
            "std_error": np.nan,
            "lower": [limits[form][0] for form in wanted],
            "upper": [limits[form][1] for form in wanted],
            "level": level,
            "interval": "F, McGraw-Wong",
            "n_scored": full.size,
            "n_asked": y.size,
            "n_units": len(full),
            "n_raters": len(raters),
        }
    )
    notes = []
    if len(full) < len(y):
        notes.append(f"{len(y) - len(full)} of {len(y)} items were not rated by all raters and are left out")
    meta = make_meta(
        "intraclass correlation of raters over items",
        {"forms": wanted, "level": level, "unit": "item"},
        citations=_CITATIONS,
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    return Result("reliability", frame, ("scale", "coefficient"), meta)


@formerly(responses="answers")
@checked
def retest(
    answers: Responses,
    *,
    over: Over,
    forms: Sequence[str] = ("ICC(A,1)", "ICC(A,k)"),
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""Stability of each model's answers over its epochs, wordings or option orders.

    Estimand, per model: the intraclass correlation with items as targets and the levels of `over` as repeated
    measurements, i.e. the share of the variance of its answers that belongs to the items; ``"ICC(A,1)"`` of one
    level, ``"ICC(A,k)"`` of the mean over all levels seen. Answers that share a level are averaged first, so the value
    speaks of means over whatever else was varied. Interval: expanded percentile over bootstrap replicates of the queries
    (items of a query together, the same queries for every model); the F interval stands beside it.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        Raw answers; ``cluster`` names the query of each item (the item itself where the column is absent).
    over
        ``"epoch"``, ``"wording"``, ``"option_order"`` or ``"option_labels"``.
    forms
        As for `icc`.
    level, replicates, seed
        Of the bootstrap. With ``replicates=0`` the interval is null.

    Returns
    -------
    Result
        Kind ``"reliability"``, keys ``model, coefficient``; besides ``n_items`` (answered validly at every level),
        ``n_levels``, ``n_units`` (queries), ``f_lower``, ``f_upper``. Null where a model's answers do not vary.

    Raises
    ------
    SpecificationError
        The column is absent, null somewhere, or has one level: then nothing was repeated.

    References
    ----------
    McGraw and Wong (1996); Hesterberg (2015) for the interval.

    Examples
    --------
    >>> from valuestats import read_responses, retest
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> found = retest(responses, over="option_order", replicates=200)
    >>> found.contrast("model", "model-a", "model-b")[["coefficient", "estimate"]].round(2).to_numpy().tolist()
    [['ICC(A,1)', 0.06], ['ICC(A,k)', 0.06]]
    """
    started = time.perf_counter()
    wanted = _forms(forms)
    frame = _levels(answers, over)
    levels = sorted(frame[over].unique())
    valid = frame[frame["status"] == "valid"]
    means = (
        valid.assign(answer=valid["answer"].astype(float))
        .groupby(["model", "item", over], observed=True)["answer"]
        .mean()
        .unstack(over)
        .reindex(columns=levels)
        .dropna()
    )
    items = frame["item"].unique()
    queries = resampling_units(frame, items, order="value")
    query = pd.Series(queries.member, index=items)
    rng = np.random.default_rng(seed)
    of_model = {
        str(model): query.reindex(part.index.get_level_values("item")).to_numpy(dtype=np.int64)
        for model, part in means.groupby(level="model", observed=True)
    }
    behind = [len(np.unique(of_model.get(m, query.to_numpy()[:0]))) for m in answers.models]
    plan = plan_clusters(len(queries), replicates, rng, behind=behind)
    weights = plan.with_all
    rows: list[dict[str, Any]] = []
    boots, notes = [], []
    for model in answers.models:
        answered = means.index.get_level_values("model") == model
        part = means[answered]
        y = part.to_numpy(dtype=float)
        member = query.reindex(part.index.get_level_values("item")).to_numpy(dtype=np.int64)
        asked = frame["model"] == model
        counts = int((asked & (frame["status"] == "valid")).sum()), int(asked.sum())
        found, limits = _one_model(y, weights[:, member], wanted, level)
        units = len(np.unique(member))
        table = np.stack([found[form] for form in wanted], axis=1)
        one = plan.finish(table[1:], table[0], units, level, correlation=True, within=(-np.inf, 1.0))
        boots.append(one.draws)
        if np.isnan(found[wanted[0]][0]):
            notes.append(
                f"{model}: fewer than two items answered at every level, or answers that do not vary"
            )
        for f, form in enumerate(wanted):
            rows.append(
                {
                    "estimand": f"{form} over {over}s",
                    "model": model,
                    "coefficient": form,
                    "estimate": float(found[form][0]),
                    "std_error": float(one.std_error[f]),
                    "lower": float(one.lower[f]),
                    "upper": float(one.upper[f]),
                    "level": level,
                    "interval": str(one.interval[f]),
                    "n_scored": counts[0],
                    "n_asked": counts[1],
                    "n_items": len(y),
                    "n_levels": len(levels),
                    "n_units": units,
                    "f_lower": limits[form][0],
                    "f_upper": limits[form][1],
                }
            )
    if replicates > 0 and len(queries) < FEW:
        notes.append(
            f"{len(queries)} queries: with fewer than {FEW} the bootstrap interval holds the truth less often than it "
            "says (see benchmarks/reliability_coverage.py); the F interval stands beside it"
        )
    known = [row["n_units"] for row in rows if not np.isnan(row["estimate"])]
    if replicates > 0:
        notes += few_warnings(known, "queries", jackknife=plan.jackknife)
    meta = make_meta(
        f"intraclass correlation of each model's answers over {over}s, queries resampled",
        {"over": over, "forms": wanted, "level": level, "replicates": replicates, "unit": "query"},
        citations=[*_CITATIONS, "Hesterberg (2015)"],
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    coords = {"model": answers.models, "coefficient": wanted}
    draws = draws_tree("bootstrap", np.stack(boots, axis=1), coords) if replicates > 0 else None
    return Result("reliability", pd.DataFrame(rows), ("model", "coefficient"), meta, draws)


def _forms(forms: Sequence[str]) -> list[str]:
    wanted = [forms] if isinstance(forms, str) else list(forms)
    if not wanted or any(f not in FORMS for f in wanted) or len(set(wanted)) < len(wanted):
        raise SpecificationError(
            "unknown form of the intraclass correlation",
            parameter="forms",
            got=", ".join(map(str, wanted)) or "none",
            expected=f"each at most once: {', '.join(FORMS)}",
        )
    return wanted


def _levels(responses: Responses, over: str) -> pd.DataFrame:
    frame = responses.frame
    unknown = frame[over].isna().sum() if over in frame.columns else len(frame)
    if unknown:
        raise SpecificationError(
            f"the answers do not say under which {over} they were given",
            parameter=over,
            got=f"null in {unknown} of {len(frame)} rows",
            expected="known in every row",
        )
    if frame[over].nunique() < 2:
        raise SpecificationError(
            f"one {over} only, so nothing was repeated",
            parameter=over,
            got=str(frame[over].iloc[0]),
            expected="two or more",
        )
    return frame


def _one_model(
    y: np.ndarray, weights: np.ndarray, wanted: list[str], level: float
) -> tuple[dict[str, np.ndarray], dict[str, tuple[float, float]]]:
    if len(y) < 2:
        none = np.full(len(weights), np.nan)
        return dict.fromkeys(wanted, none), dict.fromkeys(wanted, (float("nan"), float("nan")))
    # a replicate that drew none of this model's items has no ICC
    usable = weights.sum(axis=1) > 1
    squares = mean_squares(y, np.where(usable[:, None], weights, 1.0))
    found = {form: np.where(usable, values, np.nan) for form, values in intraclass(squares).items()}
    return found, intraclass_interval(squares, level)
