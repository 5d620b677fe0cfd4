"""The steps of a run: which are to be worked out, what each depends on, and how its product is made and kept."""

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
from valuestats.base.errors import StudyError, ValuestatsError
from valuestats.base.files import atomic_folder
from valuestats.base.former import renamed_arguments, tell_former
from valuestats.base.labels import listed, nearest
from valuestats.base.progress import say
from valuestats.base.registry import former_names, load, verbs
from valuestats.base.threads import one_thread
from valuestats.ingest.datasets import available, known_hashes, registry
from valuestats.results.receipts import product_faults, read_receipt, write_receipt
from valuestats.results.result import Result
from valuestats.results.storage import FORM, read_artifact, stored_form, write_artifact
from valuestats.results.trust import trust
from valuestats.study.arguments import arguments, is_reference, is_source, takes_path
from valuestats.study.keepable import INSTEAD, is_keepable
from valuestats.study.reach import code_of, code_sha256, versions
from valuestats.study.sources import datasets, described, plain_files, require_inside, resolved
from valuestats.study.spec import Step, Study

_PLAIN = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class Planned:
    """A step with the function that its verb names and the arguments that the function gets."""

    step: Step
    verb: Callable[..., Any]
    given: Mapping[str, Any]
    arguments: Mapping[str, Any]


class Stepping:
    """How far a run has come."""

    def __init__(self, study: Study, folder: Path, outside: bool) -> None:
        self.study, self.folder, self.outside = study, folder, outside
        self.keys: dict[str, str] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.products: dict[str, Any] = {}
        self.reused: list[str] = []
        self._begun: list[str] = []
        self.deviations: list[str] = []
        self._stood_in: set[str] = set()

    def plan(self) -> list[Planned]:
        """All steps, checked before the first is run."""
        return [self.planned(step) for step in self.study.steps]

    def planned(self, step: Step) -> Planned:
        """A step with its verb and checked arguments."""
        known = verbs()
        shared = {"seed": self.study.seed, "level": self.study.level}
        step = self._by_present_names(step, known)
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
        if not is_keepable(verb):
            raise StudyError(
                "what this verb makes can't be kept, so it is no step",
                file=self.study.path,
                parameter=f"steps.{step.name}.verb",
                got=step.verb,
                expected=INSTEAD.get(step.verb, "a verb that makes a result or a table: valuestats verbs"),
            )
        if not self.outside:
            paths = {name: value for name, value in given.items() if takes_path(verb, name)}
            where = {"file": self.study.path, "parameter": f"steps.{step.name}"}
            require_inside(given, paths, self.study.path.parent, **where)
        with self._told(step):
            checked = arguments(verb, given, shared, verb=step.verb, step=step.name, file=self.study.path)
        return Planned(step, verb, given, checked)

    def _by_present_names(self, step: Step, known: Mapping[str, str]) -> Step:
        """A step whose verb and arguments have the names of this version; former ones are told."""
        where = f"{self.study.path.name}, step {step.name}"
        now = former_names().get(step.verb, step.verb)
        if step.verb in known or now not in known:
            now = step.verb
        else:
            say(tell_former(step.verb, now, where=where))
        if now not in known:
            return step
        verb = load(known[now])
        params, otherwise = (
            None if given is None else renamed_arguments(verb, given, where, say=say)
            for given in (step.params, step.otherwise)
        )
        return dataclasses.replace(step, verb=now, params=params or {}, otherwise=otherwise)

    def outdated(self, plan: list[Planned]) -> list[Planned]:
        """The steps that are to be worked out; the keys of all are known then."""
        todo = []
        for planned in plan:
            name = planned.step.name
            self.keys[name] = key = self._key(planned)
            receipt = self._stored(self.folder / name, key)
            if receipt is None:
                todo.append(planned)
                continue
            self.receipts[name] = receipt
            self.reused.append(name)
            say(f"{self._label(name)} {name}: unchanged, reused")
        return todo

    def announce(self, planned: Planned) -> None:
        """Say that a step begins."""
        name = planned.step.name
        say(f"{self._label(name)} {name}: {planned.step.verb} …")

    def finish(self, planned: Planned, receipt: dict[str, Any]) -> None:
        """Take a finished step's receipt."""
        name = planned.step.name
        self.receipts[name] = receipt
        say(f"{' ' * len(self._label(name))} {name}: done in {receipt['seconds']:.1f} s")

    def work_out(self, planned: Planned, key: str) -> dict[str, Any]:
        """A step's receipt, its product stored: later steps read that, as in a run that goes on after a broken one."""
        step = planned.step
        started = time.perf_counter()
        product = self._made(planned)
        seconds = round(time.perf_counter() - started, 3)
        with atomic_folder(self.folder / step.name) as temporary:
            write_artifact(product, temporary)
            said = {"step": step.name, "verb": step.verb, "key": key, "seconds": seconds}
            return write_receipt(temporary, said)

    def _label(self, name: str) -> str:
        """The step's number, in the order in which steps begin or are taken over."""
        if name not in self._begun:
            self._begun.append(name)
        return f"[{self._begun.index(name) + 1}/{len(self.study.steps)}]"

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

    def _stored(self, place: Path, key: str) -> dict[str, Any] | None:
        """The receipt of a step that needs not be worked out again."""
        try:
            receipt = read_receipt(place)
        except StudyError as error:
            say(f"{place.name}: {error.message}, so it is worked out again")
            return None
        if receipt is None or receipt["key"] != key:
            return None
        faults = product_faults(place, receipt)
        if faults:
            say(f"{place.name}: not what was stored ({faults[0]}), so it is worked out again")
        return None if faults else receipt

    def _made(self, planned: Planned) -> Any:
        """What a step's verb makes of its arguments."""
        given = self._resolve(planned.arguments)
        # In one thread, so that no number depends on how many processors there are.
        with self._told(planned.step), one_thread():
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
        resting = self._stood_in.intersection(step.references())
        if resting or (missing and step.otherwise is not None):
            self._stood_in.add(step.name)
        if step.otherwise is None or not (missing or resting):
            return dict(step.params)
        if not missing:  # what it rests on has told of it
            return dict(step.otherwise)
        named = list(dict.fromkeys(missing))
        are = f"set {named[0]} is" if len(named) == 1 else f"sets {listed(named)} are"
        what = (
            ": simulated data, which say nothing of real models or people"
            if _simulated(step.otherwise)
            else ""
        )
        self.deviations.append(
            f"{step.name}: the data {are} not at hand; the declared substitute was used{what}"
        )
        return dict(step.otherwise)

    def _key(self, planned: Planned) -> str:
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
        """Content of ``manifest.json``."""
        names = sorted({d for step in self.study.steps for d in datasets(step.params) if available(d)})
        return {
            "study": self.study.name,
            "title": self.study.title,
            "description": self.study.description,
            "system": self.study.system,
            "notice": self.study.notice,
            "reports": list(self.study.reports),
            "formats": list(self.study.formats),
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
                step.name: {k: v for k, v in self.receipts[step.name].items() if k != "files"}
                for step in self.study.steps
            },
            "seconds": round(sum(r["seconds"] for r in self.receipts.values()), 3),
        }


_of_this_process: dict[tuple[Path, str], Stepping] = {}


def worked_out_elsewhere(study: Study, folder: Path, outside: bool, step: Step, key: str) -> dict[str, Any]:
    """The receipt of a step that a process of its own has worked out; what steps made stays in its memory."""
    state = _of_this_process.setdefault((folder, study.sha256), Stepping(study, folder, outside))
    return state.work_out(state.planned(step), key)


def _simulated(value: Any) -> bool:
    """Whether a demo file, which this package simulates, is among these parameters."""
    if isinstance(value, Mapping):
        return "demo" in value or any(map(_simulated, value.values()))
    return isinstance(value, list) and any(map(_simulated, value))
