"""Keys that lack a sign: found where models differ, by name, and not where nothing is wrong."""

import numpy as np
import pandas as pd
import pytest

from valuestats import score
from valuestats.scoring.against_rest import items_against
from valuestats.tables import Responses

DIMENSIONS = ("Care", "Power", "Order")
REVERSED = {"Care-2", "Power-5"}


def study(seed, models=14, spread=1.0):
    """Answers from 1 to 6 of models to three scales of six items, two of them written the other way round."""
    rng = np.random.default_rng(seed)
    rows = []
    for m in range(models):
        level = rng.normal(0, 0.4)
        for dimension in DIMENSIONS:
            trait = rng.normal(0, spread)
            for i in range(6):
                item = f"{dimension}-{i}"
                turned = -1 if item in REVERSED else 1
                answer = 3.5 + level + turned * trait + rng.normal(0, 0.5)
                rows.append((f"m{m:02d}", item, int(np.clip(round(answer), 1, 6))))
    return Responses(pd.DataFrame(rows, columns=["model", "item", "answer"]).assign(status="valid"))


def keys(signed):
    items = [f"{d}-{i}" for d in DIMENSIONS for i in range(6)]
    return pd.DataFrame(
        {
            "item": items,
            "dimension": [item.split("-")[0] for item in items],
            "sign": [-1 if signed and item in REVERSED else 1 for item in items],
        }
    )


def reasons(result):
    return {r.where["dimension"]: r.text for r in result.verdict.reasons if r.aspect == "items"}


@pytest.mark.parametrize("form", ["centred", "raw"])
def test_items_whose_keys_lack_their_sign_are_named_and_no_others(form):
    found = score(study(1), keys(signed=False), form=form, scale=(1, 6), replicates=0)
    assert {d: set(items) for d, items in found.meta["against_rest"].items()} == {
        "Care": {"Care-2"},
        "Power": {"Power-5"},
    }
    told = reasons(found)
    assert set(told) == {"Care", "Power"}
    assert told["Care"].startswith("models answer Care-2 (r = −0.")
    wide = study(1).frame.pivot(index="model", columns="item", values="answer").astype(float)
    if form == "centred":
        wide = wide.sub(wide.mean(axis=1), axis=0)
    rest = wide[[f"Care-{i}" for i in (0, 1, 3, 4, 5)]].sum(axis=1)
    assert found.meta["against_rest"]["Care"]["Care-2"] == pytest.approx(wide["Care-2"].corr(rest))


@pytest.mark.parametrize("form", ["centred", "raw"])
def test_right_keys_raise_no_reason(form):
    found = score(study(1), keys(signed=True), form=form, scale=(1, 6), replicates=0)
    assert found.meta["against_rest"] == {}
    assert reasons(found) == {}


@pytest.mark.parametrize("centred", [True, False])
def test_items_that_have_nothing_in_common_are_rarely_named(centred):
    rng = np.random.default_rng(5)
    sign = np.kron(np.eye(3), np.ones((4, 1)))
    named = sum(
        bool(items_against(pd.DataFrame(rng.normal(size=(12, 12))), sign, DIMENSIONS, centred=centred))
        for _ in range(600)
    )
    assert named <= 0.05 * 600 + 3 * np.sqrt(0.05 * 0.95 * 600)  # three Monte Carlo errors


def test_nothing_is_said_of_few_models_few_items_or_answers_that_are_all_equal():
    def found(responses):
        return score(responses, keys(signed=False), form="raw", replicates=0).meta["against_rest"]

    assert found(study(1, models=4)) == {}
    frame = study(1).frame
    assert found(Responses(frame.assign(answer=3))) == {}
    two = frame[frame["item"].isin(["Care-1", "Care-2"])]
    assert found(Responses(two)) == {}


def test_few_of_many_items_do_not_speak_against_a_scale():
    rng = np.random.default_rng(3)
    trait = rng.normal(0, 1, 20)
    rows = [
        (f"m{m}", f"i{i:02d}", int(np.clip(round(3.5 + (-trait[m] if i == 0 else trait[m])), 1, 6)))
        for m in range(20)
        for i in range(30)
    ]
    responses = Responses(pd.DataFrame(rows, columns=["model", "item", "answer"]).assign(status="valid"))
    keyed = pd.DataFrame({"item": [f"i{i:02d}" for i in range(30)], "dimension": "Care", "sign": 1})
    found = score(responses, keyed, form="raw", replicates=0)
    assert set(found.meta["against_rest"]["Care"]) == {"i00"}
    assert reasons(found) == {}
