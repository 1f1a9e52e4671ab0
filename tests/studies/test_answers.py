"""From stored replies to rows of answers."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from polars.testing import assert_frame_equal

from mores.coding.option_masses import code_masses
from mores.fieldwork.store import AnswerStore, StoredReply, Verdict
from mores.keys import digest, key_text
from mores.records import OptionMasses, Outcome, Reply, Request, Status
from mores.studies.answers import COLUMNS, collect
from mores.studies.option_table import OptionTable


class TwoWays:
    """Even trials tell probabilities of three options shown backwards, odd ones answer in text."""

    size = 8
    attempts = 2

    def __init__(self, chosen: list[int] | None = None, countries: bool = False) -> None:
        self.chosen = np.array(range(self.size) if chosen is None else chosen, np.int64)
        self.selected = len(self.chosen)
        self.countries = countries

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        for start in range(0, self.selected, length):
            yield self.chosen[start : start + length]

    def request(self, trial: int, attempt: int) -> Request:
        raise NotImplementedError

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        if trial % 2 == 0:
            found = code_masses(reply, 3)
            if found.option is None:
                return found
            return Outcome(
                found.status,
                2 - found.option,
                found.reason,
                found.probabilities[::-1],
                found.allowed_mass,
                found.unseen,
            )
        if reply.text is None:
            return Outcome(Status.FAILED, None, reply.failure or "no reply")
        if not reply.text.isdecimal():
            return Outcome(Status.UNCODED, None, "no-answer")
        return Outcome(Status.CODED, int(reply.text), "label")

    def columns(self, trials: NDArray[np.int64]) -> pl.DataFrame:
        names = ("unit", "question", "persona", "category", "framing")
        frame = pl.DataFrame({"trial": trials}).with_columns(
            *(pl.lit("a").alias(name) for name in names), pl.lit(1).alias("repeat")
        )
        if self.countries:
            frame = frame.with_columns(pl.lit("MDA").alias("country"))
        return frame

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        return pl.DataFrame({"score": [None if o < 0 else float(o + 1) for o in options.tolist()]})


def told(low: tuple[float, ...], high: tuple[float, ...] | None = None) -> Reply:
    def logs(shares: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(log(share) if share else float("-inf") for share in shares)

    return Reply(None, masses=OptionMasses(logs(low), logs(high or low)), prompt_tokens=10)


REPLIES = {
    (0, 0): told((0.5, 0.25, 0.05)),
    (1, 0): Reply("2", prompt_tokens=10, completion_tokens=1, seconds=0.5),
    (2, 0): told((0.6, 0.3, 0.0), (0.6, 0.3, 0.04)),
    (3, 0): Reply("hm", prompt_tokens=10, completion_tokens=2),
    (3, 1): Reply("hm \ud800", prompt_tokens=10, completion_tokens=3),
    (4, 0): told((0.0, 0.0, 0.0)),
    (5, 0): Reply(None, failure="HTTP 500"),
    (6, 0): Reply(None, failure="HTTP 400", permanent=True),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "answers.sqlite"
    with AnswerStore(found, {"a": 1}) as store:
        store.write(
            StoredReply(trial, attempt, digest([trial, attempt]), Verdict.CODED, reply)
            for (trial, attempt), reply in REPLIES.items()
        )
    return found


def collected(path: Path, design: TwoWays | None = None) -> pl.DataFrame:
    with AnswerStore(path) as store:
        return collect(design or TwoWays(), store, "small", "m", "en")


def test_one_row_a_trial_by_its_last_attempt(path):
    answers = collected(path)
    assert answers["trial"].to_list() == [0, 1, 2, 3, 4, 5, 6]
    assert answers["key"].to_list() == [
        key_text(digest([trial, int(trial == 3)])) for trial in range(7)
    ]
    assert answers["status"].to_list() == [
        *("coded", "coded", "coded", "uncoded", "uncoded", "failed", "failed")
    ]
    assert answers["reason"].to_list() == [
        *("complete", "label", "bounded", "no-answer", "no-mass", "HTTP 500", "HTTP 400")
    ]
    assert answers["attempts"].to_list() == [1, 1, 1, 2, 1, 1, 1]
    assert answers["completion_tokens"].to_list()[3] == 5
    assert answers["text"].to_list()[:4] == [None, "2", None, "hm \\ud800"]


def test_probabilities_are_in_the_instruments_own_order_and_of_no_text_answer(path):
    answers = collected(path)
    found = answers["probabilities"].to_list()
    assert found[0] == pytest.approx([0.0625, 0.3125, 0.625])
    assert found[2] == pytest.approx([0.0, 1 / 3, 2 / 3])
    assert [found[i] for i in (1, 3, 4, 5, 6)] == [None] * 5
    assert answers["option"].to_list() == [2, 2, 2, None, None, None, None]
    assert answers["score"].to_list() == [3.0, 3.0, 3.0, None, None, None, None]


def test_mass_and_bound_stand_beside_every_distribution(path):
    answers = collected(path)
    assert answers["allowed_mass"].to_list() == [
        pytest.approx(0.8), None, pytest.approx(0.9), None, 0.0, None, None
    ]  # fmt: skip
    assert answers["unseen"].to_list() == [
        0.0, None, pytest.approx(0.04 / 0.94), None, None, None, None
    ]  # fmt: skip


def test_peers_3_and_12_no_mass_is_no_distribution(path):
    """Neither a uniform nor one of NaN."""
    row = collected(path).filter(pl.col("trial") == 4).row(0, named=True)
    assert (row["probabilities"], row["option"], row["unseen"]) == (None, None, None)
    assert (row["status"], row["allowed_mass"]) == ("uncoded", 0.0)


def test_columns_and_types_are_the_same_for_any_answers(path, tmp_path):
    empty = tmp_path / "empty.sqlite"
    AnswerStore(empty, {"a": 1}).close()
    texts, none, full = collected(path, TwoWays([1])), collected(empty), collected(path)
    assert texts.schema == full.schema
    assert tuple(full.columns[: len(COLUMNS)]) == COLUMNS
    assert none.columns == full.columns
    assert none.height == 0
    types = {name: full.schema[name] for name in ("probabilities", "allowed_mass", "unseen")}
    assert types == {
        "probabilities": pl.List(pl.Float32), "allowed_mass": pl.Float64, "unseen": pl.Float64
    }  # fmt: skip
    assert full.schema["country"] == none.schema["country"] == pl.String


def test_a_designs_own_country_is_kept(path):
    assert set(collected(path)["country"]) == {None}
    assert set(collected(path, TwoWays(countries=True))["country"]) == {"MDA"}


def test_only_selected_trials_are_rows(path):
    assert collected(path, TwoWays([2, 5, 7]))["trial"].to_list() == [2, 5]


def test_trials_beyond_the_design_are_of_another_sample(path):
    smaller = TwoWays([0, 1])
    smaller.size = 2
    assert collected(path, smaller)["trial"].to_list() == [0, 1]


class InColumns(TwoWays):
    """The same, of which exact probabilities can be coded many at a time."""

    option_table = OptionTable(
        [(2, 1, 0)] * 2, [(1, 2, 3)] * 2, ["abc"] * 2, np.array([True, False])
    )
    coded: list[int]

    def place_of(self, trials: NDArray[np.int64]) -> NDArray[np.int64]:
        return trials % 2

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        self.coded.append(trial)
        return super().code(trial, attempt, reply)


def test_replies_in_columns_are_coded_as_one_by_one(path):
    design = InColumns()
    design.coded = []
    assert_frame_equal(collected(path, design), collected(path, TwoWays()), rel_tol=1e-12)
    assert sorted(design.coded) == [1, 2, 3, 5, 6]  # texts, bounds and failures
