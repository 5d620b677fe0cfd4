"""What a study file says, as the arguments of a function: its signature names them, its annotations type them."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import os
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from valuestats.base.errors import StudyError

REFERENCE = "@"
"""A parameter written ``@step`` stands for what that step made."""
_SOURCES = ({"file"}, {"demo"}, {"dataset"}, {"dataset", "path"})
_LARGEST = 2**63


class _Misfit(Exception):
    """A value is not what its annotation says; the text is what was expected."""


def is_reference(value: object) -> bool:
    """Whether a value of a study file stands for what a step made.

    Examples
    --------
    >>> is_reference("@scores"), is_reference("scores")
    (True, False)
    """
    return isinstance(value, str) and value.startswith(REFERENCE)


def is_source(value: object) -> bool:
    """Whether a value of a study file stands for a file or folder: ``{file:}``, ``{demo:}``, ``{dataset:, path:}``.

    Examples
    --------
    >>> is_source({"demo": "truth.json"}), is_source({"file": "a", "scale": "b"})
    (True, False)
    """
    return isinstance(value, Mapping) and set(value) in _SOURCES


def arguments(
    function: Callable[..., Any],
    given: Mapping[str, Any],
    shared: Mapping[str, Any],
    *,
    verb: str,
    step: str,
    file: Path,
) -> dict[str, Any]:
    """The arguments of a step, checked by the function's signature and turned into what its annotations say.

    A list becomes a tuple where a tuple is wanted, a mapping a dataclass where one is wanted. References to steps and
    to files stay as they are written.

    Parameters
    ----------
    function
        What the verb names.
    given
        The step's parameters.
    shared
        Values that the study hands in (``seed``, ``level``) where the function takes them and the step sets none.
    verb, step, file
        Where an error is.

    Returns
    -------
    dict
        Arguments by name.

    Raises
    ------
    StudyError
        An argument is unknown, missing, or not what the function wants.

    Examples
    --------
    >>> def verb(frame: Any, scale: tuple[int, int], *, seed: int = 0) -> None: ...
    >>> arguments(verb, {"frame": "@a", "scale": [1, 6]}, {"seed": 3, "level": 0.9}, verb="v", step="s", file=Path("f"))
    {'seed': 3, 'frame': '@a', 'scale': (1, 6)}
    """
    signature = inspect.signature(function)
    whole = {**{k: v for k, v in shared.items() if k in signature.parameters}, **given}
    where: dict[str, Any] = {"file": file, "parameter": f"steps.{step}"}
    message = f"step {step} does not fit its verb {verb}"
    try:
        signature.bind(**whole)
    except TypeError as error:
        raise StudyError(message, got=str(error), expected=str(signature), **where) from error
    done = {}
    for name, value in whole.items():
        parameter = signature.parameters.get(name)
        # A name that the signature lacks is one of the function's **options.
        hint = Any if parameter is None else annotation(function, parameter.annotation)
        try:
            done[name] = _checked(name, convert(value, hint))
        except _Misfit as error:
            where["parameter"] = f"steps.{step}.{name}"
            raise StudyError(message, got=_shown(value), expected=str(error), **where) from error
    return done


def convert(value: Any, hint: Any) -> Any:
    """A value of a study file as its annotation wants it.

    Examples
    --------
    >>> convert([[1, 2], [3, 4]], Sequence[tuple[int, int]])
    [(1, 2), (3, 4)]
    """
    hint = unaliased(hint)
    if hint is Any or hint is inspect.Parameter.empty or is_reference(value) or is_source(value):
        return value
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _any_of(value, inner)
    if hint is None or hint is type(None):
        return _need(value is None, value, "nothing (null)")
    if origin is Literal:
        return _need(
            any(value == x and type(value) is type(x) for x in inner), value, f"one of {_listed(inner)}"
        )
    if hint in _SCALARS:
        return _SCALARS[hint](value)
    kind = hint if origin is None else origin
    if not isinstance(kind, type):
        return value
    if kind is tuple:
        return _as_tuple(value, inner)
    if kind in (list, Sequence):
        item = inner[0] if inner else Any
        return [convert(v, item) for v in _need(isinstance(value, list), value, "a list")]
    if kind in (dict, Mapping):
        key, item = inner if inner else (Any, Any)
        _need(isinstance(value, Mapping), value, "a mapping")
        return {convert(k, key): convert(v, item) for k, v in value.items()}
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return _as_dataclass(value, kind)
    return _as_object(value, kind)


def takes_path(function: Callable[..., Any], name: str) -> bool:
    """Whether an argument of a function may be a path, by its annotation.

    Examples
    --------
    >>> def verb(path: str | Path, answers: Sequence[Path | None], *, family: str) -> None: ...
    >>> takes_path(verb, "path"), takes_path(verb, "answers"), takes_path(verb, "family")
    (True, True, False)
    """
    parameter = inspect.signature(function).parameters.get(name)
    return parameter is None or _mentions_path(annotation(function, parameter.annotation))


def _mentions_path(hint: Any) -> bool:
    hint = unaliased(hint)
    if isinstance(hint, type) and issubclass(hint, os.PathLike):
        return True
    return any(map(_mentions_path, get_args(hint)))


def unaliased(hint: Any) -> Any:
    """What the name of a ``type`` statement stands for; anything where it names what is imported for checkers only."""
    try:
        return getattr(hint, "__value__", hint)
    except NameError:
        return Any


def _as_tuple(value: Any, inner: tuple[Any, ...]) -> Any:
    _need(isinstance(value, list), value, "a list")
    if not inner or inner[-1] is Ellipsis:
        return tuple(convert(v, inner[0] if inner else Any) for v in value)
    _need(len(value) == len(inner), value, f"a list of {len(inner)}")
    return tuple(convert(v, h) for v, h in zip(value, inner, strict=True))


def _as_dataclass(value: Mapping[Any, Any], kind: Any) -> Any:
    fields = {f.name: f.type for f in dataclasses.fields(kind) if f.init}
    unknown = [str(k) for k in value if k not in fields]
    _need(not unknown, value, f"{kind.__name__} with {', '.join(fields)}")
    try:
        return kind(**{k: convert(v, annotation(kind, fields[k])) for k, v in value.items()})
    except TypeError as error:
        raise _Misfit(f"{kind.__name__} with {', '.join(fields)}: {error}") from error


def _as_object(value: Any, kind: type) -> Any:
    """What a study file can't write down, a table say, is a step's: it stands here by its name."""
    try:
        if isinstance(value, kind):
            return value
    except TypeError:  # a protocol that can't be asked
        return value
    raise _Misfit(f"{kind.__name__}, the product of a step: '@NAME'")


def _any_of(value: Any, hints: tuple[Any, ...]) -> Any:
    """By the first of several annotations that leaves the value as it is, else by the first that takes it."""
    found, told = [], []
    for hint in hints:
        try:
            found.append(convert(value, hint))
        except _Misfit as error:
            told.append(str(error))
    if not found:
        raise _Misfit(" or ".join(dict.fromkeys(told)))
    return next((f for f in found if type(f) is type(value)), found[0])


def _need(right: bool, value: Any, expected: str) -> Any:
    if not right:
        raise _Misfit(expected)
    return value


def _text(value: Any) -> Any:
    return _need(isinstance(value, str), value, "a text (numbers, dates, yes and no in quotes)")


def _whole(value: Any) -> Any:
    right = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
    return _need(right, value, "a whole number")


def _real(value: Any) -> float:
    right = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308
    return float(_need(right, value, "a number (1.0e-3, not 1e-3)"))


def _path(value: Any) -> Path:
    return Path(_need(isinstance(value, str | Path), value, "a file: {file: NAME}"))


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    int: _whole,
    float: _real,
    bool: lambda value: _need(isinstance(value, bool), value, "true or false"),
    Path: _path,
}


def check_seed(seed: Any) -> int:
    """A seed: a whole number from 0 that fits into 63 bits."""
    return int(_need(_whole(seed) >= 0, seed, "a whole number from 0"))


def check_level(level: Any) -> float:
    """A level: a number between 0 and 1."""
    return float(_need(0.0 < _real(level) < 1.0, level, "a number between 0 and 1"))


def study_number(content: Mapping[str, Any], name: Literal["seed", "level"], file: Path) -> Any:
    """The seed or level that a study file sets for all its steps.

    Raises
    ------
    StudyError
        It is none.
    """
    value = content.get(name, 0.95)
    try:
        return _CHECKS[name](value)
    except _Misfit as error:
        raise StudyError(
            f"not a {name}", file=file, parameter=name, got=_shown(value), expected=str(error)
        ) from error


_CHECKS: dict[str, Callable[[Any], Any]] = {"seed": check_seed, "level": check_level}


def _checked(name: str, value: Any) -> Any:
    if name in _CHECKS and value is not None and not is_reference(value):
        return _CHECKS[name](value)
    return value


def annotation(owner: Any, hint: Any) -> Any:
    """What an annotation written as text stands for, names imported for type checkers only included.

    Of a name that can't be found, `typing.Any`: the value is then handed on as it is.

    Examples
    --------
    >>> annotation(annotation, "Mapping[str, int] | None")
    collections.abc.Mapping[str, int] | None
    """
    if not isinstance(hint, str):
        return hint
    module = sys.modules.get(inspect.unwrap(owner).__module__)
    if module is None:
        return Any
    try:
        return eval(hint, dict(vars(module)), _ForCheckers(module))  # type: ignore[arg-type]
    except Exception:  # whatever a foreign annotation holds, the function itself will judge the value
        return Any


class _ForCheckers:
    """Names that a module imports under ``if TYPE_CHECKING``, imported when asked for."""

    def __init__(self, module: types.ModuleType) -> None:
        self.names = _checker_imports(getattr(module, "__file__", None))

    def __getitem__(self, name: str) -> Any:
        module, attribute = self.names[name]
        found = importlib.import_module(module)
        return found if attribute is None else getattr(found, attribute)


@cache
def _checker_imports(file: str | None) -> dict[str, tuple[str, str | None]]:
    if file is None or not Path(file).is_file():
        return {}
    found: dict[str, tuple[str, str | None]] = {}
    for block in ast.parse(Path(file).read_bytes()).body:
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            for node in block.body:
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found |= {a.asname or a.name: (node.module, a.name) for a in node.names}
                elif isinstance(node, ast.Import):
                    found |= {
                        a.asname or a.name: (a.name, None)
                        for a in node.names
                        if a.asname or "." not in a.name
                    }
    return found


def _shown(value: Any) -> str:
    # Texts in quotes, so that '1' and 1 are told apart.
    text = repr(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values))
