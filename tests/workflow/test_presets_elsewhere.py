"""The four studies by shards and merge, and in actors: what they leave is what one plain run leaves."""

import pytest
from own_ray import ray
from small_runs import assert_equal, compare_humans_less, leave_out_figures, stored, study_of

from mores.workflow import merge, run

__all__ = ["ray"]

SMALL = {
    "value-action": 2,
    "calibrated-personas": 1,
    "framings": 4,
    "grounded-personas": 6,
}


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("name", SMALL)
def test_plainly_by_shards_and_in_actors_to_the_bit(name, ray, tmp_path, monkeypatch):
    leave_out_figures(monkeypatch)
    compare_humans_less(monkeypatch)
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
    assert_equal(merged, whole)
    assert stored(merged.folder) == stored(whole.folder)
    assert "shard" not in merged.manifest
    assert [part["shard"] for part in merged.manifest["merged"]] == ["2/3", "3/3", "1/3"]
    assert (merged.folder / "study.toml").exists()
    assert not list(tmp_path.glob(".*merging*"))

    options = {"cluster": "auto", "model_replicas": 2}
    actors = run(study, out=tmp_path / "actors", sample=sample, **options)
    assert_equal(actors, whole)
    assert stored(actors.folder) == stored(whole.folder)
    # a shard may be asked in actors as well
    shard = run(study, out=tmp_path / "shard", sample=sample, shard="2/3", **options)
    assert stored(shard.folder) == stored(shards[0])
