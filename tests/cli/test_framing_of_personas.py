"""The first study in another framing, as a user types it."""

import json

import polars as pl
import pytest
from cli.test_commands import mores


@pytest.fixture(scope="module")
def desk_folder(tmp_path_factory):
    """Two runs of the preset, its framing changed by hand as the how-to says."""
    place = tmp_path_factory.mktemp("framings")
    preset = mores("studies", "show", "value-action")
    assert preset.returncode == 0
    assert preset.stdout.count('framing = "persona"') == 1
    for framing in ("user", "third-person"):
        text = preset.stdout.replace('framing = "persona"', f'framing = "{framing}"')
        (place / f"{framing}.toml").write_text(text, encoding="utf-8")
        done = mores("run", f"{framing}.toml", "--sample", 5, "--out", framing, cwd=place)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    return place


@pytest.mark.parametrize("framing", ["user", "third-person"])
def test_answers_and_manifest_say_the_framing(desk_folder, framing):
    answers = pl.read_parquet(desk_folder / framing / "answers.parquet")
    counts = dict(answers["framing"].value_counts().iter_rows())
    assert counts == {"vanilla": 5 * 2 * 3, framing: 5 * 12 * 2 * 3}
    manifest = json.loads((desk_folder / framing / "manifest.json").read_text("utf-8"))
    assert manifest["fingerprint"]["framing"] == framing
    where = ("--where", f"framing={framing}", "--where", "question=value")
    done = mores("answers", framing, *where, cwd=desk_folder)
    assert done.returncode == 0, done.stderr


def test_the_plan_says_it_before_anything_is_asked(desk_folder):
    done = mores("run", "third-person.toml", "--dry-run", cwd=desk_folder)
    assert done.returncode == 0, done.stderr
    said = " ".join((done.stdout + done.stderr).split())
    assert "the model predicts how that person would answer" in said


def test_a_folder_of_another_framing_is_not_gone_on_with(desk_folder):
    before = (desk_folder / "user" / "answers.sqlite").read_bytes()
    done = mores("run", "third-person.toml", "--sample", 5, "--out", "user", cwd=desk_folder)
    assert done.returncode == 2
    assert "framing" in done.stderr
    assert "Traceback" not in done.stderr
    assert (desk_folder / "user" / "answers.sqlite").read_bytes() == before


def test_framings_side_by_side(desk_folder):
    done = mores("compare", "user", "third-person", "--out", "both", cwd=desk_folder)
    assert done.returncode == 0, done.stderr
    table = pl.read_parquet(desk_folder / "both" / "tables" / "table1_alignment_distance.parquet")
    assert table["model"].to_list() == ["simulated (user)", "simulated (third-person)"]


def test_an_unknown_framing_is_one_clear_message(desk_folder):
    text = (desk_folder / "user.toml").read_text("utf-8").replace('"user"', '"thirdperson"')
    (desk_folder / "wrong.toml").write_text(text, encoding="utf-8")
    done = mores("run", "wrong.toml", "--out", "never", cwd=desk_folder)
    assert done.returncode == 2
    assert "personas.framing: is 'thirdperson'; did you mean 'third-person'?" in " ".join(
        done.stderr.split()
    )
    assert not (desk_folder / "never").exists()
