"""Commands about logs: ``valuestats report | study-init | parsers | refusals``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from valuestats.base.progress import say
from valuestats.base.terminal import show
from valuestats.base.workers import cores
from valuestats.cli.reading import add_reading_options, declared_pairs, reading_options
from valuestats.cli.running import run_and_render


def add_log_commands(commands: Any) -> None:
    """Add the commands to the parser's subcommands."""
    start = commands.add_parser("study-init", help="write a study file for logs that are already there")
    start.set_defaults(call=_study_init)
    report = commands.add_parser(
        "report", help="from logs to a rendered report: write a study file, run it, render its pages"
    )
    report.add_argument("--results", type=Path, default=Path("results"), help="folder for the results")
    report.add_argument("--engine", choices=["auto", "quarto", "embedded"], default="auto")
    report.set_defaults(call=_report)
    for command in (start, report):
        command.add_argument(
            "logs", nargs="+", help="logs, folders of logs, or quoted patterns such as 'logs/*.eval'"
        )
        command.add_argument(
            "--instrument", required=True, help="name or file of the instrument that was asked"
        )
        command.add_argument("--out", type=Path, default=Path("study.yml"), help="study file to write")
        command.add_argument(
            "--family", default=None, help="family of dimensions to score; the first where omitted"
        )
        command.add_argument(
            "--prefix", default=None, help="text before the instrument's item identifiers in the logs"
        )
        command.add_argument("--title", default=None)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--no-ordinal", action="store_true", help="scores only, no Bayesian model")
        add_reading_options(command)

    parsers = commands.add_parser(
        "parsers", help="hold several ways of reading the same raw answers beside each other"
    )
    parsers.add_argument("path")
    parsers.add_argument(
        "--scale", required=True, help="an instrument's name or file, or a range of codes such as 1-5"
    )
    parsers.add_argument("--parser", action="append", default=[], help="a parser's name; may be repeated")
    parsers.add_argument(
        "--regex", action="append", default=[], metavar="NAME=PATTERN",
        help="a pattern of your own with one group (?P<answer>…); may be repeated",
    )  # fmt: skip
    parsers.add_argument("--seed", type=int, default=0)
    parsers.add_argument("--rows", type=int, default=20, help="most differing rows to print")
    add_reading_options(parsers)
    parsers.set_defaults(call=_parsers)

    refusals = commands.add_parser(
        "refusals", help="precision and recall of the refusal rules on labelled examples"
    )
    refusals.add_argument(
        "examples", type=Path, nargs="?", default=None,
        help="CSV with language, refusal (1 or 0), text; the list that ships where omitted",
    )  # fmt: skip
    refusals.add_argument("--rules", type=Path, default=None, help="rules of your own (YAML)")
    refusals.set_defaults(call=_refusals)


def _written(parsed: argparse.Namespace) -> Path:
    from valuestats.study.starting import write_study

    return write_study(
        parsed.logs, parsed.instrument, parsed.out, family=parsed.family, prefix=parsed.prefix,
        title=parsed.title, seed=parsed.seed, ordinal=not parsed.no_ordinal, **reading_options(parsed),
    )  # fmt: skip


def _study_init(parsed: argparse.Namespace) -> int:
    file = _written(parsed)
    above = "{file: ../" in file.read_text(encoding="utf-8").replace("'", "").replace('"', "")
    show(f"{file}\nnext: valuestats run {file} --render{' --outside' if above else ''}")
    return 0


def _report(parsed: argparse.Namespace) -> int:
    file = _written(parsed)
    say(f"{file} is written; to run it again: valuestats run {file} --render")
    # The caller's own logs, wherever they lie.
    return run_and_render(file, parsed.results, parsed.engine, jobs=cores(), outside=True)


def _parsers(parsed: argparse.Namespace) -> int:
    from valuestats.ingest import read_responses
    from valuestats.raters.parsers import ParserLike, compare_parsers

    own: list[ParserLike] = [
        {"name": name, "regex": pattern} for name, pattern in declared_pairs(parsed.regex, "--regex").items()
    ]
    named: list[ParserLike] = list(parsed.parser)
    if own and not named:
        named = ["default"]
    responses = read_responses(
        parsed.path, scale=parsed.scale, **{"duplicates": "report", **reading_options(parsed)}
    )
    found = compare_parsers(responses, parsed.scale, parsers=[*named, *own] or None, seed=parsed.seed)
    show(found.to_text(parsed.rows))
    return 0


def _refusals(parsed: argparse.Namespace) -> int:
    from valuestats.ingest.answers.refusal_accuracy import refusal_accuracy

    found = refusal_accuracy(parsed.examples, rules=parsed.rules)
    show(found.to_text())
    return 0
