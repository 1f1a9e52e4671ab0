"""Few-shot personas: a respondent's answers themselves, as pairs of question and integer.

The form is that of the study's prompts (Abels et al. 2026, appendix A.1): question, scale, integer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mores.errors import PersonaError
from mores.instruments.survey import Item, ItemOption

__all__ = ["few_shot", "question_and_scale", "scale_text"]

_INTRODUCTION = "You gave these answers to earlier questions of the survey."


def few_shot(items: Sequence[Item], codes: Mapping[str, int]) -> str:
    """The answers of a respondent, one block a question.

    Parameters
    ----------
    items : sequence of Item
        The questions, in the order in which they are told.
    codes : mapping of str to int
        The code that the respondent chose, by the item's id or its code in trend files. An item that
        has none is left out.

    Returns
    -------
    str
        An introductory line and the blocks; empty without an answer.

    Raises
    ------
    PersonaError
        If a code is no option of its item, or is given for an item that is not among `items`.
    """
    names = {name for item in items for name in (item.id, item.ivs)}
    if strays := sorted(set(codes) - names):
        raise PersonaError(
            f"{strays[0][:80]!r} has an answer but is not among the items of the few-shot persona; "
            "give the item too, or leave its answer out"
        )
    blocks = []
    for item in items:
        code = codes.get(item.id, codes.get(item.ivs or item.id))
        if code is None:
            continue
        if code not in item.codes:
            raise PersonaError(
                f"{code} is no option of {item.id} ({item.name}); allowed: "
                f"{', '.join(map(str, item.codes))}"
            )
        blocks.append(f"{question_and_scale(item)}\n\nAnswer: {code}")
    return "\n\n".join([_INTRODUCTION, *blocks]) if blocks else ""


def question_and_scale(item: Item) -> str:
    """A question with its scale, as appendix A.1 prints them."""
    return f"Question:\n{item.question}\n\nScale: {scale_text(item.options)}"


def scale_text(options: Sequence[ItemOption]) -> str:
    """The options as pairs of integer and label, with commas between them.

    A step of a long scale that has no label of its own is left out, as in the paper's table 2.
    """
    labelled = [o for o in options if o.label != str(o.code)]
    return ", ".join(f"{option.code}={option.label}" for option in labelled)
