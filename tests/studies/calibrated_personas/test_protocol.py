"""What a study is known by, what a run's folder keeps of it, and how it is asked in stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from populations.small import small_population
from studies.calibrated_personas.small_study import ALL_ARMS, ASKED, answers, kept, study, trials
from studies.calibrated_personas.test_resolving import own

from mores.errors import PromptError
from mores.models.registry import resolve
from mores.prompts.templates import SHIPPED
from mores.studies.calibrated_personas.protocol import CalibratedPersonasStudy
from mores.studies.registry import load
from mores.studies.study import Staged
from mores.workflow.folder import write_study

FOLDER = SHIPPED / "en" / "calibrated_personas"


def keys(bound: CalibratedPersonasStudy) -> list[bytes]:
    design = bound.design(resolve("sim"))
    return [design.request(t, 0).key for t in trials(design).tolist()]


# What the store of answers knows it by


SAME: list[dict[str, Any]] = [
    {"sample": 3},
    {"title": "Another"},
    {"analysis": {"draws": 300, "resamples": 30, "baselines": False, "level": 0.9}},
    {"calibration": {"objective": "variance", "pooled": False}},
    {"precision": {"width": 0.1, "first": 2, "step": 2}},
    {"asking": {"repeats": 3}},  # of text, of which there is none
    {"asking": {"reask": 0}},
    {"importance": {"personas": 3, "permutations": 4}},  # of none
    {"countries": ["Egypt", "United Kingdom"]},
    {"questions": {"uncovered": "leave-out"}},
    {"questions": {"minimum_coverage": 0.4}},
    {"personas": {"vary_guidance": ["value"]}},  # of one wording
]
OTHER: list[dict[str, Any]] = [
    {"seed": 8},
    {"countries": ["GBR", "EGY"]},
    {"countries": ["EGY"]},
    {"questions": {"items": ["Q48", "Q1", "Q71", "Q173", "Q171"]}},
    {"questions": {"items": ["Q1", "Q48", "Q71", "Q173"]}},
    {"questions": {"map": False}},
    {"personas": {"arms": ["generic", "country", "value+nationality"]}},
    {"personas": {"guidance": ["minimal"]}},
    {"personas": {"descriptors": ["modular"]}},
    {"personas": {"least_indicators": 3}},
    {"asking": {"elicitation": "text"}},
    {"asking": {"orders": "reversed"}},
    {"asking": {"orders": "latin-square"}},
    {"asking": {"labels": "letters"}},
    {"asking": {"text_share": 0.5}},
    {"sampling": {"temperature": 0.5}},
    {"importance": {"method": "sampled", "permutations": 2}},
    {"importance": {"method": "sampled", "permutations": 2, "personas": 2}},
    {"importance": {"method": "sampled", "permutations": 4}},
]


def first_trials(bound: CalibratedPersonasStudy) -> dict[int, bytes]:
    """Trials and keys of the first two personas a country."""
    design = bound.sized(2).design(resolve("sim"))
    return {t: design.request(t, 0).key for t in trials(design).tolist()}


@pytest.mark.parametrize("change", SAME, ids=str)
def test_what_leaves_trials_as_they_are_leaves_the_fingerprint(change: dict[str, Any]) -> None:
    plain, other = study(), study(**change)
    assert other.fingerprint() == plain.fingerprint()
    assert first_trials(other) == first_trials(plain)


@pytest.mark.parametrize("change", OTHER, ids=str)
def test_what_shapes_trials_is_in_the_fingerprint(change: dict[str, Any]) -> None:
    plain, other = study(), study(**change)
    assert other.fingerprint() != plain.fingerprint()


def test_fingerprints_tell_all_these_apart() -> None:
    found = [str(study(**change).fingerprint()) for change in OTHER]
    assert len({*found}) == len(found)


def test_a_question_left_out_of_a_country_is_in_the_fingerprint() -> None:
    plain = study()
    least = float(plain.observed.coverage.min())
    fewer = study(questions={"minimum_coverage": least, "uncovered": "leave-out"})
    assert 0 < int((~fewer.observed.used).sum()) < fewer.observed.used.size
    assert fewer.fingerprint() != plain.fingerprint()


def test_repeats_are_in_the_fingerprint_of_text() -> None:
    def of(n: int) -> dict[str, Any]:
        return study(asking={"elicitation": "text", "repeats": n}).fingerprint()

    assert of(3) != of(4)


def test_other_humans_are_another_study() -> None:
    other = small_population(3, items=ASKED)
    assert study(data=kept(other)).fingerprint() != study().fingerprint()


def test_wordings_are_in_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mores.personas import few_shot
    from mores.studies.calibrated_personas import prompting

    fields: dict[str, Any] = {"personas": {"arms": [*ALL_ARMS]}}
    plain = study(**fields).fingerprint()
    monkeypatch.setattr(few_shot, "_INTRODUCTION", "You have said before:")
    assert study(**fields).fingerprint() != plain
    monkeypatch.undo()
    guidance = prompting.guidance
    monkeypatch.setattr(prompting, "guidance", lambda *a: guidance(*a) + " Be brief.")
    assert study(**fields).fingerprint() != plain
    monkeypatch.undo()
    (tmp_path / "own").mkdir()
    text = (FOLDER / "system.j2").read_text().replace("Your persona", "You")
    (tmp_path / "own" / "system.j2").write_text(text)
    assert study(tmp_path, templates="own", **fields).fingerprint() != plain
    assert study(**fields).fingerprint() == plain


def test_a_fingerprint_is_json() -> None:
    from mores.keys import canonical_json

    canonical_json(study(personas={"arms": [*ALL_ARMS]}).fingerprint())


# What a run's folder keeps


def test_a_runs_folder_alone_repeats_the_study(tmp_path: Path) -> None:
    home, run = tmp_path / "home", tmp_path / "run"
    (home / "sets").mkdir(parents=True)
    (home / "words").mkdir()
    run.mkdir()
    (home / "sets" / "mine.toml").write_text(own(["A008", "Q6"]))
    (home / "words" / "system.j2").write_text('{% include "part.j2" %} {{ persona }}')
    (home / "words" / "part.j2").write_text("Now: {{ guidance }}")
    bound = study(
        home,
        templates="words",
        personas={
            "arms": ["generic", "value", "few-shot"],
            "descriptors": ["sets/mine.toml", "modular"],
        },
        questions={"items": ["Q1", "Q71"]},
        importance={"method": "exact", "arm": "value", "personas": 2},
    )
    write_study(bound, run)
    for path in sorted(home.rglob("*.*")):
        path.unlink()
    again = load(str(run / "study.toml"))
    assert isinstance(again, CalibratedPersonasStudy)
    assert again.fingerprint() == bound.fingerprint()
    assert keys(again) == keys(bound)
    assert again.prompts.conditions == bound.prompts.conditions
    assert again.snapshot()[1] == bound.snapshot()[1]
    assert keys(again)
    said = again.design(resolve("sim")).request(0, 0).messages[0].content
    assert said.startswith("Now: ")


def test_a_study_without_files_of_its_own_leaves_none() -> None:
    bound = study()
    file, data = bound.snapshot()
    assert data == {}
    assert file == bound.file


def test_own_sets_are_read_beside_the_study_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(own(["Q6"]))
    data = kept(small_population(items=ASKED))
    (tmp_path / "study.toml").write_text(
        f'study = "calibrated-personas"\ndata = "{data}"\ncountries = ["GBR"]\nsample = 2\n'
        '[questions]\nitems = ["Q1"]\n[personas]\narms = ["value"]\ndescriptors = ["mine.toml"]\n'
    )
    bound = load(str(tmp_path / "study.toml"))
    assert [*bound.snapshot()[1]] == ["descriptors/mine.toml"]


# Stages


def test_a_study_is_asked_in_stages_where_a_width_is_given() -> None:
    plain = study(sample=50)
    assert isinstance(plain, Staged)
    assert plain.sizes == (50,)
    staged = study(sample=50, precision={"width": 0.05, "first": 20, "step": 20})
    assert staged.sizes == (20, 40, 50)
    assert study(sample=15, precision={"width": 0.05}).sizes == (15,)


def test_a_stage_is_the_study_of_so_many_personas() -> None:
    fields: dict[str, Any] = {
        "personas": {"arms": [*ALL_ARMS]},
        "importance": {"method": "sampled", "permutations": 2, "personas": 4},
        "asking": {"orders": "latin-square"},
    }
    whole = study(sample=9, **fields)
    assert whole.sized(9) is whole
    for n in (2, 5):
        stage, small = whole.sized(n), study(sample=n, **fields)
        assert stage.file.personas_drawn == n
        assert stage.fingerprint() == small.fingerprint() == whole.fingerprint()
        assert keys(stage) == keys(small)
        assert {*keys(stage)} <= {*keys(whole)}
        ours, full = (trials(s.design(resolve("sim"))) for s in (stage, whole))
        assert np.isin(ours, full).all()


def test_precision_is_that_of_the_widest_arm() -> None:
    bound = study(
        sample=8,
        personas={"arms": ["generic", "value", "sociodemographic"]},
        precision={"width": 0.9},
    )
    found = answers(bound.design(resolve("sim")))
    reached = bound.precision(found, "simulated")
    assert reached.width == 0.9
    assert reached.reached is not None
    assert 0 < reached.reached < 0.9
    assert reached.enough
    narrow = study(
        sample=8,
        personas={"arms": ["generic", "value", "sociodemographic"]},
        precision={"width": 0.0001},
    )
    assert not narrow.precision(found, "simulated").enough
    nothing = found.with_columns(option=pl.lit(None, pl.Int16))
    assert not bound.precision(nothing, "simulated").enough
    assert bound.precision(nothing, "simulated").reached is None


# What is said of it


def test_the_summary_says_what_is_asked_of_whom() -> None:
    exact = {"method": "exact", "personas": 2}
    said = " ".join(study(sample=12, importance=exact).summary())
    for part in (
        "5 target questions in 2 countries, 4 ways of being asked, 2 of them with 12 personas",
        "1,024 subsets of the descriptors, for their Shapley values, with at most 2 personas a country",
        "14 questions that place the model on the cultural map",
        "Q173: the options have no order",
        "synthetic",
    ):
        assert part in said
    plain = study(personas={"arms": ["default"]}, questions={"items": ["Q1"], "map": False})
    said = " ".join(plain.summary())
    assert said.startswith(
        "1 target question in 2 countries, 1 way of being asked: 1 distinct system message."
    )
    assert "personas a country" not in said
    assert "no order" not in said


def test_what_a_run_asks_of_the_model() -> None:
    assert study().needs_scoring
    assert not study(asking={"elicitation": "text"}).needs_scoring
    assert study().synthetic == ("humans",)
    assert study().language == "en"


def test_a_language_without_templates() -> None:
    with pytest.raises(PromptError, match=r"^test: no calibrated_personas templates in .*'xx'"):
        study(language="xx")
