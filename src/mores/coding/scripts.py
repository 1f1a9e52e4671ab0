r"""Text of any of the seven languages in one plain form, and its words.

Look-alike spellings become one: compatible characters, any script's digits, case, Latin accents,
Arabic vowel signs and seats of hamza, the Russian ё, the Devanagari nukta. The letters are data
(``data/answers.toml``). Words are runs of letters, marks and digits by Unicode category, since
Python's ``\w`` leaves out vowel signs; each Chinese character is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from mores.coding.thinking import INVISIBLE

__all__ = ["Token", "answer_tables", "fold", "tokens", "words"]

_HAN = "\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = "\u0300-\u036f\u0483-\u0487\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_CHARACTER = rf"(?:(?![{_HAN}_])\w|[{_MARKS}])"
_TOKEN = re.compile(
    rf"(?P<broken>(?<![\w)\]])[-+−]\d+(?:[.,٫]\d+)*|\d+(?:[.,٫٬/:]\d+)+|\d+(?:st|nd|rd|th)\b)"
    rf"|(?P<word>[{_HAN}]|{_CHARACTER}+)"
    r"|(?P<line>\n)"
    r"|(?P<sign>[^\s\w])",
)
_APOSTROPHE = re.compile(r"(?<=\w)['’‘ʼ`´](?=\w)")
_NUMERO = re.compile(r"№|\bn\s?[.]?\s?[º°]", re.IGNORECASE)
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u0304\u0306-\u030c\u0327\u0328]+")
_LATIN = re.compile("[a-z]")
_LOOKALIKE = re.compile("[\u0370-\u03ff\u0400-\u052f]")


class Token(NamedTuple):
    """A word, a number, the end of a line or a sign.

    Attributes
    ----------
    kind : {'word', 'number', 'broken', 'mixed', 'line', 'sign'}
        ``broken`` is a number with a sign or a fraction, ``mixed`` a word of several scripts.
    text : str
    joined : bool
        Whether nothing stands between it and the token before.
    """

    kind: str
    text: str
    joined: bool


@cache
def answer_tables() -> Mapping[str, Mapping[str, Any]]:
    """The data of ``answers.toml``, by language; read once, when first needed."""
    import tomllib
    from importlib.resources import files

    text = files("mores.coding").joinpath("data/answers.toml").read_text(encoding="utf-8")
    languages: dict[str, Mapping[str, Any]] = tomllib.loads(text)["languages"]
    return languages


@cache
def _letters() -> dict[int, str | None]:
    table: dict[int, str | None] = {}
    for language in answer_tables().values():
        table |= {ord(letter): plain for letter, plain in language.get("fold", {}).items()}
        for span in language.get("drop", ()):
            first, _, last = span.partition("-")
            table |= dict.fromkeys(range(int(first, 16), int(last or first, 16) + 1))
    return table


@cache
def _forms() -> dict[str, str]:
    return {
        fold(form): fold(label)
        for language in answer_tables().values()
        for form, label in language.get("forms", {}).items()
    }


def fold(text: str) -> str:
    """A text in its plain form.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Small letters without accents and vowel signs, plain digits, no invisible characters; signs
        and the ends of lines stay.
    """
    text = INVISIBLE.sub("", text)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", _NUMERO.sub(" ", text)).casefold()
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = _ACCENTS.sub("", text).translate(_letters())
    return unicodedata.normalize("NFC", text).translate(_letters())


def tokens(folded: str) -> list[Token]:
    """The tokens of a folded text, in its order; forms of a label's words as the label has them."""
    forms = _forms()
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(_APOSTROPHE.sub(" ", folded)):
        kind, text = match.lastgroup or "sign", match[0]
        if kind == "word":
            text = forms.get(text, text)
            if text.isdecimal():
                kind = "number"
            elif not text.isascii() and _LATIN.search(text) and _LOOKALIKE.search(text):
                kind = "mixed"
        found.append(Token(kind, text, match.start() == end and end > 0))
        end = match.end()
    return found


def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text that need not be folded, without signs."""
    return tuple(t.text for t in tokens(fold(text)) if t.kind not in ("sign", "line"))
