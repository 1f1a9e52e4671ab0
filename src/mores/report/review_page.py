"""The page on which a person judges dilemmas: one file that works offline and saves to a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, Dilemma
from mores.instruments.judgements import KIND, LONGEST_REMARK, SCHEMA, set_fingerprint
from mores.keys import digest
from mores.report.page import filled
from mores.report.visible import visible
from mores.version import __version__

__all__ = ["QUESTIONS", "TITLE", "review_page"]

TITLE = "Review of dilemmas"

QUESTIONS = {
    "correctness": "Does each of the six actions bear on the value, on the side and with the strength "
    "that its author meant?",
    "harmlessness": "Is everything free of harm, of breaking the law and of demeaning anyone, so that "
    "no action is worse than another in these respects?",
    "sufficiency": "Does the text hold what one needs to choose among the actions?",
    "plausibility": "Could this happen as told, and would thoughtful people disagree on what to do?",
}
"""What is asked of a dilemma once its labels are shown, by check."""

_SIDES = {"a": "follows the value", "b": "sets it aside"}
_STRENGTHS = {"strong": "strongly", "moderate": "moderately", "mild": "mildly"}


def review_page(
    shown: Sequence[Dilemma], every: Sequence[Dilemma], *, seed: int = 0, title: str = TITLE
) -> str:
    """The page as HTML.

    A dilemma is read blind first: its actions stand unlabelled, in an order that the page derives from
    the seed, the text and the reviewer, so that what is due to order does not look like agreement. Only
    when the reading is closed are labels shown and the four checks asked for. Texts reach the page as
    data and are shown as text; its policy allows its own script and style alone, and no connection.

    Parameters
    ----------
    shown : sequence of Dilemma
        Those to judge, in the order in which they are shown to everyone.
    every : sequence of Dilemma
        The set that they are of; saved judgements name it by its fingerprint.
    seed : int
        Of the orders of actions.
    title : str
        Heads the page.

    Returns
    -------
    str
        The HTML document.
    """
    whole = set_fingerprint(every)
    data = {
        "kind": KIND,
        "schema": SCHEMA,
        "program": f"mores {__version__}",
        "set": whole,
        "page": digest(["page", whole, seed, [d.id for d in shown]]).hex()[:16],
        "seed": seed,
        "longest": LONGEST_REMARK,
        "places": [_place(action) for action in ACTIONS],
        "checks": [{"name": name, "question": QUESTIONS[name]} for name in CHECKS],
        "dilemmas": [_shown(dilemma) for dilemma in shown],
    }
    n = len(shown)
    return filled(
        "review.html.j2",
        data,
        style=("review.css",),
        script=("review_record.js", "review.js"),
        style_by_hash=True,
        title=title,
        subtitle=f"{n:,} {'dilemma' if n == 1 else 'dilemmas'}",
        questions=QUESTIONS,
    )


def _place(action: str) -> dict[str, str]:
    side, strength = action.split("-")
    return {
        "id": action,
        "side": side,
        "strength": strength,
        "words": f"{_SIDES[side]}, {_STRENGTHS[strength]}",
    }


def _shown(dilemma: Dilemma) -> dict[str, Any]:
    return {
        "id": dilemma.id,
        "text": dilemma.text_digest,
        "value": visible(dilemma.value_label, breaks=False),
        "definition": visible(dilemma.value_definition),
        "topic": visible(dilemma.topic_label, breaks=False),
        "scenario": visible(dilemma.scenario_text),
        "why": visible(dilemma.scenario_reasoning),
        "actions": [
            {"text": visible(action.text), "why": visible(action.reasoning)}
            for action in dilemma.actions
        ],
    }
