"""The commands about data sets, as a user types them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from populations.small import small_population
from survey_files import write_country_xlsx, write_wvs7_csv, write_zip

from mores.populations.library import DataLibrary

PEOPLE = small_population(3, 30, ["EGY", "GBR"])


def mores(*arguments: object, data: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "mores", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment | {"COLUMNS": "100", "MORES_DATA_DIR": str(data)},
        timeout=180,
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_wvs7_csv(PEOPLE, folder / "wvs7.csv", extra=["X_FOO"])
    write_country_xlsx(PEOPLE, "EGY", folder / "egypt.xlsx")
    write_zip([folder / "wvs7.csv"], folder / "wvs7.zip")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_import_list_show_remove(files, data):
    done = mores("data", "import", files / "wvs7.zip", data=data)
    assert done.returncode == 0, done.stderr
    assert "2 countries: EGY 30, GBR 30" in done.stdout
    assert "X_FOO" in done.stdout
    assert re.search(r"EGY: Q182$", done.stdout, re.MULTILINE)
    assert "mores map --data wvs7" in done.stdout

    listed = mores("data", "list", data=data)
    assert re.search(r"^wvs7 +60 +2 +\d+ .*survey", listed.stdout, re.MULTILINE)
    assert str(data) in listed.stdout
    assert mores("data", data=data).stdout == listed.stdout

    shown = mores("data", "show", "wvs7", data=data)
    assert "sha256:" in shown.stdout
    assert "wvs7.zip/wvs7.csv" in shown.stdout
    assert "X_FOO" in shown.stdout

    gone = mores("data", "remove", "wvs7", data=data)
    assert gone.returncode == 0
    assert DataLibrary(data).names() == []
    assert "holds no data sets" in mores("data", "list", data=data).stdout


def test_several_files_become_one_data_set(files, data):
    done = mores(
        "data", "import", files / "wvs7.csv", files / "egypt.xlsx", "--name", "two", data=data
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:5] == [
        "wvs7.csv: wvs7-codes, 60 respondents",
        "egypt.xlsx: wvs7-labels, 30 respondents",
        "WVS wave 7 (2017-2018); 2 countries: EGY 30, GBR 30",
        "60 respondents in the data set",
        "30 duplicates left out, alike in every column",
    ]
    kept = DataLibrary(data).load("two")
    key = ["country", "respondent"]
    assert kept.frame.select(key).rows() == PEOPLE.frame.select(key).rows()
    assert [file["name"] for file in kept.source["files"]] == ["wvs7.csv", "egypt.xlsx"]


def test_findings_are_shown_in_full_when_asked(data, tmp_path):
    unknown = [f"X_{i:02d}" for i in range(20)]
    write_wvs7_csv(PEOPLE, tmp_path / "a.csv", extra=unknown)
    mores("data", "import", tmp_path / "a.csv", data=data)
    short = mores("data", "show", "wvs7", data=data).stdout
    assert "21 columns not known: version, X_00" in short
    assert "and 6 more" in short
    assert "X_14" not in short
    whole = mores("data", "show", "wvs7", "--all", data=data).stdout
    assert [name for name in unknown if name in whole] == unknown
    assert "and 6 more" not in whole


def test_files_stand_once_in_a_manifest(files, data):
    mores("data", "import", files / "wvs7.zip", data=data)
    manifest = json.loads((data / "wvs7" / "manifest.json").read_text())
    (file,) = manifest["source"]["files"]
    assert sorted(file) == ["bytes", "form", "kind", "name", "respondents", "sha256"]
    assert "files" not in manifest["findings"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import"], "FILES requires an argument"),
        (["import", "nowhere.csv"], "no such file"),
        (["import", "{files}/wvs7.csv", "--name", "Has Space"], "no name for a data set"),
        (["import", "{files}/wvs7.csv", "--name", "../up"], "no name for a data set"),
        (["import", "{files}/wvs7.csv", "--name", "synthetic"], "choose another name"),
        (["import", "{files}/wvs7.csv", "--name", "my-synthetic"], "which an imported one is not"),
        (["import", "{files}/wvs7.csv", "--name", "kept"], "there is a data set 'kept'"),
        (["import", "{files}/wvs7.csv", "--weights", "some"], "some"),
        (["import", "{files}/wvs7.csv", "--data-dir", ""], "it is empty"),
        (["import", "{files}/wvs7.csv", "{files}/nowhere.csv"], "no such file"),
        (["show", "kep"], "did you mean 'kept'"),
        (["remove", "other"], "there is no data set 'other'"),
        (["synthesise", "--respondents", "many"], "not a whole number"),
        (["synthesise", "--respondents", "0"], "respondents"),
        (["synthesise", "--countries", "EGY,XXX"], "XXX"),
        (["synthesise", "--seed", "5", "--name", "synthetic"], "usual size and seed"),
        (["lst"], "unexpected: lst"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_changes(files, data, arguments, said):
    DataLibrary(data).save(small_population(3, 30, ["EGY"]).where(pl.lit(True), "kept"))
    before = everything(data)
    done = mores("data", *(a.format(files=files) for a in arguments), data=data)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert everything(data) == before


def test_an_import_takes_the_place_of_another_only_when_asked(files, data):
    for _ in range(2):
        done = mores("data", "import", files / "wvs7.csv", "--replace", data=data)
        assert done.returncode == 0, done.stderr
    done = mores("data", "import", files / "wvs7.csv", data=data)
    assert done.returncode == 2
    assert "there is a data set 'wvs7'" in done.stderr


def test_weights_can_be_left_out(files, data):
    done = mores("data", "import", files / "wvs7.csv", "--weights", "none", data=data)
    assert done.returncode == 0, done.stderr
    assert set(DataLibrary(data).load("wvs7").weights) == {1.0}


def test_a_synthetic_population_of_any_size(data):
    done = mores(
        "data", "synthesise", "--respondents", 50, "--countries", "EGY,GBR", "--seed", 4, data=data
    )
    assert done.returncode == 0, done.stderr
    assert "100 synthetic respondents of 2 countries" in done.stdout
    assert "no human has given these answers" in done.stdout
    kept = DataLibrary(data).load("synthetic-50-4")
    assert kept.synthetic
    listed = mores("data", "list", data=data).stdout
    assert re.search(r"synthetic-50-4 .* synthetic ", listed)


def test_hostile_labels_cannot_steer_a_terminal(files, data, tmp_path):
    text = (files / "wvs7.csv").read_text(encoding="utf-8")
    head, first, rest = text.split("\n", 2)
    columns = next(c for c in (head.split(","), head.split(";")) if len(c) > 1)
    place = [c.strip('"') for c in columns].index("Q46")
    cells = first.split(",")
    cells[place] = "\x1b[2J=cmd|' /C calc'!A0"
    path = tmp_path / "hostile.csv"
    path.write_text("\n".join([head, ",".join(cells), rest]), encoding="utf-8")
    done = mores("data", "import", path, data=data)
    assert "\x1b" not in done.stdout + done.stderr
    assert "calc" in done.stdout + done.stderr


def test_marks_in_a_file_name_are_no_pattern(files, data, tmp_path):
    text = (files / "wvs7.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "a[1].csv").write_text("".join(text[:11]), encoding="utf-8")
    (tmp_path / "a1.csv").write_text("".join(text), encoding="utf-8")
    done = mores("data", "import", tmp_path / "a[1].csv", data=data)
    assert done.returncode == 0, done.stderr
    assert "a[1].csv: wvs7-codes, 10 respondents" in done.stdout


def test_distributions_replace_no_file_unasked(files, data, tmp_path):
    mores("data", "import", files / "egypt.xlsx", data=data)
    out = tmp_path / "raw.csv"
    out.write_text("mine")
    asked = ["data", "distributions", "wvs7-egy", "--items", "Q46", "--out", out]
    done = mores(*asked, data=data)
    assert (done.returncode, out.read_text()) == (2, "mine")
    assert "raw.csv is there already; choose another with --out" in done.stderr
    assert mores(*asked, "--replace", data=data).returncode == 0
    assert out.read_text().startswith("population,country,item")


def test_a_damaged_data_set_is_told_beside_the_others(files, data):
    for name in ("one", "two"):
        assert (
            mores("data", "import", files / "egypt.xlsx", "--name", name, data=data).returncode == 0
        )
    manifest = data / "two" / "manifest.json"
    found = json.loads(manifest.read_text())
    shown = mores("data", "show", "two", data=data)
    assert re.search(r"^file +egypt.xlsx \([\d,]+ bytes", shown.stdout, re.MULTILINE)
    for wrong in (1, [1], [{}], [{"name": "x", "bytes": "many"}]):
        found["source"]["files"] = wrong
        manifest.write_text(json.dumps(found))
        shown = mores("data", "show", "two", data=data)
        assert shown.returncode == 2, shown.stdout
        assert "the findings of the import are damaged" in shown.stderr
        assert shown.stderr.count("\n") == 1
    manifest.write_text("{")
    listed = mores("data", "list", data=data)
    assert listed.returncode == 0
    assert re.search(r"^one +30", listed.stdout, re.MULTILINE)
    assert "two/manifest.json is damaged" in listed.stderr


def test_the_next_command_can_be_pasted(files, data, tmp_path):
    folder = tmp_path / "my data"
    done = mores("data", "import", files / "egypt.xlsx", "--data-dir", folder, data=data)
    assert f"use it with: mores map --data wvs7-egy --data-dir '{folder}'" in done.stdout


def test_a_study_runs_with_imported_humans(files, data, tmp_path):
    mores("data", "import", files / "wvs7.csv", "--weights", "none", data=data)
    out = tmp_path / "out"
    arguments = ["run", "value-action", "--sample", 5, "--out", out]
    done = mores(*arguments, "--data", "wvs7", data=data)
    assert done.returncode == 0, done.stderr
    assert "the data set wvs7" in done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["humans"]["name"] == "wvs7"
    assert manifest["synthetic"] == ["model"]
    table = pl.read_csv(out / "tables" / "persona_prevalence.csv")
    assert table["humans"].unique().to_list() == ["wvs7"]
    assert not table["synthetic"].any()
    # its replies stand; only the humans beside them are others
    done = mores(*arguments, data=data)
    assert done.returncode == 0, done.stderr
    assert "synthetic population" in done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["synthetic"] == ["humans", "model"]
    assert "synthetic" in (out / "report.html").read_text()


def test_a_study_with_humans_that_are_not_there_asks_nothing(data, tmp_path):
    done = mores("run", "value-action", "--data", "nobody", "--out", tmp_path / "out", data=data)
    assert done.returncode == 2
    assert "no data set 'nobody'" in done.stderr
    assert not (tmp_path / "out").exists()
