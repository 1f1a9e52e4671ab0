import ast
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.coding.json_objects import Cut, decode, find_objects

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def as_pairs(value):
    if isinstance(value, dict):
        return tuple((key, as_pairs(item)) for key, item in value.items())
    return [as_pairs(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(JSON)
def test_decode_reads_what_the_standard_library_reads(value):
    assert decode(json.dumps(value)) == as_pairs(value)


def test_decode_keeps_duplicates():
    assert decode('{"a": 1, "a": 2}') == (("a", 1), ("a", 2))


@settings(deadline=None)
@given(
    st.dictionaries(st.text(max_size=8), JSON, min_size=1, max_size=4),
    st.text(st.characters(exclude_characters="{｛"), max_size=30),
    st.text(st.characters(exclude_characters="{｛"), max_size=30),
)
def test_a_well_formed_object_is_found_whole_in_any_text(value, before, after):
    text = json.dumps(value)
    (found,) = find_objects(before + text + after)
    assert found.pairs == as_pairs(value)
    assert (found.start, found.end) == (len(before), len(before) + len(text))
    assert found.complete
    assert found.well_formed


SIMPLE = st.text(st.sampled_from("abc xyz.!é字"), max_size=20)


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), SIMPLE, min_size=1))
def test_a_python_literal_is_read_as_python_reads_it(value):
    text = repr(value)
    (found,) = find_objects(text)
    assert dict(found.pairs) == ast.literal_eval(text)
    assert not found.well_formed


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), SIMPLE, min_size=1))
def test_damage_that_models_do_is_undone(value):
    text = json.dumps(value, indent=1)
    damaged = [
        text[:-1] + ",}",
        text.replace(",\n", "\n"),
        text.replace('"', "'"),
        text.replace(": ", " = "),
        text.replace(",\n", ", // as asked\n"),
        text.replace("{", "{{", 1) + "}",
    ]
    for each in damaged:
        (found,) = find_objects(each)
        assert found.pairs == as_pairs(value), each
        assert found.complete


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), SIMPLE, min_size=1), st.data())
def test_a_cut_object_keeps_whole_pairs_and_marks_the_rest(value, data):
    text = json.dumps(value)
    end = data.draw(st.integers(1, len(text) - 1))
    for found in find_objects(text[:end]):
        assert not found.complete
        for key, item in found.pairs:
            assert value[key] == item or isinstance(item, Cut)


def test_unescaped_quotes_stay_within_their_string():
    (found,) = find_objects('{"a": "tell the "boss", then go", "b": "it is "so""}')
    assert found.pairs == (("a", 'tell the "boss", then go'), ("b", 'it is "so"'))


def test_escapes_are_undone_in_malformed_objects():
    (found,) = find_objects(r"""{'a': 'it\'s \u0042\n\d', 'b': '\\'}""")
    assert found.pairs == (("a", "it's B\n\\d"), ("b", "\\"))


def test_values_without_quotes():
    (found,) = find_objects("{a: B, b: True, c: null, d: two words, e: [x, 'y', {f: g}]}")
    assert found.pairs == (
        ("a", "B"),
        ("b", True),
        ("c", None),
        ("d", "two words"),
        ("e", ["x", "y", (("f", "g"),)]),
    )


def test_several_objects_in_order_with_their_places():
    text = 'x {"a": 1} y {b: 2} z'
    found = find_objects(text)
    assert [text[each.start : each.end] for each in found] == ['{"a": 1}', "{b: 2}"]
    assert [each.well_formed for each in found] == [True, False]


def test_an_end_in_the_middle_is_marked():
    (found,) = find_objects('{"a": "whole", "b": "hal')
    assert found.pairs == (("a", "whole"), ("b", Cut("hal")))
    assert not found.complete


@pytest.mark.parametrize("text", ["", "{", "{}", "{ }", "{a}", "{1, 2}", "no braces", "}{", "{{{"])
def test_braces_without_a_key_are_no_object(text):
    assert find_objects(text) == []


def test_an_opening_brace_in_the_prompt():
    (found,) = find_objects('"a": "x", "b": "y"}')
    assert found.pairs == (("a", "x"), ("b", "y"))
    assert (found.start, found.end) == (0, 19)


def test_an_object_as_the_inside_of_a_string():
    (found,) = find_objects(r'"{\"a\": \"x\",\n \"b\": \"y\"}"')
    assert found.pairs == (("a", "x"), ("b", "y"))
    assert not found.well_formed


def test_nesting_beyond_measure_is_left_alone():
    assert all(not found.complete for found in find_objects("{a:" * 5_000))
    assert find_objects("{a: " + "[" * 5_000) == []
