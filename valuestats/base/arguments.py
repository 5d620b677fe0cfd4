"""Checks of arguments at the door: `checked` reads a verb's annotations and refuses what they don't allow."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature, unwrap
from numbers import Real
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from valuestats.base.allowed import CONVENTIONS, INSIDE, Check, Instance, Number, OneOf, Truth, Whole, is_bool
from valuestats.base.errors import InputError, SpecificationError


def checked[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """A function whose arguments are checked before it runs; signature, docstring and types stay.

    An argument must be one of its ``Literal``, within the bound of its ``Annotated`` type (`Whole`, `Number`), or keep to
    `CONVENTIONS` by its name; where none of these applies, an ``int`` must be whole, a ``float`` a number, a ``bool``
    true or false, and a table or result of the class it is annotated with. ``None`` is allowed where the annotation or
    the default says so. Annotations are read at the first call. Where names are asked for by the list, a single name stands
    for a list of one: a text is a sequence of letters, and would be read as such.

    Raises
    ------
    SpecificationError
        From the function: an argument that may not be so, by name.
    InputError
        From the function: a table or result of another kind.

    Examples
    --------
    >>> @checked
    ... def interval(level: float = 0.95, kind: Literal["wide", "short"] = "wide") -> float:
    ...     return level
    >>> interval(0.9)
    0.9
    >>> interval(95)
    Traceback (most recent call last):
    ...
    valuestats.base.errors.SpecificationError: impossible level
      parameter: level
      got:       95
      expected:  in (0, 1)
      hint:      did you mean 0.95?
    """
    form = signature(function)
    checks: dict[str, tuple[Check, bool]] | None = None
    lists: frozenset[str] = frozenset()

    @wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        nonlocal checks, lists
        if checks is None:
            checks, lists = checks_of(function), lists_of(function)
        try:
            bound = form.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # its own message
        for name, value in bound.arguments.items():
            if name in checks:
                _require(name, value, *checks[name])
            if name in lists and isinstance(value, str):
                bound.arguments[name] = [value]
        return function(*bound.args, **bound.kwargs)

    return door


def elsewhere[**P, R](**verbs: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that says of arguments it has not which verb has what they ask for.

    Examples
    --------
    >>> @elsewhere(ranks="rank_sets(fit)")
    ... def fit(level: float = 0.95) -> float:
    ...     return level
    >>> fit(ranks=True)
    Traceback (most recent call last):
    ...
    valuestats.base.errors.SpecificationError: fit has no ranks
      parameter: ranks
      got:       True
      expected:  rank_sets(fit)
    """

    def marked(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def door(*args: P.args, **kwargs: P.kwargs) -> R:
            for name in verbs:
                if name in kwargs:
                    raise SpecificationError(
                        f"{function.__name__} has no {name}",
                        parameter=name,
                        got=repr(kwargs[name]),
                        expected=verbs[name],
                    )
            return function(*args, **kwargs)

        return door

    return marked


def checks_of(function: Callable[..., Any]) -> dict[str, tuple[Check, bool]]:
    """The check of each argument that has one, and whether None is allowed too.

    Examples
    --------
    >>> def sample(level: float | None = None, seed: int = 0, names: str = "") -> None: ...
    >>> checks_of(sample)
    {'level': (Number(least=0.0, most=1.0, closed=''), True), 'seed': (Whole(least=0), False)}
    """
    found = {}
    names = unwrap(function).__globals__
    for name, parameter in signature(function).parameters.items():
        kind = parameter.annotation
        if kind is Parameter.empty or parameter.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL):
            continue
        if isinstance(kind, str):
            kind = _read(kind, names)
        check = _check(name, kind)
        if check is not None:
            found[name] = check, parameter.default is None or type(None) in _parts(kind)
    return found


def lists_of(function: Callable[..., Any]) -> frozenset[str]:
    """The arguments that are lists of names, of which a text alone would be taken for a list of letters.

    Examples
    --------
    >>> def sample(names: Sequence[str] = (), either: str | Sequence[str] = "", level: float = 0.9) -> None: ...
    >>> sorted(lists_of(sample))
    ['names']
    """
    names = unwrap(function).__globals__
    found = set()
    for name, parameter in signature(function).parameters.items():
        kind = parameter.annotation
        kind = _read(kind, names) if isinstance(kind, str) else kind
        parts = [p for p in _parts(kind) if p is not type(None)]
        if parts and all(get_origin(p) is Sequence and str in _parts(get_args(p)[0]) for p in parts):
            found.add(name)
    return frozenset(found)


def require(name: str, value: object, check: Check | None = None) -> None:
    """Refuse one argument that `check` (the convention of its name where not given) doesn't allow.

    Examples
    --------
    >>> require("seed", 3)
    """
    _require(name, value, check or CONVENTIONS[name], False)


def _require(name: str, value: object, check: Check, optional: bool) -> None:
    if (value is None and optional) or check.allows(value):
        return
    if isinstance(check, Instance):
        # a scale is part of what was asked for, tables and results are what it was asked of
        error, said = (
            (SpecificationError, "not a scale")
            if name == "scale"
            else (InputError, f"{name} may not be this")
        )
        raise error(
            said,
            parameter=name,
            got=f"{type(value).__module__}.{type(value).__qualname__}",
            expected=check.expected,
        )
    raise SpecificationError(
        f"{'no such' if isinstance(check, OneOf) else 'impossible'} {name}",
        parameter=name,
        got=repr(value),
        expected=check.expected,
        hint=_hint(value, check),
    )


def _hint(value: object, check: Check) -> str | None:
    if check == INSIDE and INSIDE.allows(_hundredth(value)):
        return f"did you mean {_hundredth(value):g}?"
    if isinstance(check, Whole) and isinstance(value, float) and value.is_integer():
        return f"did you mean {int(value)}?"
    if isinstance(check, OneOf) and check.each and isinstance(value, str):
        return f"a list, such as [{value!r}]"
    return None


def _hundredth(value: object) -> float:
    number = float(value) if isinstance(value, Real) and not is_bool(value) else math.nan
    return number / 100 if number > 1 else math.nan


def _check(name: str, kind: Any) -> Check | None:
    parts = _parts(kind)
    if Any in parts:  # no class to hold it against, whatever else is allowed beside it
        return None
    literals = [v for p in parts if get_origin(p) is Literal for v in get_args(p)]
    others = [p for p in parts if get_origin(p) is not Literal and p is not type(None)]
    # A pair may be written as a list; what is in it is its verb's to check.
    others = [q for p in others for q in ((tuple, list) if get_origin(p) is tuple else (p,))]
    if len(others) > 1:
        others = [get_origin(p) if get_origin(p) in (Sequence, Mapping) else p for p in others]
    if literals and not others:
        return OneOf(tuple(literals))
    classes = [p for p in others if isinstance(p, type)]
    if not literals and len(classes) == len(others) and any(_of_tables(p) for p in classes):
        return Instance(tuple(classes))
    if literals and len(classes) == len(others) and all(_of_tables(p) for p in classes):
        return OneOf(tuple(literals), kinds=tuple(classes))
    if len(others) != 1 or literals:
        return None
    (one,) = others
    if get_origin(one) is Annotated:
        return next((m for m in one.__metadata__ if isinstance(m, Whole | Number)), None)
    if get_origin(one) is Sequence:
        inside = [p for p in _parts(get_args(one)[0]) if get_origin(p) is Literal]
        return OneOf(tuple(v for p in inside for v in get_args(p)), each=True) if inside else None
    if one in (int, float) and name in CONVENTIONS:
        return CONVENTIONS[name]
    plain: dict[Any, Check] = {int: Whole(), float: Number(), bool: Truth()}
    return plain.get(one)


def _of_tables(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("valuestats", "pandas")


def _parts(kind: Any) -> tuple[Any, ...]:
    """Members of a union, aliases resolved."""
    if isinstance(kind, TypeAliasType):
        try:
            kind = kind.__value__
        except (NameError, AttributeError):  # as in `_read`
            return (Any,)
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(p for part in get_args(kind) for p in _parts(part))
    return (kind,)


def _read(annotation: str, names: dict[str, Any]) -> Any:
    """What an annotation says; anything, where it names what only type checkers import."""
    try:
        return eval(annotation, names)
    except (NameError, AttributeError):
        return Any
