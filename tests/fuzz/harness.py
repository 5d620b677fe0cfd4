"""One damaged input after the other, and what may not come of it.

A fault is an error that is not ours, one of ours that names no file or stands for a library's that no reader foresaw, an
input that takes more than `SLOW` seconds of CPU or `HANGS` of the clock, one that ends its process, or two ways of reading
that don't agree. Input number `n` of seed `s` is always the same.
"""

import contextlib
import io
import json
import random
import signal
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from valuestats.base.boundary import UNEXPECTED
from valuestats.base.errors import InputError, ValuestatsError

SLOW, HANGS = 15.0, 150.0


class TooSlow(BaseException):
    """An input that takes too long; no reader may catch it."""


class Hanging(TooSlow):
    """An input that makes its reader wait."""


@dataclass(frozen=True)
class Outcome:
    """A value, or the error of ours that stands in its place."""

    value: object = None
    error: ValuestatsError | None = None


@dataclass
class Report:
    """What came of many inputs."""

    inputs: int = 0
    refused: int = 0
    by_target: Counter = field(default_factory=Counter)
    seconds: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)

    @classmethod
    def of(cls, content):
        """A report as it was written."""
        return cls(
            **{**content, "by_target": Counter(content["by_target"]), "seconds": Counter(content["seconds"])}
        )

    def take(self, other):
        """Add what came of further inputs."""
        self.inputs += other.inputs
        self.refused += other.refused
        self.by_target += other.by_target
        self.seconds += other.seconds
        self.faults += other.faults

    def to_json(self):
        kinds = Counter(fault["kind"] for fault in self.faults)
        return {
            "inputs": self.inputs,
            "read": self.inputs - self.refused,
            "refused": self.refused,
            "by_format": dict(sorted(self.by_target.items())),
            "faults": len(self.faults),
            "kinds": dict(kinds.most_common()),
        }


class NoFile(Exception):
    """An error about an input that doesn't say which file it is about."""


def outcome(call, *, of_a_file=True):
    """What a call gives, or how it refuses; where it is of a file, the error must say of which."""
    try:
        return Outcome(value=call())
    except ValuestatsError as error:
        str(error)
        if of_a_file and isinstance(error, InputError) and error.file is None:
            raise NoFile(str(error)) from error
        if error.message == UNEXPECTED:
            raise error.__cause__ or error from None
        refused.append(error)
        return Outcome(error=error)


refused: list[ValuestatsError] = []


def fuzz(targets, seed, count, folder, *, start=0, keep=None, before=None):
    """Try `count` inputs, drawn by weight over all targets.

    Parameters
    ----------
    targets
        What is fuzzed.
    seed, start, count
        Inputs `start` to `start + count` of a seed.
    folder
        A scratch folder.
    keep
        A folder in which inputs that are faults are kept.
    before
        Called with the number of each input before it is tried.
    """
    report = Report()
    weights = [target.weight for target in targets]
    handlers = {one: signal.signal(one, _stopped) for one in (signal.SIGPROF, signal.SIGALRM)}
    try:
        for number in range(start, start + count):
            rng = random.Random(f"{seed} {number}")
            target = rng.choices(targets, weights)[0]
            files = target.make(rng)
            if before is not None:
                before(number)
            report.inputs += 1
            report.by_target[target.name] += 1
            refused.clear()
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                place = Path(scratch, "input")
                for name, content in files:
                    (place / name).parent.mkdir(parents=True, exist_ok=True)
                    (place / name).write_bytes(content)
                began = time.process_time()
                fault = tried(target, place, rng)
                report.seconds[target.name] += time.process_time() - began
            report.refused += bool(refused)
            if fault is not None:
                report.faults.append({"seed": seed, "number": number, "target": target.name, **fault})
                if keep is not None:
                    for name, content in files:
                        file = Path(keep, f"{number}-{target.name.replace(' ', '-')}", name)
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_bytes(content)
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
    return report


def tried(target, place, rng):
    """The fault of one input, or None."""
    signal.setitimer(signal.ITIMER_PROF, SLOW)
    signal.setitimer(signal.ITIMER_REAL, HANGS)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            both = target.use(place, rng)
    except TooSlow as error:
        return {"kind": "hangs" if isinstance(error, Hanging) else "slow", "said": where(error)}
    except NoFile as error:
        return {"kind": "names no file", "said": str(error)[:300]}
    except Exception as error:
        return {"kind": f"{type(error).__name__} at {where(error)}", "said": str(error)[:300]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    if both is None:
        return None
    (rows, first), (written, second) = both
    if rows != written:
        return {
            "kind": "read differs from ingest",
            "said": f"{rows} {told(first)} / {written} {told(second)}",
        }
    return None


def told(error):
    return "" if error is None else f"({str(error)[:140]!r})"


def where(error):
    """The last line of ours in a traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "valuestats/" in f.filename]
    inside = [f for f in frames if "/tests/" not in f.filename]
    return f"{Path(inside[-1].filename).name}:{inside[-1].name}" if inside else "?"


def _stopped(number, frame):
    raise Hanging if number == signal.SIGALRM else TooSlow


def write_report(report, path, **said):
    path.write_text(json.dumps({**said, **report.to_json()}, indent=1) + "\n", encoding="utf-8")
