"""Many different texts read by several processes at once, since a text that stands once costs what it costs to read.

The processes are this interpreter with a program of its own (`many_texts_program`), not those of `multiprocessing`: they
don't run the caller's script again, so that a script needs no guard. Requests and replies are lines of JSON. They start once
there is work for seconds, and end with the block in which they were started, or with the process that started them.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path

import orjson

from valuestats.base.workers import cores
from valuestats.ingest.answers.answer import Parsed
from valuestats.ingest.answers.letters import Shown
from valuestats.ingest.answers.parts import HALF
from valuestats.ingest.children import ended, started
from valuestats.instruments import AnswerScale

PROGRAM = Path(__file__).with_name("many_texts_program.py")
_START, _EACH = (
    30_000_000,
    500,
)  # characters to be read before processes are worth their start; a text costs 500 more
_PIECE = 2_000  # texts of a request
_MOST = 8  # processes, of some .12 GiB each

Asked = tuple[str, Shown | None]


class Readers:
    """Processes that read texts; none where there is one processor, or too little to read so far."""

    def __init__(self) -> None:
        self._done, self._may_start = 0, True
        self._children: list[subprocess.Popen[bytes]] = []

    def read(
        self, asked: Sequence[Asked], read: Callable[[str, Shown | None], Parsed], request: str | None
    ) -> list[Parsed]:
        """What stands in each text, by `read` here or by the same in processes.

        Parameters
        ----------
        asked
            Texts, and the options as shown with each.
        read
            Reads one of them.
        request
            The reader as `reader_as_text` writes it; None where it can be had in this process only.
        """
        if request is None or not self._ready(asked):
            return [read(text, shown) for text, shown in asked]
        found: list[Parsed] = []
        waiting: deque[tuple[subprocess.Popen[bytes], Sequence[Asked]]] = deque()

        def collect() -> None:
            child, piece = waiting.popleft()
            reply = child.stdout.readline()  # type: ignore[union-attr]
            parsed = orjson.loads(reply) if reply.endswith(b"\n") else None
            # A process that has ended, or met an error: this one meets it again, and says it.
            found.extend(
                [read(text, shown) for text, shown in piece]
                if parsed is None
                else [Parsed(*one) for one in parsed]
            )

        for number, start in enumerate(range(0, len(asked), _PIECE)):
            piece = asked[start : start + _PIECE]
            line = _as_line([request, [(text, shown and asdict(shown)) for text, shown in piece]])
            if len(waiting) == len(self._children):
                collect()
            child = self._children[number % len(self._children)]
            with contextlib.suppress(OSError):  # it has ended: its reply will be none
                child.stdin.write(line + b"\n")  # type: ignore[union-attr]
                child.stdin.flush()  # type: ignore[union-attr]
            waiting.append((child, piece))
        while waiting:
            collect()
        return found

    def end(self) -> None:
        """End the processes, whatever they are at."""
        for child in self._children:
            ended(child)
        self._children = []

    def _ready(self, asked: Sequence[Asked]) -> bool:
        self._done += sum(min(len(text), 2 * HALF) + _EACH for text, _ in asked)
        number = min(cores(), _MOST)
        if len(asked) <= _PIECE:
            return False
        if self._may_start and self._done >= _START and number > 1 and sys.executable:
            self._may_start = False
            try:
                for _ in range(number):
                    # Ctrl-C is for the process that asked.
                    self._children.append(started(PROGRAM, start_new_session=True))
            except OSError:  # no room for another process: this one reads, as it would of few texts
                self.end()
        return bool(self._children)


def _as_line(request: object) -> bytes:
    """JSON in one line; of half characters, which are no UTF-8, as escapes, and ten times slower."""
    try:
        return orjson.dumps(request)
    except TypeError:
        return json.dumps(request).encode("ascii")


_readers: ContextVar[Readers | None] = ContextVar("readers", default=None)


@contextmanager
def shared_readers() -> Iterator[Readers]:
    """Give the readers of the outermost such block, so that pieces of one table share their processes."""
    outer = _readers.get()
    if outer is not None:
        yield outer
        return
    own = Readers()
    token = _readers.set(own)
    try:
        yield own
    finally:
        _readers.reset(token)
        own.end()


def reader_as_text(scale: AnswerScale, compat: str | None, parser: str | None) -> str:
    """A scale and a way of reading as text, from which `scale_of_text` and a process make the same reader."""
    content = asdict(scale)
    content["options"] = list(scale.options.items())
    content["languages"] = {name: list(texts.items()) for name, texts in scale.languages.items()}
    return json.dumps({"scale": content, "compat": compat, "parser": parser})


def scale_of_text(text: str) -> tuple[AnswerScale, str | None, str | None]:
    """Scale, `compat` and `parser` of a reader as `reader_as_text` writes it.

    Examples
    --------
    >>> scale = AnswerScale({1: "no", 2: "yes"}, languages={"de": {1: "nein", 2: "ja"}}, aliases={"yep": 2})
    >>> scale_of_text(reader_as_text(scale, None, "first_number")) == (scale, None, "first_number")
    True
    """
    said = json.loads(text)
    content = said["scale"]
    content["options"] = dict(content["options"])
    content["languages"] = {name: dict(texts) for name, texts in content["languages"].items()}
    for name in ("qualifiers", "negations", "followers"):
        content[name] = tuple(content[name])
    return AnswerScale(**content), said["compat"], said["parser"]
