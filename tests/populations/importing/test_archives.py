from __future__ import annotations

import io
import tempfile
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from broken_files import mark_encrypted, understate_sizes, write_members
from small import small_population
from survey_files import write_country_xlsx, write_wvs7_csv, write_wvs7_sav, write_zip

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.populations.importing.archives import Budget
from mores.populations.importing.recognition import Form
from mores.populations.importing.tables import read_tables

WVS7 = wvs7()
GOOD = b"Q46,B_COUNTRY_ALPHA\n1,EGY\n2,EGY\n"
PDF = b"%PDF-1.7 codebook"


@pytest.fixture(autouse=True)
def unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Archives are unpacked here, and nothing may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert not list(folder.iterdir())


@cache
def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return held.getvalue()


def sources(path: Path, **options) -> list[str]:
    return [table.source for table, _ in read_tables([path], WVS7, **options)]


def refused(path: Path, *says: str, budget: Budget | None = None) -> None:
    with pytest.raises(PopulationError) as caught:
        list(read_tables([path], WVS7, budget=budget))
    message = str(caught.value)
    for part in (path.name, *says):
        assert part in message, message
    assert ";" in message, "without a remedy"
    assert "\n" not in message


def test_an_archive_is_read_member_by_member(tmp_path: Path):
    people = small_population(respondents=14, countries=("EGY", "USA"))
    write_wvs7_csv(people, tmp_path / "all.csv")
    write_wvs7_sav(people, tmp_path / "all.sav")
    write_country_xlsx(people, "USA", tmp_path / "usa.xlsx")
    paths = [tmp_path / name for name in ("all.csv", "all.sav", "usa.xlsx")]
    write_zip(paths, tmp_path / "a.zip")
    found = list(read_tables([tmp_path / "a.zip"], WVS7))
    assert [t.source for t, _ in found] == ["a.zip/all.csv", "a.zip/all.sav", "a.zip/usa.xlsx"]
    assert [form for _, form in found] == [Form.WVS7_CODES, Form.WVS7_CODES, Form.WVS7_LABELS]
    for path, (table, _) in zip(paths, found, strict=True):
        [(alone, _)] = read_tables([path], WVS7)
        assert table.frame.equals(alone.frame)
        assert table.sha256 == sha256(path.read_bytes()).hexdigest()
        assert table.bytes == path.stat().st_size


def test_what_stands_beside_the_data_is_left_out_and_told(tmp_path: Path):
    path = tmp_path / "a.zip"
    members = {
        "docs/codebook.pdf": PDF,
        "readme.txt": b"Terms of use, please read them",
        "syntax.sps": b"GET FILE 'a.sav'.",
        "variables.csv": b"variable,label\nQ46,Happiness\n",
        "__MACOSX/._data.csv": b"\0\5\x16\7",
        "data/WVS7.csv": GOOD,
    }
    write_members(path, members)
    notes: list[str] = []
    assert sources(path, note=notes.append) == ["a.zip/data/WVS7.csv"]
    assert len(notes) == 5
    assert "a.zip: left out docs/codebook.pdf (a PDF document)" in notes
    assert "a.zip: left out variables.csv (no form of this survey)" in notes


def test_of_very_many_files_that_are_left_out_the_first_are_named(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {f"{n}.txt": b"a b" for n in range(50)} | {"WVS7.csv": GOOD})
    notes: list[str] = []
    assert sources(path, note=notes.append) == ["a.zip/WVS7.csv"]
    assert len(notes) == 21
    assert notes[-1] == "a.zip: left out 30 more that are no data of this survey"


def test_an_archive_in_an_archive_is_opened(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"inner.zip": zipped(one__csv=GOOD, two__csv=GOOD), "last.csv": GOOD})
    expected = ["a.zip/inner.zip/one.csv", "a.zip/inner.zip/two.csv", "a.zip/last.csv"]
    assert sources(path) == expected


def test_an_archive_in_an_archive_in_an_archive_is_not(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"b.zip": zipped(c__zip=zipped(d__csv=GOOD))})
    refused(path, "a.zip/b.zip/c.zip", "unpack it")


def test_an_archive_need_not_be_called_one(tmp_path: Path):
    path = tmp_path / "a.csv"
    write_members(path, {"WVS7.sav": GOOD})
    assert sources(path) == ["a.csv/WVS7.sav"]


def test_stopping_early_leaves_nothing(tmp_path: Path, unpacking: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"a.csv": GOOD, "b.csv": GOOD})
    tables = read_tables([path], WVS7)
    next(tables)
    assert list(unpacking.iterdir())
    tables.close()


@pytest.mark.parametrize(
    "name",
    [
        "../evil.csv",
        "a/../../evil.csv",
        "/etc/evil.csv",
        "C:\\evil.csv",
        "C:evil.csv",
        "..\\evil.csv",
        "\\\\server\\share\\evil.csv",
    ],
)
def test_a_member_that_leaves_its_folder_is_refused(name: str, tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"good.csv": GOOD, name: GOOD})
    before = sorted(p for p in tmp_path.rglob("*"))
    refused(path, "outside its folder", "evil.csv")
    assert sorted(p for p in tmp_path.rglob("*")) == before


def test_a_link_is_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"data.csv": b"/etc/passwd"}, mode=0o120777)
    refused(path, "is a link")


def test_an_encrypted_member_is_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"data.csv": GOOD})
    mark_encrypted(path)
    refused(path, "'data.csv' is encrypted", "password")


def test_an_unknown_compression_is_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"data.csv": GOOD})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.find(signature) + offset] = 97
    path.write_bytes(data)
    refused(path, "data.csv", "unpack the archive with another")


def bomb(path: Path, size: int = 80 << 20, **members: bytes) -> None:
    write_members(path, {**members, "data.csv": b"Q46,B_COUNTRY_ALPHA\n" + b"1" * size})


def test_a_member_too_dense_is_refused(tmp_path: Path):
    bomb(tmp_path / "a.zip")
    refused(tmp_path / "a.zip", "'data.csv' unpacks to 84 MB", "no archive of the survey")


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    bomb(path)
    understate_sizes(path, 1000)
    refused(path, "damaged")


def test_an_archive_too_large_is_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {f"{n}.csv": GOOD for n in range(4)})
    assert len(sources(path, budget=Budget(total=4 * len(GOOD)))) == 4
    refused(path, "unpacks to", budget=Budget(total=4 * len(GOOD) - 1))


def test_archives_inside_count_against_the_same_limits(tmp_path: Path):
    path = tmp_path / "a.zip"
    inner = zipped(**{f"m{n}__csv": GOOD for n in range(4)})
    write_members(path, {"inner.zip": inner})
    total = len(inner) + 4 * len(GOOD)
    assert len(sources(path, budget=Budget(total=total))) == 4
    refused(path, "inner.zip", "unpacks to", budget=Budget(total=total - 1))
    refused(path, "inner.zip", "holds 4 files", budget=Budget(members=4))


def test_too_many_members_are_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(10_001):
            archive.writestr(f"{n}.txt", b"")
    refused(path, "holds 10,001 files")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from mores.populations.importing import archives

    path = tmp_path / "a.zip"
    write_members(path, {"data.csv": GOOD})

    class Full:
        free = 10

    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: Full)
    refused(path, "are free", "TMPDIR")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_an_archive_cut_off_is_refused(share: float, tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"data.csv": GOOD * 100})
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    refused(path, "damaged or cut off")


def test_a_flipped_bit_is_noticed(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.csv", GOOD)
    path.write_bytes(path.read_bytes().replace(b"\n2,EGY", b"\n3,EGY"))
    refused(path, "damaged")


def test_an_archive_with_nothing_usable_says_what_it_holds(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"codebook.pdf": PDF, "WVS7.rds": b"\x1f\x8b\x08...", "notes.txt": b"a b"})
    refused(path, "codebook.pdf (a PDF", "WVS7.rds (compressed", "no form of this survey")


def test_an_empty_archive(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {})
    refused(path, "holds no file")


def test_an_archive_of_another_survey_says_so(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"ESS9.csv": b"cntry,idno,pplwgt,happy\nDE,1,1.0,8\n", "codebook.pdf": PDF})
    refused(path, "a.zip/ESS9.csv", "European Social Survey")


def test_a_broken_table_is_not_passed_over(tmp_path: Path):
    path = tmp_path / "a.zip"
    write_members(path, {"good.csv": GOOD, "cut.csv": GOOD + b"1"})
    refused(path, "a.zip/cut.csv", "row 4 has 1 cells")
    write_members(path, {"good.csv": GOOD, "empty.csv": b""})
    refused(path, "a.zip/empty.csv", "is empty")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path):
    people = small_population(respondents=14, countries=("EGY", "USA"))
    good = tmp_path / "good.xlsx"
    write_country_xlsx(people, "EGY", good)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
        new.writestr("xl/media/picture.png", b"\0" * (80 << 20))
    refused(path, "unpacks to 84 MB")
