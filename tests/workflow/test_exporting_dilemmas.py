import hashlib
import json
import os

import jsonschema
import polars as pl
import pytest

from mores.errors import InputError, InstrumentError, StoreError
from mores.instruments.dilemmas import ACTIONS, dilemma_json, read_dilemmas
from mores.workflow import exporting_dilemmas
from mores.workflow.exporting_dilemmas import export_dilemmas


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "some.jsonl"
    lines = [dilemma_json(d) for d in read_dilemmas()[:5]]
    path.write_text("\ufeff" + "\n\n".join(lines) + "\n", "utf-8")
    return path


def tidy(tmp_path):
    return [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_the_folder_holds_the_set(source, tmp_path):
    out = tmp_path / "out"
    done = export_dilemmas(source, out)
    assert done.n == 5
    assert {name for name, _ in done.files} == {p.name for p in out.iterdir()}
    assert all((out / name).stat().st_size == size for name, size in done.files)
    assert read_dilemmas(out / "dilemmas.jsonl") == read_dilemmas(source)
    assert pl.read_parquet(out / "dilemmas.parquet")["id"].to_list() == [
        d.id for d in read_dilemmas(source)
    ]
    assert pl.read_parquet(out / "actions.parquet").height == 30
    assert done.version in (out / "README.md").read_text("utf-8")
    assert tidy(tmp_path)


def test_metadata_tell_the_files_as_they_are(source, tmp_path):
    export_dilemmas(source, tmp_path / "out", creator="A. Person")
    told = json.loads((tmp_path / "out" / "croissant.json").read_text("utf-8"))
    assert told["name"] == "some"
    assert told["creator"]["name"] == "A. Person"
    for file in told["distribution"]:
        content = (tmp_path / "out" / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["contentSize"] == f"{len(content)} B"
    for record_set in told["recordSet"]:
        for field in record_set["field"]:
            source_ = field["source"]
            name, column = source_["fileObject"]["@id"], source_["extract"]["column"]
            path = tmp_path / "out" / name
            frame = pl.read_parquet(path) if name.endswith("t") else pl.read_ndjson(path)
            assert column in frame.columns


def test_the_shipped_set_exports_and_each_line_is_of_its_schema(tmp_path):
    done = export_dilemmas(None, tmp_path / "out")
    assert done.n == len(read_dilemmas())
    schema = json.loads((tmp_path / "out" / "dilemma.schema.json").read_text("utf-8"))
    line = jsonschema.Draft202012Validator(schema)
    for text in (tmp_path / "out" / "dilemmas.jsonl").read_text("utf-8").splitlines():
        line.validate(json.loads(text))
    told = json.loads((tmp_path / "out" / "croissant.json").read_text("utf-8"))
    assert told["creator"]["name"] == "The mores developers"


def test_the_same_set_gives_the_same_bytes(source, tmp_path):
    for name in ("a", "b"):
        export_dilemmas(source, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_least_dilemmas_of_schema_1_with_an_own_value(tmp_path):
    record = {"schema": 1, "value": "Tidy", "value_label": "Tidy", "value_definition": "order"}
    record |= {"topic": "Café & more", "scenario_text": "You wait."}
    record |= {f"option_{a.replace('-', '_')}": f"I do {a}." for a in ACTIONS}
    path = tmp_path / "own.jsonl"
    path.write_text(
        json.dumps(record) + "\n" + json.dumps(record | {"topic": "Café & more"}), "utf-8"
    )
    export_dilemmas(path, tmp_path / "out")
    ids = pl.read_parquet(tmp_path / "out" / "dilemmas.parquet")["id"].to_list()
    assert ids == ["tidy--café-and-more", "tidy--café-and-more--2"]
    assert [d.id for d in read_dilemmas(tmp_path / "out" / "dilemmas.jsonl")] == ids
    assert not (tmp_path / "out" / "readings.parquet").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "dangling"])
def test_nothing_is_overwritten(source, tmp_path, kind):
    out = tmp_path / "out"
    make = {
        "folder": out.mkdir,
        "file": out.touch,
        "dangling": lambda: out.symlink_to(tmp_path / "nowhere"),
    }
    make[kind]()
    with pytest.raises(InputError, match="is there already"):
        export_dilemmas(source, out)
    assert os.path.lexists(out)


def test_a_folder_that_comes_to_be_meanwhile_is_spared(source, tmp_path, monkeypatch):
    out = tmp_path / "out"
    files = exporting_dilemmas._files

    def slow(*arguments):
        out.mkdir()
        return files(*arguments)

    monkeypatch.setattr(exporting_dilemmas, "_files", slow)
    with pytest.raises(InputError, match="is there already"):
        export_dilemmas(source, out)
    assert list(out.iterdir()) == []
    assert tidy(tmp_path)


def test_a_failed_write_leaves_nothing(source, tmp_path, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "rename", full)
    with pytest.raises(StoreError, match="No space left"):
        export_dilemmas(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert tidy(tmp_path)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"name": ""}, "--name ''"),
        ({"creator": "a\nb"}, "--creator"),
        ({"url": "example.org"}, "--url 'example.org'"),
        ({"url": "https://a b"}, "--url"),
        ({"published": "20261120"}, "--published '20261120'"),
        ({"published": "soon"}, "--published 'soon'"),
    ],
)
def test_what_cannot_be_said_is_refused_first(source, tmp_path, said, told):
    with pytest.raises(InputError, match=r"must be|no address|not a date") as refused:
        export_dilemmas(source, tmp_path / "out", **said)
    assert told in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_faults_of_the_file_and_a_missing_folder(tmp_path):
    with pytest.raises(InstrumentError, match="no such file"):
        export_dilemmas(tmp_path / "none.jsonl", tmp_path / "out")
    with pytest.raises(InputError, match="does not exist"):
        export_dilemmas(None, tmp_path / "no" / "out")
