from __future__ import annotations

import pytest

from mores.errors import InstrumentError
from mores.workflow.partial_files import PartialFile, check_new


@pytest.fixture
def partial(tmp_path):
    return PartialFile(tmp_path / "out.jsonl", "lines", InstrumentError)


def test_lines_are_kept_until_they_are_put_in_place(partial):
    with partial.held():
        partial.append("one\n")
        partial.append("two\n")
        assert not partial.out.exists()
    assert partial.lines.read_text() == "one\ntwo\n"
    with partial.held():
        assert partial.cut_torn_line()
        partial.publish()
    assert partial.out.read_text() == "one\ntwo\n"
    assert not partial.lines.parent.exists()


@pytest.mark.parametrize(
    ("kept", "left"),
    [("", ""), ("torn", ""), ("one\nto", "one\n"), ("x" * 70_000 + "\nt", "x" * 70_000 + "\n")],
)
def test_a_torn_line_goes(partial, kept, left):
    with partial.held():
        partial.append(kept)
        assert partial.cut_torn_line() is bool(left)
        assert partial.lines.read_text() == left


def test_nothing_kept_leaves_nothing(partial):
    with partial.held():
        assert not partial.cut_torn_line()
    assert not partial.lines.parent.exists()


def test_a_text_made_from_the_lines_is_put_once_and_over_nothing(partial, tmp_path):
    beside = tmp_path / "beside.jsonl"
    with partial.held():
        partial.append("raw\n")
        partial.publish_as("made\n", beside)
        partial.publish_as("made\n", beside)  # what an earlier call put there
        with pytest.raises(InstrumentError, match="came to be meanwhile; the lines are kept"):
            partial.publish_as("other\n", beside)
        assert beside.read_text() == "made\n"
        assert partial.lines.read_text() == "raw\n"
        assert [p.name for p in partial.lines.parent.iterdir() if p.name.startswith(".out")] == []


def test_a_file_that_came_to_be_is_not_replaced(partial):
    with partial.held():
        partial.append("mine\n")
        partial.out.write_text("theirs\n")
        with pytest.raises(InstrumentError, match="came to be meanwhile"):
            partial.publish()
    assert partial.out.read_text() == "theirs\n"
    assert partial.lines.read_text() == "mine\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("there.jsonl", "is there already"),
        ("new.json", "ends in .jsonl"),
        ("no/new.jsonl", "does not exist"),
    ],
)
def test_places_that_cannot_be_written(tmp_path, name, says):
    (tmp_path / "there.jsonl").touch()
    with pytest.raises(InstrumentError, match=says):
        check_new(tmp_path / name, "lines", InstrumentError)
