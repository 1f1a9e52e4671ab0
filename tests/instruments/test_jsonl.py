import os
import re

import pytest

from mores.errors import InstrumentError
from mores.instruments import jsonl
from mores.instruments.jsonl import read_lines


def lines(tmp_path, raw):
    path = tmp_path / "file.jsonl"
    path.write_bytes(raw)
    return [(line.number, line.record, line.problem) for line in read_lines(path)]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1}\n{"a": 2}\n',
        b'{"a": 1}\n{"a": 2}',
        b'{"a": 1}\r\n{"a": 2}\r\n',
        b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n',
    ],
)
def test_two_objects(tmp_path, raw):
    assert lines(tmp_path, raw) == [(1, {"a": 1}, None), (2, {"a": 2}, None)]


def test_blank_lines_are_passed_over_and_counted(tmp_path):
    assert lines(tmp_path, b'\n{"a": 1}\n  \t\n\r\n{"a": 2}\n\n') == [
        (2, {"a": 1}, None),
        (5, {"a": 2}, None),
    ]


def test_an_unescaped_line_separator_is_no_line_break(tmp_path):
    assert lines(tmp_path, '{"a": "x\u2028y\x85z"}'.encode()) == [(1, {"a": "x\u2028y\x85z"}, None)]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_file_has_no_lines(tmp_path, raw):
    assert lines(tmp_path, raw) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"a": 1', "is not JSON (Expecting ',' delimiter, column 8)"),
        (b"{'a': 1}", "is not JSON (Expecting property name"),
        (b'{"a": 1,}', "is not JSON"),
        (b'{"a": 1} {"a": 2}', "is not JSON (Extra data, column 10)"),
        (b'{"a": "bell\x07"}', "is not JSON (Invalid control character"),
        (b'{"a": NaN}', "is not usable JSON (NaN is no JSON number)"),
        (b'{"a": -Infinity}', "is not usable JSON (-Infinity is no JSON number)"),
        (b'{"a": 1, "a": 2}', "is not usable JSON (the key 'a' occurs twice)"),
        (b'{"b": {"a": 1, "a": 2}}', "the key 'a' occurs twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not usable JSON (Exceeds the limit"),
        (b'{"a": ' + b"[" * 100_000 + b"}", "is nested too deeply"),
        (b"3", "is a number, 3, and must be a JSON object {…}"),
        (b'"text"', "is text, 'text', and must be"),
        (b"null", "is null, None, and must be"),
        (b"true", "is a truth value, True, and must be"),
        (b"value,topic", "is not JSON (Expecting value, column 1)"),
    ],
)
def test_a_faulty_line_is_told_and_the_next_one_read(tmp_path, line, says):
    first, second = lines(tmp_path, line + b'\n{"a": 1}')
    assert first[:2] == (1, None)
    assert says in first[2]
    assert second == (2, {"a": 1}, None)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ('{"a": "é"}'.encode("utf-16"), "looks like UTF-16"),
        ('{"a": "é"}'.encode("utf-16-le"), "looks like UTF-16"),
        ('{"a": "é"}'.encode("utf-32"), "looks like UTF-16"),
        ('{}\n{"a": "é"}'.encode("latin-1"), "line 2: byte 0xe9 is not UTF-8"),
        (b'{"a": "\x93quoted\x94"}', "line 1: byte 0x93 is not UTF-8"),
        (b'[\n{"a": 1},\n{"a": 2}\n]', "is one JSON document over many lines"),
        (b'{\n  "a": 1\n}\n', "is one JSON document over many lines"),
        (b"\x89PNG\r\n\x1a\n", "byte 0x89 is not UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_told(tmp_path, raw, says):
    with pytest.raises(InstrumentError, match=re.escape(says)) as error:
        lines(tmp_path, raw)
    assert "file.jsonl" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(InstrumentError, match="no such file; check the path"):
        list(read_lines(tmp_path / "none.jsonl"))


def test_a_directory(tmp_path):
    with pytest.raises(InstrumentError, match="is a directory; name a file in it"):
        list(read_lines(tmp_path))


def test_a_device_is_not_read():
    with pytest.raises(InstrumentError, match="is not a regular file"):
        list(read_lines("/dev/zero"))


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(InstrumentError, match="cannot be read"):
        list(read_lines(tmp_path / "a" / "b"))


@pytest.mark.parametrize("path", ["", "a\x00b", "x" * 5000])
def test_an_unusable_path(path):
    with pytest.raises(InstrumentError, match="path"):
        list(read_lines(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "shut.jsonl"
    path.touch(mode=0)
    with pytest.raises(InstrumentError, match="permissions"):
        list(read_lines(path))


def test_a_file_above_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "MAX_BYTES", 2**20)
    path = tmp_path / "large.jsonl"
    path.write_bytes(b" " * 2**20)
    assert list(read_lines(path)) == []
    path.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(InstrumentError, match="is larger than 1 MiB; split it"):
        list(read_lines(path))


def test_the_limit_is_64_mib():
    assert jsonl.MAX_BYTES == 67_108_864
