"""Whether two groups of choices (people and a model as judges, two languages) put the options in the same order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted as counted_words
from valuestats.base.labels import listed
from valuestats.choice.counted import Counted, counted_sets
from valuestats.choice.diagnostics import judge_notes
from valuestats.choice.graph import comparison_graph, require_connected
from valuestats.choice.maximum_likelihood import Maximum, maximise
from valuestats.choice.positions import UNKNOWN_ORDER, position_notes
from valuestats.choice.strengths import CITATIONS, Ties, choice_groups
from valuestats.choice.table_notes import speaks_against, table_notes
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.tables.choices import COUNT, Choices

Array = NDArray[np.float64]


@checked
def compare_strengths(
    choices: Choices,
    by: str,
    *,
    cluster: str | None = None,
    ties: Ties | None = None,
    position: bool = False,
    covariates: Sequence[str] = (),
    draws: int = 20000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Differences of options' strengths between groups of choices, and one test of all of them.

    Estimand: :math:`\beta_{go} - \beta_{ho}` for each pair of groups g, h and option o, each group's strengths (and ties,
    position, covariates) fitted to its own choices as by `valuestats.choice_strengths`. With :math:`\psi_c` the score of
    cluster c over all groups times the inverse information, the joint covariance is :math:`\frac{G}{G-1}\sum_c
    \psi_c\psi_c'`, so that groups which share clusters (the questions that people and a model both judged) are compared
    within them; without `cluster` choices are independent. The test is of the largest :math:`|t|`, by draws of the normal
    distribution, or of Student's t with one degree less than the clusters of the group that has fewest; intervals reach as
    far, and hold together.

    Parameters
    ----------
    choices
        The table.
    by
        Column of the choice whose values are the groups (``"who"``: people or a model).
    cluster
        Column whose choices depend on each other, with four values or more in each group. A group of one judge can't be
        clustered by judges: cluster by what groups share, such as the question.
    ties, position, covariates
        As for `valuestats.choice_strengths`.
    draws, level, seed
        Draws for the largest :math:`|t|`; probability inside all intervals at once.

    Returns
    -------
    Result
        Kind ``"strength_differences"``, keys ``("contrast", "option")``: besides, ``p_adjusted`` (single-step, by the
        largest :math:`|t|`), ``n_units``. ``meta["joint"]`` is the test: ``statistic``, ``degrees`` (null: normal), ``p``.

    Raises
    ------
    SpecificationError
        One group; options that a group was not shown, or that can't be compared in it; fewer than four clusters in a group.

    References
    ----------
    Hothorn, Bretz and Westfall (2008), Biometrical Journal 50, 346-363; Bradley and Terry (1952); Davidson (1970).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import compare_strengths, pair_choices
    >>> frame = pd.DataFrame({"option_a": list("xxxx"), "option_b": list("yyyy"), "winner": list("aaab")})
    >>> both = pd.concat([frame.assign(who="people"), frame.assign(who="model", winner=list("abbb"))])
    >>> found = compare_strengths(pair_choices(both), "who").estimates
    >>> found["contrast"].unique().tolist(), found["option"].tolist(), found["estimate"].round(2).tolist()
    (['model - people'], ['x', 'y'], [-1.1, 1.1])
    """
    started = time.perf_counter()
    groups = choice_groups(choices, by)
    if len(groups) < 2:
        raise SpecificationError(
            "one group has none to be compared with", parameter="by", got=f"{next(iter(groups))} in {by}"
        )
    _require_same_options(groups, by)
    counts, fits = {}, {}
    for label, part in groups.items():
        try:
            counts[label] = counted_sets(
                part, ties=ties is not None, covariates=covariates, position=position, cluster=cluster
            )
            require_connected(comparison_graph(counts[label].wins, counts[label].options))
        except SpecificationError as error:
            error.message = f"{error.message} (where {by} is {label})"
            raise
        fits[label] = maximise(counts[label].sets, len(counts[label].options), 0.0)
    options = next(iter(counts.values())).options
    covariance, degrees = _joint_covariance(counts, fits, cluster, by)
    beta = np.concatenate([fits[label].beta[: len(options)] for label in groups])
    names = list(groups)
    rows, weights = [], []
    for one, two in combinations(range(len(names)), 2):
        for k, option in enumerate(options):
            weight = np.zeros(len(beta))
            weight[one * len(options) + k], weight[two * len(options) + k] = 1.0, -1.0
            weights.append(weight)
            units = min(_units(counts[names[g]], cluster) for g in (one, two))
            n = min(_offered(groups[names[g]], option) for g in (one, two))
            rows.append((f"{names[one]} - {names[two]}", option, units, n))
    frame = pd.DataFrame(rows, columns=["contrast", "option", "n_units", "n_scored"])
    design = np.array(weights)
    estimate, spread = design @ beta, design @ covariance @ design.T
    spreads = np.sqrt(np.diag(spread))
    t = np.divide(np.abs(estimate), spreads, out=np.zeros_like(spreads), where=spreads > 0)
    largest = _largest(spread, spreads, degrees, draws, np.random.default_rng(seed))
    reach = float(np.quantile(largest, level)) * spreads
    frame = frame.assign(
        estimand="difference of strengths (logit)",
        estimate=estimate,
        std_error=spreads,
        lower=estimate - reach,
        upper=estimate + reach,
        level=level,
        interval="Wald, simulated",
        n_asked=frame["n_scored"],
        p_adjusted=_tail(largest, t),
    )
    told = table_notes(choices)
    odd = [
        n for n in [*judge_notes(choices), *position_notes(choices, position, cluster)] if n != UNKNOWN_ORDER
    ]
    few = [] if cluster is None or degrees + 1 >= FEW else [
        f"{counted_words(degrees + 1, 'cluster')} in the smallest group: errors over so few are rough"
    ]  # fmt: skip
    meta = make_meta(
        "Plackett-Luce models of each group, differences by the largest t",
        {
            "by": by,
            "cluster": cluster,
            "ties": ties,
            "position": position,
            "covariates": list(covariates),
            "level": level,
            "draws": draws,
            "unit": cluster or "choice",
        },
        citations=("Hothorn, Bretz & Westfall (2008), Biometrical Journal 50, 346-363", *CITATIONS),
        seed=seed,
        warnings=[*odd, *told, *few],
        seconds=time.perf_counter() - started,
        caption="Differences of options' strengths, in logits, with intervals that hold together",
        defects=[*odd, *(n for n in told if speaks_against(n))],
        joint={
            "statistic": float(t.max()),
            "degrees": None if np.isinf(degrees) else float(degrees),
            "p": float(_tail(largest, t[[t.argmax()]])[0]),
        },
    )
    first = ["estimand", "contrast", "option", "estimate", "std_error", "lower", "upper", "level", "interval"]
    return Result(
        "strength_differences",
        frame[[*first, "n_scored", "n_asked", "n_units", "p_adjusted"]],
        ("contrast", "option"),
        meta,
    )


def _require_same_options(groups: dict[str, Choices], by: str) -> None:
    every = sorted({o for part in groups.values() for o in part.options})
    for label, part in groups.items():
        missing = [o for o in every if o not in part.options]
        if missing:
            raise SpecificationError(
                "groups were shown different options",
                parameter=by,
                got=f"{listed(missing[:8])} not in {label}",
                expected="the same options in each group",
                hint="leave out choices with options that not all groups were shown",
            )


def _offered(choices: Choices, option: str) -> int:
    """How often an option was on offer."""
    own = choices.frame[(choices.frame["option"].astype(str) == option).to_numpy()]
    return int(own[COUNT].sum()) if COUNT in own.columns else len(own)


def _units(counts: Counted, cluster: str | None) -> int:
    return counts.n_valid if cluster is None else len(counts.clusters)


def _joint_covariance(
    counts: dict[str, Counted], fits: dict[str, Maximum], cluster: str | None, by: str
) -> tuple[Array, float]:
    """Covariance of all groups' strengths, and its degrees of freedom."""
    n = len(next(iter(counts.values())).options)
    size = n * len(counts)
    found = np.zeros((size, size))
    if cluster is None:
        for g, fit in enumerate(fits.values()):
            found[g * n : (g + 1) * n, g * n : (g + 1) * n] = fit.covariance[:n, :n]
        return found, float("inf")
    least = min(counts, key=lambda label: len(counts[label].clusters))
    if len(counts[least].clusters) < LEAST:
        raise SpecificationError(
            f"a group has too few clusters (where {by} is {least})",
            parameter="cluster",
            got=counted_words(len(counts[least].clusters), f"value of {cluster}", f"values of {cluster}"),
            expected=f"{LEAST} or more in each group",
            hint="cluster by what the groups share, such as the question; without cluster choices are taken as independent",
        )
    every = sorted({c for one in counts.values() for c in one.clusters})
    at = {name: k for k, name in enumerate(every)}
    influence = np.zeros((len(every), size))
    for g, label in enumerate(counts):
        own, fit = counts[label], fits[label]
        part = own.sets.scores(fit.beta, own.taken) @ fit.covariance[:, :n]
        influence[[at[c] for c in own.clusters], g * n : (g + 1) * n] = part
    found = influence.T @ influence
    # Each group's own factor, so that groups without a cluster in common have the errors that they have alone.
    factor = np.repeat([np.sqrt(len(c.clusters) / (len(c.clusters) - 1)) for c in counts.values()], n)
    return found * np.outer(factor, factor), float(len(counts[least].clusters) - 1)


def _largest(spread: Array, error: Array, degrees: float, draws: int, rng: np.random.Generator) -> Array:
    """Draws of the largest of all standardised differences."""
    safe = np.where(error > 0, error, 1.0)
    values, vectors = np.linalg.eigh(spread / np.outer(safe, safe))
    normal = rng.normal(size=(draws, len(error))) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    found: Array = np.abs(normal).max(axis=1)
    if np.isfinite(degrees):
        found = found * np.sqrt(degrees / rng.chisquare(degrees, size=draws))
    return found


def _tail(largest: Array, t: Array) -> Array:
    """Chance of a largest as large, by draws; never zero."""
    above: Any = (largest[None, :] >= t[:, None] - 1e-12).sum(axis=1)
    return np.asarray((above + 1.0) / (len(largest) + 1.0))
