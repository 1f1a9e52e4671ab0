"""Templates and dilemma files of a study that are wrong: one message each, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from refused import Desk

RUN = ["run", "s.toml", "--out", "out"]
HEAD = 'study = "value-action"\n'
FIX = "correct the file"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"value.j2": "{% if %}"}, ("value.j2, line 1", "mend the template")),
        ({"value.j2": "a\n{% for %}"}, ("value.j2, line 2",)),
        ({"action.j2": "{{ nope }}"}, ("action.j2: 'nope' is undefined", "it may use: field,")),
        ({"persona.j2": "{{ nope }}"}, ("'nope' is undefined", "it may use: field,")),
        ({"instructions.j2": "{{ persona }}"}, ("instructions.j2", "it may use: no names")),
        ({"value.j2": "{{ scenario | nope }}"}, ("value.j2", "No filter named 'nope'")),
        ({"value.j2": "{{ ''.__class__.__mro__ }}"}, ("value.j2", "unsafe", "mend")),
        ({"value.j2": "{{ options.append(1) }}"}, ("value.j2", "append", "mend")),
        ({"value.j2": "{% include '../../../../../etc/passwd' %}"}, ("no file '../", ".j2 file")),
        ({"value.j2": "{% include '/etc/passwd' %}"}, ("no file '/etc/passwd'", ".j2 file")),
        ({"value.j2": "{% include 'my.txt' %}", "my.txt": "x"}, ("no file 'my.txt'", ".j2 file")),
        ({"value.j2": "{% include 'value.j2' %}"}, ("without end", "mend the template")),
        ({"value.j2": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"}, ("without end",)),
        ({"value.j2": "{% for i in range(10**9) %}x{% endfor %}"}, ("Range too big", "100000")),
        ({"value.j2": "{{ 1 // 0 }}"}, ("value.j2", "division", "mend")),
        ({"value.j2": ""}, ("empty value prompt", "mend")),
        ({"instructions.j2": " \n"}, ("empty value prompt",)),
        ({"value.j2": bytes(range(256))}, ("value.j2 is not UTF-8", "save it as UTF-8")),
        ({"value.j2/x": ""}, ("value.j2 cannot be read", "Is a directory", "that it is a file")),
        ({"valeu.j2": "x"}, ("replaces no template", "value.j2")),
        ({"readme.txt": "x"}, ("replaces no template", "action.j2")),
    ],
    ids=lambda given: "-".join(given)[:60] if isinstance(given, dict) else "",
)
def test_templates_of_ones_own_that_are_wrong(
    desk: Desk, files: dict[str, str | bytes], says: tuple[str, ...]
) -> None:
    for name, content in files.items():
        desk.put(f"mine/{name}", content)
    desk.put("s.toml", f'{HEAD}templates = "mine"\n')
    desk.turned_away(RUN, ("s.toml", *says))


def test_a_template_that_fails_for_one_rendering_alone(desk: Desk) -> None:
    desk.put("mine/persona.j2", "{% if variables %}{{ persona }}{% else %}{{ nope }}{% endif %}")
    renderings = '["explicit", "statements", "gloss"]'
    desk.put("s.toml", f'{HEAD}templates = "mine"\n[personas]\nrenderings = {renderings}\n')
    desk.turned_away(RUN, ("'nope' is undefined",))


RECORD = {
    "value": "equality",
    "topic": "work",
    "scenario_text": "You share out a bonus.",
    "option_a_strong": "1",
    "option_a_moderate": "2",
    "option_a_mild": "3",
    "option_b_mild": "4",
    "option_b_moderate": "5",
    "option_b_strong": "6",
}


def line(**changed: Any) -> str:
    """A line of a dilemma file; None leaves a key out."""
    return json.dumps({k: v for k, v in (RECORD | changed).items() if v is not None})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(f"{line()}\n{{nope\n", ("line 2", "is not JSON", "column 2", FIX), id="JSON"),
        pytest.param(f"{line()}\n\n3\n", ("line 3", "a number, 3", "JSON object"), id="a number"),
        pytest.param(
            line(scenario_text=None), ("line 1", "scenario_text: is missing", FIX), id="key missing"
        ),
        pytest.param(
            line(id="a") + "\n" + line(id="a"), ("line 2", "'a' is the id of line 1"), id="id twice"
        ),
        pytest.param("", ("is empty", "one dilemma a line"), id="empty"),
        pytest.param("\n \n", ("is empty", "one dilemma a line"), id="blank"),
        pytest.param(
            line(topics="x"), ("topics: is not a known key", "did you mean 'topic'?"), id="unknown"
        ),
        pytest.param(
            line(value="equalty"), ("'equalty'", "did you mean 'equality'?"), id="unknown value"
        ),
        pytest.param(
            line(value="thrift"), ("'thrift'", "value_label and value_definition"), id="own value"
        ),
        pytest.param(
            line(option_a_mild="1"), ("option_a_mild", "option_a_strong", "must differ"), id="alike"
        ),
        pytest.param(line(scenario_text=3), ("scenario_text: must be text, not 3",), id="number"),
        pytest.param(line(scenario_text=" "), ("scenario_text: is empty; write it",), id="no text"),
        pytest.param(line(schema=3), ("schema: is 3", "reads schema 1 and 2"), id="schema"),
        pytest.param(f"[{line()}]", ("one JSON document", "one object a line"), id="a list"),
        pytest.param(json.dumps(RECORD, indent=1), ("one object a line",), id="many lines"),
        pytest.param(line().encode("utf-16"), ("UTF-16", "save it as UTF-8"), id="UTF-16"),
        pytest.param(b'{"value": "\xe9"}', ("line 1", "0xe9", "save it as UTF-8"), id="Latin-1"),
        pytest.param(line(scenario_text=float("nan")), ("line 1", "NaN is no JSON"), id="NaN"),
        pytest.param('{"a":' * 99_999, ("line 1", "nested too deeply"), id="deep"),
    ],
)
def test_a_dilemma_file_that_is_wrong(
    desk: Desk, content: str | bytes, says: tuple[str, ...]
) -> None:
    desk.put("study/d.jsonl", content)
    desk.put("study/s.toml", f'{HEAD}[dilemmas]\nsource = "d.jsonl"\n')
    arguments = ["run", "study/s.toml", "--out", "out"]
    desk.turned_away(arguments, (str(Path("study/d.jsonl")), *says))


def test_more_dilemmas_than_ones_own_file_holds(desk: Desk) -> None:
    desk.put("d.jsonl", line())
    desk.put("s.toml", f'{HEAD}[dilemmas]\nsource = "d.jsonl"\n')
    desk.turned_away([*RUN, "--sample", "2"], ("sample = 2", "take at most 1"))
