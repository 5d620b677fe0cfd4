"""What `choice_strengths` says of who always chooses a place, of one order, of what is missing; and of groups."""

import numpy as np
import pandas as pd
import pytest

from tests.choice.test_choice_strengths import shown
from valuestats import choice_strengths, pair_choices


def planted(defect):
    clean = shown(0.5)
    if defect == "always first":
        return pd.concat([clean, shown(1.0, 20, 1, "stuck"), shown(0.0, 20, 2, "other")])
    if defect == "position":
        return shown(0.75)
    if defect == "one order":
        turned = clean["option_a"] > clean["option_b"]
        return clean.assign(
            option_a=clean["option_b"].where(turned, clean["option_a"]),
            option_b=clean["option_a"].where(turned, clean["option_b"]),
        )
    if defect == "missing":
        return clean.assign(winner=clean["winner"].mask(clean.index % 4 == 0))
    return clean


DEFECTS = {
    "always first": [
        "stuck always chooses what stands in place 1",
        "other always chooses what stands in place 2",
    ],
    "position": ["the first place is chosen in"],
    "one order": ["shown in one order only"],
    "missing": ["were not made and are left out"],
    "none": [],
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_raises_its_own_warning_and_no_other(defect):
    warnings = choice_strengths(pair_choices(planted(defect)), prior_sd=2.0).meta["warnings"]
    assert len(warnings) == len(DEFECTS[defect])
    for says in DEFECTS[defect]:
        assert any(says in w for w in warnings)


def test_position_goes_into_the_model():
    found = choice_strengths(pair_choices(shown(0.75, 2000)), position=True)
    assert not found.meta["warnings"]
    assert found.meta["parameters"][0]["estimate"] == pytest.approx(np.log(3), abs=0.2)
    assert "being shown first adds" in found.sentence()


def test_groups_are_fitted_alone_and_ranked_together():
    both = pd.concat([shown(0.5, 150, 0, "m"), shown(0.5, 150, 1, "n")])
    found = choice_strengths(pair_choices(both), by="model")
    for model in "mn":
        alone = choice_strengths(pair_choices(both[both["model"] == model])).estimates
        here = found.estimates[found.estimates["model"] == model]
        np.testing.assert_allclose(here["estimate"], alone["estimate"], atol=1e-10)
    assert found.keys == ("model", "option")
    assert len(found.rank("option")) == 8
    assert found.plot().to_dict()["layer"]
