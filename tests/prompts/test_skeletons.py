"""Prompts as texts with gaps: as the template renders them, or not at all."""

from pathlib import Path

import pytest

from mores.prompts.letters import LETTERS
from mores.prompts.skeletons import skeleton
from mores.prompts.templates import TemplateSet

LOOP = "{% for letter, label in options %}\n{{ letter }}) {{ label }}\n{% endfor %}\n"
VALUES = ("100 % {s} %s\n", "\n\ue000value \\", "one", "two\U0001f600")


def made(folder: Path, text: str) -> TemplateSet:
    (folder / "value.j2").write_text(text, encoding="utf-8")
    return TemplateSet("en", "value_action", folder)


@pytest.mark.parametrize(
    "text",
    [
        f"100 %: {{{{ scenario }}}} {{{{ value }}}}\n{LOOP}end",
        f"{LOOP}{{{{ value }}}}{{% if persona and not no %}}{{{{ persona }}}}{{% endif %}}"
        "{{ value }}{{ scenario }}.",
        '{% if persona %}{% include "scenario.j2" %}{% else %}{{ value }}{% endif %} end',
    ],
)
def test_gaps_are_filled_as_the_template_would(text: str, tmp_path: Path) -> None:
    templates = made(tmp_path, "begin " + text)
    known = {"persona": "P %s", "no": None}
    found = skeleton(templates, "value.j2", known, ("scenario", "value"), 2)
    assert found is not None
    scenario, value, *labels = VALUES
    options = list(zip(LETTERS, labels, strict=False))
    whole = {**known, "scenario": scenario, "value": value, "options": options}
    filled = found.filler()(VALUES)
    assert filled == templates.render("value.j2", whole)
    assert found.texts[0] + found.filler(first=False)(VALUES) == filled


@pytest.mark.parametrize(
    "text",
    [
        "a {{ scenario|upper }} b",
        "a {% if scenario %}{{ scenario }}{% endif %} b",
        "a {% set x = scenario %}{{ x }} b",
        "a {{ scenario }}{{ options|length }} b",
        "a {{ options }}{{ scenario }} b",
        "a {% for pair in options %}{{ pair[1] }}{% endfor %} b",
        "a {% for letter, label in options %}{{ loop.previtem }}{{ label }}{% endfor %} b",
        "a {% for persona, label in options %}{{ label }}{% endfor %}{{ persona }} b",
        "{{ scenario }} b",
        "a {{ scenario }}",
        "a {{ scenario }} \ue000 b",
        "no gap",
        '{% include "value.j2" %}',
        "a {{ scenario }}{{ unknown }} b",
    ],
)
def test_a_template_that_does_more_is_left_alone(text: str, tmp_path: Path) -> None:
    templates = made(tmp_path, text)
    assert skeleton(templates, "value.j2", {"persona": "p"}, ("scenario", "value"), 2) is None
