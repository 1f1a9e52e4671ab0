"""Dilemmas by a model: what is asked when, failures that pass, readers that fail, and who is whom."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from workflow.dilemma_writer import (
    kind_of,
    told_pair,
    well_checked,
    well_placed,
    well_written_dilemma,
)

from mores.errors import FieldworkError, InstrumentError, StoreError
from mores.instruments.dilemmas import ACTIONS, read_dilemmas
from mores.models.interface import Capabilities
from mores.records import Reply
from mores.workflow.dilemma_pairs import dilemma_pairs
from mores.workflow.dilemma_readers import READ_AGAIN
from mores.workflow.reading_dilemmas import read_dilemmas_blind
from mores.workflow.writing_dilemmas import REPAIRS, rejected_place, write_dilemmas

PAIRS = dilemma_pairs(["honest", "loyal"], ["work", "family"])


@dataclass
class DilemmaModel:
    """Answers well, or with what `spoil` makes of a good answer, given kind, text and attempt."""

    spoil: object = None
    spec: str = "ollama/w"
    label: str = "w"
    simulated: bool = False
    block_size: int = 1
    asked: list = field(default_factory=list)
    closed: int = 0
    capabilities: Capabilities = field(default_factory=Capabilities)
    identity: dict = field(default_factory=lambda: {"model": "w"})

    async def prepare(self, known=None):
        await asyncio.sleep(0)

    async def ask(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        text = request.messages[0].content
        kind = kind_of(text)
        before = sum(k == kind and r.messages[0].content == text for k, r in self.asked)
        self.asked.append((kind, request))
        if kind == "write":
            good = well_written_dilemma(*told_pair(text))
        else:
            good = well_placed(text) if kind == "blind" else well_checked()
        said = good if self.spoil is None else self.spoil(kind, text, before, good)
        return said if isinstance(said, Reply) else Reply(said)

    async def close(self):
        self.closed += 1

    def count(self, kind):
        return sum(k == kind for k, _ in self.asked)


def rejected(out):
    return [json.loads(line) for line in rejected_place(out).read_text("utf-8").splitlines()]


def test_each_pair_is_written_read_and_checked_once_in_the_order_asked_for(tmp_path):
    out, model, notes = tmp_path / "d.jsonl", DilemmaModel(), []
    counts = write_dilemmas([*PAIRS, PAIRS[0]], model, out, note=notes.append)
    assert (counts.n, counts.accepted, counts.repaired, counts.drafts, counts.read) == (
        4,
        4,
        0,
        4,
        4,
    )
    assert [model.count(kind) for kind in ("write", "blind", "check")] == [4, 4, 4]
    assert [d.id for d in read_dilemmas(out)] == [
        *("honest--work", "honest--family", "loyal--work", "loyal--family"),
    ]
    assert notes == ["2 of 4 dilemmas, 2 accepted", "4 of 4 dilemmas, 4 accepted"]
    assert len({request.key for _, request in model.asked}) == 12
    assert all(request.answer_schema for _, request in model.asked)
    assert model.closed == 1
    for dilemma in read_dilemmas(out):
        assert dilemma.validation.passed
        assert not dilemma.validation.human
        (reading,) = dilemma.current_readings
        assert reading.placed == ACTIONS
        assert reading.reader == "ollama/w, its own writer"


def test_a_second_model_reads_and_is_named(tmp_path):
    out, writer, reader = tmp_path / "d.jsonl", DilemmaModel(), DilemmaModel(spec="ollama/r")
    write_dilemmas(PAIRS, writer, out, reader=reader)
    assert (writer.count("blind"), reader.count("blind"), reader.count("write")) == (0, 4, 0)
    assert (writer.closed, reader.closed) == (1, 1)
    assert {d.current_readings[0].reader for d in read_dilemmas(out)} == {"ollama/r"}


def test_a_failed_check_is_told_to_the_writer_and_the_new_text_read_in_another_order(tmp_path):
    def spoil(kind, text, before, good):
        if kind == "write" and before == 1:
            return well_written_dilemma(*told_pair(text), 1)
        if kind == "check" and "scene one" in text:
            return well_checked(plausibility="No choir votes on this.")
        if kind == "write":
            return json.dumps(
                {**json.loads(good), "competing": "x", "scenario_reasoning": "y"}
            ).replace("You decide:", "You see scene one:")
        return good

    out, model = tmp_path / "d.jsonl", DilemmaModel(spoil)
    counts = write_dilemmas(PAIRS[:1], model, out)
    assert (counts.repaired, dict(counts.faults), counts.read) == (1, {"plausibility": 1}, 2)
    repair = [r for k, r in model.asked if k == "write"][1]
    assert [m.role for m in repair.messages] == ["user", "assistant", "user"]
    assert "plausibility: No choir votes on this." in repair.messages[2].content
    (dilemma,) = read_dilemmas(out)
    assert dilemma.validation.rewrites == 1
    assert len(dilemma.validation.blind_readings) == 2
    assert len(dilemma.current_readings) == 1
    first, second = (r for k, r in model.asked if k == "blind")
    assert first.seed != second.seed


def test_a_text_mended_for_its_form_alone_is_no_rewrite_after_reading(tmp_path):
    def spoil(kind, text, before, good):
        return good.replace("You decide", "They decide") if (kind, before) == ("write", 0) else good

    out, model = tmp_path / "d.jsonl", DilemmaModel(spoil)
    counts = write_dilemmas(PAIRS[:1], model, out)
    assert (dict(counts.faults), model.count("blind")) == ({"person": 1}, 1)
    assert read_dilemmas(out)[0].validation.rewrites == 0


def test_a_reader_without_a_usable_answer_is_asked_again_and_the_writer_is_not(tmp_path):
    def spoil(kind, text, before, good):
        return "hm" if kind == "blind" else good

    out, model = tmp_path / "d.jsonl", DilemmaModel(spoil)
    counts = write_dilemmas(PAIRS[:1], model, out)
    assert (counts.rejected, dict(counts.reasons)) == (1, {"unread": 1})
    assert (model.count("write"), model.count("blind")) == (1, 1 + READ_AGAIN)
    orders = {r.messages[0].content for k, r in model.asked if k == "blind"}
    assert len(orders) == 1 + READ_AGAIN
    assert rejected(out)[0]["reasons"][0].startswith("unread: ")
    assert not out.exists()


def test_what_the_server_refuses_for_good_is_not_asked_again(tmp_path):
    refused = Reply(None, "HTTP 400", permanent=True)

    def spoil(kind, text, before, good):
        return refused if kind == "write" and "Loyal" in text else good

    out, model = tmp_path / "d.jsonl", DilemmaModel(spoil)
    counts = write_dilemmas(PAIRS, model, out)
    assert dict(counts.reasons) == {"server-refused": 2}
    assert model.count("write") == 4
    assert [r["reasons"] for r in rejected(out)] == [
        ["server-refused: The server refused the request: HTTP 400"]
    ] * 2


@pytest.mark.parametrize("failing", ["write", "blind", "check"])
def test_what_got_no_answer_is_asked_by_the_next_call_and_nothing_else_is(tmp_path, failing):
    def spoil(kind, text, before, good):
        return Reply(None, "HTTP 503") if kind == failing and before_marker(text) else good

    def before_marker(text):
        return down and ("Loyal" in text)

    down = True
    out, model = tmp_path / "d.jsonl", DilemmaModel(spoil)
    with pytest.raises(FieldworkError, match=r"2 of 4 dilemmas got no answer .*HTTP 503"):
        write_dilemmas(PAIRS, model, out)
    assert not out.exists()
    down, again = False, DilemmaModel()
    counts = write_dilemmas(PAIRS, again, out)
    assert (counts.accepted, again.count("write")) == (4, 2)
    assert [p.name for p in tmp_path.iterdir()] == ["d.jsonl"]


def test_what_stays_wrong_is_rejected_after_a_bounded_number_of_repairs(tmp_path):
    def spoil(kind, text, before, good):
        wrong = kind == "blind" and "Loyal" in text
        return well_placed(text, b_mild="a-mild") if wrong else good

    out, model = tmp_path / "d.jsonl", DilemmaModel(spoil)
    counts = write_dilemmas(PAIRS, model, out)
    assert (counts.accepted, counts.rejected) == (2, 2)
    assert counts.drafts == 2 + 2 * (1 + REPAIRS)
    reason = rejected(out)[0]["reasons"][0]
    assert reason.startswith("side: option_b_mild is meant to go against the value")


def test_a_file_that_comes_to_be_meanwhile_is_left_and_nothing_is_lost(tmp_path):
    out = tmp_path / "d.jsonl"

    def spoil(kind, text, before, good):
        out.write_text("theirs", "utf-8")
        return "no" if kind == "write" and "Loyal" in text else good

    with pytest.raises(InstrumentError, match="came to be meanwhile"):
        write_dilemmas(PAIRS, DilemmaModel(spoil), out)
    assert out.read_text("utf-8") == "theirs"
    out.unlink()
    silent = DilemmaModel()
    counts = write_dilemmas(PAIRS, silent, out)
    assert (counts.accepted, counts.rejected, silent.asked) == (2, 2, [])
    assert (len(read_dilemmas(out)), len(rejected(out))) == (2, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.jsonl", "d.rejected.jsonl"]


def test_what_is_kept_and_damaged_is_told(tmp_path):
    out = tmp_path / "d.jsonl"
    with pytest.raises(FieldworkError):
        write_dilemmas(PAIRS, DilemmaModel(lambda *_: Reply(None, "HTTP 503")), out)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FieldworkError):
        write_dilemmas(
            PAIRS, DilemmaModel(lambda k, t, n, g: Reply(None, "x") if "Loyal" in t else g), out
        )
    lines = tmp_path / "d.jsonl.partial" / "dilemmas.jsonl"
    for line, told in (('{"value": 1}', "is damaged"), ("[", "is not JSON")):
        kept = lines.read_text("utf-8")
        lines.write_text(kept + line + "\n", "utf-8")
        with pytest.raises((InstrumentError, StoreError), match=told):
            write_dilemmas(PAIRS, DilemmaModel(), out)
        lines.write_text(kept, "utf-8")


def test_readings_of_a_file_resume_and_unusable_ones_leave_the_record_as_it_was(tmp_path):
    first, second = tmp_path / "d.jsonl", tmp_path / "e.jsonl"
    write_dilemmas(PAIRS, DilemmaModel(), first)

    def spoil(kind, text, before, good):
        if "Loyal" in text:
            return Reply(None, "HTTP 503")
        return "hm" if text.count(honest_work) else good

    honest_work = read_dilemmas(first)[0].scenario_text
    with pytest.raises(FieldworkError, match="2 of 4"):
        read_dilemmas_blind(first, DilemmaModel(spoil), second, seed=1)
    model = DilemmaModel()
    counts = read_dilemmas_blind(first, model, second, seed=1)
    assert model.count("blind") == 2
    assert (counts.n, counts.read, counts.sides, counts.orders) == (4, 3, 18, 3)
    readings = [len(d.current_readings) for d in read_dilemmas(second)]
    assert readings == [1, 2, 2, 2]


def test_new_checks_take_the_place_of_old_ones(tmp_path):
    first, second = tmp_path / "d.jsonl", tmp_path / "e.jsonl"
    write_dilemmas(PAIRS[:1], DilemmaModel(), first)
    strict = DilemmaModel(
        lambda k, t, n, g: well_checked(sufficiency="Too short.") if k == "check" else g
    )
    counts = read_dilemmas_blind(first, strict, second, seed=1, checks=True)
    assert (counts.checked, counts.passed["sufficiency"], counts.passed["plausibility"]) == (
        1,
        0,
        1,
    )
    (dilemma,) = read_dilemmas(second)
    assert dilemma.validation.sufficiency.reason == "Too short."
    assert len(dilemma.current_readings) == 2
