"""Which sentence belongs to which kind of result."""

from __future__ import annotations

from collections.abc import Callable

from valuestats.errors import SpecificationError
from valuestats.reporting.sentences import (
    agreement,
    designs,
    diversity,
    instruments,
    keying,
    measurement,
    missing,
    ordinal_fits,
    people,
    poles,
    scales,
    similarity,
    styles,
    surveys,
)
from valuestats.result import Result

_TOPICS = [
    agreement,
    designs,
    diversity,
    instruments,
    keying,
    measurement,
    missing,
    ordinal_fits,
    people,
    poles,
    scales,
    similarity,
    styles,
    surveys,
]
SENTENCES: dict[str, Callable[[Result], str]] = {
    kind: write for topic in _TOPICS for kind, write in topic.SENTENCES.items()
}


def sentence_result(result: Result) -> str:
    """The sentence that belongs to ``result.kind``.

    Raises
    ------
    SpecificationError
        A kind of result that has no sentence.
    """
    if not result.passed:
        reasons = "; ".join(result.meta["gate"]["reasons"])
        return f"The fit failed its diagnostics gate ({reasons}), so no finding is reported from it."
    write = SENTENCES.get(result.kind)
    if write is None:
        raise SpecificationError(
            "no sentence for this kind of result",
            parameter="kind",
            got=result.kind,
            expected=", ".join(SENTENCES),
        )
    return write(result)
