"""Pages made of the registry and of files of the checkout: data sources, command line, systems, evidence, gallery."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from handbook.docstrings import to_markdown
from handbook.pages import Page, fenced, guide, inert
from handbook.reference import address
from handbook.running import ROOT, Made, Outcome
from valuestats.base.docstrings import read_docstring
from valuestats.base.registry import kinds, systems
from valuestats.reporting.markdown import Column, table_markdown

SOURCES = "Data sources"


def data_sources() -> list[Page]:
    """A page per format that `read_responses` knows, and one of surveys; formats come from the registry of readers."""
    from valuestats.ingest.readers import response_readers
    from valuestats.ingest.surveys.statistical import PACKAGES

    first = Page("sources/index.html", "Which reader reads what", SOURCES)
    first.summary = "Logs of tools, tables and surveys: how each is found and read."
    rows, pages = [], []
    for reader in response_readers():
        module = inspect.unwrap(reader.read).__module__
        said = read_docstring(inspect.getdoc(reader.read) or "")
        about = (importlib.import_module(module).__doc__ or "").strip().split("\n\n")[0]
        title = _title(about, reader.name)
        page = Page(f"sources/{reader.name}.html", title, SOURCES)
        page.summary = said.summary
        page.own_names = frozenset(e.name for e in said.lists.get("Parameters", ()))
        options = [e for e in said.lists.get("Parameters", ()) if e.name != "path"]
        parts = [
            to_markdown(said.summary),
            f'In `valuestats.read_responses` it is the reader `{reader.name}`, which `reader="auto"` takes by the '
            "content of the files; on the command line `valuestats describe FILE` says what was found.",
            fenced(
                f'import valuestats as vs\n\nresponses = vs.read_responses("PATH", reader="{reader.name}", scale="pvq21")\n'
                "print(vs.describe(responses).to_text())\nresponses.findings  # what was left out or stands in doubt"
            ),
            to_markdown(said.body),
        ]
        if options:
            entries = "\n\n".join(f"`{e.name}`\n:   {_indented(to_markdown(e.text))}" for e in options)
            parts.append(f"## Its arguments\n\n{entries}")
        for name in ("Raises", "Returns"):
            if name in said.lists:
                entries = "\n\n".join(
                    f"`{e.name}`\n:   {_indented(to_markdown(e.text))}" for e in said.lists[name]
                )
                parts.append(f"## {name}\n\n{entries}")
        page.text = "\n\n".join(p for p in parts if p)
        pages.append(page)
        rows.append(
            f"| [{inert(title)}](site:{page.path}) | `{reader.name}` | {to_markdown(said.summary).replace('|', ' ')} |"
        )
    survey = Page(
        "sources/surveys.html",
        "Surveys of people",
        SOURCES,
        summary="SPSS, Stata, SAS and tables of people's answers.",
    )
    endings = "\n".join(f"| `{ending}` | {package} |" for ending, package in PACKAGES.items())
    survey.text = "\n\n".join([
        "`valuestats.read_survey` reads files of statistical packages and tables with one row per respondent. Codes stay as "
        "the file has them; what is declared missing is missing with its reason; codes off their scale are findings.",
        f"| ending | package |\n|:--|:--|\n{endings}\n| `.csv`, `.tsv`, `.xlsx`, `.parquet`, also `.gz` | a table |",
        fenced('import valuestats as vs\n\nsurvey = vs.read_survey("data/demo/survey.csv.gz", design={"weight": "weight"})\n'
               "print(survey.findings)"),
        f"Arguments, what is raised and an example: [`read_survey`](site:{address('read_survey')}). "
        "From a survey to shares with design-based errors: `population_shares`, `rake`; to models' alignment with groups: "
        "`demographic_alignment`.",
    ])  # fmt: skip
    first.text = "\n\n".join([
        "`valuestats.read_responses` finds the format by content, never by name alone. Every record becomes a row with a "
        "status; what can't be read is a finding with its file and row, and stops nothing else.",
        "\n".join(["| what | `reader` | how it is read |", "|:--|:--|:--|", *rows,
                   f"| [Surveys of people](site:{survey.path}) | `read_survey` | SPSS, Stata, SAS, tables |"]),
        "More answers than fit into memory: `write_responses` (`valuestats ingest`) writes Parquet, file by file.",
    ])  # fmt: skip
    return [first, *pages, survey]


def _title(about: str, name: str) -> str:
    """What a format is called: the beginning of its module's documentation."""
    start = re.split(r"[:.]\s|[:.]$| \(", about.replace("\n", " "))[0].strip()
    return {"table": "Tables: CSV, JSON Lines, Parquet, Excel"}.get(
        name, start if 0 < len(start) <= 40 else name
    )


def _indented(text: str) -> str:
    return "\n".join("    " + line if line else "" for line in text.splitlines()).strip() or "\u200b"


def command_line() -> Page:
    """The command line, from the parser itself."""
    from valuestats.cli.main import _parser

    page = Page("reference/command-line.html", "Command line", "Reference", topic="Commands and files")
    page.summary = "Every command of valuestats, with its options."
    parser = _parser()
    parts = [
        f"{parser.description} Errors are one block: what was wrong, what was got, what was expected, what to do."
    ]
    parts += _commands(parser, "valuestats")
    page.text = "\n\n".join(parts)
    return page


def _commands(parser: argparse.ArgumentParser, name: str) -> list[str]:
    parts: list[str] = []
    for action in parser._actions:
        if not isinstance(action.choices, dict):
            continue
        helps = {a.dest: a.help for a in getattr(action, "_choices_actions", [])}
        for word, command in action.choices.items():
            parts.append(f"## {name} {word}")
            if helps.get(word):
                parts.append(_sentence(str(helps[word])))
            parts.append(fenced(" ".join(command.format_usage().removeprefix("usage: ").split()), "sh"))
            rows = [
                f"| {'`' + ', '.join(a.option_strings) + '`' if a.option_strings else '`' + str(a.metavar or a.dest) + '`'} "
                f"| {inert(str(a.help or ''))} |"
                for a in command._actions
                if a.dest != "help" and not isinstance(a.choices, dict)
            ]
            if rows:
                parts.append("\n".join(["| argument | what it is |", "|:--|:--|", *rows]))
            parts += _commands(command, f"{name} {word}")
    return parts


def _sentence(text: str) -> str:
    return inert(text[0].upper() + text[1:].rstrip(".")) + "."


def yaml_formats() -> list[tuple[Page, dict[str, Any]]]:
    """The formats of study files and instruments, with the JSON schemas that editors complete by."""
    from valuestats.instruments.schema import instrument_schema
    from valuestats.study.schema import study_schema

    made = []
    for name, title, schema, example in (
        ("study", "Study files", study_schema(), "analyses/demo/study.yml"),
        ("instrument", "Instrument files", instrument_schema(), "valuestats/instruments/pvq21.yml"),
    ):
        page = Page(f"reference/{name}-files.html", title, "Reference", topic="Commands and files")
        page.summary = str(schema["description"])
        parts = [
            inert(str(schema["description"])),
            "Editors that speak the YAML language server (VS Code with its YAML extension, Neovim, Helix, …) complete and "
            "check such a file by its JSON schema. Write it once, and name it in the file's first line:",
            fenced(f"valuestats schema {name} > {name}.schema.json", "sh"),
            fenced(f"# yaml-language-server: $schema={name}.schema.json", "yaml"),
            f"The same file: [{name}.schema.json](site:schemas/{name}.schema.json).",
            "## Fields",
            *_fields(schema),
            "## One that ships",
            f"`{example}`:",
            fenced((ROOT / example).read_text(encoding="utf-8").rstrip(), "yaml"),
        ]
        if name == "study":
            parts.insert(6, "Each step is a verb with its arguments: [all verbs](site:reference/index.html), and those "
                            "[of studies only](site:reference/study-verbs.html). `@name` stands for what the step `name` "
                            "made; `{file: …}`, `{demo: …}` and `{dataset: …, path: …}` for files.")  # fmt: skip
        page.text = "\n\n".join(parts)
        made.append((page, schema))
    return made


def _fields(schema: Mapping[str, Any]) -> list[str]:
    required = set(schema.get("required", ()))
    return [
        f"`{name}`{' *required*' if name in required else ''}\n:   {_indented(inert(str(body.get('description', ''))))}"
        for name, body in schema["properties"].items()
    ]


def published_systems() -> Page:
    """The published systems, from their records."""
    page = Page("evidence/systems.html", "Published systems", "Evidence")
    page.summary = "Published ways of measuring values that are analysed again, and what each page shows."
    rows = [
        f"| {inert(s.title)} (`{s.id}`{{.plain}}) | {inert(s.material)} | {inert(s.citation)} |"
        for s in systems().values()
    ]
    page.text = "\n\n".join([
        "Published ways of measuring values, analysed again: published, recomputed, corrected. `valuestats run ID --render` "
        "makes the pages of one; `valuestats systems` says what came out of those that were run.",
        "\n".join(["| system (ID) | what its page shows | published in |", "|:--|:--|:--|", *rows]),
    ])  # fmt: skip
    return page


def agreement(guides: Sequence[str]) -> Page:
    """What estimates were held against: sections of guides that say so, and the scripts in R that ship with the tests."""
    page = Page(
        "evidence/agreement.html", "Agreement with other software", "Evidence", source="docs/agreement.md"
    )
    page.summary = "Independent implementations that estimates were held against, and to how much they agree."
    parts = ["No number of a test is the package's own: it comes from another library, a published table or a "
             "closed form, or a simulation with a known truth. What the guides say of it, then the scripts."]  # fmt: skip
    for path in guides:
        text = (ROOT / path).read_text(encoding="utf-8")
        title = re.search(r"^# (.+)$", text, re.MULTILINE)
        for match in re.finditer(
            r"^## (What it was held against|Agreement[^\n]*)\n(.*?)(?=^## |\Z)", text, re.M | re.S
        ):
            link = f"[{title[1] if title else path}]({Path(path).name})"
            parts.append(f"## {title[1] if title else path}\n\n{match[2].strip()}\n\nMore in {link}.")
    rows = []
    for script in sorted([*(ROOT / "tests").rglob("*.R"), *(ROOT / "benchmarks").glob("*.R")]):
        lines = script.read_text(encoding="utf-8").splitlines()
        first = next(
            (line.lstrip("# ") for line in lines if line.startswith("#") and not line.startswith("#!")), ""
        )
        rows.append(f"| `{script.relative_to(ROOT).as_posix()}` | {inert(first)} |")
    parts.append(
        "\n".join(
            [
                "## Scripts in R that ship with the tests\n",
                "| script | what it computes |",
                "|:--|:--|",
                *rows,
            ]
        )
    )
    page.text = "\n\n".join(parts)
    return page


def benchmarks() -> Page:
    """What is simulated and measured, and the files of results."""
    page = Page("evidence/benchmarks.html", "Benchmarks", "Evidence")
    page.summary = "Programs that measure coverage, agreement and speed, and their committed results."
    rows = []
    results = {p.stem: p for p in (ROOT / "benchmarks/results").glob("*") if p.suffix in (".csv", ".json")}
    for program in sorted((ROOT / "benchmarks").glob("*.py")):
        about = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""
        found = results.get(program.stem)
        first = to_markdown(about.split("\n")[0].replace("|", " "))
        rows.append((f"`{program.stem}`", first, _result(found)))
    table = table_markdown([Column("program"), Column("what it finds out"), Column("result")], rows)
    page.text = "\n\n".join([
        "Coverage of every interval is in [calibration](site:guides/calibration.html); cost on large data in "
        "[how far it goes](site:guides/scale.html). Results are committed with the command that made them "
        "(`benchmarks/results/`); `make bench` and `make calibrate` make them again.",
        table,
    ])  # fmt: skip
    return page


def _result(file: Path | None) -> str:
    if file is None:
        return "–"
    if file.suffix == ".csv":
        with file.open(encoding="utf-8") as lines:
            return f"`{file.name}`, {sum(1 for _ in lines) - 1:,} rows"
    try:
        command = orjson.loads(file.read_bytes()).get("command")
    except (orjson.JSONDecodeError, AttributeError):
        command = None
    return f"`{file.name}`" + (f": `{command}`" if command else "")


def gallery(made: Mapping[str, tuple[str, Made]]) -> Page:
    """Every kind of figure with the call that makes it.

    Parameters
    ----------
    made
        By kind, a result with its figure, and the page it comes from.
    """
    page = Page(
        "gallery/index.html",
        "Gallery",
        "Gallery",
        summary="Every kind of figure with the call that makes it.",
    )
    parts = ["Every kind of result has its figure: `result.plot()` gives an Altair chart, `save_figure` writes it as SVG, "
             "PDF and PNG at a journal's width, with its data as CSV. The data are small and simulated."]  # fmt: skip
    without = []
    for name, kind in sorted(kinds().items()):
        if kind.figure is None:
            continue
        where, found = made.get(name, ("", None))
        if found is None or found.chart is None:
            without.append(name)
            continue
        call = found.code
        parts += [
            f"## {name.replace('_', ' ').capitalize()} {{#{name.replace('_', '-')}}}",
            inert(found.sentence),
            page.slot("chart", found.chart, found.sentence),
            fenced(call),
            f"From [`{found.verb}`](site:{where}), then `.plot()`.",
        ]
    if without:
        words = ", ".join(f"`{name}`" for name in without)
        parts += ["## Not drawn here", f"Kinds of results whose figures need more than an example's data: {words}. Pages "
                  "of studies show them (`valuestats run demo --render`)."]  # fmt: skip
    page.text = "\n\n".join(p for p in parts if p)
    return page


def home() -> Page:
    """The first page, from docs/index.md."""
    page = guide("docs/index.md", "Start", Outcome())
    page.path = "index.html"
    page.summary = "Statistics and reports for measuring the values of language models."
    return page
