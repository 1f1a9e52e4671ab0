"""What a reply says, apart from the thinking that comes before it.

Reasoning models mark their thinking with tags (``<think>``, ``[THINK]``, ``<|channel|>analysis`` …),
and servers do not always take it away. An answer inside it is a draft, so it is set aside, by these
rules:

- a block runs from its opening tag to the first closing tag of the same family;
- a closing tag without an opening one ends thinking that the chat template opened, so all before it
  is thinking;
- an opening tag without a closing one makes the rest thinking;
- with channel markers, only the ``final`` channel counts;
- a token that ends the model's turn ends the reply: what follows was never said to us.

A tag within a well-formed JSON object is part of that object's text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

__all__ = ["INVISIBLE", "Said", "set_aside_thinking"]

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]+"
)
"""Characters that show nothing: controls, zero-width and bidirectional marks, byte-order marks."""

_FAMILIES = {
    "think": "think",
    "thinking": "think",
    "thought": "think",
    "thoughts": "think",
    "seed:think": "think",
    "begin_of_thought": "think",
    "end_of_thought": "think",
    "start_thinking": "think",
    "end_thinking": "think",
    "channel>": "gemma",
    "channel": "gemma",
}
# Each alternative begins with a plain sign, so that the search skips all other places quickly.
_NAMES = (
    "think|thinking|thoughts?|seed:think|reasoning|reasoning_process|reason|reflection|analysis"
    "|scratchpad|inner_monologue|internal_reasoning"
)
_OPEN = (
    rf"<\s{{0,4}}+(?P<open>{_NAMES})(?:\s[^<>]{{0,80}}+)?>|\[(?P<open2>THINK)\]|◁(?P<open3>think)▷"
    r"|<\|(?P<open4>begin_of_thought|START_THINKING)\|>|<\|(?P<open5>channel>)"
)
_CLOSE = (
    rf"<\s{{0,4}}+/\s{{0,4}}+(?P<close>{_NAMES})\s{{0,4}}+>|\[/(?P<close2>THINK)\]|◁/(?P<close3>think)▷"
    r"|<\|(?P<close4>end_of_thought|END_THINKING)\|>|<(?P<close5>channel)\|>"
)
_TURN_END = (
    r"<\|(?P<end>im_end|eot_id|eom_id|end_of_text|endoftext|end|return|end_of_turn)\|>"
    r"|<(?P<end2>end_of_turn|turn\||/s|eos|｜end▁of▁sentence｜)>"
)
_ANY_TAG = re.compile(f"{_OPEN}|{_CLOSE}|{_TURN_END}", re.IGNORECASE)
_TAG_OR_OBJECT = re.compile(rf"{_OPEN}|{_CLOSE}|{_TURN_END}|\{{(?P<brace>)", re.IGNORECASE)
_CLOSE_TAG = re.compile(_CLOSE, re.IGNORECASE)

_CHANNEL = re.compile(
    r"<\|channel\|>\s{0,4}+(?P<name>\w{1,30}+)[^<]{0,80}+(?:<\|constrain\|>[^<]{0,40}+)?<\|message\|>"
)
_CHANNEL_END = re.compile(r"<\|(?:end|return|start|call|channel)\|>")
_BARE_CHANNEL = re.compile(r"\s*+(?:analysis|commentary)(?=[A-Z])")
_BARE_FINAL = "assistantfinal"

_DECODER = json.JSONDecoder(strict=False)
_MOST_FAILED_OBJECTS = 32
"""After so many braces that open no object, tags alone are looked at: the time stays linear."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is left of a reply.

    Attributes
    ----------
    text : str
        The words outside the thinking.
    thought : bool
        Whether any thinking was set aside.
    unfinished : bool
        Whether the thinking never ended.
    """

    text: str
    thought: bool = False
    unfinished: bool = False


def set_aside_thinking(text: str) -> Said:
    """Take the thinking and what follows the end of the turn out of a reply.

    Parameters
    ----------
    text : str
        The reply, without invisible characters.

    Returns
    -------
    Said
        The words outside the thinking, and whether there was any.
    """
    if "<|channel|>" in text:
        return _final_channel(text)
    if _BARE_CHANNEL.match(text):  # channel markers whose special tokens the server dropped
        _, found, rest = text.rpartition(_BARE_FINAL)
        return Said(rest if found else "", thought=True, unfinished=not found)
    if _ANY_TAG.search(text) is None:
        return Said(text)
    return _outside_tags(text)


def _final_channel(text: str) -> Said:
    finals = []
    thought = False
    for header in _CHANNEL.finditer(text):
        if header["name"] != "final":
            thought = True
            continue
        end = _CHANNEL_END.search(text, header.end())
        finals.append(text[header.end() : end.start() if end else len(text)])
    return Said("\n".join(finals), thought=thought, unfinished=not finals)


def _outside_tags(text: str) -> Said:
    said: list[str] = []
    position = start = failed = 0
    thought = False
    while tag := (_TAG_OR_OBJECT if failed < _MOST_FAILED_OBJECTS else _ANY_TAG).search(
        text, position
    ):
        kind = tag.lastgroup or ""
        position = tag.end()
        if kind == "brace":
            end = _object_end(text, tag.start())
            failed += end is None
            position = end or position
        elif kind.startswith("end"):
            said.append(text[start : tag.start()].strip())
            start = position
            if any(said):
                return Said("\n".join(said), thought)
            said.clear()
        elif kind.startswith("close"):
            said.clear()
            start, thought = position, True
        else:
            said.append(text[start : tag.start()])
            thought = True
            end = _block_end(text, position, _family(tag))
            if end is None:
                return Said("\n".join(said), thought, unfinished=True)
            start = position = end
    said.append(text[start:])
    return Said("\n".join(said), thought)


def _family(tag: re.Match[str]) -> str:
    name = (tag[tag.lastgroup or 0]).lower()
    return _FAMILIES.get(name, name)


def _block_end(text: str, position: int, family: str) -> int | None:
    """Where the block ends that was opened before `position`; None if it does not."""
    for tag in _CLOSE_TAG.finditer(text, position):
        if _family(tag) == family:
            return tag.end()
    return None


def _object_end(text: str, start: int) -> int | None:
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None
