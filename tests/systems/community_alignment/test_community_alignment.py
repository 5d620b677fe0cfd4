"""Counts and conversations read as they stand; agreement by hand; simulated truths held."""

import os
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import agreement, choice_strengths
from valuestats.base.errors import InputError, SpecificationError
from valuestats.statistics.entropy import jackknife_entropy
from valuestats.systems.community_alignment.comparison import (
    MATCH,
    community_comparison,
    coverage_recovery,
    group_recovery,
)
from valuestats.systems.community_alignment.people import (
    MAJORITY,
    PERSON,
    choice_entropy,
    people_ceiling,
    value_coverage,
)
from valuestats.systems.community_alignment.release import (
    annotator_choices,
    annotator_labels,
    read_annotator_counts,
    read_community_alignment,
    release_oddities,
)
from valuestats.systems.community_alignment.simulate import (
    simulated_candidates,
    simulated_conversations,
    simulated_group_choices,
    standin,
)


def pairs(table, named=None):
    """The release's layout of pairs from counts of sets by letter."""
    rows = []
    for s, counts in table.items():
        for (i, a), (j, b) in combinations(enumerate("ABCD"), 2):
            rows.append((s, a, b, counts[i], counts[j], (named or {}).get(s, sum(counts))))
    names = ["set_id", "action_0_letter", "action_1_letter"]
    return pd.DataFrame(
        rows, columns=[*names, "n_annotators_pref_0", "n_annotators_pref_1", "n_annotators_set"]
    )


@pytest.fixture
def counts(tmp_path):
    file = tmp_path / "pairs.csv"
    pairs({"s": [3, 1, 0, 0], "t": [2, 2, 1, 0]}, {"t": 4}).to_csv(file, index=False)
    return read_annotator_counts(file)


def test_counts_of_the_six_pairs(counts):
    assert counts["count"].tolist() == [3, 1, 0, 0, 2, 2, 1, 0]
    odd = release_oddities(counts).set_index("oddity")["sets"]
    assert odd.tolist() == [1, 0]
    assert annotator_labels(counts)["rating"].tolist() == list("AAABAABBC")
    choices = annotator_choices(counts)
    assert len(choices) == 9
    assert choices.frame.groupby("choice")["rank"].count().eq(1).all()


@pytest.mark.parametrize(
    ("change", "says", "row"),
    [
        (lambda f: f.assign(n_annotators_pref_0=[9, *f["n_annotators_pref_0"][1:]]), "contradict", None),
        (lambda f: f.assign(n_annotators_pref_1=["x", *f["n_annotators_pref_1"][1:]]), "no number", 0),
        (lambda f: f.assign(n_annotators_pref_1=[-1, *f["n_annotators_pref_1"][1:]]), "no number", 0),
        (lambda f: f.drop(columns="n_annotators_set"), "lacks columns", None),
        (lambda f: f[f["action_1_letter"] != "D"], "not four responses", None),
    ],
)
def test_bad_tables_are_named(tmp_path, change, says, row):
    file = tmp_path / "pairs.csv"
    change(pairs({"s": [3, 1, 0, 0], "t": [2, 2, 1, 0]})).to_csv(file, index=False)
    with pytest.raises(InputError, match=says) as caught:
        read_annotator_counts(file)
    if row is not None:
        assert caught.value.row == row
    with pytest.raises(InputError, match="no such file"):
        read_annotator_counts(tmp_path / "none.csv")


def test_matches_are_those_of_all_pairs_of_people(counts):
    """Every ordered pair of annotators, and each annotator against the others' majority, counted one by one."""
    person, majority = [], []
    for _, own in annotator_labels(counts).groupby("item"):
        told = own["rating"].tolist()
        person.append(np.mean([a == b for a, b in permutations(told, 2)]))
        hits = []
        for k, mine in enumerate(told):
            others = pd.Series(told[:k] + told[k + 1 :]).value_counts()
            best = others.index[others == others.max()]
            hits.append((mine in best) / len(best))
        majority.append(np.mean(hits))
    table = people_ceiling(counts, replicates=0).set_index("matches")["estimate"]
    assert table[PERSON] == pytest.approx(np.mean(person))
    assert table[MAJORITY] == pytest.approx(np.mean(majority))


def test_entropy_leaves_out_annotators_one_by_one(counts):
    found = choice_entropy(counts, replicates=0).set_index("entropy")["estimate"]
    each = [
        np.eye(4)[["ABCD".index(x) for x in own["rating"]]]
        for _, own in annotator_labels(counts).groupby("item")
    ]
    assert found["corrected"] == pytest.approx(np.mean([jackknife_entropy(x) for x in each]) / np.log(2))


def test_intervals_of_matches_hold_the_truth():
    """Preferences from Dirichlet(1.5): two people agree with probability (1 + a) / (1 + 4 a), a = 1.5; 30 tables."""
    truth = (1 + 1.5) / (1 + 4 * 1.5)
    held = []
    for seed in range(30):
        file = standin(seed)["coalign_pairs.csv.gz"]
        rows = file.drop_duplicates("set_id")
        long = pd.concat(
            [
                pd.DataFrame(
                    {
                        "set": file["set_id"],
                        "response": file[f"action_{k}_letter"],
                        "count": file[f"n_annotators_pref_{k}"],
                    }
                )
                for k in (0, 1)
            ]
        ).drop_duplicates()
        assert len(long) == 4 * len(rows)
        one = people_ceiling(long, replicates=300, seed=seed).set_index("matches").loc[PERSON]
        held.append(one["lower"] <= truth <= one["upper"])
    assert np.mean(held) > 0.95 - 3 * (0.95 * 0.05 / 30) ** 0.5


def test_conversations_in_the_release_layout(tmp_path):
    frame = simulated_conversations(annotators=2, each=3, seed=1)
    frame.loc[0, "first_turn_preferred_response"] = ""
    frame.loc[1, "first_turn_prompt"] = ""
    file = tmp_path / "conversations.csv"
    frame.to_csv(file, index=False)
    plain = read_community_alignment(file)
    assert len(plain) == 29
    assert plain.status_counts()["unparsable"] == 1
    assert plain.options == list("ABCD")
    labelled = read_community_alignment(file, labels=[f"kind_{x}" for x in "abcd"])
    chosen = labelled.frame[labelled.frame["rank"] == 1].set_index("choice")["option"]
    letter = frame["first_turn_preferred_response"].str[-1].fillna("")
    kind = [row[f"kind_{x}"] if x else None for x, (_, row) in zip(letter, frame.iterrows(), strict=True)]
    told = pd.Series(kind, index=frame["conversation_id"]).reindex(chosen.index)
    assert (chosen == told).all()
    assert set(labelled.frame["country"]) == set(frame["annotator_country"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.assign(first_turn_preferred_response="response_e"), "none of the four"),
        (lambda f: f.drop(columns="annotator_id"), "lacks columns"),
        (lambda f: f.assign(kind_b=f["kind_a"]), "two responses of one label"),
    ],
)
def test_bad_conversations_are_named(tmp_path, change, says):
    file = tmp_path / "conversations.csv"
    change(simulated_conversations(annotators=1, each=1, seed=1)).to_csv(file, index=False)
    with pytest.raises(InputError, match=says):
        read_community_alignment(file, labels=[f"kind_{x}" for x in "abcd"])


def test_strengths_by_country_hold_the_truth():
    held = []
    for seed in range(2):
        choices = simulated_group_choices(annotators=40, seed=seed)
        found = choice_strengths(choices, by="country", cluster="cluster", position=True, draws=2)
        held += group_recovery(found)["holds"].tolist()
    # those of a country sum to zero, so that about three quarters of the intervals are independent
    assert np.mean(held) > 0.95 - 3 * (0.95 * 0.05 / (0.75 * len(held))) ** 0.5


def test_coverage_by_hand_and_of_candidates_that_avoid_each_other():
    frame = pd.DataFrame(
        {"prompt": np.repeat([1, 2], 5), "value": "v", "carries": [1, 1, 0, 0, 0, 1, 0, 0, 0, 0]}
    )
    table = value_coverage(frame, k=[1, 3, 5], replicates=0).set_index("k")
    by_hand = [np.mean([any(s) for s in combinations(c, 3)]) for c in ([1, 1, 0, 0, 0], [1, 0, 0, 0, 0])]
    assert table.loc[3, "estimate"] == pytest.approx(np.mean(by_hand))
    assert table.loc[1, ["estimate", "single"]].tolist() == pytest.approx([0.3, 0.3])
    assert table.loc[5, "estimate"] == 1
    held = [
        coverage_recovery(value_coverage(simulated_candidates(seed=s), replicates=300))["holds"]
        for s in range(12)
    ]
    assert np.mean(held) > 0.95 - 3 * (0.95 * 0.05 / 48) ** 0.5


def test_bad_candidates_are_named():
    frame = pd.DataFrame({"prompt": [1, 1], "value": "v", "carries": [1, 2]})
    with pytest.raises(InputError, match="neither true nor false"):
        value_coverage(frame)
    with pytest.raises(InputError, match="column is missing"):
        value_coverage(frame.drop(columns="value"))
    with pytest.raises(SpecificationError, match="more candidates"):
        value_coverage(frame.assign(carries=1), k=[3])


def test_nothing_published_is_called_recomputed(counts, tmp_path):
    file = tmp_path / "published.csv"
    file.write_text(f"quantity,group,value,source\n{MATCH},21 models,41,paper\nwin rate,x,.9,paper\n")
    table = community_comparison(file, people_ceiling(counts, replicates=0))
    assert (table["verdict"] == "not computable").all()
    assert table["estimate"].notna().tolist() == [True, False]


@pytest.mark.mirror
def test_the_public_counts():
    """Facts that anyone can count: 337 prompts, 4,000 preferences, two prompts that don't add up; one person "
    "against another."""
    root = os.environ.get("VALUESTATS_LOCAL")
    folder = Path(root) / "community_alignment" if root else None
    if folder is None or not folder.exists():
        pytest.skip("the counts of Community Alignment are not at hand (VALUESTATS_LOCAL)")
    counts = read_annotator_counts(folder / "coalign_pairs.csv")
    assert (counts["set"].nunique(), counts["count"].sum()) == (337, 4000)
    assert release_oddities(counts)["sets"].tolist() == [2, 0]
    table = people_ceiling(counts, replicates=200).set_index("matches")
    assert table.loc[PERSON, "lower"] < 0.424 < table.loc[PERSON, "upper"]
    alpha = agreement(annotator_labels(counts), replicates=0).estimates.iloc[0]
    assert alpha["observed"] == pytest.approx(0.42, abs=0.02)
