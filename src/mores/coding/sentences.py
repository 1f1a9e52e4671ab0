"""The sentences of a tagged reply, and where each stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mores.coding.mentions import Asked, Tagged

__all__ = ["EDGE", "Sentence", "sentences", "without_scale"]

EDGE = "=:,;()-"
"""Signs that may stand around an answer."""

_CLOSED = re.compile('["()]*')
_LAST = re.compile('[".]*(?:\n|$)')
_ENDS_OF_SCALE = re.compile("n[r-]n")
_NEAR = 6


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tags of a sentence without quotation marks, and where it stands.

    Attributes
    ----------
    tags : str
        As in `mores.coding.mentions.Tagged`; ``;`` for a colon at the end of a line.
    options : tuple of int
        The option of each tag, -1 of others.
    end : str
        What ends it: ``.``, ``?`` or a line's end.
    begins, ends : bool
        Whether it begins and ends its line.
    own_line : bool
        Whether it is a whole line, the first or the last of the reply, with no stop at its end; and
        the last only after a whole sentence. A reply of one sentence is.
    """

    tags: str
    options: tuple[int, ...]
    end: str
    begins: bool
    ends: bool
    own_line: bool = False


def sentences(reply: Tagged) -> list[Sentence]:
    """Split a reply at stops, questions and lines; a line that ends with a colon goes on."""
    found: list[Sentence] = []
    tags: list[str] = []
    options: list[int] = []
    begins = True
    every = reply.tags + "\n"
    for index, tag in enumerate(every):
        if tag == '"':
            continue
        if tag == "\n" and tags and tags[-1] in ":;":
            tags[-1] = ";"
        elif tag in ".?\n" and not (listed := _heads(every, index, tags)):
            if any(t not in EDGE for t in tags):
                ends = tag == "\n" or _LAST.match(every, index + 1) is not None
                found.append(Sentence("".join(tags), tuple(options), tag, begins, ends))
                begins = False
            tags, options = [], []
            begins = begins or tag == "\n"
        else:
            tags.append("=" if tag in ".?\n" and listed else tag)
            options.append(reply.options[index] if index < len(reply.options) else -1)
    return _placed(found)


def _heads(every: str, index: int, tags: list[str]) -> bool:
    """Whether a stop belongs to a number before its own text, as in a list: "2. Agree"."""
    if every[index] != "." or not tags or tags[-1] not in "nx":
        return False
    following = _CLOSED.match(every, index + 1)
    return following is not None and every[following.end()] in "tem"


def _placed(found: list[Sentence]) -> list[Sentence]:
    if len(found) == 1:
        return [replace(found[0], own_line=True)]
    last = len(found) - 1
    for place in {0, last} if found else ():
        sentence = found[place]
        whole = sentence.begins and sentence.ends and sentence.end == "\n"
        if whole and (place == 0 or found[place - 1].end == "."):
            found[place] = replace(sentence, own_line=True)
    return found


def without_scale(reply: Tagged, shown: Asked) -> Tagged:
    """The reply without words that name the ends of the scale ("on a scale of 1 to 10")."""
    if "s" not in reply.tags or reply.tags.count("n") < 2:
        return reply
    tags = list(reply.tags)
    for match in _ENDS_OF_SCALE.finditer(reply.tags):
        near = reply.tags[max(0, match.start() - _NEAR) : match.end() + _NEAR]
        pair = (reply.options[match.start()], reply.options[match.end() - 1])
        if "s" in near and pair == shown.ends:
            tags[match.start()] = tags[match.end() - 1] = "f"
    return Tagged("".join(tags), reply.options)
