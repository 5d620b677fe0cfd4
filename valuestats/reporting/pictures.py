"""Pictures a document names: local files of known kinds only."""

from __future__ import annotations

from pathlib import Path

from valuestats.base.errors import RenderError

_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}


def picture_type(address: str) -> str:
    """Mime type of a picture by its name.

    Raises
    ------
    RenderError
        For a kind that not both formats can show.

    Examples
    --------
    >>> picture_type("a/b.svg")
    'image/svg+xml'
    """
    suffix = Path(address).suffix.lower()
    if suffix not in _TYPES:
        raise RenderError(
            "this kind of picture is not in the profile", got=address, expected=", ".join(_TYPES)
        )
    return _TYPES[suffix]


def picture_bytes(address: str, folder: Path) -> bytes:
    """Content of a picture beside the document.

    Raises
    ------
    RenderError
        For an address on the web, and for a file that is not there.
    """
    if ":" in address or address.startswith("//"):
        raise RenderError(
            "a picture must be a local file", got=address, hint="a report opens without a network"
        )
    picture_type(address)
    file = folder / address
    if not file.is_file():
        raise RenderError("the picture does not exist", got=address, file=file)
    return file.read_bytes()
