"""Rounding: published GRIM and GRIMMER cases, and all whole answers there are, gone through."""

from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import pytest

from valuestats import audit_findings, audit_table
from valuestats.auditing.declared import Holds
from valuestats.auditing.rounding import possible_counts, possible_totals, whole_answers_exist

# Cases of R's scrutiny 0.6.1 (data sets pigs1 and pigs5, documentation of grim_map and tests of grimmer_map).
PIGS1 = [
    ("7.22", 32, True), ("4.74", 25, False), ("5.23", 29, False), ("2.57", 24, False), ("6.77", 27, False),
    ("2.68", 28, True), ("7.01", 29, False), ("7.38", 26, True), ("3.14", 27, False), ("6.89", 31, False),
    ("5.00", 25, True), ("0.24", 28, False),
]  # fmt: skip
PIGS5 = [
    ("7.22", "5.30", 38, "counts"), ("4.74", "6.55", 31, ""), ("5.23", "2.55", 35, "whole answers"),
    ("2.57", "2.57", 30, ""), ("6.77", "2.18", 33, "counts"), ("2.68", "2.59", 34, ""), ("7.01", "6.68", 35, "counts"),
    ("7.38", "3.65", 32, ""), ("3.14", "5.32", 33, "counts"), ("6.89", "4.18", 37, ""), ("5.00", "2.18", 31, ""),
    ("0.24", "6.43", 34, ""),
]  # fmt: skip


def test_grim_as_in_scrutiny():
    table = pd.DataFrame(PIGS1, columns=["mean", "n", "fits"])
    found = audit_findings(audit_table(table, {"mean": Holds("mean", n="n", items=1)}))
    assert sorted(found["where"]) == sorted(f"{i}, mean" for i in table.index[~table["fits"]])
    assert set(found["check"]) == {"counts"}


def test_grimmer_as_in_scrutiny():
    table = pd.DataFrame(PIGS5, columns=["mean", "sd", "n", "reason"])
    holds = {"mean": Holds("mean", n="n", items=1), "sd": Holds("sd", n="n", mean="mean")}
    found = audit_findings(audit_table(table, holds))
    reasons = {int(w.split(",")[0]): c for w, c in zip(found["where"], found["check"], strict=True)}
    assert reasons == {i: r for i, r in enumerate(table["reason"]) if r}


@pytest.mark.parametrize(
    ("mean", "sd", "n", "low", "high", "fits"),
    [
        # tests of R's rsprite2: GRIMMER_test(5.21, 1.6, 28), (3.44, 2.47, 18); sd bounds of n = 5, mean 4.2, 1 to 7
        ("5.21", "1.6", 28, None, None, True),
        ("3.44", "2.47", 18, None, None, False),
        ("4.20", "3.03", 5, 1, 7, True),
        ("4.20", "3.04", 5, 1, 7, False),
        ("4.20", "0.45", 5, 1, 7, True),
        ("4.20", "0.44", 5, 1, 7, False),
    ],
)
def test_pairs_of_mean_and_sd_as_in_rsprite2(mean, sd, n, low, high, fits):
    table = pd.DataFrame({"m": [mean], "s": [sd]})
    holds = {"m": Holds("mean", n=n, items=1, low=low, high=high), "s": Holds("sd", n=n, mean="m")}
    assert (len(audit_findings(audit_table(table, holds))) == 0) == fits


@pytest.mark.parametrize(("x", "n", "fits"), [("5.19", 28, False), ("5.18", 28, True), ("5.21", 28, True)])
def test_grim_example_of_its_paper(x, n, fits):
    """Brown and Heathers (2017): of 28 people, 5.19 lies between 145/28 and 146/28."""
    assert bool(len(possible_totals(int(x.replace(".", "")), 2, n, 1))) == fits


def rounded(x, decimals):
    """Half up and half down, in whole units, by exact arithmetic on hundredths of a unit."""
    scaled = round(x * 10**decimals * 1e6)
    return {(scaled + 499_999) // 1_000_000, (scaled + 500_000) // 1_000_000}


@pytest.mark.parametrize("n", [3, 7, 12, 50, 130])
def test_counts_are_those_that_round_to_the_number(n):
    given = {}
    for k in range(n + 1):
        for unit in rounded(100 * k / n, 0):
            given.setdefault(unit, set()).add(k)
    for unit in range(-1, 102):
        assert set(possible_counts(unit, 0, n, 100)) == given.get(unit, set())


@pytest.mark.parametrize(("n", "items", "decimals"), [(2, 1, 1), (4, 1, 2), (5, 1, 1), (3, 2, 2)])
def test_means_and_sds_are_those_of_some_whole_answers(n, items, decimals):
    """All samples on a scale from 1 to 4, gone through: what passes is what occurs, no more and no less."""
    scores = np.arange(items, 4 * items + 1) / items
    occurs = set()
    for sample in combinations_with_replacement(scores, n):
        m, s = np.mean(sample), np.std(sample, ddof=1)
        occurs |= {(a, b) for a in rounded(m, decimals) for b in rounded(s, decimals)}
    assert occurs
    for mean in range(10**decimals, 4 * 10**decimals + 1):
        totals = possible_totals(mean, decimals, n, items)
        for sd in range(int(2.2 * 10**decimals) + 1):
            fits = whole_answers_exist(totals, sd, decimals, n, items, 1, 4, 1)
            assert fits == ((mean, sd) in occurs), (mean, sd)


def test_necessary_conditions_pass_whatever_occurs():
    """Without the ends of the scale, and with many people: no sample is ever refused."""
    rng = np.random.default_rng(1)
    for n in (2, 5, 40, 400):
        for _ in range(40):
            sample = rng.integers(1, 8, n)
            mean, sd = round(sample.mean() * 100), round(sample.std(ddof=1) * 100)
            totals = possible_totals(mean, 2, n, 1)
            assert whole_answers_exist(totals, sd, 2, n, 1, None, None, 1)
            assert whole_answers_exist(totals, sd, 2, n, 1, 1, 7, 1)
            population = round(sample.std() * 100)
            assert whole_answers_exist(totals, population, 2, n, 1, 1, 7, 0)
