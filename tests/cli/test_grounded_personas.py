"""The fourth study as a user runs it."""

import json
import re

import polars as pl
import pytest
from cli.test_commands import mores
from models.scripted_server import chat, http, serving
from studies.grounded_personas.grounded_asked import study_text

FIRST_COLUMNS = {
    "positions": "model form weighting variable level",
    "alignment_by_group": "model form weighting attribute level",
    "alignment_overall": "model form weighting attribute",
    "moral_foundations": "model form source weighting foundation",
    "variable_importance": "model form source foundation variable eta2",
    "biography_checks": "variable n recovered contradicted",
    "demographics": "attribute level",
    "collapse": "model form weighting measure",
    "diversity": "model form weighting attribute level",
    "requests": "model form battery elicitation asked coded refused uncoded failed",
}
WHOLE = study_text(
    sample=60,
    forms=("configuration", "biography"),
    batteries=("map", "probe", "mfq2"),
    inferred=True,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("grounded")
    (place / "mine.toml").write_text(WHOLE, encoding="utf-8")
    done = mores("run", "mine.toml", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout
    assert "Traceback" not in done.stderr
    return place / "out"


@pytest.mark.parametrize("table", FIRST_COLUMNS)
def test_tables_have_the_columns_that_readers_rely_on(folder, table):
    frame = pl.read_parquet(folder / "tables" / f"{table}.parquet")
    wanted = FIRST_COLUMNS[table].split()
    assert frame.columns[: len(wanted)] == wanted
    assert frame.height
    assert (folder / "tables" / f"{table}.csv").stat().st_size


def test_answers_are_one_row_a_request_in_the_order_of_the_design(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    assert len(answers) == 192 + (1 + 2 * 60) * 83
    assert answers["trial"].is_sorted()
    first = "key study unit question persona category framing language country repeat model status"
    assert answers.columns[:12] == first.split()
    scored = answers.filter(status="coded", elicitation="probabilities")
    assert scored["probabilities"].list.sum().is_between(1 - 1e-5, 1 + 1e-5).all()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["coded"] == (answers["status"] == "coded").sum()


def test_the_report_says_what_is_made_up(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    for word in ("simulated", "synthetic", "grammar", "paraphrase"):
        assert word in page.lower(), word
    assert "http://" not in page.replace("http://www.w3.org", "")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] == ["humans", "biographies", "model"]


def test_every_figure_is_there_twice(folder):
    drawn = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert drawn == {path.stem for path in (folder / "figures").glob("*.png")}
    assert len(drawn) >= 6


def test_the_same_command_asks_nothing_again_and_a_larger_sample_only_what_is_new(folder, tmp_path):
    done = mores("run", "mine.toml", "--out", "out", cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    assert "asking 0 requests" in done.stderr + done.stdout
    text = study_text(sample=5)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    for sample, number in ((5, 6 * 14), (8, 3 * 14)):
        more = mores("run", "mine.toml", "--sample", sample, "--out", "out", cwd=tmp_path)
        assert more.returncode == 0, more.stderr
        assert f"asking {number} requests" in more.stderr


def test_the_full_grid_is_planned_at_once():
    done = mores("run", "grounded-personas-full", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "93,312 of 93,312 configurations" in done.stdout
    assert "7,745,171" in done.stdout
    assert "Nothing was asked" in done.stdout


def test_models_side_by_side(folder, tmp_path):
    model = "sim:steer_value=0.3"
    other = mores("run", folder.parent / "mine.toml", "--model", model, "--out", tmp_path / "b")
    assert other.returncode == 0, other.stderr
    done = mores("compare", folder, tmp_path / "b", "--out", tmp_path / "both")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "both" / "comparison.html").stat().st_size > 10_000


def _answer(asked):
    if asked.body is None:
        return http(200, {"data": [{"id": "m"}]})
    said = asked.body["messages"][-1]["content"]
    last = re.findall(r"\((?:\d+)-(\d+)\)", said)
    return http(200, chat("2" if last and int(last[-1]) < 10 else "7" if last else "3"))


def test_over_http_in_text(tmp_path):
    text = study_text(sample=2, batteries=("map", "mfq2"), inferred=True)
    text += '[asking]\nelicitation = "text"\n[sampling]\nmax_tokens = 16\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with serving(_answer) as server:
        done = mores("run", "mine.toml", "--model", server.spec, "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answers = pl.read_parquet(tmp_path / "out" / "answers.parquet")
    assert len(answers) == 192 + 3 * 50
    assert set(answers["status"]) == {"coded"}, answers.filter(pl.col("status") != "coded")
    moral = pl.read_parquet(tmp_path / "out" / "tables" / "moral_foundations.parquet")
    assert set(moral.filter(source="answered")["mean"]) == {2.0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"mfq2"', '"mfq"'), "mfq2"),
        (('"biography"', '"story"'), "biography"),
        (("sample = 60", "sample = 93313"), "93"),
        (("sample = 60", "sample = 0"), "sample"),
        (("[batteries]", '[batteries]\nmfq2 = "none.csv"'), "none.csv"),
        (("[personas]", '[personas]\nconfigurations = "none.csv"'), "sample"),
        (("[personas]", '[personas]\nbiographies = "none.jsonl"'), "none.jsonl"),
        (("[batteries]", '[prevalence]\nsmoothing = "kernel"\n[batteries]'), "independence"),
        (("seed = 7", 'seed = 7\nlanguage = "xx"'), "xx"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(tmp_path, change, said):
    assert change[0] in WHOLE
    (tmp_path / "mine.toml").write_text(WHOLE.replace(*change, 1), encoding="utf-8")
    done = mores("run", "mine.toml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
