"""Whole numbers of twenty digits or more are found wherever they stand, and keep their digits."""

import re

import pytest
import yaml

from valuestats.ingest import sources
from valuestats.ingest.answers import languages
from valuestats.instruments.loading import read_yaml

PATTERN = re.compile(rb"\d{20}")


@pytest.mark.parametrize("shift", range(-25, 26))
@pytest.mark.parametrize("digits", [19, 20, 21])
def test_they_are_found_across_what_is_looked_at_at_once(monkeypatch, shift, digits):
    monkeypatch.setattr(sources, "_AT_ONCE", 64)
    text = b"x" * (64 + shift) + b"7" * digits + b"e5" + b"\xd9\xa7" * 20  # Arabic digits are none
    assert sources._has_long_number(text) == (PATTERN.search(text) is not None) == (digits >= 20)


def test_all_ten_digits_count_and_nothing_beside_them():
    for byte in range(256):
        text = bytes([byte]) * 20
        assert sources._has_long_number(text) == (PATTERN.search(text) is not None)
    assert not sources._has_long_number(b"")
    assert sources.parse_json(b"[98765432109876543210, 1.5]") == [98765432109876543210, 1.5]


def test_the_rules_of_languages_are_read_alike_by_both_readers():
    from importlib.resources import as_file, files

    with as_file(files("valuestats.ingest.answers").joinpath("languages.yml")) as path:
        assert yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) == read_yaml(path)
    assert languages.load_languages().numbers["fünf"] == 5
