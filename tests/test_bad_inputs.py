"""Every public verb refuses the same wrong inputs by the name of the argument; a new verb needs its row in `VALID`."""

import inspect
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from small_tables import inventory, people, ratings, responses
from valid_arguments import FEW, NOT_RUN, VALID, VERBS, result, run

from valuestats.base.allowed import CONVENTIONS, OneOf
from valuestats.base.arguments import checks_of
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.result import Result
from valuestats.tables import Responses

OWN_WORDS = {
    "change_points": "fewer than four clusters are refused, so that there always is a test",
    "linear_probe": "says that it was not held against permuted labels",
    "select_neurons": "what is selected is what a rule selects, with a test or without",
    "dose_response": "its tests are of shapes and stand in the meta data",
}
"""Verbs whose estimates have adjusted p-values, and which say in their own way that there was none."""
CLAIMS = (
    "can be told",
    "can't be told",
    "no finding",
    "No finding",
    "sound",
    "0 of ",
    "None of ",
    "none of ",
)


def untested_forms(name, found):
    """A result as it would be had its effects not been tested: without p-values, and with none that could be small."""
    if not isinstance(found, Result) or "p_adjusted" not in found.estimates or name in OWN_WORDS:
        return
    frame = found.estimates
    chances = [c for c in frame.columns if c.startswith("p_")]
    tested = frame["p_adjusted"].notna() if "p_least" in frame else frame["estimate"].notna()
    nothing = dict.fromkeys([*chances, "lower", "upper", "std_error"], np.nan)
    yield replace(found, estimates=frame.assign(**nothing, interval="none")), tested.to_numpy()
    if "p_least" in frame:
        out_of_reach = {"p_adjusted": frame["p_adjusted"].where(~tested, 1.0), "p_least": 0.5}
        yield replace(found, estimates=frame.assign(**out_of_reach)), tested.to_numpy()


BAD_NUMBERS = {
    "level": (0, 1, 95, -0.1, float("nan"), "x", True),
    "seed": (-1, 1.5, True, "x"),
    **dict.fromkeys(
        ("replicates", "draws", "chains", "tune", "splits", "permutations", "purify", "most"), (-1, 2.5)
    ),
    **dict.fromkeys(("starts", "folds", "limit", "imputations", "refits", "least", "n"), (-1, 2.5)),
    **dict.fromkeys(("probability", "q", "false_discovery", "target_accept"), (0, 1, 1.5, float("nan"))),
    "min_share": (-0.1, 1.1, float("nan")),
}
"""What no argument of these names may be, whatever the verb."""


def bad_arguments():
    for name, verb in VERBS.items():
        for parameter in inspect.signature(verb).parameters:
            check = checks_of(verb).get(parameter, (None, False))[0]
            if isinstance(check, OneOf):
                yield name, parameter, ["nonsense"] if check.each else "nonsense"
            elif parameter in BAD_NUMBERS and check is not None:
                for value in BAD_NUMBERS[parameter]:
                    yield name, parameter, value


def test_every_public_verb_has_its_row():
    assert set(VALID) == set(VERBS)


@pytest.mark.parametrize("name", [n for n in VALID if n not in NOT_RUN])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_valid_arguments_are_valid(name):
    found = run(name)
    for untested, rows in untested_forms(name, found):
        assert set(untested.verdict.rows.loc[rows, "sign"]) == {"untested"}, untested.verdict
        assert "not tested" in untested.sentence()
        assert not [claim for claim in CLAIMS if claim in untested.sentence()], untested.sentence()


@pytest.mark.parametrize(("name", "parameter", "value"), list(bad_arguments()))
def test_a_wrong_argument_is_refused_by_name(name, parameter, value):
    args, options = VALID[name]()
    given = inspect.signature(VERBS[name]).bind_partial(*args, **options)
    given.arguments[parameter] = value
    with pytest.raises((SpecificationError, InputError)) as caught:
        VERBS[name](*given.args, **given.kwargs)
    assert caught.value.parameter == parameter
    assert caught.value.expected


def test_no_option_or_count_escapes_the_door():
    """Each argument whose annotation spells options, and each of a known name that is a number, has a check."""
    escaped = []
    for name, verb in VERBS.items():
        checks, hints = checks_of(verb), inspect.signature(verb).parameters
        for parameter, entry in hints.items():
            text = str(entry.annotation)
            plain = text.removesuffix(" | None")
            if (parameter in CONVENTIONS and plain in ("int", "float")) or "Literal[" in text:
                if parameter not in checks:
                    escaped.append((name, parameter))
            elif text.isidentifier() and text[0].isupper():
                module = inspect.unwrap(verb).__globals__
                if get_args(module.get(text)) and parameter not in checks:
                    escaped.append((name, parameter))
    assert escaped == []


def test_ninety_five_is_told_apart_from_a_share():
    with pytest.raises(SpecificationError, match=r"did you mean 0\.95\?"):
        VERBS["icc"](people(), level=95)


SELECTS = {"select_keys"}  # gives rows of the keys on; whoever computes with them checks them
OF_ANSWERS = {"intervention_effects"}  # takes keys with answers only; tests/interventions has these
KEYED = [
    n
    for n, v in VERBS.items()
    if {"keyed", "keys"} & set(inspect.signature(v).parameters) and n not in SELECTS | OF_ANSWERS
]


def keys_of(name):
    args, options = VALID[name]()
    given = inspect.signature(VERBS[name]).bind_partial(*args, **options)
    parameter = "keyed" if "keyed" in given.arguments else "keys"
    return given, parameter, given.arguments[parameter]


def with_row(keys, **columns):
    return pd.concat([keys, keys[:1].assign(**columns)], ignore_index=True)


BAD_KEYS = {
    "a sign of zero": lambda k: k.assign(sign=[0, *k["sign"][1:]]),
    "no sign in one row": lambda k: k.assign(sign=[np.nan, *k["sign"][1:]]),
    "a sign of two": lambda k: k.assign(sign=[2, *k["sign"][1:]]),
    "a sign in words": lambda k: k.assign(sign=["plus", *k["sign"][1:]]),
    "doubled": lambda k: with_row(k),
    "both signs": lambda k: with_row(k, sign=-1),
    "a null item": lambda k: k.assign(item=[None, *k["item"][1:]]),
    "a null dimension": lambda k: k.assign(dimension=[None, *k["dimension"][1:]]),
    "no dimension": lambda k: k.drop(columns="dimension"),
    "none": lambda k: k[:0],
    "of other items": lambda k: k.assign(item="x" + k["item"]),
    "no table": lambda k: k["item"].tolist(),
}


@pytest.mark.parametrize("name", KEYED)
@pytest.mark.parametrize("kind", BAD_KEYS)
def test_bad_keys_are_refused(name, kind):
    given, parameter, good = keys_of(name)
    given.arguments[parameter] = BAD_KEYS[kind](good)
    with pytest.raises((SpecificationError, InputError)) as caught:
        VERBS[name](*given.args, **given.kwargs)
    assert caught.value.parameter in ("keyed", "keys", "sign", "answers", "family", "keyed, group")


@pytest.mark.parametrize("name", [n for n in KEYED if n not in NOT_RUN])
def test_keys_without_a_sign_are_all_positive(name):
    given, parameter, good = keys_of(name)
    found = []
    for keys in (
        good.drop(columns="sign"),
        good.assign(sign=1),
        good.assign(item=good["item"].astype(int), sign=1.0),
    ):
        given.arguments[parameter] = keys
        found.append(VERBS[name](*given.args, **given.kwargs).estimates)
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])


def flipped():
    return people().drop(columns="cluster").rename(columns={"respondent": "item", "item": "respondent"})


CLUSTERED = {
    **{
        name: (lambda f: Responses(f), lambda: responses().frame, "item")
        for name in (
            "score",
            "retest",
            "sensitivity",
            "response_style",
            "missing_bounds",
            "missing_sensitivity",
            "missing_joint",
            "value_profile",
            "refusal_rates",
        )
    },
    "agreement": (lambda f: f, lambda: flipped().assign(cluster=lambda f: "c" + f["item"].str[1:2]), "item"),
    "reliability": (lambda f: f, people, "respondent"),
    "score, people": (lambda f: f, inventory, "respondent"),
}
"""Verbs that resample clusters: how their frame is wrapped, the frame, and what a cluster is of."""


def clustered(name):
    """A verb of `CLUSTERED` with arguments that are valid."""
    if name == "score, people":
        return VERBS["score"], (None, "pvq21"), FEW
    return VERBS[name], *VALID[name]()


@pytest.mark.parametrize("name", CLUSTERED)
@pytest.mark.parametrize("fault", ["two clusters", "no cluster"])
def test_clusters_that_contradict_themselves_are_refused(name, fault):
    wrap, make, _ = CLUSTERED[name]
    frame = make()
    cluster = frame["cluster"].astype(object)
    other = "other" if fault == "two clusters" else None
    frame = frame.assign(cluster=cluster.mask(frame.index == 1, other))
    verb, args, options = clustered(name)
    with pytest.raises((SpecificationError, InputError)) as caught:
        verb(wrap(frame), *args[1:], **options)
    assert caught.value.parameter == "cluster"


@pytest.mark.parametrize("name", ["reliability", "score, people"])
def test_cluster_beside_psu_is_refused(name):
    frame = CLUSTERED[name][1]()
    verb, args, options = clustered(name)
    with pytest.raises(SpecificationError, match="two columns of clusters"):
        verb(frame.assign(psu=frame["cluster"]), *args[1:], **options)
    same = verb(frame.rename(columns={"cluster": "psu"}), *args[1:], **options).estimates
    pd.testing.assert_frame_equal(same, verb(frame, *args[1:], **options).estimates)


@pytest.mark.parametrize("name", [n for n in CLUSTERED if n not in NOT_RUN and n != "refusal_rates"])
def test_a_column_of_clusters_that_is_null_throughout_is_none(name):
    wrap, make, _ = CLUSTERED[name]
    verb, args, options = clustered(name)
    frames = [make().assign(cluster=None), make().drop(columns="cluster")]
    found = [verb(wrap(f), *args[1:], **options).estimates for f in frames]
    pd.testing.assert_frame_equal(*found)


def test_what_used_to_end_in_a_foreign_error():
    fit = result("fit_ordinal")
    with pytest.raises(InputError, match="without a value"):
        VERBS["expected_score"](fit, pd.DataFrame({"model": ["a", None]}))
    with pytest.raises(InputError, match="answers may not be this"):
        VERBS["describe"](ratings())
    with pytest.raises(SpecificationError, match="each category stands once"):
        VERBS["agreement"](flipped(), categories=[1, 1])
    with pytest.raises(SpecificationError, match="impossible most"):
        VERBS["expected_score"](fit, most=0)


@pytest.mark.parametrize("verb", ["count_answers", "refusal_rates", "score"])
@pytest.mark.parametrize("count", [1.5, -1, np.nan])
def test_counts_are_whole(verb, count):
    counts = VERBS["count_answers"](responses())
    counts["count"] = counts["count"].astype(float).mask(counts.index == 1, count)
    args, options = VALID[verb]()
    with pytest.raises(InputError, match="whole number") as caught:
        VERBS[verb](counts, *args[1:], **options)
    assert caught.value.parameter == "count"
