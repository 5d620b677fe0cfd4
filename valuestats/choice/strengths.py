"""Strengths of options from choices: Bradley-Terry, Davidson's ties, top one of several, partial and full rankings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted as counted_words
from valuestats.choice.counted import ONE_CLUSTER, Counted, counted_sets, require_column
from valuestats.choice.diagnostics import UNFAIR, circle_notes, judge_notes, missing_notes
from valuestats.choice.graph import comparison_graph, graph_notes, require_connected
from valuestats.choice.maximum_likelihood import Maximum, maximise, sandwich, widened
from valuestats.choice.positions import UNKNOWN_ORDER, position_notes
from valuestats.choice.table_notes import speaks_against, table_notes
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import Fit, drawn_about, drawn_together
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]
Ties = Literal["davidson"]

_FINITE = 12.0
"""Logits beyond which a tie, an outcome, the first place or a covariate has run away."""
CITATIONS = (
    "Bradley & Terry (1952)",
    "Davidson (1970)",
    "Plackett (1975); Luce (1959)",
    "Turner, van Etten, Firth & Kosmidis (2020), Computational Statistics 35, 1027-1057",
)


@checked
def choice_strengths(
    choices: Choices,
    *,
    ties: Ties | None = None,
    position: bool = False,
    covariates: Sequence[str] = (),
    by: str | None = None,
    cluster: str | None = None,
    prior_sd: float | None = None,
    draws: int = 4000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Strength of each option, on the logit scale, from whatever kind of choice.

    Estimand: :math:`\beta_o`, summing to zero over options, in the Plackett-Luce model with ties: a stage puts the subset S
    of the options left, A, first with probability

    .. math:: \frac{\delta_{|S|}\exp(\bar u_S)}{\sum_{T \subseteq A, |T| \le D} \delta_{|T|} \exp(\bar u_T)}, \qquad
              u_o = \beta_o + x_o'\gamma,

    :math:`\bar u_S` the mean over S, :math:`\delta_1 = 1`, D the largest tie seen. Pairs without ties are Bradley and
    Terry's model, with ties Davidson's (:math:`\delta_2 = \nu`); one chosen out of several is the conditional logit. What
    was answered in place of an option (``outcome``) has a weight of its own beside them, times the geometric mean of the
    offered options' worths. Standard errors: inverse information, or, with `cluster`, the sandwich over clusters with the
    factor G/(G-1) and Student's t with G-1 degrees of freedom; no interval below four clusters. With a prior clusters only
    add to the posterior's errors (`valuestats.choice.maximum_likelihood.widened`).

    Parameters
    ----------
    choices
        The table.
    ties
        ``"davidson"`` models options that share a place; without, a tie is refused.
    position
        Whether the option shown first gets a utility of its own.
    covariates
        Numeric columns that differ between the options of a choice; ``position`` is 1 for the option shown first.
    by
        Column of the choice (``"model"``, say) whose values are fitted one by one; contrasts of groups that share clusters
        (the same questions) are within them.
    cluster
        Column of the choice whose choices depend on each other (the judge, the dilemma).
    prior_sd
        Standard deviation of a normal prior on the strengths and the other parameters; without, their maximum likelihood,
        which exists only where every option is linked to every other both ways.
    draws, seed
        Draws from the normal approximation, for contrasts and ranks.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"choice_strengths"``, keys ``("option",)`` or ``(by, "option")``: ``estimate``, ``win_probability`` (mean over
        the other options of the probability to be preferred where one of the two is), ``n_scored`` (valid choices that
        offered the option), ``n_asked``, ``n_units`` (clusters, or choices), ``df`` (of Student's t over
        clusters). ``meta["parameters"]`` holds ties, outcomes, position and covariates with their intervals,
        ``meta["fits"]`` the log-likelihood of each fit. Which
        options differ, whichever pair is picked: ``contrasts("option")``; the places that hold for the whole ranking:
        ``rank_sets("option")`` (those of ``rank("option")`` are each for itself). Judges one by one:
        `valuestats.compare_judges`; two groups of judges: `valuestats.compare_strengths`.

    Raises
    ------
    SpecificationError
        Options that can't be compared or have no finite estimate, by name; ties without a model of them; a covariate that
        is null; fewer than two clusters.

    References
    ----------
    Bradley and Terry (1952); Davidson (1970); Luce (1959); Plackett (1975); Turner, van Etten, Firth and Kosmidis (2020).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import choice_strengths, pair_choices
    >>> frame = pd.DataFrame({"option_a": list("xxxx"), "option_b": list("yyyy"), "winner": list("aaab")})
    >>> found = choice_strengths(pair_choices(frame)).estimates
    >>> found["option"].tolist(), found["estimate"].round(3).tolist(), found["win_probability"].round(2).tolist()
    (['x', 'y'], [0.549, -0.549], [0.75, 0.25])
    """
    started = time.perf_counter()
    if prior_sd is not None and not prior_sd > 0:
        raise SpecificationError(
            "impossible prior", parameter="prior_sd", got=prior_sd, expected="a standard deviation above 0"
        )
    groups = choice_groups(choices, by)
    rng = np.random.default_rng(seed)
    parts, parameters, fits, fitted = [], [], [], []
    told = table_notes(choices)
    notes = [*judge_notes(choices), *told]
    defects = [n for n in notes if n not in told or speaks_against(n)]
    options = choices.options
    for label, part in list(groups.items()):
        if by is not None and not (part.frame["status"] == "valid").any():
            notes.append(f"{label}: none of {counted_words(len(part), 'choice')} was made; left out")
            del groups[label]
            continue
        try:
            counts = counted_sets(
                part, ties=ties is not None, covariates=covariates, position=position, cluster=cluster
            )
            graph = comparison_graph(counts.wins, counts.options)
            if prior_sd is None:
                require_connected(graph)
            fit = _fitted(counts, cluster, prior_sd)
        except SpecificationError as error:
            if by is not None:
                error.message = f"{error.message} (where {by} is {label})"
            raise
        circles, missing = circle_notes(part), missing_notes(part.frame)
        placed = position_notes(part, position, cluster)
        said = [*graph_notes(graph), *placed, *missing, *circles, *_notes(counts, cluster)]
        unfair = [m for m in missing if UNFAIR in m]
        defects += [
            f"{label}: {note}" if by is not None else note
            for note in (*placed, *unfair, *circles)
            if note != UNKNOWN_ORDER
        ]
        notes += [f"{label}: {note}" if by is not None else note for note in said]
        parts.append(_frame(counts, fit, part, level).assign(**({} if by is None else {by: label})))
        parameters += [{**({} if by is None else {by: label}), **p} for p in _parameters(counts, fit, level)]
        fits.append(
            {
                "fit": label,
                "log_likelihood": fit.maximum.log_likelihood,
                "parameters": len(fit.maximum.beta) - 1,
                "choices": counts.n_valid,
                "newton_steps": fit.maximum.steps,
                "largest_gradient": fit.maximum.gradient,
            }
        )
        fitted.append((counts, fit))
    if not parts:
        raise SpecificationError("no valid choice", parameter="choices", got=f"{len(choices)} choices")
    keys = ("option",) if by is None else (by, "option")
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "estimand", "strength (logit, sums to 0)")
    frame["level"] = level
    frame["interval"] = "Wald" if prior_sd is None else "posterior, equal-tailed"
    meta = make_meta(
        "Plackett-Luce model with ties, " + ("maximum likelihood" if prior_sd is None else "posterior mode"),
        {
            "ties": ties,
            "position": position,
            "covariates": list(covariates),
            "by": by,
            "cluster": cluster,
            "prior_sd": prior_sd,
            "level": level,
            "draws": draws,
            "unit": cluster or "choice",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        caption="How readily each option is chosen, in logits about the mean option; each interval is for itself",
        answers={
            "scored": sum(f["choices"] for f in fits),
            "asked": sum(len(part) for part in groups.values()),
            "of": "choice",
        },
        parameters=parameters,
        fits=fits,
        defects=defects,
        student="df",
    )
    stacked = np.full((draws, len(fitted), len(options)), np.nan)
    for g, sample in enumerate(_drawn(fitted, draws, rng)):
        stacked[:, g, [options.index(o) for o in fitted[g][0].options]] = sample
    coords: dict[str, Any] = {"option": options} if by is None else {by: list(groups), "option": options}
    tree = draws_tree("posterior", stacked[:, 0] if by is None else stacked, coords)
    return Result("choice_strengths", frame, keys, meta, tree)


@dataclass(frozen=True)
class _Fit:
    """A maximum with its errors; `influence` of each cluster on the strengths, and what covariance no cluster makes."""

    maximum: Maximum
    covariance: Array
    degrees: float
    influence: Array | None = None
    apart: Array | None = None


def _fitted(counts: Counted, cluster: str | None, prior_sd: float | None) -> _Fit:
    precision = 0.0 if prior_sd is None else prior_sd**-2
    maximum = maximise(counts.sets, len(counts.options), precision)
    others = maximum.beta[len(counts.options) :]
    away = [name for name, b in zip(counts.others, others, strict=True) if abs(b) > _FINITE]
    if away:
        raise SpecificationError(
            "no finite estimate: what was chosen is always, or never, so",
            parameter="choices",
            got=", ".join(away),
            hint="pass prior_sd, or leave it out of the model",
        )
    if cluster is None:
        return _Fit(maximum, maximum.covariance, np.inf)
    n = len(counts.clusters)
    if n < 2:
        raise SpecificationError(
            "one cluster has no spread",
            parameter="cluster",
            got=counts.clusters[0],
            expected="2 or more",
            hint=ONE_CLUSTER,
        )
    scores = counts.sets.scores(maximum.beta, counts.taken) * np.sqrt(n / (n - 1))
    covariance, apart, size = sandwich(maximum, scores), None, len(counts.options)
    if precision:
        clustered, covariance = covariance, widened(maximum.covariance, covariance, precision)
        apart = (covariance - clustered)[:size, :size]
    return _Fit(maximum, covariance, n - 1, scores @ maximum.covariance[:, :size], apart)


def _frame(counts: Counted, fit: _Fit, choices: Choices, level: float) -> pd.DataFrame:
    n = len(counts.options)
    beta = fit.maximum.beta[:n]
    error = np.sqrt(np.diag(fit.covariance)[:n])
    reach = _reach(fit, level) * error
    rows = choices.frame.assign(option=choices.frame["option"].astype(str))
    times = rows["count"] if "count" in rows.columns else pd.Series(1, index=rows.index)
    asked = times.groupby(rows["option"]).sum()
    made = rows["status"] == "valid"
    scored = times[made].groupby(rows.loc[made, "option"]).sum()
    against = expit(beta[:, None] - beta[None])
    return pd.DataFrame(
        {
            "option": counts.options,
            "estimate": beta,
            "std_error": error,
            "lower": beta - reach,
            "upper": beta + reach,
            "n_scored": scored.reindex(counts.options, fill_value=0).to_numpy(),
            "n_asked": asked.reindex(counts.options, fill_value=0).to_numpy(),
            "win_probability": (against.sum(axis=1) - 0.5) / (n - 1),
            "n_units": len(counts.clusters) if np.isfinite(fit.degrees) else counts.n_valid,
            "df": fit.degrees if np.isfinite(fit.degrees) else np.nan,
        }
    )


def _reach(fit: _Fit, level: float) -> float:
    """Standard errors on either side; none over fewer than four clusters."""
    return float("nan") if fit.degrees < LEAST - 1 else float(stats.t.ppf((1 + level) / 2, fit.degrees))


def _parameters(counts: Counted, fit: _Fit, level: float) -> list[dict[str, Any]]:
    n = len(counts.options)
    error = np.sqrt(np.diag(fit.covariance)[n:])
    reach = _reach(fit, level) * error
    return [
        {"parameter": name, "estimate": b, "std_error": e, "lower": b - r, "upper": b + r}
        for name, b, e, r in zip(
            counts.others, fit.maximum.beta[n:].tolist(), error.tolist(), reach.tolist(), strict=True
        )
    ]


def _drawn(fitted: list[tuple[Counted, _Fit]], draws: int, rng: np.random.Generator) -> list[Array]:
    """Draws of the strengths of each group: normal, or over clusters, which groups may share, jointly Student's t."""
    size = [len(counts.options) for counts, _ in fitted]
    if fitted[0][1].influence is None:
        return [
            drawn_about(fit.maximum.beta[:n], fit.covariance[:n, :n], fit.degrees, draws, rng)
            for n, (_, fit) in zip(size, fitted, strict=True)
        ]
    every = pd.Index(sorted({c for counts, _ in fitted for c in counts.clusters}))
    together = [
        Fit(
            fit.maximum.beta[:n],
            np.asarray(every.get_indexer(pd.Index(counts.clusters)), dtype=np.int64),
            np.asarray(fit.influence),
            fit.degrees,
            fit.apart,
        )
        for n, (counts, fit) in zip(size, fitted, strict=True)
    ]
    return drawn_together(together, draws, rng)


def choice_groups(choices: Choices, by: str | None) -> dict[str, Choices]:
    """The choices of each value of a column, or all together."""
    if by is None:
        return {"all": choices}
    require_column(choices.frame, by, "by")
    return {str(label): Choices(part) for label, part in choices.frame.groupby(by, sort=True, observed=True)}


def _notes(counts: Counted, cluster: str | None) -> list[str]:
    found = []
    if cluster is not None and len(counts.clusters) < FEW:
        none = ", and fewer than four give no interval" if len(counts.clusters) < LEAST else ""
        found.append(f"{counted_words(len(counts.clusters), 'cluster')}: errors over so few are rough{none}")
    return found
