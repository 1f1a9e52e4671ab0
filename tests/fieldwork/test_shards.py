"""Designs in parts: the parts cover the design once, and beginnings of prompts stay together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_design import CODED, SmallDesign

from mores.errors import InputError
from mores.fieldwork.shards import Shard, cuts


class GroupedDesign(SmallDesign):
    """Trials in groups of one beginning each, which a block never splits."""

    def __init__(self, groups, empty=()):
        self.ends = np.cumsum([0, *groups])
        rng = np.random.default_rng(1)
        size = int(self.ends[-1])
        chosen = np.sort(rng.choice(2 * size + 1, size, replace=False))  # a sample of a larger one
        super().__init__(2 * size + 1, chosen=chosen)
        self.selected, self.empty, self.passed = size, empty, 0

    def blocks(self, length):
        group = 0
        while group < len(self.ends) - 1:
            following = int(np.searchsorted(self.ends, self.ends[group] + length, "right")) - 1
            following = max(following, group + 1)
            self.passed += int(self.ends[following] - self.ends[group])
            yield self.chosen[self.ends[group] : self.ends[following]]
            if group in self.empty:
                yield self.chosen[:0]
            group = following


def trials(design, length=50):
    blocks = list(design.blocks(length))
    return np.concatenate(blocks) if blocks else np.empty(0, np.int64)


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(1, 40))
def test_parts_are_disjoint_contiguous_and_cover_the_design(groups, parts):
    design = GroupedDesign(groups, empty=(0, 3))
    parts = min(parts, design.selected)
    shards = [Shard(i, parts).part(design) for i in range(1, parts + 1)]
    found = [trials(shard) for shard in shards]
    assert np.array_equal(np.concatenate(found), design.chosen)
    assert [len(one) for one in found] == [shard.selected for shard in shards]
    assert min(map(len, found)) >= 1
    assert {(shard.size, shard.attempts) for shard in shards} == {(design.size, design.attempts)}


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(2, 12))
def test_parts_differ_by_no_more_than_a_block_and_cuts_keep_groups(groups, parts):
    design = GroupedDesign(groups)
    n = design.selected
    if n < 4 * parts:
        return
    found = cuts(design, parts)
    block = max(len(b) for b in design.blocks(min(max(n // (32 * parts), 128), 4096)))
    assert np.abs(np.diff(found) - n / parts).max() <= block + 1
    for cut, even in zip(found, np.arange(parts + 1) * n / parts, strict=True):
        nearest = np.abs(design.ends - even).min()
        if max(groups) <= 128 and nearest + 128 < n / (2 * parts):
            assert cut in design.ends
        assert cut in design.ends or abs(cut - even) < 1


@pytest.mark.parametrize("n", [1, 2, 7, 30, 31])
def test_as_many_parts_as_trials(n):
    design = SmallDesign(n)
    assert [trials(Shard(i, n).part(design)).tolist() for i in range(1, n + 1)] == [
        [trial] for trial in range(n)
    ]


def test_a_whole_group_a_part_where_groups_are_as_large_as_parts():
    design = GroupedDesign([100] * 8)
    assert cuts(design, 8).tolist() == list(range(0, 801, 100))
    assert cuts(design, 5).tolist() == [0, 200, 300, 500, 600, 800]  # 160, 320, 480, 640
    assert cuts(design, 16).tolist() == list(range(0, 801, 50))  # ends would leave parts empty


def test_the_part_asks_and_codes_as_the_design_does():
    design = SmallDesign(10)
    part = Shard(2, 2).part(design)
    assert trials(part).tolist() == [5, 6, 7, 8, 9]
    assert part.request(7, 1) == design.request(7, 1)
    assert part.code(7, 0, CODED) == design.code(7, 0, CODED)


def test_cutting_passes_through_the_design_once():
    design = GroupedDesign([100] * 1000)
    Shard(3, 7).part(design)
    assert design.passed == design.selected


def test_ten_million_trials_in_bounded_memory():
    import tracemalloc

    class Wide(SmallDesign):
        """Numbers alone, none of them held."""

        def __init__(self):
            self.size = self.selected = 10_000_000
            self.attempts = 1

        def blocks(self, length):
            for start in range(0, self.size, length):
                yield np.arange(start, min(start + length, self.size))

    tracemalloc.start()
    part = Shard(5, 8).part(Wide())
    count = sum(len(block) for block in part.blocks(65_536))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == part.selected == pytest.approx(1_250_000, abs=4096)
    assert peak < 20e6


@pytest.mark.parametrize(
    "text", ["", "1", "0/8", "9/8", "1/0", "-1/8", "1/8/9", "a/b", "1.0/8", " 1/8", "1 / 8", "²/8"]
)
def test_what_is_no_shard(text):
    with pytest.raises(InputError, match="give i/K with 1 ≤ i ≤ K"):
        Shard.parsed(text)


def test_what_is_one():
    assert Shard.parsed("3/8") == Shard(3, 8)
    assert str(Shard.parsed("03/8")) == "3/8"


def test_more_parts_than_trials():
    with pytest.raises(InputError, match=r"shard 1/9: 8 requests .* K of 8 or less"):
        Shard(1, 9).part(SmallDesign(8))
