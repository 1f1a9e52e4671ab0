"""`mores dilemmas review` and `agreement`, as a user types them."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys

import pytest

from mores.cli import main
from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, dilemma_json, read_dilemmas

AT = "2026-11-20T10:00:00Z"


def mores(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mores", "dilemmas", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def told(page):
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8")
    )
    return json.loads(found[1])


def answered(page, reviewer, places, passed=True):
    """What a reviewer might save who gives each dilemma these places."""
    data = told(page)
    one = {"passed": passed, "reason": "So it is."}
    return {
        **{key: data[key] for key in ("kind", "schema", "program", "set", "page", "seed")},
        "reviewer": reviewer,
        "started": AT,
        "saved": AT,
        "judgements": [
            {
                "id": d["id"], "text": d["text"], "order": list(ACTIONS), "placed": list(places),
                "read": AT, "checks": dict.fromkeys(CHECKS, one), "checked": AT, "remark": "",
                "seconds": {"reading": 1, "checks": 1},
            }
            for d in data["dilemmas"]
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    lines = (dilemma_json(d) + "\n" for d in read_dilemmas()[:12])
    (folder / "few.jsonl").write_text("".join(lines), "utf-8")
    ran = mores("review", folder / "few.jsonl", "--out", folder / "page.html", "--sample", 4)
    assert ran.returncode == 0, ran.stderr
    assert "4 of 12 dilemmas" in ran.stdout
    turned = (ACTIONS[3], *ACTIONS[1:])
    for name, places, passed in (("=Anna", ACTIONS, True), ("Ben", turned, False)):
        content = answered(folder / "page.html", name, places, passed)
        (folder / f"{name[-3:]}.json").write_text(json.dumps(content), "utf-8")
    return folder


def test_from_page_to_merged_file(folder):
    files = [folder / "nna.json", folder / "Ben.json"]
    outs = ["--out", folder / "all.csv", "--merge", folder / "merged.jsonl"]
    ran = mores("agreement", folder / "few.jsonl", *files, *outs)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert re.search(r"actions on their side +=Anna +24 +24 +1\.000", ran.stdout)
    assert re.search(r"actions on their side +all readings +48 +44 +0\.917", ran.stdout)
    assert re.search(r"order of all six +Ben +4 +0 +0\.000 +0\.000 +0\.490", ran.stdout)
    assert re.search(r"passed all four +most reviewers +4 +0", ran.stdout)
    assert "Krippendorff's alpha" in ran.stdout
    assert "8 blind readings added, the checks of 4 dilemmas" in ran.stdout
    with (folder / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["who"] for row in rows} >= {"'=Anna", "Ben"}
    merged = read_dilemmas(folder / "merged.jsonl")
    assert sum(d.validation is not None and d.validation.human for d in merged) == 4
    before = (folder / "merged.jsonl").read_bytes()
    ran = mores("agreement", folder / "few.jsonl", *files, *outs)
    assert ran.returncode == 2
    assert "is there already" in ran.stderr
    assert (folder / "merged.jsonl").read_bytes() == before


def test_one_reviewer(folder, capsys):
    assert main(["dilemmas", "agreement", str(folder / "few.jsonl"), str(folder / "Ben.json")]) == 0
    said = capsys.readouterr().out
    assert "One reviewer" in said
    assert "all readings" not in said


def test_titles_are_text(folder, capsys):
    out = folder / "titled.html"
    arguments = [
        "--out",
        str(out),
        "--sample",
        "1",
        "--title",
        "<b>Ours</b>",
        "--values",
        "equality",
    ]
    assert main(["dilemmas", "review", *arguments]) == 0
    page = out.read_text("utf-8")
    assert "<h1>&lt;b&gt;Ours&lt;/b&gt;</h1>" in page
    assert told(out)["dilemmas"][0]["value"] == "Equality"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["review", "nowhere.jsonl", "--out", "new.html"], "no such file"),
        (["review", "--out", "new.txt"], "ends in .html"),
        (["review", "--out", "new.html", "--values", "equalty"], "did you mean 'equality'"),
        (["review", "--out", "new.html", "--sample", "9999"], "allowed: 1 to 616"),
        (["review", "--out", "new.html", "--seed", "-1"], "--seed -1"),
        (["review", "--out", "new.html", "--title", " "], "--title"),
        (["agreement", "few.jsonl", "few.jsonl"], "check that it is the file you meant"),
        (["agreement", "few.jsonl", "Ben.json", "Ben.json"], "too; give one of the two files"),
        (["agreement", "few.jsonl", "Ben.json", "--merge", "a.csv"], "ends in .jsonl"),
    ],
)
def test_what_cannot_be_done(folder, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(folder)
    assert main(["dilemmas", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert not list(folder.glob("new.*"))
