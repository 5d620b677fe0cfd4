"""Checks of arguments at the door: `checked` reads a verb's annotations and refuses what they don't allow."""

from __future__ import annotations

import math
import operator
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature, unwrap
from numbers import Real
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from valuestats.base.errors import InputError, SpecificationError


@dataclass(frozen=True)
class Whole:
    """Allows whole numbers from `least` on."""

    least: int | None = None

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        return "a whole number" if self.least is None else f"a whole number from {self.least} on"

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        if _is_bool(value):
            return False
        try:
            number = operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            return False
        return self.least is None or number >= self.least


@dataclass(frozen=True)
class Number:
    """Allows numbers between two bounds; `closed` names those that belong to it: ``""``, ``"["``, ``"]"`` or ``"[]"``."""

    least: float = -math.inf
    most: float = math.inf
    closed: str = "[]"

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        if math.isinf(self.least) and math.isinf(self.most):
            return "a number"
        if math.isinf(self.most):
            return f"{self.least:g} or more" if "[" in self.closed else f"above {self.least:g}"
        words = {"[]": "in [{}, {}]", "[": "in [{}, {})", "]": "in ({}, {}]", "": "in ({}, {})"}
        return words[self.closed].format(f"{self.least:g}", f"{self.most:g}")

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        if _is_bool(value) or not isinstance(value, Real):
            return False
        number = float(value)
        if math.isnan(number):
            return False
        above = number >= self.least if "[" in self.closed else number > self.least
        return above and (number <= self.most if "]" in self.closed else number < self.most)


@dataclass(frozen=True)
class OneOf:
    """Allows the values of a ``Literal``; `each` of a sequence of them where they are asked for by the list.

    Objects of some `kinds` may stand for a value, as where it names one of them.
    """

    values: tuple[object, ...]
    each: bool = False
    kinds: tuple[type, ...] = ()

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        names = ", ".join([*(str(v) for v in self.values), *(kind.__name__ for kind in self.kinds)])
        return f"a list of some of {names}" if self.each else f"one of {names}"

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        if self.kinds and isinstance(value, self.kinds):
            return True
        if not self.each:
            return any(type(v) is type(value) and v == value for v in self.values)
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(OneOf(self.values).allows(v) for v in value)
        )


@dataclass(frozen=True)
class Truth:
    """Allows true and false."""

    expected: str = "True or False"

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        return _is_bool(value)


@dataclass(frozen=True)
class Instance:
    """Allows objects of some classes."""

    kinds: tuple[type, ...]

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        return " or ".join(kind.__name__ for kind in self.kinds)

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        return isinstance(value, self.kinds)


type Check = Whole | Number | OneOf | Truth | Instance

INSIDE = Number(0.0, 1.0, "")
"""Strictly between 0 and 1."""

POSITIVE = Number(0.0, math.inf, "")
"""Above 0."""

SHARE = Number(0.0, 1.0)
"""From 0 to 1."""

CONVENTIONS: dict[str, Check] = {
    "level": INSIDE,
    "seed": Whole(0),
    "replicates": Whole(0),
    "permutations": Whole(0),
    "draws": Whole(2),
    "tune": Whole(1),
    "chains": Whole(1),
    "splits": Whole(1),
    "folds": Whole(2),
    "starts": Whole(0),
    "imputations": Whole(2),
    "purify": Whole(0),
    "limit": Whole(0),
    "most": Whole(2),
    "refits": Whole(0),
    "least": Whole(0),
    "probability": INSIDE,
    "q": INSIDE,
    "false_discovery": INSIDE,
    "target_accept": INSIDE,
    "min_share": SHARE,
    "share": INSIDE,
    "threshold": Number(0.0, 1.0, "["),
    "factors": Whole(1),
    "n": Whole(1),
    "max_iterations": Whole(1),
    "threads": Whole(1),
    "batch_rows": Whole(1),
    "half_width": POSITIVE,
    "spread_sd": POSITIVE,
    "tolerance": POSITIVE,
    "loading_bound": POSITIVE,
    "threshold_bound": POSITIVE,
    "residual_bound": POSITIVE,
}
"""What arguments of these names must be in every verb, unless the annotation says otherwise (`Whole` in ``Annotated``)."""


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
    number = float(value) if isinstance(value, Real) and not _is_bool(value) else math.nan
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


def _is_bool(value: object) -> bool:
    return (
        isinstance(value, bool) or type(value).__name__ == "bool"
    )  # of numpy too, which is not imported here
