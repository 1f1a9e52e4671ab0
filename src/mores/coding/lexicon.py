"""Phrases found in a sequence of words, the longest first, and the words around answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Generic, TypeVar

from mores.coding.scripts import Token, answer_tables, words

__all__ = ["Phrases", "exact_words", "hedges", "interjections", "surroundings"]

T = TypeVar("T")


_TAGS = {
    "back": "k", "deny": "d", "doubt": "q", "but": "b", "because": "c", "probable": "p",
    "announce": "a", "scale": "s", "to": "r", "frame": "f",
}  # fmt: skip
"""The tag of each list, the strictest first."""


class Phrases(Generic[T]):
    """Phrases with their meanings, to be found at a place in a sequence of tokens.

    Parameters
    ----------
    meanings : iterable of (str, object)
        Phrase and meaning; of a phrase given twice the first meaning holds.
    """

    def __init__(self, meanings: Iterable[tuple[str, T]]) -> None:
        known: dict[tuple[str, ...], T] = {}
        for phrase, meaning in meanings:
            known.setdefault(words(phrase), meaning)
        known.pop((), None)
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase_words, meaning in sorted(known.items(), key=lambda pair: -len(pair[0])):
            self._by_first.setdefault(phrase_words[0], []).append((phrase_words, meaning))

    def at(self, sequence: Sequence[Token], start: int, signs: str = "") -> tuple[T, int] | None:
        """The meaning of the longest phrase that begins at a place, and where it ends.

        Parameters
        ----------
        sequence : sequence of Token
        start : int
        signs : str, optional
            What may stand between two words of a phrase.

        Returns
        -------
        (object, int) or None
        """
        for phrase, meaning in self._by_first.get(sequence[start].text, ()):
            end = _end(sequence, start, phrase, signs)
            if end is not None:
                return meaning, end
        return None


def _end(sequence: Sequence[Token], start: int, phrase: tuple[str, ...], signs: str) -> int | None:
    place = start + 1
    for word in phrase[1:]:
        while place < len(sequence) and sequence[place].kind == "sign":
            if sequence[place].text not in signs:
                return None
            place += 1
        if place >= len(sequence) or sequence[place].text != word:
            return None
        place += 1
    return place


@cache
def surroundings() -> Phrases[str]:
    """The words around answers in all languages, each with its one-letter tag."""
    tables: Mapping[str, Mapping[str, Sequence[str]]] = answer_tables()
    return Phrases(
        (phrase, tag)
        for name, tag in _TAGS.items()
        for table in tables.values()
        for phrase in table[name]
    )


@cache
def exact_words() -> frozenset[tuple[str, ...]]:
    """Labels that are too common to be found among other words."""
    return frozenset(words(p) for table in answer_tables().values() for p in table["exact"])


@cache
def interjections() -> frozenset[tuple[str, ...]]:
    """Labels that also open a sentence and then mean nothing, as in "Fine, I will answer"."""
    tables = answer_tables().values()
    return frozenset(words(p) for table in tables for p in table.get("interjection", ()))


@cache
def hedges(language: str) -> Phrases[str]:
    """Phrases that qualify or withhold a view, of a language and of English."""
    tables = answer_tables()
    own = tables.get(language, {}).get("hedge", ())
    return Phrases((phrase, "hedge") for phrase in (*own, *tables["en"]["hedge"]))
