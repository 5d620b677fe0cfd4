"""The verbs a study file may use: name -> function of resolved arguments. Heavy imports wait until called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from valuestats.study.verbs import (
    labelling,
    national,
    opinions,
    ordinal_fits,
    perspectives,
    published_systems,
    reading,
    regression,
    scales,
    surveys,
)

_TOPICS = [
    labelling,
    national,
    opinions,
    ordinal_fits,
    perspectives,
    published_systems,
    reading,
    regression,
    scales,
    surveys,
]

VERBS: dict[str, Callable[..., Any]] = {name: verb for topic in _TOPICS for name, verb in topic.VERBS.items()}

__all__ = ["VERBS"]
