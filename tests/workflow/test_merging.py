"""What is merged goes on from there; what does not belong together is refused."""

import json
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from small_runs import leave_out_figures, stored, study_of

from mores.errors import InputError, StoreDamagedError, StoreError, StoreLockedError, StudyError
from mores.fieldwork.lock import exclusive
from mores.fieldwork.store import AnswerStore, Verdict
from mores.studies.registry import preset_text
from mores.workflow import merge, plan, report, run, status
from mores.workflow.manifest import read_manifest
from mores.workflow.merging import join_runs
from mores.workflow.reading import open_run


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three shards of a small study."""
    folder = tmp_path_factory.mktemp("three")
    study = study_of("value-action", folder)
    return [
        run(study, out=folder / f"s{i}", sample=3, shard=f"{i}/3").folder for i in (1, 2, 3)
    ], study


@pytest.fixture
def shards(three, tmp_path):
    """Copies of them, to be spoilt."""
    return [shutil.copytree(folder, tmp_path / folder.name) for folder in three[0]]


def rows_in(folders):
    return sum(len(stored(folder)[1]) for folder in folders)


def joined(three, out):
    """The folder of the whole, without a report."""
    join_runs(three[0], out)
    return out


def refused(said, folders, out, kind=InputError, **options):
    before = [content(folder) for folder in folders]
    with pytest.raises(kind, match=said):
        merge(folders, out, **options)
    assert not out.exists() or not any(out.iterdir())
    assert [content(folder) for folder in folders] == before
    assert not list(out.parent.glob(".*merging*"))


def rewritten(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def execute(folder, *statements):
    with sqlite3.connect(folder / "answers.sqlite") as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def test_a_missing_shard_and_going_on_from_what_there_is(shards, three, tmp_path, monkeypatch):
    out = tmp_path / "out"
    refused("shard 2/3 is missing; give the folders of all shards", shards[::2], out)
    join_runs(shards[::2], out, partial=True)
    assert status(out)["state"] == "partial"
    assert status(out)["left"] == status(shards[1])["planned"]
    asked = []
    leave_out_figures(monkeypatch)
    again = run(three[1], out=out, sample=3, note=asked.append)
    assert f"asking {status(shards[1])['planned']} requests" in " ".join(asked)
    assert again.exit_code == 0
    assert again.tables
    assert stored(out) == stored(joined(three, tmp_path / "whole"))


def test_an_unfinished_shard(shards, tmp_path):
    execute(shards[0], "DELETE FROM replies WHERE slot IN (SELECT slot FROM replies LIMIT 4)")
    said = r"4 of 234 requests have no answer yet; shard 1/3 \(.*s1\) lacks 4; finish the runs"
    refused(said, shards, tmp_path / "out")
    assert join_runs(shards, tmp_path / "out", partial=True).replies == rows_in(shards)


def test_a_reply_that_is_to_be_asked_again_is_missing(shards, tmp_path):
    bound, model, _ = open_run(shards[0])
    attempts = bound.design(model).attempts
    assert attempts > 1
    slot = stored(shards[0])[1][0][0]
    assert slot % 16 == 0
    unread = f"UPDATE replies SET verdict = {Verdict.UNCODED}"
    execute(shards[0], f"{unread} WHERE slot = {slot}")
    said = r"1 of 234 requests have no answer yet; shard 1/3 \(.*s1\) lacks 1; finish the runs"
    refused(said, shards, tmp_path / "out")
    execute(shards[0], f"{unread}, slot = {slot + attempts - 1} WHERE slot = {slot}")
    assert join_runs(shards, tmp_path / "out").replies == rows_in(shards)


def test_a_shard_given_twice(shards, tmp_path):
    refused("s1 is given more than once", [shards[0], *shards], tmp_path / "out")
    copy = shutil.copytree(shards[0], tmp_path / "copy")
    refused("shard 1/3 is given twice: .*s1 and .*copy", [*shards, copy], tmp_path / "out")


def test_shards_of_two_divisions(shards, tmp_path):
    rewritten(shards[1], shard="2/4")
    refused("shards of 3 and of 4 parts", shards, tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": 7, "sample": 3}, r"seed differs \(2026 and 7\)"),
        ({"sample": 4}, r"sample differs \(3 and 4\)"),
        ({"model": "sim:steerability=0.1", "sample": 3}, "model steerability differs"),
    ],
)
def test_another_seed_sample_or_model(options, said, shards, three, tmp_path):
    other = run(three[1], out=tmp_path / "other", shard="2/3", **options).folder
    refused(said, [shards[0], other, shards[2]], tmp_path / "out")


def test_another_study(shards, tmp_path):
    study = study_of("framings", tmp_path)
    other = run(study, out=tmp_path / "other", shard="2/3", sample=2).folder
    refused("study differs", [shards[0], other, shards[2]], tmp_path / "out")


def test_a_store_that_its_manifest_does_not_tell_of(shards, tmp_path):
    execute(shards[1], "UPDATE meta SET value = '1' WHERE name = 'seed'")
    said = "s1 and .*s2 hold answers to different studies: seed differ"
    refused(said, shards, tmp_path / "out", StoreError)


def test_stores_of_another_program(shards, tmp_path):
    for folder in shards:
        execute(folder, "UPDATE meta SET value = '\"old\"' WHERE name = 'prompts'")
    refused("prompts no longer match what was asked", shards, tmp_path / "out", StudyError)


def test_two_answers_to_one_request(shards, three, tmp_path):
    whole = joined(three, tmp_path / "whole")
    slot = stored(shards[1])[1][0][0]
    execute(whole, f"UPDATE replies SET text = 'other' WHERE slot = {slot}")
    said = rf"request {slot // 16} \(attempt 1.*two answers: .*s2 and .*whole differ"
    refused(said, [*shards, whole], tmp_path / "out", StoreError)


def test_partial_runs_that_are_no_shards(three, tmp_path):
    whole = joined(three, tmp_path / "whole")
    one, two = (shutil.copytree(whole, tmp_path / name) for name in ("one", "two"))
    slots = [row[0] for row in stored(whole)[1]]
    execute(one, f"DELETE FROM replies WHERE slot > {slots[150]}")
    execute(two, f"DELETE FROM replies WHERE slot < {slots[100]}")
    refused("have no answer yet; .*one lacks", [one], tmp_path / "out")
    told = []
    join_runs([one, two], tmp_path / "out", note=told.append)
    assert stored(tmp_path / "out") == stored(whole)
    assert "51 answers were in more than one folder" in told[-1]


def test_a_store_of_an_earlier_version(shards, tmp_path):
    for folder in shards[:2]:
        execute(folder, "ALTER TABLE replies DROP COLUMN masses", "PRAGMA user_version = 1")
    before = content(shards[0])
    assert join_runs(shards, tmp_path / "out").replies == rows_in(shards)
    assert content(shards[0]) == before


def test_a_store_of_a_later_version_or_none(shards, tmp_path):
    execute(shards[1], "PRAGMA user_version = 99")
    refused("newer version", shards, tmp_path / "out", StoreDamagedError)
    (shards[1] / "answers.sqlite").unlink()
    refused("no answers at", shards, tmp_path / "out", StoreError)
    (shards[1] / "manifest.json").write_text("{", "utf-8")
    refused("manifest.json is damaged", shards, tmp_path / "out", StoreError)


@pytest.mark.parametrize("shard", ["x", "0/3", "4/3", 3])
def test_a_manifest_with_a_wrong_shard(shard, shards, tmp_path):
    rewritten(shards[0], shard=shard)
    refused("shard|damaged", shards, tmp_path / "out")


def test_nothing_is_overwritten(shards, tmp_path):
    for out in (shards[0], tmp_path):
        before = content(out)
        with pytest.raises(InputError, match="is there already"):
            merge(shards, out)
        assert content(out) == before
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")
    with pytest.raises(InputError, match="is there already"):
        merge(shards, file)
    refused("lies in .*s1, which is only read", shards, shards[0] / "out")
    (tmp_path / "empty").mkdir()
    assert join_runs(shards, tmp_path / "empty").replies == rows_in(shards)


def test_a_place_that_cannot_be_replaced_is_told_before_joining(shards, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    refused("is where you are", shards, Path())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "is_mount", lambda path: path == here)
    refused("a disk's own folder", shards, here)
    assert list(here.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_a_link_to_an_empty_folder_stays_a_link(shards, tmp_path):
    (tmp_path / "disk" / "empty").mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "disk" / "empty")
    assert join_runs(shards, link).replies == rows_in(shards)
    assert link.is_symlink()
    assert (tmp_path / "disk" / "empty" / "answers.sqlite").is_file()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["empty"]


def test_manifests_that_lack_what_only_readers_need(shards, tmp_path):
    for folder in shards:
        manifest = read_manifest(folder)
        del manifest["began"]
        (folder / "manifest.json").write_text(
            json.dumps(manifest | {"price": {"of": "another version"}}), "utf-8"
        )
    join_runs(shards, tmp_path / "out")
    assert read_manifest(tmp_path / "out")["cost_usd"] is None
    rewritten(shards[0], fingerprint=["none"])
    refused("manifest.json is damaged", shards, tmp_path / "other", StoreError)


def test_one_that_is_being_written(shards, tmp_path):
    with exclusive(shards[1]):
        refused("s2 is being written by", shards, tmp_path / "out", StoreLockedError)


def test_a_full_disk_leaves_nothing_and_the_inputs_as_they_are(shards, tmp_path, monkeypatch):
    begin = AnswerStore.__init__

    def small(self, path, fingerprint=None):
        begin(self, path, fingerprint)
        if fingerprint is not None:
            pages = self._db.execute("PRAGMA page_count").fetchone()[0]
            self._db.execute(f"PRAGMA max_page_count = {pages + 2}")

    with monkeypatch.context() as patch:
        patch.setattr(AnswerStore, "__init__", small)
        refused("the disk may be full", shards, tmp_path / "out", StoreError)
    assert join_runs(shards, tmp_path / "out").replies == rows_in(shards)


def test_what_a_killed_merge_left_is_no_hindrance(shards, tmp_path):
    left = tmp_path / ".out.merging"
    (left / "tables").mkdir(parents=True)
    (left / "answers.sqlite").write_bytes(b"half")
    assert join_runs(shards, tmp_path / "out").replies == rows_in(shards)
    assert not left.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="one process's locks on POSIX")
def test_two_merges_to_one_place(shards, tmp_path):
    making = tmp_path / ".out.merging"
    making.mkdir()
    (making / "answers.sqlite").write_bytes(b"half")
    with exclusive(making), pytest.raises(StoreLockedError, match="is being written by"):
        merge(shards, tmp_path / "out")
    assert (making / "answers.sqlite").read_bytes() == b"half"


def test_a_shard_goes_on_where_it_stopped_and_stays_what_it_is(shards, three, tmp_path):
    execute(shards[0], "DELETE FROM replies WHERE slot IN (SELECT slot FROM replies LIMIT 4)")
    assert status(shards[0])["left"] == 4
    assert status(shards[0])["shard"] == "1/3"
    assert "mores merge" in status(shards[0])["report"]
    asked = []
    run(three[1], out=shards[0], sample=3, shard="1/3", note=asked.append)
    assert "asking 4 requests" in " ".join(asked)
    assert stored(shards[0]) == stored(three[0][0])
    for other in ("2/3", "1/4", None):
        with pytest.raises(StoreError, match=r"is the folder of shard 1/3; repeat .* --shard 1/3"):
            run(three[1], out=shards[0], sample=3, shard=other)
        with pytest.raises(StoreError, match="is the folder of shard 1/3"):
            plan(three[1], out=shards[0], sample=3, shard=other)
    with pytest.raises(StoreError, match=r"is shard 1/3 of a study.*mores merge DIR"):
        report(shards[0])


def test_the_folder_of_a_whole_run_takes_no_shard(three, tmp_path):
    joined(three, tmp_path / "whole")
    with pytest.raises(StoreError, match=r"a run of the whole study; repeat .* without --shard"):
        run(three[1], out=tmp_path / "whole", sample=3, shard="1/3")
    assert "shard" not in read_manifest(tmp_path / "whole")


def test_a_plan_of_a_shard(three, tmp_path):
    plans = [plan(three[1], out=tmp_path / "out", sample=3, shard=f"{i}/3") for i in (1, 2, 3)]
    assert sum(found.estimate.requests for found in plans) == 234
    assert [str(found.shard) for found in plans] == ["1/3", "2/3", "3/3"]
    with pytest.raises(InputError, match="shard 1/235: 234 requests"):
        plan(three[1], out=tmp_path / "out", sample=3, shard="1/235")


def test_a_study_in_stages_has_no_shards(tmp_path):
    text = preset_text("calibrated-personas")
    staged = re.sub(r"(?m)^# ?width = .*$|^\[precision\]\n", "", text)
    path = tmp_path / "staged.toml"
    path.write_text(f"{staged}\n[precision]\nwidth = 0.01\nfirst = 4\nstep = 4\n", "utf-8")
    for call in (plan, run):
        with pytest.raises(StudyError, match=r"shard 1/2: .*precision.width.*leave out"):
            call(str(path), out=tmp_path / "out", sample=12, shard="1/2")
    assert not (tmp_path / "out").exists()
    # one stage alone decides nothing
    assert plan(str(path), out=tmp_path / "out", sample=4, shard="1/2").estimate.requests
