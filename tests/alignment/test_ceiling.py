"""The noise ceiling against simulated people whose true shares are known."""

import numpy as np
import pandas as pd
import pytest

from valuestats.alignment.ceiling import noise_ceiling
from valuestats.base.errors import SpecificationError
from valuestats.statistics.distances import distance

QUESTIONS, PEOPLE = 60, 160


def world(seed, people=PEOPLE, groups=("A", "B"), options=4):
    """True shares per group, and one sample of single answers."""
    rng = np.random.default_rng(seed)
    truth = {g: rng.dirichlet(np.full(options, 2.0), QUESTIONS) for g in groups}
    rows = []
    for g, shares in truth.items():
        for q, p in enumerate(shares):
            drawn = rng.choice(options, size=people, p=p)
            rows.append(
                pd.DataFrame(
                    {
                        "respondent": [f"{g}{i}" for i in range(people)],
                        "question": f"q{q:02d}",
                        "option": np.array(list("abcdefgh"))[drawn],
                        "position": drawn,
                        "country": g,
                        "ordered": True,
                    }
                )
            )
    return truth, pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize(
    "measure", ["jensen_shannon", "jensen_shannon_divergence", "total_variation", "energy"]
)
def test_extrapolations_meet_the_truth(measure):
    truth, sample = world(1)
    found = noise_ceiling(sample, ["country"], measure=measure, splits=30, replicates=0).estimates
    found = found.set_index(["group", "quantity"])["estimate"]
    rng = np.random.default_rng(2)
    for g, p in truth.items():
        one, two = (rng.multinomial(PEOPLE, p, size=(200, QUESTIONS)) / PEOPLE for _ in range(2))
        half, other = (rng.multinomial(PEOPLE // 2, p, size=(200, QUESTIONS)) / PEOPLE for _ in range(2))
        expected = {
            "split halves": 1 - distance(half, other, measure).mean(),
            "another sample": 1 - distance(one, two, measure).mean(),
            "perfect model": 1 - distance(p, one, measure).mean(),
        }
        for quantity, value in expected.items():
            # Away from one the ceiling is met within a tenth of the noise itself, or so.
            assert 1 - found[g, quantity] == pytest.approx(1 - value, rel=0.12), (measure, quantity)


def test_more_people_raise_the_ceiling_and_other_groups_stay_below():
    found = {}
    for people in (40, 320):
        table = noise_ceiling(world(3, people)[1], ["country"], splits=10, replicates=100).estimates
        found[people] = table.set_index(["group", "quantity"])
    for quantity in ("split halves", "perfect model"):
        assert found[320].loc[("A", quantity), "estimate"] > found[40].loc[("A", quantity), "estimate"]
    row = found[320].loc[("A", "other groups")]
    assert row["upper"] < found[320].loc[("A", "split halves"), "lower"]
    assert row["lower"] < row["estimate"] < row["upper"]


def test_weights_reach_the_shares():
    # Half of the people weigh nothing to speak of: the ceiling is that of the other half.
    _, sample = world(4)
    heavy = sample["respondent"].str[1:].astype(int) < PEOPLE // 2
    weighted = noise_ceiling(
        sample.assign(w=np.where(heavy, 1.0, 1e-9)), ["country"], weight="w", splits=40, replicates=0
    ).estimates
    alone = noise_ceiling(sample[heavy], ["country"], splits=40, replicates=0).estimates
    assert weighted["estimate"].to_numpy() == pytest.approx(alone["estimate"].to_numpy(), abs=0.01)


def test_degenerate_groups():
    same = pd.DataFrame(
        {
            "respondent": range(6),
            "question": "q",
            "option": ["a", "a", "b", "b", "a", "b"],
            "g": ["x"] * 5 + ["y"],
        }
    )
    result = noise_ceiling(same, ["g"], replicates=20)
    assert set(result.estimates["group"]) == {"x"}
    assert any("y is left out" in w for w in result.meta["warnings"])
    with pytest.raises(SpecificationError):
        noise_ceiling(same[same["g"] == "y"].assign(option="a"), ["g"])
    with pytest.raises(SpecificationError, match="declared scale"):
        noise_ceiling(same, ["g"], measure="wasserstein")
    for wrong in ({"splits": 0}, {"measure": "top_choice"}):
        with pytest.raises(SpecificationError):
            noise_ceiling(same, ["g"], **wrong)
