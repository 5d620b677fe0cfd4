"""Rules of keys by hand, at their bounds."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.keying.rules import key_frame, keys, keys_per_item, stable_keys
from valuestats.results.meta import make_meta
from valuestats.results.result import Result


def frame(**columns):
    """Four items; two families with one dimension each."""
    made = pd.DataFrame({"item": list("abcd"), "family": ["one", "one", "two", "two"], "dimension": "Power"})
    return made.assign(**columns)


def result(**columns):
    made = frame(**columns).assign(
        estimand="r",
        std_error=np.nan,
        lower=np.nan,
        upper=np.nan,
        level=0.9,
        interval="none",
        n_scored=9,
        n_asked=9,
    )
    return Result("item_values", made, ("item", "family", "dimension"), make_meta("made", {}))


R = [0.3, 0.31, -0.31, -0.3]


def test_a_threshold_is_strict_and_signs_are_kept():
    assert key_frame(frame(estimate=R))["item"].tolist() == ["b"]
    both = key_frame(frame(estimate=R), signs="both")
    assert both[["item", "sign", "r"]].to_numpy().tolist() == [["b", 1, 0.31], ["c", -1, -0.31]]
    assert key_frame(frame(estimate=R), threshold=0.0)["item"].tolist() == ["a", "b"]
    assert keys(result(estimate=R), threshold=0.305, signs="both")["item"].tolist() == ["b", "c"]
    assert key_frame(frame(estimate=[0.995] * 4), threshold=0.99)["item"].tolist() == list("abcd")
    for bound in (-0.1, 1.0):
        with pytest.raises(SpecificationError, match="impossible threshold"):
            key_frame(frame(estimate=R), threshold=bound)


def test_false_discoveries_in_a_family_and_in_all():
    # Benjamini-Hochberg within the families of two: .02 and .04 (p 2/1, 2/2); .06 and .06
    p, r = [0.01, 0.04, 0.03, 0.06], [0.2, -0.2, 0.2, 0.2]
    made = result(estimate=r, p_value=p)
    assert keys(made, rule="fdr", q=0.04, signs="both")["item"].tolist() == ["a", "b"]
    assert keys(made, rule="fdr", q=0.06, signs="both")["item"].tolist() == ["a", "b", "c", "d"]
    assert keys(made, rule="fdr", q=0.059, signs="both")["item"].tolist() == ["a", "b"]
    assert keys(made, rule="fdr", q=0.06)["item"].tolist() == ["a", "c", "d"]
    # over all four: .04, .16/3, .16/3 (the lesser of .06 and .0533), .06
    everything = {"rule": "fdr", "declared": "all", "signs": "both"}
    assert keys(made, q=0.041, **everything)["item"].tolist() == ["a"]
    assert keys(made, q=0.0534, **everything)["item"].tolist() == ["a", "b", "c"]
    for q in (0.0, 1.0):
        with pytest.raises(SpecificationError, match="impossible q"):
            keys(made, rule="fdr", q=q)
    with pytest.raises(SpecificationError, match="no column p_value"):
        keys(result(estimate=r), rule="fdr")


def test_posterior_probability_on_either_side_is_strict():
    made = result(
        estimate=[0.4, 0.4, -0.4, 0.1],
        probability_above=[0.8, 0.5, 0, 0.2],
        probability_below=[0, 0, 0.9, 0.1],
    )
    assert keys(made, rule="posterior")["item"].tolist() == ["a"]
    assert keys(made, rule="posterior", signs="both")[["item", "sign"]].to_numpy().tolist() == [
        ["a", 1],
        ["c", -1],
    ]
    assert keys(made, rule="posterior", signs="both", probability=0.8)["item"].tolist() == ["c"]
    assert keys(made, rule="posterior", probability=0.15)["item"].tolist() == ["a", "b", "d"]
    with pytest.raises(SpecificationError, match="probability_above"):
        keys(result(estimate=R), rule="posterior")
    with pytest.raises(SpecificationError, match="no such rule"):
        keys(made, rule="half")


def test_zero_correlations_are_not_positive():
    made = result(estimate=[0.0, 0.1, 0.2, -0.1], p_value=[0.001] * 4)
    assert keys(made, rule="fdr")["item"].tolist() == ["b", "c"]


def test_exclusions():
    made = frame(estimate=[0.5, 0.5, 0.2, 0.5])
    assert key_frame(made, exclude=[("a", "one", "Power"), ("d", "two", "Power")])["item"].tolist() == ["b"]
    assert key_frame(made, exclude=[["a", "one", "Power"]]).index.tolist() == [0, 1]
    for absent in (("c", "two", "Power"), ("a", "two", "Power")):
        with pytest.raises(SpecificationError, match="names no keyed pair"):
            key_frame(made, exclude=[("a", "one", "Power"), absent])


def test_stable_keys_reach_the_share():
    keyed = frame(sign=1, r=0.4)
    again = frame(share_keyed=[0.8, 0.79, 1.0, 0.2], held_out=0.1)[:3]
    assert stable_keys(keyed, again)["item"].tolist() == ["a", "c"]
    assert stable_keys(keyed, again, share=0.9)[["item", "held_out"]].to_numpy().tolist() == [["c", 0.1]]
    for share in (0.0, 1.0):
        with pytest.raises(SpecificationError, match="impossible share"):
            stable_keys(keyed, again, share=share)


def test_keys_of_each_item_the_crowded_first():
    keyed = pd.DataFrame(
        {
            "item": ["a", "b", "b", "c", "b"],
            "family": ["one", "one", "one", "one", "two"],
            "dimension": ["Power", "Care", "Power", "Care", "Power"],
            "sign": [-1, 1, -1, 1, 1],
        }
    )
    found = keys_per_item(keyed)
    assert found.to_numpy().tolist() == [
        ["b", "one", "Care, −Power", 2, True],
        ["a", "one", "−Power", 1, False],
        ["c", "one", "Care", 1, False],
        ["b", "two", "Power", 1, False],
    ]
    parts = keyed.astype({"item": "category", "family": "category"})
    assert keys_per_item(parts).astype(object).to_numpy().tolist() == found.to_numpy().tolist()
