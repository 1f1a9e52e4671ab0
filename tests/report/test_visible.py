import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.report.visible import clipped, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 漢字", "plain, ünïcode, 漢字"),
        ("a\u202eb", "a\\u202eb"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("nul\x00bell\x07\x1b[0m", "nul\\u0000bell\\u0007\\u001b[0m"),
        ("half \ud83d", "half \\ud83d"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("line\u2028sep", "line\\u2028sep"),
        ("filler \u3164", "filler \\u3164"),
        ("no-break\u00a0space", "no-break\u00a0space"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\rb", "a\\rb"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(text, shown):
    assert visible(text) == shown


def test_breaks_become_escapes_where_a_line_is_needed():
    assert visible("a\nb\tc", breaks=False) == "a\\nb\\tc"


@given(st.text(st.characters(codec=None, categories=None)))
def test_nothing_unseen_is_left(text):
    shown = visible(text)
    assert all(unicodedata.category(c) not in ("Cf", "Cs", "Co", "Zl", "Zp") for c in shown)
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in shown)
    shown.encode("utf-8")
    assert visible(shown) == shown


def test_clipping_says_how_much_is_missing():
    assert clipped("abcdef", 6) == "abcdef"
    assert clipped("abcdefg" * 1000, 3) == "abc … (6,997 more characters)"
