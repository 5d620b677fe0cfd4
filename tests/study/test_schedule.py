"""Steps that most work waits for begin first."""

from valuestats.study.schedule import work_behind
from valuestats.study.spec import Step


def test_the_longest_chain_counts_not_the_number_of_steps():
    steps = [
        Step("answers", "read_responses", {}),
        Step("described", "describe", {"answers": "@answers"}),
        Step("scores", "score", {"answers": "@answers"}),
        Step("ranks", "compare_rankings", {"scores": {"a": "@scores"}}),
        Step("keyed", "keys", {"correlations": "@answers"}),
        Step("profile", "value_profile", {"answers": "@answers", "keyed": "@keyed"}, None, ("@scores",)),
        Step("own", "no such verb", {}),
    ]
    found = work_behind(steps)
    own = found["own"]
    scored = work_behind([Step("scores", "score", {})])["scores"]
    fitted = work_behind([Step("p", "value_profile", {})])["p"]
    assert own < scored < fitted
    assert found["profile"] == fitted
    assert found["scores"] == scored + fitted  # it is evidence for the profile
    assert found["keyed"] == own + fitted
    assert found["answers"] == own + scored + fitted
    assert max(found, key=found.get) == "answers"
