"""Decision studies from components written down: every column by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.generalizability.decisions import _ends, contrast_power, decision_study, required_sizes
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

COMPONENTS = ["model", "item", "wording", "model x item", "model x wording", "item x wording"]
COMPONENTS += ["model x item x wording", "residual"]
POWER = np.array([4.0, 3, 2, 1, 0.8, 0.6, 0.4, 0.2])
CARE = np.array([0.0, 1, 1, 1, 1, 1, 1, 1])
LEVELS = {"Power": {"item": 5, "wording": 2}, "Care": {"item": 4, "wording": 2}}
Z80, Z95 = 1.2815515655446004, 1.959963984540054


def study(draws=0, *, confounded=False, level=0.8):
    """A result of generalizability_study with components of our own."""
    components = [c for c in COMPONENTS if not (confounded and c == "model x item x wording")]
    kept = [COMPONENTS.index(c) for c in components]
    rows = [
        {
            "estimand": "variance component", "dimension": d, "component": c, "estimate": v, "std_error": np.nan,
            "lower": np.nan, "upper": np.nan, "level": level, "interval": "none", "n_scored": 90 + k, "n_asked": 100 + k,
        }
        for k, (d, values) in enumerate((("Power", POWER), ("Care", CARE)))
        for c, v in zip(components, values[kept], strict=True)
    ]  # fmt: skip
    told = {"facets": ["item", "wording"], "levels": LEVELS, "level": level}
    tree = None
    if draws:
        factor = np.linspace(1, 2, draws)[:, None]
        power = np.tile(POWER[kept], (draws, 1))
        power[:, :1] *= factor
        boot = np.stack([np.tile(CARE[kept], (draws, 1)), power], axis=1)
        tree = draws_tree("bootstrap", boot, {"dimension": ["Care", "Power"], "component": components})
    meta = make_meta("made", told, seed=3)
    return Result("generalizability", pd.DataFrame(rows), ("dimension", "component"), meta, tree)


def errors(item, wording, epoch):
    """Relative and absolute error variance of Power."""
    relative = 1 / item + 0.8 / wording + 0.4 / (item * wording) + 0.2 / (item * wording * epoch)
    return relative, relative + 3 / item + 2 / wording + 0.6 / (item * wording)


@pytest.mark.parametrize("error", ["relative", "absolute"])
def test_half_widths_by_hand(error):
    found = decision_study(study(), {"wording": [1, 4], "epoch": 3}, error=error).estimates
    power = found[found["dimension"] == "Power"]
    assert power["design"].tolist() == ["1 wording, 3 epochs", "4 wordings, 3 epochs"]
    assert power[["n_item", "n_wording", "n_epoch"]].to_numpy().tolist() == [[5, 1, 3], [5, 4, 3]]
    for row, wording in zip(power.itertuples(), (1, 4), strict=True):
        both = errors(5, wording, 3)
        wanted = both[error == "absolute"]
        assert row.estimate == pytest.approx(Z80 * math.sqrt(wanted / 4))
        assert row.score_error == pytest.approx(math.sqrt(wanted))
        assert row.model_sd == pytest.approx(2)
        assert row.generalizability == pytest.approx(4 / (4 + both[0]))
        assert row.dependability == pytest.approx(4 / (4 + both[1]))
        assert (row.n_scored, row.n_asked) == (90, 100)
        assert row.interval == "none"
        assert np.isnan([row.lower, row.upper]).all()


def test_no_variance_between_models_is_null_and_named():
    found = decision_study(study(draws=5))
    care = found.estimates.set_index("dimension").loc["Care"]
    assert np.isnan([care["estimate"], care["lower"], care["upper"]]).all()
    assert (care["interval"], care["n_item"], care["n_wording"], care["n_epoch"]) == ("none", 4, 2, 1)
    assert (care["n_scored"], care["n_asked"], care["design"]) == (91, 101, "as studied")
    assert found.meta["warnings"] == [
        "Care: no variance between models was found, so no precision relative to it"
    ]
    assert found.meta["seed"] == 3


def test_the_interval_is_that_of_the_drawn_components():
    found = decision_study(study(draws=101), {"item": 10})
    row = found.estimates.set_index("dimension").loc["Power"]
    wanted = Z80 * math.sqrt(errors(10, 2, 1)[1] / 4)
    # universe variance 4 f, f evenly over 1 to 2: the ends are the values at f = 1.9 and 1.1
    assert row["lower"] == pytest.approx(wanted / math.sqrt(1.9))
    assert row["upper"] == pytest.approx(wanted / math.sqrt(1.1))
    assert row["interval"] == "generalised pivot, equal-tailed"
    draws = found.replicates().sel(dimension="Power", design="10 items").to_numpy()
    assert draws == pytest.approx(wanted / np.sqrt(np.linspace(1, 2, 101)))
    assert decision_study(study()).draws is None


def test_draws_without_variance_count_as_endlessly_wide():
    draws = np.append(np.linspace(0, 1, 101), [np.nan] * 30)
    assert _ends(draws[:101], 0.8) == (0.1, 0.9)
    assert _ends(draws, 0.8) == (0.13, math.inf)
    assert _ends(draws, 0.5) == (pytest.approx(0.33, abs=0.011), pytest.approx(0.97, abs=0.011))


def test_a_fixed_facet_belongs_to_the_true_score():
    row = decision_study(study(), {"wording": 4}, fixed=["item"]).estimates.iloc[0]
    absolute = 0.8 / 4 + 0.4 / 20 + 0.2 / 20 + 2 / 4 + 0.6 / 20
    assert row["model_sd"] ** 2 == pytest.approx(4 + 1 / 5)
    assert row["score_error"] ** 2 == pytest.approx(absolute)


def needed(n, v, epoch=1):
    """Least number of wordings that reaches error variance v, tried one after the other."""
    for m in range(1, 10_000):
        if errors(n, m, epoch)[1] <= v + 1e-12:
            return m
    return None


def test_required_sizes_by_trying_every_size():
    table = required_sizes(study(), half_width=0.5, vary=("item", "wording"), first=(3, 8, 30, 40, 100))
    power = table[table["dimension"] == "Power"]
    v = 4 * (0.5 / Z80) ** 2
    expected = [needed(n, v) for n in (3, 8, 30, 40, 100)]
    assert expected[0] is None
    assert [None if pd.isna(m) else m for m in power["n_wording"]] == expected
    answers = [None if m is None else n * m for n, m in zip((3, 8, 30, 40, 100), expected, strict=True)]
    assert [None if pd.isna(m) else m for m in power["answers"]] == answers
    # with endlessly many wordings (1 + 3) / n stays
    assert power["floor"].tolist() == pytest.approx([Z80 * math.sqrt(4 / n / 4) for n in (3, 8, 30, 40, 100)])
    care = table[table["dimension"] == "Care"]
    assert care["n_wording"].isna().all()
    assert care["floor"].isna().all()


def test_required_sizes_keep_the_other_facets_and_reach_exact_bounds():
    # error variance with 10 items is .4 + 2.8 / m + 1.2 / (10 m), epochs one: .4 + 2.92 / m
    exact = Z80 * math.sqrt((0.4 + 2.92 / 4) / 4)
    args = {"vary": ("wording", "epoch"), "sizes": {"item": 10}, "first": (4, 5)}
    table = required_sizes(study(), half_width=exact * (1 + 1e-12), **args)
    power = table[table["dimension"] == "Power"]
    assert power["n_epoch"].tolist() == [1, 1]
    assert power["answers"].tolist() == [10 * 4, 10 * 5]
    tighter = required_sizes(study(), half_width=exact * 0.999, **args).iloc[0]
    v = 4 * (exact * 0.999 / Z80) ** 2
    epochs = math.ceil((0.2 / 40) / (v - errors(10, 4, 1e15)[1]))
    assert (tighter["n_epoch"], tighter["answers"]) == (epochs, 40 * epochs)
    assert epochs > 1
    assert len(required_sizes(study())) == 2 * 13
    with pytest.raises(SpecificationError, match="impossible half_width"):
        required_sizes(study(), half_width=0.0)
    with pytest.raises(SpecificationError, match="two different facets"):
        required_sizes(study(), vary=("item", "item"))


def test_power_by_hand():
    for difference in (0.9, -0.9):
        row = contrast_power(study(), difference, {"item": 20}).iloc[0]
        s = math.sqrt(2 * errors(20, 2, 1)[0])
        t = 0.9 / s
        assert row["std_error"] == pytest.approx(s)
        assert row["power"] == pytest.approx(stats.norm.sf(Z95 - t) + stats.norm.cdf(-Z95 - t))
        assert row["detectable"] == pytest.approx((Z95 + 0.8416212335729143) * s)
        assert (row["design"], row["n_item"], row["n_wording"], row["n_epoch"]) == ("20 items", 20, 2, 1)
        assert row["difference"] == difference
    assert contrast_power(study(), 0.0).iloc[0]["power"] == pytest.approx(0.05)
    wide = contrast_power(study(), 0.5, level=0.5).iloc[0]
    s, z = math.sqrt(2 * errors(5, 2, 1)[0]), 0.6744897501960817
    assert wide["power"] == pytest.approx(stats.norm.sf(z - 0.5 / s) + stats.norm.cdf(-z - 0.5 / s))


def test_what_a_study_leaves_open_of_its_components_is_open_of_the_power():
    drawn = np.tile(POWER, (101, 1))
    drawn[:, 4] = np.linspace(0, 4, 101)  # model x wording
    made = study()
    made.estimates.loc[made.estimates["component"] == "model x wording", "estimate"] = 0.0
    tree = draws_tree(
        "bootstrap",
        np.stack([drawn, drawn], axis=1),
        {"dimension": ["Power", "Care"], "component": COMPONENTS},
    )
    row = contrast_power(
        Result(made.kind, made.estimates, made.keys, made.meta, tree), 2.0, {"item": 40}
    ).iloc[0]

    def power(of):
        t = 2.0 / np.sqrt(2 * (1 / 40 + of / 2 + 0.4 / 80 + 0.2 / 80))
        return stats.norm.sf(Z95 - t) + stats.norm.cdf(-Z95 - t)

    assert row["power"] == pytest.approx(power(0.0))
    assert row["lower"] == pytest.approx(power(3.6))  # the study's level is .8
    assert row["upper"] == pytest.approx(power(0.4))
    assert row["assurance"] == pytest.approx(np.mean([power(v) for v in drawn[:, 4]]))
    assert row["taken_as_zero"] == "model x wording"
    assert contrast_power(study(), 2.0).iloc[0][["lower", "assurance"]].isna().all()


def test_sizes_for_a_difference_just_reach_the_power():
    found = required_sizes(study(), difference=1.5, power=0.9, vary=("wording", "item"), first=(1, 2, 8, 20))
    power = found[found["dimension"] == "Power"].set_index("n_wording")["n_item"]
    z = stats.norm.ppf(0.9)  # the study's level is .8, two-sided
    for wordings, items in power.items():
        if pd.isna(items):
            assert 1.5 / math.sqrt(2 * errors(1e12, wordings, 1)[0]) < Z80 + z
            continue
        reached = [1.5 / math.sqrt(2 * errors(n, wordings, 1)[0]) >= Z80 + z for n in (items - 1, items)]
        assert reached == [False, True]
    assert power.isna().tolist() == [True, True, False, False]
    assert found["ceiling"].iloc[0] == pytest.approx(
        stats.norm.sf(Z80 - 1.5 / math.sqrt(1.6)) + stats.norm.cdf(-Z80 - 1.5 / math.sqrt(1.6))
    )
    assert "assured" not in found
    with pytest.raises(SpecificationError, match="not both"):
        required_sizes(study(), difference=1.0, half_width=0.1)
    with pytest.raises(SpecificationError, match="relative"):
        required_sizes(study(), difference=1.0, error="absolute")


def test_the_share_of_draws_under_which_a_size_suffices():
    made = study(draws=101)  # the variance of models goes from 4 to 8, the errors stay
    width = 0.5
    row = required_sizes(made, half_width=width, vary=("item", "wording"), first=(40,)).iloc[0]
    error = errors(40, int(row["n_wording"]), 1)[1]
    universe = 4 * np.linspace(1, 2, 101)
    assert row["assured"] == pytest.approx((error <= universe * (width / Z80) ** 2).mean())


def test_power_without_any_error_is_one_or_the_level():
    made = study()
    made.estimates.loc[made.estimates["component"] != "model", "estimate"] = 0.0
    assert contrast_power(made, 0.3)["power"].tolist() == [1.0, 1.0]
    assert contrast_power(made, 0.0)["power"].tolist() == pytest.approx([0.05, 0.05])


@pytest.mark.parametrize(("difference", "level"), [(0.1, 0.0), (0.1, 1.0), (np.inf, 0.9), (np.nan, 0.9)])
def test_impossible_powers(difference, level):
    with pytest.raises(SpecificationError, match=r"impossible (level|difference)"):
        contrast_power(study(), difference, level=level)


@pytest.mark.parametrize(
    "sizes", [{"item": 0}, {"item": True}, {"item": 2.0}, {"item": []}, {"item": [1, 0]}]
)
def test_sizes_are_whole_numbers_from_one(sizes):
    with pytest.raises(SpecificationError, match="whole numbers from 1"):
        decision_study(study(), sizes)


def test_which_sizes_are_refused():
    assert len(decision_study(study(), {"item": np.array([1, 2]), "wording": range(1, 4)}).estimates) == 12
    with pytest.raises(SpecificationError, match="keeps its levels"):
        decision_study(study(), {"wording": 3}, fixed=["wording"])
    assert len(decision_study(study(), {"item": 3}, fixed=["wording"]).estimates) == 2
    with pytest.raises(SpecificationError, match="no such facet"):
        decision_study(study(), fixed=["epoch"])
    with pytest.raises(SpecificationError, match="no such facet"):
        decision_study(study(), {"model": 3})
    once = study(confounded=True)
    assert decision_study(once, {"epoch": 1}).estimates["n_epoch"].tolist() == [1, 1]
    with pytest.raises(SpecificationError, match="noise between epochs"):
        decision_study(once, {"epoch": [1, 2]})
    assert decision_study(study(), {"epoch": 2}).estimates["n_epoch"].tolist() == [2, 2]
    with pytest.raises(SpecificationError, match="no such error"):
        decision_study(study(), error="total")
    with pytest.raises(SpecificationError, match="variance components"):
        decision_study(decision_study(study()))


def test_an_error_that_is_reached_only_at_the_limit_has_no_size():
    made = study()
    kept = made.estimates["component"].isin(["model", "item", "model x item"])
    made.estimates.loc[~kept, "estimate"] = 0.0
    # the error variance is (1 + 3) / 4 with any number of wordings, and 4 (1/2)^2 is wanted
    half = 0.5 * float(stats.norm.ppf(0.9))
    tables = [
        required_sizes(made, half_width=w, vary=("item", "wording"), first=(4,)) for w in (half, 1.001 * half)
    ]
    assert [table["n_wording"].isna().iloc[0] for table in tables] == [True, False]
    assert tables[1]["n_wording"].iloc[0] == 1
