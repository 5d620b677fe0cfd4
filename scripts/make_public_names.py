"""Write what follows from the rooms' records: ``docs/verbs.md``, and ``valuestats/__init__.pyi`` for type checkers.

python scripts/make_public_names.py
"""

import inspect
from pathlib import Path

import valuestats
from valuestats.base.registry import load, public_names, systems, topics, verbs

ROOT = Path(__file__).parents[1]
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
"""Topics in the order in which a newcomer meets them; others follow."""

HEAD = """# What there is

Every public name, by what it is for. `help(valuestats.NAME)` gives the estimand, its formula, what is raised and when, the
source of the method and an example that runs. Every verb that estimates returns a `Result` (estimates with intervals, draws
for contrasts and ranks, `sentence()`, `plot()`, `table()`, `save()`) or a tidy frame.

Written by `python scripts/make_public_names.py` from the records of the rooms (`valuestats/*/room.py`).
"""


STUDIES = """## In study files only

Public functions are verbs of studies (`{verb: score, …}`, arguments as in Python). These are verbs besides.
"""


def table(rows: list[tuple[str, object]]) -> list[str]:
    """Names with the first line of their documentation."""
    first = [(name, (inspect.getdoc(thing) or "").split("\n")[0].replace("|", "\\|")) for name, thing in rows]
    return ["| name | what it does |", "|---|---|", *(f"| `{name}` | {line} |" for name, line in first), ""]


def page() -> str:
    """The page of public names, of verbs for studies, and of published systems."""
    known, public = topics(), public_names()
    parts = [HEAD]
    for topic in [*(t for t in ORDER if t in known), *(t for t in known if t not in ORDER)]:
        parts += [f"## {topic}\n", *table([(name, getattr(valuestats, name)) for name in known[topic]])]
    rest = [(name, load(path)) for name, path in sorted(verbs().items()) if name not in public]
    parts += [
        STUDIES,
        *table(rest),
        "## Published systems\n",
        "| `analyses/` | system | published in |",
        "|---|---|---|",
    ]
    parts += [f"| `{s.id}` | {s.title} | {s.citation} |" for s in systems().values()]
    return "\n".join([*parts, ""])


def stub() -> str:
    """What a type checker reads in place of the names that are loaded when first used."""
    imports = [f"from {module} import {name} as {name}" for name, module in public_names().items()]
    head = '"""Written by scripts/make_public_names.py."""\n\n'
    return head + "\n".join(sorted(imports)) + "\n\n__all__: list[str]\n__version__: str\n"


TARGETS = {ROOT / "docs" / "verbs.md": page, ROOT / "valuestats" / "__init__.pyi": stub}

if __name__ == "__main__":
    for target, write in TARGETS.items():
        target.write_text(write(), encoding="utf-8")
