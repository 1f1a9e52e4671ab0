r"""Replies that were to be one option's label, such as "3" -> outcomes.

The prompt showed options under labels (integers, or letters) and asked for the label alone. What is
unmistakable is coded:

- the label, in any script's digits, as the whole reply or as its first or last line, with its own
  option's text or without ("**2**", "2 = Rather important");
- an option's whole text as the whole reply;
- the label after words that announce it at the beginning of a sentence ("My answer is 2.", "I would
  say 2 because …", "Option 2"), if nothing else is said of it in the same clause.

A reply in which another option's label stands anywhere is not coded, unless it only names the ends of
the scale, nor is one that takes something back ("Wait, …"). A digit within other words, a denial ("not
3", "anything but 2"), a range, a fraction and a doubt ("maybe 2", "2?") are no answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mores.coding.finish import CUT_OFF, FILTERED, stopped
from mores.coding.refusals import declines, is_refusal
from mores.coding.thinking import INVISIBLE, set_aside_thinking
from mores.records import Outcome, Status

__all__ = ["code_label"]

_LONGEST = 4000
_SHORT = 48
_MARKUP = re.compile(r"[*_`\"“”„«»{}]+|</?(?:answer|final_answer|response|choice|option|s)>", re.I)
_BEFORE, _AFTER = " '‘’([", " '‘’)]"
_STOPS = ".!。।۔"
_LABEL = r"(?P<label>\d{1,3}|[a-z])"
_WITH_TEXT = re.compile(r"(\d{1,3}|[a-z])(\s?(?:[=:.)\]–—-]|->)|\s)\s*(\S.*)", re.DOTALL)

_LEAD_IN = (
    r"(?:(?:so|thus|therefore|hence|overall|ultimately|finally|sure|okay|ok|certainly|of course)\b"
    r"[,.:!]?\s)?"
    r"(?:(?:given|based on|considering|coming from|from my|as an?|as this|as someone|in my view"
    r"|personally|on balance|all things considered|with)\b[^.,;:!?]{0,100}+,\s)?"
)
_NOUN = (
    r"(?:(?:here is|here's)\s)?(?:(?:my|the|your)\s)?"
    r"(?:(?:final|chosen|selected|best|single|correct|overall|honest)\s)?"
    r"(?:answer|response|choice|selection|option|rating|number|integer|label|letter)"
    r"(?:\s?[:=]|\s(?:is|would be|will be):?)\s?"
)
_CHOOSE = (
    r"i(?:'d| would| will|'ll)?\s(?:choose|chose|select|selected|pick|picked|say|answer|go with"
    r"|respond with|rate (?:it|this)(?: as| at)?):?\s"
)
_ANNOUNCED = re.compile(
    rf"(?:^|(?<=[.!?;]\s)){_LEAD_IN}"
    rf"(?:(?:{_NOUN}|{_CHOOSE})(?:(?:option|number|choice|letter)\s)?|(?:option|number|answer)\s"
    rf"|\\boxed\s?)"
    rf"[(\['‘’]?{_LABEL}(?!\w)['’)\]]*(?P<rest>.*)",
)
_ENDS = re.compile(r"\s?(?:$|[.;!。](?=\s|$)|,?\s(?:because|since|as|given|due to)\s)")
_OWN_TEXT = re.compile(r"\s?(?:[=:.(\[,–—-]|->)?\s?")
_TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|correction|scratch that|never mind|on second thought|i mean(?!ing)|no,"
    r"|no\.|just kidding|or rather|instead)"
)
_LEADS_ON = re.compile(r"[.!]$|^(?!.*(?:\b(?:not|never|no|nor|but|except|wrong)\b|n't\b)).*:$")
"""Words after which a label may follow on a line of its own: a sentence, or no denial and a colon."""
_OF_A_SCALE = re.compile(
    r"\b(?:on|using|in|of) (?:a|the|this|your) scale (?:of |from )?"
    r"(\w{1,3}) ?(?:to|-|–|through) ?(\w{1,3})(?!\w),?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_NUMBERS = re.compile(r"(?<!\w)(?<!\d[.,])\d{1,3}(?![\w]|[.,]\d)")
_LETTERS = re.compile(
    r"(?<![\w'])(?:A(?!\s+(?!(?:or|and|to|nor|versus|vs)\b)[a-z])|[B-HJ-Z])(?![\w'])"
)
"""Capitals that are no article and no pronoun."""
_LAST_WORD = re.compile(r"(?:(?<=\s)|^)\S+\Z")
_OPEN = ("no-answer", "two-answers")
"""Readings that leave the word to a refusal."""


def code_label(
    text: str, *, labels: Sequence[str], options: Sequence[str], finish: str | None = None
) -> Outcome:
    """Code a reply that was to be one option's label.

    Pure, never raises whatever the text, and takes time linear in its length.

    Parameters
    ----------
    text : str
        The reply, verbatim.
    labels : sequence of str
        What an option is answered by, in the order shown: integers or single letters.
    options : sequence of str
        The options' texts, in the order shown; a text that is a number only, as between the named
        ends of a scale, is not answered by.
    finish : str, optional
        Why the model ended, in the server's word.

    Returns
    -------
    Outcome
        ``coded`` with the index of the option as shown, from 0; ``refused`` or ``uncoded`` with
        None. The reason is a code of `mores.coding.reasons.REASONS`.

    Examples
    --------
    >>> code_label("**2**", labels=["1", "2"], options=["Agree", "Disagree"]).option
    1
    >>> code_label("1 or 2", labels=["1", "2"], options=["Agree", "Disagree"]).reason
    'two-answers'
    """
    code = _code_short if len(text) <= _SHORT else _code
    return code(text, tuple(labels), tuple(options), finish)


def _code(
    text: str, labels: tuple[str, ...], options: tuple[str, ...], finish: str | None
) -> Outcome:
    said = set_aside_thinking(INVISIBLE.sub("", text))
    if len(said.text) > _LONGEST:
        return Outcome(Status.UNCODED, None, "too-long")
    end = stopped(finish)
    asked = _asked(labels, options)
    words = said.text.strip()
    option, how = _read(words, asked)
    # the last word may be the beginning of another: "1" of "10", "3" of "3 or 4"
    if option is not None and end in CUT_OFF and _read(_shortened(words), asked)[0] != option:
        option, how = None, "cut-off"
    if option is not None:
        return Outcome(Status.CODED, option, how)
    if end == "refusal" or (how in _OPEN and (is_refusal(words) or declines(words))):
        return Outcome(Status.REFUSED, None, "refusal")
    if end in FILTERED:
        return Outcome(Status.REFUSED, None, "content-filter")
    if how == "empty" and said.thought:
        how = "unfinished-thinking" if said.unfinished else "thinking-only"
    elif how in ("no-answer", "empty") and end in CUT_OFF:
        how = "cut-off"
    return Outcome(Status.UNCODED, None, how)


_code_short = lru_cache(maxsize=1 << 15)(_code)  # "3" and "2. Agree" come back thousands of times


Read = tuple[int | None, str]
"""An option, or None, and how it was read or why not."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Labels and options in the forms that replies are compared with."""

    by_label: dict[str, int]
    by_text: dict[str, int]
    texts: tuple[str, ...]

    def named(self, text: str) -> set[int]:
        """The options whose labels stand anywhere in a text that still has its capitals."""
        found = {*_NUMBERS.findall(text), *(c.casefold() for c in _LETTERS.findall(text))}
        return {self.by_label[label] for label in found if label in self.by_label}

    def without_scale(self, text: str) -> str:
        """The text without words that name the ends of the scale."""
        ends = {0, len(self.texts) - 1}

        def kept(match: re.Match[str]) -> str:
            given = {self.by_label.get(match[n].casefold(), -1) for n in (1, 2)}
            return " " if given == ends else match[0]

        return _OF_A_SCALE.sub(kept, text)


@lru_cache(maxsize=4096)
def _asked(labels: tuple[str, ...], options: tuple[str, ...]) -> _Asked:
    texts = tuple(_bare(_line(_plain(option)).casefold()) for option in options)
    by_label = {_plain(label).casefold(): i for i, label in enumerate(labels)}
    by_text = {
        text: i
        for i, text in enumerate(texts)
        if text and texts.count(text) == 1 and not _NUMBER.fullmatch(text) and text not in by_label
    }
    return _Asked(by_label, by_text, texts)


def _read(text: str, asked: _Asked) -> Read:
    plain = asked.without_scale(_plain(text))
    lines = [line for line in map(_line, plain.splitlines()) if line]
    if not lines:
        return None, "empty"
    small = [line.casefold() for line in lines]
    whole = _alone(" ".join(small), asked)
    if whole[1] != "no-answer":
        return whole
    others = asked.named(" ".join(lines))
    found = [read for read in (_at_an_end(small, asked), *_announced(small, asked)) if read]
    given = {option for option, _ in found}
    if len(given) > 1 or len(others | (given - {None})) > 1:
        return None, "two-answers"
    if not found:
        return None, "no-answer"
    if found[0][0] is not None and _TAKEN_BACK.search(" ".join(small)):
        return None, "no-answer"
    return found[0]


def _alone(words: str, asked: _Asked) -> Read:
    """What words mean that are a label, an option's text, or both, and nothing else."""
    bare = _bare(words)
    if bare in asked.by_label:
        return asked.by_label[bare], "label"
    if bare in asked.by_text:
        return asked.by_text[bare], "label-text"
    if _NUMBER.fullmatch(bare):
        return None, "label-out-of-range"
    both = _WITH_TEXT.fullmatch(words.lstrip(_BEFORE))
    if both is None or both[1] not in asked.by_label:
        return None, "no-answer"
    if both[1] in "ai" and not both[2].strip():
        return None, "no-answer"  # an article or a pronoun
    option = asked.by_text.get(_bare(both[3]))
    if option is None:
        return None, "no-answer"
    if option != asked.by_label[both[1]]:
        return None, "letter-and-text-disagree"
    return option, "label"


def _at_an_end(lines: Sequence[str], asked: _Asked) -> Read | None:
    """The label that is the first or the last of several lines."""
    if len(lines) < 2:
        return None
    for line in (lines[0], lines[-1]):
        option, how = _alone(line, asked)
        listed = line.endswith((".", ")")) and how == "label" and _bare(line) in asked.by_label
        if option is None or how != "label" or listed:
            continue
        if line is not lines[0] and not _LEADS_ON.search(lines[-2]):
            continue
        return option, how
    return None


def _announced(lines: Iterable[str], asked: _Asked) -> Iterable[Read]:
    """What sentences announce as the answer."""
    for line in lines:
        position = 0
        while match := _ANNOUNCED.search(line, position):
            position = match.start("rest")
            option = asked.by_label.get(match["label"])
            if option is None:
                if _ENDS.match(match["rest"]):
                    yield None, "label-out-of-range"
                continue
            rest = match["rest"][_OWN_TEXT.match(match["rest"]).end() :]  # type: ignore[union-attr]
            spoken = _spoken_first(rest, asked)
            if spoken is None and _ENDS.match(match["rest"]):
                yield option, "announced-label"
            elif spoken is not None:
                same = spoken == option
                yield (option, "announced-label") if same else (None, "letter-and-text-disagree")


def _spoken_first(rest: str, asked: _Asked) -> int | None:
    """The option whose whole text a clause consists of; None if there is none."""
    clause = re.split(r"[.;!?,)\]](?=\s|$)", rest, maxsplit=1)[0]
    return asked.by_text.get(_bare(rest), asked.by_text.get(_bare(clause)))


def _plain(text: str) -> str:
    """Compatible characters, and any script's digits, in their plain form, without markup."""
    composed = unicodedata.normalize("NFKC", text)
    if not composed.isascii():
        composed = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in composed)
    return _MARKUP.sub(" ", composed).replace("’", "'")


def _line(text: str) -> str:
    """One line with single spaces, and none around."""
    return " ".join(text.split())


def _bare(words: str) -> str:
    """Words without brackets and quotation marks around them, and without a stop at their end."""
    words = words.lstrip(_BEFORE).rstrip(_AFTER)
    if words and words[-1] in _STOPS:
        words = words[:-1]
    return words.rstrip(_AFTER)


def _shortened(words: str) -> str:
    return _LAST_WORD.sub("", words).strip()
