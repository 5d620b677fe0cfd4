"""Packages that not every user needs: which extra brings each, and one message where it is missing."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator

from valuestats.base.errors import SpecificationError

EXTRAS = {
    "reports": {
        "ipykernel": "ipykernel",
        "nbclient": "nbclient",
        "nbformat": "nbformat",
        "pypandoc": "pypandoc_binary",
        "typst": "typst",
        "vl_convert": "vl-convert-python",
    },
    "nuts": {"pymc": "pymc", "nutpie": "nutpie"},
    "survey": {"balance": "balance"},
    "learn": {"sklearn": "scikit-learn"},
}
"""Modules of each extra, and the packages that they come in."""


@contextlib.contextmanager
def from_extra(extra: str, what: str, parameter: str | None = None) -> Iterator[None]:
    """Import modules of an extra in this context; where they are missing, the error names the extra.

    Parameters
    ----------
    extra
        One of `EXTRAS`.
    what
        What needs them, as the start of a sentence.
    parameter
        The argument by which it was asked for.

    Raises
    ------
    SpecificationError
        When a package of the extra is not installed. An import that fails for another reason stays as it is.

    Examples
    --------
    >>> with from_extra("survey", "raking"):
    ...     raise ModuleNotFoundError("No module named 'balance'", name="balance")
    Traceback (most recent call last):
    ...
    valuestats.base.errors.SpecificationError: raking needs the package balance
      hint:      install it with the extra: pip install "valuestats[survey]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS[extra]:
            raise
        raise missing(extra, EXTRAS[extra][module], what, parameter) from None


def missing(extra: str, package: str, what: str, parameter: str | None = None) -> SpecificationError:
    """The error that a package of an extra is not installed."""
    return SpecificationError(
        f"{what} needs the package {package}",
        parameter=parameter,
        hint=f'install it with the extra: pip install "valuestats[{extra}]"',
    )


def require_extra(extra: str, what: str, parameter: str | None = None) -> None:
    """Refuse before any work where a package of an extra is not installed; nothing is imported.

    Raises
    ------
    SpecificationError
        As `from_extra`.

    Examples
    --------
    >>> require_extra("reports", "rendering")
    """
    for module, package in EXTRAS[extra].items():
        try:
            there = importlib.util.find_spec(module) is not None
        except ValueError:  # set to None in sys.modules
            there = False
        if not there:
            raise missing(extra, package, what, parameter)
