"""The world map: shapes that ship, names that surveys use, nothing loaded from an address."""

import json

import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.similarity.world_map import _aliases, _countries, off_the_map, place_on_map, world_chart

FRAME = pd.DataFrame(
    {
        "group": ["S. Korea", "Chile", "Singapore"],
        "estimate": [0.6, 0.7, 0.5],
        "lower": 0.1,
        "upper": 0.9,
        "n_scored": 12,
    }
)


def test_every_alias_leads_to_a_shape_and_no_shape_needs_one():
    assert set(_aliases().values()) <= set(_countries())
    assert not set(_aliases()) & set(_countries())
    # Natural Earth 1:110m has 177 countries; Antarctica is left out
    assert len(_countries()) == 176


def test_rings_are_closed_and_on_the_globe():
    for polygons in _countries().values():
        for ring in (ring for polygon in polygons for ring in polygon):
            assert ring[0] == ring[-1]
            assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)


def test_samples_and_small_places_are_named_and_not_drawn():
    groups = pd.Series(["India (Old national sample)", "Singapore", "Great Britain", "Chile"])
    assert off_the_map(groups) == ["India (Old national sample)", "Singapore"]
    assert place_on_map("Great Britain") == "United Kingdom"


def test_the_map_carries_its_data_and_colours_only_what_is_known():
    spec = world_chart(FRAME, title="Similarity").to_dict()
    assert "http" not in json.dumps({k: v for k, v in spec.items() if k != "$schema"})
    features = spec["data"]["values"]
    known = {
        f["properties"]["group"]: f["properties"]["estimate"] for f in features if f["properties"]["known"]
    }
    assert known == {"S. Korea": 0.6, "Chile": 0.7}


def test_a_map_shows_one_model_and_one_group_a_country():
    two = pd.concat([FRAME.assign(model="a"), FRAME.assign(model="b")])
    with pytest.raises(SpecificationError, match="one model"):
        world_chart(two, title="x")
    with pytest.raises(SpecificationError, match="no such model"):
        world_chart(two, title="x", model="c")
    assert world_chart(two, title="x", model="b").to_dict()
    same = pd.DataFrame({"group": ["Britain", "Great Britain"], "estimate": [0.1, 0.2]})
    with pytest.raises(SpecificationError, match="two groups stand for one country"):
        world_chart(same, title="x")


def test_an_empty_table_and_a_middle_value_are_drawn():
    assert world_chart(FRAME.head(0), title="x").to_dict()
    assert world_chart(FRAME, title="Difference", middle=0.6).to_dict()
