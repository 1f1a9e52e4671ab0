from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_design import SmallDesign

from mores.fieldwork import estimate as module
from mores.fieldwork.estimate import estimate
from mores.models.interface import Price
from mores.records import Message, Request, Sampling

PRICE = Price(2.0, 10.0, "2026-01-01", "a list")


class Texts(SmallDesign):
    """Each trial sends the text of its number."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(len(texts))
        self.texts = texts
        self.rendered = 0

    def request(self, trial: int, attempt: int) -> Request:
        self.rendered += 1
        messages = (Message("system", "1234"), Message("user", self.texts[trial]))
        return Request(b"k", messages, Sampling(), 0)


def test_a_plan_worked_by_hand():
    # 4 + 36, 4 + 36 and 4 + 76 characters: 160 / 4 = 40 tokens in all; 3 replies of 120 tokens
    found = estimate(Texts(["a" * 36, "a" * 36, "b" * 76]), PRICE, in_flight=2, waits=True)
    assert found.requests == 3
    assert found.distinct_prompts == 2
    assert found.prompt_tokens == 40
    assert found.completion_tokens == 360
    assert found.cost == pytest.approx((40 * 2 + 360 * 10) / 1e6)
    assert found.seconds == 3.0  # two at a time, two seconds each


def test_an_unknown_price_is_not_nothing():
    assert estimate(Texts(["a"]), None, 1, waits=True).cost is None


def test_a_simulated_model_takes_no_time():
    assert estimate(Texts(["a"]), None, 1, waits=False).seconds == 0.0


def test_only_what_is_sampled_is_counted():
    design = SmallDesign(1000, chosen=np.array([3, 500, 999]))
    found = estimate(design, None, 1, waits=True)
    assert (found.requests, found.distinct_prompts) == (3, 3)


def test_the_same_words_in_another_role_are_another_prompt():
    class Roles(SmallDesign):
        def request(self, trial: int, attempt: int) -> Request:
            role = ("system", "user")[trial % 2]
            return Request(b"k", (Message(role, "x"),), Sampling(), 0)  # type: ignore[arg-type]

    assert estimate(Roles(4), None, 1, waits=True).distinct_prompts == 2


def test_a_design_of_nothing_costs_nothing():
    found = estimate(SmallDesign(5, chosen=np.array([], np.int64)), PRICE, 4, waits=True)
    assert (found.requests, found.distinct_prompts, found.cost, found.seconds) == (0, 0, 0.0, 0.0)


def test_a_design_too_large_to_render_is_sampled(monkeypatch):
    monkeypatch.setattr(module, "COUNTED_EXACTLY", 2500)
    design = Texts(["a" * 36] * 2501)
    found = estimate(design, None, 1, waits=True)
    assert found.distinct_prompts is None
    assert found.prompt_tokens == 25_010
    assert design.rendered == 2000


@settings(deadline=None)
@given(st.lists(st.text(max_size=50), min_size=1, max_size=20), st.integers(1, 9))
def test_tokens_grow_with_the_design_and_time_shrinks_with_those_in_flight(texts, n):
    once = estimate(Texts(texts), PRICE, n, waits=True)
    thrice = estimate(Texts(texts * 3), PRICE, 3 * n, waits=True)
    assert thrice.requests == 3 * once.requests
    assert thrice.distinct_prompts == once.distinct_prompts == len(set(texts))
    assert thrice.completion_tokens == 3 * once.completion_tokens
    assert abs(thrice.prompt_tokens - 3 * once.prompt_tokens) <= 3  # rounded down
    assert math.isclose(thrice.seconds, once.seconds)
