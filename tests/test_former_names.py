"""Names of the version before still work, in Python and in study files, and each use is told once, in the same words."""

import inspect
import json
import warnings

import pandas as pd
import pytest
from small_tables import KEYS, responses

import valuestats
from valuestats.base.errors import SpecificationError
from valuestats.base.former import former_arguments, formerly
from valuestats.base.registry import former_names, load, public_names, verbs
from valuestats.cli.main import main
from valuestats.study import run_study

FEW = {"family": "f", "scale": (1, 6), "replicates": 20, "seed": 1}


def test_former_names_lead_to_public_ones_and_stand_in_no_list():
    former = former_names()
    assert former["ordinal"] == "value_profile"
    assert former["score_instrument"] == "score"
    assert set(former.values()) <= set(public_names())
    assert not set(former) & (set(verbs()) | set(dir(valuestats)))
    for old, new in former.items():
        with pytest.warns(DeprecationWarning, match=f"^{old} is called {new} now"):
            assert getattr(valuestats, old) is getattr(valuestats, new)


def test_former_arguments_are_not_arguments_any_more_and_say_what_they_are():
    found = {}
    for name, path in verbs().items():
        former, now = former_arguments(load(path)), inspect.signature(load(path)).parameters
        assert not set(former) & set(now), name
        assert {new.partition(".")[0] for new in former.values()} <= set(now), name
        found |= {(name, old): new for old, new in former.items()}
    assert found["score", "responses"] == "answers"
    assert found["country_similarity", "people"] == "population"
    assert found["score", "instrument"] == "keyed"
    assert found["dif", "group"] == "by"


def test_one_thing_has_one_name_in_all_verbs():
    """Answers, keys, people's shares and columns of groups are asked for by one name each."""
    strange = []
    for name in public_names():
        verb = getattr(valuestats, name)
        if not inspect.isfunction(verb):
            continue
        for parameter in inspect.signature(verb).parameters.values():
            kind = str(parameter.annotation)
            # stances are judged answers, parts are several sets of them, outcomes are numbers that may be answers
            if "Responses" in kind and parameter.name not in ("answers", "stances", "parts", "outcomes"):
                strange.append((name, parameter.name))
            if kind == "Population" and parameter.name not in ("answers", "population"):
                strange.append((name, parameter.name))
            if parameter.name in ("instrument", "keys", "responses", "group_by"):
                strange.append((name, parameter.name))
    # an instrument that is looked at, not scored by
    assert sorted(strange) == [
        ("instrument_keys", "instrument"),
        ("scale_answers", "instrument"),
        ("scale_check", "instrument"),
    ]


def test_a_former_argument_gives_the_same_numbers_and_warns():
    now = valuestats.score(responses(), KEYS, **FEW).estimates
    with pytest.warns(DeprecationWarning, match="^score: responses is called answers now"):
        before = valuestats.score(responses=responses(), keyed=KEYS, **FEW).estimates
    pd.testing.assert_frame_equal(now, before)
    with (
        pytest.raises(SpecificationError, match="under two names"),
        pytest.warns(DeprecationWarning, match="responses"),
    ):
        valuestats.score(answers=responses(), responses=responses(), keyed=KEYS, **FEW)


def test_settings_of_draws_that_stood_apart_are_parts_of_sampling():
    frame = pd.DataFrame({"answer": [1, 2, 3, 2, 1, 3] * 5, "model": list("aabbab") * 5})
    now = valuestats.fit_ordinal("answer ~ model", frame, sampling=valuestats.Sampling(draws=100, chains=2))
    with pytest.warns(
        DeprecationWarning, match=r"^fit_ordinal: (draws is called sampling\.draws|chains)"
    ) as caught:
        before = valuestats.fit_ordinal("answer ~ model", frame, draws=100, chains=2)
    assert len(caught) == 2
    pd.testing.assert_frame_equal(now.result.estimates, before.result.estimates)
    with (
        pytest.raises(SpecificationError, match="under two names"),
        pytest.warns(DeprecationWarning, match="draws"),
    ):
        valuestats.fit_ordinal("answer ~ model", frame, draws=100, sampling=valuestats.Sampling(tune=50))


def test_the_warning_points_at_the_caller():
    @formerly(old="new")
    def verb(new):
        return new

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert verb(old=3) == 3
        _ = valuestats.ordinal
    assert [w.filename for w in caught] == [__file__] * 2


STUDY = """
study: before
title: Before
seed: 1
steps:
  answers: {{verb: read_responses, path: {{file: answers.csv}}, columns: {{item: item, answer: answer, model: model}}}}
  keys: {{verb: instrument_keys, instrument: pvq21}}
  profile:
    verb: {profile}
    {answers}: "@answers"
    keyed: "@keys"
    scale: [1, 6]
    engine: laplace
    {draws}
    progress: false
  scores: {{verb: {score}, answers: "@answers", {keyed}: pvq21, replicates: 20}}
"""


def test_a_study_file_of_the_version_before_runs_and_is_told_what_to_write(tmp_path, capsys):
    rows = [
        {"model": m, "item": str(i), "answer": (i * (k + 2)) % 6 + 1, "raw": ""}
        for k, m in enumerate("ab")
        for i in range(1, 22)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "answers.csv", index=False)
    old, new = tmp_path / "old.yml", tmp_path / "new.yml"
    old.write_text(
        STUDY.format(
            profile="ordinal",
            answers="responses",
            draws="draws: 50",
            score="score_instrument",
            keyed="instrument",
        )
    )
    new.write_text(
        STUDY.format(
            profile="value_profile",
            answers="answers",
            draws="sampling: {draws: 50}",
            score="score",
            keyed="keyed",
        )
    )
    with pytest.warns(DeprecationWarning, match="called") as caught:
        before = run_study(old, results=tmp_path / "results")
    told = [str(w.message) for w in caught if w.category is DeprecationWarning]
    assert told == [
        "old.yml, step profile: ordinal is called value_profile now; the old name goes in the next version",
        "old.yml, step profile: responses is called answers now; the old name goes in the next version",
        "old.yml, step profile: draws is called sampling.draws now; the old name goes in the next version",
        "old.yml, step scores: score_instrument is called score now; the old name goes in the next version",
        "old.yml, step scores: instrument is called keyed now; the old name goes in the next version",
    ]
    assert all(text in capsys.readouterr().err for text in told[:1])
    after = run_study(new, results=tmp_path / "results")
    assert set(after.reused) == {"answers", "keys", "profile", "scores"}
    assert before.load("profile").kind == "ordinal"


def test_the_command_line_knows_former_verbs_and_lists_all_as_json(capsys):
    assert main(["verbs", "score_instrument"]) == 0
    told = capsys.readouterr()
    assert "score_instrument is called score now" in told.err
    assert told.out.startswith("score(")
    assert main(["verbs", "--json"]) == 0
    rows = {row["verb"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == set(verbs())
    assert rows["score"]["arguments"]["level"] == {"type": "float", "required": False, "default": "0.95"}
    assert rows["score"]["arguments"]["answers"]["required"]


def test_the_two_ways_of_scoring_refuse_each_other_s_arguments():
    for options in ({"scale": (1, 6)}, {"compat": "published"}):
        with pytest.raises(SpecificationError, match="goes with a table of keys") as caught:
            valuestats.score(responses(), "pvq21", **options)
        assert caught.value.parameter == next(iter(options))
    for options in ({"weighting": "items"}, {"min_share": 0.2}, {"method": "plausible"}):
        with pytest.raises(SpecificationError, match="goes with an instrument") as caught:
            valuestats.score(responses(), KEYS, **options)
        assert caught.value.parameter == next(iter(options))
    two = pd.concat([KEYS, KEYS.assign(family="g")])
    with pytest.raises(SpecificationError, match="several families") as caught:
        valuestats.score(responses(), two, scale=(1, 6))
    assert caught.value.parameter == "family"
    with pytest.raises(SpecificationError, match="answers in memory"):
        valuestats.score(valuestats.count_answers(responses()).to_dict(), "pvq21")
