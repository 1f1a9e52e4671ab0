"""Keys that do not show, and text from elsewhere that is safe to show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NoReturn

__all__ = ["Scrubber", "Secret", "one_line"]

_MASK = "[key]"
_GRAM = 6
_SHORT, _LONG = 8, 16
_TOKEN = re.compile(r"""[^\s"'`<>(){}\[\],;=]+""")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class Secret:
    """A text that neither ``repr``, ``str``, formatting nor pickling gives away.

    Parameters
    ----------
    value : str
        The text itself; `reveal` returns it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written to disk or to another process")


class Scrubber:
    """Takes secrets out of text.

    A server that rejects a key often repeats it, whole or in part (``sk-ab***yz``), so that for a
    secret of eight characters or more every word that shares six in a row with it, or repeats its
    ends around asterisks, is masked too.

    Parameters
    ----------
    secrets : iterable of Secret
        What must not be shown; none at all is fine.
    """

    __slots__ = ("_exact", "_grams", "_masked")

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets} - {""}
        forms = values | {json.dumps(value)[1:-1] for value in values}
        self._exact = tuple(sorted(forms, key=len, reverse=True))
        long = [value for value in values if len(value) >= _SHORT]
        self._grams = frozenset(
            value[i : i + _GRAM] for value in long for i in range(len(value) - _GRAM + 1)
        )
        ends = "|".join(
            rf"{re.escape(value[:2])}.*[*•…].*|.*[*•…].*{re.escape(value[-2:])}" for value in long
        )
        self._masked = re.compile(ends or r"(?!)")

    def __call__(self, text: str) -> str:
        """The text with every trace of a secret masked; for messages, where too much is better."""
        for form in self._exact:
            if form in text:
                edges = (r"(?<!\w)", r"(?!\w)") if len(form) < _SHORT else ("", "")
                text = re.sub(edges[0] + re.escape(form) + edges[1], _MASK, text)
        return _TOKEN.sub(self._word, text) if self._exact else text

    def exact(self, text: str) -> str:
        """The text with whole secrets masked and all else as it was; for replies.

        A secret of fewer than sixteen characters, such as the ``EMPTY`` that local servers are given,
        may well be a word of an answer, and so is left alone.
        """
        for form in self._exact:
            if form in text and len(form) >= _LONG:
                text = text.replace(form, _MASK)
        return text

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        grams = (word[i : i + _GRAM] for i in range(len(word) - _GRAM + 1))
        if self._masked.fullmatch(word) or not self._grams.isdisjoint(grams):
            return _MASK
        return word


def one_line(text: str, limit: int = 300) -> str:
    """A text from elsewhere as one printable line.

    Parameters
    ----------
    text : str
        Anything, lone surrogates and terminal escapes included.
    limit : int, default 300
        Longest result, in characters; what is cut off is marked by an ellipsis.

    Returns
    -------
    str
        Without control characters, runs of white space made one space, and encodable as UTF-8.
    """
    text = text[: 8 * limit].encode("utf-8", "backslashreplace").decode("utf-8")
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
