"""Reading: one reader per source format, and raw text to answer code and status."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "describe": "valuestats.ingest.description",
    "describe_contents": "valuestats.ingest.contents",
    "fetch": "valuestats.ingest.datasets",
    "logprob_distributions": "valuestats.ingest.answers.logprobs",
    "merge_responses": "valuestats.ingest.merge",
    "parse_answers": "valuestats.ingest.answers.parse",
    "read_ratings": "valuestats.ingest.readers",
    "read_responses": "valuestats.ingest.readers",
    "read_survey": "valuestats.ingest.surveys.files",
}

__all__ = [
    "describe",
    "describe_contents",
    "fetch",
    "logprob_distributions",
    "merge_responses",
    "parse_answers",
    "read_ratings",
    "read_responses",
    "read_survey",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'valuestats.ingest' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from valuestats.ingest.answers.logprobs import logprob_distributions as logprob_distributions
    from valuestats.ingest.answers.parse import parse_answers as parse_answers
    from valuestats.ingest.contents import describe_contents as describe_contents
    from valuestats.ingest.datasets import fetch as fetch
    from valuestats.ingest.description import describe as describe
    from valuestats.ingest.merge import merge_responses as merge_responses
    from valuestats.ingest.readers import read_ratings as read_ratings
    from valuestats.ingest.readers import read_responses as read_responses
    from valuestats.ingest.surveys.files import read_survey as read_survey
