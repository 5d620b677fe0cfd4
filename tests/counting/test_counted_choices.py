"""Counted comparisons: the counts are the rows', and fits of counts are fits of the rows."""

import numpy as np
import pandas as pd
import pytest

from valuestats import Choices, choice_strengths, count_choices, fit_choice, pair_choices
from valuestats.base.errors import InputError
from valuestats.choice.diagnostics import circle_notes, judge_notes, missing_notes
from valuestats.choice.positions import position_notes
from valuestats.choice.simulate import clean_truth, plant, simulate_pairs


def comparisons(seed=0, n=2000, defect=None):
    rng = np.random.default_rng(seed)
    frame = simulate_pairs(clean_truth(rng, options=4, judges=3), n, rng)
    return frame if defect is None else plant(frame, defect, rng)


def test_counts_are_those_of_a_pandas_groupby(tmp_path):
    frame = comparisons()
    frame.iloc[:1200].to_parquet(tmp_path / "one.parquet")
    frame.iloc[1200:].to_parquet(tmp_path / "two.parquet")
    found = count_choices(tmp_path, by=["model"], reads="places")
    assert len(found) == len(frame)
    expected = frame.groupby(["model", "option_a", "option_b", "winner"]).size()
    once = found.frame.drop_duplicates("choice")
    assert sorted(once["count"]) == sorted(expected)
    for source in (frame, tmp_path / "*.parquet"):
        pd.testing.assert_frame_equal(count_choices(source, by=["model"], reads="places").frame, found.frame)


@pytest.mark.parametrize("defect", [None, "missing"])
def test_strengths_of_counts_are_those_of_rows(defect):
    frame = comparisons(1, defect=defect)
    counted = count_choices(frame, by=["model"], reads="places")
    rows = pair_choices(frame, reads="places")
    for options in ({"cluster": "model"}, {"position": True}, {"by": "model"}):
        one, two = (choice_strengths(c, ties="davidson", draws=100, **options) for c in (counted, rows))
        pd.testing.assert_frame_equal(one.estimates, two.estimates, rtol=1e-9, check_dtype=False)
        assert one.meta["warnings"] == two.meta["warnings"]
    fits = [
        fit_choice("utility ~ option + position", c, ties="davidson", engine="ml") for c in (counted, rows)
    ]
    pd.testing.assert_frame_equal(fits[0].estimates, fits[1].estimates, rtol=1e-9)
    assert len(counted) == len(rows)
    assert counted.status_counts().to_dict() == rows.status_counts().to_dict()


@pytest.mark.parametrize("defect", ["stuck judge", "position", "duplicated judge", "missing", "cycle"])
def test_defects_of_counts_are_those_of_rows(defect):
    frame = comparisons(2, defect=defect)
    counted, rows = count_choices(frame, by=["model"], reads="places"), pair_choices(frame, reads="places")
    for look in (judge_notes, circle_notes, lambda c: position_notes(c, modelled=False)):
        assert look(counted) == look(rows)
    assert missing_notes(counted.frame) == missing_notes(rows.frame)


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(InputError, match="a column is missing"):
        count_choices(comparisons(n=5), by=["length"])
    with pytest.raises(InputError, match="no such file"):
        count_choices(tmp_path / "none")
    with pytest.raises(InputError, match="neither of the two"):
        count_choices(comparisons(n=5).assign(winner="nobody"))
    frame = pd.DataFrame({"choice": 1, "option": ["a", "b"], "rank": [1, None], "status": "valid"})
    for bad in (-1, 0.5):
        with pytest.raises(InputError, match="count"):
            Choices(frame.assign(count=bad))
    with pytest.raises(InputError, match="rows differ"):
        Choices(frame.assign(count=[1, 2]))
