"""The commands about instruments and wordings, as a user types them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mores.instruments.units import framing_units
from mores.instruments.wording_overlays import overlaid, read_overlay
from mores.instruments.wordings import LANGUAGES, wording


def mores(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    done = subprocess.run(
        [sys.executable, "-m", "mores", "instruments", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment | {"COLUMNS": "100", "MORES_DATA_DIR": str(folder / "data")},
        cwd=folder,
        timeout=180,
    )
    assert "Traceback" not in done.stderr
    return done


def rows(*lines: str) -> str:
    return "\n".join(("language,item,part,text", *lines, ""))


FIELD = rows(
    "es,Q57,1,Se puede confiar",
    "es,Q57,2,Hay que cuidarse",
    "fr,country,DEU,d'Allemagne",
    "fr,framing,neighbour,Mon voisin vient {country}.",
    "de,Q57,question,Kann man vertrauen?",
)


def test_list_says_what_there_is(tmp_path):
    done = mores(folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == mores("list", folder=tmp_path).stdout
    assert "wvs7  the World Values Survey, wave 7" in done.stdout
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert "English" in lines["en"]
    assert "instrument" in lines["en"]
    for language in LANGUAGES:
        assert "101 of 101" in lines[language]
        assert ("translation" in lines[language]) == (language != "en")
    assert "no human has checked them" in done.stdout
    assert "No wordings of your own are kept." in done.stdout


def test_show_prints_a_language_and_one_unit(tmp_path):
    done = mores("show", "hi", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = wording("hi")
    for unit in framing_units().units:
        words = found.unit(unit)
        assert words.question in done.stdout
        assert all(
            text in done.stdout for text in (*words.members.values(), *words.labels.values())
        )
    for text in (*found.framings.values(), found.prompts.suffix, *found.countries.values()):
        assert text in done.stdout
    for paraphrase in found.paraphrases:
        assert paraphrase.framings["third-person"] in done.stdout
    one = mores("show", "es", "--unit", "Q249", folder=tmp_path)
    assert one.stdout.startswith("Q249 (translation)\n")
    assert "1. No es una característica esencial" in one.stdout
    assert "(and 8 steps between that have no name but their number)" in one.stdout
    member = mores("show", "en", "--unit", "Q18", folder=tmp_path)
    assert member.stdout.startswith("SU_NEIGHBORS (instrument)\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_as_csv_reads_back_and_changes_nothing(language, tmp_path):
    done = mores("show", language, "--csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\ufefflanguage,item,part,text\n")  # for spreadsheets
    (tmp_path / "mine.csv").write_text(done.stdout, encoding="utf-8", newline="")
    found = read_overlay(tmp_path / "mine.csv")
    assert overlaid(wording(language), found, language) is wording(language)


def test_overlay_says_what_it_changes_and_keeps_it(tmp_path):
    (tmp_path / "field.csv").write_text(FIELD, encoding="utf-8")
    done = mores("overlay", "field.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (
        "\nes        1 of 101  0        2        0         0          0        0\n" in done.stdout
    )
    assert "fr        0 of 101  0        0        1         1          0        0\n" in done.stdout
    assert "de (new)  1 of 101" in done.stdout
    assert "de: still lacks 4" in done.stdout
    assert (
        "es: left as the project's own translation, in whole or in part: 101 units" in done.stdout
    )
    assert "fr: neighbour, EGY: Mon voisin vient d'Égypte." in done.stdout
    assert "fr: user-country, DEU: Je viens d'Allemagne." in done.stdout
    assert 'wordings = ["field"]' in done.stdout
    assert (tmp_path / "data" / "wordings" / "field.csv").read_text("utf-8") == FIELD
    assert "field     de es fr   5" in mores("list", folder=tmp_path).stdout
    shown = mores("show", "es", "--unit", "Q57", "--wording", "field", folder=tmp_path)
    assert shown.stdout.startswith("Q57 (field)\n")
    assert "1. Se puede confiar\n" in shown.stdout
    new = mores("show", "de", "--wording", "field.csv", folder=tmp_path)
    assert new.returncode == 0, new.stderr
    assert "Q57 in language 'de' lacks: options 1, 2" in new.stdout


def test_overlay_replaces_only_if_asked_and_remove_removes(tmp_path):
    (tmp_path / "field.csv").write_text(FIELD, encoding="utf-8")
    (tmp_path / "other.csv").write_text(FIELD.replace("cuidarse", "desconfiar"), encoding="utf-8")
    kept = tmp_path / "data" / "wordings" / "field.csv"
    assert mores("overlay", "field.csv", folder=tmp_path).returncode == 0
    done = mores("overlay", "other.csv", "--name", "field", folder=tmp_path)
    assert done.returncode == 2
    assert "repeat with --replace" in done.stderr
    assert done.stdout == ""
    assert "cuidarse" in kept.read_text("utf-8")
    done = mores("overlay", "other.csv", "--name", "field", "--replace", folder=tmp_path)
    assert done.returncode == 0
    assert "desconfiar" in kept.read_text("utf-8")
    assert mores("remove", "field", folder=tmp_path).stdout == "removed: field\n"
    assert not kept.exists()
    assert "none is kept" in mores("remove", "field", folder=tmp_path).stderr


def test_a_kept_file_that_was_damaged_is_listed_as_such(tmp_path):
    (tmp_path / "data" / "wordings").mkdir(parents=True)
    (tmp_path / "data" / "wordings" / "bad.csv").write_text("x\x1b[31m\n")
    done = mores("list", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "is no column" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "de"), "there is no wording in language 'de'"),
        (("show", "es", "--unit", "Q44x"), "'Q44x' is none of the questions asked; did you mean"),
        (("show", "es", "--wording", "mine"), "there are no wordings 'mine'"),
        (("show", "de", "--wording", "swap.csv"), "has nothing in language 'de'"),
        (("overlay", "none.csv"), "there is no file"),
        (("overlay", "."), "is a folder"),
        (("overlay", ""), "it is empty"),
        (("overlay", "fine.csv", "--name", "My Words"), "is no name to keep wordings under"),
        (("overlay", "fine.csv", "--name", "translation"), "is no name for wordings of your own"),
        (("overlay", "twin.csv"), "line 3: Q57, 2 in 'es' is 'Sí', and so is Q57, 1"),
        (("overlay", "steer.csv"), "line 2: '\\x1b[31m' is no code of a language"),
        (("remove", "mine"), "there are no wordings 'mine'"),
        (("remove", "../fine"), "there are no wordings '../fine'"),
    ],
)
def test_what_cannot_be(arguments, says, tmp_path):
    (tmp_path / "fine.csv").write_text(FIELD, encoding="utf-8")
    (tmp_path / "swap.csv").write_text(rows("es,Q57,question,¿Confía?"), encoding="utf-8")
    (tmp_path / "twin.csv").write_text(rows("es,Q57,1,Sí", "es,Q57,2,Sí"), encoding="utf-8")
    (tmp_path / "steer.csv").write_text(rows("\x1b[31m,Q57,1,Sí"), encoding="utf-8")
    done = mores(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""
    assert "\x1b" not in done.stderr
    assert not (tmp_path / "data").exists()
