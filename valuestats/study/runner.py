"""Run a study: every step once, kept whole, reused while nothing behind it has changed."""

from __future__ import annotations

import datetime as dt
import glob
import hashlib
import inspect
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

import valuestats
from valuestats.base.errors import DatasetError, StudyError
from valuestats.base.files import atomic_file, atomic_folder, sha256_file, sha256_folder
from valuestats.base.progress import say
from valuestats.ingest.datasets import available, fetch, known_hashes, registry
from valuestats.results.storage import RECEIPT, load_step, read_artifact, write_artifact
from valuestats.study.spec import REFERENCE, Step, Study, load_study
from valuestats.study.verbs import VERBS

MANIFEST = "manifest.json"
_PRESENTATION = ("charts/", "reporting/", "study/pages.py", "cli.py")


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


def run_study(path: str | Path, *, results: str | Path = "results", fallback: bool = True) -> Run:
    """Run the steps of a study file that have changed, and write the manifest.

    Parameters
    ----------
    path
        The study file.
    results
        Folder below which ``<study>/`` is written.
    fallback
        Whether the study's fallback may be run where its data can't be had.

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

        run = run_study("analyses/demo/study.yml")
        run.load("scores").sentence()
    """
    study = load_study(path)
    absent = _absent_datasets(study)
    if absent and fallback and study.fallback is not None:
        first = absent[0]
        try:
            fetch(first)
        except DatasetError as error:
            _announce_fallback(study, error)
            return run_study(study.fallback, results=results, fallback=False)
    folder = Path(results) / study.name
    folder.mkdir(parents=True, exist_ok=True)
    state = _State(study, folder)
    for number, step in enumerate(study.steps, 1):
        state.advance(step, f"[{number}/{len(study.steps)}]")
    manifest = state.manifest()
    with atomic_file(folder / MANIFEST) as temporary:
        temporary.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    say(
        f"{study.name}: {len(state.computed)} steps computed, {len(state.reused)} reused; results in {folder}"
    )
    return Run(study, folder, manifest, tuple(state.reused), tuple(state.computed))


class _State:
    """How far a run has come."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.study, self.folder = study, folder
        self.keys: dict[str, str] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.products: dict[str, Any] = {}
        self.reused: list[str] = []
        self.computed: list[str] = []
        self.deviations: list[str] = []

    def advance(self, step: Step, label: str) -> None:
        verb = VERBS.get(step.verb)
        if verb is None:
            raise StudyError(
                "unknown verb",
                file=self.study.path,
                parameter=f"steps.{step.name}.verb",
                got=step.verb,
                expected=", ".join(sorted(VERBS)),
            )
        params = self._params(step)
        arguments = {**self._defaults(verb), **params}
        _check_arguments(verb, step, arguments, self.study.path)
        key = self._key(step, arguments)
        self.keys[step.name] = key
        place = self.folder / step.name
        receipt = _receipt(place)
        if receipt is not None and receipt["key"] == key:
            self.receipts[step.name] = receipt
            self.reused.append(step.name)
            say(f"{label} {step.name}: unchanged, reused")
            return
        say(f"{label} {step.name}: {step.verb} …")
        started = time.perf_counter()
        product = verb(**{name: self._resolve(value) for name, value in arguments.items()})
        seconds = round(time.perf_counter() - started, 3)
        with atomic_folder(place) as temporary:
            write_artifact(product, temporary)
            receipt = {
                "step": step.name,
                "verb": step.verb,
                "key": key,
                "seconds": seconds,
                "outputs_sha256": sha256_folder(temporary),
            }
            (temporary / RECEIPT).write_bytes(orjson.dumps(receipt, option=orjson.OPT_INDENT_2))
        self.products[step.name] = product
        self.receipts[step.name] = receipt
        self.computed.append(step.name)
        say(f"{label} {step.name}: done in {seconds:.1f} s")

    def _params(self, step: Step) -> dict[str, Any]:
        missing = [name for name in _datasets(step.params) if not available(name)]
        if not missing or step.otherwise is None:
            return dict(step.params)
        self.deviations.append(
            f"{step.name}: {', '.join(missing)} is not at hand; the declared substitute was used"
        )
        return dict(step.otherwise)

    def _defaults(self, verb: Any) -> dict[str, Any]:
        accepted = inspect.signature(verb).parameters
        shared = {"seed": self.study.seed, "level": self.study.level}
        return {name: value for name, value in shared.items() if name in accepted}

    def _key(self, step: Step, arguments: Mapping[str, Any]) -> str:
        described = {
            "verb": step.verb,
            "arguments": _describe(arguments, self.keys, self.study.path.parent),
            "code": code_sha256(),
            "version": valuestats.__version__,
        }
        return hashlib.sha256(orjson.dumps(described, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(REFERENCE):
            name = value[1:]
            if name not in self.products:
                self.products[name] = read_artifact(self.folder / name)
            return self.products[name]
        if isinstance(value, Mapping):
            if set(value) <= {"dataset", "path"} and "dataset" in value:
                return _joined(fetch(value["dataset"]), value.get("path"))
            if set(value) == {"file"}:
                return self.study.path.parent / value["file"]
            return {k: self._resolve(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._resolve(v) for v in value]
        return value

    def manifest(self) -> dict[str, Any]:
        names = sorted({d for step in self.study.steps for d in _datasets(step.params) if available(d)})
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
            "steps": self.receipts,
            "seconds": round(sum(r["seconds"] for r in self.receipts.values()), 3),
        }


def _joined(folder: Path, path: str | None) -> Path:
    return folder if path is None else folder / path


def _receipt(place: Path) -> dict[str, Any] | None:
    file = place / RECEIPT
    if not file.is_file():
        return None
    try:
        return dict(orjson.loads(file.read_bytes()))
    except orjson.JSONDecodeError:
        return None


def _datasets(value: object) -> list[str]:
    if isinstance(value, Mapping):
        if "dataset" in value:
            return [str(value["dataset"])]
        return [name for part in value.values() for name in _datasets(part)]
    if isinstance(value, list):
        return [name for part in value for name in _datasets(part)]
    return []


def _absent_datasets(study: Study) -> list[str]:
    needed = [name for step in study.steps if step.otherwise is None for name in _datasets(step.params)]
    return [name for name in dict.fromkeys(needed) if not available(name)]


def _describe(value: Any, keys: Mapping[str, str], base: Path) -> Any:
    """The arguments as plain data in which references and files are replaced by what they stand for."""
    if isinstance(value, str) and value.startswith(REFERENCE):
        return {"step": keys[value[1:]]}
    if isinstance(value, Mapping):
        if "dataset" in value and set(value) <= {"dataset", "path"}:
            return {**value, "files": known_hashes(value["dataset"])}
        if set(value) == {"file"}:
            return {**value, "sha256": _path_sha256(base / value["file"])}
        return {str(k): _describe(v, keys, base) for k, v in value.items()}
    if isinstance(value, list):
        return [_describe(v, keys, base) for v in value]
    return value


def _path_sha256(path: Path) -> str:
    if path.is_dir():
        return sha256_folder(path)
    if not path.exists() and glob.has_magic(str(path)):
        return _pattern_sha256(path)
    if not path.is_file():
        raise StudyError("the study names a file that is not there", file=path)
    return sha256_file(path)


def _pattern_sha256(pattern: Path) -> str:
    found = sorted(p for p in glob.glob(str(pattern), recursive=True) if Path(p).is_file())  # noqa: PTH207
    if not found:
        raise StudyError("the study names a pattern that no file matches", file=pattern)
    digest = hashlib.sha256()
    for file in found:
        digest.update(f"{Path(file).name} {sha256_file(file)}\n".encode())
    return digest.hexdigest()


def _check_arguments(verb: Any, step: Step, arguments: Mapping[str, Any], file: Path) -> None:
    try:
        inspect.signature(verb).bind(**arguments)
    except TypeError as error:
        raise StudyError(
            f"step {step.name} does not fit its verb {step.verb}",
            file=file,
            parameter=f"steps.{step.name}",
            got=str(error),
            expected=str(inspect.signature(verb)),
        ) from error


@cache
def code_sha256(*, presentation: bool = False) -> str:
    """Hash of every file of the package that can change a number or, with `presentation`, a page."""
    root = Path(valuestats.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        relative = file.relative_to(root).as_posix()
        if presentation or not relative.startswith(_PRESENTATION):
            digest.update(f"{relative} {sha256_file(file)}\n".encode())
    return digest.hexdigest()


def _announce_fallback(study: Study, error: DatasetError) -> None:
    rule = "=" * 100
    say(
        f"\n{rule}\nNOTICE: the data of study '{study.name}' could not be had.\n{error}\n\n"
        f"The SIMULATED demo study is run instead: its numbers say nothing about any real model.\n{rule}\n"
    )
