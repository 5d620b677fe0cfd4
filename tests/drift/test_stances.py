"""The table that drift starts from: what it takes, and what it refuses by name."""

import numpy as np
import pandas as pd
import pytest

from valuestats import Responses, response_drift, stance_drift
from valuestats.base.errors import InputError, SpecificationError
from valuestats.drift.stances import stance_cube


def frame(**columns):
    index = pd.MultiIndex.from_product([list("abcdef"), [0, 10, 30]], names=["item", "step"])
    table = index.to_frame(index=False)
    return table.assign(**{"stance": np.where((table.index * 7) % 5 > 1, "yes", "no"), **columns})


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (frame().query("step == 0"), {}, "too few steps"),
        (frame(stance="yes"), {}, "all answers took the same stance"),
        (frame().assign(stance=None), {}, "no answer took a stance"),
        (frame(), {"steps": [0, 10, 20, 30]}, "a step is missing"),
        (frame(), {"steps": [0, 10]}, "a step is missing"),
        (frame(), {"steps": [0, 10, 10, 30]}, "named twice"),
        (frame().assign(step=lambda d: "v" + d["step"].astype(str)), {}, "order of the steps is not known"),
        (frame().iloc[:0], {}, "no stance"),
        (frame(), {"share": 0.5}, "settles after it has set in"),
        (
            pd.concat([frame(model="m"), frame(model="n").query("step < 30")]),
            {"by": "model"},
            "a step is missing",
        ),
    ],
)
def test_what_cannot_drift_is_refused(table, options, says):
    with pytest.raises(SpecificationError, match=says):
        stance_drift(table, replicates=0, **options)


def test_the_group_and_the_step_that_are_missing_are_named():
    table = pd.concat([frame(model="m"), frame(model="n").query("step < 30")])
    with pytest.raises(SpecificationError) as caught:
        stance_drift(table, by="model")
    assert "model n" in str(caught.value)
    assert "step 30" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "says", "row"),
    [
        (frame().drop(columns="stance"), "a column is missing", None),
        (frame().drop(columns="item"), "a column is missing", None),
        (frame().assign(item=lambda d: d["item"].mask(d.index == 4)), "a row without an item", 4),
        (frame(share=0.5).assign(share=lambda d: d["share"].mask(d.index == 2, 1.5)), "not a share", 2),
    ],
)
def test_damaged_tables_are_told_by_row(table, says, row):
    with pytest.raises(InputError, match=says) as caught:
        stance_drift(table)
    assert row is None or f"row {row}" in str(caught.value)


def test_shares_of_one_answer_may_not_pass_one():
    table = pd.concat([frame(share=0.6), frame(share=0.6).assign(stance="maybe")])
    with pytest.raises(InputError, match="pass 1"):
        stance_drift(table)


def test_shares_leave_what_took_no_stance():
    table = pd.concat(
        [frame(stance="yes", share=0.5), frame(stance="no", share=0.3)], ignore_index=True
    ).assign(epoch=1)
    cube = stance_cube(table, "step", None, None)
    assert cube.given == pytest.approx(0.8)
    assert cube.taken[..., cube.stances.index("yes")] == pytest.approx(0.5)
    whole = stance_drift(table, replicates=0).estimates
    assert whole["estimate"][whole["measure"] == "magnitude"].to_numpy() == pytest.approx(0.0)


def test_numbers_are_sorted_and_a_categorical_keeps_its_order():
    table = frame().assign(stance=lambda d: pd.Categorical(d["stance"], ["yes", "no"]))
    cube = stance_cube(table.sample(frac=1, random_state=1), "step", None, None)
    assert (cube.steps, cube.places.tolist(), cube.stances) == (("0", "10", "30"), [0, 10, 30], ("yes", "no"))
    named = stance_cube(
        frame().assign(step=lambda d: "v" + d["step"].astype(str)), "step", ["v10", "v0", "v30"], None
    )
    assert (named.steps, named.places.tolist()) == (("v10", "v0", "v30"), [0, 1, 2])


def test_responses_are_stances_and_what_was_not_asked_is_left_out():
    table = pd.DataFrame({"model": "m", "item": list("abcd") * 2, "condition": ["one"] * 4 + ["two"] * 4})
    table["answer"] = pd.array([1, 1, 2, 2, 2, 2, None, None], dtype="Int64")
    table["status"] = ["valid"] * 6 + ["refusal", "not_administered"]
    found = response_drift(Responses(table), step="condition", steps=["one", "two"], replicates=0).estimates
    rate = found[found["part"] == "response rate"].iloc[0]
    assert (rate["first"], rate["last"], rate["n_asked"]) == (1.0, pytest.approx(2 / 3), 7)
