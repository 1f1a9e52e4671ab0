"""The commands about biographies, as a user types them, offline and over HTTP."""

from __future__ import annotations

import json
import re

import pytest
from models.scripted_server import Asked, chat, http, serving, told
from workflow.biography_writer import told_configuration, well_read, well_written

from mores.cli import main
from mores.personas.biography_files import read_biographies
from mores.personas.grid import index_of


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["biographies", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def server(asked: Asked) -> bytes:
    """Writes and reads well, but for a language model's usual slips."""
    if asked.method == "GET":
        return http(200, {"data": [{"id": "m"}]})
    if "seed" in asked.body:
        return told(400, "unknown field: seed", param="seed")
    text = asked.body["messages"][0]["content"]
    if text.startswith("Read the story"):
        return http(200, chat(well_read(text)))
    if not text.startswith("Invent one"):
        return http(200, chat('{"answer": "A"}'))
    index = index_of(told_configuration(text))
    if index == 17:
        return http(200, chat("Je ne peux pas."))
    first = len(asked.body["messages"]) == 1
    fields = {"occupation": "wizard"} if index == 18 and first else {}
    return http(200, chat(well_written(index, **fields)))


def test_offline_from_writing_to_checking(tmp_path, capsys):
    out = tmp_path / "b.jsonl"
    code, printed, noted = call(
        capsys,
        *("write", "--model", "sim", "--sample", 300, "--seed", 5, "--out", out),
        *("--contradictions", 0.2, "--repairs", 0),
    )
    assert code == 0
    assert re.search(r"^biographies +300$", printed, re.MULTILINE)
    assert "simulated, and no language model's" in printed
    assert "300 of 300" in noted
    code, printed, _ = call(capsys, "check", out, "--model", "sim")
    assert code == 0
    found = re.search(r"planted wrong levels: (\d+), found: \1 \(1.000\); false alarms: 0", printed)
    assert found, printed
    assert re.search(r"^happiness +300 ", printed, re.MULTILINE)
    assert "it is no language model" in printed
    code, printed, _ = call(capsys, "show", out)
    assert "yes: no language model wrote these" in printed
    assert re.search(r"^age_band +30–49 ", printed, re.MULTILINE)
    index = read_biographies(out).biographies[3].configuration
    code, printed, _ = call(capsys, "show", out, "--configuration", index)
    assert code == 0
    assert "asked for" in printed
    assert read_biographies(out).biographies[3].text in printed


def test_over_http_with_slips_repaired_rejected_and_counted(tmp_path, capsys):
    (tmp_path / "some.csv").write_text("index\n17\n18\n19\n40000\n", "utf-8")
    out, again = tmp_path / "b.jsonl", tmp_path / "c.jsonl"
    with serving(server) as serves:
        code, printed, _ = call(
            capsys,
            *("write", "--model", serves.spec, "--configurations", tmp_path / "some.csv"),
            *("--out", out),
        )
        assert code == 0, printed
        assert re.search(r"^accepted +3$", printed, re.MULTILINE)
        assert re.search(r"no-json +1$", printed, re.MULTILINE)
        assert re.search(r"occupation +1$", printed, re.MULTILINE)
        assert "A language model wrote them" in printed
        code, printed, _ = call(capsys, "check", out, "--model", serves.spec, "--out", again)
        assert code == 0, printed
        assert re.search(r"^religiosity +3 +3 +0 +0 ", printed, re.MULTILINE)
    bodies = [a.body for a in serves.asked if a.body and "Invent one" in str(a.body)]
    assert bodies[-1]["response_format"]["type"] == "json_schema"
    found = {b.configuration: b for b in read_biographies(again).biographies}
    assert (found[17].status, found[17].reasons, found[17].attempts) == (
        *("rejected", ("no-json",), 3),
    )
    assert (found[18].status, found[18].drafts) == ("accepted", (("occupation",),))
    assert not read_biographies(out).making.simulated


def test_a_request_that_is_refused_for_good_is_a_counted_outcome(tmp_path, capsys):
    out = tmp_path / "b.jsonl"
    (tmp_path / "some.csv").write_text("index\n19\n20\n", "utf-8")

    def refusing(asked: Asked) -> bytes:
        text = asked.body["messages"][0]["content"] if asked.body else ""
        if text.startswith("Invent one") and index_of(told_configuration(text)) == 20:
            return told(400, "context too long")
        return server(asked)

    with serving(refusing) as serves:
        arguments = ("write", "--model", serves.spec, "--out", out, "--configurations")
        code, printed, _ = call(capsys, *arguments, tmp_path / "some.csv")
    assert code == 0
    assert re.search(r"server-refused +1$", printed, re.MULTILINE)
    assert re.search(r"^accepted +1$", printed, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["write", "--model", "sim", "--out", "b.jsonl"], "--sample N"),
        (["write", "--model", "sim", "--out", "b.jsonl", "--sample", "0"], "sample of 0"),
        (["write", "--model", "sim", "--out", "b.txt", "--sample", "3"], ".jsonl"),
        (
            ["write", "--model", "sim", "--out", "b.jsonl", "--sample", "3", "--seed", "-1"],
            "seed",
        ),
        (
            ["write", "--model", "sim", "--out", "b.jsonl", "--configurations", "bad.csv"],
            "93312",
        ),
        (
            ["write", "--model", "sim", "--out", "b.jsonl", "--configurations", "no.csv"],
            "there is no file",
        ),
        (
            ["write", "--model", "sim", "--out", "b.jsonl", "--sample", "3", "--language", "xx"],
            "'xx' is not known",
        ),
        (
            [
                *[
                    "write",
                    "--model",
                    "sim",
                    "--out",
                    "b.jsonl",
                    "--sample",
                    "3",
                    "--contradictions",
                    "2",
                ]
            ],
            "is no share",
        ),
        (["check", "bad.csv", "--model", "sim"], "mores biographies write has made"),
        (["show", "no.jsonl"], "there is no file"),
        (["write", "--model", "nosuch/x", "--out", "b.jsonl", "--sample", "3"], "nosuch/x"),
    ],
)
def test_unusable_input_ends_with_2_and_a_word_and_writes_nothing(
    tmp_path, capsys, monkeypatch, arguments, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("index\n5\n93312\n", "utf-8")
    code, _, error = call(capsys, *arguments)
    assert code == 2
    assert said in error
    assert "Traceback" not in error
    assert [p.name for p in tmp_path.iterdir()] == ["bad.csv"]


def test_a_hostile_story_cannot_steer_the_terminal(tmp_path, capsys):
    out = tmp_path / "b.jsonl"
    call(capsys, "write", "--model", "sim", "--sample", 1, "--out", out)
    lines = out.read_text("utf-8").splitlines()
    record = json.loads(lines[1])
    record["text"] = "\u202eevil\u202c <script>"
    out.write_text("\n".join([lines[0], json.dumps(record)]) + "\n", "utf-8")
    code, printed, _ = call(capsys, "show", out, "--configuration", record["configuration"])
    assert code == 0
    assert "\u202e" not in printed
    assert "\\u202eevil" in printed
    code, _, error = call(capsys, "show", out, "--configuration", 93_312)
    assert (code, "is not in the file" in error) == (2, True)
