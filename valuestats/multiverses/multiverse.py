"""Claims held against the results of many specifications: in how many of them each claim stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError, ValuestatsError
from valuestats.results.marks import example
from valuestats.results.meta import make_meta
from valuestats.results.result import ESTIMATE_COLUMNS, Result

CITATIONS = (
    "Steegen, S., Tuerlinckx, F., Gelman, A. and Vanpaemel, W. (2016). Increasing transparency through a multiverse "
    "analysis. Perspectives on Psychological Science 11, 702-712.",
    "Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour 4, "
    "1208-1214.",
)
_CLAIM = {"along", "first", "second", "at", "above"}


@checked
def multiverse(
    results: Sequence[Mapping[str, Any]] | Callable[..., Result],
    claims: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    choices: Mapping[str, Sequence[Any]] | None = None,
    level: float = 0.95,
) -> Result:
    r"""Hold claims against every combination of choices by which the same answers can be analysed.

    A claim is a difference :math:`\delta = \theta_a - \theta_b` along one key of a result (or one estimate less a value)
    that is said to be positive. In each specification it *stands* where its interval lies above 0, *leans* the same way
    where only the estimate does, and *contradicts* where the interval lies below 0. What is reported is the share of
    specifications in which it stands (Steegen et al. 2016; Simonsohn, Simmons and Nelson 2020). Specifications share their
    answers, so the share is no probability, and no test is made of it.

    Parameters
    ----------
    results
        One mapping per specification: what was chosen, by the name of the choice (``parser``, ``refusals``, ``centring``,
        ``keys``, ``model``, …), and ``result``, the result it gave: in a study file ``{parser: strict, result: "@scores"}``.
        Or a function of the choices, which is called for each combination of `choices`.
    claims
        Sentence to what it says: ``along`` (a key), ``first`` and ``second`` (labels: first above second), ``at`` (labels of
        the other keys); or ``at`` alone, all keys named, with ``above`` (a value, 0 where omitted). Where omitted: the
        highest against the lowest model of the first specification, on the value that says most.
    choices
        Name of each choice to what it may be; for a function only.
    level
        Probability inside the intervals of the differences.

    Returns
    -------
    Result
        Kind ``"multiverse"``, keys ``("claim", "specification")``; the choices as columns, ``stands``, ``leans``,
        ``contradicts`` and ``reason`` (why a specification gave no estimate; none is dropped). ``meta["claims"]``: for
        each claim ``n``, ``stands``, ``share``, ``same_sign``, ``contradicts``, ``without``, ``lowest``, ``median`` and
        ``highest``; ``meta["choices"]``: for each choice and what was chosen the share in which each claim stands.

    Raises
    ------
    SpecificationError
        Fewer than two specifications, two that are equal, one without a result, a claim that says nothing, or one that no
        specification can be held against.

    Notes
    -----
    A result that failed its diagnostics gate counts as a specification without an estimate.

    References
    ----------
    Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Perspectives on Psychological Science 11, 702-712; Simonsohn, Simmons
    and Nelson (2020), Nature Human Behaviour 4, 1208-1214.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> from valuestats.regression.predictions import expected_score
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> def run(link, engine):
    ...     return expected_score(fit_ordinal("answer ~ model", data, link=link, engine=engine, seed=1), by="model")
    >>> found = multiverse(run, {"b answers higher than a": {"along": "model", "first": "b", "second": "a"}},
    ...     choices={"link": ["logit", "probit"], "engine": ["laplace", "ml"]})
    >>> found.meta["claims"]["b answers higher than a"]["stands"], len(found.estimates)
    (4, 4)
    """
    started = time.perf_counter()
    specifications = _specifications(results, choices)
    names = list(dict.fromkeys(c for chosen, _, _ in specifications for c in chosen))
    held = claims or _headline(specifications)
    for name, claim in held.items():
        _check_claim(name, claim)
    rows = []
    for sentence, claim in held.items():
        for chosen, result, why in specifications:
            found = _held(result, claim, level) if result is not None else {"reason": why}
            rows.append(
                {
                    "estimand": "difference" if "along" in claim else "estimate less a value",
                    "claim": sentence,
                    "specification": ", ".join(f"{c} {_label(chosen.get(c))}" for c in names),
                    **{_column(c): _label(chosen.get(c)) for c in names},
                    **{
                        "estimate": np.nan,
                        "std_error": np.nan,
                        "lower": np.nan,
                        "upper": np.nan,
                        "reason": "",
                    },
                    "n_scored": 0.0,
                    "n_asked": 0.0,
                    **found,
                }
            )
    frame = pd.DataFrame(rows)
    frame["level"] = level
    frame["interval"] = np.where(frame["lower"].isna(), "none", "as in each specification")
    frame["stands"] = frame["lower"] > 0
    frame["leans"] = (frame["estimate"] > 0) & ~frame["stands"]
    frame["contradicts"] = frame["upper"] < 0
    missing = frame.groupby("claim")["estimate"].apply(lambda e: e.isna().all())
    if missing.any():
        first = frame[frame["claim"] == missing[missing].index[0]].iloc[0]
        raise SpecificationError(
            "no specification can be held against this claim",
            parameter="claims",
            got=f"{first['claim']}: {first['reason']}",
            expected="keys and labels of the results",
        )
    meta = make_meta(
        f"{len(specifications)} specifications of the same answers",
        {"claims": {k: dict(v) for k, v in held.items()}, "choices": names, "level": level},
        citations=CITATIONS,
        warnings=_notes(frame),
        seconds=time.perf_counter() - started,
        claims={s: _summary(part) for s, part in frame.groupby("claim", sort=False)},
        choices=_by_choice(frame, names),
    )
    return Result("multiverse", frame, ("claim", "specification"), meta)


type _Specification = tuple[dict[str, Any], Result | None, str]


def _specifications(
    results: Sequence[Mapping[str, Any]] | Callable[..., Result], choices: Mapping[str, Sequence[Any]] | None
) -> list[_Specification]:
    found: list[_Specification] = []
    if callable(results):
        if not choices:
            raise SpecificationError(
                "a function needs choices", parameter="choices", got=None, expected="name: what it may be"
            )
        for combination in product(*choices.values()):
            chosen = dict(zip(choices, combination, strict=True))
            try:
                found.append(_readable(chosen, results(**chosen)))
            except ValuestatsError as error:
                found.append((chosen, None, error.message))
    else:
        for number, given in enumerate(results, start=1):
            chosen = {str(k): v for k, v in given.items() if k != "result"}
            result = getattr(given.get("result"), "result", given.get("result"))
            if not isinstance(result, Result) or not chosen:
                raise SpecificationError(
                    "a specification says what was chosen and what came of it",
                    parameter="results",
                    got=f"number {number}: {', '.join(map(str, given)) or 'nothing'}",
                    expected='such as {parser: strict, result: "@scores"}',
                )
            found.append(_readable(chosen, result))
    said = [tuple(sorted((k, str(v)) for k, v in chosen.items())) for chosen, _, _ in found]
    twice = [s for n, s in enumerate(said) if s in said[:n]]
    if len(found) < 2 or twice:
        raise SpecificationError(
            "two specifications choose alike" if twice else "a multiverse needs two specifications",
            parameter="choices" if callable(results) else "results",
            got=", ".join(f"{k} {v}" for k, v in twice[0]) if twice else len(found),
            expected="two or more, each other in some choice",
        )
    return found


def _readable(chosen: dict[str, Any], result: Result) -> _Specification:
    if result.passed:
        return chosen, result, ""
    return chosen, None, "the fit failed its diagnostics gate"


def _headline(specifications: list[_Specification]) -> dict[str, dict[str, Any]]:
    """The highest model against the lowest one, on the value that says most, of the first specification."""
    result = next((r for _, r, _ in specifications if r is not None), None)
    label = None if result is None or "model" not in result.keys else example(result)
    if result is None or label is None:
        raise SpecificationError(
            "the first specification has no finding to hold the others against",
            parameter="claims",
            got=None,
            expected="a sentence and what it says",
        )
    key = result.value_key
    frame = result.estimates[result.estimates[key].astype(str) == label].dropna(subset="estimate")
    frame = frame.sort_values("estimate")
    top, low = str(frame["model"].iloc[-1]), str(frame["model"].iloc[0])
    claim = {"along": "model", "first": top, "second": low, "at": {key: label}}
    return {f"{top} above {low} on {label}": claim}


def _check_claim(name: str, claim: Mapping[str, Any]) -> None:
    unknown = set(claim) - _CLAIM
    paired = {"along", "first", "second"} <= set(claim)
    if unknown or not (paired or ("at" in claim and "along" not in claim)):
        raise SpecificationError(
            "a claim that says nothing",
            parameter="claims",
            got=f"{name}: {', '.join(map(str, claim)) or 'nothing'}",
            expected="along, first, second and at; or at and above",
        )


def _held(result: Result, claim: Mapping[str, Any], level: float) -> dict[str, Any]:
    """A claim's difference in one specification, or why there is none."""
    at = {str(k): str(v) for k, v in dict(claim.get("at") or {}).items()}
    wanted = {*at, claim["along"]} if "along" in claim else set(at)
    if wanted != set(result.keys):
        return {"reason": f"its keys are {', '.join(result.keys)}"}
    try:
        if "along" in claim:
            table = result.contrast(claim["along"], claim["first"], claim["second"], level=level)
        else:
            table = result.estimates.assign(
                **{
                    c: result.estimates[c] - float(claim.get("above", 0.0))
                    for c in ("estimate", "lower", "upper")
                }
            )
    except ValuestatsError as error:
        return {"reason": error.message}
    for key, label in at.items():
        table = table[table[key].astype(str) == label]
    if len(table) != 1 or pd.isna(table["estimate"].iloc[0]):
        return {"reason": "it has no such estimate"}
    row, counts = table.iloc[0], _rows(result, claim, at)
    return {
        **{c: float(row[c]) for c in ("estimate", "std_error", "lower", "upper")},
        "n_scored": float(counts["n_scored"].min()),
        "n_asked": float(counts["n_asked"].min()),
    }


def _rows(result: Result, claim: Mapping[str, Any], at: Mapping[str, str]) -> pd.DataFrame:
    frame = result.estimates
    for key, label in at.items():
        frame = frame[frame[key].astype(str) == label]
    if "along" in claim:
        frame = frame[frame[claim["along"]].astype(str).isin([str(claim["first"]), str(claim["second"])])]
    return frame


def _summary(part: pd.DataFrame) -> dict[str, float]:
    there = part.dropna(subset="estimate")
    return {
        "n": len(part),
        "stands": int(part["stands"].sum()),
        "share": float(part["stands"].mean()),
        "same_sign": int((part["estimate"] > 0).sum()),
        "contradicts": int(part["contradicts"].sum()),
        "without": len(part) - len(there),
        "lowest": float(there["estimate"].min()),
        "median": float(there["estimate"].median()),
        "highest": float(there["estimate"].max()),
    }


def _by_choice(frame: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """Share of the specifications with each choice in which a claim stands."""
    return [
        {
            "claim": claim,
            "choice": name,
            "chosen": chosen,
            "n": len(part),
            "share": float(part["stands"].mean()),
        }
        for name in names
        for (claim, chosen), part in frame.groupby(["claim", _column(name)], sort=False)
    ]


def _notes(frame: pd.DataFrame) -> list[str]:
    out = frame[frame["estimate"].isna()].drop_duplicates("specification")
    return [f"{row.specification}: no estimate, {row.reason}" for row in out.itertuples()]


def _column(name: str) -> str:
    taken = {*ESTIMATE_COLUMNS, "claim", "specification", "stands", "leans", "contradicts", "reason"}
    return f"{name} (choice)" if name in taken else name


def _label(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
