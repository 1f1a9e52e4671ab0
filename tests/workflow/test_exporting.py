"""A run's answers in folders by columns, for other programs."""

from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest

from mores.errors import InputError, StoreError
from mores.workflow.exporting import _name, export


def run_folder(path: Path, answers: pl.DataFrame) -> Path:
    path.mkdir()
    (path / "manifest.json").write_text('{"study": "x", "counts": {}, "planned": 4}')
    answers.write_parquet(path / "answers.parquet")
    return path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("mores.workflow.exporting.read_manifest", lambda folder: {})
    monkeypatch.setattr("mores.workflow.exporting._ROWS", 2)  # a folder gets several files
    answers = pl.DataFrame(
        {
            "key": ["m1-0", "m1-1", "m1-2", "m1-3", "m1-4"],
            "persona": ["a/b", None, "a/b", "ü=1%", "a/b"],
            "topic": ["x", "x", "y", "..", "x"],
            "text": ["=1+1", "ok", None, "-2", "a\nb"],
            "probabilities": [[0.5, 0.5], None, [1.0, 0.0], None, None],
        }
    )
    return run_folder(tmp_path / "run", answers)


def test_hive_folders_hold_every_row_once(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    assert export(run, out, ("persona", "topic")) == 5
    back = pl.read_parquet(
        out / "**" / "*.parquet", hive_partitioning=True, try_parse_hive_dates=False
    )
    whole = pl.read_parquet(run / "answers.parquet")
    assert back.select(whole.columns).sort("key").equals(whole)
    assert len(list(out.rglob("*.parquet"))) == 5  # a file a slice and folder
    assert (out / "persona=a%2Fb" / "topic=x" / "part-00001.parquet").is_file()
    assert sorted(p.name for p in out.iterdir())[0] == "persona=%C3%BC%3D1%25"


def test_without_partition_the_rows_stay_in_order(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "out")
    files = sorted((tmp_path / "out").glob("*.parquet"))
    whole = pl.read_parquet(run / "answers.parquet")
    assert len(files) == 3
    assert pl.concat(map(pl.read_parquet, files)).equals(whole)


def test_csv_runs_no_formula(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "out", ("topic",), "csv")
    text = "".join(p.read_text() for p in (tmp_path / "out").rglob("*.csv"))
    assert "'=1+1" in text
    assert "'-2" in text
    assert "[0.5, 0.5]" in text


def test_nothing_is_overwritten(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(InputError, match="is there already, and nothing is overwritten"):
        export(run, out)
    out.rmdir()
    out.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is there already"):
        export(run, out)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (("person",), "no column 'person'"),
        (("probabilities",), "probabilities holds lists"),
        (("topic", "topic"), "names a column twice"),
        (("key", "persona", "topic", "text"), None),
    ],
)
def test_columns_are_checked_before_anything_is_written(
    run: Path, tmp_path: Path, columns: tuple[str, ...], told: str | None
) -> None:
    out = tmp_path / "out"
    if told is None:
        assert export(run, out, columns) == 5
        return
    with pytest.raises(InputError, match=told):
        export(run, out, columns)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]


def test_a_value_too_long_for_a_folder_is_told(tmp_path: Path, run: Path) -> None:
    answers = pl.read_parquet(run / "answers.parquet")
    answers.with_columns(topic=pl.lit("x" * 300)).write_parquet(run / "answers.parquet")
    with pytest.raises(InputError, match=r"topic=x+… is too long for the name of a folder"):
        export(run, tmp_path / "out", ("topic",))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]


def test_names_that_a_disk_takes_for_one_replace_no_file(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = set(), Path.mkdir

    def of_one_case(path: Path, **options: bool) -> None:
        if str(path).casefold() in made and not options.get("exist_ok"):
            raise FileExistsError(17, "File exists")
        made.add(str(path).casefold())
        make(path, **options)

    monkeypatch.setattr(Path, "mkdir", of_one_case)
    answers = pl.read_parquet(run / "answers.parquet").with_columns(
        topic=pl.Series(["x", "X", "y", "Y", "x"])
    )
    answers.write_parquet(run / "answers.parquet")
    with pytest.raises(StoreError, match="File exists"):
        export(run, tmp_path / "out", ("topic",))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "__HIVE_DEFAULT_PARTITION__"),
        ("", "__HIVE_DEFAULT_PARTITION__"),
        ("__HIVE_DEFAULT_PARTITION__", "%5F_HIVE_DEFAULT_PARTITION__"),
        ("a=b/c%", "a%3Db%2Fc%25"),
        ('*?:|<>"\\#', "%2A%3F%3A%7C%3C%3E%22%5C%23"),
        ("tab\tnul\0", "tab%09nul%00"),
        (False, "False"),
        (-3, "-3"),
    ],
)
def test_how_a_value_is_written_in_a_name(value: object, name: str) -> None:
    assert _name(value) == name
    if isinstance(value, str) and value:
        assert unquote(name) == value


def test_too_many_folders_are_refused(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mores.workflow.exporting.MOST_FILES", 4)
    with pytest.raises(InputError, match="makes 5 folders, and at most 4"):
        export(run, tmp_path / "out", ("key",))


def test_what_fails_half_way_leaves_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mores.workflow.exporting._write", full)
    with pytest.raises(Exception, match="No space left"):
        export(run, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]
