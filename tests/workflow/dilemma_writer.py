"""A model that writes, reads and checks dilemmas, well or as a test wants it to."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from mores.instruments.dilemma_actions import ACTIONS, action_key
from mores.instruments.dilemma_checks import CHECKS
from mores.prompts.dilemma_prompts import LETTERS, PLACES

_COMMON = "the of and to in that it is was for on with as at by from"
_FILLER = (
    "river market bread winter window garden school letter bridge train music harbour "
    "kitchen mountain paper lamp doctor street village morning evening bicycle cousin "
    "island forest valley teacher baker tailor farmer ticket concert library museum station "
    "meadow orchard cellar attic bench table basket blanket candle ladder hammer needle "
    "thread button ribbon barrel wagon ferry "
)


def told_pair(text: str) -> tuple[str, str]:
    """Labels of the value and the topic that a writing request names."""
    value = re.search(r"^The value: (.+?), that is:", text, re.MULTILINE)
    topic = re.search(r"^The sphere of life: (.+?)(?:, that is:|$)", text, re.MULTILINE)
    assert value is not None
    assert topic is not None
    return value[1], topic[1]


def well_written_dilemma(value: str, topic: str, variant: int = 0, **fields: object) -> str:
    """A good reply to a writing request; another variant has other words throughout.

    Each action ends in its own id, by which `well_placed` knows it.
    """
    draw = random.Random(f"{value} {topic} {variant}")

    def words(n: int) -> str:
        return " ".join(
            draw.choice((_FILLER, _COMMON)[draw.random() < 0.4].split()) for _ in range(n)
        )

    told: dict[str, Any] = {
        "scenario_reasoning": "Two claims that both have weight.",
        "scenario_text": f"You decide: {words(60)}.",
    }
    for action in ACTIONS:
        told[action_key(action)] = (
            f"I take the {words(10)} and I sign it {action.replace('-', ' ')}."
        )
        told[f"{action_key(action)}_reasoning"] = "It gives the value its due."
    told |= {"competing": "peace at home", "setting": f"village, {words(3)}", "presumes": []}
    return json.dumps(told | fields)


def well_placed(text: str, **changes: str) -> str:
    """A good reply to a request for a blind reading, but for actions said to be in other places."""
    names = {action: place for place, action in PLACES.items()}
    told = {}
    for letter in LETTERS:
        found = re.search(rf"^{letter}\. .* sign it ([ab]) (\w+)\.$", text, re.MULTILINE)
        assert found is not None, text
        action = f"{found[1]}-{found[2]}"
        told[letter] = names[changes.get(action.replace("-", "_"), action)]
    return json.dumps(told)


def well_checked(**failed: str) -> str:
    """A good reply to a request for the four checks, but for those that fail for a reason."""
    return json.dumps(
        {
            name: {"passed": name not in failed, "reason": failed.get(name, "Fine.")}
            for name in CHECKS
        }
    )


def kind_of(text: str) -> str:
    """Which of the three requests a first message is."""
    if text.startswith("You are writing material"):
        return "write"
    return "blind" if text.startswith("A person is in the situation") else "check"
