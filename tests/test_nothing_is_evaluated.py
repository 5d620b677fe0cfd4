"""No text of a user is ever run: where the code evaluates anything, and what it evaluates there."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1] / "valuestats"
RUN = {"eval", "exec", "compile", "__import__"}
METHODS = {"eval", "query", "read_pickle", "system", "popen"}
ALLOWED = {
    # Annotations of functions of this package and of registered ones, as they stand in their source.
    ("base/arguments.py", "eval(annotation, names)"),
    ("study/arguments.py", "eval(hint, dict(vars(module)), _ForCheckers(module))"),
    # Typst's compiler of documents.
    (
        "reporting/typst_pdf.py",
        "typst.compile(str(main), **world, **options)",
    ),
    # a query for what the page's own template marks
    (
        "reporting/typst_pdf.py",
        "typst.query(str(main), f'<{mark}>', field='value', **world)",
    ),
}


def calls():
    for module in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield module.relative_to(ROOT).as_posix(), node


def constant(node):
    return bool(node.args) and isinstance(node.args[0], ast.Constant)


def test_what_is_evaluated_is_the_codes_own():
    found = set()
    for module, node in calls():
        called = node.func
        plain = isinstance(called, ast.Name) and called.id in RUN
        # An expression for pandas that stands in the source is the source's.
        method = isinstance(called, ast.Attribute) and called.attr in METHODS and not constant(node)
        regex = isinstance(called, ast.Attribute) and ast.unparse(called) == "re.compile"
        compiled = isinstance(called, ast.Attribute) and called.attr == "compile" and not regex
        if plain or method or compiled:
            found.add((module, ast.unparse(node)))
    assert found == ALLOWED


def test_no_shell_no_pickle_and_no_unsafe_yaml():
    for module, node in calls():
        for keyword in node.keywords:
            value = ast.unparse(keyword.value)
            assert not (keyword.arg in ("shell", "allow_pickle") and value != "False"), (
                module,
                ast.unparse(node),
            )
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in ("yaml.load", "yaml.load_all"):
            loader = {k.arg: ast.unparse(k.value) for k in node.keywords}.get("Loader")
            assert loader in ("_StrictLoader", "yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"), (
                module,
                loader,
            )
    evaluating = {"pickle", "dill", "formulae", "patsy", "formulaic", "asteval", "numexpr"}
    assert not evaluating & set(imported())


def imported():
    """Top names of what the package imports."""
    for module in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0]
