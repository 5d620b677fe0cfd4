"""Whether answers or choices made anew by a fitted model look like those that were given."""

from __future__ import annotations

from typing import Literal

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.figure import Figure
from valuestats.base.labels import p_value, readable
from valuestats.regression.effects_report import GroupReplicates, group_replicates
from valuestats.regression.fitted import OrdinalFit, require_in_formula
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import equal_tailed

Floats = NDArray[np.float64]
CITATIONS = (
    "Gelman, A., Meng, X.-L. and Stern, H. (1996). Posterior predictive assessment of model fitness via realized "
    "discrepancies. Statistica Sinica 6, 733-760.",
    "Gabry, J., Simpson, D., Vehtari, A., Betancourt, M. and Gelman, A. (2019). Visualization in Bayesian workflow. "
    "JRSS A 182, 389-402.",
)


@checked
def pp_check(fit: OrdinalFit, by: str | None = None, *, level: float = 0.95, seed: int = 0) -> Result:
    r"""Hold what was answered against answers that the fitted model makes anew.

    For each level g of `by` and each statistic T the discrepancy is :math:`T(y_g) - T(y_g^{rep})` over draws of the model,
    with all its effects as estimated: the mean, the standard deviation, the share of the least and of the greatest answer,
    and the share of the most frequent one. A model that fits leaves 0 inside the intervals at their nominal rate. The
    p-value is that of the whole table of counts by level and answer, by the Freeman-Tukey discrepancy between what was
    observed or made anew and what is expected (Gelman, Meng and Stern 1996); below .01, as in the gate, the model does not
    fit.

    Parameters
    ----------
    fit
        What `valuestats.fit_ordinal` gave.
    by
        A column of the formula; None: all answers together.
    level
        Probability inside the intervals of the discrepancies.
    seed
        Seed of the answers made anew.

    Returns
    -------
    Result
        Kind ``"pp_check"``, keys ``(by or "group", "statistic")``: ``estimate`` (the mean discrepancy) with its interval,
        ``observed``, ``replicated`` (mean), ``p_value`` (share of draws at or above what was observed) and ``outside``;
        ``meta["p_value"]`` of the whole table. Null where a level has no answers to form a statistic.

    Raises
    ------
    SpecificationError
        A column that is not in the formula.

    References
    ----------
    Gelman, Meng and Stern (1996), Statistica Sinica 6, 733-760; Gabry et al. (2019), JRSS A 182, 389-402.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> found = pp_check(fit_ordinal("answer ~ model", data, seed=1), "model")
    >>> bool(found.estimates["outside"].any()), 0.05 < found.meta["p_value"] < 0.99
    (False, True)
    """
    design = fit.design
    require_in_formula(design, [] if by is None else [by], "by")
    made = group_replicates(design, fit.draws, [by], seed=seed)[by]
    key, codes = by or "group", design.codes.astype(float)
    names, seen, again = _statistics(made, codes)
    apart = seen[None] - again
    lower, upper = equal_tailed(apart, level)
    index = pd.MultiIndex.from_product([list(made.labels), names], names=[key, "statistic"])
    frame = index.to_frame(index=False)
    frame.insert(0, "estimand", "observed - replicated")
    frame["estimate"], frame["std_error"] = apart.mean(axis=0).ravel(), apart.std(axis=0, ddof=1).ravel()
    frame["lower"], frame["upper"], frame["level"] = lower.ravel(), upper.ravel(), level
    frame["interval"] = "Wald, simulated" if fit.maximum is not None else "posterior, equal-tailed"
    frame["n_scored"] = np.repeat(made.observed.sum(axis=1), len(names))
    frame["n_asked"] = frame["n_scored"]
    frame["observed"], frame["replicated"] = seen.ravel(), again.mean(axis=0).ravel()
    frame["p_value"] = np.where(
        np.isnan(seen), np.nan, ((again > seen) + 0.5 * (again == seen)).mean(axis=0)
    ).ravel()
    frame["outside"] = (frame["lower"] > 0) | (frame["upper"] < 0)
    parent = fit.result.meta
    meta = make_meta(
        f"posterior predictive check of: {parent['method']}",
        {**parent["specification"], "by": by, "level": level, "replicates": len(again)},
        citations=[*parent["citations"], *CITATIONS],
        seed=seed,
        warnings=list(parent["warnings"]),
        p_value=float(made.p_value),
    )
    group: Literal["posterior", "bootstrap"] = "bootstrap" if fit.maximum is not None else "posterior"
    tree = draws_tree(group, apart, {key: list(made.labels), "statistic": names})
    return Result("pp_check", frame, (key, "statistic"), meta, tree)


def _statistics(made: GroupReplicates, codes: Floats) -> tuple[list[str], Floats, Floats]:
    """Names and values of the statistics: observed ``(levels, statistics)``, made anew ``(S, levels, statistics)``."""
    top = int(made.observed.sum(axis=0).argmax())

    def of(counts: Floats) -> Floats:
        total = counts.sum(axis=-1, keepdims=True)
        share = ratio(counts, np.broadcast_to(total, counts.shape))
        mean = share @ codes
        spread = np.sqrt(np.maximum(share @ codes**2 - mean**2, 0.0))
        return np.stack([mean, spread, share[..., 0], share[..., -1], share[..., top]], axis=-1)

    least, greatest, usual = (f"share of answer {codes[k]:g}" for k in (0, -1, top))
    names = ["mean", "standard deviation", least, greatest, usual]
    kept = [n for n, name in enumerate(names) if name not in names[:n]]
    return [names[n] for n in kept], of(made.observed)[..., kept], of(made.replicated)[..., kept]


def pp_check_sentence(result: Result) -> str:
    """The sentence of a posterior predictive check."""
    from valuestats.latent.gate import Gate  # slow to load

    frame = result.estimates.dropna(subset="estimate")
    out, p = frame[frame["outside"]], float(result.meta["p_value"])
    share = f"{float(frame['level'].iloc[0]):.0%}"
    fits = "fits" if p >= Gate().min_predictive_p else "does not fit"
    head = f"Answers made anew by the model: {len(out)} of {len(frame)} statistics lie outside their {share} intervals"
    if len(out):
        row = out.iloc[int((out["estimate"] / out["std_error"]).abs().argmax())]
        where = "" if result.keys[0] == "group" else f" of {row[result.keys[0]]}"
        head += f", farthest the {row['statistic']}{where}: {row['observed']:.2f}, of the model {row['replicated']:.2f}"
    return (
        f"{head}; by the whole table of counts the model {fits} ({p_value(p)}; below 0.01 it does not). The check uses the "
        "answers twice, so it is kind to the model; answers left out are the sterner test."
    )


def pp_check_chart(result: Result, *, width: int = 260, most: int = 30) -> Figure:
    """Each statistic observed (a diamond) over the interval of what the model makes, a panel per statistic.

    At most `most` levels are drawn: those farthest out, in the order of their names.
    """
    key = result.keys[0]
    frame = result.estimates.dropna(subset="estimate").copy()
    far = (
        (frame["estimate"] / frame["std_error"].where(frame["std_error"] > 0)).abs().groupby(frame[key]).max()
    )
    shown = set(far.nlargest(most).index)
    frame = frame[frame[key].isin(shown)]
    data = pd.DataFrame(
        {
            "level": [readable(str(v)) for v in frame[key]],
            "statistic": frame["statistic"],
            "observed": frame["observed"],
            # the interval of observed - replicated, turned to that of what is made anew
            "lower": frame["observed"] - frame["upper"],
            "upper": frame["observed"] - frame["lower"],
            "replicated": frame["replicated"],
            "fit": np.where(frame["outside"], "outside the interval", "inside the interval"),
        }
    )
    panels = []
    for name in dict.fromkeys(data["statistic"]):
        base = alt.Chart(data[data["statistic"] == name])
        y = alt.Y("level:N", title=None, sort=None, axis=alt.Axis(labelLimit=200))
        x = alt.X("lower:Q", title=name, scale=alt.Scale(zero=False))
        spans = base.mark_rule(strokeWidth=4).encode(x=x, x2="upper:Q", y=y)
        dots = base.mark_point(filled=True, size=60, opacity=1).encode(
            x=alt.X("observed:Q", title=name),
            y=y,
            shape=alt.Shape(
                "fit:N",
                title="observed",
                scale=alt.Scale(
                    domain=["inside the interval", "outside the interval"], range=["circle", "diamond"]
                ),
                legend=alt.Legend(orient="bottom"),
            ),
            color=alt.Color(
                "fit:N",
                title="observed",
                scale=alt.Scale(
                    domain=["inside the interval", "outside the interval"], range=["#0072B2", "#D55E00"]
                ),
            ),
            tooltip=[
                alt.Tooltip("level:N", title=readable(key)),
                *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("observed", "replicated", "lower", "upper")),
            ],
        )
        panels.append(alt.layer(spans, dots).properties(width=width, height=alt.Step(18)))
    return alt.vconcat(*panels)
