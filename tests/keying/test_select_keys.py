"""Keys of one family or dimension, and nothing silently empty."""

import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.instruments import load_instrument
from valuestats.keying.declared import instrument_keys
from valuestats.keying.rules import select_keys

KEYED = pd.DataFrame(
    {
        "item": ["1", "2", "2", "3"],
        "family": ["pvq", "pvq", "higher_pvq", "bfi"],
        "dimension": ["Power", "Security", "Conservation", "Openness"],
        "sign": [1, 1, 1, -1],
    }
)


def test_one_family_one_dimension_or_all():
    assert select_keys(KEYED, "pvq")["item"].tolist() == ["1", "2"]
    assert select_keys(KEYED, "pvq", "Security")["item"].tolist() == ["2"]
    assert select_keys(KEYED, dimension="Openness").to_dict("records") == [
        {"item": "3", "family": "bfi", "dimension": "Openness", "sign": -1}
    ]
    pd.testing.assert_frame_equal(select_keys(KEYED), KEYED)


@pytest.mark.parametrize(
    ("asked", "parameter", "there"),
    [
        ({"family": "ocean"}, "family", "bfi, higher_pvq, pvq"),
        ({"family": "pvq", "dimension": "Openness"}, "dimension", "Power, Security"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(asked, parameter, there):
    with pytest.raises(SpecificationError, match=f"no such {parameter}") as caught:
        select_keys(KEYED, **asked)
    assert (caught.value.parameter, caught.value.expected) == (parameter, there)
    with pytest.raises(SpecificationError, match="no such family"):
        select_keys(KEYED.iloc[:0], "pvq")


@pytest.mark.parametrize("name", ["pvq40", "bfi25"])
def test_declared_keys_are_those_of_the_instrument(name):
    chosen = load_instrument(name)
    for family, dimensions in chosen.families.items():
        found = select_keys(instrument_keys(name), family)
        for dimension, declared in dimensions.items():
            assert set(found.loc[found["dimension"] == dimension, "item"]) == set(declared.items)
