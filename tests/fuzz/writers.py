"""Files of every format, right or damaged at random, as (name, content) makers."""

import csv
import functools
import gzip
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import yaml

from valuestats.ingest.logs.archives import Archive
from valuestats.ingest.sources import read_source

from .mutations import WORDS, damaged_bytes, damaged_rows, damaged_tree, odd_value, unfolded


def compress(name, content):
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content


def json_file(name, tree, *, lines=False):
    """Damage of a JSON file, of its tree or its bytes."""

    def make(rng):
        if rng.random() < 0.35:
            return [(name, compress(name, damaged_bytes(written(tree, lines), rng)))]
        content = written(damaged_tree(tree, rng), lines)
        if rng.random() < 0.1:
            content = content.replace(b'": 1', b'": ' + b"9" * 4500, 1)
        return [(name, compress(name, content))]

    return make


def written(tree, lines):
    if lines and isinstance(tree, list):
        return b"\n".join(unfolded(json.dumps(record).encode()) for record in tree) + b"\n"
    return unfolded(json.dumps(tree).encode())


def loaded(path, *, lines=False):
    content = path.read_bytes()
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    return (
        [json.loads(line) for line in content.splitlines() if line.strip()] if lines else json.loads(content)
    )


def archive(path):
    """Damage of a log in a ZIP archive: of its bytes, or of the tree of one member."""
    found = Archive(read_source(path))
    members = {name: found.read(name) for name in found.names}

    def make(rng):
        if rng.random() < 0.4:
            return [(path.name, damaged_bytes(path.read_bytes(), rng))]
        name = rng.choice(sorted(members))
        damaged = damaged_bytes(members[name], rng)
        if name.endswith(".json") and rng.random() < 0.7:
            damaged = written(damaged_tree(json.loads(members[name]), rng), False)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
            for member, content in members.items():
                made.writestr(member, damaged if member == name else content)
        return [(path.name, buffer.getvalue())]

    return make


def parquet_file(name, frame):
    """Damage of a Parquet file: of its bytes, or of one column's values and type."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    right = buffer.getvalue()

    def make(rng):
        if rng.random() < 0.3:
            return [(name, damaged_bytes(right, rng))]
        made, out = frame.copy(), io.BytesIO()
        column = rng.choice(list(made.columns))
        kind = rng.randrange(7)
        values = {
            0: lambda: [odd_value(rng)] * len(made),
            1: lambda: pd.Series(range(len(made))).astype("float64") / 3,
            2: lambda: pd.Series([["a", "b"]] * len(made)),
            3: lambda: pd.Series([{"a": 1}] * len(made)),
            4: lambda: pd.date_range("2020", periods=len(made), tz=rng.choice(["UTC", "Asia/Tokyo", None])),
            5: lambda: pd.Categorical(["x"] * len(made)),
            6: lambda: [b"\xff\x00"] * len(made),
        }[kind]()
        try:
            made[column] = values
            made.to_parquet(out)
        except Exception:
            return [(name, damaged_bytes(right, rng))]
        return [(name, out.getvalue())]

    return make


def csv_file(name, rows, delimiter=","):
    def make(rng):
        if rng.random() < 0.3:
            return [(name, damaged_bytes(csv_bytes(rows, delimiter), rng))]
        return [(name, csv_bytes(damaged_rows(rows, rng), rng.choice([delimiter, delimiter, ";", "\t"])))]

    return make


def wide_table(name):
    """A table of very many columns, or of very many different texts."""

    def make(rng):
        rows, columns = rng.choice([(3, 2500), (4000, 2), (0, 2000), (1, 3000)])
        odd = rng.choice(WORDS)
        table = [[f"v{c}" for c in range(columns)]]
        table += [
            [rng.choice([f"t{r}-{c}", str(r), "1,5", odd]) for c in range(columns)] for r in range(rows)
        ]
        return [(name, csv_bytes(table, rng.choice([",", ";"])))]

    return make


def csv_bytes(rows, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def workbook(rows):
    """Damage of a spreadsheet: of its bytes, or of the XML of one member."""
    cells = "".join(
        f"<row r='{r}'>"
        + "".join(
            f"<c r='{chr(65 + c)}{r}' t='inlineStr'><is><t>{cell}</t></is></c>" for c, cell in enumerate(row)
        )
        + "</row>"
        for r, row in enumerate(rows, 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    members = {
        "[Content_Types].xml": f"<Types xmlns='{package}/content-types'>"
        "<Default Extension='xml' ContentType='application/xml'/>"
        "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/></Types>",
        "_rels/.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='r1' "
        f"Type='{office}/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f"<workbook xmlns='{main}' xmlns:r='{office}'><sheets>"
        "<sheet name='a' sheetId='1' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='r1' "
        f"Type='{office}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{main}'><sheetData>{cells}</sheetData></worksheet>",
    }

    def make(rng):
        name = rng.choice(["xl/worksheets/sheet1.xml"] * 3 + sorted(members))
        content = {member: text.encode() for member, text in members.items()}
        content[name] = damaged_bytes(content[name], rng)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as made:
            for member, data in content.items():
                made.writestr(member, data)
        whole = buffer.getvalue()
        return [("answers.xlsx", damaged_bytes(whole, rng) if rng.random() < 0.3 else whole)]

    return make


@functools.cache
def statistical(suffix):
    """A small file of SPSS or Stata, as bytes."""
    import tempfile

    import pyreadstat

    frame = pd.DataFrame(
        {"q1": [1.0, 2.0, 9.0] * 5, "q2": ["yes", "no", ""] * 5, "weight": [0.5, 1.0, 1.5] * 5}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"people{suffix}")
        write = {".sav": pyreadstat.write_sav, ".dta": pyreadstat.write_dta}[suffix]
        write(frame, path, variable_value_labels={"q1": {1: "yes", 2: "no", 9: "don't know"}})
        return path.read_bytes()


def statistical_file(suffix):
    return lambda rng: [(f"people{suffix}", damaged_bytes(statistical(suffix), rng))]


def yaml_file(name, tree, *others):
    def make(rng):
        right = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode()
        if rng.random() < 0.4:
            content = damaged_bytes(right, rng)
        else:
            content = unfolded(
                yaml.dump(damaged_tree(tree, rng), allow_unicode=False, sort_keys=False).encode()
            )
        return [(name, content), *others]

    return make
