"""Tables in workbooks of spreadsheets."""

import zipfile

import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.counting import write_responses
from valuestats.ingest import read_responses, read_survey, sources


def xlsx(path, rows, others=None):
    """A workbook of inline texts and numbers, as small as the format allows."""

    def sheet(cells):
        lines = []
        for r, row in enumerate(cells, start=1):
            written = "".join(
                f'<c r="{chr(64 + c)}{r}"><v>{value}</v></c>'
                if isinstance(value, int | float)
                else f'<c r="{chr(64 + c)}{r}" t="inlineStr"><is><t>{value}</t></is></c>'
                for c, value in enumerate(row, start=1)
                if value is not None
            )
            lines.append(f'<row r="{r}">{written}</row>')
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        return f'<worksheet xmlns="{space}"><sheetData>{"".join(lines)}</sheetData></worksheet>'

    sheets = {"Answers": rows, **(others or {})}
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{main}.worksheet+xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>{parts}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        )
        for n, cells in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", sheet(cells))
    return path


def test_spreadsheets(tmp_path):
    rows = [
        ["model", "item", "raw"],
        ["m", "007", "like me"],
        ["m", 8, 5],
        [None, None, None],
        ["m", 9.0, None],
    ]
    read = read_responses(xlsx(tmp_path / "a.xlsx", rows, {"Notes": [["x"]], "Empty": []}), scale="pvq21")
    assert read.frame["item"].tolist() == ["007", "8", "9"]
    assert read.frame["status"].tolist() == ["valid", "valid", "empty"]
    assert read.findings[["kind", "found"]].to_numpy().tolist() == [
        ["sheets left out", "read is 'Answers', not 'Notes'"]
    ]
    write_responses(tmp_path / "a.xlsx", tmp_path / "out", scale="pvq21")
    assert len(pd.read_parquet(tmp_path / "out")) == 3
    survey = read_survey(xlsx(tmp_path / "s.xlsx", [["q", "w"], [1, 0.5], [2, 1.5]]), design={"weight": "w"})
    assert survey.weights().tolist() == [0.5, 1.5]
    for content in (b"PK\x03\x04" + bytes(30), b"no spreadsheet", (tmp_path / "a.xlsx").read_bytes()[:-60]):
        (tmp_path / "b.xlsx").write_bytes(content)
        with pytest.raises(InputError, match="not a spreadsheet"):
            read_responses(tmp_path / "b.xlsx", scale="pvq21")


def test_a_spreadsheet_that_unpacks_to_far_more_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_UNPACKED", 1 << 16)
    with pytest.raises(InputError, match="far more than it should"):
        read_responses(
            xlsx(tmp_path / "a.xlsx", [["model", "item", "raw"], ["m", "1", "x" * (1 << 22)]]), scale="pvq21"
        )


def test_a_cell_far_from_all_others_is_one_error_and_ends_no_process(tmp_path):
    """The rectangle from A1 to the last cell of a sheet would take 1.3 TB; the fuzzer found such a file (seed 7)."""
    file = xlsx(tmp_path / "a.xlsx", [["model", "item", "raw"], ["m", "1", "like me"]])
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    far = parts[sheet].replace(b'r="C2"', b'r="XFD1048576"')
    assert far != parts[sheet]
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {**parts, sheet: far}.items():
            archive.writestr(name, content)
    with pytest.raises(
        InputError, match=r"not a spreadsheet that can be read[\s\S]*SIGABRT[\s\S]*far from all others"
    ) as caught:
        read_responses(file, scale="pvq21")
    assert caught.value.file == str(file)
