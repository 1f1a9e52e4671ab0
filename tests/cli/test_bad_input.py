"""Command lines and folders that are wrong: one message each, exit code 2, and nothing is written."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from refused import Desk, checked_message

from mores.cli import main

RUN = ["run", "value-action", "--out", "out"]
MODELS = ("sim, sim:NAME=VALUE, openai/NAME", "http://host:port/v1#NAME")
HELP = "see: mores run --help"
NO_RUN = ("is not a run's folder", "give the folder of a run")

COMMAND_LINES: list[tuple[list[str], tuple[str, ...]]] = [
    (["rnu"], ('"rnu"', 'Did you mean "run"?', "see: mores --help")),
    (["--verbos"], ("--verbos", "see: mores --help")),
    (["studies", "nope"], ("unexpected: nope", "see: mores studies --help")),
    (["studies", "show"], ("NAME requires an argument", "see: mores studies show --help")),
    (["studies", "show", "nope"], ("no preset 'nope'", "value-action")),
    (["models", "check"], ("MODEL requires an argument", "see: mores models check --help")),
    (["models", "check", "gpt-4"], ("'gpt-4'", *MODELS)),
    (["run"], ("STUDY requires an argument", HELP)),
    ([*RUN, "more"], ("unexpected: more", HELP)),
    ([*RUN, "--smaple", "3"], ("--smaple", "Did you mean --sample?", HELP)),
    ([*RUN, "--no-dry-run"], ("--no-dry-run", "Did you mean --dry-run?")),
    ([*RUN, "--dry-run=maybe"], ("--dry-run", '"maybe"', HELP)),
    ([*RUN, "--seed"], ("--seed requires an argument", HELP)),
    ([*RUN, "--model", "sim", "--model", "sim"], ("--model specified multiple times", HELP)),
    ([*RUN, "--seed", "x"], ("--seed", "'x' is not a whole number", HELP)),
    ([*RUN, "--seed", "1.5"], ("--seed", "'1.5' is not a whole number")),
    ([*RUN, "--seed", "-1"], ("seed", "greater than or equal to 0, not -1", "give another")),
    ([*RUN, "--seed", "9" * 20], ("seed", "less than 9007199254740992", "give another")),
    ([*RUN, "--seed", "9" * 5000], ("--seed", "is not a whole number")),
    ([*RUN, "--sample", "0"], ("sample", "greater than or equal to 1, not 0", "give another")),
    ([*RUN, "--sample", "-1"], ("sample", "greater than or equal to 1, not -1", "give another")),
    ([*RUN, "--sample", "2.5"], ("--sample", "'2.5' is not a whole number", HELP)),
    ([*RUN, "--sample", "99999"], ("sample = 99999", "take at most")),
    ([*RUN, "--concurrency", "0"], ("concurrency = 0", "at least 1")),
    ([*RUN, "--concurrency", "1.5"], ("--concurrency", "'1.5' is not a whole number")),
    ([*RUN, "--concurrency", "0", "--dry-run"], ("concurrency = 0", "at least 1")),
    ([*RUN, "--budget", "-1"], ("budget = -1.0", "above 0", "leave it out")),
    ([*RUN, "--budget", "0"], ("budget = 0.0", "above 0", "leave it out")),
    ([*RUN, "--budget", "nan"], ("budget = nan", "above 0", "leave it out")),
    ([*RUN, "--budget", "inf"], ("budget = inf", "above 0", "leave it out")),
    ([*RUN, "--budget", "$5"], ("--budget", "'$5' is not a number", HELP)),
    ([*RUN, "--budget", "-1", "--dry-run"], ("budget = -1.0", "leave it out")),
    (
        [*RUN, "--budget", "5", "--model", "http://192.0.2.1/v1#m"],
        ("price of http://192.0.2.1/v1#m is unknown", "--prices", "leave out --budget"),
    ),
    ([*RUN, "--timeout", "0"], ("timeout = 0.0", "above 0 and up to 86400")),
    ([*RUN, "--timeout", "nan"], ("timeout = nan", "above 0 and up to 86400")),
    ([*RUN, "--timeout", "soon"], ("--timeout", "'soon' is not a number", HELP)),
    ([*RUN, "--prices", "nope.toml"], ("nope.toml cannot be read", "No such file")),
    (["run", "value-action", "--out", ""], ("--out", "it is empty", HELP)),
    (["run", "value-action", "--out", "file"], ("file is a file", "choose a folder with --out")),
    (["run", "value-action", "--out", "file/out"], ("file/out", "Not a directory", "with --out")),
    (["run", "value-action", "--out", "x" * 300], ("File name too long", "another with --out")),
    (["report"], ("FOLDER requires an argument", "see: mores report --help")),
    (["report", "nope"], ("nope", *NO_RUN)),
    (["report", "file"], ("file", *NO_RUN)),
    (["report", "folder"], ("folder", *NO_RUN)),
    (["status", "nope"], ("nope", *NO_RUN)),
    (["status", "folder"], ("folder", *NO_RUN)),
    (["answers", "folder"], ("folder", *NO_RUN)),
    (["answers", "folder", "--key", "m1-0123"], ("folder", *NO_RUN)),
    (["compare"], ("FOLDERS requires an argument", "see: mores compare --help")),
    (["compare", "folder"], ("at least two runs", "two or more folders")),
    (["compare", "nope", "folder", "--out", "out"], ("nope", *NO_RUN)),
]


@pytest.mark.parametrize(
    ("arguments", "says"), COMMAND_LINES, ids=[" ".join(a)[:60] for a, _ in COMMAND_LINES]
)
def test_a_command_line_that_is_wrong(
    desk: Desk, arguments: list[str], says: tuple[str, ...]
) -> None:
    desk.put("file", "")
    desk.put("folder/something", "")
    desk.turned_away(arguments, says)


KEY = "put the key in the environment variable"
NAMED: dict[str, tuple[str, ...]] = {
    "gpt-4": ("'gpt-4' is no model", *MODELS),
    "": ("'' is no model", *MODELS),
    "Sim": ("'Sim' is no model", "did you mean 'sim'?"),
    "openai": ("did you mean 'openai/NAME'?", *MODELS),
    "openai/": ("'openai/' names no model", "write openai/NAME"),
    "openai/a b": ("'openai/a b' names no model", "write openai/NAME"),
    "openai/gpt-5": ("openai/gpt-5 needs a key", f"{KEY} OPENAI_API_KEY"),
    "anthropic/x": ("anthropic/x needs a key", f"{KEY} ANTHROPIC_API_KEY"),
    "gemini/x": ("gemini/x needs a key", f"{KEY} GEMINI_API_KEY"),
    "openrouter/x": ("openrouter/x needs a key", f"{KEY} OPENROUTER_API_KEY"),
    "hf": ("'hf' is no model of this version", *MODELS),
    "hf:./nowhere": ("hf:./nowhere", "config.json"),
    "ftp://x/v1#m": ("'ftp://x/v1#m' is no model", *MODELS),
    "http://x/v1": ("http://x/v1 does not say which model", "as in http://x/v1#NAME"),
    "http://x/v1#": ("does not say which model", "as in http://x/v1#NAME"),
    "http://x:99999/v1#m": ("'http://x:99999/v1'", "write http://host:port/v1"),
    "http://x/v1?a=b#m": ("holds a query", "write http://host:port/v1"),
    "http://x/v1/chat/completions#m": ("goes too far", "leave out /chat/completions"),
    "sim:nope=1": ("no parameter 'nope'", "allowed: prior_x"),
    "sim:link": ("'link' is not name=value", "write sim:"),
    "sim:link=high": ("link=high is not a number", "give one"),
    "sim:link=2": ("link=2.0 is outside -1 … 1", "choose one inside"),
    "sim:link=nan": ("link=nan is outside -1 … 1", "choose one inside"),
    "sim:link=0,link=1": ("link is given twice", "give it once"),
    "sim:seed=1.5": ("seed=1.5 is not a whole number", "give one"),
    "sim:refusal=0.7,malformed=0.7": ("add up to more than 1", "lower one of them"),
}


@pytest.mark.parametrize(("model", "says"), NAMED.items(), ids=list(NAMED))
def test_a_model_that_cannot_be_asked(desk: Desk, model: str, says: tuple[str, ...]) -> None:
    desk.turned_away([*RUN, "--model", model], says)


def test_a_password_in_an_address_is_refused_and_not_repeated(desk: Desk) -> None:
    address = "http://user:hunter2@x/v1#m"
    message = desk.turned_away(
        [*RUN, "--model", address], ("user name or password", "MORES_API_KEY")
    )
    assert "hunter2" not in message


def test_a_server_that_does_not_answer(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        says = (f"nothing answers at {address}", "is the server running?")
        desk.turned_away([*RUN, "--model", f"{address}#m"], says)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[[", ("p.toml is not TOML",)),
        (b"\xff\xfe", ("p.toml is not UTF-8",)),
        ("", ("p.toml", "price")),
        ('[price."sim"]\nprompt = 1\n', ("price.sim.completion",)),
        ('[price."sim"]\nprompt = -1\ncompletion = 1\n', ("price.sim.prompt", "equal to 0")),
        ('[price."sim"]\nprompt = nan\ncompletion = 1\n', ("price.sim.prompt", "finite")),
    ],
)
def test_a_price_table_that_is_wrong(
    desk: Desk, content: str | bytes, says: tuple[str, ...]
) -> None:
    desk.put("p.toml", content)
    desk.turned_away([*RUN, "--prices", "p.toml"], (*says, "write [price.", "as_of (a date)"))


@pytest.mark.parametrize("name", ["study.toml", "dilemmas.jsonl", "tables/a.csv", "report.html"])
def test_files_of_others_are_not_written_over(desk: Desk, name: str) -> None:
    desk.put(f"out/{name}", 'study = "value-action"\n')
    says = (name.partition("/")[0], "no run of mores", "choose another folder with --out")
    desk.turned_away(RUN, says)


def test_a_study_is_not_run_into_its_own_folder(desk: Desk) -> None:
    desk.put("study.toml", 'study = "value-action"  # my notes\n')
    desk.turned_away(["run", "study.toml", "--out", "."], ("holds study.toml", "with --out"))


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="nothing is read-only to root")
def test_a_folder_that_may_not_be_written(desk: Desk) -> None:
    (desk.folder / "locked").mkdir(mode=0o500)
    says = ("Permission denied", "choose another with --out")
    desk.turned_away(["run", "value-action", "--out", "locked/out"], says)


# Folders of runs


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of one dilemma, made without the report's figures, which take their time."""
    folder = tmp_path_factory.mktemp("kept") / "out"

    def write_report(folder: Path, *parts: Any) -> None:
        next(part for part in parts if hasattr(part, "write_parquet")).write_parquet(
            folder / "answers.parquet"
        )

    stub = ModuleType("mores.report.bundle")
    stub.__dict__["write_report"] = write_report
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, stub.__name__, stub)
        assert main(["run", "value-action", "--sample", "1", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def out(desk: Desk, kept: Path) -> Path:
    """A copy of the finished run, as ``out``."""
    return Path(shutil.copytree(kept, desk.folder / "out"))


AGAIN = [*RUN, "--sample", "1"]
OTHER = ("out/answers.sqlite holds answers to another study", "choose another folder with --out")


@pytest.mark.parametrize(
    ("arguments", "differs"),
    [
        ([*AGAIN, "--seed", "8"], "seed differs"),
        ([*AGAIN, "--model", "sim:seed=3"], "model differs"),
        (["run", "other.toml", "--out", "out"], "personas, asking, sampling differ"),
    ],
)
def test_a_folder_of_another_run_keeps_its_answers(
    desk: Desk, out: Path, arguments: list[str], differs: str
) -> None:
    desk.put(
        "other.toml",
        'study = "value-action"\nseed = 2026\nsample = 1\n[asking]\nrepeats = 2\n'
        "[personas]\ncategories = []\n[sampling]\ntemperature = 1\n",
    )
    desk.turned_away(arguments, (*OTHER, differs))


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA user_version = 99")
    store.close()


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as store:
        store.execute("CREATE TABLE mine (a)")
    store.close()


DAMAGES: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "newer": (_newer, ("newer version", "99", "upgrade mores")),
    "foreign": (_foreign, ("is not an answer store of mores", "another folder")),
    "noise": (
        lambda path: path.write_bytes(bytes(range(256)) * 64),
        ("cannot be read as an answer store", "restore it from a copy", "another folder"),
    ),
    "cut off": (
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        ("cannot be read as an answer store", "restore it from a copy", "another folder"),
    ),
}


@pytest.mark.parametrize("command", [AGAIN, ["report", "out"], ["status", "out"]], ids=str)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_store_that_cannot_be_used_is_left_alone(
    desk: Desk, out: Path, damage: str, command: list[str]
) -> None:
    spoil, says = DAMAGES[damage]
    spoil(out / "answers.sqlite")
    remedy = ("--out",) if command is AGAIN and "another folder" in says else ()
    desk.turned_away(command, ("out/answers.sqlite", *says, *remedy))


@pytest.mark.parametrize("command", ["report", "status"])
def test_a_folder_without_its_store(desk: Desk, out: Path, command: str) -> None:
    (out / "answers.sqlite").unlink()
    desk.turned_away([command, "out"], ("no answers at out/answers.sqlite", "run the study first"))


@pytest.mark.parametrize("command", [AGAIN, ["report", "out"], ["status", "out"]], ids=str)
@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", '{"model": 3}', "[" * 9999, b"\xff", '{"study": "value-action"}'],
    ids=lambda content: str(content[:12]),
)
def test_a_damaged_manifest(
    desk: Desk, out: Path, content: str | bytes, command: list[str]
) -> None:
    desk.put("out/manifest.json", content)
    desk.turned_away(command, ("out/manifest.json is damaged", "restore it", "move it away"))


@pytest.mark.parametrize("field", ["study", "state", "planned", "counts", "model"])
def test_a_manifest_that_lacks_a_field(desk: Desk, out: Path, field: str) -> None:
    found = json.loads((out / "manifest.json").read_text())
    found.pop(field)
    desk.put("out/manifest.json", json.dumps(found))
    desk.turned_away(["status", "out"], ("out/manifest.json", f"{field}: is missing", "restore it"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("study.toml", None, ("no study.toml", "restore it from a copy")),
        ("study.toml", "a = ", ("out/study.toml is not valid TOML",)),
        ("study.toml", 'study = "value-action"\nseed = 8\n', ("seed", "no longer match")),
        ("dilemmas.jsonl", None, ("out/dilemmas.jsonl", "no such file")),
        ("dilemmas.jsonl", "{}\n", ("out/dilemmas.jsonl", "is missing", "correct the file")),
    ],
)
def test_a_run_whose_study_is_gone_or_changed(
    desk: Desk, out: Path, name: str, content: str | None, says: tuple[str, ...]
) -> None:
    if content is None:
        (out / name).unlink()
    else:
        desk.put(f"out/{name}", content)
    desk.turned_away(["report", "out"], says)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--limit", "0"], ("limit = 0", "at least 1")),
        (["--limit", "few"], ("--limit", "'few' is not a whole number")),
        (["--where", "max"], ("'max' is not column=value", "such as category=max")),
        (["--where", "categry=max"], ("no column 'categry'", "did you mean 'category'?")),
        (["--where"], ("--where requires an argument", "see: mores answers --help")),
        (["--key", ""], ("--key ''", "at least 4 hexadecimal digits")),
        (["--key", "m1-12"], ("--key 'm1-12'", "at least 4 hexadecimal digits")),
        (["--key", "m1-123"], ("--key 'm1-123'", "at least 4 hexadecimal digits")),
        (["--key", "xyz123"], ("--key 'xyz123'", "hexadecimal digits")),
        (["--key", "m1-" + "0" * 32], ("m1-0000", "no request in out", "--where")),
    ],
)
def test_answers_that_cannot_be_looked_up(
    desk: Desk, out: Path, arguments: list[str], says: tuple[str, ...]
) -> None:
    desk.turned_away(["answers", "out", *arguments], says)


def test_answers_that_are_not_there_or_damaged(desk: Desk, out: Path) -> None:
    desk.put("out/answers.parquet", "PAR1")
    remedy = "mores report out"
    desk.turned_away(["answers", "out"], ("out/answers.parquet cannot be read", remedy))
    (out / "answers.parquet").unlink()
    desk.turned_away(["answers", "out"], ("no answers.parquet yet", remedy))


def test_runs_without_tables_are_not_compared(desk: Desk, out: Path) -> None:
    says = ("out has no tables yet", "first: mores report out")
    desk.turned_away(["compare", "out", "out", "--out", "both"], says)


# As a process of its own


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (RUN[:1], ("STUDY requires an argument",)),
        (["rnu"], ('Did you mean "run"?',)),
        (["run", "nope.toml"], ("no file nope.toml",)),
        ([*RUN, "--sample", "0"], ("sample", "not 0")),
        ([*RUN, "--model", "gpt-4"], ("'gpt-4'", *MODELS)),
        ([*RUN, "--model", "openai/gpt-5"], (f"{KEY} OPENAI_API_KEY",)),
        (["run", "value-action", "--out", "file/out"], ("file/out", "Not a directory")),
        (["status", "nope"], NO_RUN),
        (["compare", "nope"], ("at least two runs",)),
    ],
    ids=lambda given: " ".join(given)[:40] if isinstance(given, list) else "",
)
def test_the_installed_command(tmp_path: Path, arguments: list[str], says: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    script = shutil.which("mores", path=str(Path(sys.executable).parent))
    command = [script] if script else [sys.executable, "-m", "mores"]
    done = subprocess.run(
        [*command, *arguments],
        cwd=tmp_path,
        env={
            name: os.environ[name]
            for name in ("PATH", "HOME", "MORES_DATA_DIR")
            if name in os.environ
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    checked_message(done.stderr, says)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mores", "run", "value-action", "--seed", "1.5"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    checked_message(done.stderr, ("'1.5' is not a whole number", HELP))
    assert not list(tmp_path.iterdir())
