"""What is known of the pages that were made of a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.base.files import read_json
from valuestats.results.receipts import REPORT

PAGES = "pages.json"
_PAGE = re.compile(rf"{REPORT.pattern}\.(html|pdf|docx)")


def page_receipts(target: Path) -> dict[str, Any]:
    """What is known of pages made before; of one whose entry is damaged, nothing."""
    try:
        content = read_json(target / PAGES) if (target / PAGES).is_file() else {}
    except InputError:
        return {}
    return {
        name: receipt
        for name, receipt in content.items()
        if isinstance(receipt, dict)
        and isinstance(receipt.get("key"), str)
        and isinstance(receipt.get("files"), dict)
        and all(map(_PAGE.fullmatch, receipt["files"]))
    }


def known_pages(target: Path) -> dict[str, str]:
    """SHA-256 of each page that was made in a folder, by its name."""
    return {
        name: digest
        for receipt in page_receipts(target).values()
        for name, digest in receipt["files"].items()
    }
