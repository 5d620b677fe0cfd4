"""Names as they were in the version before: they still work, and say what they are called now."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from valuestats.base.errors import SpecificationError


def tell_former(old: str, new: str, *, where: str = "", depth: int = 3) -> str:
    """Warn that something is called otherwise now, and give the message back.

    Parameters
    ----------
    old, new
        What it was and what it is called.
    where
        What it belongs to: the verb of an argument, the file and step of a study.
    depth
        How many calls up the name stands.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     tell_former("responses", "answers", where="score")
    'score: responses is called answers now; the old name goes in the next version'
    """
    text = f"{old} is called {new} now; the old name goes in the next version"
    text = f"{where}: {text}" if where else text
    warnings.warn(text, DeprecationWarning, stacklevel=depth)
    return text


def formerly[**P, R](**names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that takes arguments by the names they had, with a `DeprecationWarning`: ``old="new"``.

    ``old="new.part"`` for what is a part of an argument now: that is given as a mapping then.

    Examples
    --------
    >>> import warnings
    >>> @formerly(responses="answers")
    ... def count(answers: list[int]) -> int:
    ...     return len(answers)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     count(responses=[1, 2])
    2
    """

    def renamed(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def door(*args: P.args, **kwargs: P.kwargs) -> R:
            if names.keys() & kwargs.keys():
                kwargs = renamed_arguments(door, kwargs, function.__name__, depth=4)  # type: ignore[assignment]
            return function(*args, **kwargs)

        door.__former__ = {**former_arguments(function), **names}  # type: ignore[attr-defined]
        return door

    return renamed


class Parts(dict[str, Any]):
    """Parts of an argument that were arguments of their own."""


def former_arguments(function: Callable[..., Any]) -> Mapping[str, str]:
    """What arguments of a function were called, and are called now."""
    found: Mapping[str, str] = getattr(function, "__former__", {})
    return found


def renamed_arguments(
    function: Callable[..., Any],
    given: Mapping[str, Any],
    where: str,
    *,
    depth: int = 3,
    say: Callable[[str], object] = str,
) -> dict[str, Any]:
    """Arguments by the names they have now; each former name is told, by a warning and to `say`.

    Raises
    ------
    SpecificationError
        One is given under both names.
    """
    former = former_arguments(function)
    found: dict[str, Any] = {}
    for name, value in given.items():
        now = former.get(name, name)
        if now == name:
            found[name] = value
            continue
        whole, _, part = now.partition(".")
        say(tell_former(name, now, where=where, depth=depth))
        if whole in given:
            raise SpecificationError(
                "one argument under two names", parameter=whole, got=f"{whole} and {name}", expected=whole
            )
        found[whole] = Parts({**found.get(whole, {}), part: value}) if part else value
    return found
