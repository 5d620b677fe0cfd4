"""A result in one sentence, its caveat inside the sentence."""

from valuestats.reporting.sentences.phrases import interval
from valuestats.reporting.sentences.results import sentence_result

__all__ = ["interval", "sentence_result"]
