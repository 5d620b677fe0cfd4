"""The same document from Quarto itself, where there is one: the same captions and table cells."""

import re

import pytest

from valuestats.reporting import render
from valuestats.reporting.quarto import find_quarto

from .conftest import FIXTURE
from .facts import page_facts

pytestmark = pytest.mark.quarto


@pytest.fixture(scope="module")
def by_quarto(tmp_path_factory):
    if find_quarto() is None:
        pytest.skip("no Quarto 1.9 or newer on this machine")
    return render(FIXTURE, output_dir=tmp_path_factory.mktemp("quarto"), engine="quarto")


def cells(facts):
    return [[re.sub(r" <\w+>$", "", c) for c in row] for table in facts["tables"] for row in table]


def test_both_engines_number_and_print_the_same(by_quarto, rendered):
    facts, ours = page_facts(by_quarto.paths["html"].read_text(encoding="utf-8")), page_facts(rendered.html)
    assert facts["captions"] == ours["captions"]
    assert [[c for c in row if c] for row in cells(facts)] == [[c for c in row if c] for row in cells(ours)]
    assert len(facts["charts"]) == len(ours["charts"])


def test_quarto_s_page_loads_nothing(by_quarto):
    text = by_quarto.paths["html"].read_text(encoding="utf-8")
    assert not re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=[\"']https?:", text)
    assert by_quarto.paths["pdf"].read_bytes().startswith(b"%PDF")
