"""The commands about descriptor sets, as a user types them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from models.scripted_server import Asked, chat, http, serving, told

from mores.instruments.survey import wvs7
from mores.personas.descriptors import MAP_ITEMS, descriptor_sets, read_descriptor_set

BARE = descriptor_sets()["no-hedge"]


def mores(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "mores", "descriptors", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment | {"COLUMNS": "100"},
        cwd=folder,
        timeout=180,
    )


def writer(asked: Asked) -> bytes:
    """A server that takes everything but a seed and answers as a good language model would."""
    if asked.method == "GET":
        return http(200, {"data": [{"id": "m"}]})
    if "seed" in asked.body:
        return told(400, "unknown field: seed", param="seed")
    text = asked.body["messages"][0]["content"]
    key = next((k for k in MAP_ITEMS if wvs7().item(k).question in text), None)
    if key is None:
        return http(200, chat('{"answer": "A"}'))
    sentences = {str(code): said for code, said in BARE.sentences[key].items()}
    return http(200, chat(json.dumps(sentences)))


def test_list_and_show(tmp_path):
    listed = mores("list", folder=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"^no-hedge +10 +54 ", listed.stdout, re.MULTILINE)
    assert "no human has validated them" in listed.stdout
    assert mores(folder=tmp_path).stdout == listed.stdout

    shown = mores("show", "composable", folder=tmp_path).stdout
    assert shown.count("\n  ") == 54
    assert "Y003 Autonomy index" in shown
    one = mores("show", "composable", "--item", "a008".upper(), folder=tmp_path).stdout
    assert "A008 (Q46) Feeling of happiness" in one
    assert one.count("\n  ") == 4
    assert "written by" in one


def test_a_shipped_set_as_a_file_of_ones_own(tmp_path):
    (tmp_path / "mine.toml").write_text(
        mores("show", "modular", "--toml", folder=tmp_path).stdout, "utf-8"
    )
    checked = mores("check", "mine.toml", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "mine.toml: 10 items, 54 sentences, no fault found" in checked.stdout
    assert (
        read_descriptor_set(tmp_path / "mine.toml").digest()
        == descriptor_sets()["modular"].digest()
    )
    assert "name         mine" in mores("show", "mine.toml", folder=tmp_path).stdout


def test_check_tells_every_fault_with_a_count(tmp_path):
    text = mores("show", "no-hedge", "--toml", folder=tmp_path).stdout.replace(
        "You are torn", "I am torn"
    )
    text = text.replace('1 = "You trust people in general, strangers included."\n', "")
    (tmp_path / "mine.toml").write_text(text.replace("You give God", "You\x1b[31m God"), "utf-8")
    done = mores("check", "mine.toml", folder=tmp_path)
    assert done.returncode == 2
    assert "not valid TOML" in done.stderr  # no escape may stand in a TOML file
    (tmp_path / "mine.toml").write_text(text.replace("You give God", "You\\u001b[31m God"), "utf-8")
    done = mores("check", "mine.toml", folder=tmp_path)
    assert done.returncode == 2
    assert "A165, option 1 (Most people can be trusted): has no sentence" in done.stdout
    assert done.stdout.count("begin with the word “You”") == 4
    assert done.stdout.splitlines()[-1] == "mine.toml: 13 faults"
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "modulr"), "did you mean 'modular'"),
        (("show", "none.toml"), "there is no file"),
        (("show", "modular", "--item", "Q1"), "has no sentences for Q1; allowed: A008"),
        (("show", "modular", "--item", "Q999"), "is no item of"),
        (("check", "none.toml"), "there is no file"),
        (("check", "."), "is a folder"),
        (
            ("generate", "--prompt", "modular", "--model", "sim", "--out", "x.toml"),
            "sim writes no sentences",
        ),
        (("generate", "--prompt", "terse", "--model", "ollama/m", "--out", "x.toml"), "composable"),
        (
            ("generate", "--prompt", "modular", "--model", "nobody", "--out", "x.toml"),
            "is no model",
        ),
        (
            ("generate", "--prompt", "modular", "--model", "ollama/m", "--out", "x.txt"),
            "ends in .toml",
        ),
        (
            (
                "generate",
                "--prompt",
                "modular",
                "--model",
                "ollama/m",
                "--out",
                "x.toml",
                "--items",
                "Z9",
            ),
            "'Z9' is no item",
        ),
    ],
)
def test_unusable_input_is_turned_away_in_a_line(tmp_path, arguments, says):
    done = mores(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not [*tmp_path.iterdir()]


def test_generate_from_a_server_and_never_overwrite(tmp_path):
    with serving(writer) as server:
        ask = ("generate", "--prompt", "no-hedge", "--model", server.spec, "--out", "mine.toml")
        done = mores(*ask, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "mine.toml: 10 items, 54 sentences" in done.stdout
        assert "A008: 4 sentences (1 of 10 items)" in done.stderr
        held = [a.body["response_format"] for a in server.asked if a.method == "POST"][-1]
        assert list(held["json_schema"]["schema"]["properties"]) == ["-2", "-1", "0", "1", "2"]
        before = (tmp_path / "mine.toml").read_bytes()
        n = len(server.asked)
        again = mores(*ask, folder=tmp_path)
    assert again.returncode == 2
    assert "mine.toml is there already" in again.stderr
    assert len(server.asked) == n
    assert (tmp_path / "mine.toml").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]
    found = read_descriptor_set(tmp_path / "mine.toml")
    assert found.digest() == BARE.digest()
    assert found.card["model"] == server.spec


def test_generate_resumes_after_a_reply_that_cannot_be_used(tmp_path):
    stubborn = True

    def script(asked: Asked) -> bytes:
        if (
            stubborn
            and asked.method == "POST"
            and "petition" in asked.body["messages"][0]["content"]
        ):
            return http(200, chat("I would rather \x1b[31mnot."))
        return writer(asked)

    with serving(script) as server:
        ask = ("generate", "--prompt", "modular", "--model", server.spec, "--out", "mine.toml")
        done = mores(*ask, "--items", "A165,E025,A008", folder=tmp_path)
        assert done.returncode == 3
        assert "Q209: m was asked 4 times" in done.stderr
        assert "no JSON object" in done.stderr
        assert [p.name for p in tmp_path.iterdir()] == ["mine.toml.partial"]
        stubborn = False
        n = len(server.asked)
        done = mores(*ask, "--items", "A165,E025,A008", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "kept from before: A165\n" in done.stderr
    prompts = [a.body["messages"][0]["content"] for a in server.asked[n:] if a.method == "POST"]
    assert not any("trusted" in prompt for prompt in prompts)
    assert read_descriptor_set(tmp_path / "mine.toml").items == ("A165", "E025", "A008")
