"""One rendering of the fixture document, shared by the tests that read it back."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from valuestats.reporting import RenderOutcome, render, typst_pdf

HERE = Path(__file__).parent
FIXTURE = HERE / "fixtures" / "full.qmd"


@dataclass(frozen=True)
class Rendered:
    outcome: RenderOutcome
    html: str
    typst: str
    pictures: dict[str, bytes]


def render_and_read(source: Path, folder: Path, **options) -> Rendered:
    """Render with the embedded engine, keeping the Typst markup on its way to the compiler."""
    kept = {}
    compile_pdf = typst_pdf.compile_pdf

    def keep(text, files, target, date):
        kept["text"], kept["files"] = text, dict(files)
        compile_pdf(text, files, target, date)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typst_pdf, "compile_pdf", keep)
        outcome = render(source, output_dir=folder, engine="embedded", **options)
    html = outcome.paths["html"].read_text(encoding="utf-8")
    return Rendered(outcome, html, kept["text"], kept["files"])


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Rendered:
    return render_and_read(FIXTURE, tmp_path_factory.mktemp("full"))


@pytest.fixture
def write(tmp_path):
    """Write a document with this body and return its path; the first body line is line 5."""

    def _write(body: str, front: str = "") -> Path:
        path = tmp_path / "page.qmd"
        path.write_text(f"---\ntitle: T\n{front}---\n\n{body}\n", encoding="utf-8")
        return path

    return _write
