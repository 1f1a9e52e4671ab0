"""Files of biographies: what is written is read back, and every fault is told with its line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.personas.biographies import Biography, Demographics, Reading
from mores.personas.biography_files import (
    Making,
    line_of,
    making_line,
    read_biographies,
)
from mores.personas.biography_grammar import GRAMMAR, composed

MAKING = Making(GRAMMAR, True, 3, planned=2, configurations="m1-0")
PERSON = Demographics(43, "female", "isced-3-4", "office", "town", "SWE")
FULL = Biography(
    17,
    PERSON,
    '=HYPERLINK("http://x") <script> \u2028 line',
    "w",
    "de",
    3,
    "rejected",
    ("contradicts:religiosity", "too-short"),
    ("leak:happiness",),
    Reading("r", (-1, 0, 1, 0, 1, 2, 3, 0, 1, 2)),
    (("age", "no-json"), ()),
    ((9, 2),),
)


def put(folder, *lines):
    path = folder / "b.jsonl"
    path.write_bytes(b"".join(x.encode() if isinstance(x, str) else x for x in lines))
    return path


def test_what_is_written_is_read_back_to_the_letter(tmp_path):
    some = [FULL, *composed([0, 5, 93_311], contradictions=1)]
    path = put(tmp_path, making_line(MAKING), *map(line_of, some))
    found = read_biographies(path)
    assert found.making == MAKING
    assert list(found.biographies) == some
    assert len(path.read_text("utf-8").split("\u2028")) == 1
    # as people save such files
    put(tmp_path, b"\xef\xbb\xbf", making_line(MAKING), "\r\n", line_of(FULL).strip())
    assert read_biographies(path).biographies == (FULL,)
    assert read_biographies(path, torn=True).biographies == ()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=50))
def test_any_story_is_only_data(text):
    line = line_of(Biography(1, PERSON, text, "w", status="rejected"))
    assert json.loads(line)["text"] == text
    assert len(line.splitlines()) == 1 or any(c in text for c in "\x0b\x0c\x1c\x1d\x1e\x85")


def changed(**fields):
    return json.dumps(json.loads(line_of(FULL)) | fields) + "\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense\n", "line 2.*JSON"),
        ("[]\n", "line 2"),
        (changed(configuration=93_312), "line 2: configuration"),
        (changed(configuration=1.5), "line 2: configuration: must be a whole number"),
        (changed(configuration=10**3999), "line 2"),
        (changed(colour="red"), "line 2: colour: is not a known key"),
        (changed(status="fine"), "line 2: status"),
        (changed(text=5), "line 2: text: must be text"),
        (changed(text="a\x00b"), "line 2: text: .*control character"),
        (changed(text="x" * 30_000), "line 2: text: .*30000 characters"),
        (changed(status="accepted", text=" "), "line 2: status: accepted without"),
        (changed(status="accepted", demographics=None), "line 2: status: accepted without"),
        (changed(demographics={"age": 43}), "line 2: demographics.sex: is missing"),
        (
            changed(
                demographics={
                    "age": 12,
                    "sex": "female",
                    "education": "isced-2",
                    "occupation": "office",
                    "settlement": "town",
                }
            ),
            "line 2: demographics: age 12 is outside",
        ),
        (changed(reading={"reader": "r", "levels": [0] * 9}), "line 2: reading.levels"),
        (changed(reading={"reader": "r", "levels": [4] * 10}), "line 2: reading.levels: 4 is no"),
        (changed(reading={"reader": "r", "levels": [-2] * 10}), "line 2: reading.levels: -2 is no"),
        (changed(planted=[[10, 0]]), "line 2: planted: 10 is no variable"),
        (line_of(FULL) * 2, "line 3: configuration 17 stands there twice"),
        ("{" * 400_000, "longer than 256 KiB"),
        (b"\xff\xfe\n", "line 2"),
        ("[" * 100_000 + "\n", "line 2"),
    ],
)
def test_a_fault_is_told_with_line_and_field(tmp_path, line, said):
    path = put(tmp_path, making_line(MAKING), line)
    with pytest.raises(PersonaError, match=said) as caught:
        read_biographies(path)
    assert len(str(caught.value)) < 2000


def test_many_faults_are_told_at_once_and_not_without_end(tmp_path):
    path = put(tmp_path, making_line(MAKING), *["{}\n"] * 5000)
    with pytest.raises(PersonaError, match="11 problems") as caught:
        read_biographies(path)
    assert str(caught.value).count("\n") < 14


def test_a_file_that_is_none_is_told(tmp_path):
    with pytest.raises(PersonaError, match="there is no file"):
        read_biographies(tmp_path / "no.jsonl")
    with pytest.raises(PersonaError, match="is no regular file"):
        read_biographies(tmp_path)
    with pytest.raises(PersonaError, match="is empty"):
        read_biographies(put(tmp_path, "\n"))
    with pytest.raises(PersonaError, match=r"line 1.*first line says how"):
        read_biographies(put(tmp_path, line_of(FULL)))
    newer = making_line(MAKING).replace("biographies/1", "biographies/2")
    with pytest.raises(PersonaError, match="schema must be 'mores/biographies/1'"):
        read_biographies(put(tmp_path, newer))
    with pytest.raises(PersonaError, match="line 1: seed: must be a whole number"):
        read_biographies(put(tmp_path, making_line(MAKING).replace('"seed":3', '"seed":"3"')))
