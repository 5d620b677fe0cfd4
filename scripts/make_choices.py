"""Write ``docs/choices.md``: what is written by hand and why, and what libraries are used for.

python benchmarks/choices.py && python scripts/make_choices.py
"""

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
TARGET = ROOT / "docs" / "choices.md"

HEAD = """# Own code and libraries

The rule: where a library among the dependencies computes the same, to 1e-10, at less than ten times the cost, it is called.
What is written by hand is more right where it matters, ten times faster at the sizes it is used at, or in no library with a
licence that fits (this package is under Apache-2.0; pingouin and krippendorff are under GPL-3.0, oracles of tests).
A formula of a line or two of NumPy (Euclidean distances, total variation, Kish's effective size) counts as neither.
"""

MEASURED = """## Written by hand, though a library has it

"Times" is the library's time over ours, "apart" the largest absolute difference of the two results. Measured by
`{command}` on {date}: processor's seconds on one core, median of five runs; {versions}.
"""

NONE = """## Written by hand, and in no library among the dependencies

| what | where |
|---|---|
"""

USED = """## What libraries are used for

| library | used for | for example in |
|---|---|---|
"""

ALONE = [
    ("polychoric and polyserial correlations, two-step, with sampling errors", "statistics/polychoric.py"),
    ("Gwet's AC1 and AC2, distances between sets of labels", "statistics/agreement.py"),
    ("intervals that hold several quantities at once, from their joint draws", "statistics/simultaneous.py"),
    ("percentile level that makes up for few clusters", "statistics/resampling.py"),
    (
        "intervals of few clusters by leaving one out, with joint replicates of Student's t",
        "statistics/clusters.py",
    ),
    ("normal and unimodal priors of many estimates by empirical Bayes", "keying/spread_of_correlations.py"),
    ("bounds of partly identified means, shift and selection models", "missing/adjusted_means.py"),
    ("sampling error of distances between shares, by leaving out people", "similarity/sampling_error.py"),
    ("moments of the entropy under a Dirichlet posterior, its jackknife", "statistics/entropy.py"),
    ("shifts between levels of a condition, and what shuffled labels give", "prompts/shifts.py"),
    ("scaling of many replicates by majorisation, test of a circular order", "circle/scaling.py"),
    (
        "variance components of tables with empty cells, pivotal draws",
        "generalizability/variance_components.py",
    ),
    ("Rubin's rules with Barnard and Rubin's degrees of freedom", "measurement/rubin.py"),
    ("trimming of raked weights", "surveys/raking.py"),
    ("graphs by PC with clusters as units, from sufficient statistics", "graphs/search_loop.py"),
    ("the best of all acyclic graphs by BIC, from one determinant a subset", "graphs/score_loop.py"),
    ("nested Laplace and Hamiltonian engines on counted answers", "latent/nested_laplace.py"),
    (
        "formulas that run nothing: patsy, formulaic and formulae evaluate what stands in one as Python",
        "regression/formula_syntax.py",
    ),
]

LIBRARIES = [
    ("numpy", "arrays, linear algebra, quantiles", "statistics/resampling.py"),
    (
        "scipy",
        "distributions, ranks, entropy, root finding, optimisation, sparse matrices",
        "missing/adjusted_means.py",
    ),
    ("pandas", "tables", "results/result.py"),
    ("statsmodels", "adjusted p-values of families of tests", "statistics/multiplicity.py"),
    ("statsmodels", "Clopper and Pearson's limits, Wilson's interval", "surveys/linearisation.py"),
    (
        "pymc",
        "the models as programs, for sampling and for checks of the engines (extra `nuts`)",
        "regression/effects_pymc.py",
    ),
    (
        "nutpie",
        "sampling of those programs, and of the engines' own densities (extra `nuts`)",
        "latent/nuts.py",
    ),
    ("arviz-stats", "Pareto smoothing, leave-one-out", "regression/loo.py"),
    ("xarray", "draws", "latent/engines.py"),
    ("zarr", "stored draws", "results/folders.py"),
    ("numba", "compiled loops over pairs and cells", "statistics/rank_loop.py"),
    ("threadpoolctl", "one thread where matrices are small", "base/threads.py"),
    ("balance", "raking (extra `survey`)", "surveys/raking.py"),
    ("ibis-framework", "counting in the database where answers are", "counting/answer_tables.py"),
    ("duckdb", "the embedded engine behind ibis", "counting/answer_tables.py"),
    ("pyspark", "a cluster behind ibis (extra `spark`)", ""),
    ("pyarrow", "columns of files that do not fit in memory", "ingest/tabular/parquet.py"),
    ("pyreadstat", "files of SPSS, Stata and SAS", "ingest/surveys/apart_program.py"),
    ("python-calamine", "spreadsheets", "ingest/tabular/spreadsheets_program.py"),
    ("charset-normalizer", "a guess at the encoding of text files", "ingest/surveys/text_tables.py"),
    ("orjson", "JSON", "reporting/charting.py"),
    ("markdown-it-py", "markdown in answers", "ingest/answers/markdown.py"),
    ("pyyaml", "instruments, studies, vocabularies", "instruments/loading.py"),
    ("pandera", "schemas of tables", "tables/schema.py"),
    ("pooch", "download and cache of published files", "ingest/datasets.py"),
    ("tqdm", "progress", "base/progress.py"),
    ("altair", "figures", "figures/intervals.py"),
    ("vl-convert-python", "pictures of figures (extra `reports`)", "reporting/charting.py"),
    ("great-tables", "tables", "results/tables.py"),
    ("nbformat", "cells of a page (extra `reports`)", "reporting/execute.py"),
    ("nbclient", "running them (extra `reports`)", "reporting/execute.py"),
    ("ipykernel", "the kernel that runs them (extra `reports`)", "reporting/execute.py"),
    ("pypandoc_binary", "pages as HTML (extra `reports`)", "reporting/pandoc.py"),
    ("typst", "pages as PDF (extra `reports`)", "reporting/typst_pdf.py"),
    ("papermill", "parameters of a page that Quarto itself runs (extra `reports`)", ""),
]


def text() -> str:
    """The page."""
    found = json.loads((RESULTS / "choices.json").read_text("utf-8"))
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    parts = [HEAD, MEASURED.format(command=found["command"], date=found["date"], versions=versions)]
    parts += [
        "| what | where | which library has it | size | times | apart | what it lacks |\n|---|---|---|---|---|---|---|"
    ]
    parts += [_row(row) for row in found["rows"]]
    parts += ["", _engines(), NONE.rstrip("\n")]
    parts += [f"| {what} | `{where}` |" for what, where in ALONE]
    parts += ["", USED.rstrip("\n")]
    parts += [f"| {name} | {use} | {f'`{where}`' if where else ''} |" for name, use, where in LIBRARIES]
    return "\n".join([*parts, "", "Written by `python scripts/make_choices.py`.", ""])


def _row(row: dict) -> str:
    apart = f"{row['difference']:.1e}"
    if row["ours"] is not None and row["ours"] != row["theirs"]:
        apart += f" ({row['ours']:.3f} and {row['theirs']:.3f})"
    cells = (
        row["what"],
        f"`{row['module']}`",
        row["library"],
        row["size"],
        _times(row["ratio"]),
        apart,
        row["lacks"],
    )
    return f"| {' | '.join(cells)} |"


def _times(ratio: float) -> str:
    """Two significant digits."""
    return f"{float(f'{ratio:.2g}'):,g}"


def _engines() -> str:
    """Sentence on the engines, from the results of their own benchmark."""
    rows = json.loads((RESULTS / "ordinal_engines.json").read_text("utf-8"))["rows"]
    small = {row["engine"]: row for row in rows if row["design"] == "small"}
    pairs = json.loads((RESULTS / "similarity_speed.json").read_text("utf-8"))["processor_ratio"]
    ours, nuts = small["laplace"], small["nuts"]
    outside = small["PyMC and nutpie, one row per answer"]
    return (
        f"The engines of `latent/` fit {ours['answers']:,} ordered answers in {ours['seconds']:.2g} s by nested Laplace; "
        f"PyMC and nutpie, which they are tested against, take {nuts['seconds']:.2g} s on the same cells and "
        f"{outside['seconds']:.2g} s with one row per answer (`benchmarks/ordinal_engines.py`). Jensen-Shannon distances of "
        f"all pairs of models and countries, in a compiled loop, are {pairs['distances']:.0f} times faster than SciPy's "
        f"function in a loop (`benchmarks/similarity_speed.py`).\n"
    )


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
