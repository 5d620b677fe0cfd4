"""Verbs of instruments, reliability, agreement, designs and styles: study arguments in, drawn and said results out."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.registry import load, verbs
from valuestats.study.arguments import arguments
from valuestats.tables import Responses

COMMON = {"level": 0.95, "seed": 1}


class Verbs:
    """A verb called with a study's arguments, as a step would."""

    def __getitem__(self, name):
        function = load(verbs()[name])
        taken = list(inspect.signature(function).parameters)

        def step(*products, **given):
            written = {**dict(zip(taken, products, strict=False)), **given}
            checked = arguments(function, written, {}, verb=name, step=name, file=Path("study.yml"))
            return function(**checked)

        return step


VERBS = Verbs()


@pytest.fixture(scope="module")
def responses():
    rng = np.random.default_rng(4)
    base = rng.normal(3.5, 0.7, (3, 21)) + np.array([[-1.2], [0.0], [1.2]])
    rows = [
        {
            "model": f"m{m}",
            "item": str(j + 1),
            "wording": w,
            "option_order": o,
            "epoch": 1,
            "answer": int(np.clip(round(base[m, j] + rng.normal(0, 0.7)), 1, 6)),
        }
        for m in range(3)
        for j in range(21)
        for w in ("v1", "v2", "v3")
        for o in ("ascending", "descending")
    ]
    frame = pd.DataFrame(rows)
    return Responses(
        frame.assign(
            raw=frame["answer"].astype(str),
            status="valid",
            source_file="f",
            source_sha256="0",
            source_row=range(len(frame)),
        )
    )


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    rng = np.random.default_rng(5)
    trait = rng.normal(0, 1, (80, 1))
    y = np.clip(np.round(3.5 + trait + rng.normal(0, 1, (80, 5))), 1, 6).astype(int)
    frame = pd.DataFrame(y, columns=["N1", "N2", "N3", "N4", "N5"]).assign(id=range(80), sex=["f", "m"] * 40)
    path = tmp_path_factory.mktemp("people") / "answers.csv"
    frame.to_csv(path, index=False)
    return VERBS["read_item_answers"](
        path, items=["N1", "N2", "N3", "N4", "N5"], respondent="id", keep=["sex"]
    )


def check(result, *words):
    assert result.plot().to_dict()
    text = result.sentence()
    for word in words:
        assert word in text
    assert "nan" not in text


def test_people_on_an_instrument(people):
    check(
        VERBS["score"](people, "bfi25", by="sex", replicates=50, **COMMON),
        "Group f scores",
        "unweighted",
    )
    found = VERBS["reliability"](people, coefficients=["alpha", "omega_total"], replicates=50, **COMMON)
    check(found, "alpha")


def test_models_on_an_instrument(responses):
    check(VERBS["score"](responses, "pvq21", replicates=50, **COMMON), "Over 3 models", "items")


def test_stability_and_agreement(responses, people):
    check(VERBS["retest"](responses, over="wording", replicates=50, **COMMON), "share of variance")
    check(VERBS["icc"](people, level=0.95), "ICC")
    codes = people.assign(rating=people["rating"].astype(int))
    check(VERBS["agreement"](codes, metric="ordinal", replicates=50, **COMMON), "Krippendorff")


def test_designs(responses):
    study = VERBS["generalizability_study"](responses, draws=100, **COMMON)
    check(study, "between models")
    check(VERBS["decision_study"](study, sizes={"wording": [1, 3], "item": [10, 20]}), "designs")
    assert len(VERBS["required_sizes"](study, vary=["wording", "item"], half_width=1.0)) == 13
    assert VERBS["contrast_power"](study, difference=0.5, level=0.95)["power"].between(0, 1).all()


def test_styles(responses):
    keyed = pd.DataFrame(
        {"item": [str(j) for j in range(1, 7)], "family": "x", "dimension": "d", "sign": [1, -1] * 3}
    )
    keyed = VERBS["select_keys"](keyed, family="x")
    style = VERBS["response_style"](responses, scale=[1, 6], keyed=keyed, replicates=50, **COMMON)
    check(style, "Acquiescence", "order")
    check(
        VERBS["sensitivity"](responses, over="wording", replicates=50, permutations=20, **COMMON),
        "shuffled labels",
    )
    assert (VERBS["counterbalancing"](responses)["problem"] == "").all()
