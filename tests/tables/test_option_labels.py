"""Labels of options: weights, a hierarchy, and what is refused by row."""

import pandas as pd
import pytest

from valuestats import OptionLabels
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.storage import read_artifact, write_artifact


def labels(**columns):
    base = {"option": list("aab"), "label": ["trust", "honesty", "trust"], "weight": [1, 2.0, 0.5]}
    return pd.DataFrame({**base, **columns})


TREE = pd.DataFrame(
    {
        "label": ["trust", "honesty", "trust"],
        "level": ["foundation", "foundation", "theory"],
        "parent": ["Loyalty", "Loyalty", "Moral"],
    }
)


def test_weights_of_one_parent_add_up():
    table = OptionLabels(labels(), TREE)
    assert table.labels == ["honesty", "trust"]
    assert table.levels == ["foundation", "theory"]
    rolled = table.at("foundation").frame.set_index("option")["weight"]
    assert rolled.to_dict() == {"a": 3.0, "b": 0.5}
    assert table.at("theory").frame["weight"].tolist() == [1.0, 0.5]
    assert (table.unplaced("foundation"), table.unplaced("theory")) == (0, 1)


def test_a_weight_of_one_where_none_is_given():
    assert OptionLabels(labels().drop(columns="weight")).frame["weight"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"weight": [1, -1, 1]}, "not a weight"),
        ({"weight": [1, float("inf"), 1]}, "not a weight"),
        ({"weight": [1, None, 1]}, "weight"),
        ({"weight": ["x", 1, 1]}, "weight"),
        ({"label": ["trust", "trust", "trust"]}, "same key"),
        ({"label": ["trust", None, "trust"]}, "label"),
        ({"option": [None, "a", "b"]}, "option"),
    ],
)
def test_what_may_not_stand_is_refused(columns, says):
    with pytest.raises(InputError, match=says):
        OptionLabels(labels(**columns))


def test_a_label_with_two_parents_and_an_unknown_level_are_refused():
    with pytest.raises(InputError, match="same key"):
        OptionLabels(labels(), pd.concat([TREE, TREE[:1].assign(parent="Care")]))
    with pytest.raises(SpecificationError, match="no such level"):
        OptionLabels(labels(), TREE).at("nonsense")
    with pytest.raises(SpecificationError, match="no such level"):
        OptionLabels(labels()).at("foundation")


@pytest.mark.parametrize("tree", [None, TREE])
def test_stored_and_read_again(tmp_path, tree):
    table = OptionLabels(labels(), tree)
    write_artifact(table, tmp_path)
    again = read_artifact(tmp_path)
    pd.testing.assert_frame_equal(again.frame, table.frame)
    assert (again.hierarchy is None) == (tree is None)
    assert again.levels == table.levels
