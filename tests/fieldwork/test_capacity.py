"""What a study takes: tokens counted by hand, limits one by one, and money."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_design import SmallDesign

from mores.fieldwork.capacity import Engine, Workload, need, overhead, workload
from mores.fieldwork.makespan import BlockTime
from mores.fieldwork.rates import Rate, rates
from mores.records import Message, Request, Sampling

ENGINE = Engine(
    prompt=1000.0,
    answer=100.0,
    gpus_a_replica=1,
    driver_text=5000.0,
    driver_probabilities=10_000.0,
    client=1500.0,
    report_text=1000.0,
    report_probabilities=4000.0,
    report_begins=10.0,
    store_bytes=90.0,
    parquet_bytes=40.0,
    bytes_a_token=4.0,
    loading=100.0,
    life=float("inf"),
    variation=0.0,
    gpu_hour=3.0,
)
# 25,600 requests in 100 blocks: 1,024,000 / 1,000 + 51,200 / 100 = 1,536 GPU-seconds
WORK = Workload(25_600, 5e6, 1_024_000.0, 51_200.0, 1.0)


class Prompts(SmallDesign):
    """Each trial sends a text; some ask for probabilities."""

    def __init__(self, texts: list[str], scored: int = 0) -> None:
        super().__init__(len(texts))
        self.texts, self.scored = texts, scored

    def request(self, trial: int, attempt: int) -> Request:
        labels = ("A", "B") if trial < self.scored else ()
        return Request(b"k", (Message("user", self.texts[trial]),), Sampling(), 0, labels=labels)


def test_tokens_counted_by_hand():
    # "user\n" and the text: 5 + 8, 5 + 8 and 5 + 4 bytes; "user\naaaa" is common to the first two and
    # stands in the third: 9 + 4 + 4 distinct bytes of 35
    found = workload(Prompts(["aaaabbbb", "aaaacccc", "aaaa"], scored=1), 12.0, 4.0)
    assert found.requests == 3
    assert found.prompt_tokens == pytest.approx(35 / 4)
    assert found.distinct_tokens == pytest.approx(17 / 4)
    assert found.in_text == pytest.approx(2 / 3)
    assert found.answer_tokens == pytest.approx(2 * 12 + 1)
    assert found.text_tokens == pytest.approx(24)


def test_bytes_are_counted_and_not_characters():
    assert workload(Prompts(["語" * 4]), 1.0, 4.0).prompt_tokens == (5 + 12) / 4


def test_a_large_design_is_counted_from_all_over():
    # the second half is twice as long; only a part is rendered
    texts = [f"{n:08}" for n in range(50_000)] + [f"{n:016}" for n in range(50_000)]
    found = workload(Prompts(texts), 1.0, 1.0)
    assert found.requests == 100_000
    assert found.prompt_tokens / found.requests == pytest.approx(5 + 12, rel=0.05)


def test_an_empty_design_needs_nothing():
    found = workload(Prompts([]), 1.0, 1.0)
    assert found.requests == 0
    assert need(found, 1, ENGINE).asking == 0


def test_gpus_are_the_limit_of_few():
    found = need(WORK, 4, ENGINE)
    assert found.limit == "GPUs"
    assert found.asking == pytest.approx(1536 / 4)  # 25 rounds of blocks of 15.36 s
    assert found.limits["driver"] == pytest.approx(25_600 / 5000)
    assert found.dollars == pytest.approx(4 * 3 * (100 + 384) / 3600)
    assert found.report == pytest.approx(10 + 25.6)
    assert found.store == pytest.approx(25_600 * 90 + 51_200 * 4)
    assert found.parquet == pytest.approx(25_600 * 40 + 51_200 * 4)


def test_blocks_are_the_limit_where_there_are_fewer_than_replicas():
    found = need(WORK, 128, ENGINE)
    assert found.limit == "blocks"
    assert found.asking == pytest.approx(15.36)
    assert found.machines == 16


def test_the_driver_is_the_limit_of_many():
    found = need(WORK, 64, replace(ENGINE, driver_text=500.0))
    assert found.limit == "driver"
    assert found.asking == pytest.approx(51.2)


def test_answers_in_probabilities_take_the_driver_less_and_no_room():
    scored = replace(WORK, in_text=0.0, answer_tokens=25_600.0)
    found = need(scored, 64, replace(ENGINE, driver_probabilities=1000.0))
    assert found.limits["driver"] == pytest.approx(25.6)
    assert found.store == 25_600 * 90
    assert found.report == pytest.approx(10 + 25_600 / 4000)


def test_replicas_of_several_gpus():
    found = need(WORK, 9, replace(ENGINE, gpus_a_replica=2))
    assert found.replicas == 4
    assert found.asking == pytest.approx(1536 / 8)
    with pytest.raises(ValueError, match="fewer than a replica needs"):
        need(WORK, 1, replace(ENGINE, gpus_a_replica=2))


@pytest.mark.parametrize(
    ("latency", "in_flight", "limit", "seconds"),
    [(2.0, 32, "in flight", 1600.0), (2.0, 6400, "client", 25_600 / 1500)],
)
def test_over_http(latency, in_flight, limit, seconds):
    found = need(WORK, 1000, replace(ENGINE, latency=latency, in_flight=in_flight))
    assert found.limit == limit
    assert found.asking == pytest.approx(seconds)
    assert need(WORK, 1, replace(ENGINE, latency=0.01)).limit == "GPUs"


def test_failures_add_what_the_formula_says():
    # (e^(s/M) - 1)(M + r) / s - 1 with s = 20, M = 600, r = 60
    assert overhead(BlockTime(20), 600, 60) == pytest.approx(0.1186, abs=1e-4)
    plain = need(WORK, 1, ENGINE).asking
    failing = need(WORK, 1, replace(ENGINE, life=600.0)).asking
    assert failing / plain == pytest.approx(1 + overhead(BlockTime(15.36), 600, 100), rel=0.01)


def test_every_shipped_rate_says_where_it_comes_from():
    known = rates()
    for name, rate in known.rate.items():
        assert rate.source, name
        assert (rate.machine is not None) == (rate.kind == "measured"), name
    assert list(known.size) == ["8B", "27B", "70B"]
    speeds = [size.answer.value for size in known.size.values()]
    assert speeds == sorted(speeds, reverse=True)


def test_tokens_a_second_follow_from_the_figures_they_cite():
    # O / X = I / prompt + O / answer, from (128, 128), (2048, 128) and (1000, 1000)
    for name, figures, gpus in (
        ("8B", (28_312, 3_450, 15_220), 1),
        ("70B", (6_378, 762, 4_205), 2),
    ):
        short, long, even = figures
        prompt = 1920 / (128 / long - 128 / short)
        answer = 1000 / (1000 / even - 1000 / prompt)
        size = rates().size[name]
        for said, found in ((size.prompt, prompt), (size.answer, answer)):
            assert said.high == pytest.approx(found / gpus, rel=0.02)
            assert said.value == pytest.approx(said.high / 2, rel=0.03)
            assert said.low == pytest.approx(said.high / 5, rel=0.03)


def test_a_rate_outside_its_range_or_of_no_machine_is_refused():
    given = {"unit": "s", "about": "a", "source": "b", "day": "2026-01-01"}
    with pytest.raises(ValueError, match="does not hold"):
        Rate.model_validate(given | {"value": 5.0, "low": 6.0, "kind": "assumed"})
    with pytest.raises(ValueError, match="names its machine"):
        Rate.model_validate(given | {"value": 5.0, "kind": "measured"})
