"""The verbs a study file may use: name -> function of resolved arguments. Heavy imports wait until called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from valuestats.study.verbs import (
    designs,
    keying,
    labelling,
    logs,
    measurement,
    microdata,
    missing,
    national,
    opinions,
    ordinal_fits,
    people,
    perspectives,
    psychometrics,
    published_systems,
    reading,
    regression,
    scales,
    schwartz,
    styles,
    surveys,
)

_TOPICS = [
    designs,
    keying,
    labelling,
    logs,
    measurement,
    microdata,
    missing,
    national,
    opinions,
    ordinal_fits,
    people,
    perspectives,
    psychometrics,
    published_systems,
    reading,
    regression,
    scales,
    schwartz,
    styles,
    surveys,
]

VERBS: dict[str, Callable[..., Any]] = {name: verb for topic in _TOPICS for name, verb in topic.VERBS.items()}

__all__ = ["VERBS"]
