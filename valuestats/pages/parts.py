"""The steps that a page means, in a study that calls them as it likes: by what they hold, or by the verb that made it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from valuestats.base.errors import StudyError
from valuestats.base.labels import listed
from valuestats.reporting.display import md
from valuestats.reporting.markdown import escape_markdown
from valuestats.reporting.sections import heading, paragraph, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result

_SHORT = re.compile(r"(.*?)\s*(\((?:18|19|20)\d\d[a-z]?\))")
_INITIALS = re.compile(r"\b[A-Z]\.(?:[- ]?[A-Z]\.)*")


def _short(citation: str) -> str:
    """A source as a text cites it.

    Examples
    --------
    >>> _short("Gelman, A., Meng, X.-L. and Stern, H. (1996). Posterior predictive"), _short("Bonett & Wright (2000), x")
    ('Gelman et al. (1996)', 'Bonett and Wright (2000)')
    >>> _short("McCullagh, P. (1980). Regression models"), _short("Han et al. (2025), Value Portrait")
    ('McCullagh (1980)', 'Han et al. (2025)')
    """
    found = _SHORT.match(citation)
    if found is None:
        return citation
    names = [n.strip() for n in re.split(r",|&|\band\b", _INITIALS.sub("", found[1])) if n.strip(" .")]
    whom = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{whom} {found[2]}"


def step_of(
    study: StoredStudy,
    *,
    kinds: Sequence[str] = (),
    verbs: Sequence[str] = (),
    keys: Sequence[str] = (),
    usual: Sequence[str] = (),
) -> str | None:
    """The step that holds a result of one of these kinds, or was made by one of these verbs; None where none does.

    Parameters
    ----------
    study
        The stored study.
    kinds, verbs
        What it is or was made by; either will do.
    keys
        Keys that a result must have.
    usual
        Names under which it is looked for first; of others the first of the study is taken.
    """
    found = [
        step
        for step, told in study.manifest["steps"].items()
        if told["verb"] in verbs or (step in study.results and study.results[step].kind in kinds)
    ]
    found = [s for s in found if s not in study.results or set(keys) <= set(study.results[s].keys)]
    return next((name for name in usual if name in found), found[0] if found else None)


def required(study: StoredStudy, page: str, what: str, verbs: str, step: str | None) -> str:
    """The step that a page can't be without.

    Raises
    ------
    StudyError
        There is none.
    """
    if step is not None:
        return step
    there = sorted({result.kind.replace("_", " ") for result in study.results.values()})
    raise StudyError(
        f"the page {page} needs {what}, and this study holds none",
        parameter="reports",
        got=f"results: {listed(there)}" if there else "no result",
        expected=f"a step of {verbs}",
        hint="leave the page out of the study's reports, or add the step",
    )


def at_a_glance(study: StoredStudy, lines: Mapping[str, str]) -> None:
    """What the study is, and a line for each of its parts; empty lines are left out."""
    heading("At a glance", "sec-glance")
    paragraph(f"{study.manifest['title']}. {study.manifest['description']}".strip())
    md("\n".join(f"- **{name}.** {escape_markdown(text)}" for name, text in lines.items() if text))


def absent(what: str, verbs: str) -> None:
    """Say in one sentence what the study does not hold, and what would make it."""
    paragraph(f"This study holds no {what}; steps of {verbs} make them.")


def sources(results: Sequence[Result]) -> str:
    """Whom the methods of these results come from, as one line of authors and years; empty where none names a source."""
    told = [str(c).rstrip(".") for r in results for c in r.meta["citations"]]
    short = list(dict.fromkeys(map(_short, told)))
    return f"Sources: {'; '.join(short)}." if short else ""


def made(study: StoredStudy, shown: Sequence[str], *, steps: bool = True) -> None:
    """Provenance, the study's steps, and the sources of the results that a page showed."""
    show_table_as(study.provenance_table(), "tbl-provenance", "Provenance.", align="ll")
    if steps:
        # Hashes are for whoever checks a file, and no reading for paper.
        md('::: {.content-visible when-format="html"}')
        caption = "Steps of the study, their time, and the hash of what they made."
        show_table_as(study.step_table(), "tbl-steps", caption, align="llrl")
        md(":::")
    text = sources([study.results[step] for step in dict.fromkeys(shown) if step in study.results])
    if text:
        paragraph(text)
