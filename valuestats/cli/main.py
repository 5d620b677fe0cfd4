"""The command line.

``valuestats run | render | systems | verbs | schema | verify | cite | data | describe | ingest | report | study-init |
parsers | refusals | simulate``.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from valuestats import __version__
from valuestats.base import registry
from valuestats.base.errors import SpecificationError, ValuestatsError
from valuestats.base.labels import nearest
from valuestats.base.progress import say
from valuestats.base.terminal import show
from valuestats.base.workers import cores
from valuestats.cli.logs import add_log_commands
from valuestats.cli.reading import add_reading_options, declared_pairs, reading_options, say_in_options
from valuestats.cli.running import cited, open_this, run_and_render, verified

_QUOTED = re.compile(r"'([^']*)'")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments, do what they say, and give the exit status: 0, 1 (an error), 130 (interrupted)."""
    parser = _parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help()
        return 0
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.call(parsed) or 0)
    except ValuestatsError as error:
        say_in_options(error, parser.command(sys.argv[1:] if arguments is None else arguments))
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("\ninterrupted: finished steps are kept, nothing is half written; run the same command to go on")
        return 130
    except BrokenPipeError:
        return 0
    except MemoryError:
        say("error: there is not enough memory; finished steps are kept, nothing is half written")
        return 1
    except OSError as error:
        say(
            f"error: {error.strerror or error}"
            + (f"\n  file:      {error.filename}" if error.filename else "")
        )
        return 1


def _parser() -> _Parser:
    parser = _Parser(
        prog="valuestats", description="Statistics and reports for measuring the values of language models."
    )
    parser.add_argument("--version", action="version", version=f"valuestats {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a study file; only what has changed is worked out again")
    run.add_argument("study", help="a study file (YAML), or the id of one that ships, e.g. demo")
    run.add_argument("--results", type=Path, default=Path("results"), help="folder for the results")
    run.add_argument("--render", action="store_true", help="render the study's reports afterwards")
    run.add_argument("--engine", choices=["auto", "quarto", "embedded"], default="auto")
    run.add_argument("--no-fallback", action="store_true", help="fail where the data can't be had")
    run.add_argument(
        "--outside", action="store_true", help="let the study read files that do not lie in its own folder"
    )
    _add_jobs(run)
    run.set_defaults(call=_run)

    render = commands.add_parser("render", help="render the reports of finished results, or any .qmd page")
    render.add_argument("source", type=Path, help="a results folder, or a .qmd file")
    render.add_argument(
        "--study",
        type=Path,
        default=None,
        help="the study file, where the pages are its own (a page is a program)",
    )
    render.add_argument("--engine", choices=["auto", "quarto", "embedded"], default="auto")
    render.add_argument("--output", type=Path, default=None, help="folder for the pages")
    _add_jobs(render)
    render.set_defaults(call=_render)

    systems = commands.add_parser(
        "systems", help="list the published systems, and what finished runs say of them"
    )
    systems.add_argument(
        "--results", type=Path, default=Path("results"), help="folder of the results of studies"
    )
    systems.add_argument("--json", action="store_true", help="as JSON; no page is written")
    systems.set_defaults(call=_systems)

    verbs = commands.add_parser(
        "verbs", help="list what a step of a study can do, or the arguments of one verb"
    )
    verbs.add_argument("name", nargs="?", default=None)
    verbs.add_argument("--json", action="store_true", help="names, arguments and summaries as JSON")
    verbs.set_defaults(call=_verbs)

    schema = commands.add_parser("schema", help="print the JSON schema by which editors check a YAML file")
    schema.add_argument("format", choices=["study", "instrument"])
    schema.set_defaults(call=_schema)

    verify = commands.add_parser(
        "verify", help="say which files of stored results are not those that were written"
    )
    verify.add_argument("results", type=Path, help="a results folder")
    verify.set_defaults(call=verified)
    cite = commands.add_parser("cite", help="print the sources of stored results, and the package, as BibTeX")
    cite.add_argument("results", type=Path, help="a results folder")
    cite.set_defaults(call=cited)

    data = commands.add_parser("data", help="list the registered datasets, or fetch one")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="names, licences, and which are at hand")
    listing.set_defaults(call=_data_list)
    fetching = actions.add_parser("fetch", help="download and verify a dataset")
    fetching.add_argument("name")
    fetching.set_defaults(call=_data_fetch)

    describe = commands.add_parser(
        "describe", help="say what a file or folder of responses, or a survey, holds"
    )
    describe.add_argument("path", type=Path)
    describe.add_argument(
        "--scale",
        default=None,
        help="an instrument's name or file, or a range of codes such as 1-5; without it, what the logs hold",
    )
    add_reading_options(describe)
    people = describe.add_argument_group("surveys (.sav, .zsav, .dta, or --reader survey)")
    for part in ("weight", "strata", "cluster"):
        people.add_argument(f"--{part}", default=None, help="its column")
    describe.set_defaults(call=_describe)

    add_log_commands(commands)
    ingest = commands.add_parser(
        "ingest", help="write answers of any size as Parquet, one file at a time; known files are skipped"
    )
    ingest.add_argument("paths", nargs="+", metavar="PATH", help="files, folders or glob patterns")
    ingest.add_argument("--out", type=Path, required=True, help="folder for the Parquet files")
    ingest.add_argument("--reader", default="auto")
    ingest.add_argument("--scale", default=None, help="an instrument's name or file")
    for option, shown, what in (
        ("--column", "OURS=THEIRS", "declare a column; may be repeated"),
        ("--constant", "OURS=VALUE", "a value that holds for all rows; may be repeated"),
    ):
        ingest.add_argument(option, action="append", default=[], metavar=shown, help=what)
    ingest.set_defaults(call=_ingest)

    simulate = commands.add_parser("simulate", help="write a study with a stated truth")
    simulate.add_argument("--seed", type=int, required=True)
    simulate.add_argument("--out", type=Path, required=True)
    simulate.set_defaults(call=_simulate)
    return parser


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs",
        type=_number,
        default=cores(),
        metavar="N",
        help="steps, or pages, side by side (default: the number of processors, here %(default)s); numbers stay the same",
    )


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return int(text)


def _run(parsed: argparse.Namespace) -> int:
    from valuestats.study import run_study

    options = {"fallback": not parsed.no_fallback, "outside": parsed.outside}
    if parsed.render:
        return run_and_render(parsed.study, parsed.results, parsed.engine, jobs=parsed.jobs, **options)
    show(run_study(parsed.study, results=parsed.results, jobs=parsed.jobs, **options).folder)
    return 0


def _render(parsed: argparse.Namespace) -> int:
    if parsed.source.suffix == ".qmd":
        from valuestats.reporting import render

        outcome = render(parsed.source, output_dir=parsed.output, engine=parsed.engine)
        pages = list(outcome.paths.values())
    else:
        from valuestats.study.pages import render_reports

        pages = render_reports(
            parsed.source, study=parsed.study, engine=parsed.engine, output=parsed.output, jobs=parsed.jobs
        )
    for page in pages:
        show(page)
    if parsed.source.suffix != ".qmd" and parsed.output is None:
        open_this(parsed.source / "reports" / "index.html")
    return 0


def _systems(parsed: argparse.Namespace) -> int:
    import orjson

    from valuestats.study.index_page import write_systems_index
    from valuestats.study.overview import systems_overview

    rows = systems_overview(parsed.results)
    if parsed.json:
        show(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return 0
    for row in rows:
        counts = ", ".join(f"{n} {verdict}" for verdict, n in row["published"].items() if n)
        state = counts or ("run" if row["run"] else "not run here")
        show(f"{row['id']:<20} {row['title']}")
        show(f"{'':<20} {row['material']}; {state}")
        if row["headline"]:
            show(textwrap.fill(row["headline"], 110, initial_indent=" " * 21, subsequent_indent=" " * 21))
    if any(row["run"] for row in rows):
        open_this(write_systems_index(parsed.results, rows))
    return 0


def _verbs(parsed: argparse.Namespace) -> int:
    known = registry.verbs()
    now = registry.former_names().get(parsed.name, parsed.name)
    if now != parsed.name:
        say(f"{parsed.name} is called {now} now")
    parsed.name = now
    if parsed.json:
        return _verbs_json(known if parsed.name is None else {n: p for n, p in known.items() if n == now})
    if parsed.name is None:
        for name in sorted(known):
            text = inspect.getdoc(registry.load(known[name])) or ""
            show(f"{name:<28} {text.splitlines()[0] if text else ''}")
        return 0
    if parsed.name not in known:
        raise SpecificationError(
            "no such verb",
            parameter="NAME",
            got=parsed.name,
            hint=_meant(parsed.name, known) or "valuestats verbs",
        )
    verb = registry.load(known[parsed.name])
    show(f"{parsed.name}{inspect.signature(verb)}\n\n{inspect.getdoc(verb) or ''}")
    return 0


def _verbs_json(known: Mapping[str, str]) -> int:
    import orjson

    rows = []
    for name, path in sorted(known.items()):
        verb = registry.load(path)
        rows.append(
            {
                "verb": name,
                "summary": (inspect.getdoc(verb) or "").partition("\n")[0],
                "arguments": {
                    p.name: {"type": str(p.annotation), "required": p.default is p.empty}
                    | ({} if p.default is p.empty else {"default": repr(p.default)})
                    for p in inspect.signature(verb).parameters.values()
                },
            }
        )
    show(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    return 0


def _schema(parsed: argparse.Namespace) -> int:
    import orjson

    if parsed.format == "study":
        from valuestats.study.schema import study_schema as made
    else:
        from valuestats.instruments.schema import instrument_schema as made
    show(orjson.dumps(made(), option=orjson.OPT_INDENT_2).decode())
    return 0


def _meant(word: str, known: Iterable[str]) -> str | None:
    near = nearest(word, known)
    return None if near is None else f"did you mean {near}?"


class _Parser(argparse.ArgumentParser):
    """Says what a mistyped command or option may have been."""

    def error(self, message: str) -> NoReturn:
        words = _QUOTED.findall(message.split("(choose")[0]) or message.split()[-1:]
        names = {name for parser in self._all() for name in parser._option_string_actions}
        names |= {str(name) for action in self._actions for name in action.choices or ()}
        near = [
            m
            for w in words
            if w not in names  # of another command: naming it again helps nobody
            and (m := _meant(w, [n for n in names if n.startswith("-") == w.startswith("-")]))
        ]
        super().error("; ".join([message, *near[:1]]))

    def command(self, arguments: Sequence[str]) -> argparse.ArgumentParser | None:
        """The parser of the command that these arguments call."""
        choices = [a.choices for a in self._actions if isinstance(a.choices, dict)]
        return next((c[word] for c in choices for word in arguments if word in c), None)

    def _all(self) -> list[argparse.ArgumentParser]:
        """The parser itself and those of its commands."""
        commands = [a.choices.values() for a in self._actions if isinstance(a.choices, dict)]
        return [self, *(parser for each in commands for parser in each)]


def _data_list(parsed: argparse.Namespace) -> int:
    from valuestats.ingest.datasets import available, registry

    for name, dataset in sorted(registry().items()):
        at_hand = (
            "at hand" if available(name) else "to download" if dataset.base_url else "to be placed by hand"
        )
        show(
            f"{name:<18} {at_hand:<22} {len(dataset.files):>4} files  {dataset.licence}\n{'':<18} {dataset.title}"
        )
    return 0


def _data_fetch(parsed: argparse.Namespace) -> int:
    from valuestats.ingest.datasets import fetch

    show(fetch(parsed.name))
    return 0


def _describe(parsed: argparse.Namespace) -> int:
    from valuestats.ingest import describe, describe_contents, read_responses
    from valuestats.ingest.surveys.files import is_survey_file

    if parsed.reader == "survey" or (parsed.reader == "auto" and is_survey_file(parsed.path)):
        return _describe_survey(parsed)
    options = reading_options(parsed)
    if parsed.scale is None:
        show(describe_contents(parsed.path, **options).to_text())
        return 0
    responses = read_responses(parsed.path, scale=parsed.scale, **{"duplicates": "report", **options})
    show(describe(responses).to_text())
    return 0


def _describe_survey(parsed: argparse.Namespace) -> int:
    from valuestats.ingest import read_survey
    from valuestats.ingest.surveys.description import describe_survey

    design = {part: getattr(parsed, part) for part in ("weight", "strata", "cluster")}
    convention = parsed.missing[0] if parsed.missing else None
    survey = read_survey(parsed.path, design=design, missing=convention, encoding=parsed.encoding)
    show(describe_survey(survey).to_text())
    return 0


def _ingest(parsed: argparse.Namespace) -> int:
    from valuestats.counting import write_responses

    done = write_responses(
        parsed.paths,
        parsed.out,
        reader=parsed.reader,
        columns=declared_pairs(parsed.column, "--column"),
        constants=declared_pairs(parsed.constant, "--constant"),
        scale=parsed.scale,
    )
    show(done.to_text())
    return 0


def _simulate(parsed: argparse.Namespace) -> int:
    from valuestats.simulation import write_demo

    show(write_demo(parsed.out, seed=parsed.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
