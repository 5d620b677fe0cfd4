"""``index.html``: the pages of a study, of all studies, and what they say; HTML without scripts."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from valuestats.base.files import atomic_file
from valuestats.base.labels import counted, number, readable
from valuestats.results.receipts import told_deviations
from valuestats.results.verdicts import MARKS, WORDS
from valuestats.study.overview import StudyOverview, study_overview, systems_overview

INDEX = "index.html"

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_SIGNS = {str(sign): f"{MARKS[sign]} {word}" for sign, word in WORDS.items()}
_DARK = re.compile(r':root\[data-theme="dark"\] (\{[^}]*\})')


def write_index(folder: str | Path, pages: str | Path | None = None) -> Path:
    """Write ``index.html`` beside the pages of a finished run: their headlines, and the results with their verdicts.

    Parameters
    ----------
    folder
        Results folder of a finished run whose pages are rendered.
    pages
        Folder of the pages; ``<folder>/reports`` where None.

    Returns
    -------
    pathlib.Path
        The page.
    """
    place = Path(folder)
    target = (place / "reports" if pages is None else Path(pages)) / INDEX
    with atomic_file(target) as temporary:
        temporary.write_text(study_page(study_overview(place, target.parent)), encoding="utf-8")
    return target


def write_systems_index(results: str | Path, rows: Sequence[dict[str, Any]] | None = None) -> Path:
    """Write ``index.html`` into a folder of results: every published system, what is reproduced, and its headline.

    Parameters
    ----------
    results
        Folder whose subfolders are results of studies.
    rows
        What `valuestats.study.overview.systems_overview` says of them, where it is known.
    """
    place = Path(results)
    target = place / INDEX
    with atomic_file(target) as temporary:
        temporary.write_text(
            systems_page(systems_overview(place) if rows is None else rows, place), encoding="utf-8"
        )
    return target


def study_page(study: StudyOverview) -> str:
    """The page of one study; every text in it is escaped."""
    parts = [f'<p class="lead">{_text(study.headline)}</p>'] if study.headline else []
    if study.notice:
        parts.append(_callout("important", "Read this first", study.notice))
    if study.deviations:
        parts.append(_callout("warning", "Deviations from the plan", told_deviations(study.deviations)))
    parts.append("<h2>Pages</h2>")
    for page in study.pages:
        links = ", ".join(
            f'<a href="{quote(file)}">{_text(Path(file).suffix[1:].upper())}</a>'
            for file in sorted(page.files)
        )
        parts.append(f"<h3>{_text(page.title)}</h3><p>{links}</p><p>{_text(page.headline)}</p>")
    if study.published:
        parts.append(f"<h2>Published numbers</h2><p>{_text(_counts(study.published))}.</p>")
    if study.results:
        rows = [
            (
                _SIGNS.get(r.sign, r.sign),
                readable(r.step),
                "; ".join(r.against[:3]) or "nothing that was looked at",
            )
            for r in study.results
        ]
        parts += [
            "<h2>Results and their trust</h2>",
            _table(("Trust", "Result", "What speaks against it, or a part of it"), rows),
        ]
    data = ", ".join(f"{name} ({licence})" for name, licence in study.data.items()) or "files of the study"
    made = study.finished.replace("T", " ").replace("+00:00", " UTC")
    parts.append(f'<p class="small">{_text(study.description)}</p>')
    parts.append(f'<p class="small">Data: {_text(data)}. Finished {_text(made)}.</p>')
    return _document(study.title, study.study, parts)


def systems_page(rows: Sequence[dict[str, Any]], folder: Path) -> str:
    """The page of all published systems."""
    run = [row for row in rows if row["run"]]
    parts = [
        f'<p class="lead">{counted(len(rows), "published system")}, {number(len(run))} of them run here: what its page '
        "shows, what comes out again, and what a careful statistician reports.</p>"
    ]
    for row in rows:
        title = _text(row["title"])
        if row["index"]:
            link = quote(os.path.relpath(row["index"], folder))
            title = f'<a href="{link}">{title}</a>'
        parts += [f"<h3>{title}</h3>", f'<p class="small">{_text(row["citation"])}</p>']
        shown = f"Shows: {row['material']}." if row["material"] else ""
        counts = f" {_counts(row['published'])}." if row["published"] else ""
        parts.append(f"<p>{_text(shown + counts)}</p>")
        if row["deviations"]:
            parts.append(_callout("warning", "Deviations from the plan", told_deviations(row["deviations"])))
        said = row["headline"] or ("" if row["run"] else "Not run here.")
        parts.append(f"<p>{_text(said)}</p>")
    return _document("Published ways of measuring values, analysed again", "valuestats", parts)


def _counts(published: dict[str, int] | Any) -> str:
    """Published numbers by verdict, in words."""
    total = sum(published.values())
    told = ", ".join(
        f"{number(n)} {'are ' if v == 'reproduced' else ''}{v}" for v, n in published.items() if n
    )
    return f"Of {counted(total, 'published number')} {told}"


def _text(text: object) -> str:
    return html.escape(str(text))


def _callout(kind: str, title: str, text: str) -> str:
    return (
        f'<div class="callout callout-{kind}" role="note"><p class="callout-title">'
        f'<span class="text">{_text(title)}</span></p><p>{_text(text)}</p></div>'
    )


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="vs-table"><div class="table-scroll" tabindex="0" role="region" aria-label="Results"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div></div>"
    )


@cache
def _style() -> str:
    """The pages' own style; dark where the reader's system is, as no script is there to toggle."""
    css = (files("valuestats.reporting") / "assets" / "report.css").read_text(encoding="utf-8")
    dark = _DARK.search(css)
    return css + (f"@media (prefers-color-scheme: dark) {{ :root {dark[1]} }}" if dark else "")


def _document(title: str, over: str, parts: Sequence[str]) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{_text(title)}</title><style>{_style()}</style></head><body>"
        '<a class="skip-link" href="#main">Skip to the content</a><div class="page"><header class="title-block">'
        f'<p class="study">{_text(over)}</p><h1 class="title">{_text(title)}</h1></header><main id="main">\n'
        + "\n".join(parts)
        + "\n</main></div></body></html>\n"
    )
