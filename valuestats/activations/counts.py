"""How often each neuron was active in answers to two opposed descriptions, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuestats.base.errors import InputError
from valuestats.base.labels import counted
from valuestats.statistics.clusters import LEAST

Array = NDArray[np.float64]
SIDES = ("support", "conflict")
"""The two descriptions: the value is held, or its opposite is."""


@dataclass(frozen=True, repr=False)
class NeuronCounts:
    """Tokens on which each neuron was active, under two opposed descriptions of each question.

    Attributes
    ----------
    support, conflict
        Tokens of the answer on which the neuron was active, whole numbers of shape ``(layers, neurons, questions)``, under
        the description that holds the value and under its opposite; read a layer at a time, so they may be memory-mapped.
    tokens
        Tokens of each answer, shape ``(2, questions)``, in the order of `SIDES`; 0 where no answer came.
    questions
        Names of the questions.
    degenerate
        Whether an answer is degenerate (empty, one phrase over and over), shape ``(2, questions)``; see
        `valuestats.degenerate_answers`. A question with such an answer is left out on both sides, and counted.

    Raises
    ------
    InputError
        Arrays of other shapes, counts that are not whole or exceed the tokens (by layer, neuron and question), a question
        named twice.

    Examples
    --------
    >>> import numpy as np
    >>> counts = NeuronCounts(np.ones((1, 2, 3), int), np.zeros((1, 2, 3), int), np.full((2, 3), 9), ["a", "b", "c"])
    >>> counts
    <NeuronCounts: 1 layer of 2 neurons, 3 questions>
    """

    support: NDArray[Any]
    conflict: NDArray[Any]
    tokens: NDArray[np.int64]
    questions: Sequence[str] = ()
    degenerate: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))

    def __post_init__(self) -> None:
        shape = np.shape(self.support)
        if len(shape) != 3 or 0 in shape:
            raise InputError(
                "no counts of neurons",
                parameter="support",
                got=f"shape {shape}",
                expected="shape (layers, neurons, questions), none of them 0",
            )
        if np.shape(self.conflict) != shape:
            raise InputError(
                "the two sides are of different shapes",
                parameter="conflict",
                got=f"shape {np.shape(self.conflict)}",
                expected=f"shape {shape}, as support",
            )
        object.__setattr__(self, "tokens", _of_questions(self.tokens, "tokens", shape[2]).astype(np.int64))
        flags: ArrayLike = self.degenerate if np.size(self.degenerate) else np.zeros((2, shape[2]))
        object.__setattr__(self, "degenerate", _of_questions(flags, "degenerate", shape[2]) > 0)
        names = [str(q) for q in self.questions] or [str(k + 1) for k in range(shape[2])]
        if len(names) != shape[2] or len(set(names)) != len(names):
            raise InputError(
                "a name for each question, once",
                parameter="questions",
                got=f"{len(names)} names, {len(set(names))} different",
                expected=f"{shape[2]} different names",
            )
        object.__setattr__(self, "questions", tuple(names))
        for side, counts in ((0, self.support), (1, self.conflict)):
            _require_within(counts, self.tokens[side], SIDES[side])

    def __repr__(self) -> str:
        layers, neurons, questions = self.shape
        size = f"{counted(layers, 'layer')} of {counted(neurons, 'neuron')}"
        return f"<NeuronCounts: {size}, {counted(questions, 'question')}>"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, neurons of each, questions."""
        layers, neurons, questions = self.support.shape
        return layers, neurons, questions

    @property
    def used(self) -> NDArray[np.bool_]:
        """Questions that can be compared: both answers came and neither is degenerate, shape ``(questions,)``."""
        return np.asarray((self.tokens > 0).all(axis=0) & ~self.degenerate.any(axis=0))

    def active(self, layer: int) -> tuple[Array, Array]:
        """Tokens on which the neurons of a layer were active, by side: two arrays ``(neurons, questions used)``."""
        kept = self.used
        one, two = (np.asarray(side[layer][:, kept], dtype=float) for side in (self.support, self.conflict))
        return one, two


def _of_questions(values: ArrayLike, name: str, questions: int) -> NDArray[Any]:
    """Numbers by side and question; those of one side hold for both."""
    given = np.asarray(values)
    if given.shape == (questions,):
        given = np.stack([given, given])
    whole = given.dtype.kind in "iub" or (
        given.dtype.kind == "f" and np.isfinite(given).all() and (given == np.round(given)).all()
    )
    if given.shape != (2, questions) or not whole or (given < 0).any():
        raise InputError(
            f"{name} of each side and question",
            parameter=name,
            got=f"shape {given.shape}"
            if given.shape != (2, questions)
            else "a number that is negative or not whole",
            expected=f"whole numbers of shape (2, {questions}), or ({questions},) where both sides have the same",
        )
    return given


def _require_within(counts: NDArray[Any], tokens: NDArray[np.int64], side: str) -> None:
    """Counts are whole and at most the answer's tokens; the first that is not, by place."""
    if counts.dtype.kind not in "iuf":
        raise InputError(
            "counts are whole numbers", parameter=side, got=f"an array of {counts.dtype}", expected="integers"
        )
    for layer in range(len(counts)):
        found = np.asarray(counts[layer])
        wrong = (found > tokens) | (found < 0)
        if found.dtype.kind == "f":
            wrong |= ~(found == np.round(found))
        if wrong.any():
            neuron, question = (int(x) for x in np.argwhere(wrong)[0])
            raise InputError(
                "a neuron is active on a whole number of the answer's tokens",
                parameter=side,
                got=f"{found[neuron, question]:g} of {counted(int(tokens[question]), 'token')} "
                f"(layer {layer}, neuron {neuron}, question {question})",
                expected="0 to the tokens of the answer",
            )


def question_tally(counts: NeuronCounts) -> dict[str, int]:
    """How many questions were asked, have a degenerate answer, have none, and can be compared."""
    flawed = counts.degenerate.any(axis=0)
    silent = (counts.tokens == 0).any(axis=0) & ~flawed
    return {
        "asked": counts.shape[2],
        "degenerate": int(flawed.sum()),
        "silent": int(silent.sum()),
        "used": int(counts.used.sum()),
    }


def question_notes(tally: dict[str, int]) -> list[str]:
    """Which questions can't be compared, and why."""
    asked = counted(tally["asked"], "question")
    said = []
    if tally["degenerate"]:
        said.append(f"{tally['degenerate']} of {asked} left out: an answer is degenerate")
    if tally["silent"]:
        said.append(f"{tally['silent']} of {asked} left out: an answer has no token")
    if tally["used"] < LEAST:
        said.append(f"{counted(tally['used'], 'question')}: no interval")
    return said
