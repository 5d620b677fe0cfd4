"""Several questions in one panel: one set of parameters for all is said, against fits of each; simulated truth."""

import pandas as pd
import pytest

from valuestats import opinion_dynamics, simulate_ego_networks
from valuestats.base.errors import SpecificationError

OPTIONS = {"rule": "degroot", "permutations": 0, "draws": 500}


def two_topics(name="topic"):
    """People move half of the way on taxes and not at all on trade."""
    panels, ties = [], []
    for topic, influence in (("taxes", 0.5), ("trade", 0.0)):
        panel, tie = simulate_ego_networks(rule="degroot", influence=influence, people=80, noise=0.03, seed=4)
        panels.append(panel.assign(network=topic + " " + panel["network"], **{name: topic}))
        ties.append(tie.assign(network=topic + " " + tie["network"]))
    return pd.concat(panels, ignore_index=True), pd.concat(ties, ignore_index=True)


def about(result):
    return [r for r in result.verdict.reasons if r.aspect == "topics"]


@pytest.mark.parametrize("name", ["topic", "question", "item"])
def test_topics_taken_together_are_said_with_how_far_they_differ(name):
    panel, ties = two_topics(name)
    found = opinion_dynamics(panel, ties, **OPTIONS)
    apart = {
        topic: opinion_dynamics(
            part, ties[ties["network"].isin(part["network"])], intervals="profile", **OPTIONS
        )
        for topic, part in panel.groupby(name)
    }
    ends = {topic: one.estimates["estimate"].iloc[0] for topic, one in apart.items()}
    told = found.meta["topics"]
    assert told["topics"] == ["taxes", "trade"]
    assert told["optima"]["influence"] == pytest.approx([ends["taxes"], ends["trade"]])
    assert ends["taxes"] == pytest.approx(0.5, abs=0.05)
    (reason,) = about(found)
    assert reason.sign == "care"
    assert f"influence from {ends['trade']:.2f} (trade) to {ends['taxes']:.2f} (taxes)" in reason.text
    assert reason.text in found.meta["warnings"]
    assert f"ne set of parameters for 2 levels of {name} (taxes and trade)" in found.sentence()
    assert found.verdict.sign != "sound"
    assert about(apart["taxes"]) == []


def test_people_in_several_networks_may_have_been_asked_several_questions():
    """`ego 1` is in both networks of its name; egos of one network each are not told."""
    panel, ties = two_topics()
    (reason,) = about(opinion_dynamics(panel.drop(columns="topic"), ties, **OPTIONS))
    assert reason.text.startswith("80 people are in several networks, of several questions perhaps")
    one = panel["topic"] == "taxes"
    names = panel.loc[one, "network"]
    alone = opinion_dynamics(panel[one].drop(columns="topic"), ties[ties["network"].isin(names)], **OPTIONS)
    assert about(alone) == []


def test_a_change_from_one_question_to_another_is_refused():
    panel, ties = simulate_ego_networks(people=20, seed=1)
    with pytest.raises(SpecificationError, match="about different levels of item"):
        opinion_dynamics(panel.assign(item="q" + panel["wave"].astype(str)), ties)
