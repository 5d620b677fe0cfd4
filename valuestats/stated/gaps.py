"""The gap between what is said to be valued and what is chosen: by model, by value, and value by value."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import POSITIVE
from valuestats.base.arguments import checked
from valuestats.base.labels import listed
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.stated.both import Both, joined
from valuestats.stated.measured import measured
from valuestats.stated.uncertain import FEWEST_VALUES, Agreement, Array, agreement, centring
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import Fit, drawn_together
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables.choices import Choices

CITATIONS = (
    "Spearman (1904), American Journal of Psychology 15, 72-101",
    "Searle (1971), Linear Models",
    "Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185",
)
MODELS, VALUES = "model", "value"
AGREE, IN_PART, APART, REVERSED, OPEN = "agree", "agree in part", "apart", "reversed", "open"
"""What an interval of the agreement tells: above 0, above 0 and below 1, below 1 alone, below 0, nothing."""


@checked
def stated_revealed(
    stated: Choices | Result,
    revealed: Choices | Result,
    *,
    by: str = "model",
    cluster: str | None = None,
    prior_sd: Annotated[float, POSITIVE] | None = None,
    level: float = 0.95,
) -> Result:
    r"""How far what models say they value agrees with what they choose, once the noise of both is taken off.

    Estimand: the correlation of the true profiles, :math:`\rho = \sigma_{sr}/(\sigma_s\sigma_r)`, over the values for each
    model, and over the models for each value. With estimates s and r of joint error covariance V and
    :math:`C = I - 11'/K`, :math:`\hat\sigma_s^2 = (s'Cs - \operatorname{tr} C V_{ss})/(K-1)`, likewise for r, and
    :math:`\hat\sigma_{sr} = (s'Cr - \operatorname{tr} C V_{sr})/(K-1)`: Spearman's correction for attenuation, with errors
    that the two ways of asking may share. The reliability of either is :math:`\hat\sigma^2/(s'Cs/(K-1))`, the ceiling
    :math:`\sqrt{\text{rel}_s\,\text{rel}_r}`: what two measures of one profile would be seen to correlate. The interval
    inverts the test of each :math:`\rho` (Fieller), with the errors of the three products at the estimates and
    Satterthwaite's degrees of freedom of both ways of asking (a score over five runs has four, answers to 240 dilemmas
    hundreds; what counts is whose error is the larger). It speaks of these values and these models.

    What an interval tells is in ``relation``: ``"agree"`` (above 0), ``"agree in part"`` (above 0 and below 1), ``"apart"``
    (below 1: a gap beyond noise), ``"reversed"`` (below 0: what is said more is chosen less), ``"open"`` (nothing, and no
    finding). No finding either is a profile whose variance may be all noise (``noise``, the larger p-value of the two).

    Parameters
    ----------
    stated, revealed
        Choices between values, or a result of two keys with draws (scores on an instrument, strengths). Choices become
        strengths as by `valuestats.choice_strengths`, ties and the place of an option modelled where they are there.
    by
        Column (key) of the models.
    cluster
        Column of the choices whose choices depend on each other; clusters of the same name in both are one cluster, so that
        errors which both share are seen. A result's errors are those of its draws, independent of the other's.
    prior_sd
        As for `valuestats.choice_strengths`: where a value never wins.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"stated_revealed"``, keys ``("of", "name")``, ``of`` being ``"model"`` or ``"value"``: ``estimate``,
        ``seen`` (the correlation as it is seen), ``ceiling``, ``reliability_stated``, ``reliability_revealed``,
        ``strength`` (the weaker variance over its error; below 3 the estimate has a rough scale), ``noise``, ``relation``,
        ``ranked`` (share of the valid answers that put a value before another, the lower of the two). A model whose profile
        has no variance beyond noise, or that rests on fewer than four clusters, enters no row of a value; of fewer than
        three models there are none.

    Raises
    ------
    SpecificationError
        No shared model, fewer than three shared values, a result without draws; as for `valuestats.choice_strengths`.

    References
    ----------
    Spearman (1904); Searle (1971); Fieller (1954); Satterthwaite (1946), Biometrics Bulletin 2, 110-114; Box (1954), Annals
    of Mathematical Statistics 25, 290-302, for ``noise``.

    Examples
    --------
    >>> import itertools, numpy as np, pandas as pd
    >>> from valuestats import pair_choices, stated_revealed
    >>> rng = np.random.default_rng(0)
    >>> worth = dict(zip("abcd", [1.5, 0.5, -0.5, -1.5]))
    >>> def asked(worth):
    ...     pairs = [(i, j) for i, j in itertools.permutations(worth, 2) for _ in range(30)]
    ...     won = [i if rng.random() < 1 / (1 + np.exp(worth[j] - worth[i])) else j for i, j in pairs]
    ...     return pair_choices(pd.DataFrame(pairs, columns=["option_a", "option_b"]).assign(winner=won, model="m"))
    >>> found = stated_revealed(asked(worth), asked(worth)).estimates.iloc[0]
    >>> found["name"], bool(found["estimate"] > 0.9), bool(found["ceiling"] > 0.9)
    ('m', True, True)
    """
    started = time.perf_counter()
    data = _data(stated, revealed, by, cluster, prior_sd)
    own = [_agree(data, m, slice(None), level) for m in range(len(data.models))]
    rows = [_row(MODELS, name, own[m], data, [m]) for m, name in enumerate(data.models)]
    kept = [m for m, found in enumerate(own) if np.isfinite(found.estimate) and _enough(data, m)]
    notes = [*data.notes, *_few(data)]
    if len(kept) >= FEWEST_VALUES:
        rows += [
            _row(VALUES, name, _agree(data, kept, k, level), data, kept) for k, name in enumerate(data.values)
        ]
        lost = [name for m, name in enumerate(data.models) if m not in kept]
        if lost:
            notes.append(
                f"{listed(lost)}: no profile beyond noise, so that no correlation over models counts them"
            )
    frame = pd.DataFrame(rows).assign(
        estimand="correlation of stated and revealed, without noise", level=level
    )
    frame["interval"] = np.where(frame["lower"].notna(), "Wald", "none")
    unknown = int(frame["estimate"].isna().sum())
    if unknown:
        notes.append(f"{unknown} of {len(frame)} profiles do not vary beyond their noise: no estimate")
    meta = make_meta(
        "correlation of two noisy profiles, corrected for attenuation",
        {"by": by, "cluster": cluster, "prior_sd": prior_sd, "level": level, "unit": cluster or "choice"},
        citations=CITATIONS,
        warnings=notes,
        seconds=time.perf_counter() - started,
        models=list(data.models),
        values=list(data.values),
        left_out=_left_out(data),
    )
    return Result("stated_revealed", frame, ("of", "name"), meta)


@checked
def value_gaps(
    stated: Choices | Result,
    revealed: Choices | Result,
    *,
    by: str = "model",
    cluster: str | None = None,
    prior_sd: Annotated[float, POSITIVE] | None = None,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How much more, or less, each model says it values something than it chooses it.

    Estimand: :math:`g_k = (s_k - \bar s)/\sigma_s - (r_k - \bar r)/\sigma_r` of the true profiles, in standard deviations
    of a model's profile over the values, the noise taken off both standard deviations as in `valuestats.stated_revealed`;
    the mean of :math:`g_k^2` is :math:`2(1 - \rho)(K-1)/K`. Errors by the delta method, with what both ways of asking share.
    Student's t has Satterthwaite's degrees of freedom, gap by gap: of a score those of its units, of choices
    :math:`3(\sum_u q_u^2)^2/\sum_u q_u^4 - 2` of what each cluster u adds, as a gap rests on those in which its value is on
    offer, at most the clusters less 1; of both ways of asking, each by its share of the variance.
    ``p_adjusted`` is Holm's over the values of a model.

    Parameters
    ----------
    stated, revealed, by, cluster, prior_sd
        As for `valuestats.stated_revealed`.
    draws, seed
        Draws from the normal approximation (Student's t over clusters), for contrasts and ranks.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"value_gaps"``, keys ``("model", "value")``: ``estimate`` above 0 where more is said than chosen, ``stated``
        and ``revealed`` (both profiles in standard deviations), ``p_value``, ``p_adjusted``, ``df``, ``strength`` and
        ``noise`` as there. Null where a profile does not vary beyond its noise.

    Raises
    ------
    SpecificationError
        As for `valuestats.stated_revealed`.

    References
    ----------
    Spearman (1904); Satterthwaite (1946), Biometrics Bulletin 2, 110-114; Holm (1979), Scandinavian Journal of Statistics 6,
    65-70.

    Examples
    --------
    >>> import itertools, numpy as np, pandas as pd
    >>> from valuestats import pair_choices, value_gaps
    >>> def asked(worth, rng):
    ...     pairs = [(i, j) for i, j in itertools.permutations(worth, 2) for _ in range(60)]
    ...     won = [i if rng.random() < 1 / (1 + np.exp(worth[j] - worth[i])) else j for i, j in pairs]
    ...     return pair_choices(pd.DataFrame(pairs, columns=["option_a", "option_b"]).assign(winner=won, model="m"))
    >>> rng = np.random.default_rng(0)
    >>> said, done = {"care": 1.0, "power": -1.0, "truth": 0.0}, {"care": -1.0, "power": 1.0, "truth": 0.0}
    >>> value_gaps(asked(said, rng), asked(done, rng), draws=10).estimates["estimate"].round().tolist()
    [2.0, -2.0, 0.0]
    """
    started = time.perf_counter()
    data = _data(stated, revealed, by, cluster, prior_sd)
    rng = np.random.default_rng(seed)
    k = len(data.values)
    parts, slopes = [], np.zeros((len(data.models), k, 2 * k))
    for m, name in enumerate(data.models):
        v = data.covariance(m, slice(None))
        found = _agree(data, m, slice(None), level)
        gap = _gap(data.stated[m], data.revealed[m], v, found)
        slopes[m] = gap.slope
        error = np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", gap.slope, v, gap.slope), 0.0))
        df = data.degrees_of(m, slice(None), gap.slope)
        t = np.where(_enough(data, m), stats.t.ppf((1 + level) / 2, df), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            p = np.where(_enough(data, m), 2 * stats.t.sf(np.abs(gap.value / error), df), np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "model": name,
                    "value": data.values,
                    "estimate": gap.value,
                    "std_error": error,
                    "lower": gap.value - t * error,
                    "upper": gap.value + t * error,
                    "stated": gap.stated,
                    "revealed": gap.revealed,
                    "p_value": p,
                    "p_adjusted": adjusted_p(p, "holm"),
                    "strength": found.strength,
                    "noise": found.noise,
                    "n_units": data.units([m]),
                    "df": np.where(np.isfinite(df), df, np.nan),
                    "n_scored": int(data.scored[:, m].min()),
                    "n_asked": int(data.asked[:, m].min()),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True).assign(
        estimand="stated less revealed (SD of the profile)", level=level
    )
    frame["interval"] = np.where(frame["lower"].notna(), "Wald", "none")
    influence = np.einsum("usmk,msjk->umj", data.influence, _split(slopes)).reshape(len(data.influence), -1)
    every = np.arange(len(influence))
    df = frame["df"].fillna(np.inf).to_numpy()
    drawn = drawn_together([Fit(frame["estimate"].to_numpy(), every, influence, df)], draws, rng)[0]
    drawn = drawn.reshape(draws, len(data.models), k)
    meta = make_meta(
        "difference of two standardised profiles, noise taken off",
        {
            "by": by,
            "cluster": cluster,
            "prior_sd": prior_sd,
            "level": level,
            "draws": draws,
            "unit": cluster or "choice",
        },
        citations=(*CITATIONS[:2], "Holm (1979), Scandinavian Journal of Statistics 6, 65-70"),
        seed=seed,
        warnings=[*data.notes, *_few(data)],
        seconds=time.perf_counter() - started,
        student="df",
        left_out=_left_out(data),
    )
    tree = draws_tree("posterior", drawn, {"model": list(data.models), "value": list(data.values)})
    return Result("value_gaps", frame, ("model", "value"), meta, tree)


def _data(
    stated: Choices | Result, revealed: Choices | Result, by: str, cluster: str | None, prior_sd: float | None
) -> Both:
    one = measured(stated, by, cluster, prior_sd, "stated")
    return joined(one, measured(revealed, by, cluster, prior_sd, "revealed"))


@dataclass(frozen=True)
class _Gap:
    value: Array
    slope: Array
    stated: Array
    revealed: Array


def _gap(one: Array, two: Array, v: Array, found: Agreement) -> _Gap:
    """Difference of the standardised profiles, and its derivatives by all estimates, shape ``(values, 2 values)``."""
    known = np.isfinite(one) & np.isfinite(two)
    k = len(one)
    if not known.all():
        none, slope = np.full((3, k), np.nan), np.full((k, 2 * k), np.nan)
        if known.sum() >= FEWEST_VALUES:
            twice = np.tile(known, 2)
            part = _gap(one[known], two[known], v[np.ix_(twice, twice)], found)
            none[:, known] = part.value, part.stated, part.revealed
            slope[np.ix_(known, twice)] = part.slope
            slope[known] = np.nan_to_num(slope[known])
        return _Gap(none[0], slope, none[1], none[2])
    c, centre = centring(k), np.eye(k) - 1.0 / k
    sides, slopes = [], []
    for x, block, sign in ((one, v[:k, :k], 1.0), (two, v[k:, k:], -1.0)):
        variance = float(x @ c @ x - np.trace(c @ block))
        sd = np.sqrt(variance) if variance > 0 and not np.isnan(found.estimate) else np.nan
        own = centre @ x
        sides.append(own / sd)
        slopes.append(sign * (centre / sd - np.outer(own, c @ x) / sd**3))
    return _Gap(sides[0] - sides[1], np.hstack(slopes), sides[0], sides[1])


def _split(slopes: Array) -> Array:
    """From ``(models, values, 2 values)`` to ``(models, 2, values, values)``, null ones 0."""
    m, k, _ = slopes.shape
    return np.nan_to_num(slopes.reshape(m, k, 2, k).transpose(0, 2, 1, 3))


def _agree(data: Both, models: Any, values: Any, level: float) -> Agreement:
    def reach(slope: Array) -> float:
        if not _enough(data, models):
            return float("nan")
        return float(stats.t.ppf((1 + level) / 2, data.degrees_of(models, values, slope[None])[0]))

    return agreement(
        data.stated[models, values],
        data.revealed[models, values],
        data.covariance(models, values),
        reach,
        (float(np.min(data.own_degrees[0, models])), float(np.min(data.own_degrees[1, models]))),
    )


def relation(lower: float, upper: float) -> str | None:
    """What an interval of the agreement tells; None of one that is not known.

    Examples
    --------
    >>> [relation(*ends) for ends in ((0.2, 1.0), (0.2, 0.9), (-0.3, 0.9), (-1.0, -0.3), (-0.3, 1.0))]
    ['agree', 'agree in part', 'apart', 'reversed', 'open']
    """
    if np.isnan(lower) or np.isnan(upper):
        return None
    if upper < 0:
        return REVERSED
    if upper < 1:
        return IN_PART if lower > 0 else APART
    return AGREE if lower > 0 else OPEN


def _row(of: str, name: str, found: Agreement, data: Both, models: list[int]) -> dict[str, Any]:
    scored, asked, ranked = (getattr(data, c)[:, models].sum(axis=1) for c in ("scored", "asked", "ranked"))
    return {
        "of": of,
        "name": name,
        "estimate": found.estimate,
        "std_error": found.std_error,
        "lower": found.lower,
        "upper": found.upper,
        "seen": found.seen,
        "ceiling": found.ceiling,
        "reliability_stated": found.reliability[0],
        "reliability_revealed": found.reliability[1],
        "strength": found.strength,
        "noise": found.noise,
        "relation": relation(found.lower, found.upper),
        "ranked": float((ranked / scored).min()),
        "n_units": data.units(models),
        "n_scored": int(scored.sum()),
        "n_asked": int(asked.sum()),
    }


def _enough(data: Both, models: Any) -> bool:
    """Whether there are intervals: none over fewer than four clusters in either way of asking."""
    return bool(np.min(data.degrees[models]) >= LEAST - 1)


def _left_out(data: Both) -> dict[str, list[str]]:
    """Models and values measured one way only, which no row speaks of."""
    return dict(zip(("models", "values"), map(list, data.left_out), strict=True))


def _few(data: Both) -> list[str]:
    few = [f"{m} ({data.units([k])})" for k, m in enumerate(data.models) if data.degrees[k] + 1 < FEW]
    return [f"errors over few units are rough: {listed(few)}"] if few else []
