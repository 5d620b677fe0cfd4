"""Fitted choice models, kept by a study: Parquet, JSON and arrays, rebuilt without loss."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from valuestats.choice.fit_design import choice_design
from valuestats.choice.fit_draws import ChoiceDraws
from valuestats.choice.fit_maximum import ChoiceMaximum
from valuestats.choice.fit_rows import choice_rows
from valuestats.choice.fitted import ChoiceFit
from valuestats.choice.spec import ChoicePriors, ChoiceSpec
from valuestats.results.result import Result
from valuestats.results.storage import Store
from valuestats.tables.choices import Choices

_MAXIMUM = ("beta", "own", "covariance")


def write_fit(fit: ChoiceFit, folder: Path) -> None:
    """Write a fit: its result, choices, draws, priors and settings; `read_fit` builds the matrices again."""
    (folder / "result").mkdir()
    fit.result.write_into(folder / "result")
    fit.choices.frame.to_parquet(folder / "choices.parquet", index=False)
    draws, best = fit.draws, fit.maximum
    arrays = _arrays("", draws) | ({} if fit.at_maximum is None else _arrays("at.", fit.at_maximum))
    arrays |= {f"maximum.{name}": getattr(best, name) for name in _MAXIMUM} if best is not None else {}
    for name, array in arrays.items():
        if array is not None:
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
    head = {
        "spec": asdict(fit.design.spec),
        "priors": asdict(fit.priors),
        "settings": fit.settings,
        "chains": draws.chains,
        "groups": len(draws.effects),
        "maximum": None
        if best is None
        else {
            "log_likelihood": best.log_likelihood,
            "parameters": best.parameters,
            "degrees": best.degrees if np.isfinite(best.degrees) else None,
        },
    }
    (folder / "fit.json").write_bytes(orjson.dumps(head, option=orjson.OPT_INDENT_2))


def _arrays(prefix: str, draws: ChoiceDraws) -> dict[str, Any]:
    arrays: dict[str, Any] = {"beta": draws.beta, "own": draws.own, "own_sd": draws.own_sd}
    arrays["pooled_sd"] = draws.pooled_sd
    arrays |= {f"effects.{k}": a for k, a in enumerate(draws.effects)}
    arrays |= {f"sds.{k}": a for k, a in enumerate(draws.sds)}
    return {prefix + name: array for name, array in arrays.items()}


def read_fit(folder: Path) -> ChoiceFit:
    """Read what `write_fit` wrote."""
    head = orjson.loads((folder / "fit.json").read_bytes())
    said = head["spec"]
    outcomes = None if said["outcomes"] is None else tuple(said["outcomes"])
    pooled = tuple((name, tuple(columns)) for name, columns in said.get("pooled", ()))
    spec = ChoiceSpec(**{**said, "outcomes": outcomes, "pooled": pooled})
    choices = Choices(pd.read_parquet(folder / "choices.parquet"))

    def array(name: str) -> Any:
        path = folder / f"{name}.npy"
        return np.load(path, allow_pickle=False) if path.exists() else None

    def drawn(prefix: str, chains: int) -> ChoiceDraws:
        each = range(head["groups"])
        return ChoiceDraws(
            chains,
            array(f"{prefix}beta"),
            tuple(array(f"{prefix}effects.{k}") for k in each),
            tuple(array(f"{prefix}sds.{k}") for k in each),
            array(f"{prefix}own"),
            array(f"{prefix}own_sd"),
            array(f"{prefix}pooled_sd"),
        )

    best = None
    if head["maximum"] is not None:
        more = head["maximum"]
        more = {**more, "degrees": np.inf if more["degrees"] is None else more["degrees"]}
        best = ChoiceMaximum(*(array(f"maximum.{name}") for name in _MAXIMUM), **more)
    return ChoiceFit(
        Result.load(folder / "result"),
        choice_design(spec, choice_rows(choices, spec)),
        drawn("", head["chains"]),
        ChoicePriors(**head["priors"]),
        head["settings"],
        choices,
        best,
        None if best is None else drawn("at.", 1),
    )


FIT = Store(write_fit, read_fit)
