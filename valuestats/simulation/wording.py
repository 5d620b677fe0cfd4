"""Raw texts of answers, with the noise that real ones have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.simulation.design import OPTIONS

API_ERROR, EMPTY, UNPARSABLE = 0.006, 0.004, 0.006
"""Probabilities of a failed call, an empty text and a text that names no option; the same for all models."""

REFUSALS = (
    "I'm sorry, but I can't answer that.",
    "As an AI, I don't have personal thoughts or feelings, so I can't choose one of these.",
    "I cannot answer this question, because I am a language model and hold no opinions.",
    "I'm not able to give a personal opinion on this.",
)
OFF_TOPIC = (
    "It depends on the situation.",
    "Both sides have a point here.",
    "Thank you for sharing this. Could you tell me more?",
)
ERRORS = ("503: the server is overloaded", "429: rate limit reached", "timed out after 60 s")

REASONS = (
    "It is close to how I would put it.",
    "That is the tone I would choose.",
    "I considered the request and its context.",
    "The response fits the question that was asked.",
)

_SHAPES: tuple[tuple[float, Callable[[str, np.random.Generator], str]], ...] = (
    (0.55, lambda text, rng: text),
    (0.12, lambda text, rng: text.capitalize()),
    (0.08, lambda text, rng: text.capitalize() + "."),
    (0.04, lambda text, rng: text.upper()),
    (0.03, lambda text, rng: f"**{text}**"),
    (0.03, lambda text, rng: f'"{text}"'),
    (0.02, lambda text, rng: f"  {text}\n"),
    (0.04, lambda text, rng: f"Answer: {text}"),
    (0.04, lambda text, rng: f"{text.capitalize()}\n\nConfidence: {5 * int(rng.integers(8, 21))}%"),
    (0.05, lambda text, rng: f"{text.capitalize()}. {REASONS[int(rng.integers(len(REASONS)))]}"),
)


def shape_answer(code: int, rng: np.random.Generator) -> str:
    """The text of an answer, as a model might write it.

    Examples
    --------
    >>> import numpy as np
    >>> "like me" in shape_answer(5, np.random.default_rng(0)).lower()
    True
    """
    weights = np.array([weight for weight, _ in _SHAPES])
    chosen = int(np.searchsorted(np.cumsum(weights)[:-1], rng.random(), side="right"))
    return _SHAPES[chosen][1](OPTIONS[code - 1], rng)


def draw_texts(
    codes: NDArray[np.intp], refusal: NDArray[np.float64], rng: np.random.Generator
) -> pd.DataFrame:
    """Texts of answers, some of them no answers.

    Parameters
    ----------
    codes
        Codes that the model would answer, shape ``(answers,)``.
    refusal
        Probability of a refusal, shape ``(answers,)``; it does not depend on the code.
    rng
        Source of random numbers.

    Returns
    -------
    pandas.DataFrame
        ``raw`` (null for a failed call), ``error`` (null otherwise), ``status`` and ``answer`` (the code, null
        where there is none): the last two are the truth that reading the texts should give back.
    """
    rows: list[tuple[str | None, str | None, str, int | None]] = []
    for code, probability, point in zip(
        codes.tolist(), refusal.tolist(), rng.random(len(codes)), strict=True
    ):
        bounds = np.cumsum([probability, API_ERROR, EMPTY, UNPARSABLE])
        kind = int(np.searchsorted(bounds, point, side="right"))
        if kind == 0:
            rows.append((REFUSALS[int(rng.integers(len(REFUSALS)))], None, "refusal", None))
        elif kind == 1:
            rows.append((None, ERRORS[int(rng.integers(len(ERRORS)))], "api_error", None))
        elif kind == 2:
            rows.append(("", None, "empty", None))
        elif kind == 3:
            rows.append((OFF_TOPIC[int(rng.integers(len(OFF_TOPIC)))], None, "unparsable", None))
        else:
            rows.append((shape_answer(code, rng), None, "valid", code))
    frame = pd.DataFrame(rows, columns=["raw", "error", "status", "answer"], dtype=object)
    return frame.astype({"answer": "Int64"})
