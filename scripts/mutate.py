"""Mutation tests: change one thing in a function, and see whether a test notices.

    python scripts/mutate.py                                  the package's modules changed since `main`
    python scripts/mutate.py statistics/distances.py --sample 40
    python scripts/mutate.py --base HEAD~5 --sample 20

The tests of a module are those of its room, its own examples, and every test file that names it or one of its public
names. They run in a copy of the working tree, for each mutant first those that reach its line, quickest first, then the
rest of their files; a run of five times the clean one counts as killed. The result is benchmarks/results/mutation.json,
written after each mutant: what is in it is not run again unless the module, or for a survivor its tests, changed.
Mutants that change nothing that can be observed stand with a reason in benchmarks/equivalent_mutants.yml.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "valuestats"
RESULT = ROOT / "benchmarks" / "results" / "mutation.json"
EQUIVALENT = ROOT / "benchmarks" / "equivalent_mutants.yml"
FACTOR, START = 5.0, 20.0
"""A mutant's time: so many times the clean run of its tests, plus the seconds that starting may take."""


def main() -> None:
    told = arguments()
    modules = [module_path(m) for m in told.modules] or changed_modules(told.base)
    if not modules:
        print(f"no module of the package changed since {told.base}")
        return
    state = read_state()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = copy_tree(Path(folder) / "tree")
        worker = Worker(tree, Path(folder) / "answer.json")
        try:
            for module in modules:
                examine(module, tree, worker, state, told)
        finally:
            worker.end()
    for module in modules:
        print(line_of(module, state["modules"].get(module, {})))
    for m in state["mutants"]:
        if m["module"] in modules and m["status"] == "survived":
            print(f"survived  {m['module']}:{m['line']}  {m['original']}\n{'':10}-> {m['mutated']}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", help=f"below {PACKAGE}/; default: those changed since --base")
    parser.add_argument("--base", default="main", help="revision to compare with (default: main)")
    parser.add_argument("--sample", type=int, help="so many mutants of each module, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slow", type=float, default=10.0, help="leave out tests that take longer (seconds)")
    return parser.parse_args()


def module_path(name: str) -> str:
    path = name.removeprefix(f"{PACKAGE}/")
    if not path.endswith(".py"):
        path = path.removeprefix(f"{PACKAGE}.").replace(".", "/") + ".py"
    if not (ROOT / PACKAGE / path).is_file():
        sys.exit(f"no such module: {PACKAGE}/{path}")
    return path


def changed_modules(base: str) -> list[str]:
    found = git("diff", "--merge-base", "--name-only", "--diff-filter=d", base, "--", f"{PACKAGE}/*.py")
    new = git("ls-files", "--others", "--exclude-standard", "--", f"{PACKAGE}/*.py")
    return sorted({path.removeprefix(f"{PACKAGE}/") for path in [*found, *new]})


def git(*command: str) -> list[str]:
    done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return [line for line in done.stdout.splitlines() if line]


def copy_tree(target: Path) -> Path:
    for path in git("ls-files", "--cached", "--others", "--exclude-standard"):
        if (ROOT / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target / path)
    return target


def related_tests(module: str, root: Path = ROOT) -> list[str]:
    """The module itself (its examples), its room's tests, and the test files that name it or its public names."""
    dotted = ".".join([PACKAGE, *Path(module).with_suffix("").parts])
    parent, _, own = dotted.rpartition(".")
    room = root / PACKAGE / Path(module).parts[0] / "room.py"
    offered = room.read_text(encoding="utf-8") if room.is_file() else ""
    public = re.findall(rf'"(\w+)": "{re.escape(dotted)}"', offered)
    named = [rf"\b{re.escape(dotted)}\b", rf"from {re.escape(parent)} import [^\n]*\b{own}\b"]
    named += [rf"from {PACKAGE} import [^\n]*\b{name}\b" for name in public]
    named += [rf"\b(?:{PACKAGE}|vs)\.{name}\b" for name in public]
    pattern = re.compile("|".join(named))
    room_tests = root / "tests" / Path(module).parts[0]
    found = {
        path
        for path in sorted((root / "tests").rglob("test_*.py"))
        if room_tests in path.parents or pattern.search(path.read_text(encoding="utf-8"))
    }
    return [f"{PACKAGE}/{module}", *sorted(str(path.relative_to(root)) for path in found)]


class Worker:
    """A process in the copy that forks one pytest per request."""

    def __init__(self, tree: Path, answer: Path) -> None:
        self.answer = answer
        given = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        given |= {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": str(answer.parent / "numba")}
        given |= {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mutation_worker.py"))],
            cwd=tree,
            env=given,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(
        self,
        files: list[str],
        tests: list[str] | None = None,
        *,
        traced: str | None = None,
        first: bool = True,
        limit: float | None = None,
        timeout: float = 3600,
    ) -> dict[str, Any]:
        request = {"files": files, "tests": tests, "traced": traced, "first": first}
        request |= {"limit": limit, "timeout": timeout}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**request, "answer": str(self.answer)}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def examine(module: str, tree: Path, worker: Worker, state: dict[str, Any], told: argparse.Namespace) -> None:
    """Run the mutants of one module that are not decided yet, and keep each answer."""
    path = tree / PACKAGE / module
    source = path.read_text(encoding="utf-8")
    tests = related_tests(module, tree)
    key = digest([source]), digest([(tree / t).read_text(encoding="utf-8") for t in tests])
    every = mutants(source)
    chosen = sample(every, told.sample, f"{told.seed}:{module}")
    state["mutants"] = [m for m in state["mutants"] if m["module"] != module or m["source"] == key[0]]
    known = {m["id"]: m for m in state["mutants"] if m["module"] == module}
    forgiven = equivalents(module)
    for gone in forgiven.keys() - {(m.original, m.mutated) for m in every}:
        print(f"{EQUIVALENT.name}: no such mutant of {module}: {gone[0]} -> {gone[1]}")
    todo = []
    for mutant in chosen:
        old = known.get(identity(mutant))
        if old is None or (old["status"] == "survived" and old["tests"] != key[1]):
            todo.append(mutant)
    print(f"{module}: {len(every)} mutants, {len(chosen)} chosen, {len(todo)} to run", flush=True)
    clean: dict[str, Any] = {}
    for k, mutant in enumerate(todo):
        started = time.monotonic()
        reason = forgiven.get((mutant.original, mutant.mutated))
        status, by = ("equivalent", reason) if reason else ("", "")
        if not status:
            if not clean:
                clean = clean_run(module, tests, worker, told.slow)
            path.write_text(mutant.text, encoding="utf-8")
            try:
                status, by = judge(mutant, clean, worker)
            finally:
                path.write_text(source, encoding="utf-8")
        known[identity(mutant)] = {
            "id": identity(mutant),
            "module": module,
            "line": mutant.line,
            "function": mutant.function,
            "operator": mutant.operator,
            "original": mutant.original,
            "mutated": mutant.mutated,
            "status": status,
            "by": by,
            "source": key[0],
            "tests": key[1],
        }
        seconds = time.monotonic() - started
        print(
            f"  {k + 1}/{len(todo)} {status:10} {seconds:5.1f} s  line {mutant.line}: {mutant.mutated[:80]}",
            flush=True,
        )
        keep(state, module, known, every, told, clean)
    for old in known.values():
        reason = forgiven.get((old["original"], old["mutated"]))
        if reason and old["status"] == "survived":
            old |= {"status": "equivalent", "by": reason}
    keep(state, module, known, every, told, clean)


def clean_run(module: str, tests: list[str], worker: Worker, slow: float) -> dict[str, Any]:
    """Times of the tests, and the lines of the module that each reaches; failing and slow ones are left out."""
    print(f"  clean run of {len(tests)} files", flush=True)
    clean = worker.ask(tests, traced=f"{PACKAGE}/{module}", first=False, limit=slow)
    if clean["outcome"] not in ("passed", "failed"):
        sys.exit(f"the tests of {module} do not run: {clean['outcome']} {clean['by']}")
    left_out = {t for t, s in clean["seconds"].items() if s > slow} | set(clean["failed"])
    for cached in (worker.answer.parent / "tree" / PACKAGE / module).parent.glob(
        f"__pycache__/{Path(module).stem}.*"
    ):
        cached.unlink()
    for test in sorted(left_out):
        print(
            f"  left out: {test} ({'slow' if clean['seconds'].get(test, 0) > slow else 'fails'})", flush=True
        )
    clean["left_out"] = sorted(left_out)
    clean["kept"] = [t for t in clean["seconds"] if t not in left_out]
    return clean


def judge(mutant: Mutant, clean: dict[str, Any], worker: Worker) -> tuple[str, str]:
    """First the tests that reach the mutated lines, then the rest of the files that reach the module."""
    where = set(range(mutant.line, mutant.last_line + 1))
    hit = [t for t in clean["kept"] if where & set(clean["lines"].get(t, ()))]
    touched = {file_of(t) for t in clean["kept"] if clean["lines"].get(t)}
    rest = [t for t in clean["kept"] if file_of(t) in touched and t not in set(hit)]
    for tests in (hit, rest):
        if not tests:
            continue
        ordered = quickest_first(tests, clean["seconds"])
        limit = FACTOR * sum(clean["seconds"][t] for t in tests) + START
        answer = worker.ask(sorted({file_of(t) for t in tests}), ordered, timeout=limit)
        if answer["outcome"] in ("failed", "timeout", "crash"):
            return "killed", answer["by"]
    return "survived", "" if hit else "no test reaches the line"


def quickest_first(tests: list[str], seconds: dict[str, float]) -> list[str]:
    """Files by their time, then tests by theirs, so that what a file sets up once is set up once."""
    files: dict[str, float] = {}
    for test in tests:
        files[file_of(test)] = files.get(file_of(test), 0.0) + seconds[test]
    return sorted(tests, key=lambda t: (files[file_of(t)], file_of(t), seconds[t], t))


def file_of(test: str) -> str:
    return test.partition("::")[0]


def sample(every: list[Mutant], size: int | None, seed: str) -> list[Mutant]:
    """A draw without replacement; a larger one holds the smaller of the same seed."""
    order = list(range(len(every)))
    random.Random(seed).shuffle(order)
    return [every[k] for k in sorted(order[: len(order) if size is None else size])]


def equivalents(module: str) -> dict[tuple[str, str], str]:
    if not EQUIVALENT.is_file():
        return {}
    listed = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []
    return {(e["original"], e["mutated"]): e["reason"] for e in listed if e["module"] == module}


def read_state() -> dict[str, Any]:
    if RESULT.is_file():
        return json.loads(RESULT.read_text(encoding="utf-8"))
    return {"modules": {}, "mutants": []}


def keep(
    state: dict[str, Any],
    module: str,
    known: dict[str, dict[str, Any]],
    every: list[Mutant],
    told: argparse.Namespace,
    clean: dict[str, Any],
) -> None:
    """Write the result; the counts of a module are over all its mutants that were ever run on this text."""
    mine = sorted(known.values(), key=lambda m: (m["line"], m["id"]))
    state["mutants"] = sorted(
        [m for m in state["mutants"] if m["module"] != module] + mine,
        key=lambda m: (m["module"], m["line"], m["id"]),
    )
    count = {s: sum(m["status"] == s for m in mine) for s in ("killed", "survived", "equivalent")}
    before = state["modules"].get(module, {})
    sampled = f" --sample {told.sample}" if told.sample else ""
    command = f"python scripts/mutate.py {module}{sampled} --seed {told.seed}"
    state["modules"][module] = {
        "commands": list(dict.fromkeys([*before.get("commands", []), command])),
        "python": platform.python_version(),
        "mutants": len(every),
        "run": len(mine),
        **count,
        "left_out": clean.get("left_out", before.get("left_out", [])),
    }
    state["modules"] = dict(sorted(state["modules"].items()))
    part = RESULT.with_suffix(".part")
    part.write_text(json.dumps(state, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(RESULT)


def line_of(module: str, found: dict[str, Any]) -> str:
    if not found.get("run"):
        return f"{module}: nothing to mutate"
    real = found["run"] - found["equivalent"]
    share = found["killed"] / real if real else 1.0
    return f"{module}: {found['killed']} of {real} killed ({share:.0%}), {found['equivalent']} equivalent"


def identity(mutant: Mutant) -> str:
    return digest([mutant.text])


def digest(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


if __name__ == "__main__":
    main()
