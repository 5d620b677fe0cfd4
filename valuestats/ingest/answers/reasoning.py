"""Reasoning and the tokens of chat templates, cut off from an answer."""

from __future__ import annotations

import re

_THOUGHT = r"think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_REASONING = re.compile(
    rf"<(/?)(?:{_THOUGHT})\b[^<>]{{0,80}}>|\[(/?)THINK\]|◁(/?)think▷|<\|(begin|end)_of_thought\|>",
    re.IGNORECASE,
)
_MAY_REASON = re.compile(
    r"[<\[◁](?:[/|]?(?:begin_|end_)?)(?:of_)?(?:think|thought|reason|reflect|scratch|analy)", re.I
)
_CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+)[^<]{0,80}<\|message\|>(.*?)(?=<\|(?:end|return|start|channel|call)\|>|\Z)", re.S
)
_TURN = re.compile(
    r"<\|(?:start_header_id|im_start|start|role)\|>\s*(?:assistant|model|system)?\s*(?:<\|end_header_id\|>)?"
)
_SPECIAL = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|</?s>|<(?:eos|bos|pad|unk|end_of_turn)>|<start_of_turn>\s*(?:model)?|\[/?INST\]",
    re.I,
)


def cut_reasoning(text: str) -> tuple[str | None, str, bool]:
    """Reasoning, what is left, and whether a block of it is unclosed.

    What stands before a closing tag that was never opened is reasoning; blocks may stand inside one another.

    Examples
    --------
    >>> cut_reasoning("first 2</think> 4"), cut_reasoning("<think>first 2")
    (('first 2', ' 4', False), ('first 2', '', True))
    """
    if "<|channel|>" in text:
        return _channels(text)
    if not _MAY_REASON.search(text):
        return None, text, False
    thoughts: list[str] = []
    kept: list[str] = []
    depth, start = 0, 0
    for tag in _REASONING.finditer(text):
        closes = "/" in tag[0][:2] or tag[4] == "end"
        if depth == 0:
            piece = text[start : tag.start()]
            if closes:  # never opened: all before it is reasoning
                thoughts += [*kept, piece]
                kept = []
            else:
                kept.append(piece)
                depth = 1
            start = tag.end()
        elif closes:
            depth -= 1
            if depth == 0:
                thoughts.append(text[start : tag.start()])
                start = tag.end()
        else:
            depth += 1
    if depth:
        thoughts.append(text[start:])
    else:
        kept.append(text[start:])
    return (
        ("\n".join(thoughts) if thoughts or start else None),
        "\n".join(kept) if len(kept) != 1 else kept[0],
        depth > 0,
    )


def _channels(text: str) -> tuple[str | None, str, bool]:
    final: list[str] = []
    other: list[str] = []
    for name, content in _CHANNEL.findall(text):
        (final if name == "final" else other).append(content)
    return "\n".join(other) or None, "\n".join(final), not final


def without_tokens(text: str) -> str:
    r"""A text without the special tokens of chat templates; each ends a line.

    Examples
    --------
    >>> without_tokens("<|im_start|>assistant\n5<|im_end|>").strip()
    '5'
    """
    if "|" in text:
        text = _TURN.sub("\n", text)
    return _SPECIAL.sub("\n", text)
