"""What the page's tracer shows: pairs and the replies behind them, packed into few characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mores.report.value_action.answer_figures import option_label
from mores.report.value_action.labels import (
    groups_of,
    persona_label,
    renderings_of,
)
from mores.report.value_action.matrix_figure import layout_of
from mores.report.visible import clipped, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mores.report.value_action.context import Findings

__all__ = ["KEY_DIGITS", "MOST_REPLIES", "MOST_TEXTS", "trace_data"]

MOST_REPLIES = 300_000
"""With more requests than this the page lists pairs alone."""
MOST_TEXTS = 12_000
"""With more requests than this the page holds no words of replies."""
MOST_PAIRS = 200_000
KEY_DIGITS = 12
"""Of a key's 32: enough to tell apart the requests of one run, an even number."""
_TEXT = 300
_SCENARIO = 1500
_STATUS = {"refused": "r", "uncoded": "u", "failed": "f"}
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def trace_data(found: Findings) -> dict[str, Any] | None:
    """All that is embedded; None where there are too many pairs for a page.

    Pairs come in the order of the table ``pairs``: dilemmas, and within them arms. A reply's slot is
    ``(pair * 2 + question) * repeats + repeat``; `choice` holds a character a slot: the option's index,
    or r, u, f, or a full stop where nothing was asked.
    """
    study = found.study
    pairs = found.tables["pairs"]
    if pairs.height > MOST_PAIRS:
        return None
    asked, values, topics = found.asked, list(found.values), list(found.topics)
    titles = {
        (g.category, g.rendering): g.title
        for g in groups_of([(a.persona.category, a.rendering) for a in study.arms])
    }
    data: dict[str, Any] = {
        "folder": found.folder,
        "repeats": study.file.asking.repeats,
        "options": {
            "value": [option_label(o.label) for o in study.value_scale.options],
            "action": [option_label(a.id) for a in asked[0].actions],
        },
        "scores": {
            "value": [o.score for o in study.value_scale.options],
            "action": list(study.action_scores),
        },
        "values": [[visible(v, False), found.values[v]] for v in values],
        "topics": [[visible(t, False), found.topics[t]] for t in topics],
        "arms": [
            [
                visible(a.persona.id, False),
                persona_label(a.persona.id, a.persona.category),
                visible(a.persona.category, False),
                a.rendering,
                titles[a.persona.category, a.rendering],
            ]
            for a in study.arms
        ],
        "dilemmas": [
            [
                visible(d.id, False),
                values.index(d.value),
                topics.index(d.topic),
                clipped(d.scenario_text, _SCENARIO),
                [clipped(a.text, _TEXT) for a in d.actions],
            ]
            for d in asked
        ],
        "v": _rounded(pairs["value_score"]),
        "a": _rounded(pairs["action_score"]),
        "d": _rounded(pairs["alignment_distance"]),
        "matrices": _matrices(found, values),
    }
    if found.manifest["planned"] <= MOST_REPLIES:
        data |= _replies(found)
    return data


def _rounded(series: Any) -> list[float | None]:
    return [None if x is None else round(x, 4) for x in series.to_list()]


def _matrices(found: Findings, values: list[str]) -> dict[str, Any]:
    arms = {(a.persona.id, a.rendering): i for i, a in enumerate(found.study.arms)}
    plans = {}
    for place, rendering in enumerate(renderings_of(found.tables["value_by_persona"]) or ["none"]):
        plan = layout_of(found, rendering)
        name = "figure4_value_by_persona" + (f"_{rendering}" if place else "")
        plans[name] = {
            "values": [values.index(v) for v in plan.values],
            "arms": [arms[p, r] for p, _, r in plan.arms],
        }
    return plans


def slots(found: Findings) -> NDArray[np.int64]:
    """The slot of each row of answers."""
    study = found.study
    per_dilemma = len(study.arms) * 2 * study.file.asking.repeats
    dilemma, within = np.divmod(found.answers["trial"].to_numpy(), per_dilemma)
    place = np.searchsorted(study.chosen, dilemma)
    return place * per_dilemma + within


def _replies(found: Findings) -> dict[str, Any]:
    answers = found.answers
    study = found.study
    n = len(study.chosen) * len(study.arms) * 2 * study.file.asking.repeats
    choice, place = ["."] * n, ["."] * n
    keys = [" " * KEY_DIGITS] * n
    reasons: dict[str, int] = {}
    reason: list[int] = [0] * n
    at = slots(found).tolist()
    columns = [answers[c].to_list() for c in ("status", "option", "position", "key", "reason")]
    for slot, status, option, shown, key, why in zip(at, *columns, strict=True):
        choice[slot] = _STATUS.get(status) or _DIGITS[option]
        if shown is not None:
            place[slot] = _DIGITS[shown]
        keys[slot] = key.partition("-")[2][:KEY_DIGITS]
        reason[slot] = reasons.setdefault(why or "", len(reasons))
    packed: dict[str, Any] = {
        "choice": "".join(choice),
        "place": "".join(place),
        "keys": "".join(keys),
        "keyDigits": KEY_DIGITS,
        "reasons": [clipped(visible(r, breaks=False), 160) for r in reasons],
        "reason": reason,
    }
    if answers.height <= MOST_TEXTS:
        texts: list[str | None] = [None] * n
        for slot, text in zip(at, answers["text"].to_list(), strict=True):
            texts[slot] = None if text is None else clipped(text, _TEXT)
        packed["texts"] = texts
    return packed
