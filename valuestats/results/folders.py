"""The folder of a stored result, read as data that may be damaged."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from valuestats.base.errors import InputError, ValuestatsError
from valuestats.base.files import Later, file_hashes, read_json

if TYPE_CHECKING:
    import xarray as xr

HASHES = "sha256.json"


def write_parts(
    folder: Path, head: dict[str, Any], estimates: pd.DataFrame, draws: xr.DataTree | None
) -> None:
    """Write the parts of a result into an existing folder: JSON, Parquet, Zarr."""
    estimates.to_parquet(folder / "estimates.parquet", index=False)
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    (folder / "result.json").write_bytes(orjson.dumps(head, option=options))
    if draws is not None:
        draws.to_zarr(folder / "draws.zarr", consolidated=False)


def read_parts(folder: Path, *, lazily: bool) -> dict[str, Any]:
    """What `write_parts` wrote, as the fields of a `Result`; its draws when they are first asked for if `lazily`.

    Raises
    ------
    InputError
        The folder holds no result, or files that are not those that were written.
    """
    with readable(folder):
        if (folder / HASHES).exists():
            require_unchanged(folder)
        head = orjson.loads((folder / "result.json").read_bytes())
        draws: Any = None
        if (folder / "draws.zarr").exists():
            later = Later(functools.partial(read_draws, folder / "draws.zarr"))
            draws = later if lazily else later.read()
        return {
            "kind": head["kind"],
            "estimates": pd.read_parquet(folder / "estimates.parquet"),
            "keys": tuple(head["keys"]),
            "meta": dict(head["meta"]),
            "draws": draws,
        }


def write_hashes(folder: Path) -> None:
    """Write the hash of each file of a result beside them."""
    (folder / HASHES).write_bytes(orjson.dumps(file_hashes(folder), option=orjson.OPT_INDENT_2))


def require_unchanged(folder: Path) -> None:
    """Raise where the files of a stored result are not those that were written.

    A chunk of draws that is gone, say, would be read as zeros.

    Raises
    ------
    InputError
        A file was changed, added or removed, or is a link.
    """
    found, said = file_hashes(folder, leave_out=HASHES), read_json(folder / HASHES)
    strange = sorted(n for n in {*found, *said} if found.get(n) is None or found.get(n) != said.get(n))
    if strange:
        raise InputError("a stored result is not what was written", file=folder, got=", ".join(strange[:5]))


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """One clear error for whatever Parquet, JSON or Zarr says of a folder that is damaged.

    Raises
    ------
    InputError
        It can't be read.
    """
    try:
        yield
    except ValuestatsError:
        raise
    except Exception as error:
        raise InputError(
            "not a stored result that can be read",
            file=folder,
            got=f"{type(error).__name__}: {error}",
            expected="a folder that Result.save wrote",
        ) from error


def read_draws(place: Path) -> xr.DataTree:
    """The draws of a stored result."""
    import xarray as xr

    with readable(place):
        # Format 3 only, which is what is written: of format 2, an array may name Python's pickle as its codec.
        return xr.open_datatree(place, engine="zarr", consolidated=False, zarr_format=3).load()
