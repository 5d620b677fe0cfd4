"""The program of a process that reads texts for `valuestats.ingest.answers.many_texts`, a line of JSON for each request.

A request is the reader (as text) and a list of texts with the options as shown; the reply is a list of code, status and
rule, or null where that met an error.
"""

import json
import sys
from functools import lru_cache
from typing import Any

import orjson

from valuestats.ingest.answers.letters import Shown
from valuestats.ingest.answers.many_texts import scale_of_text
from valuestats.ingest.answers.read import Reading, reader_of
from valuestats.ingest.answers.refusals import load_refusal_rules


@lru_cache(maxsize=64)
def _reader(text: str) -> Reading:
    scale, compat, parser = scale_of_text(text)
    return reader_of(scale, load_refusal_rules(), compat, parser)


def _shown(content: dict[str, object] | None) -> Shown | None:
    if content is None:
        return None
    return Shown(tuple(content["labels"]), tuple(content["texts"]), content["kind"])  # type: ignore[arg-type]


def _request(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:  # half characters
        return json.loads(line)


def main() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin.buffer:
        try:
            reader, asked = _request(line)
            read = _reader(reader)
            reply = orjson.dumps([[*read(text, _shown(shown))] for text, shown in asked])
        except Exception:  # the process that asked reads these texts itself, and says what is wrong with them
            reply = b"null"
        sys.stdout.buffer.write(reply + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
