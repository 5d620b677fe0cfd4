"""Latent traits from ordered answers: Bayesian graded response model, equal to ordinal factor analysis."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import p_value
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.ordinal import Link, check_link
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables import Ratings, Responses
from valuestats.tables.answer_matrix import PersonItems, person_items
from valuestats.tables.keys import checked_keys, printed_labels

if TYPE_CHECKING:
    from valuestats.measurement.graded.design import GradedDesign
    from valuestats.measurement.graded.estimands import GradedCheck, GradedDraws
    from valuestats.measurement.graded.model import GradedPriors

Floats = NDArray[np.float64]

CITATIONS = (
    "Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores. Psychometrika "
    "Monograph 17.",
    "Takane, Y. and de Leeuw, J. (1987). On the relationship between item response theory and factor analysis of "
    "discretized variables. Psychometrika 52, 393-408.",
    "Lewandowski, D., Kurowicka, D. and Joe, H. (2009). Generating random correlation matrices based on vines and "
    "extended onion method. Journal of Multivariate Analysis 100, 1989-2001.",
)

KEPT_DRAWS = 1000
"""At most so many draws are kept in a result."""


@formerly_apart
@checked
def graded_response(
    answers: pd.DataFrame | Ratings | Responses,
    keyed: pd.DataFrame | None = None,
    *,
    scale: tuple[int, int] | None = None,
    link: Link = "logit",
    priors: GradedPriors | None = None,
    sampling: Sampling | None = None,
    seed: int = 0,
    level: float = 0.95,
    progress: bool = True,
) -> Result:
    r"""Score respondents on the traits their ordered answers show, item parameters estimated along.

    Estimand: :math:`\theta_{pd}`, the standing of respondent p on trait d, in standard deviations of the trait among
    the respondents asked, under :math:`P(y_{pj} \le k) = F(c_{jk} - a_j \theta_{p,d(j)})` (see
    `valuestats.measurement.graded.model`). Several dimensions in the keys are several correlated traits, each item on
    one: confirmatory ordinal factor analysis. The estimate is the posterior mean (EAP), which is drawn to the mean the
    less a respondent answered; for variances, correlations and regressions of the traits use `plausible_values`.

    Parameters
    ----------
    answers
        See `valuestats.tables.answer_matrix.person_items`; whole-number codes.
    keyed
        Columns ``dimension, item`` and optionally ``sign`` (-1 turns an item); one dimension of all items where omitted.
    scale
        Lowest and highest code, e.g. ``(1, 6)``; the observed range if not given.
    link
        ``"logit"`` (graded response model) or ``"probit"`` (ordinal factor analysis).
    priors
        `valuestats.measurement.graded.model.GradedPriors`.
    sampling
        `Sampling`: draws, adaptation, chains, target acceptance and gate (docs/sampling.md);
        500 draws a chain and two steps of adaptation a parameter (160 at least) if not given.
    seed
        Of all random numbers.
    level
        Probability inside the intervals.
    progress
        Whether to show progress on standard error.

    Returns
    -------
    Result
        Kind ``"graded_response"``, keys ``("respondent", "dimension")``. ``meta["items"]`` holds each item's
        discrimination, standardised loading and thresholds with intervals, ``meta["correlations"]`` those of the traits,
        ``meta["reliability"]`` the empirical reliability of the scores by dimension, ``meta["predictive"]`` the checks. The
        draws hold ``estimate``, ``discrimination`` and ``threshold``.

    Raises
    ------
    SpecificationError
        Answers that are no whole numbers or off the scale, one category only, an item in two dimensions.

    References
    ----------
    Samejima (1969); Takane and de Leeuw (1987); Lewandowski, Kurowicka and Joe (2009).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import graded_response
    >>> rng = np.random.default_rng(1)
    >>> codes = np.digitize(rng.normal(size=(40, 1)) + rng.logistic(size=(40, 3)), [-1, 1])
    >>> wide = pd.DataFrame(codes, columns=["q1", "q2", "q3"]).rename_axis("respondent").reset_index()
    >>> answers = wide.melt("respondent", var_name="item", value_name="rating")
    >>> result = graded_response(answers, seed=1, progress=False)
    >>> sums = answers.groupby("respondent")["rating"].sum()
    >>> bool(np.corrcoef(result.estimates["estimate"], sums)[0, 1] > 0.95)
    True
    """
    from valuestats.measurement.graded.fit import fit_graded
    from valuestats.measurement.graded.model import GradedPriors

    start = time.perf_counter()
    check_link(link)
    matrix, design, traits, lowest, left_out = graded_design(answers, keyed, scale=scale)
    prior = priors or GradedPriors()
    chosen = settings(sampling, "graded_response", draws=500, tune=0, chains=4, target_accept=0.8)
    fit = fit_graded(
        design,
        link=link,
        priors=prior,
        draws=chosen.draws,
        tune=chosen.tune or None,
        chains=chosen.chains,
        target_accept=chosen.target_accept or 0.8,
        seed=seed,
        gate=chosen.gate,
        progress=progress,
    )
    found, check = fit.draws, fit.check
    theta = chains_joined(found.theta)
    turned = (
        {}
        if keyed is None
        else dict(checked_keys(keyed)[["item", "sign"]].itertuples(index=False, name=None))
    )
    frame = _score_frame(matrix, design, traits, theta, level)
    meta = make_meta(
        f"Bayesian graded response model ({link}), No-U-Turn sampling",
        {
            "scale": [lowest, lowest + design.categories - 1],
            "link": link,
            "priors": asdict(prior),
            "draws": chosen.draws,
            "tune": chosen.tune or None,
            "chains": chosen.chains,
            "target_accept": chosen.target_accept,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        gate=fit.verdict,
        warnings=matrix.notes() + left_out + _notes(matrix, design, check),
        seconds=round(time.perf_counter() - start, 2),
        names=printed_labels(keyed),
        items=[
            {**r, "sign": int(turned.get(r["item"], 1))}
            for r in _item_records(matrix, design, traits, found, link, level)
        ],
        correlations=_correlations(traits, found, level),
        reliability={t: _reliability(theta[:, :, d]) for d, t in enumerate(traits)},
        predictive={"p_shares": check.p_shares, "p_structure": check.p_structure},
        diagnostics=fit.diagnostics,
    )
    every = max(1, -(-len(theta) // KEPT_DRAWS))
    kept = draws_tree("posterior", theta[::every], {"respondent": matrix.respondents, "dimension": traits})
    posterior = kept["posterior"].to_dataset()
    posterior = posterior.assign_coords(item=list(matrix.items), cut=np.arange(1, design.categories))
    posterior["discrimination"] = (("draw", "item"), chains_joined(found.discrimination)[::every])
    posterior["threshold"] = (("draw", "item", "cut"), chains_joined(found.threshold)[::every])
    tree_of_draws = type(kept).from_dict({"posterior": posterior})
    return Result("graded_response", frame, ("respondent", "dimension"), meta, tree_of_draws)


@checked
def plausible_values(result: Result, n: int = 5) -> pd.DataFrame:
    """Draws of each respondent's traits, for analyses that posterior means would bias (Mislevy 1991).

    Parameters
    ----------
    result
        Of `graded_response`.
    n
        How many; they are spaced evenly over the stored draws. Analyse each and combine by Rubin's rules.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``dimension``, ``imputation`` (from 1), ``value``.

    Raises
    ------
    SpecificationError
        Another kind of result, or fewer draws than asked for.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import graded_response, plausible_values
    >>> rng = np.random.default_rng(1)
    >>> codes = np.digitize(rng.normal(size=(40, 1)) + rng.logistic(size=(40, 3)), [-1, 1])
    >>> wide = pd.DataFrame(codes, columns=["q1", "q2", "q3"]).rename_axis("respondent").reset_index()
    >>> answers = wide.melt("respondent", var_name="item", value_name="rating")
    >>> result = graded_response(answers, seed=1, progress=False)
    >>> drawn = plausible_values(result, 10)
    >>> len(drawn), bool(drawn["value"].std() > result.estimates["estimate"].std())
    (400, True)
    """
    require_kind(result)
    stored = result.replicates()
    if not 1 <= n <= stored.sizes["draw"]:
        raise SpecificationError(
            "too many or too few plausible values",
            parameter="n",
            got=n,
            expected=f"1 to {stored.sizes['draw']}",
        )
    place = np.linspace(0, stored.sizes["draw"] - 1, n + 2)[1:-1].round().astype(int) if n > 1 else [0]
    chosen = stored.isel(draw=place).assign_coords(draw=np.arange(1, n + 1))
    frame = chosen.rename("value").rename(draw="imputation").to_dataframe().reset_index()
    return frame[["respondent", "dimension", "imputation", "value"]]


def require_kind(result: Result) -> None:
    """Refuse a result that is not of a graded response model."""
    if result.kind != "graded_response":
        raise SpecificationError(
            "another kind of result", parameter="result", got=result.kind, expected="graded_response"
        )


def graded_design(
    answers: pd.DataFrame | Ratings | Responses,
    keyed: pd.DataFrame | None,
    *,
    scale: tuple[int, int] | None,
    group: str | None = None,
    deviations: bool = True,
) -> tuple[PersonItems, GradedDesign, list[str], int, list[str]]:
    """The matrix sorted by group, the design, the traits, the lowest code, and notes."""
    from valuestats.measurement.graded.design import GradedDesign

    table = None if keyed is None else checked_keys(keyed)
    if table is not None and table["item"].duplicated().any():
        twice = table.loc[table["item"].duplicated(), "item"].iloc[0]
        raise SpecificationError(
            "an item stands in two dimensions; keep one family of the keys", parameter="keyed", got=twice
        )
    wanted = () if table is None else tuple(table["item"])
    matrix = person_items(answers, group=group, items=wanted)
    answered = ~np.isnan(matrix.y).all(axis=1)
    order = np.flatnonzero(answered)[np.argsort(matrix.member[answered], kind="stable")]
    notes = []
    if not answered.all():
        notes.append(f"{int((~answered).sum())} respondents answered no item and are left out")
    matrix = PersonItems(
        matrix.y[order],
        tuple(matrix.respondents[k] for k in order),
        matrix.items,
        matrix.member[order],
        matrix.groups,
        matrix.unit,
    )
    seen = matrix.y[~np.isnan(matrix.y)]
    low, high = (int(seen.min()), int(seen.max())) if scale is None else scale
    if (seen != np.round(seen)).any() or seen.min() < low or seen.max() > high or high <= low:
        raise SpecificationError(
            "answers must be whole numbers on one scale of two categories or more",
            parameter="answers",
            got=f"{seen.min():g} to {seen.max():g}",
            expected=f"whole numbers from {low} to {high}",
            hint="leave missing answers empty; models' mean answers are no categories",
        )
    traits, sign = ["all"], np.ones(len(matrix.items))
    trait: NDArray[Any] = np.zeros(len(matrix.items), dtype=np.int64)
    if table is not None:
        rows = table.set_index("item").loc[list(matrix.items)]
        traits = [str(t) for t in dict.fromkeys(rows["dimension"])]
        trait = rows["dimension"].map({t: k for k, t in enumerate(traits)}).to_numpy(dtype=np.int64)
        sign = rows["sign"].to_numpy(dtype=float)
    turned = np.where(sign < 0, low + high - matrix.y, matrix.y) - low
    codes = np.where(np.isnan(turned), -1, turned).astype(np.int64)
    design = GradedDesign(
        codes, trait, matrix.member, high - low + 1, len(traits), max(len(matrix.groups), 1), deviations
    )
    return matrix, design, traits, low, notes


def chains_joined(values: Floats) -> Floats:
    """Draws of all chains one after the other, ``(draws, ...)``."""
    return values.reshape(-1, *values.shape[2:])


def _score_frame(
    matrix: PersonItems, design: GradedDesign, traits: list[str], theta: Floats, level: float
) -> pd.DataFrame:
    lower, upper = equal_tailed(theta, level)
    n, d = theta.shape[1:]
    member = (design.trait == np.arange(d)[:, None]).astype(float)
    scored = (design.codes >= 0).astype(float) @ member.T
    return pd.DataFrame(
        {
            "estimand": "trait (posterior mean)",
            "respondent": np.repeat(matrix.respondents, d),
            "dimension": np.tile(traits, n),
            "estimate": theta.mean(axis=0).ravel(),
            "std_error": theta.std(axis=0, ddof=1).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "level": level,
            "interval": "posterior, equal-tailed",
            "n_scored": scored.ravel().astype(int),
            "n_asked": np.tile(member.sum(axis=1).astype(int), n),
        }
    )


def spanned(draws: Floats, level: float) -> dict[str, float]:
    """Mean and equal-tailed interval of draws, as a record."""
    lower, upper = equal_tailed(draws, level)
    return {"estimate": float(draws.mean()), "lower": float(lower), "upper": float(upper)}


def _item_records(
    matrix: PersonItems, design: GradedDesign, traits: list[str], found: GradedDraws, link: Link, level: float
) -> list[dict[str, Any]]:
    from valuestats.measurement.graded.estimands import standardised_loading

    a, cut = chains_joined(found.discrimination), chains_joined(found.threshold)
    loading = standardised_loading(a, link)
    records = []
    for j, item in enumerate(matrix.items):
        span = spanned(a[:, j], level)
        records.append(
            {
                "item": item,
                "dimension": traits[design.trait[j]],
                "discrimination": span["estimate"],
                "discrimination_lower": span["lower"],
                "discrimination_upper": span["upper"],
                "loading": spanned(loading[:, j], level),
                "thresholds": [spanned(cut[:, j, k], level) for k in range(cut.shape[2])],
                "n_scored": int((design.codes[:, j] >= 0).sum()),
            }
        )
    return records


def _correlations(traits: list[str], found: GradedDraws, level: float) -> list[dict[str, Any]]:
    r = chains_joined(found.correlation)
    return [
        {"first": traits[i], "second": traits[j], **spanned(r[:, i, j], level)}
        for i in range(len(traits))
        for j in range(i)
    ]


def _reliability(theta: Floats) -> float:
    """Variance of the posterior means over it plus the mean posterior variance."""
    between, within = theta.mean(axis=0).var(ddof=1), theta.var(axis=0, ddof=1).mean()
    return float(between / (between + within))


def _notes(matrix: PersonItems, design: GradedDesign, check: GradedCheck) -> list[str]:
    notes = []
    if check.p_structure < 0.01:
        residual = np.where(np.tri(len(matrix.items), k=-1, dtype=bool), check.residual, 0.0)
        i, j = np.unravel_index(np.nanargmax(np.abs(residual)), residual.shape)
        notes.append(
            f"items share more or less than the traits explain (posterior predictive {p_value(check.p_structure)}); most: "
            f"{matrix.items[i]} and {matrix.items[j]}, whose correlation is off by {residual[i, j]:+.2f}"
        )
    for t in range(design.traits):
        if (design.trait == t).sum() < 3 and design.traits == 1:
            notes.append("fewer than three items: the discriminations rest on the prior")
    return notes
