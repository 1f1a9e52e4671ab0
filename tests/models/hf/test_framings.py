"""The framings study through a small transformer: probabilities of numbers, and text beside them."""

import polars as pl
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from studies.framings.asked_of_sim import study_text

import mores


def run_on(saved, tmp_path, more):
    text = study_text(slices=("ar-EGY", "hi-IND"), units=("Q45", "Q164", "SU_NEIGHBORS"), more=more)
    text = text.replace("[questions]", "[sampling]\nmax_tokens = 8\n[questions]")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    folder = saved(context=4096)
    return mores.run(str(tmp_path / "mine.toml"), f"hf:{folder},device=cpu", tmp_path / "out")


def test_the_probabilities_of_every_number_in_every_language(saved, tmp_path):
    more = '[asking]\nelicitation = "probabilities"\ntext_share = 0.1'
    done = run_on(saved, tmp_path, more)
    scored = done.answers.filter(elicitation="probabilities")
    assert len(scored) == (3 + 3 * 2) * (2 + 9)
    assert (scored["status"] == "coded").all()
    assert scored["probabilities"].list.sum().is_between(1 - 1e-5, 1 + 1e-5).all()
    ten = scored.filter(question="Q164")
    assert (ten["probabilities"].list.len() == 10).all()
    assert set(done.tables["overall"]["form"]) == {"point", "distribution"}
    assert done.answers.filter(elicitation="text").height > 0


def test_text_in_every_language_is_written_and_coded_or_not(saved, tmp_path):
    done = run_on(saved, tmp_path, "")
    assert len(done.answers) == (3 + 3 * 2) * 3
    assert done.answers["text"].null_count() == 0
    assert set(done.answers["status"]) <= {"coded", "refused", "uncoded"}
    alignment = done.tables["overall"]["alignment"]
    assert alignment.dtype == pl.Float64
    assert (done.folder / "report.html").exists()
