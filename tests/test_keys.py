import json
import math
from collections import Counter
from itertools import permutations
from subprocess import run
from sys import executable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.keys import canonical_json, digest, key_text, parse_key, permutation, seed_from

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_canonical_json_is_independent_of_the_order_of_keys():
    assert canonical_json({"b": 1, "a": [1, "é"]}) == '{"a":[1,"\\u00e9"],"b":1}'


def test_a_digest_worked_by_hand():
    # sha256 of the ASCII bytes "mores/1\n" + '{"a":1}', first 16 bytes
    assert key_text(digest({"a": 1})) == "m1-a5f888d8edc65840ce2ee5a9bce8d1a1"


@given(json_values)
def test_canonical_json_reads_back_and_is_stable(value):
    text = canonical_json(value)
    assert text.isascii()
    assert canonical_json(json.loads(text)) == text


def test_a_lone_surrogate_has_a_digest():
    assert digest("\ud800") != digest("\ud801")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_lacks_is_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"x": value})


def test_keys_are_the_same_in_another_process():
    code = "from mores.keys import *; print(key_text(digest(['x', 1])), permutation(6, 'a', 2))"
    outputs = {
        run(
            [executable, "-c", code], capture_output=True, text=True, env={"PYTHONHASHSEED": s}
        ).stdout
        for s in ("0", "1", "77")
    }
    assert outputs == {f"{key_text(digest(['x', 1]))} {permutation(6, 'a', 2)}\n"}


@given(st.binary(min_size=16, max_size=16))
def test_a_printed_key_reads_back(key):
    assert parse_key(key_text(key)) == key


@pytest.mark.parametrize("text", ["", "m1-", "m2-" + "0" * 32, "m1-" + "0" * 31, "m1-" + "g" * 32])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match=r"a key is m1-|non-hexadecimal"):
        parse_key(text)


@given(st.integers(0, 20), st.integers())
def test_a_permutation_is_one(n, seed):
    assert sorted(permutation(n, seed)) == list(range(n))


def test_permutations_are_uniform():
    counts = Counter(permutation(3, i) for i in range(6000))
    assert set(counts) == set(permutations(range(3)))
    # chi-square with 5 degrees of freedom exceeds 20.5 once in a thousand
    assert sum((n - 1000) ** 2 / 1000 for n in counts.values()) < 20.5


def test_seeds_are_what_servers_accept():
    seeds = [seed_from("s", i) for i in range(1000)]
    assert len(set(seeds)) > 990
    assert all(0 <= s < 2**31 for s in seeds)
