"""Every command as a user types it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest


def mores(*arguments, cwd=None):
    # no keys, no proxies: only what an interpreter needs
    environment = {
        k: v
        for k, v in os.environ.items()
        if k in ("PATH", "HOME", "LANG", "TMPDIR", "MORES_DATA_DIR")
    }
    return subprocess.run(
        [sys.executable, "-m", "mores", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment | {"COLUMNS": "100"},
        timeout=180,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "out"
    done = mores("run", "value-action", "--sample", 6, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout
    assert "Traceback" not in done.stderr
    return out


def test_help_names_every_command():
    done = mores("--help")
    assert done.returncode == 0
    for command in ("run", "report", "compare", "status", "answers", "studies", "models"):
        assert re.search(rf"\b{command}\b", done.stdout)


def test_every_command_explains_itself():
    for command in (["run"], ["report"], ["compare"], ["status"], ["answers"], ["studies", "show"]):
        done = mores(*command, "--help")
        assert done.returncode == 0
        assert "Usage" in done.stdout


def test_a_run_leaves_what_the_design_says(folder):
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert {"study.toml", "manifest.json", "answers.sqlite", "answers.parquet"} <= names
    assert {"tables", "figures", "report.html"} <= names
    tables = {path.stem for path in (folder / "tables").glob("*.csv")}
    assert {
        *("alignment_by_category", "alignment_by_persona", "alignment_by_value"),
        *("alignment_by_topic", "answer_distribution", "coverage", "position_effects"),
    } <= tables
    assert tables == {path.stem for path in (folder / "tables").glob("*.parquet")}
    figures = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert len(figures) >= 4
    assert figures == {path.stem for path in (folder / "figures").glob("*.png")}


def test_answers_have_the_columns_of_the_contract(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    expected = [
        "key",
        "study",
        "unit",
        "question",
        "persona",
        "category",
        "framing",
        "language",
        "country",
        "repeat",
        "model",
        "status",
        "option",
        "score",
        "probabilities",
        "allowed_mass",
        "text",
        "reason",
        "prompt_tokens",
        "completion_tokens",
        "seconds",
        "dilemma",
        "value",
        "topic",
    ]
    assert set(expected) <= set(answers.columns)
    assert answers.height == 6 * 13 * 2 * 3
    assert set(answers["question"]) == {"value", "action"}
    assert answers["score"].drop_nulls().is_between(-1, 1).all()
    assert set(answers["status"]) <= {"coded", "refused", "uncoded", "failed"}
    assert answers.filter(status="coded")["score"].null_count() == 0
    assert answers.filter(pl.col("status") != "coded")["score"].drop_nulls().is_empty()
    assert answers["key"].n_unique() == answers.height


def test_the_category_table_has_the_columns_of_the_contract(folder):
    table = pl.read_csv(folder / "tables" / "alignment_by_category.csv")
    expected = [
        "model",
        "category",
        "n_pairs",
        "coverage",
        "alignment_distance",
        "ad_low",
        "ad_high",
        "ad_delta",
        "ad_p",
        "alignment_rate",
        "ar_low",
        "ar_high",
        "ar_delta",
        "ar_p",
    ]
    assert set(expected) <= set(table.columns)
    assert set(table["category"]) >= {"baseline", "moderate", "max", "incongruous"}
    rows = {row["category"]: row for row in table.to_dicts()}
    assert rows["max"]["n_pairs"] == 6 * 4
    delta = rows["baseline"]["alignment_distance"] - rows["max"]["alignment_distance"]
    assert rows["max"]["ad_delta"] == pytest.approx(delta)


def test_the_manifest_tells_what_is_synthetic(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["synthetic"] == ["humans", "model"]
    assert manifest["planned"] == sum(manifest["counts"].values()) == 468
    assert manifest["state"] == "complete"


def test_the_same_command_again_asks_nothing(folder):
    before = (folder / "answers.sqlite").read_bytes()
    done = mores("run", "value-action", "--sample", 6, "--out", folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "answers.sqlite").read_bytes() == before


def test_report_gives_the_same_tables_again(folder):
    before = {p.name: p.read_bytes() for p in (folder / "tables").iterdir()}
    done = mores("report", folder)
    assert done.returncode == 0, done.stderr
    assert {p.name: p.read_bytes() for p in (folder / "tables").iterdir()} == before


def test_a_run_can_be_repeated_from_its_own_folder(folder, tmp_path):
    done = mores("run", folder / "study.toml", "--out", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    first, second = (pl.read_parquet(f / "answers.parquet") for f in (folder, tmp_path / "again"))
    assert first.equals(second)


def test_a_sample_can_be_widened_and_asks_only_what_is_missing(tmp_path):
    out = tmp_path / "out"
    assert mores("run", "value-action", "--sample", 2, "--out", out).returncode == 0
    few = pl.read_parquet(out / "answers.parquet")
    done = mores("run", "value-action", "--sample", 4, "--out", out)
    assert done.returncode == 0, done.stderr
    more = pl.read_parquet(out / "answers.parquet")
    assert set(few["key"]) < set(more["key"])
    assert json.loads((out / "manifest.json").read_text())["requests_last_run"] < few.height * 1.2


def test_dry_run_writes_nothing(tmp_path):
    done = mores("run", "value-action", "--dry-run", "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "48,048" in done.stdout
    assert "Nothing was asked" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_status(folder):
    done = mores("status", folder)
    assert done.returncode == 0
    assert re.search(r"planned\s+468", done.stdout)
    assert re.search(r"left\s+0", done.stdout)


def test_from_a_number_to_the_answers_behind_it(folder):
    done = mores(
        "answers", folder, "--where", "category=max", "--where", "status=coded", "--limit", 2
    )
    assert done.returncode == 0, done.stderr
    key = re.search(r"m1-[0-9a-f]{32}", done.stdout).group()
    done = mores("answers", folder, "--key", key)
    assert done.returncode == 0, done.stderr
    assert "You are a participant in a psychological study." in done.stdout
    assert "-- reply" in done.stdout
    assert "coded as coded" in done.stdout


def test_compare(folder, tmp_path):
    other = tmp_path / "other"
    assert (
        mores(
            "run", "value-action", "--sample", 6, "--model", "sim:link=0.9", "--out", other
        ).returncode
        == 0
    )
    done = mores("compare", folder, other, "--out", tmp_path / "both")
    assert done.returncode == 0, done.stderr
    table = pl.read_csv(tmp_path / "both" / "tables" / "table1_alignment_distance.csv")
    assert table.height == 2
    assert (tmp_path / "both" / "comparison.html").exists()


def test_studies_and_their_schema(tmp_path):
    assert "value-action" in mores("studies").stdout
    text = mores("studies", "show", "value-action").stdout
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    done = mores("run", tmp_path / "mine.toml", "--dry-run")
    assert done.returncode == 0, done.stderr
    schema = json.loads(mores("studies", "schema").stdout)
    for study in schema["oneOf"]:
        held = schema["$defs"][study["$ref"].removeprefix("#/$defs/")]
        assert "study" in held["required"]
        assert held["additionalProperties"] is False


def test_models_and_check():
    listed = mores("models").stdout
    for name in ("sim", "openai/NAME", "ollama/NAME", "OPENAI_API_KEY", "http://host:port/v1#NAME"):
        assert name in listed
    done = mores("models", "check", "sim")
    assert done.returncode == 0, done.stderr


def test_a_model_behind_http_gives_answers_that_are_not_called_simulated(tmp_path):
    server = Path(__file__).parents[1] / "chat_server.py"
    command = [sys.executable, str(server), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline().split()[-1])
            model = f"http://127.0.0.1:{port}/v1#test"
            checked = mores("models", "check", model)
            assert checked.returncode == 0, checked.stderr
            out = tmp_path / "out"
            done = mores("run", "value-action", "--sample", 3, "--model", model, "--out", out)
            assert done.returncode == 0, done.stderr
        finally:
            process.terminate()
    assert "simulated" not in done.stdout
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["synthetic"] == ["humans"]
    assert manifest["counts"]["coded"] == 3 * 78


def test_what_is_mistyped_is_one_line_and_exit_2(tmp_path):
    for arguments in (["rum"], ["run", "value-acton"], ["run", "value-action", "--smple", "3"]):
        done = mores(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("mores: ")
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
