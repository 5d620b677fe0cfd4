"""Every verb that takes choices heeds their counts, or refuses them; and `position` means one thing in all of them."""

import inspect

import numpy as np
import pandas as pd
import pytest

import valuestats as vs
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.registry import public_names
from valuestats.latent.sampling import Sampling

OPTIONS = {"a": (0.0, 1.0), "b": (1.0, 0.0), "c": (2.0, 0.5)}
LABELS = vs.OptionLabels(pd.DataFrame({"option": list("abc"), "label": ["care", "power", "truth"]}))


def comparisons(seed=0, n=600, first=1.0):
    """Two models of six judges each between three options; what is shown first gains `first`."""
    rng = np.random.default_rng(seed)
    one, two = np.array([rng.choice(list(OPTIONS), 2, replace=False) for _ in range(n)]).T
    who = rng.integers(0, 12, n)
    f = np.array([[OPTIONS[o][0] for o in side] for side in (one, two)])
    g = np.array([[OPTIONS[o][1] for o in side] for side in (one, two)])
    slope = np.where(who % 3 == 0, -0.4, 0.9)
    u = slope * (f[0] - f[1]) + 0.5 * (g[0] - g[1]) + first
    won = rng.random(n) < 1 / (1 + np.exp(-u))
    frame = pd.DataFrame({"option_a": one, "option_b": two, "winner": np.where(won, "a", "b")})
    pair = ["".join(sorted(p)) for p in zip(one, two, strict=True)]
    return frame.assign(judge=[f"j{w:02d}" for w in who], model=np.where(who < 6, "m", "n"), item=pair)


BY = ["judge", "model", "item"]


def featured(choices):
    frame = choices.frame
    x = {c: frame["option"].map({o: v[k] for o, v in OPTIONS.items()}) for k, c in enumerate("fg")}
    return vs.Choices(frame.assign(**x), choices.findings)


def both(**options):
    frame = comparisons(**options)
    counted = featured(vs.count_choices(frame, by=BY, reads="places"))
    order = frame.sort_values([*BY, "option_a", "option_b", "winner"], ignore_index=True)
    return featured(vs.pair_choices(order, reads="places")), counted


def classes(c, features):
    return vs.choice_classes(c, features, unit="judge", starts=3, replicates=25, seed=1)


SCORES = pd.DataFrame({"option": list("abc"), "score": [1.0, 0, -1]})
FEW = {"replicates": 50, "seed": 1}
VERBS = {
    "choice_classes": lambda c: classes(c, ["f"]).estimates,
    "choice_strengths": lambda c: vs.choice_strengths(c, position=True, by="model", draws=10).estimates,
    "chosen_scores": lambda c: numbers(vs.chosen_scores(c, SCORES)),
    "compare_judges": lambda c: vs.compare_judges(c, judge="judge").estimates,
    "compare_strengths": lambda c: vs.compare_strengths(c, "model", draws=50).estimates,
    "elo_ratings": lambda c: vs.elo_ratings(c, shuffles=2000, seed=1).estimates[["estimate", "n_scored"]],
    "feature_weights": lambda c: vs.feature_weights(c, ["f", "g", "position"]).estimates,
    "fit_choice": lambda c: vs.fit_choice("utility ~ f + position", c, engine="ml", cluster="judge").estimates,
    "fit_labels": lambda c: vs.fit_labels(c, LABELS, terms="position", engine="laplace", seed=1).estimates,
    "informativeness": lambda c: vs.informativeness(c, **FEW).estimates,
    "label_columns": lambda c: vs.choice_strengths(vs.label_columns(c, LABELS), draws=10).estimates,
    "label_outcomes": lambda c: numbers(vs.label_outcomes(c, LABELS)),
    "label_preference": lambda c: vs.label_preference(c, LABELS, by="model", **FEW).estimates,
    "learning_curve": lambda c: vs.learning_curve(c, ["f", "g"], sizes=[100], splits=3, seed=1).estimates,
    "mixed_logit": lambda c: vs.mixed_logit(c, ["f", "position"], unit="judge", random=["f"], points=32).estimates,
    "select_items": lambda c: vs.select_items(
        vs.Choices(c.frame.assign(model=c.frame["judge"])), size=1, splits=10, seed=1
    ).estimates,
    "stated_revealed": lambda c: vs.stated_revealed(c, c, cluster="judge").estimates,
    "style_controlled": lambda c: vs.style_controlled(c, ["f"], ["g"], splits=2, unit="judge", seed=1).estimates,
    "trade_off": lambda c: vs.trade_off(c, ["f", "g"], of="g", per="f", **FEW).estimates,
    "value_gaps": lambda c: vs.value_gaps(c, c, cluster="judge", draws=10).estimates,
    "value_system_measures": lambda c: vs.value_system_measures(
        c, ["f"], unit="judge", classes=classes(c, ["f"]), said={"f": "g"}, replicates=20, seed=1
    ).estimates,
}  # fmt: skip
"""Every verb with choices among its arguments, as estimates of a table of choices."""
REFUSE = {
    "judged_strengths": lambda c: vs.judged_strengths(c, c),
    "ranking_agreement": lambda c: vs.ranking_agreement(c, c),
}
PURE = {"count_choices", "pair_choices", "ranking_choices", "vote_choices"}
"""They make choices of other tables."""


def numbers(frame):
    """Rows that tell the value of each choice, whatever its name."""
    return frame.drop(columns=["choice", "count"], errors="ignore").reset_index(drop=True)


def takes_choices(name):
    verb = getattr(vs, name)
    if not callable(verb) or inspect.isclass(verb):
        return False
    kinds = [
        str(p.annotation).replace(" ", "").split("|") for p in inspect.signature(verb).parameters.values()
    ]
    return any("Choices" in kind for kind in kinds)


def test_every_verb_that_takes_choices_stands_here():
    found = {name for name in public_names() if takes_choices(name)}
    assert found == {*VERBS, *REFUSE}
    assert "feature_weights" in found


@pytest.mark.parametrize("verb", VERBS)
def test_six_hundred_rows_and_their_counts_say_the_same(verb):
    rows, counted = both()
    assert len(rows) == len(counted) == 600
    assert len(counted.frame) < len(rows.frame) / 3
    one, two = VERBS[verb](rows), VERBS[verb](counted)
    near = 1e-3 if verb == "elo_ratings" else 1e-6  # its orders are random
    pd.testing.assert_frame_equal(one, two, rtol=near, atol=1e-8, check_dtype=False, check_categorical=False)
    told = next(c for c in ("estimate", "value") if c in one.columns)
    assert one[told].notna().any()


@pytest.mark.parametrize("verb", REFUSE)
def test_choices_that_are_matched_one_by_one_refuse_counts(verb):
    with pytest.raises(SpecificationError, match="counted choices"):
        REFUSE[verb](both()[1].__class__(both()[1].frame.assign(respondent=both()[1].frame["judge"])))


def test_choices_one_by_one():
    rows, counted = both()
    each = counted.one_by_one()
    assert "count" not in each.frame.columns
    assert len(each) == 600
    kept = ["option", "rank", "position", "judge"]
    pd.testing.assert_frame_equal(each.frame[kept], rows.frame[kept], check_dtype=False)
    assert rows.one_by_one() is rows
    none = vs.Choices(counted.frame.assign(count=np.where(counted.frame["item"] == "ab", 0, 1)))
    assert set(none.one_by_one().frame["item"]) == {"ac", "bc"}
    with pytest.raises(InputError, match="too many"):
        vs.Choices(counted.frame.assign(count=10**7)).one_by_one()


def test_an_attribute_called_count_is_no_weight():
    """The choice of the name is the user's: what a column of that name means has to be said."""
    pairs = comparisons().assign(count=3)
    long = both()[0].frame.drop(columns="status").assign(count=3)
    for make, frame in (
        (lambda f, **k: vs.pair_choices(f, reads="places", **k), pairs),
        (vs.ranking_choices, long),
    ):
        with pytest.raises(SpecificationError, match="for how many equal choices"):
            make(frame)
        assert len(make(frame, count="count")) == 1800
        assert len(make(frame.rename(columns={"count": "lives"}))) == 600
        assert len(make(frame.rename(columns={"count": "times"}), count="times")) == 1800
        with pytest.raises(SpecificationError, match="no such column"):
            make(frame, count="times")
        with pytest.raises(SpecificationError, match="beside a column"):
            make(frame.assign(times=2), count="times")
    with pytest.raises(InputError, match="reserved name"):
        vs.Choices(both()[0].frame.assign(count=range(1200)))
    with pytest.raises(InputError, match="how many equal comparisons"):
        vs.count_choices(pairs, by=["count"], reads="places")


def first(table, **at):
    rows = table
    for column, value in at.items():
        rows = rows[rows[column] == value]
    return float(rows["estimate"].iloc[0])


PLACES = {
    "list": lambda c: first(vs.feature_weights(c, ["f", "g", "position"]).estimates, feature="position"),
    "formula": lambda c: first(vs.feature_weights(c, "utility ~ f + g + position").estimates, feature="position"),
    "posterior": lambda c: first(
        vs.feature_weights(c, ["f", "position"], prior_sd=2.5, sampling=Sampling(draws=100, tune=50, chains=4)).estimates,
        feature="position",
    ),
    "mixed": lambda c: first(
        vs.mixed_logit(c, ["f", "position"], unit="judge", random=["position"], points=32).estimates,
        feature="position", part="mean",
    ),
    "classes": lambda c: first(classes(c, ["f", "position"]).estimates, feature="position"),
    "trade": lambda c: 0.45 * first(vs.trade_off(c, ["f", "position"], of="position", per="f", replicates=0).estimates),
    "style": lambda c: 5 * first(
        vs.style_controlled(c, ["position"], ["f"], splits=1).estimates, method="cross-fitted"
    ),
    "fit_choice": lambda c: first(vs.fit_choice("utility ~ f + position", c, engine="ml").estimates, term="position"),
    "fit_labels": lambda c: first(
        vs.fit_labels(c, LABELS, terms="position", engine="laplace").estimates, term="position"
    ),
    "strengths": lambda c: strength_place(vs.choice_strengths(c, position=True, draws=10), "first position"),
    "covariates": lambda c: strength_place(vs.choice_strengths(c, covariates=["position"], draws=10), "position"),
    "label_preference": lambda c: 4 * vs.label_preference(c, LABELS, replicates=0).meta["position"]["all"]["estimate"],
}  # fmt: skip
"""The effect of being shown first, in logits or about so, by each way to ask for it."""


def strength_place(result, name):
    return next(p["estimate"] for p in result.meta["parameters"] if p["parameter"] == name)


@pytest.mark.parametrize("way", PLACES)
def test_being_shown_first_adds_in_every_verb(way):
    """Planted: the first place is worth +1 (then -1) logit."""
    for planted in (1.0, -1.0):
        found = PLACES[way](both(n=1500, first=planted)[0])
        assert 0.5 < planted * found < 1.7, found


def test_the_list_says_what_the_formula_says():
    rows = both()[0]
    one = vs.feature_weights(rows, ["f", "g", "position"]).estimates
    two = vs.feature_weights(rows, "utility ~ f + g + position").estimates
    assert one["estimate"].to_numpy() == pytest.approx(two["estimate"].to_numpy(), abs=1e-8)
    style = [
        vs.style_controlled(c, ["f"], ["position", "g"], splits=1, seed=2).estimates
        for c in (rows, shown(rows))
    ]
    pd.testing.assert_frame_equal(*style)
    hidden = vs.Choices(
        rows.frame.drop(columns="position").assign(position=pd.array([pd.NA] * 1200, dtype="Int64"))
    )
    with pytest.raises(SpecificationError, match="order in which options were shown"):
        vs.feature_weights(hidden, ["f", "position"])


def shown(choices):
    """Places counted from 3: what is not the first place is all one."""
    frame = choices.frame
    return vs.Choices(frame.assign(position=frame["position"].map({1: 1, 2: 7})))


def test_effects_by_model_stand_beside_each_other():
    """Effects in rows and models in columns, in the figure and in the table; of other formulas as before."""
    rows = both()[0]
    fit = vs.fit_choice("utility ~ (f + g + position):model", rows, engine="ml").result
    html = fit.table().as_raw_html()
    assert "model[" not in html
    assert all(name in html for name in (">F<", ">G<", ">Position<", ">m<", ">n<"))
    spec = fit.plot().to_dict()
    assert "model[" not in str(spec.get("datasets", spec))
    plain = vs.fit_choice("utility ~ f + position", rows, engine="ml").result
    assert "Estimate" in plain.table().as_raw_html()


def test_the_largest_effect_of_a_choice_model_does_not_depend_on_the_unit():
    rows = both()[0]
    frame = rows.frame.assign(thousand=rows.frame["f"] * 1000.0 + np.arange(1200) % 7)
    text = vs.fit_choice("utility ~ thousand + position", vs.Choices(frame), engine="ml").result.sentence()
    assert "largest for what options differ by being" in text
