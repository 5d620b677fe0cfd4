"""Response apart from stance: parts that add up, by hand, and on simulated courses."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import response_drift
from valuestats.base.errors import SpecificationError
from valuestats.drift.simulate import course, draw_stances


@pytest.fixture(scope="module")
def drawn():
    return draw_stances(course(4, refusals=(3.0, -0.5)), np.random.default_rng(4), topics=24, items=4)


def parts(result):
    return result.estimates.set_index(["part", "stance"])["estimate"]


def test_the_parts_add_up_to_the_change_of_the_share_of_all_asked(drawn):
    found = parts(response_drift(drawn, replicates=0, permutations=99))
    asked = drawn[drawn["step"].isin([0, 300])]
    q = pd.crosstab(asked["step"], asked["stance"]) / 96
    for stance in ("oppose", "neutral", "support"):
        total = q.loc[300, stance] - q.loc[0, stance]
        assert found["total", stance] == pytest.approx(total)
        assert sum(found[p, stance] for p in ("response", "opinion", "who answers")) == pytest.approx(total)


def test_four_items_by_hand():
    """r 1 and .5; of both: x yes to yes, y no to yes: p^B yes .5 to 1; p yes .5 to 1; middle rate .75."""
    table = pd.DataFrame(
        {
            "item": list("xyzw") * 2,
            "step": [0] * 4 + [1] * 4,
            "stance": ["yes", "no", "no", "yes", "yes", "yes", None, None],
        }
    )
    found = parts(response_drift(table, replicates=0))
    assert found["response rate", "all"] == -0.5
    assert found["changed", "all"] == 0.5
    assert found["opinion", "yes"] == pytest.approx(0.75 * 0.5)
    assert found["response", "yes"] == pytest.approx(-0.5 * 0.75)
    assert found["who answers", "yes"] == pytest.approx(0.0)
    assert found["total", "yes"] == pytest.approx(0.0)


def test_the_chance_of_the_response_rate_is_mcnemars():
    told = [*["a", "b"] * 10, *["a", None] * 4]
    after = [*([None] * 9 + ["a"] * 11), *[None, "b"] * 4]
    items = list(range(28))
    table = pd.DataFrame({"item": items * 2, "step": [0] * 28 + [1] * 28, "stance": told + after})
    row = response_drift(table, adjust=None).estimates.set_index("part").loc["response rate"]
    assert row["p_value"] == pytest.approx(stats.binomtest(4, 17, 0.5).pvalue, abs=0.01)


def test_repeats_are_the_baseline_of_changed_answers():
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([range(300), [0, 1], [1, 2, 3]], names=["item", "step", "epoch"])
    table = index.to_frame(index=False).assign(stance=rng.choice(["a", "b"], 1800, p=[0.7, 0.3]))
    result = response_drift(table, seed=1)
    row = result.estimates.set_index("part").loc["changed"]
    assert row["baseline"] == pytest.approx(2 * 0.7 * 0.3, abs=0.04)
    assert row["lower"] < 2 * 0.7 * 0.3 < row["upper"]
    assert any("no more than repeats" in r.text for r in result.verdict.reasons)


def test_refusal_drift_is_not_taken_for_opinion_drift():
    """Only refusals rise: the parts of opinion and of who answers hold zero about as often as they should."""
    still = course(2, shift=(0, 0, 0), refusals=(3.0, -0.85))
    rng = np.random.default_rng(1)
    held, found = [], []
    for k in range(20):
        frame = response_drift(
            draw_stances(still, rng, topics=30), replicates=400, permutations=99, seed=k
        ).estimates
        own = frame[frame["part"].isin(["opinion", "who answers"])]
        held += ((own["lower"] <= 0) & (own["upper"] >= 0)).tolist()
        found.append(frame[frame["part"] == "response rate"]["upper"].iloc[0] < 0)
    assert np.mean(held) > 0.9
    assert np.mean(found) == 1.0


def test_one_stance_is_enough_and_a_step_is_not_held_against_itself(drawn):
    only = drawn.assign(stance=drawn["stance"].astype(object).where(drawn["stance"].isna(), "answered"))
    assert parts(response_drift(only, replicates=0))["changed", "all"] == 0.0
    with pytest.raises(SpecificationError, match="against itself"):
        response_drift(drawn, first=0, last=0)
    with pytest.raises(SpecificationError, match="no such step"):
        response_drift(drawn, last=77)
    apart = drawn.assign(stance=drawn["stance"].where((drawn["step"] == 0) == (drawn["item"] < "q0040")))
    with pytest.raises(SpecificationError, match="answered at both"):
        response_drift(apart)


def test_sentence_figure_and_table(drawn):
    result = response_drift(drawn, seed=1)
    assert "took another stance" in result.sentence()
    assert result.plot().to_dict()["layer"]
    assert len(result.table()._tbl_data) == len(result.estimates)
