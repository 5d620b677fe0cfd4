"""The Quarto command line: finding it, asking its version, and rendering with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from valuestats.base.errors import RenderError
from valuestats.base.files import atomic_file
from valuestats.base.scratch import scratch_folder
from valuestats.reporting.blocks import Document
from valuestats.reporting.host import PAGE_VARIABLE, RENDER_VARIABLE

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


def render_command(
    quarto: Quarto, document: Path, target: str, output: Path, metadata: Path, params: Path | None
) -> list[str]:
    """The command line that renders one format."""
    command = [
        str(quarto.path),
        "render",
        str(document),
        "--to",
        _TARGETS[target],
        "--output-dir",
        str(output),
    ]
    command += ["--metadata-file", str(metadata)]
    if params is not None:
        command += ["--execute-params", str(params)]
    return command


def render_quarto(
    quarto: Quarto,
    document: Document,
    targets: Mapping[str, Path],
    params: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> None:
    """Render a document with Quarto into the files of `targets`.

    Raises
    ------
    RenderError
        When Quarto fails, with the end of what it said. There is no falling back to the embedded engine: a
        Quarto that fails is a fault to be seen.
    """
    with scratch_folder() as scratch:
        folder = scratch
        metadata = folder / "metadata.yml"
        said = {"embed-resources": True, "html-math-method": "mathml"}
        said |= {key: document.front[key] for key in overrides or ()}
        metadata.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
        values = None
        if params:
            values = folder / "params.yml"
            plain = {k: os.fspath(v) if isinstance(v, os.PathLike) else v for k, v in params.items()}
            values.write_text(yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8")
        for target, file in targets.items():
            output = folder / target
            output.mkdir()
            _run(render_command(quarto, document.path, target, output, metadata, values), document)
            made = sorted(output.rglob(f"{document.path.stem}.{target}"))
            if len(made) != 1:
                raise RenderError(
                    "Quarto ended well but left no file",
                    got=f"{len(made)} files named {document.path.stem}.{target}",
                    expected="one",
                    file=document.path,
                )
            with atomic_file(file) as temporary:
                shutil.copyfile(made[0], temporary)


def _run(command: list[str], document: Document) -> None:
    provenance = document.front.get("provenance") or []
    lines = [provenance] if isinstance(provenance, str) else list(provenance)
    page = {"study": document.front.get("study", ""), "provenance": "\n".join(lines)}
    environment = {
        **os.environ,
        "QUARTO_PYTHON": sys.executable,
        RENDER_VARIABLE: "quarto",
        PAGE_VARIABLE: json.dumps(page),
    }
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=environment,
        cwd=document.path.parent,
    )
    if done.returncode != 0:
        raise RenderError(
            f"Quarto failed (exit status {done.returncode})",
            got="\n" + (done.stderr.strip() or done.stdout.strip())[-1500:],
            file=document.path,
            hint="engine='embedded' renders the same document without Quarto",
        )
