"""Units of resampling: numbering, and what is refused."""

import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.units import cluster_column, resampling_units

FRAME = pd.DataFrame({"item": [1, 2, 3, 1], "cluster": [10, 9, 9, 10]})


def test_numbering():
    assert resampling_units(FRAME, [1, 2, 3]).member.tolist() == [0, 1, 1]  # "10" before "9"
    assert resampling_units(FRAME, [1, 2, 3], order="value").member.tolist() == [1, 0, 0]
    assert resampling_units(FRAME, [2, 1], order="met").member.tolist() == [0, 1]
    assert resampling_units(FRAME, [2, 1], order="met").names == ("9", "10")


@pytest.mark.parametrize("frame", [FRAME[["item"]], FRAME.assign(cluster=None)])
def test_without_clusters_each_is_its_own(frame):
    found = resampling_units(frame, [10, 9, 1])
    assert len(found) == 3
    assert not found.clustered
    assert found.member.tolist() == [1, 2, 0]
    assert resampling_units(frame, [10, 9, 1], order="value").member.tolist() == [2, 1, 0]
    assert resampling_units(frame, [10, 9, 1], order="met").member.tolist() == [0, 1, 2]


def test_only_the_wanted_are_looked_at_and_strangers_are_their_own():
    torn = pd.concat([FRAME, pd.DataFrame({"item": [3, 4], "cluster": [8, None]})])
    assert len(resampling_units(torn, [1, 2])) == 2
    assert resampling_units(FRAME, [1, "7"]).names == ("10", "7")


def test_two_clusters_and_no_cluster_are_refused_by_name():
    with pytest.raises(SpecificationError, match="an item belongs to two clusters") as caught:
        resampling_units(FRAME.assign(cluster=["a", "b", "b", "c"]), [1, 2, 3])
    assert caught.value.got == "1; 1 is in a, c"
    with pytest.raises(InputError, match="without a cluster") as caught:
        resampling_units(FRAME.assign(cluster=["a", None, "b", "a"]), [1, 2, 3])
    assert caught.value.got == "null for 2"


def test_surveys_call_it_psu():
    people = FRAME.rename(columns={"item": "respondent", "cluster": "psu"})
    assert cluster_column(people, "respondent") == "psu"
    assert len(resampling_units(people, [1, 2, 3], of="respondent")) == 2
    with pytest.raises(SpecificationError, match="two columns of clusters"):
        resampling_units(people.assign(cluster=1), [1, 2, 3], of="respondent")
    assert cluster_column(people.assign(cluster=None), "respondent") == "psu"
