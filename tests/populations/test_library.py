from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from few_respondents import few

from mores.errors import PopulationError
from mores.populations import library as module
from mores.populations.library import DataLibrary, data_directory, load_folder, load_population
from mores.populations.population import Population


@pytest.fixture
def library(tmp_path: Path) -> DataLibrary:
    return DataLibrary(tmp_path / "data")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_kept_is_what_is_read(library):
    folder = library.save(few(), {"unmapped": [["Q46", "happyish", 3]]})
    back = library.load("few")
    assert back.frame.equals(few().frame)
    assert back.fingerprint == few().fingerprint
    assert (back.name, back.synthetic, back.source["form"]) == ("few", False, "test")
    entry = library.entry("few")
    assert entry.respondents == 2
    assert entry.countries == {"EGY": 1, "GBR": 1}
    assert (entry.waves, entry.years, entry.items) == ((7,), (2018, 2022), ("Q46",))
    assert entry.findings["unmapped"] == [["Q46", "happyish", 3]]
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "respondents.parquet",
    ]


def test_a_new_directory_holds_nothing(library):
    assert library.names() == []
    assert library.entries() == ([], [])
    with pytest.raises(PopulationError, match="it holds none; import one with"):
        library.load("few")


def test_a_name_that_is_taken_is_refused_and_nothing_changes(library):
    library.save(few())
    before = contents(library.directory)
    with pytest.raises(PopulationError, match=r"there is a data set 'few'.*--replace"):
        library.save(few(happiness=4))
    assert contents(library.directory) == before
    library.save(few(happiness=4), replace=True)
    assert library.load("few").frame["Q46"].to_list() == [4, -1]


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", ".a", "a/b", "a" * 65, "-a", "a."])
def test_names_that_no_folder_should_bear_are_refused(library, name):
    with pytest.raises(PopulationError, match="is no name for a data set"):
        library.save(few(name))
    assert not library.directory.exists()


def test_a_folder_with_files_of_others_is_neither_replaced_nor_removed(library):
    diary = library.directory / "few" / "diary.txt"
    diary.parent.mkdir(parents=True)
    diary.write_text("dear")
    for replaced in (False, True):
        with pytest.raises(
            PopulationError, match=r"few holds 'diary.txt', which is no part of a data"
        ):
            library.save(few(), replace=replaced)
    assert contents(library.directory) == {"few/diary.txt": b"dear"}

    other = library.save(few("other"))
    (other / "diary.txt").write_text("dear")
    before = contents(library.directory)
    with pytest.raises(PopulationError, match=r"holds 'diary.txt'"):
        library.remove("other")
    assert contents(library.directory) == before


def test_a_link_is_followed_but_never_deleted(library, tmp_path):
    elsewhere = DataLibrary(tmp_path / "elsewhere")
    target = elsewhere.save(few())
    library.directory.mkdir()
    (library.directory / "few").symlink_to(target)
    (library.directory / "gone").symlink_to(tmp_path / "nowhere")
    assert library.load("few").fingerprint == few().fingerprint
    with pytest.raises(PopulationError, match="few is a link"):
        library.remove("few")
    for name in ("few", "gone"):
        with pytest.raises(PopulationError, match=f"{name} is a link"):
            library.save(few(name), replace=True)
    assert sorted(path.name for path in library.directory.iterdir()) == ["few", "gone"]
    assert elsewhere.load("few").fingerprint == few().fingerprint


def test_a_renamed_folder_is_known_by_its_new_name(library):
    library.save(few()).rename(library.directory / "old")
    assert library.entry("old").name == "old"
    assert library.load("old").name == "old"


def test_a_damaged_data_set_does_not_hide_the_others(library):
    library.save(few())
    (library.save(few("broken")) / "manifest.json").write_text("{")
    sound, faults = library.entries()
    assert [entry.name for entry in sound] == ["few"]
    assert "broken/manifest.json is damaged" in str(faults[0])


def test_a_manifest_bears_no_name_that_steers_a_path_or_terminal(library):
    path = library.save(few()) / "manifest.json"
    path.write_text(path.read_text().replace('"few"', '"../\\u001b[31m"'))
    with pytest.raises(PopulationError, match=r"manifest.json is damaged .* is no name"):
        library.load("few")


@pytest.mark.parametrize("name", ["./nowhere", "file/"])
def test_a_folder_that_is_no_data_set_is_told(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    with pytest.raises(PopulationError, match=r"is no data set \(there is no"):
        load_population(name)


def test_a_failure_while_writing_leaves_the_directory_as_it_was(library, monkeypatch):
    library.save(few())
    before = contents(library.directory)

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for broken in ("manifest_of", "_put_in_place"):
        with monkeypatch.context() as patch:
            patch.setattr(module, broken, fails)
            with pytest.raises(PopulationError, match="No space left on device"):
                library.save(few(happiness=3), replace=True)
        assert contents(library.directory) == before


def test_a_failure_between_the_two_renames_puts_the_old_one_back(library, monkeypatch):
    library.save(few())
    rename = Path.rename
    before = contents(library.directory)

    def fails(self: Path, target: Path) -> Path:
        if self.suffix == ".new":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(PopulationError, match="Input/output error"):
        library.save(few(happiness=3), replace=True)
    assert contents(library.directory) == before


def test_what_killed_processes_left_is_removed_in_time(library):
    library.save(few())
    left = library.directory / ".few.123.new"
    left.mkdir()
    young = library.directory / ".few.124.new"
    young.mkdir()
    os.utime(left, (0, 0))
    library.save(few("other"))
    assert not left.exists()
    assert young.exists()
    assert library.names() == ["few", "other"]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("manifest.json", b"", "damaged"),
        ("manifest.json", b"{}", "damaged"),
        ("manifest.json", b'{"name": 3}', "damaged"),
        ("respondents.parquet", b"", "damaged"),
        ("respondents.parquet", b"PAR1 no", "damaged"),
    ],
)
def test_damage_is_told(library, file, content, said):
    folder = library.save(few())
    (folder / file).write_bytes(content)
    with pytest.raises(PopulationError, match=said):
        library.load("few")


def test_data_of_another_import_under_this_manifest_are_refused(library):
    folder = library.save(few())
    other = library.save(few("other", happiness=2))
    shutil.copy(other / "respondents.parquet", folder / "respondents.parquet")
    with pytest.raises(PopulationError, match="not that of its manifest"):
        library.load("few")


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("respondents", 3),
        ("countries", {"EGY": 1, "USA": 1}),
        ("countries", {"EGY": 2, "GBR": 1}),
        ("countries", {"EGY": 1}),
        ("waves", [6, 7]),
        ("years", [2018]),
    ],
)
def test_a_manifest_that_says_what_its_table_does_not_hold_is_refused(library, claim, said):
    path = library.save(few()) / "manifest.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps(found | {claim: said}))
    with pytest.raises(
        PopulationError,
        match=rf"manifest.json is damaged \(its {claim} are not those of the table beside it\); "
        "import the data set again",
    ):
        library.load("few")
    with pytest.raises(PopulationError, match=f"its {claim} are not those"):
        load_folder(path.parent)
    path.write_text(json.dumps(found | {"countries": {"GBR": 1, "EGY": 1}}))  # in any order
    assert len(library.load("few")) == 2


def test_a_data_set_is_removed(library):
    library.save(few())
    library.remove("few")
    assert library.names() == []
    assert list(library.directory.iterdir()) == []
    with pytest.raises(PopulationError, match="no data set 'few'"):
        library.remove("few")


def test_an_unknown_name_gets_the_nearest(library):
    library.save(few("wvs7"))
    with pytest.raises(PopulationError, match="did you mean 'wvs7'"):
        library.load("wsv7")


def test_the_directory_is_the_given_the_named_or_the_usual_one(tmp_path, monkeypatch):
    monkeypatch.delenv("MORES_DATA_DIR", raising=False)
    assert data_directory().name == "mores"
    monkeypatch.setenv("MORES_DATA_DIR", str(tmp_path / "named"))
    assert data_directory() == tmp_path / "named"
    assert data_directory(tmp_path / "given") == tmp_path / "given"


def test_a_directory_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PopulationError, match="cannot be written"):
        DataLibrary(tmp_path / "file").save(few())
    assert DataLibrary(tmp_path / "file").names() == []


def test_a_folder_is_read_wherever_it_lies(library):
    folder = library.save(few())
    assert load_population(str(folder)).frame.equals(few().frame)
    assert load_folder(folder).name == "few"


def small(**given: object) -> Population:
    return replace(few("synthetic", synthetic=True), source={"form": "synthetic"} | given)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stands in for the synthetic population, and counts how often it is made."""
    from mores.populations import synthetic

    made: list[int] = []

    def synthesise() -> Population:
        made.append(1)
        return small(model=synthetic.MODEL_VERSION)

    monkeypatch.setattr(synthetic, "synthesise", synthesise)
    return made


def test_without_a_name_the_synthetic_population_is_made_once(tmp_path, drawn):
    said: list[str] = []
    for _ in range(2):
        population = load_population(None, tmp_path, said.append)
        assert population.synthetic
    assert load_population("synthetic", tmp_path).synthetic
    assert len(drawn) == 1
    assert said == ["making the synthetic population"]


def test_a_synthetic_population_of_another_version_or_damaged_is_made_again(tmp_path, drawn):
    library = DataLibrary(tmp_path)
    library.save(small(model="older"))
    load_population(None, tmp_path)
    assert len(drawn) == 1
    (tmp_path / "synthetic" / "manifest.json").write_text("{")
    load_population(None, tmp_path)
    assert len(drawn) == 2
    assert json.loads((tmp_path / "synthetic" / "manifest.json").read_text())["synthetic"] is True


def test_where_it_cannot_be_kept_it_is_used_all_the_same(tmp_path, drawn):
    (tmp_path / "file").write_text("")
    said: list[str] = []
    assert load_population(None, tmp_path / "file", said.append).synthetic
    assert "it is not kept" in said[-1]


def test_marks_in_a_path_are_no_pattern(tmp_path):
    library = DataLibrary(tmp_path / "data [2]*")
    library.save(few())
    DataLibrary(tmp_path / "data 2x").save(few(happiness=2))
    assert library.load("few").fingerprint == few().fingerprint
