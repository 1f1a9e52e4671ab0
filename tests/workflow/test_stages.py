"""Asking in stages, until what is measured is precise enough."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from fieldwork.small_design import CODED, FAILED, UNREADABLE, ScriptedModel, SmallDesign

from mores.fieldwork import asking as asking_module
from mores.fieldwork.asking import Asking, Ended
from mores.fieldwork.store import AnswerStore
from mores.models.interface import Price
from mores.models.sim import SimulatedModel
from mores.records import Reply
from mores.studies.study import BoundStudy, Precision, Staged
from mores.workflow.reading import report
from mores.workflow.running import run
from mores.workflow.stages import Asked, ask_in_stages

STUDY = {"study": "small"}
TEN = 10  # trials a persona


class TabledDesign(SmallDesign):
    """The small design, with the columns that answers need."""

    def columns(self, trials: np.ndarray) -> pl.DataFrame:
        one = dict.fromkeys(("unit", "question", "persona", "category", "framing"), "a")
        return pl.DataFrame({"trial": trials}).with_columns(
            **{name: pl.lit(value) for name, value in one.items()}, repeat=pl.lit(1)
        )

    def outcomes(self, trials: np.ndarray, options: np.ndarray) -> pl.DataFrame:
        return pl.DataFrame({"score": options.astype(float)})


@dataclass
class Staging:
    """A study of so many personas, precise from some number of them on."""

    personas: int = 8
    stages: tuple[int, ...] = (2, 4, 6, 8)
    enough_at: int = 4
    file: Any = field(default_factory=lambda: SimpleNamespace(study="small"))
    language: str = "en"
    seen: list[tuple[int, int]] = field(default_factory=list)

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.stages

    def sized(self, size: int) -> Staging:
        if size == self.personas:
            return self
        return Staging(size, self.stages, self.enough_at, seen=self.seen)

    def precision(self, answers: pl.DataFrame, label: str) -> Precision:
        assert set(answers["model"]) == {label}
        coded = answers.filter(pl.col("status") == "coded")
        self.seen.append((self.personas, len(answers)))
        reached = 1 / len(coded) if len(coded) else None
        return Precision(0.025, reached, self.personas >= self.enough_at)

    def design(self, model: Any) -> TabledDesign:
        return TabledDesign(self.personas * TEN)


class Unstaged:
    """A study that knows of no stages."""

    def design(self, model: Any) -> TabledDesign:
        return TabledDesign(30)


def asked(path: Path, bound: Any, model: Any, **options: Any) -> tuple[Asked, list[str]]:
    said: list[str] = []

    async def session() -> Asked:
        async with asyncio.timeout(30):
            with AnswerStore(path, STUDY) as store:
                return await ask_in_stages(bound, model, store, Asking(**options), said.append)

    return asyncio.run(session()), said


def stored_trials(path: Path) -> list[int]:
    with AnswerStore(path) as store:
        return [item.trial for chunk in store.read() for item in chunk]


def coded(trial: int, attempt: int) -> Reply:
    return CODED


def test_it_stops_at_the_first_stage_that_is_precise_enough(tmp_path):
    path, bound, model = tmp_path / "a.sqlite", Staging(), ScriptedModel(coded)
    assert isinstance(bound, Staged)
    done, said = asked(path, bound, model)
    assert stored_trials(path) == list(range(40))
    assert sorted(model.asked) == [(trial, 0) for trial in range(40)]
    assert done.ended == Ended.COMPLETE
    assert done.study.personas == 4
    assert done.precision == {
        "width": 0.025, "reached": 1 / 40, "personas": 4, "of": 8, "saved_requests": 40
    }  # fmt: skip
    assert bound.seen == [(2, 20), (4, 40)]
    assert said == [
        "2 personas a country: the widest interval is 0.0500, asked for is 0.025",
        "4 personas a country: the widest interval is 0.0250, asked for is 0.025",
    ]


def test_without_precision_it_goes_to_the_end(tmp_path):
    bound = Staging(enough_at=99)
    done, _ = asked(tmp_path / "a.sqlite", bound, ScriptedModel(coded))
    assert done.study is bound
    assert done.precision == {
        "width": 0.025, "reached": 1 / 80, "personas": 8, "of": 8, "saved_requests": 0
    }  # fmt: skip


def test_an_interval_that_there_is_not_is_unknown(tmp_path):
    model = ScriptedModel(lambda *_: Reply(None, failure="HTTP 400", permanent=True))
    done, said = asked(tmp_path / "a.sqlite", Staging(enough_at=2), model)
    assert done.precision is not None
    assert done.precision["reached"] is None
    assert said == ["2 personas a country: the widest interval is unknown, asked for is 0.025"]


def test_the_tally_is_that_of_all_stages_of_this_run(tmp_path):
    path = tmp_path / "a.sqlite"
    done, _ = asked(path, Staging(stages=(1, 8), enough_at=1), ScriptedModel(coded))
    assert (done.tally.planned, done.tally.earlier, done.tally.requests) == (10, 0, 10)
    half = ScriptedModel(lambda _, attempt: CODED if attempt else UNREADABLE)
    done, _ = asked(path, Staging(), half)
    tally = done.tally
    assert (tally.planned, tally.earlier, tally.settled) == (40, 10, 40)
    assert (tally.requests, tally.reasked, tally.coded) == (60, 30, 40)
    assert tally.prompt_tokens == 500 * 70  # of all runs, as it is stored


@pytest.mark.parametrize("bound", [Unstaged(), Staging(3, (3,))], ids=["none", "one"])
def test_a_study_without_stages_is_asked_at_once(tmp_path, bound):
    done, said = asked(tmp_path / "a.sqlite", bound, ScriptedModel(coded))
    assert (done.study, done.ended, done.precision, said) == (bound, "complete", None, [])
    assert done.tally.requests == 30


def test_what_is_stored_is_not_asked_again_and_the_end_is_the_same(tmp_path):
    path = tmp_path / "a.sqlite"
    first, _ = asked(path, Staging(), ScriptedModel(coded))
    model = ScriptedModel(coded)
    again, _ = asked(path, Staging(), model)
    assert model.asked == []
    assert (again.precision, again.study.personas) == (first.precision, first.study.personas)
    more = ScriptedModel(coded)
    wider, _ = asked(path, Staging(enough_at=6), more)
    assert sorted(trial for trial, _ in more.asked) == list(range(40, 60))
    assert wider.study.personas == 6


def test_answers_beyond_a_stage_do_not_count_in_it(tmp_path):
    path, bound = tmp_path / "a.sqlite", Staging()
    asked(path, Staging(enough_at=99), ScriptedModel(coded))
    done, _ = asked(path, bound, ScriptedModel(coded))
    assert bound.seen == [(2, 20), (4, 40)]
    assert done.precision is not None
    assert done.precision["saved_requests"] == 40


@pytest.mark.parametrize("at", [5, 25], ids=["first stage", "second stage"])
def test_an_interruption_in_a_stage_is_one(tmp_path, monkeypatch, at):
    sessions: list[Any] = []
    plain = asking_module._Session.__init__

    def remembered(self: Any, *arguments: Any) -> None:
        plain(self, *arguments)
        sessions.append(self)

    monkeypatch.setattr(asking_module._Session, "__init__", remembered)

    def answer(trial: int, attempt: int) -> Reply:
        if trial == at:
            sessions[-1].interrupt()
        return CODED

    path, bound = tmp_path / "a.sqlite", Staging()
    done, _ = asked(path, bound, ScriptedModel(answer), concurrency=1)
    assert (done.ended, done.study, done.precision) == (Ended.INTERRUPTED, bound, None)
    assert stored_trials(path) == list(range(at + 1))
    again, _ = asked(path, Staging(), ScriptedModel(coded))
    assert (again.ended, again.study.personas) == (Ended.COMPLETE, 4)
    assert stored_trials(path) == list(range(40))
    assert again.tally.requests == 40 - at - 1


def test_a_budget_or_a_server_that_is_gone_ends_it_in_its_stage(tmp_path):
    bound = Staging()
    price = Price(1000.0, 1000.0, "2026-01-01", "a list")  # US$ 0.62 a request
    done, _ = asked(
        tmp_path / "a.sqlite",
        bound,
        ScriptedModel(coded),
        concurrency=1,
        budget=0.62 * 30.5,
        price=price,
        expected_tokens=(500.0, 120.0),
    )
    assert (done.ended, done.study, done.precision) == (Ended.BUDGET, bound, None)
    assert done.tally.requests == 30
    large = Staging(80, (40, 80))
    done, _ = asked(tmp_path / "b.sqlite", large, ScriptedModel(lambda *_: FAILED))
    assert (done.ended, done.precision) == (Ended.FAILING, None)


# --- with the study that has stages ------------------------------------------------------------

SMALL = """
schema = 1
study = "calibrated-personas"
title = "small"
seed = 3
sample = 9
countries = ["MDA", "SWE"]

[questions]
items = ["Q1", "Q6", "Q47"]
uncovered = "leave-out"
map = false

[personas]
arms = ["country", "value+nationality"]

[asking]
text_share = 0.1

[precision]
width = {width}
first = 3
step = 3

[analysis]
draws = 200
resamples = 20
baselines = false
"""


@pytest.fixture
def study(tmp_path):
    def written(width: float) -> str:
        path = tmp_path / "small.toml"
        path.write_text(SMALL.format(width=width))
        return str(path)

    return written


def test_a_run_stops_says_so_in_its_manifest_and_is_repeated_alike(study, tmp_path):
    out, said = tmp_path / "out", []
    done = run(study(0.9), "sim", out, note=said.append)
    precision = done.manifest["precision"]
    assert precision["width"] == 0.9
    assert 0 < precision["reached"] <= 0.9
    assert (precision["personas"], precision["of"]) == (3, 9)
    assert precision["saved_requests"] > 0
    assert done.manifest["state"] == Ended.COMPLETE
    assert done.exit_code == 0
    assert done.manifest["planned"] == done.manifest["counts"]["coded"] == len(done.answers)
    assert "sample = 3" in (out / "study.toml").read_text()
    assert any("3 personas a country: the widest interval is 0." in line for line in said)
    assert report(out).manifest["precision"] == precision


def test_what_a_wider_interval_left_out_is_asked_for_a_narrower_one(study, tmp_path):
    out = tmp_path / "out"
    first = run(study(0.9), "sim", out).answers
    more = run(study(1e-9), "sim", out)
    assert more.manifest["precision"]["personas"] == 9
    assert more.manifest["precision"]["saved_requests"] == 0
    assert len(more.answers) > len(first)
    assert more.manifest["requests_last_run"] < len(more.answers)  # the first are not asked again
    assert set(first["key"]) <= set(more.answers["key"])
    assert "sample = 9" in (out / "study.toml").read_text()
    fewer = run(study(0.9), "sim", out)
    assert fewer.manifest["requests_last_run"] == 0
    assert fewer.answers.equals(first)


def test_an_interrupted_run_tells_no_precision(study, tmp_path, monkeypatch):
    out = tmp_path / "out"
    sessions: list[Any] = []
    plain, begun = SimulatedModel.ask, asking_module._Session.run

    async def answer(self: SimulatedModel, requests: Any) -> Any:
        if len(sessions) == 2:
            sessions[-1].interrupt()
        return await plain(self, requests)

    async def remembered(self: Any) -> None:
        sessions.append(self)
        await begun(self)

    monkeypatch.setattr(SimulatedModel, "block_size", 5)
    monkeypatch.setattr(SimulatedModel, "ask", answer)
    monkeypatch.setattr(asking_module._Session, "run", remembered)
    done = run(study(1e-9), "sim", out)
    assert (done.ended, done.exit_code) == (Ended.INTERRUPTED, 130)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["state"] == "interrupted"
    assert "precision" not in manifest
    assert len(sessions) == 2
    assert manifest["counts"]["coded"] < manifest["planned"]
    monkeypatch.undo()
    again = run(study(1e-9), "sim", out)
    assert again.manifest["precision"]["personas"] == 9
    assert again.manifest["counts"]["coded"] == again.manifest["planned"]


def test_both_studies_are_bound_and_one_is_staged(study):
    from mores.studies.registry import load

    calibrated: BoundStudy = load(study(0.5))
    assert isinstance(calibrated, Staged)
    assert calibrated.sizes == (3, 6, 9)
    assert not isinstance(load("value-action"), Staged)


IMPORTANCE = """
[importance]
method = "sampled"
permutations = 2
personas = 4
"""


@pytest.mark.parametrize("more", ["", IMPORTANCE], ids=["plain", "with partial personas"])
def test_the_trials_of_a_smaller_stage_are_those_of_the_whole(tmp_path, more):
    from mores.studies.registry import load

    path = tmp_path / "small.toml"
    path.write_text(SMALL.format(width=0.5) + more)
    model = SimulatedModel.from_spec("sim")
    whole = load(str(path))
    asked = {
        size: {
            trial: design.request(trial, 0).key
            for design in [whole.sized(size).design(model)]
            for block in design.blocks(1000)
            for trial in block.tolist()
        }
        for size in whole.sizes
    }
    assert asked[3].items() < asked[6].items() < asked[9].items()
