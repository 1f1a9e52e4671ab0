"""`mores plan`, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def mores(*words):
    command = [sys.executable, "-m", "mores", "plan", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, encoding="utf-8")


def records(*words):
    done = mores(*words, "--capacity", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_study_as_a_table():
    done = mores("value-action", "--capacity", "--gpus", "1,8")
    assert done.returncode == 0, done.stderr
    assert "48,048" in done.stdout
    assert "8 GPUs" in done.stdout
    assert "64 GPUs" not in done.stdout
    assert "assumed, not measured" in done.stdout
    assert "Nothing was asked." in done.stdout


def test_all_presets_and_a_hundred_million():
    found = {row["study"]: row for row in records()}
    assert found["value-action"]["work"]["requests"] == 48_048
    assert found["as value-action"]["work"]["requests"] == 100_000_000
    assert {"framings", "calibrated-personas", "grounded-personas-full"} <= found.keys()
    for row in found.values():
        work = row["work"]
        assert 0 < work["distinct_tokens"] < work["prompt_tokens"]
        times = [need["asking"] for need in row["needs"]]
        assert times == sorted(times, reverse=True)
        for need in row["needs"]:
            assert need["asking"] == need["limits"][need["limit"]] == max(need["limits"].values())
            assert need["asking_range"][0] <= need["asking"] <= need["asking_range"][1]
    limits = [need["limit"] for need in found["as grounded-personas-full"]["needs"]]
    assert limits == ["GPUs", "GPUs", "driver"]


def test_rates_of_ones_own():
    (row,) = records("value-action", "--tokens-per-second", "20000,5000", "--gpus", "4")
    (need,) = row["needs"]
    work = row["work"]
    seconds = work["distinct_tokens"] / 20_000 + work["answer_tokens"] / 5_000
    assert need["limits"]["GPUs"] == pytest.approx(seconds / 4, rel=0.05)
    assert need["asking_range"] == [need["asking"]] * 2
    (double,) = records(
        "value-action", "--tokens-per-second", "20000,5000", "--gpus", "4", "--price-gpu-hour", "5"
    )
    assert double["needs"][0]["dollars"] == pytest.approx(2 * need["dollars"])


def test_over_http_what_is_in_flight_is_the_limit():
    (row,) = records("framings", "--latency", "3", "--concurrency", "16", "--gpus", "8")
    assert row["needs"][0]["limit"] == "in flight"
    assert row["needs"][0]["asking"] == pytest.approx(row["work"]["requests"] * 3 / 16)


def test_more_requests_and_longer_answers():
    (row,) = records("framings", "--requests", "1000000", "--answer-tokens", "500", "--gpus", "1")
    assert row["work"]["requests"] == 1_000_000
    assert row["work"]["answer_tokens"] == pytest.approx(5e8)


def test_a_replica_that_does_not_fit_is_said():
    done = mores("framings", "--capacity", "--model-size", "70B", "--gpus", "1,2")
    assert done.returncode == 0, done.stderr
    assert "too few for a replica" in done.stdout


def test_very_large_numbers_have_no_exponent():
    done = mores(
        "framings", "--capacity", "--requests", "1000000000000", "--answer-tokens", "100000"
    )
    assert done.returncode == 0, done.stderr
    assert "100,000 T" in done.stdout
    assert "e+" not in done.stdout


def test_without_capacity_it_is_a_dry_run(tmp_path):
    done = mores("framings")
    assert done.returncode == 0, done.stderr
    assert "Nothing was asked." in done.stdout
    assert "4,646" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--capacity"),
        (["framings", "--json"], "--json can be given with --capacity only"),
        (["framings", "--gpus", "8", "--requests", "9"], "--gpus, --requests can be given with"),
        (["framings", "--model-size", "8B"], "--model-size can be given with --capacity only"),
        (["framings", "--latency", "2", "--concurrency", "9"], "--latency can be given with"),
        (["framings", "--capacity", "--concurrency", "9"], "add --latency"),
        (["nothing-of-the-kind", "--capacity"], "neither a preset nor a TOML file"),
        (["framings", "--capacity", "--gpus", "0"], "from 1 to"),
        (["framings", "--capacity", "--gpus", "two"], "whole numbers"),
        (["framings", "--capacity", "--model-size", "9B"], "8B"),
        (["framings", "--capacity", "--model-size", "70B", "--gpus", "1"], "needs 2 GPUs"),
        (["framings", "--capacity", "--tokens-per-second", "fast"], "not numbers"),
        (["framings", "--capacity", "--tokens-per-second", "1,2,3"], "20000,5000"),
        (["framings", "--capacity", "--tokens-per-second", "0"], "20000,5000"),
        (["framings", "--capacity", "--latency", "-1"], "latency"),
        (["framings", "--capacity", "--latency", "nan"], "latency"),
        (["framings", "--capacity", "--price-gpu-hour", "inf"], "price_gpu_hour"),
        (["framings", "--capacity", "--requests", "0"], "requests"),
    ],
)
def test_unusable_input_is_told(words, said, desk):
    desk.turned_away(["plan", *words], (said,))
