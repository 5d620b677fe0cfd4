"""Registered datasets: where each file is, what it must hash to, and how to get it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from valuestats.base.arguments import checked
from valuestats.base.errors import DatasetError, InputError
from valuestats.base.files import atomic_file
from valuestats.base.progress import say, track
from valuestats.instruments.loading import read_yaml

MIRROR = "VALUESTATS_MIRROR"
LOCAL = "VALUESTATS_LOCAL"


@dataclass(frozen=True)
class Dataset:
    """One entry of the registry.

    Attributes
    ----------
    name, title, licence, citation
        What it is, under which terms, and how to cite it.
    base_url
        Prefix of every file's address; null for data that must be placed by hand.
    files
        Path below the base and its SHA-256 (of the uncompressed content); null where the registry does not know it
        and the first download's is recorded (see `fetch`).
    redistributable
        Whether a report may print rows of it.
    """

    name: str
    title: str
    licence: str
    citation: str
    base_url: str | None
    files: Mapping[str, str | None]
    redistributable: bool


def data_folder() -> Path:
    """The folder that holds the registry and the demo study: in the package or at the checkout's root."""
    installed = Path(__file__).resolve().parent.parent / "_data"
    return installed if installed.exists() else Path(__file__).resolve().parents[2] / "data"


@cache
def registry() -> dict[str, Dataset]:
    """All registered datasets by name.

    Examples
    --------
    >>> "value_portrait" in registry()
    True
    """
    return read_registry(data_folder() / "registry.yml")


def read_registry(path: str | Path) -> dict[str, Dataset]:
    """The datasets that a registry file declares.

    Raises
    ------
    InputError
        Not a YAML file that can be read, or an entry that lacks a field.
    """
    entries = read_yaml(path)
    needed = {"title", "licence", "citation", "files", "redistributable"}
    for name, entry in (entries if isinstance(entries, dict) else {"": None}).items():
        if not isinstance(entry, dict) or not needed <= set(entry) or not isinstance(entry["files"], dict):
            raise InputError(
                "a dataset's entry is not complete",
                parameter=str(name),
                expected=", ".join(sorted(needed)),
                file=path,
            )
    return {
        name: Dataset(
            name=name,
            title=entry["title"],
            licence=entry["licence"],
            citation=entry["citation"],
            base_url=entry.get("base_url"),
            files=dict(entry["files"]),
            redistributable=bool(entry["redistributable"]),
        )
        for name, entry in entries.items()
    }


def cache_folder() -> Path:
    """Where downloads are kept: ``VALUESTATS_CACHE``, else the user's cache folder."""
    chosen = os.environ.get("VALUESTATS_CACHE")
    if chosen:
        return Path(chosen)
    import pooch

    return Path(pooch.os_cache("valuestats"))


@checked
def fetch(name: str, *, download: bool = True) -> Path:
    """Make every file of a dataset available and give the folder that holds them.

    Looked for in this order: a mirror (``VALUESTATS_MIRROR``, files at ``host/owner/repo/commit/path``, plain
    or as ``FILE.gz``), for data without an address the folder ``VALUESTATS_LOCAL/name``, the cache, and, if
    `download`, the network. Every file's SHA-256 is checked once; a verified mirror is used where it stands.

    A file that the registry knows no SHA-256 of is *trusted on first use*: the hash of the first copy is said on standard
    error and recorded in the cache (``first_use/NAME.json``), and every later copy must have it. That a file does not
    change is then certain, that the first copy was the right one is not.

    Parameters
    ----------
    name
        A name of the registry.
    download
        Whether the network may be asked.

    Returns
    -------
    pathlib.Path
        A folder with the files at their registered paths (or as ``FILE.gz``).

    Raises
    ------
    DatasetError
        Unknown name; a file that can't be had; a file whose SHA-256 is not the registered one.

    Examples
    --------
    It is not run here, as it may ask the network::

        folder = fetch("value_portrait")
    """
    dataset = _dataset(name)
    for candidate in _places(dataset):
        if candidate.is_dir():
            _verify(dataset, candidate)
            return candidate
    target = cache_folder() / dataset.name
    if (target / ".complete").exists():
        _verify(dataset, target)
        return target
    if dataset.base_url is None or not download:
        raise _unavailable(
            dataset, "there is no address to download it from" if download else "download is off"
        )
    _download(dataset, target)
    return target


def known_hashes(name: str) -> dict[str, str | None]:
    """SHA-256 of every file of a dataset: the registry's, else that of the first use, else null.

    Examples
    --------
    >>> sorted(known_hashes("global_opinions_full"))
    ['data/global_opinions.csv']
    """
    dataset = _dataset(name)
    recorded = _recorded(dataset)
    return {path: expected or recorded.get(path) for path, expected in dataset.files.items()}


def available(name: str) -> bool:
    """Whether `fetch` would succeed without asking the network."""
    dataset = _dataset(name)
    folders = [*_places(dataset), cache_folder() / dataset.name]
    return any(all(_stored(folder, path) for path in dataset.files) for folder in folders)


def _dataset(name: str) -> Dataset:
    found = registry().get(name)
    if found is None:
        raise DatasetError(
            "no such dataset",
            parameter="name",
            got=name,
            expected=", ".join(sorted(registry())),
            hint="valuestats data list",
        )
    return found


def _places(dataset: Dataset) -> list[Path]:
    places = []
    mirror, local = os.environ.get(MIRROR), os.environ.get(LOCAL)
    if mirror and dataset.base_url:
        parts = urllib.parse.urlsplit(dataset.base_url)
        path = parts.path.strip("/")
        host = "github.com" if parts.netloc == "raw.githubusercontent.com" else parts.netloc
        places.append(Path(mirror) / host / path)
    if local:
        places.append(Path(local) / dataset.name)
    return places


def _stored(folder: Path, path: str) -> Path | None:
    plain = folder / path
    packed = plain.with_name(plain.name + ".gz")
    return plain if plain.is_file() else packed if packed.is_file() else None


def _content_hash(path: Path) -> str:
    opener: Callable[..., object] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as handle:  # type: ignore[attr-defined]
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _stamp(dataset: Dataset, folder: Path) -> str:
    """Changes when any file of the dataset changes size or time: verification is not repeated until then."""
    digest = hashlib.sha256(str(folder.resolve()).encode())
    for path, expected in sorted(known_hashes(dataset.name).items()):
        stored = _stored(folder, path)
        stat = stored.stat() if stored else None
        seen = (stat.st_size, stat.st_mtime_ns) if stat else None
        digest.update(f"{path} {expected} {seen}\n".encode())
    return digest.hexdigest()


def _verify(dataset: Dataset, folder: Path) -> None:
    receipt = cache_folder() / "verified" / f"{dataset.name}.txt"
    stamp = _stamp(dataset, folder)
    if receipt.is_file() and receipt.read_text(encoding="utf-8") == stamp:
        return
    known = known_hashes(dataset.name)
    for path, expected in track(known.items(), f"verifying {dataset.name}", total=len(known)):
        stored = _stored(folder, path)
        if stored is None:
            raise DatasetError(
                f"{dataset.name}: a file is missing",
                file=folder / path,
                expected="a file" if expected is None else f"SHA-256 {expected}",
                hint="complete the folder, or unset the variable that names it to download instead",
            )
        _check(dataset, path, stored, expected)
    stamp = _stamp(dataset, folder)  # the hashes recorded just now belong to it
    with atomic_file(receipt) as temporary:
        temporary.write_text(stamp, encoding="utf-8")


def _recorded(dataset: Dataset) -> dict[str, str]:
    receipt = cache_folder() / "first_use" / f"{dataset.name}.json"
    if not receipt.is_file():
        return {}
    found: dict[str, str] = json.loads(receipt.read_text(encoding="utf-8"))
    return found


def _record(dataset: Dataset, path: str, found: str) -> None:
    say(
        f"{dataset.name}: the registry holds no SHA-256 of {path}; this first copy has {found}, which is recorded. Later "
        "copies must match it; whether this one is what its authors published is not known."
    )
    with atomic_file(cache_folder() / "first_use" / f"{dataset.name}.json") as temporary:
        temporary.write_text(json.dumps({**_recorded(dataset), path: found}, indent=2), encoding="utf-8")


def _check(dataset: Dataset, path: str, stored: Path, expected: str | None) -> None:
    try:
        found = _content_hash(stored)
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise DatasetError(f"{dataset.name}: a file can't be read", file=stored, got=str(error)) from error
    if expected is None:
        _record(dataset, path, found)
    elif found != expected:
        raise DatasetError(
            f"{dataset.name}: a file is not the registered one",
            file=stored,
            got=f"SHA-256 {found}",
            expected=f"SHA-256 {expected}",
            hint="delete it and fetch again; if the source has changed, the registry must say so first"
            if dataset.files[path]
            else f"it differs from the first copy, whose hash stands in {cache_folder() / 'first_use'}: if the source "
            "has changed on purpose, delete that record",
        )


def _download(dataset: Dataset, target: Path) -> None:
    import pooch

    base = f"{str(dataset.base_url).rstrip('/')}/"
    say(f"downloading {dataset.name}: {len(dataset.files)} files, licence {dataset.licence}")
    known = known_hashes(dataset.name)
    for path, expected in track(known.items(), f"downloading {dataset.name}", total=len(known)):
        destination = target / path
        if destination.is_file() and _content_hash(destination) == expected:
            continue
        try:
            pooch.retrieve(
                base + urllib.parse.quote(path),
                known_hash=None if expected is None else f"sha256:{expected}",
                path=destination.parent,
                fname=destination.name,
                progressbar=False,
            )
        except ValueError as error:
            raise DatasetError(
                f"{dataset.name}: a downloaded file is not the registered one",
                file=path,
                expected=f"SHA-256 {expected}",
                got=str(error).splitlines()[0],
            ) from error
        except OSError as error:
            raise _unavailable(dataset, f"the download of {path} failed ({type(error).__name__})") from error
        if expected is None:
            _check(dataset, path, destination, None)
    with atomic_file(target / ".complete") as temporary:
        temporary.write_text(dataset.name, encoding="utf-8")


def _unavailable(dataset: Dataset, why: str) -> DatasetError:
    if dataset.base_url is None:
        hint = f"place its files in DIR/{dataset.name}/ and set {LOCAL}=DIR"
    else:
        hint = (
            f"set {MIRROR}=DIR to a folder that holds the files at DIR/<host>/<owner>/<repo>/<commit>/<path>, "
            "or connect to the network"
        )
    return DatasetError(f"{dataset.name} is not at hand: {why}", parameter="dataset", hint=hint)
