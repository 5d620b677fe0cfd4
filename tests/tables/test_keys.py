"""Keys: what is refused, and that what is right stays as it is."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.keys import checked_keys

KEYS = pd.DataFrame(
    {
        "item": [3, 1, 2, 1],
        "family": ["f", "f", "f", "g"],
        "dimension": ["B", "A", "A", "Z"],
        "sign": [1.0, -1.0, 1.0, 1.0],
        "r": [0.4, -0.5, 0.6, 0.7],
    },
    index=[10, 20, 30, 40],
)


def test_rows_order_and_other_columns_stay():
    found = checked_keys(KEYS)
    assert found["item"].tolist() == ["3", "1", "2", "1"]
    assert found["dimension"].tolist() == ["B", "A", "A", "Z"]
    assert found["sign"].tolist() == [1, -1, 1, 1]
    assert found["r"].tolist() == KEYS["r"].tolist()
    assert list(found.columns) == list(KEYS.columns)
    assert list(found.index) == list(KEYS.index)


def test_one_family_and_the_items_that_were_asked():
    assert checked_keys(KEYS, family="f")["item"].tolist() == ["3", "1", "2"]
    assert checked_keys(KEYS, family="f", items=[1, 2, 9])["item"].tolist() == ["1", "2"]
    doubled_elsewhere = pd.concat([KEYS, KEYS[3:]])
    assert len(checked_keys(doubled_elsewhere, family="f")) == 3
    with pytest.raises(SpecificationError, match="no keys of this family") as caught:
        checked_keys(KEYS, family="h")
    assert caught.value.expected == "one of f, g"


def test_an_item_of_two_families_is_told_apart_from_a_doubled_key():
    two = KEYS.assign(dimension="A", item=[1, 2, 3, 1], sign=1)
    with pytest.raises(SpecificationError, match="keyed twice") as caught:
        checked_keys(two)
    assert caught.value.hint == "keep the keys of one family"
    assert len(checked_keys(two, family="f")) == 3
    with pytest.raises(SpecificationError, match="with both signs") as caught:
        checked_keys(two.assign(sign=[1, 1, 1, -1]))
    assert "rows 0, 3" in caught.value.got


@pytest.mark.parametrize("sign", [0, 2, np.nan, "plus", None, 0.5])
def test_a_sign_is_plus_or_minus_one(sign):
    signs = KEYS["sign"].astype(object).tolist()
    with pytest.raises(SpecificationError, match="must be") as caught:
        checked_keys(KEYS.assign(sign=[*signs[:2], sign, signs[3]]))
    assert caught.value.parameter == "sign"
    assert "item 2" in caught.value.got
    assert "row 2 " in caught.value.got


@pytest.mark.parametrize("column", ["item", "dimension", "family"])
def test_a_null_is_refused(column):
    values = KEYS[column].astype(object).tolist()
    with pytest.raises(InputError, match=f"a key without {column}"):
        checked_keys(KEYS.assign(**{column: [None, *values[1:]]}))


def test_no_keys_and_no_table():
    for nothing in (KEYS[:0], pd.DataFrame({"item": [], "dimension": []})):
        with pytest.raises(SpecificationError, match="no keys"):
            checked_keys(nothing)
    with pytest.raises(InputError, match="lack dimension"):
        checked_keys(KEYS[["item"]])
    with pytest.raises(InputError, match="a table"):
        checked_keys([("1", "A")])
    with pytest.raises(InputError, match="lack family"):
        checked_keys(KEYS[["item", "dimension"]], family="f")
    with pytest.raises(SpecificationError, match="no keyed item was asked"):
        checked_keys(KEYS, items=["x"])
