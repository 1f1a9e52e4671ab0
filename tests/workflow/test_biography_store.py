"""The store of biographies in the making: one writer, torn lines, file systems without links."""

import os

import pytest

from mores.errors import PersonaError, StoreError, StoreLockedError
from mores.personas.biography_files import Making, read_biographies
from mores.personas.biography_grammar import GRAMMAR, composed
from mores.workflow.biography_store import opened

MAKING = Making(GRAMMAR, True, 0)
STORIES = list(composed(range(4)))


def test_a_second_writer_is_turned_away(tmp_path):
    out = tmp_path / "b.jsonl"
    with opened(out, MAKING) as store:
        store.put(STORIES)
        with pytest.raises(StoreLockedError, match="is being written by"), opened(out, MAKING):
            pass
    with opened(out, MAKING) as store:
        assert list(store.kept) == STORIES
        store.publish()
    assert [p.name for p in tmp_path.iterdir()] == ["b.jsonl"]


@pytest.mark.parametrize("torn", [b'{"configuration":', b"x" * 200_000])
def test_a_torn_line_is_dropped_and_no_other(tmp_path, torn):
    out = tmp_path / "b.jsonl"
    lines = tmp_path / "b.jsonl.partial" / "biographies.jsonl"
    with opened(out, MAKING) as store:
        store.put(STORIES[:2])
    with lines.open("ab") as file:
        file.write(torn)
    with opened(out, MAKING) as store:
        assert list(store.kept) == STORIES[:2]
        store.put(STORIES[2:])
        store.publish()
    assert list(read_biographies(out).biographies) == STORIES


def test_a_torn_first_line_is_no_beginning(tmp_path):
    lines = tmp_path / "b.jsonl.partial" / "biographies.jsonl"
    lines.parent.mkdir()
    lines.write_bytes(b'{"schema":"mores/bio')
    with opened(tmp_path / "b.jsonl", MAKING) as store:
        assert store.kept == ()
        store.put(STORIES)
    assert len(read_biographies(lines).biographies) == 4


def test_what_is_no_such_file_is_told_and_left(tmp_path):
    lines = tmp_path / "b.jsonl.partial" / "biographies.jsonl"
    lines.parent.mkdir()
    lines.write_bytes(b"my notes\n")
    with (
        pytest.raises(PersonaError, match=r"remove .*partial to begin anew"),
        opened(tmp_path / "b.jsonl", MAKING),
    ):
        pass
    assert lines.read_bytes() == b"my notes\n"


def test_without_links_the_file_is_copied_and_never_onto_another(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refused)
    out = tmp_path / "b.jsonl"
    with opened(out, MAKING) as store:
        store.put(STORIES)
        out.write_text("theirs", "utf-8")
        with pytest.raises(PersonaError, match="came to be meanwhile"):
            store.publish()
        assert out.read_text("utf-8") == "theirs"
        out.unlink()
        store.publish()
    assert list(read_biographies(out).biographies) == STORIES
    assert [p.name for p in tmp_path.iterdir()] == ["b.jsonl"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "b.jsonl.partial").write_text("a file", "utf-8")
    with pytest.raises(StoreError), opened(tmp_path / "b.jsonl", MAKING):
        pass
