from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mores.report.side_by_side import (
    coverage_note,
    coverage_section,
    coverage_table,
    described,
    difference_banners,
    level_of,
)


@dataclass
class Run:
    folder: Path
    manifest: dict
    tables: dict = field(default_factory=dict)


def run(folder=Path("out/a"), simulated=False, coded=90, planned=100, **fingerprint):
    counts = {"coded": coded, "refused": 4, "uncoded": 5, "failed": 1}
    model = {"spec": "x/y", "simulated": simulated}
    return Run(
        folder,
        {"model": model, "counts": counts, "planned": planned, "fingerprint": fingerprint},
    )


def test_coverage_is_counted_by_run():
    runs = [("a", run()), ("b", run(simulated=True, coded=0, planned=0))]
    table = coverage_table(runs)
    assert table.row(0) == ("a", False, 100, 90, 4, 5, 1)
    rows = coverage_section(table).blocks[0].rows
    assert [c.note for c in rows[0].cells[2:]] == [
        "90.0\u00a0%",
        "4.0\u00a0%",
        "5.0\u00a0%",
        "1.0\u00a0%",
    ]
    assert rows[1].cells[2].note == "–"
    assert coverage_note(runs).startswith("90 of 100 requests coded (90.0\u00a0%)")
    assert "1 of 2 models simulated" in coverage_note(runs)
    assert "imulated" not in coverage_note(runs[:1])


def test_a_run_in_a_line():
    assert described(run()) == "x/y; folder a; 90 of 100 requests coded (90.0\u00a0%)"
    assert described(run(simulated=True)).startswith("x/y, simulated; ")


def test_banners_name_what_differs():
    same = [("a", run(seed=1, prompts="p")), ("b", run(seed=1, prompts="p"))]
    assert difference_banners(same, ("seed", "prompts")) == []
    unlike = [("a", run(seed=1, prompts="p")), ("b", run(seed=2, prompts="p", coded=80))]
    found = difference_banners(unlike, ("seed", "prompts"))
    assert found[0].startswith("These runs differ in seed. ")
    assert found[1] == "Unfinished: b."
    made_up = [("a", run(simulated=True)), ("b", run())]
    assert difference_banners(made_up, ())[0].startswith("Simulated: a. ")
    made_up[0][1].manifest["sample"] = 5
    assert "differ in sample" in difference_banners(made_up, ())[1]


@pytest.mark.parametrize(
    ("first", "second", "level"),
    [
        ("", "", "95\u00a0%"),
        ("[analysis]\nlevel = 0.9", "[analysis]\nlevel = 0.9", "90\u00a0%"),
        ("", "[analysis]\nlevel = 0.9", "each run's own"),
        ("", None, "each run's own"),
        ("", "not = = toml", "each run's own"),
    ],
)
def test_the_level_is_said_where_all_runs_have_it(tmp_path, first, second, level):
    runs = []
    for name, text in (("a", first), ("b", second)):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "study.toml").write_text(text, "utf-8")
        runs.append((name, run(tmp_path / name)))
    assert level_of(runs) == level
