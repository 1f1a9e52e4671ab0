"""Shards and their merge, as a user types them."""

import re

import polars as pl
import pytest
from cli.test_commands import mores
from small_runs import leave_out_figures

from mores.workflow import run


def shard(i, of, out, *options):
    return mores(
        "run", "value-action", "--sample", 2, "--shard", f"{i}/{of}", "--out", out, *options
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("shards")
    for i in (1, 2):
        done = shard(i, 2, place / f"part-{i}")
        assert done.returncode == 0, done.stderr
        assert f"shard {i}/2: {place / f'part-{i}'}" in done.stdout
        assert "mores merge DIR… --out DIR" in done.stdout
        assert "report:" not in done.stdout
    return [place / "part-1", place / "part-2"]


def test_merged_shards_are_one_run(folders, tmp_path, monkeypatch):
    merged = mores("merge", *folders, "--out", tmp_path / "merged")
    assert merged.returncode == 0, merged.stderr
    assert "joining 156 answers of 2 folders" in merged.stderr
    assert f"report: {tmp_path / 'merged' / 'report.html'}" in merged.stdout
    assert "The model is simulated" in merged.stdout
    whole = mores("run", "value-action", "--sample", 2, "--out", tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    made = sorted(p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*.*"))
    assert made == sorted(
        p.relative_to(tmp_path / "merged") for p in (tmp_path / "merged").rglob("*.*")
    )
    for name in ["answers.parquet", *(p for p in made if p.match("tables/*.parquet"))]:
        one, two = (pl.read_parquet(tmp_path / run / name) for run in ("whole", "merged"))
        assert one.drop("seconds", strict=False).equals(two.drop("seconds", strict=False)), name
    leave_out_figures(monkeypatch)
    said = []
    again = run("value-action", out=tmp_path / "merged", sample=2, note=said.append)
    assert again.exit_code == 0
    assert "asking 0 requests; 156 are stored already" in said


def test_what_a_part_says_of_itself(folders):
    state = mores("status", folders[0])
    assert state.returncode == 0
    assert re.search(r"(?m)^shard +1/2$", state.stdout)
    assert re.search(r"(?m)^report +of all shards together; mores merge DIR", state.stdout)
    report = mores("report", folders[0])
    assert report.returncode == 2
    assert "is shard 1/2 of a study" in report.stderr
    assert "mores merge DIR" in report.stderr
    compared = mores("compare", *folders, "--out", folders[0].parent / "compared")
    assert compared.returncode == 2
    assert "is shard 1/2 of a study; when all shards are asked: mores merge DIR" in compared.stderr
    assert "mores report" not in compared.stderr
    plan = shard(1, 2, folders[0], "--dry-run")
    assert re.search(r"(?m)^shard +1/2$", plan.stdout)
    assert re.search(r"(?m)^requests +78$", plan.stdout)
    assert re.search(r"(?m)^stored already +78$", plan.stdout)


def test_the_same_command_again_and_another_one(folders):
    again = shard(1, 2, folders[0])
    assert again.returncode == 0
    assert "asking 0 requests; 78 are stored already" in again.stderr
    other = shard(2, 2, folders[0])
    assert other.returncode == 2
    assert "is the folder of shard 1/2; repeat the command with --shard 1/2" in other.stderr


def test_a_missing_shard(folders, tmp_path):
    done = mores("merge", folders[0], "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "shard 2/2 is missing" in done.stderr
    assert "--partial" in done.stderr
    assert not (tmp_path / "out").exists()
    done = mores("merge", folders[0], "--out", tmp_path / "out", "--partial")
    assert done.returncode == 3, done.stderr
    assert re.search(r"(?m)^not asked +78 ", done.stdout)
    done = mores("export", tmp_path / "out", "--out", tmp_path / "exported")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last == f"78 of 156 planned answers, the run is unfinished: {tmp_path / 'exported'}"


def test_without_out_each_shard_has_a_folder_of_its_own(tmp_path):
    options = ("run", "value-action", "--sample", 1, "--shard", "2/3")
    assert mores(*options, cwd=tmp_path).returncode == 0
    assert (tmp_path / "runs/value-action/sim-2-of-3/answers.sqlite").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("run", "value-action", "--shard", "9/8"), "shard '9/8'; give i/K with 1 ≤ i ≤ K"),
        (("run", "value-action", "--shard", ""), "give i/K"),
        (("run", "value-action", "--sample", 1, "--shard", "1/79"), "78 requests are to be asked"),
        (("merge", "nowhere", "--out", "out"), "nowhere is not a run's folder"),
        (("merge", "--out", "out"), "mores merge --help"),
        (("merge", "nowhere"), "--out"),
        (("merge", "nowhere", "--out", ""), "it is empty"),
    ],
)
def test_what_cannot_be(options, said, desk):
    desk.turned_away(list(map(str, options)), (said,))
