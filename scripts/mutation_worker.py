"""Runs pytest in forked children, so that the libraries are imported once; requests and answers are JSON lines.

A request has ``files``, ``tests`` (ids in the order to run, or null for all), ``traced`` (a module's path or null),
``first`` (stop at the first failure), ``limit`` on each test (seconds or null), ``timeout`` on all, and ``answer``, the
file the child writes to. The answer has ``outcome`` (passed, failed, timeout, crash, none), ``by``, ``failed``,
``seconds`` and ``lines`` by test.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

LIBRARIES = [
    "pytest",
    "hypothesis",
    "numpy",
    "pandas",
    "scipy.stats",
    "scipy.optimize",
    "pandera.pandas",
    "xarray",
]
LIBRARIES += ["pyarrow.parquet", "ibis", "altair", "numba", "great_tables", "yaml", "arviz_stats"]
_TOOL = 4


def _too_slow(number: int, frame: object) -> None:
    raise TimeoutError("slower than the limit")


class Plugin:
    """Chooses and orders tests, times them, and notes which lines of a module each one reaches."""

    def __init__(self, tests: list[str] | None, traced: str | None, limit: float | None) -> None:
        self.tests = tests
        self.limit = limit
        self.traced = traced
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, list[int]] = {}
        self.failed: list[str] = []
        self._reached: set[int] = set()

    def pytest_sessionstart(self) -> None:
        from hypothesis import Phase, settings

        # A failing example is not shrunk, and none is kept for the next mutant.
        settings.register_profile(
            "mutation", settings(), database=None, phases=[Phase.explicit, Phase.generate], deadline=None
        )
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, config, items) -> None:
        if self.tests is not None:
            order = {test: k for k, test in enumerate(self.tests)}
            items[:] = sorted((i for i in items if i.nodeid in order), key=lambda i: order[i.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._reached = set()
        if self.limit is not None:
            signal.setitimer(signal.ITIMER_REAL, self.limit)
        if self.traced:
            sys.monitoring.restart_events()

    def pytest_runtest_logreport(self, report) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and report.nodeid not in self.failed:
            self.failed.append(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.lines[nodeid] = sorted(self._reached)

    def pytest_collectreport(self, report) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} (import)")

    def trace(self) -> None:
        path = str(Path(self.traced).resolve())

        def line(code, number):
            if code.co_filename == path:
                self._reached.add(number)
            return sys.monitoring.DISABLE

        sys.monitoring.use_tool_id(_TOOL, "mutation")
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, line)
        sys.monitoring.set_events(_TOOL, sys.monitoring.events.LINE)


def child(request: dict) -> None:
    """Run pytest, write the answer, and end."""
    import pytest

    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGALRM, _too_slow)
    plugin = Plugin(request["tests"], request["traced"], request["limit"])
    sys.dont_write_bytecode = not request["traced"]
    if request["traced"]:
        plugin.trace()
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    options += ["-x"] if request["first"] else ["--continue-on-collection-errors"]
    code = int(pytest.main([*options, *request["files"]], plugins=[plugin]))
    outcome = {0: "passed", 1: "failed", 2: "failed", 5: "none"}.get(code, "crash")
    answer = {"outcome": outcome, "by": plugin.failed[0] if plugin.failed else "", "failed": plugin.failed}
    answer |= {"seconds": plugin.seconds, "lines": plugin.lines}
    Path(request["answer"]).write_text(json.dumps(answer))
    os._exit(0)


def run(request: dict) -> dict:
    """Fork a child for the request and wait for it."""
    target = Path(request["answer"])
    target.unlink(missing_ok=True)
    started, parent = time.monotonic(), os.getppid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a library's idle threads are not carried over
        pid = os.fork()
    if pid == 0:
        try:
            child(request)
        except BaseException:
            target.with_suffix(".error").write_text(traceback.format_exc())
        finally:
            os._exit(9)
    outcome = "crash"
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() - started > request["timeout"] or os.getppid() != parent:
            outcome = "timeout"
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.02)
    if outcome != "timeout" and target.exists():
        return json.loads(target.read_text())
    return {"outcome": outcome, "by": outcome, "failed": [], "seconds": {}, "lines": {}}


def main() -> None:
    """Answer one request per line until the input ends."""
    for library in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
