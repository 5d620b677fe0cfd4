"""Checks at the door: what an annotation, a name and a default allow."""

import inspect
from typing import Annotated, Literal

import numpy as np
import pytest

from valuestats.base.allowed import Number, Whole
from valuestats.base.arguments import checked, checks_of
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.result import Result


@checked
def verb(
    result: Result | None = None,
    *,
    level: float | None = 0.95,
    draws: Annotated[int, Whole(0)] = 10,
    kind: Literal["a", "b"] | None = None,
    kinds: "tuple[str, ...]" = (),
    share: Annotated[float, Number(0.0, 1.0, "]")] = 1.0,
    whole: int = 1,
    number: float = 0.0,
    flag: bool = True,
):
    """What it does."""
    return level, draws, kind


@pytest.mark.parametrize(
    "right",
    [
        {"level": None},
        {"level": np.float32(0.5)},
        {"draws": 0},
        {"draws": np.int64(3)},
        {"kind": None},
        {"kind": "b"},
        {"share": 1},
        {"number": float("inf")},
        {"number": 3},
        {"flag": np.True_},
        {"kinds": ("x",)},
    ],
)
def test_what_is_right_goes_through(right):
    verb(**right)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"level": 95}, "0.95"),
        ({"level": 99.9}, "0.999"),
        ({"level": True}, None),
        ({"level": np.nan}, None),
        ({"draws": 10.0}, "10"),
        ({"draws": -1}, None),
        ({"draws": None}, None),
        ({"draws": np.True_}, None),
        ({"kind": "c"}, None),
        ({"kind": 1}, None),
        ({"share": 0}, None),
        ({"whole": "1"}, None),
        ({"number": "1"}, None),
        ({"number": np.nan}, None),
        ({"flag": "no"}, None),
    ],
)
def test_what_is_wrong_is_refused_by_name(wrong, hint):
    with pytest.raises(SpecificationError) as caught:
        verb(**wrong)
    assert caught.value.parameter == next(iter(wrong))
    assert caught.value.hint == (None if hint is None else f"did you mean {hint}?")
    assert caught.value.got == repr(next(iter(wrong.values())))


def test_another_kind_of_object_is_an_input_error():
    with pytest.raises(InputError, match="result may not be this"):
        verb("a result")


def test_the_function_stays_what_it_was():
    assert verb.__doc__ == "What it does."
    assert list(inspect.signature(verb).parameters)[:3] == ["result", "level", "draws"]
    assert verb.__module__ == __name__
    with pytest.raises(TypeError, match="unexpected keyword"):
        verb(nothing=1)
    assert set(checks_of(verb)) == {"result", "level", "draws", "kind", "share", "whole", "number", "flag"}
