"""Run a study: every step once, kept whole, reused while nothing behind it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from valuestats.base.errors import DatasetError, StudyError
from valuestats.base.files import atomic_file, raise_disk_error
from valuestats.base.labels import counted
from valuestats.base.locks import sole_process
from valuestats.base.progress import say
from valuestats.base.scratch import sweep
from valuestats.base.workers import cores, side_by_side
from valuestats.ingest.datasets import available, fetch
from valuestats.results.receipts import MANIFEST
from valuestats.results.storage import load_step
from valuestats.study.pages import require_pages
from valuestats.study.schedule import work_behind
from valuestats.study.sources import datasets
from valuestats.study.spec import Study, load_study, study_file
from valuestats.study.stepping import Planned, Stepping, worked_out_elsewhere

_STEPS_EACH = 8


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
    path: str | Path,
    *,
    results: str | Path = "results",
    fallback: bool = True,
    outside: bool = False,
    jobs: int = 1,
) -> Run:
    r"""Run the steps of a study file that have changed, and write the manifest.

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
    jobs
        Steps that may run side by side, each in a process of its own; they give the same numbers. More than 1 in a script
        needs Python's guard ``if __name__ == "__main__":``, and verbs of installed packages (no `register()` of a session).

    Returns
    -------
    Run

    Raises
    ------
    StudyError, DatasetError, InputError
        The study, its data or a step is at fault; finished steps are kept, and nothing is half written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "answers.csv").write_text("model,item,raw\nm,1,Like me.\nm,2,I cannot answer that.\n")
    >>> steps = "responses: {verb: read_responses, path: {file: answers.csv}, scale: value_portrait}"
    >>> head = "study: small\ntitle: Two answers\nseed: 1"
    >>> _ = (folder / "study.yml").write_text(f"{head}\nsteps:\n  {steps}\n")
    >>> run = run_study(folder / "study.yml", results=folder / "results")
    >>> run.computed, run.load("responses").frame["status"].tolist()
    (('responses',), ['valid', 'refusal'])
    >>> run_study(folder / "study.yml", results=folder / "results").reused
    ('responses',)

    The id of a study that ships runs it: ``run_study("demo")``.
    """
    study = load_study(study_file(path))
    absent = _absent_datasets(study)
    if absent and fallback and study.fallback is not None:
        first = absent[0]
        try:
            fetch(first)
        except DatasetError as error:
            _announce_fallback(study, error)
            return run_study(study.fallback, results=results, fallback=False, outside=outside, jobs=jobs)
    folder = Path(results) / study.name
    try:
        with sole_process(
            folder.with_name(f".{study.name}.lock"),
            folder=folder,
            doing="another run is writing these results",
        ):
            folder.mkdir(exist_ok=True)
            return _run(study, folder, outside, jobs)
    except OSError as error:
        raise_disk_error(error, folder)


def _run(study: Study, folder: Path, outside: bool, jobs: int) -> Run:
    sweep(folder)
    state = Stepping(study, folder, outside)
    require_pages(study)
    todo = state.outdated(state.plan())
    # Processes take a second to start: not for a few steps.
    number = min(jobs, cores(), len(todo) // _STEPS_EACH)
    if number > 1:
        _side_by_side(state, todo, number)
    else:
        for planned in todo:
            state.announce(planned)
            state.finish(planned, state.work_out(planned, state.keys[planned.step.name]))
    manifest = state.manifest()
    with atomic_file(folder / MANIFEST) as temporary:
        temporary.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    computed = tuple(planned.step.name for planned in todo)
    say(
        f"{study.name}: {counted(len(computed), 'step')} computed, {len(state.reused)} reused; results in {folder}"
    )
    return Run(study, folder, manifest, tuple(state.reused), computed)


def _side_by_side(state: Stepping, todo: list[Planned], number: int) -> None:
    """Work steps out as soon as those they refer to are there, those first on which most work waits."""
    names = {planned.step.name for planned in todo}
    before = work_behind([p.step for p in todo])
    first = sorted(todo, key=lambda p: -before[p.step.name])
    waiting = {p.step.name: (p, names.intersection(p.step.references())) for p in first}
    running: dict[Future[dict[str, Any]], Planned] = {}
    try:
        with side_by_side(number) as workers:
            while waiting or running:
                ready = [p for p, needs in waiting.values() if not needs]
                for planned in ready[: number - len(running)]:
                    state.announce(planned)
                    del waiting[planned.step.name]
                    given = (
                        state.study,
                        state.folder,
                        state.outside,
                        planned.step,
                        state.keys[planned.step.name],
                    )
                    running[workers.submit(worked_out_elsewhere, *given)] = planned
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    planned = running.pop(done)
                    state.finish(planned, done.result())
                    for _, needs in waiting.values():
                        needs.discard(planned.step.name)
    except BrokenExecutor as error:
        raise StudyError(
            "the process of a step was ended from outside",
            file=state.study.path,
            got=", ".join(planned.step.name for planned in running.values()) or None,
            hint="for want of memory, perhaps: one step at a time takes less (--jobs 1); finished steps are kept",
        ) from error


def _absent_datasets(study: Study) -> list[str]:
    needed = [name for step in study.steps if step.otherwise is None for name in datasets(step.params)]
    return [name for name in dict.fromkeys(needed) if not available(name)]


def _announce_fallback(study: Study, error: DatasetError) -> None:
    rule = "=" * 100
    say(
        f"\n{rule}\nNOTICE: the data of study '{study.name}' could not be had.\n{error}\n\n"
        f"The SIMULATED demo study is run instead: its numbers say nothing about any real model.\n{rule}\n"
    )
