"""Instruments from YAML, checked strictly: whatever is not understood is an error that names the file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from valuestats.base.arguments import checked
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError, SpecificationError
from valuestats.instruments.instrument import Dimension, Instrument
from valuestats.instruments.scale import AnswerScale

TOP = {"id", "name", "citation", "licence", "scale", "families", "circumplex", "notes", "usual_order"}
REQUIRED = ("id", "name", "citation", "licence", "scale", "families")
SCALE = {
    "options",
    "languages",
    "aliases",
    "published_aliases",
    "qualifiers",
    "negations",
    "followers",
    "numeric",
    "contains",
    "codes_shown",
    "direction",
    "parser",
}
DIMENSION = {"label", "items", "reversed", "parents"}


_NODES = 1_000_000


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe loader, but a key that stands twice is an error instead of the last one winning."""


_MERGE = "tag:yaml.org,2002:merge"


def _mapping_without_repeats(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == _MERGE:  # what it brings in may be replaced by keys of the mapping's own
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(
                None, None, "a key is no single value", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} stands twice", key_node.start_mark
            )
        seen.add(key)
    loader.flatten_mapping(node)
    return {
        loader.construct_object(key, deep=True): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats)


def read_yaml(path: str | Path) -> Any:
    """Read one YAML file; a key that stands twice, bad syntax or bad encoding is an `InputError`."""
    path = Path(path)
    try:
        return parse_yaml(path.read_bytes())
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise InputError("not a YAML file that can be read", got=str(error)[:500], file=path) from None


def parse_yaml(content: bytes) -> Any:
    """What YAML holds, of its plain types only.

    Raises
    ------
    yaml.YAMLError, ValueError
        A syntax error, a key that stands twice, a value that is none (a 13th month), or see `require_plain_yaml`.
    """
    require_plain_yaml(content)
    try:
        return yaml.load(content, Loader=_StrictLoader)
    except RecursionError:
        raise yaml.YAMLError("it is nested too deep") from None


def require_plain_yaml(content: bytes) -> None:
    """Refuse YAML that a few lines blow up: anchors that multiply, or nesting without end.

    Raises
    ------
    yaml.YAMLError
        More than a million nodes once its anchors are followed, nesting deeper than the parser goes, or a
        syntax error.
    """
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        size = 0 if root is None else _expanded(root, {})
    except RecursionError:
        raise yaml.YAMLError("it is nested too deep, or holds itself") from None
    if size > _NODES:
        raise yaml.YAMLError(f"its anchors stand for more than {_NODES:,} nodes")


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """Number of nodes that a node stands for."""
    if id(node) not in known:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_expanded(part, known) for part in parts)
    return known[id(node)]


def available_instruments() -> list[str]:
    """Names of the instruments that ship with the package.

    Examples
    --------
    >>> "pvq21" in available_instruments()
    True
    """
    return sorted(f.name[:-4] for f in files("valuestats.instruments").iterdir() if f.name.endswith(".yml"))


@checked
def load_instrument(name_or_path: str | Path) -> Instrument:
    """Load an instrument by the name it ships under, or from a YAML file of your own.

    Parameters
    ----------
    name_or_path
        One of `available_instruments`, or the path of a ``.yml`` or ``.yaml`` file.

    Raises
    ------
    InputError
        The file isn't there, isn't YAML, holds an unknown or repeated key, an item that stands twice, a code
        that isn't on the scale, or a text that YAML read as something else (``yes``, ``no``).

    Examples
    --------
    >>> load_instrument("value_portrait").scale.options[6]
    'very much like me'
    """
    text = str(name_or_path)
    if text in available_instruments():
        return _shipped(text)
    path = Path(name_or_path)
    if path.suffix not in (".yml", ".yaml"):
        raise InputError(
            "unknown instrument",
            parameter="instrument",
            got=text,
            expected=f"one of {', '.join(available_instruments())}, or the path of a .yml file",
        )
    with one_error(path):
        return _load(path)


@lru_cache(maxsize=32)
def _shipped(name: str) -> Instrument:
    return _load(Path(str(files("valuestats.instruments").joinpath(f"{name}.yml"))))


def _load(path: Path) -> Instrument:
    content = _mapping(read_yaml(path), TOP, "instrument", path)
    missing = [key for key in REQUIRED if key not in content]
    if missing:
        raise InputError("instrument: a key is missing", parameter=", ".join(missing), file=path)
    try:
        families = {
            str(family): {
                str(name): _dimension(value, f"families.{family}.{name}", path)
                for name, value in _mapping(dimensions, None, f"families.{family}", path).items()
            }
            for family, dimensions in _mapping(content["families"], None, "families", path).items()
        }
        orders = {
            name: {
                str(family): _names(order, f"{name}.{family}", path)
                for family, order in _mapping(content.get(name, {}), None, name, path).items()
            }
            for name in ("circumplex", "usual_order")
        }
        return Instrument(
            **{key: _text(content[key], key, path) for key in ("id", "name", "citation", "licence")},
            scale=_scale(content["scale"], path),
            families=families,
            circumplex=orders["circumplex"],
            usual_order=orders["usual_order"],
            notes=_text(content.get("notes", ""), "notes", path),
        )
    except SpecificationError as error:
        raise InputError(
            f"instrument: {error.message}",
            parameter=error.parameter,
            got=error.got,
            expected=error.expected,
            hint=error.hint,
            file=path,
        ) from None


def _scale(value: object, path: Path) -> AnswerScale:
    scale = _mapping(value, SCALE, "scale", path)
    if "options" not in scale:
        raise InputError("instrument: a key is missing", parameter="scale.options", file=path)
    flags = {key: scale[key] for key in ("numeric", "contains", "codes_shown") if key in scale}
    for key, flag in flags.items():
        if not isinstance(flag, bool):
            raise InputError("not true or false", parameter=f"scale.{key}", got=flag, file=path)
    return AnswerScale(
        options=_coded(scale["options"], "scale.options", path),
        languages={
            str(language): _coded(texts, f"scale.languages.{language}", path)
            for language, texts in _mapping(scale.get("languages", {}), None, "scale.languages", path).items()
        },
        aliases=_aliases(scale.get("aliases", {}), "scale.aliases", path),
        published_aliases=_aliases(scale.get("published_aliases", {}), "scale.published_aliases", path),
        qualifiers=_words(scale.get("qualifiers", []), "scale.qualifiers", path),
        negations=_words(scale.get("negations", []), "scale.negations", path),
        followers=_words(scale.get("followers", []), "scale.followers", path),
        direction=scale.get("direction", "ascending"),
        parser=None if scale.get("parser") is None else _text(scale["parser"], "scale.parser", path),
        **flags,
    )


def _dimension(value: object, where: str, path: Path) -> Dimension:
    content = _mapping(value, DIMENSION, where, path)
    return Dimension(
        label=_text(content.get("label", where.rsplit(".", 1)[-1]), f"{where}.label", path),
        items=_names(content.get("items", []), f"{where}.items", path),
        reversed=_names(content.get("reversed", []), f"{where}.reversed", path),
        parents=_names(content.get("parents", []), f"{where}.parents", path),
    )


def _mapping(value: object, allowed: set[str] | None, where: str, path: Path) -> dict[Any, Any]:
    if not isinstance(value, Mapping):
        raise InputError("not a mapping", parameter=where, got=type(value).__name__, file=path)
    unknown = [] if allowed is None else [str(key) for key in value if key not in allowed]
    if unknown:
        raise InputError(
            "an unknown key",
            parameter=where,
            got=", ".join(unknown),
            expected=f"some of {', '.join(sorted(allowed or ()))}",
            file=path,
        )
    return dict(value)


def _coded(value: object, where: str, path: Path) -> dict[int, str]:
    result = _mapping(value, None, where, path)
    for code in result:
        if not isinstance(code, int) or isinstance(code, bool):
            raise InputError(
                "a code is not a whole number", parameter=where, got=repr(code), expected="1: text", file=path
            )
    return {code: _text(text, f"{where}.{code}", path) for code, text in result.items()}


def _aliases(value: object, where: str, path: Path) -> dict[str, int]:
    result = _mapping(value, None, where, path)
    for text, code in result.items():
        _text(text, where, path)
        if not isinstance(code, int) or isinstance(code, bool):
            raise InputError("an alias needs a code", parameter=where, got=repr(code), file=path)
    return result


def _text(value: object, where: str, path: Path) -> str:
    if not isinstance(value, str):
        raise InputError(
            "not a text",
            parameter=where,
            got=repr(value),
            hint="put it in quotes: YAML reads yes, no, on, off and numbers as something else",
            file=path,
        )
    return value


def _words(value: object, where: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError("not a list", parameter=where, got=type(value).__name__, file=path)
    return tuple(_text(word, where, path).casefold() for word in value)


def _names(value: object, where: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or any(isinstance(v, bool) or not isinstance(v, str | int) for v in value):
        raise InputError("not a list of identifiers", parameter=where, got=repr(value), file=path)
    return tuple(str(v) for v in value)
