"""Running a document's cells once, in a fresh kernel, and keeping what they showed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valuestats.base.errors import RenderError, StudyError
from valuestats.base.scratch import scratch_folder
from valuestats.reporting.blocks import Cell, Document, SourceLine, Text
from valuestats.reporting.faults import source_error
from valuestats.reporting.host import INLINE_MIME, RENDER_VARIABLE

Output = Mapping[str, Any]


@dataclass(frozen=True)
class Execution:
    """What the cells showed, by index of the block, and the values of inline expressions, in order."""

    outputs: Mapping[int, tuple[Output, ...]] = field(default_factory=dict)
    inline: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Step:
    """One notebook cell and the block it came from."""

    code: str
    block: int
    kind: str


def execute(
    document: Document,
    params: Mapping[str, Any] | None = None,
    on_output: Callable[[int, Sequence[Output]], None] | None = None,
) -> Execution:
    """Run every cell of a document in order.

    Parameters
    ----------
    document
        What `read_document` gave.
    params
        Values that replace those of the cell tagged ``parameters``.
    on_output
        Called with the block's index and its outputs as soon as a cell has finished, while the next one runs.

    Returns
    -------
    Execution
        Outputs and inline values.

    Raises
    ------
    RenderError
        When a cell fails, with its label, file, line and the end of the traceback.
    """
    steps = _steps(document, params or {})
    if not steps:
        return Execution()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_run(document, steps, on_output))
    # The caller is a notebook: its event loop runs in this thread, so ours takes another.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _run(document, steps, on_output)).result()


def _steps(document: Document, params: Mapping[str, Any]) -> list[_Step]:
    steps: list[_Step] = []
    injected = False
    for i, block in enumerate(document.blocks):
        if isinstance(block, Cell):
            if not block.options["eval"]:
                continue
            steps.append(_Step(block.code, i, "cell"))
            if block.is_parameters and params:
                steps.append(_Step(_injection(block, params), i, "params"))
                injected = True
        elif block.expressions:
            thunks = ", ".join(f"lambda: ({text})" for text, _ in block.expressions)
            steps.append(
                _Step(
                    f"__import__('valuestats.reporting.inline', fromlist=['emit']).emit([{thunks}])",
                    i,
                    "inline",
                )
            )
    if params and not injected:
        raise RenderError(
            "this report takes no parameters",
            parameter="params",
            got=", ".join(params),
            expected="a cell with #| tags: [parameters]",
            file=document.path,
        )
    return steps


def _injection(cell: Cell, params: Mapping[str, Any]) -> str:
    import ast

    declared = {
        target.id
        for node in ast.walk(ast.parse(cell.code))
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
        if isinstance(target, ast.Name)
    }
    unknown = [name for name in params if name not in declared]
    if unknown:
        raise source_error(
            "the report does not declare this parameter",
            cell.file,
            cell.line,
            got=", ".join(unknown),
            expected=", ".join(sorted(declared)),
        )
    lines = []
    for name, value in params.items():
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        try:
            same = ast.literal_eval(repr(value)) == value
        except (ValueError, SyntaxError):
            same = False
        if not same:
            raise RenderError(
                "a parameter must be a plain value",
                parameter=name,
                got=repr(value),
                expected="text, number, boolean, None, or a list or mapping of these",
            )
        lines.append(f"{name} = {value!r}")
    return "\n".join(lines)


def _notebook(steps: Sequence[_Step]) -> Any:
    import nbformat.v4 as v4

    return v4.new_notebook(cells=[v4.new_code_cell(step.code) for step in steps])


async def _run(
    document: Document,
    steps: Sequence[_Step],
    on_output: Callable[[int, Sequence[Output]], None] | None,
) -> Execution:
    outputs: dict[int, tuple[Output, ...]] = {}
    inline: dict[int, tuple[str, ...]] = {}
    position = 0

    def started(cell: Any, cell_index: int) -> None:
        nonlocal position
        position = cell_index

    def finished(cell: Any, cell_index: int, execute_reply: Any) -> None:
        step = steps[cell_index]
        if execute_reply["content"]["status"] == "error":
            return
        if step.kind == "inline":
            inline[step.block] = _inline_values(document.blocks[step.block], cell.outputs)
        elif step.kind == "cell":
            outputs[step.block] = tuple(cell.outputs)
            if on_output is not None:
                on_output(step.block, cell.outputs)

    with scratch_folder() as scratch:
        manager = _kernel_manager(scratch)
        environment = {
            **os.environ,
            RENDER_VARIABLE: "embedded",
            "IPYTHONDIR": str(scratch),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        try:
            await manager.start_kernel(cwd=str(document.path.parent), env=environment)
            # while the kernel starts, this process loads what talks to it
            from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

            client = _client_class()(
                _notebook(steps),
                km=manager,
                timeout=None,
                record_timing=False,
                shutdown_kernel="immediate",
                on_cell_start=started,
                on_cell_executed=finished,
            )
            try:
                await client.async_execute(cleanup_kc=True)
            except CellExecutionError as error:
                raise _cell_error(document, steps[position], error) from error
            except (DeadKernelError, CellTimeoutError) as error:
                task = asyncio.current_task()
                if task is not None and task.cancelling():  # nbclient takes an interruption for a dead kernel
                    raise asyncio.CancelledError from None
                block = document.blocks[steps[position].block]
                raise source_error(
                    "the kernel died in this cell",
                    *_place(block),
                    got=_named(block),
                    hint="is there enough memory?",
                ) from error
        finally:
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)
    return Execution(outputs, inline)


def _client_class() -> Any:
    from nbclient import NotebookClient

    class Client(NotebookClient):
        """A client without signal handlers: nbclient's take its kernel away beneath it, and an assertion fails."""

        @contextlib.asynccontextmanager
        async def async_setup_kernel(self, **options: Any) -> AsyncIterator[None]:
            await self.async_start_new_kernel_client()
            try:
                yield
            finally:
                await self._async_cleanup_kernel()

    return Client


_SOCKET_PATH = 100
"""Bytes that the path of a socket may have on every system; of a longer one the kernel listens on the loopback."""


def _kernel_manager(scratch: Path) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    short = len(os.fsencode(scratch / "kernel-ipc-5")) < _SOCKET_PATH
    manager = AsyncKernelManager(transport="ipc" if os.name == "posix" and short else "tcp")
    manager.connection_file = str(scratch / "kernel.json")
    # This interpreter, whatever kernels the machine has registered: the page imports this package.
    manager._kernel_spec = KernelSpec(
        argv=[
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.colors=nocolor",
        ],
        display_name="valuestats",
        language="python",
    )
    return manager


def _inline_values(block: Any, outputs: Sequence[Output]) -> tuple[str, ...]:
    data: dict[str, Any] = next(
        (o["data"][INLINE_MIME] for o in outputs if INLINE_MIME in o.get("data", {})), {}
    )
    if "error" in data:
        expression, line = block.expressions[data["index"]]
        raise source_error(
            "an inline expression failed", line.file, line.number, got=expression, hint=data["error"]
        )
    return tuple(data["values"])


_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


_FIELD = re.compile(r"^  (parameter|got|expected|hint): +(.+)$", re.MULTILINE)


def _cell_error(document: Document, step: _Step, error: Any) -> RenderError:
    block = document.blocks[step.block]
    if error.ename == StudyError.__name__:  # what the page reads is at fault, and says so itself
        told: dict[str, Any] = dict(_FIELD.findall(error.evalue))
        return RenderError(_first_line(error.evalue), file=document.path, **told)
    trace = _ANSI.sub("", error.traceback)
    file, line = _place(block)
    inside = re.findall(r"Cell In\[\d+\], line (\d+)|<ipython-input-[^>]*>:(\d+)", trace)
    if isinstance(block, Cell) and step.kind == "cell" and inside:
        line = block.code_line + int(next(n for n in inside[0] if n)) - 1
    tail = "\n".join(trace.strip().splitlines()[-6:])
    return source_error(
        f"{_named(block)} failed: {error.ename}: {_first_line(error.evalue)}", file, line, got="\n" + tail
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


def _named(block: Text | Cell) -> str:
    if isinstance(block, Cell):
        return f"the cell '{block.label}'" if block.label else "a cell without a label"
    return "an inline expression"


def _place(block: Text | Cell) -> tuple[Path, int]:
    if isinstance(block, Cell):
        return block.file, block.line
    first: SourceLine = block.expressions[0][1] if block.expressions else block.lines[0]
    return first.file, first.number
