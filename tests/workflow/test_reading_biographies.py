"""A second reading of a file: statuses follow it, readings paid for are kept, the file stays."""

import json

import pytest
from workflow.biography_writer import BiographyModel

from mores.errors import FieldworkError, PersonaError
from mores.models.registry import resolve
from mores.personas.biographies import UNCLEAR
from mores.personas.biography_files import read_biographies
from mores.records import Reply
from mores.workflow.reading_biographies import check_biographies
from mores.workflow.writing_biographies import write_biographies


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "b.jsonl"
    write_biographies(
        range(0, 93_312, 700), resolve("sim"), path, read=False, contradictions=0.3, repairs=0
    )
    return path


def test_planted_levels_are_found_offline_and_the_file_stays(file):
    before = file.read_bytes()
    found = check_biographies(file, resolve("sim"))
    assert {b.configuration for b in found if b.planted} == {
        b.configuration for b in found if b.status == "rejected"
    }
    assert all(b.reading.reader == "offline reader" for b in found)
    assert file.read_bytes() == before


def test_a_model_reads_each_story_once_without_the_configuration(file, tmp_path):
    out, model = tmp_path / "read.jsonl", BiographyModel()
    found = check_biographies(file, model, out)
    assert [b.reading.levels for b in found] == [
        b.reading.levels for b in check_biographies(file, resolve("sim"))
    ]
    assert len(model.asked) == len(found)
    assert all(
        b.text in r.messages[0].content for b, (_, _, r) in zip(found, model.asked, strict=True)
    )
    made = read_biographies(out)
    assert made.biographies == found
    assert made.making.reader == "ollama/w"
    with pytest.raises(PersonaError, match="--out"):
        check_biographies(file, model)
    with pytest.raises(PersonaError, match="is there already"):
        check_biographies(file, model, out)


def test_readings_got_are_kept_when_others_are_not(file, tmp_path):
    out = tmp_path / "read.jsonl"
    down = BiographyModel(read=lambda n, before, good: Reply(None, "down") if n == 5 else good)
    with pytest.raises(FieldworkError, match="1 of 134 biographies got no answer"):
        check_biographies(file, down, out)
    assert not out.exists()
    last = BiographyModel()
    found = check_biographies(file, last, out)
    assert len(last.asked) == 1
    assert [b.configuration for b in found] == list(range(0, 93_312, 700))


def test_a_later_reading_takes_the_place_of_an_earlier_one(file, tmp_path):
    def unclear(n, before, good):
        return json.dumps(dict.fromkeys(json.loads(good), "unclear")) if n else "nothing"

    first = check_biographies(file, resolve("sim"), tmp_path / "1.jsonl")
    second = check_biographies(
        tmp_path / "1.jsonl", BiographyModel(read=unclear), tmp_path / "2.jsonl"
    )
    assert any(b.status == "rejected" for b in first)
    assert second[0].reading is None
    assert second[0].flags == ("unread",)
    assert all(b.status == "accepted" for b in second[1:])
    assert all(b.reading.levels == (UNCLEAR,) * 10 for b in second[1:])
    third = check_biographies(tmp_path / "2.jsonl", resolve("sim"))
    assert [(b.status, b.flags) for b in third] == [(b.status, ()) for b in first]


def test_a_story_in_another_language_needs_a_model(file, tmp_path):
    other = tmp_path / "de.jsonl"
    text = file.read_text("utf-8").replace('"language":"en"', '"language":"de"')
    other.write_text(text, "utf-8")
    with pytest.raises(PersonaError, match="offline reader reads English alone"):
        check_biographies(other, resolve("sim"))
