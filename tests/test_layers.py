"""The house: ARCHITECTURE.md lists the floors; no arrow goes up, none in a circle, and the front door opens quickly."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import valuestats
from valuestats.base import registry

PACKAGE = Path(valuestats.__file__).parent
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE)


@cache
def floors():
    """Places by floor, from low to high, and what each subject may import of the others, as ARCHITECTURE.md lists them."""
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = re.search(r"```floors\n(.*?)```", text, re.DOTALL)[1]
    order, allowed = {}, {}
    for number, line in enumerate(listed.strip().splitlines()):
        for place in re.split(r",\s+(?![^(]*\))", line):
            name, _, others = place.partition(" (")
            order[name.strip()] = number
            allowed[name.strip()] = set(others.rstrip(")").removeprefix("imports ").split(", ")) - {""}
    return order, allowed


def place(module):
    """The room of a module: the folder below the package, or below ``systems``."""
    parts = module.split(".")[1:]
    inner = parts[0] == "systems" and len(parts) > 2
    return f"systems/{parts[1]}" if inner else parts[0]


def name_of(path):
    return ".".join(["valuestats", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(
        ".__init__"
    )


MODULES = {name_of(p): p for p in FILES}


@cache
def imported(module):
    """Modules of the package that one imports anywhere in its file."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "valuestats":
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.split(".")[0] == "valuestats"}
    return found - {"valuestats"}


def test_every_place_stands_on_a_floor_and_every_floor_holds_what_it_lists():
    order, _ = floors()
    there = {p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert set(order) == there


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_file_imports_from_its_own_floor_or_one_above(path):
    order, allowed = floors()
    own = place(name_of(path))
    for module in imported(name_of(path)):
        other = place(module)
        if other == own:
            continue
        if own.startswith("systems/"):
            assert not other.startswith("systems/"), f"{own} imports {module} of another system"
            if other == "systems":  # what systems share lies in the folder itself
                continue
        one, two = own.split("/")[0], other.split("/")[0]
        assert order[two] < order[one] or two in allowed[one], f"{path.relative_to(PACKAGE)} imports {module}"


def test_what_a_subject_may_import_of_others_is_imported_and_never_mutual():
    _, allowed = floors()
    used = {(place(m), place(o)) for m in MODULES for o in imported(m)}
    pairs = {(own, other) for own, others in allowed.items() for other in others}
    assert pairs <= used, f"listed in ARCHITECTURE.md but not imported: {pairs - used}"
    assert not {(a, b) for a, b in pairs if (b, a) in pairs}


def test_no_modules_import_each_other_in_a_circle():
    done, path = set(), []

    def visit(module):
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        path.append(module)
        for other in sorted(imported(module) & set(MODULES)):
            visit(other)
        done.add(path.pop())

    for module in MODULES:
        visit(module)


def test_importing_the_package_and_the_registry_loads_nothing_heavy():
    heavy = ["numpy", "pandas", "scipy", "pymc", "altair", "arviz", "pandera", "duckdb"]
    code = f"import sys, valuestats; dir(valuestats); print([m for m in {heavy!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    """A module of the same name as a function would take its place once it has been imported."""
    names = [n for n in dir(valuestats) if not n.startswith("_")]
    modules = [m for m in MODULES if not m.endswith("__main__")]
    code = (
        f"import importlib, types, valuestats\n"
        f"for m in {modules!r}: importlib.import_module(m)\n"
        f"print([n for n in {names!r} if isinstance(getattr(valuestats, n), types.ModuleType)])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_import_path_that_rooms_declare_leads_somewhere():
    paths = [p for k in registry.kinds().values() for p in (k.figure, k.sentence, k.table) if p]
    paths += [f"{module}:{name}" for name, module in registry.public_names().items()]
    for room in registry.rooms():
        paths += [*room.verbs.values(), *room.readers.values(), getattr(room, "standin", None)]
    for path in paths:
        assert path is None or registry.load(path) is not None
    for system in registry.systems().values():
        assert system.id
        assert system.title
        assert system.citation
        assert system.page is None or __import__(system.page)


def test_pages_and_analyses_hold_no_python_modules():
    root = PACKAGE.parent
    assert not list((root / "analyses").rglob("*.py"))
    assert not list((root / "reports").rglob("*.py"))


@pytest.mark.parametrize("folder", ["analyses", "reports"])
def test_a_page_imports_one_thing(folder):
    for file in (PACKAGE.parent / folder).rglob("*.qmd"):
        lines = [
            x
            for x in file.read_text(encoding="utf-8").splitlines()
            if re.match(r"(from|import) valuestats", x)
        ]
        assert len(lines) == (0 if file.name.startswith("_") else 1), file
