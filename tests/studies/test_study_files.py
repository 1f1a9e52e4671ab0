"""Study, template and dilemma files that are wrong: one message each, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from refused import Desk

STUDY = """\
schema = 1
study = "value-action"
title = "A study"
seed = 7
language = "en"
#TOP

[dilemmas]
source = "mores"
values = []
topics = []

[personas]
baseline = true
categories = ["max"]
indices = []
renderings = ["explicit"]

[scales]
value = "agreement-6"

[asking]
repeats = 3
shuffle = true
reask = 2
structured = "auto"

[sampling]
temperature = 0.2
top_p = 0.95
top_k = 64
max_tokens = 1024

[analysis]
draws = 200
permutations = 200
level = 0.95
"""
RUN = ["run", "s.toml", "--out", "out"]

HEAD = 'study = "value-action"\n'
FIX = "correct the file"
WHOLE = "must be a whole number"


def test_the_study_that_all_cases_are_made_of_is_usable(desk: Desk) -> None:
    desk.put("s.toml", STUDY)
    code, said = desk.call(*RUN, "--dry-run", "--sample", "2")
    assert code == 0
    assert "Nothing was asked." in said
    assert list(desk.contents()) == ["s.toml"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("a = [1,\n", ("s.toml", "not valid TOML", "correct it"), id="syntax"),
        pytest.param("seed = 1\nseed = 2\n", ("not valid TOML", "line 2"), id="a key twice"),
        pytest.param("seed = 007\n", ("not valid TOML", "line 1"), id="leading zeros"),
        pytest.param("", ("study is missing", 'add study = "value-action"'), id="empty"),
        pytest.param("# later\n", ("study is missing",), id="only a comment"),
        pytest.param(bytes(range(256)), ("not UTF-8", "save it as UTF-8"), id="binary"),
        pytest.param(STUDY.encode("utf-16"), ("not UTF-8", "save it as UTF-8"), id="UTF-16"),
        pytest.param('title = "café"'.encode("latin-1"), ("not UTF-8",), id="Latin-1"),
        pytest.param(HEAD + 'title = "\0"\n', ("not valid TOML",), id="NUL"),
        pytest.param("#" * 2**21, ("larger than 1 MiB", "files of their own"), id="2 MiB"),
        pytest.param("a = " + "[" * 9999, ("nested too deeply", "write it flat"), id="deep lists"),
        pytest.param(
            f"{HEAD}title.{'.'.join('a' * 5000)} = 1\n",
            ("title: must be text", FIX),
            id="deep keys",
        ),
        pytest.param(f"{HEAD}seed = {'9' * 5000}\n", ("4300 digits",), id="5000 digits"),
        pytest.param(
            f"{HEAD}seed = 0x{'f' * 5000}\n", ("thousands of digits", "smaller"), id="long hex"
        ),
    ],
)
def test_a_file_that_is_no_study_at_all(
    desk: Desk, content: str | bytes, says: tuple[str, ...]
) -> None:
    desk.put("s.toml", content)
    desk.turned_away(RUN, ("s.toml", *says))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nope.toml", ("no file nope.toml", "mores studies show value-action > nope.toml")),
        ("value-acton", ("'value-acton'", "did you mean 'value-action'?", "path of a study file")),
        ("", ("''", "value-action")),
        (".", (". is a folder", "path of a TOML file")),
        ("file/s.toml", ("'file/s.toml'", "Not a directory", "check the path")),
        ("x" * 300 + ".toml", ("File name too long", "check the path")),
        ("x" * 300, ("neither a preset nor a TOML file", "value-action")),
    ],
)
def test_a_study_that_is_not_there(desk: Desk, name: str, says: tuple[str, ...]) -> None:
    desk.put("file", "")
    desk.turned_away(["run", name, "--out", "out"], says)


FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    # the protocol and the format
    ('study = "value-action"', 'study = "value_action"'): ("did you mean 'value-action'?",),
    ('study = "value-action"', "study = 3"): ("study = 3", "allowed: value-action"),
    ('study = "value-action"', "study = []"): ("study = []", "allowed: value-action"),
    ('study = "value-action"', ""): ("study is missing", "add study"),
    ("schema = 1", "schema = 2"): ("schema: is 2", "reads schema 1", "upgrade mores"),
    ("schema = 1", "schema = true"): ("schema", WHOLE, "True"),
    ("schema = 1", "schema = 1.0"): ("schema", WHOLE, "1.0"),
    # unknown fields, on each level
    ("seed = 7", "sed = 7"): ("sed is not a field", "did you mean 'seed'?", "allowed: schema,"),
    ("seed = 7", "zzz = 7"): ("zzz is not a field; allowed: schema,", FIX),
    ("[asking]", "[askings]"): ("askings is not a field", "did you mean 'asking'?"),
    ("repeats = 3", "repeat = 3"): ("asking.repeat ", "did you mean 'repeats'?"),
    ("top_k = 64", "topk = 64"): ("sampling.topk ", "did you mean 'top_k'?"),
    ("draws = 200", "draw = 200"): ("analysis.draw ", "did you mean 'draws'?"),
    ("values = []", "value = []"): ("dilemmas.value ", "did you mean 'values'?"),
    ("baseline = true", "base_line = true"): ("personas.base_line ", "did you mean 'baseline'?"),
    ('value = "agreement-6"', 'scale = "x"'): ("scales.scale is not a field", "value_labels"),
    # types
    ("seed = 7", "seed = true"): ("seed", WHOLE, "True", FIX),
    ("seed = 7", "seed = 7.0"): ("seed", WHOLE, "7.0"),
    ("seed = 7", 'seed = "7"'): ("seed", WHOLE, "'7'"),
    ("seed = 7", "seed = 2026-01-01"): ("seed", WHOLE, "2026"),
    ("repeats = 3", "repeats = true"): ("asking.repeats", WHOLE, "True"),
    ("shuffle = true", "shuffle = 1"): ("asking.shuffle", "true or false", "1"),
    ("shuffle = true", 'shuffle = "yes"'): ("asking.shuffle", "true or false", "'yes'"),
    ("temperature = 0.2", 'temperature = "0.2"'): ("temperature", "must be a number", "'0.2'"),
    ("temperature = 0.2", "temperature = false"): ("temperature", "must be a number", "False"),
    ('title = "A study"', "title = 3"): ("title", "must be text", "3"),
    ("values = []", 'values = "equality"'): ("dilemmas.values", "must be a list", "'equality'"),
    ("values = []", "values = [1]"): ("dilemmas.values[1]", "must be text", "1"),
    ("indices = []", "indices = [0, true]"): ("personas.indices[2]", WHOLE, "True"),
    ("#TOP", "personas = []\n#"): ("not valid TOML",),
    ("[asking]", "[asking.deeper]"): ("asking.deeper is not a field", "allowed: repeats"),
    # ranges
    ("seed = 7", "seed = -1"): ("seed", "greater than or equal to 0", "-1", FIX),
    ("seed = 7", "seed = 9007199254740992"): ("seed", "less than 9007199254740992", FIX),
    ("#TOP", "sample = 0"): ("sample", "greater than or equal to 1", "0"),
    ("#TOP", "sample = 999999"): ("sample = 999999", "take at most 616"),
    ("repeats = 3", "repeats = 0"): ("asking.repeats", "greater than or equal to 1", "0"),
    ("repeats = 3", "repeats = 101"): ("asking.repeats", "less than or equal to 100", "101"),
    ("reask = 2", "reask = 99"): ("asking.reask", "less than or equal to 15", "99"),
    ("reask = 2", "reask = -1"): ("asking.reask", "greater than or equal to 0", "-1"),
    ('structured = "auto"', 'structured = "maybe"'): ("structured", "'maybe'", "'auto'", "'never'"),
    ("temperature = 0.2", "temperature = 3"): ("temperature", "less than or equal to 2", "3"),
    ("temperature = 0.2", "temperature = nan"): ("sampling.temperature", "nan"),
    ("temperature = 0.2", "temperature = inf"): ("sampling.temperature", "inf"),
    ("top_p = 0.95", "top_p = 0"): ("sampling.top_p", "greater than 0"),
    ("top_p = 0.95", "top_p = 1.01"): ("sampling.top_p", "less than or equal to 1", "1.01"),
    ("top_k = 64", "top_k = 0"): ("sampling.top_k", "greater than or equal to 1"),
    ("max_tokens = 1024", "max_tokens = 7"): ("max_tokens", "greater than or equal to 8", "7"),
    ("level = 0.95", "level = 1.5"): ("analysis.level", "less than or equal to 0.999", "1.5"),
    ("level = 0.95", "level = 95"): ("analysis.level", "less than or equal to 0.999", "95"),
    ("level = 0.95", "level = nan"): ("analysis.level", "nan"),
    ("draws = 200", "draws = 1"): ("analysis.draws", "greater than or equal to 100", "1"),
    ("permutations = 200", "permutations = 1000000"): ("analysis.permutations", "100000"),
    ('"A study"', f'"{"x" * 301}"'): ("title", "at most 300 characters"),
    # what the study asks about, and of whom
    ("values = []", 'values = ["equalty"]'): ("dilemmas.values: ", "did you mean 'equality'?"),
    ("topics = []", 'topics = ["works"]'): ("dilemmas.topics: ", "did you mean 'work'?", "leisure"),
    ('["max"]', '["maxi"]'): ("categories: there is no 'maxi'", "did you mean 'max'?", "moderate"),
    ('["max"]', '["baseline"]'): ("categories: there is no 'baseline'", "allowed: incongruous"),
    ("indices = []", "indices = [93312]"): ("personas.indices[1]", "less than 93312", "93312"),
    ("indices = []", "indices = [0, -1]"): ("indices[2]", "greater than or equal to 0", "-1"),
    ("indices = []", "indices = [5, 5]"): ("'grid-00005' is there twice", "name of its own"),
    ('["explicit"]', '["explicite"]'): ("renderings[1]", "'explicite'", "'gloss'", FIX),
    ('["explicit"]', "[]"): ("personas.renderings is empty", "give at least 1"),
    ('["explicit"]', '["gloss", "gloss"]'): ("renderings names one twice", "name each once"),
    ('true\ncategories = ["max"]', "false\ncategories = []"): ("personas.baseline = true",),
    ('language = "en"', 'language = "xx"'): ("language 'xx'", "allowed: en"),
    ('language = "en"', 'language = "../en"'): ("language '../en'", "allowed: en"),
    ('source = "mores"', 'source = "nope.jsonl"'): ("nope.jsonl", "no such file", "check the path"),
    ('source = "mores"', 'source = ""'): ("dilemmas.source", "at least 1 character"),
    ('source = "mores"', 'source = "."'): ("is a directory", "name a file in it"),
    ("#TOP", 'templates = ""'): ("templates", "at least 1 character"),
    ("#TOP", 'templates = "nope"'): ("'nope' does not exist", "create it or leave it out"),
    ("#TOP", 'templates = "s.toml"'): ("'s.toml' does not exist", "create it or leave it out"),
    # scales
    ('"agreement-6"', '"agreement-5"'): ("scales.value", "'agreement-5'", "allowed: 'agreement-6'"),
}


@pytest.mark.parametrize(
    ("change", "says"), FIELDS.items(), ids=[f"{old} to {new[:40]}" for old, new in FIELDS]
)
def test_a_field_that_is_wrong(desk: Desk, change: tuple[str, str], says: tuple[str, ...]) -> None:
    old, new = change
    assert STUDY.count(old) == 1
    desk.put("s.toml", STUDY.replace(old, new))
    desk.turned_away(RUN, ("s.toml", *says))


def test_all_faults_are_told_at_once(desk: Desk) -> None:
    desk.put("s.toml", STUDY.replace("seed = 7", "seed = -1").replace("reask = 2", "reask = 99"))
    message = desk.turned_away(RUN, ("2 problems", FIX))
    assert message.count("\n") == 2
    assert "\n  seed: " in message
    assert "\n  asking.reask: " in message


def test_of_many_faults_ten_are_told(desk: Desk) -> None:
    desk.put("s.toml", HEAD + "".join(f"zz{n} = 1\n" for n in range(50)))
    assert "and 40 more" in desk.turned_away(RUN, ("50 problems",))


def test_values_and_topics_that_never_meet(desk: Desk) -> None:
    from mores.instruments.dilemmas import dilemma_json, read_dilemmas

    few = [d for d in read_dilemmas() if (d.value == "equality") != (d.topic == "work")]
    desk.put("few.jsonl", "".join(dilemma_json(d) + "\n" for d in few))
    text = STUDY.replace('source = "mores"', 'source = "few.jsonl"')
    text = text.replace("values = []", 'values = ["equality"]')
    desk.put("s.toml", text.replace("topics = []", 'topics = ["work"]'))
    desk.turned_away(RUN, ("no dilemma has both", "widen either"))


@pytest.mark.parametrize(
    ("scales", "says"),
    [
        ('value_labels = ["a", "b"]', ("value_labels", "2 labels and 0 scores", "one score")),
        ("value_scores = [1, -1]", ("value_labels", "0 labels and 2 scores")),
        (
            'value_labels = ["a", "b", "c"]\nvalue_scores = [1, -1]',
            ("3 labels and 2 scores", "give each label one score"),
        ),
        (
            'value_labels = ["a", "b"]\nvalue_scores = [1, 0.5]',
            ("from 0.5 to 1.0", "one below 0", "correct the scale"),
        ),
        ('value_labels = ["a", "A"]\nvalue_scores = [1, -1]', ("'A'", "labels must be unique")),
        ('value_labels = ["a", "b"]\nvalue_scores = [2, -1]', ("2.0", "from -1 to 1")),
        ('value_labels = ["a", "b"]\nvalue_scores = [nan, -1]', ("nan", "from -1 to 1")),
        ('value_labels = ["a", "b"]\nvalue_scores = [inf, -1]', ("inf", "from -1 to 1")),
        ('value_labels = ["a", "b"]\nvalue_scores = [true, -1]', ("must be a number", "True")),
        ('value_labels = ["a"]\nvalue_scores = [1]', ("1 options", "allowed: 2 to")),
        ('value_labels = ["", "b"]\nvalue_scores = [1, -1]', ("value_labels[1]", "at least 1")),
        ('value_labels = ["\\n", "b"]\nvalue_scores = [1, -1]', ("one short line of text",)),
        (
            f"value_labels = {[f'l{n}' for n in range(21)]}\nvalue_scores = {[1] * 20 + [-1]}",
            ("value_labels has 21 labels", "20 at most"),
        ),
        ("action_scores = [1, 0.5, 0.2, -0.5, -1]", ("has 5 numbers", "one for each of strong")),
        ("action_scores = [1, 1, 1, 1, 1, 1]", ("action_scores", "one below 0")),
        ("action_scores = [5, 1, 0, 0, -1, -1]", ("action_scores", "5.0", "from -1 to 1")),
        ("action_scores = [-1, -0.6, -0.2, 0.2, 0.6, 1]", ("rises", "strongly aligned", "first")),
    ],
)
def test_a_scale_of_ones_own_that_is_wrong(desk: Desk, scales: str, says: tuple[str, ...]) -> None:
    desk.put("s.toml", f"{HEAD}[scales]\n{scales}\n")
    desk.turned_away(RUN, ("s.toml", *says))


LEVELS = {
    "religiosity": "very important",
    "child_rearing_value": "neutral",
    "moral_acceptability": "never justifiable",
    "social_trust": "most people trusted",
    "political_participation": "passive participant",
    "national_pride": "very proud",
    "happiness": "very happy",
    "gender_equality": "egalitarian",
    "materialism_orientation": "mixed",
    "tolerance_diversity": "high tolerance",
}


def persona(levels: dict[str, Any], **fields: str) -> str:
    """The TOML of a persona of one's own."""
    head = "".join(f"{k} = {json.dumps(v)}\n" for k, v in ({"name": "me"} | fields).items())
    lines = "".join(f"{k} = {json.dumps(v)}\n" for k, v in levels.items())
    return f"[[personas.own]]\n{head}[personas.own.levels]\n{lines}"


def test_the_persona_that_the_cases_are_made_of_is_usable(desk: Desk) -> None:
    desk.put("s.toml", HEAD + persona(LEVELS))
    assert desk.call(*RUN, "--dry-run", "--sample", "1")[0] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            persona({k: v for k, v in LEVELS.items() if k not in ("happiness", "religiosity")}),
            ("persona 'me'", "no level for religiosity, happiness", "each of the ten"),
            id="variables missing",
        ),
        pytest.param(
            persona(LEVELS | {"hapiness": "very happy"}),
            ("'hapiness' is not a cultural variable", "did you mean 'happiness'?"),
            id="unknown variable",
        ),
        pytest.param(
            persona(LEVELS | {"happiness": "very hapy"}),
            ("'very hapy' is not a level", "did you mean 'very happy'?", "not at all happy"),
            id="unknown level",
        ),
        pytest.param(
            persona(LEVELS | {"happiness": 3}),
            ("personas.own[1].levels.happiness", "must be text", "3"),
            id="level by number",
        ),
        pytest.param(persona(LEVELS) * 2, ("'me' is there twice", "of its own"), id="twice"),
        pytest.param(
            persona(LEVELS, name="moderate-secular"),
            ("'moderate-secular' is there twice", "name of its own"),
            id="name of a shipped one",
        ),
        pytest.param(persona(LEVELS, name="Baseline"), ("other than 'baseline'",), id="baseline"),
        pytest.param(persona(LEVELS, name=""), ("own[1].name", "at least 1"), id="no name"),
        pytest.param(persona(LEVELS, name="a\nb"), ("one short line of text",), id="two lines"),
        pytest.param(persona(LEVELS, name="x" * 81), ("own[1].name", "at most 80"), id="long name"),
        pytest.param(
            persona(LEVELS, category="all personas"),
            ("'all personas'", "name another"),
            id="category of all",
        ),
        pytest.param(
            '[[personas.own]]\nname = "x"\nlevel = {}\n',
            ("own[1].levels: is missing", "own[1].level is not a field", "did you mean 'levels'?"),
            id="levels misspelt",
        ),
        pytest.param(
            '[personas]\nown = {name = "x"}\n', ("personas.own", "must be a list"), id="no list"
        ),
    ],
)
def test_a_persona_of_ones_own_that_is_wrong(desk: Desk, text: str, says: tuple[str, ...]) -> None:
    desk.put("s.toml", HEAD + text)
    desk.turned_away(RUN, ("s.toml", *says))
