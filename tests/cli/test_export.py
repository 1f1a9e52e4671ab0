"""Answers for other programs, as a user types the command."""

import polars as pl
import pytest
from cli.test_commands import mores


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run's folder whose answers hold what is awkward in a path, or in a spreadsheet."""
    out = tmp_path_factory.mktemp("export") / "run"
    done = mores("run", "value-action", "--sample", 1, "--out", out)
    assert done.returncode == 0, done.stderr
    awkward = {0: "=1+1", 1: "+SUM(A1)", 2: "-2", 3: "@x", 4: 'a "b", c', 5: "two\nlines"}
    answers = pl.read_parquet(out / "answers.parquet").with_row_index()
    index = pl.col("index")
    texts = index.replace_strict(awkward, default=pl.col("text"))
    countries = index.replace_strict({0: None, 1: "a/b", 2: "ü=1%"}, default=pl.lit("GBR"))
    answers = answers.with_columns(text=texts, country=countries).drop("index")
    answers.write_parquet(out / "answers.parquet")
    return out


def exported(folder, out, *options):
    done = mores("export", folder, "--out", out, *options)
    assert done.returncode == 0, done.stderr
    assert f"78 answers: {out}" in done.stdout
    return out


def refused(folder, out, *options):
    before = sorted(out.parent.rglob("*"))
    done = mores("export", folder, "--out", out, *options)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert sorted(out.parent.rglob("*")) == before
    return done.stderr


def in_order(answers, columns):
    return answers.select(columns).sort("key")


@pytest.fixture(scope="module")
def divided(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("divided") / "new" / "out"
    return exported(folder, out, "--partition", "category", "--partition", "country")


def test_two_columns_make_folders_in_folders(folder, divided):
    answers = pl.read_parquet(folder / "answers.parquet")
    wanted = answers.select("category", "country").unique()
    found = [path.parent.relative_to(divided).as_posix() for path in divided.rglob("*.parquet")]
    assert len(found) == len(set(found)) == wanted.height
    assert all(place.startswith("category=") and "/country=" in place for place in found)
    ends = {place.rpartition("=")[2] for place in found}
    assert {"GBR", "a%2Fb", "__HIVE_DEFAULT_PARTITION__"} <= ends
    assert {path.suffix for path in divided.rglob("*") if path.is_file()} == {".parquet"}


def test_polars_reads_every_answer_back(folder, divided):
    whole = pl.read_parquet(folder / "answers.parquet")
    back = pl.scan_parquet(divided, hive_partitioning=True).collect()
    assert in_order(back, whole.columns).equals(in_order(whole, whole.columns))
    few = pl.scan_parquet(divided, hive_partitioning=True).filter(pl.col("country") == "a/b")
    assert few.collect()["text"].to_list() == ["+SUM(A1)"]


def test_a_spreadsheet_runs_no_cell(folder, tmp_path):
    out = exported(folder, tmp_path / "out", "--format", "csv", "--partition", "category")
    files = sorted(out.rglob("*.csv"))
    assert {path.parent.parent for path in files} == {out}
    read = pl.concat([pl.read_csv(path, infer_schema=False) for path in files])
    whole = pl.read_parquet(folder / "answers.parquet")
    assert read.height == whole.height
    assert set(read.columns) == set(whole.columns) - {"category"}
    told = dict(read.select("key", "text").iter_rows())
    for key, text in whole.select("key", "text").iter_rows():
        safe = "'" + text if text[:1] in "=+-@" else text
        assert told[key] == safe.replace("\n", "\\n")
    cells = [cell for name in read.columns for cell in read[name].drop_nulls()]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]


def test_without_partition_there_is_one_folder(folder, tmp_path):
    out = exported(folder, tmp_path / "out")
    assert [path.name for path in out.iterdir()] == ["part-00000.parquet"]
    whole = pl.read_parquet(folder / "answers.parquet")
    assert pl.read_parquet(out / "part-00000.parquet").equals(whole)


def test_nothing_is_overwritten(folder, tmp_path):
    (tmp_path / "out").mkdir()
    assert "is there already, and nothing is overwritten" in refused(folder, tmp_path / "out")
    (tmp_path / "file").write_text("mine")
    assert "choose another --out" in refused(folder, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--partition", "contry"), "there is no column 'contry'; did you mean 'country'?"),
        (("--partition", "probabilities"), "probabilities holds lists"),
        (("--partition", "model", "--partition", "model"), "names a column twice"),
        (("--format", "xlsx"), "xlsx"),
        (("--partition", ""), "there is no column ''"),
    ],
)
def test_what_cannot_be(options, said, folder, desk):
    line = ["export", str(folder), "--out", str(desk.folder / "out")]
    desk.turned_away([*line, *options], (said,))


def test_what_is_no_finished_run(tmp_path):
    place = tmp_path / "nowhere"
    assert "nowhere is not a run's folder" in refused(place, tmp_path / "out")
    part = tmp_path / "part"
    done = mores("run", "value-action", "--sample", 1, "--shard", "1/2", "--out", part)
    assert done.returncode == 0, done.stderr
    assert "is shard 1/2 of a study; when all shards are asked: mores merge" in refused(
        part, tmp_path / "out"
    )
