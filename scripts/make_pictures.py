"""Draw the pictures of README.md from the stored results of the Value Portrait study.

``python scripts/make_pictures.py [results/value_portrait]``; the page's picture needs Chromium on the search path.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import vl_convert as vlc

from valuestats.figures.theme import theme_config
from valuestats.keying.correlation_figures import key_chart
from valuestats.reporting.stored_study import StoredStudy
from valuestats.similarity.figures import similarity_chart

OUT = Path(__file__).parents[1] / "docs" / "images"
FONTS = Path(__file__).parents[1] / "valuestats" / "reporting" / "assets" / "fonts"


def chart(figure, name: str) -> None:
    spec = {**figure.to_dict(), "config": theme_config("light"), "background": "white", "padding": 16}
    (OUT / name).write_bytes(vlc.vegalite_to_png(spec, scale=1.5))


def page(html: Path, name: str) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium: the page's picture is left as it is")
        return
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *quiet, f"--user-data-dir={profile}", "--virtual-time-budget=8000"]
        command += ["--window-size=1280,1050", f"--screenshot={OUT / name}", html.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results/value_portrait")
    study = StoredStudy(folder)
    OUT.mkdir(parents=True, exist_ok=True)
    vlc.register_font_directory(str(FONTS))
    chart(key_chart(study["keys"], study["chance"]), "keys.png")
    chart(similarity_chart(study["similarity"]), "similarity.png")
    page(folder / "reports" / "model_comparison.html", "model-comparison.png")


if __name__ == "__main__":
    main()
