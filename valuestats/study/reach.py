"""The code that a function can reach, and its hash: what a stored step depends on."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import marshal
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from valuestats.base import registry
from valuestats.base.files import sha256_file

COMPUTES = (
    "numpy", "scipy", "pandas", "numba", "pymc", "nutpie", "arviz-stats", "statsmodels", "duckdb", "pyarrow",
)  # fmt: skip
"""Distributions whose version can change a number."""
_PRESENTS = re.compile(r"(^|[._])(figures?|sentences?|pages?|reporting|captions)([._]|$)")
_NAMES_ONLY = "valuestats.base.registry"
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)+(:\w+)?")


@dataclass(frozen=True)
class _Module:
    """What one source file says it needs: modules or names of them, and modules it names as text."""

    package: bool
    imports: frozenset[str]
    texts: frozenset[str]
    by_name: tuple[tuple[str, str], ...]
    readers: bool
    sha256: str


@cache
def versions() -> dict[str, str]:
    """Python's version and those of the distributions that compute, where they are installed."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in COMPUTES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def reachable(module: str) -> dict[str, Path]:
    """Files of the modules that a module imports, itself included, however indirectly; inside functions too.

    Followed are modules of valuestats and of the module's own package. A module named in a text (``"package.module"``,
    ``"package.module:name"``) counts as imported; of a package that looks up its names when they are asked for, only
    the names that are asked for; a package that is only passed through is not counted. Readers of responses are reached
    by who asks the registry for them. Left out is what presents: modules and folders of figures, sentences, pages and
    reporting.

    Parameters
    ----------
    module
        Dotted name.

    Returns
    -------
    dict
        Path by dotted name, sorted.

    Examples
    --------
    >>> found = reachable("valuestats.scoring.keyed")
    >>> "valuestats.results.result" in found, any("figures" in name for name in found)
    (True, False)
    """
    roots = {"valuestats", module.split(".")[0]}
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        own, attribute = _split(name)
        if own is None or own.split(".")[0] not in roots or (own != module and _PRESENTS.search(own)):
            continue
        file = _file(own)
        if file is None:
            continue
        said = _read(file, file.stat().st_mtime_ns, own)
        if own not in found:
            found[own] = file
            waiting += said.imports
            if own != _NAMES_ONLY and not said.package:
                waiting += said.texts
            if said.readers:
                waiting += [path.replace(":", ".") for path in registry.readers().values()]
        if attribute is not None:
            waiting += [target for key, target in said.by_name if key == attribute]
    return dict(sorted(found.items()))


def code_of(function: Callable[..., Any]) -> str:
    """SHA-256 of all that is `reachable` from a function's module, and of the files of data that stand beside it.

    Of a function that stands in no file (of a session, say), its own compiled code.

    Examples
    --------
    >>> len(code_of(reachable))
    64
    """
    own = inspect.unwrap(function)
    digest = hashlib.sha256()
    found = reachable(own.__module__)
    if own.__module__ not in found:
        digest.update(marshal.dumps(own.__code__))
    for name, file in found.items():
        digest.update(f"{name} {_read(file, file.stat().st_mtime_ns, name).sha256}\n".encode())
    for folder in sorted({file.parent for file in found.values()}):
        for file in _data(folder):
            digest.update(
                f"{file.relative_to(folder).as_posix()} {_sha256(file, file.stat().st_mtime_ns)}\n".encode()
            )
    return digest.hexdigest()


@cache
def code_sha256() -> str:
    """Hash of every file of the package: what a page depends on, and what a manifest states."""
    import valuestats

    root = Path(valuestats.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(f"{file.relative_to(root).as_posix()} {sha256_file(file)}\n".encode())
    return digest.hexdigest()


def _split(name: str) -> tuple[str | None, str | None]:
    """A dotted name as a module that there is and, where the last part is none, a name in it."""
    if _file(name) is not None:
        return name, None
    parent, _, last = name.rpartition(".")
    return (parent, last) if parent and _file(parent) is not None else (None, None)


def _file(name: str) -> Path | None:
    top, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for folder in spec.submodule_search_locations or ():
        stem = Path(folder, *rest)
        for file in (stem.with_suffix(".py"), stem / "__init__.py"):
            if file.is_file():
                return file
    return None


@lru_cache(maxsize=4096)
def _read(file: Path, changed: int, name: str) -> _Module:
    content = file.read_bytes()
    tree = ast.parse(content)
    package = file.name == "__init__.py"
    imports, texts, by_name, readers = set(), set(), [], False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, name, package)
            imports |= (
                {f"{source}.{alias.name}" for alias in node.names} if not _checks(tree, node) else set()
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            texts.add(node.value.replace(":", "."))
        elif isinstance(node, ast.Dict):
            by_name += [
                (k.value, v.value.replace(":", "."))
                for k, v in zip(node.keys, node.values, strict=True)
                if isinstance(k, ast.Constant) and isinstance(v, ast.Constant)
                and isinstance(k.value, str) and isinstance(v.value, str) and _DOTTED.fullmatch(v.value)
            ]  # fmt: skip
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "registry.readers":
            readers = True
    return _Module(
        package,
        frozenset(imports),
        frozenset(texts),
        tuple(by_name),
        readers,
        hashlib.sha256(content).hexdigest(),
    )


def _checks(tree: ast.Module, node: ast.ImportFrom) -> bool:
    """Whether an import stands under ``if TYPE_CHECKING``, where nothing runs."""
    return any(
        isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test) and node in block.body
        for block in tree.body
    )


def _absolute(node: ast.ImportFrom, name: str, package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    base = parts[: len(parts) - node.level + package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _data(folder: Path) -> list[Path]:
    """Files of a package's folder that are no Python, those in folders without modules included."""
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "_")):  # compiled files; what a wheel puts into the package's folder
            continue
        if entry.is_file() and entry.suffix not in (".py", ".pyi"):
            found.append(entry)
        elif entry.is_dir() and not any(entry.glob("*.py")):
            found += _data(entry)
    return found


@lru_cache(maxsize=4096)
def _sha256(file: Path, changed: int) -> str:
    return sha256_file(file)
