"""Where a reply names the options that were shown: by number, or by text, longest text first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mores.coding.lexicon import Phrases, exact_words, interjections, surroundings
from mores.coding.scripts import Token, fold, tokens, words

__all__ = ["IN_TEXT", "Asked", "Tagged", "asked", "tagged"]

IN_TEXT = ",;:.-–—()/\"'،؛、"
"""Signs that may stand between the words of an option's text."""
_SIGNS = {
    **dict.fromkeys("\"“”„«»‹›'‘’`´「」『』《》〈〉*¡✅✔☑👍", '"'),
    **dict.fromkeys("([{【〔", "("),
    **dict.fromkeys(")]}】〕", ")"),
    **dict.fromkeys(",;،؛、", ","),
    **dict.fromkeys(".!。।॥۔", "."),
    **dict.fromkeys("?؟¿", "?"),
    **dict.fromkeys("-–—―", "-"),
    **dict.fromkeys("=→⇒", "="),
    ":": ":",
}
_OTHER_SIGN = "o"
_MARKUP = re.compile(
    r"</?(?:answer|final_answer|response|choice|option)>|\\(?=boxed)", re.IGNORECASE
)
_LINE_HEAD = re.compile(r"(?m)^[^\S\n]*(?:#{1,6}\s|>\s|[-*•·●◦▪–—+]\s)+")
_ARROW = re.compile("[-=]+>")
_STANDS_APART = frozenset('\n.?:,"()=-n')
_ENDS_A_CLAUSE = frozenset("\n.?,)c")
_AROUND = frozenset("farsp")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was shown, in the forms that replies are compared with.

    Attributes
    ----------
    by_label : dict of str to int
    texts : Phrases of int
        The options' texts; without those that are numbers or that two options share.
    exact : frozenset of int
        Options whose text counts only where it stands apart from other words.
    courtesies : frozenset of int
        Options whose text may open a reply and mean nothing.
    denying : frozenset of int
        Options whose text holds a negation.
    members : Phrases of int
        Of a battery: the members' texts.
    """

    by_label: dict[str, int]
    texts: Phrases[int]
    exact: frozenset[int]
    courtesies: frozenset[int]
    denying: frozenset[int]
    members: Phrases[int]

    @property
    def ends(self) -> tuple[int, int]:
        """The options with the first and the last label."""
        return 0, max(self.by_label.values(), default=0)


@lru_cache(maxsize=2048)
def asked(
    labels: tuple[str, ...], options: tuple[str, ...], members: tuple[str, ...] = ()
) -> Asked:
    """Prepare what was shown, in its order, for comparison; the labels of a battery are its members'."""
    by_label = {fold(label).strip(): index for index, label in enumerate(labels)}
    by_words = _told_apart(options)
    return Asked(
        by_label,
        Phrases((" ".join(own), index) for own, index in by_words.items()),
        frozenset(i for own, i in by_words.items() if own in exact_words()),
        frozenset(i for own, i in by_words.items() if own in interjections()),
        frozenset(index for own, index in by_words.items() if _denies(own)),
        Phrases((" ".join(own), index) for own, index in _told_apart(members).items()),
    )


def _told_apart(texts: Sequence[str]) -> dict[tuple[str, ...], int]:
    """The words of the texts that are no numbers and that no two share."""
    spoken = [words(text) for text in texts]
    return {
        own: index
        for index, own in enumerate(spoken)
        if own and spoken.count(own) == 1 and not "".join(own).isdecimal()
    }


def _denies(own: tuple[str, ...]) -> bool:
    sequence = [Token("word", word, False) for word in own]
    found = (surroundings().at(sequence, place) for place in range(len(sequence)))
    return any(match is not None and match[0] == "d" for match in found)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A reply as one letter for each number, option, phrase or sign.

    Attributes
    ----------
    tags : str
        ``n`` a label, ``t`` an option's text, ``e`` one that stands apart, ``y`` a member's text,
        ``x`` another number, ``m`` a word of several scripts, ``w`` another word, the tags of
        `mores.coding.lexicon`, a line's end, signs as themselves, ``o`` for a sign that changes what
        it stands at.
    options : tuple of int
        The option of each tag, -1 of others.
    """

    tags: str
    options: tuple[int, ...]


def tagged(text: str, shown: Asked) -> Tagged:
    """Tag a reply; the time is linear in its length."""
    plain = _ARROW.sub("=", _LINE_HEAD.sub("", _MARKUP.sub(" ", fold(text))))
    sequence = tokens(plain)
    tags: list[str] = []
    options: list[int] = []
    starts: list[int] = []
    place = 0
    while place < len(sequence):
        tag, option, end = _tag(sequence, place, shown)
        tags.append(tag)
        options.append(option)
        starts.append(place)
        place = end
    for index, tag in enumerate(tags):
        if tag == "e" and not _stands_apart(tags, index):
            tags[index], options[index] = _around(sequence, starts[index])[0], -1
    return Tagged("".join(tags), tuple(options))


def _tag(sequence: Sequence[Token], place: int, shown: Asked) -> tuple[str, int, int]:
    token = sequence[place]
    if token.kind == "line":
        return "\n", -1, place + 1
    if token.kind == "sign":
        return _sign(sequence, place), -1, place + 1
    text = shown.texts.at(sequence, place, IN_TEXT)
    if text is not None:
        return ("e" if text[0] in shown.exact else "t"), text[0], text[1]
    member = shown.members.at(sequence, place, IN_TEXT)
    if member is not None:
        return "y", member[0], member[1]
    if token.kind == "number" and token.text in shown.by_label:
        return "n", shown.by_label[token.text], place + 1
    if token.kind in ("number", "broken"):
        return "x", -1, place + 1
    if token.kind == "mixed":
        return "m", -1, place + 1
    tag, end = _around(sequence, place)
    return tag, -1, end


def _sign(sequence: Sequence[Token], place: int) -> str:
    token = sequence[place]
    if token.text == "!":  # "3!" ends a sentence, "!3" denies
        return "." if place and sequence[place - 1].kind != "line" else _OTHER_SIGN
    return _SIGNS.get(token.text, _OTHER_SIGN)


def _around(sequence: Sequence[Token], place: int) -> tuple[str, int]:
    return surroundings().at(sequence, place, "-") or ("w", place + 1)


def _stands_apart(tags: Sequence[str], index: int) -> bool:
    """Whether signs, an announcement or the ends of the reply stand around a tag."""
    after = next((tag for tag in tags[index + 1 : index + 4] if tag != '"'), "\n")
    place = index - 1
    while place >= 0 and tags[place] in _AROUND:
        if tags[place] == "a":
            return after in _ENDS_A_CLAUSE
        place -= 1
    apart = index == 0 or (place == index - 1 and tags[place] in _STANDS_APART)
    return apart and (after in _STANDS_APART or after == "c")
