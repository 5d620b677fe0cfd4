"""What finished runs say, in short: headlines, verdicts, and how many published numbers come out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from valuestats.base import registry
from valuestats.base.errors import StudyError, ValuestatsError
from valuestats.base.files import read_json
from valuestats.base.labels import readable
from valuestats.results.receipts import MANIFEST, read_manifest
from valuestats.results.verdicts import Reason, Verdict
from valuestats.study.headlines import headline
from valuestats.study.page_receipts import known_pages
from valuestats.systems.comparison import VERDICTS


@dataclass(frozen=True)
class PageOverview:
    """A page: its files in the folder of reports, its title and its headline."""

    name: str
    files: tuple[str, ...]
    title: str
    headline: str


@dataclass(frozen=True)
class StepOverview:
    """A result: the sign of its verdict, and what speaks against it."""

    step: str
    kind: str
    sign: str
    against: tuple[str, ...]


@dataclass(frozen=True)
class StudyOverview:
    """A finished run in short.

    Attributes
    ----------
    study, title, description, notice
        As the study file says.
    system
        Id of the published system, or None.
    data
        Licence by dataset.
    deviations
        Where the run left the plan, such as a stand-in in place of data that are not at hand.
    finished
        When, in UTC.
    published
        Published numbers by verdict; empty where none were held against recomputed ones.
    pages, results
        The pages, and the results with a verdict.
    """

    study: str
    title: str
    description: str
    notice: str
    system: str | None
    data: Mapping[str, str]
    deviations: tuple[str, ...]
    finished: str
    published: Mapping[str, int]
    pages: tuple[PageOverview, ...]
    results: tuple[StepOverview, ...]

    @property
    def headline(self) -> str:
        """That of the first page which has one."""
        return next((page.headline for page in self.pages if page.headline), "")

    def to_content(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "headline": self.headline}


def study_overview(folder: str | Path, pages: str | Path | None = None) -> StudyOverview:
    """A finished run in short, from what is stored of it; nothing is worked out.

    Parameters
    ----------
    folder
        Results folder of a finished run.
    pages
        Folder of its pages; ``<folder>/reports`` where None.

    Raises
    ------
    StudyError
        It holds no finished run, or its manifest is damaged.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    steps = list(manifest["steps"])
    return StudyOverview(
        study=manifest["study"],
        title=manifest["title"],
        description=manifest["description"],
        notice=manifest["notice"] or "",
        system=manifest["system"],
        data={name: said["licence"] for name, said in manifest["datasets"].items()},
        deviations=tuple(manifest["deviations"]),
        finished=manifest["finished"],
        published=_published(place, steps),
        pages=_pages(place / "reports" if pages is None else Path(pages)),
        results=tuple(found for step in steps if (found := _result(place / step)) is not None),
    )


def _pages(folder: Path) -> tuple[PageOverview, ...]:
    names: dict[str, list[str]] = {}
    for file in known_pages(folder):
        names.setdefault(Path(file).stem, []).append(file)
    found = []
    for name, files in names.items():
        page = folder / f"{name}.html"
        if page.is_file():
            said = headline(page.read_text(encoding="utf-8", errors="replace"))
            found.append(PageOverview(name, tuple(files), said.title or name, said.text))
    return tuple(found)


def _result(place: Path) -> StepOverview | None:
    file = next((f for f in (place / "result.json", place / "result" / "result.json") if f.is_file()), None)
    if file is None:
        return None
    try:
        head = read_json(file)
        trust = head["trust"]
        reasons = [Reason(**r) for r in trust["reasons"]]
        against = Verdict(tuple(reasons), pd.DataFrame(), trust["sign"]).against
        told = tuple(dict.fromkeys(_said(asdict(r)) for r in against))
        return StepOverview(place.name, str(head["kind"]), str(trust["sign"]), told)
    except (ValuestatsError, KeyError, TypeError, AttributeError):
        return None  # of an older version, or damaged: `valuestats verify` says which


def _said(reason: Mapping[str, Any]) -> str:
    """A reason, and of what part it is where it is not of all."""
    where = ", ".join(readable(str(label)) for label in (reason.get("where") or {}).values())
    return f"{where}: {reason['text']}" if where else str(reason["text"])


def _published(folder: Path, steps: list[str]) -> dict[str, int]:
    """Published numbers by verdict, over all comparisons of a run."""
    counts: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for step in steps:
        file = folder / step / "frame.parquet"
        if file.is_file() and {"verdict", "recomputed", "quantity"} <= set(_columns(file)):
            told = pd.read_parquet(file, columns=["verdict"])["verdict"].value_counts()
            for verdict in VERDICTS:
                counts[verdict] += int(told.get(verdict, 0))
    return counts if any(counts.values()) else {}


def _columns(file: Path) -> list[str]:
    try:
        return list(pq.read_schema(file).names)
    except (OSError, ValueError):  # damaged: `valuestats verify` says so
        return []


def systems_overview(results: str | Path = "results") -> list[dict[str, Any]]:
    """The published systems, and what finished runs below a folder say of each.

    Parameters
    ----------
    results
        Folder whose subfolders are results of studies.

    Returns
    -------
    list of dict
        By id: ``id``, ``title``, ``citation``, ``material`` (what its page shows: the paper's own raw data, a stand-in, a
        simulation), ``licence``, ``run`` (whether a finished run of it is there), ``published`` (numbers by verdict),
        ``headline``, ``deviations`` and ``index`` (the page that lists its pages, or None).
    """
    runs: dict[str, tuple[Path, StudyOverview]] = {}
    for file in sorted(Path(results).glob(f"*/{MANIFEST}")):
        try:
            found = study_overview(file.parent)
        except StudyError:
            continue
        if found.system is not None and (found.study == found.system or found.system not in runs):
            runs[found.system] = (file.parent, found)
    rows = []
    for name, system in sorted(registry.systems().items()):
        folder, run = runs.get(name, (None, None))
        index = None if folder is None else folder / "reports" / "index.html"
        rows.append(
            {
                "id": name,
                "title": system.title,
                "citation": system.citation,
                "material": system.material,
                "licence": system.licence,
                "run": run is not None,
                "published": dict(run.published) if run else {},
                "headline": run.headline if run else "",
                "deviations": list(run.deviations) if run else [],
                "index": str(index) if index is not None and index.is_file() else None,
            }
        )
    return rows
