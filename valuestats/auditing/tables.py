"""The audit of a published table: what no data can give, and what chance rarely does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from valuestats.auditing import chance, rounding, structure
from valuestats.auditing.chance import Repeats
from valuestats.auditing.declared import Holds, Sums
from valuestats.auditing.findings import SEVERITIES, Finding, Looked, as_records
from valuestats.auditing.printed import Printed, printed_tables
from valuestats.base.arguments import checked
from valuestats.base.labels import counted, listed
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import adjusted_p

CITATIONS = (
    "Brown & Heathers (2017), The GRIM test, Social Psychological and Personality Science 8",
    "Anaya (2016), The GRIMMER test, PeerJ Preprints 4",
    "Allard (2018), Analytic-GRIMMER",
    "Heathers, Anaya, van der Zee & Brown (2018), SPRITE, PeerJ Preprints 6",
    "Mosimann, Wiseman & Edelman (1995), Data fabrication: can people generate random digits?, Accountability in Research 4",
    "Simonsohn (2013), Just post it, Psychological Science 24",
    "Berger (1982), Multiparameter hypothesis testing, Technometrics 24",
    "Holm (1979)",
)
_SHOWN = 3000
"""Cells that are kept for the figure."""


@checked
def audit_table(
    table: pd.DataFrame,
    holds: Holds | Mapping[str, Holds],
    *,
    row: str | None = None,
    tidy: tuple[str, str, str] | None = None,
    by: Sequence[str] = (),
    sums: Sequence[Sums] = (),
    repeats: Repeats | None = None,
    threshold: float = 0.01,
    draws: int = 9999,
    seed: int = 0,
) -> Result:
    r"""Hold a published table against what its own numbers allow, and nothing else.

    Every check asks of printed numbers x, each standing for all of :math:`[x - h, x + h]`, h half of its last decimal
    (halves rounded either way), whether any data could have given them as declared. *Impossible* findings are exact: no data
    do. *Improbable* ones have a probability, adjusted by Holm over the tests of the check in the whole call. Checks:

    - ``range``: shares below 0 or above a whole, means off the scale, counts that are not whole;
    - ``counts``: shares that are no k/n, means that are no sum of whole answers over n (GRIM);
    - ``spread``: SDs above :math:`\sqrt{(m-a)(b-m)\,n/(n-\mathrm{ddof})}` on a scale from a to b, or below what whole
      answers with that mean have;
    - ``whole answers``: no whole answers have the mean and the SD (GRIMMER; exhaustive on short scales with few people);
    - ``sums``: parts and their sum, mean or SD, by the bound of rounding; ``ranks``: no ranking, or not in the order of what
      is ranked;
    - ``complements`` (:math:`w_{ij} + w_{ji}` is no whole), ``diagonal``, ``symmetry``, ``triangles`` (shares of different
      answers are a distance), ``definiteness`` (an eigenvalue below what rounding explains);
    - ``cycles``: circles of three among win rates; ``duplicates``: rows or columns that are the same throughout;
    - ``too even``, ``too uneven``: spread below (or, of declared repeats, above) binomial noise; ``digits``: last digits
      that are preferred, where n or the spread of the numbers says what to expect.

    A cell that is found impossible takes no part in the later checks, so that one fault is told once.

    Parameters
    ----------
    table
        As printed. Texts keep their decimals (``"5.10"``); numbers of a column are taken to have those of its longest.
    holds
        What the cells hold: for each column to be audited, or for all of one kind. See
        `valuestats.auditing.declared.Holds`.
    row
        Column that names the rows; without, the index.
    tidy
        For one row per cell: the columns of row name, column name and number.
    by
        Columns whose values make tables of their own.
    sums
        What adds up: `valuestats.auditing.declared.Sums`.
    repeats
        ``"rows"`` or ``"columns"``: cells along these are repeats of one quantity, so that too wide a spread is odd too.
    threshold
        Adjusted probability below which chance is a finding.
    draws, seed
        Simulated tables behind the probabilities.

    Returns
    -------
    Result
        Kind ``"table_audit"``, key ``check``: ``estimate`` is the number of findings, ``n_scored`` how many cells, pairs or
        sums were looked at (``of``), ``severity`` the gravest, ``p`` the least adjusted probability. ``meta["findings"]``
        holds them, see `valuestats.audit_findings`; ``meta["not_checked"]`` says what could not be looked at, and why.

    Raises
    ------
    InputError
        No such column, a cell that is no number or given twice, more decimals than declared.
    SpecificationError
        A declaration that can't be.

    References
    ----------
    Brown and Heathers (2017); Anaya (2016); Allard (2018); Heathers, Anaya, van der Zee and Brown (2018); Mosimann, Wiseman
    and Edelman (1995); Simonsohn (2013); Berger (1982); Holm (1979).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import audit_table
    >>> from valuestats.auditing.declared import Holds
    >>> table = pd.DataFrame({"study": ["1", "2"], "mean": ["5.18", "5.19"]})
    >>> found = audit_table(table, {"mean": Holds("mean", n=28, items=1)}, row="study")
    >>> found.meta["findings"][0]["where"], found.meta["findings"][0]["severity"]
    ('2, mean', 'impossible')
    """
    started = time.perf_counter()
    tables = printed_tables(table, holds, row=row, tidy=tidy, by=by)
    rng = np.random.default_rng(seed)
    looked: dict[str, list[Looked]] = {}
    for one in tables:
        for done in _checks(one, sums, repeats, draws, rng):
            looked.setdefault(done.check, []).append(done)
    parts = {name: _kept(done, threshold, len(tables)) for name, done in looked.items()}
    rows = [_row(name, looked[name], found, threshold) for name, found in parts.items()]
    found = [f for kept in parts.values() for f in kept]
    frame = pd.DataFrame([r for r in rows if r["n_asked"]] or rows[:1])
    meta = make_meta(
        "audit of printed numbers by what rounding and counts allow",
        {
            "threshold": threshold,
            "draws": draws,
            "repeats": repeats,
            "by": list(by),
            "tables": len(tables),
            "cells": int(sum(t.known.sum() for t in tables)),
        },
        citations=CITATIONS,
        seed=seed,
        warnings=_resolution(looked, threshold, draws),
        seconds=time.perf_counter() - started,
        findings=as_records(found),
        not_checked=_not_checked(tables),
        cells=_shown(tables),
    )
    return Result("table_audit", frame, ("check",), meta)


def _checks(
    t: Printed,
    declared: Sequence[Sums],
    repeats: Repeats | None,
    draws: int,
    rng: np.random.Generator,
) -> list[Looked]:
    done = [rounding.in_range(t)]
    broken = _cells(t, done)
    done.append(rounding.whole_counts(t, broken))
    broken |= _cells(t, done)
    done += rounding.spreads(t, broken)
    done += [structure.sums(t, declared, broken), rounding.ranks_fit(t)]
    kind = t.holds[0].kind
    if kind == "win_rate":
        done += [*structure.complements(t), structure.cycles(t)]
    if kind in ("matching", "correlation") and not broken:
        done += structure.symmetric(t)
    broken |= _cells(t, done)
    done += chance.noise(t, declared, repeats, broken, draws, rng)
    done += [chance.digits(t, declared, broken, draws, rng), chance.duplicates(t, declared)]
    return done


def _cells(t: Printed, done: list[Looked]) -> set[tuple[int, int]]:
    """Places of single cells that can't be."""
    single = [
        f.cells[0] for d in done if d.check in ("range", "counts", "spread", "whole answers") for f in d.found
    ]
    return {(t.rows.index(r), t.columns.index(c)) for r, c in single}


def _kept(done: list[Looked], threshold: float, tables: int) -> list[Finding]:
    """Impossible and notable findings, and those by chance whose adjusted probability is small."""
    found = [f for d in done for f in d.found]
    tests = np.array([p for d in done for p in d.tested])
    if not len(tests):
        return found
    if done[0].check == "duplicates":  # its probabilities are over all pairs of lines already
        adjusted = {p: min(1.0, p * tables) for p in tests.tolist()}
    else:
        adjusted = dict(zip(tests.tolist(), adjusted_p(tests, "holm").tolist(), strict=True))
    kept = []
    for f in found:
        p = adjusted.get(f.p, np.nan)
        if f.severity != "improbable":
            kept.append(f)
        elif p < threshold:
            kept.append(replace(f, p=p))
    return kept


def _row(name: str, done: list[Looked], found: list[Finding], threshold: float) -> dict[str, object]:
    looked = sum(d.looked for d in done)
    order = list(SEVERITIES)
    return {
        "check": name,
        "estimand": "findings",
        "estimate": float(len(found)),
        "std_error": np.nan,
        "lower": np.nan,
        "upper": np.nan,
        "level": 1 - threshold,
        "interval": "none",
        "n_scored": looked,
        "n_asked": looked,
        "of": done[0].of,
        "severity": min((f.severity for f in found), key=order.index) if found else "",
        "p": min((f.p for f in found if not np.isnan(f.p)), default=np.nan),
    }


def _resolution(looked: dict[str, list[Looked]], threshold: float, draws: int) -> list[str]:
    """Where too few draws can't get below the threshold for so many tests."""
    out = []
    for name in ("too even", "too uneven", "digits"):
        tests = sum(len(d.tested) for d in looked.get(name, []))
        if tests and tests / (draws + 1) >= threshold:
            out.append(
                f"{name}: {counted(tests, 'test')} with {draws:,} draws can't reach the threshold; "
                f"ask for {int(tests / threshold):,} draws or more"
            )
    return out


def _not_checked(tables: list[Printed]) -> list[str]:
    """What could not be looked at, and why."""
    out = []
    shares = {
        t.columns[j] for t in tables for j in t.of_kind("share", "percent", "win_rate") if not t.n[:, j].any()
    }
    if shares:
        out.append(f"rounding and spread of shares ({_few(shares)}): the number of answers is not declared")
    means = {
        t.columns[j]
        for t in tables
        for j in t.of_kind("mean")
        if t.holds[j].items is None or not t.n[:, j].any()
    }
    if means:
        out.append(f"rounding of means ({_few(means)}): no number of whole answers is declared")
    alone = {t.columns[j] for t in tables for j in t.of_kind("sd") if t.holds[j].mean is None}
    if alone:
        out.append(f"spreads ({_few(alone)}): the column of their means is not declared")
    return out


def _few(names: set[str]) -> str:
    ordered = sorted(names)
    return listed(ordered) if len(ordered) <= 3 else f"{', '.join(ordered[:3])} and {len(ordered) - 3} more"


def _shown(tables: list[Printed]) -> list[dict[str, str]]:
    """Cells as printed, for the figure."""
    cells = [
        {"table": t.group, "row": t.rows[i], "column": t.columns[j], "text": t.text(i, j)}
        for t in tables
        for i in range(len(t.rows))
        for j in range(len(t.columns))
        if t.known[i, j]
    ]
    return cells if len(cells) <= _SHOWN else []
