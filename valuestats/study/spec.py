"""A study file: what is read, what is estimated, with which seed, and which pages are made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import valuestats
from valuestats.base.errors import StudyError
from valuestats.base.labels import nearest
from valuestats.instruments.loading import parse_yaml
from valuestats.results.receipts import NAME
from valuestats.study.arguments import is_reference, study_number
from valuestats.study.fields import PAGE_FORMATS, page_formats, report_names, require_plain, text_field

_FIELDS = {
    "study",
    "title",
    "description",
    "seed",
    "level",
    "system",
    "notice",
    "fallback",
    "steps",
    "reports",
    "formats",
}
_STEP_FIELDS = {"verb", "otherwise", "evidence"}
_TAKEN = {"reports"}  # the folder of the pages, beside those of the steps


@dataclass(frozen=True)
class Step:
    """One node of a study: a verb and its parameters.

    Attributes
    ----------
    name
        Its name, and that of its folder in the results.
    verb
        A name of `valuestats.base.registry.verbs`: a public function, or one that a room names for studies.
    params
        Arguments of the verb; ``@name`` refers to another step.
    otherwise
        Parameters to use instead where a dataset named in `params` can't be had, which is noted as a deviation, and where
        a step that it takes, or one behind that, used its own.
    evidence
        References to steps whose products speak for or against this one's result, see `valuestats.trust`.
    """

    name: str
    verb: str
    params: Mapping[str, Any]
    otherwise: Mapping[str, Any] | None = None
    evidence: tuple[str, ...] = ()

    def references(self) -> list[str]:
        """Names of the steps whose products this one takes."""
        found = _references(self.params) + _references(list(self.evidence))
        return list(dict.fromkeys(found + (_references(self.otherwise) if self.otherwise else [])))


@dataclass(frozen=True)
class Study:
    """A frozen study.

    Attributes
    ----------
    name, title, description
        Identifier, heading, and what it is about.
    seed, level
        Seed and interval probability handed to every verb that takes one and does not set its own.
    system
        Identifier of the published system it analyses, if any.
    notice
        What a reader must be told first (simulated data, say).
    fallback
        Another study file to run where the data of this one can't be had.
    steps
        In an order in which every reference points back.
    reports
        Names of report templates.
    path
        The file it was read from.
    formats
        Of the pages, of ``html``, ``pdf`` and ``docx``.
    sha256
        Of that file.
    """

    name: str
    title: str
    description: str
    seed: int
    level: float
    system: str | None
    notice: str | None
    fallback: Path | None
    steps: tuple[Step, ...]
    reports: tuple[str, ...]
    path: Path
    formats: tuple[str, ...] = PAGE_FORMATS
    sha256: str = field(default="")


def analyses_folder() -> Path:
    """The studies that ship, a folder each: in the package or at the checkout's root."""
    package = Path(valuestats.__file__).resolve().parent
    installed = package / "_analyses"
    return installed if installed.exists() else package.parent / "analyses"


def shipped_studies() -> dict[str, Path]:
    """The study files that ship, by id.

    Examples
    --------
    >>> "demo" in shipped_studies()
    True
    """
    return {file.parent.name: file for file in sorted(analyses_folder().glob("*/study.yml"))}


def study_file(given: str | Path) -> Path:
    """A study file as it is named: a path, or the id of a study that ships.

    Raises
    ------
    StudyError
        Neither a file nor such an id.
    """
    path, shipped = Path(given), shipped_studies()
    if path.is_file():
        return path
    if str(given) in shipped:
        return shipped[str(given)]
    raise StudyError(
        "no such study file",
        file=path,
        expected=f"a YAML file, or one of the studies that ship: {', '.join(shipped)}",
    )


def load_study(path: str | Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    StudyError
        No such file, not YAML, an unknown field or verb, a reference to nothing, or a circle of references.

    Examples
    --------
    ::

        study = load_study("analyses/demo/study.yml")
    """
    file = Path(path)
    if not file.is_file():
        raise StudyError(
            "no such study file", file=file, hint="a study is a YAML file, see analyses/*/study.yml"
        )
    text = file.read_bytes()
    try:
        content = parse_yaml(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)[:200]
        where = f"line {mark.line + 1}: {what}" if mark else what
        raise StudyError("the study file is not valid YAML", file=file, got=where) from error
    if not isinstance(content, dict):
        raise StudyError("a study file is a mapping", file=file, got=type(content).__name__)
    unknown = sorted(str(name) for name in content if name not in _FIELDS)
    if unknown:
        raise StudyError(
            "unknown field",
            file=file,
            parameter=", ".join(unknown),
            expected=", ".join(sorted(_FIELDS)),
            hint=f"did you mean {near}?" if (near := nearest(unknown[0], _FIELDS)) else None,
        )
    absent = sorted({"study", "title", "seed", "steps"} - set(content))
    if absent:
        raise StudyError("a field is missing", file=file, parameter=", ".join(absent))
    seed, level = study_number(content, "seed", file), study_number(content, "level", file)
    require_plain(content, file)
    steps = _in_order(_steps(content["steps"], file), file)
    fallback = text_field(content, "fallback", file)
    return Study(
        name=_named(content["study"], file),
        title=text_field(content, "title", file) or "",
        description=text_field(content, "description", file) or "",
        seed=seed,
        level=level,
        system=text_field(content, "system", file),
        notice=text_field(content, "notice", file),
        fallback=None if fallback is None else (file.parent / fallback),
        steps=steps,
        reports=report_names(content, file),
        formats=page_formats(content, file),
        path=file,
        sha256=hashlib.sha256(text).hexdigest(),
    )


def _named(name: object, file: Path) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise StudyError(
            "not a name", file=file, got=name, expected="lower-case letters, digits and underscores"
        )
    return name


def _steps(content: object, file: Path) -> dict[str, Step]:
    if not isinstance(content, dict) or not content:
        raise StudyError(
            "a study needs steps", file=file, parameter="steps", expected="a mapping name: {verb: …}"
        )
    steps = {}
    for name, body in content.items():
        if not isinstance(body, dict) or "verb" not in body:
            raise StudyError("a step needs a verb", file=file, parameter=f"steps.{name}", got=body)
        params = {k: v for k, v in body.items() if k not in _STEP_FIELDS}
        evidence, otherwise = body.get("evidence", []), body.get("otherwise")
        if not isinstance(evidence, list) or not all(is_reference(e) for e in evidence):
            raise StudyError(
                "evidence is a list of steps",
                file=file,
                parameter=f"steps.{name}.evidence",
                got=evidence,
                expected='such as ["@chance", "@validity"]',
            )
        if not isinstance(body["verb"], str):
            raise StudyError("not a verb", file=file, parameter=f"steps.{name}.verb", got=body["verb"])
        if not isinstance(otherwise, dict | None):
            raise StudyError(
                "not a mapping of parameters", file=file, parameter=f"steps.{name}.otherwise", got=otherwise
            )
        if name in _TAKEN:
            raise StudyError("a step can't have this name", file=file, parameter=f"steps.{name}")
        steps[_named(name, file)] = Step(str(name), body["verb"], params, otherwise, tuple(evidence))
    return steps


def _references(value: object) -> list[str]:
    if isinstance(value, str):
        return [value[1:]] if is_reference(value) else []
    if isinstance(value, Mapping):
        return [name for part in value.values() for name in _references(part)]
    if isinstance(value, list):
        return [name for part in value for name in _references(part)]
    return []


def _in_order(steps: dict[str, Step], file: Path) -> tuple[Step, ...]:
    for step in steps.values():
        for name in step.references():
            if name not in steps:
                raise StudyError(
                    "a reference to no step",
                    file=file,
                    parameter=f"steps.{step.name}",
                    got=f"@{name}",
                    expected=", ".join(f"@{other}" for other in steps if other != step.name),
                    hint=f"did you mean @{near}?" if (near := nearest(name, steps)) else None,
                )
    done: dict[str, Step] = {}
    while len(done) < len(steps):
        ready = [s for s in steps.values() if s.name not in done and all(r in done for r in s.references())]
        if not ready:
            circle = ", ".join(sorted(set(steps) - set(done)))
            raise StudyError(
                "steps refer to each other in a circle", file=file, parameter="steps", got=circle
            )
        done.update((s.name, s) for s in ready)
    return tuple(done.values())
