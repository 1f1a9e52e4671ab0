"""`mores dilemmas export` and `show`, as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mores.cli import main
from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, dilemma_from_record, dilemma_json, read_dilemmas


def mores(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mores", "dilemmas", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture
def own(tmp_path):
    """Two dilemmas of an own value: one hostile and read, one of schema 1 without a record."""
    record = {
        "value": "Tidy",
        "value_label": "Tidy rooms",
        "value_definition": "order",
        "topic": "Pets",
        "scenario_text": "You \u202ewait. " + "Much is said. " * 20,
        "scenario_reasoning": "Both hold.",
        **{f"option_{a.replace('-', '_')}": f"I do {a}." for a in ACTIONS},
        "option_b_mild_reasoning": "It leans away.",
    }
    checks = {name: {"passed": name != "sufficiency", "reason": "So."} for name in CHECKS}
    text = dilemma_from_record(record).text_digest
    reading = {"reader": "m\u200b1", "text": text, "placed": list(ACTIONS)}
    read = {**checks, "blind_readings": [reading, reading], "rewrites": 2}
    lines = [record | {"validation": read}, record | {"schema": 1, "topic": "Cars", "id": "plain"}]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_an_export_as_typed(tmp_path):
    out = tmp_path / "out"
    ran = mores("export", "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert "croissant.json" in ran.stdout
    assert ran.stdout.rstrip().endswith(f"written to {out}")
    assert (out / "README.md").read_text("utf-8").startswith("---\n")
    again = mores("export", "--out", out)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_the_shipped_set_by_value_and_topic():
    ran = mores("show")
    assert ran.returncode == 0, ran.stderr
    assert "each of the 616 pairs occurs" in ran.stdout.splitlines()[-1]
    assert "11  Health and Health Care          56\n" in ran.stdout


def test_what_is_missing_is_named(own, capsys):
    few = own.with_name("few.jsonl")
    few.write_text("".join(dilemma_json(d) + "\n" for d in read_dilemmas()[:13]), "utf-8")
    assert main(["dilemmas", "show", str(few)]) == 0
    assert "9 of 22 pairs are missing: " in capsys.readouterr().out
    assert main(["dilemmas", "show", str(own)]) == 0
    assert "2 dilemmas on 1 value in 2 topics: each of the 2" in capsys.readouterr().out


def test_a_dilemma_in_full(own, capsys):
    assert main(["dilemmas", "show", str(own), "--topic", "pets"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("tidy--pets\nvalue    Tidy rooms: order\n")
    assert "aligned, strong     I do a-strong." in said
    assert "\u202e" not in said
    assert "\\u202ewait" in said
    assert "It leans away" not in said
    assert (
        "validation: 3 of 4 checks passed; blind: 6 of 6 sides, order recovered (m\\u200b1, last of 2"
        in said
    )
    assert "rewritten 2×; no human" in said.replace("\n", " ")
    assert "not passed: sufficiency: So." in said
    assert max(map(len, said.splitlines())) <= 100
    assert main(["dilemmas", "show", str(own), "--id", "plain", "--rationale"]) == 0
    said = capsys.readouterr().out
    assert "why: It leans away." in said
    assert "why: Both hold." in said
    assert "validation: none recorded" in said


def test_a_draw(capsys):
    shown = []
    for seed in ("1", "1", "2"):
        assert main(["dilemmas", "show", "--random", "2", "--seed", seed]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] != shown[2]
    assert shown[0].count("validation: ") == 2


def test_a_choice(capsys):
    assert main(["dilemmas", "show", "--value", "Equality,honest", "--topic", "work"]) == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if "--work" in line] == [
        "equality--work",
        "honest--work",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "nowhere.jsonl"], "nowhere.jsonl"),
        (["show", "--value", "equalty"], "did you mean 'equality'"),
        (["show", "--topic", "wrk"], "did you mean 'work'"),
        (["show", "--id", "equality--wrk"], "equality--work"),
        (["show", "--random", "0"], "cannot draw 0"),
        (["show", "--random", "two"], "'two' is not a whole number"),
        (["export"], "out"),
        (["export", "--out", "no/where"], "does not exist"),
        (["export", "--out", "x", "--published", "soon"], "not a date"),
        (["export", "--out", "x", "--url", "ftp://x"], "no address"),
    ],
)
def test_what_cannot_be_done(capsys, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    assert main(["dilemmas", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []
