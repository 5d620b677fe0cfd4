"""Functions in processes of their own, side by side; they end with the process that asked for them."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

_PATIENCE = 10.0  # seconds in which a worker that is told to end may put things in order


def cores() -> int:
    """Processors that this process may use; 1 in a process that may have none of its own.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    if multiprocessing.current_process().daemon:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """A number of processes that call functions; see `side_by_side`."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    def submit[T](self, function: Callable[..., T], *given: Any) -> Future[T]:
        """Call a function of a module in one of the processes; what it takes and gives is pickled."""
        return self._pool.submit(_called, function, *given)


@contextmanager
def side_by_side(number: int) -> Iterator[Workers]:
    """Give `number` processes; where the block ends by an error or Ctrl-C, they are ended too.

    They start afresh (nothing is inherited but the environment), so that no lock or thread of this process is in them.
    What they say on standard error comes line by line: two bars can't share a terminal.

    Parameters
    ----------
    number
        Of processes.
    """
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_begin)
    try:
        yield Workers(pool)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        own = [child for child in multiprocessing.active_children() if child not in before]
        for child in own:
            child.terminate()
        for child in own:
            child.join(_PATIENCE)
        for child in own:
            if child.is_alive():
                child.kill()
                child.join()
        raise
    pool.shutdown()


_state = {"busy": False}


def _begin() -> None:
    """Ctrl-C reaches the whole terminal, but it is the first process that says what is to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    sys.stderr = _Lines(
        sys.stderr.buffer, encoding=sys.stderr.encoding, errors="replace", line_buffering=True
    )
    threading.Thread(target=_follow, daemon=True).start()


def _end(*_: Any) -> None:
    if not _state["busy"]:
        os._exit(1)
    _state["busy"] = False
    raise KeyboardInterrupt


def _follow() -> None:
    """End with the process that asked, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _called[T](function: Callable[..., T], *given: Any) -> T:
    _state["busy"] = True
    try:
        return function(*given)
    finally:
        _state["busy"] = False


class _Lines(io.TextIOWrapper):
    """A standard error that is no terminal."""

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.flush()
