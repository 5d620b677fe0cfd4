"""Code of the documentation, run: what it prints, and what its verbs made, with figure, sentence and table."""

from __future__ import annotations

import ast
import contextlib
import doctest
import functools
import importlib
import inspect
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<info>(?:python|sh)(?: no-run)?)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
"""Blocks of a guide that run; ``no-run`` after the language says that one does not."""

_LINKED = ("data", "tests", "analyses", "reports", "docs", "benchmarks", "valuestats", "_quarto.yml")
_ROWS = 12


@dataclass
class Shown:
    """One thing that code showed: text, a table (markdown) or a chart (its specification)."""

    kind: str
    data: Any
    alt: str = ""


@dataclass
class Block:
    """A piece of code and what it showed."""

    code: str
    shown: list[Shown] = field(default_factory=list)
    text: str = ""
    """What stands before it."""


@dataclass
class Made:
    """A result that a verb made: what a page shows of it."""

    verb: str
    kind: str
    sentence: str = ""
    verdict: str = ""
    chart: dict[str, Any] | None = None
    table: str = ""
    fault: str = ""
    code: str = ""


@dataclass
class Outcome:
    """What running the code of a page, or of a docstring, gave."""

    blocks: list[Block] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    error: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON can keep it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Outcome:
        """From what `plain` gave."""
        blocks = [Block(b["code"], [Shown(**s) for s in b["shown"]], b["text"]) for b in kept["blocks"]]
        return cls(blocks, [Made(**m) for m in kept["made"]], kept["error"])


class Recorder:
    """Public verbs, each of whose products is kept under the verb's name."""

    def __init__(self) -> None:
        self.products: list[tuple[str, Any]] = []

    def wrap(self, name: str, function: Any) -> Any:
        """The verb, recorded; a class or anything else as it is."""
        if not inspect.isfunction(function):
            return function

        @functools.wraps(function)
        def call(*positional: Any, **named: Any) -> Any:
            product = function(*positional, **named)
            self.products.append((name, product))
            return product

        return call


@contextlib.contextmanager
def recorded(recorder: Recorder) -> Iterator[None]:
    """``valuestats.NAME`` recorded for as long as this lasts."""
    import valuestats
    from valuestats.base.registry import public_names

    names = [name for name in public_names() if name[0].islower()]
    originals = {name: getattr(valuestats, name) for name in names}
    for name, function in originals.items():
        setattr(valuestats, name, recorder.wrap(name, function))
    try:
        yield
    finally:
        for name, function in originals.items():
            setattr(valuestats, name, function)


def run_example(name: str, path: str, example: str) -> Outcome:
    """Run the examples of one public name's docstring as doctest would, and keep what its verb made."""
    module, _, attribute = path.partition(":")
    outcome, recorder = Outcome(), Recorder()
    thing = getattr(importlib.import_module(module), attribute)
    space = dict(vars(sys.modules[inspect.unwrap(thing).__module__]))
    code: list[str] = []
    before = ""
    with _at_root(), recorded(recorder):
        import valuestats

        for own, wrapped in list(vars(valuestats).items()):
            if own in space and getattr(wrapped, "__wrapped__", None) is space[own]:
                space[own] = wrapped
        space[name] = vars(valuestats).get(name, thing)
        home = sys.modules[inspect.unwrap(thing).__module__]
        setattr(home, name, space[name])  # for examples that import their verb from there
        for part in doctest.DocTestParser().parse(example):
            if isinstance(part, str):
                if part.strip():
                    before = part.strip("\n")
                continue
            code.append(part.source.rstrip("\n"))
            if part.options.get(doctest.SKIP):
                continue
            compiled = compile(part.source, f"<{name}>", "single")
            printed, error = _printed(functools.partial(exec, compiled, space))
            if error and not part.exc_msg:
                outcome.error = error
            if printed.strip() or part.exc_msg:
                text = printed.rstrip("\n") or (part.exc_msg or "").rstrip("\n")
                outcome.blocks.append(Block("\n".join(code), [Shown("text", text)], before))
                code, before = [], ""
        if code:
            outcome.blocks.append(Block("\n".join(code), [], before))
        source = "\n".join(block.code for block in outcome.blocks)
        setattr(home, name, thing)
        products = [product for verb, product in recorder.products if verb == name]
        outcome.made = [made for made in (_made(name, product, source) for product in products[-1:]) if made]
    return outcome


def run_guide(path: str) -> Outcome:
    """Run the blocks of a guide in order, in one name space; shell blocks in a folder that looks like the checkout."""
    outcome, recorder = Outcome(), Recorder()
    space: dict[str, Any] = {"__name__": "guide"}
    text = (ROOT / path).read_text(encoding="utf-8")
    shell = any(m["info"] == "sh" for m in FENCE.finditer(text))
    with (
        tempfile.TemporaryDirectory() as scratch,
        _at_root(Path(scratch) if shell else ROOT),
        recorded(recorder),
    ):
        if shell:
            for entry in _LINKED:
                (Path(scratch) / entry).symlink_to(ROOT / entry)
        for number, match in enumerate(FENCE.finditer(text), 1):
            block = Block(match["code"].rstrip("\n"))
            outcome.blocks.append(block)
            if match["info"] == "python":
                count = len(recorder.products)
                block.shown, error = _run_block(block.code, space, f"{path}, block {number}")
                new = recorder.products[count:]
                outcome.made += [made for made in (_made(v, p, block.code) for v, p in new) if made]
            elif match["info"] == "sh":
                block.shown, error = _run_shell(block.code, scratch)
            else:
                continue
            if error:
                outcome.error = f"{path}, block {number}: {error}"
                break
    return outcome


@contextlib.contextmanager
def _at_root(place: Path = ROOT) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(here)


def _printed(run: Callable[[], object]) -> tuple[str, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            run()
        except Exception:
            return out.getvalue(), traceback.format_exc(limit=-3)
    return out.getvalue(), ""


def _run_block(code: str, space: dict[str, Any], name: str) -> tuple[list[Shown], str]:
    """Run a block; the value of its last line is shown, as in a notebook."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    values: list[Any] = []

    def run() -> None:
        exec(compile(tree, name, "exec"), space)
        if isinstance(last, ast.Expr):
            values.append(eval(compile(ast.Expression(last.value), name, "eval"), space))

    printed, error = _printed(run)
    shown = [Shown("text", printed.rstrip("\n"))] if printed.strip() else []
    return [*shown, *(s for value in values for s in show(value))], error


def _run_shell(code: str, folder: str) -> tuple[list[Shown], str]:
    """Run shell commands with this interpreter's ``valuestats``."""
    script = f'python() {{ "{sys.executable}" "$@"; }}\nvaluestats() {{ python -m valuestats "$@"; }}\nset -e\n{code}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    if done.returncode:
        return [], f"exit status {done.returncode}: {(done.stdout + done.stderr)[-1500:]}"
    text = done.stdout.replace(folder, ".").rstrip("\n")
    return ([Shown("text", text)] if text else []), ""


def show(value: Any) -> list[Shown]:
    """What a page shows of a value."""
    import pandas as pd

    from valuestats.reporting.display import table_to_markdown

    if value is None:
        return []
    if isinstance(value, pd.Series):
        value = value.to_frame()
    if isinstance(value, pd.DataFrame):
        if value.index.names != [None] or not pd.api.types.is_integer_dtype(value.index):
            value = value.reset_index()
        note = f"The first {_ROWS} of {len(value):,} rows." if len(value) > _ROWS else None
        return [Shown("table", table_to_markdown(value.head(_ROWS), digits=3, note=note))]
    if hasattr(value, "_build_data"):
        return [Shown("table", table_to_markdown(value))]
    if hasattr(value, "to_dict") and type(value).__module__.startswith("altair"):
        return [chart(value)]
    return [Shown("text", repr(value))]


def chart(figure: Any, alt: str = "") -> Shown:
    """A chart as it is shown."""
    from valuestats.reporting.display import chart_spec

    spec = chart_spec(figure)
    if alt:
        spec["description"] = alt
    return Shown("chart", spec, alt or str(spec.get("description", "")))


def _made(verb: str, product: Any, code: str) -> Made | None:
    """What a page shows of a result; a figure that can't be drawn is a fault, said at the end of the build."""
    from valuestats.base.errors import ValuestatsError
    from valuestats.base.registry import kinds
    from valuestats.results.result import Result

    result = product if isinstance(product, Result) else getattr(product, "result", None)
    if not isinstance(result, Result) or result.kind not in kinds():
        return None
    made = Made(verb, result.kind, code=code)
    kind = kinds()[result.kind]
    try:
        made.verdict = result.verdict.sentence()
        if kind.sentence or not result.passed:
            made.sentence = result.sentence()
        made.table = show(_with_counts(result.estimates[_columns(result)].head(_ROWS)))[0].data
        if kind.figure and result.passed:
            made.chart = chart(result.plot(), made.sentence).data
    except ValuestatsError as error:
        made.fault = str(error).split("\n")[0]
    except Exception as error:
        made.fault = f"{type(error).__name__}: {error}"
    return made


def _with_counts(frame: Any) -> Any:
    """Numbers of answers as whole numbers, where a result that may lack some holds them with decimals."""
    counts = [c for c in ("n_scored", "n_asked") if (frame[c].dropna() % 1 == 0).all()]
    return frame.astype(dict.fromkeys(counts, "Int64"))


def _columns(result: Any) -> list[str]:
    named = [*result.keys, "estimate", "lower", "upper", "n_scored", "n_asked"]
    return [c for c in dict.fromkeys(named) if c in result.estimates.columns]
