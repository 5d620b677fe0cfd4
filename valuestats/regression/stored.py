"""Fits and their cross-validation, kept by a study: Parquet, JSON and Zarr, rebuilt without loss."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from valuestats.regression.effects_design import Counted, design_of
from valuestats.regression.effects_draws import EffectDraws, EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fitted import OrdinalFit
from valuestats.regression.maximum import Maximum
from valuestats.results.result import Result
from valuestats.results.storage import Store

if TYPE_CHECKING:
    import arviz_stats

_MANY = ("effects", "sds", "correlations", "steps", "curves", "curve_sds")
_ONE = ("cut", "beta", "threshold_sd", "disc", "log_disc", "disc_sd", "specific", "monotonic")
_MAXIMUM = ("psi", "u", "covariance", "moved")
_NUMBERS = ("elpd", "se", "p", "n_samples", "n_data_points", "scale", "warning", "good_k")


def write_fit(fit: OrdinalFit, folder: Path) -> None:
    """Write a fit: its result, counted cells, the rows' places in them, draws, priors and settings.

    The matrices are not written: `read_fit` builds them again from the formula and the cells.
    """
    (folder / "result").mkdir()
    fit.result.write_into(folder / "result")
    design, draws = fit.design, fit.draws
    counts = {f"count:{code}": design.counts[:, k] for k, code in enumerate(design.codes)}
    cells = {f"cell:{name}": design.cells[name] for name in design.cells.columns}
    pd.DataFrame({**cells, **counts}).to_parquet(folder / "cells.parquet", index=False)
    rows = {"cell": design.row_cell, "category": design.row_category, "count": design.row_count}
    pd.DataFrame(rows).to_parquet(folder / "rows.parquet", index=False)
    many = {name: getattr(draws, name) for name in _MANY}
    arrays = {name: getattr(draws, name) for name in _ONE}
    arrays |= {f"{name}.{k}": a for name, parts in many.items() for k, a in enumerate(parts)}
    best = fit.maximum
    arrays |= {f"maximum.{name}": getattr(best, name) for name in _MAXIMUM} if best is not None else {}
    present = {name: np.asarray(a) for name, a in arrays.items() if a is not None}
    _write_arrays(present, folder / "draws.zarr")
    head = {
        "spec": asdict(design.spec),
        "columns": {str(name): str(dtype) for name, dtype in design.cells.dtypes.items()},
        "priors": asdict(fit.priors),
        "settings": fit.settings,
        "asked": design.asked,
        "notes": list(design.notes),
        "chains": draws.chains,
        "log_likelihood": None if best is None else best.log_likelihood,
        "arrays": {name: {"shape": list(a.shape), "order": _order(a)} for name, a in present.items()},
        "parts": {name: len(parts) for name, parts in many.items()},
    }
    (folder / "fit.json").write_bytes(
        orjson.dumps(head, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    )


def read_fit(folder: Path) -> OrdinalFit:
    """Read what `write_fit` wrote."""
    head = orjson.loads((folder / "fit.json").read_bytes())
    table = pd.read_parquet(folder / "cells.parquet")
    rows = pd.read_parquet(folder / "rows.parquet")
    counted = [c for c in table.columns if c.startswith("count:")]
    cells = pd.DataFrame(
        {name: table[f"cell:{name}"].astype(dtype) for name, dtype in head["columns"].items()},
        index=range(len(table)),
    )
    design = design_of(
        OrdinalSpec(**head["spec"]),
        Counted(
            cells,
            np.ascontiguousarray(table[counted].to_numpy(dtype=float)),
            np.array([int(c.removeprefix("count:")) for c in counted], dtype=np.int64),
            head["asked"],
            rows["cell"].to_numpy(dtype=np.int64),
            rows["category"].to_numpy(dtype=np.int64),
            rows["count"].to_numpy(dtype=float),
        ),
        head["notes"],
    )
    arrays = _read_arrays(head["arrays"], folder / "draws.zarr")
    single = {name: arrays.get(name) for name in _ONE}
    many = {name: tuple(arrays.get(f"{name}.{k}") for k in range(n)) for name, n in head["parts"].items()}
    draws = EffectDraws(head["chains"], **single, **many)  # type: ignore[arg-type]
    best = None
    if head.get("log_likelihood") is not None:
        parts = {name: arrays[f"maximum.{name}"] for name in _MAXIMUM}
        best = Maximum(**parts, log_likelihood=head["log_likelihood"])
    return OrdinalFit(
        Result.load(folder / "result"), design, draws, EffectPriors(**head["priors"]), head["settings"], best
    )


def write_loo(found: arviz_stats.ELPDData, folder: Path) -> None:
    """Write what `leave_one_out` gave: its numbers, and each answer's density and Pareto k."""
    head = {name: getattr(found, name) for name in _NUMBERS}
    (folder / "loo.json").write_bytes(
        orjson.dumps(head, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)
    )
    coords = {str(name): c.to_numpy() for name, c in found.elpd_i.coords.items() if name != "answer"}
    numbers = {"elpd_i": found.elpd_i.to_numpy(), "pareto_k": found.pareto_k.to_numpy()}
    frame = pd.DataFrame({**{f"by:{name}": values for name, values in coords.items()}, **numbers})
    frame.to_parquet(folder / "answers.parquet", index=False)


def read_loo(folder: Path) -> arviz_stats.ELPDData:
    """Read what `write_loo` wrote."""
    import xarray as xr
    from arviz_stats import ELPDDataLOO

    head = orjson.loads((folder / "loo.json").read_bytes())
    frame = pd.read_parquet(folder / "answers.parquet")
    answers: dict[str, Any] = {"answer": np.arange(len(frame))}
    columns = {
        c.removeprefix("by:"): ("answer", frame[c].to_numpy(dtype=object))
        for c in frame.columns
        if c.startswith("by:")
    }
    return ELPDDataLOO(
        **head,
        elpd_i=xr.DataArray(frame["elpd_i"].to_numpy(), dims=("answer",), coords={**answers, **columns}),
        pareto_k=xr.DataArray(frame["pareto_k"].to_numpy(), dims=("answer",), coords=answers),
    )


def _write_arrays(arrays: dict[str, np.ndarray], folder: Path) -> None:
    import zarr

    group = zarr.open_group(folder, mode="w", zarr_format=3)
    for name, array in arrays.items():
        if array.size:  # of an empty one, the shape says all
            group.create_array(name, data=array)


def _read_arrays(described: dict[str, dict[str, Any]], folder: Path) -> dict[str, np.ndarray]:
    import zarr

    group = zarr.open_group(folder, mode="r", zarr_format=3)  # 2 may name pickle as a codec
    found = {}
    for name, said in described.items():
        array = np.asarray(group[name]) if all(said["shape"]) else np.zeros(said["shape"])
        order = said["order"]
        found[name] = np.ascontiguousarray(array.transpose(order)).transpose(np.argsort(order))
    return found


def _order(array: np.ndarray) -> list[int]:
    """Axes from the slowest to the fastest in memory: sums over them depend on it in their last digit."""
    return [int(axis) for axis in np.argsort([-s for s in array.strides], kind="stable")]


FIT = Store(write_fit, read_fit)
LOO = Store(write_loo, read_loo)
