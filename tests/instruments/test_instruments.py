"""Instruments: keys against their publications, and files that must be turned down."""

import pytest
import yaml

from valuestats.base.errors import InputError, SpecificationError
from valuestats.instruments import AnswerScale, Dimension, available_instruments, load_instrument
from valuestats.instruments.scale import normalise_text

# Schwartz (2003), Schwartz et al. (2001), Rammstedt & John (2007)
PVQ21 = "CO 7,16; TR 9,20; BE 12,18; UN 3,8,19; SD 1,11; ST 6,15; HE 10,21; AC 4,13; PO 2,17; SE 5,14"
PVQ40 = (
    "CO 7,16,28,36; TR 9,20,25,38; BE 12,18,27,33; UN 3,8,19,23,29,40; SD 1,11,22,34; ST 6,15,30; HE 10,26,37; "
    "AC 4,13,24,32; PO 2,17,39; SE 5,14,21,31,35"
)
NAMES = {
    "CO": "Conformity", "TR": "Tradition", "BE": "Benevolence", "UN": "Universalism", "SD": "Self_Direction",
    "ST": "Stimulation", "HE": "Hedonism", "AC": "Achievement", "PO": "Power", "SE": "Security",
}  # fmt: skip


@pytest.mark.parametrize(("name", "published", "count"), [("pvq21", PVQ21, 21), ("pvq40", PVQ40, 40)])
def test_pvq_keys(name, published, count):
    pvq = load_instrument(name)
    keys = {
        NAMES[short]: tuple(items.split(","))
        for short, items in (k.split(" ") for k in published.split("; "))
    }
    assert {dimension: d.items for dimension, d in pvq.families["pvq"].items()} == keys
    assert sorted(map(int, pvq.items)) == list(range(1, count + 1))
    assert pvq.scale.bounds == (1, 6)
    assert not pvq.keys()["reversed"].any()


@pytest.mark.parametrize("name", ["pvq21", "pvq40"])
def test_higher_order_values_hold_the_items_of_their_values(name):
    pvq = load_instrument(name)
    for parent, dimension in pvq.families["higher_pvq"].items():
        children = [d for d in pvq.families["pvq"].values() if parent in d.parents]
        assert set(dimension.items) == {item for child in children for item in child.items}
    assert pvq.families["pvq"]["Hedonism"].parents == ()


def test_bfi10_keys():
    bfi = load_instrument("bfi10")
    keys = {d: [i + "R" * (i in v.reversed) for i in v.items] for d, v in bfi.families["bfi"].items()}
    assert keys == {
        "Extraversion": ["1R", "6"],
        "Agreeableness": ["2", "7R"],
        "Conscientiousness": ["3R", "8"],
        "Neuroticism": ["4R", "9"],
        "Openness": ["5R", "10"],
    }
    assert bfi.scale.reverse(1) == 5


def test_value_portrait_declares_values_but_no_items():
    instrument = load_instrument("value_portrait")
    assert instrument.items == ()
    assert {f: len(d) for f, d in instrument.families.items()} == {"pvq": 10, "higher_pvq": 4, "bfi": 5}
    assert instrument.label("pvq", "Self_Direction") == "Self-Direction"
    assert instrument.label("pvq", "Unheard_of") == "Unheard_of"
    assert instrument.circumplex["pvq"][:3] == ("Self_Direction", "Stimulation", "Hedonism")
    assert instrument.scale.options[1] == "not like me at all"


@pytest.mark.parametrize("name", available_instruments())
def test_shipped_instruments_are_complete(name):
    instrument = load_instrument(name)
    assert instrument.id == name
    assert instrument.citation
    assert instrument.licence
    assert load_instrument(name) is instrument


GOOD = {
    "id": "mine",
    "name": "Mine",
    "citation": "Me (2025)",
    "licence": "CC0",
    "scale": {"options": {1: "no", 2: "perhaps", 3: "yes"}},
    "families": {"f": {"A": {"items": [1, 2], "reversed": [2]}, "B": {"items": ["3"]}}},
}


def write(tmp_path, content):
    path = tmp_path / "mine.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def test_an_instrument_of_ones_own(tmp_path):
    mine = load_instrument(write(tmp_path, GOOD))
    assert mine.families["f"]["A"] == Dimension("A", items=("1", "2"), reversed=("2",))
    assert mine.keys().query("reversed")["item"].tolist() == ["2"]


def changed(**changes):
    return {**GOOD, **changes}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed(licences="x"), "unknown key"),
        (changed(scale={"options": {1: "no", 2: "yes"}, "qualifier": ["x"]}), "unknown key"),
        (changed(families={"f": {"A": {"item": [1]}}}), "unknown key"),
        ({k: v for k, v in GOOD.items() if k != "citation"}, "a key is missing"),
        (changed(scale={}), "a key is missing"),
        (changed(families={"f": {"A": {"items": [1, 1]}}}), "stands twice"),
        (
            changed(families={"f": {"A": {"items": [1]}, "B": {"items": ["1"]}}}),
            "two dimensions of one family",
        ),
        (changed(families={"f": {"A": {"items": [1], "reversed": [2]}}}), "not an item of its dimension"),
        (changed(families={"f": {"A": {"parents": ["Z"]}}}), "unknown parent"),
        (changed(families={"f": {"A": {"items": "1"}}}), "not a list of identifiers"),
        (changed(families=[1]), "not a mapping"),
        (changed(circumplex={"f": ["A"]}), "circular order"),
        (changed(scale={"options": {1: "no"}}), "two or more codes"),
        (changed(scale={"options": {1: "No", 2: "no."}}), "one text stands for two codes"),
        (changed(scale={"options": {1: "no", 2: "!"}}), "an option has no text"),
        (changed(scale={"options": {"one": "no", 2: "yes"}}), "not a whole number"),
        (changed(scale={"options": {1: "no", 2: "yes"}, "aliases": {"never": 0}}), "not on the scale"),
        (changed(scale={"options": {1: "no", 2: "yes"}, "aliases": {"never": "1"}}), "needs a code"),
        (
            changed(scale={"options": {1: "no", 2: "yes"}, "languages": {"de": {1: "nein"}}}),
            "name every code",
        ),
        (changed(scale={"options": {1: "no", 2: "yes"}, "direction": "up"}), "unknown direction"),
        (changed(scale={"options": {1: "no", 2: "yes"}, "numeric": "maybe"}), "not true or false"),
        (changed(scale={"options": {1: False, 2: True}}), "not a text"),
        (changed(scale={"options": {1: "no", 2: "yes"}, "negations": "not"}), "not a list"),
        ("- a list", "not a mapping"),
        ("id: a\nid: b\n", "stands twice"),
        ("id: [", "not a YAML file"),
    ],
)
def test_bad_files_are_turned_down_by_name(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(InputError) as caught:
        load_instrument(path)
    assert message in str(caught.value)
    assert caught.value.file == str(path)


def test_unknown_and_absent(tmp_path):
    with pytest.raises(InputError, match="unknown instrument"):
        load_instrument("pvq")
    with pytest.raises(InputError, match="no such file"):
        load_instrument(tmp_path / "absent.yml")


def test_a_scale_made_by_hand():
    scale = AnswerScale({3: "yes", 1: "no"}, languages={"de": {1: "nein", 3: "ja"}}, aliases={"nope": 1})
    assert scale.codes == (1, 3)
    assert scale.lookup() == {"no": 1, "yes": 3, "nein": 1, "ja": 3, "nope": 1}
    with pytest.raises(SpecificationError):
        AnswerScale({1: "a", 2: "b"}, published_aliases={"c": 3})


@pytest.mark.parametrize(
    "text", ["Like me", " like  me. ", "**LIKE ME**", "“like me”", "- like me…", "ｌｉｋｅ me"]
)
def test_normal_forms(text):
    assert normalise_text(text) == "like me"
