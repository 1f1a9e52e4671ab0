r"""Replies that were to be one of several numbered options, in any of seven languages -> outcomes.

What is unmistakable is coded, in this order:

1. a number alone, on the first or the last line, after words that announce it ("My answer is 2",
   "我选择2"), or with its own option's text;
2. an option's whole text, alone or announced;
3. an option's whole text in a short sentence that holds nothing else but words that change nothing
   ("I agree with this statement").

Options' texts are found longest first, so that "agree" never eats "disagree". A number is an answer
whatever the language around it. Not coded is a reply that names two options as its answer, or whose
number and text disagree; one with a negation, a doubt or an unknown word where the answer stands; a
range, a fraction, a question; and words that mix look-alike letters of two scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mores.coding.finish import CUT_OFF, FILTERED, stopped
from mores.coding.flags import flags_of
from mores.coding.mentions import Asked, asked, tagged
from mores.coding.sentences import EDGE, Sentence, sentences, without_scale
from mores.coding.thinking import INVISIBLE, Said, set_aside_thinking
from mores.records import Outcome, Status

__all__ = ["LONGEST", "code_numbered"]

LONGEST = 4000
_SHORT = 48
"""More text outside the thinking than this is not searched for an answer."""

_MENTIONS = frozenset("nte")
_BLOCKS = frozenset("dqbko?")
_DENIES, _DOUBTS = frozenset("db"), frozenset("q?o")
_MENTION = re.compile(r"n(?:[=:,()-]*f{0,2}[=:,()-]*[te])?|[te](?:[=:,()-]*f{0,2}[=:,()-]*n)?")
_FRAME = re.compile(r"[farsp=:,()-]*")
_ANNOUNCED = re.compile(r"[^dqbko]{0,60}a[farsp]*[=:,;(-]*")
_TURN = re.compile(r".*[,;-]b,?")
"""Words up to a turn, such as "It depends, but": what is announced after it is the answer."""
_LED = re.compile(r"[^dqbko]{1,60}(?P<colon>[:;])[=(-]*|[^dqbko]{1,60},[farsp]+[=:(-]*")
_REASON = re.compile(r"[farsp]*[,)-]*c")
_TO_ANSWER = re.compile("rf*a")
_UNREADABLE = re.compile(r"[=:,()-]*m[mwfarsp]{0,8}[=:,()-]*")
_LAST_WORD = re.compile(r"(?:(?<=\s)|^)\S+\Z")
_OPEN = frozenset({"no-answer", "two-answers", "denied", "doubted"})
"""Readings that leave the word to a refusal."""


def code_numbered(
    text: str,
    *,
    language: str,
    labels: Sequence[str],
    options: Sequence[str],
    finish: str | None = None,
) -> Outcome:
    """Code a reply that was to be one of several numbered options.

    Pure, never raises whatever the text, and takes time linear in its length.

    Parameters
    ----------
    text : str
        The reply, verbatim.
    language : str
        ISO 639-1 code of the language that it was asked in.
    labels : sequence of str
        The numbers shown before the options, in the order shown.
    options : sequence of str
        The options' texts, in the order shown; a text that is a number only, as between the named
        ends of a scale, is not answered by.
    finish : str, optional
        Why the model stopped, in the server's word.

    Returns
    -------
    Outcome
        ``coded`` with the index of the option as shown, from 0; ``refused`` or ``uncoded`` with
        None. The reason is a code of `mores.coding.reasons.REASONS`; `Outcome.flags` says whether the
        reply hedges or declines, whatever its status.

    Examples
    --------
    >>> code_numbered("الإجابة: ٢", language="ar", labels=["1", "2"], options=["نعم", "لا"]).option
    1
    >>> code_numbered("2 或 1", language="zh", labels=["1", "2"], options=["是", "否"]).reason
    'two-answers'
    """
    code = _code_short if len(text) <= _SHORT else _code
    return code(text, language, tuple(labels), tuple(options), finish)


def _code(
    text: str, language: str, labels: tuple[str, ...], options: tuple[str, ...], finish: str | None
) -> Outcome:
    said = set_aside_thinking(INVISIBLE.sub("", text))
    if len(said.text) > LONGEST:
        return Outcome(Status.UNCODED, None, "too-long", flags=flags_of(said.text, language))
    shown = asked(labels, options)
    words = said.text.strip()
    flags = flags_of(words, language, options)
    read = _read(words, shown)
    end = stopped(finish)
    # the last word may be the beginning of another: "1" of "10", "3" of "3 or 4"
    if read.option is not None and end in CUT_OFF:
        whole = _LAST_WORD.sub("", words).strip()
        if _read(whole, shown).option != read.option:
            read = _Reading(None, "cut-off")
    if read.option is not None and not (read.weak and "refusal" in flags):
        return Outcome(Status.CODED, read.option, read.how, flags=flags)
    return replace(_without_answer(read, said, end, flags), flags=flags)


_code_short = lru_cache(maxsize=1 << 15)(_code)  # "3" and "2. Agree" come back thousands of times


def _without_answer(read: _Reading, said: Said, end: str, flags: tuple[str, ...]) -> Outcome:
    how = read.how if read.option is None else "no-answer"
    if end == "refusal" or (how in _OPEN and "refusal" in flags):
        return Outcome(Status.REFUSED, None, "refusal")
    if end in FILTERED:
        return Outcome(Status.REFUSED, None, "content-filter")
    if how == "empty" and said.thought:
        how = "unfinished-thinking" if said.unfinished else "thinking-only"
    elif how in ("no-answer", "empty") and end in CUT_OFF:
        how = "cut-off"
    return Outcome(Status.UNCODED, None, how)


@dataclass(frozen=True, slots=True)
class _Reading:
    """An option, or None, and how it was read or why not.

    `weak` gives way to a refusal; a `courtesy` ("D'accord !") to any other answer.
    """

    option: int | None
    how: str
    weak: bool = False
    courtesy: bool = False


def _read(text: str, shown: Asked) -> _Reading:
    reply = without_scale(tagged(text, shown), shown)
    spoken = sentences(reply)
    if not spoken:
        return _Reading(None, "empty")
    numbers = {o for tag, o in zip(reply.tags, reply.options, strict=True) if tag == "n"}
    if len(numbers) > 1:
        return _Reading(None, "two-answers")
    found = [_judge(s, shown) for s in spoken if _MENTIONS & set(s.tags)]
    answers = [read for read in found if read.option is not None]
    answers = [read for read in answers if not read.courtesy] or answers
    strong = [read for read in answers if read.how != "found-text"]
    given = {read.option for read in answers} | numbers
    if not answers:
        return _Reading(None, _why_not(found, spoken))
    if any(read.how == "letter-and-text-disagree" for read in found):
        return _Reading(None, "letter-and-text-disagree")
    if len(given) > 1:
        return _Reading(None, "two-answers")
    if any(s.tags.lstrip(EDGE).startswith("k") for s in spoken):
        return _Reading(None, "taken-back")
    if strong:
        return min(strong, key=lambda read: read.weak)
    texts = {o for tag, o in zip(reply.tags, reply.options, strict=True) if tag == "t"}
    turned = any(s.tags.lstrip(EDGE).startswith(("b", "q")) for s in spoken)
    if len(texts | given) > 1 or turned:
        return _Reading(None, "two-answers" if len(texts | given) > 1 else "doubted")
    return answers[0]


def _why_not(found: Sequence[_Reading], spoken: Sequence[Sentence]) -> str:
    whys = {read.how for read in found}
    for why in ("letter-and-text-disagree", "two-answers", "denied", "doubted"):
        if why in whys:
            return why
    if any("m" in s.tags for s in spoken):
        return "mixed-scripts"
    if any(_out_of_range(s) for s in spoken):
        return "label-out-of-range"
    return "no-answer"


def _out_of_range(sentence: Sentence) -> bool:
    head, number, rest = sentence.tags.partition("x")
    announced = not head.strip(EDGE) or _ANNOUNCED.fullmatch(head) is not None
    return bool(number) and announced and not rest.strip(EDGE + "te") and sentence.end != "?"


def _judge(sentence: Sentence, shown: Asked) -> _Reading:
    """What a sentence that names options gives as the answer."""
    places = [i for i, tag in enumerate(sentence.tags) if tag in _MENTIONS]
    given = {sentence.options[i] for i in places}
    before, after = sentence.tags[: places[0]], sentence.tags[places[-1] + 1 :]
    mention = sentence.tags[places[0] : places[-1] + 1]
    whole = _MENTION.fullmatch(mention) is not None
    if len(given) > 1:
        disagree = whole and "n" in mention
        return _Reading(None, "letter-and-text-disagree" if disagree else "two-answers")
    if sentence.end == "?":
        return _Reading(None, "doubted")
    if whole:
        option = given.pop()
        named = _Named(sentence, option, before, mention, after, shown)
        how = named.how()
        if how is None and (turn := _TURN.match(before)) is not None:
            named = _Named(sentence, option, before[turn.end() :], mention, after, shown)
            how = named.how() if named.firm else None
        if how is not None:
            return _Reading(named.option, how, named.weak, named.courtesy)
    around = set(before + after)
    if around & _DENIES:
        return _Reading(None, "denied")
    return _Reading(None, "doubted" if around & _DOUBTS else "no-answer")


class _Named:
    """An option that a sentence names once, and the tags before and after it."""

    def __init__(
        self, sentence: Sentence, option: int, before: str, mention: str, after: str, shown: Asked
    ) -> None:
        self.option = option
        self._sentence = sentence
        self._before, self._after = before, after
        self._polite = option in shown.courtesies
        self._number, self._text = "n" in mention, mention != "n"
        # after "No," and the like a negation agrees
        rest = after.replace("d", "w") if option in shown.denying else after
        self._nothing_after = not rest.strip(EDGE)
        self._framed_after = _FRAME.fullmatch(rest) is not None
        self._reason = _REASON.match(rest) is not None
        self._unreadable = mention == "n" and _UNREADABLE.fullmatch(rest) is not None
        self._explained = self._text and rest[:1] in tuple("=:,(-") and not _BLOCKS & set(rest)

    @property
    def courtesy(self) -> bool:
        """Whether it may be no more than the opening of a reply."""
        whole_line = self._sentence.begins and self._sentence.ends and self._nothing_after
        return self._polite and self._alone and not self._number and not whole_line

    @property
    def weak(self) -> bool:
        """Whether a refusal in the reply outranks it."""
        if self._number:
            return False
        whole_line = self._sentence.begins and self._sentence.ends
        return self._explained or not (self._announced or (self._alone and whole_line))

    @property
    def firm(self) -> bool:
        """Whether it is a number with its text, or announced."""
        return (self._number and self._text) or self._announced

    def how(self) -> str | None:
        """How it is given as the answer; None if it is not."""
        if not (self._framed_after or self._reason or self._explained or self._unreadable):
            return None
        if self.courtesy and "a" in self._after.partition("c")[0]:
            return None
        if self._text and not self._number and _TO_ANSWER.match(self._after):
            return None
        if self._alone and (self._nothing_after or self._reason or not self._framed_after):
            if self._number and not self._text and not self._reason:
                return "label" if self._sentence.own_line else None
            return "label" if self._number else "label-text"
        if "p" in self._around and "a" not in self._around:
            return None
        if self._announced:
            return "announced-label" if self._number else "announced-text"
        led = _LED.fullmatch(self._before)
        if led and led["colon"] == ";":
            return "announced-label" if self._number else "announced-text"
        if self._text and (led or _FRAME.fullmatch(self._before)):
            return "label" if self._number else "found-text"
        return None

    @property
    def _around(self) -> str:
        return self._before + self._after

    @property
    def _alone(self) -> bool:
        return not self._before.strip(EDGE)

    @property
    def _announced(self) -> bool:
        """Whether words before it, or around it and nothing else, give it as the answer."""
        if _ANNOUNCED.fullmatch(self._before):
            return True
        framed = self._framed_after and _FRAME.fullmatch(self._before) is not None
        return framed and "a" in self._around
