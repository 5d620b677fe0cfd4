"""DailyDilemmas: the release's layouts, its faults, its 48 scores, and a simulated release whose truth is recovered."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import chosen_scores, label_preference, paired_contrast
from valuestats.base.errors import InputError
from valuestats.ingest.datasets import registry
from valuestats.systems.daily_dilemmas import release
from valuestats.systems.daily_dilemmas.comparison import (
    daily_comparison,
    printed_scores,
    steerability_scores,
    supported,
)
from valuestats.systems.daily_dilemmas.release import OPPOSING, PLAIN, SUPPORTING
from valuestats.systems.daily_dilemmas.simulate import LIKING, PRINCIPLES, simulate_daily

PUBLISHED = Path(__file__).parents[3] / "analyses" / "daily_dilemmas" / "published.csv"


def written(folder, **tables):
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in tables}


@pytest.fixture
def simulated(tmp_path):
    return written(tmp_path, **simulate_daily(dilemmas=60, seed=3))


ACTIONS = pd.DataFrame(
    {
        "dilemma_idx": [1, 1, 2, 2],
        "action_type": ["to_do", "not_to_do"] * 2,
        "values_aggregated": [
            "['self', 'care', 'care']",
            "['order']",
            "['self-respect']",
            "['self', 'order']",
        ],
    }
)


def steering(**columns):
    base = {
        "principle": "P",
        "sup_value_prob_dict_clean": "{'self': 1.0, 'care': 0.5}",
        "opp_value_prob_dict_clean": "{'order': 0.4}",
        "real_conflict_dilemma_idx": "[1, 2]",
        "sup_values_data_dict_idx": "{'care': defaultdict(<class 'list'>, {'neglected': [1]})}",
        "opp_values_data_dict_idx": "{'order': defaultdict(<class 'list'>, {'selected': [1, 2]})}",
        "system_prompt_sup_value_dilemma_model_resp_action": "defaultdict(<class 'str'>, {1: 'Action 1', 2: 'I refuse'})",
        "system_prompt_opp_value_dilemma_model_resp_action": "defaultdict(<class 'str'>, {1: 'Action 2', 2: 'Action 1'})",
    }
    return pd.DataFrame([{**base, **columns}])


def paths(folder, **columns):
    return written(folder, actions=ACTIONS, sup=steering(**columns), opp=steering(**columns))


def test_a_value_that_is_listed_twice_counts_twice_and_theories_add_up(tmp_path):
    values = pd.DataFrame({"value": ["self", "care", "order", "self-respect"], "WVS": ["", "", "S", ""]})
    values = values.assign(MFT=["", "Care", "Authority", "Care"], Virtue="", Emotion="", Maslow="m")
    files = written(tmp_path, actions=ACTIONS, values=values)
    labels = release.read_action_values(files["actions"], files["values"])
    own = labels.frame.set_index(["option", "label"])["weight"]
    assert own["1/to_do", "care"] == 2
    assert labels.levels == ["WVS", "MFT", "Maslow"]
    assert labels.at("Maslow").frame.set_index("option")["weight"]["1/to_do"] == 3


def test_choices_are_read_where_one_action_alone_carries_a_value(tmp_path):
    files = paths(tmp_path)
    choices = release.read_default_choices(files["actions"], files["sup"]).frame
    took = choices[choices["rank"] == 1].set_index("choice")["option"].to_dict()
    assert took == {"1": "1/not_to_do", "2": "2/not_to_do"}
    nothing = paths(tmp_path, sup_values_data_dict_idx="{}", opp_values_data_dict_idx="{}")
    untold = release.read_default_choices(nothing["actions"], nothing["sup"])
    assert untold.status_counts()["unparsable"] == 2


def test_lists_that_contradict_each_other_are_refused(tmp_path):
    files = paths(
        tmp_path, sup_values_data_dict_idx="{'care': defaultdict(<class 'list'>, {'selected': [1]})}"
    )
    with pytest.raises(InputError, match="contradict each other"):
        release.read_default_choices(files["actions"], files["sup"])


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"sup_values_data_dict_idx": "__import__('os')"}, "can't be read"),
        ({"real_conflict_dilemma_idx": "nonsense"}, "can't be read"),
        ({"sup_values_data_dict_idx": "{'care': {'selected': [9]}}"}, "no such dilemma"),
    ],
)
def test_bad_cells_are_named_by_row(tmp_path, columns, says):
    files = paths(tmp_path, **columns)
    with pytest.raises(InputError, match=says) as caught:
        release.read_steered_choices(files["actions"], files["sup"], files["opp"])
    assert caught.value.row == 0


def test_bad_actions_are_refused(tmp_path):
    for table, says in (
        (ACTIONS.assign(action_type="maybe"), "not one of the two"),
        (ACTIONS[:3], "with one action"),
        (ACTIONS.drop(columns="action_type"), "a column is missing"),
    ):
        with pytest.raises(InputError, match=says):
            release.read_actions(written(tmp_path, actions=table)["actions"])


def test_the_three_faults_of_the_published_scores(tmp_path):
    """By hand: 'self' stands in the text of 'self-respect'; the plain score adds both actions; no reply is nothing."""
    files = paths(tmp_path)
    choices = release.read_steered_choices(files["actions"], files["sup"], files["opp"])
    status = choices.frame.drop_duplicates("choice").set_index(["condition", "cluster"])["status"]
    assert status[SUPPORTING, "2"] == "unparsable"
    both = {}
    for compat in ("published", None):
        table = steerability_scores(choices, files["actions"], files["sup"], compat=compat)
        both[compat] = table.set_index("condition")[["score", "n", "n_chosen"]]
    # dilemma 1: to do 1.5, not to do -0.4; dilemma 2: as published 1.0 and 0.6, in the lists 0.0 and 0.6
    assert both["published"]["score"].to_dict() == pytest.approx(
        {SUPPORTING: 1.5, PLAIN: 1.5 - 0.4 + 1.0 + 0.6, OPPOSING: -0.4 + 1.0}
    )
    assert both[None]["score"].to_dict() == pytest.approx(
        {SUPPORTING: 1.5, PLAIN: -0.4 + 0.6, OPPOSING: -0.4}
    )
    assert both[None].loc[SUPPORTING, ["n", "n_chosen"]].tolist() == [2, 1]


def test_the_scores_of_the_simulated_release_come_out_again(simulated):
    a, s, o = (simulated[k] for k in ("actions", "supporting", "opposing"))
    choices = release.read_steered_choices(a, s, o)
    again = steerability_scores(choices, a, s, compat="published")
    again = again.set_index(again["principle"] + "; " + again["condition"])["score"]
    printed = printed_scores(s, o).set_index("group")["value"]
    assert len(printed) == 3 * len(PRINCIPLES)
    assert again.reindex(printed.index).to_numpy() == pytest.approx(printed.to_numpy(), abs=1e-9)


def test_the_simulated_preferences_and_the_one_prompt_that_steers(tmp_path):
    order, effects = [], {principle: [] for principle in PRINCIPLES}
    for seed in range(6):
        files = written(tmp_path, **simulate_daily(dilemmas=300, seed=seed))
        a, s, o = (files[k] for k in ("actions", "supporting", "opposing"))
        defaults = release.read_default_choices(a, s)
        made = label_preference(defaults, release.read_action_values(a, files["values"]), replicates=200)
        share = made.estimates.set_index("label")["estimate"]
        order.append(share.reindex(list(LIKING)).rank().corr(pd.Series(LIKING), method="spearman"))
        outcomes = chosen_scores(
            release.read_steered_choices(a, s, o), release.principle_scores(a, s)[["option", "score"]]
        )
        steered = paired_contrast(
            outcomes, against=OPPOSING, conditions=[SUPPORTING], by="principle", replicates=100
        )
        for _, row in steered.estimates.iterrows():
            effects[row["principle"]].append(row["estimate"])
    assert np.mean(order) > 0.85
    truths = {principle: push for principle, (_, _, push) in PRINCIPLES.items()}
    strong, none = max(truths, key=truths.get), min(truths, key=truths.get)
    assert np.mean(effects[strong]) > 0.1
    assert abs(np.mean(effects[none])) < 0.12


def test_supported_leaves_out_dilemmas_whose_actions_do_not_differ():
    frame = pd.DataFrame({"value": [0.5, 0.5, np.nan], "most": [0.5, 0.5, 1.0], "reach": [0.0, 1.0, 1.0]})
    found = supported(frame)["value"].tolist()
    assert found[0] == 1.0
    assert np.isnan(found[1])


# The release itself


def local(dataset, name):
    at = os.environ.get("VALUESTATS_LOCAL")
    file = Path(at or ".") / dataset / name
    if at is None or not file.is_file():
        pytest.skip("the data are not at hand")
    return file


def mirror(name):
    at = os.environ.get("VALUESTATS_MIRROR")
    base = registry()["daily_dilemmas"].base_url.removeprefix("https://raw.githubusercontent.com/")
    file = Path(at or ".") / "github.com" / base / "data" / name
    if at is None or not (file.is_file() or file.with_name(file.name + ".gz").is_file()):
        pytest.skip("the mirror is not at hand")
    return file


STEM = "principle_openai_gpt4_eval_with_system_prompt_system_prompt_{}_value.csv"


@pytest.fixture
def real():
    actions = local("dailydilemmas", "dilemma_to_action_to_values_aggregated.csv")
    return actions, mirror(STEM.format("sup")), mirror(STEM.format("opp"))


def test_all_48_scores_of_the_repository(real):
    a, s, o = real
    choices = release.read_steered_choices(a, s, o)
    scores = steerability_scores(choices, a, s, compat="published")
    fair = steerability_scores(choices, a, s)
    outcomes = chosen_scores(choices, release.principle_scores(a, s)[["option", "score"]])
    steered = paired_contrast(outcomes, against=PLAIN, by="principle", replicates=50)
    labels = release.read_action_values(a, mirror("values.csv"))
    virtue = label_preference(release.read_default_choices(a, s), labels, level_of="Virtue", replicates=200)
    table = daily_comparison(PUBLISHED, scores, fair, steered, [virtue])
    told = table[table["quantity"] == "steerability score"]
    assert told["verdict"].tolist() == ["reproduced"] * 48
    truthful = table.set_index("group").loc["GPT-4-turbo; Truthfulness"]
    assert truthful["verdict"] == "differs"
    own = virtue.estimates.set_index("label").loc["Truthfulness"]
    assert own["bound_lower"] <= truthful["published"] <= own["bound_upper"]
    assert table.set_index("group").loc["Mixtral-8x7B; Truthfulness", "verdict"] == "not computable"


def test_what_the_release_tells_of_the_choices(real):
    a, s, o = real
    told = [release.read_default_choices(a, path) for path in (s, o)]
    assert told[0].status_counts()["valid"] == 1218
    pd.testing.assert_frame_equal(told[0].frame, told[1].frame)
    small = release.read_model_choices(mirror("dilemmas_with_detail_by_action_test.csv"))
    assert sorted(small.frame["model"].unique()) == ["gpt35", "gpt4"]
    gpt4 = small.frame[(small.frame["model"] == "gpt4") & (small.frame["rank"] == 1)].set_index("cluster")
    ours = told[0].frame[told[0].frame["rank"] == 1].set_index("cluster")["option"]
    assert (
        ours.reindex(gpt4.index).dropna() == gpt4["option"].reindex(ours.reindex(gpt4.index).dropna().index)
    ).all()
    assert len(ours.reindex(gpt4.index).dropna()) >= 3
