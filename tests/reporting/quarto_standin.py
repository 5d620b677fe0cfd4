"""A stand-in for the Quarto command line: it runs and reads a page by Quarto 1.10's rules, as far as pages hang on them.

Quarto comes from no package registry. What is kept of it here, each as a real Quarto 1.10.18 was seen to do it:

- parameters are put in by papermill, and without it that is an error;
- what a cell under ``include: false`` or ``output: false`` shows is dropped;
- outputs of ``output: asis`` are joined without a blank line, others stand in divisions of their own;
- an inline value is its ``text/markdown``, else its ``repr()`` without quotes and with some characters escaped;
- ``text/html`` is taken before markdown in HTML, SVG before PNG after markdown in print; captions of cells are paragraphs;
- ``--output-dir`` is refused for a page of a project that does not list it under ``render:``;
- without a page, all pages of the project's list are rendered, into its ``output-dir``.

Layout is left to pandoc and Typst as they are.
"""

import base64
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

VERSION = "1.10.18"
INLINE = re.compile(r"(?:^|(?<=[^`]))`\{python\}[ \t]([^`]+)`", re.MULTILINE)
CELL = re.compile(r"^```\{python\}\s*\n(.*?)^```\s*$\n?", re.MULTILINE | re.DOTALL)
ESCAPED = re.compile(r"([\\`*_{}\[\]()>#+,\-.!])")


class QuartoError(Exception):
    """What ends a rendering."""


def project_of(page):
    folder = next((f for f in page.parents if (f / "_quarto.yml").is_file()), None)
    said = yaml.safe_load((folder / "_quarto.yml").read_text(encoding="utf-8")) if folder else {}
    return folder, said or {}


def listed(page, folder, said):
    patterns = said.get("project", {}).get("render")
    name = page.relative_to(folder).as_posix()
    wanted = [p for p in patterns or ["*.qmd"] if not p.startswith("!")]
    return any(fnmatch.fnmatch(name, p.replace("**/", "*")) for p in wanted) and not any(
        fnmatch.fnmatch(name, p[1:].rstrip("/") + "*") for p in patterns or [] if p.startswith("!")
    )


def read_page(page, defaults):
    """Front matter and parts: text, or a cell's code and options; includes put in place."""
    text = page.read_text(encoding="utf-8")
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    body = re.sub(
        r"^\{\{< include (\S+) >\}\}$",
        lambda m: (page.parent / m[1]).read_text(encoding="utf-8"),
        body,
        flags=re.M,
    )
    front = yaml.safe_load(head)
    execute = {"echo": True, **(defaults.get("execute") or {}), **(front.get("execute") or {})}
    parts, at = [], 0
    for match in CELL.finditer(body):
        parts.append((body[at : match.start()], None))
        lines = match[1].splitlines()
        options = [line[2:] for line in lines if line.startswith("#|")]
        code = "\n".join(line for line in lines if not line.startswith("#|"))
        parts.append((code, {**execute, **(yaml.safe_load("\n".join(options)) or {})}))
        at = match.end()
    parts.append((body[at:], None))
    return front, parts


def with_parameters(parts, values):
    try:
        from papermill.translators import translate_parameters
    except ImportError:
        raise QuartoError("The papermill package is required for processing --execute-params") from None
    for i, (_, options) in enumerate(parts):
        if options is not None and "parameters" in options.get("tags", ()):
            code = translate_parameters("python3", "python", values, "Injected Parameters")
            kept = {key: value for key, value in options.items() if key not in ("label", "tags")}
            return [*parts[: i + 1], (code, kept), *parts[i + 1 :]]
    return parts


class Kernel:
    """A kernel that sees what Quarto's does."""

    def __init__(self, page, kind, folder):
        from jupyter_client.manager import KernelManager

        info = folder / "info.json"
        info.write_text(json.dumps({"format": {"identifier": {"base-format": kind}}}))
        environment = {k: v for k, v in os.environ.items() if k != "VALUESTATS_RENDER"}
        environment |= {
            "QUARTO_EXECUTE_INFO": str(info),
            "QUARTO_DOCUMENT_PATH": str(page.parent),
            "QUARTO_DOCUMENT_FILE": page.name,
            "IPYTHONDIR": str(folder / "ipython"),
        }
        self.manager = KernelManager(kernel_name="python3")
        self.manager.kernel_spec.argv[0] = os.environ.get("QUARTO_PYTHON", sys.executable)
        self.manager.start_kernel(cwd=str(page.parent), env=environment)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, code, expressions=()):
        outputs = []

        def keep(message):
            if message["msg_type"] in ("display_data", "execute_result", "stream"):
                outputs.append({"type": message["msg_type"], **message["content"]})

        asked = {str(i): e for i, e in enumerate(expressions)}
        reply = self.client.execute_interactive(code, user_expressions=asked, output_hook=keep, timeout=300)
        content = reply["content"]
        if content["status"] == "error":
            raise QuartoError(
                "\n".join([*content["traceback"][-3:], f"{content['ename']}: {content['evalue']}"])
            )
        values = content.get("user_expressions", {})
        for value in values.values():
            if value["status"] == "error":
                raise QuartoError(f"{value['ename']}: {value['evalue']}")
        return outputs, [values[key]["data"] for key in asked]

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def inline(data):
    if "text/markdown" in data:
        return data["text/markdown"]
    text = data["text/plain"]
    if text[:1] == text[-1:] and text[:1] in "'\"":
        return ESCAPED.sub(r"\\\1", text[1:-1])
    return text


def shown(output, kind, files, name, options):
    if output["type"] == "stream":
        return f"```\n{output['text']}\n```\n"
    data = output["data"]
    order = ["text/markdown", "image/svg+xml", "image/png", "text/plain"]
    order = ["text/html", *order] if kind == "html" else order
    mime = next((m for m in order if m in data), None)
    if mime is None:
        raise QuartoError(f"Unable to display output for mime type(s): {', '.join(data)}")
    if mime.startswith("image/"):
        file = files / f"{name}.{'svg' if mime == 'image/svg+xml' else 'png'}"
        content = data[mime].encode() if file.suffix == ".svg" else base64.b64decode(data[mime])
        file.write_bytes(content)
        alt = f" fig-alt='{options['fig-alt']}'" if "fig-alt" in options else ""
        return f"![]({file}){{.picture{alt}}}\n"
    if mime == "text/html":
        return f"```{{=html}}\n{data[mime]}\n```\n"
    return data[mime] + "\n" if mime == "text/markdown" else f"```\n{data[mime]}\n```\n"


def cell_markdown(options, outputs, kind, files, number):
    if not options.get("include", True) or options.get("output", True) is False:
        return ""
    outputs = [
        o for o in outputs if options.get("warning", True) or o["type"] != "stream" or o["name"] != "stderr"
    ]
    parts = [shown(o, kind, files, f"cell-{number}-{i}", options) for i, o in enumerate(outputs)]
    if options.get("output") == "asis":
        return "".join(parts)
    if not parts:
        return ""
    label = str(options.get("label", ""))
    labelled = f"#{label} " if label[:4] in ("fig-", "tbl-") else ""
    caption = options.get("fig-cap") or options.get("tbl-cap")
    inner = "".join(f"\n::: {{.cell-output}}\n{part}:::\n" for part in parts)
    return f"::: {{{labelled}.cell}}\n{inner}" + (f"\n{caption}\n" if caption else "") + ":::\n"


def markdown_of(page, kind, values, folder):
    front, parts = read_page(page, project_of(page)[1])
    if values:
        parts = with_parameters(parts, values)
    if front.get("engine") == "markdown" or all(options is None for _, options in parts):
        return front, "".join(text for text, _ in parts)
    kernel, written = Kernel(page, kind, folder), []
    try:
        for number, (text, options) in enumerate(parts):
            if options is None:
                expressions = INLINE.findall(text)
                found = iter(kernel.run("", expressions)[1] if expressions else ())
                written.append(INLINE.sub(lambda _, found=found: inline(next(found)), text))
            elif options.get("eval", True):
                outputs, _ = kernel.run(text)
                written.append(cell_markdown(options, outputs, kind, folder, number) + "\n")
    finally:
        kernel.end()
    return front, "".join(written)


def write(page, front, text, kind, file, folder):
    import pypandoc

    head = page.parent / str(front.get("include-in-header", ""))
    titled = yaml.safe_dump({k: front[k] for k in ("title", "subtitle", "lang", "author") if k in front})
    source = folder / "page.md"
    source.write_text(f"---\n{titled}---\n\n{text}", encoding="utf-8")
    reader = front.get("from", "markdown") + "-citations"  # references are numbered by Quarto's own filters
    command = [pypandoc.get_pandoc_path(), str(source), "--from", reader, "--standalone", "--mathml"]
    # Quarto does not wrap what it hands to Typst: a line that starts with a mark would be one
    command += [
        "--to",
        "html" if kind == "html" else "typst",
        "--wrap=none",
        f"--resource-path={page.parent}",
    ]
    if head.is_file() and kind == "html":
        command.append(f"--include-in-header={head}")
    done = subprocess.run(command, capture_output=True, text=True, cwd=page.parent, check=False)
    if done.returncode:
        raise QuartoError(done.stderr)
    if kind == "html":
        file.write_text(done.stdout, encoding="utf-8")
        return
    import typst

    markup = page.parent / f"{page.stem}.typ"
    markup.write_text(done.stdout, encoding="utf-8")
    try:
        typst.compile(str(markup), output=str(file), root="/")
    except Exception as error:
        raise QuartoError(f"error: {error}") from None
    finally:
        markup.unlink()


def options_of(arguments):
    said = {"formats": [], "values": {}, "output": None, "pages": []}
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--to":
            said["formats"].append(next(waiting))
        elif argument == "-P":
            key, _, value = next(waiting).partition(":")
            said["values"][key] = yaml.safe_load(value)
        elif argument == "--execute-params":
            said["values"] |= yaml.safe_load(Path(next(waiting)).read_text(encoding="utf-8"))
        elif argument == "--output-dir":
            said["output"] = Path(next(waiting))
        else:
            said["pages"].append(Path(argument).resolve())
    return said


def render_page(page, said):
    folder, project = project_of(page)
    inside = folder is not None and listed(page, folder, project)
    if said["output"] is not None and folder is not None and not inside:
        raise QuartoError("The --output-dir flag can only be used when rendering projects.")
    output = said["output"] or (inside and project.get("project", {}).get("output-dir"))
    target = page.parent
    if output:
        target = (folder or page.parent) / output / page.parent.relative_to(folder or page.parent)
        target.mkdir(parents=True, exist_ok=True)
    declared = {**(project.get("format") or {}), **(read_page(page, project)[0].get("format") or {})}
    for kind in said["formats"] or list(declared) or ["html"]:
        with tempfile.TemporaryDirectory() as scratch:
            front, text = markdown_of(page, kind, said["values"], Path(scratch))
            file = target / f"{page.stem}.{'html' if kind == 'html' else 'pdf'}"
            write(page, front, text, kind, file, Path(scratch))
        print(f"Output created: {file}", file=sys.stderr)


def main(arguments):
    if arguments == ["--version"]:
        print(VERSION)
        return 0
    said = options_of(arguments[1:])
    pages = said["pages"]
    if not pages:
        here = Path.cwd()
        project = yaml.safe_load((here / "_quarto.yml").read_text(encoding="utf-8"))
        pages = [here / name for name in project["project"]["render"]]
    try:
        for page in pages:
            render_page(page, said)
    except QuartoError as error:
        print("working …\n" * 40, file=sys.stderr)
        print(
            f"\x1b[91mERROR: {error}\x1b[39m\n\nStack trace:\n    at render (file:///x.js:1:1)",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
