"""What a report page reads: the stored results of one finished run, as text and small tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.errors import GateError, RenderError
from valuestats.base.labels import counted, listed, number, set_printed_names
from valuestats.base.registry import kind
from valuestats.figures.refused import refused_chart
from valuestats.reporting.host import host
from valuestats.results.bibliography import of_results
from valuestats.results.receipts import read_manifest, told_deviations
from valuestats.results.result import Result
from valuestats.results.storage import load_step, product_type
from valuestats.tables import STATUSES, Responses

_COMPARISON = {"quantity", "published", "recomputed", "verdict"}


class StoredStudy:
    """The results folder of a finished run.

    Parameters
    ----------
    folder
        Where ``manifest.json`` and the steps' folders are.

    Raises
    ------
    RenderError
        The folder holds no finished run.
    StudyError
        Its manifest is damaged; or, when a step is asked for, its files are not those that were written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        file = self.folder / "manifest.json"
        if not file.is_file():
            raise RenderError(
                "the page's results folder holds no finished run", parameter="results", file=file
            )
        self.manifest: dict[str, Any] = read_manifest(self.folder)
        self._loaded: dict[str, Any] = {}
        set_printed_names({})

    def __contains__(self, step: str) -> bool:
        return step in self.manifest["steps"]

    def __getitem__(self, step: str) -> Any:
        if step not in self._loaded:
            said = self.manifest["steps"].get(step, {})
            product = load_step(self.folder, step, lazily=True, expected=said.get("outputs_sha256"))
            self._loaded[step] = getattr(product, "result", product)  # of a fit, what it found
            if isinstance(self._loaded[step], Result):
                set_printed_names(self._loaded[step].meta.get("names", {}), more=True)
        return self._loaded[step]

    def finding(self, step: str) -> Result:
        """A result that may be shown as a finding.

        Raises
        ------
        GateError
            It failed its diagnostics gate.
        """
        result: Result = self[step]
        if not result.passed:
            raise GateError(
                f"{step} failed its diagnostics gate and may not be rendered as a finding",
                got="; ".join(result.meta["gate"]["reasons"]),
            )
        return result

    @cached_property
    def results(self) -> dict[str, Result]:
        """All results of the study by step, in its order; fits stand for what they found."""
        there = (step for step in self.manifest["steps"] if self._holds(step, "result.json"))
        return {step: self[step] for step in there}

    @cached_property
    def published(self) -> dict[str, pd.DataFrame]:
        """Tables that hold published numbers against recomputed ones, by step."""
        return self.tables(*_COMPARISON)

    def tables(self, *columns: str) -> dict[str, pd.DataFrame]:
        """Products that are plain tables and have these columns, by step in the order of the study."""
        there = (step for step in self.manifest["steps"] if self._holds(step, "frame.parquet"))
        frames = ((step, self[step]) for step in there)
        return {
            step: frame
            for step, frame in frames
            if isinstance(frame, pd.DataFrame) and set(frame.columns) >= set(columns)
        }

    def _holds(self, step: str, name: str) -> bool:
        return any((self.folder / step / part / name).is_file() for part in ("", "result"))

    @cached_property
    def asked(self) -> str | None:
        """The step with the raw answers: ``responses``, else the first that holds such a table; None without."""
        steps = sorted(self.manifest["steps"], key=lambda step: step != "responses")
        return next((s for s in steps if product_type(self.folder, s) == "Responses"), None)

    @cached_property
    def responses(self) -> Responses:
        """The raw answers of the study."""
        return self[self.asked or "responses"]

    def bibtex(self) -> str:
        """The package, and the sources of methods, instruments and data, as BibTeX."""
        data = [str(d["citation"]) for d in self.manifest["datasets"].values() if d["citation"]]
        return of_results(self.results.values(), data)

    def callouts(self) -> str:
        """The study's notice and its deviations as callouts; empty where there is neither.

        Where Quarto itself runs the page, the lines about study and data stand before them: nothing else says them.
        """
        parts = []
        if host().startswith("quarto"):
            from valuestats.reporting.quarto_page import page_lines

            parts.append(page_lines([self.manifest["title"], provenance_line(self.manifest)]))
        if self.manifest["notice"]:
            parts.append(_callout("important", "Read this first", self.manifest["notice"]))
        if self.manifest["deviations"]:
            parts.append(
                _callout("warning", "Deviations from the plan", told_deviations(self.manifest["deviations"]))
            )
        return "\n\n".join(filter(None, parts))

    def _counts(self) -> dict[str, int]:
        counts = self.responses.status_counts()
        return {str(name): int(counts[name].iloc[0]) for name in counts.columns}

    def status_sentence(self) -> str:
        """How many answers could be scored, and why the others could not."""
        counts = self._counts()
        lost = {s: counts[s] for s in STATUSES if s != "valid" and counts[s]}
        models = len(self.responses.models)
        reasons = listed([_LOST[s](n) for s, n in lost.items()])
        rest = f"{number(counts['valid'])} could be scored, the others ({reasons}) are counted, not imputed"
        return (
            f"{number(counts['asked'])} answers of {counted(models, 'model')} to "
            f"{counted(len(self.responses.items), 'item')} were read; {rest if lost else 'all could be scored'}."
        )

    def status_table(self) -> pd.DataFrame:
        """Counts by status over all models."""
        counts = self._counts()
        rows = [
            (s.replace("_", " "), number(counts[s]), f"{counts[s] / counts['asked']:.2%}") for s in STATUSES
        ]
        rows.append(("asked", number(counts["asked"]), "100%"))
        return pd.DataFrame(rows, columns=["Status", "Answers", "Share"])

    def gate_table(self, step: str = "ordinal") -> pd.DataFrame:
        """The diagnostics of a fit beside what they must be."""
        gate = self[step].meta["gate"]
        rows = [("verdict", "passed" if gate["passed"] else "FAILED", "passed")]
        demands = {
            "max_rhat": ("largest R-hat", ".3f", "below 1.01"),
            "min_ess_bulk": ("smallest bulk effective sample size", ",.0f", "at least 400"),
            "min_ess_tail": ("smallest tail effective sample size", ",.0f", "at least 400"),
            "divergences": ("divergent transitions", ".0f", "0"),
            "predictive_p": ("posterior predictive p-value", ".3f", "not extreme"),
        }
        for key, (name, form, demand) in demands.items():
            if gate.get(key) is not None:
                rows.append((name, f"{gate[key]:{form}}", demand))
        return pd.DataFrame(rows, columns=["Diagnostic", "Found", "Demanded"])

    def figure(self, step: str, draw: Callable[[Result], Any]) -> Any:
        """A figure of a result, or, where the result failed its gate, the reasons in the figure's place."""
        result: Result = self[step]
        if not result.passed:
            return refused_chart(list(result.meta["gate"]["reasons"]))
        return draw(result)

    def chart(self, step: str) -> Any:
        """The figure of a result's kind, the reasons of a failed gate in its place; None where the kind has none."""
        if kind(self[step].kind).figure is None:
            return None
        return self.figure(step, lambda result: result.plot())

    def warning_list(self, step: str) -> str:
        """What a reader of one result must know, as a list; names and texts are made inert."""
        from valuestats.reporting.markdown import remarks

        return remarks(self[step].meta["warnings"])

    def provenance_table(self) -> pd.DataFrame:
        """Where everything came from, and what made it."""
        manifest = self.manifest
        rows = [
            (
                "Study",
                f"{manifest['study']} ({manifest['study_file']}, SHA-256 {manifest['study_sha256'][:12]}…)",
            ),
            ("Seed", str(manifest["seed"])),
            ("valuestats", f"{manifest['valuestats']}, code SHA-256 {manifest['code_sha256'][:12]}…"),
            ("Python", manifest["python"]),
            ("Finished", manifest["finished"].replace("T", " ").replace("+00:00", " UTC")),
            ("Time to compute", f"{manifest['seconds']:.1f} s"),
        ]
        for name, dataset in manifest["datasets"].items():
            rows.append(
                (
                    f"Data: {name}",
                    f"{dataset['citation']}; {counted(len(dataset['files']), 'file')}, {dataset['licence']}",
                )
            )
        return pd.DataFrame(rows, columns=["What", "Value"])

    def step_table(self) -> pd.DataFrame:
        """Each step, its time, and the hash of what it made."""
        steps = self.manifest["steps"].values()
        rows = [(s["step"], s["verb"], f"{s['seconds']:.1f}", s["outputs_sha256"][:12]) for s in steps]
        return pd.DataFrame(rows, columns=["Step", "Verb", "Seconds", "SHA-256 of the output"])


def provenance_line(manifest: Mapping[str, Any]) -> str:
    """The line of a page about its data, study file and seed, as plain text."""
    data = ", ".join(f"{name} ({d['licence']})" for name, d in manifest["datasets"].items())
    return (
        f"Data: {data or 'files of the study'}. Study file {manifest['study_sha256'][:12]}…, "
        f"seed {manifest['seed']}."
    )


_LOST: dict[str, Callable[[int], str]] = {
    "refusal": lambda n: counted(n, "refusal"),
    "unparsable": lambda n: f"{number(n)} unparsable",
    "empty": lambda n: f"{number(n)} empty",
    "truncated": lambda n: f"{number(n)} cut short",
    "api_error": lambda n: counted(n, "failed call"),
    "not_administered": lambda n: f"{number(n)} not asked",
}


def _callout(kind: str, title: str, text: str) -> str:
    from valuestats.reporting.markdown import escape_markdown

    text = escape_markdown(text)
    return f'::: {{.callout-{kind} title="{title}"}}\n{text}\n:::'
