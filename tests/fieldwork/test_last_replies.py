"""The last reply to each trial, whichever way the rows are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import StoreDamagedError
from mores.fieldwork.last_replies import LastReplies, last_replies
from mores.fieldwork.rows import StoredReply, row_of
from mores.records import OptionMasses, Reply


def rows_of(attempts: list[int]) -> list[tuple]:
    return [
        row_of(
            StoredReply(
                trial, attempt, bytes([trial, attempt]), 0,
                Reply(f"{trial}.{attempt}", prompt_tokens=trial + 1, completion_tokens=attempt),
            )
        )
        for trial, n in enumerate(attempts)
        for attempt in range(n)
    ]  # fmt: skip


@given(st.lists(st.integers(0, 4), max_size=12), st.integers(1, 9))
def test_the_last_attempt_is_found_across_chunks(attempts, length):
    rows = rows_of(attempts)
    found = list(last_replies(rows[i : i + length] for i in range(0, len(rows), length)))
    told = [
        item
        for some in found
        for item in zip(
            some.trials.tolist(), some.attempts.tolist(), some.texts(),
            some.prompt_tokens.tolist(), some.completion_tokens.tolist(), strict=True,
        )
    ]  # fmt: skip
    assert told == [
        (trial, n - 1, f"{trial}.{n - 1}", n * (trial + 1), sum(range(n)))
        for trial, n in enumerate(attempts)
        if n
    ]
    assert all(len(some) for some in found)


def test_tokens_that_were_not_counted_count_nothing():
    first = row_of(StoredReply(0, 0, b"", 0, Reply("a", prompt_tokens=7)))
    second = row_of(StoredReply(0, 1, b"", 0, Reply("b", completion_tokens=2)))
    (found,) = last_replies([[first, second]])
    assert (found.prompt_tokens.tolist(), found.completion_tokens.tolist()) == ([7], [2])


def test_some_trials_are_kept_in_their_order():
    found = LastReplies.of(rows_of([1, 2, 0, 1, 3]))
    kept = found.among(np.array([1, 2, 4]))
    assert (kept.trials.tolist(), kept.texts()) == ([1, 4], ["1.1", "4.2"])
    assert kept.reply(1).text == "4.2"
    assert kept.column("key") == [bytes([1, 1]), bytes([4, 2])]
    assert len(found.among(np.array([7]))) == 0
    assert found.among(np.arange(9)) is found


def test_none_are_none():
    found = LastReplies.of([])
    assert (len(found), found.texts(), found.trials.tolist()) == (0, [], [])
    assert found.prompt_tokens.tolist() == []
    assert list(last_replies([])) == []


def test_a_value_that_was_never_written_is_told_as_damage():
    row = list(row_of(StoredReply(0, 0, b"", 0, Reply(None, masses=OptionMasses((0.0,), (0.0,))))))
    row[10] = b"abc"
    (found,) = last_replies([[tuple(row)]], lambda error: StoreDamagedError(str(error)))
    with pytest.raises(StoreDamagedError, match="cut off"):
        found.reply(0)
    row[3] = "no bytes"
    (found,) = last_replies([[tuple(row)]], lambda error: StoreDamagedError(str(error)))
    with pytest.raises(StoreDamagedError, match="decode"):
        found.texts()
