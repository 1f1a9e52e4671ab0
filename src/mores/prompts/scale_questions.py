"""A question with its options in some order, as it is put to a model that answers by a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from mores.prompts.letters import LETTERS
from mores.prompts.option_orders import option_orders

if TYPE_CHECKING:
    from mores.prompts.templates import TemplateSet

__all__ = [
    "Answerable",
    "labels_of",
    "named_options",
    "orders_of",
    "question_text",
    "scale_ends_only",
]


class Answerable(Protocol):
    """A question with options, such as an item of a survey."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def question(self) -> str:
        """The whole question."""
        ...

    @property
    def codes(self) -> tuple[int, ...]:
        """Of the options, ascending."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the options, in the order of the codes; a number where a step has no name."""
        ...


def scale_ends_only(item: Answerable) -> bool:
    """Whether only the ends of an item's scale have names: numbers stand between them."""
    return any(_is_number(label) for label in item.labels)


def _is_number(label: str) -> bool:
    return label.lstrip("-").isdigit()


def orders_of(item: Answerable, mode: str) -> tuple[tuple[int, ...], ...]:
    """The orders in which an item's options are shown; see `mores.prompts.option_orders`.

    For ``latin-square`` all of its rows, of which a persona sees one and a prompt without a persona
    all.
    """
    return option_orders(len(item.codes), mode, scale=scale_ends_only(item))


def labels_of(item: Answerable, order: Sequence[int], letters: bool) -> tuple[str, ...]:
    """What the options are answered by, in the order shown.

    Labels run along the order shown. On a scale of which only the ends have names they stay with
    their options, and its integers are the codes: the question's wording says what they mean.
    """
    n, fixed = len(order), scale_ends_only(item)
    integers = [str(code) for code in (item.codes if fixed else range(1, n + 1))]
    plain = tuple(LETTERS[:n]) if letters else tuple(integers)
    return tuple(plain[original] for original in order) if fixed else plain


def named_options(item: Answerable, order: Sequence[int], letters: bool) -> list[tuple[str, str]]:
    """Labels and texts of the options, in the order shown; without numbers between named ends."""
    texts = (item.labels[original] for original in order)
    pairs = zip(labels_of(item, order, letters), texts, strict=True)
    return [(label, text) for label, text in pairs if not _is_number(text)]


def question_text(
    item: Answerable, order: Sequence[int], letters: bool, templates: TemplateSet
) -> str:
    """The user message of a question with its options in some order, by the template question.j2."""
    ends = labels_of(item, range(len(order)), letters)
    context = {
        "question": item.question,
        "scale": named_options(item, order, letters),
        "first": ends[0],
        "last": ends[-1],
        "letters": letters,
    }
    return templates.render("question.j2", context)
