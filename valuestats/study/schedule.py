"""In which order the steps of a study are worked out where several can be: the longest chain of work first."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from valuestats.base import registry
from valuestats.study.spec import Step

_SAMPLES, _RESAMPLES, _PLAIN = (
    20.0,
    2.0,
    1.0,
)  # rough seconds of a verb that draws from a posterior, resamples, neither


def work_behind(steps: Sequence[Step]) -> dict[str, float]:
    """Work of the longest chain of steps that starts with each: its own, and that of steps which wait for it.

    How long a verb takes is not known before; what its signature says is enough to have long ones begin early.

    Examples
    --------
    >>> one = Step("a", "read_responses", {}), Step("b", "score", {"answers": "@a"})
    >>> work_behind(one)
    {'b': 2.0, 'a': 3.0}
    """
    names = {step.name for step in steps}
    behind: dict[str, float] = {}
    for step in reversed(steps):  # a step refers to those before it only
        behind[step.name] = behind.get(step.name, 0.0) + _own(step.verb)
        for needed in names.intersection(step.references()):
            behind[needed] = max(behind.get(needed, 0.0), behind[step.name])
    return behind


def _own(verb: str) -> float:
    path = registry.verbs().get(verb)
    taken = inspect.signature(registry.load(path)).parameters if path else {}
    return _SAMPLES if "sampling" in taken else _RESAMPLES if "replicates" in taken else _PLAIN
