from pathlib import Path

import pytest
from report_material import real

from mores.report.heading import banners, coverage_sentence, day, facts, shown_folder


def test_a_moment_reads_as_a_date():
    assert day("2026-11-02T08:05:00+00:00") == "2 November 2026, 08:05 UTC"
    assert day("no moment") == "no moment"


def test_commands_do_not_give_away_where_a_machine_keeps_its_files():
    assert shown_folder(Path("runs/value-action/sim")) == "runs/value-action/sim"
    assert shown_folder(Path("/home/someone/secret/run-1")) == "run-1"


def test_every_planned_request_is_accounted_for():
    manifest = {"planned": 200, "counts": {"coded": 150, "refused": 20, "uncoded": 5, "failed": 1}}
    assert coverage_sentence(manifest) == (
        "Of 200 planned requests, 176 were asked (88.0\u00a0%): 150 coded (75.0\u00a0%), "
        "20 refused (10.0\u00a0%), 5 could not be coded (2.5\u00a0%), 1 failed (0.5\u00a0%). "
        "Measures rest on coded answers alone; nothing is imputed."
    )


@pytest.mark.parametrize(
    ("state", "says"),
    [("budget", "the budget was spent"), ("interrupted", "interrupted"), ("?", "ended early")],
)
def test_banners_name_what_must_not_be_overlooked(small, state, says):
    counts = {"coded": 1, "refused": 0, "uncoded": 0, "failed": 0}
    shown = banners(small.manifest | {"counts": counts, "state": state})
    assert shown[0].startswith("Simulated model:")
    assert shown[1].startswith("Synthetic humans:")
    assert says in shown[2]
    assert banners(real(small.manifest)) == []
    assert "survey answers" in banners(real(small.manifest) | {"synthetic": ["survey answers"]})[0]


def test_facts_say_what_was_asked_of_whom(small):
    shown = {fact.term: fact.text for fact in facts(small.bound, small.manifest)}
    assert "6 dilemmas" in shown["Asked"]
    assert shown["Model"] == f"{small.manifest['model']['label']} (sim, simulated)"
    assert shown["Seed"] == "7"
    assert shown["Sample"].startswith("a seeded 6")
