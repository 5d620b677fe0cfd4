"""Choices that were not made because of what was on offer, and attributes that go with the place, are said by every verb."""

import numpy as np
import pandas as pd
import pytest

import valuestats as vs
from valuestats.choice.missing_by import missing_by
from valuestats.choice.place_alias import same_as_place


def dilemmas(seed=0, n=400, refused=0.3, models=("m",)):
    """Groups that differ in number and in a child; the first option swerves. Refused more often where a child is there."""
    rng = np.random.default_rng(seed)
    rows = []
    for model in models:
        number, child = rng.choice([1.0, 2, 5, 10], (n, 2)), rng.integers(0, 2, (n, 2)).astype(float)
        first = rng.random(n) < 1 / (
            1 + np.exp(-(0.2 * (number[:, 0] - number[:, 1]) + 0.5 * (child[:, 0] - child[:, 1])))
        )
        gone = rng.random(n) < np.where(child.any(axis=1), refused, 0.02)
        for k in range(2):
            taken = first if k == 0 else ~first
            rows.append(pd.DataFrame({
                "choice": [f"{model}{i}" for i in range(n)], "model": model, "item": [f"s{i}" for i in range(n)],
                "option": "ab"[k], "position": k + 1, "number": number[:, k], "child": child[:, k], "swerve": 1.0 - k,
                "rank": pd.array(np.where(taken & ~gone, 1.0, np.nan)).astype("Int64"),
                "status": np.where(gone, "refusal", "valid"),
            }))  # fmt: skip
    return vs.Choices(pd.concat(rows, ignore_index=True).sort_values("choice", kind="stable"))


F = ["number", "child"]
VERBS = {
    "feature_weights": lambda c: vs.feature_weights(c, F),
    "formula": lambda c: vs.feature_weights(c, "utility ~ number + child"),
    "mixed_logit": lambda c: vs.mixed_logit(grouped(c), F, unit="who", random=["child"], points=32),
    "choice_classes": lambda c: vs.choice_classes(grouped(c), F, unit="who", starts=2, replicates=0),
    "trade_off": lambda c: vs.trade_off(c, F, of="child", per="number", replicates=0),
    "style_controlled": lambda c: vs.style_controlled(c, ["child"], ["number"], splits=1),
    "learning_curve": lambda c: vs.learning_curve(c, F, sizes=[50], splits=3),
}


def grouped(choices):
    frame = choices.frame
    return vs.Choices(frame.assign(who=[f"w{int(i[1:]) % 40}" for i in frame["item"]]))


@pytest.mark.parametrize("verb", VERBS)
def test_the_attribute_that_refusals_depend_on_is_named(verb):
    found = VERBS[verb](dilemmas())
    told = [r.text for r in found.verdict.reasons if (r.aspect, r.sign) == ("missing", "care")]
    assert len(told) == 1
    assert "of the choices with child on offer were not made" in told[0]
    assert any(told[0] in w for w in found.meta["warnings"])
    if verb not in ("trade_off", "learning_curve"):
        assert "child on offer" in found.sentence()
    fair = VERBS[verb](dilemmas(refused=0.02))
    assert not [r for r in fair.verdict.reasons if r.aspect == "missing"]


def test_the_formula_of_a_choice_model_says_it_and_the_verdict_says_which_defect():
    fit = vs.fit_choice("utility ~ number + child", dilemmas(), engine="ml").result
    assert "child on offer were not made" in fit.verdict.sentence()
    assert "the choices show a defect" not in fit.verdict.sentence()


def test_one_model_among_several_is_named():
    """One of four models refuses where a child is on offer, the others hardly ever: all together differ by little."""
    frames = [dilemmas(k, n=400, refused=0.3 if k == 0 else 0.02, models=(f"m{k}",)).frame for k in range(4)]
    found = missing_by(vs.Choices(pd.concat(frames, ignore_index=True)), F)
    assert list(found) == ["child"]
    assert "m0: " in found["child"]
    assert not any(f"m{k}: " in found["child"] for k in (1, 2, 3))


def test_the_test_of_missing_choices_holds_its_level():
    """Refusals that depend on nothing, in two models that refuse unequally: 200 studies, two attributes each."""
    rng = np.random.default_rng(1)
    base = dilemmas(2, n=60, models=("m", "n"))
    hits = 0
    for _ in range(200):
        frame = base.frame.copy()
        once = frame.drop_duplicates("choice")
        lost = dict(
            zip(once["choice"], rng.random(120) < np.where(once["model"] == "m", 0.1, 0.4), strict=True)
        )
        gone = frame["choice"].map(lost).to_numpy()
        first = frame["option"] == "a"
        frame["status"] = np.where(gone, "refusal", "valid")
        frame["rank"] = pd.array(np.where(first & ~gone, 1.0, np.nan)).astype("Int64")
        hits += bool(missing_by(vs.Choices(frame), F))
    assert hits <= 8  # of 200 at .01: 2 expected, more than 8 with probability .0003


def test_counts_say_what_rows_say():
    rows = dilemmas()
    each = rows.frame.groupby("choice").first()
    twice = vs.Choices(rows.frame.assign(count=2))
    assert (
        missing_by(twice, ["child"])["child"].split(" (p")[0]
        == missing_by(rows, ["child"])["child"].split(" (p")[0]
    )
    assert len(each) == 400


def test_an_attribute_that_goes_with_the_place_is_said_whichever_of_the_two_is_used():
    choices = dilemmas(refused=0.02)
    for used, name in ((["number", "swerve"], "swerve"), (["number", "position"], "position")):
        found = vs.feature_weights(choices, used)
        signs = found.verdict.rows.set_index("feature")["sign"]
        assert signs[name] == "care"
        assert signs["number"] == "sound"
        assert any("goes with the place in every choice" in w for w in found.meta["warnings"])
        fit = vs.fit_choice(f"utility ~ {' + '.join(used)}", choices, engine="ml").result
        assert "goes with the place in every choice" in fit.verdict.sentence()
    assert same_as_place(choices, ["number", "child"]) == {}
    turned = choices.frame.copy()
    half = turned["item"].str[1:].astype(int) % 2 == 0
    turned.loc[half, "swerve"] = 1 - turned.loc[half, "swerve"]
    assert same_as_place(vs.Choices(turned), ["swerve", "position"]) == {}
    assert same_as_place(vs.Choices(turned.drop(columns="position")), ["swerve"]) == {}


def test_refusal_rates_name_the_attribute_that_drives_them():
    rng = np.random.default_rng(3)
    rows = []
    for model in ("claude", "other"):
        for item in range(200):
            child = ("no", "yes")[item % 2]
            p = 0.3 if (model, child) == ("claude", "yes") else 0.02
            rows.append((model, f"i{item}", child, "refusal" if rng.random() < p else "valid", 1))
    table = pd.DataFrame(rows, columns=["model", "item", "child", "status", "count"])
    quick = {"by": ["model", "child"], "clusters": [], "sampling": vs.Sampling(draws=300), "seed": 1}
    text = vs.refusal_rates(table, **quick).sentence()
    assert "what moves it most is child (claude): " in text.lower()
    none = table.assign(status=np.where(rng.random(len(table)) < 0.05, "refusal", "valid"))
    assert "what moves it most" not in vs.refusal_rates(none, **quick).sentence().lower()
