"""Next items against R: own formulas and catSurv 1.5.0 on two Schwartz scales (references/next_items*.csv).

Posterior means, deviations and criteria by Gauss-Legendre quadrature with 400 nodes in R 4.2.2, which agree with
catSurv's to 1.5e-8, its integrator's error; tolerance 1e-9, the rest being rounding.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.measurement.next_items import item_values, next_items
from valuestats.results.meta import make_meta
from valuestats.results.result import Result

HERE = Path(__file__).parent / "references"
PRIOR = {"open": (-0.354, 1.2), "selftransc": (0.004, 1.2)}
RULES = {"variance": "epv_predictive", "information": "mfi", "mean_information": "mpwi"}


def table(name):
    return pd.read_csv(HERE / name)


VECTORS = list(table("next_items.csv").groupby(["case", "vector"]).groups)


@pytest.mark.parametrize(("case", "vector"), VECTORS)
@pytest.mark.parametrize("rule", RULES)
def test_criteria_agree_with_r(case, vector, rule):
    parameters = table("next_items_parameters.csv").query("case == @case").set_index("item").dropna(axis=1)
    told = table("next_items_answers.csv").query("case == @case and vector == @vector").set_index("item")
    expected = table("next_items.csv").query("case == @case and vector == @vector").set_index("item")
    codes = told["answer"].reindex(parameters.index).fillna(0).to_numpy(dtype=int) - 1
    cuts = parameters.filter(like="d").to_numpy(dtype=float)
    found = item_values(parameters["a"].to_numpy(), cuts, codes, rule, prior=PRIOR[case], bounds=(-5.0, 5.0))
    assert found.mean == pytest.approx(expected["eap"].iloc[0], abs=1e-9)
    assert found.variance**0.5 == pytest.approx(expected["eap_sd"].iloc[0], abs=1e-9)
    own = pd.Series(found.value, index=parameters.index).reindex(expected.index)
    assert own.to_numpy() == pytest.approx(expected[RULES[rule]].to_numpy(), abs=1e-9)


def fit(*, dimensions=("d", "d", "d"), signs=(1, 1, -1), scale=(1, 3)):
    items = [
        {
            "item": f"q{k}",
            "dimension": d,
            "sign": s,
            "discrimination": a,
            "thresholds": [{"estimate": -1.0}, {"estimate": 1.0}],
        }
        for k, (d, s, a) in enumerate(zip(dimensions, signs, (0.5, 2.0, 1.0), strict=True))
    ]
    row = {
        "estimand": "trait",
        "respondent": "r",
        "dimension": "d",
        "estimate": 0.0,
        "std_error": 1.0,
        "lower": -1.0,
    }
    frame = pd.DataFrame(
        [{**row, "upper": 1.0, "level": 0.95, "interval": "none", "n_scored": 3, "n_asked": 3}]
    )
    meta = make_meta("fit", {"scale": list(scale), "link": "logit"}, items=items)
    return Result("graded_response", frame, ("respondent", "dimension"), meta)


def test_the_steepest_item_comes_first_and_answered_ones_are_left_out():
    for rule in RULES:
        assert next_items(fit(), rule=rule)["item"].tolist() == ["q1", "q2", "q0"]
    after = next_items(fit(), {"q1": 3})
    assert after["item"].tolist() == ["q2", "q0"]
    assert (after["value"] < after["variance_now"]).all()
    assert (after["variance_now"] < next_items(fit())["variance_now"].iloc[0]).all()


def test_a_turned_item_counts_from_the_other_end():
    up = item_values(
        np.array([0.5, 2.0, 1.0]), np.tile([-1.0, 1.0], (3, 1)), np.array([-1, -1, 2]), "information"
    )
    turned = next_items(fit(), {"q2": 1}, rule="information").set_index("item")["value"]
    assert turned.to_numpy() == pytest.approx(np.sort(up.value[:2])[::-1])


@pytest.mark.parametrize(
    ("answers", "says"),
    [({"q9": 1}, "not of the trait"), ({"q0": 4}, "off the scale"), ({"q0": 0}, "off the scale")],
)
def test_wrong_answers_are_named(answers, says):
    with pytest.raises(InputError, match=says):
        next_items(fit(), answers)


def test_the_trait_must_be_named_where_there_are_several():
    with pytest.raises(SpecificationError, match="several traits"):
        next_items(fit(dimensions=("d", "d", "e")))
    with pytest.raises(SpecificationError, match="no such trait"):
        next_items(fit(), dimension="f")
    assert next_items(fit(dimensions=("d", "d", "e")), dimension="e")["item"].tolist() == ["q2"]
