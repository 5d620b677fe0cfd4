"""One name, one thing: rooms that declare a name twice are refused."""

import pytest

from valuestats.base.errors import SpecificationError
from valuestats.base.registry import Kind, Room, System, _require_own_names, rooms


def test_no_two_rooms_of_the_package_declare_one_name():
    _require_own_names(rooms())


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        (Room(verbs={"a": "m:a"}), Room(public={"T": {"a": "n"}}), "a"),
        (Room(kinds=(Kind("k"),)), Room(kinds=(Kind("k"),)), "k"),
        (System(id="s"), System(id="s"), "s"),
    ],
)
def test_a_name_that_is_declared_twice_is_named(first, second, named):
    with pytest.raises(SpecificationError, match="two rooms declare one") as caught:
        _require_own_names([first, Room(), second])
    assert caught.value.got == named
