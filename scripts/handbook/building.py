"""The site, built: code run where it has changed, pages written, links followed."""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from handbook import generated, reference
from handbook.links import dead_links
from handbook.pages import SECTIONS, Page, address, guide
from handbook.rendering import Fragment, Names, fragment
from handbook.running import ROOT, Made, Outcome, run_example, run_guide
from handbook.search import QUESTIONS, search_index
from handbook.shell import document

CACHE = ROOT / ".valuestats" / "handbook"
_OWN = Path(__file__).parent
_CONCEPTS = ("docs/trust.md",)
_EVIDENCE = ("docs/calibration.md", "docs/choices.md")
_PROJECT = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/threat_model.md")
_GENERATED = {"docs/verbs.md": reference.INDEX, "README.md": "index.html"}


def build(target: Path, *, workers: int = 2, fresh: bool = False) -> list[str]:
    """Write the site into a folder, which is replaced whole.

    Parameters
    ----------
    target
        Folder of the site.
    workers
        Processes that run code.
    fresh
        Whether what was run before is run again.

    Returns
    -------
    list of str
        What is wrong: code that failed, dead links, figures that could not be drawn. Empty of a whole site.
    """
    clock = _Clock()
    if fresh:
        shutil.rmtree(CACHE, ignore_errors=True)
    guides = _guides()
    names = reference.ordered_topics(_order())
    outcomes, examples = _run([path for _, path, _ in guides], names, workers)
    clock.say("code run")
    wrong = [o.error.strip() for o in [*outcomes.values(), *examples.values()] if o.error]
    pages, schemas = _pages(guides, names, outcomes, examples)
    sources = {p.source: p.path for p in pages if p.source} | _GENERATED
    known = Names(sources, {n: reference.address(n) for group in names.values() for n in group})
    os.environ["VALUESTATS_RENDER"] = "embedded"
    with ThreadPoolExecutor(workers) as pool:
        fragments = list(pool.map(lambda page: _kept_fragment(page, known), pages))
    clock.say("pages laid out")
    files = _files(pages, fragments, schemas)
    wrong += dead_links({p: t for p, t in files.items() if p.endswith(".html")}, set(files))
    if wrong:
        return wrong
    made = target.with_name(target.name + ".tmp")
    shutil.rmtree(made, ignore_errors=True)
    for path, text in files.items():
        place = made / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)
    clock.say(f"{len(pages)} pages written")
    for name, fault in _faults(examples, outcomes):
        print(f"  no figure or sentence: {name}: {fault}")
    return []


class _Clock:
    def __init__(self) -> None:
        self.start = time.perf_counter()

    def say(self, what: str) -> None:
        print(f"{time.perf_counter() - self.start:6.1f} s  {what}", flush=True)


def _order() -> Sequence[str]:
    """Topics in the order of the list of names."""
    import runpy

    return tuple(runpy.run_path(str(_OWN.parent / "make_public_names.py"))["ORDER"])


def _guides() -> list[tuple[str, str, str]]:
    """Section, file and topic of every guide, in the order in which they stand; a new file is a guide without more ado."""
    docs = ROOT / "docs"

    def found(pattern: str) -> list[str]:
        return [p.relative_to(ROOT).as_posix() for p in sorted(docs.glob(pattern))]

    placed = {
        "docs/index.md",
        "docs/getting-started.md",
        "docs/glossary.md",
        QUESTIONS,
        *_CONCEPTS,
        *_EVIDENCE,
        *_PROJECT,
        *_GENERATED,
    }
    rest = [path for path in found("*.md") if path not in placed]
    listed = [
        ("Start", ["docs/getting-started.md", QUESTIONS, "docs/glossary.md"]),
        ("Tutorials", found("tutorials/*.md")),
        ("Concepts", [*found("concepts/*.md"), *_CONCEPTS]),
        ("Guides", rest),
        ("Evidence", list(_EVIDENCE)),
        ("Project", list(_PROJECT)),
    ]
    return [(section, path, "") for section, paths in listed for path in paths if (ROOT / path).is_file()]


def _run(
    guides: Sequence[str], names: Mapping[str, Sequence[str]], workers: int
) -> tuple[dict[str, Outcome], dict[str, Outcome]]:
    """Outcomes of guides and of docstrings' examples: kept ones where nothing has changed, else run now, longest first."""
    jobs: dict[tuple[str, str], tuple[str, Callable[..., Outcome], tuple[str, ...]]] = {}
    whole = _whole()
    for path in guides:
        text = (ROOT / path).read_bytes()
        jobs["guide", path] = (_key(whole, path, text), run_guide, (path,))
    for name, module, example in _examples(names):
        jobs["name", name] = (
            _key(whole, name, example.encode()),
            run_example,
            (name, f"{module}:{name}", example),
        )
    done: dict[tuple[str, str], Outcome] = {}
    waiting = []
    for job, (key, function, arguments) in jobs.items():
        kept = CACHE / f"{key}.json"
        if kept.is_file():
            done[job] = Outcome.of(orjson.loads(kept.read_bytes()))
        else:
            waiting.append((job, key, function, arguments))
    if waiting:
        with ProcessPoolExecutor(workers) as pool:
            futures = [
                (job, key, pool.submit(function, *arguments)) for job, key, function, arguments in waiting
            ]
            for job, key, future in futures:
                done[job] = future.result()
                if not done[job].error:
                    _keep(key, done[job].plain())
    return (
        {name: done[kind, name] for kind, name in jobs if kind == "guide"},
        {name: done[kind, name] for kind, name in jobs if kind == "name"},
    )


def _examples(names: Mapping[str, Sequence[str]]) -> list[tuple[str, str, str]]:
    import valuestats
    from valuestats.base.docstrings import read_docstring
    from valuestats.base.registry import public_names

    modules = public_names()
    found = []
    for name in (n for group in names.values() for n in group):
        text = read_docstring(inspect.getdoc(getattr(valuestats, name)) or "").texts.get("Examples", "")
        if ">>>" in text and "+SKIP" not in text:
            found.append((name, modules[name], text))
    return found


_LAYS_OUT = ("altair_support", "column_shares", "display", "figure_files", "markdown", "tabular")
"""Modules of the document engine that code of the documentation runs; the others lay out what it showed."""


@functools.cache
def _whole() -> str:
    """Hash of the package without its page layout, of the data, and of what runs code: what an outcome depends on."""
    import valuestats

    package = Path(valuestats.__file__).parent
    files = [p for p in package.rglob("*") if p.suffix in (".py", ".yml", ".csv", ".json")]
    files = [p for p in files if "reporting" not in p.parts or p.stem in _LAYS_OUT]
    files += [*(ROOT / "data").rglob("*.*"), *(ROOT / "tests/ingest/logs").rglob("*.*"), _OWN / "running.py"]
    digest = hashlib.sha256()
    for file in sorted(p for p in files if p.is_file() and "__pycache__" not in p.parts):
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _key(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _keep(key: str, content: Any) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / f"{key}.json"
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS))
    temporary.replace(file)


def _kept_fragment(page: Page, names: Names) -> Fragment:
    slots = [[s.kind, s.data if not isinstance(s.data, bytes) else s.data.hex(), s.alt] for s in page.slots]
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    about = orjson.dumps(
        [page.text, page.path, page.source, sorted(page.own_names), slots, names.sources, names.public],
        option=options,
    )
    key = _key("fragment", _engine(), about)
    kept = CACHE / f"{key}.json"
    if kept.is_file():
        content = orjson.loads(kept.read_bytes())
        return Fragment(
            content["content"], [tuple(h) for h in content["headings"]], [tuple(w) for w in content["words"]]
        )
    found = fragment(page, names)
    _keep(key, {"content": found.content, "headings": found.headings, "words": found.words})
    return found


@functools.cache
def _engine() -> str:
    import valuestats.reporting as engine

    digest = hashlib.sha256()
    for file in [*sorted(Path(engine.__file__).parent.glob("*.py")), *sorted(_OWN.glob("*.py"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _pages(
    guides: Sequence[tuple[str, str, str]],
    names: Mapping[str, Sequence[str]],
    outcomes: Mapping[str, Outcome],
    examples: Mapping[str, Outcome],
) -> tuple[list[Page], dict[str, dict[str, Any]]]:
    elsewhere: dict[str, list[tuple[str, Made]]] = {}
    for _, path, _ in guides:
        for made in outcomes[path].made:
            elsewhere.setdefault(made.verb, []).append((address(path), made))
    # Tutorials and guides first show what a verb makes of whole data; the shortest code stands for it.
    for found in elsewhere.values():
        found.sort(key=lambda pair: (not pair[1].chart, len(pair[1].code)))
    read = [guide(path, section, outcomes[path], topic) for section, path, topic in guides]
    uses = _uses(read, outcomes)
    pages = [generated.home(), *read]
    pages += generated.data_sources()
    pages.append(reference.index_page(names))
    for topic, group in names.items():
        pages += [
            reference.name_page(n, topic, examples.get(n, Outcome()), elsewhere.get(n, []), uses.get(n, []))
            for n in group
        ]
    formats = generated.yaml_formats()
    pages += [*reference.study_verbs(), generated.command_line(), *(page for page, _ in formats)]
    pages.append(generated.gallery(_by_kind(elsewhere, examples)))
    held = [path for section, path, _ in guides if section in ("Guides", "Concepts")]
    pages += [generated.agreement(held), generated.benchmarks(), generated.published_systems()]
    schemas = {
        f"schemas/{name}.schema.json": schema
        for name, (_, schema) in zip(("study", "instrument"), formats, strict=True)
    }
    return sorted(pages, key=lambda page: SECTIONS.index(page.section)), schemas


def _uses(guides: Sequence[Page], outcomes: Mapping[str, Outcome]) -> dict[str, list[reference.Use]]:
    """For each name the blocks of guides that call it as ``vs.NAME(``, tutorials and concepts first."""
    found: dict[str, list[reference.Use]] = {}
    for page in guides:
        for block in outcomes[page.source or ""].blocks:
            for name in dict.fromkeys(re.findall(r"\bvs\.(\w+)\(", block.code)):
                found.setdefault(name, []).append(reference.Use(page.path, page.title, block))
    return found


def _by_kind(
    elsewhere: Mapping[str, Sequence[tuple[str, Made]]], examples: Mapping[str, Outcome]
) -> dict[str, tuple[str, Made]]:
    """For each kind a figure: of a guide, whose data are whole, else of an example."""
    found: dict[str, tuple[str, Made]] = {}
    for name, outcome in examples.items():
        for made in outcome.made:
            if made.chart:
                found.setdefault(made.kind, (reference.address(name), made))
    for pairs in elsewhere.values():
        for where, made in pairs:
            if made.chart:
                found[made.kind] = (where, made)
                break
    return found


def _files(
    pages: Sequence[Page], fragments: Sequence[Fragment], schemas: Mapping[str, dict[str, Any]]
) -> dict[str, str]:
    from valuestats.reporting.charting import asset, chart_library, font_faces

    own = {file.name: file.read_text(encoding="utf-8") for file in (_OWN / "assets").iterdir()}
    contents = {
        "theme.js": asset("theme.js"),
        "report.js": asset("report.js"),
        "site.js": own["site.js"],
        "vega.js": chart_library(),
        "site.css": "\n".join([font_faces(), asset("report.css"), own["site.css"]]),
        "search-index.js": search_index(pages, fragments),
    }
    files = {f"assets/{name}": text for name, text in contents.items()}
    files |= {
        path: orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode() for path, schema in schemas.items()
    }
    files |= {p.path: document(p, f, pages) for p, f in zip(pages, fragments, strict=True)}
    return files


def _faults(*groups: Mapping[str, Outcome]) -> list[tuple[str, str]]:
    return [
        (name, made.fault) for group in groups for name, o in group.items() for made in o.made if made.fault
    ]
