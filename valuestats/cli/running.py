"""What commands do with a study: run it, render its pages and say which one to open, verify and cite its results."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Literal

from valuestats.base.extras import require_extra
from valuestats.base.progress import say
from valuestats.base.terminal import show


def run_and_render(
    study: str | Path,
    results: Path,
    engine: Literal["auto", "quarto", "embedded"],
    *,
    jobs: int,
    **options: Any,
) -> int:
    """Run a study with the options of `valuestats.run_study`, and render its pages; so many steps and pages at once."""
    from valuestats.study import run_study
    from valuestats.study.pages import render_reports

    require_extra("reports", "rendering")
    run = run_study(study, results=results, jobs=jobs, **options)
    for page in render_reports(run.folder, study=run.study.path, engine=engine, jobs=jobs):
        show(page)
    open_this(run.folder / "reports" / "index.html")
    return 0


def open_this(page: Path) -> None:
    """Say which page to open."""
    say(f"open this: {page.resolve().as_uri()}")


def verified(parsed: argparse.Namespace) -> int:
    """Say which files of stored results are not those that were written."""
    from valuestats.study.verification import verify_results

    found = verify_results(parsed.results)
    show(found.to_text())
    return int(not found.passed)


def cited(parsed: argparse.Namespace) -> int:
    """Print the sources of stored results as BibTeX."""
    from valuestats.reporting.stored_study import StoredStudy

    show(StoredStudy(parsed.results).bibtex().rstrip("\n"))
    return 0
