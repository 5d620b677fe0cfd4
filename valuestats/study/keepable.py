"""Which verbs can be steps: those whose product can be kept in a folder; and what stands for the others in a study."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pandas as pd

from valuestats.base import registry
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.results.result import Result
from valuestats.study.arguments import annotation
from valuestats.tables import Choices, Items, OptionLabels, Population, Ratings, Responses, Survey

_KEPT = (
    Result, pd.DataFrame, dict, Responses, Items, Choices, OptionLabels, Population, ModelAnswers, Ratings, Survey,
)  # fmt: skip

INSTEAD = {
    "merge_responses": "merge (the answers of all parts) or merge_report (what stands twice or contradicts itself)",
    "rake": "raked_survey (the survey with its new weights)",
    "correlate_items": "item_values (the correlations as a table)",
    "load_instrument": "no step: an instrument is an argument, by its name or as {file: NAME.yml}",
    "save_figure": "no step: pages draw the figures of results",
    "render": "no step: name the page under reports:",
    "run_study": "no step: valuestats run FILE",
    "fetch": "no step: a dataset is an argument, as {dataset: NAME}",
    "simulate": "no step: write the data once with valuestats simulate, and read them by {file: NAME}",
    "write_responses": "read_responses",
    "open_answers": "read_responses",
}
"""What a study says in place of a verb whose product can't be kept."""


def is_keepable(verb: Callable[..., Any]) -> bool:
    """Whether what a verb says that it returns can be kept as the product of a step; true where it doesn't say.

    Examples
    --------
    >>> from valuestats import merge_responses, score
    >>> is_keepable(score), is_keepable(merge_responses)
    (True, False)
    """
    made = annotation(verb, inspect.signature(verb).return_annotation)
    if not isinstance(made, type) or made is inspect.Signature.empty:
        return getattr(made, "__origin__", None) not in (tuple, list)
    if issubclass(made, _KEPT) or hasattr(made, "to_content"):
        return True
    # A product may be of a kind of the class that is named: what `leave_one_out` returns is.
    return any(kind.startswith(made.__name__) for kind in registry.products())
