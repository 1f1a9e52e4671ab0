"""JSON objects as models write them: in prose or fences, and not always well formed.

Well-formed objects are read by the standard library. What it refuses is read by a reader that knows
how models go wrong: trailing or missing commas, single or typographic quotes, keys without quotes,
comments, line breaks and unescaped quotes inside strings, a missing closing quote before the last
brace, and an end in the middle. It keeps every pair, duplicates too, and marks what was cut off, so
that the caller can decide; it never invents a value.

A quote closes a string when what follows could follow a string: a comma and another key, a brace, or
the end. That is what lets ``"she said "no", firmly"`` be one string.

Time is linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Cut", "FoundObject", "Value", "decode", "find_objects"]

_DEEPEST = 12
_MOST_REFUSED = 64
"""After so many refusals the standard library is not asked again: the time stays linear."""

_DECODER = json.JSONDecoder(object_pairs_hook=tuple)

_QUOTES = "\"'`“”„‟«»‘’‚＂＇"
_CLOSERS = {
    '"': '"',
    "'": "'",
    "`": "`",
    "＂": "＂",
    "＇": "＇",
    "“": '”“"',
    "”": '”“"',
    "„": '“”"',
    "‟": '”"',
    "«": "»",
    "»": "«",
    "‘": "’'",
    "’": "’'",
    "‚": "‘’'",
}
_COLON = r"\s{0,20}+(?:[:：]|=>?)"
_QUOTED_KEY = rf"[{_QUOTES}]([^{_QUOTES}\n:：{{}}\[\],]{{1,64}}+)[{_QUOTES}]{_COLON}"
_BARE_KEY = rf"([^\W\d]\w{{0,40}}+){_COLON}"
_QUOTED = re.compile(_QUOTED_KEY)
_KEY = re.compile(f"{_QUOTED_KEY}|{_BARE_KEY}")
_BLANK = re.compile(r"(?:[\s,;，、]++|//[^\n]{0,300}+|/\*[^*]{0,300}+\*/){0,20}+")
_STANDARD_START = re.compile(r'\{\s*+"')
_RESUME = re.compile(rf"[}}｝,\n{_QUOTES}]")


def _string_ends(key: str, begun: str) -> re.Pattern[str]:
    """What follows the quote that closes a value, in an object whose keys look like `key`.

    A key that the text ends in the middle of looks like `begun`.
    """
    return re.compile(
        r"\s*+(?:\Z|[}｝\]]|```|//|/\*"
        rf"|[,;，]\s*+(?:\Z|[}}｝\]]|```|//|/\*|\#|{key}|{begun}\s{{0,20}}+\Z))"
        rf"|[^\S\n]*+\n\s*+{key}"
    )


_AFTER_STRING = {
    True: _string_ends(
        _QUOTED_KEY, rf"[{_QUOTES}][^{_QUOTES}\n:：{{}}\[\],]{{0,64}}+[{_QUOTES}]?+"
    ),
    False: _string_ends(_BARE_KEY, r"[^\W\d]\w{0,40}+"),
}
_AFTER_ITEM = re.compile(r"\s*+(?:\Z|[,，\]}])")
_BARE_END = {
    True: re.compile(rf"[}}｝\]\n]|[,;，](?=\s*+(?:{_QUOTED_KEY}|[}}\]]))"),
    False: re.compile(rf"[}}｝\]\n]|[,;，](?=\s*+(?:{_BARE_KEY}|[}}\]]))"),
}
_STRING_STOP = {
    opening: re.compile(rf"\\|[{re.escape(closers)}]") for opening, closers in _CLOSERS.items()
}
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\'\\/bfnrt\n]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\n": "\n"}
_OWN_QUOTE = re.compile(r'(?<!\\)"')
_FENCE_END = re.compile(r"\s*+(?:```\s*+)?\Z")


@dataclass(frozen=True, slots=True)
class Cut:
    """A value that the text ended in the middle of."""

    text: str


Value = str | int | float | bool | None | list["Value"] | tuple[tuple[str, "Value"], ...] | Cut


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object in a text.

    Attributes
    ----------
    pairs : tuple of (str, value)
        Keys and values in order, duplicates included. A nested object is such a tuple again, an
        array a list, a value without quotes a string (or number, true, false, null).
    start, end : int
        Where it stands in the text.
    complete : bool
        Whether its closing brace is there.
    well_formed : bool
        Whether it is JSON by the standard.
    """

    pairs: tuple[tuple[str, Value], ...]
    start: int
    end: int
    complete: bool
    well_formed: bool


def decode(text: str) -> Value:
    """The value of a text that is well-formed JSON and nothing else.

    Returns
    -------
    value
        Objects as tuples of (key, value), with duplicates; arrays as lists.

    Raises
    ------
    ValueError
        If the text is not well-formed JSON.
    RecursionError
        If it is nested too deeply.
    """
    value: Value = _DECODER.decode(text)
    return value


def find_objects(text: str) -> list[FoundObject]:
    """All outermost JSON objects in a text, in order, well formed or not.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of FoundObject
        Empty objects and braces that hold no key are left out.
    """
    found = list(_objects(text))
    if not found and re.match(r"\s*+" + _QUOTED_KEY, text):
        # the opening brace was part of the prompt
        found = [
            FoundObject(o.pairs, max(o.start - 1, 0), o.end - 1, o.complete, False)
            for o in _objects("{" + text)
        ]
    if not found and "{" in text and '\\"' in text and len(_OWN_QUOTE.findall(text)) <= 2:
        # the object was written as the inside of a JSON string
        unescaped = text.replace('\\"', '"').replace("\\n", "\n")
        whole = (0, len(text))
        found = [FoundObject(o.pairs, *whole, o.complete, False) for o in _objects(unescaped)]
    return found


def _objects(text: str) -> Iterator[FoundObject]:
    refused = position = 0
    for brace in re.finditer(r"[{｛]", text):
        start = brace.start()
        if start < position:
            continue
        if refused < _MOST_REFUSED and _STANDARD_START.match(text, start):
            try:
                value, position = _DECODER.raw_decode(text, start)
            except (ValueError, RecursionError):
                refused += 1
            else:
                yield FoundObject(value, start, position, complete=True, well_formed=True)
                continue
        if not _opens_object(text, start):
            continue
        reader = _Reader(text)
        try:
            pairs, position, complete = reader.read_object(start, 0)
        except _TooDeepError as error:
            position = error.position
            continue
        if pairs:
            yield FoundObject(pairs, start, position, complete, well_formed=False)


def _opens_object(text: str, start: int) -> bool:
    blank = _BLANK.match(text, start + 1)
    return _KEY.match(text, blank.end() if blank else start + 1) is not None


class _TooDeepError(Exception):
    def __init__(self, position: int) -> None:
        self.position = position


class _Reader:
    """Reads one malformed object, going forward only."""

    __slots__ = ("_quoted_keys", "_size", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = len(text)
        self._quoted_keys = True

    def _skip_blank(self, position: int) -> int:
        blank = _BLANK.match(self._text, position)
        return blank.end() if blank else position

    def read_object(
        self, start: int, depth: int
    ) -> tuple[tuple[tuple[str, Value], ...], int, bool]:
        """Pairs, the place after the object, and whether its closing brace is there."""
        if depth > _DEEPEST:
            raise _TooDeepError(start)
        text = self._text
        pairs: list[tuple[str, Value]] = []
        position = start + 1
        while True:
            position = self._skip_blank(position)
            if position >= self._size or text.startswith("```", position):
                return tuple(pairs), position, False
            if text[position] in "}｝":
                return tuple(pairs), position + 1, True
            # one style of keys an object: words before a colon in a loose text are no keys
            key = (_QUOTED if pairs and self._quoted_keys else _KEY).match(text, position)
            if key is None:
                junk = _RESUME.search(text, position + 1)
                position = junk.start() if junk else self._size
                continue
            self._quoted_keys = key.lastindex == 1
            value, position = self._read_value(key.end(), depth)
            pairs.append((key[1] or key[2], value))

    def _read_value(self, position: int, depth: int) -> tuple[Value, int]:
        position = self._skip_blank(position)
        if position >= self._size:
            return Cut(""), position
        first = self._text[position]
        if first in "{｛":
            pairs, position, _ = self.read_object(position, depth + 1)
            return pairs, position
        if first == "[":
            return self._read_array(position, depth + 1)
        if first in _CLOSERS:
            return self._read_string(position, _AFTER_STRING[self._quoted_keys])
        return self._read_bare(position)

    def _read_array(self, start: int, depth: int) -> tuple[Value, int]:
        if depth > _DEEPEST:
            raise _TooDeepError(start)
        items: list[Value] = []
        position = start + 1
        while True:
            position = self._skip_blank(position)
            if position >= self._size:
                return Cut(self._text[start : start + 80]), position
            first = self._text[position]
            if first in "]}｝":
                return items, position + (first == "]")
            item: Value
            if first == "[":
                item, position = self._read_array(position, depth + 1)
            elif first in "{｛":
                item, position, _ = self.read_object(position, depth + 1)
            elif first in _CLOSERS:
                item, position = self._read_string(position, _AFTER_ITEM)
            else:
                item, position = self._read_bare(position, in_array=True)
            items.append(item)

    def _read_string(self, start: int, after: re.Pattern[str]) -> tuple[Value, int]:
        text = self._text
        position = start + 1
        stop = _STRING_STOP[text[start]]
        while found := stop.search(text, position):
            if found[0] == "\\":
                position = found.end() + 1
                continue
            position = found.end()
            if after.match(text, position):
                return _unescape(text[start + 1 : found.start()]), position
        rest = text[start + 1 :]
        line = rest.partition("\n")[0].rstrip()
        if line.endswith("}") and _FENCE_END.match(rest, len(line)):
            # the closing quote alone is missing: {"value": "B}
            return _unescape(line[:-1]), start + len(line)
        return Cut(rest), self._size

    def _read_bare(self, start: int, in_array: bool = False) -> tuple[Value, int]:
        stop = re.compile(r"[,，\]}\n]") if in_array else _BARE_END[self._quoted_keys]
        end = stop.search(self._text, start)
        if end is None:
            return Cut(self._text[start:]), self._size
        return _bare_value(self._text[start : end.start()]), max(end.start(), start + in_array)


def _bare_value(raw: str) -> Value:
    word = raw.strip().strip(_QUOTES).strip()
    lowered = word.lower()
    if lowered in {"true", "false"}:
        return lowered == "true"
    if lowered in {"null", "none"}:
        return None
    return word


def _unescape(raw: str) -> str:
    if "\\" not in raw:
        return raw
    return _ESCAPE.sub(
        lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPED.get(m[2], m[2]),
        raw,
    )
