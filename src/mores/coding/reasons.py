"""The codes that say how a reply was read, or why it was not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["REASONS"]

REASONS: Mapping[str, str] = MappingProxyType(
    {
        # coded
        "json": "the letter in the expected field of a well-formed JSON object",
        "json-repaired": "the same, the object not being well-formed JSON",
        "json-other-key": "the letter under another usual key, the expected one being absent",
        "json-option-text": "an option's whole text in the field, in place of its letter",
        "bare-letter": "a letter that stands alone, or with its own option's text",
        "bare-option-text": "an option's whole text that stands alone",
        "labelled-letter": "a letter after words that announce it, such as 'Answer:'",
        "labelled-option-text": "an option's whole text after words that announce it",
        "complete": "probabilities of all options, or of all but a thousandth of the answers",
        "bounded": "probabilities of some options, and bounds of the others'",
        "label": "an option's label that stands alone, or with its own option's text",
        "label-text": "an option's whole text that stands alone",
        "announced-label": "an option's label after words that announce it, such as 'Answer:'",
        "announced-text": "an option's whole text after words that announce it",
        "found-text": "an option's whole text in a sentence that says nothing else",
        "answer-lines": "an answer for every member of a battery, on lines or in one",
        "answer-object": "the same, in a JSON object",
        # refused
        "refusal": "the model declines to answer",
        "content-filter": "the server filtered the reply and no answer is left",
        # uncoded
        "ambiguous-text": "words that are neither a letter nor an option's whole text",
        "cut-off": "the reply ends before its answer does",
        "denied": "an option that is named with a negation or a restriction",
        "doubted": "an option that is named with a doubt, an alternative or a question",
        "duplicate-keys": "the field is given twice, with different answers",
        "empty": "no words at all",
        "empty-answer": "the field is there and holds nothing",
        "impossible-probabilities": "numbers that cannot be the probabilities of answers",
        "label-out-of-range": "a number or letter that is no option's label",
        "letter-and-text-disagree": "the letter of one option with the text of another",
        "letter-out-of-range": "a letter beyond the options shown",
        "members-disagree": "a member of a battery that is answered twice, and differently",
        "members-missing": "a member of a battery without an answer",
        "missing-field": "a JSON object without the field",
        "mixed-scripts": "words that mix look-alike letters of two scripts",
        "no-answer": "prose in which nothing announces an answer",
        "no-mass": "none of the options has any probability",
        "null-answer": "the field says null, none or not applicable, without a refusal",
        "number-not-letter": "a number in place of a letter",
        "several-keys": "the expected field is absent and several others could be meant",
        "taken-back": "an answer that is taken back",
        "template-echo": "the format that was asked for, not filled in",
        "thinking-only": "thinking, and nothing after it",
        "too-long": "more text outside the thinking than is searched for an answer",
        "two-answers": "more than one option is named as the answer",
        "unfinished-thinking": "thinking that never ends, and nothing before it",
        "unreadable-answer": "the field holds something that is not text, such as true or a table",
        "wrong-field": "the field of the other question in place of the expected one",
    }
)
"""Meaning of each code in `Outcome.reason`, for reports and for readers of a table."""
