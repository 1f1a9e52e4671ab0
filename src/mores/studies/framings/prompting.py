"""What is sent: one user message of preamble, question, options and suffix, in a language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mores.errors import StudyError, nearest
from mores.instruments.units import Unit
from mores.instruments.wordings import UnitWording, Wording
from mores.prompts.letters import LETTERS
from mores.studies.framings.cells import LANGUAGE_FRAMING, Context

__all__ = ["Shown", "around", "asked_words", "message", "shown_options", "unnamed_steps"]


class Shown(NamedTuple):
    """The options of a question in some order: what each is answered by, and its words.

    A step of a scale that has no name has its number for words.
    """

    labels: tuple[str, ...]
    texts: tuple[str, ...]


def unnamed_steps(codes: Sequence[int], words: UnitWording) -> bool:
    """Whether only the ends of a scale have names; numbers stand between them."""
    return any(code not in words.labels for code in codes)


def shown_options(
    codes: Sequence[int], words: UnitWording, order: Sequence[int], letters: bool = False
) -> Shown:
    """The options of a question, in the order shown.

    Parameters
    ----------
    codes : sequence of int
        Of the options, in the instrument's order.
    words : UnitWording
    order : sequence of int
        ``order[shown] = original``.
    letters : bool
        Whether options are answered by letters.

    Returns
    -------
    Shown
        Numbers run from 1 in the order shown. On a scale of which only the ends have names they stay
        with their options, and are its codes: the question says what they mean.
    """
    scale = unnamed_steps(codes, words)
    own = [str(code) for code in codes] if scale else [str(n + 1) for n in range(len(codes))]
    plain = list(LETTERS[: len(codes)]) if letters else own
    labels = [plain[original] for original in order] if scale else plain
    texts = (words.labels.get(codes[original], str(codes[original])) for original in order)
    return Shown(tuple(labels), tuple(texts))


def message(
    context: Context,
    wording: Wording,
    unit: Unit,
    shown: Shown,
    *,
    item: str | None = None,
    only: str = "",
) -> str:
    """The message of a unit, or of one member of a battery, in a context.

    Parameters
    ----------
    context : Context
    wording : Wording
        In the context's language.
    unit : Unit
    shown : Shown
    item : str, optional
        The member that is asked alone; the whole unit if left out.
    only : str
        Sentence that asks for nothing but the label; put behind the suffix.

    Raises
    ------
    StudyError
        If the wording lacks the framing or the country.
    """
    whole = item is None and unit.battery
    before, after = around(context, wording, whole=whole, only=only)
    return before + asked_words(wording, unit, shown, item=item) + after


def asked_words(wording: Wording, unit: Unit, shown: Shown, *, item: str | None = None) -> str:
    """What a message says in every context of a language: the question and its options.

    Parameters
    ----------
    wording : Wording
    unit : Unit
    shown : Shown
    item : str, optional
        As in `message`.
    """
    words = wording.unit(unit)
    question = words.question if item is None else words.member_question(item)
    if item is None and unit.battery:
        lines = [f"{n}. {words.members[m]}" for n, m in enumerate(unit.members, 1)]
        question = "\n".join([question, *lines])
        options = [f"- {text}" for text in shown.texts]
    else:
        options = [
            label if text == label or text.lstrip("-").isdigit() else f"{label}. {text}"
            for label, text in zip(shown.labels, shown.texts, strict=True)
        ]
    block = "\n".join([wording.prompts.options_heading, *options])
    return f"{question}\n\n{block}" if question else block


def around(
    context: Context, wording: Wording, *, whole: bool = False, only: str = ""
) -> tuple[str, str]:
    """What stands before and behind the words of a question, blank lines between them included.

    Parameters
    ----------
    context : Context
    wording : Wording
        In the context's language.
    whole : bool
        Whether a battery is asked as one.
    only : str
        As in `message`.

    Raises
    ------
    StudyError
        If the wording lacks the framing or the country.
    """
    suffix, suffix_battery = _suffixes(context, wording)
    preamble = _preamble(context, wording)
    end = suffix_battery if whole else suffix + _gap(context.language) * bool(only) + only
    return f"{preamble}\n\n" if preamble else "", f"\n\n{end}" if end else ""


def _gap(language: str) -> str:
    return "" if language == "zh" else " "


def _suffixes(context: Context, wording: Wording) -> tuple[str, str]:
    chosen = wording.paraphrases[context.paraphrase - 1] if context.paraphrase else wording.prompts
    return chosen.suffix, chosen.suffix_battery


def _preamble(context: Context, wording: Wording) -> str:
    if context.framing == LANGUAGE_FRAMING:
        return ""
    known = (
        wording.paraphrases[context.paraphrase - 1].framings
        if context.paraphrase
        else wording.framings
    )
    if context.framing not in known:
        raise StudyError(
            f"framings.names: {context.framing!r} has no words in language {context.language!r}; "
            f"{nearest(context.framing, [LANGUAGE_FRAMING, *known])}; or give it some in a file of "
            "wordings (item = framing)"
        )
    if context.country is None or context.country not in wording.countries:
        raise StudyError(
            f"slices: {context.country} has no name in language {context.language!r}; "
            f"{nearest(str(context.country), wording.countries)}; or give it one in a file of wordings "
            "(item = country)"
        )
    return known[context.framing].replace("{country}", wording.countries[context.country])
