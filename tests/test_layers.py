"""The floors: each imports only from the floors below it, and the front door opens quickly."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import valuestats

PACKAGE = Path(valuestats.__file__).parent

FLOORS = [
    {"errors", "files", "progress", "labels", "threads"},
    {"tables"},
    {"instruments"},
    {"ingest"},
    {"counting"},
    {"kernels"},
    {"models"},
    {"result"},
    {
        "alignment",
        "artifacts",
        "audit",
        "decisions",
        "generalizability",
        "instrument_scores",
        "circumplex_fit",
        "invariance_check",
        "item_bias",
        "keying",
        "latent_traits",
        "plausible_scores",
        "missing_answers",
        "ordinal_checks",
        "ordinal_formula",
        "ordinal_loo",
        "ordinal_predictions",
        "ordinal_regression",
        "parser_agreement",
        "person_items",
        "population_scores",
        "published",
        "perspectives",
        "rater_agreement",
        "recovery",
        "refusals",
        "presentation_effects",
        "response_styles",
        "scale_reliability",
        "scoring",
        "similarity",
        "simulation",
        "stability",
        "survey_scales",
        "survey_shares",
        "survey_weighting",
        "systems",
        "value_oppositions",
    },
    {"charts"},
    {"reporting"},
    {"study"},
    {"log_commands"},
    {"cli", "__main__"},
]
UPWARD_BY_DESIGN = {
    ("result", "charts"),  # Result.plot, .table and .sentence look their presentation up when asked
    ("result", "reporting"),
}


def _floor(name):
    return next((n for n, floor in enumerate(FLOORS) if name in floor), None)


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("valuestats."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("valuestats."))


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_file_imports_from_a_floor_above(path):
    relative = path.relative_to(PACKAGE)
    own = relative.parts[0].removesuffix(".py")
    assert _floor(own) is not None, f"{own} stands on no floor: name it in FLOORS and in ARCHITECTURE.md"
    for other in set(_imports(path)):
        if (own, other) not in UPWARD_BY_DESIGN:
            assert _floor(other) is not None, other
            assert _floor(other) <= _floor(own), f"{relative} imports {other} from a floor above"


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["numpy", "pandas", "scipy", "pymc", "altair", "arviz", "pandera", "duckdb"]
    code = f"import sys, valuestats; print([m for m in {heavy!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    """A module of the same name as a function would take its place once it has been imported."""
    names = [n for n in valuestats.__all__ if not n.startswith("_")]
    modules = [".".join(["valuestats", *p.relative_to(PACKAGE).with_suffix("").parts]) for p in FILES]
    modules = [m.removesuffix(".__init__") for m in modules if not m.endswith("__main__")]
    code = (
        f"import importlib, types, valuestats\n"
        f"for m in {modules!r}: importlib.import_module(m)\n"
        f"print([n for n in {names!r} if isinstance(getattr(valuestats, n), types.ModuleType)])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_pages_and_analyses_hold_no_python_modules():
    root = PACKAGE.parent
    assert not list((root / "analyses").rglob("*.py"))
    assert not list((root / "reports").rglob("*.py"))
