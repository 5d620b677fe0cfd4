"""Shares of changed answers and of unanimous items, against all pairs counted one by one."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestats.base.errors import InputError, SpecificationError
from valuestats.prompts.changed_answers import changed_answers
from valuestats.tables import Responses


def table(rng, models=2, items=6):
    keys = pd.MultiIndex.from_product(
        [
            [f"m{k}" for k in range(models)],
            [f"i{k}" for k in range(items)],
            ["w1", "w2", "w3"],
            ["up", "down"],
            [1, 2],
        ],
        names=["model", "item", "wording", "option_order", "epoch"],
    )
    frame = keys.to_frame(index=False)
    frame["answer"] = pd.array(rng.integers(1, 4, len(frame)), dtype="Int64")
    frame["status"] = "valid"
    lost = rng.random(len(frame)) < 0.2
    frame.loc[lost, ["answer", "status"]] = [pd.NA, "refusal"]
    return frame


def counted(frame, model, over, others):
    """By hand: items' means over blocks of the share of differing pairs, and of blocks without one."""
    changed, alike = [], []
    part = frame[(frame["model"] == model) & (frame["status"] == "valid")]
    for _, item in part.groupby("item"):
        pairs, same = [], []
        for _, block in item.groupby(others) if others else [((), item)]:
            found = [a != b for a, b in combinations(block["answer"], 2)]
            if found:
                pairs.append(np.mean(found))
                same.append(not any(found))
        if pairs:
            changed.append(np.mean(pairs))
            alike.append(np.mean(same))
    return np.mean(changed), np.mean(alike)


@pytest.mark.parametrize(
    ("over", "others"),
    [
        ("wording", ["option_order", "epoch"]),
        (["wording", "option_order"], ["epoch"]),
        (["wording", "option_order", "epoch"], []),
        ("epoch", ["wording", "option_order"]),
    ],
)
@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_shares_are_those_of_pairs_counted_one_by_one(over, others, seed):
    frame = table(np.random.default_rng(seed))
    found = changed_answers(Responses(frame), over=over, replicates=0).estimates.set_index(
        ["model", "measure"]
    )
    for model in ("m0", "m1"):
        pair = counted(frame, model, over, others)
        ours = found.loc[model, "estimate"]
        assert (ours["changed"], ours["unanimous"]) == pytest.approx(pair, abs=1e-12)
        base = found.loc[model, "baseline"]
        if "epoch" in others:
            columns = [c for c in ("wording", "option_order") if c in over] + [
                c for c in others if c != "epoch"
            ]
            noise = counted(frame, model, "epoch", columns)
            assert (base["changed"], base["unanimous"]) == pytest.approx(noise, abs=1e-12)
        else:
            assert base.isna().all()


def test_relabelling_codes_and_swapping_conditions_change_nothing():
    frame = table(np.random.default_rng(3))
    one = changed_answers(Responses(frame), over="wording", seed=1, replicates=50).estimates
    other = frame.assign(answer=frame["answer"].map({1: 3, 2: 1, 3: 2}).astype("Int64"))
    other["wording"] = other["wording"].map({"w1": "c", "w2": "a", "w3": "b"})
    two = changed_answers(Responses(other), over="wording", seed=1, replicates=50).estimates
    pd.testing.assert_frame_equal(one, two)


def test_a_model_that_always_answers_alike_and_one_that_never_does():
    frame = table(np.random.default_rng(1), items=20).assign(status="valid")
    steady = frame["model"] == "m0"
    wording = frame["wording"].map({"w1": 1, "w2": 2, "w3": 3})
    frame["answer"] = pd.array(np.where(steady, 2, wording), dtype="Int64")
    result = changed_answers(Responses(frame), over="wording", seed=1, replicates=100)
    shares = result.estimates.set_index(["model", "measure"])["estimate"]
    assert shares.to_dict() == {
        ("m0", "changed"): 0.0, ("m0", "unanimous"): 1.0, ("m1", "changed"): 1.0, ("m1", "unanimous"): 0.0,
    }  # fmt: skip
    said = result.sentence()
    assert "m1 changes 100%" in said
    assert "m0 changes 0%" in said
    assert result.plot().to_dict()["vconcat"]
    assert result.contrast("model", "m1", "m0").set_index("measure")["estimate"].to_dict() == {
        "changed": 1.0, "unanimous": -1.0,
    }  # fmt: skip


def test_what_cannot_be_compared_is_refused_or_named():
    frame = table(np.random.default_rng(1))
    for over in ("persona", [], ["wording", "language"]):
        with pytest.raises(SpecificationError):
            changed_answers(Responses(frame), over=over)
    frame.loc[frame["model"] == "m1", ["answer", "status"]] = [pd.NA, "refusal"]
    found = changed_answers(Responses(frame), over="wording", replicates=10)
    assert found.estimates.set_index("model").loc["m1", "estimate"].isna().all()
    assert found.meta["warnings"][0] == "m1: no item has two valid answers to compare"
    assert "rest on 6 queries, fewer than 20" in found.meta["warnings"][1]


def test_answers_in_memory_need_no_invented_source():
    frame = pd.DataFrame(
        {
            "model": "m",
            "item": ["a", "a", "b"],
            "answer": [1, 2, None],
            "status": ["valid", "valid", "refusal"],
        }
    )
    known = Responses(frame).frame
    assert known["epoch"].tolist() == [1, 2, 1]
    assert known["source_row"].tolist() == [0, 1, 2]
    assert known["raw"].isna().all()
    assert set(known["source_file"]) == {"(in memory)"}
    hashes = known["source_sha256"].unique()
    assert len(hashes) == 1
    assert len(hashes[0]) == 64
    assert Responses(frame.assign(answer=[1, 3, None])).frame["source_sha256"].iloc[0] != hashes[0]
    assert Responses(frame.copy()).frame["source_sha256"].iloc[0] == hashes[0]
    with pytest.raises(InputError, match="source_sha256"):  # half a source is none
        Responses(known.drop(columns="source_sha256"))
