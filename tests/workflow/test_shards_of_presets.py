"""Shards and merge leave what one run leaves, for each of the four studies."""

import re

import pytest

from mores.fieldwork.store import AnswerStore
from mores.studies.registry import preset_text
from mores.workflow import merge, run

SMALL = {
    "value-action": 5,
    "calibrated-personas": 2,
    "framings": 6,
    "grounded-personas": 12,
}


def study_of(name, folder):
    """A preset with few draws, and few countries."""
    text = re.sub(r"(?m)^(draws|permutations) = \d+", r"\1 = 100", preset_text(name))
    text = re.sub(r"(?m)^countries = .*", 'countries = ["JPN", "SWE", "GBR"]', text, count=1)
    text = text.replace("baselines = true", "baselines = false")
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def stored(folder):
    """What a store holds, but for how long answers took."""
    with AnswerStore(folder / "answers.sqlite") as store:
        rows = [row for chunk in store.rows() for row in chunk]
        return store.meta(), [row[:9] + row[10:] for row in rows]


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("name", SMALL)
def test_shards_and_merge_are_one_run_to_the_bit(name, tmp_path):
    study, sample = study_of(name, tmp_path), SMALL[name]
    whole = run(study, out=tmp_path / "whole", sample=sample)
    shards = []
    for i in (2, 3, 1):
        done = run(study, out=tmp_path / f"shard-{i}", sample=sample, shard=f"{i}/3")
        assert done.exit_code in (0, 3)
        assert done.manifest["shard"] == f"{i}/3"
        assert sum(done.manifest["counts"].values()) == done.manifest["planned"] > 0
        assert not {"report.html", "tables", "answers.parquet"} & set(content(done.folder))
        shards.append(done.folder)
    before = [content(folder) for folder in shards]
    merged = merge(shards, tmp_path / "merged")
    assert [content(folder) for folder in shards] == before
    assert stored(merged.folder) == stored(whole.folder)
    assert merged.answers.drop("seconds").equals(whole.answers.drop("seconds"))
    assert merged.tables.keys() == whole.tables.keys()
    for table, frame in whole.tables.items():
        assert merged.tables[table].equals(frame), table
    for kept in ("counts", "planned", "state", "synthetic", "fingerprint", "model", "tokens"):
        assert merged.manifest[kept] == whole.manifest[kept], kept
    assert "shard" not in merged.manifest
    assert [part["shard"] for part in merged.manifest["merged"]] == ["2/3", "3/3", "1/3"]
    assert merged.exit_code == whole.exit_code
    for made in ("study.toml", "report.html"):
        assert (merged.folder / made).exists()
    assert not list(tmp_path.glob(".*merging*"))
