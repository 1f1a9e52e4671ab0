"""The second study as a user runs it."""

import json

import polars as pl
import pytest
from cli.test_commands import mores
from studies.calibrated_personas.asked_of_sim import study_text

FIRST_COLUMNS = {
    "errors": "model arm guidance country question predicted_mean observed_mean absolute_error "
    "variance_mixture variance_within variance_human wasserstein coverage allowed_mass",
    "calibration": "model arm question temperature wasserstein_before wasserstein_after mean_shift",
    "errors_by_country": "model arm guidance country",
    "sample_size": "model arm guidance",
    "shapley": "model arm country indicator value standard_error",
    "tests": "model test measure",
}
WHOLE = study_text(
    countries=("JPN", "GHA"),
    items=("Q1", "Q48", "Q171", "Q185", "Q199"),
    personas=6,
    placed=True,
    text_share=0.1,
    more='[importance]\nmethod = "sampled"\npermutations = 2\npersonas = 3\n',
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("calibrated")
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


def test_probabilities_stand_in_the_order_of_the_options(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    scored = answers.filter(elicitation="probabilities", status="coded")
    assert scored["probabilities"].list.sum().is_between(1 - 1e-5, 1 + 1e-5).all()
    modal = scored["probabilities"].list.arg_max()
    assert (modal == scored["option"]).all()
    assert scored["allowed_mass"].is_between(0, 1).all()
    ten = scored.filter(question="Q48")
    assert (ten["probabilities"].list.len() == 10).all()
    texts = answers.filter(elicitation="text")
    assert texts.height
    assert texts["probabilities"].null_count() == texts.height


def test_the_report_says_what_is_made_up(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "simulated" in page.lower()
    assert "synthetic" in page.lower()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "does not read it" in page
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] == ["humans", "model"]
    assert manifest["model"]["capabilities"]["scoring"] == "exact"


def test_every_figure_is_there_twice(folder):
    drawn = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert drawn == {path.stem for path in (folder / "figures").glob("*.png")}
    assert len(drawn) >= 8


def test_the_same_command_asks_nothing_again(folder):
    before = (folder / "answers.parquet").read_bytes()
    done = mores("run", "mine.toml", "--out", "out", cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    assert "asking 0 requests" in done.stderr + done.stdout
    assert (folder / "answers.parquet").read_bytes() == before


def test_more_personas_are_added_to_those_asked(folder, tmp_path):
    first = mores("run", folder.parent / "mine.toml", "--sample", 3, "--out", tmp_path / "run")
    assert first.returncode == 0, first.stderr
    few = pl.read_parquet(tmp_path / "run" / "answers.parquet")
    more = mores("run", folder.parent / "mine.toml", "--sample", 6, "--out", tmp_path / "run")
    assert more.returncode == 0, more.stderr
    many = pl.read_parquet(tmp_path / "run" / "answers.parquet")
    assert set(few["key"]) < set(many["key"])
    everything = pl.read_parquet(folder / "answers.parquet")
    assert set(many["key"]) == set(everything["key"])


def test_a_dry_run_says_what_would_be_asked():
    done = mores("run", "calibrated-personas", "--dry-run", "--sample", 5)
    assert done.returncode == 0, done.stderr
    assert "35 target questions in 10 countries" in done.stdout
    assert "Nothing was asked" in done.stdout


def test_several_models_side_by_side(folder, tmp_path):
    other = mores(
        "run",
        folder.parent / "mine.toml",
        "--model",
        "sim:steer_value=0.3",
        "--out",
        tmp_path / "b",
    )
    assert other.returncode == 0, other.stderr
    done = mores("compare", folder, tmp_path / "b", "--out", tmp_path / "both")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "both" / "comparison.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"JPN"', '"ATL"'), "ATL"),
        (('"Q1"', '"Q45"'), "Q45"),
        (('"Q1"', '"Q164"'), "Q164"),
        (('"Q1"', '"Q154"'), "Q154"),
        (('"Q1"', '"Q999"'), "Q999"),
        (('"value+nationality"', '"values"'), "values"),
        (("[personas]", '[personas]\nguidance = ["social"]'), "social_science"),
        (("[personas]", '[personas]\ndescriptors = ["composble"]'), "composable"),
        (("[personas]", '[personas]\ndescriptors = ["none.toml"]'), "none.toml"),
        (('"fixed"', '"random"'), "cyclic"),
        (("sample = 6", "sample = 0"), "sample"),
        (
            ('"sociodemographic+nationality", "value+nationality"]', "]\n[precision]\nwidth = 0.1"),
            "precision",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_written(tmp_path, change, said):
    (tmp_path / "mine.toml").write_text(WHOLE.replace(*change), encoding="utf-8")
    done = mores("run", "mine.toml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_answer_told_in_probabilities_is_printed_with_them(folder):
    answers = pl.read_parquet(folder / "answers.parquet")
    scored = answers.filter(elicitation="probabilities", question="Q199", arm="country").row(
        0, named=True
    )
    printed = mores("answers", ".", "--key", scored["key"], cwd=folder).stdout
    assert "no reply" not in printed
    told = printed.split("each label)\n")[1].split("\n-- coded")[0].splitlines()
    masses = [float(line.split()[1]) for line in told]
    assert [line.split()[0] for line in told] == ["1", "2", "3", "4"]
    assert sum(masses) == pytest.approx(scored["allowed_mass"], abs=2e-4)
    shares = ", ".join(f"{share:.4f}" for share in scored["probabilities"])
    assert f"questionnaire's order: {shares}" in printed
    listed = mores("answers", ".", "--where", "arm=country", cwd=folder).stdout
    assert listed.splitlines()[1].split()[:3] == ["key", "arm", "country"]
