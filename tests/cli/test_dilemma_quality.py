"""`mores dilemmas check`, as a user types it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest
from tiny_models import save

from mores.cli import main
from mores.instruments.dilemmas import dilemma_json, read_dilemmas


def check(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mores", "dilemmas", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def few(tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text("".join(dilemma_json(d) + "\n" for d in read_dilemmas()[:40]), "utf-8")
    return path


def test_the_shipped_dilemmas_pass():
    ran = check()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.rstrip().splitlines()[-1].startswith("616 dilemmas; 0 of ")
    assert "FAILED" not in ran.stdout
    assert ran.stderr == ""


def test_faults_are_listed_and_end_with_3(few, tmp_path):
    records = [json.loads(line) for line in few.read_text("utf-8").splitlines()]
    records[0]["option_a_mild"] = "I wait \x1b[31mhere."  # refused before it is checked
    faulty = tmp_path / "faulty.jsonl"
    faulty.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    ran = check(faulty)
    assert ran.returncode == 2
    assert "control character" in ran.stderr
    records[0]["option_a_mild"] = "I wait here."
    faulty.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    table = tmp_path / "found.csv"
    ran = check(faulty, "--out", table)
    assert ran.returncode == 3
    assert (
        f"  {records[0]['id']}: Actions must have 10 to 30 words each; a-mild has 3." in ran.stdout
    )
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["topic"] for row in rows} == {"form", "variety", "cues", "validation", "coverage"}
    assert [r["where"] for r in rows if "an action of fewer" in r["check"]] == [records[0]["id"]]
    assert check(faulty, "--out", table).returncode == 2


def test_own_embeddings(few, tmp_path, capsys):
    encoder = save(tmp_path / "encoder", context=512)
    code = main(["dilemmas", "check", str(few), "--embeddings", f"hf:{encoder}", "--alike", "1.0"])
    said = capsys.readouterr().out
    assert code in (0, 3)
    assert "closest pair: embeddings, any two dilemmas" in said
    assert "latent" not in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl"),
        (["--alike", "7"], "--alike 7.0 is no cosine"),
        (["--embeddings", "sim"], "gives no embeddings"),
        (["--out", "here.xlsx"], "ends in .csv"),
    ],
)
def test_what_cannot_be_checked(capsys, arguments, says):
    assert main(["dilemmas", "check", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
