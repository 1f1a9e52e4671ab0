"""Lines of batch files and states of batches, good and bad."""

import json

import pytest

from mores.keys import digest
from mores.models.batch.formats import (
    Batch,
    custom_id,
    file_id,
    parse_custom_id,
    read_batch,
    read_row,
    request_line,
)
from mores.models.scrub import Scrubber, Secret

KEY = digest(["a"])
PLAIN = Scrubber(())


def test_a_request_line_is_one_line_of_json() -> None:
    line = request_line(custom_id(37, KEY), b'{"model":"m"}')
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    found = json.loads(line)
    assert found["body"] == {"model": "m"}
    assert (found["method"], found["url"]) == ("POST", "/v1/chat/completions")
    assert parse_custom_id(found["custom_id"]) == (37, KEY)
    assert len(found["custom_id"]) <= 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "37",
        f"-1-m1-{KEY.hex()}",
        f"37-m2-{KEY.hex()}",
        f"37-m1-{KEY.hex()}0",
        f"٣-m1-{KEY.hex()}",
        f"37-m1-{KEY.hex()}\n",
        f"{'9' * 19}-m1-{KEY.hex()}",
    ],
)
def test_foreign_names_are_known_as_such(text: str) -> None:
    assert parse_custom_id(text) is None


def test_a_row_with_an_answer() -> None:
    body = {"choices": [{"message": {"content": "\ud800 é"}}], "n": 1.5}
    row = read_row(
        json.dumps({"custom_id": "x", "response": {"status_code": 200, "body": body}}).encode(),
        PLAIN,
    )
    assert row.response is not None
    assert row.response.status == 200
    assert json.loads(row.response.body) == body


def test_a_row_with_an_error_tells_no_secret() -> None:
    error = {"code": "batch_expired", "message": "key sk-abcdef-123456\nwas used"}
    scrub = Scrubber([Secret("sk-abcdef-123456")])
    row = read_row(json.dumps({"custom_id": "x", "response": None, "error": error}).encode(), scrub)
    assert row.response is None
    assert row.failure == "batch_expired: key [key] was used"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 5000, "not JSON"),
        (b"[]", "no custom_id"),
        (b"{}", "no custom_id"),
        (b'{"custom_id": 3}', "no custom_id"),
        (b'{"custom_id": "x"}', "neither"),
        (b'{"custom_id": "x", "response": {"status_code": 200}}', "neither"),
        (b'{"custom_id": "x", "response": {"status_code": "200", "body": {}}}', "no status_code"),
        (b'{"custom_id": "x", "response": {"status_code": 99, "body": {}}}', "no status_code"),
        (b'{"custom_id": "x", "response": {"status_code": true, "body": {}}}', "no status_code"),
    ],
)
def test_rows_that_are_none(line: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_row(line, PLAIN)


def test_a_batch() -> None:
    found = read_batch(
        {
            "id": "batch_1",
            "status": "COMPLETED",
            "output_file_id": "file-1",
            "error_file_id": "../../etc/passwd",
            "created_at": "2026-01-01",
            "expires_at": 1.8e9,
            "request_counts": None,
            "metadata": None,
            "errors": {"data": [{"code": "c", "message": "m"}]},
        }
    )
    assert found.ended
    assert (found.output_file_id, found.error_file_id) == ("file-1", None)
    assert (found.created_at, found.expires_at) == (None, 1.8e9)
    assert found.request_counts.total == 0
    assert found.reason(PLAIN) == "c: m"
    assert not Batch(id="b", status="finalizing").ended


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"id": "a/../b", "status": "completed"},
        {"id": "..", "status": "completed"},
        {"id": "a?b", "status": "completed"},
        {"id": "a\n", "status": "completed"},
        {"id": "b", "status": 3},
        {"id": "b", "status": "\x1b[31m"},
        {"id": "b", "status": "completed", "request_counts": {"total": -1}},
    ],
)
def test_what_is_no_batch(content: object) -> None:
    with pytest.raises(ValueError, match="not a batch"):
        read_batch(content)


def test_the_name_of_a_file() -> None:
    assert file_id({"id": "file-1"}) == "file-1"
    for bad in (None, {}, {"id": ""}, {"id": "a/b"}, {"id": ".."}, {"id": 3}):
        with pytest.raises(ValueError, match="not a file"):
            file_id(bad)
