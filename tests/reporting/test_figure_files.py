"""Figures as files: size, font and data are read back by other readers."""

import re
import struct
import subprocess
from shutil import which

import altair as alt
import pandas as pd
import pytest

from valuestats import save_figure
from valuestats.base.errors import RenderError, SpecificationError

FRAME = pd.DataFrame({"model": ["=a", "b"], "score": [1 / 3, 2.0]})


@pytest.fixture
def chart():
    return alt.Chart(FRAME).mark_bar().encode(x="score:Q", y="model:N").properties(width=200, height=100)


def test_each_file_has_the_width_that_was_asked_for(chart, tmp_path):
    made = save_figure(chart, tmp_path / "new" / "figure.png", width=89, dpi=254)
    assert [p.name for p in made] == ["figure.svg", "figure.pdf", "figure.png", "figure.csv"]
    svg, pdf, png, _ = made
    text = svg.read_text()
    width, height = re.search(r'width="([\d.]+)mm" height="([\d.]+)mm"', text).groups()
    assert float(width) == pytest.approx(89)
    assert "@font-face" in text
    assert "http" not in text.replace("http://www.w3.org", "")
    pixels, lines = struct.unpack(">II", png.read_bytes()[16:24])
    assert pixels == pytest.approx(890, abs=3)
    assert lines / pixels == pytest.approx(float(height) / 89, abs=0.01)
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf.read_bytes())
    assert box is not None
    assert float(box[1]) == pytest.approx(89 / 25.4 * 72, abs=1)


@pytest.mark.skipif(which("pdffonts") is None, reason="pdffonts is not installed")
def test_the_font_is_in_the_pdf(chart, tmp_path):
    (pdf,) = save_figure(chart, tmp_path / "figure", formats=["pdf"], data=False)
    done = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
    assert "Inter" in done
    assert all(line.split()[-5] == "yes" for line in done.splitlines()[2:])


def test_the_data_are_what_is_drawn(chart, tmp_path):
    save_figure(chart, tmp_path / "one", formats=["svg"])
    back = pd.read_csv(tmp_path / "one.csv")
    assert back["model"].tolist() == ["'=a", "b"]
    assert back["score"].tolist() == pytest.approx(FRAME["score"].tolist())
    other = alt.Chart(pd.DataFrame({"x": [5]})).mark_point().encode(x="x:Q")
    save_figure(alt.vconcat(chart, other), tmp_path / "two", formats=["svg"])
    assert list(pd.read_csv(tmp_path / "two-1.csv")) == ["model", "score"]
    assert pd.read_csv(tmp_path / "two-2.csv")["x"].tolist() == [5]


def test_what_can_not_be_drawn_is_said(chart, tmp_path):
    with pytest.raises(SpecificationError, match="no format"):
        save_figure(chart, tmp_path / "x", formats=[])
    with pytest.raises(SpecificationError, match="width"):
        save_figure(chart, tmp_path / "x", width=-1)
    remote = alt.Chart("https://example.org/data.csv").mark_point().encode(x="x:Q")
    with pytest.raises(RenderError, match="could not be drawn"):
        save_figure(remote, tmp_path / "x")
    assert not list(tmp_path.iterdir())
