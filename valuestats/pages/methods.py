"""A methods appendix made of what was run: models, priors, exclusions, counts, software, seeds, citations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from valuestats.base.docstrings import read_docstring
from valuestats.base.labels import capitalised, counted, listed, number, readable
from valuestats.base.registry import load, verbs
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import heading, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result
from valuestats.results.untested import has_intervals, why_untested

__all__ = [
    "StoredStudy",
    "bibliography",
    "exclusion_table",
    "heading",
    "md",
    "method_table",
    "priors_table",
    "setup",
    "show",
    "show_table",
    "show_table_as",
    "software_table",
    "step_table",
    "text",
]

_SAMPLER = ("engine", "draws", "tune", "chains", "target_accept", "replicates", "permutations", "imputations")


def text(study: StoredStudy) -> str:
    """The methods in a paragraph: what was read, what was left out, what was estimated and how sure it is."""
    manifest, results = study.manifest, study.results
    parts = []
    if "responses" in study:
        parts.append(study.status_sentence())
    methods = list(dict.fromkeys(str(r.meta["method"]) for r in results.values()))
    resampled, clustered = (_units(results.values(), how) for how in (True, False))
    parts.append(
        f"{counted(len(results), 'result')} of {counted(len(manifest['steps']), 'step')} "
        f"{'rests' if len(results) == 1 else 'rest'} on {counted(len(methods), 'method')}."
    )
    if any(has_intervals(r.estimates) for r in results.values()):
        parts.append(
            f"Intervals hold at {manifest['level']:.0%} unless said otherwise"
            + (f"; what was resampled: {listed(resampled)}" if resampled else "")
            + (f"; errors by formula are over: {listed(clustered)}" if clustered else "")
            + "."
        )
    elif results:
        why = list(dict.fromkeys(why_untested(r) for r in results.values()))
        parts.append(f"No estimate has an interval: {listed(why)}.")
    failed = [readable(step) for step, r in results.items() if not r.passed]
    parts.append(
        f"Fits that failed their diagnostics gate are no findings: {listed(failed)}."
        if failed
        else "Every fit that has a diagnostics gate passed it."
        if any(r.meta.get("gate") is not None for r in results.values())
        else ""
    )
    if manifest["deviations"]:
        parts.append(f"Deviations from the plan: {'; '.join(manifest['deviations'])}.")
    return " ".join(part for part in parts if part)


_FORMULAS = {"Wald", "Korn-Graubard", "logit, linearised"}
"""Intervals that resample nothing, whose errors are sums over units."""


def _units(results: Iterable[Result], resampled: bool) -> list[str]:
    """What intervals are over, of results that resample it or that don't."""
    found = []
    for result in results:
        unit = result.meta["specification"].get("unit")
        made = set(result.estimates["interval"]) - {"none"} if "interval" in result.estimates else set()
        posterior = all(name.startswith("posterior") for name in made)
        if unit and made and not posterior and (not made <= _FORMULAS) == resampled:
            found.append(readable(str(unit)))
    return list(dict.fromkeys(found))


def method_table(study: StoredStudy) -> pd.DataFrame:
    """Each result: its method, what shaped it, answers scored of those asked, and its seed."""
    rows = []
    for step, result in study.results.items():
        spec = result.meta["specification"]
        told = [f"{readable(k)} {_shown(spec[k])}" for k in ("formula", "family", "link", "thresholds", *_SAMPLER)
                if spec.get(k) not in (None, [], "")]  # fmt: skip
        rows.append(
            (
                capitalised(readable(step)),
                str(result.meta["method"]),
                "; ".join(told) or "–",
                _answers(result),
                "–" if result.meta["seed"] is None else str(result.meta["seed"]),
            )
        )
    return pd.DataFrame(rows, columns=["Result", "Method", "With", "Scored of asked", "Seed"])


def _answers(result: Result) -> str:
    """Answers scored of those asked, each once where the result says so, else those of its largest row."""
    frame, answers = result.estimates, result.meta.get("answers")
    if answers:
        return f"{number(answers['scored'])} of {number(answers['asked'])}"
    if frame.empty:
        return "–"
    scored, asked = (float(frame[c].max()) for c in ("n_scored", "n_asked"))
    return f"{'up to ' if len(frame) > 1 else ''}{scored:,.0f} of {asked:,.0f}"


def priors_table(study: StoredStudy) -> pd.DataFrame:
    """Priors of the Bayesian results, by what they govern."""
    rows = []
    for step, result in study.results.items():
        priors = result.meta["specification"].get("priors")
        if isinstance(priors, Mapping):
            rows += [
                (capitalised(readable(step)), readable(str(name)), _shown(value))
                for name, value in priors.items()
                if value is not None
            ]
    return pd.DataFrame(rows, columns=["Result", "Prior of", "Scale"])


def exclusion_table(study: StoredStudy) -> pd.DataFrame:
    """What did not enter, and what the results say of it."""
    rows: list[tuple[str, str]] = []
    if "responses" in study:
        counts = study.responses.status_counts()
        rows += [
            ("Answers: " + readable(str(s)), number(int(counts[s].iloc[0])))
            for s in counts.columns
            if s not in ("valid", "asked") and int(counts[s].iloc[0])
        ]
    for step, result in study.results.items():
        rows += [(capitalised(readable(step)), str(w)) for w in result.meta["warnings"] if _excludes(str(w))]
    return pd.DataFrame(rows or [("Nothing", "was left out")], columns=["Where", "What was left out"])


def step_table(study: StoredStudy) -> pd.DataFrame:
    """Each step, what its verb does, and what it made."""
    known = verbs()
    rows = []
    for name, said in study.manifest["steps"].items():
        path = known.get(said["verb"])
        summary = read_docstring(inspect.getdoc(load(path)) or "").summary if path else ""
        rows.append(
            (
                capitalised(readable(name)),
                readable(said["verb"]),
                summary.replace("`", ""),
                said["outputs_sha256"][:12],
            )
        )
    return pd.DataFrame(rows, columns=["Step", "Verb", "What it does", "SHA-256 of the output"])


def software_table(study: StoredStudy) -> pd.DataFrame:
    """Versions of what computed, the study file and its seed."""
    manifest = study.manifest
    versions: dict[str, set[str]] = {"valuestats": {manifest["valuestats"]}, "Python": {manifest["python"]}}
    for result in study.results.values():
        for name, version in result.meta["versions"].items():
            versions.setdefault(str(name), set()).add(str(version))
    rows = [(name, ", ".join(sorted(found))) for name, found in versions.items()]
    rows += [
        ("Study file", f"{manifest['study_file']}, SHA-256 {manifest['study_sha256'][:12]}…"),
        ("Code", f"SHA-256 {manifest['code_sha256'][:12]}…"),
        ("Seed", str(manifest["seed"])),
        ("Level", f"{manifest['level']:g}"),
    ]
    rows += [
        (f"Data: {name}", f"{d['licence']}; {counted(len(d['files']), 'file')}")
        for name, d in manifest["datasets"].items()
    ]
    return pd.DataFrame(rows, columns=["What", "Version or value"])


def bibliography(study: StoredStudy) -> str:
    """Sources of methods, instruments and data as BibTeX, each once, in a block of code; the package's own first."""
    return "```bibtex\n" + study.bibtex().replace("```", "'''") + "```"


def _excludes(warning: str) -> bool:
    return bool(
        re.search(r"left out|not scored|could not be|dropped|excluded|missing|off the scale|null", warning)
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{readable(str(k))} {_shown(v)}" for k, v in value.items())
    return str(value)
