"""What a reply does besides answering: hedging, declining. Apart from whether it is coded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mores.coding.lexicon import Phrases, hedges
from mores.coding.mentions import IN_TEXT
from mores.coding.refusals import declines, is_refusal
from mores.coding.scripts import fold, tokens
from mores.coding.thinking import INVISIBLE, set_aside_thinking

__all__ = ["flags", "flags_of"]

_SEARCHED = 4000
_PLAIN = 24
"""A reply no longer than this without letters has no flags."""


def flags(text: str, language: str) -> tuple[str, ...]:
    """What else a reply does.

    Parameters
    ----------
    text : str
        The reply, verbatim; thinking is set aside, and its first 4,000 characters are read.
    language : str
        ISO 639-1 code of the language asked in; English is always understood.

    Returns
    -------
    tuple of str
        ``hedge`` if it qualifies or withholds a view, ``refusal`` if it declines to answer, in this
        order.
    """
    return flags_of(set_aside_thinking(INVISIBLE.sub("", text)).text, language)


def flags_of(said: str, language: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The flags of a reply without its thinking; the options' own words are no hedges."""
    said = said[:_SEARCHED]
    if len(said) <= _PLAIN and not any(c.isalpha() for c in said):
        return ()
    found = []
    if _hedges(said, language, options):
        found.append("hedge")
    if is_refusal(said, language) or declines(said, language):
        found.append("refusal")
    return tuple(found)


def _hedges(said: str, language: str, options: Sequence[str]) -> bool:
    sequence = tokens(fold(said))
    own, phrases = _texts(tuple(options)), hedges(language)
    place = 0
    while place < len(sequence):
        text = own.at(sequence, place, IN_TEXT)
        if text is not None:
            place = text[1]
            continue
        if phrases.at(sequence, place, "-") is not None:
            return True
        place += 1
    return False


@lru_cache(maxsize=2048)
def _texts(options: tuple[str, ...]) -> Phrases[None]:
    return Phrases((option, None) for option in options)
