import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.models.scrub import Scrubber, Secret, one_line

KEY = "sk-proj-AbCdEf0123456789xyz"
scrub = Scrubber([Secret(KEY)])


def test_a_secret_does_not_show() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {secret!s} {[secret]}"
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.reveal() == KEY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Incorrect API key provided: {KEY}.", "Incorrect API key provided: [key]."),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer [key]"),
        ("Incorrect key: sk-proj-********xyz", "Incorrect key: [key]"),
        ("Incorrect key: sk****yz.", "Incorrect key: [key]"),
        ("key ending in 6789xyz", "key ending in [key]"),
        ("the model gpt-5 is busy", "the model gpt-5 is busy"),
    ],
)
def test_messages_lose_the_key_and_its_remains(text: str, expected: str) -> None:
    assert scrub(text) == expected


@given(st.text(), st.text())
def test_no_message_ever_holds_the_key(before: str, after: str) -> None:
    assert KEY not in scrub(before + KEY + after)


@given(st.text(alphabet="abc ", max_size=40))
def test_text_without_secrets_is_untouched(text: str) -> None:
    assert Scrubber([])(text) == text
    assert scrub.exact(text) == text


def test_a_reply_loses_long_keys_only() -> None:
    assert scrub.exact(f"a {KEY} b") == "a [key] b"
    short = Scrubber([Secret("EMPTY")])
    assert short.exact("my glass is EMPTY") == "my glass is EMPTY"
    assert short("Bearer EMPTY refused, EMPTYING") == "Bearer [key] refused, EMPTYING"


def test_a_key_that_json_escapes_is_found_in_json() -> None:
    key = 'abc"def\\ghi-0123456789'
    assert "def" not in Scrubber([Secret(key)]).exact(r'{"k": "abc\"def\\ghi-0123456789"}')


def test_one_line_is_printable_and_short() -> None:
    line = one_line("a\r\nb\x1b[31m\ud800\u202ec" + "x" * 1000, 40)
    assert line.startswith("a b [31m\\ud800 c")
    assert len(line) == 40
    assert line.endswith("…")
    assert one_line("short") == "short"


@given(st.text(alphabet=st.characters(codec=None), max_size=50))
def test_one_line_can_be_written(text: str) -> None:
    line = one_line(text, 20)
    line.encode("utf-8")
    assert len(line) <= 20
    assert "\n" not in line
