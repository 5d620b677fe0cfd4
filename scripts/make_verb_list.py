"""Write ``docs/verbs.md``: every public name by what it is for, with the first line of its documentation.

python scripts/make_verb_list.py
"""

import inspect
from pathlib import Path

import valuestats
from valuestats.base.registry import load, public_names, topics, verbs

ORDER = (
    "Read and describe",
    "Count at any size",
    "Survey statistics",
    "Keys and scores",
    "Reliability, agreement and design",
    "Measurement models",
    "Ordinal regression",
    "Missing answers",
    "Similarity to people",
    "Studies and reports",
)
"""Topics in the order of the page; others follow."""
TARGET = Path(__file__).parents[1] / "docs" / "verbs.md"
HEAD = """# What there is

Every public name, by what it is for. `help(valuestats.NAME)` gives the estimand, its formula, what is raised and when, the
source of the method and an example that runs. Every verb that estimates returns a `Result` (estimates with intervals, draws
for contrasts and ranks, `sentence()`, `plot()`, `table()`, `save()`) or a tidy frame.

Written by `python scripts/make_verb_list.py`.
"""


STUDIES = """## In study files only

Public functions are verbs of studies (`{verb: score, …}`, arguments as in Python). These are verbs besides.
"""


def listed() -> dict[str, list[str]]:
    """Public names by topic."""
    found = topics()
    return {topic: found[topic] for topic in (*ORDER, *(t for t in found if t not in ORDER))}


def first_line(thing: object) -> str:
    """First line of the documentation, as a cell of a table."""
    return (inspect.getdoc(thing) or "").split("\n")[0].replace("|", "\\|")


def table(rows: list[tuple[str, object]]) -> list[str]:
    """Names with what they do."""
    return ["| name | what it does |", "|---|---|", *(f"| `{n}` | {first_line(t)} |" for n, t in rows), ""]


def text() -> str:
    """The page."""
    parts = [HEAD]
    for topic, names in listed().items():
        parts += [f"## {topic}\n", *table([(name, getattr(valuestats, name)) for name in names])]
    public = public_names()
    rest = [(name, load(path)) for name, path in sorted(verbs().items()) if name not in public]
    return "\n".join([*parts, STUDIES, *table(rest)])


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
