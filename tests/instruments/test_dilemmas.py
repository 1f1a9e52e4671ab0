import json
import re
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mores.errors import InstrumentError
from mores.instruments.dilemma_records import known_keys
from mores.instruments.dilemmas import (
    ACTIONS,
    Action,
    dilemma_from_record,
    dilemma_json,
    read_dilemmas,
    record_of,
)
from mores.instruments.presumptions import presumptions
from mores.instruments.schwartz import topics, values

LEAST = {
    "value": "equality",
    "topic": "work",
    "scenario_text": "You share out the shifts.",
    "option_a_strong": "I draw lots for every shift.",
    "option_a_moderate": "I draw lots for most shifts.",
    "option_a_mild": "I draw lots where two ask for one.",
    "option_b_mild": "I ask the elder first, then draw lots.",
    "option_b_moderate": "I ask the elder first and the younger last.",
    "option_b_strong": "I let the elder choose.",
}
OWN = {"value": "Thrift", "value_label": "Thrift", "value_definition": "spending little"}


def write(tmp_path, *records):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def told(path):
    with pytest.raises(InstrumentError) as error:
        read_dilemmas(path)
    return str(error.value)


def test_the_least_file(tmp_path):
    (dilemma,) = read_dilemmas(write(tmp_path, LEAST))
    assert dilemma.id == "equality--work"
    assert dilemma.value_label == "Equality"
    assert dilemma.value_definition == values()["equality"].definition
    assert dilemma.topic_label == "Work Orientations"
    assert dilemma.scenario_text == LEAST["scenario_text"]
    assert dilemma.actions[2] == Action("a-mild", "I draw lots where two ask for one.", "")
    assert tuple(action.id for action in dilemma.actions) == ACTIONS
    assert dilemma.action_texts == tuple(LEAST[key] for key in LEAST if key.startswith("option"))
    assert (dilemma.scenario_reasoning, dilemma.competing, dilemma.setting) == ("", "", "")
    assert (dilemma.presumes, dilemma.validation, dilemma.source) == ((), None, "")


def test_all_fields(tmp_path):
    extra = {
        "schema": 1,
        "id": "mine-1",
        "scenario_reasoning": "why",
        "option_b_mild_reasoning": "a little",
        "competing": "seniority",
        "setting": "mill, Lodz",
        "presumes": ["paid-work", "management"],
        "validation": {
            name: {"passed": True}
            for name in ("correctness", "harmlessness", "sufficiency", "plausibility")
        },
        "source": "my own",
        "licence": "CC-BY-4.0",
    }
    (dilemma,) = read_dilemmas(write(tmp_path, LEAST | extra))
    assert dilemma.id == "mine-1"
    assert dilemma.actions[3].reasoning == "a little"
    assert dilemma.presumes == ("paid-work", "management")
    assert dilemma.validation.passed
    assert (dilemma.source, dilemma.licence) == ("my own", "CC-BY-4.0")


def test_readings_belong_to_the_text_that_was_read():
    checks = ("correctness", "harmlessness", "sufficiency", "plausibility")
    text = dilemma_from_record(LEAST).text_digest
    reading = {"reader": "x", "text": text, "placed": list(ACTIONS)}
    validation = {name: {"passed": True} for name in checks} | {"blind_readings": [reading]}
    read = dilemma_from_record(LEAST | {"validation": validation})
    assert [r.order_recovered for r in read.current_readings] == [True]
    for change in ({"scenario_text": "You wait."}, {"option_b_mild": "I wait."}):
        rewritten = dilemma_from_record(LEAST | change | {"validation": validation})
        assert rewritten.validation.blind_readings == read.validation.blind_readings
        assert rewritten.current_readings == ()
    assert dilemma_from_record(LEAST).current_readings == ()


@pytest.mark.parametrize(
    ("value", "topic", "expected"),
    [
        ("equality", "work", ("equality", "work")),
        ("Equality", "Work Orientations", ("equality", "work")),
        (" SOCIAL justice", "family and changing gender roles", ("social-justice", "family")),
        ("a spiritual life", "Space Travel", ("a-spiritual-life", "space-travel")),
    ],
)
def test_values_and_topics_by_id_or_label(value, topic, expected):
    dilemma = dilemma_from_record(LEAST | {"value": value, "topic": topic})
    assert (dilemma.value, dilemma.topic) == expected


def test_an_own_value_and_topic():
    dilemma = dilemma_from_record(LEAST | OWN | {"topic": "Space Travel"})
    assert (dilemma.value, dilemma.value_label, dilemma.value_definition) == (
        "thrift",
        "Thrift",
        "spending little",
    )
    assert (dilemma.topic, dilemma.topic_label) == ("space-travel", "Space Travel")
    assert dilemma.id == "thrift--space-travel"


def test_a_value_in_another_script():
    own = {"value": "الحرية", "value_label": "الحرية", "value_definition": "أن تفعل ما تشاء"}
    assert dilemma_from_record(LEAST | own).id == "الحرية--work"


def test_a_known_value_may_repeat_its_own_wording_but_get_no_other():
    equality = values()["equality"]
    same = {"value_label": equality.label, "value_definition": equality.definition}
    assert dilemma_from_record(LEAST | same) == dilemma_from_record(LEAST)
    with pytest.raises(InstrumentError, match="'equality' is a Schwartz value and has its wording"):
        dilemma_from_record(LEAST | {"value_label": "Fairness"})


def test_ids_are_given_where_there_are_none(tmp_path):
    path = write(
        tmp_path,
        LEAST,
        LEAST,
        LEAST | {"id": "equality--work--2"},
        LEAST | {"topic": "family"},
        LEAST,
    )
    assert [dilemma.id for dilemma in read_dilemmas(path)] == [
        "equality--work",
        "equality--work--3",
        "equality--work--2",
        "equality--family",
        "equality--work--4",
    ]


def test_byte_order_mark_blank_lines_and_windows_line_ends(tmp_path):
    path = tmp_path / "mine.jsonl"
    line = json.dumps(LEAST).encode()
    path.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n" + line + b"\n\n")
    assert len(read_dilemmas(path)) == 2
    assert read_dilemmas(str(path)) == read_dilemmas(path)


# One fault each: what is changed in the second of three lines, and what is told of it.
FAULTS = [
    ({"value": ...}, "value: is missing"),
    ({"topic": ...}, "topic: is missing"),
    ({"scenario_text": ...}, "scenario_text: is missing"),
    ({"option_b_strong": ...}, "option_b_strong: is missing"),
    ({"senario_text": "x"}, "senario_text: is not a known key; did you mean 'scenario_text'?"),
    ({"scenario_text": ""}, "scenario_text: is empty"),
    ({"option_a_mild": "\n"}, "option_a_mild: is empty"),
    ({"option_a_mild": 3}, "option_a_mild: must be text, not 3"),
    ({"option_a_mild": None}, "option_a_mild: must be text, not None"),
    ({"option_a_mild": {"text": "x"}}, "option_a_mild: must be text, not {'text': 'x'}"),
    (
        {"option_a_mild": "I let the elder choose."},
        "option_b_strong: is the same text as option_a_mild",
    ),
    ({"scenario_text": "x" * 20_001}, "scenario_text: has 20001 characters; at most 20000"),
    ({"scenario_text": "\x1b[2J"}, "scenario_text: holds the control character U+001B"),
    ({"scenario_text": "\ud800"}, "scenario_text: holds half of a surrogate pair"),
    (
        {"value": "equalty"},
        "value: 'equalty' is not one of the 56 Schwartz values; did you mean 'eq",
    ),
    ({"value": "thrift"}, "for a value of your own, give value_label and value_definition too"),
    (OWN | {"value_definition": ...}, "value: 'Thrift' is not one of the 56 Schwartz values"),
    (OWN | {"value_label": " "}, "value_label: ' ' must be one line"),
    (OWN | {"value": "?!"}, "value: '?!' is not one of the 56"),
    ({"value": "x" * 201}, "must be one line of 1 to 200 characters"),
    ({"value_label": "Fairness"}, "is a Schwartz value and has its wording"),
    ({"topic": "?!"}, "topic: '?!' holds no letter; name a topic"),
    ({"topic": 3}, "topic: must be text, not 3"),
    ({"id": ""}, "id: must be 1 to 200 visible characters"),
    ({"id": 7}, "id: must be text, not 7"),
    ({"id": "first"}, "id: 'first' is the id of line 1 too; give each dilemma its own"),
    ({"schema": 3}, "schema: is 3; this version of mores reads schema 1 and 2"),
    ({"presumes": ["cars"]}, "presumes[1]: 'cars' is not a known presumption; did you mean 'car'?"),
    ({"presumes": "car"}, "presumes: must be a list, not 'car'"),
    ({"validation": True}, "validation: must be a table of keys and values, not True"),
    ({"competing": ["a"]}, "competing: must be text, not ['a']"),
]


@pytest.mark.parametrize(("change", "says"), FAULTS, ids=[says[:40] for _, says in FAULTS])
def test_a_fault_is_told_once_with_file_line_and_remedy(tmp_path, change, says):
    faulty = {k: v for k, v in (LEAST | change).items() if v is not ...}
    message = told(write(tmp_path, LEAST | {"id": "first"}, faulty, LEAST))
    assert message.startswith(f"{tmp_path / 'mine.jsonl'}: line 2: ")
    assert says in message
    assert message.endswith("; correct the file")
    assert "\n" not in message
    assert "Traceback" not in message
    assert "pydantic" not in message


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: is not JSON"),
        ("[1]", "line 2: is a list, [1], and must be a JSON object"),
        ('{"value": NaN}', "line 2: is not usable JSON (NaN is no JSON number)"),
        (
            '{"value": "a", "value": "b"}',
            "line 2: is not usable JSON (the key 'value' occurs twice)",
        ),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "line 2: is nested too deeply"),
    ],
)
def test_a_line_that_is_no_object(tmp_path, line, says):
    path = tmp_path / "mine.jsonl"
    path.write_text(f"{json.dumps(LEAST)}\n{line}\n", encoding="utf-8")
    message = told(path)
    assert says in message
    assert "\n" not in message


def test_moderately_deep_nesting_is_no_crash(tmp_path):
    deep: object = 1
    for _ in range(150):
        deep = [deep]
    assert "competing: must be text, not [[" in told(write(tmp_path, LEAST | {"competing": deep}))


def test_all_problems_are_told_at_once(tmp_path):
    message = told(write(tmp_path, LEAST | {"topic": 1, "value": 2}, LEAST | {"presumes": 3}))
    head, *rest = message.splitlines()
    assert head.endswith("mine.jsonl: 3 problems; correct the file")
    assert rest == [
        "  line 1: value: must be text, not 2",
        "  line 1: topic: must be text, not 1",
        "  line 2: presumes: must be a list, not 3",
    ]


def test_ten_of_many_problems_are_told(tmp_path):
    lines = told(write(tmp_path, *[{} for _ in range(3)])).splitlines()
    assert "27 problems" in lines[0]
    assert len(lines) == 12
    assert lines[-1] == "  and 17 more"


def test_an_own_value_has_one_wording_in_a_file(tmp_path):
    message = told(write(tmp_path, LEAST | OWN, LEAST | OWN | {"value_definition": "saving much"}))
    assert "line 2: value: 'thrift' has another label or definition than on line 1" in message


@pytest.mark.parametrize("raw", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path, raw):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(raw)
    assert "is empty; write one dilemma a line" in told(path)


@pytest.mark.parametrize(
    ("encoding", "says"), [("utf-16", "looks like UTF-16"), ("latin-1", "byte 0xe9 is not UTF-8")]
)
def test_another_encoding(tmp_path, encoding, says):
    path = tmp_path / "mine.jsonl"
    record = LEAST | {"setting": "café, Lyon"}
    path.write_text(json.dumps(record, ensure_ascii=False), encoding=encoding)
    assert says in told(path)


def test_no_file_and_a_directory(tmp_path):
    assert "no such file" in told(tmp_path / "none.jsonl")
    assert "is a directory" in told(tmp_path)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    str.strip
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(texts, min_size=7, max_size=7, unique_by=lambda t: " ".join(t.split()).casefold()),
    st.sampled_from([{}, OWN]),
    st.sampled_from(["work", "Space Travel"]),
    st.sets(st.sampled_from(["car", "partner"])),
)
def test_a_dilemma_survives_its_line(tmp_path, written, value, topic, presumes):
    keys = ["scenario_text", *(key for key in LEAST if key.startswith("option"))]
    record = LEAST | value | {"topic": topic, "presumes": sorted(presumes)}
    dilemma = dilemma_from_record(record | dict(zip(keys, written, strict=True)))
    line = dilemma_json(dilemma)
    assert "\n" not in line
    path = tmp_path / "mine.jsonl"
    path.write_text(line + "\n", encoding="utf-8", newline="\n")
    assert read_dilemmas(path) == (dilemma,)
    assert dilemma_from_record(record_of(dilemma)) == dilemma


def test_a_faulty_record_is_told():
    with pytest.raises(
        InstrumentError, match=re.escape("dilemma: topic: is missing; correct the rec")
    ):
        dilemma_from_record({k: v for k, v in LEAST.items() if k != "topic"})


DATA = files("mores.instruments").joinpath("data", "dilemmas.jsonl")


class TestShipped:
    def test_they_are_read_once(self):
        assert read_dilemmas() is read_dilemmas(None)

    def test_every_field_is_filled(self):
        lines = DATA.read_text(encoding="utf-8").splitlines()
        wanted = set(known_keys()) - {"value_label", "value_definition"}
        for line in lines:
            # a setting that presumes nothing has no such key
            assert wanted - {"presumes"} <= set(json.loads(line)) <= wanted
        for dilemma in read_dilemmas():
            for name in ("scenario_reasoning", "competing", "setting", "source", "licence"):
                assert getattr(dilemma, name), (dilemma.id, name)
            assert all(action.reasoning for action in dilemma.actions), dilemma.id
            assert dilemma.validation is not None, dilemma.id

    def test_every_dilemma_passed_its_checks(self):
        assert [d.id for d in read_dilemmas() if not d.validation.passed] == []

    def test_ids_name_value_and_topic(self):
        for dilemma in read_dilemmas():
            stem = f"{dilemma.value}--{dilemma.topic}"
            assert re.fullmatch(re.escape(stem) + r"(--\d+)?", dilemma.id)
            assert dilemma.value in values()
            assert dilemma.topic in topics()
            assert set(dilemma.presumes) <= set(presumptions())

    def test_every_value_in_every_topic_once_and_in_order(self):
        found = [(dilemma.value, dilemma.topic) for dilemma in read_dilemmas()]
        assert found == [(value, topic) for value in values() for topic in topics()]
        assert len(found) == 616
        assert [d.id for d in read_dilemmas()] == [f"{v}--{t}" for v, t in found]

    def test_every_text_was_read_blind_as_it_stands(self):
        assert [d.id for d in read_dilemmas() if not d.current_readings] == []

    def test_no_two_scenarios_are_alike(self):
        assert len({dilemma.scenario_text for dilemma in read_dilemmas()}) == len(read_dilemmas())
