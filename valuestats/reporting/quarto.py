"""The Quarto command line: finding it, asking its version, and rendering with it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valuestats.base.errors import RenderError
from valuestats.base.files import atomic_file
from valuestats.base.scratch import scratch_folder
from valuestats.reporting.blocks import Document
from valuestats.reporting.clock import Clock
from valuestats.reporting.execute import execute
from valuestats.reporting.quarto_document import QuartoDocument

MINIMUM = (1, 9)
_TARGETS = {"html": "html", "pdf": "typst"}


@dataclass(frozen=True)
class Quarto:
    """A Quarto executable and its version."""

    path: Path
    version: str


def find_quarto(path: str | Path | None = None, *, required: bool = False) -> Quarto | None:
    """Find a Quarto that is new enough.

    Parameters
    ----------
    path
        An executable that was asked for by name; else ``QUARTO_PATH`` (the executable or its folder), else
        ``quarto`` on the search path.
    required
        Whether having none is an error.

    Returns
    -------
    Quarto or None
        None where no Quarto was asked for by name and the search path has none, or an older one.

    Raises
    ------
    RenderError
        When a Quarto that was asked for is missing, fails, or is too old; and when any Quarto found does not
        say its version.
    """
    named = str(path) if path is not None else os.environ.get("QUARTO_PATH") or None
    source = "quarto_path" if path is not None else "QUARTO_PATH"
    if named is None:
        found = shutil.which("quarto")
        if found is None:
            if required:
                raise RenderError(
                    "Quarto is not installed",
                    parameter="engine",
                    got="quarto",
                    expected=f"quarto {_text(MINIMUM)} or newer on the search path, or QUARTO_PATH",
                    hint="engine='embedded' renders the same document without it",
                )
            return None
        file = Path(found)
    else:
        file = Path(named) / "quarto" if Path(named).is_dir() else Path(named)
        if shutil.which(str(file)) is None:
            raise RenderError("no such Quarto executable", parameter=source, got=named)
    version = quarto_version(file)
    if _number(version) >= MINIMUM:
        return Quarto(file, version)
    if named is None and not required:
        return None
    raise RenderError(
        "this Quarto is too old",
        parameter=source if named is not None else "engine",
        got=f"{file} {version}",
        expected=f"{_text(MINIMUM)} or newer",
        hint="engine='embedded' renders the same document without it",
    )


def quarto_version(file: Path) -> str:
    """Version an executable says it has.

    Raises
    ------
    RenderError
        When it fails or says something else.
    """
    try:
        done = subprocess.run(
            [str(file), "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError("Quarto could not be started", got=str(error), file=file) from error
    match = re.match(r"\d+\.\d+(\.\d+)?\S*", done.stdout.strip())
    if done.returncode != 0 or match is None:
        raise RenderError(
            "Quarto did not say its version",
            got=f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}",
            file=file,
        )
    return match[0]


def _number(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(re.match(r"\d+", minor)[0])  # type: ignore[index]


def _text(number: tuple[int, int]) -> str:
    return ".".join(str(n) for n in number)


def render_quarto(
    quarto: Quarto,
    document: Document,
    targets: Mapping[str, Path],
    params: Mapping[str, Any] | None = None,
) -> dict[str, float]:
    """Run a document's cells once, and have Quarto lay out what they showed into the files of `targets`.

    The page is run as the embedded engine runs it, parameters included, so that both engines show the same and a
    cell that fails is named by file and line. Quarto then gets a page of its own in a folder of its own, whatever
    project the document belongs to.

    Returns
    -------
    dict
        Seconds by part; the two formats are laid out at the same time.

    Raises
    ------
    RenderError
        When a cell fails, or Quarto does, with the end of what it said. There is no falling back to the embedded
        engine: a Quarto that fails is a fault to be seen.
    """
    clock = Clock()
    with clock.part("execute"):
        page = QuartoDocument(document, execute(document, params))
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [
            pool.submit(_lay_out, quarto, page, target, file, clock) for target, file in targets.items()
        ]
        for future in futures:
            future.result()
    return clock.seconds


def _lay_out(quarto: Quarto, page: QuartoDocument, target: str, file: Path, clock: Clock) -> None:
    with clock.part(target), scratch_folder() as project:
        source = page.write(project, target)
        _run([str(quarto.path), "render", source.name, "--to", _TARGETS[target]], source, page.document)
        made = source.with_suffix(f".{target}")
        if not made.is_file():
            raise RenderError(
                "Quarto ended well but left no file",
                got=", ".join(sorted(f.name for f in project.iterdir())),
                expected=made.name,
                file=page.document.path,
            )
        with atomic_file(file) as temporary:
            shutil.copyfile(made, temporary)


def _run(command: list[str], source: Path, document: Document) -> None:
    environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=environment,
        cwd=source.parent,
    )
    if done.returncode != 0:
        raise RenderError(
            f"Quarto failed (exit status {done.returncode})",
            got="\n" + last_lines(done.stderr if done.stderr.strip() else done.stdout),
            file=document.path,
            hint="engine='embedded' renders the same document without Quarto",
        )


_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TRACE = re.compile(r"\s*(Stack trace:|at .+)")


def last_lines(said: str, lines: int = 8) -> str:
    r"""The end of what a program said, without its colours and the stack of its own code.

    Examples
    --------
    >>> last_lines("\x1b[91mERROR: no\x1b[39m\nStack trace:\n    at render (file:///x.ts:1:1)\n")
    'ERROR: no'
    """
    plain = [line.rstrip() for line in _STYLE.sub("", said).splitlines()]
    kept = [line for line in plain if line and not _TRACE.fullmatch(line)]
    return "\n".join(kept[-lines:])
