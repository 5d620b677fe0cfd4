"""Audits of tables: clean ones raise nothing, each planted defect its own finding and no other."""

import numpy as np
import pandas as pd
import pytest

from valuestats import audit_findings, audit_table
from valuestats.auditing.declared import Holds, Sums
from valuestats.auditing.findings import SEVERITIES
from valuestats.auditing.simulate import DEFECTS, HONEST, LOGICAL, MODELS, VALUES, N, planted, shares
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.result import Result


def found(case, table, **changed):
    honest = HONEST[case]
    return audit_findings(audit_table(table, honest.holds, **{"draws": 2999, **honest.options, **changed}))


@pytest.mark.parametrize("case", HONEST)
def test_clean_tables_raise_nothing(case):
    """Six honest tables of each sort: never impossible; benchmarks/audit_false_alarms.py has the rates by chance."""
    by_chance = 0
    for seed in range(6):
        odd = found(
            case,
            HONEST[case].make(seed),
            draws=999 if case == "shares" else 199,
        )
        assert not set(odd["check"]) & LOGICAL, odd[["check", "where", "text"]]
        by_chance += len(odd) > 0
    assert by_chance <= 2


@pytest.mark.parametrize("name", DEFECTS)
def test_each_planted_defect_raises_its_own_finding(name):
    defect = DEFECTS[name]
    odd = found(defect.case, planted(name, 3))
    assert set(odd["check"]) == {defect.check}
    assert set(odd["severity"]) == {defect.severity}


def test_rows_that_add_up_to_a_whole_are_the_same_more_often():
    """Of three shares two give the third: rows that agree in all three are not as rare as three agreements."""
    table = HONEST["composition"].make(1113)
    assert (table.loc["m2"] == table.loc["m8"]).all()
    assert found("composition", table).empty
    assert found("composition", table, sums=[])["check"].tolist() == ["duplicates"]


def test_preferred_digits_are_found_and_even_percentages_are_none():
    """Of 50 answers all percentages are even; a table of multiples of ten is another matter."""
    assert found("shares", shares(5)).empty
    odd = found("shares", (shares(5) / 10).round().astype(int) * 10)
    assert set(odd["check"]) == {"digits"}
    rng = np.random.default_rng(2)
    plain = pd.DataFrame(rng.normal(500, 80, (10, 8)).round().astype(int))
    audit = audit_table(plain, Holds("number"), draws=999)
    assert audit_findings(audit).empty
    assert "digits" in set(audit.estimates["check"])
    odd = audit_findings(audit_table((plain / 5).round().astype(int) * 5, Holds("number"), draws=999))
    assert odd["check"].tolist() == ["digits"]


def test_repeats_that_differ_too_much_are_odd_only_where_they_are_declared():
    table = shares(1)
    assert found("shares", table).empty
    odd = found("shares", table, repeats="columns")
    assert set(odd["check"]) == {"too uneven"}
    again = pd.DataFrame(np.random.default_rng(4).binomial(N, 0.6, (10, 8)) * 2, index=MODELS, columns=VALUES)
    assert found("shares", again, repeats="columns").empty


def test_spread_is_held_to_the_exact_distribution():
    """Two of four cells: P(no more uneven) by going through all ways, hypergeometric."""
    from scipy import stats

    table = pd.DataFrame([[50, 50, 50, 50]], columns=list("abcd"))
    audit = audit_table(table, Holds("percent", n=10), threshold=0.5, draws=20000)
    odd = audit_findings(audit)
    assert odd["check"].tolist() == ["too even"]
    exact = stats.multivariate_hypergeom.pmf([5, 5, 5, 5], [10] * 4, 20)
    assert odd["p"].iloc[0] == pytest.approx(exact, abs=4 * np.sqrt(exact / 20000))


def test_cycles_without_n_are_notable_and_with_few_answers_none():
    table = planted("circle", 3)
    odd = audit_findings(audit_table(table, Holds("win_rate", decimals=2)))
    assert set(zip(odd["check"], odd["severity"], strict=True)) == {("cycles", "notable")}
    table = table.mask(table > 0.5, 0.6).mask(table < 0.5, 0.4)
    few = audit_table(table, Holds("win_rate", decimals=2, n=5))
    assert audit_findings(few)["check"].tolist() == []


def test_means_of_columns_and_totals_in_rows():
    table = pd.DataFrame({"a": [10, 20, 30], "b": [1, 2, 3], "all": [11, 22, 34]}, index=["x", "y", "sum"])
    holds = {c: Holds("count") for c in table}
    declared = [Sums("columns", "all"), Sums("rows", "sum")]
    odd = audit_findings(audit_table(table, holds, sums=declared))
    assert sorted(odd["where"]) == ["all", "sum"]
    assert odd["found"].tolist() == [33.0, 33.0]
    shown = pd.DataFrame({"a": ["1.0", "2.1"], "b": ["1.1", "2.2"], "mean": ["1.1", "2.4"]})
    holds = {c: Holds("number") for c in shown}
    odd = audit_findings(audit_table(shown, holds, sums=[Sums("columns", "mean", ("a", "b"), "mean")]))
    assert odd["where"].tolist() == ["1"]
    spread = pd.DataFrame({"a": ["10", "10"], "b": ["20", "20"], "c": ["30", "30"], "sd": ["10.57", "10.63"]})
    holds = {
        c: Holds("number") for c in spread
    }  # of 10, 20, 30 it is 10; rounding moves it by sqrt(3/4/2) = .612
    odd = audit_findings(audit_table(spread, holds, sums=[Sums("columns", "sd", ("a", "b", "c"), "sd")]))
    assert odd["where"].tolist() == ["1"]


def test_tidy_tables_and_tables_by_group_are_the_same_audit():
    wide = planted("circle", 3)
    long = wide.rename_axis("a").reset_index().melt("a", var_name="b", value_name="w").dropna()
    long = long[long["a"] < long["b"]]
    both = pd.concat([long.assign(step=1), long.assign(step=2)])
    audit = audit_table(both, Holds("win_rate", n=60), tidy=("a", "b", "w"), by=["step"])
    odd = audit_findings(audit)
    assert odd["table"].tolist() == ["1", "2"]
    assert set(odd["check"]) == {"cycles"}
    assert audit.estimates.set_index("check").loc["cycles", "n_scored"] == 2 * 56


def test_what_is_not_declared_is_not_looked_at_and_said():
    audit = audit_table(shares(1), Holds("percent"))
    assert set(audit.estimates["check"]) == {"range", "digits", "duplicates"}
    assert "the number of answers is not declared" in audit.sentence()


def test_the_result_speaks_draws_and_keeps(tmp_path):
    table = shares(3)
    table.loc["m3", "v2"] = 61
    audit = audit_table(table, Holds("percent", n=N))
    assert "1 impossible (counts)" in audit.sentence()
    assert "61 can't come from 50 answers" in audit.sentence()
    assert audit.verdict.sign == "care"
    assert audit_table(shares(3), Holds("percent", n=N)).verdict.sign == "sound"
    marked = next(iter(audit.plot().to_dict()["datasets"].values()))
    assert [(d["row"], d["column"]) for d in marked if d["finding"] == "impossible"] == [("m3", "v2")]
    assert "61" in audit.table().as_raw_html()
    kept = Result.load(audit.save(tmp_path / "audit"))
    pd.testing.assert_frame_equal(audit_findings(kept), audit_findings(audit))
    assert set(audit_findings(audit)["severity"]) <= set(SEVERITIES)


def test_degenerate_tables():
    one = audit_table(pd.DataFrame({"a": [50]}), Holds("percent", n=2))
    assert one.estimates["estimate"].sum() == 0
    assert (
        audit_table(pd.DataFrame({"a": [50] * 12, "b": [50] * 12}), Holds("percent"))
        .estimates["estimate"]
        .sum()
        == 0
    )
    empty = audit_table(pd.DataFrame({"a": [None, 3.0], "b": [None, None]}), Holds("number"))
    assert empty.estimates["estimate"].sum() == 0
    assert "found nothing odd" in empty.sentence()


@pytest.mark.parametrize(
    ("table", "holds", "options", "error", "message"),
    [
        (pd.DataFrame({"a": []}), Holds("percent"), {}, InputError, "an empty table"),
        (pd.DataFrame({"a": ["x"]}), Holds("percent"), {}, InputError, "a cell is no number"),
        (pd.DataFrame({"a": [0.123]}), Holds("percent", decimals=1), {}, InputError, "more decimals"),
        (pd.DataFrame({"a": [1 / 3]}), Holds("percent"), {}, InputError, "not rounded"),
        (pd.DataFrame({"a": [1]}), {"b": Holds("percent")}, {}, InputError, "no such column"),
        (
            pd.DataFrame({"a": [1], "n": [1.5]}),
            {"a": Holds("percent", n="n")},
            {},
            InputError,
            "number of answers",
        ),
        (
            pd.DataFrame({"a": [1], "n": [1]}),
            {"a": Holds("percent", n="k")},
            {},
            InputError,
            "answers behind",
        ),
        (pd.DataFrame({"a": [1, 2]}), Holds("correlation"), {}, SpecificationError, "square"),
        (
            pd.DataFrame({"a": [1, 2]}, index=["x", "x"]),
            Holds("number"),
            {},
            InputError,
            "two rows of one name",
        ),
        (pd.DataFrame({"a": [1]}), {}, {}, SpecificationError, "not declared"),
        (
            pd.DataFrame({"a": [1]}),
            Holds("number"),
            {"sums": [Sums("columns", 1, ("z",))]},
            SpecificationError,
            "no such",
        ),
        (
            pd.DataFrame({"r": [1, 1], "c": [1, 1], "v": [1, 2]}),
            Holds("number"),
            {"tidy": ("r", "c", "v")},
            InputError,
            "given twice",
        ),
    ],
)
def test_bad_tables_are_refused(table, holds, options, error, message):
    with pytest.raises(error, match=message):
        audit_table(table, holds, **options)


@pytest.mark.parametrize(
    "options",
    [{"kind": "x"}, {"n": 0}, {"n": 1.5}, {"decimals": -1}, {"items": 0}, {"low": 3, "high": 1}, {"per": 10}],
)
def test_bad_declarations_are_refused(options):
    with pytest.raises(SpecificationError):
        Holds(**{"kind": "percent", **options})
