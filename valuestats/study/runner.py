"""Run a study: every step once, kept whole, reused while nothing behind it has changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

import valuestats
from valuestats.base.errors import DatasetError, StudyError, ValuestatsError
from valuestats.base.files import atomic_file, atomic_folder, raise_disk_error
from valuestats.base.labels import counted, nearest
from valuestats.base.locks import sole_process
from valuestats.base.progress import say
from valuestats.base.registry import load, verbs
from valuestats.base.scratch import sweep
from valuestats.ingest.datasets import available, fetch, known_hashes, registry
from valuestats.results.receipts import MANIFEST, product_faults, read_receipt, write_receipt
from valuestats.results.result import Result
from valuestats.results.storage import FORM, load_step, read_artifact, stored_form, write_artifact
from valuestats.results.trust import trust
from valuestats.study.arguments import arguments, is_reference, is_source, takes_path
from valuestats.study.pages import require_pages
from valuestats.study.reach import code_of, code_sha256, versions
from valuestats.study.sources import datasets, described, plain_files, require_inside, resolved
from valuestats.study.spec import Step, Study, load_study, study_file

_PLAIN = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes
    ----------
    study
        What was run (the fallback's study where the data of the first could not be had).
    folder
        Where each step's product, the receipts and the manifest are.
    manifest
        Content of ``manifest.json``.
    reused, computed
        Names of the steps that were taken over, and of those that were worked out.
    """

    study: Study
    folder: Path
    manifest: Mapping[str, Any]
    reused: tuple[str, ...]
    computed: tuple[str, ...]

    def load(self, step: str) -> Any:
        """What one step made."""
        return load_step(self.folder, step)


def run_study(
    path: str | Path, *, results: str | Path = "results", fallback: bool = True, outside: bool = False
) -> Run:
    """Run the steps of a study file that have changed, and write the manifest.

    Parameters
    ----------
    path
        The study file, or the id of a study that ships (``"kornat"``).
    results
        Folder below which ``<study>/`` is written.
    fallback
        Whether the study's fallback may be run where its data can't be had.
    outside
        Whether the study may read files that do not lie in its own folder, as one's own study may.

    Returns
    -------
    Run

    Raises
    ------
    StudyError, DatasetError, InputError
        The study, its data or a step is at fault; finished steps are kept, and nothing is half written.

    Examples
    --------
    ::

        run = run_study("demo")
        run.load("scores").sentence()
    """
    study = load_study(study_file(path))
    absent = _absent_datasets(study)
    if absent and fallback and study.fallback is not None:
        first = absent[0]
        try:
            fetch(first)
        except DatasetError as error:
            _announce_fallback(study, error)
            return run_study(study.fallback, results=results, fallback=False, outside=outside)
    folder = Path(results) / study.name
    try:
        with sole_process(
            folder.with_name(f".{study.name}.lock"),
            folder=folder,
            doing="another run is writing these results",
        ):
            folder.mkdir(exist_ok=True)
            return _run(study, folder, outside)
    except OSError as error:
        raise_disk_error(error, folder)


def _run(study: Study, folder: Path, outside: bool) -> Run:
    sweep(folder)
    state = _State(study, folder, outside)
    require_pages(study)
    for number, planned in enumerate(state.plan(), 1):
        state.advance(planned, f"[{number}/{len(study.steps)}]")
    manifest = state.manifest()
    with atomic_file(folder / MANIFEST) as temporary:
        temporary.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    say(
        f"{study.name}: {counted(len(state.computed), 'step')} computed, {len(state.reused)} reused; results in {folder}"
    )
    return Run(study, folder, manifest, tuple(state.reused), tuple(state.computed))


@dataclass(frozen=True)
class _Planned:
    """A step with the function that its verb names and the arguments that the function gets."""

    step: Step
    verb: Callable[..., Any]
    given: Mapping[str, Any]
    arguments: Mapping[str, Any]


class _State:
    """How far a run has come."""

    def __init__(self, study: Study, folder: Path, outside: bool) -> None:
        self.study, self.folder, self.outside = study, folder, outside
        self.keys: dict[str, str] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.products: dict[str, Any] = {}
        self.reused: list[str] = []
        self.computed: list[str] = []
        self.deviations: list[str] = []

    def plan(self) -> list[_Planned]:
        """All steps, checked before the first is run."""
        known = verbs()
        shared = {"seed": self.study.seed, "level": self.study.level}
        planned = []
        for step in self.study.steps:
            if step.verb not in known:
                near = nearest(step.verb, known)
                raise StudyError(
                    "unknown verb",
                    file=self.study.path,
                    parameter=f"steps.{step.name}.verb",
                    got=step.verb,
                    expected=", ".join(sorted(known)),
                    hint=f"did you mean {near}?" if near else "valuestats verbs lists them",
                )
            verb, given = load(known[step.verb]), self._given(step)
            if not self.outside:
                paths = {name: value for name, value in given.items() if takes_path(verb, name)}
                where = {"file": self.study.path, "parameter": f"steps.{step.name}"}
                require_inside(given, paths, self.study.path.parent, **where)
            with self._told(step):
                checked = arguments(verb, given, shared, verb=step.verb, step=step.name, file=self.study.path)
            planned.append(_Planned(step, verb, given, checked))
        return planned

    def advance(self, planned: _Planned, label: str) -> None:
        step = planned.step
        key = self._key(planned)
        self.keys[step.name] = key
        place = self.folder / step.name
        receipt = self._stored(place, key, label)
        if receipt is not None:
            self.receipts[step.name] = receipt
            self.reused.append(step.name)
            say(f"{label} {step.name}: unchanged, reused")
            return
        say(f"{label} {step.name}: {step.verb} …")
        started = time.perf_counter()
        product = self._made(planned)
        seconds = round(time.perf_counter() - started, 3)
        with atomic_folder(place) as temporary:
            write_artifact(product, temporary)
            said = {"step": step.name, "verb": step.verb, "key": key, "seconds": seconds}
            self.receipts[step.name] = write_receipt(temporary, said)
        # Later steps read what was stored, as they do in a run that goes on after this one was broken off.
        self.computed.append(step.name)
        say(f"{label} {step.name}: done in {seconds:.1f} s")

    def _judged(self, step: Step, product: Any) -> Any:
        """The product with the step's evidence in its verdict."""
        if not step.evidence:
            return product
        pieces = self._resolve(list(step.evidence))
        if isinstance(product, Result):
            return trust(product, pieces)
        if isinstance(getattr(product, "result", None), Result):
            return dataclasses.replace(product, result=trust(product.result, pieces))
        raise StudyError(
            "evidence is of results",
            file=self.study.path,
            parameter=f"steps.{step.name}.evidence",
            got=f"{step.verb} makes a {type(product).__name__}",
        )

    def _stored(self, place: Path, key: str, label: str) -> dict[str, Any] | None:
        """The receipt of a step that needs not be worked out again."""
        try:
            receipt = read_receipt(place)
        except StudyError as error:
            say(f"{label} {place.name}: {error.message}, so it is worked out again")
            return None
        if receipt is None or receipt["key"] != key:
            return None
        faults = product_faults(place, receipt)
        if faults:
            say(f"{label} {place.name}: not what was stored ({faults[0]}), so it is worked out again")
        return None if faults else receipt

    def _made(self, planned: _Planned) -> Any:
        """What a step's verb makes of its arguments."""
        given = self._resolve(planned.arguments)
        with self._told(planned.step):
            return stored_form(self._judged(planned.step, planned.verb(**given)))

    @contextmanager
    def _told(self, step: Step) -> Iterator[None]:
        """One clear error for whatever a verb makes of a study file that asks for what its author never thought of."""
        try:
            yield
        except (ValuestatsError, OSError, MemoryError):
            raise
        except Exception as error:
            raise StudyError(
                f"step {step.name} failed in its verb {step.verb}",
                file=self.study.path,
                parameter=f"steps.{step.name}",
                got=f"{type(error).__name__}: {error}",
                hint="if its arguments are right, call the verb from Python: the traceback says where",
            ) from error

    def _given(self, step: Step) -> dict[str, Any]:
        missing = [name for name in datasets(step.params) if not available(name)]
        if not missing or step.otherwise is None:
            return dict(step.params)
        self.deviations.append(
            f"{step.name}: {', '.join(missing)} is not at hand; the declared substitute was used"
        )
        return dict(step.otherwise)

    def _key(self, planned: _Planned) -> str:
        """What a step's product depends on: verb, arguments, the code it can reach, and what computes."""
        shared = {k: v for k, v in planned.arguments.items() if k not in planned.given}
        described_all = {
            "verb": planned.step.verb,
            "arguments": described({**shared, **planned.given}, self.keys, self.study.path.parent),
            "evidence": [self.keys[name[1:]] for name in planned.step.evidence],
            "files": plain_files({k: v for k, v in planned.given.items() if takes_path(planned.verb, k)}),
            "code": code_of(planned.verb),
            "versions": versions(),
            "form": FORM,
        }
        return hashlib.sha256(orjson.dumps(described_all, option=_PLAIN)).hexdigest()

    def _resolve(self, value: Any) -> Any:
        if is_reference(value):
            name = value[1:]
            if name not in self.products:
                self.products[name] = read_artifact(self.folder / name)
            return self.products[name]
        if is_source(value):
            return resolved(value, self.study.path.parent)
        if isinstance(value, Mapping):
            return {k: self._resolve(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._resolve(v) for v in value]
        return tuple(self._resolve(v) for v in value) if type(value) is tuple else value

    def manifest(self) -> dict[str, Any]:
        names = sorted({d for step in self.study.steps for d in datasets(step.params) if available(d)})
        return {
            "study": self.study.name,
            "title": self.study.title,
            "description": self.study.description,
            "system": self.study.system,
            "notice": self.study.notice,
            "reports": list(self.study.reports),
            "study_file": self.study.path.name,
            "study_path": str(self.study.path),
            "study_sha256": self.study.sha256,
            "seed": self.study.seed,
            "level": self.study.level,
            "valuestats": valuestats.__version__,
            "python": platform.python_version(),
            "code_sha256": code_sha256(),
            "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "datasets": {
                name: {
                    "licence": registry()[name].licence,
                    "citation": registry()[name].citation,
                    "files": known_hashes(name),
                }
                for name in names
            },
            "deviations": self.deviations,
            "steps": {
                name: {k: v for k, v in receipt.items() if k != "files"}
                for name, receipt in self.receipts.items()
            },
            "seconds": round(sum(r["seconds"] for r in self.receipts.values()), 3),
        }


def _absent_datasets(study: Study) -> list[str]:
    needed = [name for step in study.steps if step.otherwise is None for name in datasets(step.params)]
    return [name for name in dict.fromkeys(needed) if not available(name)]


def _announce_fallback(study: Study, error: DatasetError) -> None:
    rule = "=" * 100
    say(
        f"\n{rule}\nNOTICE: the data of study '{study.name}' could not be had.\n{error}\n\n"
        f"The SIMULATED demo study is run instead: its numbers say nothing about any real model.\n{rule}\n"
    )
