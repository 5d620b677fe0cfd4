"""What an instrument's file calls a dimension is what figures, tables and sentences call it."""

import json

import numpy as np
import pandas as pd
import pytest

from valuestats import Result, graded_response, instrument_keys, load_instrument, reliability, score
from valuestats.base.labels import printed_names, readable
from valuestats.tables import Responses

FILE = """\
id: own
name: Own scale
citation: Nobody (2026).
licence: own
scale:
  options: {1: never, 2: rarely, 3: sometimes, 4: often, 5: always}
families:
  own:
    open: {label: Openness to AI rules, items: [1, 2, 3, 4, 5]}
    calm: {label: Calm_down, items: [6, 7, 8, 9, 10]}
"""


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.yml"
    file.write_text(FILE)
    return file


@pytest.fixture
def answers():
    rows = [(m, str(i), (i * k + m) % 5 + 1) for m in range(4) for i in range(1, 11) for k in range(1, 3)]
    frame = pd.DataFrame(rows, columns=["model", "item", "answer"])
    return Responses(frame.assign(model="m" + frame["model"].astype(str), status="valid"))


@pytest.mark.parametrize("by_keys", [True, False])
def test_labels_stand_in_all_that_is_printed(own, answers, by_keys, tmp_path):
    result = score(answers, instrument_keys(own) if by_keys else own, replicates=200, seed=1)
    assert set(result.estimates["dimension"]) == {"open", "calm"}  # identifiers stay
    stored = Result.load(result.save(tmp_path / "stored"))
    for one in (result, stored):
        printed = [
            one.to_latex(), one.to_html(), json.dumps(one.plot().to_dict()), one.sentence(), one.verdict.sentence(),
        ]  # fmt: skip
        for text in printed[:3]:
            assert "Openness to AI rules" in text
        assert all("open " not in text.casefold().replace("openness", "") for text in printed[3:])
        assert "Calm_down" in printed[1]
        assert not any("open (" in warning for warning in one.meta["warnings"])
    assert readable("open") == "open"  # nothing is left behind


def test_reliability_says_the_labels(own):
    rows = [(p, i, (p * i + i) % 5 + 1) for p in range(40) for i in range(1, 11)]
    ratings = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    found = reliability(ratings.astype({"item": str}), instrument_keys(own), replicates=50)
    assert "Openness to AI rules" in found.to_html()


def test_names_are_those_of_the_place_where_they_are_said():
    with printed_names({"Power": "Power over others"}), printed_names({"open": "Openness"}):
        assert (readable("Power"), readable("open")) == ("Power over others", "Openness")
    assert readable("Power") == "Power"


def test_labels_of_shipped_instruments_are_what_is_printed():
    for name in ("pvq21", "pvq40", "value_portrait", "bfi10", "bfi25"):
        for family in load_instrument(name).families.values():
            assert [d.label for d in family.values()] == [readable(k) for k in family]


def test_other_verbs_that_take_keys_say_the_labels(own):
    rng = np.random.default_rng(2)
    trait = rng.normal(size=80)
    rows = [
        (p, str(i), int(np.clip(np.round(3 + trait[p] + rng.normal(0, 0.8)), 1, 5)))
        for p in range(80)
        for i in range(1, 11)
    ]
    ratings = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    fitted = graded_response(ratings, instrument_keys(own), scale=(1, 5))
    assert fitted.meta["names"] == {"open": "Openness to AI rules", "calm": "Calm_down"}
