"""Errors that say which parameter, what was got, what was expected, and how to mend it."""

from __future__ import annotations

from pathlib import Path

from valuestats.base.terminal import inert


class ValuestatsError(ValueError):
    """Base of every error the package raises on purpose.

    Parameters
    ----------
    message
        What went wrong, one sentence.
    parameter
        The argument, column or setting at fault.
    got, expected
        What was found and what would have been right.
    hint
        What to do about it.
    file, row
        The source of the fault; ``row`` counts records from 0, as ``source_row`` does.

    Examples
    --------
    >>> from valuestats.base.errors import InputError
    >>> print(InputError("unknown status", parameter="status", got="done", expected="one of valid, refusal"))
    unknown status
      parameter: status
      got:       done
      expected:  one of valid, refusal
    """

    def __init__(
        self,
        message: str,
        *,
        parameter: str | None = None,
        got: object = None,
        expected: object = None,
        hint: str | None = None,
        file: str | Path | None = None,
        row: int | None = None,
    ) -> None:
        self.message = message
        self.parameter = parameter
        self.got = got
        self.expected = expected
        self.hint = hint
        self.file = None if file is None else str(file)
        self.row = row
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message]
        where = self.file if self.row is None else f"{self.file or '(in memory)'}, row {self.row}"
        for label, value in (
            ("file", where),
            ("parameter", self.parameter),
            ("got", self.got),
            ("expected", self.expected),
            ("hint", self.hint),
        ):
            if value is not None:
                lines.append(f"  {label + ':':<10} {_short(value)}")
        return inert("\n".join(lines))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.__dict__.copy())


def _rebuild(kind: type[ValuestatsError], message: str, state: dict[str, object]) -> ValuestatsError:
    error = kind(message)
    error.__dict__.update(state)
    return error


def _short(value: object, limit: int = 400) -> str:
    """The beginning of a long text; of one that begins with a line break (what a program said) the end."""
    text = str(value)
    if len(text) <= limit:
        return text
    return "\n…" + text[1 - limit :] if text.startswith("\n") else text[: limit - 1] + "…"


class InputError(ValuestatsError):
    """A file or a table that can't be read as what it is said to be."""


class SpecificationError(ValuestatsError):
    """A request that contradicts itself, the data, or the statistical rules of the package."""


class DatasetError(ValuestatsError):
    """A registered dataset that can't be had, or whose content isn't what the registry says."""


class GateError(ValuestatsError):
    """A Bayesian fit that failed its diagnostics and may not be read as a finding."""


class RenderError(ValuestatsError):
    """A report that could not be rendered."""


class StudyError(ValuestatsError):
    """A study file or a run of it that can't go on."""
