"""Batches from submission to report: equal to a live run, nothing lost, nothing asked twice."""

import json
from collections import Counter
from pathlib import Path

import batch_server
import polars as pl
import pytest
from small_runs import leave_out_figures, stored, study_of

from mores.errors import FieldworkError, InputError, ModelError, StoreError, StoreLockedError
from mores.fieldwork.lock import exclusive
from mores.fieldwork.store import AnswerStore, Verdict
from mores.models.batch.client import BatchClient, split
from mores.models.failures import Patience, Refused, Said, Transient
from mores.workflow import batch_collecting, running
from mores.workflow.batch_collecting import cancel, collect, states
from mores.workflow.batch_ledger import BatchLedger
from mores.workflow.batching import Limits, submit
from mores.workflow.reading import Run
from mores.workflow.running import run

HASTY = Patience(connect=2, attempt=5, attempts=2, wait_initial=0.001, wait_jitter=0.001)
SAMPLE = 1
TRIALS = 78
SMALL = {"value-action": 2, "calibrated-personas": 1, "framings": 4, "grounded-personas": 4}


@pytest.fixture(autouse=True)
def no_report(request, monkeypatch):
    """Reports take seconds; the one test that is about them makes them."""
    if request.node.name != "test_the_same_result_as_a_live_run":
        monkeypatch.setattr(batch_collecting, "reported", lambda folder, keep: None)


def handed_in(server, out, **options):
    limits = Limits(**{"part": 30, **options.pop("limits", {})})
    return submit(
        "value-action", server.spec, out, sample=SAMPLE, limits=limits, patience=HASTY, **options
    )


def answers(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "answers.parquet").drop("seconds")


def fetched(out: Path) -> batch_collecting.Collected:
    return collect(out, patience=HASTY)


def test_the_same_result_as_a_live_run(tmp_path, monkeypatch):
    leave_out_figures(monkeypatch)
    with batch_server.running(broken=0.15) as server:
        for _ in range(3):  # the study allows three attempts
            handed_in(server, tmp_path / "batch")
            done = fetched(tmp_path / "batch")
            if not done.left:
                break
        assert done.exit_code == 0
        assert len(server.asked) > TRIALS  # some were asked again
        assert max(Counter(server.asked).values()) == 1
        run("value-action", server.spec, tmp_path / "live", sample=SAMPLE)
    assert answers(tmp_path / "batch").equals(answers(tmp_path / "live"))
    manifests = [
        json.loads((tmp_path / n / "manifest.json").read_text()) for n in ("batch", "live")
    ]
    for name in ("model", "fingerprint", "counts", "planned", "state", "tokens"):
        assert manifests[0][name] == manifests[1][name]
    for table in (tmp_path / "live" / "tables").glob("*.parquet"):
        other = tmp_path / "batch" / "tables" / table.name
        assert pl.read_parquet(table).equals(pl.read_parquet(other)), table.name


@pytest.mark.parametrize("name", SMALL)
def test_every_study_is_read_and_coded_as_over_http(name, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "reported", lambda folder, keep: Run(folder, {}))
    study, sample = study_of(name, tmp_path), SMALL[name]
    with batch_server.running(broken=0.1, top=20) as server:
        for _ in range(3):
            submit(study, server.spec, tmp_path / "batch", sample=sample, patience=HASTY)
            if not fetched(tmp_path / "batch").left:
                break
        run(study, server.spec, tmp_path / "live", sample=sample)
    batch, live = stored(tmp_path / "batch"), stored(tmp_path / "live")
    assert batch == live
    verdicts = [row[2] for row in live[1]]
    # what the server answers can be coded, or equal answers would not say much
    assert verdicts.count(Verdict.CODED) > 0.8 * len(verdicts) > 0


def test_submitting_again_hands_in_nothing_twice(tmp_path):
    with batch_server.running(status="") as server:
        first = handed_in(server, tmp_path, limits={"requests": 40})
        assert [part.requests for part in first.parts] == [30, 10]
        assert (first.stopped, first.exit_code) == ("most", 3)
        chats = server.chats
        second = handed_in(server, tmp_path)
        assert sum(part.requests for part in second.parts) == TRIALS - 40
        assert (second.in_flight, second.exit_code) == (TRIALS, 0)
        assert server.chats == chats  # what the model can do is remembered
        assert not handed_in(server, tmp_path).parts
        assert len(set(server.asked)) == len(server.asked) == TRIALS
        assert {state.word for state in states(tmp_path)} == {"in_progress"}
        waiting = fetched(tmp_path)
        assert (waiting.in_flight, waiting.left, waiting.exit_code) == (TRIALS, 0, 3)
        with pytest.raises(
            StoreError, match=r"78 requests .* are in 4 batches; collect them first"
        ):
            run("value-action", server.spec, tmp_path, sample=SAMPLE)
    assert not (tmp_path / "batches").exists()


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", ["add", "upload", "uploaded", "creating", "create", "created"])
def test_a_process_that_is_killed_at_any_step(tmp_path, monkeypatch, after):
    with monkeypatch.context() as patched, batch_server.running(status="") as server:
        change, add = BatchLedger.change, BatchLedger.add
        upload, create = BatchClient.upload, BatchClient.create

        def killed_change(self, part, **changed):
            done = change(self, part, **changed)
            if changed.get("state") == after:
                raise Killed
            return done

        def killed_add(self, part, slots):
            add(self, part, slots)
            if after == "add":
                raise Killed

        def killed_after(method, name):
            async def one(self, *arguments):
                done = await method(self, *arguments)
                if after == name:
                    raise Killed
                return done

            return one

        patched.setattr(BatchLedger, "change", killed_change)
        patched.setattr(BatchLedger, "add", killed_add)
        patched.setattr(BatchClient, "upload", killed_after(upload, "upload"))
        patched.setattr(BatchClient, "create", killed_after(create, "create"))
        with pytest.raises(Killed):
            handed_in(server, tmp_path)
        patched.undo()
        for path in tmp_path.glob("batches/*"):
            path.unlink()  # even the input file may be gone
        handed_in(server, tmp_path)
        assert len(set(server.asked)) == len(server.asked) == TRIALS
        server.options.status = "completed"
        assert fetched(tmp_path).left == 0


def test_a_creation_of_which_no_answer_came(tmp_path):
    with batch_server.running(create=["", "lost"]) as server:
        with pytest.raises(FieldworkError, match=r"batch 2 could not be handed in .* repeat"):
            handed_in(server, tmp_path)
        assert [s.word for s in states(tmp_path, patience=HASTY)] == ["completed", "creating"]
        handed_in(server, tmp_path)
        assert len(set(server.asked)) == len(server.asked) == TRIALS


def test_a_creation_that_failed(tmp_path):
    with batch_server.running(create=["error"]) as server:
        with pytest.raises(FieldworkError, match="HTTP 500"):
            handed_in(server, tmp_path)
        handed_in(server, tmp_path)
        assert len(set(server.asked)) == len(server.asked) == TRIALS


def test_a_creation_that_is_refused_lets_its_requests_go(tmp_path):
    with batch_server.running(create=["refused"]) as server:
        with pytest.raises(ModelError, match=r"does not take batch 1 .*no batches of this model"):
            handed_in(server, tmp_path)
        with BatchLedger(tmp_path) as ledger:
            assert not len(ledger.in_flight())
        handed_in(server, tmp_path)
        assert len(set(server.asked)) == TRIALS


def test_a_server_without_batches(tmp_path):
    with (
        batch_server.running(interface=False) as server,
        pytest.raises(ModelError, match=r"a server with /files and /batches, or ask live"),
    ):
        handed_in(server, tmp_path)


def tampered(good, bad):
    """Fifteen faults in thirty rows, and foreign ones besides."""
    rows = sorted(good, key=lambda row: int(row["custom_id"].split("-")[0]))
    body = json.dumps(rows[0]["response"]["body"])
    lines = [json.dumps(row) for row in rows[5:]]  # five are missing
    lines += lines[:2]  # two come twice
    lines[3] = "{not json"
    lines[4] = json.dumps({"response": {"status_code": 200, "body": {}}})
    lines.append(json.dumps({**rows[6], "custom_id": "../../etc/passwd"}))
    lines.append(json.dumps({**rows[6], "custom_id": "999999-m1-" + "0" * 32}))
    slot = rows[0]["custom_id"].split("-")[0]
    lines.append(json.dumps({**rows[0], "custom_id": f"{slot}-m1-" + "0" * 32}))  # another prompt's
    lines.append("x" * 3_000_000 + body)
    failing = {**rows[1], "response": {"status_code": 500, "body": {"error": {"message": "oops"}}}}
    invalid = {**rows[2], "response": {"status_code": 400, "body": {"error": {"message": "bad"}}}}
    errors = "\n".join(map(json.dumps, [failing, invalid]))
    return "\n".join(lines).encode(), errors.encode()


def test_results_that_are_missing_double_foreign_malformed_or_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(split, "__defaults__", (1_000_000,))
    with batch_server.running(results=tampered) as server:
        handed_in(server, tmp_path, limits={"requests": 30})
        ((_, _, found),) = fetched(tmp_path).received
        assert found.stored == 30 - 5 - 2 + 2
        assert (found.failed, found.rejected) == (1, 1)
        assert found.missing == 3 + 2
        assert (found.duplicate, found.foreign, found.malformed) == (2, 3, 3)
        odd = tmp_path / "batches" / "part-00001.odd.jsonl"
        assert len(odd.read_text().splitlines()) == 7
        server.options.results = lambda good, bad: (good, bad)
        handed_in(server, tmp_path)
        assert odd.exists()  # kept, whatever is handed in later
        done = fetched(tmp_path)
        assert done.left == 0
        # one was refused for good: it is not asked again unless that is wished
        again = handed_in(server, tmp_path, retry_rejected=True)
        assert [part.requests for part in again.parts] == [1]
    times = Counter(Counter(server.asked).values())
    assert times == {1: TRIALS - 7, 2: 7}  # what had no usable row, and the one refused


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_what_was_not_executed_in_time_is_asked_again(tmp_path, status):
    with batch_server.running(status=status) as server:
        handed_in(server, tmp_path)
        done = fetched(tmp_path)
        assert sum(found.failed for *_, found in done.received) == TRIALS // 2
        assert done.left == TRIALS // 2
        server.options.status = "completed"
        handed_in(server, tmp_path)
        assert fetched(tmp_path).left == 0
    assert Counter(Counter(server.asked).values()) == {1: TRIALS // 2, 2: TRIALS // 2}


def test_a_batch_that_failed_as_a_whole(tmp_path):
    with batch_server.running(status="failed") as server:
        handed_in(server, tmp_path)
        assert "token_limit_exceeded" in states(tmp_path)[0].problem
        assert fetched(tmp_path).left == TRIALS
        assert "token_limit_exceeded" in states(tmp_path)[0].part.ended
        server.options.status = "completed"
        handed_in(server, tmp_path)
        assert fetched(tmp_path).left == 0


def test_a_collection_that_was_killed_goes_on(tmp_path, monkeypatch):
    with batch_server.running() as server:
        handed_in(server, tmp_path)
        change = BatchLedger.change
        with monkeypatch.context() as patched:

            def killed(self, part, **changed):
                raise Killed

            patched.setattr(BatchLedger, "change", killed)
            with pytest.raises(Killed):
                fetched(tmp_path)
        assert BatchLedger.change is change
        done = fetched(tmp_path)
        assert sum(found.before for *_, found in done.received) == 30
        assert sum(found.stored for *_, found in done.received) == TRIALS - 30
        assert done.left == 0


def test_results_that_are_gone_can_be_forgotten(tmp_path):
    with batch_server.running() as server:
        handed_in(server, tmp_path)
        states(tmp_path)
        server.files.clear()
        with pytest.raises(FieldworkError, match=r"could not be read to their end .*--forget"):
            fetched(tmp_path)
        assert cancel(tmp_path, patience=HASTY) == 3
        assert cancel(tmp_path, forget=True, patience=HASTY) == 0
        handed_in(server, tmp_path)
        assert fetched(tmp_path).left == 0
    assert set(Counter(server.asked).values()) == {2}


def test_what_can_be_collected_is_not_forgotten(tmp_path, monkeypatch):
    with batch_server.running(status="") as server:
        handed_in(server, tmp_path)
        server.options.key = "another"  # ours is not the right one for a while
        lines = []
        assert cancel(tmp_path, forget=True, patience=HASTY, note=lines.append) == 3
        assert all("put the key right" in line for line in lines)
        server.options.key = ""

        async def too_late(self, batch):
            server.options.status = "completed"
            raise Refused("HTTP 400: it is completed", Said())

        monkeypatch.setattr(BatchClient, "cancel", too_late)
        assert cancel(tmp_path, forget=True, patience=HASTY, note=lines.append) == 3
        assert lines[-1] == "batch 3: completed; collect what it has answered"
        assert fetched(tmp_path).left == 0
    assert set(Counter(server.asked).values()) == {1}


def test_a_batch_that_cannot_be_read_does_not_keep_the_others(tmp_path):
    with batch_server.running() as server:
        handed_in(server, tmp_path)
        states(tmp_path)
        del server.files["file-output-batch_1"]
        with pytest.raises(FieldworkError, match=r"batch 1 .*could not be read to their end"):
            fetched(tmp_path)
        found = [state.part for state in states(tmp_path)]
        assert [part.state for part in found] == ["created", "collected", "collected"]
        assert "could not be read to its end (HTTP 404" in found[0].ended
        assert cancel(tmp_path, forget=True, patience=HASTY) == 0


def test_answers_without_a_file_are_waited_for(tmp_path):
    with batch_server.running() as server:
        handed_in(server, tmp_path, limits={"requests": 30})
        states(tmp_path)
        batch = server.batches["batch_1"]
        name, batch["output_file_id"] = batch["output_file_id"], None
        with pytest.raises(FieldworkError, match="it counts 30 answers and names no file of them"):
            fetched(tmp_path)
        batch["output_file_id"] = name
        ((_, _, found),) = fetched(tmp_path).received
        assert found.stored == 30


def test_a_download_that_breaks_off_is_repeated_after_a_while(tmp_path, monkeypatch):
    lines, waits, broken = BatchClient.lines, [], []

    async def breaking(self, file):
        n = 0
        async for line in lines(self, file):
            if n == 10 and not broken:
                broken.append(file)
                raise Transient("HTTP 429", wait=7.0)
            n += 1
            yield line

    async def pause(self, n, problem):
        waits.append((n, problem.wait))

    monkeypatch.setattr(BatchClient, "lines", breaking)
    monkeypatch.setattr(BatchClient, "pause", pause)
    with batch_server.running() as server:
        handed_in(server, tmp_path, limits={"requests": 30})
        ((_, _, found),) = fetched(tmp_path).received
    assert waits == [(0, 7.0)]
    assert (found.stored, found.missing, found.duplicate) == (30, 0, 0)


def test_long_answers_are_not_heaped_up(tmp_path, monkeypatch):
    def long(good, bad):
        for row in good:
            row["response"]["body"]["choices"][0]["message"]["content"] += " " * 2**20
        return good, bad

    write, stored_together = AnswerStore.write, []

    def noted(self, batch):
        stored_together.append(len(batch))
        write(self, batch)

    monkeypatch.setattr(AnswerStore, "write", noted)
    with batch_server.running(results=long) as server:
        handed_in(server, tmp_path, limits={"requests": 30})
        ((_, _, found),) = fetched(tmp_path).received
    assert found.stored == 30
    assert max(stored_together) <= 16, "of 30 MiB"


def test_a_complete_folder_stays_complete(tmp_path):
    with batch_server.running() as server:
        for _ in range(2):
            handed_in(server, tmp_path)
            assert fetched(tmp_path).left == 0
            assert json.loads((tmp_path / "manifest.json").read_text())["state"] == "complete"
        handed_in(server, tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text())["state"] == "complete"


def test_no_room_for_an_input_file(tmp_path, monkeypatch):
    with batch_server.running(create=["error"]) as server:
        monkeypatch.setattr(BatchClient, "upload", killed)
        with pytest.raises(Killed):
            handed_in(server, tmp_path)
        (tmp_path / "batches" / "part-00001.jsonl").unlink()
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(StoreError, match=r"part-00001.* cannot be written \(No space left"):
            handed_in(server, tmp_path)


async def killed(*_):
    raise Killed


def full(_):
    raise OSError(28, "No space left on device")


def test_batches_are_stopped(tmp_path):
    with batch_server.running(status="", create=["", "error"]) as server:
        with pytest.raises(FieldworkError):
            handed_in(server, tmp_path)
        assert cancel(tmp_path, patience=HASTY) == 1
        done = fetched(tmp_path)
        assert done.in_flight == 0
        assert sum(found.stored for *_, found in done.received) == 30


def test_a_budget_is_kept(tmp_path, monkeypatch):
    prices = tmp_path / "prices.toml"
    with batch_server.running() as server:
        prices.write_text(
            f'[price."{server.spec}"]\nprompt = 10.0\ncompletion = 10.0\n'
            'as_of = 2026-01-01\nsource = "x"\n'
        )
        out = tmp_path / "out"
        # at most 1,024 tokens of answer and some 600 of prompt: US$ 0.008 each at half the price
        done = handed_in(server, out, prices=prices, limits={"budget": 0.1})
        n = sum(part.requests for part in done.parts)
        assert 10 <= n <= 13
        assert done.stopped == "budget"
        assert done.expected_cost is not None
        assert done.expected_cost <= 0.1
        assert not handed_in(server, out, prices=prices, limits={"budget": 0.1}).parts
        fetched(out)
        manifest = json.loads((out / "manifest.json").read_text())
        tokens = manifest["tokens"]
        live = (tokens["prompt"] + tokens["completion"]) * 10 / 1e6
        assert manifest["cost_usd"] == pytest.approx(live / 2)
        # answers were shorter than they might have been
        assert handed_in(server, out, prices=prices, limits={"budget": 0.1}).parts


def test_the_second_driver_is_told_who_holds_the_folder(tmp_path):
    with batch_server.running(status="") as server:
        handed_in(server, tmp_path)
        with exclusive(tmp_path):
            for second in (handed_in, None):
                with pytest.raises(StoreLockedError, match="is being written by"):
                    second(server, tmp_path) if second else fetched(tmp_path)
            assert len(states(tmp_path)) == 3  # which only reads


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"requests": 0}, "--max-requests 0"),
        ({"part": 0}, "--part-requests 0"),
        ({"part": 50_001}, "--part-requests 50001"),
        ({"factor": 0.0}, "--price-factor 0"),
        ({"budget": float("nan")}, "budget = nan"),
    ],
)
def test_limits_that_cannot_be(tmp_path, limits, words):
    with batch_server.running() as server, pytest.raises(InputError, match=words):
        handed_in(server, tmp_path / "out", limits=limits)
    assert not (tmp_path / "out").exists()


def test_parts_keep_to_a_size(tmp_path):
    with batch_server.running() as server:
        done = handed_in(server, tmp_path, limits={"part": 1000, "size": 60_000})
        assert len(done.parts) > 1
        inputs = [server.files[part.file] for part in done.parts]
    assert all(len(content) <= 60_000 for content in inputs)
    assert len(set(server.asked)) == TRIALS


def test_a_folder_without_batches(tmp_path):
    with pytest.raises(StoreError, match="is not a run's folder"):
        collect(tmp_path)
