"""Ctrl-C and a full disk while a page is rendered: one message, the old page as it was, and nothing left running."""

import errno
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from valuestats.base.errors import ValuestatsError
from valuestats.reporting import render

PAGE = """---
title: "A page"
lang: en
---

```{python}
#| label: setup
#| include: false
import pathlib, time
pathlib.Path("began").touch()
time.sleep(SLEEP)
```

Some text.
"""


def page(tmp_path, sleep):
    (tmp_path / "page.qmd").write_text(PAGE.replace("SLEEP", str(sleep)))
    return tmp_path / "page.qmd"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("when", ["kernel starts", "kernel answers", "cell runs"])
def test_an_interruption_is_one_message_and_leaves_nothing(tmp_path, when):
    source, temporary, out = page(tmp_path, 60), tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    (out / "page.html").write_text("the old page")
    command = [sys.executable, "-m", "valuestats", "render", str(source), "--engine", "embedded"]
    command += ["--output", str(out)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        patterns = {
            "kernel starts": "tmp/valuestats_*",
            "kernel answers": "tmp/valuestats_*/kernel.json",
            "cell runs": "began",
        }
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(patterns[when])):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert said.count("interrupted: ") == 1
    assert (out / "page.html").read_text() == "the old page"
    assert [p.name for p in out.iterdir()] == ["page.html"]
    assert not list(temporary.glob("valuestats_*"))


@pytest.mark.parametrize("what", ["make a folder", "write a template", "put it into place"])
def test_a_full_disk_is_one_error(tmp_path, monkeypatch, what):
    source, out = page(tmp_path, 0), tmp_path / "out"
    out.mkdir()
    (out / "page.html").write_text("the old page")
    owner, name = {
        "make a folder": (tempfile, "mkdtemp"),
        "write a template": (pathlib.Path, "write_text"),
        "put it into place": (pathlib.Path, "replace"),
    }[what]

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(owner, name, full)
    with pytest.raises(ValuestatsError, match="could not write the output") as caught:
        render(source, formats=["html"], output_dir=out, engine="embedded")
    assert "No space left" in str(caught.value)
    assert (out / "page.html").read_text() == "the old page"
    assert [p.name for p in out.iterdir()] == ["page.html"]
